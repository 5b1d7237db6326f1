//! When something was lost: outages as spans between crossings of one half.

use super::OutageRules;
use super::timing::{self, TimingBounds};
use crate::model::time::{TimeDelta, Timestamp};
use crate::model::visibility::{Visibility, VisibilityState, ratio};
use crate::tally::VisibilityChange;
use crate::tally::group::Group;

/// How an outage or an event ends, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndKind {
    /// What was lost was seen again.
    Back,
    /// It was known to be down when the window ended.
    Window,
    /// It was down until the end, and nothing is known from there to the window's end: the outage
    /// lasted at least so long.
    Unknown,
}

impl EndKind {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Window => "window",
            Self::Unknown => "unknown",
        }
    }
}

/// A span in which less than half of the known vantage ASes saw a prefix, or less than half of a
/// group's members were visible. Times are UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// When visibility fell below half; that may be before the window.
    pub start: Timestamp,
    /// When it was back at half; the window's end, or the last instant of which something is known,
    /// where it was not ([`Outage::end_kind`]).
    pub end: Timestamp,
    /// How it ends.
    pub end_kind: EndKind,
    /// By how much it may have begun earlier: its routes were unknown before, or only a later RIB
    /// showed the loss.
    pub start_uncertainty: TimeDelta,
    /// By how much it may have ended earlier. Nothing where it was not seen back.
    pub end_uncertainty: Option<TimeDelta>,
    /// How much of it is known; the rest is unknown.
    pub known: TimeDelta,
    /// 1 − the lowest visibility, in ten-thousandths.
    pub depth: u32,
    /// The first instant with that visibility.
    pub deepest_at: Timestamp,
}

impl Outage {
    /// The depth at which nothing is visible any more.
    pub(crate) const TOTAL: u32 = 10_000;

    /// Whether it lasted long enough to be listed.
    pub(super) fn is_listed(&self, rules: OutageRules) -> bool {
        self.end - self.start >= rules.min_length
    }

    /// Whether what was lost was seen again.
    pub(crate) fn is_back(&self) -> bool {
        self.end_kind == EndKind::Back
    }

    /// Whether a span from `from` to `to` (or one that still lasts) has an instant in common with
    /// it.
    pub(crate) fn overlaps(&self, from: Timestamp, to: Option<Timestamp>) -> bool {
        from < self.end && to.is_none_or(|to| to > self.start)
    }

    /// The changes of visibility during the outage, the state with which it begins included.
    pub(super) fn during<'a>(
        &self,
        changes: &'a [VisibilityChange],
    ) -> impl Iterator<Item = &'a VisibilityChange> {
        let first = changes.partition_point(|c| c.time <= self.start);
        let end = changes.partition_point(|c| c.time < self.end);
        changes[first.saturating_sub(1)..end.max(first)].iter()
    }

    /// The first change during the outage with the lowest visibility; nothing where nothing is
    /// known all the while.
    pub(super) fn deepest(&self, changes: &[VisibilityChange]) -> Option<VisibilityChange> {
        let known = self.during(changes).filter(|c| c.visibility.known > 0);
        known
            .copied()
            .reduce(|low, next| match next.visibility.is_less(low.visibility) {
                true => next,
                false => low,
            })
    }
}

/// 1 − a visibility, in ten-thousandths, rounded half up; total where nothing is known.
pub(super) fn depth(visibility: Visibility) -> u32 {
    let unseen = visibility.known - visibility.seeing;
    ratio(unseen, visibility.known).unwrap_or(Outage::TOTAL)
}

/// The state of a prefix or a group from an instant on.
#[derive(Debug, Clone, Copy)]
pub(super) struct StateStep {
    pub(super) time: Timestamp,
    pub(super) state: VisibilityState,
    /// What the depth is measured by: of a group with the unknown members counted as visible.
    pub(super) at_best: Visibility,
    /// What a return is measured by: of a group without the unknown members.
    pub(super) at_worst: Visibility,
}

/// The steps of a prefix.
pub(super) fn prefix_steps(changes: &[VisibilityChange]) -> impl Iterator<Item = StateStep> + '_ {
    changes.iter().map(|change| StateStep {
        time: change.time,
        state: change.state,
        at_best: change.visibility,
        at_worst: change.visibility,
    })
}

/// The outages of a prefix that lie at least partly in the window, in the order of time.
/// `established_at`: from which instant on a loss counts although the prefix has not been visible
/// for `min_life` on end.
pub(super) fn of_prefix(
    changes: &[VisibilityChange],
    timing: &TimingBounds,
    established_at: Option<Timestamp>,
    rules: OutageRules,
) -> Vec<Outage> {
    let losses = timing.earliest_losses.as_deref().unwrap_or(changes);
    let returns = timing.earliest_returns.as_deref().unwrap_or(changes);
    let state = |c: &VisibilityChange| (c.time, c.state);
    outages(
        prefix_steps(changes),
        (losses.iter().map(state), returns.iter().map(state)),
        established_at,
        rules,
    )
}

/// The outages of a group.
pub(super) fn of_group(group: &Group, rules: OutageRules) -> Vec<Outage> {
    let steps = group.changes.iter().map(|&change| StateStep {
        time: change.time,
        state: group.state(change),
        at_best: group.at_best(change),
        at_worst: group.at_worst(change),
    });
    let states = |changes: &'_ [crate::tally::group::GroupChange]| {
        let states: Vec<_> = changes.iter().map(|&c| (c.time, group.state(c))).collect();
        states.into_iter()
    };
    let bounds = (
        states(&group.earliest_losses),
        states(&group.earliest_returns),
    );
    outages(steps, bounds, Some(Timestamp::BEFORE_ALL), rules)
}

fn outages<I>(
    steps: impl Iterator<Item = StateStep>,
    (losses, returns): (I, I),
    established_at: Option<Timestamp>,
    rules: OutageRules,
) -> Vec<Outage>
where
    I: Iterator<Item = (Timestamp, VisibilityState)> + Clone,
{
    let spans = loss_spans(steps, established_at, rules);
    let outages = spans.into_iter().map(|span| Outage {
        start: span.start,
        end: span.end,
        end_kind: span.end_kind,
        start_uncertainty: span.start
            - timing::since(losses.clone(), span.start, VisibilityState::Visible),
        end_uncertainty: (span.end_kind == EndKind::Back).then(|| {
            let since = timing::since(returns.clone(), span.end, VisibilityState::Lost);
            span.end - since.max(span.start)
        }),
        known: span.known,
        depth: depth(span.lowest),
        deepest_at: span.deepest_at,
    });
    outages.filter(|o| o.end > rules.window.from).collect()
}

/// A span in which something that was established was lost, wherever it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LossSpan {
    pub(super) start: Timestamp,
    /// When it was back; where it was not, the window's end, or the last instant of which something
    /// is known.
    pub(super) end: Timestamp,
    pub(super) end_kind: EndKind,
    pub(super) lowest: Visibility,
    deepest_at: Timestamp,
    known: TimeDelta,
}

/// The spans in which something that was established was lost, up to the window's end. It is
/// established from `established_at` on, or once it has been visible for `min_life` on end. Unknown
/// spans neither open nor close one.
pub(super) fn loss_spans(
    steps: impl Iterator<Item = StateStep>,
    established_at: Option<Timestamp>,
    rules: OutageRules,
) -> Vec<LossSpan> {
    let mut spans = Vec::new();
    let mut open: Option<LossSpan> = None;
    let mut is_established = false;
    let mut visible_since: Option<Timestamp> = None;
    // The state up to the next step.
    let mut before = (Timestamp::BEFORE_ALL, VisibilityState::Unknown);
    for step in steps {
        if let Some(since) = visible_since {
            is_established |= step.time - since >= rules.min_life;
        }
        is_established |= established_at.is_some_and(|at| step.time >= at);
        if step.state != before.1 {
            if let Some(span) = &mut open {
                span.pass(before, step.time);
            }
            before = (step.time, step.state);
        }
        match step.state {
            VisibilityState::Unknown => {}
            VisibilityState::Visible => {
                visible_since.get_or_insert(step.time);
                let is_back = step.at_worst.is_at_least(50 + rules.hysteresis);
                if is_back && let Some(span) = open.take() {
                    spans.push(LossSpan {
                        end: step.time,
                        end_kind: EndKind::Back,
                        ..span
                    });
                }
            }
            VisibilityState::Lost => {
                visible_since = None;
                match &mut open {
                    Some(span) if step.at_best.is_less(span.lowest) => {
                        span.lowest = step.at_best;
                        span.deepest_at = step.time;
                    }
                    Some(_) => {}
                    None if is_established => {
                        open = Some(LossSpan {
                            start: step.time,
                            end: step.time,
                            end_kind: EndKind::Window,
                            lowest: step.at_best,
                            deepest_at: step.time,
                            known: TimeDelta::ZERO,
                        });
                    }
                    None => {}
                }
            }
        }
    }
    if let Some(mut span) = open {
        span.pass(before, rules.window.to);
        spans.push(match before {
            (since, VisibilityState::Unknown) => LossSpan {
                end: since,
                end_kind: EndKind::Unknown,
                ..span
            },
            _ => LossSpan {
                end: rules.window.to,
                ..span
            },
        });
    }
    spans
}

impl LossSpan {
    /// A state has held up to an instant.
    fn pass(&mut self, (since, state): (Timestamp, VisibilityState), until: Timestamp) {
        if state != VisibilityState::Unknown {
            self.known = self.known + (until - since.max(self.start));
        }
    }

    /// When it was seen back; nothing where it was not.
    pub(super) fn back_at(&self) -> Option<Timestamp> {
        (self.end_kind == EndKind::Back).then_some(self.end)
    }
}
