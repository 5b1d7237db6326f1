//! An archive → a small one that replays to the same tables.
//!
//! Records are kept whole or dropped; none is changed. The bytes of dropped records are replaced by
//! records of type NULL, which "cause no operation" (RFC 6396 §B.1.1): so every record that is kept
//! starts at its old offset, and whatever names an offset stays true. Zeros compress to next to
//! nothing.
//!
//! Kept are: records that name a watched prefix or one that covers it, session changes, damage,
//! End-of-RIB and the first UPDATE after each loss; of a session's other records as many as silences
//! need to be where they were (`updates`); of a RIB as many as the same peers need to count
//! (`ribs`). Whether that was enough is not argued but tried: `crate::verify::equivalence` compares
//! the run on the whole with the run on the slice.

mod ribs;
mod sliced_file;
mod updates;

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

/// Why a slice could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SliceError {
    /// A file cannot be read from disk.
    #[error("cannot read `{0}`: {1}")]
    Read(PathBuf, #[source] io::Error),
    /// A file cannot be written.
    #[error("cannot write `{0}`: {1}")]
    Write(PathBuf, #[source] io::Error),
}

/// A file of the slice, with the whole file that it was cut from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlicedFile {
    /// Its path under the slice's archive, separated by `/`.
    pub path: String,
    /// Public URL of the whole file.
    pub url: String,
    /// SHA-256 of the whole file, in hex.
    pub sha256: String,
    /// Size on disk of the whole file, in bytes.
    pub bytes_before: u64,
    /// Size on disk of the slice's file, in bytes.
    pub bytes: u64,
    /// Number of records of the whole file.
    pub records_before: u64,
    /// Number of records that were kept.
    pub records: u64,
}

/// The offsets of the records of a file that are kept.
type KeptOffsets = BTreeSet<u64>;

/// A file of the archive, and the records of it that are kept so far.
struct FileSlice<'a> {
    data: &'a CollectorData,
    read: &'a DecodedFile,
    /// What it contains about everything that is watched.
    found: FileContents,
    kept: KeptOffsets,
}

impl FileSlice<'_> {
    /// How many decompressed bytes are read: up to the place where the file is cut short.
    fn end(&self) -> u64 {
        match self.found.ending {
            crate::model::archive::Ending::Whole => u64::MAX,
            crate::model::archive::Ending::Cut { offset, .. } => offset,
        }
    }

    fn each(&self, visit: &mut dyn FnMut(decode::raw::RawRecord<'_>)) -> Result<(), SliceError> {
        let path = &self.read.file.path;
        decode::raw::for_each(path, self.end(), visit)
            .map_err(|e| SliceError::Read(path.to_path_buf(), e))
    }
}

/// Cuts the files of a run down to the records that its tables need, and writes them under `dir`,
/// laid out as the public archives are. `finer` asks for more routes of each RIB than its rule seems
/// to need: 2 to the power of `finer` times as many.
///
/// # Errors
/// A file cannot be read or written.
pub fn cut(
    study: &Study,
    list: &WatchList,
    replayed: &Replayed,
    finer: u32,
    dir: &Path,
) -> Result<Vec<SlicedFile>, SliceError> {
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
            cuts.push(FileSlice {
                data,
                read,
                found,
                kept,
            });
        }
    }
    let returns = updates::mark(study, replayed, &mut cuts)?;
    let sizes = ribs::mark(study, replayed, &returns, finer, &mut cuts)?;
    updates::mark_returns(&returns, &sizes, study.window.to, &mut cuts)?;
    cuts.iter()
        .map(|cut| sliced_file::write(cut, dir))
        .collect()
}

/// Decodes a file for everything that is watched in the end, in one pass.
fn found(
    list: &WatchList,
    replayed: &Replayed,
    read: &DecodedFile,
) -> Result<FileContents, SliceError> {
    let discovered: &PrefixSet = &replayed.discovered;
    let scan = Scan {
        kind: read.file.kind,
        filter: Filter::WatchList { list, discovered },
        // Also outside the time that is replayed: other readers of the slice read all of it.
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

/// A session's return after a silence.
struct SessionReturn {
    peer: Peer,
    from: i64,
    /// The number of distinct prefixes that it announced within the time of a table transfer.
    announced: usize,
    /// How many of these are in records that are kept for other reasons.
    kept: usize,
    /// The number of prefixes that its table held before.
    table: u32,
}

impl SessionReturn {
    fn is_reestablished(&self) -> bool {
        silence::is_transfer(self.announced, self.table)
    }

    fn holds(&self, time: i64, to: Timestamp) -> bool {
        self.from <= time && time <= self.from + silence::TRANSFER && time < to.0
    }
}

const fn is_update(read: &DecodedFile) -> bool {
    matches!(read.role, Role::Updates)
}

/// The path of a file in an archive, by its public URL.
fn archive_path(read: &DecodedFile) -> String {
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
