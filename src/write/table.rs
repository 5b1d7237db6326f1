//! A typed table, written at once as CSV and as Parquet, batch by batch.
//!
//! polars only turns rows into bytes; the files are ours. They grow under `NAME.csv.part` and take
//! their names when all are whole. The bytes depend on the rows alone, not on how they were cut
//! into batches, nor on threads. (polars has threads of its own: write outside rayon closures.)

use super::part::{Bytes, Part, WriteError, Written};
use crate::model::route::NONE;
use crate::model::time::{SECOND, Timestamp};
use polars::io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{self as pl, CsvWriter, IntoColumn, IntoSeries, NewChunkedArray, SerWriter};
use std::path::Path;
use std::sync::Arc;

/// Rows that are encoded in one go: a Parquet row group.
const GROUP: usize = if cfg!(test) { 1 << 13 } else { 1 << 14 };

/// Rows handed on at once: keeps memory flat on long windows.
pub(super) const BATCH: usize = 1 << 13;

/// Rows that become text in one go: text takes several times the room.
const TEXT_ROWS: usize = 1 << 13;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A time to the second, `2014-12-22T16:15:00Z`; a fraction is cut off.
    Minute,
    /// A time with its microseconds, `2014-12-22T16:15:00.250000Z`.
    Time,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// Ten-thousandths, printed with four decimals.
    Ratio,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// As the header has it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means, for people.
    pub doc: &'static str,
}

impl Column {
    fn field(&self) -> pl::Field {
        let utc = Some(pl::TimeZone::UTC);
        let dtype = match self.kind {
            Kind::Minute | Kind::Time => pl::DataType::Datetime(pl::TimeUnit::Microseconds, utc),
            Kind::Text => pl::DataType::String,
            Kind::Int => pl::DataType::Int64,
            Kind::Ratio => pl::DataType::Float64,
        };
        pl::Field::new(self.name.into(), dtype)
    }
}

/// What a table looks like.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The file's name without its ending.
    pub name: &'static str,
    /// What it means, for people.
    pub doc: &'static str,
    /// The columns that tell its rows apart. Of `transitions` several rows may share them, in order.
    pub key: &'static [&'static str],
    /// Its columns, in order.
    pub columns: &'static [Column],
}

/// Which files to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// `NAME.csv`.
    pub csv: bool,
    /// `NAME.parquet`.
    pub parquet: bool,
}

/// A column's share of a batch; `None` is an empty cell, and so is an empty text.
#[derive(Debug, Clone)]
pub enum Cells {
    /// Microseconds since the epoch, for [`Kind::Minute`] and [`Kind::Time`].
    Time(Vec<Option<i64>>),
    /// For [`Kind::Text`], where strings seldom repeat.
    Text(Vec<Option<Arc<str>>>),
    /// For [`Kind::Text`], where they do: places in a list, [`NONE`] for an empty cell.
    Pick(Vec<u32>, Arc<[Arc<str>]>),
    /// For [`Kind::Int`].
    Int(Vec<Option<i64>>),
    /// For [`Kind::Ratio`], in ten-thousandths.
    Ratio(Vec<Option<u32>>),
}

impl Cells {
    /// How many they are.
    #[allow(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        match self {
            Self::Time(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
            Self::Pick(ids, _) => ids.len(),
            Self::Int(cells) => cells.len(),
            Self::Ratio(cells) => cells.len(),
        }
    }

    /// A cell as CSV shows it; nothing for an empty one.
    pub fn shown(&self, row: usize, kind: Kind) -> Option<String> {
        match (self, kind) {
            (Self::Time(cells), Kind::Minute) => Some(Timestamp((*cells.get(row)?)?).to_string()),
            (Self::Time(cells), _) => Some(Timestamp((*cells.get(row)?)?).with_micros()),
            (Self::Text(cells), _) => cells.get(row)?.as_deref().map(str::to_owned),
            (Self::Pick(ids, texts), _) => {
                let text = texts.get(*ids.get(row)? as usize)?;
                Some(text.to_string())
            }
            (Self::Int(cells), _) => Some((*cells.get(row)?)?.to_string()),
            (Self::Ratio(cells), _) => {
                let parts = (*cells.get(row)?)?;
                Some(format!("{}.{:04}", parts / 10_000, parts % 10_000))
            }
        }
    }

    /// A whole number.
    pub fn int(&self, row: usize) -> Option<i64> {
        match self {
            Self::Int(cells) => *cells.get(row)?,
            _ => None,
        }
    }

    /// A time, microseconds since the epoch.
    pub fn time(&self, row: usize) -> Option<i64> {
        match self {
            Self::Time(cells) => *cells.get(row)?,
            _ => None,
        }
    }

    /// A ratio, in ten-thousandths.
    pub fn ratio(&self, row: usize) -> Option<u32> {
        match self {
            Self::Ratio(cells) => *cells.get(row)?,
            _ => None,
        }
    }

    /// A text.
    pub fn text(&self, row: usize) -> Option<Arc<str>> {
        match self {
            Self::Text(cells) => cells.get(row)?.clone(),
            Self::Pick(ids, texts) => texts.get(*ids.get(row)? as usize).cloned(),
            _ => None,
        }
    }

    /// Counts, of which none is missing; what is beyond `i64` is cut to it.
    pub fn counts<N: Into<u64>>(counts: impl IntoIterator<Item = N>) -> Self {
        let int = |n: N| Some(i64::try_from(n.into()).unwrap_or(i64::MAX));
        Self::Int(counts.into_iter().map(int).collect())
    }

    fn into_column(self, column: &Column) -> Result<pl::Column, String> {
        let name: pl::PlSmallStr = column.name.into();
        let series = match (column.kind, self) {
            (Kind::Minute, Self::Time(cells)) => {
                let whole = cells.into_iter().map(|t| Some(t? - t?.rem_euclid(SECOND)));
                times(pl::Int64Chunked::from_iter_options(name, whole))
            }
            (Kind::Time, Self::Time(cells)) => {
                times(pl::Int64Chunked::from_slice_options(name, &cells))
            }
            (Kind::Text, Self::Text(cells)) => {
                let cells = cells.into_iter().map(|text| text.filter(|t| !t.is_empty()));
                pl::StringChunked::from_iter_options(name, cells).into_series()
            }
            (Kind::Text, Self::Pick(ids, texts)) => {
                if let Some(id) = ids
                    .iter()
                    .find(|id| **id != NONE && **id as usize >= texts.len())
                {
                    return Err(format!("`{name}` has no text {id}"));
                }
                let text = |id: &u32| texts.get(*id as usize).filter(|t| !t.is_empty());
                let cells = ids.iter().map(text);
                pl::StringChunked::from_iter_options(name, cells).into_series()
            }
            (Kind::Int, Self::Int(cells)) => {
                pl::Int64Chunked::from_slice_options(name, &cells).into_series()
            }
            (Kind::Ratio, Self::Ratio(cells)) => {
                let parts = cells.into_iter().map(|r| Some(f64::from(r?) / 10_000.0));
                pl::Float64Chunked::from_iter_options(name, parts).into_series()
            }
            (kind, _) => return Err(format!("`{name}` is {kind:?}, its cells are not")),
        };
        Ok(series.into_column())
    }
}

fn times(micros: pl::Int64Chunked) -> pl::Series {
    let utc = Some(pl::TimeZone::UTC);
    micros
        .into_datetime(pl::TimeUnit::Microseconds, utc)
        .into_series()
}

/// The column as CSV shows it: polars knows one pattern for all times of a file, we need two.
fn printed(column: &pl::Column, kind: Kind) -> pl::Column {
    let Ok(times) = column.datetime() else {
        return column.clone();
    };
    let mut last: (i64, Arc<str>) = (i64::MIN, "".into());
    let texts = times.physical().iter().map(|time| {
        let time = time?;
        if time != last.0 {
            let text = match kind {
                Kind::Time => Timestamp(time).with_micros(),
                _ => Timestamp(time).to_string(),
            };
            last = (time, text.into());
        }
        Some(Arc::clone(&last.1))
    });
    pl::StringChunked::from_iter_options(column.name().clone(), texts).into_column()
}

/// A table in the making. Dropped before [`TableWriter::finish`], it leaves nothing behind.
pub struct TableWriter {
    schema: &'static Schema,
    csv: Option<Part>,
    parquet: Option<(Part, BatchedWriter<Bytes>)>,
    /// Rows that do not fill a group yet.
    pending: pl::DataFrame,
    rows: u64,
}

impl TableWriter {
    /// Opens the table's files in `dir`.
    ///
    /// # Errors
    /// The folder is not there, or not to be written to.
    pub fn new(dir: &Path, schema: &'static Schema, formats: Formats) -> Result<Self, WriteError> {
        let bug = |e: pl::PolarsError| WriteError::Table(schema.name, e.to_string());
        let open = |wanted: bool, ending: &str| {
            let name = format!("{}.{ending}", schema.name);
            wanted.then(|| Part::open(dir, name)).transpose()
        };
        let fields: pl::Schema = schema.columns.iter().map(Column::field).collect();
        let csv = open(formats.csv, "csv")?;
        let mut parquet = None;
        if let Some(part) = open(formats.parquet, "parquet")? {
            let zstd = ParquetCompression::Zstd(Some(ZstdLevel::try_new(3).map_err(bug)?));
            let writer = ParquetWriter::new(part.bytes.clone())
                .with_compression(zstd)
                .batched(&fields);
            parquet = Some((part, writer.map_err(bug)?));
        }
        Ok(Self {
            schema,
            csv,
            parquet,
            pending: pl::DataFrame::empty_with_schema(&fields),
            rows: 0,
        })
    }

    /// What the table looks like.
    pub const fn schema(&self) -> &'static Schema {
        self.schema
    }

    /// Adds rows: the cells of each column, in the order of the schema.
    ///
    /// # Errors
    /// The cells are not those of the table, or the disk is full.
    pub fn write(&mut self, cells: Vec<Cells>) -> Result<(), WriteError> {
        let bug = |reason| WriteError::Table(self.schema.name, reason);
        let (have, want) = (cells.len(), self.schema.columns.len());
        if have != want {
            return Err(bug(format!("{have} columns instead of {want}")));
        }
        let columns = cells.into_iter().zip(self.schema.columns);
        let columns = columns.map(|(cells, column)| cells.into_column(column));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(bug)?;
        let height = columns.first().map_or(0, pl::Column::len);
        let batch = pl::DataFrame::new(height, columns).map_err(|e| bug(e.to_string()))?;
        let joined = self.pending.vstack_mut_owned(batch);
        joined.map_err(|e| bug(e.to_string()))?;
        self.rows += height as u64;
        while self.pending.height() >= GROUP {
            let (mut group, rest) = self.pending.split_at(GROUP as i64);
            self.pending = rest;
            self.encode(&mut group)?;
        }
        Ok(())
    }

    /// Brings the last rows into the files and gives these their names.
    ///
    /// # Errors
    /// The disk is full, or a file of that name cannot be replaced.
    pub fn finish(mut self) -> Result<Vec<Written>, WriteError> {
        let mut rest = std::mem::take(&mut self.pending);
        self.encode(&mut rest)?;
        let (name, rows) = (self.schema.name, self.rows);
        if let Some((part, writer)) = &mut self.parquet {
            let end = writer.finish();
            end.map_err(|e| WriteError::Table(name, e.to_string()))?;
            part.drain()?;
        }
        let parquet = self.parquet.iter_mut().map(|(part, _)| part);
        let parts = self.csv.iter_mut().chain(parquet);
        parts.map(|part| part.publish(rows)).collect()
    }

    fn encode(&mut self, group: &mut pl::DataFrame) -> Result<(), WriteError> {
        let bug = |e: pl::PolarsError| WriteError::Table(self.schema.name, e.to_string());
        if let Some(part) = &mut self.csv {
            let mut from = 0;
            // Once even for no rows: the header.
            while from == 0 || from < group.height() {
                let rows = group.slice(from as i64, TEXT_ROWS);
                from += TEXT_ROWS;
                let columns = rows.columns().iter().zip(self.schema.columns);
                let columns = columns.map(|(column, c)| printed(column, c.kind)).collect();
                let mut frame = pl::DataFrame::new(rows.height(), columns).map_err(bug)?;
                let done = CsvWriter::new(part.bytes.clone())
                    .include_header(part.written.bytes == 0)
                    .with_float_precision(Some(4))
                    .finish(&mut frame);
                done.map_err(bug)?;
                part.drain()?;
            }
        }
        if let Some((part, writer)) = &mut self.parquet {
            // One row group, however many batches the rows came in.
            writer.write_batch(group.rechunk_mut()).map_err(bug)?;
            part.drain()?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
