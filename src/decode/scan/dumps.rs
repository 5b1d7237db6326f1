//! RIB dumps (TABLE_DUMP and TABLE_DUMP_V2).

use super::messages::TURNED;
use super::{Head, Scanner};
use crate::decode::CoveringDetail;
use crate::decode::bgp;
use crate::decode::mrt::Record;
use crate::decode::rib;
use crate::decode::turned;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::RibEntry;
use crate::watchlist::SetRelation;

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
                    let places = sessions.into_iter().map(|s| (self.peer(s), s.asn));
                    self.index = places.collect();
                }
                None => {
                    // Its places are nobody's, least of all those of a table before it.
                    self.index.clear();
                    let reason = "malformed PEER_INDEX_TABLE";
                    self.damage(record.time, record.offset, None, reason);
                }
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
        let place = self.scan.filter.relation(listing.prefix);
        let look_at_origins = place != SetRelation::Watched && self.scan.filter.has_origins();
        let mut gives_away = false;
        // Noted first, counted after: nothing of a damaged record counts.
        let mut heads = std::mem::take(&mut self.heads);
        let index = self.index.as_slice();
        let read = if place == SetRelation::Unrelated && !look_at_origins {
            // Most of a RIB.
            listing.each(&mut heads, |entry| head(index, &entry))
        } else {
            listing.each(&mut heads, |entry| {
                let head = head(index, &entry)?;
                if place != SetRelation::Unrelated || !gives_away {
                    let path = bgp::rib_path(entry.attributes, true)?;
                    gives_away |= look_at_origins && self.gives_away(&path);
                }
                Ok(head)
            })
        };
        if read.is_ok() {
            self.count_entries(&heads, listing.prefix.family(), record.time);
        }
        self.heads = heads;
        read?;
        if gives_away {
            self.discovered.insert(listing.prefix);
        }
        if gives_away || place != SetRelation::Unrelated {
            self.keep(record.offset, listing, self.kept_of(place, gives_away))?;
        }
        if self.scan.filter.has_origins() {
            self.nest(record, listing.prefix, gives_away, place);
        }
        Ok(())
    }

    fn keep(
        &mut self,
        offset: u64,
        listing: &rib::Listing<'_>,
        kept: CoveringDetail,
    ) -> Result<(), &'static str> {
        let prefix = self.prefix(listing.prefix);
        let none = (kept == CoveringDetail::PresenceOnly).then(|| self.paths.empty());
        for entry in listing.entries() {
            let entry = entry?;
            let (peer, _) = self.index[usize::from(entry.peer)];
            let path = match none {
                Some(none) => none,
                None => {
                    let path = bgp::rib_path(entry.attributes, true)?;
                    let latest = &mut self.sums[peer as usize].latest_path;
                    *latest = self.paths.number_like(&path, *latest);
                    *latest
                }
            };
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
    fn nest(&mut self, record: &Record<'_>, prefix: Prefix, gives_away: bool, place: SetRelation) {
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
                    let _ = self.keep(outer.offset, &listing, self.scan.covering);
                }
            }
        } else if place == SetRelation::Unrelated {
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
        let peer = self.peer(entry.session);
        let is_foreign = self.is_foreign(peer, entry.path.first());
        let head = Head { peer, is_foreign };
        self.count_entries(&[head], entry.prefix.family(), record.time);
        let place = self.scan.filter.relation(entry.prefix);
        let gives_away = place != SetRelation::Watched && self.gives_away(&entry.path);
        if gives_away {
            self.discovered.insert(entry.prefix);
        }
        if place != SetRelation::Unrelated {
            let prefix = self.prefix(entry.prefix);
            let path = match self.kept_of(place, gives_away) {
                CoveringDetail::Full => self.paths.number(&entry.path),
                CoveringDetail::PresenceOnly => self.paths.empty(),
            };
            self.entries.push(RibEntry {
                peer,
                prefix,
                path_id: 0,
                path,
                offset: record.offset,
            });
        }
    }

    /// Counts the routes of one listing.
    fn count_entries(&mut self, heads: &[Head], family: Family, time: i64) {
        self.listings += 1;
        let (listing, all) = (self.listings, self.sums.as_mut_slice());
        for head in heads {
            let sums = &mut all[head.peer as usize];
            sums.first_entry = sums.first_entry.min(time);
            sums.table[family.index()] += u32::from(sums.counted_in != listing);
            sums.counted_in = listing;
            sums.count_path(head.is_foreign);
        }
    }
}

/// Whose a route is, and how its path begins; `Err` where the peer table has no such place.
#[inline(always)]
fn head(index: &[(u32, Asn)], entry: &rib::Entry<'_>) -> Result<Head, &'static str> {
    let Some(&(peer, own)) = index.get(usize::from(entry.peer)) else {
        return Err("a RIB entry's peer index is not in the PEER_INDEX_TABLE");
    };
    let first = match bgp::usual_first_asn(entry.attributes) {
        Ok(asn) => Some(asn),
        Err(()) => unusual_first_asn(entry.attributes),
    };
    let is_foreign = first.is_some_and(|asn| asn != own);
    Ok(Head { peer, is_foreign })
}

#[cold]
fn unusual_first_asn(attributes: &[u8]) -> Option<Asn> {
    bgp::rib_path(attributes, true).ok()?.first()
}
