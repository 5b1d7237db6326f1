//! Archive files: which there are, which are missing, and what is in one.

use super::net::{Family, Prefix};
use super::path::AsPath;
use super::peer::{Collector, Session};
use super::route::{RibEntry, RouteEvent, SessionRecord};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What an archive file records: a collector's table at one time, or what its peers sent over a span
/// of time. In which format it does so is a matter of [`crate::decode`] alone.
///
/// Ask a kind by its methods instead of matching on it, so that code does not depend on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A dump of the collector's table (RIS `bview`, RouteViews `rib`).
    Rib,
    /// The messages that a collector received in a span of time.
    Updates,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Rib, Self::Updates];

    /// Whether the file is a dump of a table at one time.
    pub(crate) const fn is_table_dump(self) -> bool {
        matches!(self, Self::Rib)
    }

    /// Whether the file has the messages of a span of time.
    pub(crate) const fn is_updates(self) -> bool {
        matches!(self, Self::Updates)
    }

    /// The kind that [`FileKind::label`] writes so.
    pub(crate) fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.label() == label)
    }

    /// The name that the tables use.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Rib => "rib",
            Self::Updates => "updates",
        }
    }
}

/// What a file is called in texts and tables; `locate::url_of` spells it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    /// Its public URL, which follows from collector, kind and start.
    Published,
    /// A path, where the file is not published.
    Path(Arc<str>),
}

/// A file of an archive. Its texts are shared, because months of files are handed from stage to
/// stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFile {
    /// The collector that wrote it.
    pub collector: Collector,
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// First instant after the span that its name stands for.
    pub end: Timestamp,
    /// What it is called in texts and tables.
    pub url: Url,
    /// Its path on this machine.
    pub path: Arc<Path>,
    /// The URL that it was fetched from; nothing for a local file.
    pub fetched_from: Option<Arc<str>>,
}

/// A file that is, or may be, in its archive, and that is not available to the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingFile {
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// First instant after the span that its name stands for.
    pub end: Timestamp,
    /// Its public URL.
    pub url: String,
    /// Why it is not available; nothing where the archive does not have it after all.
    pub reason: Option<String>,
}

/// Where the list of a collector's files comes from: `located_by` of `run.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListingSource {
    /// A local folder, or files named one by one.
    Folder,
    /// The BGPKIT broker.
    Broker,
    /// The naming pattern of the archive.
    Patterns,
    /// The files in the cache.
    Cache,
}

impl ListingSource {
    /// Every source.
    pub const ALL: [Self; 4] = [Self::Folder, Self::Broker, Self::Patterns, Self::Cache];

    /// The name that the tables use.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Broker => "broker",
            Self::Patterns => "patterns",
            Self::Cache => "cache",
        }
    }
}

/// A span of time for which a collector's updates are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The collector.
    pub collector: Collector,
    /// First instant without updates.
    pub from: Timestamp,
    /// First instant with updates again.
    pub to: Timestamp,
    /// The missing files: start and expected URL, where the archive's naming pattern is known.
    pub expected: Vec<(Timestamp, String)>,
}

/// How reading a file ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// At the end of the file.
    Whole,
    /// Before it: the file is cut short, or cannot be decoded further.
    Cut {
        /// Decompressed bytes that count: everything before this offset.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
}

impl Ending {
    /// Reading stopped at `offset`, for a reason.
    pub(crate) fn cut(offset: u64, reason: &str) -> Self {
        Self::Cut {
            offset,
            reason: reason.to_owned(),
        }
    }
}

/// A record that cannot be read, in a file whose next records can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedRecord {
    /// Time in the record's header.
    pub time: Timestamp,
    /// Offset of the record in the decompressed file.
    pub offset: u64,
    /// The session that it belongs to, where that can be read.
    pub peer: Option<Session>,
    /// What is wrong with it.
    pub reason: String,
}

/// What one file has of a peer. Events refer to it by its index in the file's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePeer {
    /// The peer's session.
    pub session: Session,
    /// Prefixes in its table, per family (RIB files).
    pub table: [u32; 2],
    /// When the dump first lists it (RIB files).
    pub first_entry: Option<Timestamp>,
    /// Its first message with routes of a family (update files).
    pub first_message: [Option<Timestamp>; 2],
    /// Spans of time without a silence of the threshold inside, microseconds, sorted (update
    /// files of collectors that write no state records).
    pub activity: Vec<(i64, i64)>,
    /// Paths counted for the route-server test.
    pub paths: u32,
    /// The part of these that begins with another AS than the peer's own.
    pub foreign_paths: u32,
    /// UPDATEs that the collector wrote shorter than their BGP length.
    pub clipped: u32,
}

impl FilePeer {
    /// A peer of which nothing was read yet.
    pub const fn new(session: Session) -> Self {
        Self {
            session,
            table: [0; 2],
            first_entry: None,
            first_message: [None; 2],
            activity: Vec::new(),
            paths: 0,
            foreign_paths: 0,
            clipped: 0,
        }
    }
}

/// All that a run takes from one archive file, decoded. Peers, prefixes and paths are numbered per
/// file; events and entries refer to them by these numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileContents {
    /// The peers that the file names.
    pub peers: Vec<FilePeer>,
    /// The watched prefixes that it names, and prefixes that cover them.
    pub prefixes: Vec<Prefix>,
    /// The AS paths of their routes.
    pub paths: Vec<AsPath>,
    /// Announcements and withdrawals of these prefixes, in file order (update files).
    pub routes: Vec<RouteEvent>,
    /// What happened to sessions, in file order (update files).
    pub sessions: Vec<SessionRecord>,
    /// Entries of these prefixes, in file order (RIB files).
    pub entries: Vec<RibEntry>,
    /// Prefixes discovered by origin: a route to them originates from a watched AS.
    pub discovered: Vec<Prefix>,
    /// Whether the entries of a RIB include the routes that cover what it discovered. They do
    /// where it lists a network before the networks inside.
    pub has_all_covering: bool,
    /// Time of the first record.
    pub first: Option<Timestamp>,
    /// Time of the last record, in file order.
    pub last: Option<Timestamp>,
    /// The latest time of any record.
    pub latest: Option<Timestamp>,
    /// Length of the file as stored, in bytes.
    pub bytes: u64,
    /// SHA-256 of the file as stored, in hex.
    pub sha256: String,
    /// Number of records by `TYPE/SUBTYPE`; by the type alone where the type carries no routes.
    pub records: BTreeMap<Cow<'static, str>, u64>,
    /// Records that cannot be read.
    pub damaged: Vec<DamagedRecord>,
    /// Whether it was read to its end.
    pub ending: Ending,
}

impl FileContents {
    /// Whether all of it was read. Only then is a prefix absent that a RIB does not list.
    pub fn is_whole(&self) -> bool {
        self.ending == Ending::Whole && self.damaged.is_empty()
    }

    /// Drops routes and sessions, once the replay has taken them over, and keeps the facts about
    /// the file itself: times, length, hash, counts and damage.
    pub(crate) fn forget_routes(&mut self) {
        self.peers.retain(|peer| peer.clipped > 0);
        self.prefixes = Vec::new();
        self.paths = Vec::new();
        self.routes = Vec::new();
        self.sessions = Vec::new();
        self.entries = Vec::new();
        self.discovered = Vec::new();
    }

    /// Whether a RIB lists any unicast route.
    pub(crate) fn lists_anything(&self) -> bool {
        self.peers.iter().any(|p| p.table != [0; 2])
    }

    /// Number of records of all types.
    pub fn record_count(&self) -> u64 {
        self.records.values().sum()
    }

    /// Number of prefixes in a peer's table in a family (RIB files).
    pub fn table(&self, peer: u32, family: Family) -> u32 {
        self.peers[peer as usize].table[family.index()]
    }
}
