//! The machine that a run reads its files on, apart from what it reads: threads, checkpoints and
//! progress. None of it changes what is found.

use super::checkpoint::Checkpoints;
use super::{PipelineError, Progress, jobs};
use crate::decode::{self, Digest, Scan};
use crate::model::archive::{ArchiveFile, FileContents};
use std::io;

/// Reads files, each on one of the process's threads.
pub(super) struct Machine<'a> {
    /// Where contents are kept for a run that is killed and started again, and taken from.
    pub checkpoints: Option<&'a Checkpoints>,
    /// Told how far the run is.
    pub progress: &'a dyn Progress,
}

impl Machine<'_> {
    /// The contents of a file, as `scan` asks for them: from a checkpoint, or decoded. `filter` is
    /// the digest of the scan's filter, which many files share.
    pub(crate) fn contents(
        &self,
        file: &ArchiveFile,
        scan: &Scan<'_>,
        filter: &Digest,
    ) -> Result<FileContents, PipelineError> {
        let decode = || decode::file(&file.path, scan).map_err(|e| read_error(file, e));
        let Some(checkpoints) = self.checkpoints else {
            return decode();
        };
        let question = checkpoints.asks(file, &scan.digest(filter));
        if let Some(contents) = checkpoints.take(&question) {
            self.progress.spare(size(file));
            return Ok(contents);
        }
        let contents = decode()?;
        checkpoints.keep(&question, &contents);
        Ok(contents)
    }

    /// Runs jobs side by side, the heaviest first, and those that they add.
    pub(crate) fn run<J: Send, R: Send>(
        &self,
        jobs: Vec<(u64, J)>,
        run: impl Fn(J, &mut Vec<(u64, J)>) -> Result<R, PipelineError> + Sync,
    ) -> Result<Vec<R>, PipelineError> {
        jobs::all(jobs, run)
    }

    /// Replaces an announced number of bytes to read by the actual one.
    pub(crate) fn correct(&self, announced: u64, actual: u64) {
        self.progress.more(actual.saturating_sub(announced));
        self.progress.spare(announced.saturating_sub(actual));
    }
}

/// Length of a file as stored, in bytes; 0 where it cannot be told.
pub(super) fn size(file: &ArchiveFile) -> u64 {
    std::fs::metadata(&file.path).map_or(0, |m| m.len())
}

pub(super) fn read_error(file: &ArchiveFile, source: io::Error) -> PipelineError {
    let path = file.path.to_path_buf();
    PipelineError::Read { path, source }
}
