//! `report.html` beside the tables of a run.

use super::Failure;
use dropline::plot::picture::Picture;
use dropline::plot::report;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Makes the report of a run, and gives its place.
pub fn write(dir: &Path, picture: &Picture) -> Result<PathBuf, Failure> {
    let path = dir.join(report::NAME);
    let html = report::html(picture).map_err(Failure::failed)?;
    let part = dir.join(format!("{}.part", report::NAME));
    let written = fs::write(&part, html).and_then(|()| fs::rename(&part, &path));
    written.map_err(|e| cannot_write(e, &path))?;
    Ok(path)
}

/// Removes the report of an earlier run: it would be taken for this one's.
pub fn forget_older(dir: &Path) -> Result<(), Failure> {
    let path = dir.join(report::NAME);
    match fs::remove_file(&path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(cannot_write(e, &path)),
        _ => Ok(()),
    }
}

fn cannot_write(error: std::io::Error, path: &Path) -> Failure {
    let error = anyhow::Error::new(error).context(format!("cannot write `{}`", path.display()));
    Failure::failed(error).hint("check the folder and the space on its disk")
}
