//! `dropline export`.

use super::args::{self, ExportFormat, SeriesScope};
use super::{Failure, Outcome, Printer, cannot_write, data, explain};
use anyhow::anyhow;
use dropline::view::words::RECONSTRUCTION;
use dropline::write::back::ReadError;
use dropline::write::json::series::{self, Of};
use dropline::write::json::{self, codf};
use dropline::write::part;

pub fn export(args: &args::Export, printer: Printer) -> Result<Outcome, Failure> {
    if !args.scope.is_empty() && args.format != ExportFormat::Series {
        let error = anyhow!("`--scope` chooses among series");
        return Err(Failure::usage(error).hint("write `--format series`"));
    }
    let manifest = explain::open(&args.run)?;
    let text = match args.format {
        ExportFormat::Json => {
            json::text(&json::outages(&args.run, &manifest).map_err(read_failure)?)
        }
        ExportFormat::Codf => {
            json::text(&codf::events(&args.run, &manifest).map_err(read_failure)?)
        }
        ExportFormat::Series => {
            let wanted = wanted(&args.scope);
            series::text(&series::all(&args.run, &manifest, &wanted).map_err(read_failure)?)
        }
    };
    let text = text.map_err(Failure::failed)?;
    if manifest.study.reconstruction {
        printer.say(RECONSTRUCTION);
    }
    match &args.output {
        None => data(&text)?,
        Some(path) => {
            part::whole(path, text.as_bytes()).map_err(|e| cannot_write(path, e))?;
        }
    }
    Ok(Outcome::Done)
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

pub fn read_failure(error: ReadError) -> Failure {
    let hint = error.hint();
    Failure::failed(error).hint(hint)
}
