//! The file as stored on disk: what is read of it is counted and hashed, and what can go wrong with
//! it is named.

use super::buffer::CHUNK;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// Why no more decompressed bytes follow before the end of the file.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Everything decompressed so far is valid; nothing after it can be decompressed.
    Cut(String),
    /// Only the first `verified` bytes are valid: a checksum over the rest does not match.
    Corrupt { verified: u64, reason: String },
    /// The file ends before the checksum that covers the bytes after the first `verified` ones.
    /// They count as valid unless something in them is damaged: then a changed byte may have
    /// derailed the decompressor anywhere up to the end of the file.
    Unverified { verified: u64, reason: String },
    /// The file could not be read from disk.
    Io(io::Error),
}

impl Fault {
    pub(crate) fn cut(reason: &str) -> Self {
        Self::Cut(reason.to_owned())
    }
}

/// The compressed bytes of a file, buffered.
pub(crate) type InputFile = BufReader<HashingFile>;

/// A file on disk that counts and hashes what is read of it.
pub(crate) struct HashingFile {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl HashingFile {
    /// How many bytes have been read.
    pub(crate) const fn position(&self) -> u64 {
        self.bytes
    }
}

impl Read for HashingFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buf)?;
        self.hash.update(&buf[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
}

/// Opens a file. Returns it with its length in bytes, as the file system gives it.
///
/// # Errors
/// The file cannot be opened, or is not a regular file: a pipe may block its reader for ever, and a
/// device may have no end.
pub(crate) fn open(path: &Path) -> io::Result<(InputFile, u64)> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let hashing = HashingFile {
        file,
        hash: Sha256::new(),
        bytes: 0,
    };
    Ok((BufReader::with_capacity(CHUNK, hashing), bytes))
}

/// Reads the rest of the file. Returns its length in bytes and its SHA-256 in hex.
///
/// # Errors
/// The file cannot be read to its end.
pub(crate) fn close(mut file: InputFile) -> io::Result<(u64, String)> {
    io::copy(&mut file, &mut io::sink())?;
    let hashing = file.into_inner();
    Ok((hashing.bytes, format!("{:x}", hashing.hash.finalize())))
}
