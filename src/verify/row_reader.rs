//! Reads a table row by row as text, whoever wrote it: CSV, or Parquet where there is no CSV.

use super::VerifyError;
use crate::disk::text;
use crate::model::net::Prefix;
use crate::model::time::Timestamp;
use crate::view::reader::TableReader;
use crate::write::cells::Cells;
use crate::write::table::{Column, Kind, Table};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// The comment above the header by which a table declares itself compact.
const COMPACT: &str = "Only the rows that differ from the minute before";

/// How many lines are searched for that comment.
const MOST_COMMENTS: usize = 1000;

/// How a table of minutes is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableForm {
    /// A row for each minute and key.
    Full,
    /// A row holds until the next one of its key; to the last minute, where it is stated.
    Compact(Option<Timestamp>),
}

/// A row: its cells in the order of the selected columns; `None` for an empty one.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) cells: Vec<Option<String>>,
    /// Its line in a CSV file, or its number in a Parquet file, from 1.
    pub(super) line: u64,
}

enum Inner {
    Csv(Box<csv::Reader<BufReader<File>>>, csv::StringRecord),
    Parquet {
        table: TableReader,
        batch: Vec<Cells>,
        next: usize,
        read: u64,
    },
    Memory(std::vec::IntoIter<Row>),
}

/// A table, read row by row.
pub(super) struct RowReader {
    pub(super) path: PathBuf,
    pub(super) form: TableForm,
    /// Those of its columns that a run's table has.
    pub(super) columns: Vec<&'static Column>,
    /// The names of its other columns.
    pub(super) unknown_columns: Vec<String>,
    /// The position of each selected column.
    positions: Vec<usize>,
    selected: Vec<&'static Column>,
    inner: Inner,
}

/// Opens a table of a folder; `None` where the folder does not have it.
pub(super) fn open(dir: &Path, schema: &'static Table) -> Result<Option<RowReader>, VerifyError> {
    let path = dir.join(format!("{}.csv", schema.name));
    if path.is_file() {
        return of_csv(&path, schema).map(Some);
    }
    let path = dir.join(format!("{}.parquet", schema.name));
    if !path.is_file() {
        return Ok(None);
    }
    let table = TableReader::open_foreign(dir, schema);
    let table = table.map_err(|e| VerifyError::of(&path, &e))?;
    let columns = table.columns().to_vec();
    Ok(Some(RowReader {
        path,
        form: TableForm::Full,
        positions: (0..columns.len()).collect(),
        selected: columns.clone(),
        columns,
        unknown_columns: Vec::new(),
        inner: Inner::Parquet {
            table,
            batch: Vec::new(),
            next: 0,
            read: 0,
        },
    }))
}

/// Opens a CSV file as a table.
pub(super) fn of_csv(path: &Path, schema: &'static Table) -> Result<RowReader, VerifyError> {
    let wrong = |e: &dyn std::fmt::Display| VerifyError::of(path, e);
    let file = text::open(path).map_err(|e| wrong(&e))?;
    let mut file = BufReader::new(file);
    let form = form(&mut file).map_err(|e| wrong(&e))?;
    file.rewind().map_err(|e| wrong(&e))?;
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(file);
    let header = reader.headers().map_err(|e| wrong(&e))?.clone();
    let mut columns = Vec::new();
    let mut unknown_columns = Vec::new();
    let mut positions = Vec::new();
    for (position, name) in header.iter().enumerate() {
        let name = name.trim().trim_start_matches('\u{feff}');
        if header.iter().take(position).any(|n| n.trim() == name) {
            return Err(wrong(&format!("it has the column `{name}` twice")));
        }
        match schema.columns.iter().find(|c| c.name == name) {
            Some(column) => {
                columns.push(column);
                positions.push(position);
            }
            None => unknown_columns.push(name.to_owned()),
        }
    }
    if columns.is_empty() {
        return Err(wrong(&format!(
            "it has none of the columns of `{}`",
            schema.name
        )));
    }
    Ok(RowReader {
        path: path.to_owned(),
        form,
        selected: columns.clone(),
        columns,
        unknown_columns,
        positions,
        inner: Inner::Csv(Box::new(reader), csv::StringRecord::new()),
    })
}

fn form(file: &mut impl BufRead) -> std::io::Result<TableForm> {
    let mut found = TableForm::Full;
    for _ in 0..MOST_COMMENTS {
        let mut line = Vec::new();
        (&mut *file).take(1 << 16).read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line);
        let Some(comment) = line.strip_prefix('#') else {
            break;
        };
        if let Some(rest) = comment.trim().strip_prefix(COMPACT) {
            let last = rest.trim_matches([',', ' ', '.']).strip_prefix("to ");
            found = TableForm::Compact(last.and_then(|t| Timestamp::parse(t).ok()));
        }
    }
    Ok(found)
}

/// The comment that declares a table compact, up to its last minute.
pub(super) fn compact_comment(last: Timestamp) -> String {
    format!("# {COMPACT}, to {last}.\n")
}

impl RowReader {
    /// Whether it has a column.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|c| c.name == name)
    }

    /// The selected columns; all at first.
    pub(super) fn selected(&self) -> &[&'static Column] {
        &self.selected
    }

    /// Selects columns of the rows that follow, in this order; the table has all of them.
    pub(super) fn select(&mut self, names: &[&str]) {
        let position = |name: &&str| self.columns.iter().position(|c| c.name == *name);
        let at: Vec<usize> = names.iter().filter_map(position).collect();
        self.positions = match &self.inner {
            Inner::Csv(..) => at.iter().map(|&i| self.positions[i]).collect(),
            _ => at.clone(),
        };
        self.selected = at.iter().map(|&i| self.columns[i]).collect();
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Row>, VerifyError> {
        let wrong = |e: &dyn std::fmt::Display| VerifyError::of(&self.path, e);
        match &mut self.inner {
            Inner::Memory(rows) => Ok(rows.next()),
            Inner::Csv(reader, record) => {
                if !reader.read_record(record).map_err(|e| wrong(&e))? {
                    return Ok(None);
                }
                let line = record.position().map_or(0, csv::Position::line);
                let cell = |&position: &usize| {
                    let cell = record.get(position).unwrap_or_default();
                    (!cell.is_empty()).then(|| cell.to_owned())
                };
                let cells = self.positions.iter().map(cell).collect();
                Ok(Some(Row { cells, line }))
            }
            Inner::Parquet {
                table,
                batch,
                next,
                read,
            } => {
                if batch.first().is_none_or(|cells| *next >= cells.len()) {
                    let Some(more) = table.read().map_err(|e| wrong(&e))? else {
                        return Ok(None);
                    };
                    (*batch, *next) = (more, 0);
                }
                let kinds = self.positions.iter().zip(&self.selected);
                let cell = |(&position, column): (&usize, &&'static Column)| {
                    batch
                        .get(position)?
                        .shown(*next, column.kind)
                        .filter(|c| !c.is_empty())
                };
                let cells = kinds.map(cell).collect();
                *next += 1;
                *read += 1;
                Ok(Some(Row { cells, line: *read }))
            }
        }
    }

    /// All rows that are left.
    pub(super) fn all(&mut self) -> Result<Vec<Row>, VerifyError> {
        let mut rows = Vec::new();
        while let Some(row) = self.next()? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// The same rows, sorted by the minute, which is the first selected column.
    pub(super) fn sorted(mut self) -> Result<Self, VerifyError> {
        let mut keyed = Vec::new();
        for row in self.all()? {
            keyed.push((self.time(&row, 0)?, row));
        }
        keyed.sort_by_key(|(minute, _)| *minute);
        let rows: Vec<Row> = keyed.into_iter().map(|(_, row)| row).collect();
        self.inner = Inner::Memory(rows.into_iter());
        Ok(self)
    }

    /// A time that a row must have.
    ///
    /// # Errors
    /// The cell is empty or no time.
    pub(super) fn time(&self, row: &Row, position: usize) -> Result<Timestamp, VerifyError> {
        let cell = row.cells.get(position).and_then(Option::as_deref);
        Timestamp::parse(cell.unwrap_or_default())
            .map_err(|e| VerifyError::Line(self.path.clone(), row.line, e))
    }
}

/// A cell of a key in one form, whoever wrote it: prefixes and times in their usual text.
pub(super) fn canonical(column: &Column, cell: Option<&str>) -> String {
    let cell = cell.unwrap_or_default();
    match column.kind {
        Kind::Text if cell.contains('/') => {
            let prefix = cell.parse::<Prefix>();
            prefix.map_or_else(|_| cell.to_owned(), |p| p.to_string())
        }
        Kind::Minute | Kind::Time => {
            let time = Timestamp::parse(cell);
            time.map_or_else(|_| cell.to_owned(), |t| t.to_string())
        }
        _ => cell.trim().to_owned(),
    }
}

/// A table of minutes, read minute by minute.
pub(super) struct MinuteReader {
    rows: RowReader,
    next: Option<(Timestamp, Row)>,
    last: Timestamp,
}

impl MinuteReader {
    pub(super) fn new(rows: RowReader) -> Result<Self, VerifyError> {
        let mut minutes = Self {
            rows,
            next: None,
            last: Timestamp(i64::MIN),
        };
        minutes.advance()?;
        Ok(minutes)
    }

    fn advance(&mut self) -> Result<(), VerifyError> {
        self.next = match self.rows.next()? {
            None => None,
            Some(row) => {
                let at = self.rows.time(&row, 0)?;
                if at < self.last {
                    return Err(VerifyError::Unsorted);
                }
                self.last = at;
                Some((at, row))
            }
        };
        Ok(())
    }

    /// The minute of the next row.
    pub(super) fn peek(&self) -> Option<Timestamp> {
        self.next.as_ref().map(|(at, _)| *at)
    }

    /// The rows of this minute, if it is the next.
    pub(super) fn take(&mut self, minute: Timestamp) -> Result<Vec<Row>, VerifyError> {
        let mut taken = Vec::new();
        while self.peek() == Some(minute) {
            taken.extend(self.next.take().map(|(_, row)| row));
            self.advance()?;
        }
        Ok(taken)
    }
}
