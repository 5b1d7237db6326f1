//! `dropline run`: answers a question, or repeats a study with `--manifest`.

use crate::cli::error::CommandError;
use crate::cli::execute;
use crate::cli::exit::ExitStatus;
use crate::cli::printer::Printer;
use crate::cli::progress::RunProgress;
use crate::cli::{args, network, recorded, run_folder};
use crate::manifest::{self, Manifest};
use crate::pipeline::recorded::FileStore;
use crate::run::FileSource;
use crate::write::Output;
use crate::write::Written;
use anyhow::anyhow;
use std::path::Path;

pub(crate) fn run(args: &args::RunArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    execute::set_threads(args.threads)?;
    match &args.manifest {
        Some(path) => repeat(args, path, printer),
        None => execute::ask(args, printer),
    }
}

/// Repeats a study from exactly the files that its manifest lists.
fn repeat(args: &args::RunArgs, path: &Path, printer: Printer) -> Result<ExitStatus, CommandError> {
    let manifest = manifest::read(path)?;
    if manifest.inputs.is_empty() {
        let error = anyhow!("`{}` lists no files: its run read none", path.display());
        return Err(CommandError::usage(error).hint("ask the question again, without `--manifest`"));
    }
    let named = recorded::NamedFiles {
        archive: args.archive.as_deref(),
        files: &args.file,
    };
    let source = recorded::source(named, path, &manifest)?;
    let _lock = run_folder::lock(&args.output, printer)?;
    let output = Output::open(&args.output, &manifest.study, args.csv);
    let output = output?;
    let study = &manifest.study;
    let progress = RunProgress::new(study, None, printer);
    let fetcher = match &source {
        Some(_) => None,
        None => Some(network::fetcher(&args.network)?),
    };
    let store = match (&source, &fetcher) {
        (Some(source), _) => FileStore::Local(source),
        (None, Some(fetcher)) => FileStore::Cache(fetcher, progress.downloads()),
        (None, None) => return Err(CommandError::failed(anyhow!("no place for the files"))),
    };
    let files = FileSource::Recorded {
        manifest: &manifest,
        store,
    };
    let checkpoints = Some(args.output.as_path());
    let findings = execute::run(study, files, args, checkpoints, &progress)?;
    let (outcome, written) = execute::publish(findings, output, args, printer)?;
    compare_outputs(&manifest, &written, printer);
    Ok(outcome)
}

/// Prints whether the tables are the same as those of the first run.
fn compare_outputs(manifest: &Manifest, written: &[Written], printer: Printer) {
    let differs = |(name, sha256): &&(String, String)| {
        let now = written.iter().find(|w| w.name == *name);
        now.is_some_and(|w| w.sha256 != *sha256)
    };
    let differing = manifest.outputs.iter().filter(differs);
    let names: Vec<&str> = differing.map(|(name, _)| name.as_str()).collect();
    match names.is_empty() {
        true => printer.say("all tables are byte for byte the same as those of the first run"),
        false => {
            let version = &manifest.dropline;
            let names = names.join(", ");
            printer.say(format_args!(
                "warning: different from the first run, which dropline {version} wrote: {names}"
            ));
        }
    }
}
