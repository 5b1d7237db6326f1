//! The report and the figures beside a run's tables.

use super::error::CommandError;
use super::output::cannot_write;
use super::printer::Printer;
use super::progress::StageBar;
use crate::disk::write_atomically;
use crate::pipeline::Progress;
use crate::plot::{self, FigureOptions, report};
use crate::view::RunView;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Draws the report and the figures of a run into its folder.
pub(crate) fn write_all(run: &Path, view: &RunView, printer: Printer) -> Result<(), CommandError> {
    let bar = StageBar::new(printer);
    bar.work("report");
    let page = write_report(run, view);
    bar.finish();
    printer.say(format_args!("report: `{}`", page?.display()));
    let dir = plot::figures_dir(run);
    bar.work("figures");
    let written = plot::draw_all(view, &FigureOptions::default(), &dir);
    bar.finish();
    let written = written?;
    printer.detail(format_args!(
        "wrote {} figures to `{}`",
        written.len(),
        dir.display()
    ));
    Ok(())
}

/// Writes `report.html` into a run's folder, and returns its path.
pub(crate) fn write_report(run: &Path, view: &RunView) -> Result<PathBuf, CommandError> {
    let path = run.join(report::FILE_NAME);
    let html = report::html(view).map_err(CommandError::failed)?;
    write_atomically(&path, html.as_bytes()).map_err(|e| cannot_write(&path, e))?;
    Ok(path)
}

/// Removes the report and the figures of an earlier run: if this run is interrupted, they would
/// be mistaken for its own.
pub(crate) fn remove_old(run: &Path) -> Result<(), CommandError> {
    plot::remove_stale(run)?;
    let path = run.join(report::FILE_NAME);
    match fs::remove_file(&path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(cannot_write(&path, e)),
        _ => Ok(()),
    }
}
