//! `dropline explain`.

mod text;

use super::repeat::{self, Place};
use super::run::{self, Bar};
use super::{Failure, Outcome, Printer, args, data, export, harmless};
use anyhow::anyhow;
use dropline::explain::group::{self, Whose};
use dropline::explain::{self, At, evidence, json, tables};
use dropline::locate::Holdings;
use dropline::model::archive::ListingSource;
use dropline::model::net::Prefix;
use dropline::pipeline::repeat::RepeatError;
use dropline::pipeline::{self, Replayed};
use dropline::study::manifest::{self, Input, Manifest};
use serde_json::Value;
use std::path::Path;

/// Prefixes of the run that are named where another was asked about.
const MOST_HINTS: usize = 5;

/// What is asked about, checked.
#[derive(Clone, Copy)]
enum Target {
    Prefix(Prefix),
    Group(Whose),
}

pub fn explain(args: &args::Explain, printer: Printer) -> Result<Outcome, Failure> {
    let manifest = open(&args.run)?;
    let path = args.run.join("run.json");
    let target = target(&args.cell, &manifest)?;
    let window = manifest.study.window;
    let at = At::of(args.at, window).ok_or_else(|| {
        let error = anyhow!("{} is not in the window", args.at);
        let hint = format!("the run goes from {} to {}", window.from, window.to);
        Failure::usage(error).hint(hint)
    })?;
    let place = Place {
        archive: args.archive.as_deref(),
        files: &args.file,
    };
    let holdings = match found(&manifest, place, args, printer)? {
        Ok(holdings) => holdings,
        Err(error @ (RepeatError::Gone { .. } | RepeatError::Changed { .. })) => {
            return without_files(&error, target, &manifest, at, args, printer);
        }
        Err(error) => return Err(repeat::repeat_failure(error, &path)),
    };
    let bar = Bar::new(printer);
    let run = pipeline::replay(&manifest.study, &manifest.list, holdings, None, &bar);
    bar.finish();
    let run = run.map_err(run::pipeline_failure)?;
    dropline::pipeline::repeat::check(&manifest, &run.collectors)
        .map_err(|e| repeat::repeat_failure(e, &path))?;
    let (text, value) = match target {
        Target::Prefix(prefix) => of_prefix(&run, &manifest, prefix, at, args, printer)?,
        Target::Group(whose) => of_group(&run, &manifest, whose, at, args)?,
    };
    match args.json {
        true => data(&pretty(&value)?)?,
        false => data(&harmless(&text))?,
    }
    Ok(match run.is_incomplete() {
        true => Outcome::Incomplete,
        false => Outcome::Done,
    })
}

/// The files that the run read. What it had from a local folder is not looked for on the network.
fn found(
    manifest: &Manifest,
    place: Place<'_>,
    args: &args::Explain,
    printer: Printer,
) -> Result<Result<Vec<Holdings>, RepeatError>, Failure> {
    if let (true, Some(loose)) = (place.files.is_empty(), manifest.outside()) {
        return Ok(Err(gone(
            loose,
            "it is a loose file, which has not been named",
        )));
    }
    let path = args.run.join("run.json");
    let source = repeat::source(place, &path, manifest)?;
    let is_local = manifest
        .ways
        .iter()
        .all(|(_, way)| *way == ListingSource::Folder);
    match (&source, manifest.inputs.first()) {
        (None, Some(first)) if is_local => {
            let why = "the run read it from a local folder, which has not been named";
            Ok(Err(gone(first, why)))
        }
        _ => repeat::holdings(source, manifest, &args.network, printer),
    }
}

fn gone(file: &Input, why: &str) -> RepeatError {
    RepeatError::Gone {
        file: file.url.clone(),
        expected: file.sha256.clone(),
        why: why.to_owned(),
    }
}

/// What the tables alone tell.
fn without_files(
    error: &RepeatError,
    target: Target,
    manifest: &Manifest,
    at: At,
    args: &args::Explain,
    printer: Printer,
) -> Result<Outcome, Failure> {
    printer.say(format_args!("warning: {error}"));
    printer.say(
        "hint: this is what the tables alone tell; name the folder of the files with `--archive DIR`, \
         or loose files with `--file PATH`, for all of it",
    );
    let value = match target {
        Target::Prefix(prefix) => tables::prefix(&args.run, manifest, prefix, at),
        Target::Group(whose) => tables::group(&args.run, manifest, whose, at),
    };
    let value = value.map_err(export::read_failure)?;
    match args.json {
        true => data(&pretty(&value)?)?,
        false => data(&harmless(&text::tables(&value, &at)))?,
    }
    Ok(Outcome::Incomplete)
}

/// The manifest of a run by its folder.
pub fn open(folder: &Path) -> Result<Manifest, Failure> {
    let path = folder.join("run.json");
    if !path.is_file() {
        let error = anyhow!(
            "`{}` is no folder of a run: it has no `run.json`",
            folder.display()
        );
        return Err(Failure::usage(error).hint("name the folder that `dropline run -o DIR` wrote"));
    }
    manifest::read(&path).map_err(repeat::manifest_failure)
}

pub fn pretty(value: &Value) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(Failure::failed)?;
    text.push('\n');
    Ok(text)
}

fn target(cell: &args::Cell, manifest: &Manifest) -> Result<Target, Failure> {
    if let Some(prefix) = cell.prefix {
        return match manifest.prefixes.binary_search(&prefix) {
            Ok(_) => Ok(Target::Prefix(prefix)),
            Err(_) => Err(no_such_prefix(prefix, &manifest.prefixes)),
        };
    }
    if let Some(asn) = cell.asn {
        return Ok(Target::Group(Whose::Asn(asn)));
    }
    let asked = manifest.study.selection.country.as_deref();
    let country = cell.country.as_deref().unwrap_or_default();
    if asked == Some(country) {
        return Ok(Target::Group(Whose::Whole));
    }
    let error = anyhow!("{country} is not the country of this run");
    Err(Failure::usage(error).hint(match asked {
        Some(asked) => format!("it asked about {asked}: write `--country {asked}`"),
        None => "it asked about none: write `--asn ASN` or `--prefix PREFIX`".to_owned(),
    }))
}

/// Names what the run has instead: what covers the prefix, what lies inside, what lies beside it.
fn no_such_prefix(prefix: Prefix, watched: &[Prefix]) -> Failure {
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
    Failure::usage(error).hint(match names.is_empty() {
        true => "the tables of this run have no prefix of that family".to_owned(),
        false => format!("it has {}", names.join(", ")),
    })
}

fn of_prefix(
    run: &Replayed,
    manifest: &Manifest,
    prefix: Prefix,
    at: At,
    args: &args::Explain,
    printer: Printer,
) -> Result<(String, Value), Failure> {
    let explained = explain::prefix(run, prefix, at);
    let mut explained = explained.ok_or_else(|| no_such_prefix(prefix, &manifest.prefixes))?;
    evidence::read(run, prefix, explained.evidence_mut()).map_err(run::pipeline_failure)?;
    Ok(match args.json {
        true => (String::new(), json::explanation(run, &explained)),
        false => (text::explanation(run, &explained, printer), Value::Null),
    })
}

fn of_group(
    run: &Replayed,
    manifest: &Manifest,
    whose: Whose,
    at: At,
    args: &args::Explain,
) -> Result<(String, Value), Failure> {
    let families = group::explain(run, &manifest.list, whose, at);
    if let Whose::Asn(asn) = whose
        && families.is_empty()
        && !manifest.list.watches_origin(asn)
    {
        let error = anyhow!("AS{asn} has no row in this run");
        let hint = "`asns.csv` lists the ASes that were watched, and the origins in the baseline";
        return Err(Failure::usage(error).hint(hint));
    }
    Ok(match args.json {
        true => (String::new(), json::groups(run, whose, &at, &families)),
        false => (text::groups(run, &at, &families), Value::Null),
    })
}
