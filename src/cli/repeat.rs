//! `dropline run --manifest`.

use super::downloads::Downloads;
use super::run::{self, Job};
use super::{Failure, Outcome, Printer, args, network};
use anyhow::anyhow;
use dropline::locate::{Holdings, Source};
use dropline::pipeline::checkpoint::Checkpoints;
use dropline::pipeline::repeat::{self, RepeatError, Shelf};
use dropline::study::manifest::{self, Manifest, ManifestError};
use dropline::write::Output;
use dropline::write::part::Written;
use std::path::{Path, PathBuf};

/// Repeats a study from exactly the files that it read.
pub fn repeat(args: &args::Run, path: &Path, printer: Printer) -> Result<Outcome, Failure> {
    let manifest = manifest::read(path).map_err(manifest_failure)?;
    if manifest.inputs.is_empty() {
        let error = anyhow!("`{}` names no files: its run had none", path.display());
        return Err(Failure::usage(error).hint("ask the question anew, without `--manifest`"));
    }
    let place = Place {
        archive: args.archive.as_deref(),
        files: &args.file,
    };
    let source = source(place, path, &manifest)?;
    let _claim = run::claim(&args.output, printer)?;
    let output = Output::open(&args.output, &manifest.study, args.csv);
    let output = output.map_err(run::write_failure)?;
    let holdings = holdings(source, &manifest, &args.network, printer)?;
    let holdings = holdings.map_err(|e| repeat_failure(e, path))?;
    let (study, list) = (&manifest.study, &manifest.list);
    let checkpoints = Checkpoints::open(&args.output, study, list);
    let answer = run::answer(study, list, holdings, Some(&checkpoints), printer)?;
    repeat::check(&manifest, &answer.collectors).map_err(|e| repeat_failure(e, path))?;
    let job = Job {
        study,
        list,
        output,
        checkpoints,
    };
    let (outcome, written) = run::publish(job, answer, args, printer)?;
    compare(&manifest, &written, printer);
    Ok(outcome)
}

/// Where the files of a study are said to be.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub archive: Option<&'a Path>,
    pub files: &'a [PathBuf],
}

/// Has the files of a study.
pub fn holdings(
    source: Option<Source>,
    manifest: &Manifest,
    network: &args::Network,
    printer: Printer,
) -> Result<Result<Vec<Holdings>, RepeatError>, Failure> {
    Ok(match &source {
        Some(source) => repeat::holdings(manifest, Shelf::Local(source)),
        None => {
            let fetcher = network::fetcher(network)?;
            let downloads = Downloads::new(printer);
            let holdings = repeat::holdings(manifest, Shelf::Cache(&fetcher, &downloads));
            downloads.finish();
            holdings
        }
    })
}

/// Where the files are looked for; nothing where that is the cache.
pub fn source(
    place: Place<'_>,
    path: &Path,
    manifest: &Manifest,
) -> Result<Option<Source>, Failure> {
    if !place.files.is_empty() {
        return Ok(Some(Source::Files(place.files.to_vec())));
    }
    if let Some(outside) = manifest.outside() {
        return Err(manifest_failure(ManifestError::Escapes {
            path: path.to_owned(),
            named: outside.url.clone(),
        }));
    }
    if let Some(dir) = place.archive {
        return Ok(Some(Source::Mirror(dir.to_owned())));
    }
    let public = manifest.inputs.iter().filter(|i| i.is_public()).count();
    match public {
        // Encoded from an event table, into the folder of the run.
        0 => {
            let folder = path.parent().unwrap_or(Path::new(""));
            Ok(Some(Source::Encoded(folder.join("archive"))))
        }
        n if n == manifest.inputs.len() => Ok(None),
        _ => {
            let error = anyhow!("`{}` names files of two kinds", path.display());
            Err(Failure::failed(error).hint("name the archive that has them with `--archive DIR`"))
        }
    }
}

/// Says whether the tables are those of the first run.
fn compare(manifest: &Manifest, written: &[Written], printer: Printer) {
    let differs = |(name, sha256): &&(String, String)| {
        let now = written.iter().find(|w| w.name == *name);
        now.is_some_and(|w| w.sha256 != *sha256)
    };
    let differing = manifest.outputs.iter().filter(differs);
    let names: Vec<&str> = differing.map(|(name, _)| name.as_str()).collect();
    match names.is_empty() {
        true => printer.say("All tables are those of the first run, byte for byte"),
        false => {
            let version = &manifest.dropline;
            let names = names.join(", ");
            printer.say(format_args!(
                "warning: other than in the first run, by dropline {version}: {names}"
            ));
        }
    }
}

pub fn manifest_failure(error: ManifestError) -> Failure {
    let hint = error.hint();
    Failure::failed(error).hint(hint)
}

pub fn repeat_failure(error: RepeatError, path: &Path) -> Failure {
    let hint = match &error {
        RepeatError::Changed { .. } | RepeatError::Gone { .. } => format!(
            "a study is repeated from the same bytes only: get that file again, say where it is with \
             `--archive DIR` or `--file PATH`, or ask anew without `--manifest`; `{}` is left as it is",
            path.display()
        ),
        RepeatError::Fetch(error) => error.hint().to_owned(),
        RepeatError::Locate(_) | RepeatError::Read(..) => {
            "check the path and its permissions".to_owned()
        }
    };
    Failure::failed(error).hint(hint)
}
