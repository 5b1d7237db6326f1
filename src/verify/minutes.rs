//! Compares tables of minutes side by side; only one minute of each is in memory.

use super::VerifyError;
use super::comparison::Comparison;
use super::row_reader::{MinuteReader, Row, RowReader, TableForm};
use super::table_report::{ReportBuilder, TableReport};
use crate::model::time::{MINUTE, Timestamp};
use std::collections::HashMap;

/// The longest stretch without a row that a compact table is continued over.
const LONGEST_PAUSE: i64 = 400 * 24 * 60 * MINUTE;

/// Compares two tables whose first column is the minute.
///
/// # Errors
/// A row cannot be read, or [`VerifyError::Unsorted`].
pub(super) fn compare(
    comparison: &Comparison<'_>,
    found: RowReader,
    expected: RowReader,
) -> Result<TableReport, VerifyError> {
    let form = expected.form;
    let mut all_found = MinuteReader::new(found)?;
    let mut all_expected = MinuteReader::new(expected)?;
    let mut report = ReportBuilder::new(comparison);
    let mut current = CurrentRows::default();
    let key = |row: &Row| comparison.key(row, 1..comparison.keys);
    let mut minute = earlier(all_found.peek(), all_expected.peek());
    while let Some(at) = minute {
        let found = all_found.take(at)?;
        let expected = all_expected.take(at)?;
        match form {
            TableForm::Full => pair(&mut report, &expected, &found, &key),
            TableForm::Compact(_) => {
                current.update(expected, &key);
                // A row that was written in an earlier minute stands for this one.
                let label = at.to_string();
                for row in &mut current.rows {
                    row.cells[0] = Some(label.clone());
                }
                pair(&mut report, &current.rows, &found, &key);
            }
        }
        let next = earlier(all_found.peek(), all_expected.peek());
        minute = match form {
            TableForm::Full => next,
            TableForm::Compact(last) if !current.rows.is_empty() => {
                let longest = Timestamp(at.0 + LONGEST_PAUSE);
                let last = last.max(next).unwrap_or(at).min(longest);
                let following = Timestamp(at.0 + MINUTE);
                (following <= last).then_some(following)
            }
            TableForm::Compact(_) => next,
        };
    }
    Ok(report.finish())
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// The rows that hold in a minute, where a compact table gives changes only.
#[derive(Default)]
struct CurrentRows {
    rows: Vec<Row>,
    by_key: HashMap<String, usize>,
}

impl CurrentRows {
    fn update(&mut self, rows: Vec<Row>, key: &impl Fn(&Row) -> String) {
        for row in rows {
            match self.by_key.get(&key(&row)) {
                Some(&position) => self.rows[position] = row,
                None => {
                    self.by_key.insert(key(&row), self.rows.len());
                    self.rows.push(row);
                }
            }
        }
    }
}

/// Pairs the rows of one minute by the rest of their key; equal keys in their order.
fn pair(
    report: &mut ReportBuilder<'_>,
    expected: &[Row],
    found: &[Row],
    key: &impl Fn(&Row) -> String,
) {
    let found_keys: Vec<String> = found.iter().map(key).collect();
    let expected_keys: Vec<String> = expected.iter().map(key).collect();
    if found_keys == expected_keys {
        for (expected, found) in expected.iter().zip(found) {
            report.row(Some(expected), Some(found));
        }
        return;
    }
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, key) in found_keys.iter().enumerate().rev() {
        by_key.entry(key).or_default().push(i);
    }
    let mut is_paired = vec![false; found.len()];
    for (row, key) in expected.iter().zip(&expected_keys) {
        let partner = by_key.get_mut(key.as_str()).and_then(Vec::pop);
        if let Some(i) = partner {
            is_paired[i] = true;
        }
        report.row(Some(row), partner.map(|i| &found[i]));
    }
    for (row, _) in found.iter().zip(&is_paired).filter(|(_, is)| !**is) {
        report.row(None, Some(row));
    }
}
