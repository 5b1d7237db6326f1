//! A table, so many rows at a time, its cells by the names of their columns.

use crate::model::net::Asn;
use crate::model::time::Timestamp;
use crate::study::manifest::Manifest;
use crate::write::back::{ReadError, Table};
use crate::write::table::{Cells, Schema};
use std::path::Path;
use std::sync::Arc;

static EMPTY: Cells = Cells::Int(Vec::new());

/// See the module.
pub(super) struct Reader {
    table: Table,
    cells: Vec<Cells>,
}

impl Reader {
    /// Opens a table for some of its columns, all where none is named.
    pub(super) fn open(
        dir: &Path,
        manifest: &Manifest,
        schema: &'static Schema,
        columns: &[&str],
    ) -> Result<Self, ReadError> {
        let table = Table::open(dir, manifest, schema, columns)?;
        let cells = Vec::new();
        Ok(Self { table, cells })
    }

    /// Goes on to the next rows; nothing behind the last.
    pub(super) fn next(&mut self) -> Result<Option<usize>, ReadError> {
        let cells = self.table.read()?;
        Ok(cells.map(|cells| {
            self.cells = cells;
            self.cells.first().map_or(0, Cells::len)
        }))
    }

    /// A column of the rows at hand.
    pub(super) fn column(&self, name: &str) -> &Cells {
        let mut columns = self.table.columns().iter();
        let place = columns.position(|c| c.name == name);
        place.and_then(|at| self.cells.get(at)).unwrap_or(&EMPTY)
    }
}

/// All rows of a small table, each made by `row` from the columns and its place.
pub(super) fn all<T>(
    dir: &Path,
    manifest: &Manifest,
    schema: &'static Schema,
    row: impl Fn(&Reader, usize) -> T,
) -> Result<Vec<T>, ReadError> {
    let mut reader = Reader::open(dir, manifest, schema, &[])?;
    let mut rows = Vec::new();
    while let Some(count) = reader.next()? {
        rows.extend((0..count).map(|at| row(&reader, at)));
    }
    Ok(rows)
}

impl Reader {
    pub(super) fn text(&self, name: &str, row: usize) -> Arc<str> {
        self.column(name).text(row).unwrap_or_else(|| Arc::from(""))
    }

    pub(super) fn string(&self, name: &str, row: usize) -> String {
        self.text(name, row).to_string()
    }

    pub(super) fn int(&self, name: &str, row: usize) -> Option<i64> {
        self.column(name).int(row)
    }

    pub(super) fn count<N: TryFrom<i64> + Default>(&self, name: &str, row: usize) -> N {
        count(self.column(name), row)
    }

    pub(super) fn time(&self, name: &str, row: usize) -> Option<Timestamp> {
        self.column(name).time(row).map(Timestamp)
    }

    pub(super) fn ratio(&self, name: &str, row: usize) -> Option<u32> {
        self.column(name).ratio(row)
    }

    pub(super) fn asns(&self, name: &str, row: usize) -> Vec<Asn> {
        let text = self.text(name, row);
        text.split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect()
    }

    pub(super) fn is_true(&self, name: &str, row: usize) -> bool {
        &*self.text(name, row) == "true"
    }
}

/// A count of which none is missing; nought where it is.
pub(super) fn count<N: TryFrom<i64> + Default>(cells: &Cells, row: usize) -> N {
    let int = cells.int(row);
    int.and_then(|n| N::try_from(n).ok()).unwrap_or_default()
}
