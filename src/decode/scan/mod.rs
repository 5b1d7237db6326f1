//! Takes a file's records one by one and keeps what matters to the watch list.

mod dumps;
mod messages;
mod outer;

use super::bgp::RawPath;
use super::mrt;
use super::path::{Paths, originates};
use super::{CoveringDetail, Filter, Scan, cut, turned};
use crate::model::archive::{DamagedRecord, Ending, FileContents, FileKind, FilePeer};
use crate::model::net::{Asn, Prefix};
use crate::model::peer::Session;
use crate::model::route::{PathId, PrefixId, RibEntry, RouteEvent, SessionRecord};
use crate::model::time::{SECOND, Timestamp};
use crate::watchlist::SetRelation;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// What has been read of a file so far.
pub struct Scanner<'a> {
    scan: &'a Scan<'a>,
    peers: Vec<PeerState>,
    /// By peer: what its routes add up to. Apart from the rest, so that the sums of all peers of a
    /// RIB stay in the nearest cache.
    sums: Vec<Sums>,
    /// The routes of the record at hand, for [`Scanner::listing`].
    heads: Vec<Head>,
    by_session: FxHashMap<Session, u32>,
    latest_peer: u32,
    /// The file's PEER_INDEX_TABLE: by place, our number for the peer, and its AS.
    index: Vec<(u32, Asn)>,
    prefixes: Vec<Prefix>,
    by_prefix: FxHashMap<Prefix, PrefixId>,
    paths: Paths,
    routes: Vec<RouteEvent>,
    sessions: Vec<SessionRecord>,
    entries: Vec<RibEntry>,
    discovered: FxHashSet<Prefix>,
    outer: outer::Outer,
    counts: BTreeMap<(u16, u16), u64>,
    /// The type of the latest records and how many in a row: most are of one type.
    in_a_row: ((u16, u16), u64),
    damaged: Vec<DamagedRecord>,
    first: Option<i64>,
    last: Option<i64>,
    latest: Option<i64>,
    /// How many listings were read: tells which peers a listing has counted.
    listings: u64,
    pub transfers: Vec<FxHashSet<Prefix>>,
}

struct PeerState {
    found: FilePeer,
    /// An UPDATE since the file began or the session's state last changed.
    update_seen: bool,
}

struct Sums {
    asn: Asn,
    table: [u32; 2],
    paths: u32,
    foreign_paths: u32,
    /// The listing that last counted this peer.
    counted_in: u64,
    first_entry: i64,
    /// Of the route that was kept last: the next often has the same.
    latest_path: PathId,
}

impl Sums {
    /// Counts a path, for the route-server test.
    fn count_path(&mut self, is_foreign: bool) {
        self.paths += 1;
        self.foreign_paths += u32::from(is_foreign);
    }
}

/// A RIB entry's peer, and whether its path begins with another AS than the peer's own.
#[derive(Clone, Copy, Default)]
struct Head {
    peer: u32,
    is_foreign: bool,
}

impl<'a> Scanner<'a> {
    pub fn new(scan: &'a Scan<'a>) -> Self {
        Self {
            scan,
            peers: Vec::new(),
            sums: Vec::new(),
            heads: Vec::new(),
            by_session: FxHashMap::default(),
            latest_peer: 0,
            index: Vec::new(),
            prefixes: Vec::new(),
            by_prefix: FxHashMap::default(),
            paths: Paths::default(),
            routes: Vec::new(),
            sessions: Vec::new(),
            entries: Vec::new(),
            discovered: FxHashSet::default(),
            outer: outer::Outer::default(),
            counts: BTreeMap::new(),
            in_a_row: ((0, 0), 0),
            damaged: Vec::new(),
            first: None,
            last: None,
            latest: None,
            listings: 0,
            transfers: vec![FxHashSet::default(); scan.transfers.len()],
        }
    }

    pub fn finish(mut self, mut ending: Ending, bytes: u64, sha256: String) -> FileContents {
        self.count_row();
        if ending == Ending::Whole && self.is_rib_instead() {
            // Nothing in it says that the peers were quiet.
            ending = cut(0, "the file holds a RIB dump instead of updates");
            (self.first, self.last, self.latest) = (None, None, None);
        }
        let mut discovered: Vec<Prefix> = self.discovered.into_iter().collect();
        discovered.sort_unstable();
        let mut records = BTreeMap::new();
        for ((kind, subtype), n) in self.counts {
            *records.entry(mrt::label(kind, subtype)).or_default() += n;
        }
        let summed = |(peer, sums): (PeerState, Sums)| FilePeer {
            table: sums.table,
            first_entry: (sums.first_entry < i64::MAX).then_some(Timestamp(sums.first_entry)),
            paths: sums.paths,
            foreign_paths: sums.foreign_paths,
            ..peer.found
        };
        FileContents {
            peers: self.peers.into_iter().zip(self.sums).map(summed).collect(),
            prefixes: self.prefixes,
            paths: self.paths.into_list(),
            routes: self.routes,
            sessions: self.sessions,
            entries: self.entries,
            discovered,
            has_all_covering: self.outer.is_in_order(),
            first: self.first.map(Timestamp),
            last: self.last.map(Timestamp),
            latest: self.latest.map(Timestamp),
            bytes,
            sha256,
            records,
            damaged: self.damaged,
            ending,
        }
    }

    /// Whether a RIB lies in the place of updates. A message whose type has turned makes none.
    fn is_rib_instead(&self) -> bool {
        let has = |kinds: &[u16]| self.counts.keys().any(|(kind, _)| kinds.contains(kind));
        self.scan.kind == FileKind::Updates
            && self.damaged.is_empty()
            && has(&[mrt::TABLE_DUMP, mrt::TABLE_DUMP_V2])
            && !has(&[mrt::BGP, mrt::BGP4MP, mrt::BGP4MP_ET])
    }

    /// Whether more is damaged than can be worth reading on: each damaged record is kept.
    pub fn is_lost(&self) -> bool {
        const MOST_DAMAGED: usize = 1_000_000;
        self.damaged.len() >= MOST_DAMAGED
    }

    /// Whether something makes no sense from byte `good` on, or in what is there of the next record.
    pub fn is_doubtful(&self, good: u64, next: &[u8]) -> bool {
        const DAY: i64 = 86_400 * SECOND;
        // RFC 8654's longest message, and a session before it.
        const LONGEST_MESSAGE: usize = 65_535 + 64;
        let is_damaged = self.damaged.last().is_some_and(|d| d.offset >= good);
        let is_odd = |(seconds, kind, subtype, length): (u32, u16, u16, usize)| {
            let time = i64::from(seconds) * SECOND;
            let is_message = matches!(kind, mrt::BGP | mrt::BGP4MP | mrt::BGP4MP_ET);
            !mrt::is_assigned(kind, subtype)
                || mrt::is_hole(time, kind)
                || is_message && length > LONGEST_MESSAGE
                || self.last.is_some_and(|last| (time - last).abs() > DAY)
        };
        is_damaged || mrt::header(next).is_some_and(is_odd)
    }

    /// Takes in one framed record. `bytes` starts at its header and holds all of it.
    pub fn record(&mut self, bytes: &[u8], offset: u64) {
        if mrt::is_padding(bytes) {
            return;
        }
        let Some(record) = mrt::record(bytes, offset) else {
            let (seconds, kind, subtype, _) = mrt::header(bytes).unwrap_or_default();
            let time = Timestamp::from_secs(i64::from(seconds)).0;
            self.note(time, kind, subtype);
            self.damage(
                time,
                offset,
                None,
                "truncated or invalid extended timestamp",
            );
            return;
        };
        self.note(record.time, record.kind, record.subtype);
        if !mrt::is_assigned(record.kind, record.subtype) {
            let reason = "unassigned MRT type or subtype";
            return self.damage(record.time, offset, None, reason);
        }
        if mrt::is_hole(record.time, record.kind) {
            return self.damage(
                record.time,
                offset,
                None,
                "zeros where a record should begin",
            );
        }
        match (self.scan.kind, record.kind) {
            (FileKind::Rib, mrt::TABLE_DUMP_V2) => self.table_dump_v2(&record),
            (FileKind::Rib, mrt::TABLE_DUMP) => self.table_dump(&record),
            (FileKind::Updates, mrt::BGP | mrt::BGP4MP | mrt::BGP4MP_ET)
                if mrt::names_a_peer(record.kind, record.subtype) =>
            {
                self.bgp4mp(&record);
            }
            (FileKind::Updates, _) => self.passed_over(&record, turned::message(&record)),
            (FileKind::Rib, _) if turned::listing(&record) => {
                self.damage(record.time, offset, None, messages::TURNED);
            }
            (FileKind::Rib, _) => {}
        }
    }

    fn note(&mut self, time: i64, kind: u16, subtype: u16) {
        if self.in_a_row.0 == (kind, subtype) {
            self.in_a_row.1 += 1;
        } else {
            self.count_row();
            self.in_a_row = ((kind, subtype), 1);
        }
        self.first.get_or_insert(time);
        self.last = Some(time);
        self.latest = self.latest.max(Some(time));
    }

    fn count_row(&mut self) {
        let (kind, n) = self.in_a_row;
        if n > 0 {
            *self.counts.entry(kind).or_default() += n;
        }
    }

    fn damage(&mut self, time: i64, offset: u64, peer: Option<Session>, reason: &str) {
        self.damaged.push(DamagedRecord {
            time: Timestamp(time),
            offset,
            peer,
            reason: reason.to_owned(),
        });
    }

    fn peer(&mut self, session: Session) -> u32 {
        // A peer's messages come in bunches.
        if let Some(latest) = self.peers.get(self.latest_peer as usize)
            && latest.found.session == session
        {
            return self.latest_peer;
        }
        self.latest_peer = *self.by_session.entry(session).or_insert_with(|| {
            self.peers.push(PeerState {
                found: FilePeer::new(session),
                update_seen: false,
            });
            self.sums.push(Sums {
                asn: session.asn,
                table: [0; 2],
                paths: 0,
                foreign_paths: 0,
                counted_in: 0,
                first_entry: i64::MAX,
                latest_path: 0,
            });
            self.peers.len() as u32 - 1
        });
        self.latest_peer
    }

    fn prefix(&mut self, prefix: Prefix) -> PrefixId {
        *self.by_prefix.entry(prefix).or_insert_with(|| {
            self.prefixes.push(prefix);
            self.prefixes.len() as PrefixId - 1
        })
    }

    /// What is kept of a route that stands so. One that gives itself away is watched from now on.
    fn kept_of(&self, place: SetRelation, gives_away: bool) -> CoveringDetail {
        if place == SetRelation::Watched || gives_away {
            CoveringDetail::Full
        } else {
            self.scan.covering
        }
    }

    fn gives_away(&self, path: &RawPath<'_>) -> bool {
        match self.scan.filter {
            Filter::WatchList { list, .. } => {
                list.has_origins() && originates(path, |asn| list.watches_origin(asn))
            }
            Filter::Prefixes(_) => false,
        }
    }

    /// Whether a path begins with another AS than the peer's own.
    fn is_foreign(&self, peer: u32, first: Option<Asn>) -> bool {
        first.is_some_and(|asn| asn != self.sums[peer as usize].asn)
    }
}

/// Joins stretches that lie closer than the threshold, and sorts them.
pub fn merge_spans(runs: &mut Vec<(i64, i64)>, threshold: i64) {
    runs.sort_unstable();
    runs.dedup_by(|next, run| {
        let joins = next.0 - run.1 < threshold;
        if joins {
            run.1 = run.1.max(next.1);
        }
        joins
    });
}
