//! Who was listened to, and what was read or missing: `peers` and `files`.

use super::columns::{self, Reader};
use crate::model::net::{Asn, Family};
use crate::model::time::Timestamp;
use crate::study::manifest::Manifest;
use crate::write::back::ReadError;
use crate::write::{files as file_table, peers as peer_table};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// A row of `peers`: a BGP session in a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The collector.
    pub collector: String,
    /// ASN as recorded: the vantage AS.
    pub asn: Asn,
    /// Address as recorded.
    pub ip: String,
    /// The family.
    pub family: Family,
    /// Prefixes in the RIB that starts its replay; nothing where no whole RIB lists it.
    pub table_size: Option<u64>,
    /// Whether it counts.
    pub counts: bool,
    /// Why it does not.
    pub reason: String,
    /// Whether most of its paths begin with another AS.
    pub is_route_server: bool,
    /// Losses of its session since replay began.
    pub sessions_lost: u32,
    /// Seconds of the window in which what it had not spoken of was unknown.
    pub seconds_unknown: u64,
    /// Watched routes that later RIBs listed and the replay had absent.
    pub rib_added: u32,
    /// Watched routes that the replay had and later RIBs did not list.
    pub rib_removed: u32,
    /// UPDATEs that the collector cut at 4,096 bytes.
    pub clipped_updates: u32,
    /// Outages of watched prefixes through which it kept its route unchanged.
    pub stuck_prefixes: u32,
    /// Seconds by which its collector's clock is ahead of the others'.
    pub clock_offset_s: Option<i64>,
}

/// A row of `files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The collector.
    pub collector: String,
    /// `rib` or `updates`.
    pub kind: String,
    /// The time in its name.
    pub start: Timestamp,
    /// Public URL, or the path where there is none.
    pub url: String,
    /// Whether it was there.
    pub is_present: bool,
    /// Length as it lay on disk.
    pub bytes: Option<u64>,
    /// SHA-256 as it lay on disk, in hex; empty where it was not there.
    pub sha256: String,
    /// Number of records.
    pub records: Option<u64>,
    /// Records that could not be read.
    pub damaged_records: u64,
    /// `cut`, `damaged`, `empty`, `clock_ahead`, `clock_offset`, `useless`, separated by spaces.
    pub flags: String,
    /// What was wrong, or why it could not be had.
    pub problem: String,
}

impl File {
    /// Whether something is wrong with it that a reader should know.
    pub fn has_problem(&self) -> bool {
        !self.is_present || !self.problem.is_empty() || !self.flags.is_empty()
    }
}

pub(super) fn peers(dir: &Path, manifest: &Manifest) -> Result<Vec<Peer>, ReadError> {
    columns::all(dir, manifest, &peer_table::SCHEMA, |r, row| Peer {
        collector: r.string("collector", row),
        asn: r.count("peer_asn", row),
        ip: r.string("peer_ip", row),
        family: match &*r.text("family", row) {
            "6" => Family::V6,
            _ => Family::V4,
        },
        table_size: r.int("table_size", row).and_then(|n| u64::try_from(n).ok()),
        counts: r.is_true("full_feed", row),
        reason: r.string("reason", row),
        is_route_server: r.is_true("route_server", row),
        sessions_lost: r.count("sessions_lost", row),
        seconds_unknown: r.count("seconds_unknown", row),
        rib_added: r.count("rib_added", row),
        rib_removed: r.count("rib_removed", row),
        clipped_updates: r.count("clipped_updates", row),
        stuck_prefixes: r.count("stuck_prefixes", row),
        clock_offset_s: r.int("clock_offset_s", row),
    })
}

/// So many files of a collector are told of that have no problem.
const FEW: usize = 800;

/// The files that are told of, in the order of the table: a month of ten collectors has nearly
/// 90,000.
pub(super) struct Files {
    pub told: Vec<File>,
    /// How many there are in all.
    pub count: usize,
    /// Of the SHA-256s of those that were read.
    pub inputs_sha256: String,
}

pub(super) fn files(dir: &Path, manifest: &Manifest) -> Result<Files, ReadError> {
    let mut reader = Reader::open(dir, manifest, &file_table::SCHEMA, &[])?;
    let (mut told, mut all, mut inputs) = (Vec::new(), 0, Sha256::new());
    let mut without_problem: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(count) = reader.next()? {
        all += count;
        for file in (0..count).map(|row| file(&reader, row)) {
            if file.is_present {
                inputs.update(&file.sha256);
                inputs.update("\n");
            }
            if !file.has_problem() {
                let few = without_problem.entry(file.collector.clone()).or_default();
                *few += 1;
                if *few > FEW {
                    continue;
                }
            }
            told.push(file);
        }
    }
    Ok(Files {
        told,
        count: all,
        inputs_sha256: format!("{:x}", inputs.finalize()),
    })
}

fn file(r: &Reader, row: usize) -> File {
    File {
        collector: r.string("collector", row),
        kind: r.string("kind", row),
        start: r.time("start", row).unwrap_or(Timestamp(0)),
        url: r.string("url", row),
        is_present: &*r.text("state", row) == "present",
        bytes: r.int("bytes", row).and_then(|n| u64::try_from(n).ok()),
        sha256: r.string("sha256", row),
        records: r.int("records", row).and_then(|n| u64::try_from(n).ok()),
        damaged_records: r.count("damaged_records", row),
        flags: r.string("flags", row),
        problem: r.string("problem", row),
    }
}
