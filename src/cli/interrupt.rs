//! Ctrl-C ends the program at once. Output files get their names by rename only, so an unfinished
//! file is never mistaken for a whole one; the next run resumes partial downloads and what was read.
//! Folders that no run can resume are removed ([`ScratchFolder`]).

use super::printer::print_message;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// The exit code that shells expect of a program that was interrupted: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// The message is given up after this time: stderr may be a pipe that nobody reads.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(1);

/// How often removing a folder is tried.
const REMOVE_ATTEMPTS: u32 = 20;

/// The scratch folders in use.
static IN_USE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Installs the handler of SIGINT and SIGTERM.
pub fn listen() {
    // If it cannot be installed, a signal ends the program without a message.
    let _ = ctrlc::set_handler(|| {
        print_interrupted();
        remove_scratch_folders();
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

/// The worker threads still run and may write new files meanwhile, so it is tried several times.
fn remove_scratch_folders() {
    for folder in in_use().drain(..) {
        for _ in 0..REMOVE_ATTEMPTS {
            if fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                break;
            }
        }
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
pub struct ScratchFolder {
    path: PathBuf,
}

impl ScratchFolder {
    /// Registers a folder, which need not exist yet.
    pub fn of(path: PathBuf) -> Self {
        in_use().push(path.clone());
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the folder: it was renamed to something that stays.
    pub fn keep(self) {
        in_use().retain(|path| *path != self.path);
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        in_use().retain(|path| *path != self.path);
        // If it cannot be removed, it does no harm.
        let _ = fs::remove_dir_all(&self.path);
    }
}
