//! Who counts, and why the others do not.

use super::feed::{Counted, FeedRule, least};
use super::input::{CollectorData, Peers, Role, Starts};
use super::session::SessionTimeline;
use crate::model::archive::FilePeer;
use crate::model::net::Family;
use crate::model::peer::{Collector, Peer};
use crate::model::time::{Timestamp, Window};
use std::collections::BTreeMap;

/// What became of a peer in a family's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedStatus {
    /// It counts.
    FullFeed,
    /// Its table is smaller than the rule asks.
    TooSmall {
        /// What the rule asks.
        least: u32,
    },
    /// No whole RIB lists it in the family.
    Unlisted,
    /// A route server, left out as asked.
    RouteServer,
}

/// A peer in one family.
#[derive(Debug, Clone, Copy)]
pub struct FamilyReport {
    /// Size of its table in the RIB that starts its replay.
    pub table: Option<u32>,
    /// A message of it was in the family.
    pub heard: bool,
    /// Whether it counts.
    pub status: FeedStatus,
    /// Microseconds of the window in which what it had not spoken of was unknown.
    pub unknown: i64,
    /// Watched routes that later RIBs listed and the replay had absent.
    pub added: u32,
    /// Watched routes that the replay had and later RIBs did not list.
    pub removed: u32,
    /// Outages of watched prefixes through which it kept its route unchanged.
    pub stuck: u32,
}

/// A peer of a run.
#[derive(Debug, Clone)]
pub struct PeerReport {
    /// Who.
    pub peer: Peer,
    /// By family.
    pub families: [FamilyReport; 2],
    /// When it counts, by family.
    pub counted: [Counted; 2],
    /// Losses of its session since replay began.
    pub losses: u32,
    /// UPDATEs that the collector clipped.
    pub clipped: u32,
    /// Most of its paths begin with another AS than its own.
    pub route_server: bool,
}

impl PeerReport {
    /// Whether a RIB showed it to be full-feed in some family.
    pub fn is_full_feed(&self) -> bool {
        self.families
            .iter()
            .any(|f| f.status == FeedStatus::FullFeed)
    }

    /// Whether a whole RIB lists it in some family.
    pub fn is_listed(&self) -> bool {
        self.families.iter().any(|f| f.table.is_some())
    }

    /// Takes over what its timeline tells.
    pub fn add_timeline(&mut self, timeline: &SessionTimeline, window: Window) {
        self.losses = timeline.losses;
        for family in Family::BOTH {
            let unknown = timeline.unknown(family, window.from.0, window.to.0);
            self.families[family.index()].unknown = unknown;
        }
    }

    /// Counts an outage of a prefix through which it kept its route unchanged.
    pub fn add_stuck(&mut self, family: Family) {
        self.families[family.index()].stuck += 1;
    }

    /// Adds to the replay's measured error.
    pub fn add_mismatches(&mut self, family: Family, added: u32, removed: u32) {
        self.families[family.index()].added += added;
        self.families[family.index()].removed += removed;
    }
}

/// Judges every peer of a run.
pub fn peers(
    collectors: &[CollectorData],
    peers: &Peers,
    rule: FeedRule,
    exclude_route_servers: bool,
) -> Vec<PeerReport> {
    let starts = collectors.iter().map(|r| (&r.collector, r.starts()));
    let starts: BTreeMap<&Collector, Starts> = starts.collect();
    let start = |peer: &Peer, family: Family| {
        let starts = starts.get(&peer.collector)?;
        starts.of(peer.session)[family.index()]
    };
    let leasts = Family::BOTH.map(|family| {
        let tables = peers
            .list
            .iter()
            .filter_map(|p| start(p, family))
            .map(|s| s.table);
        least(rule, family, &tables.collect::<Vec<u32>>())
    });
    let appearances = appearances(collectors, peers);
    let report = |(peer, appeared): (&Peer, &Appearances)| {
        let route_server = appeared.is_route_server();
        let left_out = exclude_route_servers && route_server;
        let mut counted = [Counted::default(); 2];
        let families = Family::BOTH.map(|family| {
            let start = start(peer, family);
            let heard = appeared.heard[family.index()];
            let listed = match rule {
                FeedRule::All => appeared.listed[family.index()],
                _ => start
                    .filter(|s| s.table >= leasts[family.index()])
                    .map(|s| s.later.map_or(i64::MIN, |t| t.0)),
            };
            let heard_since = heard.filter(|_| rule == FeedRule::All).map(|t| t.0);
            let status = match (left_out, listed.or(heard_since), start) {
                (true, _, _) => FeedStatus::RouteServer,
                (_, Some(_), _) => FeedStatus::FullFeed,
                (_, None, Some(_)) => FeedStatus::TooSmall {
                    least: leasts[family.index()],
                },
                (_, None, None) => FeedStatus::Unlisted,
            };
            if !left_out {
                counted[family.index()] = Counted {
                    listed,
                    heard: heard_since,
                };
            }
            FamilyReport {
                table: start.map(|s| s.table),
                heard: heard.is_some(),
                status,
                unknown: 0,
                added: 0,
                removed: 0,
                stuck: 0,
            }
        });
        PeerReport {
            peer: peer.clone(),
            families,
            counted,
            losses: 0,
            clipped: appeared.clipped,
            route_server,
        }
    };
    peers.list.iter().zip(&appearances).map(report).collect()
}

/// What a peer's appearances in the files of its collector add up to.
#[derive(Debug, Clone, Default)]
struct Appearances {
    /// When it first spoke of a family.
    heard: [Option<Timestamp>; 2],
    /// Since when any RIB, cut or whole, lists it in a family (the minimum for the start).
    listed: [Option<i64>; 2],
    /// Paths in RIBs, and in updates; of these, paths that begin with another AS than its own.
    paths: [(u64, u64); 2],
    /// UPDATEs that the collector clipped.
    clipped: u32,
}

impl Appearances {
    /// Adds the peer's appearance in a file, a RIB of which acts at `at`.
    fn add(&mut self, peer: &FilePeer, role: Role, at: i64) {
        let since = match role {
            Role::StartRib | Role::FullFeedRib => Some(i64::MIN),
            Role::LaterRib => Some(at),
            Role::UnusableRib | Role::Updates => None,
        };
        for family in Family::BOTH.map(Family::index) {
            let heard = self.heard[family].into_iter().chain(peer.heard[family]);
            self.heard[family] = heard.min();
            let listed = since.filter(|_| peer.table[family] > 0);
            self.listed[family] = self.listed[family].into_iter().chain(listed).min();
        }
        let (paths, foreign) = &mut self.paths[usize::from(role == Role::Updates)];
        *paths += u64::from(peer.paths);
        *foreign += u64::from(peer.foreign_paths);
        self.clipped += peer.clipped;
    }

    /// By the paths of its RIBs; without one, by those of its updates.
    const fn is_route_server(&self) -> bool {
        let (paths, foreign) = match self.paths {
            [(0, _), updates] => updates,
            [ribs, _] => ribs,
        };
        foreign * 2 > paths
    }
}

/// By peer.
fn appearances(collectors: &[CollectorData], peers: &Peers) -> Vec<Appearances> {
    let mut all = vec![Appearances::default(); peers.list.len()];
    for data in collectors {
        for file in &data.files {
            let found = file.main();
            let at = found.latest.unwrap_or(file.file.start).0;
            let numbers = peers.numbers(&data.collector, &found);
            for (peer, number) in found.peers.iter().zip(numbers) {
                if let Some(appearances) = all.get_mut(number as usize) {
                    appearances.add(peer, file.role, at);
                }
            }
        }
    }
    all
}
