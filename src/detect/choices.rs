//! The other choices that a reviewer would ask for, and the states of a prefix under each. A prefix
//! is counted once more per choice while its history is at hand; nothing is replayed again.

use super::OutageInputs;
use super::member_states::since_visible;
use crate::model::net::Prefix;
use crate::model::peer::PeerId;
use crate::model::route::Presence;
use crate::model::time::Timestamp;
use crate::model::visibility::VisibilityState;
use crate::replay::History;
use crate::tally::vantage::VantageSet;
use crate::tally::{self, CountingInputs, CountingRules, Tally};

/// Another choice than the run's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Every peer counts.
    AllPeers,
    /// A full feed has at least this share, in percent, of the reference table.
    FullFeed(u32),
    /// What at least so many percent of the known vantage ASes see is visible.
    VisibleFrom(u32),
    /// Only the peers of one collector count, by its index.
    Collector(u32),
    /// Stuck peers do not count.
    WithoutStuck,
}

/// What counting under a choice needs.
#[derive(Debug, Clone)]
pub struct ChoiceInputs {
    /// The choice.
    pub choice: Choice,
    /// Who counts under it; nothing where that is as in the run itself.
    pub vantages: Option<VantageSet>,
    /// The rules of the status under it.
    pub rules: CountingRules,
}

/// The states of a prefix under each choice, in the order of the run's choices.
#[derive(Debug, Clone, Default)]
pub struct ChoiceStates(Vec<Box<[(Timestamp, VisibilityState)]>>);

impl ChoiceStates {
    /// Counts a member under each choice; nothing for a prefix that no peer ever lost or gained,
    /// which is the same under all of them, and for one that is no member.
    pub(super) fn of(
        prefix: Prefix,
        history: &History,
        tally: &Tally,
        stuck: &[PeerId],
        inputs: OutageInputs<'_>,
    ) -> Option<Box<Self>> {
        let is_change = |to: Presence| history.changes.iter().any(|c| c.from != c.to && c.to == to);
        if !tally.baseline.is_member() || !is_change(Presence::Absent) {
            return None;
        }
        let states = inputs.choices.iter().map(|choice| {
            let without_stuck;
            if choice.choice == Choice::WithoutStuck && stuck.is_empty() {
                let changes = tally.visibility_changes.iter();
                return since_visible(changes.map(|c| (c.time, c.state)), tally).into();
            }
            let vantages = match (choice.choice, &choice.vantages) {
                (Choice::WithoutStuck, _) => {
                    let all = inputs.counting.vantages;
                    without_stuck = all.filtered(|peer| !stuck.contains(&peer));
                    &without_stuck
                }
                (_, Some(vantages)) => vantages,
                (_, None) => inputs.counting.vantages,
            };
            let counting = CountingInputs {
                vantages,
                rules: &choice.rules,
                ..inputs.counting
            };
            let changes = tally::visibility_changes(prefix, history, counting);
            since_visible(changes.iter().map(|c| (c.time, c.state)), tally).into()
        });
        Some(Box::new(Self(states.collect())))
    }

    pub(super) fn under(&self, choice: usize) -> Vec<(Timestamp, VisibilityState)> {
        self.0
            .get(choice)
            .map(|states| states.to_vec())
            .unwrap_or_default()
    }
}
