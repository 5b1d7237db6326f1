//! The contents of a file as bytes, and back. The bytes may be corrupt: contents that come back are
//! valid, or none come back.

use super::stamp::Stamp;
use crate::decode;
use crate::model::archive::FileContents;
use crate::model::route::RouteAction;
use crate::model::time::{SECOND, Timestamp};

/// Contents as bytes, with the stamp by which their file is recognised; nothing where they cannot be
/// serialised.
pub(crate) fn pack(stamp: Option<Stamp>, decoded: &FileContents) -> Option<Vec<u8>> {
    postcard::to_allocvec(&(stamp, decoded)).ok()
}

/// Contents from bytes, with the stamp of their file.
pub(crate) fn unpack(bytes: &[u8]) -> Option<(Option<Stamp>, FileContents)> {
    let (found, rest) = postcard::take_from_bytes::<(Option<Stamp>, FileContents)>(bytes).ok()?;
    let is_whole = rest.is_empty() && is_sound(&found.1);
    is_whole.then_some(found)
}

/// Whether every index is in range, every record type exists, and every time is one that a record can
/// carry.
fn is_sound(decoded: &FileContents) -> bool {
    let is_in = |place: u32, length: usize| (place as usize) < length;
    let is_peer = |place| is_in(place, decoded.peers.len());
    let is_prefix = |place| is_in(place, decoded.prefixes.len());
    let is_path = |place| is_in(place, decoded.paths.len());
    let is_time = |time: i64| (0..=i64::from(u32::MAX) * SECOND + SECOND).contains(&time);
    let is_stamp = |time: &Option<Timestamp>| time.is_none_or(|t| is_time(t.0));
    let peers = decoded.peers.iter().all(|peer| {
        let times = peer
            .first_message
            .iter()
            .chain([&peer.first_entry])
            .all(is_stamp);
        let spans = peer.activity.iter();
        times
            && spans
                .clone()
                .all(|(from, to)| is_time(*from) && is_time(*to))
    });
    let routes = decoded.routes.iter().all(|route| {
        let has_path = match route.action {
            RouteAction::Announce { path, .. } => is_path(path),
            RouteAction::Withdraw { .. } => true,
            // Of a dump, which has entries.
            RouteAction::Listed { .. } => false,
        };
        has_path && is_peer(route.peer) && is_prefix(route.prefix) && is_time(route.time.0)
    });
    let sessions = decoded.sessions.iter();
    let sessions = sessions
        .clone()
        .all(|s| is_peer(s.peer) && is_time(s.time.0));
    let entries = decoded
        .entries
        .iter()
        .all(|entry| is_peer(entry.peer) && is_prefix(entry.prefix) && is_path(entry.path));
    let times = [decoded.first, decoded.last, decoded.latest];
    let damaged = decoded.damaged.iter().all(|d| is_time(d.time.0));
    let names = decoded
        .records
        .keys()
        .all(|name| decode::is_record_type(name));
    peers && routes && sessions && entries && names && times.iter().all(is_stamp) && damaged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::archive::{DamagedRecord, Ending, FilePeer};
    use crate::model::net::{Family, Prefix};
    use crate::model::path::{AsPath, Segment};
    use crate::model::peer::Session;
    use crate::model::route::{RibEntry, RouteEvent, SessionEvent, SessionRecord};
    use proptest::collection::vec;
    use proptest::prelude::*;

    const MOST: u32 = 5;

    fn time() -> impl Strategy<Value = Timestamp> {
        (0..=i64::from(u32::MAX) * SECOND).prop_map(Timestamp)
    }

    fn session() -> impl Strategy<Value = Session> {
        let session = |(asn, ip)| Session { asn, ip };
        (any::<u32>(), any::<std::net::IpAddr>()).prop_map(session)
    }

    fn prefix() -> impl Strategy<Value = Prefix> {
        let family = prop_oneof![Just(Family::V4), Just(Family::V6)];
        let parts = (family, any::<u128>(), 0..=128u8);
        parts.prop_map(|(family, bits, len)| Prefix::new(family, bits, len))
    }

    fn peer() -> impl Strategy<Value = FilePeer> {
        let times = (prop::option::of(time()), prop::option::of(time()));
        let span = (time(), time()).prop_map(|(from, to)| (from.0, to.0));
        let numbers = (any::<[u32; 2]>(), any::<u32>(), any::<u32>(), any::<u32>());
        let parts = (session(), times, vec(span, 0..4), numbers);
        parts.prop_map(|(session, (a, b), activity, numbers)| FilePeer {
            table: numbers.0,
            first_entry: a,
            first_message: [b, a],
            activity,
            paths: numbers.1,
            foreign_paths: numbers.2,
            clipped: numbers.3,
            ..FilePeer::new(session)
        })
    }

    fn path() -> impl Strategy<Value = AsPath> {
        let asns = || vec(any::<u32>(), 0..5);
        let segment = prop_oneof![
            asns().prop_map(Segment::Sequence),
            asns().prop_map(Segment::Set),
            asns().prop_map(Segment::Confederation),
        ];
        vec(segment, 0..4).prop_map(|segments| AsPath { segments })
    }

    fn route_event() -> impl Strategy<Value = RouteEvent> {
        let announce = (any::<u32>(), 0..MOST);
        let announce = announce.prop_map(|(path_id, path)| RouteAction::Announce { path_id, path });
        let withdraw = any::<u32>().prop_map(|path_id| RouteAction::Withdraw { path_id });
        let action = prop_oneof![announce, withdraw];
        let parts = (time(), any::<u64>(), 0..MOST, 0..MOST, action);
        parts.prop_map(|(time, offset, peer, prefix, action)| RouteEvent {
            time,
            offset,
            peer,
            prefix,
            action,
        })
    }

    fn session_record() -> impl Strategy<Value = SessionRecord> {
        let state = any::<(u16, u16)>().prop_map(|(old, new)| SessionEvent::State { old, new });
        let others = vec![
            SessionEvent::Update,
            SessionEvent::EndOfRib(Family::V6),
            SessionEvent::Damage,
        ];
        let event = prop_oneof![state, prop::sample::select(others)];
        let parts = (time(), any::<u64>(), 0..MOST, event);
        parts.prop_map(|(time, offset, peer, event)| SessionRecord {
            time,
            offset,
            peer,
            event,
        })
    }

    fn entry() -> impl Strategy<Value = RibEntry> {
        let parts = (0..MOST, 0..MOST, any::<u32>(), 0..MOST, any::<u64>());
        parts.prop_map(|(peer, prefix, path_id, path, offset)| RibEntry {
            peer,
            prefix,
            path_id,
            path,
            offset,
        })
    }

    fn damaged() -> impl Strategy<Value = DamagedRecord> {
        let parts = (time(), any::<u64>(), prop::option::of(session()), ".{0,20}");
        parts.prop_map(|(time, offset, peer, reason)| DamagedRecord {
            time,
            offset,
            peer,
            reason,
        })
    }

    fn ending() -> impl Strategy<Value = Ending> {
        let cut = |(offset, reason)| Ending::Cut { offset, reason };
        let cut = (any::<u64>(), ".{0,20}").prop_map(cut);
        prop_oneof![Just(Ending::Whole), cut]
    }

    prop_compose! {
        fn decoded()(
            peers in vec(peer(), MOST as usize),
            prefixes in vec(prefix(), MOST as usize),
            paths in vec(path(), MOST as usize),
            routes in vec(route_event(), 0..20),
            sessions in vec(session_record(), 0..20),
            entries in vec(entry(), 0..20),
            discovered in vec(prefix(), 0..5),
            has_all_covering: bool,
            times in prop::array::uniform3(prop::option::of(time())),
            bytes: u64,
            sha256 in "[0-9a-f]{64}",
            counts in any::<[u64; 3]>(),
            damaged in vec(damaged(), 0..3),
            ending in ending(),
        ) -> FileContents {
            let names = ["BGP4MP/MESSAGE", "TYPE_99", "TABLE_DUMP_V2/RIB_IPV4_UNICAST"];
            FileContents {
                peers, prefixes, paths, routes, sessions, entries, discovered, has_all_covering,
                first: times[0], last: times[1], latest: times[2],
                bytes, sha256, damaged, ending,
                records: names.map(Into::into).into_iter().zip(counts).collect(),
            }
        }
    }

    proptest! {
        /// What comes back is what was kept.
        #[test]
        fn there_and_back(decoded in decoded()) {
            let bytes = pack(None, &decoded).unwrap();
            prop_assert_eq!(unpack(&bytes), Some((None, decoded)));
        }

        /// Bytes that are something else come back as something sound, or not at all.
        #[test]
        fn broken_bytes_do_no_harm(decoded in decoded(), at: prop::sample::Index, with: u8) {
            let mut bytes = pack(None, &decoded).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = with;
            if let Some((_, found)) = unpack(&bytes) {
                prop_assert!(is_sound(&found));
            }
            prop_assert_eq!(unpack(&bytes[..at]), None);
        }

        #[test]
        fn any_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..300)) {
            if let Some((_, found)) = unpack(&bytes) {
                prop_assert!(is_sound(&found));
            }
        }
    }
}
