//! What the tables hold, in forms of JSON that other tools read: the outages as they are and as
//! CODF ([`codf`]), and the minutes as series ([`series`]).

pub mod codf;
pub mod series;

use super::Findings;
use super::back::{ReadError, Table};
use super::cells::Cells;
use super::output_file::{OutputFile, WriteError, Written};
use super::table::{Column, Kind, Table as Schema};
use super::tables::outages;
use crate::manifest::Manifest;
use serde_json::{Map, Value};
use std::path::Path;

/// The file beside `outages.csv`.
pub(super) const NAME: &str = "outages.json";

/// The outages of a run: an object a row, with the columns of the table as its keys. An empty cell
/// is null, what is a number or a truth is one.
///
/// # Errors
/// The table cannot be read.
pub fn outages(dir: &Path, manifest: &Manifest) -> Result<Value, ReadError> {
    rows(Table::open(dir, manifest, &outages::TABLE, &[])?)
}

/// Writes `outages.json`: the rows of the table `outages`.
pub(super) fn write_outages(dir: &Path, findings: &Findings) -> Result<Written, WriteError> {
    let objects = objects(&outages::TABLE, &outages::cells(findings));
    let count = objects.len() as u64;
    let text = text(&Value::Array(objects))
        .map_err(|e| WriteError::Table(outages::TABLE.name, e.to_string()))?;
    let mut file = OutputFile::create(dir, NAME.to_owned())?;
    file.buffer.lock().extend(text.as_bytes());
    file.drain()?;
    file.publish(count)
}

/// Each row of a table as an object, with the columns as its keys.
fn objects(table: &Schema, cells: &[Cells]) -> Vec<Value> {
    let columns: Vec<(&Column, &Cells)> = table.columns.iter().zip(cells).collect();
    let count = cells.first().map_or(0, Cells::len);
    (0..count).map(|row| object(&columns, row)).collect()
}

/// JSON as it is written: two spaces deep, and a line's end behind the last.
///
/// # Errors
/// A key is no text; none of ours is.
pub fn text(value: &Value) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

fn rows(mut table: Table) -> Result<Value, ReadError> {
    let mut rows = Vec::new();
    while let Some(cells) = table.read()? {
        let columns: Vec<(&Column, &Cells)> = table.columns().iter().copied().zip(&cells).collect();
        let count = columns.first().map_or(0, |(_, cells)| cells.len());
        rows.extend((0..count).map(|row| object(&columns, row)));
    }
    Ok(Value::Array(rows))
}

fn object(columns: &[(&Column, &Cells)], row: usize) -> Value {
    let entry = |(column, cells): &(&Column, &Cells)| {
        let shown = cells.shown(row, column.kind);
        (
            column.name.to_owned(),
            shown.map_or(Value::Null, |text| cell(text, column.kind)),
        )
    };
    Value::Object(columns.iter().map(entry).collect::<Map<_, _>>())
}

fn cell(text: String, kind: Kind) -> Value {
    match (kind, text.as_str()) {
        (Kind::Text, "true") => true.into(),
        (Kind::Text, "false") => false.into(),
        // Four decimals survive the way through a double.
        (Kind::Int | Kind::Ratio, number) => serde_json::from_str(number).unwrap_or(Value::Null),
        (Kind::Text | Kind::Minute | Kind::Time, _) => text.into(),
    }
}

/// The rows of a table that have these very cells, `(column, as CSV shows it)`, as objects like
/// those of [`outages()`].
///
/// # Errors
/// The table cannot be read.
pub fn matching(
    dir: &Path,
    manifest: &Manifest,
    schema: &'static Schema,
    wanted: &[(&str, String)],
) -> Result<Vec<Value>, ReadError> {
    let mut table = Table::open(dir, manifest, schema, &[])?;
    let place = |name: &str| table.columns().iter().position(|c| c.name == name);
    let wanted: Vec<(usize, &str)> = wanted
        .iter()
        .filter_map(|(name, text)| Some((place(name)?, text.as_str())))
        .collect();
    let mut found = Vec::new();
    while let Some(cells) = table.read()? {
        let columns: Vec<(&Column, &Cells)> = table.columns().iter().copied().zip(&cells).collect();
        let count = cells.first().map_or(0, Cells::len);
        let is_it = |row: &usize| {
            wanted.iter().all(|&(at, text)| {
                let (column, cells) = columns[at];
                cells.shown(*row, column.kind).as_deref() == Some(text)
            })
        };
        found.extend((0..count).filter(is_it).map(|row| object(&columns, row)));
    }
    Ok(found)
}
