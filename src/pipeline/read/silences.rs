//! Silences of RouteViews peers: whether the session was re-established when one ends.

use super::ReadStage;
use crate::decode::{self, CoveringDetail, Filter, Scan, TableTransfer};
use crate::model::archive::{ArchiveFile, FileKind};
use crate::model::net::Prefix;
use crate::model::peer::{Collector, Project, Session};
use crate::model::time::Timestamp;
use crate::pipeline::PipelineError;
use crate::pipeline::machine::{read_error, size};
use crate::replay::RecordOrder;
use crate::replay::input::{CollectorData, Role};
use crate::replay::session::SessionInput;
use crate::replay::session_events::CollectedPeer;
use crate::replay::silence::{self, PeerSilence};
use crate::watchlist::PrefixSet;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

impl ReadStage<'_> {
    /// Adds the silences to the inputs of the sessions, and for each that ends, whether the session
    /// was re-established: then the peer sends its table, which the files are read again for.
    pub(in crate::pipeline) fn add_silences(
        &self,
        collectors: &[CollectorData],
        silences: &[PeerSilence],
        peers: &mut [CollectedPeer],
    ) -> Result<(), PipelineError> {
        let spans = match silences.is_empty() {
            true => BTreeMap::new(),
            false => spans(collectors),
        };
        let ends = silences.iter().enumerate().filter_map(|(number, found)| {
            let from = Timestamp(found.silence.to?);
            let peer = &peers[found.peer as usize].peer;
            let files = files_of_transfer(spans.get(&peer.collector)?, from);
            let weight = files.iter().map(|file| size(file)).sum();
            Some((weight, (number, found, peer.session, from, files)))
        });
        let ends: Vec<(u64, _)> = ends.collect();
        if !ends.is_empty() {
            let bytes = ends.iter().map(|(weight, _)| weight).sum();
            self.machine.progress.begin("silences", bytes);
        }
        let reestablished = self
            .machine
            .run(ends, |(number, found, session, from, files), _| {
                let is_new = self.is_reestablished(found, session, from, &files);
                is_new.map(|is_new| (number, is_new))
            });
        let reestablished: FxHashMap<usize, bool> = reestablished?.into_iter().collect();
        if !reestablished.is_empty() {
            self.machine.progress.work("sessions");
        }
        for (number, found) in silences.iter().enumerate() {
            let inputs = &mut peers[found.peer as usize].inputs;
            let begin = RecordOrder::after(found.silence.from);
            inputs.push((begin, SessionInput::SilenceBegins));
            if let (Some(to), Some(&reestablished)) = (found.silence.to, reestablished.get(&number))
            {
                let end = SessionInput::SilenceEnds { reestablished };
                inputs.push((RecordOrder::before(to), end));
            }
        }
        Ok(())
    }

    /// Whether a session that sends messages again from a time on sends its whole table.
    fn is_reestablished(
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
            to: Timestamp(to.0 + 1).min(self.inputs.window.to),
            silence: None,
            covering: CoveringDetail::PresenceOnly,
            transfers: &[transfer],
            progress: &|bytes| self.machine.progress.advance(bytes),
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
        let spans = updates.filter_map(|(_, read)| {
            let (first, latest) = read.span()?;
            Some((first, latest, &read.file))
        });
        found.insert(&data.collector, spans.collect());
    }
    found
}

/// The files whose records lie in the time that a table transfer may take.
fn files_of_transfer<'a>(spans: &[Span<'a>], from: Timestamp) -> Vec<&'a ArchiveFile> {
    let to = Timestamp(from.0 + silence::TRANSFER);
    let meets = spans
        .iter()
        .filter(|(first, latest, _)| *first <= to && from <= *latest);
    meets.map(|(_, _, file)| *file).collect()
}
