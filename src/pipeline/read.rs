//! Reads every file that matters, side by side, as often as it takes to miss nothing.

use super::{PipelineError, Progress, work};
use crate::decode::{self, Burst, Scan, Seek};
use crate::locate::{self, Holdings};
use crate::model::archive::{ArchiveFile, Decoded, FileKind};
use crate::model::net::Prefix;
use crate::model::peer::{PeerId, Project};
use crate::model::route::{PrefixId, What};
use crate::model::time::Timestamp;
use crate::replay::feed::FeedRule;
use crate::replay::gather::{Peers, ReadFile, Reading, Role};
use crate::replay::judge::PeerReport;
use crate::replay::session::Sign;
use crate::replay::signs::{self, PeerSilence};
use crate::replay::{Key, silence};
use crate::select::{Place, PrefixSet, WatchList};
use crate::study::Study;
use rustc_hash::FxHashSet;
use std::io;

/// Reads for one study.
pub(super) struct Reader<'a> {
    pub(super) study: &'a Study,
    pub(super) list: &'a WatchList,
    pub(super) progress: &'a dyn Progress,
}

impl Reader<'_> {
    /// Reads every file that matters, as often as it takes to miss nothing.
    pub(super) fn all(&self, holdings: Vec<Holdings>) -> Result<Vec<Reading>, PipelineError> {
        let unread = |held: &Holdings| Reading {
            collector: held.collector.clone(),
            files: Vec::new(),
            first_file: 0,
            start: self.study.window.from,
            holes: Vec::new(),
            lost: held.lost.clone(),
            way: held.way,
        };
        let mut readings: Vec<Reading> = holdings.iter().map(unread).collect();
        let mut jobs = Vec::new();
        for (at, held) in holdings.iter().enumerate() {
            let (before, later) = self.ribs(held);
            let newest = before.last().map_or(0, |f| size(f));
            jobs.push((newest, Job::Start { at }));
            let later = later.into_iter().map(|file| {
                let file = file.clone();
                (size(&file), Job::Later { at, file })
            });
            jobs.extend(later);
        }
        self.begin(&holdings, &jobs);
        // What a RIB gives away is looked for in the updates from the start: with origins to watch
        // they wait for every RIB.
        let waits = self.list.has_origins();
        let none = PrefixSet::default();
        let read = work::all(jobs, |job, more| {
            let at = job.at();
            let read = self.job(job, &holdings[at], &none)?;
            if let (Some(start), false) = (read.start, waits) {
                more.extend(updates(at, &holdings[at], start));
            }
            Ok::<_, PipelineError>((at, read))
        })?;
        for (at, read) in read {
            readings[at].files.extend(read.files);
            readings[at].start = read.start.unwrap_or(readings[at].start);
        }
        if waits {
            self.updates_after(&mut readings, &holdings)?;
        }
        for reading in &mut readings {
            reading.files.sort_by(|a, b| {
                // A RIB acts before the updates of a file that began with it.
                let key = |f: &ReadFile| (f.file.start, f.file.kind);
                key(a)
                    .cmp(&key(b))
                    .then_with(|| a.file.url.cmp(&b.file.url))
            });
            let updates: Vec<ArchiveFile> = reading
                .with_role(Role::Updates)
                .map(|(_, f)| f.file.clone())
                .collect();
            let end = self.study.window.to;
            let (collector, start) = (&reading.collector, reading.start);
            reading.holes = locate::holes(collector, &updates, &reading.lost, start, end);
        }
        Ok(readings)
    }

    /// Says how much is to be read, as far as the names of the files tell.
    fn begin(&self, holdings: &[Holdings], jobs: &[(u64, Job)]) {
        let ribs: u64 = jobs.iter().map(|(size, _)| size).sum();
        let updates = holdings.iter().flat_map(|held| {
            let (before, _) = self.ribs(held);
            let start = before.last().map_or(self.study.window.from, |f| f.start);
            locate::from_start(&held.updates, start)
        });
        self.progress
            .begin("reading", ribs + updates.map(|f| size(&f)).sum::<u64>());
    }

    /// Reads the updates once all RIBs have given away what they can.
    fn updates_after(
        &self,
        readings: &mut [Reading],
        holdings: &[Holdings],
    ) -> Result<(), PipelineError> {
        let given = given_away(readings);
        self.again(readings, &given, None)?;
        let held = readings.iter().zip(holdings).enumerate();
        let jobs = held.flat_map(|(at, (reading, held))| updates(at, held, reading.start));
        let read = work::all(jobs.collect(), |job, _| {
            let at = job.at();
            let read = self.job(job, &holdings[at], &given);
            read.map(|read| (at, read))
        })?;
        for (at, read) in read {
            readings[at].files.extend(read.files);
        }
        let all = given_away(readings);
        let late = all.iter().filter(|p| !given.contains(*p)).collect();
        // A prefix that gave itself away in one file may have been withdrawn in an earlier one.
        self.again(readings, &given, Some(&late))
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

    fn job(&self, job: Job, held: &Holdings, given: &PrefixSet) -> Result<Read, PipelineError> {
        let file = match job {
            Job::Start { .. } => return self.start(held),
            Job::Later { file, .. } => self.read(file, Role::LaterRib, given, None)?,
            Job::Updates { file, start, .. } => {
                self.read(file, Role::Updates, given, Some(start))?
            }
        };
        let files = vec![file];
        Ok(Read { files, start: None })
    }

    /// Reads a collector's RIB to start from, and one to judge by if that is cut.
    fn start(&self, held: &Holdings) -> Result<Read, PipelineError> {
        let none = PrefixSet::default();
        let mut files: Vec<ReadFile> = Vec::new();
        let mut start = None;
        let (before, _) = self.ribs(held);
        for file in before.into_iter().rev() {
            let mut read = self.read(file.clone(), Role::UselessRib, &none, None)?;
            let whole = read.main().is_whole();
            read.role = match (start.is_some(), read.main().lists_anything()) {
                (_, false) => Role::UselessRib,
                (false, true) => Role::StartRib,
                (true, true) if whole => Role::JudgeRib,
                (true, true) => Role::UselessRib,
            };
            if read.role == Role::StartRib {
                start = Some(read.main().first.unwrap_or(file.start));
            }
            let is_enough = whole && matches!(read.role, Role::StartRib | Role::JudgeRib);
            files.push(read);
            if is_enough {
                break;
            }
        }
        let start = Some(start.unwrap_or_else(|| self.without_rib(held)));
        Ok(Read { files, start })
    }

    /// Reads files again for prefixes that gave themselves away elsewhere, and for what covers
    /// them. With `late`, those (`given` were looked for already); without, what `given` has
    /// beyond each file's own.
    fn again(
        &self,
        readings: &mut [Reading],
        given: &PrefixSet,
        late: Option<&PrefixSet>,
    ) -> Result<(), PipelineError> {
        let mut jobs: Vec<(u64, Second<'_>)> = Vec::new();
        for reading in readings {
            let start = reading.start;
            for file in &mut reading.files {
                let missing: PrefixSet = match late {
                    Some(late) => late.clone(),
                    None => {
                        let own: PrefixSet = emitted(file.main()).collect();
                        given.iter().filter(|p| !own.contains(*p)).collect()
                    }
                };
                let replayed = matches!(file.role, Role::StartRib | Role::LaterRib | Role::Updates);
                if replayed && !missing.is_empty() {
                    let size = size(&file.file);
                    let job = Second {
                        file,
                        missing,
                        start,
                    };
                    jobs.push((size, job));
                }
            }
        }
        if jobs.is_empty() {
            return Ok(());
        }
        self.progress
            .begin("second look", jobs.iter().map(|(size, _)| size).sum());
        let looked = work::all(jobs, |job, _| {
            let Second {
                file,
                missing,
                start,
            } = job;
            let layer = self.decoded(&file.file, Seek::Only(&missing), start)?;
            // What the first look had of these prefixes in part is here in full, and so is what
            // covers them.
            let main = &mut file.layers[0];
            let places = main.prefixes.iter().map(|p| missing.place(*p));
            let places: Vec<Place> = places.collect();
            let stays = |prefix: PrefixId| places[prefix as usize] == Place::Apart;
            main.entries.retain(|e| stays(e.prefix));
            main.events.retain(|e| match e.what {
                What::Announce { prefix, .. } | What::Withdraw { prefix, .. } => stays(prefix),
                What::State { .. } | What::Update | What::EndOfRib(_) | What::Damaged => true,
            });
            file.layers.push(layer);
            Ok(())
        });
        looked.map(|_| ())
    }

    /// Reads a file; of updates, what is not before the start.
    fn read(
        &self,
        file: ArchiveFile,
        role: Role,
        given_away: &PrefixSet,
        start: Option<Timestamp>,
    ) -> Result<ReadFile, PipelineError> {
        let seek = Seek::Everything {
            list: self.list,
            given_away,
        };
        let layers = vec![self.decoded(&file, seek, start.unwrap_or(Timestamp(0)))?];
        Ok(ReadFile { file, role, layers })
    }

    fn decoded(
        &self,
        file: &ArchiveFile,
        seek: Seek<'_>,
        start: Timestamp,
    ) -> Result<Decoded, PipelineError> {
        let is_routeviews = file.collector.project() == Project::RouteViews;
        let scan = Scan {
            kind: file.kind,
            seek,
            from: start,
            to: self.study.window.to,
            silence: is_routeviews.then_some(self.threshold()),
            bursts: &[],
            heard: &|bytes| self.progress.advance(bytes),
        };
        decode::file(&file.path, &scan).map_err(|e| read_error(file, e))
    }

    fn threshold(&self) -> i64 {
        self.study.rules.silence.unwrap_or(silence::THRESHOLD)
    }

    /// Finds RouteViews peers that fell silent, and whether they came back with a new session.
    pub(super) fn add_silences(
        &self,
        readings: &[Reading],
        peers: &Peers,
        reports: &[PeerReport],
        signs: &mut [Vec<(Key, Sign)>],
    ) -> Result<(), PipelineError> {
        let applies = |peer: PeerId| match self.study.rules.full_feed {
            FeedRule::All => {
                self.study.rules.silence.is_some() && reports[peer as usize].is_listed()
            }
            _ => reports[peer as usize].is_full_feed(),
        };
        let end = self.study.window.to;
        for found in signs::silences(readings, peers, self.threshold(), end, applies) {
            let signs = &mut signs[found.peer as usize];
            signs.push((Key::after(found.silence.from), Sign::Silent));
            if let Some(to) = found.silence.to {
                let anew = self.came_anew(readings, peers, &found, Timestamp(to))?;
                signs.push((Key::before(to), Sign::Speaks { anew }));
            }
        }
        Ok(())
    }

    fn came_anew(
        &self,
        readings: &[Reading],
        peers: &Peers,
        found: &PeerSilence,
        from: Timestamp,
    ) -> Result<bool, PipelineError> {
        let peer = &peers.list[found.peer as usize];
        let to = Timestamp(from.0 + silence::TRANSFER);
        let burst = Burst {
            session: peer.session,
            from,
            to,
        };
        let nothing = PrefixSet::default();
        let scan = Scan {
            kind: FileKind::Updates,
            seek: Seek::Only(&nothing),
            from,
            to: Timestamp(to.0 + 1).min(self.study.window.to),
            silence: None,
            bursts: &[burst],
            heard: &|_| {},
        };
        let mut announced: FxHashSet<Prefix> = FxHashSet::default();
        let reading = readings.iter().filter(|r| r.collector == peer.collector);
        for (_, read) in reading.flat_map(|r| r.with_role(Role::Updates)) {
            let span = (read.main().first, read.main().latest);
            if let (Some(first), Some(latest)) = span
                && first <= to
                && from <= latest
            {
                let found = decode::bursts(&read.file.path, &scan);
                let found = found.map_err(|e| read_error(&read.file, e))?;
                announced.extend(found.into_iter().flatten());
            }
        }
        Ok(silence::is_transfer(announced.len(), found.table))
    }
}

/// A file to read.
enum Job {
    /// The RIB that a collector starts from, and older ones where it is cut.
    Start { at: usize },
    /// A RIB of the window.
    Later { at: usize, file: ArchiveFile },
    /// Updates from a time on.
    Updates {
        at: usize,
        file: ArchiveFile,
        start: Timestamp,
    },
}

impl Job {
    /// Whose, by its place among the collectors.
    const fn at(&self) -> usize {
        match self {
            Self::Start { at } | Self::Later { at, .. } | Self::Updates { at, .. } => *at,
        }
    }
}

/// What came of a job.
struct Read {
    files: Vec<ReadFile>,
    /// From when on the collector is replayed, once that is known.
    start: Option<Timestamp>,
}

/// A file to read again.
struct Second<'a> {
    file: &'a mut ReadFile,
    missing: PrefixSet,
    start: Timestamp,
}

/// A collector's updates from a time on.
fn updates(at: usize, held: &Holdings, start: Timestamp) -> Vec<(u64, Job)> {
    let files = locate::from_start(&held.updates, start).into_iter();
    files
        .map(|file| (size(&file), Job::Updates { at, file, start }))
        .collect()
}

/// What has given itself away by its origin in any of the files.
pub(super) fn given_away(readings: &[Reading]) -> PrefixSet {
    let files = readings.iter().flat_map(|r| &r.files);
    files
        .flat_map(|f| f.main().given_away.iter().copied())
        .collect()
}

/// The prefixes that a RIB's own origins gave away and that its first look kept in full, with
/// what covers them: a record of TABLE_DUMP_V2 holds all routes of a prefix, unless ADD-PATH peers
/// have another.
fn emitted(decoded: &Decoded) -> impl Iterator<Item = Prefix> + '_ {
    let has = |end: &str| decoded.records.keys().any(|k| k.ends_with(end));
    let old = decoded.records.keys().any(|k| k.starts_with("TABLE_DUMP/"));
    let one_record = !(old || has("_ADDPATH") && has("_UNICAST"));
    let in_full = one_record && decoded.has_all_covering;
    decoded.given_away.iter().copied().filter(move |_| in_full)
}

fn size(file: &ArchiveFile) -> u64 {
    std::fs::metadata(&file.path).map_or(0, |m| m.len())
}

fn read_error(file: &ArchiveFile, source: io::Error) -> PipelineError {
    let path = file.path.clone();
    PipelineError::Read { path, source }
}
