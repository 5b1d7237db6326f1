//! Whether a file is what it should be: its first bytes as soon as they are there, all of it once
//! it is whole.

use super::Check;
use super::cache::{self, Found};
use crate::decode;
use crate::model::archive::{Ending, FileKind};
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// Decompressed text beyond this is no registry's file.
const MOST_TEXT: u64 = 1 << 30;
/// How much of a text the caller's own check is shown.
const HEAD: usize = 4096;

/// A file that passed.
pub(super) struct Passed {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) found: Found,
}

/// What is wrong with the first bytes of a file as it comes, before the rest is waited for.
pub(super) fn head(first: &[u8], check: Check) -> Result<(), String> {
    if let Check::Mrt(_) = check
        && !is_compressed(first)
    {
        return Err(unlike_an_archive(first));
    }
    Ok(())
}

/// Reads a file to its end: what is wrong with it, or what is in it.
///
/// # Errors
/// The disk fails.
pub(super) fn whole(path: &Path, check: Check) -> io::Result<Result<Passed, String>> {
    match check {
        Check::Mrt(kind) => mrt(path, kind),
        Check::Text(looks_right) => text(path, looks_right),
    }
}

fn mrt(path: &Path, kind: FileKind) -> io::Result<Result<Passed, String>> {
    let mut first = [0; 64];
    let n = fill(&mut File::open(path)?, &mut first)?;
    if !is_compressed(&first[..n]) {
        return Ok(Err(unlike_an_archive(&first[..n])));
    }
    let decoded = decode::check(path, kind)?;
    Ok(match &decoded.ending {
        Ending::Cut { offset, reason } => {
            Err(format!("it is damaged: at {offset} decompressed, {reason}"))
        }
        Ending::Whole => Ok(Passed {
            bytes: decoded.bytes,
            found: Found {
                first: decoded.first.map(|t| t.0),
                lists_routes: decoded.lists_anything(),
                damaged: decoded.damaged.len() as u64,
            },
            sha256: decoded.sha256,
        }),
    })
}

fn text(path: &Path, looks_right: fn(&[u8]) -> bool) -> io::Result<Result<Passed, String>> {
    let mut magic = [0; 3];
    let n = fill(&mut File::open(path)?, &mut magic)?;
    let file = BufReader::new(File::open(path)?);
    let mut reader: Box<dyn Read> = match &magic[..n] {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(file)),
        b"BZh" => Box::new(MultiBzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut head = vec![0; HEAD];
    let read = fill(&mut reader, &mut head).and_then(|n| {
        head.truncate(n);
        io::copy(&mut reader.take(MOST_TEXT + 1), &mut io::sink())
    });
    let rest = match read {
        Ok(rest) => rest,
        // The disk's errors have a number, a decompressor's have none.
        Err(e) if e.raw_os_error().is_some() => return Err(e),
        Err(e) => return Ok(Err(format!("it is damaged: {e}"))),
    };
    if rest > MOST_TEXT {
        return Ok(Err("it is too long".to_owned()));
    }
    if !looks_right(&head) {
        let shown = start_of(&head);
        return Ok(Err(format!("it is something else: it begins with {shown}")));
    }
    let (bytes, sha256) = cache::hash(path)?;
    let found = Found::default();
    Ok(Ok(Passed {
        bytes,
        sha256,
        found,
    }))
}

/// `.gz` or `.bz2` by its first bytes: all that the archives publish is one of them.
fn is_compressed(first: &[u8]) -> bool {
    first.starts_with(&[0x1f, 0x8b]) || first.starts_with(b"BZh")
}

fn unlike_an_archive(first: &[u8]) -> String {
    match first.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'<') => "a web page came instead of it".to_owned(),
        Some(_) => format!("it is not compressed: it begins with {}", start_of(first)),
        None => "it is empty".to_owned(),
    }
}

fn start_of(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(16)];
    format!("`{}`", shown.escape_ascii())
}

/// Reads until the buffer is full or nothing more comes.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
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
