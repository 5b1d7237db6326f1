//! RIB dumps (TABLE_DUMP and TABLE_DUMP_V2).

use super::messages::TURNED;
use super::{Head, Scanner};
use crate::decode::bgp;
use crate::decode::mrt::Record;
use crate::decode::rib;
use crate::decode::turned;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::RibEntry;
use crate::select::Place;

impl Scanner<'_> {
    pub(super) fn table_dump_v2(&mut self, record: &Record<'_>) {
        const PEER_INDEX_TABLE: u16 = 1;
        const RIB_GENERIC: u16 = 6;
        // RFC 6397.
        const GEO_PEER_TABLE: u16 = 7;
        const RIB_GENERIC_ADDPATH: u16 = 12;
        if record.subtype == PEER_INDEX_TABLE {
            match rib::peer_index(record.body) {
                Some(sessions) => {
                    self.index = sessions.into_iter().map(|s| self.peer(s)).collect();
                }
                None => self.damage(
                    record.time,
                    record.offset,
                    None,
                    "its peer table does not add up",
                ),
            }
            return;
        }
        match rib::listing(record) {
            Ok(Some(listing)) => {
                if let Err(reason) = self.listing(record, &listing) {
                    self.damage(record.time, record.offset, None, reason);
                }
            }
            // Their form is another than that of routes; not so that of multicast routes.
            Ok(None)
                if matches!(
                    record.subtype,
                    RIB_GENERIC | RIB_GENERIC_ADDPATH | GEO_PEER_TABLE
                ) && turned::listing(record) =>
            {
                self.damage(record.time, record.offset, None, TURNED);
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
        let place = self.scan.seek.place(listing.prefix);
        let look_at_origins = place != Place::Watched && self.scan.seek.looks_at_origins();
        let mut gives_away = false;
        // Noted first, counted after: nothing of a damaged record counts.
        self.heads.clear();
        for entry in listing.entries() {
            let entry = entry?;
            let Some(&peer) = self.index.get(usize::from(entry.peer)) else {
                return Err("an entry's peer is not in the peer table");
            };
            if place != Place::Apart || (look_at_origins && !gives_away) {
                let path = bgp::rib_path(entry.attributes, true)?;
                gives_away |= look_at_origins && self.gives_away(&path);
            }
            let first = match bgp::usual_first_asn(entry.attributes) {
                Ok(asn) => Some(asn),
                Err(()) => bgp::rib_path(entry.attributes, true)
                    .ok()
                    .and_then(|p| p.first()),
            };
            self.heads.push(Head { peer, first });
        }
        if gives_away {
            self.given_away.insert(listing.prefix);
        }
        self.listings += 1;
        let family = listing.prefix.family();
        let heads = std::mem::take(&mut self.heads);
        for head in &heads {
            self.count_entry(head.peer, family, record.time, head.first);
        }
        self.heads = heads;
        if gives_away || place != Place::Apart {
            self.keep(record.offset, listing)?;
        }
        if self.scan.seek.looks_at_origins() {
            self.nest(record, listing.prefix, gives_away, place);
        }
        Ok(())
    }

    fn keep(&mut self, offset: u64, listing: &rib::Listing<'_>) -> Result<(), &'static str> {
        let prefix = self.prefix(listing.prefix);
        for entry in listing.entries() {
            let entry = entry?;
            let peer = self.index[usize::from(entry.peer)];
            let path = bgp::rib_path(entry.attributes, true)?;
            let latest = &mut self.sums[peer as usize].latest_path;
            *latest = self.paths.number_like(&path, *latest);
            let path = *latest;
            self.entries.push(RibEntry {
                peer,
                prefix,
                path_id: entry.path_id,
                path,
                offset,
            });
        }
        Ok(())
    }

    /// Keeps back what nobody looks for yet, in case that something inside gives itself away; if
    /// this listing does, what was kept back covers it.
    fn nest(&mut self, record: &Record<'_>, prefix: Prefix, gives_away: bool, place: Place) {
        self.outer.go_to(prefix);
        if gives_away {
            for kept in self.outer.take(prefix) {
                let outer = Record {
                    time: kept.time,
                    offset: kept.offset,
                    kind: record.kind,
                    subtype: kept.subtype,
                    body: &kept.body,
                    length: kept.body.len(),
                };
                // It was read without damage before.
                if let Ok(Some(listing)) = rib::listing(&outer) {
                    let _ = self.keep(outer.offset, &listing);
                }
            }
        } else if place == Place::Apart {
            self.outer.keep(prefix, |kept| {
                kept.time = record.time;
                kept.offset = record.offset;
                kept.subtype = record.subtype;
                kept.body.extend_from_slice(record.body);
            });
        }
    }

    pub(super) fn table_dump(&mut self, record: &Record<'_>) {
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
        let place = self.scan.seek.place(entry.prefix);
        if place != Place::Apart {
            let prefix = self.prefix(entry.prefix);
            let path = self.paths.number(&entry.path);
            self.entries.push(RibEntry {
                peer,
                prefix,
                path_id: 0,
                path,
                offset: record.offset,
            });
        }
        if place != Place::Watched && self.gives_away(&entry.path) {
            self.given_away.insert(entry.prefix);
        }
    }

    fn count_entry(&mut self, peer: u32, family: Family, time: i64, path: Option<Asn>) {
        let sums = &mut self.sums[peer as usize];
        sums.first_entry = sums.first_entry.min(time);
        if sums.counted_in != self.listings {
            sums.counted_in = self.listings;
            sums.table[family.index()] += 1;
        }
        self.count_path(peer, path);
    }
}
