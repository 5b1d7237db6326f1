//! What differs, as cells and as what moved: consecutive minutes in one line.

use super::join::Table;
use super::rows::Row;
use super::tolerance::{differs, measure};
use crate::model::time::{MINUTE, SECOND, Timestamp};
use crate::write::table::{Column, Kind};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// More moves of a table are counted, but not told.
const MOST_MOVES: usize = 20_000;

/// A cell that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The cells of the row's key, separated by blanks.
    pub key: String,
    /// Which column; `(row)` where the whole row is missing or not expected.
    pub column: String,
    /// What was expected; nothing for an empty cell.
    pub expected: Option<String>,
    /// What was found; nothing for an empty cell.
    pub found: Option<String>,
}

/// What moved: a cell, a row, or the same column of consecutive minutes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// The table.
    pub table: &'static str,
    /// Whose: the key without its time.
    pub entity: String,
    /// Which column; none where rows are missing or not expected.
    pub column: Option<&'static str>,
    /// Missing, extra, or the cell differs.
    pub how: How,
    /// The first minute or the time of the row, if it has one, UTC.
    pub from: Option<Timestamp>,
    /// The last minute.
    pub to: Option<Timestamp>,
    /// Rows.
    pub rows: u64,
    /// What was expected at first.
    pub expected: Option<String>,
    /// What was found at first.
    pub found: Option<String>,
    /// Whether later rows have other values.
    pub varies: bool,
    /// By how much, in the column's unit (times: seconds), at first.
    pub by: Option<f64>,
    /// What would have been allowed.
    pub tolerance: f64,
    #[serde(skip)]
    kind: Kind,
    #[serde(skip)]
    order: usize,
}

/// In which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// A cell has another value.
    Differs,
    /// A row is expected and not there.
    Missing,
    /// A row is there and not expected.
    Extra,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.table, self.entity)?;
        let is_minutes = self.kind == Kind::Minute || self.rows > 1;
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
        match (self.how, self.column) {
            (How::Missing, _) => f.write_str(" is missing")?,
            (How::Extra, _) => f.write_str(" is not expected")?,
            (How::Differs, column) => {
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

impl Moved {
    fn column_kind(&self) -> Option<Kind> {
        let schema = super::tolerance::table(self.table).ok()?;
        schema
            .columns
            .iter()
            .find(|c| Some(c.name) == self.column)
            .map(|c| c.kind)
    }
}

fn for_people(time: Timestamp) -> String {
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

/// How a table compares.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableReport {
    /// Its name.
    pub table: &'static str,
    /// Rows without a difference.
    pub equal: u64,
    /// Rows with one.
    pub differing: u64,
    /// Rows that are expected and not there.
    pub missing: u64,
    /// Rows that are there and not expected.
    pub extra: u64,
    /// Cells that differ, missing and extra rows as one each.
    pub cells_differing: u64,
    /// What moved, in how many lines.
    pub moves: u64,
    /// The first of the cells.
    pub cells: Vec<Cell>,
    /// The first of what moved.
    pub moved: Vec<Moved>,
    /// Tables or columns that are not there.
    pub faults: Vec<String>,
}

impl TableReport {
    pub(super) fn fault(table: &'static str, what: &str) -> Self {
        Self {
            table,
            faults: vec![what.to_owned()],
            ..Self::default()
        }
    }

    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.faults.is_empty() && self.differing + self.missing + self.extra == 0
    }
}

/// Hears of rows, and tells what moved.
pub(super) struct Teller<'a> {
    table: &'a Table<'a>,
    report: TableReport,
    open: BTreeMap<(String, usize), Moved>,
    done: Vec<Moved>,
}

/// The place of a whole row among columns.
const ROW: usize = usize::MAX;

impl<'a> Teller<'a> {
    pub(super) fn new(table: &'a Table<'a>) -> Self {
        Self {
            table,
            report: TableReport {
                table: table.schema.name,
                ..TableReport::default()
            },
            open: BTreeMap::new(),
            done: Vec::new(),
        }
    }

    /// A row that is expected, found, or both.
    pub(super) fn row(&mut self, expected: Option<&Row>, found: Option<&Row>) {
        match (expected, found) {
            (None, None) => {}
            (Some(row), None) => {
                self.report.missing += 1;
                self.differs(row, ROW, How::Missing, None, None);
            }
            (None, Some(row)) => {
                self.report.extra += 1;
                self.differs(row, ROW, How::Extra, None, None);
            }
            (Some(a), Some(b)) => {
                let mut is_equal = true;
                let table = self.table;
                for (i, column) in table.columns.iter().enumerate() {
                    let (x, y) = (a.cells[i].as_deref(), b.cells[i].as_deref());
                    let is_label = i < table.keys && column.kind != Kind::Time;
                    if x == y
                        || is_label
                        || !differs(column, table.allowed.of(table.schema.name, column), x, y)
                    {
                        continue;
                    }
                    is_equal = false;
                    self.differs(a, i, How::Differs, x, y);
                }
                match is_equal {
                    true => self.report.equal += 1,
                    false => self.report.differing += 1,
                }
            }
        }
    }

    fn differs(
        &mut self,
        row: &Row,
        place: usize,
        how: How,
        expected: Option<&str>,
        found: Option<&str>,
    ) {
        let table = self.table;
        self.report.cells_differing += 1;
        let column = table.columns.get(place).copied();
        if self.report.cells.len() < table.most {
            let key: Vec<&str> = row.cells[..table.keys]
                .iter()
                .map(|c| c.as_deref().unwrap_or("-"))
                .collect();
            let whole = |is: bool| is.then(|| "(row)".to_owned());
            self.report.cells.push(Cell {
                key: key.join(" "),
                column: column.map_or("(row)", |c| c.name).to_owned(),
                expected: expected.map(str::to_owned).or(whole(how == How::Missing)),
                found: found.map(str::to_owned).or(whole(how == How::Extra)),
            });
        }
        let (entity, time) = self.whose(row);
        let is_minute = table
            .columns
            .first()
            .is_some_and(|c| c.kind == Kind::Minute);
        if is_minute && let Some(at) = time {
            let moved = self.open.get_mut(&(entity.clone(), place));
            if let Some(run) = moved
                && run.to.is_some_and(|to| to.0 + MINUTE == at.0)
                && run.how == how
            {
                let is_same = run.expected.as_deref() == expected && run.found.as_deref() == found;
                // Words are told apart, figures of consecutive minutes are not.
                if is_same || column.is_some_and(|c| c.kind != Kind::Text) {
                    run.to = Some(at);
                    run.rows += 1;
                    run.varies |= !is_same;
                    return;
                }
            }
        }
        let by = column.and_then(|c| by(c, expected?, found?));
        let allowed = column.map_or(0.0, |c| table.allowed.of(table.schema.name, c));
        let per = if column.is_some_and(|c| c.kind == Kind::Time) {
            SECOND as f64
        } else {
            1.0
        };
        // A time that moved says itself when that was.
        let time = time.filter(|_| is_minute || column.is_none_or(|c| c.kind != Kind::Time));
        let moved = Moved {
            table: table.schema.name,
            entity: entity.clone(),
            column: column.map(|c| c.name),
            how,
            from: time,
            to: time,
            rows: 1,
            expected: expected.map(str::to_owned),
            found: found.map(str::to_owned),
            varies: false,
            by: by.map(|by| by / per),
            tolerance: allowed / per,
            kind: if is_minute { Kind::Minute } else { Kind::Time },
            order: place,
        };
        if !is_minute {
            self.close(moved);
        } else if let Some(before) = self.open.insert((entity, place), moved) {
            self.close(before);
        }
    }

    fn close(&mut self, moved: Moved) {
        self.report.moves += 1;
        if self.done.len() < MOST_MOVES {
            self.done.push(moved);
        }
    }

    /// The key without its time, and the time.
    fn whose(&self, row: &Row) -> (String, Option<Timestamp>) {
        let mut words = Vec::new();
        let mut time = None;
        for (column, cell) in self.table.columns[..self.table.keys].iter().zip(&row.cells) {
            let cell = cell.as_deref().unwrap_or("-");
            match (column.kind, column.name) {
                (Kind::Minute | Kind::Time, _) => time = Timestamp::parse(cell).ok(),
                // The entity says it itself.
                (_, "scope") => {}
                (_, "asn" | "peer_asn") => {
                    words.push(format!("AS{}", cell.trim_start_matches("AS")))
                }
                (_, "family") => words.push(format!("IPv{cell}")),
                _ => words.push(cell.to_owned()),
            }
        }
        (words.join(" "), time)
    }

    pub(super) fn finish(mut self) -> TableReport {
        for moved in std::mem::take(&mut self.open).into_values() {
            self.close(moved);
        }
        // What happened first is told first; a word says more than figures.
        let is_figure = |m: &Moved| m.column != Some("status");
        self.done.sort_by(|a, b| {
            let key = |m: &Moved| (m.from, is_figure(m), m.order);
            key(a).cmp(&key(b)).then_with(|| a.entity.cmp(&b.entity))
        });
        self.done.truncate(self.table.most);
        self.report.moved = self.done;
        self.report
    }
}

fn by(column: &Column, expected: &str, found: &str) -> Option<f64> {
    Some(measure(column.kind, found)? - measure(column.kind, expected)?)
}
