//! Ctrl-C: ends the program at once. Files come into place by rename alone, so nothing half done
//! is left where it could be taken for whole; the next run takes up broken downloads, and what was
//! read. What nobody takes up goes ([`Scratch`]).

use super::output::print_message;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// What a shell expects of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// Whoever reads what we say may have stopped, and nothing can be said to the next either.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often what others write into is cleared.
const ATTEMPTS: u32 = 20;

/// The scratch folders in use.
static IN_USE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Listens for Ctrl-C, and for being asked to end.
pub fn listen() {
    // Without it the system ends the program as it always does.
    let _ = ctrlc::set_handler(|| {
        say();
        clear();
        leave();
    });
}

fn say() {
    let (said, is_said) = mpsc::channel();
    thread::spawn(move || {
        print_message("interrupted");
        print_message(
            "hint: what was fetched and read is kept; the same command resumes from there",
        );
        let _ = said.send(());
    });
    let _ = is_said.recv_timeout(PATIENCE);
}

/// Others still write into these folders, and may make anew what has just gone.
fn clear() {
    for folder in in_use().drain(..) {
        for _ in 0..ATTEMPTS {
            if fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                break;
            }
        }
    }
}

#[allow(
    clippy::exit,
    reason = "the work goes on in threads that cannot be asked to stop"
)]
fn leave() {
    std::process::exit(INTERRUPTED);
}

fn in_use() -> MutexGuard<'static, Vec<PathBuf>> {
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder of our own that nobody needs afterwards, however that comes about.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Takes a folder, there or yet to be made, for one.
    pub fn of(path: PathBuf) -> Self {
        in_use().push(path.clone());
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// It has become something that stays.
    pub fn keep(self) {
        in_use().retain(|path| *path != self.path);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        in_use().retain(|path| *path != self.path);
        // Left behind, it does no harm.
        let _ = fs::remove_dir_all(&self.path);
    }
}
