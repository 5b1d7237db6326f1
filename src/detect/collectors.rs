//! What each collector saw of an outage by its own peers, and whether its clock is right.

use super::{Outage, Sources, Span, Story};
use crate::model::net::Prefix;
use crate::model::time::SECOND;
use crate::replay::History;
use crate::tally::vantage::Votes;
use crate::tally::{self, Lookup, Sight, Terms};

/// A collector that is off by more than this is flagged.
pub const CLOCK_TOLERANCE: i64 = 30 * SECOND;

/// What a collector saw of an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its place among the run's collectors.
    pub collector: u32,
    /// Its vantage ASes, counted at the end of what was read.
    pub vantages: u32,
    /// When half of its own known vantage ASes no longer saw it, microseconds; nothing where they
    /// always did.
    pub lost: Option<i64>,
    /// When they did again, microseconds.
    pub back: Option<i64>,
}

/// A collector's own view of a prefix.
pub(super) struct View {
    collector: u32,
    vantages: u32,
    spans: Vec<Span>,
}

/// Each collector's own view of a prefix; of those without a counted peer none.
pub(super) fn spans(prefix: Prefix, history: &History, sources: Sources<'_>) -> Vec<View> {
    let terms = Terms {
        // However few it has: it speaks for itself.
        min_vantage: 1,
        ..*sources.lookup.terms
    };
    let view = |(collector, roster)| {
        let lookup = Lookup {
            roster,
            terms: &terms,
            ..sources.lookup
        };
        let mut votes = Votes::new(roster, lookup.next, prefix.family(), history);
        roster
            .joins(prefix.family())
            .iter()
            .for_each(|j| votes.join(j));
        let vantages = votes.full();
        let tally = tally::prefix(prefix, history, lookup);
        let in_baseline = tally.baseline.sight == Sight::Visible;
        let hysteresis = sources.rules.hysteresis;
        (vantages > 0).then(|| View {
            collector,
            vantages,
            spans: super::spans(&tally.moments, in_baseline, 0, hysteresis),
        })
    };
    (0..).zip(sources.collectors).filter_map(view).collect()
}

/// What they saw of one outage.
pub(super) fn seen(outage: &Outage, views: &[View]) -> Vec<Seen> {
    let seen = |view: &View| {
        let mut its = view.spans.iter();
        let mut its = its.by_ref().filter(|s| outage.overlaps(s.start, s.end));
        let first = its.next();
        let last = its.last().or(first);
        Seen {
            collector: view.collector,
            vantages: view.vantages,
            lost: first.map(|s| s.start),
            back: last.and_then(|s| s.end),
        }
    };
    views.iter().map(seen).collect()
}

/// By how much each collector's clock is ahead of the others', in microseconds: the median, over
/// the outages of prefixes that several saw, of its time of loss against the middle of the others'.
/// An even number has two in the middle: of these the earlier where they agree, for a message can
/// only be late; else the nearer, so that one wrong clock of three makes no right one wrong.
/// Nothing for one that shared none. Of two collectors that differ both are named: which of them
/// is wrong cannot be told from this.
pub fn clocks<'a>(stories: impl Iterator<Item = &'a Story>, collectors: usize) -> Vec<Option<i64>> {
    let mut leads: Vec<Vec<i64>> = vec![Vec::new(); collectors];
    for story in stories {
        // A loss that only a RIB told, or that lay in the unknown, has no exact time.
        if story.outage.start_uncertainty != Some(0) {
            continue;
        }
        let lost: Vec<(u32, i64)> = story
            .seen
            .iter()
            .filter_map(|s| Some((s.collector, s.lost?)))
            .collect();
        for &(collector, at) in &lost {
            let others = lost.iter().filter(|o| o.0 != collector).map(|o| o.1);
            if let (Some((low, high)), Some(its)) =
                (middle(others.collect()), leads.get_mut(collector as usize))
            {
                let agree = high - low <= CLOCK_TOLERANCE;
                let reference = if agree { low } else { at.clamp(low, high) };
                its.push(at - reference);
            }
        }
    }
    let median = |leads| middle(leads).map(|(low, _)| low);
    leads.into_iter().map(median).collect()
}

/// The two in the middle; one and the same of an odd number.
fn middle(mut of: Vec<i64>) -> Option<(i64, i64)> {
    of.sort_unstable();
    let low = of.get(of.len().checked_sub(1)? / 2)?;
    let high = of.get(of.len() / 2)?;
    Some((*low, *high))
}
