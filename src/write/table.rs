//! What a table of a run is: its name, its columns, its key, and the function that writes its rows,
//! in one value. Everything that goes over the tables (writing, the data dictionary, reading back,
//! comparison, expected tables of regressions) goes over these.

pub use super::column::{Column, Kind};
use super::table_writer::TableWriter;
use super::{Findings, WriteError};
use crate::study::Study;

/// A table of a run.
pub struct Table {
    /// The file's name without its extension.
    pub name: &'static str,
    /// What its rows mean, for the data dictionary.
    pub doc: &'static str,
    /// The columns that identify a row: no two rows have the same.
    pub key: &'static [&'static str],
    /// Its columns, in the order of the file.
    pub columns: &'static [Column],
    /// How its rows relate to time.
    pub(crate) layout: RowLayout,
    /// Whether the expected tables of an archived incident include it.
    pub(crate) regression: Regression,
    /// Whether the run of a study has this table at all.
    pub(crate) is_part_of: fn(&Study) -> bool,
    /// How many rows it will have, where there can be very many; 0 for small tables.
    pub(crate) rows: fn(&Findings) -> usize,
    /// Writes its rows, sorted by its key.
    pub(crate) write: fn(&mut TableWriter, &Findings) -> Result<(), WriteError>,
}

impl Table {
    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column that leads the key, where that is a minute: rows then come minute by minute.
    pub(crate) fn minute(&self) -> Option<&'static Column> {
        let first = self.key.first().and_then(|name| self.column(name));
        first.filter(|column| column.kind == Kind::Minute)
    }
}

/// Every study has the table.
pub(super) const fn always(_: &Study) -> bool {
    true
}

/// The table stays small whatever the window.
pub(super) const fn few(_: &Findings) -> usize {
    0
}

/// How a table's rows relate to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowLayout {
    /// Each key has a row in every minute of the window; quiet minutes repeat the state.
    EveryMinute,
    /// One row per event, or per minute and thing that was there in it.
    ByTime,
    /// One row per thing that has no time, such as a peer.
    WithoutTime,
}

/// Whether the expected tables of an archived incident include a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Regression {
    /// Yes, in every folder of expected tables that is made new.
    Kept,
    /// Only in a folder that has it already: it follows from other tables, or describes files.
    OnRequest,
}
