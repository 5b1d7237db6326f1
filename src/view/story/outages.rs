//! Outages of prefixes: those that belong to no event, told together where they share time, and like
//! rows of a table merged into one.

use super::input::StoryInput;
use super::names;
use crate::detect::Scope;
use crate::model::net::Asn;
use crate::model::time::{SECOND, TimeDelta, Timestamp, Window};
use crate::view::events::EndKind;
use crate::view::outages::OutageView;
use crate::view::times::Clock;
use crate::view::words::counted;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Rows whose starts, and whose ends, lie within this time of each other are alike.
const ALIKE: TimeDelta = TimeDelta::MINUTE;

/// At most so many prefixes of a cluster are named.
const MAX_NAMED: usize = 1;

/// Outages of prefixes that belong to no event: of prefixes that are no members, or too few members.
pub(super) fn loose<'a>(input: &StoryInput<'a>) -> Vec<&'a OutageView> {
    let outages = input.outages.iter();
    let loose = outages.filter(|o| o.scope == Scope::Prefix && o.event.is_none());
    loose.collect()
}

/// What is said of them where events are told.
pub(super) fn left_out(loose: &[&OutageView]) -> Option<String> {
    if loose.is_empty() {
        return None;
    }
    let prefixes: BTreeSet<&str> = loose.iter().map(|o| o.entity.as_str()).collect();
    Some(format!(
        "{} of {} in `outages` belong to none of these losses",
        counted(loose.len(), "outage", "outages"),
        counted(prefixes.len(), "prefix", "prefixes")
    ))
}

/// Outages of prefixes that overlap in time.
pub(crate) struct Cluster<'a> {
    outages: Vec<&'a OutageView>,
}

/// Outages that overlap in time together, the largest by prefix-seconds first.
pub(super) fn clusters<'a>(loose: &[&'a OutageView]) -> Vec<Cluster<'a>> {
    let mut sorted: Vec<&OutageView> = loose.to_vec();
    sorted.sort_by_key(|o| (o.start, o.end));
    let mut clusters: Vec<Cluster<'a>> = Vec::new();
    for outage in sorted {
        match clusters.last_mut() {
            Some(last) if last.end() > outage.start => last.outages.push(outage),
            _ => clusters.push(Cluster {
                outages: vec![outage],
            }),
        }
    }
    clusters.sort_by_key(|cluster| (Reverse(cluster.loss_s()), cluster.start()));
    clusters
}

/// What is left out where only the first few clusters are told.
pub(super) fn smaller(clusters: &[Cluster<'_>], told: usize) -> Option<String> {
    let rest = clusters.len().checked_sub(told).filter(|&n| n > 0)?;
    Some(format!(
        "And {}",
        counted(rest, "smaller loss", "smaller losses")
    ))
}

impl Cluster<'_> {
    /// When the first of them was lost.
    pub(crate) fn start(&self) -> Option<Timestamp> {
        self.outages.iter().map(|o| o.start).min()
    }

    fn end(&self) -> Timestamp {
        let ends = self.outages.iter().map(|o| o.end);
        ends.max().unwrap_or(Timestamp(0))
    }

    /// From the first loss to the last return.
    pub(crate) fn lasted(&self) -> TimeDelta {
        self.start()
            .map_or(TimeDelta::ZERO, |start| self.end() - start)
    }

    /// When half of them were back; nothing where that was not seen.
    pub(crate) fn half_back_at(&self) -> Option<Timestamp> {
        let back = self.outages.iter().filter(|o| o.end_kind == EndKind::Back);
        let mut ends: Vec<Timestamp> = back.map(|o| o.end).collect();
        ends.sort_unstable();
        ends.get(self.outages.len().div_ceil(2) - 1).copied()
    }

    /// `84.205.64.0/24 and 26 more`.
    pub(crate) fn name(&self) -> String {
        names::list(&self.prefixes(), MAX_NAMED)
    }

    /// Seconds of known loss, summed over the prefixes.
    pub(crate) fn loss_s(&self) -> i64 {
        self.outages.iter().map(|o| o.down_s).sum()
    }

    fn prefixes(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for outage in &self.outages {
            if !names.contains(&outage.entity) {
                names.push(outage.entity.clone());
            }
        }
        names
    }

    /// `27 prefixes were lost on …`.
    pub(super) fn headline(&self, clock: Clock, window: Window) -> String {
        let prefixes = self.prefixes();
        let who = match prefixes.as_slice() {
            [only] => only.clone(),
            all => counted(all.len(), "prefix", "prefixes"),
        };
        let was = if prefixes.len() == 1 { "was" } else { "were" };
        format!("{who} {was} lost {}", self.course("on", clock, window))
    }

    /// `84.205.64.0/24 and 26 more: lost from …`.
    pub(super) fn sentence(&self, clock: Clock, window: Window) -> String {
        let who = self.name();
        format!("{who}: lost {}", self.course("at", clock, window))
    }

    /// When the first and the last were lost, and when they were back.
    fn course(&self, at: &str, mut clock: Clock, window: Window) -> String {
        let starts = || self.outages.iter().map(|o| o.start);
        let (first, last) = (starts().min(), starts().max());
        let mut text = span(&mut clock, at, first, last);
        text.push_str(" UTC");
        if first.is_some_and(|first| first < window.from) {
            text.push_str(", before the window began");
        }
        let of_kind = |kind| self.outages.iter().filter(move |o| o.end_kind == kind);
        let ends = || of_kind(EndKind::Back).map(|o| o.end);
        if let (Some(first), Some(last)) = (ends().min(), ends().max()) {
            let back = span(&mut clock, "at", Some(first), Some(last));
            text.push_str(&format!(", back {back}"));
        }
        let lost = of_kind(EndKind::Window).count();
        if lost > 0 {
            let n = if lost == self.outages.len() {
                String::new()
            } else {
                format!("{lost} ")
            };
            let to = clock.tell(window.to);
            text.push_str(&format!(", {n}not back when the window ended at {to}"));
        }
        let unknown = of_kind(EndKind::Unknown).count();
        if unknown > 0 {
            let n = match unknown == self.outages.len() {
                true => String::new(),
                false => format!("{unknown} "),
            };
            let last = of_kind(EndKind::Unknown).map(|o| o.end).min();
            let last = clock.tell(last.unwrap_or(window.to));
            text.push_str(&format!(
                ", {n}down until at least {last}; nothing is known from then on"
            ));
        }
        text
    }
}

/// `at 16:15:18`, or `between 16:15:18 and 16:15:40`.
fn span(clock: &mut Clock, at: &str, first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    let (Some(first), Some(last)) = (first, last) else {
        return String::new();
    };
    match clock.is_same(first, last) {
        true => format!("{at} {}", clock.tell(first)),
        false => format!("between {} and {}", clock.tell(first), clock.tell(last)),
    }
}

/// Outages of prefixes that a table for people shows in one row: of one event (or of none), lost
/// within a minute of each other, back within a minute of each other, equally deep and behind the
/// same AS.
#[derive(Debug, Clone)]
pub(crate) struct MergedOutage<'a> {
    /// All of them, in the order of the table.
    pub outages: Vec<&'a OutageView>,
}

/// Rows of outages, like ones merged. The order is that of the first of each.
pub(crate) fn merged<'a>(outages: &[&'a OutageView]) -> Vec<MergedOutage<'a>> {
    let mut rows: Vec<MergedOutage<'a>> = Vec::new();
    for &outage in outages {
        match rows.iter_mut().find(|row| row.is_like(outage)) {
            Some(row) => row.outages.push(outage),
            None => rows.push(MergedOutage {
                outages: vec![outage],
            }),
        }
    }
    rows
}

impl MergedOutage<'_> {
    fn is_like(&self, other: &OutageView) -> bool {
        let Some(first) = self.outages.first() else {
            return false;
        };
        let is_near = |a: Timestamp, b: Timestamp| (a - b).abs() <= ALIKE;
        let mut all = self.outages.iter();
        first.scope == Scope::Prefix
            && other.scope == Scope::Prefix
            && first.event == other.event
            && first.end_kind == other.end_kind
            && first.depth == other.depth
            && first.common_as == other.common_as
            && first.other_origins == other.other_origins
            && all.all(|o| {
                is_near(o.start, other.start)
                    && is_near(o.end, other.end)
                    && o.entity != other.entity
            })
    }

    /// `175.45.176.0/24 and 3 more`.
    pub(crate) fn name(&self) -> String {
        let names: Vec<String> = self.outages.iter().map(|o| o.entity.clone()).collect();
        names::list(&names, MAX_NAMED)
    }

    /// When the first of them was lost.
    pub(crate) fn start(&self) -> Timestamp {
        let starts = self.outages.iter().map(|o| o.start);
        starts.min().unwrap_or(Timestamp(0))
    }

    /// When the last of them was lost.
    pub(crate) fn last_start(&self) -> Timestamp {
        let starts = self.outages.iter().map(|o| o.start);
        starts.max().unwrap_or(Timestamp(0))
    }

    /// When the last of them was back, or the end of what is known.
    pub(crate) fn end(&self) -> Timestamp {
        let ends = self.outages.iter().map(|o| o.end);
        ends.max().unwrap_or(Timestamp(0))
    }

    /// From the first loss to the last return.
    pub(crate) fn lasted(&self) -> TimeDelta {
        let whole = (self.end() - self.start()).0.div_euclid(SECOND);
        TimeDelta::from_secs(whole)
    }

    /// How they end.
    pub(crate) fn end_kind(&self) -> EndKind {
        self.outages
            .first()
            .map_or(EndKind::Unknown, |o| o.end_kind)
    }

    /// Their depth, in ten-thousandths.
    pub(crate) fn depth(&self) -> u32 {
        self.outages.first().map_or(0, |o| o.depth)
    }

    /// The AS that their lost paths share.
    pub(crate) fn common_as(&self) -> Option<Asn> {
        self.outages.first().and_then(|o| o.common_as)
    }

    /// Whether that AS is next to the origin.
    pub(crate) fn is_upstream(&self, asn: Asn) -> bool {
        let mut outages = self.outages.iter();
        outages.any(|o| o.upstreams_before.contains(&asn))
    }

    /// Other origins of theirs.
    pub(crate) fn other_origins(&self) -> &[Asn] {
        self.outages
            .first()
            .map_or(&[], |o| o.other_origins.as_slice())
    }
}
