//! A difference between an expected table and the one that was found, and how it reads in one line.

use crate::model::time::Timestamp;
use crate::write::table::Kind;
use serde::Serialize;
use std::fmt;

/// A cell that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferingCell {
    /// The cells of the row's key, separated by spaces; `-` for an empty one.
    pub key: String,
    /// The column's name; `(row)` where the whole row is missing or not expected.
    pub column: String,
    /// The expected value; `None` for an empty cell.
    pub expected: Option<String>,
    /// The value that was found; `None` for an empty cell.
    pub found: Option<String>,
}

/// A difference as a reader wants it: one cell, one row, or one column over consecutive minutes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableDifference {
    /// The table's name.
    pub table: &'static str,
    /// The row's key without its time: `175.45.176.0/24`, `AS131279`.
    pub entity: String,
    /// The column's name; `None` where rows are missing or not expected.
    pub column: Option<&'static str>,
    /// Whether a cell differs, or whole rows are missing or not expected.
    #[serde(rename = "how")]
    pub kind: DifferenceKind,
    /// The first minute, or the time of the row; `None` where the table has no times.
    pub from: Option<Timestamp>,
    /// The last minute, or again the time of the row.
    pub to: Option<Timestamp>,
    /// The number of rows.
    pub rows: u64,
    /// The expected value of the first row; `None` for an empty cell.
    pub expected: Option<String>,
    /// The value found in the first row; `None` for an empty cell.
    pub found: Option<String>,
    /// Whether the values of later rows differ from those of the first.
    pub varies: bool,
    /// Found minus expected in the first row, in the column's unit (seconds for times).
    pub by: Option<f64>,
    /// The tolerance of the column, in the same unit.
    pub tolerance: f64,
    /// Whether `from` and `to` are minutes of a table of minutes, or the times of events.
    #[serde(skip)]
    pub(super) rows_are: RowsAre,
    /// The column's position, by which differences of one instant are sorted.
    #[serde(skip)]
    pub(super) position: usize,
}

/// What the rows of a compared table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsAre {
    /// The minutes of the window.
    Minutes,
    /// Events at their own times, or things without a time.
    Events,
}

/// In which way an expected and a found table differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// A cell has another value than expected.
    Differs,
    /// An expected row is not in the table.
    Missing,
    /// A row of the table is not expected.
    Extra,
}

impl fmt::Display for TableDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.table, self.entity)?;
        let is_minutes = self.rows_are == RowsAre::Minutes || self.rows > 1;
        if let (Some(from), Some(to)) = (self.from, self.to) {
            let (from, to) = match is_minutes {
                true => (from.for_people(), to.for_people()),
                false => (for_people(from), for_people(to)),
            };
            write!(f, " {from}")?;
            if from != to {
                write!(f, "–{}", later(&from, &to))?;
            }
        }
        match (self.kind, self.column) {
            (DifferenceKind::Missing, _) => f.write_str(" is missing")?,
            (DifferenceKind::Extra, _) => f.write_str(" is not expected")?,
            (DifferenceKind::Differs, column) => {
                let (expected, found) = (
                    shown(self.expected.as_deref()),
                    shown(self.found.as_deref()),
                );
                let found = later(&expected, &found).to_owned();
                write!(f, " {} {expected} → {found}", column.unwrap_or_default())?;
            }
        }
        if self.varies {
            f.write_str(" at first")?;
        }
        let mut notes = Vec::new();
        if let Some(by) = self.by {
            let sign = if by < 0.0 { "−" } else { "+" };
            let by = by.abs();
            let is_time = matches!(self.column_kind(), Some(Kind::Time))
                || self.column.is_some_and(|c| c.ends_with("_s"));
            let unit = if is_time { " s" } else { "" };
            let digits = usize::from(by.fract() > 1e-9) * 4;
            let tolerance = self.tolerance;
            notes.push(format!(
                "{sign}{by:.digits$}{unit}, tolerance {tolerance}{unit}"
            ));
        }
        match self.rows {
            1 if !is_minutes => {}
            1 => notes.push("1 minute".to_owned()),
            n => notes.push(format!("{n} minutes")),
        }
        if !notes.is_empty() {
            write!(f, " ({})", notes.join("; "))?;
        }
        Ok(())
    }
}

impl TableDifference {
    fn column_kind(&self) -> Option<Kind> {
        let table = super::tolerance::table(self.table).ok()?;
        Some(table.column(self.column?)?.kind)
    }
}

/// A time to the second or finer, without `T` and `Z`.
pub(super) fn for_people(time: Timestamp) -> String {
    time.to_string().replace('T', " ").replace('Z', "")
}

/// A time without its day where that is the earlier one's.
fn later<'a>(from: &str, to: &'a str) -> &'a str {
    let is_time = |t: &str| t.len() >= 16 && t.as_bytes()[4] == b'-' && t.as_bytes()[10] == b' ';
    match is_time(from) && is_time(to) && from[..10] == to[..10] {
        true => &to[11..],
        false => to,
    }
}

/// A cell for people: times without `T` and `Z`, and an empty one by that name.
fn shown(cell: Option<&str>) -> String {
    match cell {
        None => "(empty)".to_owned(),
        Some(cell)
            if cell.len() >= 17
                && cell.ends_with('Z')
                && cell.as_bytes().get(10) == Some(&b'T') =>
        {
            Timestamp::parse(cell).map_or_else(|_| cell.to_owned(), for_people)
        }
        Some(cell) => cell.to_owned(),
    }
}
