//! Running a study: from arguments to the tables, the summary and the report in its folder.

use super::error::CommandError;
use super::exit::ExitStatus;
use super::printer::Printer;
use super::progress::{RunProgress, StageBar};
use super::question::{self, CheckedQuestion, FileLocation};
use super::summary::RunNotes;
use super::{args, figures, network, run_folder};
use crate::pipeline::checkpoint;
use crate::pipeline::{Findings, Progress};
use crate::registry::watch_list::RegistrySource;
use crate::run::{FileSource, Options, Sources};
use crate::study::Study;
use crate::view::RunView;
use crate::write::{Output, Written};
use std::path::Path;

/// Limits the threads of this process.
pub(crate) fn set_threads(threads: Option<u16>) -> Result<(), CommandError> {
    if let Some(threads) = threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        pool.build_global().map_err(CommandError::failed)?;
    }
    Ok(())
}

/// Answers the question of the arguments.
pub(crate) fn ask(args: &args::RunArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    let CheckedQuestion { study, source } = question::check(args)?;
    let _lock = run_folder::lock(&args.output, printer)?;
    let output = Output::open(&args.output, &study, args.csv)?;
    let checkpoints = Some(args.output.as_path());
    let findings = findings(&study, source, args, checkpoints, printer)?;
    Ok(publish(findings, output, args, printer)?.0)
}

/// Runs a study whose data is in a place. Checkpoints are kept in the folder `checkpoints`.
pub(crate) fn findings(
    study: &Study,
    place: FileLocation,
    args: &args::RunArgs,
    checkpoints: Option<&Path>,
    printer: Printer,
) -> Result<Findings, CommandError> {
    let fetcher = match place {
        FileLocation::Network => Some(network::fetcher(&args.network)?),
        FileLocation::Archive(_) | FileLocation::Files(_) | FileLocation::Events(_) => None,
    };
    let locator = fetcher
        .as_ref()
        .map(|fetcher| network::locator(&args.network, fetcher));
    let progress = RunProgress::new(study, locator.as_ref(), printer);
    let files = match (&fetcher, &locator) {
        (Some(fetcher), Some(locator)) => FileSource::Network {
            fetcher,
            locator,
            downloads: progress.downloads(),
        },
        _ => FileSource::Local(question::local_source(place, args, printer)?),
    };
    run(study, files, args, checkpoints, &progress)
}

/// Runs a study with the files of a source.
pub(crate) fn run(
    study: &Study,
    files: FileSource<'_>,
    args: &args::RunArgs,
    checkpoints: Option<&Path>,
    progress: &RunProgress<'_>,
) -> Result<Findings, CommandError> {
    let sources = Sources {
        files,
        registries: RegistrySource {
            country_lists: args.registries.countries.as_deref(),
            url: &args.registries.registry_url,
            fetcher: &|| network::fetcher(&args.network),
            downloads: progress.registry_downloads(),
        },
    };
    let options = Options {
        checkpoints,
        progress,
    };
    let findings = crate::run(study, &sources, &options);
    progress.finish();
    Ok(findings?)
}

/// Writes the tables, and prints and draws what is read back from them. The findings are dropped
/// before that: either holds every file.
pub(crate) fn publish(
    findings: Findings,
    output: Output,
    args: &args::RunArgs,
    printer: Printer,
) -> Result<(ExitStatus, Vec<Written>), CommandError> {
    figures::remove_old(&args.output)?;
    let bar = StageBar::new(printer);
    bar.work("writing");
    let written = output.write(&findings);
    bar.finish();
    let written = written.map_err(|error| {
        let error = CommandError::from(error);
        let hint = error.hint.clone().unwrap_or_default();
        let kept = checkpoint::folder(&args.output);
        let kept = kept.display();
        let hint = format!("{hint}; the same command resumes from `{kept}`");
        error.hint(hint)
    })?;
    let notes = RunNotes::new(&findings, &written, &args.output);
    let outcome = match findings.is_incomplete() {
        true => ExitStatus::Incomplete,
        false => ExitStatus::Done,
    };
    drop(findings);
    if printer != Printer::Quiet || !args.no_report {
        bar.work("reading back");
        let view = RunView::open(&args.output);
        bar.finish();
        let view = view?;
        notes.print(&view, printer);
        if !args.no_report {
            figures::write_all(&args.output, &view, printer)?;
        }
    }
    if let Err(error) = checkpoint::remove(&args.output) {
        printer.say(format_args!(
            "warning: cannot remove the saved progress: {error}"
        ));
    }
    Ok((outcome, written))
}
