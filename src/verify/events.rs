//! Compares tables of events: rows of the same key are paired even where their time moved.

use super::VerifyError;
use super::comparison::Comparison;
use super::row_reader::{Row, RowReader};
use super::table_report::{ReportBuilder, TableReport};
use crate::model::time::{MINUTE, Timestamp};
use crate::write::table::Kind;
use std::collections::HashMap;

/// Events of one key that lie no further apart are reported as one that moved, in microseconds;
/// others as one that is missing and one that is not expected.
const MOVED: f64 = (60 * MINUTE) as f64;

/// An event: when, and its row.
type Event = (Timestamp, Row);

/// The events of both sides that share a key, apart from its time.
#[derive(Default)]
struct Both {
    expected: Vec<Event>,
    found: Vec<Event>,
}

/// Compares two tables, both held in memory.
///
/// # Errors
/// A row cannot be read.
pub(super) fn compare(
    comparison: &Comparison<'_>,
    mut found: RowReader,
    mut expected: RowReader,
) -> Result<TableReport, VerifyError> {
    let is_time = |i: &usize| matches!(comparison.columns[*i].kind, Kind::Time | Kind::Minute);
    let at = (0..comparison.keys).find(is_time);
    let rest: Vec<usize> = (0..comparison.keys).filter(|i| Some(*i) != at).collect();
    let mut groups: Vec<Both> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    let mut add = |rows: &mut RowReader, side: fn(&mut Both) -> &mut Vec<Event>| {
        while let Some(row) = rows.next()? {
            let when = at.map_or(Ok(Timestamp(0)), |at| rows.time(&row, at))?;
            let group = *by_key
                .entry(comparison.key(&row, rest.iter().copied()))
                .or_insert(groups.len());
            if group == groups.len() {
                groups.push(Both::default());
            }
            side(&mut groups[group]).push((when, row));
        }
        Ok::<(), VerifyError>(())
    };
    add(&mut expected, |both| &mut both.expected)?;
    add(&mut found, |both| &mut both.found)?;
    // Where the key has no time, only the order distinguishes rows.
    let (near, far) = match at.map(|at| comparison.columns[at]) {
        Some(column) if column.kind == Kind::Time => (comparison.tolerance(column), MOVED),
        _ => (0.0, 0.0),
    };
    let mut report = ReportBuilder::new(comparison);
    for mut both in groups {
        both.expected.sort_by_key(|(at, _)| *at);
        both.found.sort_by_key(|(at, _)| *at);
        for (expected, found) in pairs(both, near, far.max(near)) {
            report.row(expected.as_ref(), found.as_ref());
        }
    }
    Ok(report.finish())
}

/// A row that is expected, found, or both.
type RowPair = (Option<Row>, Option<Row>);

fn pairs(both: Both, near: f64, far: f64) -> Vec<RowPair> {
    let Both { expected, found } = both;
    let within = |a: Timestamp, b: Timestamp, most: f64| (a.0 - b.0).abs() as f64 <= most;
    let as_many = expected.len() == found.len();
    if as_many
        && expected
            .iter()
            .zip(&found)
            .all(|(a, b)| within(a.0, b.0, near))
    {
        let both = expected.into_iter().zip(found);
        return both.map(|(a, b)| (Some(a.1), Some(b.1))).collect();
    }
    let mut done = Vec::new();
    let mut left: (Vec<Event>, Vec<Event>) = (expected, found);
    for most in [0.0, near, far] {
        left = matched(left, &|a, b| within(a, b, most), &mut done);
    }
    done.extend(left.0.into_iter().map(|(at, row)| (at, (Some(row), None))));
    done.extend(left.1.into_iter().map(|(at, row)| (at, (None, Some(row)))));
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, pair)| pair).collect()
}

/// Pairs what is near enough, in order; returns what is left.
fn matched(
    (expected, found): (Vec<Event>, Vec<Event>),
    is_near: &dyn Fn(Timestamp, Timestamp) -> bool,
    done: &mut Vec<(Timestamp, RowPair)>,
) -> (Vec<Event>, Vec<Event>) {
    let mut unmatched = (Vec::new(), Vec::new());
    let mut expected = expected.into_iter().peekable();
    let mut found = found.into_iter().peekable();
    loop {
        match (expected.peek(), found.peek()) {
            (Some(a), Some(b)) if is_near(a.0, b.0) => {
                if let (Some((at, a)), Some((_, b))) = (expected.next(), found.next()) {
                    done.push((at, (Some(a), Some(b))));
                }
            }
            (Some(a), Some(b)) if a.0 <= b.0 => unmatched.0.extend(expected.next()),
            (Some(_), None) => unmatched.0.extend(expected.next()),
            (_, Some(_)) => unmatched.1.extend(found.next()),
            (None, None) => return unmatched,
        }
    }
}
