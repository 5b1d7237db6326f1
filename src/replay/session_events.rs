//! What the files of one collector have of its sessions.

use super::RecordOrder;
use super::feed_evidence::FeedEvidence;
use super::input::{FileFacts, Role};
use super::session::{RibCoverage, RibResync, SessionInput, is_loss};
use super::silence::{self, Silence};
use crate::decode::merge_spans;
use crate::model::archive::{FileContents, FilePeer, Gap};
use crate::model::peer::{Collector, Peer, PeerId, Project, Session};
use crate::model::route::{FileId, NONE, SessionEvent};
use crate::model::time::Timestamp;
use rustc_hash::FxHashMap;

/// A peer of the run, with everything that its collector's files have of its session.
#[derive(Debug)]
pub struct CollectedPeer {
    /// The peer.
    pub peer: Peer,
    /// What its feed is classified by.
    pub evidence: FeedEvidence,
    /// By family: the RIB that starts its replay.
    pub starts: [Option<ReplayStart>; 2],
    /// The RIB from which the collector's replay starts, or [`NONE`] where it does not name the
    /// peer.
    pub start_rib: FileId,
    /// How that RIB covers its table, by family.
    pub start_coverage: [RibCoverage; 2],
    /// What happened to the session, silences left aside; in no order.
    pub inputs: Vec<(RecordOrder, SessionInput)>,
    /// Its first UPDATE after each gap and each damage, in order.
    pub resumed: Vec<RecordOrder>,
    /// Its silences (RouteViews). They count only where the peer is a full feed.
    pub silences: Vec<Silence>,
}

/// The RIB that starts a session's replay in a family: the first that is whole and lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayStart {
    /// Prefixes in its table.
    pub table: u32,
    /// When the RIB acts, if it lies in the window; else nothing.
    pub later: Option<Timestamp>,
}

impl CollectedPeer {
    /// Prefixes in its table, both families, in the RIBs that start its replay; 0 without one.
    pub fn table(&self) -> u32 {
        self.starts.iter().flatten().map(|s| s.table).sum()
    }
}

/// Collects what a collector's files have of its sessions. Peers get their numbers as they come.
pub(super) struct SessionCollector<'a> {
    /// When the collector's replay begins.
    start: Timestamp,
    by_session: FxHashMap<Session, u32>,
    /// The number of its first peer in the run.
    first_peer: PeerId,
    peers: Vec<SessionRecords>,
    /// What concerns every session of the collector: gaps, and records without a readable peer.
    of_all: Vec<(RecordOrder, SessionInput)>,
    gaps: &'a [Gap],
    /// Spans of update files behind a cut, microseconds.
    cut_off: Vec<(i64, i64)>,
}

struct SessionRecords {
    session: Session,
    evidence: FeedEvidence,
    starts: [Option<ReplayStart>; 2],
    start_rib: FileId,
    start_coverage: [RibCoverage; 2],
    inputs: Vec<(RecordOrder, SessionInput)>,
    /// The first UPDATE of each file, and after each state change and each damage.
    updates: Vec<RecordOrder>,
    /// Spans without silence, microseconds.
    active: Vec<(i64, i64)>,
}

impl<'a> SessionCollector<'a> {
    pub(super) fn new(start: Timestamp, gaps: &'a [Gap], first_peer: PeerId) -> Self {
        let from = |gap: &Gap| (RecordOrder::before(gap.from.0), SessionInput::Gap);
        Self {
            start,
            by_session: FxHashMap::default(),
            first_peer,
            peers: Vec::new(),
            of_all: gaps.iter().map(from).collect(),
            gaps,
            cut_off: Vec::new(),
        }
    }

    /// The run's provisional numbers for the peers of a file.
    pub(super) fn numbers(&mut self, contents: &FileContents) -> Vec<PeerId> {
        let number = |peer: &FilePeer| {
            let next = self.peers.len() as u32;
            let number = *self.by_session.entry(peer.session).or_insert(next);
            if number == next {
                self.peers.push(SessionRecords::new(peer.session));
            }
            self.first_peer + number
        };
        contents.peers.iter().map(number).collect()
    }

    /// Adds what a file has of sessions. `peers` are the numbers of the file's peers.
    pub(super) fn add(&mut self, file: &FileFacts, contents: &FileContents, peers: &[PeerId]) {
        let places: Vec<usize> = peers
            .iter()
            .map(|peer| (peer - self.first_peer) as usize)
            .collect();
        for (found, &at) in contents.peers.iter().zip(&places) {
            self.peers[at].add(file, found);
        }
        if file.role != Role::Updates {
            return;
        }
        if let Some((from, to)) = file.cut {
            let order = RecordOrder {
                file: file.id,
                ..from
            };
            self.of_all.push((order, SessionInput::Gap));
            self.cut_off.push((from.time, to));
        }
        let damaged = contents.damaged.iter().filter(|d| d.peer.is_none());
        let in_span = damaged.filter(|d| d.time >= self.start);
        self.of_all.extend(in_span.map(|d| {
            let order = RecordOrder::record(d.time.0, file.id, d.offset);
            (order, SessionInput::Recorded(SessionEvent::Damage))
        }));
        for record in &contents.sessions {
            let order = RecordOrder::record(record.time.0, file.id, record.offset);
            let peer = &mut self.peers[places[record.peer as usize]];
            match record.event {
                SessionEvent::Update => peer.updates.push(order),
                event => peer.inputs.push((order, SessionInput::Recorded(event))),
            }
        }
    }

    /// The peers, sorted by session, and for each in the order of its number its place among them.
    pub(super) fn finish(
        self,
        collector: &Collector,
        end: Timestamp,
        silence_threshold: i64,
    ) -> (Vec<CollectedPeer>, Vec<u32>) {
        let mut uncovered: Vec<(i64, i64)> = self.gaps.iter().map(|g| (g.from.0, g.to.0)).collect();
        uncovered.extend(self.cut_off);
        merge_spans(&mut uncovered, 1);
        let has_silences = collector.project() == Project::RouteViews;
        let mut sorted: Vec<(usize, SessionRecords)> = self.peers.into_iter().enumerate().collect();
        sorted.sort_unstable_by_key(|(_, peer)| peer.session);
        let mut places = vec![0; sorted.len()];
        for (place, (number, _)) in (0..).zip(&sorted) {
            places[*number] = place;
        }
        let collected = sorted.into_iter().map(|(_, mut peer)| {
            let recovered = first_updates(
                &peer.updates,
                &peer.inputs,
                |input| matches!(input, SessionInput::Recorded(event) if is_loss(event)),
            );
            peer.inputs.extend(
                recovered
                    .into_iter()
                    .map(|order| (order, SessionInput::Recorded(SessionEvent::Update))),
            );
            peer.inputs.extend(&self.of_all);
            let resumed = first_updates(&peer.updates, &peer.inputs, |input| {
                use SessionInput::{Gap, Recorded};
                matches!(input, Gap | Recorded(SessionEvent::Damage))
            });
            let silences = match has_silences {
                true => peer.silences(self.start, &uncovered, end, silence_threshold),
                false => Vec::new(),
            };
            CollectedPeer {
                peer: Peer {
                    collector: collector.clone(),
                    session: peer.session,
                },
                evidence: peer.evidence,
                starts: peer.starts,
                start_rib: peer.start_rib,
                start_coverage: peer.start_coverage,
                inputs: peer.inputs,
                resumed,
                silences,
            }
        });
        (collected.collect(), places)
    }
}

impl SessionRecords {
    fn new(session: Session) -> Self {
        Self {
            session,
            evidence: FeedEvidence::default(),
            starts: [None; 2],
            start_rib: NONE,
            start_coverage: [RibCoverage::Unlisted; 2],
            inputs: Vec::new(),
            updates: Vec::new(),
            active: Vec::new(),
        }
    }

    /// Adds what a file has of the peer.
    fn add(&mut self, file: &FileFacts, found: &FilePeer) {
        self.evidence.add(found, file.role, file.last);
        match file.role {
            Role::Updates => self.active.extend(&found.activity),
            Role::StartRib => {
                self.start_rib = file.id;
                self.start_coverage = coverage(file, found);
                self.start_with(file, found, None);
            }
            Role::FullFeedRib => self.start_with(file, found, None),
            Role::LaterRib => {
                self.start_with(file, found, Some(file.last));
                if found.table != [0; 2] {
                    let resync = RibResync {
                        file: file.id,
                        coverage: coverage(file, found),
                        first_entry: found.first_entry.unwrap_or(file.start).0,
                    };
                    let order = RecordOrder::record(file.last.0, file.id, 0);
                    self.inputs.push((order, SessionInput::Rib(resync)));
                }
            }
            Role::UnusableRib => {}
        }
    }

    /// Files come in the order of their start: the RIB that classifies the feed, the one that the
    /// replay starts from, those of the window.
    fn start_with(&mut self, file: &FileFacts, found: &FilePeer, later: Option<Timestamp>) {
        if !file.is_whole {
            return;
        }
        for (start, table) in self.starts.iter_mut().zip(found.table) {
            if table > 0 {
                start.get_or_insert(ReplayStart { table, later });
            }
        }
    }

    /// Its silences, from the RIB on that starts its replay.
    fn silences(
        &mut self,
        start: Timestamp,
        uncovered: &[(i64, i64)],
        end: Timestamp,
        threshold: i64,
    ) -> Vec<Silence> {
        let starts = self.starts.iter().flatten();
        let begin = starts.map(|s| s.later.unwrap_or(start)).min();
        let mut active = std::mem::take(&mut self.active);
        // The RIB's time is the first of its records.
        if let Some(at) = begin {
            active.retain(|span| span.1 >= at.0);
            if let Some(first) = active.first_mut() {
                first.0 = first.0.max(at.0);
            }
            active.push((at.0, at.0));
        }
        merge_spans(&mut active, threshold);
        silence::find(&active, uncovered, threshold, end.0)
    }
}

/// How a RIB covers a peer's table, by family.
fn coverage(file: &FileFacts, peer: &FilePeer) -> [RibCoverage; 2] {
    peer.table.map(|size| match (size, file.is_whole) {
        (0, _) => RibCoverage::Unlisted,
        (_, true) => RibCoverage::Complete,
        (_, false) => RibCoverage::Partial,
    })
}

/// The first UPDATE after each input of a kind, in order: of the UPDATEs only these matter, and there
/// is one for every file and peer.
fn first_updates(
    updates: &[RecordOrder],
    inputs: &[(RecordOrder, SessionInput)],
    is_wanted: impl Fn(SessionInput) -> bool,
) -> Vec<RecordOrder> {
    let wanted = inputs.iter().filter(|(_, input)| is_wanted(*input));
    let mut firsts: Vec<(RecordOrder, Option<RecordOrder>)> =
        wanted.map(|(order, _)| (*order, None)).collect();
    firsts.sort_unstable();
    for update in updates {
        let before = firsts.partition_point(|(input, _)| input < update);
        if let Some((_, first)) = firsts[..before].last_mut() {
            *first = Some(first.map_or(*update, |first| first.min(*update)));
        }
    }
    firsts.into_iter().filter_map(|(_, first)| first).collect()
}
