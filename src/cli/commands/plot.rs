//! `dropline plot`: draws the figures of a run's folder.

use crate::cli::error::{CommandError, ExitStatus};
use crate::cli::output::Printer;
use crate::cli::{args, figures, run_folder};
use crate::plot::{self, Figure, Format, Wanted};
use crate::view::RunView;

pub fn plot(args: &args::PlotArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    run_folder::open(&args.run)?;
    let view = RunView::open(&args.run)?;
    let dir = args.output.clone();
    let dir = dir.unwrap_or_else(|| plot::folder(&args.run));
    for path in plot::all(&view, &wanted(args), &dir)? {
        printer.say(format_args!("wrote `{}`", path.display()));
    }
    // All figures, and in the run's own folder: then its report is made anew, too.
    if args.figure.is_empty() && args.output.is_none() {
        let page = figures::write_report(&args.run, &view)?;
        printer.say(format_args!("wrote `{}`", page.display()));
    }
    Ok(ExitStatus::Done)
}

fn wanted(args: &args::PlotArgs) -> Wanted {
    let is_wanted = |f: &Figure| args.figure.is_empty() || args.figure.iter().any(|a| a.of() == *f);
    let is_format = |f: &Format| args.format.is_empty() || args.format.iter().any(|a| a.of() == *f);
    Wanted {
        figures: Figure::ALL.into_iter().filter(is_wanted).collect(),
        formats: Format::ALL.into_iter().filter(is_format).collect(),
        size: args.size,
    }
}
