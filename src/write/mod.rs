//! Findings → a run's folder: its tables as CSV and Parquet, `events.json`, `outages.json`, and
//! `run.json`.
//!
//! `tables` lists the tables, one file each. `cells` and `table_writer` alone name polars;
//! [`view`](crate::view) reads the tables back.

pub(crate) mod cells;
pub(crate) mod column;
pub mod csv;
pub(crate) mod dictionary;
pub(crate) mod directory_lock;
pub mod json;
pub(crate) mod lists;
pub(crate) mod output_file;
pub(crate) mod run_json;
pub mod table;
pub(crate) mod table_writer;
pub(crate) mod tables;
pub(crate) mod watch_list;

pub use crate::pipeline::Findings;
use crate::study::Study;
pub use output_file::{WriteError, Written};
use std::path::{Path, PathBuf};
use table::Table;
use table_writer::{Formats, TableWriter};
pub use tables::ALL as TABLES;

/// A table with more rows is written as Parquet only, unless CSV is asked for.
const MOST_CSV_ROWS: usize = 20_000_000;

/// The tables of a run, opened before the work starts: a bad folder fails at second 0.
pub struct Output {
    dir: PathBuf,
    csv_at_any_size: bool,
    writers: Vec<(&'static Table, TableWriter)>,
}

impl Output {
    /// Creates the folder and opens every table of the study in it.
    ///
    /// # Errors
    /// The folder cannot be created or written to.
    pub fn open(dir: &Path, study: &Study, csv_at_any_size: bool) -> Result<Self, WriteError> {
        std::fs::create_dir_all(dir).map_err(|e| WriteError::Io(dir.to_owned(), e))?;
        // What is written last must not fail then.
        for name in json::NAMES.into_iter().chain([run_json::NAME]) {
            output_file::check_free(&dir.join(name))?;
        }
        let tables = TABLES.iter().filter(|table| (table.is_part_of)(study));
        let writers = tables.map(|&table| Ok((table, writer(dir, table, BOTH)?)));
        Ok(Self {
            dir: dir.to_owned(),
            csv_at_any_size,
            writers: writers.collect::<Result<_, _>>()?,
        })
    }

    /// Writes everything, gives the files their names, and `run.json` its hashes.
    ///
    /// # Errors
    /// The disk is full, or a file cannot be replaced.
    pub fn write(self, findings: &Findings) -> Result<Vec<Written>, WriteError> {
        let mut written = Vec::new();
        for (table, mut writer) in self.writers {
            if (table.rows)(findings) > MOST_CSV_ROWS && !self.csv_at_any_size {
                drop(writer);
                writer = self::writer(&self.dir, table, PARQUET)?;
            }
            (table.write)(&mut writer, findings)?;
            written.extend(writer.finish()?);
        }
        written.extend(json::write(&self.dir, findings)?);
        run_json::write(&self.dir, findings, &written)?;
        remove_stale(&self.dir, &written)?;
        Ok(written)
    }
}

fn writer(dir: &Path, table: &Table, formats: Formats) -> Result<TableWriter, WriteError> {
    TableWriter::new(dir, table.name, table.columns, formats)
}

const PARQUET: Formats = Formats {
    csv: false,
    parquet: true,
};

const BOTH: Formats = Formats {
    csv: true,
    parquet: true,
};

/// Removes tables that an earlier run left in the folder and this one did not write: they would be
/// taken for its own.
fn remove_stale(dir: &Path, written: &[Written]) -> Result<(), WriteError> {
    for table in TABLES {
        for extension in ["csv", "parquet"] {
            let name = format!("{}.{extension}", table.name);
            let path = dir.join(&name);
            if written.iter().all(|w| w.name != name) && path.exists() {
                std::fs::remove_file(&path).map_err(|e| WriteError::Io(path, e))?;
            }
        }
    }
    Ok(())
}
