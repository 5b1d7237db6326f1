//! `dropline export`: what a run found, in forms that other tools read.

use crate::cli::args::{self, ExportFormat, SeriesScope};
use crate::cli::error::{CommandError, ExitStatus};
use crate::cli::output::{Printer, cannot_write, print_data};
use crate::cli::run_folder;
use crate::disk::write_atomically;
use crate::view::words::RECONSTRUCTION;
use crate::write::json::series::{self, Of};
use crate::write::json::{self, codf};
use anyhow::anyhow;

pub fn export(args: &args::ExportArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    if !args.scope.is_empty() && args.format != ExportFormat::Series {
        let error = anyhow!("`--scope` is for `--format series` only");
        return Err(
            CommandError::usage(error).hint("add `--format series`, or leave `--scope` out")
        );
    }
    let manifest = run_folder::open(&args.run)?;
    let text = match args.format {
        ExportFormat::Json => json::text(&json::outages(&args.run, &manifest)?),
        ExportFormat::Codf => json::text(&codf::events(&args.run, &manifest)?),
        ExportFormat::Series => {
            let wanted = wanted(&args.scope);
            series::text(&series::all(&args.run, &manifest, &wanted)?)
        }
    };
    let text = text.map_err(CommandError::failed)?;
    if manifest.study.reconstruction {
        printer.say(RECONSTRUCTION);
    }
    match &args.output {
        None => print_data(&text)?,
        Some(path) => {
            write_atomically(path, text.as_bytes()).map_err(|e| cannot_write(path, e))?;
        }
    }
    Ok(ExitStatus::Done)
}

fn wanted(scopes: &[SeriesScope]) -> Vec<Of> {
    let scope = |of: &Of| match of {
        Of::Country => SeriesScope::Country,
        Of::Asns => SeriesScope::Asn,
        Of::Prefixes => SeriesScope::Prefix,
    };
    let is_wanted = |of: &Of| scopes.is_empty() || scopes.contains(&scope(of));
    Of::ALL.into_iter().filter(is_wanted).collect()
}
