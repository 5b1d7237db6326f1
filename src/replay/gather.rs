//! Files → what each peer said of each prefix, and what became of each session.

use super::session::{Listing, RibStep, Sign};
use super::{Key, Said, Word, silence};
use crate::model::archive::{ArchiveFile, Decoded, Ending, FilePeer, Hole};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::path::AsPath;
use crate::model::peer::{Collector, Peer, PeerId, Project, Session};
use crate::model::route::{FileId, NONE, PathId, PrefixId, What};
use crate::model::time::Timestamp;
use rayon::prelude::*;
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
    fn numbers(&self, collector: &Collector, decoded: &Decoded) -> Vec<PeerId> {
        let of = self.by_collector.get(collector);
        let number = |p: &FilePeer| of.and_then(|m| m.get(&p.session)).copied();
        decoded
            .peers
            .iter()
            .map(|p| number(p).unwrap_or(NONE))
            .collect()
    }
}

/// Everything said of the watched prefixes.
#[derive(Debug, Default)]
pub struct Words {
    /// The prefixes, sorted.
    pub prefixes: Vec<Prefix>,
    /// The AS paths.
    pub paths: Vec<AsPath>,
    /// By prefix: its words, sorted by peer and key.
    pub by_prefix: Vec<Vec<Word>>,
}

/// Gathers all words up to `end` (exclusive).
pub fn words(readings: &[Reading], peers: &Peers, end: Timestamp) -> Words {
    let layers = || {
        let files = readings
            .iter()
            .flat_map(|r| r.numbered().map(move |(id, f)| (r, id, f)));
        files
            .filter(|(_, _, f)| matches!(f.role, Role::StartRib | Role::LaterRib | Role::Updates))
            .flat_map(|(r, id, f)| f.layers.iter().map(move |l| (r, id, f, l)))
    };
    let mut prefixes: Vec<Prefix> = Vec::new();
    for (_, _, file, layer) in layers() {
        if file.role != Role::LaterRib || file.last() < end {
            prefixes.extend(&layer.prefixes);
        }
    }
    prefixes.par_sort_unstable();
    prefixes.dedup();

    let mut numbers: FxHashMap<&AsPath, PathId> = FxHashMap::default();
    let mut paths: Vec<AsPath> = Vec::new();
    let mut by_prefix: Vec<Vec<Word>> = vec![Vec::new(); prefixes.len()];
    for (reading, file, read, layer) in layers() {
        let peer_numbers = peers.numbers(&reading.collector, layer);
        let prefix_numbers: Vec<PrefixId> = layer
            .prefixes
            .iter()
            .map(|p| prefixes.binary_search(p).map_or(NONE, |i| i as PrefixId))
            .collect();
        let path_numbers: Vec<PathId> = layer
            .paths
            .iter()
            .map(|path| {
                *numbers.entry(path).or_insert_with(|| {
                    paths.push(path.clone());
                    paths.len() as PathId - 1
                })
            })
            .collect();
        let mut push = |prefix: PrefixId, peer: u32, key: Key, said: Said| {
            if let Some(words) = by_prefix.get_mut(prefix_numbers[prefix as usize] as usize) {
                let peer = peer_numbers[peer as usize];
                words.push(Word { peer, key, said });
            }
        };
        let time = match read.role {
            Role::StartRib => i64::MIN,
            _ => read.last().0,
        };
        for entry in layer.entries.iter().filter(|_| time < end.0) {
            let said = Said::Listed {
                path_id: entry.path_id,
                path: path_numbers[entry.path as usize],
            };
            push(
                entry.prefix,
                entry.peer,
                Key::record(time, file, entry.offset),
                said,
            );
        }
        for event in &layer.events {
            let key = Key::record(event.time, file, event.offset);
            match event.what {
                What::Announce {
                    prefix,
                    path_id,
                    path,
                } => {
                    let path = path_numbers[path as usize];
                    push(prefix, event.peer, key, Said::Announce { path_id, path });
                }
                What::Withdraw { prefix, path_id } => {
                    push(prefix, event.peer, key, Said::Withdraw { path_id });
                }
                What::State { .. } | What::Update | What::EndOfRib(_) | What::Damaged => {}
            }
        }
    }
    // Stable: the withdrawals of an UPDATE stay before its announcements.
    by_prefix
        .par_iter_mut()
        .for_each(|words| words.sort_by_key(|w| (w.peer, w.key)));
    Words {
        prefixes,
        paths,
        by_prefix,
    }
}

/// What happened to each session, silence left aside; by peer.
pub fn signs(readings: &[Reading], peers: &Peers) -> Vec<Vec<(Key, Sign)>> {
    let mut signs: Vec<Vec<(Key, Sign)>> = vec![Vec::new(); peers.list.len()];
    for reading in readings {
        let mut common: Vec<(Key, Sign)> = Vec::new();
        let gap = |at: i64| (Key::before(at), Sign::Gap);
        common.extend(reading.holes.iter().map(|h| gap(h.from.0)));
        for (id, read) in reading.numbered() {
            let decoded = read.main();
            let numbers = peers.numbers(&reading.collector, decoded);
            match read.role {
                Role::Updates => {
                    if let Some((key, _)) = read.cut() {
                        common.push((Key { file: id, ..key }, Sign::Gap));
                    }
                    let unread = decoded.damaged.iter().filter(|d| d.peer.is_none());
                    let in_span = unread.filter(|d| d.time >= reading.start);
                    common.extend(
                        in_span.map(|d| (Key::record(d.time.0, id, d.offset), Sign::Damage)),
                    );
                    for event in &decoded.events {
                        let sign = match event.what {
                            What::State { old, new } => Sign::State { old, new },
                            What::Update => Sign::Update,
                            What::EndOfRib(family) => Sign::EndOfRib(family),
                            What::Damaged => Sign::Damage,
                            What::Announce { .. } | What::Withdraw { .. } => continue,
                        };
                        let key = Key::record(event.time, id, event.offset);
                        signs[numbers[event.peer as usize] as usize].push((key, sign));
                    }
                }
                Role::LaterRib => {
                    let key = Key::record(read.last().0, id, 0);
                    for (peer, &number) in decoded.peers.iter().zip(&numbers) {
                        let step = RibStep {
                            file: id,
                            listing: listing(decoded, peer),
                            first_entry: peer.first_entry.unwrap_or(read.file.start).0,
                        };
                        if peer.table != [0; 2] {
                            signs[number as usize].push((key, Sign::Rib(step)));
                        }
                    }
                }
                Role::StartRib | Role::JudgeRib | Role::UselessRib => {}
            }
        }
        for (peer, signs) in peers.list.iter().zip(&mut signs) {
            if peer.collector == reading.collector {
                signs.extend(&common);
            }
        }
    }
    signs
}

/// How a RIB lists a peer, per family.
pub fn listing(decoded: &Decoded, peer: &FilePeer) -> [Listing; 2] {
    peer.table.map(|size| match (size, decoded.is_whole()) {
        (0, _) => Listing::None,
        (_, true) => Listing::Whole,
        (_, false) => Listing::Partial,
    })
}

/// A silence of a peer, with what is needed to tell whether it came back with a new session.
#[derive(Debug, Clone, Copy)]
pub struct PeerSilence {
    /// Who.
    pub peer: PeerId,
    /// When.
    pub silence: silence::Silence,
    /// Its table, both families, in the RIB that starts its replay; 0 where none does.
    pub table: u32,
}

/// The silences of RouteViews peers that `applies` holds for.
pub fn silences(
    readings: &[Reading],
    peers: &Peers,
    threshold: i64,
    end: Timestamp,
    applies: impl Fn(PeerId) -> bool,
) -> Vec<PeerSilence> {
    let mut found = Vec::new();
    for reading in readings {
        if reading.collector.project() != Project::RouteViews {
            continue;
        }
        let uncovered = reading.uncovered();
        let mut runs: BTreeMap<PeerId, Vec<(i64, i64)>> = BTreeMap::new();
        for (_, read) in reading.with_role(Role::Updates) {
            let numbers = peers.numbers(&reading.collector, read.main());
            for (peer, number) in read.main().peers.iter().zip(numbers) {
                runs.entry(number).or_default().extend(&peer.activity);
            }
        }
        for (id, peer) in (0..).zip(&peers.list) {
            if peer.collector != reading.collector || !applies(id) {
                continue;
            }
            let mut runs = runs.remove(&id).unwrap_or_default();
            let starts = Family::BOTH.map(|family| reading.start_of(peer.session, family));
            let begins = starts
                .iter()
                .flatten()
                .map(|s| s.later.unwrap_or(reading.start));
            // The RIB's time is the first of its records.
            if let Some(at) = begins.min() {
                runs.retain(|run| run.1 >= at.0);
                if let Some(first) = runs.first_mut() {
                    first.0 = first.0.max(at.0);
                }
                runs.push((at.0, at.0));
            }
            let table = starts.iter().flatten().map(|s| s.table).sum();
            crate::decode::join_runs(&mut runs, threshold);
            let silences = silence::find(&runs, &uncovered, threshold, end.0);
            found.extend(silences.into_iter().map(|silence| PeerSilence {
                peer: id,
                silence,
                table,
            }));
        }
    }
    found
}

/// The ASNs of a list that some path of a prefix' words originates from, ascending.
pub fn origins_among(words: &[Word], paths: &[AsPath], wanted: impl Fn(Asn) -> bool) -> Vec<Asn> {
    let said = words.iter().filter_map(|w| match w.said {
        Said::Announce { path, .. } | Said::Listed { path, .. } => Some(path),
        Said::Withdraw { .. } => None,
    });
    let origins = said.flat_map(|path| paths[path as usize].origins());
    let mut found: Vec<Asn> = origins.copied().filter(|&a| wanted(a)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// When a session was first heard in a family.
pub fn heard(reading: &Reading, session: Session, family: Family) -> Option<Timestamp> {
    let files = reading.with_role(Role::Updates);
    let peers = files.filter_map(|(_, f)| f.main().peers.iter().find(|p| p.session == session));
    peers.filter_map(|p| p.heard[family.index()]).min()
}
