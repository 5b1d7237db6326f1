//! How a table compares: rows and cells counted, and the differences, consecutive minutes in one.

use super::comparison::Comparison;
use super::difference::{DifferenceKind, DifferingCell, RowsAre, TableDifference};
use super::row_reader::Row;
use super::tolerance::{differs, measure};
use crate::model::time::{MINUTE, SECOND, Timestamp};
use crate::write::table::{Column, Kind};
use serde::Serialize;
use std::collections::BTreeMap;

/// The largest number of differences of a table that are kept; more are only counted.
const MOST_DIFFERENCES: usize = 20_000;

/// How a table compares with the expected one.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TableReport {
    /// The table's name.
    pub table: &'static str,
    /// Rows in which no cell differs.
    pub equal: u64,
    /// Rows in which a cell differs.
    pub differing: u64,
    /// Expected rows that are not in the table.
    pub missing: u64,
    /// Rows of the table that are not expected.
    pub extra: u64,
    /// The number of differing cells; a missing or extra row counts as one.
    pub cells_differing: u64,
    /// The number of differences, each a line for people.
    #[serde(rename = "moves")]
    pub difference_count: u64,
    /// The first of the differing cells.
    pub cells: Vec<DifferingCell>,
    /// The first of the differences, in the order of time.
    #[serde(rename = "moved")]
    pub differences: Vec<TableDifference>,
    /// Tables or columns that are missing, in words.
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

    /// Whether no row differs and nothing is missing.
    pub(crate) fn is_equal(&self) -> bool {
        self.faults.is_empty() && self.differing + self.missing + self.extra == 0
    }
}

/// Takes pairs of rows, expected and found, and makes the report of their table.
pub(super) struct ReportBuilder<'a> {
    comparison: &'a Comparison<'a>,
    report: TableReport,
    /// By entity and column: the difference that the next minute may prolong.
    open: BTreeMap<(String, usize), TableDifference>,
    done: Vec<TableDifference>,
}

/// The position of a whole row among columns.
const ROW: usize = usize::MAX;

impl<'a> ReportBuilder<'a> {
    pub(super) fn new(comparison: &'a Comparison<'a>) -> Self {
        Self {
            comparison,
            report: TableReport {
                table: comparison.table.name,
                ..TableReport::default()
            },
            open: BTreeMap::new(),
            done: Vec::new(),
        }
    }

    /// Adds a row that is expected, found, or both.
    pub(super) fn row(&mut self, expected: Option<&Row>, found: Option<&Row>) {
        match (expected, found) {
            (None, None) => {}
            (Some(row), None) => {
                self.report.missing += 1;
                self.differs(row, ROW, DifferenceKind::Missing, None, None);
            }
            (None, Some(row)) => {
                self.report.extra += 1;
                self.differs(row, ROW, DifferenceKind::Extra, None, None);
            }
            (Some(a), Some(b)) => {
                let mut is_equal = true;
                let comparison = self.comparison;
                for (i, column) in comparison.columns.iter().enumerate() {
                    let (x, y) = (a.cells[i].as_deref(), b.cells[i].as_deref());
                    let is_label = i < comparison.keys && column.kind != Kind::Time;
                    if x == y || is_label || !differs(column, comparison.tolerance(column), x, y) {
                        continue;
                    }
                    is_equal = false;
                    self.differs(a, i, DifferenceKind::Differs, x, y);
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
        position: usize,
        kind: DifferenceKind,
        expected: Option<&str>,
        found: Option<&str>,
    ) {
        let comparison = self.comparison;
        self.report.cells_differing += 1;
        let column = comparison.columns.get(position).copied();
        if self.report.cells.len() < comparison.most {
            let key: Vec<&str> = row.cells[..comparison.keys]
                .iter()
                .map(|c| c.as_deref().unwrap_or("-"))
                .collect();
            let whole = |is: bool| is.then(|| "(row)".to_owned());
            self.report.cells.push(DifferingCell {
                key: key.join(" "),
                column: column.map_or("(row)", |c| c.name).to_owned(),
                expected: expected
                    .map(str::to_owned)
                    .or(whole(kind == DifferenceKind::Missing)),
                found: found
                    .map(str::to_owned)
                    .or(whole(kind == DifferenceKind::Extra)),
            });
        }
        let (entity, time) = self.entity_and_time(row);
        let is_minute = comparison
            .columns
            .first()
            .is_some_and(|c| c.kind == Kind::Minute);
        if is_minute && let Some(at) = time {
            let open = self.open.get_mut(&(entity.clone(), position));
            if let Some(run) = open
                && run.to.is_some_and(|to| to.0 + MINUTE == at.0)
                && run.kind == kind
            {
                let is_same = run.expected.as_deref() == expected && run.found.as_deref() == found;
                // Another text begins another difference; another figure prolongs it.
                if is_same || column.is_some_and(|c| c.kind.is_measured()) {
                    run.to = Some(at);
                    run.rows += 1;
                    run.varies |= !is_same;
                    return;
                }
            }
        }
        let by = column.and_then(|c| by(c, expected?, found?));
        let allowed = column.map_or(0.0, |c| comparison.tolerance(c));
        let per = if column.is_some_and(|c| c.kind == Kind::Time) {
            SECOND as f64
        } else {
            1.0
        };
        // A time that differs is its own time: it is not printed twice.
        let time = time.filter(|_| is_minute || column.is_none_or(|c| c.kind != Kind::Time));
        let difference = TableDifference {
            table: comparison.table.name,
            entity: entity.clone(),
            column: column.map(|c| c.name),
            kind,
            from: time,
            to: time,
            rows: 1,
            expected: expected.map(str::to_owned),
            found: found.map(str::to_owned),
            varies: false,
            by: by.map(|by| by / per),
            tolerance: allowed / per,
            rows_are: match is_minute {
                true => RowsAre::Minutes,
                false => RowsAre::Events,
            },
            position,
        };
        if !is_minute {
            self.close(difference);
        } else if let Some(before) = self.open.insert((entity, position), difference) {
            self.close(before);
        }
    }

    fn close(&mut self, difference: TableDifference) {
        self.report.difference_count += 1;
        if self.done.len() < MOST_DIFFERENCES {
            self.done.push(difference);
        }
    }

    /// The key without its time, and the time.
    fn entity_and_time(&self, row: &Row) -> (String, Option<Timestamp>) {
        let mut texts = Vec::new();
        let mut time = None;
        for (column, cell) in self.comparison.columns[..self.comparison.keys]
            .iter()
            .zip(&row.cells)
        {
            let cell = cell.as_deref().unwrap_or("-");
            match (column.kind, column.name) {
                (Kind::Minute | Kind::Time, _) => time = Timestamp::parse(cell).ok(),
                // The entity names its scope itself.
                (_, "scope") => {}
                (_, "asn" | "peer_asn") => {
                    texts.push(format!("AS{}", cell.trim_start_matches("AS")))
                }
                // A prefix shows its family.
                (_, "family") if texts.last().is_some_and(|text| text.contains('/')) => {}
                (_, "family") => texts.push(format!("IPv{cell}")),
                _ => texts.push(cell.to_owned()),
            }
        }
        (texts.join(" "), time)
    }

    pub(super) fn finish(mut self) -> TableReport {
        for difference in std::mem::take(&mut self.open).into_values() {
            self.close(difference);
        }
        // In the order of time; at one instant the status first, as it summarises the figures.
        let is_figure = |d: &TableDifference| d.column != Some("status");
        self.done.sort_by(|a, b| {
            let key = |d: &TableDifference| (d.from, is_figure(d), d.position);
            key(a).cmp(&key(b)).then_with(|| a.entity.cmp(&b.entity))
        });
        self.done.truncate(self.comparison.most);
        self.report.differences = self.done;
        self.report
    }
}

fn by(column: &Column, expected: &str, found: &str) -> Option<f64> {
    Some(measure(column.kind, found)? - measure(column.kind, expected)?)
}
