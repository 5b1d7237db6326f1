//! Tables of minutes, side by side: only one minute of each is held.

use super::moved::{TableReport, Teller};
use super::rows::{Form, LONGEST, Minutes, Row, Rows, canonical};
use super::{Tolerances, VerifyError};
use crate::model::time::MINUTE;
use crate::write::table::{Column, Schema};
use std::collections::HashMap;

/// What is compared of a table.
pub(super) struct Table<'a> {
    pub(super) schema: &'static Schema,
    /// The columns that both have, those of the key first.
    pub(super) columns: Vec<&'static Column>,
    /// How many belong to the key.
    pub(super) keys: usize,
    pub(super) allowed: &'a Tolerances,
    /// So many differing cells, and moves, are kept.
    pub(super) most: usize,
}

impl Table<'_> {
    /// The cells of these columns of the key, as all writers would have them.
    pub(super) fn key(&self, row: &Row, places: impl Iterator<Item = usize>) -> String {
        let cell = |i: usize| canonical(self.columns[i], row.cells[i].as_deref());
        places.map(cell).collect::<Vec<_>>().join("\u{1f}")
    }
}

/// Compares; the first column of both is the minute.
pub(super) fn compare(
    table: &Table<'_>,
    ours: Rows,
    theirs: Rows,
) -> Result<TableReport, VerifyError> {
    let form = theirs.form;
    let (mut ours, mut theirs) = (Minutes::new(ours)?, Minutes::new(theirs)?);
    let mut teller = Teller::new(table);
    let mut held = Held::default();
    let key = |row: &Row| table.key(row, 1..table.keys);
    let mut minute = earlier(ours.peek(), theirs.peek());
    while let Some(at) = minute {
        let found = ours.take(at)?;
        let expected = theirs.take(at)?;
        match form {
            Form::Full => join(&mut teller, &expected, &found, &key),
            Form::Compact(_) => {
                held.update(expected, &key);
                // It was written down in an earlier minute, and stands for this one.
                let label = crate::model::time::Timestamp(at).to_string();
                for row in &mut held.rows {
                    row.cells[0] = Some(label.clone());
                }
                join(&mut teller, &held.rows, &found, &key);
            }
        }
        let next = earlier(ours.peek(), theirs.peek());
        minute = match form {
            Form::Full => next,
            Form::Compact(last) if !held.rows.is_empty() => {
                let last = last.max(next).unwrap_or(at).min(at + LONGEST);
                (at + MINUTE <= last).then_some(at + MINUTE)
            }
            Form::Compact(_) => next,
        };
    }
    Ok(teller.finish())
}

fn earlier(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// What holds, where a table has changes only.
#[derive(Default)]
struct Held {
    rows: Vec<Row>,
    places: HashMap<String, usize>,
}

impl Held {
    fn update(&mut self, rows: Vec<Row>, key: &impl Fn(&Row) -> String) {
        for row in rows {
            match self.places.get(&key(&row)) {
                Some(&place) => self.rows[place] = row,
                None => {
                    self.places.insert(key(&row), self.rows.len());
                    self.rows.push(row);
                }
            }
        }
    }
}

/// Pairs the rows of one minute by the rest of their key; equal keys in their order.
fn join(teller: &mut Teller<'_>, expected: &[Row], found: &[Row], key: &impl Fn(&Row) -> String) {
    let ours: Vec<String> = found.iter().map(key).collect();
    let theirs: Vec<String> = expected.iter().map(key).collect();
    if ours == theirs {
        for (a, b) in expected.iter().zip(found) {
            teller.row(Some(a), Some(b));
        }
        return;
    }
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, key) in ours.iter().enumerate().rev() {
        places.entry(key).or_default().push(i);
    }
    let mut paired = vec![false; found.len()];
    for (row, key) in expected.iter().zip(&theirs) {
        let place = places.get_mut(key.as_str()).and_then(Vec::pop);
        if let Some(place) = place {
            paired[place] = true;
        }
        teller.row(Some(row), place.map(|i| &found[i]));
    }
    for (row, _) in found.iter().zip(&paired).filter(|(_, paired)| !**paired) {
        teller.row(None, Some(row));
    }
}
