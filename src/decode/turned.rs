//! Records of types that say nothing here (RFC 6396 has START and PEER_DOWN, OSPF and more) are
//! passed over. Where the body of one reads from first to last as a record that does say something,
//! a broken byte has turned its type: no other type's body begins with a session and a BGP message,
//! or is a peer table or a prefix with its routes to the last byte.

use super::mrt::{self, Carried, Reader, Record};
use super::rib;
use super::{attribute, bgp};
use crate::model::peer::Session;

/// Whose message, or change of state, a record of another type holds.
pub fn message(record: &Record<'_>) -> Option<Session> {
    // Behind the microseconds of an extended record, or without.
    let bodies = [0, 4].into_iter().filter_map(|n| record.body.get(n..));
    for body in bodies {
        for subtype in [1, 4, 0, 5] {
            let kind = mrt::BGP4MP;
            let as_such = Record {
                kind,
                subtype,
                body,
                ..*record
            };
            match mrt::carried(&as_such) {
                Ok((session, Carried::State { .. })) => return Some(session),
                Ok((session, Carried::Message { bytes, .. })) if bgp::is_framed(bytes) => {
                    return Some(session);
                }
                _ => {}
            }
        }
    }
    legacy(record)
}

/// Whose bare UPDATE (of the old type BGP) it holds.
pub fn legacy(record: &Record<'_>) -> Option<Session> {
    let as_such = Record {
        kind: mrt::BGP,
        subtype: 1,
        ..*record
    };
    let Ok((session, Carried::BareUpdate(bytes))) = mrt::carried(&as_such) else {
        return None;
    };
    let update = bgp::update(bytes, false, false, false).ok()?;
    let mut spoken = update.withdrawn.iter().chain(&update.announced).flatten();
    spoken.next().map(|_| session)
}

/// Whether a record of another type is a peer table, or lists routes.
pub fn listing(record: &Record<'_>) -> bool {
    let lists = |subtype| {
        let as_such = Record { subtype, ..*record };
        rib::listing(&as_such).is_ok_and(|listing| {
            listing.is_some_and(|listing| {
                let mut entries = listing.entries().peekable();
                entries.peek().is_some()
                    && entries.all(|e| e.is_ok_and(|e| has_path(e.attributes, true)))
            })
        })
    };
    let lists_as_of_old = |subtype| {
        let as_such = Record { subtype, ..*record };
        rib::old_entries(&as_such).is_some_and(|mut entries| {
            entries.all(|e| e.is_ok_and(|e| has_path(e.attributes, false)))
        })
    };
    [2, 4, 8, 10].into_iter().any(lists)
        || [1, 2].into_iter().any(lists_as_of_old)
        || rib::peer_index(record.body).is_some_and(|peers| !peers.is_empty())
}

fn has_path(attributes: &[u8], four_byte: bool) -> bool {
    let mut r = Reader(attributes);
    let mut kinds = std::iter::from_fn(|| attribute::next(&mut r, false).map(|(kind, ..)| kind));
    kinds.any(|kind| kind == attribute::AS_PATH) && bgp::rib_path(attributes, four_byte).is_ok()
}
