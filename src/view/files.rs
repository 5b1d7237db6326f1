//! `files` read back: the archive files that were read, and those that were missing.

use super::batches::BatchReader;
use super::reader::ReadError;
use crate::manifest::Manifest;
use crate::model::time::Timestamp;
use crate::write::tables::files;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// A row of `files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// Name of the collector, such as `rrc00`.
    pub collector: String,
    /// `rib` or `updates`.
    pub kind: String,
    /// The time in the file's name, UTC.
    pub start: Timestamp,
    /// Its public URL, or its path where it has none.
    pub url: String,
    /// Whether it was there.
    pub is_present: bool,
    /// Its length as stored (compressed).
    pub bytes: Option<u64>,
    /// SHA-256 of it as stored, in hex; empty where it was missing.
    pub sha256: String,
    /// Number of its MRT records; `None` where it was not read.
    pub records: Option<u64>,
    /// Records that could not be read.
    pub damaged_records: u64,
    /// `cut`, `damaged`, `empty`, `clock_ahead`, `clock_offset`, `useless`, separated by spaces.
    pub flags: String,
    /// What was wrong with it, or why it was unavailable.
    pub problem: String,
}

impl FileView {
    /// Whether a reader of the results should know that something is wrong with it.
    pub(crate) fn has_problem(&self) -> bool {
        !self.is_present || !self.problem.is_empty() || !self.flags.is_empty()
    }
}

/// At most so many files without a problem are listed of each collector: a month of ten collectors
/// has nearly 90,000.
const MAX_SOUND_FILES: usize = 800;

/// The table `files`.
pub(super) struct FileTable {
    /// Every file with a problem and the first few without one, in the order of the table.
    pub listed: Vec<FileView>,
    /// The number of all files.
    pub total: usize,
    /// SHA-256, in hex, over the SHA-256s of the files that were present, a line each.
    pub inputs_sha256: String,
}

pub(super) fn read(dir: &Path, manifest: &Manifest) -> Result<FileTable, ReadError> {
    let mut reader = BatchReader::open(dir, manifest, &files::TABLE, &[])?;
    let (mut listed, mut total, mut inputs) = (Vec::new(), 0, Sha256::new());
    let mut sound_files: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(rows) = reader.next()? {
        total += rows;
        for file in (0..rows).map(|row| file(&reader, row)) {
            if file.is_present {
                inputs.update(&file.sha256);
                inputs.update("\n");
            }
            if !file.has_problem() {
                let sound = sound_files.entry(file.collector.clone()).or_default();
                *sound += 1;
                if *sound > MAX_SOUND_FILES {
                    continue;
                }
            }
            listed.push(file);
        }
    }
    Ok(FileTable {
        listed,
        total,
        inputs_sha256: format!("{:x}", inputs.finalize()),
    })
}

fn file(r: &BatchReader, row: usize) -> FileView {
    FileView {
        collector: r.string("collector", row),
        kind: r.string("kind", row),
        start: r.time("start", row).unwrap_or(Timestamp(0)),
        url: r.string("url", row),
        is_present: &*r.text("state", row) == "present",
        bytes: r.int("bytes", row).and_then(|n| u64::try_from(n).ok()),
        sha256: r.string("sha256", row),
        records: r.int("records", row).and_then(|n| u64::try_from(n).ok()),
        damaged_records: r.count("damaged_records", row),
        flags: r.texts("flags", row).join(" "),
        problem: r.string("problem", row),
    }
}
