//! Tables of an earlier run, read back: column by column, so many rows at a time.
//!
//! Only what the run itself wrote is read: a table whose SHA-256 is not that of `run.json` is
//! refused before its first byte is believed.

use super::cells::Cells;
use super::table::{Column, Kind, Table as Schema};
use crate::disk;
use crate::manifest::Manifest;
use crate::model::route::NONE;
use crate::model::time::Timestamp;
use polars::prelude::{self as pl, ParquetReader, SerReader};
use rustc_hash::FxHashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows that are read at once.
pub const ROWS: usize = 1 << 14;

/// Why a table cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The run did not write it.
    #[error("the run has no table `{0}`")]
    None(&'static str),
    /// It cannot be opened or read.
    #[error("cannot read `{}`", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// It is not the one that the run wrote.
    #[error("`{}` has changed since the run: its SHA-256 is {found}, and was {expected}", .path.display())]
    Changed {
        /// Which.
        path: PathBuf,
        /// What `run.json` says.
        expected: String,
        /// What it is.
        found: String,
    },
    /// It has other columns, or its bytes make no sense.
    #[error("`{}`: {reason}", .path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A table of a run.
pub struct Table {
    path: PathBuf,
    columns: Vec<&'static Column>,
    rows: usize,
    next: usize,
}

impl Table {
    /// Opens a table for some of its columns, or all where none is named.
    ///
    /// # Errors
    /// The run has no such table, or it is not to be read or trusted.
    pub fn open(
        dir: &Path,
        manifest: &Manifest,
        schema: &'static Schema,
        columns: &[&str],
    ) -> Result<Self, ReadError> {
        let name = format!("{}.parquet", schema.name);
        let expected = manifest
            .outputs
            .iter()
            .find(|(written, _)| *written == name);
        let (_, expected) = expected.ok_or(ReadError::None(schema.name))?;
        let path = dir.join(&name);
        let found = disk::hash(&path)
            .map_err(|e| ReadError::Io(path.clone(), e))?
            .sha256;
        if found != *expected {
            let expected = expected.clone();
            return Err(ReadError::Changed {
                path,
                expected,
                found,
            });
        }
        Self::trusted(dir, schema, columns)
    }

    /// Opens a table that has just been written.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn trusted(
        dir: &Path,
        schema: &'static Schema,
        columns: &[&str],
    ) -> Result<Self, ReadError> {
        let path = dir.join(format!("{}.parquet", schema.name));
        let wanted = |c: &&Column| columns.is_empty() || columns.contains(&c.name);
        let rows = reader(&path)?.num_rows().map_err(|e| form(&path, &e))?;
        Ok(Self {
            path,
            columns: schema.columns.iter().filter(wanted).collect(),
            rows,
            next: 0,
        })
    }

    /// Opens a Parquet table that any run, or another program, may have written: for the columns that
    /// it has of the schema.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_anyone(dir: &Path, schema: &'static Schema) -> Result<Self, ReadError> {
        let path = dir.join(format!("{}.parquet", schema.name));
        let found = reader(&path)?.schema().map_err(|e| form(&path, &e))?;
        let has = |c: &&Column| found.iter_names().any(|name| name.as_str() == c.name);
        let columns: Vec<&str> = schema.columns.iter().filter(has).map(|c| c.name).collect();
        if columns.is_empty() {
            let reason = "it has none of the table's columns".to_owned();
            return Err(ReadError::Form { path, reason });
        }
        Self::trusted(dir, schema, &columns)
    }

    /// Its columns, in the order of the table.
    pub fn columns(&self) -> &[&'static Column] {
        &self.columns
    }

    /// The next rows, a share of each column; nothing behind the last.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&mut self) -> Result<Option<Vec<Cells>>, ReadError> {
        if self.next >= self.rows {
            return Ok(None);
        }
        let count = ROWS.min(self.rows - self.next);
        let names = self.columns.iter().map(|c| c.name.to_owned()).collect();
        let form = |e: pl::PolarsError| form(&self.path, &e);
        let frame = reader(&self.path)?
            .with_columns(Some(names))
            .with_slice(Some((self.next, count)))
            .finish()
            .map_err(form)?;
        let cells = self.columns.iter().map(|column| {
            let found = frame.column(column.name)?;
            cells(found, column.kind)
        });
        let cells = cells.collect::<pl::PolarsResult<Vec<_>>>().map_err(form)?;
        self.next += count;
        Ok(Some(cells))
    }
}

fn reader(path: &Path) -> Result<ParquetReader<File>, ReadError> {
    let file = File::open(path).map_err(|e| ReadError::Io(path.to_owned(), e))?;
    Ok(ParquetReader::new(file))
}

fn form(path: &Path, error: &pl::PolarsError) -> ReadError {
    ReadError::Form {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// A column as its kind has it; an error where it is of another.
fn cells(column: &pl::Column, kind: Kind) -> pl::PolarsResult<Cells> {
    Ok(match kind {
        Kind::Minute | Kind::Time => Cells::times(
            column
                .datetime()?
                .physical()
                .iter()
                .map(|t| t.map(Timestamp)),
        ),
        Kind::Text => {
            // Names repeat minute after minute: each is held once.
            let mut places: FxHashMap<&str, u32> = FxHashMap::default();
            let mut texts: Vec<Arc<str>> = Vec::new();
            let ids = column.str()?.iter().map(|text| {
                let Some(text) = text else { return NONE };
                *places.entry(text).or_insert_with(|| {
                    texts.push(text.into());
                    texts.len() as u32 - 1
                })
            });
            let ids = ids.collect();
            Cells::Pick(ids, texts.into())
        }
        Kind::Int => Cells::Int(column.i64()?.iter().collect()),
        Kind::Ratio => {
            // Written from ten-thousandths: the nearest are they again.
            let parts = |ratio: f64| (ratio * 10_000.0).round() as u32;
            Cells::Ratio(column.f64()?.iter().map(|r| r.map(parts)).collect())
        }
    })
}
