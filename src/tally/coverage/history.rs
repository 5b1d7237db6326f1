//! What of a route's history coverage needs: its presence at each peer.

use crate::model::net::Prefix;
use crate::model::peer::PeerId;
use crate::model::route::{Cause, Presence};
use crate::model::time::Timestamp;
use crate::replay::History;
use crate::tally::event_merge::TimedChange;

/// A prefix' presence at all peers over time, without paths and duplicates.
#[derive(Debug, Clone)]
pub(crate) struct PresenceHistory {
    pub(super) prefix: Prefix,
    /// By peer: presence when replay starts.
    pub(super) initial: Vec<Presence>,
    /// In the order of time.
    pub(super) changes: Vec<PresenceChange>,
}

/// A change of presence at one peer.
#[derive(Debug, Clone, Copy)]
pub(super) struct PresenceChange {
    time: Timestamp,
    pub(super) peer: PeerId,
    pub(super) to: Presence,
    cause: Cause,
}

impl TimedChange for PresenceChange {
    fn time(&self) -> Timestamp {
        self.time
    }

    fn cause(&self) -> Cause {
        self.cause
    }
}

impl PresenceHistory {
    /// Takes the presence out of the whole history of a prefix.
    pub(crate) fn new(prefix: Prefix, history: &History) -> Self {
        let changes = history.changes.iter().filter(|c| c.from != c.to);
        Self {
            prefix,
            initial: history.initial.iter().map(|i| i.0).collect(),
            changes: changes
                .map(|c| PresenceChange {
                    time: c.time(),
                    peer: c.peer,
                    to: c.to,
                    cause: c.cause,
                })
                .collect(),
        }
    }
}
