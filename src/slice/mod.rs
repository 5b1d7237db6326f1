//! An archive → a small one that replays to the same tables.
//!
//! Records are kept whole or dropped; none is changed. What is dropped leaves its room behind,
//! filled by records of type NULL, which "cause no operation" (RFC 6396 §B.1.1): so every record
//! that is kept starts at the offset at which it started, and whatever names an offset stays true.
//! Zeros compress to next to nothing.
//!
//! Kept are: what names a watched prefix or one that covers it, session changes, damage, End-of-RIB
//! and the first UPDATE after each loss; of all other records of a session so many that silences
//! are where they were (`updates`); of a table so many routes that the same peers count
//! (`tables`). Whether that was enough is not argued but tried: [`law`] compares the two runs.

pub mod law;
mod tables;
mod updates;
mod write;

use crate::decode::{self, CoveringDetail, Filter, Scan};
use crate::locate;
use crate::model::archive::FileContents;
use crate::model::peer::Peer;
use crate::model::time::Timestamp;
use crate::pipeline::Replayed;
use crate::replay::input::{CollectorData, DecodedFile, Role};
use crate::replay::silence;
use crate::study::Study;
use crate::watchlist::{PrefixSet, WatchList};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Why no slice could be cut.
#[derive(Debug, thiserror::Error)]
pub enum SliceError {
    /// A file cannot be read from disk.
    #[error("cannot read `{0}`: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// A file cannot be written.
    #[error("cannot write `{0}`: {1}")]
    Write(PathBuf, #[source] io::Error),
}

/// A file that was sliced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sliced {
    /// Where it lies under the slice's archive, separated by `/`.
    pub path: String,
    /// Public URL of the whole one.
    pub url: String,
    /// SHA-256 of the whole one, in hex.
    pub sha256: String,
    /// Length of the whole one as it lies.
    pub bytes_before: u64,
    /// Length as it lies now.
    pub bytes: u64,
    /// Records of the whole one.
    pub records_before: u64,
    /// Records that were kept.
    pub records: u64,
}

/// Which records of a file are kept, by offset.
type Kept = BTreeSet<u64>;

/// A file with what is kept of it so far.
struct Cut<'a> {
    data: &'a CollectorData,
    read: &'a DecodedFile,
    /// What there is in it for all that is watched.
    found: FileContents,
    kept: Kept,
}

impl Cut<'_> {
    /// Decompressed bytes that count.
    fn end(&self) -> u64 {
        match self.found.ending {
            crate::model::archive::Ending::Whole => u64::MAX,
            crate::model::archive::Ending::Cut { offset, .. } => offset,
        }
    }

    fn each(&self, visit: &mut dyn FnMut(decode::raw::Raw<'_>)) -> Result<(), SliceError> {
        let path = &self.read.file.path;
        decode::raw::each(path, self.end(), visit)
            .map_err(|e| SliceError::Read(path.to_path_buf(), e))
    }
}

/// Cuts the files of a run to what matters, and writes them under `dir`, laid out as the public
/// archives are. `finer` asks for more routes of each table than the rule seems to need: so many
/// times a factor of two.
///
/// # Errors
/// A file cannot be read or written.
pub fn cut(
    study: &Study,
    list: &WatchList,
    replayed: &Replayed,
    finer: u32,
    dir: &Path,
) -> Result<Vec<Sliced>, SliceError> {
    let mut cuts = Vec::new();
    for data in &replayed.collectors {
        for read in &data.files {
            let found = found(list, replayed, read)?;
            let routes = found.routes.iter().map(|e| e.offset);
            let sessions = found.sessions.iter().map(|e| e.offset);
            let entries = found.entries.iter().map(|e| e.offset);
            let damaged = found.damaged.iter().map(|d| d.offset);
            let kept = routes
                .chain(sessions)
                .chain(entries)
                .chain(damaged)
                .collect();
            cuts.push(Cut {
                data,
                read,
                found,
                kept,
            });
        }
    }
    let returns = updates::mark(study, replayed, &mut cuts)?;
    let sizes = tables::mark(study, replayed, &returns, finer, &mut cuts)?;
    updates::mark_returns(&returns, &sizes, study.window.to, &mut cuts)?;
    cuts.iter().map(|cut| write::file(cut, dir)).collect()
}

/// Looks at a file for all that is watched in the end, at once.
fn found(
    list: &WatchList,
    replayed: &Replayed,
    read: &DecodedFile,
) -> Result<FileContents, SliceError> {
    let discovered: &PrefixSet = &replayed.discovered;
    let scan = Scan {
        kind: read.file.kind,
        filter: Filter::WatchList { list, discovered },
        // Beyond the span that is replayed, too: other readers of the slice know of no span.
        from: Timestamp(0),
        to: Timestamp(i64::MAX),
        silence: None,
        covering: CoveringDetail::Full,
        transfers: &[],
        progress: &|_| {},
    };
    let path = &read.file.path;
    decode::file(path, &scan).map_err(|e| SliceError::Read(path.to_path_buf(), e))
}

/// A peer's return after a silence.
struct Return {
    peer: Peer,
    from: i64,
    /// Distinct prefixes that it announced within the time that a table takes.
    announced: usize,
    /// Of these, how many are in what is kept for other reasons.
    kept: usize,
    /// Its table then.
    table: u32,
}

impl Return {
    fn is_anew(&self) -> bool {
        silence::is_transfer(self.announced, self.table)
    }

    fn holds(&self, time: i64, to: Timestamp) -> bool {
        self.from <= time && time <= self.from + silence::TRANSFER && time < to.0
    }
}

const fn is_update(read: &DecodedFile) -> bool {
    matches!(read.role, Role::Updates)
}

/// Where a file lies in an archive, by its public URL.
fn place(read: &DecodedFile) -> String {
    let file = &read.file;
    let usual = locate::patterns::paths(&file.collector, file.kind, file.start);
    let usual = usual.into_iter().next().unwrap_or_default();
    let folder = usual.rsplit_once('/').map_or("", |(folder, _)| folder);
    let name = file.path.file_name().and_then(|n| n.to_str());
    let named = name.filter(|_| locate::patterns::named(&file.path).is_some());
    match named {
        Some(name) => format!("{folder}/{name}"),
        None => usual,
    }
}
