//! What is compared of a table: the columns that both sides have, and what may differ.

use super::Tolerances;
use super::row_reader::{Row, canonical};
use crate::write::table::{Column, Table};

/// See the module.
pub(super) struct Comparison<'a> {
    pub(super) table: &'static Table,
    /// The columns that both have, those of the key first.
    pub(super) columns: Vec<&'static Column>,
    /// How many of them belong to the key.
    pub(super) keys: usize,
    pub(super) tolerances: &'a Tolerances,
    /// How many differing cells, and how many differences, are kept.
    pub(super) most: usize,
}

impl Comparison<'_> {
    /// The cells of these columns of the key, in a form that does not depend on who wrote the table.
    pub(super) fn key(&self, row: &Row, positions: impl Iterator<Item = usize>) -> String {
        let cell = |i: usize| canonical(self.columns[i], row.cells[i].as_deref());
        positions.map(cell).collect::<Vec<_>>().join("\u{1f}")
    }

    /// By how much the values of a column may differ.
    pub(super) fn tolerance(&self, column: &Column) -> f64 {
        self.tolerances.of(self.table.name, column)
    }
}
