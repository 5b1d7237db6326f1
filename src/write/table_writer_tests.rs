//! The table writer: exact bytes, and nothing left behind.

use super::*;
use crate::model::route::NONE;
use crate::model::time::{SECOND, Timestamp};
use crate::write::column::{Column, Kind, column as plain};
use crate::write::lists::Lists;
use polars::prelude::SerReader;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
#[cfg(target_os = "linux")]
use std::io::ErrorKind;
use std::sync::Arc;

const fn column(name: &'static str, kind: Kind) -> Column {
    plain(name, kind, "")
}

static ALL: [Column; 10] = [
    column("minute", Kind::Minute),
    column("time", Kind::Time),
    column("prefix", Kind::Text),
    column("path", Kind::Text),
    column("count", Kind::Int),
    column("ratio", Kind::Ratio),
    column("is", Kind::Bool),
    column("asns", Kind::Asns),
    column("families", Kind::Ints),
    column("names", Kind::Texts),
];
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
        Cells::times((from..to).map(|i| Some(Timestamp(each(i) / 7 * 60 * SECOND)))),
        Cells::times((from..to).map(|i| Some(Timestamp(each(i) * 1_234_567)))),
        Cells::Pick((from..to).map(|i| i as u32 % 7).collect(), prefixes.into()),
        Cells::Text(
            (from..to)
                .map(|i| {
                    (i % 9 > 0)
                        .then(|| format!("4837 131279 64500 64501 64502 64503 64504 {i}").into())
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
        Cells::Bool(
            (from..to)
                .map(|i| (i % 6 > 0).then_some(i % 2 > 0))
                .collect(),
        ),
        Cells::asn_lists((from..to).map(|i| (0..i as u32 % 4).map(|n| 64500 + n))),
        Cells::int_lists((from..to).map(|i| (i % 3 > 0).then_some(4).into_iter().chain([6]))),
        Cells::text_lists((from..to).map(|i| (0..i % 5).map(|n| format!("rrc{n:02}")))),
    ]
}

fn written(cuts: &[usize]) -> Vec<Written> {
    let dir = temp_dir::TempDir::new().unwrap();
    let mut table = TableWriter::new(dir.path(), "all", &ALL, BOTH).unwrap();
    for pair in cuts.windows(2) {
        table.write(rows(pair[0], pair[1])).unwrap();
    }
    table.finish().unwrap()
}

#[test]
fn csv_shows_every_kind_and_empty_cells() {
    let dir = temp_dir::TempDir::new().unwrap();
    let mut table = TableWriter::new(dir.path(), "all", &ALL, BOTH).unwrap();
    let at = |micros| Some(Timestamp(1_419_264_900 * SECOND + micros));
    let cells = vec![
        Cells::Time(vec![at(0), at(1), None]),
        Cells::Time(vec![at(0), at(250_000), None]),
        Cells::Pick(
            vec![1, 0, NONE],
            ["10.0.0.0/8".into(), "2001:db8::/32".into()].into(),
        ),
        Cells::Text(vec![text("4837 {1,2}"), text("say \"é\"\n"), None]),
        Cells::Int(vec![Some(-1), Some(i64::MAX), None]),
        Cells::Ratio(vec![Some(6667), Some(12_500), None]),
        Cells::Bool(vec![Some(true), Some(false), None]),
        Cells::asn_lists([vec![17557], vec![17557, 36561], vec![]]),
        Cells::int_lists([vec![4, 6], vec![6], vec![]]),
        Cells::text_lists([vec!["rrc00", "rrc01"], vec!["rrc00"], vec![]]),
    ];
    table.write(cells).unwrap();
    let written = table.finish().unwrap();
    let csv = fs::read_to_string(dir.path().join("all.csv")).unwrap();
    let expected = "minute,time,prefix,path,count,ratio,is,asns,families,names\n\
        2014-12-22T16:15:00Z,2014-12-22T16:15:00.000000Z,2001:db8::/32,\"4837 {1,2}\",-1,0.6667,true,AS17557,4 6,rrc00 rrc01\n\
        2014-12-22T16:15:00Z,2014-12-22T16:15:00.250000Z,10.0.0.0/8,\"say \"\"é\"\"\n\",9223372036854775807,1.2500,false,AS17557 AS36561,6,rrc00\n\
        ,,,,,,,,,\n";
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
    let dir = temp_dir::TempDir::new().unwrap();
    let read = || {
        let file = File::open(dir.path().join("all.parquet")).unwrap();
        pl::ParquetReader::new(file).finish().unwrap()
    };
    let fields: pl::Schema = ALL.iter().map(field).collect();
    TableWriter::new(dir.path(), "all", &ALL, BOTH)
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!((read().height(), &**read().schema()), (0, &fields));
    let header = fs::read_to_string(dir.path().join("all.csv")).unwrap();
    assert_eq!(
        header,
        "minute,time,prefix,path,count,ratio,is,asns,families,names\n"
    );
    let mut table = TableWriter::new(dir.path(), "all", &ALL, BOTH).unwrap();
    table.write(rows(0, GROUP + 9)).unwrap();
    table.finish().unwrap();
    assert_eq!((read().height(), &**read().schema()), (GROUP + 9, &fields));
    let columns = rows(0, GROUP + 9).into_iter().zip(&ALL);
    let columns = columns.map(|(cells, column)| cells.into_column(column).unwrap());
    let expected = pl::DataFrame::new(GROUP + 9, columns.collect()).unwrap();
    assert!(read().equals_missing(&expected));
}

/// A list that is empty is no cell without a list: filters on it give false, not nothing.
#[test]
fn an_empty_list_is_one() {
    let columns = rows(0, 1).into_iter().zip(&ALL);
    for (cells, column) in columns {
        let is_list = matches!(column.kind, Kind::Asns | Kind::Ints | Kind::Texts);
        let nulls = cells.into_column(column).unwrap().null_count();
        assert!(!is_list || nulls == 0, "{}", column.name);
    }
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
    let dir = temp_dir::TempDir::new().unwrap();
    let mut table = TableWriter::new(dir.path(), "all", &ALL, BOTH).unwrap();
    let mut refused = |column: usize, cells: Option<Cells>| {
        let mut batch = rows(0, 2);
        batch.truncate(if cells.is_some() { ALL.len() } else { column });
        cells.into_iter().for_each(|cells| batch[column] = cells);
        table.write(batch).unwrap_err().to_string()
    };
    assert_eq!(refused(5, None), "table `all`: 5 columns instead of 10");
    let message = refused(2, Some(Cells::Int(vec![None; 2])));
    assert_eq!(message, "table `all`: `prefix` is Text, its cells are not");
    let message = refused(3, Some(Cells::Pick(vec![0, 1], ["a".into()].into())));
    assert_eq!(message, "table `all`: `path` has no text 1");
    let lists = Lists::picked(vec![0, 1], [[64500].into()].into());
    let message = refused(7, Some(Cells::Ints(lists)));
    assert_eq!(message, "table `all`: `asns` has no list 1");
    refused(4, Some(Cells::counts([1u32])));
    drop(table);
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        0,
        "temporary files are left behind"
    );
}

#[cfg(target_os = "linux")]
fn kind(error: &WriteError) -> Option<ErrorKind> {
    match error {
        WriteError::Io(_, error) => Some(error.kind()),
        WriteError::Table(..) => None,
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_bad_folder_fails_at_once_and_a_full_disk_is_named() {
    let dir = temp_dir::TempDir::new().unwrap();
    let error = TableWriter::new(&dir.path().join("no"), "all", &ALL, BOTH)
        .err()
        .unwrap();
    assert_eq!(kind(&error), Some(ErrorKind::NotFound));
    for (ending, csv) in [("csv", true), ("parquet", false)] {
        let part = dir.path().join(format!("all.{ending}.part"));
        std::os::unix::fs::symlink("/dev/full", part).unwrap();
        let formats = Formats { csv, parquet: !csv };
        let table = TableWriter::new(dir.path(), "all", &ALL, formats).unwrap();
        let error = table.finish().unwrap_err();
        assert!(error.to_string().ends_with(&format!("all.{ending}`")));
        assert_eq!(kind(&error), Some(ErrorKind::StorageFull));
    }
}
