//! Two runs, or a run and what is expected of it → the differences.
//!
//! Tables are compared row by row, by their keys, cell by cell within [`Tolerances`]. What is
//! expected may be another run, a folder with some tables and some columns made by anyone, or what
//! an incident file says in its `[[expect]]` tables (`expectations`). Tables of minutes are read
//! side by side, a minute at a time (`minutes`); the others, which are small, whole (`events`).
//! `equivalence` asks for more: two runs that are the same to the last byte, but for what
//! describes the archive's files.

mod bless;
mod comparison;
mod difference;
pub(crate) mod equivalence;
mod events;
pub(crate) mod expectations;
mod minutes;
mod row_reader;
mod table_report;
pub(crate) mod tolerance;

pub use bless::bless;
pub use difference::{DifferenceKind, DifferingCell, TableDifference};
pub use table_report::TableReport;
pub use tolerance::Tolerances;

use crate::write::TABLES;
use crate::write::table::{Column, Table};
use comparison::Comparison;
use expectations::ExpectationResult;
use row_reader::RowReader;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why tables cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read or is no table: which, and why.
    #[error("cannot read `{}`: {}", .0.display(), .1)]
    Read(PathBuf, String),
    /// A line of a table cannot be understood: file, line, and why.
    #[error("`{}`, line {}: {}", .0.display(), .1, .2)]
    Line(PathBuf, u64, String),
    /// The two sides have no table in common.
    #[error("nothing to compare: `{}` has no table of a run", .0.display())]
    Nothing(PathBuf),
    /// A file cannot be written: which, and why.
    #[error("cannot write `{}`: {}", .0.display(), .1)]
    Write(PathBuf, String),
    /// The rows are not in the order of their minutes. Handled inside the module.
    #[error("rows are not sorted by minute")]
    Unsorted,
}

impl VerifyError {
    fn of(path: &Path, why: &dyn std::fmt::Display) -> Self {
        Self::Read(path.to_owned(), why.to_string())
    }
}

/// How far two runs agree.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The compared tables, in the order of the data dictionary.
    pub tables: Vec<TableReport>,
    /// The results of the incident file's `[[expect]]` tables.
    pub expectations: Vec<ExpectationResult>,
    /// Tables and columns that were not compared, and why.
    pub not_compared: Vec<String>,
}

impl Report {
    /// Whether no table differs and every expectation holds.
    pub(crate) fn is_equal(&self) -> bool {
        self.tables.iter().all(TableReport::is_equal) && self.expectations.iter().all(|e| e.holds)
    }

    /// Adds the report of another comparison of the same run.
    pub fn add(&mut self, other: Self) {
        self.tables.extend(other.tables);
        self.expectations.extend(other.expectations);
        self.not_compared.extend(other.not_compared);
    }
}

/// Where an expected table is: in a folder under its own name, or in a file.
enum ExpectedTable<'a> {
    Folder(&'a Path),
    File(&'a Path),
}

impl ExpectedTable<'_> {
    fn open(&self, table: &'static Table) -> Result<Option<RowReader>, VerifyError> {
        match self {
            Self::Folder(dir) => row_reader::open(dir, table),
            Self::File(path) => row_reader::of_csv(path, table).map(Some),
        }
    }
}

/// Compares a run with a folder of tables. Of each table `most` differing cells and differences are
/// kept; all are counted.
///
/// # Errors
/// One of them cannot be read, or they have no table in common.
pub fn folders(
    out: &Path,
    expected: &Path,
    tolerances: &Tolerances,
    most: usize,
) -> Result<Report, VerifyError> {
    for dir in [out, expected] {
        if !dir.is_dir() {
            return Err(VerifyError::of(dir, &"it is not a folder"));
        }
    }
    let is_run = expected.join("run.json").is_file();
    let mut report = Report::default();
    for table in TABLES {
        if !tolerances.takes(table.name) {
            continue;
        }
        let pair = TablePair {
            out,
            expected: ExpectedTable::Folder(expected),
            is_run,
            table,
            tolerances,
            most,
        };
        let found = row_reader::open(out, table)?.is_some();
        match (found, pair.expected.open(table)?.is_some()) {
            (true, true) => pair.compare(&mut report)?,
            (true, false) if is_run => report.tables.push(TableReport::fault(
                table.name,
                "is not in EXPECTED, which is a run",
            )),
            (true, false) => report
                .not_compared
                .push(format!("{}: EXPECTED has no such table", table.name)),
            (false, true) => report.tables.push(missing(table)),
            (false, false) => {}
        }
    }
    note_other_files(expected, is_run, &mut report)?;
    if report.tables.is_empty() {
        return Err(VerifyError::Nothing(expected.to_owned()));
    }
    Ok(report)
}

/// Compares tables of a run with single CSV files, by the name of the table.
///
/// # Errors
/// As [`folders`].
pub fn files(
    out: &Path,
    expected: &BTreeMap<String, PathBuf>,
    tolerances: &Tolerances,
    most: usize,
) -> Result<Report, VerifyError> {
    let mut report = Report::default();
    for (name, path) in expected {
        let table = tolerance::table(name).map_err(|e| VerifyError::of(path, &e))?;
        if row_reader::open(out, table)?.is_none() {
            report.tables.push(missing(table));
            continue;
        }
        let pair = TablePair {
            out,
            expected: ExpectedTable::File(path),
            is_run: false,
            table,
            tolerances,
            most,
        };
        pair.compare(&mut report)?;
    }
    Ok(report)
}

fn missing(table: &'static Table) -> TableReport {
    TableReport::fault(table.name, "is expected, and OUT has no such table")
}

/// Notes the files of the folder that are no table of a run.
fn note_other_files(expected: &Path, is_run: bool, report: &mut Report) -> Result<(), VerifyError> {
    if is_run {
        return Ok(());
    }
    let entries = std::fs::read_dir(expected).map_err(|e| VerifyError::of(expected, &e))?;
    let mut names: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    names.sort();
    for path in names {
        let is_table = path
            .extension()
            .is_some_and(|e| e == "csv" || e == "parquet");
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if is_table && tolerance::table(&stem).is_err() {
            report
                .not_compared
                .push(format!("`{}`: no run has such a table", path.display()));
        }
    }
    Ok(())
}

/// A table of a run, and where the expected one is.
struct TablePair<'a> {
    out: &'a Path,
    expected: ExpectedTable<'a>,
    /// Whether the expected tables are a run's, and so all of them and all columns are expected.
    is_run: bool,
    table: &'static Table,
    tolerances: &'a Tolerances,
    most: usize,
}

impl TablePair<'_> {
    /// The rows of both, found and expected; `None` where one of them has no such table.
    fn open(&self) -> Result<Option<(RowReader, RowReader)>, VerifyError> {
        let found = row_reader::open(self.out, self.table)?;
        Ok(found.zip(self.expected.open(self.table)?))
    }

    /// Compares both, and adds the report of the table.
    fn compare(&self, report: &mut Report) -> Result<(), VerifyError> {
        let Some((found, expected)) = self.open()? else {
            return Ok(());
        };
        let (columns, faults) = self.columns(&found, &expected, &mut report.not_compared);
        let is_key = |c: &&&'static Column| self.table.key.contains(&c.name);
        let keys = columns.iter().filter(is_key).count();
        if keys == 0 {
            let key = self.table.key.join(", ");
            let why = format!("it has none of the columns that identify a row: {key}");
            return Err(VerifyError::of(&expected.path, &why));
        }
        let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
        let minute = self.table.minute();
        let is_minutes = minute.is_some_and(|minute| names.first() == Some(&minute.name));
        let comparison = Comparison {
            table: self.table,
            columns,
            keys,
            tolerances: self.tolerances,
            most: self.most,
        };
        let select = |(mut found, mut expected): (RowReader, RowReader)| {
            found.select(&names);
            expected.select(&names);
            (found, expected)
        };
        let (found, expected) = select((found, expected));
        let mut compared = match is_minutes {
            false => events::compare(&comparison, found, expected)?,
            true => match minutes::compare(&comparison, found, expected) {
                // Sorted in another way: both are held in memory then.
                Err(VerifyError::Unsorted) => {
                    let Some(both) = self.open()? else {
                        return Ok(());
                    };
                    let (found, expected) = select(both);
                    minutes::compare(&comparison, found.sorted()?, expected.sorted()?)?
                }
                compared => compared?,
            },
        };
        compared.faults = faults;
        report.tables.push(compared);
        Ok(())
    }

    /// The columns that both have, those of the key first and in its order; and the columns that
    /// one of them lacks, as faults or as notes.
    fn columns(
        &self,
        found: &RowReader,
        expected: &RowReader,
        notes: &mut Vec<String>,
    ) -> (Vec<&'static Column>, Vec<String>) {
        let Table { name, key, .. } = self.table;
        let mut faults = Vec::new();
        let mut columns = Vec::new();
        for column in self.table.columns {
            let is_key = key.contains(&column.name);
            if !is_key && self.tolerances.is_ignored(name, column.name) {
                continue;
            }
            match (found.has(column.name), expected.has(column.name)) {
                (true, true) => columns.push(column),
                (false, true) => faults.push(format!(
                    "column `{}` is expected, and OUT has none",
                    column.name
                )),
                (true, false) if self.is_run => faults.push(format!(
                    "column `{}` is not in EXPECTED, which is a run",
                    column.name
                )),
                (true, false) => {
                    notes.push(format!("{name}: EXPECTED has no column `{}`", column.name));
                }
                (false, false) => {}
            }
        }
        for column in &expected.unknown_columns {
            notes.push(format!("{name}: no run has a column `{column}`"));
        }
        let rank = |column: &&'static Column| key.iter().position(|k| *k == column.name);
        columns.sort_by_key(|column| rank(column).unwrap_or(usize::MAX));
        (columns, faults)
    }
}
