//! How a caller follows a run.

use super::checkpoint::Resumed;
use crate::locate::CollectorFiles;
use crate::registry::watch_list::ResolvedWatchList;

/// Follows a run. Methods are called from several threads; what a caller does not override is
/// ignored.
pub trait Progress: Sync {
    /// A stage begins that reads this many bytes of files as stored.
    fn begin(&self, _stage: &str, _bytes: u64) {}
    /// This many more bytes were read.
    fn advance(&self, _bytes: u64) {}
    /// The stage reads this many bytes more than announced.
    fn more(&self, _bytes: u64) {}
    /// The stage reads this many bytes fewer than announced: their contents are in a checkpoint, or
    /// do not matter.
    fn spare(&self, _bytes: u64) {}
    /// A stage begins whose length is not known beforehand.
    fn work(&self, _stage: &str) {}
    /// Something that a user may want to know happened.
    fn notice(&self, _notice: Notice<'_>) {}
}

/// What a user may want to know of a run that goes on.
#[derive(Clone, Copy)]
pub enum Notice<'a> {
    /// What the study watches is known.
    Watching(&'a ResolvedWatchList),
    /// The files of the run are known, and those of the network are in the cache.
    Located(&'a [CollectorFiles]),
    /// All files are read; part of them was in a checkpoint.
    Resumed(Resumed),
    /// Checkpoints can no longer be written, for this reason. The run goes on.
    NotResumable(&'a str),
}

/// Ignores all progress.
pub struct Quiet;

impl Progress for Quiet {}
