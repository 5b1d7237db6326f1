//! A table read batch by batch, with its cells by the names of their columns.

use super::reader::{ReadError, TableReader};
use crate::manifest::Manifest;
use crate::model::net::{Asn, Family};
use crate::model::time::Timestamp;
use crate::write::cells::Cells;
use crate::write::table::Table;
use std::path::Path;
use std::sync::Arc;

static EMPTY: Cells = Cells::Int(Vec::new());

/// Reads a table's rows in batches. A column that the table does not have reads as empty cells.
pub(super) struct BatchReader {
    table: TableReader,
    /// The current batch, column by column.
    cells: Vec<Cells>,
}

impl BatchReader {
    /// Opens a run's table for the named columns, or for all of them if none is named.
    pub(super) fn open(
        dir: &Path,
        manifest: &Manifest,
        table: &'static Table,
        columns: &[&str],
    ) -> Result<Self, ReadError> {
        let table = TableReader::open(dir, manifest, table, columns)?;
        let cells = Vec::new();
        Ok(Self { table, cells })
    }

    /// Reads the next batch and returns its number of rows; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<usize>, ReadError> {
        let cells = self.table.read()?;
        Ok(cells.map(|cells| {
            self.cells = cells;
            self.cells.first().map_or(0, Cells::len)
        }))
    }

    /// A column of the current batch.
    pub(super) fn column(&self, name: &str) -> &Cells {
        let mut columns = self.table.columns().iter();
        let index = columns.position(|c| c.name == name);
        index.and_then(|i| self.cells.get(i)).unwrap_or(&EMPTY)
    }

    /// A text; an empty cell reads as an empty text.
    pub(super) fn text(&self, name: &str, row: usize) -> Arc<str> {
        self.column(name).text(row).unwrap_or_else(|| Arc::from(""))
    }

    pub(super) fn string(&self, name: &str, row: usize) -> String {
        self.text(name, row).to_string()
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str, row: usize) -> Vec<String> {
        let texts = self.column(name).texts_of(row).iter();
        texts.map(ToString::to_string).collect()
    }

    pub(super) fn int(&self, name: &str, row: usize) -> Option<i64> {
        self.column(name).int(row)
    }

    /// A count of a column without empty cells; see [`count`].
    pub(super) fn count<N: TryFrom<i64> + Default>(&self, name: &str, row: usize) -> N {
        count(self.column(name), row)
    }

    pub(super) fn time(&self, name: &str, row: usize) -> Option<Timestamp> {
        self.column(name).time(row)
    }

    /// A ratio in ten-thousandths.
    pub(super) fn ratio(&self, name: &str, row: usize) -> Option<u32> {
        self.column(name).ratio(row)
    }

    /// A list of ASNs.
    pub(super) fn asns(&self, name: &str, row: usize) -> Vec<Asn> {
        asns(self.column(name), row)
    }

    /// Whether a cell is true; an empty one is not.
    pub(super) fn is_true(&self, name: &str, row: usize) -> bool {
        self.column(name).bool(row) == Some(true)
    }

    /// A list of address families.
    pub(super) fn families(&self, name: &str, row: usize) -> Vec<Family> {
        let numbers = self.column(name).ints_of(row).iter();
        let families = numbers.filter_map(|number| {
            let mut families = Family::BOTH.into_iter();
            families.find(|family| i64::from(family.number()) == *number)
        });
        families.collect()
    }

    /// The address family of a row.
    pub(super) fn family(&self, name: &str, row: usize) -> Family {
        family(self.column(name), row)
    }
}

/// The address family of a row: its number is 4 or 6.
pub(super) fn family(cells: &Cells, row: usize) -> Family {
    match cells.int(row) {
        Some(6) => Family::V6,
        _ => Family::V4,
    }
}

/// The ASNs of a row's list.
pub(super) fn asns(cells: &Cells, row: usize) -> Vec<Asn> {
    let asns = cells.ints_of(row).iter();
    asns.filter_map(|&asn| Asn::try_from(asn).ok()).collect()
}

/// All rows of a small table, each made by `row` from the reader and the row's index in its batch.
pub(super) fn read_all<T>(
    dir: &Path,
    manifest: &Manifest,
    table: &'static Table,
    row: impl Fn(&BatchReader, usize) -> T,
) -> Result<Vec<T>, ReadError> {
    let mut reader = BatchReader::open(dir, manifest, table, &[])?;
    let mut rows = Vec::new();
    while let Some(count) = reader.next()? {
        rows.extend((0..count).map(|index| row(&reader, index)));
    }
    Ok(rows)
}

/// A count; zero where the cell is empty or does not fit.
pub(super) fn count<N: TryFrom<i64> + Default>(cells: &Cells, row: usize) -> N {
    let int = cells.int(row);
    int.and_then(|n| N::try_from(n).ok()).unwrap_or_default()
}
