//! `report.html` beside the tables of a run.

use super::{Failure, cannot_write};
use dropline::plot::report;
use dropline::view::RunView;
use dropline::write::part;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Makes the report of a run, and gives its place.
pub fn write(dir: &Path, view: &RunView) -> Result<PathBuf, Failure> {
    let path = dir.join(report::NAME);
    let html = report::html(view).map_err(Failure::failed)?;
    part::whole(&path, html.as_bytes()).map_err(|e| cannot_write(&path, e))?;
    Ok(path)
}

/// Removes the report of an earlier run: it would be taken for this one's.
pub fn forget_older(dir: &Path) -> Result<(), Failure> {
    let path = dir.join(report::NAME);
    match fs::remove_file(&path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(cannot_write(&path, e)),
        _ => Ok(()),
    }
}
