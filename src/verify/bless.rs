//! Writes the expected tables of an archived incident from a run, after a deliberate change.

use super::VerifyError;
use super::row_reader::{self, Row, RowReader, canonical, compact_comment};
use crate::disk::write_atomically;
use crate::model::time::Timestamp;
use crate::write::column::{Basis, Column, Kind};
use crate::write::table::{Regression, RowLayout, Table};
use crate::write::{TABLES, csv};
use std::collections::HashMap;
use std::path::Path;

/// Rewrites the expected tables that a folder has, with the columns that it has; in a folder without
/// any, the usual ones. A table with a row in every minute keeps only the rows that differ from the
/// minute before.
///
/// # Errors
/// The run's tables cannot be read, or the folder cannot be written to.
pub fn bless(out: &Path, expected: &Path) -> Result<Vec<String>, VerifyError> {
    std::fs::create_dir_all(expected)
        .map_err(|e| VerifyError::Write(expected.to_owned(), e.to_string()))?;
    let file = |table: &Table| expected.join(format!("{}.csv", table.name));
    let is_new = !TABLES.iter().any(|table| file(table).is_file());
    let mut written = Vec::new();
    for table in TABLES {
        let path = file(table);
        let columns: Vec<&'static Column> = if path.is_file() {
            row_reader::of_csv(&path, table)?.columns
        } else if is_new && table.regression == Regression::Kept {
            // The position of a record is no result: the same record has another one in another archive.
            let columns = table.columns.iter();
            columns
                .filter(|c| c.basis != Basis::RecordPosition)
                .collect()
        } else {
            continue;
        };
        let Some(mut rows) = row_reader::open(out, table)? else {
            continue;
        };
        let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
        rows.select(&names);
        let is_minutes = columns.first().is_some_and(|c| c.kind == Kind::Minute);
        let expected = match table.layout {
            // Unchanged minutes can be left out only where each key has a row in every minute.
            RowLayout::EveryMinute if is_minutes => changes(&mut rows, table)?,
            RowLayout::EveryMinute | RowLayout::ByTime => by_time(&mut rows, table)?,
            RowLayout::WithoutTime => ExpectedRows::full(rows.all()?),
        };
        write(&path, &names, &expected)?;
        written.push(format!("{}.csv", table.name));
    }
    Ok(written)
}

/// The rows of an expected table; where they are changes only, up to which minute.
struct ExpectedRows {
    rows: Vec<Row>,
    compact_to: Option<Timestamp>,
}

impl ExpectedRows {
    const fn full(rows: Vec<Row>) -> Self {
        Self {
            rows,
            compact_to: None,
        }
    }
}

/// The positions of the key among the selected columns.
fn key_positions(rows: &RowReader, table: &Table) -> Vec<usize> {
    let columns = rows.selected().iter().enumerate();
    let is_key = |c: &Column| table.key.contains(&c.name);
    columns.filter(|(_, c)| is_key(c)).map(|(i, _)| i).collect()
}

/// The rows that differ from the minute before.
fn changes(rows: &mut RowReader, table: &Table) -> Result<ExpectedRows, VerifyError> {
    let key = key_positions(rows, table);
    let mut last: HashMap<Vec<Option<String>>, Vec<Option<String>>> = HashMap::new();
    let mut changes = Vec::new();
    let mut end = None;
    while let Some(row) = rows.next()? {
        let label = row.cells[0].as_deref().unwrap_or_default();
        end = Timestamp::parse(label).ok().or(end);
        let of_key = key.iter().skip(1).map(|&i| row.cells[i].clone()).collect();
        let values = row.cells[1..].to_vec();
        if last.get(&of_key) != Some(&values) {
            last.insert(of_key, values);
            changes.push(row);
        }
    }
    Ok(ExpectedRows {
        rows: changes,
        compact_to: end,
    })
}

/// All rows, sorted by the times of their key, then by the key.
fn by_time(rows: &mut RowReader, table: &Table) -> Result<ExpectedRows, VerifyError> {
    let key = key_positions(rows, table);
    let columns = rows.selected().to_vec();
    let is_time = |i: &&usize| matches!(columns[**i].kind, Kind::Time | Kind::Minute);
    let order = |row: &Row| -> Vec<String> {
        let times_first = key.iter().filter(is_time).chain(&key);
        let cell = |&i: &usize| canonical(columns[i], row.cells[i].as_deref());
        times_first.map(cell).collect()
    };
    let mut all = rows.all()?;
    all.sort_by_cached_key(order);
    Ok(ExpectedRows::full(all))
}

fn write(path: &Path, columns: &[&str], expected: &ExpectedRows) -> Result<(), VerifyError> {
    let mut text = "# dropline's own: `dropline regress --bless` writes it anew.\n".to_owned();
    if let Some(end) = expected.compact_to {
        text += &compact_comment(end);
    }
    text += &csv::text(columns, expected.rows.iter().map(cells));
    write_atomically(path, text.as_bytes())
        .map_err(|e| VerifyError::Write(path.to_owned(), e.to_string()))
}

fn cells(row: &Row) -> impl Iterator<Item = &str> {
    row.cells.iter().map(|c| c.as_deref().unwrap_or_default())
}
