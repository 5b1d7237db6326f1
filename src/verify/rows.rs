//! A table's rows as text, row by row, whoever wrote them: CSV, or Parquet where there is no CSV.

use super::VerifyError;
use crate::disk::text;
use crate::model::net::Prefix;
use crate::model::time::{MINUTE, Timestamp};
use crate::write::back;
use crate::write::table::{Cells, Column, Kind, Schema};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// What a table says about itself in comments above its header.
const COMPACT: &str = "Only the rows that differ from the minute before";

/// Comment lines that are looked at.
const MOST_COMMENTS: usize = 1000;

/// How a table of minutes is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A row for each minute and key.
    Full,
    /// A row holds until the next one of its key; to the last minute, where it is stated.
    Compact(Option<i64>),
}

/// A row: cells in the order of the wanted columns; an empty cell is none.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) cells: Vec<Option<String>>,
    /// Where it stands, counted from 1.
    pub(super) line: u64,
}

enum Inner {
    Csv(Box<csv::Reader<BufReader<File>>>, csv::StringRecord),
    Parquet {
        table: back::Table,
        batch: Vec<Cells>,
        next: usize,
        read: u64,
    },
    Memory(std::vec::IntoIter<Row>),
}

/// The rows of a table.
pub(super) struct Rows {
    pub(super) path: PathBuf,
    pub(super) form: Form,
    /// Its columns, of those that a run has.
    pub(super) columns: Vec<&'static Column>,
    /// Its other columns.
    pub(super) others: Vec<String>,
    /// Where each wanted column stands.
    places: Vec<usize>,
    wanted: Vec<&'static Column>,
    inner: Inner,
}

/// Opens a table of a folder; nothing where it has none.
pub(super) fn open(dir: &Path, schema: &'static Schema) -> Result<Option<Rows>, VerifyError> {
    let path = dir.join(format!("{}.csv", schema.name));
    if path.is_file() {
        return of_csv(&path, schema).map(Some);
    }
    let path = dir.join(format!("{}.parquet", schema.name));
    if !path.is_file() {
        return Ok(None);
    }
    let table = back::Table::of_anyone(dir, schema);
    let table = table.map_err(|e| VerifyError::of(&path, &e))?;
    let columns = table.columns().to_vec();
    Ok(Some(Rows {
        path,
        form: Form::Full,
        places: (0..columns.len()).collect(),
        wanted: columns.clone(),
        columns,
        others: Vec::new(),
        inner: Inner::Parquet {
            table,
            batch: Vec::new(),
            next: 0,
            read: 0,
        },
    }))
}

/// Opens a CSV file as a table.
pub(super) fn of_csv(path: &Path, schema: &'static Schema) -> Result<Rows, VerifyError> {
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
    let mut others = Vec::new();
    let mut places = Vec::new();
    for (place, name) in header.iter().enumerate() {
        let name = name.trim().trim_start_matches('\u{feff}');
        if header.iter().take(place).any(|n| n.trim() == name) {
            return Err(wrong(&format!("it has the column `{name}` twice")));
        }
        match schema.columns.iter().find(|c| c.name == name) {
            Some(column) => {
                columns.push(column);
                places.push(place);
            }
            None => others.push(name.to_owned()),
        }
    }
    if columns.is_empty() {
        return Err(wrong(&format!(
            "it has none of the columns of `{}`",
            schema.name
        )));
    }
    Ok(Rows {
        path: path.to_owned(),
        form,
        wanted: columns.clone(),
        columns,
        others,
        places,
        inner: Inner::Csv(Box::new(reader), csv::StringRecord::new()),
    })
}

fn form(file: &mut impl BufRead) -> std::io::Result<Form> {
    let mut found = Form::Full;
    for _ in 0..MOST_COMMENTS {
        let mut line = Vec::new();
        (&mut *file).take(1 << 16).read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line);
        let Some(comment) = line.strip_prefix('#') else {
            break;
        };
        if let Some(rest) = comment.trim().strip_prefix(COMPACT) {
            let last = rest.trim_matches([',', ' ', '.']).strip_prefix("to ");
            found = Form::Compact(last.and_then(|t| Timestamp::parse(t).ok()).map(|t| t.0));
        }
    }
    Ok(found)
}

/// The comment that says that a table is compact, up to its last minute.
pub(super) fn compact_comment(last: i64) -> String {
    format!("# {COMPACT}, to {}.\n", Timestamp(last))
}

impl Rows {
    /// Whether it has a column.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|c| c.name == name)
    }

    /// Gives these columns from now on, in this order; all of them are there.
    pub(super) fn want(&mut self, names: &[&str]) {
        let place = |name: &&str| self.columns.iter().position(|c| c.name == *name);
        let at: Vec<usize> = names.iter().filter_map(place).collect();
        self.places = match &self.inner {
            Inner::Csv(..) => at.iter().map(|&i| self.places[i]).collect(),
            _ => at.clone(),
        };
        self.wanted = at.iter().map(|&i| self.columns[i]).collect();
    }

    /// The next row; nothing behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Row>, VerifyError> {
        let wrong = |e: &dyn std::fmt::Display| VerifyError::of(&self.path, e);
        match &mut self.inner {
            Inner::Memory(rows) => Ok(rows.next()),
            Inner::Csv(reader, record) => {
                if !reader.read_record(record).map_err(|e| wrong(&e))? {
                    return Ok(None);
                }
                let line = record.position().map_or(0, csv::Position::line);
                let cell = |&place: &usize| {
                    let cell = record.get(place).unwrap_or_default();
                    (!cell.is_empty()).then(|| cell.to_owned())
                };
                let cells = self.places.iter().map(cell).collect();
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
                let kinds = self.places.iter().zip(&self.wanted);
                let cell = |(&place, column): (&usize, &&'static Column)| {
                    batch
                        .get(place)?
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

    /// All that are left, in memory.
    pub(super) fn all(&mut self) -> Result<Vec<Row>, VerifyError> {
        let mut rows = Vec::new();
        while let Some(row) = self.next()? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// Its rows sorted by the minute, which is the first wanted column.
    pub(super) fn sorted(mut self) -> Result<Self, VerifyError> {
        let mut rows = self.all()?;
        let mut keyed = Vec::with_capacity(rows.len());
        for row in rows.drain(..) {
            keyed.push((time(&self.path, &row, 0)?, row));
        }
        keyed.sort_by_key(|(minute, _)| *minute);
        let rows: Vec<Row> = keyed.into_iter().map(|(_, row)| row).collect();
        self.inner = Inner::Memory(rows.into_iter());
        Ok(self)
    }
}

/// A time of a row that it must have.
pub(super) fn time(path: &Path, row: &Row, place: usize) -> Result<i64, VerifyError> {
    let cell = row.cells.get(place).cloned().flatten().unwrap_or_default();
    let time = Timestamp::parse(&cell).map_err(|e| VerifyError::Line(path.to_owned(), row.line, e));
    time.map(|t| t.0)
}

/// A cell of a key as all writers would have it.
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

/// A table of minutes, minute by minute.
pub(super) struct Minutes {
    rows: Rows,
    ahead: Option<(i64, Row)>,
    last: i64,
}

impl Minutes {
    pub(super) fn new(rows: Rows) -> Result<Self, VerifyError> {
        let mut minutes = Self {
            rows,
            ahead: None,
            last: i64::MIN,
        };
        minutes.advance()?;
        Ok(minutes)
    }

    fn advance(&mut self) -> Result<(), VerifyError> {
        self.ahead = match self.rows.next()? {
            None => None,
            Some(row) => {
                let at = time(&self.rows.path, &row, 0)?;
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
    pub(super) fn peek(&self) -> Option<i64> {
        self.ahead.as_ref().map(|(at, _)| *at)
    }

    /// The rows of this minute, if it is the next.
    pub(super) fn take(&mut self, minute: i64) -> Result<Vec<Row>, VerifyError> {
        let mut taken = Vec::new();
        while self.peek() == Some(minute) {
            taken.extend(self.ahead.take().map(|(_, row)| row));
            self.advance()?;
        }
        Ok(taken)
    }
}

/// The longest stretch without a row that is walked through, minute by minute.
pub(super) const LONGEST: i64 = 400 * 24 * 60 * MINUTE;
