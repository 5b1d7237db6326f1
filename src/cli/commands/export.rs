//! `dropline export`: what a run found, in forms that other tools read.

use crate::cli::args::{self, ExportFormat, SeriesScope};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::{cannot_write, print_data};
use crate::cli::printer::Printer;
use crate::cli::run_folder;
use crate::disk::write_atomically;
use crate::view::signals::{self, SignalScope};
use crate::view::words::RECONSTRUCTION;
use crate::view::{codf, json};
use crate::write::json::text;
use anyhow::anyhow;

pub(crate) fn export(
    args: &args::ExportArgs,
    printer: Printer,
) -> Result<ExitStatus, CommandError> {
    if !args.scope.is_empty() && args.format != ExportFormat::Series {
        let error = anyhow!("`--scope` is for `--format series` only");
        return Err(
            CommandError::usage(error).hint("add `--format series`, or leave `--scope` out")
        );
    }
    let manifest = run_folder::open(&args.run)?;
    let text = match args.format {
        ExportFormat::Json => text(&json::outages(&args.run, &manifest)?),
        ExportFormat::Codf => text(&codf::events(&args.run, &manifest)?),
        ExportFormat::Series => {
            let scopes = scopes(&args.scope);
            signals::text(&signals::all(&args.run, &manifest, &scopes)?)
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

fn scopes(asked: &[SeriesScope]) -> Vec<SignalScope> {
    let name = |scope: &SignalScope| match scope {
        SignalScope::Country => SeriesScope::Country,
        SignalScope::Asns => SeriesScope::Asn,
        SignalScope::Prefixes => SeriesScope::Prefix,
    };
    let mut scopes = SignalScope::ALL.to_vec();
    scopes.retain(|scope| asked.is_empty() || asked.contains(&name(scope)));
    scopes
}
