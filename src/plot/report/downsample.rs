//! Fewer points for charts of weeks in which something changes every minute, so that the page stays
//! small. Dips stay visible: a step shows the lowest of its minutes.

use crate::view::{GroupState, Interval, MinuteSeries};
use std::collections::BTreeSet;

/// How many minutes a step must last so that there are at most `max_steps`. It is 1 where there are
/// no more changes than that.
pub(super) fn step_minutes(changes: usize, minutes: u32, max_steps: usize) -> u32 {
    let max = u32::try_from(max_steps).unwrap_or(u32::MAX).max(1);
    if changes <= max as usize {
        1
    } else {
        minutes.div_ceil(max).max(2)
    }
}

/// The series in steps of equal length, each with the lowest of its values. Unknown prefixes lower a
/// value, too.
pub(super) fn lowest(series: &MinuteSeries<GroupState>, step: u32) -> MinuteSeries<GroupState> {
    let mut coarse: MinuteSeries<GroupState> = Vec::new();
    for interval in series {
        for index in interval.first / step..interval.end.div_ceil(step) {
            let value = interval.value;
            let (first, end) = (index * step, (index + 1) * step);
            let rank = |state: &GroupState| (state.visible, state.low, state.high);
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

/// The first minute of every step in which something changes, and that of the step after it.
pub(super) fn step_starts(changes: BTreeSet<u32>, step: u32, minutes: u32) -> BTreeSet<u32> {
    let around = changes.into_iter().flat_map(|minute| {
        let first = minute / step * step;
        [first, first.saturating_add(step)]
    });
    around.filter(|&minute| minute < minutes).collect()
}

/// Spans in seconds; those that touch the same multiple of `grain` seconds since `origin` are joined.
pub(super) fn join_spans(spans: Vec<[i64; 2]>, origin: i64, grain: i64) -> Vec<[i64; 2]> {
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
    use super::{join_spans, lowest, step_minutes, step_starts};
    use crate::model::visibility::Status;
    use crate::view::{GroupState, Interval};
    use std::collections::BTreeSet;

    fn state(visible: u32) -> GroupState {
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

    fn interval(first: u32, end: u32, visible: u32) -> Interval<GroupState> {
        let value = state(visible);
        Interval { first, end, value }
    }

    #[test]
    fn only_many_changes_need_longer_steps() {
        assert_eq!(step_minutes(100, 43_200, 100), 1);
        assert_eq!(step_minutes(101, 43_200, 100), 432);
        assert_eq!(step_minutes(101, 110, 100), 2);
    }

    #[test]
    fn a_step_keeps_a_dip_of_one_minute() {
        let series = vec![interval(0, 7, 9), interval(7, 8, 1), interval(8, 20, 9)];
        let steps = lowest(&series, 5).into_iter();
        let steps: Vec<_> = steps.map(|i| (i.first, i.end, i.value.visible)).collect();
        assert_eq!(steps, [(0, 5, 9), (5, 10, 1), (10, 15, 9), (15, 20, 9)]);
    }

    #[test]
    fn steps_without_changes_are_left_out() {
        let starts = step_starts(BTreeSet::from([0, 1, 2, 33, 98]), 10, 100);
        assert_eq!(Vec::from_iter(starts), [0, 10, 30, 40, 90]);
        let spans = vec![[100, 110], [115, 118], [150, 161], [169, 180]];
        assert_eq!(join_spans(spans, 100, 10), [[100, 118], [150, 180]]);
    }
}
