//! Who fell silent, and whether it came back with a new session.

use super::{Reader, read_error, size};
use crate::decode::{self, CoveringDetail, Filter, Scan, TableTransfer};
use crate::model::archive::{ArchiveFile, FileKind};
use crate::model::net::Prefix;
use crate::model::peer::{Collector, PeerId, Project, Session};
use crate::model::time::Timestamp;
use crate::pipeline::{PipelineError, work};
use crate::replay::classify::PeerReport;
use crate::replay::input::{CollectorData, Peers, Role};
use crate::replay::session::SessionEvent;
use crate::replay::session_events::{self, PeerSilence};
use crate::replay::{Key, silence};
use crate::watchlist::PrefixSet;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

impl Reader<'_> {
    /// Finds RouteViews peers that fell silent, and whether they came back with a new session.
    pub(in crate::pipeline) fn add_silences(
        &self,
        collectors: &[CollectorData],
        peers: &Peers,
        reports: &[PeerReport],
        signs: &mut [Vec<(Key, SessionEvent)>],
    ) -> Result<(), PipelineError> {
        let rules = self.study.rules;
        let applies = |peer: PeerId| rules.silence_counts(&reports[peer as usize]);
        let end = self.study.window.to;
        let found =
            session_events::silences(collectors, peers, rules.silence_threshold(), end, applies);
        let spans = match found.is_empty() {
            true => BTreeMap::new(),
            false => spans(collectors),
        };
        let returns = found.iter().enumerate().filter_map(|(number, found)| {
            let from = Timestamp(found.silence.to?);
            let collector = &peers.list[found.peer as usize].collector;
            let files = spoken_in(spans.get(collector)?, from);
            let weight = files.iter().map(|file| size(file)).sum();
            Some((weight, (number, found, from, files)))
        });
        let returns: Vec<(u64, _)> = returns.collect();
        if !returns.is_empty() {
            let bytes = returns.iter().map(|(weight, _)| weight).sum();
            self.progress.begin("silences", bytes);
        }
        let anew = work::all(returns, |(number, found, from, files), _| {
            let session = peers.list[found.peer as usize].session;
            let anew = self.came_anew(found, session, from, &files);
            anew.map(|anew| (number, anew))
        });
        let anew: FxHashMap<usize, bool> = anew?.into_iter().collect();
        if !anew.is_empty() {
            self.progress.work("sessions");
        }
        for (number, found) in found.iter().enumerate() {
            let signs = &mut signs[found.peer as usize];
            signs.push((Key::after(found.silence.from), SessionEvent::Silent));
            if let (Some(to), Some(&anew)) = (found.silence.to, anew.get(&number)) {
                signs.push((Key::before(to), SessionEvent::Speaks { anew }));
            }
        }
        Ok(())
    }

    /// Whether a session that speaks again from a time on does so with its table.
    fn came_anew(
        &self,
        found: &PeerSilence,
        session: Session,
        from: Timestamp,
        files: &[&ArchiveFile],
    ) -> Result<bool, PipelineError> {
        let to = Timestamp(from.0 + silence::TRANSFER);
        let transfer = TableTransfer { session, from, to };
        let nothing = PrefixSet::default();
        let scan = Scan {
            kind: FileKind::Updates,
            filter: Filter::Prefixes(&nothing),
            from,
            to: Timestamp(to.0 + 1).min(self.study.window.to),
            silence: None,
            covering: CoveringDetail::PresenceOnly,
            transfers: &[transfer],
            progress: &|bytes| self.progress.advance(bytes),
        };
        let mut announced: FxHashSet<Prefix> = FxHashSet::default();
        for file in files {
            let found = decode::table_transfers(&file.path, &scan);
            let found = found.map_err(|e| read_error(file, e))?;
            announced.extend(found.into_iter().flatten());
        }
        Ok(silence::is_transfer(announced.len(), found.table))
    }
}

/// An update file with the times of its first and its latest record.
type Span<'a> = (Timestamp, Timestamp, &'a ArchiveFile);

/// The update files of RouteViews, by collector.
fn spans(collectors: &[CollectorData]) -> BTreeMap<&Collector, Vec<Span<'_>>> {
    let mut found = BTreeMap::new();
    for data in collectors {
        if data.collector.project() != Project::RouteViews {
            continue;
        }
        let updates = data.with_role(Role::Updates);
        let spans = updates.filter_map(|(_, read)| match read.span() {
            (Some(first), Some(latest)) => Some((first, latest, &read.file)),
            _ => None,
        });
        found.insert(&data.collector, spans.collect());
    }
    found
}

/// The files that hold what was said while a table may have been sent.
fn spoken_in<'a>(spans: &[Span<'a>], from: Timestamp) -> Vec<&'a ArchiveFile> {
    let to = Timestamp(from.0 + silence::TRANSFER);
    let meets = spans
        .iter()
        .filter(|(first, latest, _)| *first <= to && from <= *latest);
    meets.map(|(_, _, file)| *file).collect()
}
