//! The files of a run's folder: what was written, why not, and a file that is being written.

use crate::disk::AtomicFile;
use sha2::{Digest, Sha256};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Its name in the folder.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
    /// The number of its rows, the header not counted.
    pub rows: u64,
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system refused: which file, and why.
    #[error("cannot write `{}`", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The cells do not fit the table, or cannot be encoded: a bug.
    #[error("table `{0}`: {1}")]
    Table(&'static str, String),
}

/// Checks that a file can have a name: no folder has it.
///
/// # Errors
/// A folder is in the way.
pub(super) fn check_free(path: &Path) -> Result<(), WriteError> {
    match path.is_dir() {
        true => Err(WriteError::Io(
            path.to_owned(),
            ErrorKind::IsADirectory.into(),
        )),
        false => Ok(()),
    }
}

/// Bytes that polars has encoded and that are not in the file yet.
#[derive(Clone, Default)]
pub(super) struct EncodedBytes(Arc<Mutex<Vec<u8>>>);

impl EncodedBytes {
    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for EncodedBytes {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.lock().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file of a run's folder that is being written: hashed on the way, and removed if it is dropped
/// before [`OutputFile::publish`].
pub(super) struct OutputFile {
    file: AtomicFile,
    pub(super) buffer: EncodedBytes,
    pub(super) written: Written,
    hash: Sha256,
}

impl OutputFile {
    /// Starts the file `name` of a folder.
    ///
    /// # Errors
    /// A folder is in the way, or the file cannot be created.
    pub(super) fn create(dir: &Path, name: String) -> Result<Self, WriteError> {
        let path = dir.join(&name);
        check_free(&path)?;
        let file = AtomicFile::create(&path).map_err(|e| WriteError::Io(path, e))?;
        Ok(Self {
            file,
            buffer: EncodedBytes::default(),
            written: Written {
                name,
                bytes: 0,
                sha256: String::new(),
                rows: 0,
            },
            hash: Sha256::new(),
        })
    }

    /// Moves the encoded bytes into the file.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn drain(&mut self) -> Result<(), WriteError> {
        let mut bytes = self.buffer.lock();
        self.hash.update(&*bytes);
        self.written.bytes += bytes.len() as u64;
        let done = self.file.write_all(&bytes);
        bytes.clear();
        done.map_err(|e| WriteError::Io(self.file.path().to_owned(), e))
    }

    /// Gives the file its name, once its bytes are on disk.
    ///
    /// # Errors
    /// The disk is full, or a file of that name cannot be replaced.
    pub(super) fn publish(self, rows: u64) -> Result<Written, WriteError> {
        let path = self.file.path().to_owned();
        self.file.commit().map_err(|e| WriteError::Io(path, e))?;
        Ok(Written {
            sha256: format!("{:x}", self.hash.finalize()),
            rows,
            ..self.written
        })
    }
}
