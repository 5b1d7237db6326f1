//! `dropline plot`, and the figures of `dropline run`.

use super::run::Bar;
use super::{Failure, Outcome, Printer, args, explain, report};
use dropline::pipeline::Progress;
use dropline::plot::{self, Figure, Format, PlotError, Wanted};
use dropline::view::RunView;
use std::path::Path;

pub fn plot(args: &args::Plot, printer: Printer) -> Result<Outcome, Failure> {
    explain::open(&args.run)?;
    let view = RunView::open(&args.run).map_err(|e| plot_failure(e.into()))?;
    let wanted = wanted(args);
    let dir = args.output.clone();
    let dir = dir.unwrap_or_else(|| plot::folder(&args.run));
    let written = plot::all(&view, &wanted, &dir).map_err(plot_failure)?;
    for path in &written {
        printer.say(format_args!("wrote `{}`", path.display()));
    }
    // Asked for all, and not for elsewhere: the page is made anew, too.
    if args.figure.is_empty() && args.output.is_none() {
        let page = report::write(&args.run, &view)?;
        printer.say(format_args!("wrote `{}`", page.display()));
    }
    Ok(Outcome::Done)
}

/// Removes the pictures of an earlier run.
pub fn forget_older(run: &Path) -> Result<(), Failure> {
    plot::forget_older(run).map_err(plot_failure)?;
    report::forget_older(run)
}

/// Draws what a run has found for people, beside its tables.
pub fn beside(run: &Path, args: &args::Run, printer: Printer) -> Result<(), Failure> {
    if args.no_report {
        return Ok(());
    }
    let bar = Bar::new(printer);
    bar.work("report");
    let made = RunView::open(run).map_err(|e| plot_failure(e.into()));
    let made = made.and_then(|view| Ok((report::write(run, &view)?, view)));
    bar.finish();
    let (page, view) = made?;
    printer.say(format_args!("report: `{}`", page.display()));
    let dir = plot::folder(run);
    bar.work("figures");
    let written = plot::all(&view, &Wanted::default(), &dir);
    bar.finish();
    let written = written.map_err(plot_failure)?;
    printer.detail(format_args!(
        "wrote {} figures to `{}`",
        written.len(),
        dir.display()
    ));
    Ok(())
}

fn wanted(args: &args::Plot) -> Wanted {
    let is_wanted = |f: &Figure| args.figure.is_empty() || args.figure.iter().any(|a| a.of() == *f);
    let is_format = |f: &Format| args.format.is_empty() || args.format.iter().any(|a| a.of() == *f);
    Wanted {
        figures: Figure::ALL.into_iter().filter(is_wanted).collect(),
        formats: Format::ALL.into_iter().filter(is_format).collect(),
        size: args.size,
    }
}

fn plot_failure(error: PlotError) -> Failure {
    let hint = error.hint();
    Failure::failed(error).hint(hint)
}
