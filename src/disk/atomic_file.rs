//! A file that appears under its name only when it is complete: it is written as `NAME.part` in
//! the same folder, synced, and renamed. A reader, or a run that is killed, never sees half of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file being written. [`AtomicFile::commit`] gives it its name; dropped before that, it is
/// removed and what stood under the name stays.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: File,
    path: PathBuf,
    temporary: PathBuf,
    is_committed: bool,
}

impl AtomicFile {
    /// Starts a file that will be called `path`; until then it is `path` with `.part` behind it.
    ///
    /// # Errors
    /// The temporary file cannot be created.
    pub(crate) fn create(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let mut temporary = path.clone().into_os_string();
        temporary.push(".part");
        Self::create_as(path, PathBuf::from(temporary))
    }

    /// As [`AtomicFile::create`], with a temporary name of the caller's choice. It must be on the
    /// same file system as `path`.
    ///
    /// # Errors
    /// The temporary file cannot be created.
    pub(crate) fn create_as(path: impl Into<PathBuf>, temporary: PathBuf) -> io::Result<Self> {
        Ok(Self {
            file: File::create(&temporary)?,
            path: path.into(),
            temporary,
            is_committed: false,
        })
    }

    /// The name that the file will have.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the bytes to disk and renames the file. Some disks report only at the sync that they
    /// are full, and a name that survives a power cut must not stand for less than all bytes.
    ///
    /// # Errors
    /// The sync or the rename fails; the temporary file is removed then.
    pub(crate) fn commit(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.temporary, &self.path)?;
        self.is_committed = true;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.is_committed {
            // Best effort: a `.part` file that stays behind does no harm.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Writes a whole file, or nothing. A symbolic link is followed, so that its target is replaced
/// and not the link. What is not a regular file, such as a pipe or a terminal, is written to directly.
///
/// # Errors
/// The file system refuses; nothing new is left behind then.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match fs::metadata(path) {
        Ok(found) if !found.is_file() => return fs::write(path, bytes),
        Ok(_) => fs::canonicalize(path)?,
        Err(_) => path.to_owned(),
    };
    let mut file = AtomicFile::create(target)?;
    file.write_all(bytes)?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let dir = std::env::temp_dir().join(format!("dropline-atomic-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("table.csv");

        let mut dropped = AtomicFile::create(&path).unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);

        write_atomically(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_keeps_pointing_at_what_was_replaced() {
        let dir = std::env::temp_dir().join(format!("dropline-link-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let (target, link) = (dir.join("target"), dir.join("link"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_dir_all(&dir).unwrap();
    }
}
