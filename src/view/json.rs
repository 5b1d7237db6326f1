//! Rows of a run's tables as JSON objects, with the columns as keys.

use super::reader::{ReadError, TableReader};
use crate::manifest::Manifest;
use crate::write::cells::Cells;
use crate::write::json::row_object;
use crate::write::table::{Column, Table};
use crate::write::tables::{events, outages};
use serde_json::Value;
use std::path::Path;

/// The outages of a run, an object per row. An empty cell is null; numbers and booleans are such.
///
/// # Errors
/// The table cannot be read.
pub fn outages(dir: &Path, manifest: &Manifest) -> Result<Value, ReadError> {
    matching(dir, manifest, &outages::TABLE, &[]).map(Value::Array)
}

/// The events of a run, an object per row.
///
/// # Errors
/// The table cannot be read.
pub fn events(dir: &Path, manifest: &Manifest) -> Result<Value, ReadError> {
    matching(dir, manifest, &events::TABLE, &[]).map(Value::Array)
}

/// The rows of a table whose cells equal all of `wanted`, which are pairs of a column and a text as
/// in the CSV.
///
/// # Errors
/// The table cannot be read.
pub(crate) fn matching(
    dir: &Path,
    manifest: &Manifest,
    table: &'static Table,
    wanted: &[(&str, String)],
) -> Result<Vec<Value>, ReadError> {
    let mut reader = TableReader::open(dir, manifest, table, &[])?;
    let index = |name: &str| reader.columns().iter().position(|c| c.name == name);
    let wanted: Vec<(usize, &str)> = wanted
        .iter()
        .filter_map(|(name, text)| Some((index(name)?, text.as_str())))
        .collect();
    let mut rows = Vec::new();
    while let Some(cells) = reader.read()? {
        let columns: Vec<(&Column, &Cells)> =
            reader.columns().iter().copied().zip(&cells).collect();
        let count = cells.first().map_or(0, Cells::len);
        let matches = |row: &usize| {
            wanted.iter().all(|&(index, text)| {
                let (column, cells) = columns[index];
                cells.shown(*row, column.kind).as_deref() == Some(text)
            })
        };
        let matching = (0..count).filter(matches);
        rows.extend(matching.map(|row| row_object(&columns, row)));
    }
    Ok(rows)
}
