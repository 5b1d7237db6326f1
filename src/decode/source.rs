//! The file as it lies on disk: counted and hashed on its way, and what can go wrong with it.

use super::buffer::CHUNK;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// Why no more bytes come before the end of the file.
#[derive(Debug)]
pub enum Fault {
    /// Everything handed on so far counts; nothing behind it can be had.
    Cut(String),
    /// Only the first `good` bytes handed on count: a checksum over the rest fails.
    Corrupt { good: u64, reason: String },
    /// The file ends before the checksum that vouches for what was handed on behind the first
    /// `good` bytes. What is there counts, unless something in it is damaged: then a changed byte
    /// may have led the decoder astray, up to the file's end.
    Unvouched { good: u64, reason: String },
    /// The file could not be read from disk.
    Io(io::Error),
}

impl Fault {
    pub fn cut(reason: &str) -> Self {
        Self::Cut(reason.to_owned())
    }
}

/// What has been read from disk, to be decompressed.
pub type Source = BufReader<Hashed>;

/// A file on disk; counts and hashes what is read of it.
pub struct Hashed {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Hashed {
    /// How much has been read of it.
    pub const fn position(&self) -> u64 {
        self.bytes
    }
}

impl Read for Hashed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buf)?;
        self.hash.update(&buf[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
}

/// Opens a file; with its length as the disk gives it.
///
/// # Errors
/// It cannot be opened, or is none: a pipe may keep a reader waiting, and a device never ends.
pub fn open(path: &Path) -> io::Result<(Source, u64)> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let hashed = Hashed {
        file,
        hash: Sha256::new(),
        bytes: 0,
    };
    Ok((BufReader::with_capacity(CHUNK, hashed), bytes))
}

/// Reads what is left, and answers with the file's length and SHA-256 in hex.
///
/// # Errors
/// The file cannot be read to its end.
pub fn close(mut source: Source) -> io::Result<(u64, String)> {
    io::copy(&mut source, &mut io::sink())?;
    let hashed = source.into_inner();
    Ok((hashed.bytes, format!("{:x}", hashed.hash.finalize())))
}
