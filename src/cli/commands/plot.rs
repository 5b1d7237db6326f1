//! `dropline plot`: draws the figures of a run's folder.

use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::printer::Printer;
use crate::cli::{args, figures, run_folder};
use crate::plot::{self, FIGURES, FigureOptions, ImageFormat};
use crate::view::RunView;

pub(crate) fn plot(args: &args::PlotArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    run_folder::open(&args.run)?;
    let view = RunView::open(&args.run)?;
    let dir = args.output.clone();
    let dir = dir.unwrap_or_else(|| plot::figures_dir(&args.run));
    for path in plot::draw_all(&view, &options(args), &dir)? {
        printer.say(format_args!("wrote `{}`", path.display()));
    }
    // All figures, and into the run's own folder: its report is written again, too.
    if args.figure.is_empty() && args.output.is_none() {
        let page = figures::write_report(&args.run, &view)?;
        printer.say(format_args!("wrote `{}`", page.display()));
    }
    Ok(ExitStatus::Done)
}

fn options(args: &args::PlotArgs) -> FigureOptions {
    let is_asked = |name: &str| args.figure.iter().any(|figure| figure.name == name);
    let mut figures = FIGURES.to_vec();
    figures.retain(|figure| args.figure.is_empty() || is_asked(figure.name));
    let mut formats = ImageFormat::ALL.to_vec();
    formats.retain(|f| args.format.is_empty() || args.format.iter().any(|a| a.of() == *f));
    FigureOptions {
        figures,
        formats,
        size: args.size,
    }
}
