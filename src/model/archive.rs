//! Archive files: what there is to read, what is missing, what was found inside.

use super::net::{Family, Prefix};
use super::path::AsPath;
use super::peer::{Collector, Session};
use super::route::{RibEntry, RouteEvent};
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
    /// The messages of a span of time.
    Updates,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Rib, Self::Updates];

    /// Whether the file is a dump of a table at one time.
    pub const fn is_table_dump(self) -> bool {
        matches!(self, Self::Rib)
    }

    /// The kind that [`FileKind::label`] writes so.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.label() == label)
    }

    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Rib => "rib",
            Self::Updates => "updates",
        }
    }
}

/// What a file is called for people: `locate::url_of` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    /// As its archive publishes it, which collector, kind and start tell.
    Published,
    /// A path, where it is not published.
    Path(Arc<str>),
}

/// A file of an archive. Its texts are shared: months of files are handed from stage to stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFile {
    /// Whose.
    pub collector: Collector,
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// First instant after the span that it answers for by its name.
    pub end: Timestamp,
    /// What it is called for people.
    pub url: Url,
    /// Where it lies.
    pub path: Arc<Path>,
    /// Where it was fetched from, if it was.
    pub fetched_from: Option<Arc<str>>,
}

/// A file that is, or may be, in its archive, and could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingFile {
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// First instant after the span that it answers for by its name.
    pub end: Timestamp,
    /// Public URL.
    pub url: String,
    /// Why it could not be had; nothing where the archive does not have it after all.
    pub reason: Option<String>,
}

/// How a collector's files were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListingSource {
    /// They are in a local folder, or were named one by one.
    Folder,
    /// A broker listed them.
    Broker,
    /// The archive's pattern leads to expect them.
    Patterns,
    /// They are in the cache.
    Cache,
}

impl ListingSource {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Folder, Self::Broker, Self::Patterns, Self::Cache];

    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Broker => "broker",
            Self::Patterns => "patterns",
            Self::Cache => "cache",
        }
    }
}

/// A stretch of time for which a collector's updates are not to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Whose.
    pub collector: Collector,
    /// First instant that is missing.
    pub from: Timestamp,
    /// First instant that is there again.
    pub to: Timestamp,
    /// The missing files by their expected URLs, where the pattern tells.
    pub expected: Vec<(Timestamp, String)>,
}

/// How reading a file ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// At its end.
    Whole,
    /// Before it: cut short, or not to be decoded further.
    Cut {
        /// Decompressed bytes that count.
        offset: u64,
        /// What was wrong.
        reason: String,
    },
}

/// A record that could not be read, in a file that could be read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedRecord {
    /// Record time.
    pub time: Timestamp,
    /// Where it starts, decompressed.
    pub offset: u64,
    /// Whose, where that could be read.
    pub peer: Option<Session>,
    /// What was wrong.
    pub reason: String,
}

/// A peer's appearance in one file. Its place in the list is its number in that file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePeer {
    /// Who.
    pub session: Session,
    /// Prefixes in its table, per family (RIB files).
    pub table: [u32; 2],
    /// When the dump first lists it (RIB files).
    pub first_entry: Option<Timestamp>,
    /// When it first spoke of a family (update files).
    pub heard: [Option<Timestamp>; 2],
    /// Stretches of time with no silence of the threshold inside, sorted (update files of
    /// collectors that write no state records).
    pub activity: Vec<(i64, i64)>,
    /// Paths counted for the route-server test.
    pub paths: u32,
    /// Of these, paths that begin with another AS than the peer's own.
    pub foreign_paths: u32,
    /// UPDATEs that the collector clipped.
    pub clipped: u32,
}

impl FilePeer {
    /// A peer of which nothing has been read yet.
    pub const fn new(session: Session) -> Self {
        Self {
            session,
            table: [0; 2],
            first_entry: None,
            heard: [None; 2],
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
    /// Peers by their number in this file.
    pub peers: Vec<FilePeer>,
    /// Watched prefixes, and those that cover them, by their number in this file.
    pub prefixes: Vec<Prefix>,
    /// AS paths by their number in this file.
    pub paths: Vec<AsPath>,
    /// Events of these prefixes and of sessions, in file order.
    pub events: Vec<RouteEvent>,
    /// RIB entries of these prefixes.
    pub entries: Vec<RibEntry>,
    /// Prefixes that gave themselves away by a watched origin.
    pub discovered: Vec<Prefix>,
    /// Whether a RIB's entries hold the routes, too, that cover what it gave away: it lists a
    /// network before the networks inside.
    pub has_all_covering: bool,
    /// First record's time.
    pub first: Option<Timestamp>,
    /// Last record's time, in file order.
    pub last: Option<Timestamp>,
    /// Latest time of any record.
    pub latest: Option<Timestamp>,
    /// Compressed length.
    pub bytes: u64,
    /// SHA-256 of the file as it lies, in hex.
    pub sha256: String,
    /// Records by `TYPE/SUBTYPE`; of types that say nothing here by the type alone.
    pub records: BTreeMap<Cow<'static, str>, u64>,
    /// What could not be read.
    pub damaged: Vec<DamagedRecord>,
    /// How it ended.
    pub ending: Ending,
}

impl FileContents {
    /// Whether a RIB may be trusted on what it does not list.
    pub fn is_whole(&self) -> bool {
        self.ending == Ending::Whole && self.damaged.is_empty()
    }

    /// Leaves what there is to say of the file itself: what it holds is known elsewhere by then.
    pub fn forget_routes(&mut self) {
        self.peers.retain(|peer| peer.clipped > 0);
        self.prefixes = Vec::new();
        self.paths = Vec::new();
        self.events = Vec::new();
        self.entries = Vec::new();
        self.discovered = Vec::new();
    }

    /// Whether a RIB lists any unicast route at all.
    pub fn lists_anything(&self) -> bool {
        self.peers.iter().any(|p| p.table != [0; 2])
    }

    /// Number of records, of whatever type.
    pub fn record_count(&self) -> u64 {
        self.records.values().sum()
    }

    /// Size of a peer's table in a family.
    pub fn table(&self, peer: u32, family: Family) -> u32 {
        self.peers[peer as usize].table[family.index()]
    }
}
