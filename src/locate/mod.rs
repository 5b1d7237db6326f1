//! Window + collectors → which files to read, and which are missing.
//!
//! A local folder is listed ([`local_files`]). The public archives are asked for by name: a BGPKIT
//! broker knows what there is ([`broker`]); where it does not answer, or lacks what should be
//! there, the archives' own patterns tell ([`patterns`]). Both ways lead to [`Candidate`]s, which
//! are fetched or not: locating reads no archive.

pub mod broker;
mod candidate;
mod locator;
mod mirror;
pub mod patterns;

use crate::model::archive::{ArchiveFile, FileKind, Gap, ListingSource, MissingFile};
use crate::model::peer::Collector;
use crate::model::time::{MINUTE, TimeDelta, Timestamp, Window};
use std::cmp::Ordering;
use std::io;
use std::path::{Path, PathBuf};

pub use candidate::{Candidate, Known};

pub(crate) use candidate::Mirrors;
pub use locator::{Locator, Ribs, Updates};
pub use mirror::collectors;
pub(crate) use patterns::url_of;
pub use patterns::{RIS_URL, ROUTEVIEWS_URL, url};

/// The files of a collector for a window, sorted by start.
#[derive(Debug, Clone)]
pub struct CollectorFiles {
    /// The collector.
    pub collector: Collector,
    /// RIBs from the look-back before the window up to the window's end.
    pub ribs: Vec<ArchiveFile>,
    /// Update files over the same time, and the one before.
    pub updates: Vec<ArchiveFile>,
    /// Files that are listed or expected, and unavailable.
    pub missing: Vec<MissingFile>,
    /// How they were found.
    pub listing_source: ListingSource,
}

/// A local source of archive files.
#[derive(Debug, Clone)]
pub enum LocalSource {
    /// A folder laid out as the public archives.
    Mirror(PathBuf),
    /// A folder that `dropline encode` wrote: its files have no public URL.
    Encoded(PathBuf),
    /// Loose files of one collector.
    Files(LooseFiles),
}

/// Loose files, and how to date one whose name has no time. Locating reads no archive format, so
/// that the reader of the first record is handed in: see `decode::loose_files`.
#[derive(Debug, Clone)]
pub struct LooseFiles {
    /// Their paths.
    pub paths: Vec<PathBuf>,
    /// Reads the time of a file's first record, and the kind of file that it belongs to; `None` if
    /// the file has no record.
    pub first_record: FirstRecord,
}

/// Reads the time of a file's first record, and the kind of file that it belongs to.
pub type FirstRecord = fn(&Path) -> io::Result<Option<(Timestamp, FileKind)>>;

/// Why nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The folder or file cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder has nothing of a collector.
    #[error("`{dir}` holds no files of collector `{collector}`")]
    NoCollector {
        /// The folder.
        dir: PathBuf,
        /// The collector.
        collector: Collector,
        /// What it holds.
        found: Vec<Collector>,
    },
    /// The folder has nothing of any collector.
    #[error("`{0}` holds no archive")]
    NoArchive(PathBuf),
    /// A loose file has no time in its name and no record to tell it.
    #[error("`{0}` has no time in its name and no record that can be read")]
    NoTime(PathBuf),
}

/// What a source holds of a collector for a window, with RIBs up to `lookback` before it.
///
/// # Errors
/// The source cannot be read, or has nothing of the collector.
pub fn local_files(
    source: &LocalSource,
    collector: &Collector,
    window: Window,
    lookback: TimeDelta,
) -> Result<CollectorFiles, LocateError> {
    let earliest = earliest(window, lookback);
    let mut files = mirror::files(source, collector, earliest, window)?;
    files.sort_by(by_start);
    let (mut ribs, mut updates): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|f| f.kind == FileKind::Rib);
    ribs.retain(|f| matters(f.start, earliest, window));
    updates.retain(|f| f.start < window.to);
    Ok(CollectorFiles {
        collector: collector.clone(),
        ribs,
        updates,
        missing: Vec::new(),
        listing_source: ListingSource::Folder,
    })
}

/// The order of a collector's files: by start, a RIB before the updates of the same, by name where
/// loose files have those in common.
pub(crate) fn by_start(a: &ArchiveFile, b: &ArchiveFile) -> Ordering {
    let by_start = (a.start, a.kind).cmp(&(b.start, b.kind));
    by_start.then_with(|| url_of(a).cmp(&url_of(b)))
}

/// The first instant that a RIB for the window may be of.
fn earliest(window: Window, lookback: TimeDelta) -> Timestamp {
    window.from - lookback
}

/// How long after the window's start the first record of a RIB may be that is stamped then, or
/// before.
const RIB_BEGINS: i64 = 30 * MINUTE;

/// Whether a RIB, by its first record, is of a later time than a window can start from, whatever
/// its name says: it would show what came of the window for what it began with.
pub(crate) fn is_too_late(first: Timestamp, window: Window) -> bool {
    first.0 > window.from.0.saturating_add(RIB_BEGINS)
}

/// Whether a RIB of that name may be of use.
fn matters(rib: Timestamp, earliest: Timestamp, window: Window) -> bool {
    rib >= earliest && rib < window.to || rib == window.from
}

/// Whether an update file is to be replayed from `start`: if it reaches beyond it, or is the one
/// before, whose last records can carry `start` itself.
fn reaches(file: Timestamp, end: Timestamp, start: Timestamp) -> bool {
    end.0 + (end.0 - file.0) > start.0
}

/// The update files to replay from `start`. Files come sorted by start.
pub(crate) fn from_start(
    updates: &[ArchiveFile],
    start: Timestamp,
) -> impl Iterator<Item = &ArchiveFile> {
    let reaches = move |f: &&ArchiveFile| reaches(f.start, f.end, start);
    updates.iter().filter(reaches)
}

/// The gaps in a collector's updates from `start` to the window's end, by the spans that its files
/// answer for by their names, sorted.
///
/// Between files, and after the start, a pause of up to a third of the step is none: collectors
/// pause to dump their RIB without losing anything. At the window's end there is no tolerance, nor
/// for a file that is listed and unavailable.
pub fn gaps(
    collector: &Collector,
    updates: &[(Timestamp, Timestamp)],
    missing: &[MissingFile],
    start: Timestamp,
    end: Timestamp,
) -> Vec<Gap> {
    let mut found = uncovered(collector, updates.iter().copied(), start, end);
    for file in missing.iter().filter(|l| l.kind == FileKind::Updates) {
        let next = updates.iter().map(|f| f.0).find(|s| *s >= file.start);
        let to = next.map_or(file.end, |next| next.min(file.end)).min(end);
        let from = file.start.max(start);
        if from < to {
            found.push((from, to));
        }
    }
    found.sort();
    found.dedup_by(|next, gap| {
        let joins = next.0 <= gap.1;
        if joins {
            gap.1 = gap.1.max(next.1);
        }
        joins
    });
    let gap = |(from, to)| Gap {
        collector: collector.clone(),
        from,
        to,
        expected: expected(collector, from, to),
    };
    found.into_iter().map(gap).collect()
}

/// What the spans of files, sorted, leave uncovered.
fn uncovered(
    collector: &Collector,
    spans: impl Iterator<Item = (Timestamp, Timestamp)>,
    start: Timestamp,
    end: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let mut found = Vec::new();
    let mut covered = start;
    for span in spans.filter(|s| s.1 > start && s.0 < end) {
        if span.0.0 - covered.0 > collector.step(covered) / 3 {
            found.push((covered, span.0));
        }
        covered = covered.max(span.1);
    }
    if covered < end {
        found.push((covered, end));
    }
    found
}

/// The update files that the naming pattern predicts in a gap.
fn expected(collector: &Collector, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, String)> {
    let starts = patterns::updates(collector, from, to);
    // A mistyped window of decades shall not list every quarter of an hour.
    starts
        .take(10_000)
        .map(|start| (start, url(collector, FileKind::Updates, start)))
        .collect()
}
