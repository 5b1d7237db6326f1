//! How much earlier a loss or a return may have been than it was found.
//!
//! A route that was present when its session died, and absent when the session had settled, may
//! have been lost at any time in between; one that a later RIB does not list, at any time since the
//! peer's last word about it. The same history is counted once more with every such loss as early
//! as it can have been, and once with every such return: what the crossing of one half moves by is
//! its uncertainty.

use crate::model::net::Prefix;
use crate::model::route::{Cause, Change, Presence};
use crate::replay::History;
use crate::tally::{self, Lookup, Moment, Sight};

/// The moments of a prefix as they may have been. Nothing where nothing could be otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubt {
    /// With every loss as early as it may have been.
    pub losses: Option<Vec<Moment>>,
    /// With every return as early as it may have been.
    pub returns: Option<Vec<Moment>>,
}

impl Doubt {
    /// Works out how it may have been.
    pub fn of(prefix: Prefix, history: &History, lookup: Lookup<'_>) -> Self {
        let count = |to: Presence| {
            let changes = earliest(history, to, lookup.terms.start.0)?;
            let history = History {
                changes,
                ..history.clone()
            };
            Some(tally::prefix(prefix, &history, lookup).moments)
        };
        Self {
            losses: count(Presence::Absent),
            returns: count(Presence::Present),
        }
    }
}

/// What is known of a peer's route while it is unknown.
#[derive(Clone, Copy)]
struct Peer {
    /// The change by which it became unknown, and what it was before.
    unknown: Option<(usize, Presence)>,
    /// When the peer last spoke of it.
    last_word: i64,
}

/// The changes with every turn to absent, or to present, as early as it may have been; nothing
/// where that alters nothing.
fn earliest(history: &History, to: Presence, start: i64) -> Option<Vec<Change>> {
    let before = match to {
        Presence::Absent => Presence::Present,
        Presence::Present => Presence::Absent,
        Presence::Unknown => return None,
    };
    let unheard = Peer {
        unknown: None,
        last_word: start,
    };
    let mut peers = vec![unheard; history.initial.len()];
    let mut changes = history.changes.clone();
    let mut earlier: Vec<Change> = Vec::new();
    let mut altered = false;
    for (i, change) in history.changes.iter().enumerate() {
        let peer = &mut peers[change.peer as usize];
        match (change.from, change.to) {
            (from, Presence::Unknown) if from != Presence::Unknown => {
                peer.unknown = Some((i, from));
            }
            (Presence::Unknown, now) if now != Presence::Unknown => {
                if let Some((at, was)) = peer.unknown.take()
                    && (was, now) == (before, to)
                {
                    let time = changes[at].time;
                    changes[at] = Change { time, ..*change };
                    altered = true;
                }
            }
            (from, now) if (from, now) == (before, to) && is_by_rib(change.cause) => {
                let time = peer.last_word;
                earlier.push(Change { time, ..*change });
                altered = true;
            }
            _ => {}
        }
        if matches!(change.cause, Cause::Announce | Cause::Withdraw) {
            peer.last_word = change.time;
        }
    }
    if !altered {
        return None;
    }
    changes.extend(earlier);
    // Stable: what was moved to the instant of a peer's last word acts after it.
    changes.sort_by_key(|c| c.time);
    Some(changes)
}

const fn is_by_rib(cause: Cause) -> bool {
    matches!(cause, Cause::RibAdded | Cause::RibRemoved)
}

/// Since when, without a break, it has not been `other` at an instant.
pub fn since(moments: &[Moment], at: i64, other: Sight) -> i64 {
    let mut since = None;
    for moment in moments.iter().take_while(|m| m.time <= at) {
        if moment.sight == other {
            since = None;
        } else {
            since.get_or_insert(moment.time);
        }
    }
    since.unwrap_or(at)
}
