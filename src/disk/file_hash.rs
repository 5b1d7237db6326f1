//! Length and SHA-256 of a file as it lies on disk (still compressed), as `run.json` and the
//! cache record them.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Length and SHA-256 of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileHash {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hex digits.
    pub sha256: String,
}

/// Hashes a file.
///
/// # Errors
/// It cannot be read.
pub fn hash(path: &Path) -> io::Result<FileHash> {
    hash_reader(File::open(path)?)
}

/// Hashes everything that a reader still gives.
///
/// # Errors
/// The reader fails.
pub(crate) fn hash_reader(mut reader: impl Read) -> io::Result<FileHash> {
    let mut hash = Sha256::new();
    let bytes = io::copy(&mut reader, &mut hash)?;
    Ok(FileHash {
        bytes,
        sha256: format!("{:x}", hash.finalize()),
    })
}
