//! Tables read back from Parquet, batch by batch and column by column.
//!
//! A table is checked against the SHA-256 that `run.json` has of it before a row of it is read, so
//! that only what the run itself wrote is shown as its result.

use crate::disk;
use crate::manifest::Manifest;
use crate::model::route::NONE;
use crate::model::time::Timestamp;
use crate::write::cells::Cells;
use crate::write::lists::ListsBuilder;
use crate::write::table::{Column, Kind, Table};
use polars::prelude::{self as pl, ParquetReader, SerReader};
use rustc_hash::FxHashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a batch.
const BATCH_ROWS: usize = 1 << 14;

/// Why a table cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The run did not write the table.
    #[error("the run has no table `{0}`")]
    Missing(&'static str),
    /// The file cannot be opened or read.
    #[error("cannot read `{}`", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The file is not the one that the run wrote.
    #[error("`{}` has changed since the run: its SHA-256 is {found}, and was {expected}", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// Its SHA-256 in `run.json`.
        expected: String,
        /// Its SHA-256 now.
        found: String,
    },
    /// The file has other columns than the table, or is not valid Parquet.
    #[error("`{}`: {reason}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a table of a run in batches of rows.
pub(crate) struct TableReader {
    path: PathBuf,
    columns: Vec<&'static Column>,
    rows: usize,
    next_row: usize,
}

impl TableReader {
    /// Opens a run's table for the named columns, or for all of them if none is named.
    ///
    /// # Errors
    /// The run has no such table, or it cannot be read, or it has changed since the run.
    pub(crate) fn open(
        dir: &Path,
        manifest: &Manifest,
        table: &'static Table,
        columns: &[&str],
    ) -> Result<Self, ReadError> {
        let name = format!("{}.parquet", table.name);
        let mut outputs = manifest.outputs.iter();
        let (_, expected) = outputs
            .find(|(written, _)| *written == name)
            .ok_or(ReadError::Missing(table.name))?;
        let path = dir.join(&name);
        let hash = disk::hash(&path).map_err(|e| ReadError::Io(path.clone(), e))?;
        let found = hash.sha256;
        if found != *expected {
            let expected = expected.clone();
            return Err(ReadError::Changed {
                path,
                expected,
                found,
            });
        }
        Self::open_unverified(dir, table, columns)
    }

    /// Opens a Parquet table that any run or another program may have written, for those columns of
    /// the table that it has.
    ///
    /// # Errors
    /// It cannot be read, or has none of the columns.
    pub(crate) fn open_foreign(dir: &Path, table: &'static Table) -> Result<Self, ReadError> {
        let path = dir.join(format!("{}.parquet", table.name));
        let schema = parquet(&path)?.schema();
        let schema = schema.map_err(|e| format_error(&path, &e))?;
        let has = |c: &&Column| schema.iter_names().any(|name| name.as_str() == c.name);
        let columns: Vec<&str> = table.columns.iter().filter(has).map(|c| c.name).collect();
        if columns.is_empty() {
            let reason = "it has none of the table's columns".to_owned();
            return Err(ReadError::Format { path, reason });
        }
        Self::open_unverified(dir, table, &columns)
    }

    fn open_unverified(
        dir: &Path,
        table: &'static Table,
        columns: &[&str],
    ) -> Result<Self, ReadError> {
        let path = dir.join(format!("{}.parquet", table.name));
        let is_read = |c: &&Column| columns.is_empty() || columns.contains(&c.name);
        let rows = parquet(&path)?.num_rows();
        let rows = rows.map_err(|e| format_error(&path, &e))?;
        Ok(Self {
            path,
            columns: table.columns.iter().filter(is_read).collect(),
            rows,
            next_row: 0,
        })
    }

    /// The columns that are read, in the order of the table.
    pub(crate) fn columns(&self) -> &[&'static Column] {
        &self.columns
    }

    /// The next batch, column by column; `None` after the last.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn read(&mut self) -> Result<Option<Vec<Cells>>, ReadError> {
        if self.next_row >= self.rows {
            return Ok(None);
        }
        let count = BATCH_ROWS.min(self.rows - self.next_row);
        let names = self.columns.iter().map(|c| c.name.to_owned()).collect();
        let error = |e: pl::PolarsError| format_error(&self.path, &e);
        let frame = parquet(&self.path)?
            .with_columns(Some(names))
            .with_slice(Some((self.next_row, count)))
            .finish()
            .map_err(error)?;
        let cells = self.columns.iter().map(|column| {
            let found = frame.column(column.name)?;
            cells(found, column.kind)
        });
        let cells = cells.collect::<pl::PolarsResult<Vec<_>>>().map_err(error)?;
        self.next_row += count;
        Ok(Some(cells))
    }
}

fn parquet(path: &Path) -> Result<ParquetReader<File>, ReadError> {
    let file = File::open(path).map_err(|e| ReadError::Io(path.to_owned(), e))?;
    Ok(ParquetReader::new(file))
}

fn format_error(path: &Path, error: &pl::PolarsError) -> ReadError {
    ReadError::Format {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// A column's cells; an error where it is not of the expected kind.
fn cells(column: &pl::Column, kind: Kind) -> pl::PolarsResult<Cells> {
    Ok(match kind {
        Kind::Minute | Kind::Time => {
            let micros = column.datetime()?.physical().iter();
            Cells::times(micros.map(|t| t.map(Timestamp)))
        }
        Kind::Text => {
            // Names repeat minute after minute: each is held once.
            let mut indices: FxHashMap<&str, u32> = FxHashMap::default();
            let mut texts: Vec<Arc<str>> = Vec::new();
            let ids = column.str()?.iter().map(|text| {
                let Some(text) = text else { return NONE };
                *indices.entry(text).or_insert_with(|| {
                    texts.push(text.into());
                    texts.len() as u32 - 1
                })
            });
            let ids = ids.collect();
            Cells::Pick(ids, texts.into())
        }
        Kind::Int => Cells::Int(column.i64()?.iter().collect()),
        Kind::Ratio => {
            // Ratios are written from ten-thousandths, so rounding restores them exactly.
            let ten_thousandths = |ratio: f64| (ratio * 10_000.0).round() as u32;
            let ratios = column.f64()?.iter();
            Cells::Ratio(ratios.map(|r| r.map(ten_thousandths)).collect())
        }
        Kind::Bool => Cells::Bool(column.bool()?.iter().collect()),
        Kind::Asns | Kind::Ints => {
            let mut lists = ListsBuilder::default();
            for list in column.list()?.amortized_iter() {
                match list {
                    Some(list) => lists.push(list.as_ref().i64()?.cont_slice()?),
                    None => lists.push_none(),
                }
            }
            Cells::Ints(lists.finish())
        }
        Kind::Texts => {
            let mut lists = ListsBuilder::default();
            for list in column.list()?.amortized_iter() {
                let Some(list) = list else {
                    lists.push_none();
                    continue;
                };
                let texts = list.as_ref().str()?.iter().flatten().map(Arc::from);
                lists.push(&texts.collect::<Vec<Arc<str>>>());
            }
            Cells::Texts(lists.finish())
        }
    })
}
