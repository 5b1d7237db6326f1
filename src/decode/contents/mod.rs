//! Collects what is read from one file, whatever its format: peers, prefixes and AS paths by number,
//! route and session events, RIB entries and damage. What the filter does not select is counted, and not kept.

mod updates;

use super::bgp::RawPath;
use super::paths::{EncodedPaths, originates};
use super::request::{CoveringDetail, Filter, Scan};
use crate::model::archive::{DamagedRecord, Ending, FileContents, FileKind, FilePeer};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::peer::Session;
use crate::model::route::{PathId, PrefixId, RibEntry, RouteEvent, SessionRecord};
use crate::model::time::Timestamp;
use crate::watchlist::SetRelation;
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) use updates::merge_spans;

/// Where a record is: its time in microseconds since the epoch, and its offset in the decompressed
/// file.
#[derive(Clone, Copy)]
pub(crate) struct RecordAt {
    pub time: i64,
    pub offset: u64,
}

/// The peer of a RIB entry, and whether the entry's path begins with another AS than the peer's own.
#[derive(Clone, Copy, Default)]
pub(crate) struct EntryPeer {
    pub peer: u32,
    pub is_foreign: bool,
}

/// A file's contents while the file is read.
pub(crate) struct ContentsBuilder<'a> {
    scan: &'a Scan<'a>,
    peers: Vec<PeerState>,
    /// Per peer, the sums over its routes. Apart from the rest, so that the sums of all peers of a RIB
    /// stay in the nearest cache.
    sums: Vec<PeerSums>,
    by_session: FxHashMap<Session, u32>,
    latest_peer: u32,
    prefixes: Vec<Prefix>,
    by_prefix: FxHashMap<Prefix, PrefixId>,
    paths: EncodedPaths,
    routes: Vec<RouteEvent>,
    sessions: Vec<SessionRecord>,
    entries: Vec<RibEntry>,
    discovered: FxHashSet<Prefix>,
    has_all_covering: bool,
    records: BTreeMap<Cow<'static, str>, u64>,
    damaged: Vec<DamagedRecord>,
    first: Option<i64>,
    last: Option<i64>,
    latest: Option<i64>,
    /// How many prefixes' entries were counted: identifies the prefix that last counted a peer.
    counted_prefixes: u64,
    transfers: Vec<FxHashSet<Prefix>>,
}

struct PeerState {
    found: FilePeer,
    /// Whether an UPDATE was seen since the file began or the session's state last changed.
    update_seen: bool,
}

struct PeerSums {
    asn: Asn,
    table: [u32; 2],
    paths: u32,
    foreign_paths: u32,
    /// The last prefix for which this peer's table was counted.
    counted_in: u64,
    first_entry: i64,
    /// The path of the route that was kept last: the next often has the same.
    latest_path: PathId,
}

impl PeerSums {
    /// Counts a path for the route-server test.
    fn count_path(&mut self, is_foreign: bool) {
        self.paths += 1;
        self.foreign_paths += u32::from(is_foreign);
    }
}

impl<'a> ContentsBuilder<'a> {
    pub(crate) fn new(scan: &'a Scan<'a>) -> Self {
        Self {
            scan,
            peers: Vec::new(),
            sums: Vec::new(),
            by_session: FxHashMap::default(),
            latest_peer: 0,
            prefixes: Vec::new(),
            by_prefix: FxHashMap::default(),
            paths: EncodedPaths::default(),
            routes: Vec::new(),
            sessions: Vec::new(),
            entries: Vec::new(),
            discovered: FxHashSet::default(),
            has_all_covering: true,
            records: BTreeMap::new(),
            damaged: Vec::new(),
            first: None,
            last: None,
            latest: None,
            counted_prefixes: 0,
            transfers: vec![FxHashSet::default(); scan.transfers.len()],
        }
    }

    /// The contents, and the prefixes announced in each of [`Scan::transfers`].
    pub(crate) fn finish(
        self,
        ending: Ending,
        bytes: u64,
        sha256: String,
    ) -> (FileContents, Vec<FxHashSet<Prefix>>) {
        let mut discovered: Vec<Prefix> = self.discovered.into_iter().collect();
        discovered.sort_unstable();
        let with_sums = |(peer, sums): (PeerState, PeerSums)| FilePeer {
            table: sums.table,
            first_entry: (sums.first_entry < i64::MAX).then_some(Timestamp(sums.first_entry)),
            paths: sums.paths,
            foreign_paths: sums.foreign_paths,
            ..peer.found
        };
        let peers = self.peers.into_iter().zip(self.sums).map(with_sums);
        let contents = FileContents {
            peers: peers.collect(),
            prefixes: self.prefixes,
            paths: self.paths.into_list(),
            routes: self.routes,
            sessions: self.sessions,
            entries: self.entries,
            discovered,
            has_all_covering: self.has_all_covering,
            first: self.first.map(Timestamp),
            last: self.last.map(Timestamp),
            latest: self.latest.map(Timestamp),
            bytes,
            sha256,
            records: self.records,
            damaged: self.damaged,
            ending,
        };
        (contents, self.transfers)
    }

    /// The kind of file that is read.
    pub(crate) const fn kind(&self) -> FileKind {
        self.scan.kind
    }

    /// Notes the time of a record, of whatever type.
    pub(crate) fn note_time(&mut self, time: i64) {
        self.first.get_or_insert(time);
        self.last = Some(time);
        self.latest = self.latest.max(Some(time));
    }

    /// The time of the last record, in file order.
    pub(crate) const fn last_time(&self) -> Option<i64> {
        self.last
    }

    /// Discards the times of records, where the file is not what it should be.
    pub(crate) fn forget_times(&mut self) {
        (self.first, self.last, self.latest) = (None, None, None);
    }

    /// Counts records of a type by its name.
    pub(crate) fn count_records(&mut self, name: Cow<'static, str>, records: u64) {
        *self.records.entry(name).or_default() += records;
    }

    /// Notes a damaged record; `peer` is its session, where that could be read.
    pub(crate) fn damage(&mut self, at: RecordAt, peer: Option<Session>, reason: &str) {
        self.damaged.push(DamagedRecord {
            time: Timestamp(at.time),
            offset: at.offset,
            peer,
            reason: reason.to_owned(),
        });
    }

    /// Whether any record is damaged.
    pub(crate) const fn has_damage(&self) -> bool {
        !self.damaged.is_empty()
    }

    /// Whether a record at or after an offset is damaged.
    pub(crate) fn is_damaged_from(&self, offset: u64) -> bool {
        self.damaged.last().is_some_and(|d| d.offset >= offset)
    }

    /// Whether so much is damaged that reading on is not worth it: each damaged record is kept.
    pub(crate) const fn has_too_much_damage(&self) -> bool {
        const MAX_DAMAGED: usize = 1_000_000;
        self.damaged.len() >= MAX_DAMAGED
    }

    /// The number of a session's peer in this file.
    pub(crate) fn peer(&mut self, session: Session) -> u32 {
        // Consecutive records are often of one peer.
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
            self.sums.push(PeerSums {
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

    /// How a prefix relates to the prefixes that are looked for.
    pub(crate) fn relation(&self, prefix: Prefix) -> SetRelation {
        self.scan.filter.relation(prefix)
    }

    /// Whether prefixes are looked for by their origin AS, too.
    pub(crate) fn has_origins(&self) -> bool {
        self.scan.filter.has_origins()
    }

    /// Whether a path ends in a watched origin AS.
    pub(crate) fn matches_origin(&self, path: &RawPath<'_>) -> bool {
        match self.scan.filter {
            Filter::WatchList { list, .. } => {
                list.has_origins() && originates(path, |asn| list.watches_origin(asn))
            }
            Filter::Prefixes(_) => false,
        }
    }

    /// Notes a prefix that was discovered by its origin AS.
    pub(crate) fn discover(&mut self, prefix: Prefix) {
        self.discovered.insert(prefix);
    }

    /// How much is kept of covering routes.
    pub(crate) const fn covering(&self) -> CoveringDetail {
        self.scan.covering
    }

    /// How much is kept of a route. One that is discovered is watched from then on.
    pub(crate) fn detail(&self, relation: SetRelation, is_discovered: bool) -> CoveringDetail {
        if relation == SetRelation::Watched || is_discovered {
            CoveringDetail::Full
        } else {
            self.scan.covering
        }
    }

    /// Whether a path begins with another AS than the peer's own.
    pub(crate) fn is_foreign(&self, peer: u32, first: Option<Asn>) -> bool {
        first.is_some_and(|asn| asn != self.sums[peer as usize].asn)
    }

    /// Sets whether the entries of the RIB include all routes that cover its discovered prefixes; true by
    /// default.
    pub(crate) fn set_has_all_covering(&mut self, has_all_covering: bool) {
        self.has_all_covering = has_all_covering;
    }

    /// Counts the RIB entries of one prefix, dumped at a time: a peer's table has the prefix once,
    /// however many paths the peer has.
    pub(crate) fn count_entries(&mut self, entries: &[EntryPeer], family: Family, time: i64) {
        self.counted_prefixes += 1;
        let (prefix, all) = (self.counted_prefixes, self.sums.as_mut_slice());
        for entry in entries {
            let sums = &mut all[entry.peer as usize];
            sums.first_entry = sums.first_entry.min(time);
            sums.table[family.index()] += u32::from(sums.counted_in != prefix);
            sums.counted_in = prefix;
            sums.count_path(entry.is_foreign);
        }
    }

    /// Starts to keep RIB entries of a prefix.
    pub(crate) fn entries_of(
        &mut self,
        prefix: Prefix,
        detail: CoveringDetail,
    ) -> EntryKeeper<'_, 'a> {
        let prefix = self.prefix(prefix);
        let empty_path = match detail {
            CoveringDetail::Full => None,
            CoveringDetail::PresenceOnly => Some(self.paths.empty()),
        };
        EntryKeeper {
            contents: self,
            prefix,
            empty_path,
        }
    }
}

/// Keeps the RIB entries of one prefix.
pub(crate) struct EntryKeeper<'b, 'a> {
    contents: &'b mut ContentsBuilder<'a>,
    prefix: PrefixId,
    /// The path of all entries, where only their presence is kept.
    empty_path: Option<PathId>,
}

impl EntryKeeper<'_, '_> {
    /// Keeps an entry; `path` is called only if the path is kept.
    ///
    /// # Errors
    /// The error of `path`.
    pub(crate) fn keep<'p, E>(
        &mut self,
        peer: u32,
        path_id: u32,
        offset: u64,
        path: impl FnOnce() -> Result<RawPath<'p>, E>,
    ) -> Result<(), E> {
        let path = match self.empty_path {
            Some(empty) => empty,
            None => {
                let latest = &mut self.contents.sums[peer as usize].latest_path;
                *latest = self.contents.paths.number_with_guess(&path()?, *latest);
                *latest
            }
        };
        self.contents.entries.push(RibEntry {
            peer,
            prefix: self.prefix,
            path_id,
            path,
            offset,
        });
        Ok(())
    }
}
