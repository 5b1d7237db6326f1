//! Whether a downloaded file is what it should be: its first bytes as soon as they arrive, all of it
//! once it is complete.

use super::cache::ContentSummary;
use crate::disk::{self, FileHash};
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// Longest decompressed text, bytes: no registry's file is longer.
const MAX_TEXT: u64 = 1 << 30;
/// How many decompressed bytes of a text its predicate is shown.
const TEXT_HEAD: usize = 4096;

/// Decides whether a file is kept in the cache. Fetching knows nothing of formats: the caller brings
/// the check of the format that it asks for. That of MRT files is `decode::content_check`.
pub trait ContentCheck: fmt::Debug + Sync {
    /// Checks the first bytes (at least 3) of a file while it arrives, so that an error page is not
    /// downloaded to its end.
    ///
    /// # Errors
    /// The file is something else; the text says what, for people.
    fn head(&self, _first: &[u8]) -> Result<(), String> {
        Ok(())
    }

    /// Reads a complete file to its end.
    ///
    /// # Errors
    /// Outer: the disk fails. Inner: the file is damaged or something else; the text says what.
    fn whole(&self, path: &Path) -> io::Result<Result<CheckedFile, String>>;
}

/// A file that passed its [`ContentCheck`].
#[derive(Debug)]
pub struct CheckedFile {
    /// Length and SHA-256 of the file as it lies on disk.
    pub hash: FileHash,
    /// What the file contains, as far as fetching needs to know.
    pub contents: ContentSummary,
}

/// The check of a text, plain or compressed (.gz, .bz2): it decompresses to its end, and the
/// predicate accepts its first bytes (decompressed, at most 4,096 of them).
#[derive(Debug, Clone, Copy)]
pub struct TextCheck(pub fn(&[u8]) -> bool);

impl ContentCheck for TextCheck {
    fn whole(&self, path: &Path) -> io::Result<Result<CheckedFile, String>> {
        let mut magic = [0; 3];
        let n = fill(&mut File::open(path)?, &mut magic)?;
        let file = BufReader::new(File::open(path)?);
        let mut reader: Box<dyn Read> = match &magic[..n] {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(file)),
            b"BZh" => Box::new(MultiBzDecoder::new(file)),
            _ => Box::new(file),
        };
        let mut head = vec![0; TEXT_HEAD];
        let read = fill(&mut reader, &mut head).and_then(|n| {
            head.truncate(n);
            io::copy(&mut reader.take(MAX_TEXT + 1), &mut io::sink())
        });
        let rest = match read {
            Ok(rest) => rest,
            // An error of the disk has a number, one of a decompressor has none.
            Err(e) if e.raw_os_error().is_some() => return Err(e),
            Err(e) => return Ok(Err(format!("it is damaged: {e}"))),
        };
        if rest > MAX_TEXT {
            return Ok(Err("it is too long".to_owned()));
        }
        if !self.0(&head) {
            let shown = first_bytes(&head);
            return Ok(Err(format!("it is something else: it begins with {shown}")));
        }
        Ok(Ok(CheckedFile {
            hash: disk::hash(path)?,
            contents: ContentSummary::default(),
        }))
    }
}

/// The first bytes of a file for a message: printable ones as they are, the others escaped.
pub(crate) fn first_bytes(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(16)];
    format!("`{}`", shown.escape_ascii())
}

/// Reads until the buffer is full or the reader ends.
pub(crate) fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match reader.read(&mut buffer[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(n)
}
