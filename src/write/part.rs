//! A file in the making: written beside its place, moved there when it is whole.

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
    /// Rows, without the header.
    pub rows: u64,
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system said no.
    #[error("cannot write `{}`", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The cells are not those of the table, or cannot be encoded.
    #[error("table `{0}`: {1}")]
    Table(&'static str, String),
}

impl WriteError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Table(..) => "this is a bug in dropline, please report it",
            Self::Io(_, e) => hint(e),
        }
    }
}

/// What to do where a file under `-o` cannot be written.
pub fn hint(error: &io::Error) -> &'static str {
    use ErrorKind as E;
    match error.kind() {
        E::StorageFull | E::QuotaExceeded => {
            "the disk is full: make room, or choose another place with `-o`"
        }
        E::PermissionDenied | E::ReadOnlyFilesystem => {
            "choose a place that you may write to with `-o`"
        }
        E::AlreadyExists | E::NotADirectory | E::IsADirectory => {
            "a file or folder is in the way: move it, or choose another place with `-o`"
        }
        E::NotFound => "create the folder first",
        _ => "check the disk, or choose another place with `-o`",
    }
}

/// Writes a file that is whole, or not there: beside its place, and moved there. What is no file, such as
/// a pipe or a terminal, is written to as it is.
///
/// # Errors
/// The file system says no; then nothing new is left behind.
pub fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let place = match fs::metadata(path) {
        Ok(there) if !there.is_file() => return fs::write(path, bytes),
        // Behind a link lies what is meant.
        Ok(_) => fs::canonicalize(path)?,
        Err(_) => path.to_owned(),
    };
    let mut temporary = place.clone().into_os_string();
    temporary.push(".part");
    let temporary = PathBuf::from(temporary);
    let fill = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &place)
    };
    fill().inspect_err(|_| drop(fs::remove_file(&temporary)))
}

/// Whether a file may take its name: nothing but a file stands there.
///
/// # Errors
/// A folder is in the way.
pub(super) fn is_free(path: &Path) -> Result<(), WriteError> {
    match path.is_dir() {
        true => Err(WriteError::Io(
            path.to_owned(),
            ErrorKind::IsADirectory.into(),
        )),
        false => Ok(()),
    }
}

/// What polars has encoded and no file holds yet.
#[derive(Clone, Default)]
pub(super) struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Bytes {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.lock().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file in the making; dropped before it is published, it vanishes.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    temporary: PathBuf,
    pub(super) bytes: Bytes,
    pub(super) written: Written,
    hash: Sha256,
}

impl Part {
    pub(super) fn open(dir: &Path, name: String) -> Result<Self, WriteError> {
        let temporary = dir.join(format!("{name}.part"));
        let path = dir.join(&name);
        is_free(&path)?;
        let file = File::create(&temporary).map_err(|e| WriteError::Io(path.clone(), e))?;
        Ok(Self {
            file,
            path,
            temporary,
            bytes: Bytes::default(),
            written: Written {
                name,
                bytes: 0,
                sha256: String::new(),
                rows: 0,
            },
            hash: Sha256::new(),
        })
    }

    /// Moves what is encoded into the file.
    pub(super) fn drain(&mut self) -> Result<(), WriteError> {
        let mut bytes = self.bytes.lock();
        self.hash.update(&*bytes);
        self.written.bytes += bytes.len() as u64;
        let done = self.file.write_all(&bytes);
        bytes.clear();
        done.map_err(|e| WriteError::Io(self.path.clone(), e))
    }

    /// Gives the file its name, once its bytes are on disk: some disks tell only then that they
    /// are full, and a name that outlives a power cut must not stand for less.
    pub(super) fn publish(&mut self, rows: u64) -> Result<Written, WriteError> {
        let done = self.file.sync_all();
        done.and_then(|()| fs::rename(&self.temporary, &self.path))
            .map_err(|e| WriteError::Io(self.path.clone(), e))?;
        self.written.sha256 = format!("{:x}", self.hash.finalize_reset());
        self.written.rows = rows;
        Ok(self.written.clone())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Published, it is no longer there; left behind, it does no harm.
        let _ = fs::remove_file(&self.temporary);
    }
}
