//! Bytes → route events of the watch list.
//!
//! A file is opened by its first bytes (`container`; `.bz2` block by block, `bzip2`), cut into MRT
//! records (`mrt`), and each record is looked at just as far as it matters (`scan`, with `bgp` for
//! messages and `rib` for dumps; `other` and `turned` see to it that no broken byte passes one off
//! as a record that says nothing). AS paths of the records that matter are read by bgpkit-parser
//! (`path`); its iterators are not used, because they drop state changes and the
//! SAFI, and lose whole sections on some valid input.
//!
//! Damage is kept where it happened: a record that cannot be read is skipped and named, a file
//! that cannot be read on ends there, and nothing behind a failed checksum counts.

mod attribute;
mod bgp;
mod buffer;
mod bzip2;
mod container;
mod content_check;
mod decompress;
mod gzip;
mod mrt;
mod other;
mod path;
pub mod raw;
pub mod record;
mod request;
mod rib;
mod scan;
mod source;
mod turned;

use crate::model::archive::{Ending, FileContents, FileKind};
use crate::model::net::Prefix;
use crate::model::time::Timestamp;
use crate::watchlist::PrefixSet;
use buffer::Buffer;
use container::Container;
use rustc_hash::FxHashSet;
use scan::Scanner;
use source::Fault;
use std::io;
use std::path::Path;

pub use content_check::content_check;
pub use decompress::decompress;
pub use mrt::is_label as is_record_type;
pub use request::{CoveringDetail, Digest, Filter, Scan, TableTransfer};
pub use scan::merge_spans;

/// Reads a file.
///
/// # Errors
/// The file cannot be opened or read from disk. What is wrong with its contents is no error: see
/// [`FileContents::ending`] and [`FileContents::damaged`].
pub fn file(path: &Path, scan: &Scan<'_>) -> io::Result<FileContents> {
    read(path, scan).map(|(contents, _)| contents)
}

/// The distinct prefixes announced in each of [`Scan::transfers`], in the same order.
///
/// # Errors
/// As [`file()`].
pub fn table_transfers(path: &Path, scan: &Scan<'_>) -> io::Result<Vec<FxHashSet<Prefix>>> {
    read(path, scan).map(|(_, transfers)| transfers)
}

/// Reads a file to its end to check it: whether it decompresses and consists of records, what is
/// damaged, and for a RIB whether it lists routes. No routes are kept.
///
/// # Errors
/// As [`file()`].
pub fn check(path: &Path, kind: FileKind) -> io::Result<FileContents> {
    let nothing = PrefixSet::default();
    let scan = Scan {
        kind,
        filter: Filter::Prefixes(&nothing),
        covering: CoveringDetail::Full,
        // An empty span: session events would be kept otherwise.
        from: Timestamp(0),
        to: Timestamp(0),
        silence: None,
        transfers: &[],
        progress: &|_| {},
    };
    file(path, &scan)
}

type Read = (FileContents, Vec<FxHashSet<Prefix>>);

fn read(path: &Path, scan: &Scan<'_>) -> io::Result<Read> {
    let mut manner = Manner::All;
    // Once more where part of it does not count. A third time is for a file that changes.
    for _ in 0..3 {
        match attempt(path, scan, &manner)? {
            Attempt::Done(read) => return Ok(*read),
            Attempt::Again(next) => manner = next,
        }
    }
    Err(io::Error::other("the file changed while it was read"))
}

/// How to read a file.
enum Manner {
    All,
    /// The first `verified` bytes only: a checksum over the rest fails.
    UpTo {
        verified: u64,
        reason: String,
    },
}

enum Attempt {
    Done(Box<Read>),
    /// Only now is it known how the file must be read.
    Again(Manner),
}

/// The time of a file's first record, and whether it is a RIB's.
///
/// # Errors
/// The file cannot be opened or read; a file without a readable record has none.
pub fn first_record(path: &Path) -> io::Result<Option<(Timestamp, FileKind)>> {
    let mut container = Container::open(path)?;
    let mut buffer = Buffer::default();
    while buffer.filled().len() < mrt::HEADER {
        match container.fill(&mut buffer) {
            Ok(true) => {}
            Err(Fault::Io(e)) => return Err(e),
            Ok(false) | Err(_) => break,
        }
    }
    Ok(mrt::header(buffer.filled()).map(|(seconds, kind, _, _)| {
        let kind = match kind {
            mrt::TABLE_DUMP | mrt::TABLE_DUMP_V2 => FileKind::Rib,
            _ => FileKind::Updates,
        };
        (Timestamp::from_secs(i64::from(seconds)), kind)
    }))
}

fn attempt(path: &Path, scan: &Scan<'_>, manner: &Manner) -> io::Result<Attempt> {
    let limit = match manner {
        Manner::All => None,
        Manner::UpTo { verified, reason } => Some((*verified, reason)),
    };
    let mut container = Container::open(path)?;
    let mut scanner = Scanner::new(scan);
    let mut buffer = Buffer::default();
    let mut offset = 0u64;
    let mut heard = 0;
    let limit_at = limit.map_or(u64::MAX, |(verified, _)| verified);
    let ending = loop {
        let (used, framing) = take_records(buffer.filled(), offset, &mut scanner);
        buffer.consume(used);
        offset += used as u64;
        if let Err(reason) = framing {
            // What is read again is vouched for as far as it counts.
            if limit.is_none() {
                match decompress::verify(&mut container, offset) {
                    Ok(()) | Err(Fault::Cut(_)) => {}
                    Err(Fault::Io(e)) => return Err(e),
                    Err(
                        Fault::Corrupt { verified, reason }
                        | Fault::Unverified { verified, reason },
                    ) => {
                        return Ok(Attempt::Again(Manner::UpTo { verified, reason }));
                    }
                }
            }
            break cut(offset, reason);
        }
        let left = usize::try_from(limit_at - offset).unwrap_or(usize::MAX);
        let filled = if buffer.filled().len() >= left {
            Ok(false)
        } else {
            container.fill(&mut buffer)
        };
        buffer.truncate(left);
        if matches!(manner, Manner::All) {
            // A file that is read again is heard of once.
            let position = container.position();
            (scan.progress)(position - heard);
            heard = position;
        }
        match filled {
            Ok(true) => {}
            Ok(false) => match (limit, buffer.filled().is_empty()) {
                (Some((_, reason)), _) => break cut(offset, reason),
                (None, true) => break Ending::Whole,
                (None, false) => break cut(offset, "the file ends inside a record"),
            },
            Err(Fault::Cut(reason)) => break cut(offset, &reason),
            Err(Fault::Unverified { verified, reason }) => {
                if !scanner.is_doubtful(verified, buffer.filled()) {
                    break cut(offset, &reason);
                }
                return Ok(Attempt::Again(Manner::UpTo { verified, reason }));
            }
            Err(Fault::Corrupt { verified, reason }) => {
                return Ok(Attempt::Again(Manner::UpTo { verified, reason }));
            }
            Err(Fault::Io(e)) => return Err(e),
        }
    };
    let (bytes, sha256) = container.close()?;
    if matches!(manner, Manner::All) {
        (scan.progress)(bytes.saturating_sub(heard));
    }
    // An empty file is what a failed download leaves, not a quiet quarter of an hour.
    let ending = if bytes == 0 {
        cut(0, "the file is empty")
    } else {
        ending
    };
    let transfers = std::mem::take(&mut scanner.transfers);
    let decoded = scanner.finish(ending, bytes, sha256);
    Ok(Attempt::Done(Box::new((decoded, transfers))))
}

fn cut(offset: u64, reason: &str) -> Ending {
    Ending::Cut {
        offset,
        reason: reason.to_owned(),
    }
}

/// Takes in the whole records at the start of `bytes`; how many bytes that was.
fn take_records(
    bytes: &[u8],
    offset: u64,
    scanner: &mut Scanner<'_>,
) -> (usize, Result<(), &'static str>) {
    let mut used = 0;
    while let Some((_, _, _, length)) = mrt::header(&bytes[used..]) {
        if length > mrt::MAX_BODY {
            return (
                used,
                Err("record length exceeds 16 MiB, so record boundaries are lost"),
            );
        }
        let end = used + mrt::HEADER + length;
        if end > bytes.len() {
            break;
        }
        scanner.record(&bytes[used..end], offset + used as u64);
        used = end;
        if scanner.is_lost() {
            return (used, Err("too many damaged records (1,000,000)"));
        }
    }
    (used, Ok(()))
}
