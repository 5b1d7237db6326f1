//! Reads every file that matters, side by side, as often as it takes to miss nothing.

use super::{PipelineError, Progress};
use crate::decode::{self, Burst, Scan, Seek};
use crate::locate::{self, Holdings};
use crate::model::archive::{ArchiveFile, Decoded, FileKind};
use crate::model::net::Prefix;
use crate::model::peer::{PeerId, Project};
use crate::model::time::Timestamp;
use crate::replay::feed::FeedRule;
use crate::replay::gather::{Peers, ReadFile, Reading, Role};
use crate::replay::judge::PeerReport;
use crate::replay::session::Sign;
use crate::replay::signs::{self, PeerSilence};
use crate::replay::{Key, silence};
use crate::select::WatchList;
use crate::study::Study;
use rayon::prelude::*;
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
        let none = FxHashSet::default();
        let rib_files: Vec<&ArchiveFile> = holdings.iter().flat_map(|h| &h.ribs).collect();
        self.progress
            .begin("RIBs", rib_files.iter().map(|f| size(f)).sum());
        let mut readings: Vec<Reading> = holdings
            .par_iter()
            .map(|h| self.ribs(h, &none))
            .collect::<Result<_, _>>()?;
        // Whatever a RIB gives away is looked for in the updates from the start.
        let mut given: FxHashSet<Prefix> = FxHashSet::default();
        for file in readings.iter().flat_map(|r| &r.files) {
            given.extend(&file.main().given_away);
        }
        self.again(&mut readings, &given, None)?;

        let mut jobs: Vec<(usize, ArchiveFile, Timestamp)> = Vec::new();
        for (at, (reading, held)) in readings.iter().zip(&holdings).enumerate() {
            let files = locate::from_start(&held.updates, reading.start);
            jobs.extend(files.into_iter().map(|f| (at, f, reading.start)));
        }
        self.progress
            .begin("updates", jobs.iter().map(|j| size(&j.1)).sum());
        // Largest first keeps every core busy to the end.
        jobs.sort_by_key(|(_, f, _)| std::cmp::Reverse(size(f)));
        let seek = Seek::Everything {
            list: self.list,
            given_away: &given,
        };
        let read: Vec<(usize, ReadFile)> = jobs
            .into_par_iter()
            .with_max_len(1)
            .map(|(at, file, start)| {
                let decoded = self.file(&file, seek, start)?;
                let layers = vec![decoded];
                let role = Role::Updates;
                Ok((at, ReadFile { file, role, layers }))
            })
            .collect::<Result<_, PipelineError>>()?;
        let mut late: FxHashSet<Prefix> = FxHashSet::default();
        for (at, file) in read {
            late.extend(&file.main().given_away);
            readings[at].files.push(file);
        }
        // A prefix that gave itself away in one file may have been withdrawn in an earlier one.
        self.again(&mut readings, &given, Some(&late))?;
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

    /// Reads a collector's RIBs: the one to start from, one to judge by if that is cut, and those
    /// that come later in the window.
    fn ribs(&self, held: &Holdings, none: &FxHashSet<Prefix>) -> Result<Reading, PipelineError> {
        let window = self.study.window;
        let seek = Seek::Everything {
            list: self.list,
            given_away: none,
        };
        let (before, later): (Vec<_>, Vec<_>) =
            held.ribs.iter().partition(|f| f.start <= window.from);
        let mut files: Vec<ReadFile> = Vec::new();
        let mut start = None;
        for file in before.into_iter().rev() {
            let decoded = self.file(file, seek, Timestamp(0))?;
            let role = match (start.is_some(), decoded.lists_anything()) {
                (_, false) => Role::UselessRib,
                (false, true) => Role::StartRib,
                (true, true) if decoded.is_whole() => Role::JudgeRib,
                (true, true) => Role::UselessRib,
            };
            let whole = decoded.is_whole();
            if role == Role::StartRib {
                start = Some(decoded.first.unwrap_or(file.start));
            }
            let file = file.clone();
            let layers = vec![decoded];
            files.push(ReadFile { file, role, layers });
            if whole && matches!(role, Role::StartRib | Role::JudgeRib) {
                break;
            }
        }
        let read_later: Vec<ReadFile> = later
            .into_par_iter()
            .map(|file| {
                let layers = vec![self.file(file, seek, Timestamp(0))?];
                let role = Role::LaterRib;
                let file = file.clone();
                Ok(ReadFile { file, role, layers })
            })
            .collect::<Result<_, PipelineError>>()?;
        files.extend(read_later);
        let in_progress = held.updates.iter().rfind(|f| f.start <= window.from);
        let in_progress = in_progress.filter(|f| f.end > window.from);
        let without = in_progress.map_or(window.from, |f| f.start);
        Ok(Reading {
            collector: held.collector.clone(),
            files,
            first_file: 0,
            start: start.unwrap_or(without),
            holes: Vec::new(),
            lost: held.lost.clone(),
            way: held.way,
        })
    }

    /// Reads files again for prefixes that gave themselves away elsewhere. With `late`, those only
    /// (`given` were looked for already); without, what `given` has beyond each file's own.
    fn again(
        &self,
        readings: &mut [Reading],
        given: &FxHashSet<Prefix>,
        late: Option<&FxHashSet<Prefix>>,
    ) -> Result<(), PipelineError> {
        let mut jobs: Vec<(&mut ReadFile, FxHashSet<Prefix>, Timestamp)> = Vec::new();
        for reading in readings {
            let start = reading.start;
            for file in &mut reading.files {
                let missing: FxHashSet<Prefix> = match late {
                    Some(late) => late.difference(given).copied().collect(),
                    None => {
                        let own: FxHashSet<Prefix> = emitted(file.main()).collect();
                        given.difference(&own).copied().collect()
                    }
                };
                let replayed = matches!(file.role, Role::StartRib | Role::LaterRib | Role::Updates);
                if replayed && !missing.is_empty() {
                    jobs.push((file, missing, start));
                }
            }
        }
        if jobs.is_empty() {
            return Ok(());
        }
        self.progress
            .begin("second look", jobs.iter().map(|j| size(&j.0.file)).sum());
        jobs.sort_by_key(|(f, _, _)| std::cmp::Reverse(size(&f.file)));
        jobs.into_par_iter()
            .with_max_len(1)
            .try_for_each(|(file, missing, start)| {
                let layer = self.file(&file.file, Seek::Only(&missing), start)?;
                // What the first look had of these prefixes in part is here in full.
                let main = &mut file.layers[0];
                let prefixes = &main.prefixes;
                main.entries
                    .retain(|e| !missing.contains(&prefixes[e.prefix as usize]));
                file.layers.push(layer);
                Ok(())
            })
    }

    fn file(
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
        };
        let decoded = decode::file(&file.path, &scan).map_err(|e| read_error(file, e))?;
        self.progress.advance(decoded.bytes);
        Ok(decoded)
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
        let nothing = FxHashSet::default();
        let scan = Scan {
            kind: FileKind::Updates,
            seek: Seek::Only(&nothing),
            from,
            to: Timestamp(to.0 + 1).min(self.study.window.to),
            silence: None,
            bursts: &[burst],
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

/// The prefixes that a RIB's own origins gave away and that its first look kept in full: a
/// record of TABLE_DUMP_V2 holds all routes of a prefix, unless ADD-PATH peers have another.
fn emitted(decoded: &Decoded) -> impl Iterator<Item = Prefix> + '_ {
    let has = |end: &str| decoded.records.keys().any(|k| k.ends_with(end));
    let old = decoded.records.keys().any(|k| k.starts_with("TABLE_DUMP/"));
    let one_record = !(old || has("_ADDPATH") && has("_UNICAST"));
    decoded
        .given_away
        .iter()
        .copied()
        .filter(move |_| one_record)
}

fn size(file: &ArchiveFile) -> u64 {
    std::fs::metadata(&file.path).map_or(0, |m| m.len())
}

fn read_error(file: &ArchiveFile, source: io::Error) -> PipelineError {
    let path = file.path.clone();
    PipelineError::Read { path, source }
}
