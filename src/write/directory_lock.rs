//! One run at a time writes into a folder: tables of two runs would stand side by side otherwise.

use super::WriteError;
use std::fs::{self, File, TryLockError};
use std::path::Path;

/// An exclusive lock on a folder. It ends when this is dropped or the process ends, however that
/// happens: the lock is the operating system's own, on the folder itself, and leaves no file behind.
pub(crate) struct DirectoryLock {
    _folder: Option<File>,
}

impl DirectoryLock {
    /// Creates the folder and waits until no other run writes into it. `on_wait` is called once if
    /// there is one.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub(crate) fn acquire(dir: &Path, on_wait: impl FnOnce()) -> Result<Self, WriteError> {
        fs::create_dir_all(dir).map_err(|e| WriteError::Io(dir.to_owned(), e))?;
        let locked = File::open(dir).ok().and_then(|folder| {
            let result = match folder.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    on_wait();
                    folder.lock()
                }
                Err(TryLockError::Error(e)) => Err(e),
                Ok(()) => Ok(()),
            };
            // Some file systems have no locks on folders: there the user must keep runs apart.
            result.is_ok().then_some(folder)
        });
        Ok(Self { _folder: locked })
    }
}
