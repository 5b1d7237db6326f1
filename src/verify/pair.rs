//! Tables of events: rows of the same key pair up even where their time moved.

use super::VerifyError;
use super::join::Table;
use super::moved::{TableReport, Teller};
use super::rows::{Row, Rows, time};
use crate::model::time::MINUTE;
use crate::write::table::Kind;
use std::collections::HashMap;

/// Events of one key that lie this far apart are told as one that moved; further apart, as one that
/// is missing and one that is not expected.
const MOVED: f64 = (60 * MINUTE) as f64;

/// An event: when, and its row.
type Event = (i64, Row);

/// The events of both sides that share a key, apart from its time.
#[derive(Default)]
struct Both {
    expected: Vec<Event>,
    found: Vec<Event>,
}

/// Compares.
pub(super) fn compare(
    table: &Table<'_>,
    mut ours: Rows,
    mut theirs: Rows,
) -> Result<TableReport, VerifyError> {
    let is_time = |i: &usize| matches!(table.columns[*i].kind, Kind::Time | Kind::Minute);
    let at = (0..table.keys).find(is_time);
    let rest: Vec<usize> = (0..table.keys).filter(|i| Some(*i) != at).collect();
    let mut groups: Vec<Both> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut add = |rows: &mut Rows, is_expected: bool| -> Result<(), VerifyError> {
        while let Some(row) = rows.next()? {
            let when = at.map_or(Ok(0), |at| time(&rows.path, &row, at))?;
            let place = *places
                .entry(table.key(&row, rest.iter().copied()))
                .or_insert(groups.len());
            if place == groups.len() {
                groups.push(Both::default());
            }
            let side = match is_expected {
                true => &mut groups[place].expected,
                false => &mut groups[place].found,
            };
            side.push((when, row));
        }
        Ok(())
    };
    add(&mut theirs, true)?;
    add(&mut ours, false)?;
    // Where the key has no time, only the order tells rows apart.
    let (near, far) = match at.map(|at| table.columns[at]) {
        Some(column) if column.kind == Kind::Time => {
            (table.allowed.of(table.schema.name, column), MOVED)
        }
        _ => (0.0, 0.0),
    };
    let mut teller = Teller::new(table);
    for mut both in groups {
        both.expected.sort_by_key(|(at, _)| *at);
        both.found.sort_by_key(|(at, _)| *at);
        for (expected, found) in pairs(both, near, far.max(near)) {
            teller.row(expected.as_ref(), found.as_ref());
        }
    }
    Ok(teller.finish())
}

type Pair = (Option<Row>, Option<Row>);

fn pairs(both: Both, near: f64, far: f64) -> Vec<Pair> {
    let Both { expected, found } = both;
    let within = |a: i64, b: i64, most: f64| (a - b).abs() as f64 <= most;
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

/// Pairs what is near enough, in order; gives back what is left.
fn matched(
    (expected, found): (Vec<Event>, Vec<Event>),
    is_near: &dyn Fn(i64, i64) -> bool,
    done: &mut Vec<(i64, Pair)>,
) -> (Vec<Event>, Vec<Event>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (mut ours, mut theirs) = (
        found.into_iter().peekable(),
        expected.into_iter().peekable(),
    );
    loop {
        match (theirs.peek(), ours.peek()) {
            (Some(a), Some(b)) if is_near(a.0, b.0) => {
                if let (Some((at, a)), Some((_, b))) = (theirs.next(), ours.next()) {
                    done.push((at, (Some(a), Some(b))));
                }
            }
            (Some(a), Some(b)) if a.0 <= b.0 => left.extend(theirs.next()),
            (Some(_), None) => left.extend(theirs.next()),
            (_, Some(_)) => right.extend(ours.next()),
            (None, None) => return (left, right),
        }
    }
}
