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
mod digest;
mod gzip;
mod mrt;
mod other;
mod path;
pub mod raw;
pub mod record;
mod rib;
mod scan;
mod source;
mod turned;
mod unpack;

use crate::model::archive::{Decoded, Ending, FileKind};
use crate::model::net::Prefix;
use crate::model::peer::Session;
use crate::model::time::Timestamp;
use crate::select::{Place, PrefixSet, WatchList};
use buffer::Buffer;
use container::Container;
use rustc_hash::FxHashSet;
use scan::Scanner;
use source::Fault;
use std::io;
use std::path::Path;

pub use digest::Digest;
pub use mrt::is_label as is_record_type;
pub use scan::join_runs;
pub use unpack::unpack;

/// What to look for in a file.
pub struct Scan<'a> {
    /// What the file is.
    pub kind: FileKind,
    /// Which prefixes.
    pub seek: Seek<'a>,
    /// Update records before this are passed over.
    pub from: Timestamp,
    /// Update records from this on are passed over.
    pub to: Timestamp,
    /// Note stretches of activity, apart where a peer is silent for so many microseconds.
    pub silence: Option<i64>,
    /// Collect what sessions announce in given spans.
    pub bursts: &'a [Burst],
    /// Hears of compressed bytes as they are read.
    pub heard: &'a (dyn Fn(u64) + Sync),
}

/// Which prefixes are looked for. The routes that cover them are kept, too: without them nobody
/// can tell whether what was withdrawn can still be reached.
#[derive(Clone, Copy)]
pub enum Seek<'a> {
    /// What the watch list names, and what has given itself away by its origin so far.
    Everything {
        /// The list.
        list: &'a WatchList,
        /// Given away so far.
        discovered: &'a PrefixSet,
    },
    /// Only these, which gave themselves away after the file was first read.
    Only(&'a PrefixSet),
}

impl Seek<'_> {
    /// Where a prefix stands to what is looked for.
    pub fn place(&self, prefix: Prefix) -> Place {
        match self {
            Self::Everything { list, discovered } => match list.place(prefix) {
                Place::Watched => Place::Watched,
                place => match discovered.place(prefix) {
                    Place::Apart => place,
                    place => place,
                },
            },
            Self::Only(prefixes) => prefixes.place(prefix),
        }
    }

    fn looks_at_origins(&self) -> bool {
        matches!(self, Self::Everything { list, .. } if list.has_origins())
    }
}

/// What is kept of a route that only covers what is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covering {
    /// All, as of the routes that are looked for.
    Paths,
    /// That it is there: its path is the empty one. Coverage asks for no more, and where 100,000
    /// prefixes are watched, most of what is kept are such routes.
    Presence,
}

/// A span in which a session may have sent its whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// Whose.
    pub session: Session,
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub to: Timestamp,
}

/// Reads a file.
///
/// # Errors
/// It cannot be opened or read from disk. What is wrong inside is no error: see
/// [`Decoded::ending`] and [`Decoded::damaged`].
pub fn file(path: &Path, scan: &Scan<'_>) -> io::Result<Decoded> {
    read(path, scan, Covering::Paths).map(|(decoded, _)| decoded)
}

/// Reads a file, and keeps of routes that only cover what is looked for just so much.
///
/// # Errors
/// As [`file()`].
pub fn file_with(path: &Path, scan: &Scan<'_>, covering: Covering) -> io::Result<Decoded> {
    read(path, scan, covering).map(|(decoded, _)| decoded)
}

/// The distinct prefixes announced in each of the scan's bursts.
///
/// # Errors
/// As [`file()`].
pub fn bursts(path: &Path, scan: &Scan<'_>) -> io::Result<Vec<FxHashSet<Prefix>>> {
    read(path, scan, Covering::Presence).map(|(_, bursts)| bursts)
}

/// Reads a file to its end for its own sake: whether it decompresses and frames as records, what
/// is damaged, and of a RIB whether it lists routes. No prefix is looked for.
///
/// # Errors
/// As [`file()`].
pub fn check(path: &Path, kind: FileKind) -> io::Result<Decoded> {
    let nothing = PrefixSet::default();
    let scan = Scan {
        kind,
        seek: Seek::Only(&nothing),
        // Nothing happens in this span: sessions' states would be kept otherwise.
        from: Timestamp(0),
        to: Timestamp(0),
        silence: None,
        bursts: &[],
        heard: &|_| {},
    };
    file(path, &scan)
}

type Read = (Decoded, Vec<FxHashSet<Prefix>>);

fn read(path: &Path, scan: &Scan<'_>, covering: Covering) -> io::Result<Read> {
    let mut manner = Manner::All;
    // Once more where part of it does not count. A third time is for a file that changes.
    for _ in 0..3 {
        match attempt(path, scan, covering, &manner)? {
            Attempt::Done(read) => return Ok(*read),
            Attempt::Again(next) => manner = next,
        }
    }
    Err(io::Error::other("the file changed while it was read"))
}

/// How to read a file.
enum Manner {
    All,
    /// The first `good` bytes only: a checksum over the rest fails.
    UpTo {
        good: u64,
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

fn attempt(
    path: &Path,
    scan: &Scan<'_>,
    covering: Covering,
    manner: &Manner,
) -> io::Result<Attempt> {
    let limit = match manner {
        Manner::All => None,
        Manner::UpTo { good, reason } => Some((*good, reason)),
    };
    let mut container = Container::open(path)?;
    let mut scanner = Scanner::new(scan, covering);
    let mut buffer = Buffer::default();
    let mut offset = 0u64;
    let mut heard = 0;
    let limit_at = limit.map_or(u64::MAX, |(good, _)| good);
    let ending = loop {
        let (used, framing) = take_records(buffer.filled(), offset, &mut scanner);
        buffer.use_up(used);
        offset += used as u64;
        if let Err(reason) = framing {
            // What is read again is vouched for as far as it counts.
            if limit.is_none() {
                match unpack::vouch(&mut container, offset) {
                    Ok(()) | Err(Fault::Cut(_)) => {}
                    Err(Fault::Io(e)) => return Err(e),
                    Err(Fault::Corrupt { good, reason } | Fault::Unvouched { good, reason }) => {
                        return Ok(Attempt::Again(Manner::UpTo { good, reason }));
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
            (scan.heard)(position - heard);
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
            Err(Fault::Unvouched { good, reason }) => {
                if !scanner.is_doubtful(good, buffer.filled()) {
                    break cut(offset, &reason);
                }
                return Ok(Attempt::Again(Manner::UpTo { good, reason }));
            }
            Err(Fault::Corrupt { good, reason }) => {
                return Ok(Attempt::Again(Manner::UpTo { good, reason }));
            }
            Err(Fault::Io(e)) => return Err(e),
        }
    };
    let (bytes, sha256) = container.close()?;
    if matches!(manner, Manner::All) {
        (scan.heard)(bytes.saturating_sub(heard));
    }
    // An empty file is what a failed download leaves, not a quiet quarter of an hour.
    let ending = if bytes == 0 {
        cut(0, "the file is empty")
    } else {
        ending
    };
    let bursts = std::mem::take(&mut scanner.bursts);
    let decoded = scanner.finish(ending, bytes, sha256);
    Ok(Attempt::Done(Box::new((decoded, bursts))))
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
            return (used, Err("a record's length is impossible"));
        }
        let end = used + mrt::HEADER + length;
        if end > bytes.len() {
            break;
        }
        scanner.record(&bytes[used..end], offset + used as u64);
        used = end;
        if scanner.is_lost() {
            return (used, Err("too many of its records are damaged"));
        }
    }
    (used, Ok(()))
}
