//! RIB dumps: which of their entries are counted, and which are kept.

use super::MrtRecord;
use super::corrupt_type::{self, CORRUPT_TYPE};
use super::covering::{CoveringRecords, StoredRecord};
use super::table_dump::{self, DumpEntry, RibRecord, TableDumpEntry};
use crate::decode::bgp::{self, Malformed};
use crate::decode::contents::{ContentsBuilder, EntryPeer};
use crate::decode::request::CoveringDetail;
use crate::model::net::{Asn, Prefix};
use crate::watchlist::SetRelation;

/// Reads the records of one RIB dump.
#[derive(Default)]
pub(crate) struct DumpReader {
    /// The file's PEER_INDEX_TABLE: by index, the peer's number in this file, and its AS.
    peer_index: Vec<(u32, Asn)>,
    /// The entries of the record at hand; kept to reuse its memory.
    entry_peers: Vec<EntryPeer>,
    /// The records whose prefixes contain the latest one.
    covering: CoveringRecords,
}

impl DumpReader {
    /// Whether what covers a prefix came before it, throughout the dump.
    pub(crate) const fn is_in_order(&self) -> bool {
        self.covering.is_in_order()
    }

    /// Reads a record of type TABLE_DUMP_V2 (RFC 6396 §4.3).
    pub(crate) fn table_dump_v2(
        &mut self,
        record: &MrtRecord<'_>,
        contents: &mut ContentsBuilder<'_>,
    ) {
        const PEER_INDEX_TABLE: u16 = 1;
        const RIB_GENERIC: u16 = 6;
        // RFC 6397.
        const GEO_PEER_TABLE: u16 = 7;
        const RIB_GENERIC_ADDPATH: u16 = 12;
        if record.subtype == PEER_INDEX_TABLE {
            match table_dump::peer_index(record.body) {
                Some(sessions) => {
                    let peers = sessions.into_iter().map(|s| (contents.peer(s), s.asn));
                    self.peer_index = peers.collect();
                }
                None => {
                    // An index into it is not one into the table before it.
                    self.peer_index.clear();
                    contents.damage(record.at(), None, "malformed PEER_INDEX_TABLE");
                }
            }
            return;
        }
        match table_dump::rib_record(record) {
            Ok(Some(rib)) => {
                if let Err(reason) = self.rib_record(record, &rib, contents) {
                    contents.damage(record.at(), None, reason);
                }
            }
            // Their format differs from that of unicast routes; that of multicast routes does not.
            Ok(None)
                if matches!(
                    record.subtype,
                    RIB_GENERIC | RIB_GENERIC_ADDPATH | GEO_PEER_TABLE
                ) && corrupt_type::is_rib(record) =>
            {
                contents.damage(record.at(), None, CORRUPT_TYPE);
            }
            Ok(None) => {}
            Err(reason) => contents.damage(record.at(), None, reason),
        }
    }

    fn rib_record(
        &mut self,
        record: &MrtRecord<'_>,
        rib: &RibRecord<'_>,
        contents: &mut ContentsBuilder<'_>,
    ) -> Result<(), Malformed> {
        let relation = contents.relation(rib.prefix);
        let check_origins = relation != SetRelation::Watched && contents.has_origins();
        let mut is_discovered = false;
        // Collected first, counted after: nothing of a damaged record counts.
        let mut peers = std::mem::take(&mut self.entry_peers);
        let index = self.peer_index.as_slice();
        let read = if relation == SetRelation::Unrelated && !check_origins {
            // Most of a RIB.
            rib.collect_entries(&mut peers, |entry| entry_peer(index, &entry))
        } else {
            rib.collect_entries(&mut peers, |entry| {
                let peer = entry_peer(index, &entry)?;
                if relation != SetRelation::Unrelated || !is_discovered {
                    let path = bgp::rib_path(entry.attributes, true)?;
                    is_discovered |= check_origins && contents.matches_origin(&path);
                }
                Ok(peer)
            })
        };
        if read.is_ok() {
            contents.count_entries(&peers, rib.prefix.family(), record.time);
        }
        self.entry_peers = peers;
        read?;
        if is_discovered {
            contents.discover(rib.prefix);
        }
        if is_discovered || relation != SetRelation::Unrelated {
            let detail = contents.detail(relation, is_discovered);
            keep(&self.peer_index, record.offset, rib, detail, contents)?;
        }
        if contents.has_origins() {
            self.keep_covering(record, rib.prefix, is_discovered, relation, contents);
        }
        Ok(())
    }

    /// Stores a record that the filter does not select, in case a prefix inside its own is discovered; if
    /// this record's prefix is, keeps the stored records that cover it.
    fn keep_covering(
        &mut self,
        record: &MrtRecord<'_>,
        prefix: Prefix,
        is_discovered: bool,
        relation: SetRelation,
        contents: &mut ContentsBuilder<'_>,
    ) {
        self.covering.advance_to(prefix);
        if is_discovered {
            for stored in self.covering.take(prefix) {
                let covering = MrtRecord {
                    time: stored.time,
                    offset: stored.offset,
                    kind: record.kind,
                    subtype: stored.subtype,
                    body: &stored.body,
                    length: stored.body.len(),
                };
                // It was read without damage before.
                if let Ok(Some(rib)) = table_dump::rib_record(&covering) {
                    let detail = contents.covering();
                    let _ = keep(&self.peer_index, covering.offset, &rib, detail, contents);
                }
            }
        } else if relation == SetRelation::Unrelated {
            self.covering.store(prefix, |stored: &mut StoredRecord| {
                stored.time = record.time;
                stored.offset = record.offset;
                stored.subtype = record.subtype;
                stored.body.extend_from_slice(record.body);
            });
        }
    }

    /// Reads a record of type TABLE_DUMP (RFC 6396 §4.2).
    pub(crate) fn table_dump(record: &MrtRecord<'_>, contents: &mut ContentsBuilder<'_>) {
        let Some(entries) = table_dump::table_dump_entries(record) else {
            return;
        };
        // As above: nothing of a damaged record counts.
        if let Some(reason) = entries.clone().find_map(Result::err) {
            return contents.damage(record.at(), None, reason);
        }
        for entry in entries.flatten() {
            table_dump_entry(record, &entry, contents);
        }
    }
}

/// Keeps the entries of a RIB record.
fn keep(
    peer_index: &[(u32, Asn)],
    offset: u64,
    rib: &RibRecord<'_>,
    detail: CoveringDetail,
    contents: &mut ContentsBuilder<'_>,
) -> Result<(), Malformed> {
    let mut entries = contents.entries_of(rib.prefix, detail);
    for entry in rib.entries() {
        let entry = entry?;
        let (peer, _) = peer_index[usize::from(entry.peer)];
        let path = || bgp::rib_path(entry.attributes, true);
        entries.keep(peer, entry.path_id, offset, path)?;
    }
    Ok(())
}

fn table_dump_entry(
    record: &MrtRecord<'_>,
    entry: &TableDumpEntry<'_>,
    contents: &mut ContentsBuilder<'_>,
) {
    let peer = contents.peer(entry.session);
    let is_foreign = contents.is_foreign(peer, entry.path.first());
    let entry_peer = EntryPeer { peer, is_foreign };
    contents.count_entries(&[entry_peer], entry.prefix.family(), record.time);
    let relation = contents.relation(entry.prefix);
    let is_discovered = relation != SetRelation::Watched && contents.matches_origin(&entry.path);
    if is_discovered {
        contents.discover(entry.prefix);
    }
    if relation != SetRelation::Unrelated {
        let detail = contents.detail(relation, is_discovered);
        let path = || Ok::<_, Malformed>(entry.path);
        let mut entries = contents.entries_of(entry.prefix, detail);
        // `path` cannot fail.
        let _ = entries.keep(peer, 0, record.offset, path);
    }
}

/// The peer of an entry, and how its path begins; `Err` where the PEER_INDEX_TABLE has no such index.
#[inline(always)]
fn entry_peer(index: &[(u32, Asn)], entry: &DumpEntry<'_>) -> Result<EntryPeer, Malformed> {
    let Some(&(peer, own)) = index.get(usize::from(entry.peer)) else {
        return Err("a RIB entry's peer index is not in the PEER_INDEX_TABLE");
    };
    let first = match bgp::usual_first_asn(entry.attributes) {
        Ok(asn) => Some(asn),
        Err(()) => unusual_first_asn(entry.attributes),
    };
    let is_foreign = first.is_some_and(|asn| asn != own);
    Ok(EntryPeer { peer, is_foreign })
}

#[cold]
fn unusual_first_asn(attributes: &[u8]) -> Option<Asn> {
    bgp::rib_path(attributes, true).ok()?.first()
}
