//! What was found in a file, as bytes, and back. Bytes may be anything: what comes back is sound, or
//! does not come back.

use super::stamp::Stamp;
use crate::decode;
use crate::model::archive::Decoded;
use crate::model::route::What;
use crate::model::time::{SECOND, Timestamp};
use serde::{Deserialize, Serialize};

/// Beside the finding: how its file can be known again, and the names that only the decoder has.
#[derive(Serialize, Deserialize)]
struct Beside {
    stamp: Option<Stamp>,
    records: Vec<(String, u64)>,
}

/// A finding as bytes; nothing where that cannot be.
pub fn pack(stamp: Option<Stamp>, decoded: &Decoded) -> Option<Vec<u8>> {
    let records = decoded.records.iter();
    let beside = Beside {
        stamp,
        records: records.map(|(name, n)| ((*name).to_owned(), *n)).collect(),
    };
    postcard::to_allocvec(&(beside, decoded)).ok()
}

/// A finding out of bytes.
pub fn unpack(bytes: &[u8]) -> Option<(Option<Stamp>, Decoded)> {
    let ((beside, mut decoded), rest) =
        postcard::take_from_bytes::<(Beside, Decoded)>(bytes).ok()?;
    let records = beside.records.into_iter();
    let named = records.map(|(name, n)| Some((decode::record_type(&name)?, n)));
    decoded.records = named.collect::<Option<_>>()?;
    let is_sound = rest.is_empty() && is_sound(&decoded);
    is_sound.then_some((beside.stamp, decoded))
}

/// Whether every place that is named is there, and every time one that a record can carry.
fn is_sound(decoded: &Decoded) -> bool {
    let is_in = |place: u32, length: usize| (place as usize) < length;
    let is_peer = |place| is_in(place, decoded.peers.len());
    let is_prefix = |place| is_in(place, decoded.prefixes.len());
    let is_path = |place| is_in(place, decoded.paths.len());
    let is_time = |time: i64| (0..=i64::from(u32::MAX) * SECOND + SECOND).contains(&time);
    let is_stamp = |time: &Option<Timestamp>| time.is_none_or(|t| is_time(t.0));
    let peers = decoded.peers.iter().all(|peer| {
        let times = peer.heard.iter().chain([&peer.first_entry]).all(is_stamp);
        let spans = peer.activity.iter();
        times
            && spans
                .clone()
                .all(|(from, to)| is_time(*from) && is_time(*to))
    });
    let events = decoded.events.iter().all(|event| {
        let what = match event.what {
            What::Announce { prefix, path, .. } => is_prefix(prefix) && is_path(path),
            What::Withdraw { prefix, .. } => is_prefix(prefix),
            What::State { .. } | What::Update | What::EndOfRib(_) | What::Damaged => true,
        };
        what && is_peer(event.peer) && is_time(event.time)
    });
    let entries = decoded
        .entries
        .iter()
        .all(|entry| is_peer(entry.peer) && is_prefix(entry.prefix) && is_path(entry.path));
    let times = [decoded.first, decoded.last, decoded.latest];
    let damaged = decoded.damaged.iter().all(|d| is_time(d.time.0));
    peers && events && entries && times.iter().all(is_stamp) && damaged
}
