//! Takes a file's records one by one and keeps what matters to the watch list.

use super::bgp::{self, Message, RawPath, Update};
use super::mrt::{self, Carried, Record};
use super::path::{Paths, originates};
use super::rib;
use super::{Scan, Seek};
use crate::model::archive::{DamagedRecord, Decoded, Ending, FileKind, FilePeer};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::peer::Session;
use crate::model::route::{PrefixId, RibEntry, RouteEvent, What};
use crate::model::time::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// What has been read of a file so far.
pub struct Scanner<'a> {
    scan: &'a Scan<'a>,
    peers: Vec<PeerState>,
    by_session: FxHashMap<Session, u32>,
    latest_peer: u32,
    /// The file's PEER_INDEX_TABLE: its places as our numbers.
    index: Vec<u32>,
    prefixes: Vec<Prefix>,
    by_prefix: FxHashMap<Prefix, PrefixId>,
    paths: Paths,
    events: Vec<RouteEvent>,
    entries: Vec<RibEntry>,
    given_away: FxHashSet<Prefix>,
    counts: BTreeMap<(u16, u16), u64>,
    /// The type of the latest records and how many in a row: most are of one type.
    in_a_row: ((u16, u16), u64),
    damaged: Vec<DamagedRecord>,
    first: Option<i64>,
    last: Option<i64>,
    latest: Option<i64>,
    /// How many listings were read: tells which peers a listing has counted.
    listings: u64,
    pub bursts: Vec<FxHashSet<Prefix>>,
}

struct PeerState {
    found: FilePeer,
    /// An UPDATE since the file began or the session's state last changed.
    update_seen: bool,
    /// The listing that last counted this peer.
    counted_in: u64,
}

impl<'a> Scanner<'a> {
    pub fn new(scan: &'a Scan<'a>) -> Self {
        Self {
            scan,
            peers: Vec::new(),
            by_session: FxHashMap::default(),
            latest_peer: 0,
            index: Vec::new(),
            prefixes: Vec::new(),
            by_prefix: FxHashMap::default(),
            paths: Paths::default(),
            events: Vec::new(),
            entries: Vec::new(),
            given_away: FxHashSet::default(),
            counts: BTreeMap::new(),
            in_a_row: ((0, 0), 0),
            damaged: Vec::new(),
            first: None,
            last: None,
            latest: None,
            listings: 0,
            bursts: vec![FxHashSet::default(); scan.bursts.len()],
        }
    }

    pub fn finish(mut self, ending: Ending, bytes: u64, sha256: String) -> Decoded {
        self.count_row();
        let mut given_away: Vec<Prefix> = self.given_away.into_iter().collect();
        given_away.sort_unstable();
        let mut records = BTreeMap::new();
        for ((kind, subtype), n) in self.counts {
            *records.entry(mrt::label(kind, subtype)).or_default() += n;
        }
        Decoded {
            peers: self.peers.into_iter().map(|p| p.found).collect(),
            prefixes: self.prefixes,
            paths: self.paths.into_list(),
            events: self.events,
            entries: self.entries,
            given_away,
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

    /// Takes in one framed record. `bytes` starts at its header and holds all of it.
    pub fn record(&mut self, bytes: &[u8], offset: u64) {
        let Some(record) = mrt::record(bytes, offset) else {
            let (seconds, kind, subtype, _) = mrt::header(bytes).unwrap_or_default();
            let time = Timestamp::from_secs(i64::from(seconds)).0;
            self.note(time, kind, subtype);
            self.damage(
                time,
                offset,
                None,
                "its extended timestamp is cut or impossible",
            );
            return;
        };
        self.note(record.time, record.kind, record.subtype);
        if !mrt::is_assigned(record.kind, record.subtype) {
            let reason = "its type is none that MRT knows";
            return self.damage(record.time, offset, None, reason);
        }
        match (self.scan.kind, record.kind) {
            (FileKind::Rib, mrt::TABLE_DUMP_V2) => self.table_dump_v2(&record),
            (FileKind::Rib, mrt::TABLE_DUMP) => self.table_dump(&record),
            (FileKind::Updates, mrt::BGP | mrt::BGP4MP | mrt::BGP4MP_ET)
                if mrt::names_a_peer(record.kind, record.subtype) =>
            {
                self.bgp4mp(&record);
            }
            _ => {}
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
                counted_in: 0,
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

    // ---- messages and states ----

    fn bgp4mp(&mut self, record: &Record<'_>) {
        let (session, carried) = match mrt::carried(record) {
            Ok(found) => found,
            Err((session, reason)) => {
                let peer = session.map(|s| self.peer(s));
                self.live(peer, record);
                return self.damaged_record(record, session, reason);
            }
        };
        let peer = self.peer(session);
        self.live(Some(peer), record);
        let update = match carried {
            Carried::Other => return,
            Carried::State { old, new } => {
                self.peers[peer as usize].update_seen = false;
                return self.event(record, peer, What::State { old, new });
            }
            Carried::BareUpdate(bytes) => {
                bgp::update(bytes, false, false, false).map(|update| (update, false))
            }
            Carried::Message {
                bytes,
                four_byte,
                add_path,
            } => match bgp::message(bytes, four_byte, add_path, record.length) {
                Ok(Message::Other) => return,
                Ok(Message::Update(update)) => Ok((update, add_path)),
                Err(reason) => Err(reason),
            },
        };
        match update {
            Ok((update, add_path)) => self.update(record, peer, &update, add_path),
            Err(reason) => self.damaged_record(record, Some(session), reason),
        }
    }

    /// Within the span that is replayed.
    fn in_span(&self, time: i64) -> bool {
        self.scan.from.0 <= time && time < self.scan.to.0
    }

    fn damaged_record(&mut self, record: &Record<'_>, session: Option<Session>, reason: &str) {
        self.damage(record.time, record.offset, session, reason);
        if let Some(session) = session {
            let peer = self.peer(session);
            self.event(record, peer, What::Damaged);
        }
    }

    fn event(&mut self, record: &Record<'_>, peer: u32, what: What) {
        if self.in_span(record.time) {
            self.events.push(RouteEvent {
                time: record.time,
                offset: record.offset,
                peer,
                what,
            });
        }
    }

    /// Notes a sign of life for the silence rule.
    fn live(&mut self, peer: Option<u32>, record: &Record<'_>) {
        let (Some(peer), Some(threshold)) = (peer, self.scan.silence) else {
            return;
        };
        if !self.in_span(record.time) {
            return;
        }
        let runs = &mut self.peers[peer as usize].found.activity;
        let time = record.time;
        match runs.last_mut() {
            Some(run) if run.1 <= time && time - run.1 < threshold => run.1 = time,
            _ => {
                runs.push((time, time));
                join_runs(runs, threshold);
            }
        }
    }

    fn update(&mut self, record: &Record<'_>, peer: u32, update: &Update<'_>, add_path: bool) {
        let in_span = self.in_span(record.time);
        let found = &mut self.peers[peer as usize];
        found.found.clipped += u32::from(update.clipped);
        let goes_back = self.latest.is_some_and(|latest| record.time < latest);
        if in_span && (!found.update_seen || goes_back) {
            found.update_seen = true;
            self.event(record, peer, What::Update);
        }
        if !in_span {
            return;
        }
        let spoken = update.withdrawn.iter().chain(&update.announced).flatten();
        for family in spoken.map(|r| r.family) {
            let heard = &mut self.peers[peer as usize].found.heard[family.index()];
            let time = Timestamp(record.time);
            *heard = Some(heard.map_or(time, |h| h.min(time)));
        }
        if let Some(family) = update.end_of_rib {
            self.event(record, peer, What::EndOfRib(family));
        }
        for routes in update.withdrawn.iter().flatten() {
            routes.each(add_path, |prefix, path_id| {
                if self.scan.seek.wants(prefix) {
                    let prefix = self.prefix(prefix);
                    self.event(record, peer, What::Withdraw { prefix, path_id });
                }
            });
        }
        let announced = update.announced.iter().flatten();
        if announced.clone().next().is_none() {
            return;
        }
        self.count_path(peer, update.path.first());
        let gives_away = self.gives_away(&update.path);
        let mut path = None;
        for routes in announced {
            routes.each(add_path, |prefix, path_id| {
                self.burst(peer, record.time, prefix);
                if self.scan.seek.wants(prefix) {
                    let path = *path.get_or_insert_with(|| self.paths.number(&update.path));
                    let prefix = self.prefix(prefix);
                    let what = What::Announce {
                        prefix,
                        path_id,
                        path,
                    };
                    self.event(record, peer, what);
                } else if gives_away {
                    self.given_away.insert(prefix);
                }
            });
        }
    }

    fn burst(&mut self, peer: u32, time: i64, prefix: Prefix) {
        let session = self.peers[peer as usize].found.session;
        for (burst, prefixes) in self.scan.bursts.iter().zip(&mut self.bursts) {
            if burst.session == session && burst.from.0 <= time && time <= burst.to.0 {
                prefixes.insert(prefix);
            }
        }
    }

    fn gives_away(&self, path: &RawPath<'_>) -> bool {
        match self.scan.seek {
            Seek::Everything { list, .. } => {
                list.has_origins() && originates(path, |asn| list.watches_origin(asn))
            }
            Seek::Only(_) => false,
        }
    }

    /// Counts a path that begins with an AS, for the route-server test.
    fn count_path(&mut self, peer: u32, first: Option<Asn>) {
        let found = &mut self.peers[peer as usize].found;
        found.paths += 1;
        let foreign = first.is_some_and(|asn| asn != found.session.asn);
        found.foreign_paths += u32::from(foreign);
    }

    // ---- dumps ----

    fn table_dump_v2(&mut self, record: &Record<'_>) {
        const PEER_INDEX_TABLE: u16 = 1;
        if record.subtype == PEER_INDEX_TABLE {
            match rib::peer_index(record.body) {
                Some(sessions) => {
                    self.index = sessions.into_iter().map(|s| self.peer(s)).collect();
                }
                None => self.damage(record.time, record.offset, None, "its peer table is cut"),
            }
            return;
        }
        match rib::listing(record) {
            Ok(Some(listing)) => {
                if let Err(reason) = self.listing(record, &listing) {
                    self.damage(record.time, record.offset, None, reason);
                }
            }
            Ok(None) => {}
            Err(reason) => self.damage(record.time, record.offset, None, reason),
        }
    }

    fn listing(
        &mut self,
        record: &Record<'_>,
        listing: &rib::Listing<'_>,
    ) -> Result<(), &'static str> {
        // A walk over the lengths first: nothing of a damaged record counts.
        let mut wanted = self.scan.seek.wants(listing.prefix);
        let look_at_origins = !wanted && self.scan.seek.looks_at_origins();
        let mut gives_away = false;
        for entry in listing.entries() {
            let entry = entry?;
            if self.index.get(usize::from(entry.peer)).is_none() {
                return Err("an entry's peer is not in the peer table");
            }
            if wanted || (look_at_origins && !gives_away) {
                let path = bgp::rib_path(entry.attributes, true)?;
                gives_away = look_at_origins && self.gives_away(&path);
            }
        }
        if gives_away {
            self.given_away.insert(listing.prefix);
            wanted = true;
        }
        self.listings += 1;
        let prefix = wanted.then(|| self.prefix(listing.prefix));
        let family = listing.prefix.family();
        for entry in listing.entries() {
            let entry = entry?;
            let peer = self.index[usize::from(entry.peer)];
            let first = match bgp::usual_first_asn(entry.attributes) {
                Ok(asn) => Some(asn),
                Err(()) => bgp::rib_path(entry.attributes, true)
                    .ok()
                    .and_then(|p| p.first()),
            };
            self.count_entry(peer, family, record.time, first);
            if let Some(prefix) = prefix {
                let path = self.paths.number(&bgp::rib_path(entry.attributes, true)?);
                self.entries.push(RibEntry {
                    peer,
                    prefix,
                    path_id: entry.path_id,
                    path,
                    offset: record.offset,
                });
            }
        }
        Ok(())
    }

    fn table_dump(&mut self, record: &Record<'_>) {
        let Some(entries) = rib::old_entries(record) else {
            return;
        };
        // As for listings: nothing of a damaged record counts.
        if let Some(reason) = entries.clone().find_map(Result::err) {
            return self.damage(record.time, record.offset, None, reason);
        }
        for entry in entries.flatten() {
            self.old_entry(record, &entry);
        }
    }

    fn old_entry(&mut self, record: &Record<'_>, entry: &rib::OldEntry<'_>) {
        self.listings += 1;
        let peer = self.peer(entry.session);
        let (family, first) = (entry.prefix.family(), entry.path.first());
        self.count_entry(peer, family, record.time, first);
        if self.scan.seek.wants(entry.prefix) {
            let prefix = self.prefix(entry.prefix);
            let path = self.paths.number(&entry.path);
            self.entries.push(RibEntry {
                peer,
                prefix,
                path_id: 0,
                path,
                offset: record.offset,
            });
        } else if self.gives_away(&entry.path) {
            self.given_away.insert(entry.prefix);
        }
    }

    fn count_entry(&mut self, peer: u32, family: Family, time: i64, path: Option<Asn>) {
        let state = &mut self.peers[peer as usize];
        let time = Timestamp(time);
        let first = &mut state.found.first_entry;
        *first = Some(first.map_or(time, |f| f.min(time)));
        if state.counted_in != self.listings {
            state.counted_in = self.listings;
            state.found.table[family.index()] += 1;
        }
        self.count_path(peer, path);
    }
}

/// Joins stretches that lie closer than the threshold, and sorts them.
pub fn join_runs(runs: &mut Vec<(i64, i64)>, threshold: i64) {
    runs.sort_unstable();
    runs.dedup_by(|next, run| {
        let joins = next.0 - run.1 < threshold;
        if joins {
            run.1 = run.1.max(next.1);
        }
        joins
    });
}
