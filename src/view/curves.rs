//! The curves of a run's summary: the visibility of each prefix, or the visible members of each group,
//! minute by minute, with every outage of theirs, however short.

use super::groups::{GroupSeries, with_family};
use super::outages::OutageView;
use super::prefixes::PrefixSeries;
use super::run_view::RunView;
use crate::detect::Scope;
use crate::model::net::Family;
use crate::model::time::{MINUTE, Timestamp};
use crate::model::visibility::Status;

/// Up to so many prefixes have a curve each; of more, the groups have one.
pub(crate) const MAX_PREFIXES: usize = 16;

/// At most so many groups have a curve.
const MAX_GROUPS: usize = 16;

/// A share per minute of the window, at the minute's end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    /// The prefix, or the group and its family: `AS131279 IPv4`.
    pub name: String,
    /// By minute; `None` where too little is known, and of a group without members.
    pub values: Vec<Option<Share>>,
    /// Its outages.
    pub dips: Vec<Dip>,
}

/// A share between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    /// Of a prefix: of the known vantage ASes. Of a group: of all members.
    pub value: f64,
    /// With all that is unknown counted as not seeing, or lost.
    pub low: f64,
    /// With all that is unknown counted as seeing, or visible.
    pub high: f64,
}

/// An outage on a curve. Minutes are counted from the window's first minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dip {
    /// When it began, in minutes; negative before the window.
    pub from: f64,
    /// When it ended.
    pub to: f64,
    /// The lowest share in it.
    pub lowest: f64,
}

/// Minutes in a row with the same share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CurveSegment {
    /// Start of the first minute.
    pub from: Timestamp,
    /// End of the last minute.
    pub to: Timestamp,
    /// The share.
    pub share: Option<Share>,
}

impl Curve {
    /// Visibility of a prefix.
    fn of_prefix(view: &RunView, prefix: &PrefixSeries) -> Self {
        let mut values = vec![None; view.minute_count() as usize];
        for interval in &prefix.minutes {
            let state = &interval.value;
            let (seeing, known) = (state.visibility.seeing, state.visibility.known);
            let full = state.full_feed.max(known);
            let share = Share {
                value: f64::from(seeing) / f64::from(known.max(1)),
                low: f64::from(seeing) / f64::from(full.max(1)),
                high: f64::from(seeing + full - known) / f64::from(full.max(1)),
            };
            let share = (state.status != Status::Unknown).then_some(share);
            fill(&mut values, interval.first, interval.end, share);
        }
        let name = prefix.prefix.to_string();
        let dips = dips(view, |o| o.scope == Scope::Prefix && o.entity == name);
        Self { name, values, dips }
    }

    /// Visible members of a group, as a share of all its members.
    fn of_group(view: &RunView, group: &GroupSeries) -> Self {
        let mut values = vec![None; view.minute_count() as usize];
        for interval in &group.minutes {
            let share = interval.value.shares().map(|(low, high)| Share {
                value: low,
                low,
                high,
            });
            fill(&mut values, interval.first, interval.end, share);
        }
        let dips = dips(view, |o| {
            o.scope != Scope::Prefix && o.entity == group.entity && o.family == group.family
        });
        let name = match group.family {
            Family::V4 => format!("{} IPv4", group.entity),
            Family::V6 => with_family(&group.entity, group.family),
        };
        Self { name, values, dips }
    }

    /// The curve as segments of equal share.
    pub(crate) fn segments(&self, view: &RunView) -> Vec<CurveSegment> {
        let mut segments = Vec::new();
        let mut first = 0;
        let start_of = |minute: usize| view.minute_start(minute as u32);
        for end in 1..=self.values.len() {
            if self.values.get(end) != Some(&self.values[first]) {
                segments.push(CurveSegment {
                    from: start_of(first),
                    to: start_of(end),
                    share: self.values[first],
                });
                first = end;
            }
        }
        segments
    }
}

fn dips(view: &RunView, is_its: impl Fn(&OutageView) -> bool) -> Vec<Dip> {
    let first = view.minute_start(0);
    let minutes = |time: Timestamp| (time.0 - first.0) as f64 / MINUTE as f64;
    let outages = view.outages.iter().filter(|o| is_its(o));
    let dips = outages.map(|outage| Dip {
        from: minutes(outage.start),
        to: minutes(outage.end),
        lowest: 1.0 - f64::from(outage.depth) / 10_000.0,
    });
    dips.collect()
}

fn fill(values: &mut [Option<Share>], first: u32, end: u32, value: Option<Share>) {
    let (first, end) = (first as usize, (end as usize).min(values.len()));
    if let Some(minutes) = values.get_mut(first..end) {
        minutes.fill(value);
    }
}

/// A curve per prefix, or per group with members where there are many prefixes; and the number of
/// groups that are left out.
pub(crate) fn curves(view: &RunView) -> (Vec<Curve>, usize) {
    if view.prefixes.len() + view.prefixes_left_out <= MAX_PREFIXES {
        let prefixes = view.prefixes.iter();
        let curves = prefixes.map(|prefix| Curve::of_prefix(view, prefix));
        return (curves.collect(), 0);
    }
    let has_members = |g: &&GroupSeries| g.minutes.iter().any(|i| i.value.baseline > 0);
    let groups: Vec<&GroupSeries> = view.groups.iter().filter(has_members).collect();
    let shown = groups.iter().take(MAX_GROUPS);
    let curves = shown.map(|group| Curve::of_group(view, group));
    (curves.collect(), groups.len().saturating_sub(MAX_GROUPS))
}
