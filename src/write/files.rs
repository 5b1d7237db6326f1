//! `files`: a row per file that was read, or expected and missing.

use super::part::WriteError;
use super::table::{Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::detect::collectors;
use crate::locate;
use crate::model::archive::{Ending, FileContents, FileKind};
use crate::model::time::{MINUTE, Timestamp};
use crate::replay::input::{CollectorData, DecodedFile, Role};
use std::borrow::Cow;

/// See the columns.
pub const SCHEMA: Schema = Schema {
    name: "files",
    doc: "What was read, and what was missing",
    key: &["collector", "kind", "start", "url"],
    columns: &[
        col("collector", Kind::Text, "The collector"),
        col("kind", Kind::Text, "rib or updates"),
        col("start", Kind::Minute, "The time in its name, UTC"),
        col(
            "url",
            Kind::Text,
            "Public URL, or the path where there is none",
        ),
        col("state", Kind::Text, "present or missing"),
        col("bytes", Kind::Int, "Length as it lies on disk"),
        col("sha256", Kind::Text, "SHA-256 as it lies on disk"),
        col("first_record", Kind::Time, "Time of its first record"),
        col("last_record", Kind::Time, "Time of its last record"),
        col("records", Kind::Int, "Number of records"),
        col(
            "records_by_type",
            Kind::Text,
            "The same by type, as TYPE/SUBTYPE=N; of types that say nothing here as TYPE=N, of those that do not exist as TYPE_number=N",
        ),
        col(
            "damaged_records",
            Kind::Int,
            "Records that could not be read",
        ),
        col(
            "clipped_updates",
            Kind::Int,
            "UPDATEs that the collector cut at 4,096 bytes",
        ),
        col(
            "flags",
            Kind::Text,
            "cut, damaged, empty, clock_ahead, clock_offset (more than 30 s from the other collectors), useless (a RIB without routes, or of a time after the window began)",
        ),
        col(
            "problem",
            Kind::Text,
            "What was wrong, with the offset in the decompressed file; or why it could not be had",
        ),
    ],
};

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

/// Rows handed on at once: a month of ten collectors is nearly 90,000 files.
const BATCH: usize = 1 << 10;

/// A file that is there, or a place in the grid where one should be.
struct Row<'a> {
    collector: &'a str,
    kind: FileKind,
    start: Timestamp,
    url: Cow<'a, str>,
    read: Option<&'a DecodedFile>,
    is_off: bool,
    /// Why it could not be had.
    reason: Option<&'a str>,
}

pub(super) fn write(writer: &mut TableWriter, findings: &Findings<'_>) -> Result<(), WriteError> {
    // Sorted by collector.
    for (data, clock) in findings
        .answer
        .collectors
        .iter()
        .zip(&findings.answer.clocks)
    {
        let mut rows: Vec<Row<'_>> = Vec::new();
        let is_off = clock.is_some_and(|offset| offset.abs() > collectors::CLOCK_TOLERANCE);
        let collector = data.collector.name();
        rows.extend(data.files.iter().map(|f| Row {
            collector,
            kind: f.file.kind,
            start: f.file.start,
            url: locate::url_of(&f.file),
            read: Some(f),
            is_off,
            reason: None,
        }));
        rows.extend(missing(data, is_off));
        rows.sort_by(|a, b| (a.start, a.kind, &a.url).cmp(&(b.start, b.kind, &b.url)));
        rows.chunks(BATCH)
            .try_for_each(|rows| write_rows(writer, rows))?;
    }
    Ok(())
}

fn write_rows(writer: &mut TableWriter, rows: &[Row<'_>]) -> Result<(), WriteError> {
    let found: Vec<Option<Cow<'_, FileContents>>> = rows
        .iter()
        .map(|r| r.read.map(DecodedFile::contents))
        .collect();
    let read = || found.iter().map(Option::as_deref);
    let problems = rows.iter().zip(read()).map(|(row, found)| {
        let wrong = found.and_then(problem_in);
        wrong.or_else(|| Some(format!("not had: {}", row.reason?)))
    });
    let time = |t: Option<Timestamp>| t.map(|t| t.0);
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let clipped = |peers: &[crate::model::archive::FilePeer]| {
        peers.iter().map(|p| i64::from(p.clipped)).sum()
    };
    writer.write(vec![
        texts(rows.iter().map(|r| Some(r.collector))),
        texts(rows.iter().map(|r| Some(r.kind.label()))),
        Cells::Time(rows.iter().map(|r| Some(r.start.0)).collect()),
        texts(rows.iter().map(|r| Some(&r.url))),
        texts(rows.iter().map(|r| {
            Some(if r.read.is_some() {
                "present"
            } else {
                "missing"
            })
        })),
        Cells::Int(read().map(|d| d.map(|d| count(d.bytes))).collect()),
        texts(read().map(|d| d.map(|d| &d.sha256))),
        Cells::Time(read().map(|d| time(d?.first)).collect()),
        Cells::Time(read().map(|d| time(d?.last)).collect()),
        Cells::Int(read().map(|d| d.map(|d| count(d.record_count()))).collect()),
        texts(read().map(|d| {
            let counts = d?.records.iter().map(|(kind, n)| format!("{kind}={n}"));
            Some(counts.collect::<Vec<_>>().join(" "))
        })),
        Cells::Int(
            read()
                .map(|d| d.map(|d| count(d.damaged.len() as u64)))
                .collect(),
        ),
        Cells::Int(read().map(|d| d.map(|d| clipped(&d.peers))).collect()),
        texts(rows.iter().zip(read()).map(|(row, found)| {
            let raised = flags(row.read?, found?, row.is_off);
            Some(raised)
        })),
        texts(problems),
    ])
}

/// What the pattern leads to expect in a hole, and what could not be had for a reason.
fn missing(data: &CollectorData, is_off: bool) -> Vec<Row<'_>> {
    let row = |kind, start, url, reason| Row {
        collector: data.collector.name(),
        kind,
        start,
        url,
        read: None,
        is_off,
        reason,
    };
    let expected = data.gaps.iter().flat_map(|h| &h.expected);
    let mut rows: Vec<Row<'_>> = expected
        .map(|(start, url)| row(FileKind::Updates, *start, Cow::from(url), None))
        .collect();
    for lost in &data.missing {
        let Some(reason) = lost.reason.as_deref() else {
            continue;
        };
        let known = rows
            .iter_mut()
            .find(|r| (r.kind, r.start) == (lost.kind, lost.start));
        match known {
            Some(row) => row.reason = Some(reason),
            None => rows.push(row(
                lost.kind,
                lost.start,
                Cow::from(&lost.url),
                Some(reason),
            )),
        }
    }
    rows
}

/// A collector's clock may run a little ahead of its file names.
const CLOCK_TOLERANCE: i64 = MINUTE;

fn flags(file: &DecodedFile, decoded: &FileContents, is_off: bool) -> String {
    let ahead = |t: Timestamp| t.0 > file.file.end.0 + CLOCK_TOLERANCE;
    let clock_ahead = file.role == Role::Updates && decoded.latest.is_some_and(ahead);
    let flags = [
        (decoded.ending != Ending::Whole, "cut"),
        (!decoded.damaged.is_empty(), "damaged"),
        (decoded.is_whole() && decoded.record_count() == 0, "empty"),
        (clock_ahead, "clock_ahead"),
        (is_off, "clock_offset"),
        (file.role == Role::UnusableRib, "useless"),
    ];
    let raised = flags.into_iter().filter(|f| f.0).map(|f| f.1);
    raised.collect::<Vec<_>>().join(" ")
}

/// The first things that were wrong with a file.
pub fn problem(file: &DecodedFile) -> Option<String> {
    // Most are whole, and need not be looked into.
    let found = (!file.is_whole).then(|| file.contents());
    found.as_deref().and_then(problem_in)
}

fn problem_in(decoded: &FileContents) -> Option<String> {
    const SHOWN: usize = 3;
    let mut problems: Vec<String> = Vec::new();
    if let Ending::Cut { offset, reason } = &decoded.ending {
        problems.push(format!("at {offset}: {reason}"));
    }
    for record in decoded.damaged.iter().take(SHOWN) {
        let whose = record.peer.map(|p| format!(" of AS{} {}", p.asn, p.ip));
        let whose = whose.unwrap_or_default();
        problems.push(format!(
            "record at {}{whose}: {}",
            record.offset, record.reason
        ));
    }
    if decoded.damaged.len() > SHOWN {
        problems.push(format!(
            "and {} records more",
            decoded.damaged.len() - SHOWN
        ));
    }
    (!problems.is_empty()).then(|| problems.join("; "))
}
