//! The read stage: archive files → decoded files, in as many passes as it takes to miss nothing. The
//! first pass looks for what the watch list names, the second (`second_pass`) for prefixes that were
//! discovered by origin meanwhile; files of RouteViews may be read once more to tell whether a
//! session was re-established after a silence (`silences`).
//!
//! What is read ([`ReadInputs`]) stands apart from the machine that it is read on ([`Machine`]).

mod inputs;
mod second_pass;
mod silences;

use super::PipelineError;
use super::machine::{Machine, size};
use crate::locate::{self, CollectorFiles};
use crate::model::archive::ArchiveFile;
use crate::model::net::Prefix;
use crate::model::time::Timestamp;
use crate::replay::input::{CollectorData, DecodedFile, Role};
use crate::watchlist::PrefixSet;
pub(super) use inputs::ReadInputs;
use inputs::ScanPass;
use rustc_hash::FxHashSet;
use std::sync::{Mutex, PoisonError};

/// Reads the files of a run.
pub(super) struct ReadStage<'a> {
    pub inputs: ReadInputs<'a>,
    pub machine: &'a Machine<'a>,
}

/// Everything that was read.
pub(super) struct ReadFiles {
    /// By collector, in the order of the files that were given.
    pub collectors: Vec<CollectorData>,
    /// The prefixes that were discovered by origin.
    pub discovered: PrefixSet,
}

impl ReadStage<'_> {
    /// Reads every file that matters.
    pub(crate) fn read(&self, files: Vec<CollectorFiles>) -> Result<ReadFiles, PipelineError> {
        let mut collectors: Vec<CollectorData> = files.iter().map(|f| self.unread(f)).collect();
        let mut jobs = Vec::new();
        for (at, files) in files.iter().enumerate() {
            let (before, later) = self.inputs.ribs(files);
            let newest = before.last().map_or(0, |f| size(f));
            jobs.push((newest, Job::Start { at }));
            let later = later.into_iter();
            let later = later.map(|file| (size(file), Job::Later { at, file }));
            jobs.extend(later);
        }
        // The updates are searched for prefixes that a RIB discovers from their start on. So with
        // origins to watch they wait for every RIB.
        let waits = self.inputs.list.has_origins();
        let ribs: u64 = jobs.iter().map(|(size, _)| size).sum();
        let expected_updates = |f: &CollectorFiles| self.inputs.expected_updates(f).map(size).sum();
        let expected: Vec<u64> = files.iter().map(expected_updates).collect();
        match waits {
            true => self.machine.progress.begin("RIBs", ribs),
            false => {
                let updates: u64 = expected.iter().sum();
                self.machine.progress.begin("reading", ribs + updates);
            }
        }
        let discovered = Discovered::default();
        let nothing = PrefixSet::default();
        let pass = self.inputs.first_pass(&nothing);
        let results: Vec<Mutex<&mut CollectorData>> =
            collectors.iter_mut().map(Mutex::new).collect();
        self.machine.run(jobs, |job, more| {
            let at = job.collector();
            let read = self.run_job(job, &files[at], pass)?;
            if let (Some(start), false) = (read.start, waits) {
                let updates = updates(at, &files[at], start);
                let bytes = updates.iter().map(|(size, _)| size).sum();
                self.machine.correct(expected[at], bytes);
                more.extend(updates);
            }
            add(&results[at], read, &discovered);
            Ok(())
        })?;
        drop(results);
        if waits {
            self.read_updates(&mut collectors, &files, &discovered)?;
        }
        drop(files);
        for data in &mut collectors {
            self.complete(data);
        }
        Ok(ReadFiles {
            collectors,
            discovered: discovered.all(),
        })
    }

    fn unread(&self, files: &CollectorFiles) -> CollectorData {
        CollectorData {
            collector: files.collector.clone(),
            files: Vec::new(),
            first_file: 0,
            start: self.inputs.window.from,
            gaps: Vec::new(),
            missing: files.missing.clone(),
            listing_source: files.listing_source,
        }
    }

    /// Sorts the files of a collector, and finds the gaps between them.
    fn complete(&self, data: &mut CollectorData) {
        data.files.shrink_to_fit();
        // A RIB acts before the updates of a file that starts with it.
        let by_start = |a: &DecodedFile, b: &DecodedFile| locate::by_start(&a.file, &b.file);
        data.files.sort_by(by_start);
        let updates: Vec<(Timestamp, Timestamp)> = data
            .with_role(Role::Updates)
            .map(|(_, f)| (f.file.start, f.file.end))
            .collect();
        let end = self.inputs.window.to;
        let (collector, start) = (&data.collector, data.start);
        data.gaps = locate::gaps(collector, &updates, &data.missing, start, end);
    }

    /// Reads the updates, once the RIBs have discovered what they can.
    fn read_updates(
        &self,
        collectors: &mut [CollectorData],
        files: &[CollectorFiles],
        discovered: &Discovered,
    ) -> Result<(), PipelineError> {
        let by_ribs = discovered.all();
        self.complete_ribs(collectors, &by_ribs)?;
        let pass = self.inputs.first_pass(&by_ribs);
        let of_collector = collectors.iter().zip(files).enumerate();
        let jobs = of_collector.flat_map(|(at, (data, files))| updates(at, files, data.start));
        let jobs: Vec<(u64, Job<'_>)> = jobs.collect();
        let bytes = jobs.iter().map(|(size, _)| size).sum();
        self.machine.progress.begin("updates", bytes);
        let results: Vec<Mutex<&mut CollectorData>> =
            collectors.iter_mut().map(Mutex::new).collect();
        self.machine.run(jobs, |job, _| {
            let at = job.collector();
            let read = self.run_job(job, &files[at], pass)?;
            add(&results[at], read, discovered);
            Ok(())
        })?;
        drop(results);
        let all = discovered.all();
        let by_updates: PrefixSet = all.iter().filter(|p| !by_ribs.contains(*p)).collect();
        // A prefix that is discovered in one file may have been withdrawn in an earlier one.
        self.complete_all(collectors, &by_updates)
    }

    fn run_job(
        &self,
        job: Job<'_>,
        files: &CollectorFiles,
        pass: ScanPass<'_>,
    ) -> Result<Read, PipelineError> {
        match job {
            Job::Start { .. } => self.start(files, pass),
            Job::Later { file, .. } => self.file(file, Role::LaterRib, pass, Timestamp(0)),
            Job::Updates { file, start, .. } => self.file(file, Role::Updates, pass, start),
        }
    }

    /// Reads the RIB that a collector's replay starts from, and an older one to classify feeds by
    /// where that is cut or damaged.
    fn start(&self, files: &CollectorFiles, pass: ScanPass<'_>) -> Result<Read, PipelineError> {
        let mut read = Read::default();
        let (before, _) = self.inputs.ribs(files);
        for (older, file) in before.into_iter().rev().enumerate() {
            if older > 0 {
                self.machine.progress.more(size(file));
            }
            let mut rib = self.file(file, Role::UnusableRib, pass, Timestamp(0))?;
            read.discovered.append(&mut rib.discovered);
            for mut rib in rib.files {
                let first = rib.span().map_or(file.start, |(first, _)| first);
                let is_usable = rib.contents().lists_anything()
                    && !locate::is_too_late(first, self.inputs.window);
                rib.role = match (read.start.is_some(), is_usable) {
                    (_, false) => Role::UnusableRib,
                    (false, true) => Role::StartRib,
                    (true, true) if rib.is_whole => Role::FullFeedRib,
                    (true, true) => Role::UnusableRib,
                };
                if rib.role == Role::StartRib {
                    read.start = Some(first);
                }
                read.files.push(rib);
            }
            let is_enough = |rib: &DecodedFile| rib.is_whole && rib.role != Role::UnusableRib;
            if read.files.last().is_some_and(is_enough) {
                break;
            }
        }
        read.start
            .get_or_insert_with(|| self.inputs.start_without_rib(files));
        Ok(read)
    }

    /// Reads a file. Update records before `start` are left out.
    fn file(
        &self,
        file: &ArchiveFile,
        role: Role,
        pass: ScanPass<'_>,
        start: Timestamp,
    ) -> Result<Read, PipelineError> {
        let progress = |bytes| self.machine.progress.advance(bytes);
        let scan = self.inputs.scan(file, pass, start, &progress);
        let contents = self.machine.contents(file, &scan, &pass.digest)?;
        Ok(Read {
            discovered: contents.discovered.clone(),
            files: vec![DecodedFile::new(file.clone(), role, contents)],
            start: None,
        })
    }
}

/// A file to read. A collector is named by its index.
enum Job<'a> {
    /// The RIB that a collector's replay starts from, and older ones where it is cut.
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
    const fn collector(&self) -> usize {
        match self {
            Self::Start { at } | Self::Later { at, .. } | Self::Updates { at, .. } => *at,
        }
    }
}

/// A collector's update files from a time on, with their sizes.
fn updates(at: usize, files: &CollectorFiles, start: Timestamp) -> Vec<(u64, Job<'_>)> {
    let files = locate::from_start(&files.updates, start);
    files
        .map(|file| (size(file), Job::Updates { at, file, start }))
        .collect()
}

/// The result of a job.
#[derive(Default)]
struct Read {
    files: Vec<DecodedFile>,
    /// The prefixes that the files discover by origin.
    discovered: Vec<Prefix>,
    /// When the collector's replay starts, where the job tells that.
    start: Option<Timestamp>,
}

/// Adds the result of a job to its collector at once: there are many files.
fn add(data: &Mutex<&mut CollectorData>, read: Read, discovered: &Discovered) {
    discovered.add(read.discovered);
    let mut data = data.lock().unwrap_or_else(PoisonError::into_inner);
    data.files.extend(read.files);
    data.start = read.start.unwrap_or(data.start);
}

/// The prefixes discovered by origin so far.
#[derive(Default)]
struct Discovered(Mutex<FxHashSet<Prefix>>);

impl Discovered {
    fn add(&self, prefixes: Vec<Prefix>) {
        if !prefixes.is_empty() {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.extend(prefixes);
        }
    }

    fn all(&self) -> PrefixSet {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().copied().collect()
    }
}
