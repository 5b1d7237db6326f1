//! How the units of one group are reached at each peer, and from the vantage ASes together, at one
//! instant.

use super::history::{PresenceChange, PresenceHistory};
use crate::model::net::Family;
use crate::model::peer::PeerId;
use crate::model::route::Presence;
use crate::model::visibility::Coverage;
use crate::tally::event_merge::EventMerge;
use crate::tally::vantage::{PeerActivation, PeerActivity, VantageSet};
use crate::tally::{CountingInputs, CountingRules};

/// Counts how the vantage ASes reach the units of one group, at one instant.
///
/// [`CoverageCounter::note`] and [`CoverageCounter::note_activation`] only follow what happens;
/// [`CoverageCounter::count`] then counts from scratch, and [`CoverageCounter::change`] and
/// [`CoverageCounter::activate`] keep that count up to date.
#[derive(Clone)]
pub(super) struct CoverageCounter<'a> {
    vantages: &'a VantageSet,
    /// How many routes cover the units.
    routes: usize,
    /// By peer and route, the shortest route first.
    presence: Vec<Presence>,
    /// By peer. Its presence is known as soon as that of any of the routes is.
    activity: Vec<PeerActivity>,
    /// The first route that is long enough to reach the units directly.
    direct_from: usize,
    /// By vantage AS.
    by_vantage: Vec<VantageCoverage>,
    full_feed: u32,
    counts: CoverageCounts,
}

/// How many, indexed by `coverage as usize`.
type CoverageCounts = [u32; 4];

/// The counted peers of one vantage AS.
#[derive(Debug, Clone, Copy, Default)]
struct VantageCoverage {
    /// Peers that count in the family.
    in_family: u32,
    /// Peers that count for the units.
    peers: CoverageCounts,
}

impl VantageCoverage {
    /// The best coverage that any of the peers has; none only where all of them have none.
    const fn coverage(self) -> Coverage {
        let [direct, covered, none, unknown] = self.peers;
        match (direct, covered, unknown, none) {
            (1.., _, _, _) => Coverage::Direct,
            (0, 1.., _, _) => Coverage::Covered,
            (0, 0, 0, 1..) => Coverage::None,
            _ => Coverage::Unknown,
        }
    }
}

impl<'a> CoverageCounter<'a> {
    /// The state when replay starts, and what happens from there. `routes` come the shortest first.
    pub(super) fn at_start(
        family: Family,
        routes: &[(&'a PresenceHistory, bool)],
        inputs: CountingInputs<'a>,
    ) -> (EventMerge<'a, PresenceChange>, Self) {
        let changes = routes.iter().map(|route| route.0.changes.as_slice());
        let activations = inputs.vantages.activations(family);
        let events = EventMerge::new(activations, changes);
        (events, Self::new(inputs.vantages, family, routes))
    }

    fn new(
        vantages: &'a VantageSet,
        family: Family,
        histories: &[(&PresenceHistory, bool)],
    ) -> Self {
        let peers = vantages.by_peer().len();
        let routes = histories.len();
        let mut presence = Vec::with_capacity(peers * routes);
        for peer in 0..peers {
            presence.extend(histories.iter().map(|h| h.0.initial[peer]));
        }
        let is_known = |of_peer: &[Presence]| of_peer.iter().any(|p| *p != Presence::Unknown);
        let activity = presence
            .chunks(routes.max(1))
            .map(|of_peer| PeerActivity::inactive(is_known(of_peer)));
        let mut counter = Self {
            vantages,
            routes,
            activity: activity.collect(),
            presence,
            direct_from: 0,
            by_vantage: vec![VantageCoverage::default(); vantages.len()],
            full_feed: 0,
            counts: CoverageCounts::default(),
        };
        for activation in vantages.active_at_start(family) {
            counter.note_activation(activation);
        }
        counter
    }

    /// A presence changes.
    pub(super) fn note(&mut self, route: usize, peer: PeerId, to: Presence) {
        self.presence[peer as usize * self.routes + route] = to;
        if to != Presence::Unknown {
            self.activity[peer as usize].observe();
        }
    }

    /// A peer starts to count.
    pub(super) fn note_activation(&mut self, activation: &PeerActivation) {
        self.activity[activation.peer as usize].activate(activation);
    }

    /// Counts from scratch, taking the routes from `direct_from` on for long enough to be direct.
    pub(super) fn count(&mut self, direct_from: usize) {
        self.direct_from = direct_from;
        self.by_vantage.fill(VantageCoverage::default());
        (self.full_feed, self.counts) = (0, CoverageCounts::default());
        for peer in 0..self.activity.len() {
            let activity = self.activity[peer];
            let index = self.vantages.by_peer()[peer] as usize;
            self.by_vantage[index].in_family += u32::from(activity.counts_in_family());
            if activity.counts() {
                let coverage = self.at_peer(peer);
                self.by_vantage[index].peers[coverage as usize] += 1;
            }
        }
        for vantage in &self.by_vantage {
            if vantage.in_family > 0 {
                self.full_feed += 1;
                self.counts[vantage.coverage() as usize] += 1;
            }
        }
    }

    /// A presence changes, and the count with it.
    pub(super) fn change(&mut self, route: usize, peer: PeerId, to: Presence) {
        self.alter(peer, |counter| counter.note(route, peer, to));
    }

    /// A peer starts to count, and the count changes with it.
    pub(super) fn activate(&mut self, activation: &PeerActivation) {
        self.alter(activation.peer, |counter| {
            counter.note_activation(activation);
        });
    }

    fn alter(&mut self, peer: PeerId, how: impl FnOnce(&mut Self)) {
        let peer = peer as usize;
        let index = self.vantages.by_peer()[peer] as usize;
        let (activity, coverage) = (self.activity[peer], self.at_peer(peer));
        how(self);
        let (activity_now, coverage_now) = (self.activity[peer], self.at_peer(peer));
        let before = self.by_vantage[index];
        let vantage = &mut self.by_vantage[index];
        vantage.in_family = vantage.in_family - u32::from(activity.counts_in_family())
            + u32::from(activity_now.counts_in_family());
        vantage.peers[coverage as usize] -= u32::from(activity.counts());
        vantage.peers[coverage_now as usize] += u32::from(activity_now.counts());
        let after = *vantage;
        if before.in_family > 0 {
            self.full_feed -= 1;
            self.counts[before.coverage() as usize] -= 1;
        }
        if after.in_family > 0 {
            self.full_feed += 1;
            self.counts[after.coverage() as usize] += 1;
        }
    }

    /// How the units are reached at a peer, by the longest route that is present there. Where the
    /// presence of a long enough route is unknown, a shorter one cannot settle it.
    fn at_peer(&self, peer: usize) -> Coverage {
        let routes = &self.presence[peer * self.routes..][..self.routes];
        let (shorter, direct) = routes.split_at(self.direct_from);
        match any(direct) {
            Presence::Present => Coverage::Direct,
            Presence::Unknown => Coverage::Unknown,
            Presence::Absent => match any(shorter) {
                Presence::Present => Coverage::Covered,
                Presence::Unknown => Coverage::Unknown,
                Presence::Absent => Coverage::None,
            },
        }
    }

    /// How the vantage ASes together reach the units: by at least half of those known.
    pub(super) fn coverage(&self, rules: &CountingRules) -> Coverage {
        let [direct, covered, none, _] = self.counts;
        let known = direct + covered + none;
        if rules.is_too_few(known, self.full_feed) {
            Coverage::Unknown
        } else if direct * 2 >= known {
            Coverage::Direct
        } else if (direct + covered) * 2 >= known {
            Coverage::Covered
        } else {
            Coverage::None
        }
    }
}

/// Whether any of some routes is present.
fn any(routes: &[Presence]) -> Presence {
    if routes.contains(&Presence::Present) {
        Presence::Present
    } else if routes.contains(&Presence::Unknown) {
        Presence::Unknown
    } else {
        Presence::Absent
    }
}
