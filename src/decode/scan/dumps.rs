//! RIB dumps (TABLE_DUMP and TABLE_DUMP_V2).

use super::{Head, Scanner};
use crate::decode::bgp;
use crate::decode::mrt::Record;
use crate::decode::rib;
use crate::model::net::{Asn, Family};
use crate::model::route::RibEntry;

impl Scanner<'_> {
    pub(super) fn table_dump_v2(&mut self, record: &Record<'_>) {
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
        let mut wanted = self.scan.seek.wants(listing.prefix);
        let look_at_origins = !wanted && self.scan.seek.looks_at_origins();
        let mut gives_away = false;
        // Noted first, counted after: nothing of a damaged record counts.
        self.heads.clear();
        for entry in listing.entries() {
            let entry = entry?;
            let Some(&peer) = self.index.get(usize::from(entry.peer)) else {
                return Err("an entry's peer is not in the peer table");
            };
            if wanted || (look_at_origins && !gives_away) {
                let path = bgp::rib_path(entry.attributes, true)?;
                gives_away = look_at_origins && self.gives_away(&path);
            }
            let first = match bgp::usual_first_asn(entry.attributes) {
                Ok(asn) => Some(asn),
                Err(()) => bgp::rib_path(entry.attributes, true)
                    .ok()
                    .and_then(|p| p.first()),
            };
            self.heads.push(Head { peer, first });
        }
        self.listings += 1;
        let family = listing.prefix.family();
        let heads = std::mem::take(&mut self.heads);
        for head in &heads {
            self.count_entry(head.peer, family, record.time, head.first);
        }
        self.heads = heads;
        if gives_away {
            self.given_away.insert(listing.prefix);
            wanted = true;
        }
        if wanted {
            let prefix = self.prefix(listing.prefix);
            for entry in listing.entries() {
                let entry = entry?;
                let path = self.paths.number(&bgp::rib_path(entry.attributes, true)?);
                self.entries.push(RibEntry {
                    peer: self.index[usize::from(entry.peer)],
                    prefix,
                    path_id: entry.path_id,
                    path,
                    offset: record.offset,
                });
            }
        }
        Ok(())
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
        let sums = &mut self.sums[peer as usize];
        sums.first_entry = sums.first_entry.min(time);
        if sums.counted_in != self.listings {
            sums.counted_in = self.listings;
            sums.table[family.index()] += 1;
        }
        self.count_path(peer, path);
    }
}
