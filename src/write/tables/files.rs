//! `files`: a row per file that was read, or expected and missing.

use super::prelude::*;
use crate::detect::collectors;
use crate::locate;
use crate::model::archive::{Ending, FileContents, FileKind};
use crate::model::time::MINUTE;
use crate::replay::input::{CollectorData, DecodedFile, Role};
use std::borrow::Cow;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "files",
    doc: "The files that were read, and those that were expected and missing",
    key: &["collector", "kind", "start", "url"],
    columns: &[
        column("collector", Kind::Text, "The collector"),
        column("kind", Kind::Text, "rib or updates"),
        column("start", Kind::Minute, "The time in its name, UTC"),
        column(
            "url",
            Kind::Text,
            "Public URL, or the path where the file has none",
        ),
        column("state", Kind::Text, "present or missing"),
        column("bytes", Kind::Int, "Size on disk in bytes").of(Basis::FileContents),
        column("sha256", Kind::Text, "SHA-256 of the file on disk").of(Basis::FileContents),
        column("first_record", Kind::Time, "Time of its first record"),
        column("last_record", Kind::Time, "Time of its last record"),
        column("records", Kind::Int, "Number of records").of(Basis::FileContents),
        column(
            "records_by_type",
            Kind::Text,
            "Number of records by type, as TYPE/SUBTYPE=N; as TYPE=N for types that are not used here, as TYPE_number=N for types that are not assigned",
        )
        .of(Basis::FileContents),
        column(
            "damaged_records",
            Kind::Int,
            "Records that could not be read",
        ),
        column(
            "clipped_updates",
            Kind::Int,
            "UPDATEs that the collector cut at 4,096 bytes",
        ),
        column(
            "flags",
            Kind::Texts,
            "cut, damaged, empty, clock_ahead, clock_offset (more than 30 s from the other collectors), useless (a RIB without routes, or of a time after the window began)",
        ),
        column(
            "problem",
            Kind::Text,
            "What was wrong, with the offset in the decompressed file; or why the file is unavailable",
        )
        .of(Basis::FileContents),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::OnRequest,
    is_part_of: always,
    rows: few,
    write,
};

/// Rows passed to the writer at once: a month of ten collectors is nearly 90,000 files.
const BATCH: usize = 1 << 10;

/// A file that was read, or one that the archive's pattern leads to expect.
struct FileRow<'a> {
    collector: &'a str,
    kind: FileKind,
    start: Timestamp,
    url: Cow<'a, str>,
    read: Option<&'a DecodedFile>,
    is_off: bool,
    /// Why it is unavailable.
    reason: Option<&'a str>,
}

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    // Sorted by collector.
    for (data, clock) in findings.collectors.iter().zip(&findings.clocks) {
        let mut rows: Vec<FileRow<'_>> = Vec::new();
        let is_off = clock.is_some_and(|offset| offset.abs() > collectors::CLOCK_TOLERANCE);
        let collector = data.collector.name();
        rows.extend(data.files.iter().map(|f| FileRow {
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

fn write_rows(writer: &mut TableWriter, rows: &[FileRow<'_>]) -> Result<(), WriteError> {
    let found: Vec<Option<Cow<'_, FileContents>>> = rows
        .iter()
        .map(|r| r.read.map(DecodedFile::contents))
        .collect();
    let read = || found.iter().map(Option::as_deref);
    let problems = rows.iter().zip(read()).map(|(row, found)| {
        let wrong = found.and_then(problem_in);
        wrong.or_else(|| Some(format!("unavailable: {}", row.reason?)))
    });
    let state = |row: &FileRow<'_>| match row.read {
        Some(_) => "present",
        None => "missing",
    };
    let by_type = |decoded: &FileContents| {
        let counts = decoded
            .records
            .iter()
            .map(|(kind, n)| format!("{kind}={n}"));
        counts.collect::<Vec<_>>().join(" ")
    };
    let clipped = |decoded: &FileContents| {
        decoded
            .peers
            .iter()
            .map(|peer| i64::from(peer.clipped))
            .sum()
    };
    writer.write(vec![
        Cells::texts(rows.iter().map(|row| Some(row.collector))),
        Cells::texts(rows.iter().map(|row| Some(row.kind.label()))),
        Cells::times(rows.iter().map(|row| Some(row.start))),
        Cells::texts(rows.iter().map(|row| Some(&row.url))),
        Cells::texts(rows.iter().map(|row| Some(state(row)))),
        Cells::ints(read().map(|d| Some(count(d?.bytes)))),
        Cells::texts(read().map(|d| d.map(|d| &d.sha256))),
        Cells::times(read().map(|d| d?.first)),
        Cells::times(read().map(|d| d?.last)),
        Cells::ints(read().map(|d| Some(count(d?.record_count())))),
        Cells::texts(read().map(|d| d.map(by_type))),
        Cells::ints(read().map(|d| Some(count(d?.damaged.len() as u64)))),
        Cells::ints(read().map(|d| d.map(clipped))),
        Cells::text_lists(rows.iter().zip(read()).map(|(row, found)| {
            let raised = row.read.zip(found).map(|(f, d)| flags(f, d, row.is_off));
            raised.unwrap_or_default()
        })),
        Cells::texts(problems),
    ])
}

/// The files that the archive's pattern leads to expect in gaps, and those that are unavailable for a
/// known reason.
fn missing(data: &CollectorData, is_off: bool) -> Vec<FileRow<'_>> {
    let row = |kind, start, url, reason| FileRow {
        collector: data.collector.name(),
        kind,
        start,
        url,
        read: None,
        is_off,
        reason,
    };
    let expected = data.gaps.iter().flat_map(|h| &h.expected);
    let mut rows: Vec<FileRow<'_>> = expected
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

/// By how much a collector's clock may be ahead of its file names without a flag.
const CLOCK_TOLERANCE: i64 = MINUTE;

fn flags(file: &DecodedFile, decoded: &FileContents, is_off: bool) -> Vec<&'static str> {
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
    flags.into_iter().filter(|f| f.0).map(|f| f.1).collect()
}

/// What was wrong with a file: the first few problems, with their byte offsets.
#[cfg_attr(
    not(feature = "cli"),
    allow(dead_code, reason = "the program prints it")
)]
pub(crate) fn problem(file: &DecodedFile) -> Option<String> {
    // Most files are whole: their contents need not be unpacked.
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
        let of_peer = record.peer.map(|p| format!(" of AS{} {}", p.asn, p.ip));
        let of_peer = of_peer.unwrap_or_default();
        problems.push(format!(
            "record at {}{of_peer}: {}",
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
