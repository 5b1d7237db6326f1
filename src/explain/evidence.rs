//! Evidence: the records behind a peer's presence, read from their files.

use crate::decode::inspect::{self, RecordPosition, RecordQuery};
use crate::model::net::Prefix;
use crate::model::peer::PeerId;
use crate::model::record::Record;
use crate::model::route::{Cause, FileId};
use crate::model::time::Timestamp;
use crate::pipeline::{PipelineError, Replayed};
use rayon::prelude::*;

/// What a piece of evidence shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// The RIB that the replay starts from: it lists the route, or the peer without it.
    StartRib,
    /// Nothing about the prefix has been observed from the peer yet.
    NotObserved,
    /// A change of presence, as `transitions` has it.
    Change(Cause),
}

impl EvidenceKind {
    /// `rib`, `unheard`, or the cause as the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::StartRib => "rib",
            Self::NotObserved => "unheard",
            Self::Change(cause) => cause.label(),
        }
    }
}

/// One piece of evidence about a prefix at a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What it shows.
    pub kind: EvidenceKind,
    /// When it took effect, UTC; for the RIB that the replay starts from, its first record.
    pub time: Option<Timestamp>,
    /// The file; before the record has been read ([`read`]), those that may contain it.
    pub files: Vec<FileId>,
    /// Which record of the file; `None` where no record shows it.
    pub position: Option<RecordPosition>,
    /// What no record shows, in words.
    pub note: Option<String>,
    /// The record, once it has been read.
    pub record: Option<Record>,
}

impl Evidence {
    pub(super) fn note(kind: EvidenceKind, note: &str) -> Self {
        Self {
            kind,
            time: None,
            files: Vec::new(),
            position: None,
            note: Some(note.to_owned()),
            record: None,
        }
    }

    pub(super) fn at(kind: EvidenceKind, file: FileId, offset: u64) -> Self {
        Self {
            kind,
            time: None,
            files: vec![file],
            position: Some(RecordPosition::At(offset)),
            note: None,
            record: None,
        }
    }

    /// The byte offset of the record in its decompressed file, once that is known.
    pub fn offset(&self) -> Option<u64> {
        match (&self.record, self.position) {
            (Some(record), _) => Some(record.offset),
            (None, Some(RecordPosition::At(offset))) => Some(offset),
            (None, _) => None,
        }
    }
}

/// Reads the records of all evidence about a prefix; each file is read once.
///
/// # Errors
/// A file cannot be read from disk.
pub fn read(
    run: &Replayed,
    prefix: Prefix,
    mut all: Vec<(PeerId, &mut Evidence)>,
) -> Result<(), PipelineError> {
    let mut by_file: Vec<(FileId, Vec<(usize, RecordQuery)>)> = Vec::new();
    for (at, (peer, evidence)) in all.iter().enumerate() {
        let Some(position) = evidence.position else {
            continue;
        };
        let session = run.reports[*peer as usize].peer.session;
        let wanted = RecordQuery {
            position,
            session,
            prefix,
        };
        for &file in &evidence.files {
            match by_file.iter_mut().find(|(id, _)| *id == file) {
                Some((_, of_file)) => of_file.push((at, wanted)),
                None => by_file.push((file, vec![(at, wanted)])),
            }
        }
    }
    let read: Result<Vec<_>, PipelineError> = by_file
        .par_iter()
        .filter_map(|(id, of_file)| {
            let path = &run.file(*id)?.file.path;
            let wanted: Vec<RecordQuery> = of_file.iter().map(|(_, wanted)| *wanted).collect();
            let found = inspect::find(path, &wanted).map_err(|source| PipelineError::Read {
                path: path.to_path_buf(),
                source,
            });
            Some(found.map(|found| (*id, of_file, found)))
        })
        .collect();
    let mut found: Vec<(usize, Option<usize>, FileId, Record)> = Vec::new();
    for (id, of_file, records) in read? {
        for ((at, _), record) in of_file.iter().zip(records) {
            let rank = all[*at].1.files.iter().position(|&f| f == id);
            found.extend(record.map(|record| (*at, rank, id, record)));
        }
    }
    // Of several files that may hold it, the first in the order of the evidence.
    found.sort_by_key(|(at, rank, ..)| (*at, *rank));
    found.dedup_by_key(|(at, ..)| *at);
    for (at, _, id, record) in found {
        let evidence = &mut *all[at].1;
        evidence.files = vec![id];
        evidence.record = Some(record);
    }
    for (_, evidence) in &mut all {
        if evidence.position.is_some() && evidence.record.is_none() {
            missing(evidence);
        }
    }
    Ok(())
}

/// Notes that a record was not found where it was searched for.
fn missing(evidence: &mut Evidence) {
    let why = match evidence.position {
        Some(RecordPosition::At(offset)) => format!("no record starts at byte {offset}"),
        Some(RecordPosition::LastOf(..)) => {
            evidence.files.clear();
            "no update record: the RIB is the last that was observed of it".to_owned()
        }
        _ => {
            evidence.files.clear();
            "the record was not found".to_owned()
        }
    };
    evidence.note = Some(match evidence.note.take() {
        Some(note) => format!("{note} ({why})"),
        None => why,
    });
}
