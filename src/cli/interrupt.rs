//! Ctrl-C ends the program at once. Output files get their names by rename only, so an unfinished
//! file is never mistaken for a whole one; the next run resumes partial downloads and what was read.
//! Folders that no run can resume are removed ([`ScratchFolder`]).

use super::printer::print_message;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// The exit code that shells expect of a program that was interrupted: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// The message is given up after this time: stderr may be a pipe that nobody reads.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(1);

/// For how long removing the scratch folders is tried.
const REMOVE_TIMEOUT: Duration = Duration::from_secs(5);

/// For how long a scratch folder must not come back before it counts as removed.
const REMOVED_FOR: Duration = Duration::from_millis(100);

/// The scratch folders in use.
static IN_USE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Installs the handler of SIGINT and SIGTERM.
pub(crate) fn listen() {
    // If it cannot be installed, a signal ends the program without a message.
    let _ = ctrlc::set_handler(|| {
        print_interrupted();
        // Held until the end: a thread that fails because its folder is gone waits here, and does not
        // end the program with a code of its own.
        let folders = in_use();
        remove_until_gone(&folders);
        exit();
    });
}

fn print_interrupted() {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        print_message("interrupted");
        print_message(
            "hint: what was fetched and read is kept; the same command resumes from there",
        );
        let _ = done.send(());
    });
    let _ = is_done.recv_timeout(MESSAGE_TIMEOUT);
}

/// The other threads still run: they may write into a folder while it is removed, or create it anew.
fn remove_until_gone(folders: &[PathBuf]) {
    let deadline = Instant::now() + REMOVE_TIMEOUT;
    let mut gone_since = Instant::now();
    while !folders.is_empty() && gone_since.elapsed() < REMOVED_FOR && Instant::now() < deadline {
        for folder in folders.iter().filter(|folder| folder.exists()) {
            let _ = fs::remove_dir_all(folder);
            gone_since = Instant::now();
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[allow(clippy::exit, reason = "the worker threads cannot be asked to stop")]
fn exit() {
    std::process::exit(INTERRUPTED);
}

fn in_use() -> MutexGuard<'static, Vec<PathBuf>> {
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary folder that is removed when this is dropped, or on Ctrl-C.
pub(crate) struct ScratchFolder {
    path: PathBuf,
}

impl ScratchFolder {
    /// Registers a folder, which need not exist yet.
    pub(crate) fn of(path: PathBuf) -> Self {
        in_use().push(path.clone());
        Self { path }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its final name, and no longer removes it. An interrupt comes before that or
    /// after it: never does a folder get its name while it is being removed.
    ///
    /// # Errors
    ///
    /// The folder cannot be renamed.
    pub(crate) fn rename_to(self, name: &Path) -> io::Result<()> {
        let mut folders = in_use();
        fs::rename(&self.path, name)?;
        folders.retain(|path| *path != self.path);
        Ok(())
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        in_use().retain(|path| *path != self.path);
        // If it cannot be removed, it does no harm.
        let _ = fs::remove_dir_all(&self.path);
    }
}
