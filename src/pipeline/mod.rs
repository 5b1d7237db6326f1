//! The stages in order, side by side over files, collectors and prefixes. This is the one place that
//! knows all of them: `acquire` gets the files, `read` decodes them on a `machine`, [`replay`]
//! works out sessions and observations, `count` replays and counts each prefix, and [`Findings`] are
//! what comes out.

pub(crate) mod acquire;
pub mod checkpoint;
mod count;
mod findings;
mod jobs;
mod machine;
mod progress;
mod read;
pub mod recorded;
mod replayed;

use crate::decode::CoveringDetail;
use crate::locate::CollectorFiles;
use crate::model::time::Timestamp;
use crate::study::Study;
use crate::watchlist::WatchList;
use checkpoint::Checkpoints;
pub use findings::Findings;
pub use progress::{Notice, Progress, Quiet};
use replayed::replay_with;
pub use replayed::{Replayed, replay};
use std::io;
use std::path::PathBuf;

/// Why a study has no findings.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A file cannot be read from disk.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no RIB, so no peer can be classified as a full feed.
    #[error("no RIB at or before the window, nor in it, for any collector")]
    NoRib,
    /// The baseline's instant lies outside of what was replayed, so that nothing is known of it.
    #[error("the baseline at {at} lies outside of what is replayed, {from} to {to}")]
    BaselineOutside {
        /// The instant that was chosen.
        at: Timestamp,
        /// When replay begins.
        from: Timestamp,
        /// The window's end.
        to: Timestamp,
    },
}

/// Analyses the files of each collector: reads, replays, counts and detects. With `checkpoints`,
/// what an earlier run has read is taken from there, and what is read is kept there.
///
/// # Errors
/// A file cannot be read from disk, or there is no RIB to classify feeds by. A file that is not
/// available is no error: what it would tell is unknown.
pub fn analyse(
    study: &Study,
    list: &WatchList,
    files: Vec<CollectorFiles>,
    checkpoints: Option<&Checkpoints>,
    progress: &dyn Progress,
) -> Result<Findings, PipelineError> {
    let covering = CoveringDetail::PresenceOnly;
    let replayed = replay_with(study, list, files, checkpoints, covering, progress)?;
    progress.work("counting");
    Ok(count(study, list, replayed))
}

/// Counts what was replayed, and detects outages in it.
pub fn count(study: &Study, list: &WatchList, replayed: Replayed) -> Findings {
    Findings::of(study.clone(), list.clone(), replayed)
}
