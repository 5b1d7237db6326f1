//! The outages of one prefix.

use super::collectors;
use super::loss;
use super::outage::outages;
use super::paths::{self, CountedPeers, PeerRoutes};
use super::stuck;
use super::timing::TimingBounds;
use super::{Outage, OutageInputs, OutageReport};
use crate::model::net::Prefix;
use crate::model::visibility::VisibilityState;
use crate::replay::History;
use crate::tally::Tally;
use crate::tally::group::is_countable;

/// The outages of one prefix.
#[derive(Debug, Clone, Default)]
pub struct PrefixOutages {
    /// Outages long enough to be listed.
    pub listed: Vec<OutageReport>,
    /// Shorter outages. They still explain an outage of the prefix' AS or country.
    pub short: Vec<OutageReport>,
    /// How much earlier its losses and returns may have been.
    pub timing: TimingBounds,
}

impl PrefixOutages {
    /// All outages, however short, the listed ones first.
    pub(super) fn all(&self) -> impl Iterator<Item = &OutageReport> {
        self.listed.iter().chain(&self.short)
    }
}

/// Finds the outages of one prefix and describes each. A prefix longer than a unit has none.
pub fn prefix(
    prefix: Prefix,
    history: &History,
    tally: &Tally,
    inputs: OutageInputs<'_>,
) -> PrefixOutages {
    let OutageInputs {
        counting, rules, ..
    } = inputs;
    let changes = &tally.visibility_changes;
    let was_lost = changes.iter().any(|c| c.state == VisibilityState::Lost);
    if !is_countable(prefix) || !was_lost {
        return PrefixOutages::default();
    }
    let timing = TimingBounds::of(prefix, history, counting);
    let outages = outages(changes, &timing, tally.baseline.is_member(), rules);
    if outages.is_empty() {
        return PrefixOutages {
            timing,
            ..PrefixOutages::default()
        };
    }
    let routes = paths::route_histories(history);
    let absences = loss::absences(prefix, history, counting);
    let loss_spans = collectors::loss_spans(prefix, history, inputs);
    let report = |outage: Outage| {
        let stuck_peers = stuck::peers(&outage, changes, &routes, prefix, counting.vantages);
        let depth_without_stuck = if stuck_peers.is_empty() {
            outage.depth
        } else {
            stuck::depth_without(&outage, &stuck_peers, prefix, history, counting)
        };
        let routes = PeerRoutes {
            by_peer: &routes,
            peers: &CountedPeers::new(counting.vantages, prefix.family(), &stuck_peers),
            counting,
        };
        OutageReport {
            losses: loss::of_vantages(&outage, &absences, counting.vantages),
            lost_paths: routes.lost_paths(&outage, changes),
            upstreams_before: routes.upstreams(paths::last_up_before(&outage, changes)),
            upstreams_after: paths::first_up_after(&outage, changes)
                .map(|at| routes.upstreams(at))
                .unwrap_or_default(),
            stuck_peers,
            depth_without_stuck,
            collectors: collectors::views(&outage, &loss_spans),
            outage,
        }
    };
    let (listed, short) = outages
        .into_iter()
        .map(report)
        .partition(|r| r.outage.is_listed(rules));
    PrefixOutages {
        listed,
        short,
        timing,
    }
}
