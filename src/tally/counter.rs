//! The visibility of one prefix at one instant, kept up to date change by change.

use super::CountingInputs;
use super::event_merge::MergedEvent;
use super::upstreams::{PeerContribution, UpstreamCounter};
use super::vantage::{PeerActivation, PeerActivity};
use crate::model::net::Family;
use crate::model::peer::PeerId;
use crate::model::route::{Change, NONE, PathId, Presence};
use crate::model::visibility::Visibility;
use crate::replay::History;

/// The counted peers of one vantage AS.
#[derive(Debug, Clone, Copy, Default)]
struct VantagePeers {
    /// Peers that count in the family.
    in_family: u32,
    /// Of these, peers that count for the prefix, by presence.
    present: u32,
    absent: u32,
    unknown: u32,
}

impl VantagePeers {
    /// A vantage AS sees a prefix if any of its counted peers has it, and does not see it if all of
    /// them have it absent.
    const fn presence(self) -> Presence {
        if self.present > 0 {
            Presence::Present
        } else if self.unknown == 0 && self.absent > 0 {
            Presence::Absent
        } else {
            Presence::Unknown
        }
    }

    /// What the AS adds to `(full feed, known, seeing)`: each 0 or 1.
    const fn contribution(self) -> (u32, u32, u32) {
        let presence = self.presence();
        (
            (self.in_family > 0) as u32,
            !matches!(presence, Presence::Unknown) as u32,
            matches!(presence, Presence::Present) as u32,
        )
    }

    const fn count_mut(&mut self, presence: Presence) -> &mut u32 {
        match presence {
            Presence::Present => &mut self.present,
            Presence::Absent => &mut self.absent,
            Presence::Unknown => &mut self.unknown,
        }
    }
}

/// One peer's route to the prefix.
#[derive(Debug, Clone, Copy)]
struct PeerRoute {
    activity: PeerActivity,
    presence: Presence,
    path: PathId,
    /// Index of its paths among those of peers that have several ([`History::several`]).
    several: u32,
    /// Path and index in use, or in use when the presence became unknown.
    last_known: (PathId, u32),
}

impl PeerRoute {
    const fn contribution(self) -> PeerContribution {
        if !self.activity.counts() {
            return PeerContribution::NOTHING;
        }
        PeerContribution {
            presence: self.presence,
            path: self.last_known.0,
            several: self.last_known.1,
        }
    }
}

/// Counts the vantage ASes that see one prefix, and behind which upstreams, at one instant.
#[derive(Debug, Clone)]
pub(crate) struct VisibilityCounter<'a> {
    inputs: CountingInputs<'a>,
    several: &'a [Vec<PathId>],
    /// By peer.
    routes: Vec<PeerRoute>,
    /// By vantage AS.
    by_vantage: Vec<VantagePeers>,
    full_feed: u32,
    visibility: Visibility,
    /// The upstreams on the paths in use.
    pub(super) upstreams: UpstreamCounter,
}

impl<'a> VisibilityCounter<'a> {
    /// The state when replay starts.
    pub(crate) fn new(family: Family, history: &'a History, inputs: CountingInputs<'a>) -> Self {
        let routes = history
            .initial
            .iter()
            .map(|&(presence, path, several)| PeerRoute {
                activity: PeerActivity::inactive(presence != Presence::Unknown),
                presence,
                path,
                several,
                last_known: (path, several),
            });
        let mut counter = Self {
            inputs,
            several: &history.several,
            routes: routes.collect(),
            by_vantage: vec![VantagePeers::default(); inputs.vantages.len()],
            full_feed: 0,
            visibility: Visibility::default(),
            upstreams: UpstreamCounter::default(),
        };
        for activation in inputs.vantages.active_at_start(family) {
            counter.activate(activation);
        }
        counter
    }

    /// A peer starts to count.
    pub(crate) fn activate(&mut self, activation: &PeerActivation) {
        self.alter(activation.peer, |route| route.activity.activate(activation));
    }

    /// A peer's presence or path changes.
    pub(crate) fn change(&mut self, change: &Change) {
        self.alter(change.peer, |route| {
            route.presence = change.to;
            route.path = change.path_after;
            route.several = change.several_after;
            if change.to != Presence::Unknown {
                route.last_known = (change.path_after, change.several_after);
                route.activity.observe();
            }
        });
    }

    /// Either of the two.
    pub(crate) fn apply(&mut self, event: MergedEvent<'_, Change>) {
        match event {
            MergedEvent::Activation(activation) => self.activate(activation),
            MergedEvent::Change(_, change) => self.change(change),
        }
    }

    fn alter(&mut self, peer: PeerId, how: impl FnOnce(&mut PeerRoute)) {
        let route = &mut self.routes[peer as usize];
        let before = *route;
        how(route);
        let after = *route;
        let index = self.inputs.vantages.by_peer()[peer as usize];
        // A peer that only starts to count has had its route before.
        let had_counted = before.activity.counts() && before.activity.is_observed();
        self.upstreams.alter(
            self.inputs.path_upstreams,
            self.several,
            index,
            (before.contribution(), after.contribution()),
            had_counted,
        );
        let vantage = &mut self.by_vantage[index as usize];
        let (full_feed, known, seeing) = vantage.contribution();
        vantage.in_family = vantage.in_family - u32::from(before.activity.counts_in_family())
            + u32::from(after.activity.counts_in_family());
        if before.activity.counts() {
            *vantage.count_mut(before.presence) -= 1;
        }
        if after.activity.counts() {
            *vantage.count_mut(after.presence) += 1;
        }
        let (full_feed_now, known_now, seeing_now) = vantage.contribution();
        self.full_feed = self.full_feed - full_feed + full_feed_now;
        self.visibility.known = self.visibility.known - known + known_now;
        self.visibility.seeing = self.visibility.seeing - seeing + seeing_now;
    }

    /// Whether the vantage AS with this index sees the prefix.
    pub(crate) fn at_vantage(&self, vantage: u32) -> Presence {
        self.by_vantage[vantage as usize].presence()
    }

    /// Vantage ASes with a peer that counts in the family (`peer_asns_full`).
    pub(crate) const fn full_feed(&self) -> u32 {
        self.full_feed
    }

    /// Vantage ASes that see the prefix, out of those known.
    pub(crate) const fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// Whether a peer counts for the prefix.
    pub(crate) fn counts(&self, peer: PeerId) -> bool {
        self.routes[peer as usize].activity.counts()
    }

    /// The paths in use at counted peers, each with its vantage AS; several of an ADD-PATH peer
    /// (RFC 7911).
    pub(crate) fn paths_in_use(&self) -> impl Iterator<Item = (u32, PathId)> + '_ {
        let routes = self.routes.iter().zip(self.inputs.vantages.by_peer());
        let present = routes.filter(|(r, _)| r.activity.counts() && r.path != NONE);
        present.flat_map(|(r, &vantage)| {
            let paths = match self.several.get(r.several as usize) {
                Some(paths) => paths.as_slice(),
                None => std::slice::from_ref(&r.path),
            };
            paths.iter().map(move |&path| (vantage, path))
        })
    }
}
