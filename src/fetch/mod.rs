//! Archive → verified file in the cache.
//!
//! A file is in the cache only once it is whole: it was received beside its place (`.part`), its
//! length is the one announced, it could be decompressed to its end and framed as what it should
//! be; then it was moved into place. What was found out about it lies beside it, its SHA-256 among
//! that, and is held against the file whenever it is asked for again ([`cache`]).
//!
//! What a network does wrong never ends a run: a file that is not there, or cannot be had, is a
//! [`Missing`] one with its reason, and becomes a hole. Only a disk that fails is an error.
//! Attempts are few, wait longer each time, keep to a limit per host, and take up where the one
//! before was broken off ([`Manners`]).

pub mod cache;
mod check;
mod download;
mod fetcher;
mod host;
pub mod web;

use crate::model::time::Timestamp;
use cache::Found;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use check::{CheckedFile, ContentCheck, TextCheck};
pub(crate) use check::{fill, first_bytes};
pub use fetcher::Fetcher;

/// A file that is to be had.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its place under the cache's root: relative, without `..`.
    pub place: PathBuf,
    /// Where it may be, tried in order: the next when one does not have it.
    pub urls: Vec<String>,
    /// What it must be to be kept.
    pub check: &'static dyn ContentCheck,
    /// When it is complete at its source, where that is known: until ten minutes after that it
    /// may still grow, and is asked for anew the next time.
    pub complete_at: Option<Timestamp>,
    /// The SHA-256 that it must have, in hex, where a manifest says so.
    pub sha256: Option<String>,
}

/// What became of a [`Wanted`] file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It lies in the cache, checked.
    Have(Fetched),
    /// It could not be had.
    Missing(Missing),
}

/// A file in the cache, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Where it lies.
    pub path: PathBuf,
    /// Its length as it lies.
    pub bytes: u64,
    /// Its SHA-256 as it lies, in hex.
    pub sha256: String,
    /// Where it came from; nothing for a file that was put into the cache by hand.
    pub url: Option<String>,
    /// What is in it.
    pub found: Found,
    /// How it came to be there.
    pub came: Came,
}

/// How a file came to be in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It was there.
    Cached,
    /// It was fetched now.
    Fetched,
}

/// A file that could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Where it was looked for last.
    pub url: Option<String>,
    /// Why.
    pub reason: Reason,
}

/// Why a file could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The archive does not have it (404, 410).
    NotFound,
    /// It is not in the cache, and nothing may be fetched.
    Offline,
    /// It is there, but not with the bytes that a manifest names.
    Changed {
        /// SHA-256 that was to be.
        expected: String,
        /// SHA-256 that is.
        found: String,
    },
    /// Whatever else, for people.
    Failed(String),
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Offline => f.write_str("not in the cache, and nothing may be fetched"),
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
    /// Yes, with manners.
    Online(Manners),
    /// No: the cache only.
    Offline,
}

/// How a host is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// Files asked of one host at a time.
    pub per_host: usize,
    /// How often an attempt that failed is made again.
    pub retries: usize,
    /// No connection, or no progress worth the name, for so long ends an attempt.
    pub timeout: Duration,
    /// The wait before the second attempt; it doubles with each, and jitter comes on top.
    pub first_wait: Duration,
    /// No wait is longer, even if a server asks for it (Retry-After).
    pub longest_wait: Duration,
}

impl Default for Manners {
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

/// Hears what becomes of the files.
pub trait Watcher: Sync {
    /// So many more files are asked for.
    fn expects(&self, _files: usize) {}
    /// A file's body begins to come; its length where that is known, and what is there of it.
    fn begins(&self, wanted: &Wanted, bytes: Option<u64>, there: u64);
    /// So many bytes more have come.
    fn receives(&self, wanted: &Wanted, bytes: u64);
    /// An attempt failed; the next comes after a wait.
    fn waits(&self, wanted: &Wanted, why: &str, wait: Duration);
    /// That is what became of it.
    fn ends(&self, wanted: &Wanted, outcome: &Outcome);
}

/// Nobody listens.
pub struct Unwatched;

impl Watcher for Unwatched {
    fn begins(&self, _: &Wanted, _: Option<u64>, _: u64) {}
    fn receives(&self, _: &Wanted, _: u64) {}
    fn waits(&self, _: &Wanted, _: &str, _: Duration) {}
    fn ends(&self, _: &Wanted, _: &Outcome) {}
}

/// Why nothing can be fetched, or kept: the disk, never the network.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The cache cannot be read or written.
    #[error("cannot use `{path}` in the cache: {source}")]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A place that is not under the cache's root.
    #[error("`{0}` is no place in the cache")]
    Escapes(PathBuf),
    /// There is no home for a cache.
    #[error("there is no folder for a cache: {0}")]
    NoHome(String),
    /// No connection can be made at all.
    #[error("cannot make an HTTP client: {0}")]
    Client(String),
}

/// Does the same for each of many, so many at a time; the answers in their order, or the first
/// error.
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
                    host::hold(&done).push((at, answer));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}
