//! How each part of the watched space is reached. No IO; cannot fail.
//!
//! A withdrawn /24 may be reached through a route that covers it. A *unit* is a /24 (IPv6: /48) of
//! the watched space; a smaller watched block is a unit of its own. A route *reaches* a unit that
//! it holds whole, unless it is a default route or shorter than /8 (IPv6 /16).
//!
//! At a peer a unit is
//!
//! - *direct* where a route is present that is at least as long as its direct length;
//! - *covered* where only shorter ones are;
//! - *none* where all routes that reach it are absent;
//! - *unknown* where that depends on routes whose presence is unknown. A route lost with its
//!   session is unknown, and so is what it may have reached.
//!
//! The *direct length* is the length of the longest route that reached the unit in the baseline:
//! the longest member prefix that holds it, or the greatest length at which half of the known
//! vantage ASes or more reach it directly at the baseline's instant, whichever is longer; so that
//! neither a single peer's own longer route nor a peer whose session was down at that instant
//! decides, and a loss that was under way then counts as one. Where the baseline has no such route
//! it is the length of the longest watched block that holds the unit, or else of the longest prefix
//! watched for its origin.
//!
//! A vantage AS has the best that any of its counted peers has; *none* only where all of them
//! have none. A unit is direct where at least half of the known vantage ASes have it direct; else
//! covered where at least half have it direct or covered; else none; and unknown where fewer than
//! half of the full-feed vantage ASes, or fewer than `--min-vantage`, are known.
//!
//! The routes are those observed at any peer in the files that were read. Without a RIB, a covering
//! route that no update names cannot be known of, so units that no route reaches are unknown there.

mod counter;
mod history;
pub(crate) mod space;
mod units;

use super::event_merge::MergedEvent;
use super::{CountingInputs, Tally};
use crate::model::net::{Family, Prefix};
use crate::model::route::{NONE, PrefixId};
use crate::model::time::Timestamp;
use crate::model::visibility::{Coverage, VisibilityState};
use counter::CoverageCounter;
pub(crate) use history::PresenceHistory;
use space::UnitGroup;
pub use units::UnitCounts;
pub(crate) use units::{units_by_asn, units_by_family, units_by_prefix};

/// How one group of units is reached over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageSeries {
    /// Family.
    pub family: Family,
    /// How many units.
    pub units: u64,
    /// The longest watched prefix that holds them, or `NONE`.
    pub inside: PrefixId,
    /// Whether they were reached in the baseline, by a route of any length.
    pub in_baseline: bool,
    /// Coverage when replay starts, and from each instant on at which it changed (UTC).
    pub changes: Box<[(Timestamp, Coverage)]>,
}

impl CoverageSeries {
    /// The series of units that one watched prefix alone covers: its visibility decides.
    pub fn of_prefix(group: &UnitGroup, prefix: Prefix, tally: &Tally) -> Self {
        let baseline = &tally.baseline;
        let in_baseline = baseline.is_member() || baseline.state == VisibilityState::Visible;
        let is_direct = in_baseline || prefix.len() >= group.watched_len;
        let mut changes = Vec::new();
        for change in &tally.visibility_changes {
            let now = match change.state {
                VisibilityState::Visible if is_direct => Coverage::Direct,
                VisibilityState::Visible => Coverage::Covered,
                VisibilityState::Lost => Coverage::None,
                VisibilityState::Unknown => Coverage::Unknown,
            };
            note_coverage(&mut changes, change.time, now);
        }
        Self::new(prefix.family(), group, in_baseline, changes)
    }

    /// The series of units that several routes cover, whose histories are given shortest first,
    /// each with whether it is a member of the baseline. Units that no route covers take the
    /// history of a route that was never observed.
    pub(crate) fn of_routes(
        family: Family,
        group: &UnitGroup,
        routes: &[(&PresenceHistory, bool)],
        inputs: CountingInputs<'_>,
    ) -> Self {
        let rules = inputs.rules;
        let (in_baseline, direct_from) = direct_length(family, group, routes, inputs);
        let (mut events, mut counter) = CoverageCounter::at_start(family, routes, inputs);
        counter.count(direct_from);
        let mut changes = Vec::new();
        note_coverage(&mut changes, rules.start, counter.coverage(rules));
        while let Some(time) = events.next_before(rules.window.to) {
            events.take(time, |event| match event {
                MergedEvent::Activation(activation) => counter.activate(activation),
                MergedEvent::Change(route, change) => {
                    counter.change(route, change.peer, change.to);
                }
            });
            note_coverage(&mut changes, time, counter.coverage(rules));
        }
        Self::new(family, group, in_baseline, changes)
    }

    fn new(
        family: Family,
        group: &UnitGroup,
        in_baseline: bool,
        changes: Vec<(Timestamp, Coverage)>,
    ) -> Self {
        Self {
            family,
            units: group.units,
            inside: NONE,
            in_baseline,
            changes: changes.into(),
        }
    }
}

/// Whether at least half of the known vantage ASes reach some units, by any of some routes, at the
/// baseline's instant.
pub(crate) fn are_reached(
    family: Family,
    routes: &[(&PresenceHistory, bool)],
    inputs: CountingInputs<'_>,
) -> bool {
    if routes.is_empty() {
        return false;
    }
    let mut counter = in_baseline(family, routes, inputs);
    counter.count(0);
    counter.coverage(inputs.rules) == Coverage::Direct
}

/// At most so many changes of a minute are kept: a route that covers thousands of groups of units and
/// flaps changes them all each time.
const KEPT_IN_A_MINUTE: usize = 512;

/// Adds the coverage from an instant on, where it differs from the one before. Of many changes in a
/// minute the first ones and the last are kept.
fn note_coverage(changes: &mut Vec<(Timestamp, Coverage)>, time: Timestamp, now: Coverage) {
    let earlier = changes.len().checked_sub(KEPT_IN_A_MINUTE);
    let earlier = earlier.and_then(|at| changes.get(at));
    if earlier.is_some_and(|change| change.0.minute() == time.minute()) {
        changes.pop();
    }
    if changes.last().is_none_or(|last| last.1 != now) {
        changes.push((time, now));
    }
}

/// The state at the baseline's instant, not counted yet: RIBs stamped with it included, updates
/// not.
fn in_baseline<'a>(
    family: Family,
    routes: &[(&'a PresenceHistory, bool)],
    inputs: CountingInputs<'a>,
) -> CoverageCounter<'a> {
    let at = inputs.rules.baseline_at;
    let (mut events, mut counter) = CoverageCounter::at_start(family, routes, inputs);
    while let Some(time) = events.next_before(at) {
        events.take(time, |event| match event {
            MergedEvent::Activation(activation) => counter.note_activation(activation),
            MergedEvent::Change(route, change) => counter.note(route, change.peer, change.to),
        });
    }
    for (route, change) in events.in_baseline(at) {
        counter.note(route, change.peer, change.to);
    }
    counter
}

/// Whether the units were reached in the baseline, and the first of the routes that is long enough
/// to reach them directly.
fn direct_length(
    family: Family,
    group: &UnitGroup,
    routes: &[(&PresenceHistory, bool)],
    inputs: CountingInputs<'_>,
) -> (bool, usize) {
    let longest_member = routes.iter().rposition(|route| route.1);
    let mut counter = in_baseline(family, routes, inputs);
    let shortest = longest_member.map_or(0, |route| route + 1);
    for route in (shortest..routes.len()).rev() {
        counter.count(route);
        if counter.coverage(inputs.rules) == Coverage::Direct {
            return (true, route);
        }
    }
    let is_shorter = |route: &(&PresenceHistory, bool)| route.0.prefix.len() < group.watched_len;
    match longest_member {
        Some(route) => (true, route),
        None => (false, routes.partition_point(is_shorter)),
    }
}
