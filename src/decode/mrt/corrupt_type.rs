//! Records with a corrupt type. Types without routes (RFC 6396 has START and PEER_DOWN, OSPF and more)
//! are skipped. If the body of such a record is a valid BGP message or RIB record to its last byte, its
//! type is corrupt: the body of no other type begins with a session and a BGP message, or is a peer
//! table, or a prefix with its routes.

use super::bgp4mp::{self, Carried};
use super::{BGP, BGP4MP, MrtRecord, table_dump};
use crate::decode::bgp::{self, Malformed};
use crate::decode::bytes::ByteReader;
use crate::model::peer::Session;

/// Why a record of a type without routes is damaged.
pub(crate) const CORRUPT_TYPE: Malformed =
    "corrupt MRT type: the body is a BGP message or a RIB record";

/// The session of the message or state change that a record of another type holds, if it holds one.
pub(crate) fn message(record: &MrtRecord<'_>) -> Option<Session> {
    // Without the microseconds of an extended timestamp, or after them.
    let bodies = [0, 4].into_iter().filter_map(|n| record.body.get(n..));
    for body in bodies {
        for subtype in [1, 4, 0, 5] {
            let as_bgp4mp = MrtRecord {
                kind: BGP4MP,
                subtype,
                body,
                ..*record
            };
            match bgp4mp::carried(&as_bgp4mp) {
                Ok((session, Carried::State { .. })) => return Some(session),
                Ok((session, Carried::Message { bytes, .. })) if bgp::is_framed(bytes) => {
                    return Some(session);
                }
                _ => {}
            }
        }
    }
    bare_update(record)
}

/// The session of the UPDATE without message header (type BGP) that a record holds, if it holds one.
pub(crate) fn bare_update(record: &MrtRecord<'_>) -> Option<Session> {
    let as_bgp = MrtRecord {
        kind: BGP,
        subtype: 1,
        ..*record
    };
    let Ok((session, Carried::BareUpdate(bytes))) = bgp4mp::carried(&as_bgp) else {
        return None;
    };
    let update = bgp::update(bytes, false, false, false).ok()?;
    let mut routes = update.withdrawn.iter().chain(&update.announced).flatten();
    routes.next().map(|_| session)
}

/// Whether a record of another type holds a peer table or RIB entries.
pub(crate) fn is_rib(record: &MrtRecord<'_>) -> bool {
    let is_table_dump_v2 = |subtype| {
        let as_such = MrtRecord { subtype, ..*record };
        table_dump::rib_record(&as_such).is_ok_and(|rib| {
            rib.is_some_and(|rib| {
                let mut entries = rib.entries().peekable();
                entries.peek().is_some()
                    && entries.all(|e| e.is_ok_and(|e| has_path(e.attributes, true)))
            })
        })
    };
    let is_table_dump = |subtype| {
        let as_such = MrtRecord { subtype, ..*record };
        table_dump::table_dump_entries(&as_such).is_some_and(|mut entries| {
            entries.all(|e| e.is_ok_and(|e| has_path(e.attributes, false)))
        })
    };
    [2, 4, 8, 10].into_iter().any(is_table_dump_v2)
        || [1, 2].into_iter().any(is_table_dump)
        || table_dump::peer_index(record.body).is_some_and(|peers| !peers.is_empty())
}

fn has_path(attributes: &[u8], four_byte: bool) -> bool {
    let mut r = ByteReader(attributes);
    let mut found = std::iter::from_fn(|| bgp::next_attribute(&mut r, false));
    found.any(|attribute| attribute.kind == bgp::AS_PATH)
        && bgp::rib_path(attributes, four_byte).is_ok()
}
