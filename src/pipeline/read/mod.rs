//! Reads every file that matters, side by side, as often as it takes to miss nothing: once for
//! what the watch list names, again for what gave itself away meanwhile (`second`), and some of
//! RouteViews for whether a peer came back with its table (`silences`).

mod second;
mod silences;

use super::checkpoint::Checkpoints;
use super::{PipelineError, Progress, work};
use crate::decode::{self, CoveringDetail, Digest, Filter, Scan};
use crate::locate::{self, Holdings};
use crate::model::archive::{ArchiveFile, FileContents};
use crate::model::net::Prefix;
use crate::model::peer::Project;
use crate::model::time::Timestamp;
use crate::replay::input::{CollectorData, DecodedFile, Role};
use crate::study::Study;
use crate::watchlist::{PrefixSet, WatchList};
use rustc_hash::FxHashSet;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Reads for one study.
pub(super) struct Reader<'a> {
    pub(super) study: &'a Study,
    pub(super) list: &'a WatchList,
    /// Where what is read is kept, and what was read before is taken from.
    pub(super) checkpoints: Option<&'a Checkpoints>,
    pub(super) progress: &'a dyn Progress,
    /// What the first look keeps of routes that only cover what is watched.
    pub(super) covering: CoveringDetail,
}

impl Reader<'_> {
    /// Reads every file that matters, as often as it takes to miss nothing. Returns what was read,
    /// and the prefixes that were discovered by origin.
    pub(super) fn all(
        &self,
        holdings: Vec<Holdings>,
    ) -> Result<(Vec<CollectorData>, PrefixSet), PipelineError> {
        let unread = |held: &Holdings| CollectorData {
            collector: held.collector.clone(),
            files: Vec::new(),
            first_file: 0,
            start: self.study.window.from,
            gaps: Vec::new(),
            missing: held.missing.clone(),
            listing_source: held.listing_source,
        };
        let mut collectors: Vec<CollectorData> = holdings.iter().map(unread).collect();
        let mut jobs = Vec::new();
        for (at, held) in holdings.iter().enumerate() {
            let (before, later) = self.ribs(held);
            let newest = before.last().map_or(0, |f| size(f));
            jobs.push((newest, Job::Start { at }));
            let later = later.into_iter();
            let later = later.map(|file| (size(file), Job::Later { at, file }));
            jobs.extend(later);
        }
        // What a RIB gives away is looked for in the updates from the start: with origins to watch
        // they wait for every RIB.
        let waits = self.list.has_origins();
        let ribs: u64 = jobs.iter().map(|(size, _)| size).sum();
        let expected: Vec<u64> = holdings.iter().map(|h| self.updates_by_name(h)).collect();
        match waits {
            true => self.progress.begin("RIBs", ribs),
            false => {
                let updates: u64 = expected.iter().sum();
                self.progress.begin("reading", ribs + updates);
            }
        }
        let discovered: Mutex<FxHashSet<Prefix>> = Mutex::default();
        let none = PrefixSet::default();
        let look = self.everything(&none);
        let shelves: Vec<Mutex<&mut CollectorData>> =
            collectors.iter_mut().map(Mutex::new).collect();
        work::all(jobs, |job, more| {
            let at = job.at();
            let read = self.job(job, &holdings[at], look)?;
            if let (Some(start), false) = (read.start, waits) {
                let updates = updates(at, &holdings[at], start);
                self.correct(expected[at], updates.iter().map(|(size, _)| size).sum());
                more.extend(updates);
            }
            put(&shelves[at], read, &discovered);
            Ok::<_, PipelineError>(())
        })?;
        drop(shelves);
        if waits {
            self.updates_after(&mut collectors, &holdings, &discovered)?;
        }
        drop(holdings);
        for data in &mut collectors {
            data.files.shrink_to_fit();
            // A RIB acts before the updates of a file that began with it.
            let by_start = |a: &DecodedFile, b: &DecodedFile| locate::by_start(&a.file, &b.file);
            data.files.sort_by(by_start);
            let updates: Vec<(Timestamp, Timestamp)> = data
                .with_role(Role::Updates)
                .map(|(_, f)| (f.file.start, f.file.end))
                .collect();
            let end = self.study.window.to;
            let (collector, start) = (&data.collector, data.start);
            data.gaps = locate::gaps(collector, &updates, &data.missing, start, end);
        }
        Ok((collectors, all_of(&discovered)))
    }

    /// How much of a collector's updates is to be read, as far as the name of its newest RIB tells.
    fn updates_by_name(&self, held: &Holdings) -> u64 {
        let (before, _) = self.ribs(held);
        let start = before
            .last()
            .map_or_else(|| self.without_rib(held), |f| f.start);
        let updates = locate::from_start(&held.updates, start);
        updates.map(size).sum()
    }

    /// Says how much is to be read in place of what was said.
    fn correct(&self, said: u64, is: u64) {
        self.progress.more(is.saturating_sub(said));
        self.progress.spare(said.saturating_sub(is));
    }

    /// Reads the updates once all RIBs have given away what they can.
    fn updates_after(
        &self,
        collectors: &mut [CollectorData],
        holdings: &[Holdings],
        discovered: &Mutex<FxHashSet<Prefix>>,
    ) -> Result<(), PipelineError> {
        let given = all_of(discovered);
        self.again(collectors, &given, None)?;
        let look = self.everything(&given);
        let held = collectors.iter().zip(holdings).enumerate();
        let jobs = held.flat_map(|(at, (data, held))| updates(at, held, data.start));
        let jobs: Vec<(u64, Job<'_>)> = jobs.collect();
        let bytes = jobs.iter().map(|(size, _)| size).sum();
        self.progress.begin("updates", bytes);
        let shelves: Vec<Mutex<&mut CollectorData>> =
            collectors.iter_mut().map(Mutex::new).collect();
        work::all(jobs, |job, _| {
            let at = job.at();
            put(
                &shelves[at],
                self.job(job, &holdings[at], look)?,
                discovered,
            );
            Ok::<_, PipelineError>(())
        })?;
        drop(shelves);
        let all = all_of(discovered);
        let late = all.iter().filter(|p| !given.contains(*p)).collect();
        // A prefix that gave itself away in one file may have been withdrawn in an earlier one.
        self.again(collectors, &given, Some(&late))
    }

    /// From when on a collector without a RIB is replayed: the file in progress as the window
    /// begins.
    fn without_rib(&self, held: &Holdings) -> Timestamp {
        let from = self.study.window.from;
        let in_progress = held.updates.iter().rfind(|f| f.start <= from);
        let in_progress = in_progress.filter(|f| f.end > from);
        in_progress.map_or(from, |f| f.start)
    }

    /// A collector's RIBs to start from, oldest first, and those that come later in the window.
    fn ribs<'h>(&self, held: &'h Holdings) -> (Vec<&'h ArchiveFile>, Vec<&'h ArchiveFile>) {
        let from = self.study.window.from;
        held.ribs.iter().partition(|f| f.start <= from)
    }

    fn job(&self, job: Job<'_>, held: &Holdings, look: Look<'_>) -> Result<Read, PipelineError> {
        let (file, discovered) = match job {
            Job::Start { .. } => return self.start(held, look),
            Job::Later { file, .. } => self.read(file, Role::LaterRib, look, None)?,
            Job::Updates { file, start, .. } => {
                self.read(file, Role::Updates, look, Some(start))?
            }
        };
        Ok(Read {
            files: vec![file],
            discovered,
            start: None,
        })
    }

    /// Reads a collector's RIB to start from, and one to judge by if that is cut.
    fn start(&self, held: &Holdings, look: Look<'_>) -> Result<Read, PipelineError> {
        let mut files: Vec<DecodedFile> = Vec::new();
        let mut discovered = Vec::new();
        let mut start = None;
        let (before, _) = self.ribs(held);
        for (older, file) in before.into_iter().rev().enumerate() {
            if older > 0 {
                self.progress.more(size(file));
            }
            let (mut read, found) = self.read(file, Role::UnusableRib, look, None)?;
            discovered.extend(found);
            let whole = read.is_whole;
            let first = read.span().map_or(file.start, |(first, _)| first);
            let is_of_use =
                read.contents().lists_anything() && !locate::is_too_late(first, self.study.window);
            read.role = match (start.is_some(), is_of_use) {
                (_, false) => Role::UnusableRib,
                (false, true) => Role::StartRib,
                (true, true) if whole => Role::FullFeedRib,
                (true, true) => Role::UnusableRib,
            };
            if read.role == Role::StartRib {
                start = Some(first);
            }
            let is_enough = whole && matches!(read.role, Role::StartRib | Role::FullFeedRib);
            files.push(read);
            if is_enough {
                break;
            }
        }
        let start = Some(start.unwrap_or_else(|| self.without_rib(held)));
        Ok(Read {
            files,
            discovered,
            start,
        })
    }

    /// Reads a file (of updates, what is not before the start), with the prefixes that it
    /// discovers.
    fn read(
        &self,
        file: &ArchiveFile,
        role: Role,
        look: Look<'_>,
        start: Option<Timestamp>,
    ) -> Result<(DecodedFile, Vec<Prefix>), PipelineError> {
        let found = self.decoded(file, look, start.unwrap_or(Timestamp(0)))?;
        let discovered = found.discovered.clone();
        Ok((DecodedFile::new(file.clone(), role, found), discovered))
    }

    /// A look at what the watch list names, and what has given itself away so far.
    fn everything<'s>(&'s self, discovered: &'s PrefixSet) -> Look<'s> {
        let filter = Filter::WatchList {
            list: self.list,
            discovered,
        };
        Look::at(filter, self.covering)
    }

    fn decoded(
        &self,
        file: &ArchiveFile,
        look: Look<'_>,
        start: Timestamp,
    ) -> Result<FileContents, PipelineError> {
        let is_routeviews = file.collector.project() == Project::RouteViews;
        let scan = Scan {
            kind: file.kind,
            filter: look.filter,
            covering: look.covering,
            from: start,
            to: self.study.window.to,
            silence: is_routeviews.then_some(self.study.rules.silence_threshold()),
            transfers: &[],
            progress: &|bytes| self.progress.advance(bytes),
        };
        let read = || {
            let read = decode::file(&file.path, &scan);
            read.map_err(|e| read_error(file, e))
        };
        let Some(checkpoints) = self.checkpoints else {
            return read();
        };
        let question = checkpoints.asks(file, &scan.digest(&look.digest));
        if let Some(decoded) = checkpoints.take(&question) {
            self.progress.spare(size(file));
            return Ok(decoded);
        }
        let decoded = read()?;
        checkpoints.keep(&question, &decoded);
        Ok(decoded)
    }
}

/// What files are read for.
#[derive(Clone, Copy)]
struct Look<'a> {
    filter: Filter<'a>,
    covering: CoveringDetail,
    /// Of the filter, worked out once for all files.
    digest: Digest,
}

impl<'a> Look<'a> {
    fn at(filter: Filter<'a>, covering: CoveringDetail) -> Self {
        Self {
            filter,
            covering,
            digest: filter.digest(covering),
        }
    }
}

/// A file to read.
enum Job<'a> {
    /// The RIB that a collector starts from, and older ones where it is cut.
    Start { at: usize },
    /// A RIB of the window.
    Later { at: usize, file: &'a ArchiveFile },
    /// Updates from a time on.
    Updates {
        at: usize,
        file: &'a ArchiveFile,
        start: Timestamp,
    },
}

impl Job<'_> {
    /// Whose, by its place among the collectors.
    const fn at(&self) -> usize {
        match self {
            Self::Start { at } | Self::Later { at, .. } | Self::Updates { at, .. } => *at,
        }
    }
}

/// What came of a job.
struct Read {
    files: Vec<DecodedFile>,
    /// The prefixes that they discover by origin.
    discovered: Vec<Prefix>,
    /// From when on the collector is replayed, once that is known.
    start: Option<Timestamp>,
}

/// Adds what was read of a collector. Files are many: each goes to its place at once.
fn put(data: &Mutex<&mut CollectorData>, read: Read, discovered: &Mutex<FxHashSet<Prefix>>) {
    if !read.discovered.is_empty() {
        let mut discovered = discovered.lock().unwrap_or_else(PoisonError::into_inner);
        discovered.extend(read.discovered);
    }
    let mut data = data.lock().unwrap_or_else(PoisonError::into_inner);
    data.files.extend(read.files);
    data.start = read.start.unwrap_or(data.start);
}

/// A collector's updates from a time on.
fn updates(at: usize, held: &Holdings, start: Timestamp) -> Vec<(u64, Job<'_>)> {
    let files = locate::from_start(&held.updates, start);
    files
        .map(|file| (size(file), Job::Updates { at, file, start }))
        .collect()
}

/// The prefixes that were discovered so far.
fn all_of(discovered: &Mutex<FxHashSet<Prefix>>) -> PrefixSet {
    let discovered = discovered.lock().unwrap_or_else(PoisonError::into_inner);
    discovered.iter().copied().collect()
}

fn size(file: &ArchiveFile) -> u64 {
    std::fs::metadata(&file.path).map_or(0, |m| m.len())
}

fn read_error(file: &ArchiveFile, source: io::Error) -> PipelineError {
    let path = file.path.to_path_buf();
    PipelineError::Read { path, source }
}
