//! What was read, by collector: the files with their roles and numbers, and the peers they name.

use super::Key;
use crate::model::archive::{
    ArchiveFile, Ending, FileContents, FilePeer, Gap, ListingSource, MissingFile,
};
use crate::model::packed::PackedContents;
use crate::model::peer::{Collector, Peer, PeerId, Session};
use crate::model::route::{FileId, NONE};
use crate::model::time::Timestamp;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What a file is to the replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Replay starts from it.
    StartRib,
    /// Judges full feed where the start RIB is cut.
    FullFeedRib,
    /// Applied in the window.
    LaterRib,
    /// A RIB that says nothing.
    UnusableRib,
    /// Messages.
    Updates,
}

/// A file that was read, with what was found in it. The first layer is what the watch list found;
/// others are prefixes that gave themselves away later.
///
/// Update files are many, and each holds little: their contents are kept packed and unpacked at each
/// use. So are the contents of the window's RIBs that list few watched prefixes.
#[derive(Debug)]
pub struct DecodedFile {
    /// Which.
    pub file: ArchiveFile,
    /// What for.
    pub role: Role,
    /// Whether it ended well and nothing in it was damaged: [`FileContents::is_whole`].
    pub is_whole: bool,
    main: Layer,
    later: Vec<Layer>,
}

/// A RIB with at most so many watched entries is packed; unpacking a larger one costs too much.
const FEW_ENTRIES: usize = 10_000;

#[derive(Debug)]
enum Layer {
    Open(Box<FileContents>),
    Packed(PackedContents),
}

impl Layer {
    fn new(role: Role, decoded: FileContents) -> Self {
        match role {
            Role::Updates => Self::packed(decoded),
            Role::LaterRib if decoded.entries.len() <= FEW_ENTRIES => Self::packed(decoded),
            Role::StartRib | Role::FullFeedRib | Role::LaterRib | Role::UnusableRib => {
                Self::Open(Box::new(decoded))
            }
        }
    }

    fn packed(decoded: FileContents) -> Self {
        PackedContents::new(decoded).map_or_else(Self::Open, Self::Packed)
    }

    /// Changes the contents; those that were packed are packed again.
    fn change(&mut self, take: impl FnOnce(&mut FileContents)) {
        match self {
            Self::Open(decoded) => take(decoded),
            Self::Packed(packed) => {
                let mut decoded = packed.unpack();
                take(&mut decoded);
                *self = Self::packed(decoded);
            }
        }
    }

    fn found(&self) -> Cow<'_, FileContents> {
        match self {
            Self::Open(decoded) => Cow::Borrowed(decoded),
            Self::Packed(packed) => Cow::Owned(packed.unpack()),
        }
    }
}

impl DecodedFile {
    /// A file of which the watch list found so much.
    pub fn new(file: ArchiveFile, role: Role, found: FileContents) -> Self {
        Self {
            file,
            role,
            is_whole: found.is_whole(),
            main: Layer::new(role, found),
            later: Vec::new(),
        }
    }

    /// What the watch list found, with all that is said of peers and of the file itself.
    pub fn main(&self) -> Cow<'_, FileContents> {
        self.main.found()
    }

    /// All layers, the watch list's first.
    pub fn layers(&self) -> impl Iterator<Item = Cow<'_, FileContents>> {
        std::iter::once(&self.main)
            .chain(&self.later)
            .map(Layer::found)
    }

    /// Adds what was found later; `trim` takes from the first layer what that has in full.
    pub fn add(&mut self, later: FileContents, trim: impl FnOnce(&mut FileContents)) {
        self.main.change(trim);
        self.later.push(Layer::new(self.role, later));
    }

    /// Forgets what it says of routes and sessions, once that is gathered: of months of files that is
    /// most of what is held. Of a RIB that is of no use it is still to be told why.
    pub fn forget_routes(&mut self) {
        if self.role == Role::UnusableRib {
            return;
        }
        self.later = Vec::new();
        self.main.change(FileContents::forget_routes);
    }

    /// When its last record acts (a RIB as one step).
    pub fn last(&self) -> Timestamp {
        self.main().latest.unwrap_or(self.file.start)
    }

    /// Its first record's time and the latest of any, where it has records.
    pub fn span(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let found = self.main();
        (found.first, found.latest)
    }

    /// Why, and from when on, an update file does not answer for the rest of its span.
    pub fn cut(&self) -> Option<(Key, i64)> {
        if self.is_whole {
            return None;
        }
        let found = self.main();
        match &found.ending {
            Ending::Whole => None,
            Ending::Cut { offset, .. } => {
                let from = found.last.map_or(Key::before(self.file.start.0), |last| {
                    Key::record(last.0, 0, *offset)
                });
                (from.time < self.file.end.0).then_some((from, self.file.end.0))
            }
        }
    }
}

/// All that was read of a collector. Files are sorted by start, a RIB before the updates of the same.
#[derive(Debug)]
pub struct CollectorData {
    /// Whose.
    pub collector: Collector,
    /// Its files.
    pub files: Vec<DecodedFile>,
    /// Number of its first file in the run.
    pub first_file: FileId,
    /// When replay begins.
    pub start: Timestamp,
    /// What is missing.
    pub gaps: Vec<Gap>,
    /// The files that could not be had, as far as they are known.
    pub missing: Vec<MissingFile>,
    /// How its files were found.
    pub listing_source: ListingSource,
}

impl CollectorData {
    /// Its files with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (FileId, &DecodedFile)> {
        (self.first_file..).zip(&self.files)
    }

    /// Files of a role.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = (FileId, &DecodedFile)> {
        self.numbered().filter(move |(_, f)| f.role == role)
    }

    /// Stretches of time without messages, sorted and apart: holes, and what was cut off files.
    pub fn uncovered(&self) -> Vec<(i64, i64)> {
        let cut = self.with_role(Role::Updates).filter_map(|(_, f)| f.cut());
        let cut = cut.map(|(from, to)| (from.time, to));
        let mut spans: Vec<(i64, i64)> = self.gaps.iter().map(|h| (h.from.0, h.to.0)).collect();
        spans.extend(cut);
        crate::decode::merge_spans(&mut spans, 1);
        spans
    }

    /// The RIBs that start its sessions' replay, by family: the first that is whole and lists one.
    pub fn starts(&self) -> Starts {
        let mut starts = Starts::default();
        for role in [Role::FullFeedRib, Role::StartRib, Role::LaterRib] {
            for (_, rib) in self.with_role(role).filter(|(_, rib)| rib.is_whole) {
                let later = (role == Role::LaterRib).then(|| rib.last());
                for peer in &rib.main().peers {
                    starts.add(peer, later);
                }
            }
        }
        starts
    }
}

/// How the sessions of a collector start.
#[derive(Debug, Default)]
pub struct Starts {
    by_session: FxHashMap<Session, [Option<Start>; 2]>,
}

impl Starts {
    fn add(&mut self, peer: &FilePeer, later: Option<Timestamp>) {
        let starts = self.by_session.entry(peer.session).or_default();
        for (start, table) in starts.iter_mut().zip(peer.table) {
            if table > 0 {
                start.get_or_insert(Start { table, later });
            }
        }
    }

    /// By family, how a session starts.
    pub fn of(&self, session: Session) -> [Option<Start>; 2] {
        self.by_session.get(&session).copied().unwrap_or_default()
    }
}

/// How a session's replay starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Size of its table.
    pub table: u32,
    /// When, if by a RIB in the window.
    pub later: Option<Timestamp>,
}

/// The peers of a run, sorted, and the way from a file's numbers to theirs.
#[derive(Debug, Default)]
pub struct Peers {
    /// All of them.
    pub list: Vec<Peer>,
    by_collector: BTreeMap<Collector, FxHashMap<Session, PeerId>>,
}

impl Peers {
    /// Every peer that any file names.
    pub fn of(collectors: &[CollectorData]) -> Self {
        let mut list: Vec<Peer> = Vec::new();
        for data in collectors {
            let mut sessions: BTreeSet<Session> = BTreeSet::new();
            for file in &data.files {
                sessions.extend(file.main().peers.iter().map(|p| p.session));
            }
            list.extend(sessions.into_iter().map(|session| Peer {
                collector: data.collector.clone(),
                session,
            }));
        }
        list.sort();
        let mut by_collector: BTreeMap<Collector, FxHashMap<Session, PeerId>> = BTreeMap::new();
        for (id, peer) in list.iter().enumerate() {
            let of = by_collector.entry(peer.collector.clone()).or_default();
            of.insert(peer.session, id as PeerId);
        }
        Self { list, by_collector }
    }

    /// A file's peers by their numbers in the run.
    pub fn numbers(&self, collector: &Collector, decoded: &FileContents) -> Vec<PeerId> {
        let of = self.by_collector.get(collector);
        let number = |p: &FilePeer| of.and_then(|m| m.get(&p.session)).copied();
        decoded
            .peers
            .iter()
            .map(|p| number(p).unwrap_or(NONE))
            .collect()
    }
}
