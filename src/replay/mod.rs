//! Route events → changes of presence, per peer and prefix. No IO; cannot fail.
//!
//! [`collect`] takes the decoded files of a run in one pass ([`input`]) and sorts what they hold:
//! what happens to each *session* ([`session`], `session_events`, `silence`), whose table is a
//! full feed ([`classify`], [`feed`]), and the `Observations` of each
//! watched prefix. [`prefix()`] then merges the observations of one prefix with the timelines of all
//! sessions. Prefixes do not depend on each other, so they are replayed side by side.
//!
//! The rules are those of `docs/method.md`.

pub mod classify;
pub mod collect;
pub mod feed;
pub(crate) mod feed_evidence;
pub mod input;
pub(crate) mod observations;
mod order;
mod route;
pub mod session;
pub(crate) mod session_events;
pub(crate) mod silence;

use crate::model::net::Prefix;
use crate::model::peer::PeerId;
use crate::model::route::{Change, PathId, Presence, RouteAction};
pub use order::{Rank, RecordOrder};
use session::SessionTimeline;

/// What one record says of a prefix at a peer, with the numbering of the run.
#[derive(Debug, Clone, Copy)]
pub struct Observation {
    /// The peer.
    pub peer: PeerId,
    /// The record.
    pub order: RecordOrder,
    /// What it says. A RIB's entries act with the RIB, as one step.
    pub action: RouteAction,
}

/// The presence of one prefix at all peers, over time.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// By peer, when its replay starts: presence, path, and index into `several`.
    pub initial: Vec<(Presence, PathId, u32)>,
    /// The paths in use at ADD-PATH peers (RFC 7911) that have several.
    pub several: Vec<Vec<PathId>>,
    /// Every announcement, withdrawal and change since, by time; at one instant by peer.
    pub changes: Vec<Change>,
    /// Routes that a later RIB added to the replayed state or removed from it: `(peer, added,
    /// removed)`.
    pub mismatches: Vec<(PeerId, u32, u32)>,
}

/// Replays one prefix. `observations` are sorted by peer and order; `timelines` are by peer.
pub fn prefix(
    prefix: Prefix,
    observations: &[Observation],
    timelines: &[SessionTimeline],
) -> History {
    let mut history = History::default();
    let mut rest = observations;
    for (id, timeline) in timelines.iter().enumerate() {
        let peer = id as PeerId;
        let of_peer = rest.iter().take_while(|o| o.peer == peer).count();
        let (of_peer, others) = rest.split_at(of_peer);
        rest = others;
        route::replay(peer, prefix.family(), timeline, of_peer, &mut history);
    }
    history.changes.sort_by_key(|c| c.time);
    history
}
