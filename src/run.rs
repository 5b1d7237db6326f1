//! A question in, findings out: the one call that the program itself makes.
//!
//! [`run`] resolves the watch list of a [`Study`], gets the files that it needs from its
//! [`Sources`], and analyses them. What only concerns the machine is in the [`Options`]; it changes
//! nothing in the [`Findings`].

use crate::fetch::{DownloadProgress, Fetcher};
use crate::locate::{self, CollectorFiles, LocalSource, LocateError, Locator};
use crate::manifest::Manifest;
use crate::model::peer::Collector;
use crate::pipeline::acquire::{self, AcquireError};
use crate::pipeline::checkpoint::Checkpoints;
use crate::pipeline::recorded::{self, FileStore, RecordedError};
use crate::pipeline::{self, Findings, Notice, PipelineError, Progress, Quiet};
use crate::registry::watch_list::{self, RegistrySource, ResolvedWatchList, WatchListError};
use crate::study::Study;
use std::path::{Path, PathBuf};

/// Where the data of a run comes from.
pub struct Sources<'a> {
    /// The archive files.
    pub files: FileSource<'a>,
    /// The registries' statistics, for a study of a country.
    pub registries: RegistrySource<'a>,
}

/// Where the archive files of a run come from.
pub enum FileSource<'a> {
    /// A folder laid out like the public archives, a folder that [`crate::encode`] wrote from an
    /// event table, or loose files.
    Local(LocalSource),
    /// The public archives, through a cache. The study must name its collectors.
    Network {
        /// Fetches files, or finds them in the cache.
        fetcher: &'a Fetcher,
        /// Lists the files of the archives.
        locator: &'a Locator<'a>,
        /// Follows the downloads.
        downloads: &'a dyn DownloadProgress,
    },
    /// Exactly the files, and the watch list, of an earlier run.
    Recorded {
        /// Its `run.json`.
        manifest: &'a Manifest,
        /// Where to find the files.
        store: FileStore<'a>,
    },
}

impl Sources<'_> {
    /// A folder laid out like the public archives; a study that names no collector reads all that
    /// it holds. A country's registrations come from the default [`RegistrySource`].
    pub fn mirror(dir: impl Into<PathBuf>) -> Self {
        Self {
            files: FileSource::Local(LocalSource::Mirror(dir.into())),
            registries: RegistrySource::default(),
        }
    }

    /// A folder that [`crate::encode`] wrote from an event table.
    pub fn encoded(dir: impl Into<PathBuf>) -> Self {
        Self {
            files: FileSource::Local(LocalSource::Encoded(dir.into())),
            registries: RegistrySource::default(),
        }
    }
}

/// How a run uses the machine.
pub struct Options<'a> {
    /// The run's folder, to keep checkpoints in: a run that is killed and started again resumes
    /// from there. None are kept without it. They stay until [`checkpoint::remove`] is called.
    ///
    /// [`checkpoint::remove`]: crate::pipeline::checkpoint::remove
    pub checkpoints: Option<&'a Path>,
    /// Follows the run.
    pub progress: &'a dyn Progress,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            checkpoints: None,
            progress: &Quiet,
        }
    }
}

/// Why a run has no findings. Missing or damaged files are no error: what they would tell is
/// unknown, and [`Findings::is_incomplete`] tells so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The watch list cannot be made.
    #[error(transparent)]
    WatchList(#[from] WatchListError),
    /// A local source cannot be read, or has no files of a collector.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The cache cannot be used.
    #[error(transparent)]
    Acquire(#[from] AcquireError),
    /// A file of an earlier run has changed or is gone.
    #[error(transparent)]
    Recorded(#[from] RecordedError),
    /// A file cannot be read from disk, or no peer can be classified as a full feed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

/// Answers a study.
///
/// # Errors
/// See [`Error`].
pub fn run(study: &Study, sources: &Sources<'_>, options: &Options<'_>) -> Result<Findings, Error> {
    let progress = options.progress;
    let watched = match &sources.files {
        FileSource::Recorded { manifest, .. } => ResolvedWatchList {
            list: manifest.list.clone(),
            replaced: Vec::new(),
        },
        FileSource::Local(_) | FileSource::Network { .. } => {
            watch_list::of_study(study, &sources.registries)?
        }
    };
    progress.notice(Notice::Watching(&watched));
    let files = files(study, &sources.files)?;
    progress.notice(Notice::Located(&files));
    let list = &watched.list;
    let checkpoints = options
        .checkpoints
        .map(|out| Checkpoints::open(out, study, list));
    let findings = pipeline::analyse(study, list, files, checkpoints.as_ref(), progress);
    if let Some(problem) = checkpoints.as_ref().and_then(Checkpoints::problem) {
        progress.notice(Notice::NotResumable(&problem));
    }
    let findings = findings?;
    if let FileSource::Recorded { manifest, .. } = &sources.files {
        recorded::check(manifest, &findings.collectors)?;
    }
    Ok(findings)
}

/// The files of a study, by collector; those of the network are in the cache then.
///
/// # Errors
/// A source cannot be read or has no files of a collector, the cache cannot be used, or a recorded
/// file has changed. A file that the network does not deliver is no error.
pub fn files(study: &Study, source: &FileSource<'_>) -> Result<Vec<CollectorFiles>, Error> {
    let (window, lookback) = (study.window, study.rules.rib_lookback);
    match source {
        FileSource::Local(source) => {
            let collectors = collectors(study, source)?;
            let files = collectors
                .iter()
                .map(|collector| locate::local_files(source, collector, window, lookback));
            Ok(files.collect::<Result<_, _>>()?)
        }
        FileSource::Network {
            fetcher,
            locator,
            downloads,
        } => {
            let collectors = &study.collectors;
            let files =
                acquire::fetched(fetcher, locator, collectors, window, lookback, *downloads);
            Ok(files?)
        }
        FileSource::Recorded { manifest, store } => Ok(recorded::files(manifest, *store)?),
    }
}

/// The collectors that a study names, or all that a local source holds.
fn collectors(study: &Study, source: &LocalSource) -> Result<Vec<Collector>, LocateError> {
    if !study.collectors.is_empty() {
        return Ok(study.collectors.clone());
    }
    let dir = match source {
        LocalSource::Mirror(dir) | LocalSource::Encoded(dir) => dir,
        LocalSource::Files(_) => return Ok(Vec::new()),
    };
    let found = locate::collectors(dir)?;
    if found.is_empty() {
        return Err(LocateError::NoArchive(dir.clone()));
    }
    Ok(found)
}
