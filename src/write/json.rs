//! `events.json` and `outages.json`: these tables as JSON; and how a row of any table becomes an
//! object.

use super::cells::Cells;
use super::output_file::{OutputFile, WriteError, Written};
use super::table::{Column, Kind, Table};
use super::tables::{events, outages};
use crate::pipeline::Findings;
use serde_json::{Map, Value};
use std::path::Path;

/// The names of the files, beside the tables as CSV.
pub(super) const NAMES: [&str; 2] = ["events.json", "outages.json"];

/// Writes `events.json` and `outages.json`.
pub(super) fn write(dir: &Path, findings: &Findings) -> Result<[Written; 2], WriteError> {
    let [events_json, outages_json] = NAMES;
    Ok([
        write_table(dir, events_json, &events::TABLE, &events::cells(findings))?,
        write_table(
            dir,
            outages_json,
            &outages::TABLE,
            &outages::cells(findings),
        )?,
    ])
}

fn write_table(
    dir: &Path,
    name: &str,
    table: &Table,
    cells: &[Cells],
) -> Result<Written, WriteError> {
    let columns: Vec<(&Column, &Cells)> = table.columns.iter().zip(cells).collect();
    let count = cells.first().map_or(0, Cells::len);
    let objects = (0..count).map(|row| row_object(&columns, row)).collect();
    let text =
        text(&Value::Array(objects)).map_err(|e| WriteError::Table(table.name, e.to_string()))?;
    let mut file = OutputFile::create(dir, name.to_owned())?;
    file.buffer.lock().extend(text.as_bytes());
    file.drain()?;
    file.publish(count as u64)
}

/// JSON with an indentation of two spaces, and a line break at the end.
///
/// # Errors
/// A key of a map is not a text; all of ours are.
pub fn text(value: &Value) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

/// A row as an object, with the columns as its keys. An empty cell is null; numbers and booleans are
/// such, and lists are lists (AS numbers as numbers), an empty one too.
pub(crate) fn row_object(columns: &[(&Column, &Cells)], row: usize) -> Value {
    let entry = |(column, cells): &(&Column, &Cells)| {
        let value = match column.kind {
            Kind::Asns | Kind::Ints => cells.ints_of(row).into(),
            Kind::Texts => cells.texts_of(row).iter().map(|text| &**text).collect(),
            kind => {
                let text = cells.shown(row, kind);
                text.map_or(Value::Null, |text| cell_value(text, kind))
            }
        };
        (column.name.to_owned(), value)
    };
    Value::Object(columns.iter().map(entry).collect::<Map<_, _>>())
}

/// A cell that is no list.
fn cell_value(text: String, kind: Kind) -> Value {
    match kind {
        // Four decimals survive the conversion to a double and back.
        Kind::Int | Kind::Ratio | Kind::Bool => serde_json::from_str(&text).unwrap_or(Value::Null),
        _ => text.into(),
    }
}
