//! The rows of `country` and `asns` as they are drawn: members, the prefixes of the baseline. Lines,
//! bands and readouts all come from here, so that a figure and the report say the same.

use crate::model::visibility::Status;
use crate::view::{GroupKey, GroupSeries, GroupState, RunView};
use std::cmp::Reverse;

/// A group's members at the end of a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Members {
    /// All members.
    pub baseline: u32,
    /// Members that are visible.
    pub visible: u32,
    /// Members of which too little is known to say.
    pub unknown: u32,
    /// Prefixes that are visible and no members. They make up for no lost member.
    pub others: u32,
    /// The status; `None` where there are no members.
    pub status: Option<Status>,
}

impl Members {
    pub(super) fn of(state: &GroupState) -> Self {
        Self {
            baseline: state.baseline,
            visible: state.visible,
            unknown: state.unknown,
            others: state.new,
            status: state.status,
        }
    }

    /// Members that are visible, or would be if all unknown ones were.
    pub(super) const fn high(self) -> u32 {
        self.visible + self.unknown
    }

    /// The status, if there is a line in this minute: it is neither empty nor unknown.
    pub(super) fn known_status(self) -> Option<Status> {
        self.status.filter(|&status| status != Status::Unknown)
    }
}

/// How many members a group has.
pub(super) fn baseline(group: &GroupSeries) -> u32 {
    let first = group.minutes.first();
    first.map_or(0, |interval| Members::of(&interval.value).baseline)
}

/// The groups in the order in which they are drawn: the country, then those that lost most in the
/// window. Groups without members come last.
pub(super) fn groups(view: &RunView) -> Vec<&GroupSeries> {
    let lost = |group: &GroupSeries| {
        let minutes = group.minutes.iter();
        let lost = minutes.map(|interval| {
            let members = Members::of(&interval.value);
            let lost = members.baseline.saturating_sub(members.high());
            u64::from(lost) * u64::from(interval.end - interval.first)
        });
        lost.sum::<u64>()
    };
    let groups = view.groups.iter();
    let mut groups: Vec<&GroupSeries> = groups.filter(|g| !g.minutes.is_empty()).collect();
    groups.sort_by_key(|g| {
        let has_members = baseline(g) > 0;
        (!has_members, g.group != GroupKey::Country, Reverse(lost(g)))
    });
    groups
}

/// The spans of minutes, from the first up to, not including, the second, in which more than half of
/// the prefixes are unknown.
pub(super) fn unknown_spans(view: &RunView) -> Vec<(u32, u32)> {
    let minutes = view.minute_count();
    let mut changes = vec![0i64; minutes as usize + 1];
    for interval in view.prefixes.iter().flat_map(|prefix| &prefix.minutes) {
        if interval.value.status == Status::Unknown {
            for (minute, change) in [(interval.first, 1), (interval.end, -1)] {
                if let Some(sum) = changes.get_mut(minute.min(minutes) as usize) {
                    *sum += change;
                }
            }
        }
    }
    let (mut unknown, mut since, mut spans) = (0, None, Vec::new());
    for (minute, change) in (0u32..).zip(changes) {
        unknown += change;
        let is_unknown = minute < minutes && unknown * 2 > view.prefixes.len() as i64;
        match (is_unknown, since) {
            (true, None) => since = Some(minute),
            (false, Some(first)) => {
                spans.push((first, minute));
                since = None;
            }
            _ => {}
        }
    }
    spans
}
