//! Files → what became of each session.

use super::input::{CollectorData, Peers, Role};
use super::session::{Listing, RibStep, SessionEvent};
use super::{Key, silence};
use crate::model::archive::{FileContents, FilePeer};
use crate::model::peer::{PeerId, Project};
use crate::model::route::What;
use crate::model::time::Timestamp;
use std::collections::BTreeMap;

/// What happened to each session, silence left aside; by peer.
pub fn of(collectors: &[CollectorData], peers: &Peers) -> Vec<Vec<(Key, SessionEvent)>> {
    let mut signs: Vec<Vec<(Key, SessionEvent)>> = vec![Vec::new(); peers.list.len()];
    for data in collectors {
        let mut lives: Vec<Vec<Key>> = vec![Vec::new(); peers.list.len()];
        let mut common: Vec<(Key, SessionEvent)> = Vec::new();
        let gap = |at: i64| (Key::before(at), SessionEvent::Gap);
        common.extend(data.gaps.iter().map(|h| gap(h.from.0)));
        for (id, read) in data.numbered() {
            let decoded = read.main();
            let numbers = peers.numbers(&data.collector, &decoded);
            match read.role {
                Role::Updates => {
                    if let Some((key, _)) = read.cut() {
                        common.push((Key { file: id, ..key }, SessionEvent::Gap));
                    }
                    let unread = decoded.damaged.iter().filter(|d| d.peer.is_none());
                    let in_span = unread.filter(|d| d.time >= data.start);
                    common.extend(
                        in_span
                            .map(|d| (Key::record(d.time.0, id, d.offset), SessionEvent::Damage)),
                    );
                    for event in &decoded.events {
                        let key = Key::record(event.time, id, event.offset);
                        let peer = numbers[event.peer as usize] as usize;
                        let sign = match event.what {
                            What::State { old, new } => SessionEvent::State { old, new },
                            What::Update => {
                                lives[peer].push(key);
                                continue;
                            }
                            What::EndOfRib(family) => SessionEvent::EndOfRib(family),
                            What::Damaged => SessionEvent::Damage,
                            What::Announce { .. } | What::Withdraw { .. } => continue,
                        };
                        signs[peer].push((key, sign));
                    }
                }
                Role::LaterRib => {
                    let key = Key::record(read.last().0, id, 0);
                    for (peer, &number) in decoded.peers.iter().zip(&numbers) {
                        let step = RibStep {
                            file: id,
                            listing: listing(&decoded, peer),
                            first_entry: peer.first_entry.unwrap_or(read.file.start).0,
                        };
                        if peer.table != [0; 2] {
                            signs[number as usize].push((key, SessionEvent::Rib(step)));
                        }
                    }
                }
                Role::StartRib | Role::FullFeedRib | Role::UnusableRib => {}
            }
        }
        for ((peer, signs), lives) in peers.list.iter().zip(&mut signs).zip(lives) {
            if peer.collector == data.collector {
                signs.extend(that_tell(&lives, signs));
                signs.extend(&common);
            }
        }
    }
    signs
}

/// Of the first UPDATEs in a peer's files those that tell anything: the first after each loss of
/// its session. To say again that a session lives is nothing, and there is an UPDATE for every
/// file and peer.
fn that_tell(lives: &[Key], signs: &[(Key, SessionEvent)]) -> Vec<(Key, SessionEvent)> {
    let losses = signs.iter().filter(|(_, sign)| sign.is_loss());
    let mut losses: Vec<(Key, Option<Key>)> = losses.map(|(key, _)| (*key, None)).collect();
    losses.sort_unstable();
    for key in lives {
        let before = losses.partition_point(|(loss, _)| loss < key);
        if let Some((_, first)) = losses[..before].last_mut() {
            *first = Some(first.map_or(*key, |first| first.min(*key)));
        }
    }
    let firsts = losses.into_iter().filter_map(|(_, first)| first);
    firsts.map(|key| (key, SessionEvent::Update)).collect()
}

/// How a RIB lists a peer, per family.
pub fn listing(decoded: &FileContents, peer: &FilePeer) -> [Listing; 2] {
    peer.table.map(|size| match (size, decoded.is_whole()) {
        (0, _) => Listing::None,
        (_, true) => Listing::Whole,
        (_, false) => Listing::Partial,
    })
}

/// A silence of a peer, with what is needed to tell whether it came back with a new session.
#[derive(Debug, Clone, Copy)]
pub struct PeerSilence {
    /// Who.
    pub peer: PeerId,
    /// When.
    pub silence: silence::Silence,
    /// Its table, both families, in the RIB that starts its replay; 0 where none does.
    pub table: u32,
}

/// The silences of RouteViews peers that `applies` holds for.
pub fn silences(
    collectors: &[CollectorData],
    peers: &Peers,
    threshold: i64,
    end: Timestamp,
    applies: impl Fn(PeerId) -> bool,
) -> Vec<PeerSilence> {
    let mut found = Vec::new();
    for data in collectors {
        if data.collector.project() != Project::RouteViews {
            continue;
        }
        let (uncovered, starts) = (data.uncovered(), data.starts());
        let mut runs: BTreeMap<PeerId, Vec<(i64, i64)>> = BTreeMap::new();
        for (_, read) in data.with_role(Role::Updates) {
            let found = read.main();
            let numbers = peers.numbers(&data.collector, &found);
            for (peer, number) in found.peers.iter().zip(numbers) {
                runs.entry(number).or_default().extend(&peer.activity);
            }
        }
        for (id, peer) in (0..).zip(&peers.list) {
            if peer.collector != data.collector || !applies(id) {
                continue;
            }
            let mut runs = runs.remove(&id).unwrap_or_default();
            let starts = starts.of(peer.session);
            let begins = starts
                .iter()
                .flatten()
                .map(|s| s.later.unwrap_or(data.start));
            // The RIB's time is the first of its records.
            if let Some(at) = begins.min() {
                runs.retain(|run| run.1 >= at.0);
                if let Some(first) = runs.first_mut() {
                    first.0 = first.0.max(at.0);
                }
                runs.push((at.0, at.0));
            }
            let table = starts.iter().flatten().map(|s| s.table).sum();
            crate::decode::merge_spans(&mut runs, threshold);
            let silences = silence::find(&runs, &uncovered, threshold, end.0);
            found.extend(silences.into_iter().map(|silence| PeerSilence {
                peer: id,
                silence,
                table,
            }));
        }
    }
    found
}
