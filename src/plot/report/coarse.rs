//! Weeks in which something changes every minute, told in so few steps that the page stays small.

use crate::view::{GroupState, Interval, MinuteSeries};
use std::collections::BTreeSet;

/// How many minutes a step has to last, so that no more than `most` are needed where there are so
/// many; 1 where every change has room.
pub(super) fn step(changes: usize, minutes: u32, most: usize) -> u32 {
    let most = u32::try_from(most).unwrap_or(u32::MAX).max(1);
    if changes <= most as usize {
        1
    } else {
        minutes.div_ceil(most).max(2)
    }
}

/// The lowest of every step. What is unknown is low, too.
pub(super) fn lowest(runs: &MinuteSeries<GroupState>, step: u32) -> MinuteSeries<GroupState> {
    let mut coarse: MinuteSeries<GroupState> = Vec::new();
    for run in runs {
        for place in run.first / step..run.end.div_ceil(step) {
            let value = run.value;
            let (first, end) = (place * step, (place + 1) * step);
            let rank = |l: &GroupState| (l.visible, l.low, l.high);
            match coarse.last_mut() {
                Some(last) if last.first == first => {
                    if rank(&value) < rank(&last.value) {
                        last.value = value;
                    }
                }
                _ => coarse.push(Interval { first, end, value }),
            }
        }
    }
    coarse
}

/// The first minute of every step in which something changes, and of the one behind it.
pub(super) fn firsts(changes: BTreeSet<u32>, step: u32, minutes: u32) -> BTreeSet<u32> {
    let around = changes.into_iter().flat_map(|minute| {
        let first = minute / step * step;
        [first, first.saturating_add(step)]
    });
    around.filter(|&minute| minute < minutes).collect()
}

/// Spans of seconds, joined where they touch the same stretch of `grain` seconds from `origin` on.
pub(super) fn joined(spans: Vec<[i64; 2]>, origin: i64, grain: i64) -> Vec<[i64; 2]> {
    let mut joined: Vec<[i64; 2]> = Vec::new();
    for [start, end] in spans {
        match joined.last_mut() {
            Some(last) if (start - origin) / grain <= (last[1] - origin) / grain => {
                last[1] = last[1].max(end);
            }
            _ => joined.push([start, end]),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::{firsts, joined, lowest, step};
    use crate::model::visibility::Status;
    use crate::view::{GroupState, Interval};
    use std::collections::BTreeSet;

    fn level(visible: u32) -> GroupState {
        GroupState {
            baseline: Some(9),
            visible,
            low: visible,
            high: visible,
            unknown: 0,
            members: 9,
            units: None,
            status: Status::Up,
        }
    }

    fn run(first: u32, end: u32, visible: u32) -> Interval<GroupState> {
        let value = level(visible);
        Interval { first, end, value }
    }

    #[test]
    fn steps_only_where_there_are_too_many_changes() {
        assert_eq!(step(100, 43_200, 100), 1);
        assert_eq!(step(101, 43_200, 100), 432);
        assert_eq!(step(101, 110, 100), 2);
    }

    #[test]
    fn a_dip_of_a_minute_is_in_its_step() {
        let runs = vec![run(0, 7, 9), run(7, 8, 1), run(8, 20, 9)];
        let told = lowest(&runs, 5).into_iter();
        let told: Vec<_> = told.map(|r| (r.first, r.end, r.value.visible)).collect();
        assert_eq!(told, [(0, 5, 9), (5, 10, 1), (10, 15, 9), (15, 20, 9)]);
    }

    #[test]
    fn what_is_between_changes_is_left_out() {
        let told = firsts(BTreeSet::from([0, 1, 2, 33, 98]), 10, 100);
        assert_eq!(Vec::from_iter(told), [0, 10, 30, 40, 90]);
        let spans = vec![[100, 110], [115, 118], [150, 161], [169, 180]];
        assert_eq!(joined(spans, 100, 10), [[100, 118], [150, 180]]);
    }
}
