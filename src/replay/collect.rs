//! FileContents files → what the replay works on, in one pass. Each file is unpacked once, feeds the
//! peers, their sessions and the observations of prefixes, and keeps only the facts about the file
//! itself: of months of files the routes are most of what is held.

use super::input::CollectorData;
use super::observations::{ObservationCollector, Observations};
use super::session_events::{CollectedPeer, SessionCollector};
use crate::model::peer::PeerId;
use crate::model::time::Timestamp;

/// What the files of a run hold, sorted by peer and by prefix.
#[derive(Debug)]
pub struct Collected {
    /// The peers of the run, sorted. A `PeerId` is an index into this list.
    pub peers: Vec<CollectedPeer>,
    /// The observations of every watched prefix, and of those that cover watched space.
    pub observations: Observations,
}

/// Collects the files of all collectors, whose routes are dropped here. `end` is the window's;
/// `silence_threshold` is in microseconds.
pub fn collect(
    collectors: &mut [CollectorData],
    end: Timestamp,
    silence_threshold: i64,
) -> Collected {
    let mut peers: Vec<CollectedPeer> = Vec::new();
    let mut observations = ObservationCollector::new(end);
    // Collectors are sorted, so only the peers of one collector may change places.
    let mut final_numbers: Vec<PeerId> = Vec::new();
    for data in collectors {
        let first_peer = peers.len() as PeerId;
        let mut sessions = SessionCollector::new(data.start, &data.gaps, first_peer);
        for (id, file) in (data.first_file..).zip(&mut data.files) {
            let facts = file.facts(id);
            file.take_routes(|pass, contents| {
                let numbers = sessions.numbers(contents);
                if pass == 0 {
                    sessions.add(&facts, contents, &numbers);
                }
                observations.add(&facts, contents, &numbers);
            });
        }
        let (collected, places) = sessions.finish(&data.collector, end, silence_threshold);
        final_numbers.extend(places.iter().map(|place| first_peer + place));
        peers.extend(collected);
    }
    Collected {
        peers,
        observations: observations.finish(&final_numbers),
    }
}
