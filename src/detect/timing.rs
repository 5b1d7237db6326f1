//! How much earlier a loss or a return may have been than it was observed.
//!
//! A route that was present when its session went down, and absent when the session had settled,
//! may have been lost at any time in between; one that a later RIB does not list, at any time since
//! the peer's last message about the prefix. The same history is counted once more with every such
//! loss as early as it can have been, and once with every such return: the uncertainty of an outage
//! is by how much that moves the crossing of one half.

use crate::model::net::Prefix;
use crate::model::route::{Cause, Change, Presence};
use crate::model::time::Timestamp;
use crate::model::visibility::{Visibility, VisibilityState};
use crate::replay::History;
use crate::tally::baseline::Membership;
use crate::tally::{self, CountingInputs, Tally, VisibilityChange};

/// A prefix' changes of visibility at their earliest; nothing where none may have been earlier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimingBounds {
    /// With every loss as early as it may have been.
    pub earliest_losses: Option<Vec<VisibilityChange>>,
    /// With every return as early as it may have been.
    pub earliest_returns: Option<Vec<VisibilityChange>>,
}

impl TimingBounds {
    /// The bounds of a prefix, of which `tally` was counted.
    pub fn of(
        prefix: Prefix,
        history: &History,
        tally: &Tally,
        inputs: CountingInputs<'_>,
    ) -> Self {
        let count = |to: Presence| {
            let changes = earliest(history, to, inputs.rules.start)?;
            let history = History {
                changes,
                ..history.clone()
            };
            Some(tally::visibility_changes(prefix, &history, inputs))
        };
        let inferred = tally.baseline.inferred();
        let losses = count(Presence::Absent);
        Self {
            earliest_losses: match inferred {
                None => losses,
                Some(membership) => {
                    let changes = losses.as_deref().unwrap_or(&tally.visibility_changes);
                    Some(lost_from_withdrawals(changes, membership))
                }
            },
            earliest_returns: count(Presence::Present),
        }
    }
}

/// The changes of an inferred member with its loss at the first of the withdrawals: what was
/// withdrawn was there until then.
fn lost_from_withdrawals(
    changes: &[VisibilityChange],
    membership: Membership,
) -> Vec<VisibilityChange> {
    let Some(first) = changes.first() else {
        return Vec::new();
    };
    let lost_from = membership.at - membership.uncertainty;
    let at_start = (first.time < lost_from).then_some(VisibilityChange {
        time: first.time,
        state: VisibilityState::Visible,
        visibility: Visibility {
            seeing: 1,
            known: 1,
        },
    });
    let loss = changes.iter().find(|c| c.state == VisibilityState::Lost);
    let loss = loss.map(|loss| VisibilityChange {
        time: lost_from,
        ..*loss
    });
    let later = changes.iter().filter(|c| c.time >= membership.at).copied();
    at_start.into_iter().chain(loss).chain(later).collect()
}

/// A peer's route on the way through its history.
#[derive(Clone, Copy)]
struct RouteAge {
    /// The index of the change by which it became unknown, and its presence before.
    unknown_since: Option<(usize, Presence)>,
    /// Until when it was known to be as it was: when the peer last announced or withdrew it, or
    /// when it last became unknown.
    known_until: Timestamp,
}

/// The changes with every loss (`to` is absent) or every return (`to` is present) as early as it
/// may have been; nothing where none may have been earlier.
fn earliest(history: &History, to: Presence, start: Timestamp) -> Option<Vec<Change>> {
    let before = match to {
        Presence::Absent => Presence::Present,
        Presence::Present => Presence::Absent,
        Presence::Unknown => return None,
    };
    let at_start = RouteAge {
        unknown_since: None,
        known_until: start,
    };
    let mut peers = vec![at_start; history.initial.len()];
    let mut changes = history.changes.clone();
    let mut earlier: Vec<Change> = Vec::new();
    let mut is_altered = false;
    for (i, change) in history.changes.iter().enumerate() {
        let peer = &mut peers[change.peer as usize];
        match (change.from, change.to) {
            (from, Presence::Unknown) if from != Presence::Unknown => {
                peer.unknown_since = Some((i, from));
                peer.known_until = change.time;
            }
            (Presence::Unknown, now) if now != Presence::Unknown => {
                if let Some((at, was)) = peer.unknown_since.take()
                    && (was, now) == (before, to)
                {
                    let time = changes[at].time;
                    changes[at] = Change { time, ..*change };
                    is_altered = true;
                }
            }
            (from, now) if (from, now) == (before, to) && change.cause.is_rib() => {
                let time = peer.known_until;
                earlier.push(Change { time, ..*change });
                is_altered = true;
            }
            _ => {}
        }
        if matches!(change.cause, Cause::Announce | Cause::Withdraw) {
            peer.known_until = change.time;
        }
    }
    if !is_altered {
        return None;
    }
    changes.extend(earlier);
    // Stable: a change moved to the instant of a peer's last message acts after that message.
    changes.sort_by_key(|c| c.time);
    Some(changes)
}

/// The instant since when, without a break up to `at`, the state has not been `other`. `states` come
/// in the order of time.
pub(super) fn since(
    states: impl Iterator<Item = (Timestamp, VisibilityState)>,
    at: Timestamp,
    other: VisibilityState,
) -> Timestamp {
    let mut since = None;
    for (time, state) in states.take_while(|s| s.0 <= at) {
        if state == other {
            since = None;
        } else {
            since.get_or_insert(time);
        }
    }
    since.unwrap_or(at)
}
