//! Reads one file: decompresses it, splits it into records, and decides which of its bytes count.

use super::compression::{self, Buffer, Container, Fault};
use super::contents::ContentsBuilder;
use super::mrt::MrtSource;
use super::request::Scan;
use super::source::{Framing, RouteSource};
use crate::locate::LooseFiles;
use crate::model::archive::{Ending, FileContents, FileKind};
use crate::model::net::Prefix;
use crate::model::time::Timestamp;
use rustc_hash::FxHashSet;
use std::io;
use std::path::{Path, PathBuf};

/// A format: whether a file that begins with these decompressed bytes is in it, and its source.
type Format = (fn(&[u8]) -> bool, fn() -> Box<dyn RouteSource>);

/// All formats. The first that recognises a file reads it. MRT has no magic number: it takes every
/// file, and so is last.
const FORMATS: [Format; 1] = [(|_| true, mrt)];

fn mrt() -> Box<dyn RouteSource> {
    Box::new(MrtSource::default())
}

/// The source for a file that begins with these decompressed bytes.
fn source_of(start: &[u8]) -> Box<dyn RouteSource> {
    let mut formats = FORMATS.iter();
    let format = formats.find(|(recognises, _)| recognises(start));
    format.map_or_else(mrt, |(_, open)| open())
}

/// A file's contents, and the prefixes announced in each of [`Scan::transfers`].
pub(crate) type Decoded = (FileContents, Vec<FxHashSet<Prefix>>);

/// Reads a file.
///
/// # Errors
/// The file cannot be opened or read from disk.
pub(crate) fn read(path: &Path, scan: &Scan<'_>) -> io::Result<Decoded> {
    let mut extent = Extent::Whole;
    // Once more if a part of it does not count. A third time is for a file that changes meanwhile.
    for _ in 0..3 {
        match attempt(path, scan, &extent)? {
            Attempt::Done(decoded) => return Ok(*decoded),
            Attempt::Again(next) => extent = next,
        }
    }
    Err(io::Error::other("the file changed while it was read"))
}

/// The time of a file's first record, and the kind of file that begins with it; none for a file
/// without a complete record header.
///
/// # Errors
/// The file cannot be opened or read from disk.
pub fn first_record(path: &Path) -> io::Result<Option<(Timestamp, FileKind)>> {
    let mut container = Container::open(path)?;
    let mut buffer = Buffer::default();
    loop {
        let source = source_of(buffer.filled());
        if let Some(first) = source.identify(buffer.filled()) {
            return Ok(Some(first));
        }
        match container.fill(&mut buffer) {
            Ok(true) => {}
            Err(Fault::Io(e)) => return Err(e),
            Ok(false) | Err(_) => return Ok(source.identify(buffer.filled())),
        }
    }
}

/// Loose files for [`locate`](crate::locate), which dates those without a time in their name by
/// their first record.
pub fn loose_files(paths: Vec<PathBuf>) -> LooseFiles {
    LooseFiles {
        paths,
        first_record,
    }
}

/// How much of a file to read.
enum Extent {
    Whole,
    /// The first `verified` bytes: a checksum over the rest does not match.
    UpTo {
        verified: u64,
        reason: String,
    },
}

enum Attempt {
    Done(Box<Decoded>),
    /// Reading showed that less of the file counts.
    Again(Extent),
}

fn attempt(path: &Path, scan: &Scan<'_>, extent: &Extent) -> io::Result<Attempt> {
    let limit = match extent {
        Extent::Whole => None,
        Extent::UpTo { verified, reason } => Some((*verified, reason)),
    };
    let limit_at = limit.map_or(u64::MAX, |(verified, _)| verified);
    let mut container = Container::open(path)?;
    let mut contents = ContentsBuilder::new(scan);
    let mut buffer = Buffer::default();
    let mut source: Option<Box<dyn RouteSource>> = None;
    let mut offset = 0u64;
    let mut reported = 0;
    let ending = loop {
        if !buffer.filled().is_empty() {
            let source = source.get_or_insert_with(|| source_of(buffer.filled()));
            let (used, framing) =
                take_records(buffer.filled(), offset, source.as_mut(), &mut contents);
            buffer.consume(used);
            offset += used as u64;
            if let Err(reason) = framing {
                // A second attempt reads verified bytes only.
                if limit.is_none() {
                    match compression::verify(&mut container, offset) {
                        Ok(()) | Err(Fault::Cut(_)) => {}
                        Err(Fault::Io(e)) => return Err(e),
                        Err(
                            Fault::Corrupt { verified, reason }
                            | Fault::Unverified { verified, reason },
                        ) => return Ok(Attempt::Again(Extent::UpTo { verified, reason })),
                    }
                }
                break Ending::cut(offset, reason);
            }
        }
        let left = usize::try_from(limit_at - offset).unwrap_or(usize::MAX);
        let filled = if buffer.filled().len() >= left {
            Ok(false)
        } else {
            container.fill(&mut buffer)
        };
        buffer.truncate(left);
        if limit.is_none() {
            // The progress of a second attempt is not reported: the bytes are the same.
            let position = container.position();
            (scan.progress)(position - reported);
            reported = position;
        }
        match filled {
            Ok(true) => {}
            Ok(false) => match (limit, buffer.filled().is_empty()) {
                (Some((_, reason)), _) => break Ending::cut(offset, reason),
                (None, true) => break Ending::Whole,
                (None, false) => break Ending::cut(offset, "the file ends inside a record"),
            },
            Err(Fault::Cut(reason)) => break Ending::cut(offset, &reason),
            Err(Fault::Unverified { verified, reason }) => {
                let next = buffer.filled();
                let is_implausible = source
                    .as_ref()
                    .is_some_and(|source| source.is_implausible(next, contents.last_time()));
                if !contents.is_damaged_from(verified) && !is_implausible {
                    break Ending::cut(offset, &reason);
                }
                return Ok(Attempt::Again(Extent::UpTo { verified, reason }));
            }
            Err(Fault::Corrupt { verified, reason }) => {
                return Ok(Attempt::Again(Extent::UpTo { verified, reason }));
            }
            Err(Fault::Io(e)) => return Err(e),
        }
    };
    let (bytes, sha256) = container.close()?;
    if limit.is_none() {
        (scan.progress)(bytes.saturating_sub(reported));
    }
    // An empty file is what a failed download leaves, not a quarter of an hour without updates.
    let ending = if bytes == 0 {
        Ending::cut(0, "the file is empty")
    } else {
        ending
    };
    let ending = match source.map(|mut source| source.finish(&mut contents)) {
        Some(Err(reason)) if ending == Ending::Whole => {
            contents.forget_times();
            Ending::cut(0, reason)
        }
        _ => ending,
    };
    let decoded = contents.finish(ending, bytes, sha256);
    Ok(Attempt::Done(Box::new(decoded)))
}

/// Decodes the complete records at the start of `bytes`. Returns how many bytes they take, and why no
/// further record can be read, if that is so.
fn take_records(
    bytes: &[u8],
    offset: u64,
    source: &mut dyn RouteSource,
    contents: &mut ContentsBuilder<'_>,
) -> (usize, Result<(), &'static str>) {
    let mut used = 0;
    loop {
        match source.frame(&bytes[used..]) {
            Framing::Incomplete => return (used, Ok(())),
            Framing::Lost(reason) => return (used, Err(reason)),
            Framing::Record(length) => {
                let end = used + length;
                source.record(&bytes[used..end], offset + used as u64, contents);
                used = end;
                if contents.has_too_much_damage() {
                    return (used, Err("too many damaged records (1,000,000)"));
                }
            }
        }
    }
}
