//! Writes a table as CSV and as Parquet at once, batch by batch.
//!
//! polars only turns rows into bytes; the files are ours. They grow under `NAME.csv.file` and take
//! their names when all are whole. The bytes depend on the rows alone, not on how they were cut
//! into batches, nor on threads. (polars has threads of its own: write outside rayon closures.)

use super::cells::{Cells, field, printed};
use super::column::Column;
use super::output_file::{EncodedBytes, OutputFile, WriteError, Written};
use polars::io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{self as pl, CsvWriter, SerWriter};
use std::path::Path;
use std::sync::PoisonError;

/// Rows that are encoded in one go: a Parquet row group.
const GROUP: usize = if cfg!(test) { 1 << 13 } else { 1 << 14 };

/// Rows passed to the writer at once: keeps memory flat on long windows.
pub(super) const BATCH: usize = 1 << 13;

/// Rows that become text in one go: text takes several times the memory.
const TEXT_ROWS: usize = 1 << 13;

/// Which files to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Formats {
    /// `NAME.csv`.
    pub csv: bool,
    /// `NAME.parquet`.
    pub parquet: bool,
}

/// A table that is being written. Dropped before [`TableWriter::finish`], it leaves no file behind.
pub(crate) struct TableWriter {
    name: &'static str,
    columns: &'static [Column],
    csv: Option<OutputFile>,
    parquet: Option<(OutputFile, BatchedWriter<EncodedBytes>)>,
    /// Rows that do not fill a group yet.
    pending: pl::DataFrame,
    rows: u64,
}

impl TableWriter {
    /// Opens the files of the table `name` in `dir`.
    ///
    /// # Errors
    /// The folder does not exist or is not writable.
    pub(crate) fn new(
        dir: &Path,
        name: &'static str,
        columns: &'static [Column],
        formats: Formats,
    ) -> Result<Self, WriteError> {
        let bug = |e: pl::PolarsError| WriteError::Table(name, e.to_string());
        let open = |wanted: bool, ending: &str| {
            let name = format!("{name}.{ending}");
            wanted.then(|| OutputFile::create(dir, name)).transpose()
        };
        let fields: pl::Schema = columns.iter().map(field).collect();
        let csv = open(formats.csv, "csv")?;
        let mut parquet = None;
        if let Some(file) = open(formats.parquet, "parquet")? {
            let zstd = ParquetCompression::Zstd(Some(ZstdLevel::try_new(3).map_err(bug)?));
            let writer = ParquetWriter::new(file.buffer.clone())
                .with_compression(zstd)
                .batched(&fields);
            parquet = Some((file, writer.map_err(bug)?));
        }
        Ok(Self {
            name,
            columns,
            csv,
            parquet,
            pending: pl::DataFrame::empty_with_schema(&fields),
            rows: 0,
        })
    }

    /// Adds rows: the cells of each column, in the order of the schema.
    ///
    /// # Errors
    /// The cells are not those of the table, or the disk is full.
    pub(crate) fn write(&mut self, cells: Vec<Cells>) -> Result<(), WriteError> {
        let bug = |reason| WriteError::Table(self.name, reason);
        let (have, want) = (cells.len(), self.columns.len());
        if have != want {
            return Err(bug(format!("{have} columns instead of {want}")));
        }
        let columns = cells.into_iter().zip(self.columns);
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

    /// Writes the last rows and gives the files their names.
    ///
    /// # Errors
    /// The disk is full, or a file of that name cannot be replaced.
    pub(crate) fn finish(mut self) -> Result<Vec<Written>, WriteError> {
        let mut rest = std::mem::take(&mut self.pending);
        self.encode(&mut rest)?;
        let (name, rows) = (self.name, self.rows);
        if let Some((file, writer)) = &mut self.parquet {
            // Without polars' own schema beside Parquet's: it names a form of text in memory that
            // pandas cannot take out of a list.
            let writer = writer.get_writer().lock();
            let end = writer
                .unwrap_or_else(PoisonError::into_inner)
                .end(Some(Vec::new()));
            end.map_err(|e| WriteError::Table(name, e.to_string()))?;
            file.drain()?;
        }
        let parquet = self.parquet.map(|(file, _)| file);
        let files = self.csv.into_iter().chain(parquet);
        files.map(|file| file.publish(rows)).collect()
    }

    fn encode(&mut self, group: &mut pl::DataFrame) -> Result<(), WriteError> {
        let bug = |e: pl::PolarsError| WriteError::Table(self.name, e.to_string());
        if let Some(file) = &mut self.csv {
            let mut from = 0;
            // Once even for no rows: the header.
            while from == 0 || from < group.height() {
                let rows = group.slice(from as i64, TEXT_ROWS);
                from += TEXT_ROWS;
                let columns = rows.columns().iter().zip(self.columns);
                let columns = columns.map(|(column, c)| printed(column, c.kind));
                let columns = columns.collect::<pl::PolarsResult<_>>().map_err(bug)?;
                let mut frame = pl::DataFrame::new(rows.height(), columns).map_err(bug)?;
                let done = CsvWriter::new(file.buffer.clone())
                    .include_header(file.written.bytes == 0)
                    .with_float_precision(Some(4))
                    .finish(&mut frame);
                done.map_err(bug)?;
                file.drain()?;
            }
        }
        if let Some((file, writer)) = &mut self.parquet {
            // One row group, however many batches the rows came in.
            writer.write_batch(group.rechunk_mut()).map_err(bug)?;
            file.drain()?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "table_writer_tests.rs"]
mod tests;
