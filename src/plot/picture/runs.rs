//! Minutes in a row that are all alike, told once.

/// The minutes from `first` up to, not including, `end`: places in the window, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<T> {
    /// The first.
    pub first: u32,
    /// The first that is no longer like it.
    pub end: u32,
    /// What they all have.
    pub value: T,
}

/// Runs in order, none beside another of the same value. Minutes of which nothing is said are in
/// none.
pub type Runs<T> = Vec<Run<T>>;

/// Adds a minute to runs; minutes come in order, one of them again replaces nothing.
pub(super) fn add<T: PartialEq>(runs: &mut Runs<T>, minute: u32, value: T) {
    match runs.last_mut() {
        Some(last) if minute < last.end => {}
        Some(last) if last.end == minute && last.value == value => last.end = minute + 1,
        _ => runs.push(Run {
            first: minute,
            end: minute + 1,
            value,
        }),
    }
}

/// What a minute has; nothing where nothing is said of it.
pub fn at<T>(runs: &[Run<T>], minute: u32) -> Option<&T> {
    let place = runs.partition_point(|run| run.end <= minute);
    let run = runs.get(place)?;
    (run.first <= minute).then_some(&run.value)
}

#[cfg(test)]
mod tests {
    use super::{add, at};

    #[test]
    fn equal_minutes_are_one_run() {
        let mut runs = Vec::new();
        for (minute, value) in [(0, 'a'), (1, 'a'), (3, 'a'), (4, 'b'), (4, 'c')] {
            add(&mut runs, minute, value);
        }
        let told: Vec<_> = runs.iter().map(|r| (r.first, r.end, r.value)).collect();
        assert_eq!(told, [(0, 2, 'a'), (3, 4, 'a'), (4, 5, 'b')]);
        assert_eq!(at(&runs, 1), Some(&'a'));
        assert_eq!(at(&runs, 2), None);
        assert_eq!(at(&runs, 5), None);
    }
}
