//! Checkpoints: what a run has read so far, kept in its folder until it ends well. A run that is
//! killed and started again takes it from there instead of reading again.
//!
//! ```text
//! OUT/.resume/rrc00/2014-12-22    the contents of rrc00's files of that day, one scan after another
//! ```
//!
//! A checkpoint is kept for each collector and day, and grows with each file (`journal`). So
//! whatever the order in which files are read, a kill costs those that were being read, and no
//! more.
//!
//! A checkpoint is used only if reading would give the same contents: everything that the scan of a
//! file depends on is part of its key ([`Scan::digest`]), the program included; the file is
//! unchanged (`stamp`), or has the same SHA-256; and the checksum of the checkpoint is right. If any
//! of that fails, the file is read again, without a message.
//!
//! No write waits for the disk. A checkpoint that a power cut damages is found by its checksum, and
//! costs what was read in the last half minute or so.
//!
//! [`Scan::digest`]: crate::decode::Scan::digest

mod journal;
mod kept;
mod stamp;

use crate::decode::{CoveringDetail, Digest, Filter};
use crate::locate;
use crate::model::archive::{ArchiveFile, FileContents};
use crate::model::day::Day;
use crate::model::peer::Collector;
use crate::study::Study;
use crate::watchlist::{PrefixSet, WatchList};
use journal::Place;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};
use stamp::Sighting;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The folder of the checkpoints in a run's folder.
const FOLDER: &str = ".resume";

/// Version of the contents and their form.
const FORMAT: u32 = 1;

/// The checkpoints of a run, on disk.
pub struct Checkpoints {
    dir: PathBuf,
    /// Digest of what all scans of the run have in common. A checkpoint with another head is not of
    /// this run.
    head: Digest,
    /// What an earlier run left, by the digest of the scan and the file.
    known: FxHashMap<Digest, Place>,
    /// Why nothing more is kept. Locked while a checkpoint is written.
    problem: Mutex<Option<io::Error>>,
    taken: AtomicUsize,
    scans: AtomicUsize,
}

/// The folder of a run's checkpoints, in the run's folder `out`. It exists if anything was kept.
pub fn folder(out: &Path) -> PathBuf {
    out.join(FOLDER)
}

/// Removes the checkpoints of a run from its folder `out`, once the run has ended well.
///
/// # Errors
/// The disk fails.
pub fn remove(out: &Path) -> io::Result<()> {
    remove_dir(&folder(out))
}

/// How much of a run was in checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumed {
    /// Scans of files that were taken from checkpoints.
    pub taken: usize,
    /// Scans of files in all.
    pub scans: usize,
}

impl Checkpoints {
    /// Opens what an earlier run of the same study left in the folder `out`, and removes what cannot
    /// be used. Failure to read or write is no error: see [`Checkpoints::problem`].
    pub fn open(out: &Path, study: &Study, list: &WatchList) -> Self {
        let mut opened = Self {
            dir: folder(out),
            head: head(study, list),
            known: FxHashMap::default(),
            problem: Mutex::new(None),
            taken: AtomicUsize::new(0),
            scans: AtomicUsize::new(0),
        };
        let found = journals(&opened.dir).and_then(|paths| {
            let found = paths
                .par_iter()
                .map(|path| journal::open(path, &opened.head));
            found.collect::<io::Result<Vec<_>>>()
        });
        match found {
            Ok(found) => opened.known = found.into_iter().flatten().collect(),
            Err(error) => opened.problem = Mutex::new(Some(error)),
        }
        opened
    }

    /// Why nothing more was kept, if writing failed. The run goes on without checkpoints.
    pub fn problem(&self) -> Option<String> {
        self.lock().as_ref().map(ToString::to_string)
    }

    /// How much was in checkpoints so far.
    pub fn resumed(&self) -> Resumed {
        Resumed {
            taken: self.taken.load(Ordering::Relaxed),
            scans: self.scans.load(Ordering::Relaxed),
        }
    }

    /// The question that a scan asks of a file, before the file is read.
    pub(super) fn asks(&self, file: &ArchiveFile, scan: &Digest) -> Question {
        let mut key = Sha256::new();
        key.update(scan);
        key.update(locate::url_of(file).as_bytes());
        let day = Day::of(file.start).to_string();
        Question {
            key: key.finalize().into(),
            journal: self.dir.join(file.collector.name()).join(day),
            path: Arc::clone(&file.path),
            seen: Sighting::of(&file.path).ok(),
        }
    }

    /// The contents that the same scan found in the same file.
    pub(super) fn take(&self, question: &Question) -> Option<FileContents> {
        self.scans.fetch_add(1, Ordering::Relaxed);
        let place = self.known.get(&question.key)?;
        let body = journal::read(&question.journal, *place, &question.key)?;
        let (stamp, decoded) = kept::unpack(&body)?;
        let seen = question.seen.as_ref()?;
        let found = (decoded.bytes, decoded.sha256.as_str());
        if !seen.is_of(&question.path, stamp, found) {
            return None;
        }
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some(decoded)
    }

    /// Keeps the contents. Where that fails the run goes on, and nothing more is kept.
    pub(super) fn keep(&self, question: &Question, decoded: &FileContents) {
        if self.lock().is_some() {
            return;
        }
        // A file that changes while it is read may change again.
        let seen = question.seen.as_ref();
        let Some(seen) = seen.filter(|seen| seen.still_holds(&question.path)) else {
            return;
        };
        let Some(body) = kept::pack(seen.settled(), decoded) else {
            return;
        };
        let mut problem = self.lock();
        if problem.is_some() {
            return;
        }
        let appended = journal::append(&question.journal, &self.head, &question.key, &body);
        if let Err(error) = appended {
            if matches!(
                error.kind(),
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded
            ) {
                // The tables need the space more.
                let _ = remove_dir(&self.dir);
            }
            *problem = Some(error);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A scan of a file, and the state of the file before it.
pub(super) struct Question {
    key: Digest,
    journal: PathBuf,
    path: Arc<Path>,
    seen: Option<Sighting>,
}

/// A digest of what all scans of a run have in common: the program, and the question as far as
/// reading depends on it.
fn head(study: &Study, list: &WatchList) -> Digest {
    let none = PrefixSet::default();
    let filter = Filter::WatchList {
        list,
        discovered: &none,
    };
    let mut hash = Sha256::new();
    hash.update(FORMAT.to_le_bytes());
    hash.update(program());
    hash.update(filter.digest(CoveringDetail::PresenceOnly));
    hash.update(study.window.to.0.to_le_bytes());
    hash.update(study.rules.silence_threshold().0.to_le_bytes());
    hash.finalize().into()
}

/// This program: its version and, as that stays while it is worked on, its executable's length and
/// age.
fn program() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let executable = std::env::current_exe().and_then(fs::metadata);
    let executable = executable.and_then(|m| Ok((m.len(), m.modified()?)));
    format!("{version} {executable:?}")
}

/// The checkpoints in a folder that need not be there.
fn journals(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in entries(dir)? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if Collector::new(&name).is_ok() && folder.is_dir() {
            let is_day = |path: &PathBuf| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                Day::parse(&name).is_ok() && path.is_file()
            };
            found.extend(entries(&folder)?.into_iter().filter(is_day));
        }
    }
    Ok(found)
}

fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(dir) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

fn remove_dir(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
