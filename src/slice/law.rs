//! The law: a run on the slice equals the run on the whole, byte for byte. What describes the
//! files themselves is left out: their lengths, hashes and numbers of records in `files`, the size
//! of tables in `peers`, and in `run.json` the hashes and where the files and the watch list came
//! from.

use crate::write::SCHEMAS;
use std::fs;
use std::io;
use std::path::Path;

/// Columns that describe the files, by table.
const LEFT_OUT: [(&str, &[&str]); 2] = [
    (
        "files",
        &["bytes", "sha256", "records", "records_by_type", "problem"],
    ),
    ("peers", &["table_size", "reason"]),
];

/// The same in `run.json`.
const KEYS_LEFT_OUT: [&str; 5] = ["question", "located_by", "lost", "inputs", "outputs"];

/// The first difference between two runs, in words; nothing where there is none.
///
/// # Errors
/// A table cannot be read.
pub fn difference(whole: &Path, slice: &Path) -> io::Result<Option<String>> {
    for schema in SCHEMAS {
        let name = schema.name;
        let [before, now] = [whole, slice].map(|dir| table(dir, name));
        let (before, now) = (before?, now?);
        if before == now {
            continue;
        }
        let left_out = LEFT_OUT.iter().find(|(table, _)| *table == name);
        let left_out = left_out.map_or(&[][..], |(_, columns)| columns);
        let (before, now) = (rows(&before, left_out)?, rows(&now, left_out)?);
        let differs = before.iter().zip(&now).position(|(a, b)| a != b);
        let line = differs.or((before.len() != now.len()).then(|| before.len().min(now.len())));
        if let Some(line) = line {
            let at = |rows: &[String]| rows.get(line).cloned().unwrap_or("nothing".to_owned());
            let (before, now) = (at(&before), at(&now));
            return Ok(Some(format!(
                "`{name}.csv`, line {}: `{before}` in the whole, `{now}` in the slice",
                line + 1
            )));
        }
    }
    let [before, now] = [whole, slice].map(|dir| fs::read(dir.join("run.json")));
    let read = |text: Vec<u8>| -> io::Result<serde_json::Value> {
        let mut value: serde_json::Value = serde_json::from_slice(&text)?;
        if let Some(map) = value.as_object_mut() {
            map.retain(|key, _| !KEYS_LEFT_OUT.contains(&key.as_str()));
        }
        Ok(value)
    };
    let (before, now) = (read(before?)?, read(now?)?);
    let keys = before.as_object().into_iter().flat_map(|map| map.keys());
    let key = keys
        .into_iter()
        .find(|key| before.get(*key) != now.get(*key));
    Ok(key.map(|key| format!("`run.json`: `{key}`")))
}

/// A table's CSV; empty where the run has none.
fn table(dir: &Path, name: &str) -> io::Result<Vec<u8>> {
    match fs::read(dir.join(format!("{name}.csv"))) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}

/// Its rows without some columns.
fn rows(csv: &[u8], left_out: &[&str]) -> io::Result<Vec<String>> {
    let text = String::from_utf8_lossy(csv);
    if left_out.is_empty() {
        return Ok(text.lines().map(str::to_owned).collect());
    }
    let mut lines = text.lines().map(cells);
    let head = lines.next().unwrap_or_default();
    let stays: Vec<bool> = head
        .iter()
        .map(|c| !left_out.contains(&c.as_str()))
        .collect();
    let only = |cells: &Vec<String>| {
        let left = cells.iter().zip(&stays).filter(|(_, stays)| **stays);
        left.map(|(cell, _)| cell.as_str())
            .collect::<Vec<_>>()
            .join(",")
    };
    Ok(std::iter::once(only(&head))
        .chain(lines.map(|c| only(&c)))
        .collect())
}

/// The cells of a line; those with a comma or a quote stand in quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
    }
    cells
}
