//! What was read, by collector: the files with their roles and numbers, and the peers they name.

use super::Key;
use crate::model::archive::{ArchiveFile, Decoded, Ending, FilePeer, Hole, Lost, Way};
use crate::model::net::Family;
use crate::model::peer::{Collector, Peer, PeerId, Session};
use crate::model::route::{FileId, NONE};
use crate::model::time::Timestamp;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What a file is to the replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Replay starts from it.
    StartRib,
    /// Judges full feed where the start RIB is cut.
    JudgeRib,
    /// Applied in the window.
    LaterRib,
    /// A RIB that says nothing.
    UselessRib,
    /// Messages.
    Updates,
}

/// A file that was read. The first layer is what the watch list found; others are prefixes that
/// gave themselves away later.
#[derive(Debug)]
pub struct ReadFile {
    /// Which.
    pub file: ArchiveFile,
    /// What for.
    pub role: Role,
    /// What was found.
    pub layers: Vec<Decoded>,
}

impl ReadFile {
    /// What the watch list found, with all that is said of peers and of the file itself.
    pub fn main(&self) -> &Decoded {
        &self.layers[0]
    }

    /// When its last record acts (a RIB as one step).
    pub fn last(&self) -> Timestamp {
        self.main().latest.unwrap_or(self.file.start)
    }

    /// Why, and from when on, an update file does not answer for the rest of its span.
    pub fn cut(&self) -> Option<(Key, i64)> {
        match &self.main().ending {
            Ending::Whole => None,
            Ending::Cut { offset, .. } => {
                let from = self
                    .main()
                    .last
                    .map_or(Key::before(self.file.start.0), |last| {
                        Key::record(last.0, 0, *offset)
                    });
                (from.time < self.file.end.0).then_some((from, self.file.end.0))
            }
        }
    }
}

/// All that was read of a collector. Files are sorted by start, a RIB before the updates of the same.
#[derive(Debug)]
pub struct Reading {
    /// Whose.
    pub collector: Collector,
    /// Its files.
    pub files: Vec<ReadFile>,
    /// Number of its first file in the run.
    pub first_file: FileId,
    /// When replay begins.
    pub start: Timestamp,
    /// What is missing.
    pub holes: Vec<Hole>,
    /// The files that could not be had, as far as they are known.
    pub lost: Vec<Lost>,
    /// How its files were found.
    pub way: Way,
}

impl Reading {
    /// Its files with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (FileId, &ReadFile)> {
        (self.first_file..).zip(&self.files)
    }

    /// Files of a role.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = (FileId, &ReadFile)> {
        self.numbered().filter(move |(_, f)| f.role == role)
    }

    /// Stretches of time without messages, sorted and apart: holes, and what was cut off files.
    pub fn uncovered(&self) -> Vec<(i64, i64)> {
        let cut = self.with_role(Role::Updates).filter_map(|(_, f)| f.cut());
        let cut = cut.map(|(from, to)| (from.time, to));
        let mut spans: Vec<(i64, i64)> = self.holes.iter().map(|h| (h.from.0, h.to.0)).collect();
        spans.extend(cut);
        crate::decode::join_runs(&mut spans, 1);
        spans
    }

    /// The RIB that starts a session's replay in a family: the first that is whole and lists it.
    pub fn start_of(&self, session: Session, family: Family) -> Option<Start> {
        let roles = [Role::JudgeRib, Role::StartRib, Role::LaterRib];
        let mut ribs = roles.into_iter().flat_map(|role| self.with_role(role));
        ribs.find_map(|(_, rib)| {
            let peer = rib.main().peers.iter().find(|p| p.session == session)?;
            let table = peer.table[family.index()];
            (rib.main().is_whole() && table > 0).then_some(Start {
                table,
                later: (rib.role == Role::LaterRib).then(|| rib.last()),
            })
        })
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
    pub fn of(readings: &[Reading]) -> Self {
        let mut list: Vec<Peer> = Vec::new();
        for reading in readings {
            let peers = reading.files.iter().flat_map(|f| &f.main().peers);
            let mut sessions: Vec<Session> = peers.map(|p| p.session).collect();
            sessions.sort_unstable();
            sessions.dedup();
            list.extend(sessions.into_iter().map(|session| Peer {
                collector: reading.collector.clone(),
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
    pub fn numbers(&self, collector: &Collector, decoded: &Decoded) -> Vec<PeerId> {
        let of = self.by_collector.get(collector);
        let number = |p: &FilePeer| of.and_then(|m| m.get(&p.session)).copied();
        decoded
            .peers
            .iter()
            .map(|p| number(p).unwrap_or(NONE))
            .collect()
    }
}
