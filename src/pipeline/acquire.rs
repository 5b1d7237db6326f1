//! Acquires the files of a study from the network or the cache: RIBs one by one from the newest
//! backwards until one can be used, and then the update files from there on.

use crate::decode::content_check;
use crate::fetch::{
    Access, CachedFile, DownloadProgress, FetchError, FetchOutcome, Fetcher, Request,
    UnavailableReason, side_by_side,
};
use crate::locate::{
    Candidate, CollectorFiles, Known, LocateError, Locator, Ribs, Updates, is_too_late,
};
use crate::model::archive::{ArchiveFile, ListingSource, MissingFile};
use crate::model::peer::Collector;
use crate::model::time::{MINUTE, TimeDelta, Timestamp, Window};

/// A RIB is dumped and published within this time after the time in its name, microseconds.
const RIB_TAKES: i64 = 60 * MINUTE;
/// Collectors whose RIBs are fetched at a time.
const SIDE_BY_SIDE: usize = 8;

/// Why the files of a study cannot be acquired.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// The cache has no files, and nothing may be fetched.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The cache cannot be written.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// The files that would be fetched of a collector, if the newest RIB can be used.
#[derive(Debug, Clone)]
pub(crate) struct FetchPlan {
    /// The collector.
    pub collector: Collector,
    /// The RIB to start from, those in the window, and the update files; by start.
    pub files: Vec<Candidate>,
    /// Where their list comes from.
    pub listing_source: ListingSource,
}

/// Plans what would be fetched, if the newest RIB that is listed can be used.
///
/// # Errors
/// As [`fetched`].
pub(crate) fn plan(
    locator: &Locator<'_>,
    collectors: &[Collector],
    window: Window,
    lookback: TimeDelta,
) -> Result<Vec<FetchPlan>, AcquireError> {
    let mut plans = Vec::new();
    for ribs in locator.ribs(collectors, window, lookback)? {
        let listed = ribs.before.iter().find(|r| r.known == Known::Listed);
        let rib = listed.or(ribs.before.first()).cloned();
        let start = rib.as_ref().map(|r| r.start);
        let Updates {
            files,
            listing_source,
        } = updates(locator, &ribs.collector, start, window)?;
        let mut all: Vec<Candidate> = rib.into_iter().chain(ribs.later).chain(files).collect();
        all.sort_by_key(|f| (f.start, f.kind));
        plans.push(FetchPlan {
            collector: ribs.collector,
            files: all,
            listing_source,
        });
    }
    Ok(plans)
}

/// Fetches everything that a window needs of some collectors.
///
/// # Errors
/// The cache cannot be read or written, or nothing may be fetched and it has nothing of any of the
/// collectors. A file that the network does not deliver is no error: it is among the collector's
/// missing files.
pub(crate) fn fetched(
    fetcher: &Fetcher,
    locator: &Locator<'_>,
    collectors: &[Collector],
    window: Window,
    lookback: TimeDelta,
    watcher: &dyn DownloadProgress,
) -> Result<Vec<CollectorFiles>, AcquireError> {
    let ribs = locator.ribs(collectors, window, lookback)?;
    let started = side_by_side(&ribs, SIDE_BY_SIDE, |ribs| {
        starting_ribs(fetcher, ribs, window, watcher)
    })?;
    let mut held = Vec::new();
    let mut wanted: Vec<(usize, Candidate)> = Vec::new();
    for (at, (ribs, start)) in ribs.into_iter().zip(started).enumerate() {
        let Updates {
            files,
            listing_source,
        } = updates(locator, &ribs.collector, start.at, window)?;
        wanted.extend(ribs.later.into_iter().chain(files).map(|f| (at, f)));
        held.push(CollectorFiles {
            collector: ribs.collector,
            ribs: start.ribs,
            updates: Vec::new(),
            missing: start.missing,
            listing_source,
        });
    }
    let requests: Vec<Request> = wanted.iter().map(|(_, file)| request(file)).collect();
    let outcomes = fetcher.fetch_all(&requests, watcher)?;
    let is_online = fetcher.access() != Access::Offline;
    for ((at, file), outcome) in wanted.into_iter().zip(outcomes) {
        let CollectorFiles {
            ribs,
            updates,
            missing,
            ..
        } = &mut held[at];
        match outcome {
            FetchOutcome::Available(fetched) => {
                let files = match file.kind.is_table_dump() {
                    true => ribs,
                    false => updates,
                };
                files.push(archive_file(&file, &fetched));
            }
            FetchOutcome::Unavailable(unavailable) => {
                let found = missing_file(&file, &unavailable.reason);
                // A file that is only expected leaves a gap between its neighbours, and no trace.
                let is_listed = file.kind.is_updates() && file.known == Known::Listed;
                if is_online && is_listed {
                    fetcher.cache().mark_unavailable(&file.cache_path)?;
                }
                missing.extend(found);
            }
        }
    }
    for of in &mut held {
        of.ribs.sort_by_key(|f| f.start);
    }
    Ok(held)
}

/// The update files from the RIB on; without one, from the file in progress at the window's start
/// and the one before.
fn updates(
    locator: &Locator<'_>,
    collector: &Collector,
    rib: Option<Timestamp>,
    window: Window,
) -> Result<Updates, LocateError> {
    let in_progress = Timestamp((window.from.0 - collector.step(window.from)).max(0));
    locator.updates(collector, rib.unwrap_or(in_progress), window.to)
}

/// The RIBs to start from.
struct StartRibs {
    ribs: Vec<ArchiveFile>,
    missing: Vec<MissingFile>,
    at: Option<Timestamp>,
}

/// The RIBs at or before the window, as far back as they are read: to the newest that is whole and
/// lists routes. Where the first that lists any is damaged, the replay starts from it, and an older
/// one classifies feeds.
fn starting_ribs(
    fetcher: &Fetcher,
    ribs: &Ribs,
    window: Window,
    watcher: &dyn DownloadProgress,
) -> Result<StartRibs, FetchError> {
    let mut start = StartRibs {
        ribs: Vec::new(),
        missing: Vec::new(),
        at: None,
    };
    for file in &ribs.before {
        watcher.expect(1);
        match fetcher.fetch(&request(file), watcher)? {
            FetchOutcome::Available(fetched) => {
                start.ribs.push(archive_file(file, &fetched));
                let found = fetched.contents;
                let first = found.first.map_or(file.start, Timestamp);
                if found.lists_routes && !is_too_late(first, window) {
                    start.at.get_or_insert(first);
                    if found.damaged == 0 {
                        break;
                    }
                }
            }
            FetchOutcome::Unavailable(missing) => {
                start.missing.extend(missing_file(file, &missing.reason))
            }
        }
    }
    Ok(start)
}

fn request(file: &Candidate) -> Request {
    Request {
        cache_path: file.cache_path.clone(),
        urls: file.urls.clone(),
        check: content_check(file.kind),
        complete_at: Some(match file.kind.is_table_dump() {
            true => Timestamp(file.start.0 + RIB_TAKES),
            false => file.end(),
        }),
        sha256: None,
    }
}

fn archive_file(file: &Candidate, fetched: &CachedFile) -> ArchiveFile {
    ArchiveFile {
        fetched_from: fetched.url.as_deref().map(Into::into),
        ..file.archive_file(&fetched.path)
    }
}

/// The missing file, where it is known to exist or could not be asked for. One that is only expected
/// and is not found never existed.
fn missing_file(file: &Candidate, reason: &UnavailableReason) -> Option<MissingFile> {
    let reason = match (reason, file.known) {
        (UnavailableReason::NotFound, Known::Expected) => return None,
        (UnavailableReason::NotFound, Known::Listed) => None,
        (reason, _) => Some(reason.to_string()),
    };
    Some(MissingFile {
        kind: file.kind,
        start: file.start,
        end: file.end(),
        url: file.url(),
        reason,
    })
}
