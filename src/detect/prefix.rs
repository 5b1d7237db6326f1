//! The outages of one prefix.

use super::choices::ChoiceStates;
use super::collectors;
use super::loss;
use super::outage;
use super::paths::{self, CountedPeers, PeerRoutes, RouteHistory};
use super::stuck;
use super::timing::TimingBounds;
use super::{Outage, OutageInputs, OutageReport, OutageRules};
use crate::model::net::{Asn, Prefix};
use crate::model::peer::PeerId;
use crate::model::visibility::VisibilityState;
use crate::replay::History;
use crate::tally::baseline::is_countable;
use crate::tally::upstreams::UpstreamChange;
use crate::tally::{CountingInputs, Tally};

/// The outages of one prefix.
#[derive(Debug, Clone, Default)]
pub struct PrefixOutages {
    /// Outages long enough to be listed.
    pub listed: Vec<OutageReport>,
    /// Shorter outages. They still explain an outage of the prefix' AS or country.
    pub short: Vec<OutageReport>,
    /// How much earlier its losses and returns may have been.
    pub timing: TimingBounds,
    /// Its states under the other choices; nothing where they are all the same.
    pub choices: Option<Box<ChoiceStates>>,
    /// Its changes of upstream with stuck peers left out, where there are any.
    pub upstream_changes: Option<Vec<UpstreamChange>>,
}

impl PrefixOutages {
    /// All outages, however short, the listed ones first.
    pub(super) fn all(&self) -> impl Iterator<Item = &OutageReport> {
        self.listed.iter().chain(&self.short)
    }
}

impl PrefixOutages {
    /// Drops the outages that are such only because the prefix was a member, which it is no more.
    pub(crate) fn keep_established(&mut self, tally: &Tally, rules: OutageRules) {
        let established = outage::of_prefix(&tally.visibility_changes, &self.timing, None, rules);
        let is_established = |report: &mut OutageReport| {
            report.baseline = None;
            established.iter().any(|o| o.start == report.outage.start)
        };
        self.listed.retain_mut(is_established);
        self.short.retain_mut(is_established);
        self.choices = None;
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
        return PrefixOutages {
            choices: ChoiceStates::of(prefix, history, tally, &[], inputs),
            ..PrefixOutages::default()
        };
    }
    let timing = TimingBounds::of(prefix, history, tally, counting);
    let outages = outage::of_prefix(changes, &timing, tally.baseline.established_at(), rules);
    if outages.is_empty() {
        return PrefixOutages {
            timing,
            choices: ChoiceStates::of(prefix, history, tally, &[], inputs),
            ..PrefixOutages::default()
        };
    }
    let routes = paths::route_histories(history);
    let absences = loss::absences(prefix, history, tally, counting);
    let loss_spans = collectors::loss_spans(prefix, history, tally, inputs);
    let report = |outage: Outage| {
        let last_origins = last_origins(&outage, history, tally, &routes, prefix, counting);
        let baseline = &tally.baseline;
        let (own_origins, baseline_origins) = match baseline.is_member() {
            true => (&baseline.origins, &baseline.origins_in_use),
            false => (&last_origins, &last_origins),
        };
        let stuck = stuck::StuckInputs {
            prefix,
            changes,
            routes: &routes,
            baseline_origins,
            counting,
        };
        let stuck_peers = stuck::peers(&outage, stuck);
        let depth_without_stuck = if stuck_peers.is_empty() {
            outage.depth
        } else {
            stuck::depth_without(&outage, &stuck_peers, prefix, history, counting)
        };
        let routes = PeerRoutes {
            by_peer: &routes,
            several: &history.several,
            peers: &CountedPeers::new(counting.vantages, prefix.family(), &stuck_peers),
            counting,
        };
        OutageReport {
            baseline: tally.baseline.membership.map(|m| m.kind),
            other_origins: routes.other_origins(&outage, own_origins),
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
    let (listed, short): (Vec<OutageReport>, Vec<OutageReport>) = outages
        .into_iter()
        .map(report)
        .partition(|r| r.outage.is_listed(rules));
    let all = listed.iter().chain(&short);
    let mut stuck: Vec<PeerId> = all.flat_map(|r| r.stuck_peers.iter().copied()).collect();
    stuck.sort_unstable();
    stuck.dedup();
    PrefixOutages {
        listed,
        short,
        timing,
        choices: ChoiceStates::of(prefix, history, tally, &stuck, inputs),
        upstream_changes: (!stuck.is_empty())
            .then(|| stuck::upstream_changes_without(&stuck, prefix, history, counting)),
    }
}

/// The origins in use while a prefix that is no member was last up before an outage, ascending.
fn last_origins(
    outage: &Outage,
    history: &History,
    tally: &Tally,
    routes: &[RouteHistory],
    prefix: Prefix,
    counting: CountingInputs<'_>,
) -> Vec<Asn> {
    if tally.baseline.is_member() {
        return Vec::new();
    }
    let at = paths::last_up_before(outage, &tally.visibility_changes);
    let routes = PeerRoutes {
        by_peer: routes,
        several: &history.several,
        peers: &CountedPeers::new(counting.vantages, prefix.family(), &[]),
        counting,
    };
    routes.origins(at)
}
