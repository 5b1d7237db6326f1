//! Running a study: from arguments to the tables, the summary and the report in its folder.

use super::error::{CommandError, ExitStatus};
use super::output::Printer;
use super::progress::StageBar;
use super::question::{self, CheckedQuestion};
use super::summary::RunNotes;
use super::{args, figures, run_folder, watch_list};
use crate::locate::Holdings;
use crate::pipeline::checkpoint::Checkpoints;
use crate::pipeline::{self, Findings, Progress};
use crate::study::Study;
use crate::view::RunView;
use crate::watchlist::WatchList;
use crate::write::{Output, Written};

/// Limits the threads of this process.
pub fn set_threads(threads: Option<u16>) -> Result<(), CommandError> {
    if let Some(threads) = threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        pool.build_global().map_err(CommandError::failed)?;
    }
    Ok(())
}

/// Answers the question of the arguments.
pub fn ask(args: &args::RunArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    let CheckedQuestion { study, source } = question::check(args)?;
    let list = watch_list::of_study(&study, args, printer)?;
    let _lock = run_folder::lock(&args.output, printer)?;
    let output = Output::open(&args.output, &study, args.csv)?;
    let holdings = question::holdings(&study, source, args, printer)?;
    let checkpoints = Checkpoints::open(&args.output, &study, &list);
    let findings = analyse(&study, &list, holdings, Some(&checkpoints), printer)?;
    Ok(publish(findings, output, checkpoints, args, printer)?.0)
}

/// Analyses the files of a study.
pub fn analyse(
    study: &Study,
    list: &WatchList,
    holdings: Vec<Holdings>,
    checkpoints: Option<&Checkpoints>,
    printer: Printer,
) -> Result<Findings, CommandError> {
    let bar = StageBar::new(printer);
    let findings = pipeline::analyse(study, list, holdings, checkpoints, &bar);
    bar.finish();
    if let Some(problem) = checkpoints.and_then(Checkpoints::problem) {
        printer.say(format_args!(
            "warning: cannot save progress for a later run to resume from: {problem}"
        ));
    }
    Ok(findings?)
}

/// Writes the tables, and prints and draws what is read back from them. The findings are dropped
/// before that: either holds every file.
pub fn publish(
    findings: Findings,
    output: Output,
    checkpoints: Checkpoints,
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
        let kept = checkpoints.folder().display();
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
    if let Err(error) = checkpoints.remove() {
        printer.say(format_args!(
            "warning: cannot remove the saved progress: {error}"
        ));
    }
    Ok((outcome, written))
}
