//! The folder of a run: opened to be read, or locked to be written.

use super::error::CommandError;
use super::printer::Printer;
use crate::manifest::{self, Manifest};
use crate::write::directory_lock::DirectoryLock;
use anyhow::anyhow;
use std::path::Path;

/// The manifest of a run, by its folder.
pub(crate) fn open(folder: &Path) -> Result<Manifest, CommandError> {
    let path = folder.join("run.json");
    if !path.is_file() {
        let error = anyhow!(
            "`{}` is not the folder of a run: it has no `run.json`",
            folder.display()
        );
        let hint = "name the folder that `dropline run -o DIR` wrote";
        return Err(CommandError::usage(error).hint(hint));
    }
    Ok(manifest::read(&path)?)
}

/// Locks the folder that a run writes into; waits while another run has it.
pub(crate) fn lock(dir: &Path, printer: Printer) -> Result<DirectoryLock, CommandError> {
    let waits = || {
        let dir = dir.display();
        printer.say(format_args!("waiting: another run is writing into `{dir}`"));
    };
    Ok(DirectoryLock::acquire(dir, waits)?)
}
