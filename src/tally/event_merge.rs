//! The one walk over everything that happens to a prefix, or to several, instant by instant.
//!
//! What carries one timestamp acts as one step, whatever the order of files: so an instant is taken
//! whole, peer activations before changes.

use super::vantage::PeerActivation;
use crate::model::route::{Cause, Change};
use crate::model::time::Timestamp;

/// A change at an instant, by a cause.
pub(crate) trait TimedChange {
    /// When it acts.
    fn time(&self) -> Timestamp;
    /// What brought it.
    fn cause(&self) -> Cause;
}

impl TimedChange for Change {
    fn time(&self) -> Timestamp {
        self.time
    }

    fn cause(&self) -> Cause {
        self.cause
    }
}

/// Peer activations and the changes of one or several prefixes, merged in the order of time. Each
/// list is sorted by time. Cheap to clone: a clone walks on from the same instant.
#[derive(Debug, Clone)]
pub(crate) struct EventMerge<'a, C> {
    activations: &'a [PeerActivation],
    changes: Vec<&'a [C]>,
}

/// What a step of [`EventMerge`] takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MergedEvent<'a, C> {
    /// A peer starts to count.
    Activation(&'a PeerActivation),
    /// A change of the list with this index.
    Change(usize, &'a C),
}

impl<'a, C: TimedChange> EventMerge<'a, C> {
    /// Merges peer activations and lists of changes.
    pub(crate) fn new(
        activations: &'a [PeerActivation],
        changes: impl IntoIterator<Item = &'a [C]>,
    ) -> Self {
        Self {
            activations,
            changes: changes.into_iter().collect(),
        }
    }

    /// The next instant at which something happens.
    pub(crate) fn next_time(&self) -> Option<Timestamp> {
        let changes = self.changes.iter().filter_map(|list| list.first());
        let changes = changes.map(TimedChange::time);
        let activation = self.activations.first().map(|a| a.time);
        changes.chain(activation).min()
    }

    /// The next instant at which something happens, if it lies before `end`.
    pub(crate) fn next_before(&self, end: Timestamp) -> Option<Timestamp> {
        self.next_time().filter(|&time| time < end)
    }

    /// Takes everything of the instant `time`, which is the next one.
    pub(crate) fn take(&mut self, time: Timestamp, mut act: impl FnMut(MergedEvent<'a, C>)) {
        while let Some((activation, rest)) = self.activations.split_first()
            && activation.time == time
        {
            act(MergedEvent::Activation(activation));
            self.activations = rest;
        }
        for (list, changes) in self.changes.iter_mut().enumerate() {
            while let Some((change, rest)) = changes.split_first()
                && change.time() == time
            {
                act(MergedEvent::Change(list, change));
                *changes = rest;
            }
        }
    }

    /// The changes at the baseline's instant that belong to the baseline, each with the index of
    /// its list: RIBs stamped with that very instant do, updates do not. Everything before it is
    /// taken.
    pub(crate) fn in_baseline(&self, at: Timestamp) -> impl Iterator<Item = (usize, &'a C)> + '_ {
        let lists = self.changes.iter().enumerate();
        lists.flat_map(move |(list, changes)| {
            let later = changes.iter().skip_while(move |c| c.time() < at);
            let at_once = later.take_while(move |c| c.time() == at);
            let ribs = at_once.filter(|c| c.cause().is_rib());
            ribs.map(move |change| (list, change))
        })
    }
}
