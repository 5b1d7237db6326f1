//! Two runs, or a run and what is expected of it → what moved.
//!
//! Tables are compared row by row, by the key that their schema names, cell by cell within
//! [`Tolerances`]. What is expected may be another run, a folder with some tables and some columns
//! made by anyone, or what an incident file says in its `[[expect]]` tables ([`expectations`]).
//! Tables of minutes are read side by side, a minute at a time; the others, which are small, whole.

mod bless;
pub mod expectations;
mod join;
mod moved;
mod pair;
mod rows;
pub mod tolerance;

pub use bless::bless;
pub use moved::{Cell, Moved, TableReport};
pub use tolerance::Tolerances;

use crate::write::SCHEMAS;
use crate::write::table::{Kind, Schema};
use expectations::Verdict;
use rows::Rows;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why nothing can be compared.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file is not to be read, or no table.
    #[error("cannot read `{}`: {}", .0.display(), .1)]
    Read(PathBuf, String),
    /// A line of it makes no sense.
    #[error("`{}`, line {}: {}", .0.display(), .1, .2)]
    Line(PathBuf, u64, String),
    /// There is nothing that both have.
    #[error("nothing to compare: `{}` has no table of a run", .0.display())]
    Nothing(PathBuf),
    /// A file cannot be written.
    #[error("cannot write `{}`: {}", .0.display(), .1)]
    Write(PathBuf, String),
    /// The rows are not in the order of their minutes: seen and dealt with inside.
    #[error("rows are not sorted by minute")]
    Unsorted,
}

impl VerifyError {
    fn of(path: &Path, why: &dyn std::fmt::Display) -> Self {
        Self::Read(path.to_owned(), why.to_string())
    }

    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Read(..) | Self::Line(..) | Self::Unsorted => {
                "name the folder of a run, with tables as CSV or Parquet"
            }
            Self::Nothing(_) => {
                "name the folder of a run, or one with tables such as `prefixes.csv`; or an incident file with `[[expect]]`"
            }
            Self::Write(..) => "check the folder, its permissions and the disk",
        }
    }
}

/// How far two runs agree.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// By table, in the order of the data dictionary.
    pub tables: Vec<TableReport>,
    /// By `[[expect]]`.
    pub verdicts: Vec<Verdict>,
    /// What was left out, and why.
    pub not_compared: Vec<String>,
}

impl Report {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.tables.iter().all(TableReport::is_equal) && self.verdicts.iter().all(|v| v.holds)
    }

    /// Adds what another comparison of the same run found.
    pub fn add(&mut self, other: Self) {
        self.tables.extend(other.tables);
        self.verdicts.extend(other.verdicts);
        self.not_compared.extend(other.not_compared);
    }
}

/// What is expected of one table: the table of a folder, or a file of its own.
enum Expected<'a> {
    Folder(&'a Path),
    File(&'a Path),
}

impl Expected<'_> {
    fn open(&self, schema: &'static Schema) -> Result<Option<Rows>, VerifyError> {
        match self {
            Self::Folder(dir) => rows::open(dir, schema),
            Self::File(path) => rows::of_csv(path, schema).map(Some),
        }
    }
}

/// Compares a run with a folder of tables; `most` differing cells and moves are kept of each.
///
/// # Errors
/// One of them cannot be read, or they have no table in common.
pub fn folders(
    out: &Path,
    expected: &Path,
    allowed: &Tolerances,
    most: usize,
) -> Result<Report, VerifyError> {
    for dir in [out, expected] {
        if !dir.is_dir() {
            return Err(VerifyError::of(dir, &"it is no folder"));
        }
    }
    let is_run = expected.join("run.json").is_file();
    let mut report = Report::default();
    for schema in SCHEMAS {
        let name = schema.name;
        if !allowed.takes(name) {
            continue;
        }
        let from = Expected::Folder(expected);
        let (ours, theirs) = (rows::open(out, schema)?, from.open(schema)?);
        match (ours.is_some(), theirs.is_some()) {
            (true, true) => table(out, &from, schema, allowed, most, is_run, &mut report)?,
            (true, false) if is_run => {
                report.tables.push(TableReport::fault(
                    name,
                    "is not in EXPECTED, which is a run",
                ));
            }
            (true, false) => report
                .not_compared
                .push(format!("{name}: EXPECTED has no such table")),
            (false, true) => report.tables.push(TableReport::fault(
                name,
                "is expected, and OUT has no such table",
            )),
            (false, false) => {}
        }
    }
    others(expected, is_run, &mut report)?;
    if report.tables.is_empty() {
        return Err(VerifyError::Nothing(expected.to_owned()));
    }
    Ok(report)
}

/// Compares tables of a run with single CSV files, by table.
///
/// # Errors
/// As [`folders`].
pub fn files(
    out: &Path,
    expected: &BTreeMap<String, PathBuf>,
    allowed: &Tolerances,
    most: usize,
) -> Result<Report, VerifyError> {
    let mut report = Report::default();
    for (name, path) in expected {
        let schema = tolerance::table(name).map_err(|e| VerifyError::of(path, &e))?;
        if rows::open(out, schema)?.is_none() {
            report.tables.push(TableReport::fault(
                schema.name,
                "is expected, and OUT has no such table",
            ));
            continue;
        }
        table(
            out,
            &Expected::File(path),
            schema,
            allowed,
            most,
            false,
            &mut report,
        )?;
    }
    Ok(report)
}

/// Files of the folder that are no table of a run.
fn others(expected: &Path, is_run: bool, report: &mut Report) -> Result<(), VerifyError> {
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

fn table(
    out: &Path,
    expected: &Expected<'_>,
    schema: &'static Schema,
    allowed: &Tolerances,
    most: usize,
    is_run: bool,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let name = schema.name;
    let open = || -> Result<Option<(Rows, Rows)>, VerifyError> {
        Ok(rows::open(out, schema)?.zip(expected.open(schema)?))
    };
    let Some((mut ours, mut theirs)) = open()? else {
        return Ok(());
    };
    let mut faults = Vec::new();
    let mut columns = Vec::new();
    for column in schema.columns {
        let is_key = schema.key.contains(&column.name);
        if !is_key && allowed.is_ignored(name, column.name) {
            continue;
        }
        match (ours.has(column.name), theirs.has(column.name)) {
            (true, true) => columns.push(column),
            (false, true) => faults.push(format!(
                "column `{}` is expected, and OUT has none",
                column.name
            )),
            (true, false) if is_run => faults.push(format!(
                "column `{}` is not in EXPECTED, which is a run",
                column.name
            )),
            (true, false) => report
                .not_compared
                .push(format!("{name}: EXPECTED has no column `{}`", column.name)),
            (false, false) => {}
        }
    }
    for column in &theirs.others {
        report
            .not_compared
            .push(format!("{name}: no run has a column `{column}`"));
    }
    // What leads the key leads the row.
    let rank = |c: &str| {
        schema
            .key
            .iter()
            .position(|k| *k == c)
            .unwrap_or(usize::MAX)
    };
    columns.sort_by_key(|c| rank(c.name));
    let names: Vec<&str> = columns.iter().map(|c| c.name).collect();
    let keys = names.iter().filter(|n| schema.key.contains(n)).count();
    if keys == 0 {
        return Err(VerifyError::of(
            &theirs.path,
            &format!(
                "it has no column to tell rows apart: {}",
                schema.key.join(", ")
            ),
        ));
    }
    let table = join::Table {
        schema,
        columns,
        keys,
        allowed,
        most,
    };
    ours.want(&names);
    theirs.want(&names);
    let is_minutes = table
        .columns
        .first()
        .is_some_and(|c| c.kind == Kind::Minute && Some(&c.name) == schema.key.first());
    let mut found = match is_minutes {
        false => pair::compare(&table, ours, theirs)?,
        true => match join::compare(&table, ours, theirs) {
            // Sorted otherwise: both are held in memory then.
            Err(VerifyError::Unsorted) => {
                let Some((mut ours, mut theirs)) = open()? else {
                    return Ok(());
                };
                ours.want(&names);
                theirs.want(&names);
                join::compare(&table, ours.sorted()?, theirs.sorted()?)?
            }
            found => found?,
        },
    };
    found.faults = faults;
    report.tables.push(found);
    Ok(())
}
