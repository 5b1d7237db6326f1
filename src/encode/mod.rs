//! Event tables: what collectors received, as text, encoded as the archive that they would have written.
//! Made for examples and tests: a scenario of ten lines replays like a real day.
//!
//! One record a line, tokens separated by blanks; `#` starts a comment. Directives hold for the
//! whole table, wherever they are:
//!
//! ```text
//! peer ASN@IP [as2] [addpath]     a two-byte session (RFC 6793); one with path ids (RFC 7911)
//! cover COLLECTOR FROM TO         update files exist for the whole span, even when empty
//! micro COLLECTOR                 times have microseconds (BGP4MP_ET, RFC 6396 §3)
//! ```
//!
//! Records begin with `TIME COLLECTOR ASN@IP`, then comes the verb. What a peer sends:
//!
//! ```text
//! announce PREFIX[,PREFIX...] PATH [id=N]
//! withdraw PREFIX[,PREFIX...] [id=N]
//! update -PREFIX[,PREFIX...] +PREFIX[,PREFIX...] PATH [id=N]    both in one UPDATE
//! announce-table 4|6 N PATH [id=N]      the first N filler prefixes, 200 to an UPDATE
//! state OLD NEW                         6 is Established (RFC 6396 §4.4.1)
//! eor 4|6                               End-of-RIB (RFC 4724 §2)
//! keepalive
//! raw TYPE SUBTYPE HEX [dump=STAMP]     any body, to make damage; `-` is an empty one
//! ```
//!
//! What a RIB dump contains of the peer (equal stamps are one file; without a stamp, the time's minute):
//!
//! ```text
//! rib PREFIX PATH [id=N] [dump=STAMP]
//! table 4|6 N [dump=STAMP]              N filler routes, to give the table a size
//! member [dump=STAMP]                   in the PEER_INDEX_TABLE, without a route
//! ```
//!
//! A path is AS numbers separated by blanks (RFC 5396), an AS_SET `{64501,64502}`, an
//! AS_CONFED_SEQUENCE `(64512,64513)`, an empty path `-`.
//! Filler prefixes are /24s from 20.0.0.0 upward, or /48s from 2600:: upward.
//!
//! A two-byte session shows larger AS numbers as 23456, its own too, and has AS4_PATH in addition.
//!
//! The same table makes the same bytes, whatever the day and the machine.

mod attributes;
mod message;
mod parse;
mod rib;
mod tokens;

use crate::model::archive::FileKind;
use crate::model::net::{Family, Prefix};
use crate::model::path::AsPath;
use crate::model::peer::{Collector, Project, Session};
use crate::model::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

pub use parse::parse;

/// Why an event table cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A line is malformed, or its content cannot be encoded.
    #[error("line {line}: {message}")]
    Line {
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with it, and what to write instead.
        message: String,
    },
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

/// A file that [`write()`] made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Its path under the archive's folder, separated by `/`.
    pub path: String,
    /// Its compressed length in bytes.
    pub bytes: u64,
    /// How many MRT records it has.
    pub records: u64,
}

/// An event table, parsed and checked.
#[derive(Debug, Clone, Default)]
pub struct EventTable {
    sessions: BTreeMap<Session, SessionOptions>,
    micro: BTreeSet<Collector>,
    covers: Vec<Cover>,
    updates: Vec<Line<UpdateContent>>,
    ribs: Vec<Line<RibLine>>,
}

/// What a session negotiated.
#[derive(Debug, Clone, Copy, Default)]
struct SessionOptions {
    asn_size: AsnSize,
    path_ids: PathIds,
}

/// Bytes of an AS number in a session's messages (RFC 6793).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum AsnSize {
    Two,
    #[default]
    Four,
}

/// Whether prefixes have path identifiers (RFC 7911).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum PathIds {
    #[default]
    Without,
    With,
}

/// A span for which update files exist.
#[derive(Debug, Clone)]
struct Cover {
    collector: Collector,
    from: Timestamp,
    to: Timestamp,
}

/// A line of the table with its place and session.
#[derive(Debug, Clone)]
struct Line<T> {
    number: usize,
    time: Timestamp,
    collector: Collector,
    session: Session,
    content: T,
}

impl<T> Line<T> {
    fn error(&self, message: impl Into<String>) -> EncodeError {
        EncodeError::Line {
            line: self.number,
            message: message.into(),
        }
    }
}

/// What a line adds to an update file.
#[derive(Debug, Clone)]
enum UpdateContent {
    Update {
        withdrawn: Vec<Prefix>,
        announced: Vec<Prefix>,
        path: AsPath,
        id: Option<u32>,
    },
    Table {
        family: Family,
        count: u32,
        path: AsPath,
        id: Option<u32>,
    },
    State {
        old: u16,
        new: u16,
    },
    EndOfRib(Family),
    Keepalive,
    Raw(RawBody),
}

/// What a line adds to a RIB dump, and to which.
#[derive(Debug, Clone)]
struct RibLine {
    dump: Timestamp,
    content: RibContent,
}

/// A peer's part in a RIB dump.
#[derive(Debug, Clone)]
enum RibContent {
    Route {
        prefix: Prefix,
        path: AsPath,
        id: Option<u32>,
    },
    Table {
        family: Family,
        count: u32,
    },
    Member,
    Raw(RawBody),
}

/// A record of any type with any body.
#[derive(Debug, Clone)]
struct RawBody {
    kind: u16,
    subtype: u16,
    body: Vec<u8>,
}

impl EventTable {
    fn options(&self, session: Session) -> SessionOptions {
        self.sessions.get(&session).copied().unwrap_or_default()
    }
}

/// A decompressed MRT file.
#[derive(Debug, Default)]
struct MrtFile {
    bytes: Vec<u8>,
    records: u64,
}

impl MrtFile {
    /// Adds a record with the common header of RFC 6396 §2. The types that end in `_ET` have the
    /// microseconds between header and body, counted in the length (§3).
    fn push(&mut self, time: Timestamp, kind: u16, subtype: u16, body: &[u8]) {
        let micros = time.0.rem_euclid(1_000_000).to_be_bytes();
        let micros: &[u8] = match kind {
            message::BGP4MP_ET | message::ISIS_ET | message::OSPFV3_ET => &micros[4..],
            _ => &[],
        };
        self.bytes.extend_from_slice(&seconds(time).to_be_bytes());
        self.bytes.extend_from_slice(&kind.to_be_bytes());
        self.bytes.extend_from_slice(&subtype.to_be_bytes());
        let length = u32::try_from(micros.len() + body.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(micros);
        self.bytes.extend_from_slice(body);
        self.records += 1;
    }
}

/// Whole seconds since the epoch; the parser rejects times that do not fit.
fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.0.div_euclid(1_000_000)).unwrap_or(u32::MAX)
}

/// The filler prefix with a number (from 0): a /24 from 20.0.0.0 upward, or a /48
/// from 2600:: upward.
fn filler(family: Family, number: u32) -> Prefix {
    let number = u128::from(number);
    match family {
        Family::V4 => Prefix::new(family, (0x14_0000 + number) << 104, 24),
        Family::V6 => Prefix::new(family, (0x2600_0000_0000 + number) << 80, 48),
    }
}

/// Writes the archive of an event table under `dir`, laid out as the public archives are. Nothing
/// is written unless the whole table can be; each file is moved into place by rename.
///
/// # Errors
/// A message does not fit its format, a RIB dump holds a route twice, or a file cannot be written.
pub fn write(events: &EventTable, dir: &Path) -> Result<Vec<WrittenFile>, EncodeError> {
    let mut files: BTreeMap<(&Collector, FileKind, Timestamp), MrtFile> = BTreeMap::new();
    for Cover {
        collector,
        from,
        to,
    } in &events.covers
    {
        let mut start = span_start(collector, *from);
        while start < *to {
            files
                .entry((collector, FileKind::Updates, start))
                .or_default();
            start = Timestamp(start.0 + collector.step(start));
        }
    }

    let mut updates: Vec<_> = events.updates.iter().collect();
    updates.sort_by_key(|line| (line.time, line.number));
    for line in updates {
        let start = span_start(&line.collector, line.time);
        let file = files
            .entry((&line.collector, FileKind::Updates, start))
            .or_default();
        message::write(line, events, file)?;
    }

    let mut dumps: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in &events.ribs {
        let name = (&line.collector, FileKind::Rib, line.content.dump);
        dumps.entry(name).or_default().push(line);
    }
    for (name, lines) in dumps {
        files.insert(name, rib::dump(&lines, events)?);
    }

    files
        .iter()
        .map(|((collector, kind, start), contents)| save(dir, collector, *kind, *start, contents))
        .collect()
}

/// The start of the update file whose span contains the instant.
fn span_start(collector: &Collector, time: Timestamp) -> Timestamp {
    Timestamp(time.0 - time.0.rem_euclid(collector.step(time)))
}

/// The path of a file in the public archives.
fn archive_path(collector: &Collector, kind: FileKind, start: Timestamp) -> String {
    let (month, stamp) = (start.month(), start.stamp());
    match (collector.project(), kind) {
        (Project::Ris, FileKind::Rib) => format!("{collector}/{month}/bview.{stamp}.gz"),
        (Project::Ris, FileKind::Updates) => format!("{collector}/{month}/updates.{stamp}.gz"),
        (Project::RouteViews, FileKind::Rib) => {
            format!("{collector}/bgpdata/{month}/RIBS/rib.{stamp}.bz2")
        }
        (Project::RouteViews, FileKind::Updates) => {
            format!("{collector}/bgpdata/{month}/UPDATES/updates.{stamp}.bz2")
        }
    }
}

fn save(
    dir: &Path,
    collector: &Collector,
    kind: FileKind,
    start: Timestamp,
    contents: &MrtFile,
) -> Result<WrittenFile, EncodeError> {
    let path = archive_path(collector, kind, start);
    let target = dir.join(&path);
    let part = dir.join(format!("{path}.part"));
    let put = || -> io::Result<u64> {
        let packed = compress(collector.project(), &contents.bytes)?;
        fs::create_dir_all(target.parent().unwrap_or(dir))?;
        fs::write(&part, &packed)
            .and_then(|()| fs::rename(&part, &target))
            .inspect_err(|_| drop(fs::remove_file(&part)))?;
        Ok(packed.len() as u64)
    };
    match put() {
        Ok(bytes) => Ok(WrittenFile {
            path,
            bytes,
            records: contents.records,
        }),
        Err(source) => Err(EncodeError::Io {
            path: target,
            source,
        }),
    }
}

fn compress(project: Project, bytes: &[u8]) -> io::Result<Vec<u8>> {
    match project {
        Project::Ris => {
            let mut gzip = flate2::GzBuilder::new()
                .mtime(0)
                .write(Vec::new(), flate2::Compression::default());
            gzip.write_all(bytes)?;
            gzip.finish()
        }
        Project::RouteViews => {
            let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
            bzip2.write_all(bytes)?;
            bzip2.finish()
        }
    }
}
