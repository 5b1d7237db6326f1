//! Feed classification: which peers carry a full table, and so count, and why the others do not.

use super::RecordOrder;
use super::feed::{FullFeedSince, least};
use super::session::SessionTimeline;
use super::session_events::CollectedPeer;
use crate::model::net::Family;
use crate::model::peer::Peer;
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::study::{FeedRule, Rules};

/// How a peer's feed is classified in a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedStatus {
    /// A full feed: the peer counts.
    FullFeed,
    /// Its table is smaller than the rule asks.
    TooSmall {
        /// The smallest table that is a full feed, in prefixes.
        least: u32,
    },
    /// No whole RIB lists it in the family.
    Unlisted,
    /// A route server, left out on request.
    RouteServer,
}

/// A peer in one family, with how the replay fared.
#[derive(Debug, Clone, Copy)]
pub struct FamilyReport {
    /// Prefixes in its table in the RIB that starts its replay; nothing without such a RIB.
    pub table: Option<u32>,
    /// Time of its first message with routes of the family; nothing where none was received.
    pub first_message: Option<Timestamp>,
    /// How its feed is classified.
    pub status: FeedStatus,
    /// How long in the window the peer as a whole is unknown ([`SessionTimeline::unknown`]).
    pub unknown: TimeDelta,
    /// Watched routes that a later RIB lists and that the replay had absent.
    pub added: u32,
    /// Watched routes that the replay had present and that a later RIB does not list.
    pub removed: u32,
    /// Outages of watched prefixes through which it kept its route unchanged.
    pub stuck: u32,
}

/// A peer of a run: one row of `peers` per family.
#[derive(Debug, Clone)]
pub struct PeerReport {
    /// The peer.
    pub peer: Peer,
    /// By family.
    pub families: [FamilyReport; 2],
    /// By family: since when it counts.
    pub counted: [FullFeedSince; 2],
    /// Losses of its session since the replay began.
    pub losses: u32,
    /// UPDATEs that the collector wrote shorter than their BGP length.
    pub clipped: u32,
    /// Most of its paths begin with another AS than its own.
    pub route_server: bool,
}

impl PeerReport {
    /// Whether it is a full feed in some family.
    pub(crate) fn is_full_feed(&self) -> bool {
        let mut families = self.families.iter();
        families.any(|f| f.status == FeedStatus::FullFeed)
    }

    /// Whether a whole RIB lists it in some family.
    pub(crate) fn is_listed(&self) -> bool {
        self.families.iter().any(|f| f.table.is_some())
    }

    /// Whether silence makes it unknown: if a RIB showed it to be full-feed; where every peer
    /// counts, if a RIB lists it and the question sets a length of silence.
    pub(crate) fn is_judged_by_silence(&self, rules: &Rules) -> bool {
        match rules.full_feed {
            FeedRule::All => rules.silence.is_some() && self.is_listed(),
            _ => self.is_full_feed(),
        }
    }

    /// Adds the losses and the unknown time of its session. `resumed` are its first UPDATEs after
    /// gaps and damage, in order.
    pub(crate) fn add_timeline(
        &mut self,
        timeline: &SessionTimeline,
        resumed: &[RecordOrder],
        window: Window,
    ) {
        self.losses = timeline.losses;
        for (family, report) in Family::BOTH.into_iter().zip(&mut self.families) {
            report.unknown = timeline.unknown(family, report.first_message, resumed, window);
        }
    }

    /// Counts an outage of a prefix through which it kept its route unchanged.
    pub(crate) fn add_stuck(&mut self, family: Family) {
        self.families[family.index()].stuck += 1;
    }

    /// Adds routes of one prefix that later RIBs added and removed: the replay's measured error.
    pub(crate) fn add_mismatches(&mut self, family: Family, added: u32, removed: u32) {
        self.families[family.index()].added += added;
        self.families[family.index()].removed += removed;
    }
}

/// Classifies every peer of a run.
pub(crate) fn peers(
    peers: &[CollectedPeer],
    rule: FeedRule,
    exclude_route_servers: bool,
) -> Vec<PeerReport> {
    let leasts = Family::BOTH.map(|family| {
        let starts = peers.iter().filter_map(|p| p.starts[family.index()]);
        let tables: Vec<u32> = starts.map(|s| s.table).collect();
        least(rule, family, &tables)
    });
    let report = |peer: &CollectedPeer| {
        let evidence = &peer.evidence;
        let route_server = evidence.is_route_server();
        let left_out = exclude_route_servers && route_server;
        let mut counted = [FullFeedSince::default(); 2];
        let families = Family::BOTH.map(|family| {
            let at = family.index();
            let start = peer.starts[at];
            let listed = match rule {
                FeedRule::All => evidence.listed[at],
                _ => start
                    .filter(|s| s.table >= leasts[at])
                    .map(|s| s.later.unwrap_or(Timestamp::BEFORE_ALL)),
            };
            let heard = evidence.first_message[at];
            let active_since = heard.filter(|_| rule == FeedRule::All);
            let status = match (left_out, listed.or(active_since), start) {
                (true, _, _) => FeedStatus::RouteServer,
                (_, Some(_), _) => FeedStatus::FullFeed,
                (_, None, Some(_)) => FeedStatus::TooSmall { least: leasts[at] },
                (_, None, None) => FeedStatus::Unlisted,
            };
            if !left_out {
                counted[at] = FullFeedSince {
                    listed,
                    active: active_since,
                };
            }
            FamilyReport {
                table: start.map(|s| s.table),
                first_message: heard,
                status,
                unknown: TimeDelta::ZERO,
                added: 0,
                removed: 0,
                stuck: 0,
            }
        });
        PeerReport {
            peer: peer.peer.clone(),
            families,
            counted,
            losses: 0,
            clipped: evidence.clipped,
            route_server,
        }
    };
    peers.iter().map(report).collect()
}
