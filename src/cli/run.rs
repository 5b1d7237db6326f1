//! `dropline run`.

use super::question::{self, Question};
use super::{Failure, Outcome, Printer, args, network, plot, repeat, select, summary};
use dropline::locate::Holdings;
use dropline::model::day::Day;
use dropline::pipeline::checkpoint::{Checkpoints, Resumed};
use dropline::pipeline::{self, Answer, PipelineError, Progress};
use dropline::select::{WatchList, text};
use dropline::study::Study;
use dropline::write::claim::Claim;
use dropline::write::part::{WriteError, Written};
use dropline::write::{Findings, Output};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// A study that is about to be answered.
pub struct Job<'a> {
    pub study: &'a Study,
    pub list: &'a WatchList,
    pub output: Output,
    /// What was read, until it is published.
    pub checkpoints: Checkpoints,
}

pub fn run(args: &args::Run, printer: Printer) -> Result<Outcome, Failure> {
    if let Some(threads) = args.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
        pool.build_global().map_err(Failure::failed)?;
    }
    match &args.manifest {
        Some(path) => repeat::repeat(args, path, printer),
        None => ask(args, printer),
    }
}

fn ask(args: &args::Run, printer: Printer) -> Result<Outcome, Failure> {
    let Question { study, source } = question::check(args)?;
    let list = watch_list(&study, args, printer)?;
    let _claim = claim(&args.output, printer)?;
    let output = Output::open(&args.output, &study, args.csv).map_err(write_failure)?;
    let holdings = question::holdings(&study, source, args, printer)?;
    let checkpoints = Checkpoints::open(&args.output, &study, &list);
    let answer = answer(&study, &list, holdings, Some(&checkpoints), printer)?;
    let job = Job {
        study: &study,
        list: &list,
        output,
        checkpoints,
    };
    Ok(publish(job, answer, args, printer)?.0)
}

/// Has the folder of a run for this one alone.
pub fn claim(dir: &Path, printer: Printer) -> Result<Claim, Failure> {
    let waits = || {
        let dir = dir.display();
        printer.say(format_args!("waiting: another run is writing into `{dir}`"));
    };
    Claim::of(dir, waits).map_err(write_failure)
}

/// What a study watches: by the list that it brings with it, or looked up.
pub fn watch_list(study: &Study, args: &args::Run, printer: Printer) -> Result<WatchList, Failure> {
    if let Some(path) = &study.watch_list {
        return kept_list(path);
    }
    let sources = select::Sources {
        registries: &args.registries,
        fetcher: &|| network::fetcher(&args.network),
    };
    let day = Day::of(study.window.from);
    select::list(&study.selection, Some(day), &sources, printer)
}

fn kept_list(path: &Path) -> Result<WatchList, Failure> {
    let failed = |e: anyhow::Error| {
        let context = format!("the watch list `{}`", path.display());
        Failure::failed(e.context(context))
            .hint("cut the slice anew, or take `watch_list` out of it")
    };
    let text = text::read(path).map_err(|e| failed(e.into()))?;
    WatchList::from_json(&text).map_err(|e| failed(e.into()))
}

/// Answers a study from what is held.
pub fn answer(
    study: &Study,
    list: &WatchList,
    holdings: Vec<Holdings>,
    checkpoints: Option<&Checkpoints>,
    printer: Printer,
) -> Result<Answer, Failure> {
    let bar = Bar::new(printer);
    let answer = pipeline::run(study, list, holdings, checkpoints, &bar);
    bar.finish();
    if let Some(problem) = checkpoints.and_then(Checkpoints::problem) {
        printer.say(format_args!(
            "warning: what was read could not be kept for a run that goes on from here: {problem}"
        ));
    }
    answer.map_err(pipeline_failure)
}

/// Writes and tells what was found. The answer is gone before the report is made from the tables:
/// both have every file in them.
pub fn publish(
    job: Job<'_>,
    answer: Answer,
    args: &args::Run,
    printer: Printer,
) -> Result<(Outcome, Vec<Written>), Failure> {
    let Job {
        study,
        list,
        output,
        checkpoints,
    } = job;
    // Beside new tables an earlier run's would be taken for theirs, should this one break off.
    plot::forget_older(&args.output)?;
    let bar = Bar::new(printer);
    bar.work("writing");
    let findings = Findings::new(study, list, &answer);
    let written = output.write(&findings);
    bar.finish();
    let written = written.map_err(|error| {
        let hint = error.hint();
        let kept = checkpoints.folder().display();
        let hint =
            format!("{hint}; the same command goes on from `{kept}`, as long as that is there");
        Failure::failed(error).hint(hint)
    })?;
    summary::print(&findings, &written, &args.output, printer);
    let outcome = match answer.is_incomplete() {
        true => Outcome::Incomplete,
        false => Outcome::Done,
    };
    drop(findings);
    drop(answer);
    plot::beside(&args.output, args, printer)?;
    if let Err(error) = checkpoints.remove() {
        printer.say(format_args!(
            "warning: what was read is left behind: {error}"
        ));
    }
    Ok((outcome, written))
}

pub fn write_failure(error: WriteError) -> Failure {
    let hint = error.hint();
    Failure::failed(error).hint(hint)
}

pub fn pipeline_failure(error: PipelineError) -> Failure {
    match error {
        PipelineError::NoRib => Failure::usage(error).hint(
            "without a RIB nobody can be judged full-feed: count every peer with \
             `--full-feed all`, or look further back with `--rib-lookback HOURS`",
        ),
        PipelineError::Read { .. } => {
            Failure::failed(error).hint("check the file and its permissions")
        }
    }
}

/// A progress bar, on a terminal only.
pub struct Bar {
    printer: Printer,
    shown: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bar {
    pub fn new(printer: Printer) -> Self {
        Self {
            printer,
            shown: printer != Printer::Quiet && std::io::stderr().is_terminal(),
            bar: Mutex::new(None),
        }
    }

    fn replace(&self, next: Option<ProgressBar>) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(old) = std::mem::replace(&mut *bar, next)
        {
            old.finish_and_clear();
        }
    }

    pub fn finish(&self) {
        self.replace(None);
    }

    fn on_bar(&self, then: impl FnOnce(&ProgressBar)) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = &*bar
        {
            then(bar);
        }
    }
}

impl Progress for Bar {
    fn begin(&self, stage: &str, bytes: u64) {
        if !self.shown {
            return;
        }
        let bar = ProgressBar::new(bytes).with_message(stage.to_owned());
        let template = "{msg:>12} {wide_bar} {bytes}/{total_bytes} {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        self.replace(Some(bar));
    }

    fn work(&self, stage: &str) {
        if !self.shown {
            return;
        }
        // A full bar that stands still would say that it is nearly done.
        let bar = ProgressBar::new_spinner().with_message(stage.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg:>12} {spinner} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        self.replace(Some(bar));
    }

    fn advance(&self, bytes: u64) {
        self.on_bar(|bar| bar.inc(bytes));
    }

    fn more(&self, bytes: u64) {
        self.on_bar(|bar| bar.inc_length(bytes));
    }

    fn spare(&self, bytes: u64) {
        self.on_bar(|bar| bar.dec_length(bytes));
    }

    fn resumed(&self, of: Resumed) {
        self.finish();
        let Resumed { taken, looks } = of;
        if taken > 0 {
            self.printer.say(format_args!(
                "resumed: {taken} of {looks} file reads had been done"
            ));
        }
    }
}
