//! What each collector's own peers saw of an outage, and whether the collector's clock is right.

use super::outage::{self, LossSpan};
use super::{Outage, OutageInputs, OutageReport, OutageRules};
use crate::model::net::Prefix;
use crate::model::time::{TimeDelta, Timestamp};
use crate::replay::History;
use crate::tally::counter::VisibilityCounter;
use crate::tally::{self, CountingInputs, CountingRules, Tally};

/// A collector whose clock is off by more than this is flagged.
pub(crate) const CLOCK_TOLERANCE: TimeDelta = TimeDelta::from_secs(30);

/// What the peers of one collector saw of an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectorView {
    /// Its index among the run's collectors.
    pub collector: u32,
    /// Its vantage ASes that count in the family, at the end of what was read.
    pub vantages: u32,
    /// When less than half of its own known vantage ASes saw the prefix; nothing where half of them
    /// always did.
    pub lost_at: Option<Timestamp>,
    /// When half of them saw it again.
    pub back_at: Option<Timestamp>,
}

/// The spans in which a prefix was lost by one collector's own peers.
pub(super) struct CollectorLosses {
    collector: u32,
    vantages: u32,
    spans: Vec<LossSpan>,
}

/// The losses of a prefix by each collector's own peers; collectors without a counted peer are left
/// out.
pub(super) fn loss_spans(
    prefix: Prefix,
    history: &History,
    tally: &Tally,
    inputs: OutageInputs<'_>,
) -> Vec<CollectorLosses> {
    // What an inferred member lost first was never seen.
    let withdrawn_from = tally.baseline.withdrawn_from();
    let rules = CountingRules {
        // A collector's own view counts however few vantage ASes it has.
        min_vantage: 1,
        ..*inputs.counting.rules
    };
    let losses = |(collector, vantages)| {
        let counting = CountingInputs {
            vantages,
            rules: &rules,
            ..inputs.counting
        };
        let mut counter = VisibilityCounter::new(prefix.family(), history, counting);
        for activation in vantages.activations(prefix.family()) {
            counter.activate(activation);
        }
        let vantages = counter.full_feed();
        let changes = tally::visibility_changes(prefix, history, counting);
        let rules = OutageRules {
            min_life: TimeDelta::ZERO,
            ..inputs.rules
        };
        let steps = outage::prefix_steps(&changes);
        (vantages > 0).then(|| CollectorLosses {
            collector,
            vantages,
            spans: outage::loss_spans(steps, withdrawn_from, rules),
        })
    };
    (0..).zip(inputs.collectors).filter_map(losses).collect()
}

/// What the collectors' peers saw of one outage.
pub(super) fn views(outage: &Outage, losses: &[CollectorLosses]) -> Vec<CollectorView> {
    let view = |of: &CollectorLosses| {
        let spans = of.spans.iter();
        let mut spans = spans.filter(|s| outage.overlaps(s.start, s.back_at()));
        let first = spans.next();
        let last = spans.next_back().or(first);
        CollectorView {
            collector: of.collector,
            vantages: of.vantages,
            lost_at: first.map(|s| s.start),
            back_at: last.and_then(LossSpan::back_at),
        }
    };
    losses.iter().map(view).collect()
}

/// By collector: by how much its clock is ahead of the others'; nothing for one that
/// shared no outage with another.
///
/// It is the median, over the outages of prefixes that several collectors saw, of the collector's
/// time of loss minus the middle of the others' times. An even number of times has two in the
/// middle: of these the earlier where they agree within `CLOCK_TOLERANCE`, for a message can only
/// be late; else the nearer one, so that one wrong clock among three makes no right one wrong.
/// Where two collectors differ, both are flagged: which of them is wrong cannot be decided from
/// this.
pub fn clocks<'a>(
    reports: impl Iterator<Item = &'a OutageReport>,
    collectors: usize,
) -> Vec<Option<TimeDelta>> {
    let mut leads: Vec<Vec<TimeDelta>> = vec![Vec::new(); collectors];
    for report in reports {
        // A loss with an uncertain start has no exact time.
        if report.outage.start_uncertainty != TimeDelta::ZERO {
            continue;
        }
        let lost: Vec<(u32, Timestamp)> = report
            .collectors
            .iter()
            .filter_map(|view| Some((view.collector, view.lost_at?)))
            .collect();
        for &(collector, at) in &lost {
            let others = lost.iter().filter(|o| o.0 != collector).map(|o| o.1);
            if let (Some((low, high)), Some(leads)) =
                (middle(others.collect()), leads.get_mut(collector as usize))
            {
                let agree = high - low <= CLOCK_TOLERANCE;
                let reference = if agree { low } else { at.clamp(low, high) };
                leads.push(at - reference);
            }
        }
    }
    let median = |leads| middle(leads).map(|(low, _)| low);
    leads.into_iter().map(median).collect()
}

/// The two values in the middle; of an odd number of values, the same one twice.
fn middle<T: Ord + Copy>(mut values: Vec<T>) -> Option<(T, T)> {
    values.sort_unstable();
    let low = values.get(values.len().checked_sub(1)? / 2)?;
    let high = values.get(values.len() / 2)?;
    Some((*low, *high))
}
