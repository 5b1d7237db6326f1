//! Who lost a prefix in an outage, when, and when it was back.

use super::Outage;
use crate::model::net::{Asn, Prefix};
use crate::model::route::{Cause, Presence};
use crate::model::time::Timestamp;
use crate::replay::History;
use crate::tally::counter::VisibilityCounter;
use crate::tally::event_merge::{EventMerge, MergedEvent};
use crate::tally::vantage::VantageSet;
use crate::tally::{CountingInputs, Tally};

/// One loss within an outage: a vantage AS that no longer sees the prefix, or a prefix of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What was lost.
    pub entity: LostEntity,
    /// When it was lost; before the outage's start, where it was among the first.
    pub lost_at: Timestamp,
    /// When it was back for good; nothing where it was not back by the window's end.
    pub back_at: Option<Timestamp>,
}

/// What an outage took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LostEntity {
    /// A vantage AS that no longer saw the prefix.
    Vantage(Asn),
    /// A prefix that less than half of the known vantage ASes saw.
    Prefix(Prefix),
}

impl std::fmt::Display for LostEntity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Vantage(asn) => write!(f, "AS{asn}"),
            Self::Prefix(prefix) => prefix.fmt(f),
        }
    }
}

/// A span in which a vantage AS did not see a prefix that it had seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Absence {
    /// Its index in the [`VantageSet`].
    vantage: u32,
    from: Timestamp,
    /// Nothing where it still lasts.
    to: Option<Timestamp>,
}

/// Follows each vantage AS, and keeps the spans in which it did not see the prefix.
struct AbsenceFinder {
    found: Vec<Absence>,
    /// By vantage AS: whether it has ever seen the prefix, and the index of the span that is open.
    vantages: Vec<(bool, Option<usize>)>,
}

impl AbsenceFinder {
    /// What a vantage AS withdraws as its first word about the prefix, it had until then.
    fn expect_withdrawn(&mut self, history: &History, inputs: CountingInputs<'_>) {
        let mut has_spoken = vec![false; self.vantages.len()];
        for change in &history.changes {
            let vantage = inputs.vantages.by_peer()[change.peer as usize] as usize;
            let is_message = match change.cause {
                Cause::Announce => true,
                // Some routers withdraw what they never had.
                Cause::Withdraw => inputs.infers.get(change.peer as usize) != Some(&false),
                _ => false,
            };
            if is_message && !std::mem::replace(&mut has_spoken[vantage], true) {
                self.vantages[vantage].0 |= change.cause == Cause::Withdraw;
            }
        }
    }

    fn note(&mut self, vantage: u32, presence: Presence, time: Timestamp) {
        let (has_seen, open) = &mut self.vantages[vantage as usize];
        match presence {
            Presence::Present => {
                if let Some(open) = open.take() {
                    self.found[open].to = Some(time);
                }
                *has_seen = true;
            }
            Presence::Absent => {
                if *has_seen && open.is_none() {
                    *open = Some(self.found.len());
                    self.found.push(Absence {
                        vantage,
                        from: time,
                        to: None,
                    });
                }
            }
            // The last known state stands.
            Presence::Unknown => {}
        }
    }
}

/// Every span in which a vantage AS did not see the prefix that it had seen, by start.
pub(super) fn absences(
    prefix: Prefix,
    history: &History,
    tally: &Tally,
    inputs: CountingInputs<'_>,
) -> Vec<Absence> {
    let vantages = inputs.vantages;
    let family = prefix.family();
    let mut counter = VisibilityCounter::new(family, history, inputs);
    let mut finder = AbsenceFinder {
        found: Vec::new(),
        vantages: vec![(false, None); vantages.len()],
    };
    if tally.baseline.inferred().is_some() {
        finder.expect_withdrawn(history, inputs);
    }
    for vantage in 0..vantages.len() as u32 {
        finder.note(vantage, counter.at_vantage(vantage), Timestamp::BEFORE_ALL);
    }
    let changes = [history.changes.as_slice()];
    let mut events = EventMerge::new(vantages.activations(family), changes);
    let mut concerned = Vec::new();
    while let Some(time) = events.next_time() {
        events.take(time, |event| {
            concerned.push(match event {
                MergedEvent::Activation(activation) => {
                    counter.activate(activation);
                    activation.peer
                }
                MergedEvent::Change(_, change) => {
                    counter.change(change);
                    change.peer
                }
            });
        });
        for peer in concerned.drain(..) {
            let vantage = vantages.by_peer()[peer as usize];
            finder.note(vantage, counter.at_vantage(vantage), time);
        }
    }
    finder.found
}

/// The vantage ASes that lost the prefix in an outage, in the order of loss. Of one that lost it
/// several times the first loss and the last return count.
pub(super) fn of_vantages(
    outage: &Outage,
    absences: &[Absence],
    vantages: &VantageSet,
) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    for absence in absences {
        if !outage.overlaps(absence.from, absence.to) {
            continue;
        }
        let entity = LostEntity::Vantage(vantages.asn(absence.vantage));
        match losses.iter_mut().find(|l| l.entity == entity) {
            Some(loss) => loss.back_at = absence.to,
            None => losses.push(Loss {
                entity,
                lost_at: absence.from,
                back_at: absence.to,
            }),
        }
    }
    in_order(losses)
}

/// Sorts by time of loss, and at one instant by entity.
pub(super) fn in_order(mut losses: Vec<Loss>) -> Vec<Loss> {
    losses.sort_by_key(|l| (l.lost_at, l.entity));
    losses
}

/// Everything that was lost at the first instant of loss, ascending.
pub(crate) fn first(losses: &[Loss]) -> impl Iterator<Item = LostEntity> + '_ {
    at_instant(losses, losses.first())
}

/// Everything that was lost at the last instant of loss, ascending.
pub(crate) fn last(losses: &[Loss]) -> impl Iterator<Item = LostEntity> + '_ {
    at_instant(losses, losses.last())
}

fn at_instant<'a>(
    losses: &'a [Loss],
    of: Option<&Loss>,
) -> impl Iterator<Item = LostEntity> + use<'a> {
    let at = of.map(|l| l.lost_at);
    let there = losses.iter().filter(move |l| Some(l.lost_at) == at);
    there.map(|l| l.entity)
}
