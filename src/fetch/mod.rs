//! Archive → verified file in the cache.
//!
//! A file enters the cache only when it is complete and checked: it is downloaded to `NAME.part`,
//! must have the announced length and pass its [`ContentCheck`], and is then renamed. What is known
//! of it, its SHA-256 included, is kept beside it and compared whenever the file is used ([`cache`]).
//!
//! A failure of the network never ends a run: a file that is not there or cannot be fetched is
//! [`Unavailable`], with its reason, and leaves a gap. Only a failing disk is an error. Attempts are
//! few, wait longer each time, keep to a limit per host, and resume a broken download
//! ([`HttpOptions`]).

pub mod cache;
mod check;
mod download;
mod fetcher;
mod host;
pub(crate) mod http;

use crate::model::time::Timestamp;
use cache::ContentSummary;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use check::{CheckedFile, ContentCheck, TextCheck};
pub(crate) use check::{fill, first_bytes};
pub use fetcher::Fetcher;

/// A file to fetch.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its path in the cache: relative, without `..`.
    pub cache_path: PathBuf,
    /// URLs to try, in this order.
    pub urls: Vec<String>,
    /// What it must be to be kept.
    pub check: &'static dyn ContentCheck,
    /// When it is complete at its source, if known. Until ten minutes later it may still grow, and
    /// is fetched again the next time.
    pub complete_at: Option<Timestamp>,
    /// The SHA-256 that it must have, in hex, if a manifest says so.
    pub sha256: Option<String>,
}

/// The result of a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchOutcome {
    /// The file is in the cache, checked.
    Available(CachedFile),
    /// It could not be fetched.
    Unavailable(Unavailable),
}

/// A checked file in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedFile {
    /// Its full path.
    pub path: PathBuf,
    /// Length on disk, bytes.
    pub bytes: u64,
    /// SHA-256 on disk, 64 lower-case hex digits.
    pub sha256: String,
    /// The URL that it was fetched from; `None` for a file that was put into the cache by hand.
    pub url: Option<String>,
    /// What it contains.
    pub contents: ContentSummary,
    /// Whether it was fetched for this request.
    pub provenance: Provenance,
}

/// How a requested file came to be in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// It was there before.
    Cached,
    /// It was downloaded for this request.
    Downloaded,
}

/// A file that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The URL that was tried last.
    pub url: Option<String>,
    /// Why it is unavailable.
    pub reason: UnavailableReason,
}

/// Why a file is unavailable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnavailableReason {
    /// The archive does not have it (HTTP 404 or 410).
    NotFound,
    /// It is not in the cache, and the network may not be used (`--offline`).
    Offline,
    /// It exists, but its bytes are not those that the manifest names.
    Changed {
        /// The manifest's SHA-256.
        expected: String,
        /// The file's SHA-256.
        found: String,
    },
    /// Any other reason, as text for people.
    Failed(String),
}

impl std::fmt::Display for UnavailableReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Offline => f.write_str("not in the cache, and the network may not be used"),
            Self::Changed { expected, found } => {
                write!(f, "its SHA-256 is {found}, not {expected}")
            }
            Self::Failed(why) => f.write_str(why),
        }
    }
}

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Yes, with these limits.
    Online(HttpOptions),
    /// No, only the cache (`--offline`).
    Offline,
}

/// Limits for HTTP requests, so that no archive is overloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpOptions {
    /// Simultaneous requests to one host.
    pub per_host: usize,
    /// How often a failed attempt is repeated.
    pub retries: usize,
    /// An attempt ends when there is no connection, or less than a kilobyte a second, for so long.
    pub timeout: Duration,
    /// The wait before the second attempt; it doubles with each further one, plus jitter.
    pub first_wait: Duration,
    /// The longest wait, even if a server asks for more (Retry-After).
    pub longest_wait: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            per_host: 4,
            retries: 4,
            timeout: Duration::from_secs(20),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
        }
    }
}

/// Receives the progress of downloads.
pub trait DownloadProgress: Sync {
    /// More files are requested.
    fn expect(&self, _files: usize) {}
    /// A download starts: its length if known, and how much of it an earlier attempt left.
    fn started(&self, wanted: &Request, bytes: Option<u64>, there: u64);
    /// More bytes were received.
    fn received(&self, wanted: &Request, bytes: u64);
    /// An attempt failed; the next follows after a wait.
    fn retrying(&self, wanted: &Request, why: &str, wait: Duration);
    /// A request is finished.
    fn finished(&self, wanted: &Request, outcome: &FetchOutcome);
}

/// Ignores all progress.
pub struct NoProgress;

impl DownloadProgress for NoProgress {
    fn started(&self, _: &Request, _: Option<u64>, _: u64) {}
    fn received(&self, _: &Request, _: u64) {}
    fn retrying(&self, _: &Request, _: &str, _: Duration) {}
    fn finished(&self, _: &Request, _: &FetchOutcome) {}
}

/// Why the cache or the HTTP client cannot be used. Failures of the network are no errors: see
/// [`Unavailable`].
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The cache cannot be read or written.
    #[error("cannot use `{path}` in the cache: {source}")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A path that is not inside the cache.
    #[error("`{0}` is no path in the cache")]
    Escapes(PathBuf),
    /// The user has no folder for caches.
    #[error("there is no folder for a cache: {0}")]
    NoHome(String),
    /// No HTTP client can be made.
    #[error("cannot make an HTTP client: {0}")]
    Client(String),
}

/// Does the same work for every item, several at a time. The results are in the order of the items;
/// an error ends the work.
pub(crate) fn side_by_side<T: Sync, U: Send, E: Send>(
    items: &[T],
    at_a_time: usize,
    work: impl Fn(&T) -> Result<U, E> + Sync,
) -> Result<Vec<U>, E> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<U, E>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..items.len().min(at_a_time) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let answer = work(item);
                    if answer.is_err() {
                        // What failed for one, a disk, fails for all.
                        next.store(items.len(), Ordering::Relaxed);
                    }
                    host::locked(&done).push((at, answer));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}
