//! When something was lost: outages as spans between crossings of one half.

use super::OutageRules;
use super::timing::{self, TimingBounds};
use crate::model::time::{TimeDelta, Timestamp};
use crate::model::visibility::{Visibility, VisibilityState, ratio};
use crate::tally::VisibilityChange;

/// A span in which less than half of the known vantage ASes saw a prefix, or less than half of a
/// group's members were visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// When visibility fell below half; the window's start where that was before.
    pub start: Timestamp,
    /// When it was back at half; the window's end where it was not.
    pub end: Timestamp,
    /// By how much it may have begun earlier: its routes were unknown before, or only a
    /// later RIB showed the loss. Nothing where it began before the window.
    pub start_uncertainty: Option<TimeDelta>,
    /// By how much it may have ended earlier. Nothing where it did not end.
    pub end_uncertainty: Option<TimeDelta>,
    /// 1 − the lowest visibility, in ten-thousandths.
    pub depth: u32,
    /// It began before the window, or did not end in it.
    pub truncated: bool,
}

impl Outage {
    /// The depth at which nothing is visible any more.
    pub(crate) const TOTAL: u32 = 10_000;

    /// Whether it lasted long enough to be listed.
    pub(super) fn is_listed(&self, rules: OutageRules) -> bool {
        self.end - self.start >= rules.min_length
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

/// 1 − a visibility, in ten-thousandths.
pub(super) fn depth(visibility: Visibility) -> u32 {
    Outage::TOTAL - ratio(visibility.seeing, visibility.known).unwrap_or(0)
}

/// The outages that lie at least partly in the window, in the order of time.
pub(super) fn outages(
    changes: &[VisibilityChange],
    timing: &TimingBounds,
    in_baseline: bool,
    rules: OutageRules,
) -> Vec<Outage> {
    let window = rules.window;
    let losses = timing.earliest_losses.as_deref().unwrap_or(changes);
    let returns = timing.earliest_returns.as_deref().unwrap_or(changes);
    let spans = loss_spans(changes, in_baseline, rules.min_life, rules.hysteresis);
    let in_window = spans
        .into_iter()
        .filter(|span| span.end.is_none_or(|end| end > window.from));
    in_window
        .map(|span| {
            let began_before = span.start < window.from;
            Outage {
                start: span.start.max(window.from),
                end: span.end.unwrap_or(window.to),
                start_uncertainty: (!began_before).then(|| {
                    span.start - timing::since(losses, span.start, VisibilityState::Visible)
                }),
                end_uncertainty: span
                    .end
                    .map(|end| end - timing::since(returns, end, VisibilityState::Lost)),
                depth: depth(span.lowest),
                truncated: span.end.is_none() || began_before,
            }
        })
        .collect()
}

/// A span in which something that was established was lost, wherever it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LossSpan {
    pub(super) start: Timestamp,
    /// Nothing where it still lasts at the window's end.
    pub(super) end: Option<Timestamp>,
    pub(super) lowest: Visibility,
}

/// The spans in which something that was established was lost. It is established once it was in the
/// baseline or has been visible for `min_life` on end. Unknown spans neither open nor
/// close one.
pub(super) fn loss_spans(
    changes: &[VisibilityChange],
    in_baseline: bool,
    min_life: TimeDelta,
    hysteresis: u32,
) -> Vec<LossSpan> {
    let mut spans = Vec::new();
    let mut open: Option<LossSpan> = None;
    let mut is_established = in_baseline;
    let mut visible_since: Option<Timestamp> = None;
    for change in changes {
        if let Some(since) = visible_since {
            is_established |= change.time - since >= min_life;
        }
        let now = change.visibility;
        match change.state {
            VisibilityState::Unknown => {}
            VisibilityState::Visible => {
                visible_since.get_or_insert(change.time);
                let share = u64::from(now.seeing) * 100;
                let is_back = share >= u64::from(now.known) * u64::from(50 + hysteresis);
                if is_back && let Some(span) = open.take() {
                    let end = Some(change.time);
                    spans.push(LossSpan { end, ..span });
                }
            }
            VisibilityState::Lost => {
                visible_since = None;
                match &mut open {
                    Some(span) if now.is_less(span.lowest) => span.lowest = now,
                    Some(_) => {}
                    None if is_established => {
                        open = Some(LossSpan {
                            start: change.time,
                            end: None,
                            lowest: now,
                        });
                    }
                    None => {}
                }
            }
        }
    }
    spans.extend(open);
    spans
}
