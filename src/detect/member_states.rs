//! The states of a member over time, which events are found on.

use crate::model::net::Family;
use crate::model::time::{TimeDelta, Timestamp};
use crate::model::visibility::VisibilityState;
use crate::tally::Tally;

/// The states of a member over time.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemberStates<'a> {
    /// Its family.
    pub(super) family: Family,
    /// From each instant on, in order; unknown before the first. Never lost before it has been
    /// visible, unless it is inferred.
    pub(super) states: &'a [(Timestamp, VisibilityState)],
}

impl MemberStates<'_> {
    /// The state at an instant, what happens in it included.
    pub(super) fn at(&self, time: Timestamp) -> VisibilityState {
        let after = self.states.partition_point(|s| s.0 <= time);
        let state = after.checked_sub(1).map(|at| self.states[at].1);
        state.unwrap_or(VisibilityState::Unknown)
    }

    /// When it is first visible after an instant.
    pub(super) fn back_after(&self, time: Timestamp) -> Option<Timestamp> {
        let after = self.states.partition_point(|s| s.0 <= time);
        let mut later = self.states[after..].iter();
        later.find(|s| s.1 == VisibilityState::Visible).map(|s| s.0)
    }

    /// When it was last seen visible again after a loss, up to an instant.
    pub(super) fn last_return(&self, until: Timestamp) -> Option<Timestamp> {
        let past = &self.states[..self.states.partition_point(|s| s.0 <= until)];
        let mut visible = past.iter().enumerate().rev();
        let is_return = |(index, state): &(usize, &(Timestamp, VisibilityState))| {
            let before = past[..*index].iter();
            let before = before.rev().find(|s| s.1 != VisibilityState::Unknown);
            state.1 == VisibilityState::Visible
                && before.is_some_and(|s| s.1 == VisibilityState::Lost)
        };
        visible.find(is_return).map(|(_, state)| state.0)
    }

    /// How long it is known to be lost between two instants.
    pub(super) fn lost_between(&self, from: Timestamp, to: Timestamp) -> TimeDelta {
        let ends = self.states.iter().skip(1).map(|s| s.0).chain([to]);
        let spans = self.states.iter().zip(ends);
        let lost = spans.filter(|((_, state), _)| *state == VisibilityState::Lost);
        lost.map(|(&(start, _), end)| (end.min(to) - start.max(from)).max(TimeDelta::ZERO))
            .sum()
    }
}

/// States without repetitions, and unknown until the member has been visible or is inferred.
pub(super) fn since_visible(
    states: impl Iterator<Item = (Timestamp, VisibilityState)>,
    tally: &Tally,
) -> Vec<(Timestamp, VisibilityState)> {
    let lost_from = tally.baseline.withdrawn_from();
    let mut found: Vec<(Timestamp, VisibilityState)> = Vec::new();
    let mut has_been_visible = false;
    for (time, state) in states {
        has_been_visible |= state == VisibilityState::Visible;
        let may_be_lost = has_been_visible || lost_from.is_some_and(|from| time >= from);
        let state = match state {
            VisibilityState::Lost if !may_be_lost => VisibilityState::Unknown,
            state => state,
        };
        if found.last().is_none_or(|last| last.1 != state) {
            found.push((time, state));
        }
    }
    found
}
