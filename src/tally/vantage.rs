//! Vantage ASes, and which of their peers count when.
//!
//! Visibility counts vantage ASes, not peers: a network that feeds three collectors counts once.
//! Whether a peer counts at all is decided by feed classification ([`crate::replay::feed`]); from
//! which instant on, and for which prefixes, is decided here, by `PeerActivity` alone.

use crate::model::net::{Asn, Family};
use crate::model::peer::PeerId;
use crate::model::time::Timestamp;
use crate::replay::feed::FullFeedSince;

/// A peer starts to count in a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PeerActivation {
    /// From which instant on; [`Timestamp::BEFORE_ALL`] for a peer that counts from the replay's
    /// start.
    pub time: Timestamp,
    /// The peer.
    pub peer: PeerId,
    /// A RIB lists the peer, so that it counts for every prefix of the family. Otherwise it counts
    /// for each prefix from its first observation of that prefix.
    pub listed: bool,
}

/// Whether one peer counts: in a family, and for a prefix (or unit) of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PeerActivity {
    /// A RIB lists the peer in the family.
    listed: bool,
    /// The peer has sent messages in the family, and counts by them.
    active: bool,
    /// The peer's presence of the prefix has been known.
    observed: bool,
}

impl PeerActivity {
    /// A peer that has not started to count. `observed`: its presence of the prefix is known.
    pub(crate) const fn inactive(observed: bool) -> Self {
        Self {
            listed: false,
            active: false,
            observed,
        }
    }

    /// What holds just before the instant `before`, given since when the peer counts.
    pub(crate) fn before(before: Timestamp, counted: FullFeedSince, observed: bool) -> Self {
        let is_past = |since: Option<Timestamp>| since.is_some_and(|time| time < before);
        Self {
            listed: is_past(counted.listed),
            active: is_past(counted.active),
            observed,
        }
    }

    /// The peer starts to count.
    pub(crate) const fn activate(&mut self, activation: &PeerActivation) {
        self.listed |= activation.listed;
        self.active |= !activation.listed;
    }

    /// The peer's presence of the prefix has become known.
    pub(crate) const fn observe(&mut self) {
        self.observed = true;
    }

    /// Whether the peer's presence of the prefix has ever been known.
    pub(crate) const fn is_observed(self) -> bool {
        self.observed
    }

    /// Whether the peer counts in the family: its AS is one of `peer_asns_full`.
    pub(crate) const fn counts_in_family(self) -> bool {
        self.listed || self.active
    }

    /// Whether the peer counts for the prefix.
    pub(crate) const fn counts(self) -> bool {
        self.listed || (self.active && self.observed)
    }
}

/// The vantage ASes of a run, the peers of each, and when each peer starts to count. Vantage ASes
/// are named by their index in the ascending list of peer ASNs.
#[derive(Debug, Clone, Default)]
pub struct VantageSet {
    /// By peer: the index of its vantage AS.
    by_peer: Vec<u32>,
    /// Ascending.
    asns: Vec<Asn>,
    /// By family, in the order of time.
    activations: [Vec<PeerActivation>; 2],
}

impl VantageSet {
    /// The vantage ASes of all peers, given as `(peer ASN, since when it counts by family)` in the
    /// order of the run's peers.
    pub fn new(peers: &[(Asn, [FullFeedSince; 2])]) -> Self {
        let mut asns: Vec<Asn> = peers.iter().map(|p| p.0).collect();
        asns.sort_unstable();
        asns.dedup();
        let index = |asn| asns.partition_point(|&a| a < asn) as u32;
        let mut activations = [Vec::new(), Vec::new()];
        for (peer, (_, counted)) in peers.iter().enumerate() {
            for (activations, counted) in activations.iter_mut().zip(counted) {
                let since = [(counted.listed, true), (counted.active, false)];
                activations.extend(since.into_iter().filter_map(|(time, listed)| {
                    Some(PeerActivation {
                        time: time?,
                        peer: peer as PeerId,
                        listed,
                    })
                }));
            }
        }
        activations.iter_mut().for_each(|a| a.sort_unstable());
        Self {
            by_peer: peers.iter().map(|p| index(p.0)).collect(),
            asns,
            activations,
        }
    }

    /// The same vantage ASes with only those peers counting that `counts` picks.
    pub(crate) fn filtered(&self, counts: impl Fn(PeerId) -> bool) -> Self {
        let filtered = |activations: &Vec<PeerActivation>| {
            let kept = activations.iter().filter(|a| counts(a.peer));
            kept.copied().collect()
        };
        Self {
            by_peer: self.by_peer.clone(),
            asns: self.asns.clone(),
            activations: self.activations.each_ref().map(filtered),
        }
    }

    /// Every peer that ever counts in a family, in the order of time; one that counts first by its
    /// messages and then by a RIB comes twice.
    pub(crate) fn all_activations(&self, family: Family) -> &[PeerActivation] {
        &self.activations[family.index()]
    }

    /// The peers that count in a family when replay starts.
    pub(crate) fn active_at_start(&self, family: Family) -> &[PeerActivation] {
        self.split(family).0
    }

    /// The peers that start to count in a family later, in the order of time.
    pub(crate) fn activations(&self, family: Family) -> &[PeerActivation] {
        self.split(family).1
    }

    fn split(&self, family: Family) -> (&[PeerActivation], &[PeerActivation]) {
        let all = &self.activations[family.index()];
        all.split_at(all.partition_point(|a| a.time == Timestamp::BEFORE_ALL))
    }

    /// By peer: the index of its vantage AS.
    pub(crate) fn by_peer(&self) -> &[u32] {
        &self.by_peer
    }

    /// How many vantage ASes there are, counted or not.
    pub(crate) fn len(&self) -> usize {
        self.asns.len()
    }

    /// The ASN of the vantage AS with this index.
    pub(crate) fn asn(&self, vantage: u32) -> Asn {
        self.asns[vantage as usize]
    }
}
