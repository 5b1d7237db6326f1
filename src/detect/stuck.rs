//! Peers that kept a route, unchanged, while nearly all vantage ASes lost it. A stuck route
//! ("BGP zombie") says more about the peer's router than about the network.

use super::Outage;
use super::outage::depth;
use super::paths::RouteHistory;
use crate::model::net::{Asn, Prefix};
use crate::model::peer::PeerId;
use crate::model::route::PathId;
use crate::model::time::{TimeDelta, Timestamp};
use crate::model::visibility::Visibility;
use crate::replay::History;
use crate::tally::upstreams::UpstreamChange;
use crate::tally::{self, CountingInputs, VisibilityChange};

/// A route kept for so long is stuck. Half an hour more than a full round of
/// path exploration and route-flap damping takes: the 90 minutes of the studies of BGP zombies
/// (Fontugne et al., *BGP Zombies: An Analysis of Beacons Stuck Routes*, PAM 2019).
const STUCK_AFTER: TimeDelta = TimeDelta::from_mins(90);

/// A route that appeared later than this after the loss began is no leftover of what was there.
const KEPT_FROM: TimeDelta = TimeDelta::from_mins(10);

/// What finding the stuck peers of an outage needs; the same for all outages of a prefix.
#[derive(Clone, Copy)]
pub(super) struct StuckInputs<'a> {
    pub(super) prefix: Prefix,
    /// Its changes of visibility.
    pub(super) changes: &'a [VisibilityChange],
    /// Its routes, by peer.
    pub(super) routes: &'a [RouteHistory],
    /// The origins that it had in the baseline, ascending.
    pub(super) baseline_origins: &'a [Asn],
    pub(super) counting: CountingInputs<'a>,
}

/// Counted peers that kept one unchanged path, to an origin that the prefix had in the baseline, from at most
/// [`KEPT_FROM`] after the outage began, for at least [`STUCK_AFTER`] while over 90 % of the known
/// vantage ASes had none. A path to another origin (a hijack, a backup elsewhere) is never stuck.
/// Ascending.
pub(super) fn peers(outage: &Outage, inputs: StuckInputs<'_>) -> Vec<PeerId> {
    let spans = nearly_lost(outage, inputs.changes);
    let overlap = |from: Timestamp, to: Option<Timestamp>| {
        let overlaps = spans.iter().map(move |&(start, end)| {
            let end = to.map_or(end, |to| to.min(end));
            end - from.max(start)
        });
        overlaps.max().unwrap_or(TimeDelta::ZERO)
    };
    let is_former = |path: PathId| {
        let origins = inputs.counting.paths[path as usize].origins();
        origins
            .iter()
            .any(|asn| inputs.baseline_origins.contains(asn))
    };
    let family = inputs.prefix.family();
    let activations = inputs.counting.vantages.all_activations(family).iter();
    let mut found: Vec<PeerId> = activations
        .map(|activation| activation.peer)
        .filter(|&peer| {
            let mut kept = inputs.routes[peer as usize].unchanged();
            kept.any(|kept| {
                kept.from <= outage.start + KEPT_FROM
                    && overlap(kept.from, kept.to) >= STUCK_AFTER
                    && is_former(kept.path)
            })
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The spans of an outage in which over 90 % of the known vantage ASes had lost the prefix.
fn nearly_lost(outage: &Outage, changes: &[VisibilityChange]) -> Vec<(Timestamp, Timestamp)> {
    let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
    let changes: Vec<&VisibilityChange> = outage.during(changes).collect();
    for (i, change) in changes.iter().enumerate() {
        let Visibility { seeing, known } = change.visibility;
        let from = change.time.max(outage.start);
        let to = changes.get(i + 1).map_or(outage.end, |next| next.time);
        if u64::from(seeing) * 10 >= u64::from(known) {
            continue;
        }
        match spans.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => spans.push((from, to)),
        }
    }
    spans
}

/// The depth of an outage without its stuck peers, in ten-thousandths.
pub(super) fn depth_without(
    outage: &Outage,
    stuck: &[PeerId],
    prefix: Prefix,
    history: &History,
    inputs: CountingInputs<'_>,
) -> u32 {
    let vantages = inputs.vantages.filtered(|peer| !stuck.contains(&peer));
    let inputs = CountingInputs {
        vantages: &vantages,
        ..inputs
    };
    let changes = tally::visibility_changes(prefix, history, inputs);
    let deepest = outage.deepest(&changes);
    deepest.map_or(outage.depth, |change| depth(change.visibility))
}

/// The changes of upstream of a prefix if its stuck peers are not counted.
pub(super) fn upstream_changes_without(
    stuck: &[PeerId],
    prefix: Prefix,
    history: &History,
    inputs: CountingInputs<'_>,
) -> Vec<UpstreamChange> {
    let vantages = inputs.vantages.filtered(|peer| !stuck.contains(&peer));
    let inputs = CountingInputs {
        vantages: &vantages,
        ..inputs
    };
    tally::prefix(prefix, history, inputs).upstream_changes
}
