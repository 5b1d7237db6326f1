//! Values minute by minute, run-length encoded: equal neighbouring minutes are one interval.

/// Consecutive minutes with the same value, from `first` up to, not including, `end`. Minutes are
/// counted from the window's first minute, which is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval<T> {
    /// The first minute.
    pub first: u32,
    /// The minute after the last one.
    pub end: u32,
    /// The value that all of them have.
    pub value: T,
}

/// Intervals in order of time. Neighbours differ in value; a minute without a value is in none.
pub(crate) type MinuteSeries<T> = Vec<Interval<T>>;

/// Appends a minute to a series. Minutes must come in order; a second value for the last minute is
/// ignored.
pub(super) fn push<T: PartialEq>(series: &mut MinuteSeries<T>, minute: u32, value: T) {
    match series.last_mut() {
        Some(last) if minute < last.end => {}
        Some(last) if last.end == minute && last.value == value => last.end = minute + 1,
        _ => series.push(Interval {
            first: minute,
            end: minute + 1,
            value,
        }),
    }
}

/// The value of a minute; `None` where the series has none.
pub fn value_at<T>(series: &[Interval<T>], minute: u32) -> Option<&T> {
    let index = series.partition_point(|interval| interval.end <= minute);
    let interval = series.get(index)?;
    (interval.first <= minute).then_some(&interval.value)
}

#[cfg(test)]
mod tests {
    use super::{push, value_at};

    #[test]
    fn equal_minutes_are_one_interval() {
        let mut series = Vec::new();
        for (minute, value) in [(0, 'a'), (1, 'a'), (3, 'a'), (4, 'b'), (4, 'c')] {
            push(&mut series, minute, value);
        }
        let intervals: Vec<_> = series.iter().map(|i| (i.first, i.end, i.value)).collect();
        assert_eq!(intervals, [(0, 2, 'a'), (3, 4, 'a'), (4, 5, 'b')]);
        assert_eq!(value_at(&series, 1), Some(&'a'));
        assert_eq!(value_at(&series, 2), None);
        assert_eq!(value_at(&series, 5), None);
    }
}
