//! Whether a run on a slice of an archive equals the run on the whole archive, byte for byte.
//!
//! Left out is what describes the archive's files themselves: columns whose basis is
//! [`Basis::FileContents`] (lengths, hashes and numbers of records in `files`, the size of tables
//! in `peers`), and in `run.json` the hashes and where the files and the watch list came from.

use super::row_reader::{self, RowReader};
use super::tolerance::ColumnSelector;
use super::{ExpectedTable, Report, TablePair, Tolerances, VerifyError};
use crate::write::TABLES;
use crate::write::column::{Basis, Column};
use crate::write::table::Table;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Keys of `run.json` that describe the archive's files, or name where they were found.
const KEYS_LEFT_OUT: [&str; 5] = ["question", "located_by", "lost", "inputs", "outputs"];

/// The first difference between the run on a whole archive and the run on its slice, in words;
/// `None` where they are equivalent.
///
/// # Errors
/// A table or `run.json` cannot be read.
pub(crate) fn difference(whole: &Path, slice: &Path) -> Result<Option<String>, VerifyError> {
    for table in TABLES {
        if let Some(difference) = of_table(whole, slice, table)? {
            return Ok(Some(difference));
        }
    }
    let [of_whole, of_slice] = [whole, slice].map(manifest);
    let (of_whole, of_slice) = (of_whole?, of_slice?);
    let keys = of_whole.keys().chain(of_slice.keys());
    let key = keys
        .into_iter()
        .find(|key| of_whole.get(*key) != of_slice.get(*key));
    Ok(key.map(|key| format!("`run.json`: `{key}` differs")))
}

fn of_table(
    whole: &Path,
    slice: &Path,
    table: &'static Table,
) -> Result<Option<String>, VerifyError> {
    let name = table.name;
    let [of_whole, of_slice] = [whole, slice].map(|dir| csv(dir, table));
    let (of_whole, of_slice) = (of_whole?, of_slice?);
    if of_whole == of_slice {
        return Ok(None);
    }
    let is_left_out = |c: &&Column| c.basis == Basis::FileContents;
    let left_out: Vec<&Column> = table.columns.iter().filter(is_left_out).collect();
    let [of_whole, of_slice] = [whole, slice].map(|dir| rows(dir, table));
    let (Some(of_whole), Some(of_slice)) = (of_whole?, of_slice?) else {
        return Ok(Some(format!("only one of the runs has the table `{name}`")));
    };
    if !left_out.is_empty() && are_equal(of_whole, of_slice)? {
        return Ok(None);
    }
    // Which cell differs is what the comparison of two runs finds out.
    let ignored = left_out.iter().map(|c| ColumnSelector::of(table, c));
    let tolerances = Tolerances {
        ignored: ignored.collect(),
        ..Tolerances::default()
    };
    let pair = TablePair {
        out: slice,
        expected: ExpectedTable::Folder(whole),
        is_run: true,
        table,
        tolerances: &tolerances,
        most: 1,
    };
    let mut report = Report::default();
    pair.compare(&mut report)?;
    let differences = report.tables.iter().flat_map(|t| &t.differences);
    let first = differences.map(ToString::to_string).next();
    Ok(Some(first.unwrap_or_else(|| {
        format!("{name}: the same cells, but written in another way or order")
    })))
}

/// A table as CSV; empty where the run does not have it.
fn csv(dir: &Path, table: &Table) -> Result<Vec<u8>, VerifyError> {
    let path = dir.join(format!("{}.csv", table.name));
    match fs::read(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(|e| VerifyError::of(&path, &e)),
    }
}

/// The rows of a table, without the columns that describe files.
fn rows(dir: &Path, table: &'static Table) -> Result<Option<RowReader>, VerifyError> {
    let mut rows = row_reader::open(dir, table)?;
    if let Some(rows) = &mut rows {
        let columns = rows.columns.iter();
        let compared = columns.filter(|c| c.basis != Basis::FileContents);
        let names: Vec<&str> = compared.map(|c| c.name).collect();
        rows.select(&names);
    }
    Ok(rows)
}

/// Whether two tables have the same cells in the same order.
fn are_equal(mut a: RowReader, mut b: RowReader) -> Result<bool, VerifyError> {
    if a.columns
        .iter()
        .map(|c| c.name)
        .ne(b.columns.iter().map(|c| c.name))
    {
        return Ok(false);
    }
    loop {
        match (a.next()?, b.next()?) {
            (None, None) => return Ok(true),
            (Some(a), Some(b)) if a.cells == b.cells => {}
            _ => return Ok(false),
        }
    }
}

/// `run.json` without the keys that describe files.
fn manifest(dir: &Path) -> Result<serde_json::Map<String, serde_json::Value>, VerifyError> {
    let path = dir.join("run.json");
    let wrong = |e: &dyn std::fmt::Display| VerifyError::of(&path, e);
    let text = fs::read(&path).map_err(|e| wrong(&e))?;
    let mut map: serde_json::Map<_, _> = serde_json::from_slice(&text).map_err(|e| wrong(&e))?;
    map.retain(|key, _| !KEYS_LEFT_OUT.contains(&key.as_str()));
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &str = "collector,kind,start,url,state,bytes,sha256,first_record,last_record,records,records_by_type,damaged_records,clipped_updates,flags,problem";

    /// Two runs that have one table, `files`, of one row.
    fn runs(whole: &str, slice: &str) -> Option<String> {
        let dir = temp_dir::TempDir::new().unwrap();
        let [of_whole, of_slice] = [("whole", whole), ("slice", slice)].map(|(name, row)| {
            let run = dir.path().join(name);
            fs::create_dir(&run).unwrap();
            fs::write(run.join("files.csv"), format!("{FILES}\n{row}\n")).unwrap();
            fs::write(run.join("run.json"), "{\"format\": 1, \"inputs\": []}").unwrap();
            run
        });
        difference(&of_whole, &of_slice).unwrap()
    }

    fn row(url: &str, state: &str, bytes: u32, flags: &str) -> String {
        format!("rrc00,rib,2014-12-22T16:00:00Z,{url},{state},{bytes},,,,,,0,0,{flags},")
    }

    #[test]
    fn what_describes_the_files_may_differ() {
        let (whole, slice) = (row("u", "present", 9, ""), row("u", "present", 3, ""));
        assert_eq!(runs(&whole, &slice), None);
        let slice = row("u", "present", 9, "cut");
        let found = runs(&whole, &slice).unwrap();
        assert_eq!(
            found,
            "files: rrc00 rib u 2014-12-22 16:00:00 flags (empty) → cut"
        );
    }

    /// Joined with commas and without quotes, both rows would read the same.
    #[test]
    fn a_comma_inside_a_cell_is_no_border_between_cells() {
        let whole = row("\"u,present\"", "x", 9, "");
        let slice = row("u", "\"present,x\"", 3, "");
        assert!(runs(&whole, &slice).is_some());
        let same = row("\"u,present\"", "x", 3, "");
        assert_eq!(runs(&whole, &same), None);
    }
}
