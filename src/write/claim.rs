//! A folder is one run's at a time: tables of two would stand side by side in it otherwise.

use super::part::WriteError;
use std::fs::{self, File, TryLockError};
use std::path::Path;

/// A folder that is ours. It is free again when this is dropped, or the process ends, however that
/// happens: the lock is the system's own, on the folder itself, and leaves nothing behind.
pub struct Claim {
    _folder: Option<File>,
}

impl Claim {
    /// Makes the folder, and waits until no other run writes into it; `waits` is called if one does.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn of(dir: &Path, waits: impl FnOnce()) -> Result<Self, WriteError> {
        fs::create_dir_all(dir).map_err(|e| WriteError::Io(dir.to_owned(), e))?;
        let held = File::open(dir).ok().and_then(|folder| {
            let locked = match folder.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    waits();
                    folder.lock()
                }
                Err(TryLockError::Error(e)) => Err(e),
                Ok(()) => Ok(()),
            };
            // Some systems have no locks on folders: there, it is for the user to keep runs apart.
            locked.is_ok().then_some(folder)
        });
        Ok(Self { _folder: held })
    }
}
