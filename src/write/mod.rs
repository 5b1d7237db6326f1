//! Answers → one folder of tidy tables and `run.json`. One table a file; polars is named in
//! [`table`], which writes, and [`back`], which reads again, alone. [`json`] has other forms of
//! what the tables hold.

pub mod asns;
pub mod back;
pub mod claim;
pub mod dictionary;
pub mod files;
pub mod findings;
pub mod ioda;
pub mod json;
pub mod outages;
pub mod part;
pub mod peers;
pub mod prefixes;
pub mod rows;
pub mod run_json;
pub mod stages;
pub mod table;
pub mod transitions;
pub mod upstreams;
pub mod watch_list;

use crate::study::{Profile, Study};
pub use findings::Findings;
use part::{WriteError, Written};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::{Formats, Schema, TableWriter};

/// Every table of a run, in the order of the data dictionary.
pub const SCHEMAS: [&Schema; 13] = [
    &prefixes::SCHEMA,
    &asns::ASNS,
    &asns::COUNTRY,
    &upstreams::SCHEMA,
    &upstreams::CHANGES,
    &transitions::SCHEMA,
    &outages::SCHEMA,
    &outages::LOSSES,
    &outages::COLLECTORS,
    &stages::SCHEMA,
    &ioda::SCHEMA,
    &peers::SCHEMA,
    &files::SCHEMA,
];

/// Above so many rows a table is Parquet only, unless CSV is asked for.
const MOST_CSV_ROWS: u64 = 20_000_000;

impl Findings<'_> {
    /// Rows that a table will have, where there can be very many.
    fn rows(&self, name: &str) -> u64 {
        let minutes = self.study.window.minute_count();
        let rows = match name {
            n if n == prefixes::SCHEMA.name => minutes * self.answer.prefixes.len(),
            n if n == asns::ASNS.name => minutes * self.asns.len(),
            n if n == upstreams::SCHEMA.name => upstreams::rows(self),
            n if n == transitions::SCHEMA.name => self.answer.transitions.len(),
            _ => 0,
        };
        rows as u64
    }
}

/// The tables of a run, opened before the work starts: a bad folder fails at second 0.
pub struct Output {
    dir: PathBuf,
    csv_at_any_size: bool,
    writers: Vec<TableWriter>,
}

impl Output {
    /// Creates the folder and opens every table in it.
    ///
    /// # Errors
    /// The folder cannot be made or written to.
    pub fn open(dir: &Path, study: &Study, csv_at_any_size: bool) -> Result<Self, WriteError> {
        std::fs::create_dir_all(dir).map_err(|e| WriteError::Io(dir.to_owned(), e))?;
        let wanted = SCHEMAS.iter().filter(|schema| match schema.name {
            n if n == asns::COUNTRY.name => study.selection.country.is_some(),
            n if n == ioda::SCHEMA.name => study.rules.profile == Profile::Ioda,
            _ => true,
        });
        // What is written last must not fail then.
        for name in [json::NAME, run_json::NAME] {
            part::is_free(&dir.join(name))?;
        }
        let writers = wanted.map(|schema| TableWriter::new(dir, schema, BOTH));
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
    pub fn write(self, findings: &Findings<'_>) -> Result<Vec<Written>, WriteError> {
        let mut written = Vec::new();
        for mut writer in self.writers {
            let name = writer.schema().name;
            if findings.rows(name) > MOST_CSV_ROWS && !self.csv_at_any_size {
                let schema = writer.schema();
                drop(writer);
                writer = TableWriter::new(&self.dir, schema, PARQUET)?;
            }
            match name {
                n if n == prefixes::SCHEMA.name => prefixes::write(&mut writer, findings)?,
                n if n == asns::ASNS.name => asns::write_asns(&mut writer, findings)?,
                n if n == asns::COUNTRY.name => asns::write_country(&mut writer, findings)?,
                n if n == upstreams::SCHEMA.name => upstreams::write(&mut writer, findings)?,
                n if n == upstreams::CHANGES.name => {
                    upstreams::write_changes(&mut writer, findings)?;
                }
                n if n == transitions::SCHEMA.name => transitions::write(&mut writer, findings)?,
                n if n == outages::SCHEMA.name => outages::write(&mut writer, findings)?,
                n if n == outages::LOSSES.name => outages::write_losses(&mut writer, findings)?,
                n if n == outages::COLLECTORS.name => {
                    outages::write_collectors(&mut writer, findings)?;
                }
                n if n == stages::SCHEMA.name => stages::write(&mut writer, findings)?,
                n if n == ioda::SCHEMA.name => ioda::write(&mut writer, findings)?,
                n if n == peers::SCHEMA.name => peers::write(&mut writer, findings)?,
                _ => files::write(&mut writer, findings)?,
            }
            written.extend(writer.finish()?);
        }
        written.push(json::write_outages(&self.dir)?);
        run_json::write(&self.dir, findings, &written)?;
        self::forget_older(&self.dir, &written)?;
        Ok(written)
    }
}

const PARQUET: Formats = Formats {
    csv: false,
    parquet: true,
};

const BOTH: Formats = Formats {
    csv: true,
    parquet: true,
};

/// Removes tables that an earlier run left in the folder and that this one has no part in: they
/// would be taken for its own.
fn forget_older(dir: &Path, written: &[Written]) -> Result<(), WriteError> {
    for schema in SCHEMAS {
        for ending in ["csv", "parquet"] {
            let name = format!("{}.{ending}", schema.name);
            let path = dir.join(&name);
            if written.iter().all(|w| w.name != name) && path.exists() {
                std::fs::remove_file(&path).map_err(|e| WriteError::Io(path, e))?;
            }
        }
    }
    Ok(())
}

/// Text cells from anything that prints.
fn texts<T: ToString>(values: impl IntoIterator<Item = Option<T>>) -> table::Cells {
    let text = |v: Option<T>| v.map(|v| Arc::from(v.to_string()));
    table::Cells::Text(values.into_iter().map(text).collect())
}
