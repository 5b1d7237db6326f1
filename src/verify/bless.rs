//! Expected tables written anew from a run, after a deliberate change.

use super::VerifyError;
use super::rows::{self, Row, canonical, compact_comment};
use crate::model::time::Timestamp;
use crate::write::table::{Kind, Schema};
use crate::write::{SCHEMAS, part};
use std::collections::HashMap;
use std::path::Path;

/// Tables that are kept where a folder has none yet. `files` describes the files and is left out, and
/// so is what other tables follow from.
const KEPT: [&str; 7] = [
    "prefixes",
    "asns",
    "country",
    "upstream_changes",
    "transitions",
    "outages",
    "peers",
];

/// Where a record lies is no result: the same records lie elsewhere in another archive.
const LEFT_OUT: [(&str, &str); 2] = [("transitions", "file"), ("transitions", "offset")];

/// Writes the expected tables of a folder anew, those and the columns that it has; where it has none,
/// the usual ones. Dense tables of minutes have only the rows that differ from the minute before.
///
/// # Errors
/// The run's tables cannot be read, or the folder not be written to.
pub fn bless(out: &Path, expected: &Path) -> Result<Vec<String>, VerifyError> {
    std::fs::create_dir_all(expected)
        .map_err(|e| VerifyError::Write(expected.to_owned(), e.to_string()))?;
    let has = |name: &str| expected.join(format!("{name}.csv")).is_file();
    let is_new = !SCHEMAS.iter().any(|s| has(s.name));
    let mut written = Vec::new();
    for schema in SCHEMAS {
        let name = schema.name;
        let is_wanted = if is_new {
            KEPT.contains(&name)
        } else {
            has(name)
        };
        if !is_wanted {
            continue;
        }
        let columns: Vec<&str> = match has(name) {
            true => {
                let old = rows::of_csv(&expected.join(format!("{name}.csv")), schema)?;
                old.columns.iter().map(|c| c.name).collect()
            }
            false => {
                let keeps = |c: &&str| !LEFT_OUT.contains(&(name, *c));
                schema
                    .columns
                    .iter()
                    .map(|c| c.name)
                    .filter(keeps)
                    .collect()
            }
        };
        if table(out, expected, schema, &columns)? {
            written.push(format!("{name}.csv"));
        }
    }
    Ok(written)
}

fn table(
    out: &Path,
    expected: &Path,
    schema: &'static Schema,
    columns: &[&str],
) -> Result<bool, VerifyError> {
    let Some(mut rows) = rows::open(out, schema)? else {
        return Ok(false);
    };
    rows.want(columns);
    let key: Vec<usize> = (0..columns.len())
        .filter(|i| schema.key.contains(&columns[*i]))
        .collect();
    let kind = |i: usize| schema.columns.iter().find(|c| c.name == columns[i]);
    // Only where each key has a row in every minute does a row hold until the next.
    let is_dense = ["prefixes", "asns", "country"].contains(&schema.name)
        && kind(0).is_some_and(|c| c.kind == Kind::Minute);
    let mut last: HashMap<Vec<Option<String>>, Vec<Option<String>>> = HashMap::new();
    let mut kept: Vec<Row> = Vec::new();
    let mut end = 0;
    for row in rows.all()? {
        if is_dense {
            let label = row.cells[0].clone().unwrap_or_default();
            end = Timestamp::parse(&label).map_or(end, |t| t.0);
            let of_key = key.iter().skip(1).map(|&i| row.cells[i].clone()).collect();
            let values = row.cells[1..].to_vec();
            if last.get(&of_key) == Some(&values) {
                continue;
            }
            last.insert(of_key, values);
        }
        kept.push(row);
    }
    if !is_dense {
        let order = |row: &Row| -> Vec<String> {
            let times_first = key
                .iter()
                .filter(|&&i| kind(i).is_some_and(|c| matches!(c.kind, Kind::Time | Kind::Minute)));
            let cells = times_first.chain(&key);
            cells
                .map(|&i| {
                    kind(i).map_or_else(String::new, |c| canonical(c, row.cells[i].as_deref()))
                })
                .collect()
        };
        if schema.name != "peers" {
            kept.sort_by_cached_key(order);
        }
    }
    let path = expected.join(format!("{}.csv", schema.name));
    let wrong = |e: &dyn std::fmt::Display| VerifyError::Write(path.clone(), e.to_string());
    let mut bytes = b"# dropline's own: `dropline regress --bless` writes it anew.\n".to_vec();
    if is_dense && end > 0 {
        bytes.extend(compact_comment(end).bytes());
    }
    let mut writer = csv::Writer::from_writer(bytes);
    writer.write_record(columns).map_err(|e| wrong(&e))?;
    for row in &kept {
        let cells = row.cells.iter().map(|c| c.as_deref().unwrap_or_default());
        writer.write_record(cells).map_err(|e| wrong(&e))?;
    }
    let bytes = writer.into_inner().map_err(|e| wrong(&e))?;
    part::whole(&path, &bytes).map_err(|e| wrong(&e))?;
    Ok(true)
}
