//! A typed table, written at once as CSV and as Parquet, batch by batch. The one place that names
//! `polars`.
//!
//! polars only turns rows into bytes; the files are ours. They grow under `NAME.csv.part` and take
//! their names when all are whole. The bytes depend on the rows alone, not on how they were cut
//! into batches, nor on threads. (polars has threads of its own: write outside rayon closures.)

use crate::model::route::NONE;
use crate::model::time::{SECOND, Timestamp};
use polars::io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{self as pl, CsvWriter, IntoColumn, IntoSeries, NewChunkedArray, SerWriter};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows that are encoded in one go: a Parquet row group.
const GROUP: usize = if cfg!(test) { 1 << 13 } else { 1 << 17 };

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A time to the second, `2014-12-22T16:15:00Z`; a fraction is cut off.
    Minute,
    /// A time with its microseconds, `2014-12-22T16:15:00.250000Z`.
    Time,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// Ten-thousandths, printed with four decimals.
    Ratio,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// As the header has it.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means, for people.
    pub doc: &'static str,
}

impl Column {
    fn field(&self) -> pl::Field {
        let utc = Some(pl::TimeZone::UTC);
        let dtype = match self.kind {
            Kind::Minute | Kind::Time => pl::DataType::Datetime(pl::TimeUnit::Microseconds, utc),
            Kind::Text => pl::DataType::String,
            Kind::Int => pl::DataType::Int64,
            Kind::Ratio => pl::DataType::Float64,
        };
        pl::Field::new(self.name.into(), dtype)
    }
}

/// What a table looks like.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The file's name without its ending.
    pub name: &'static str,
    /// What it means, for people.
    pub doc: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

/// Which files to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// `NAME.csv`.
    pub csv: bool,
    /// `NAME.parquet`.
    pub parquet: bool,
}

/// A column's share of a batch; `None` is an empty cell.
#[derive(Debug, Clone)]
pub enum Cells {
    /// Microseconds since the epoch, for [`Kind::Minute`] and [`Kind::Time`].
    Time(Vec<Option<i64>>),
    /// For [`Kind::Text`], where strings seldom repeat.
    Text(Vec<Option<Arc<str>>>),
    /// For [`Kind::Text`], where they do: places in a list, [`NONE`] for an empty cell.
    Pick(Vec<u32>, Arc<[Arc<str>]>),
    /// For [`Kind::Int`].
    Int(Vec<Option<i64>>),
    /// For [`Kind::Ratio`], in ten-thousandths.
    Ratio(Vec<Option<u32>>),
}

impl Cells {
    /// Counts, of which none is missing; what is beyond `i64` is cut to it.
    pub fn counts<N: Into<u64>>(counts: impl IntoIterator<Item = N>) -> Self {
        let int = |n: N| Some(i64::try_from(n.into()).unwrap_or(i64::MAX));
        Self::Int(counts.into_iter().map(int).collect())
    }

    fn into_column(self, column: &Column) -> Result<pl::Column, String> {
        let name: pl::PlSmallStr = column.name.into();
        let series = match (column.kind, self) {
            (Kind::Minute, Self::Time(cells)) => {
                let whole = cells.into_iter().map(|t| Some(t? - t?.rem_euclid(SECOND)));
                times(pl::Int64Chunked::from_iter_options(name, whole))
            }
            (Kind::Time, Self::Time(cells)) => {
                times(pl::Int64Chunked::from_slice_options(name, &cells))
            }
            (Kind::Text, Self::Text(cells)) => {
                pl::StringChunked::from_iter_options(name, cells.into_iter()).into_series()
            }
            (Kind::Text, Self::Pick(ids, texts)) => {
                if let Some(id) = ids
                    .iter()
                    .find(|id| **id != NONE && **id as usize >= texts.len())
                {
                    return Err(format!("`{name}` has no text {id}"));
                }
                let cells = ids.iter().map(|id| texts.get(*id as usize));
                pl::StringChunked::from_iter_options(name, cells).into_series()
            }
            (Kind::Int, Self::Int(cells)) => {
                pl::Int64Chunked::from_slice_options(name, &cells).into_series()
            }
            (Kind::Ratio, Self::Ratio(cells)) => {
                let parts = cells.into_iter().map(|r| Some(f64::from(r?) / 10_000.0));
                pl::Float64Chunked::from_iter_options(name, parts).into_series()
            }
            (kind, _) => return Err(format!("`{name}` is {kind:?}, its cells are not")),
        };
        Ok(series.into_column())
    }
}

fn times(micros: pl::Int64Chunked) -> pl::Series {
    let utc = Some(pl::TimeZone::UTC);
    micros
        .into_datetime(pl::TimeUnit::Microseconds, utc)
        .into_series()
}

/// The column as CSV shows it: polars knows one pattern for all times of a file, we need two.
fn printed(column: &pl::Column, kind: Kind) -> pl::Column {
    let Ok(times) = column.datetime() else {
        return column.clone();
    };
    let mut last: (i64, Arc<str>) = (i64::MIN, "".into());
    let texts = times.physical().iter().map(|time| {
        let time = time?;
        if time != last.0 {
            let text = match kind {
                Kind::Time => Timestamp(time).with_micros(),
                _ => Timestamp(time).to_string(),
            };
            last = (time, text.into());
        }
        Some(Arc::clone(&last.1))
    });
    pl::StringChunked::from_iter_options(column.name().clone(), texts).into_column()
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
    /// Rows, without the header.
    pub rows: u64,
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system said no.
    #[error("cannot write `{}`", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The cells are not those of the table, or cannot be encoded.
    #[error("table `{0}`: {1}")]
    Table(&'static str, String),
}

impl WriteError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        use ErrorKind as E;
        match self {
            Self::Table(..) => "this is a bug in dropline, please report it",
            Self::Io(_, e) => match e.kind() {
                E::StorageFull | E::QuotaExceeded => {
                    "the disk is full: make room, or choose another folder with `-o DIR`"
                }
                E::PermissionDenied | E::ReadOnlyFilesystem => {
                    "choose a folder that you may write to with `-o DIR`"
                }
                E::NotFound | E::NotADirectory => "create the folder first",
                _ => "check the disk, or choose another folder with `-o DIR`",
            },
        }
    }
}

/// What polars has encoded and no file holds yet.
#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Bytes {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.lock().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file in the making; dropped before it is published, it vanishes.
struct Part {
    file: File,
    path: PathBuf,
    temporary: PathBuf,
    bytes: Bytes,
    written: Written,
    hash: Sha256,
}

impl Part {
    fn open(dir: &Path, name: String) -> Result<Self, WriteError> {
        let temporary = dir.join(format!("{name}.part"));
        let path = dir.join(&name);
        let file = File::create(&temporary).map_err(|e| WriteError::Io(path.clone(), e))?;
        Ok(Self {
            file,
            path,
            temporary,
            bytes: Bytes::default(),
            written: Written {
                name,
                bytes: 0,
                sha256: String::new(),
                rows: 0,
            },
            hash: Sha256::new(),
        })
    }

    /// Moves what is encoded into the file.
    fn drain(&mut self) -> Result<(), WriteError> {
        let mut bytes = self.bytes.lock();
        self.hash.update(&*bytes);
        self.written.bytes += bytes.len() as u64;
        let done = self.file.write_all(&bytes);
        bytes.clear();
        done.map_err(|e| WriteError::Io(self.path.clone(), e))
    }

    fn publish(&mut self, rows: u64) -> Result<Written, WriteError> {
        fs::rename(&self.temporary, &self.path)
            .map_err(|e| WriteError::Io(self.path.clone(), e))?;
        self.written.sha256 = format!("{:x}", self.hash.finalize_reset());
        self.written.rows = rows;
        Ok(self.written.clone())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Published, it is no longer there; left behind, it does no harm.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// A table in the making. Dropped before [`TableWriter::finish`], it leaves nothing behind.
pub struct TableWriter {
    schema: &'static Schema,
    csv: Option<Part>,
    parquet: Option<(Part, BatchedWriter<Bytes>)>,
    /// Rows that do not fill a group yet.
    pending: pl::DataFrame,
    rows: u64,
}

impl TableWriter {
    /// Opens the table's files in `dir`.
    ///
    /// # Errors
    /// The folder is not there, or not to be written to.
    pub fn new(dir: &Path, schema: &'static Schema, formats: Formats) -> Result<Self, WriteError> {
        let bug = |e: pl::PolarsError| WriteError::Table(schema.name, e.to_string());
        let open = |wanted: bool, ending: &str| {
            let name = format!("{}.{ending}", schema.name);
            wanted.then(|| Part::open(dir, name)).transpose()
        };
        let fields: pl::Schema = schema.columns.iter().map(Column::field).collect();
        let csv = open(formats.csv, "csv")?;
        let mut parquet = None;
        if let Some(part) = open(formats.parquet, "parquet")? {
            let zstd = ParquetCompression::Zstd(Some(ZstdLevel::try_new(3).map_err(bug)?));
            let writer = ParquetWriter::new(part.bytes.clone())
                .with_compression(zstd)
                .batched(&fields);
            parquet = Some((part, writer.map_err(bug)?));
        }
        Ok(Self {
            schema,
            csv,
            parquet,
            pending: pl::DataFrame::empty_with_schema(&fields),
            rows: 0,
        })
    }

    /// What the table looks like.
    pub const fn schema(&self) -> &'static Schema {
        self.schema
    }

    /// Adds rows: the cells of each column, in the order of the schema.
    ///
    /// # Errors
    /// The cells are not those of the table, or the disk is full.
    pub fn write(&mut self, cells: Vec<Cells>) -> Result<(), WriteError> {
        let bug = |reason| WriteError::Table(self.schema.name, reason);
        let (have, want) = (cells.len(), self.schema.columns.len());
        if have != want {
            return Err(bug(format!("{have} columns instead of {want}")));
        }
        let columns = cells.into_iter().zip(self.schema.columns);
        let columns = columns.map(|(cells, column)| cells.into_column(column));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(bug)?;
        let height = columns.first().map_or(0, pl::Column::len);
        let batch = pl::DataFrame::new(height, columns).map_err(|e| bug(e.to_string()))?;
        let joined = self.pending.vstack_mut_owned(batch);
        joined.map_err(|e| bug(e.to_string()))?;
        self.rows += height as u64;
        while self.pending.height() >= GROUP {
            let (mut group, rest) = self.pending.split_at(GROUP as i64);
            self.pending = rest;
            self.encode(&mut group)?;
        }
        Ok(())
    }

    /// Brings the last rows into the files and gives these their names.
    ///
    /// # Errors
    /// The disk is full, or a file of that name cannot be replaced.
    pub fn finish(mut self) -> Result<Vec<Written>, WriteError> {
        let mut rest = std::mem::take(&mut self.pending);
        self.encode(&mut rest)?;
        let (name, rows) = (self.schema.name, self.rows);
        if let Some((part, writer)) = &mut self.parquet {
            let end = writer.finish();
            end.map_err(|e| WriteError::Table(name, e.to_string()))?;
            part.drain()?;
        }
        let parquet = self.parquet.iter_mut().map(|(part, _)| part);
        let parts = self.csv.iter_mut().chain(parquet);
        parts.map(|part| part.publish(rows)).collect()
    }

    fn encode(&mut self, group: &mut pl::DataFrame) -> Result<(), WriteError> {
        let bug = |e: pl::PolarsError| WriteError::Table(self.schema.name, e.to_string());
        if let Some(part) = &mut self.csv {
            let columns = group.columns().iter().zip(self.schema.columns);
            let columns = columns.map(|(column, c)| printed(column, c.kind)).collect();
            let mut frame = pl::DataFrame::new(group.height(), columns).map_err(bug)?;
            let done = CsvWriter::new(part.bytes.clone())
                .include_header(part.written.bytes == 0)
                .with_float_precision(Some(4))
                .finish(&mut frame);
            done.map_err(bug)?;
            part.drain()?;
        }
        if let Some((part, writer)) = &mut self.parquet {
            // One row group, however many batches the rows came in.
            writer.write_batch(group.rechunk_mut()).map_err(bug)?;
            part.drain()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::SerReader;

    const fn column(name: &'static str, kind: Kind) -> Column {
        let doc = "";
        Column { name, kind, doc }
    }

    static ALL: Schema = Schema {
        name: "all",
        doc: "",
        columns: &[
            column("minute", Kind::Minute),
            column("time", Kind::Time),
            column("prefix", Kind::Text),
            column("path", Kind::Text),
            column("count", Kind::Int),
            column("ratio", Kind::Ratio),
        ],
    };
    const BOTH: Formats = Formats {
        csv: true,
        parquet: true,
    };

    fn text(text: &str) -> Option<Arc<str>> {
        Some(text.into())
    }

    /// Rows `from..to` of an endless table.
    fn rows(from: usize, to: usize) -> Vec<Cells> {
        let prefixes: Vec<Arc<str>> = (0..7).map(|i| format!("10.{i}.128.0/24").into()).collect();
        let each = |i: usize| i as i64;
        vec![
            Cells::Time(
                (from..to)
                    .map(|i| Some(each(i) / 7 * 60 * SECOND))
                    .collect(),
            ),
            Cells::Time((from..to).map(|i| Some(each(i) * 1_234_567)).collect()),
            Cells::Pick((from..to).map(|i| i as u32 % 7).collect(), prefixes.into()),
            Cells::Text(
                (from..to)
                    .map(|i| {
                        (i % 9 > 0).then(|| {
                            format!("4837 131279 64500 64501 64502 64503 64504 {i}").into()
                        })
                    })
                    .collect(),
            ),
            Cells::Int(
                (from..to)
                    .map(|i| (i % 5 > 0).then_some(each(i) % 1000))
                    .collect(),
            ),
            Cells::Ratio(
                (from..to)
                    .map(|i| (i % 3 > 0).then_some(i as u32 % 10_001))
                    .collect(),
            ),
        ]
    }

    fn written(cuts: &[usize]) -> Vec<Written> {
        let dir = tempfile::tempdir().unwrap();
        let mut table = TableWriter::new(dir.path(), &ALL, BOTH).unwrap();
        for pair in cuts.windows(2) {
            table.write(rows(pair[0], pair[1])).unwrap();
        }
        table.finish().unwrap()
    }

    #[test]
    fn csv_shows_every_kind_and_empty_cells() {
        let dir = tempfile::tempdir().unwrap();
        let mut table = TableWriter::new(dir.path(), &ALL, BOTH).unwrap();
        let at = 1_419_264_900 * SECOND;
        let cells = vec![
            Cells::Time(vec![Some(at), Some(at + 1), None]),
            Cells::Time(vec![Some(at), Some(at + 250_000), None]),
            Cells::Pick(
                vec![1, 0, NONE],
                ["10.0.0.0/8".into(), "2001:db8::/32".into()].into(),
            ),
            Cells::Text(vec![text("4837 {1,2}"), text("say \"é\"\n"), None]),
            Cells::Int(vec![Some(-1), Some(i64::MAX), None]),
            Cells::Ratio(vec![Some(6667), Some(12_500), None]),
        ];
        table.write(cells).unwrap();
        let written = table.finish().unwrap();
        let csv = fs::read_to_string(dir.path().join("all.csv")).unwrap();
        let expected = "minute,time,prefix,path,count,ratio\n\
            2014-12-22T16:15:00Z,2014-12-22T16:15:00.000000Z,2001:db8::/32,\"4837 {1,2}\",-1,0.6667\n\
            2014-12-22T16:15:00Z,2014-12-22T16:15:00.250000Z,10.0.0.0/8,\"say \"\"é\"\"\n\",9223372036854775807,1.2500\n\
            ,,,,,\n";
        assert_eq!(csv, expected);
        let hash = format!("{:x}", Sha256::digest(csv.as_bytes()));
        assert_eq!(
            (written[0].sha256.as_str(), written[0].bytes),
            (hash.as_str(), csv.len() as u64)
        );
        assert_eq!(
            (written[1].name.as_str(), written[1].rows),
            ("all.parquet", 3)
        );
    }

    #[test]
    fn parquet_keeps_types_values_and_an_empty_table() {
        let dir = tempfile::tempdir().unwrap();
        let read = || {
            let file = File::open(dir.path().join("all.parquet")).unwrap();
            pl::ParquetReader::new(file).finish().unwrap()
        };
        let fields: pl::Schema = ALL.columns.iter().map(Column::field).collect();
        TableWriter::new(dir.path(), &ALL, BOTH)
            .unwrap()
            .finish()
            .unwrap();
        assert_eq!((read().height(), &**read().schema()), (0, &fields));
        let header = fs::read_to_string(dir.path().join("all.csv")).unwrap();
        assert_eq!(header, "minute,time,prefix,path,count,ratio\n");
        let mut table = TableWriter::new(dir.path(), &ALL, BOTH).unwrap();
        table.write(rows(0, GROUP + 9)).unwrap();
        table.finish().unwrap();
        assert_eq!((read().height(), &**read().schema()), (GROUP + 9, &fields));
        let columns = rows(0, GROUP + 9).into_iter().zip(ALL.columns);
        let columns = columns.map(|(cells, column)| cells.into_column(column).unwrap());
        let expected = pl::DataFrame::new(GROUP + 9, columns.collect()).unwrap();
        assert!(read().equals_missing(&expected));
    }

    #[test]
    fn bytes_do_not_tell_how_rows_came_in() {
        let end = GROUP * 5 + 5;
        let once = written(&[0, end]);
        assert_eq!(once, written(&[0, end]));
        let cuts = [0, 1, 1, 40, GROUP, GROUP * 2 - 700, GROUP * 3, end];
        assert_eq!(once, written(&cuts));
    }

    #[test]
    fn cells_must_be_those_of_the_table() {
        let dir = tempfile::tempdir().unwrap();
        let mut table = TableWriter::new(dir.path(), &ALL, BOTH).unwrap();
        let mut refused = |place: usize, cells: Option<Cells>| {
            let mut batch = rows(0, 2);
            batch.truncate(if cells.is_some() { 6 } else { place });
            cells.into_iter().for_each(|cells| batch[place] = cells);
            table.write(batch).unwrap_err().to_string()
        };
        assert_eq!(refused(5, None), "table `all`: 5 columns instead of 6");
        let message = refused(2, Some(Cells::Int(vec![None; 2])));
        assert_eq!(message, "table `all`: `prefix` is Text, its cells are not");
        let message = refused(3, Some(Cells::Pick(vec![0, 1], ["a".into()].into())));
        assert_eq!(message, "table `all`: `path` has no text 1");
        refused(4, Some(Cells::counts([1u32])));
        drop(table);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            0,
            "parts are left behind"
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_bad_folder_fails_at_once_and_a_full_disk_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = TableWriter::new(&dir.path().join("no"), &ALL, BOTH)
            .err()
            .unwrap();
        assert_eq!(error.hint(), "create the folder first");
        for (ending, csv) in [("csv", true), ("parquet", false)] {
            let part = dir.path().join(format!("all.{ending}.part"));
            std::os::unix::fs::symlink("/dev/full", part).unwrap();
            let formats = Formats { csv, parquet: !csv };
            let table = TableWriter::new(dir.path(), &ALL, formats).unwrap();
            let error = table.finish().unwrap_err();
            assert!(error.to_string().ends_with(&format!("all.{ending}`")));
            assert!(error.hint().starts_with("the disk is full"));
        }
    }
}
