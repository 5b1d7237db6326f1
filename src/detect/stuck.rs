//! Peers that kept a route, unchanged, while nearly all vantage ASes lost it. A stuck route
//! ("BGP zombie") says more about the peer's router than about the network.

use super::Outage;
use super::outage::depth;
use super::paths::RouteHistory;
use crate::model::net::Prefix;
use crate::model::peer::PeerId;
use crate::model::time::{TimeDelta, Timestamp};
use crate::model::visibility::Visibility;
use crate::replay::History;
use crate::tally::vantage::VantageSet;
use crate::tally::{self, CountingInputs, VisibilityChange};

/// A route kept longer than this is stuck. Half an hour more than a full round of
/// path exploration and route-flap damping takes: the 90 minutes of the studies of BGP zombies
/// (Fontugne et al., *BGP Zombies: An Analysis of Beacons Stuck Routes*, PAM 2019).
const STUCK_AFTER: TimeDelta = TimeDelta::from_mins(90);

/// Counted peers whose route stayed the same for more than [`STUCK_AFTER`] while over 90 % of the
/// known vantage ASes had lost it, ascending.
pub(super) fn peers(
    outage: &Outage,
    changes: &[VisibilityChange],
    routes: &[RouteHistory],
    prefix: Prefix,
    vantages: &VantageSet,
) -> Vec<PeerId> {
    let spans = nearly_lost(outage, changes);
    let overlap = |(from, to): (Timestamp, Option<Timestamp>)| {
        let overlaps = spans.iter().map(move |&(start, end)| {
            let end = to.map_or(end, |to| to.min(end));
            end - from.max(start)
        });
        overlaps.max().unwrap_or(TimeDelta::ZERO)
    };
    let activations = vantages.all_activations(prefix.family()).iter();
    let mut found: Vec<PeerId> = activations
        .map(|activation| activation.peer)
        .filter(|&peer| {
            let mut kept = routes[peer as usize].unchanged();
            kept.any(|span| overlap(span) > STUCK_AFTER)
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
    let changes = tally::prefix(prefix, history, inputs).visibility_changes;
    let deepest = outage.deepest(&changes);
    deepest.map_or(outage.depth, |change| depth(change.visibility))
}
