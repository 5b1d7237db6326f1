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
//! the greatest length at which half of the known vantage ASes or more reach it directly, so that
//! neither a single peer's own longer route nor a peer whose session was down at that instant
//! decides. Where the baseline has no such route, or there is no baseline, it is the length of the
//! longest watched block that holds the unit, or else of the longest prefix watched for its origin.
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

use super::event_merge::{EventMerge, MergedEvent};
use super::{CountingInputs, CountingRules, Tally};
use crate::model::net::{Family, Prefix};
use crate::model::route::{NONE, PrefixId};
use crate::model::time::{Timestamp, Window};
use crate::model::visibility::{Coverage, VisibilityState};
use counter::CoverageCounter;
use history::PresenceChange;
pub(crate) use history::PresenceHistory;
use space::UnitGroup;
pub use units::UnitCounts;
pub(crate) use units::{units_by_asn, units_by_family};

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
    pub baseline: VisibilityState,
    /// Coverage at the end of the window's first minute, and of each minute with a change.
    pub minutes: Box<[(u32, Coverage)]>,
}

impl CoverageSeries {
    /// The series of units that one watched prefix alone covers: its visibility decides.
    pub fn of_prefix(
        group: &UnitGroup,
        prefix: Prefix,
        tally: &Tally,
        rules: &CountingRules,
    ) -> Self {
        let baseline = tally.baseline.state;
        let is_direct = baseline == VisibilityState::Visible || prefix.len() >= group.watched_len;
        let mut minutes = CoverageRuns::new(rules.window);
        for change in &tally.visibility_changes {
            let now = match change.state {
                VisibilityState::Visible if is_direct => Coverage::Direct,
                VisibilityState::Visible => Coverage::Covered,
                VisibilityState::Lost => Coverage::None,
                VisibilityState::Unknown => Coverage::Unknown,
            };
            minutes.note(change.time, now);
        }
        Self::new(prefix.family(), group, baseline, minutes)
    }

    /// The series of units that several routes cover, whose histories are given shortest first.
    /// Units that no route covers take the history of a route that was never observed.
    pub(crate) fn of_routes(
        family: Family,
        group: &UnitGroup,
        histories: &[&PresenceHistory],
        inputs: CountingInputs<'_>,
    ) -> Self {
        let rules = inputs.rules;
        let window = rules.window;
        let start = || {
            let changes = histories.iter().map(|h| h.changes.as_slice());
            let activations = inputs.vantages.activations(family);
            (
                EventMerge::new(activations, changes),
                CoverageCounter::new(inputs.vantages, family, histories),
            )
        };
        let lengths: Vec<u8> = histories.iter().map(|h| h.prefix.len()).collect();
        let (mut events, mut counter) = start();
        note_until(rules.baseline_at, &mut events, &mut counter);
        let (baseline, direct_from) =
            direct_length(&events, counter.clone(), &lengths, group, rules);
        if rules.baseline_at > window.from {
            (events, counter) = start();
        }
        note_until(window.from, &mut events, &mut counter);
        counter.count(direct_from);
        let mut minutes = CoverageRuns::new(window);
        minutes.note(window.from, counter.coverage(rules));
        while let Some(time) = events.next_before(window.to) {
            events.take(time, |event| match event {
                MergedEvent::Activation(activation) => counter.activate(activation),
                MergedEvent::Change(route, change) => {
                    counter.change(route, change.peer, change.to);
                }
            });
            minutes.note(time, counter.coverage(rules));
        }
        Self::new(family, group, baseline, minutes)
    }

    fn new(
        family: Family,
        group: &UnitGroup,
        baseline: VisibilityState,
        minutes: CoverageRuns,
    ) -> Self {
        Self {
            family,
            units: group.units,
            inside: NONE,
            baseline,
            minutes: minutes.runs.into(),
        }
    }
}

/// Coverage minute by minute. A route that covers many groups of units and flaps changes them all
/// each time, so only the state at the end of each minute is kept, and only where it changed.
struct CoverageRuns {
    window: Window,
    runs: Vec<(u32, Coverage)>,
}

impl CoverageRuns {
    const fn new(window: Window) -> Self {
        Self {
            window,
            runs: Vec::new(),
        }
    }

    /// The coverage from an instant on. An instant before the window counts for its start.
    fn note(&mut self, time: Timestamp, now: Coverage) {
        let minute = self.window.minute_index(time) as u32;
        // The state at a minute's end counts.
        self.runs.pop_if(|last| last.0 == minute);
        if self.runs.last().is_none_or(|last| last.1 != now) {
            self.runs.push((minute, now));
        }
    }
}

/// Applies everything before an instant, without counting.
fn note_until(
    until: Timestamp,
    events: &mut EventMerge<'_, PresenceChange>,
    counter: &mut CoverageCounter<'_>,
) {
    while let Some(time) = events.next_before(until) {
        events.take(time, |event| match event {
            MergedEvent::Activation(activation) => counter.note_activation(activation),
            MergedEvent::Change(route, change) => counter.note(route, change.peer, change.to),
        });
    }
}

/// Whether the units were reached in the baseline, and the first of the routes that is
/// long enough to reach them directly. Everything before the baseline's instant has been applied.
fn direct_length(
    events: &EventMerge<'_, PresenceChange>,
    mut counter: CoverageCounter<'_>,
    lengths: &[u8],
    group: &UnitGroup,
    rules: &CountingRules,
) -> (VisibilityState, usize) {
    for (route, change) in events.in_baseline(rules.baseline_at) {
        counter.note(route, change.peer, change.to);
    }
    let mut coverage = Coverage::Unknown;
    for route in (0..lengths.len()).rev() {
        counter.count(route);
        coverage = counter.coverage(rules);
        if coverage == Coverage::Direct {
            return (VisibilityState::Visible, route);
        }
    }
    let state = match coverage {
        Coverage::Unknown => VisibilityState::Unknown,
        _ => VisibilityState::Lost,
    };
    let is_shorter = |len: &u8| *len < group.watched_len;
    (state, lengths.partition_point(is_shorter))
}
