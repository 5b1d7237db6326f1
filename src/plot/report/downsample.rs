//! Fewer points for charts of weeks in which something changes every minute, so that the page stays
//! small. Dips stay visible: a step shows the lowest of its minutes.

use crate::plot::members::Members;
use crate::view::{GroupState, Interval, MinuteSeries};

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

/// The series in steps of equal length, each with the lowest of its values: the one with the fewest
/// members that may be visible, then the one with the fewest that are.
pub(super) fn lowest(series: &MinuteSeries<GroupState>, step: u32) -> MinuteSeries<GroupState> {
    let mut coarse: MinuteSeries<GroupState> = Vec::new();
    for interval in series {
        for index in interval.first / step..interval.end.div_ceil(step) {
            let value = interval.value;
            let (first, end) = (index * step, (index + 1) * step);
            let rank = |state: &GroupState| {
                let members = Members::of(state);
                (members.high(), members.visible)
            };
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

/// Counts in steps of equal length, each with the counts of its minute that has the fewest in all.
/// `runs` are the first minutes of runs of equal counts, in order, and the counts; so is the result,
/// in which the minutes are those of steps.
pub(super) fn fewest(runs: &[(u32, Vec<u32>)], step: u32) -> Vec<(u32, Vec<u32>)> {
    let total = |counts: &[u32]| counts.iter().map(|&n| u64::from(n)).sum::<u64>();
    let mut coarse: Vec<(u32, Vec<u32>)> = Vec::new();
    for (index, (first, counts)) in runs.iter().enumerate() {
        let next = runs.get(index + 1).map_or(u32::MAX, |(next, _)| *next);
        // A run fills all steps between its second and its last.
        let (first, last) = (first / step, (next - 1) / step);
        let mut steps = vec![first, first + 1, last];
        steps.retain(|index| (first..=last).contains(index));
        steps.dedup();
        if next == u32::MAX {
            steps.truncate(2);
        }
        for start in steps.into_iter().map(|index| index * step) {
            match coarse.last_mut() {
                Some(last) if last.0 == start => {
                    if total(counts) < total(&last.1) {
                        last.1.clone_from(counts);
                    }
                }
                _ => coarse.push((start, counts.clone())),
            }
        }
    }
    coarse.dedup_by(|step, before| step.1 == before.1);
    coarse
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
    use super::{fewest, join_spans, lowest, step_minutes};
    use crate::model::visibility::Status;
    use crate::view::{GroupState, Interval, ReachedUnits};

    fn state(visible: u32) -> GroupState {
        GroupState {
            baseline: 9,
            visible,
            unknown: 0,
            new: 0,
            units: ReachedUnits {
                baseline: 9,
                direct: 9,
                covered: 0,
                none: 0,
                unknown: 0,
            },
            status: Some(Status::Up),
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
    fn a_step_keeps_the_fewest_paths_of_a_minute() {
        let runs = [(0, 9), (7, 0), (8, 9), (21, 5), (29, 9)].map(|(m, n)| (m, vec![n, 1]));
        let steps = fewest(&runs, 5).into_iter();
        let steps: Vec<_> = steps.map(|(first, counts)| (first, counts[0])).collect();
        assert_eq!(steps, [(0, 9), (5, 0), (10, 9), (20, 5), (30, 9)]);
    }

    #[test]
    fn near_spans_are_joined() {
        let spans = vec![[100, 110], [115, 118], [150, 161], [169, 180]];
        assert_eq!(join_spans(spans, 100, 10), [[100, 118], [150, 180]]);
    }
}
