//! `dropline explain`.

mod text;

use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::{pretty_json, print_data};
use crate::cli::printer::Printer;
use crate::cli::progress::StageBar;
use crate::cli::recorded::{self, NamedFiles};
use crate::cli::{args, run_folder};
use crate::explain::group::{self, GroupSelector};
use crate::explain::{self, AskedTime, evidence, json, tables};
use crate::locate::CollectorFiles;
use crate::manifest::{InputFile, Manifest};
use crate::model::archive::ListingSource;
use crate::model::net::Prefix;
use crate::pipeline::recorded::{self as recorded_files, RecordedError};
use crate::pipeline::{self, Replayed};
use crate::view::words::escaped_controls;
use anyhow::anyhow;
use serde_json::Value;

/// At most so many prefixes of the run are named in a hint.
const MOST_HINTS: usize = 5;

/// What is to be explained.
#[derive(Clone, Copy)]
enum ExplainTarget {
    Prefix(Prefix),
    Group(GroupSelector),
}

pub(crate) fn explain(
    args: &args::ExplainArgs,
    printer: Printer,
) -> Result<ExitStatus, CommandError> {
    let manifest = run_folder::open(&args.run)?;
    let target = target(&args.cell, &manifest)?;
    let window = manifest.study.window;
    let at = AskedTime::of(args.at, window).ok_or_else(|| {
        let error = anyhow!("{} is not in the window", args.at);
        let hint = format!("the window is from {} to {}", window.from, window.to);
        CommandError::usage(error).hint(hint)
    })?;
    let named = NamedFiles {
        archive: args.archive.as_deref(),
        files: &args.file,
    };
    let holdings = match found(&manifest, named, args, printer)? {
        Ok(holdings) => holdings,
        Err(error @ (RecordedError::Gone { .. } | RecordedError::Changed { .. })) => {
            return without_files(&error, target, &manifest, at, args, printer);
        }
        Err(error) => return Err(error.into()),
    };
    let bar = StageBar::new(printer);
    let run = pipeline::replay(&manifest.study, &manifest.list, holdings, None, &bar);
    bar.finish();
    let run = run?;
    recorded_files::check(&manifest, &run.collectors)?;
    let (text, value) = match target {
        ExplainTarget::Prefix(prefix) => of_prefix(&run, &manifest, prefix, at, args, printer)?,
        ExplainTarget::Group(whose) => of_group(&run, &manifest, whose, at, args)?,
    };
    match args.json {
        true => print_data(&pretty_json(&value)?)?,
        false => print_data(&escaped_controls(&text))?,
    }
    Ok(match run.is_incomplete() {
        true => ExitStatus::Incomplete,
        false => ExitStatus::Done,
    })
}

/// The files that the run read. Files of a local folder are not looked for on the network.
fn found(
    manifest: &Manifest,
    named: NamedFiles<'_>,
    args: &args::ExplainArgs,
    printer: Printer,
) -> Result<Result<Vec<CollectorFiles>, RecordedError>, CommandError> {
    if let (true, Some(loose)) = (named.files.is_empty(), manifest.outside()) {
        return Ok(Err(gone(
            loose,
            "the run read it as a loose file: name it with `--file PATH`",
        )));
    }
    let path = args.run.join("run.json");
    let source = recorded::source(named, &path, manifest)?;
    let is_local = manifest
        .listing_sources
        .iter()
        .all(|(_, source)| *source == ListingSource::Folder);
    match (&source, manifest.inputs.first()) {
        (None, Some(first)) if is_local => {
            let why = "the run read it from a local folder: name that with `--archive DIR`";
            Ok(Err(gone(first, why)))
        }
        _ => recorded::holdings(source, manifest, &args.network, printer),
    }
}

fn gone(file: &InputFile, why: &str) -> RecordedError {
    RecordedError::Gone {
        file: file.url.clone(),
        expected: file.sha256.clone(),
        why: why.to_owned(),
    }
}

/// Explains from the tables alone.
fn without_files(
    error: &RecordedError,
    target: ExplainTarget,
    manifest: &Manifest,
    at: AskedTime,
    args: &args::ExplainArgs,
    printer: Printer,
) -> Result<ExitStatus, CommandError> {
    printer.say(format_args!("warning: {error}"));
    printer.say(
        "hint: this explanation comes from the tables alone; for the records, name the folder with the \
         files with `--archive DIR`, or loose files with `--file PATH`",
    );
    let value = match target {
        ExplainTarget::Prefix(prefix) => tables::prefix(&args.run, manifest, prefix, at),
        ExplainTarget::Group(whose) => tables::group(&args.run, manifest, whose, at),
    };
    let value = value?;
    match args.json {
        true => print_data(&pretty_json(&value)?)?,
        false => print_data(&escaped_controls(&text::tables(&value, &at)))?,
    }
    Ok(ExitStatus::Incomplete)
}

fn target(cell: &args::CellArgs, manifest: &Manifest) -> Result<ExplainTarget, CommandError> {
    if let Some(prefix) = cell.prefix {
        return match manifest.prefixes.binary_search(&prefix) {
            Ok(_) => Ok(ExplainTarget::Prefix(prefix)),
            Err(_) => Err(no_such_prefix(prefix, &manifest.prefixes)),
        };
    }
    if let Some(asn) = cell.asn {
        return Ok(ExplainTarget::Group(GroupSelector::Asn(asn)));
    }
    let asked = manifest.study.selection.country.as_deref();
    let country = cell.country.as_deref().unwrap_or_default();
    if asked == Some(country) {
        return Ok(ExplainTarget::Group(GroupSelector::Whole));
    }
    let error = anyhow!("{country} is not the country of this run");
    Err(CommandError::usage(error).hint(match asked {
        Some(asked) => format!("its country is {asked}: write `--country {asked}`"),
        None => "it has none: write `--asn ASN` or `--prefix PREFIX`".to_owned(),
    }))
}

/// The hint names prefixes that the run has: covering ones, then more specific ones, else the nearest.
fn no_such_prefix(prefix: Prefix, watched: &[Prefix]) -> CommandError {
    let error = anyhow!("{prefix} is not among the prefixes of this run");
    let mut near: Vec<Prefix> = watched
        .iter()
        .copied()
        .filter(|p| p.contains(prefix))
        .collect();
    near.reverse();
    near.extend(watched.iter().filter(|p| prefix.contains(**p)));
    if near.is_empty() {
        let of_family = watched.iter().filter(|p| p.family() == prefix.family());
        let mut beside: Vec<Prefix> = of_family.copied().collect();
        beside.sort_by_key(|p| p.first().abs_diff(prefix.first()));
        near = beside;
    }
    let names: Vec<String> = near
        .iter()
        .take(MOST_HINTS)
        .map(Prefix::to_string)
        .collect();
    CommandError::usage(error).hint(match names.is_empty() {
        true => "the tables of this run have no prefix of that family".to_owned(),
        false => format!("it has {}", names.join(", ")),
    })
}

fn of_prefix(
    run: &Replayed,
    manifest: &Manifest,
    prefix: Prefix,
    at: AskedTime,
    args: &args::ExplainArgs,
    printer: Printer,
) -> Result<(String, Value), CommandError> {
    let explained = explain::prefix(run, prefix, at);
    let mut explained = explained.ok_or_else(|| no_such_prefix(prefix, &manifest.prefixes))?;
    evidence::read(run, prefix, explained.evidence_mut())?;
    Ok(match args.json {
        true => (String::new(), json::explanation(run, &explained)),
        false => (text::explanation(run, &explained, printer), Value::Null),
    })
}

fn of_group(
    run: &Replayed,
    manifest: &Manifest,
    whose: GroupSelector,
    at: AskedTime,
    args: &args::ExplainArgs,
) -> Result<(String, Value), CommandError> {
    let families = group::explain(run, &manifest.list, whose, at);
    if let GroupSelector::Asn(asn) = whose
        && families.is_empty()
        && !manifest.list.watches_origin(asn)
    {
        let error = anyhow!("AS{asn} has no row in this run");
        let hint = "`asns.csv` lists the watched ASes and the origins in the baseline";
        return Err(CommandError::usage(error).hint(hint));
    }
    Ok(match args.json {
        true => (String::new(), json::groups(run, whose, &at, &families)),
        false => (text::groups(run, &at, &families), Value::Null),
    })
}
