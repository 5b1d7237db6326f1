//! Broken bytes of uncompressed records. Whatever byte of a record's framing, of its lists of
//! prefixes or of an AS path is changed, the record is either reported, by its offset, or it is a
//! well-formed record still: bgpkit-parser, which shares no code, reads it without complaint and
//! reads the same. From a reported record on its peer is unknown, or the collector where the peer
//! cannot be read.
//!
//! What cannot be told from the truth, and so is not reported:
//!
//! - another time, peer, local end, prefix or AS number; another flag of an attribute;
//! - a record of the type's twin, which is written alike: what the collector sent itself (`_LOCAL`)
//!   for what a peer sent, multicast routes for unicast ones, path identifiers where the bytes of
//!   the prefixes add up with them, too;
//! - another family, or another kind of segment in a path (AS_SET and the confederations' for
//!   AS_SEQUENCE);
//! - a length or a type of an attribute, or a length of a prefix, where what follows adds up all
//!   the same: seldom, but for attributes on which nothing here rests;
//! - attributes in a RIB of prefixes that nobody asked for, which are not read at all.
//!
//! A sample of records is tried, each byte with ten values, and with `DROPLINE_SWEEP=full` more of
//! them, each byte with all values.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends where its world cannot be set up, and says what it measures"
)]

use super::broken::{REAL, encoded_updates};
use crate::differential::compare::compare;
use crate::harness::{
    Random, everything, find, in_parallel, mirror, plain_file, record_starts, tries, unpack,
};
use dropline::encode;
use dropline::model::archive::{Ending, FileContents, FileKind};
use dropline::model::route::SessionEvent;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use temp_dir::TempDir;

/// What a byte of a record is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    MrtType,
    MrtSubtype,
    MrtLength,
    Marker,
    BgpLength,
    BgpType,
    SectionLength,
    AttributeType,
    AttributeLength,
    Family,
    NextHopLength,
    PrefixLength,
    SegmentType,
    SegmentCount,
    State,
    PeerTable,
    EntryCount,
}

impl Part {
    /// Whether no other value can stand there in a well-formed record.
    const fn is_exact(self) -> bool {
        matches!(
            self,
            Self::MrtLength | Self::Marker | Self::BgpLength | Self::BgpType | Self::EntryCount
        )
    }
}

/// A record with what it needs before it, and two records behind it.
struct Case {
    file: String,
    kind: FileKind,
    bytes: Vec<u8>,
    /// Where the record starts.
    at: usize,
    parts: Vec<(usize, Part)>,
}

/// Finds the parts of a record, by the RFCs' figures. `at` moves through it.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    parts: Vec<(usize, Part)>,
}

impl Walk<'_> {
    fn mark(&mut self, n: usize, part: Part) -> usize {
        let places = self.at..self.at + n;
        self.parts.extend(places.clone().map(|at| (at, part)));
        self.at += n;
        let bytes = &self.bytes[places];
        bytes.iter().fold(0, |sum, b| sum << 8 | usize::from(*b))
    }

    fn record(mut self, kind: FileKind) -> Vec<(usize, Part)> {
        self.at += 4;
        let mrt = self.mark(2, Part::MrtType);
        let subtype = self.mark(2, Part::MrtSubtype);
        self.mark(4, Part::MrtLength);
        let end = self.bytes.len();
        match (kind, mrt, subtype) {
            (FileKind::Updates, 16 | 17, 0 | 1 | 4 | 5) => {
                self.at += if mrt == 17 { 4 } else { 0 };
                let size = if subtype >= 4 { 4 } else { 2 };
                self.at += 2 * size + 2;
                let family = self.bytes[self.at + 1];
                self.at += 2 + if family == 1 { 8 } else { 32 };
                if matches!(subtype, 0 | 5) {
                    self.mark(4, Part::State);
                    return self.parts;
                }
                self.mark(16, Part::Marker);
                self.mark(2, Part::BgpLength);
                // Of other messages one may be as good as another: none says anything of routes.
                if self.bytes[self.at] == 2 {
                    self.mark(1, Part::BgpType);
                    let withdrawn = self.mark(2, Part::SectionLength);
                    self.prefixes(self.at + withdrawn);
                    let attributes = self.mark(2, Part::SectionLength);
                    self.attributes(self.at + attributes, size, false);
                    self.prefixes(end);
                }
            }
            (FileKind::Rib, 13, 1) => drop(self.mark(end - self.at, Part::PeerTable)),
            (FileKind::Rib, 13, 2 | 4) => {
                self.at += 4;
                let bits = self.mark(1, Part::PrefixLength);
                self.at += bits.div_ceil(8);
                let count = self.mark(2, Part::EntryCount);
                for _ in 0..count {
                    self.at += 6;
                    let length = self.mark(2, Part::SectionLength);
                    self.attributes(self.at + length, 4, true);
                }
            }
            _ => {}
        }
        self.parts
    }

    fn prefixes(&mut self, end: usize) {
        while self.at < end {
            let bits = self.mark(1, Part::PrefixLength);
            self.at += bits.div_ceil(8);
        }
    }

    fn attributes(&mut self, end: usize, size: usize, in_a_rib: bool) {
        while self.at < end {
            let flags = self.bytes[self.at];
            self.at += 1;
            let kind = self.mark(1, Part::AttributeType);
            let bytes = if flags & 0x10 == 0 { 1 } else { 2 };
            let length = self.mark(bytes, Part::AttributeLength);
            let end = self.at + length;
            match kind {
                2 => self.path(end, size),
                14 if !in_a_rib => {
                    self.mark(3, Part::Family);
                    let next_hop = self.mark(1, Part::NextHopLength);
                    self.at += next_hop + 1;
                    self.prefixes(end);
                }
                15 => {
                    self.mark(3, Part::Family);
                    self.prefixes(end);
                }
                _ => self.at = end,
            }
        }
    }

    fn path(&mut self, end: usize, size: usize) {
        while self.at < end {
            self.mark(1, Part::SegmentType);
            let count = self.mark(1, Part::SegmentCount);
            self.at += count * size;
        }
    }
}

/// Some records of a file, as cases.
fn cases(file: &str, kind: FileKind, bytes: &[u8], many: usize) -> Vec<Case> {
    let starts = record_starts(bytes);
    let starts = &starts[..starts.len() - 1];
    let mut random = Random(starts.len() as u64);
    let first = usize::from(kind == FileKind::Rib);
    let last = starts.len() - 3;
    let mut chosen: Vec<usize> = (0..many)
        .map(|_| first + random.below(last - first))
        .collect();
    chosen.extend((0..first).collect::<Vec<_>>());
    let case = |record: usize| {
        let table = match (kind, record) {
            (FileKind::Rib, 1..) => &bytes[..starts[1]],
            _ => &[],
        };
        let [from, to, end] = [0, 1, 3].map(|n| starts[record + n]);
        let walk = Walk {
            bytes: &bytes[from..to],
            at: 0,
            parts: Vec::new(),
        };
        Case {
            file: file.to_owned(),
            kind,
            bytes: [table, &bytes[from..end]].concat(),
            at: table.len(),
            parts: walk.record(kind),
        }
    };
    chosen.into_iter().map(case).collect()
}

/// A RIB that our encoder wrote.
fn encoded_rib(dir: &TempDir) -> Vec<u8> {
    let mut table = String::new();
    for net in 0..40 {
        let line = |form: String| format!("16:00 ABC rib {form} @ 131279 {}\n", 64500 + net);
        table += &line(format!("10.{net}.0.0/16"));
        table += &line(format!("2001:db8:{net}::/48"));
    }
    let events = encode::parse(&crate::harness::longhand(&table)).expect("an event table");
    let written = encode::write(&events, dir.path()).expect("an archive");
    let rib = written
        .iter()
        .find(|f| f.path.ends_with("bview.20141222.1600.gz"));
    let path = dir.path().join(&rib.expect("a RIB").path);
    unpack(&fs::read(path).expect("a file"))
}

/// Files that our own encoder wrote.
fn made_cases(dir: &TempDir) -> Vec<Case> {
    let many = tries(15, 40);
    let mut all = cases("made", FileKind::Updates, &encoded_updates(dir), many);
    all.extend(cases("made RIB", FileKind::Rib, &encoded_rib(dir), many));
    all
}

fn real_cases() -> Vec<Case> {
    let mirror = mirror();
    let of_file = |name: &&str| {
        let bytes = unpack(&fs::read(mirror.join(name)).expect("a file"));
        cases(name, FileKind::Updates, &bytes, tries(15, 40))
    };
    REAL.iter().flat_map(of_file).collect()
}

/// Whether the record at an offset is reported, or the file breaks off there.
fn is_told(found: &FileContents, at: u64) -> bool {
    let cut = match found.ending {
        Ending::Whole => false,
        Ending::Cut { offset, .. } => offset == at,
    };
    cut || found.damaged.iter().any(|d| d.offset == at)
}

#[test]
fn what_is_no_well_formed_record_any_more_is_reported() {
    let dir = TempDir::new().expect("a temporary folder");
    assert_reported(&dir, &made_cases(&dir));
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn what_is_no_well_formed_record_of_real_files_any_more_is_reported() {
    let dir = TempDir::new().expect("a temporary folder");
    let mut all = made_cases(&dir);
    all.extend(real_cases());
    assert_reported(&dir, &all);
}

fn assert_reported(dir: &TempDir, all: &[Case]) {
    let list = everything();
    let flips: Vec<(usize, usize, Part, u8)> = {
        let mut random = Random(3);
        let mut flips = Vec::new();
        for (number, case) in all.iter().enumerate() {
            for &(place, part) in &case.parts {
                let bits = (0..8).map(|bit| 1 << bit);
                let some = [1 + random.below(255) as u8, 1 + random.below(255) as u8];
                let values: Vec<u8> = match tries(0, 1) {
                    0 => bits.chain(some).collect(),
                    _ => (1..=255).collect(),
                };
                flips.extend(values.into_iter().map(|v| (number, place, part, v)));
            }
        }
        flips
    };
    let unreported = Mutex::new(Vec::new());
    let counts = in_parallel(
        flips.iter().enumerate(),
        |(nth, &(number, place, part, value))| {
            let case = &all[number];
            let mut bytes = case.bytes.clone();
            bytes[case.at + place] ^= value;
            let name = format!("{}, {part:?}, byte {place} ^ {value:#x}", case.file);
            let path = plain_file(dir.path(), &nth.to_string(), &bytes);
            let found = find(&path, case.kind, &list);
            fs::remove_file(path).expect("a file that was written");
            let told = is_told(&found, case.at as u64);
            if let Some(damaged) = found.damaged.first().filter(|d| d.offset == 0)
                && let Some(session) = damaged.peer
            {
                // Unknown from there on: the replay hears of it.
                let known = found.peers.iter().position(|p| p.session == session);
                let is_noted = found.sessions.iter().any(|record| {
                    record.event == SessionEvent::Damage
                        && record.offset == 0
                        && Some(record.peer as usize) == known
                });
                assert!(is_noted, "{name}: {damaged:?}");
            }
            // What is believed is read alike by the second reader, which refuses nothing of it.
            let tally = compare(&name, &bytes, case.kind, &found);
            let refused = tally.refused.iter().find(|r| r.0 == case.at as u64);
            if !told && (refused.is_some() || part.is_exact()) {
                let why = refused.map_or("", |r| r.1.as_str());
                let record = &bytes[case.at..bytes.len().min(case.at + 200)];
                let passed = format!("{name}: {why}\n    {record:02x?}");
                unreported.lock().expect("a list").push(passed);
            }
            (part, told)
        },
    );
    let mut sums: BTreeMap<Part, (usize, usize)> = BTreeMap::new();
    for (part, told) in counts {
        let sum = sums.entry(part).or_default();
        *sum = (sum.0 + 1, sum.1 + usize::from(told));
    }
    for (part, (n, told)) in &sums {
        eprintln!("{part:?}: {told} of {n} reported");
    }
    let unreported = unreported.into_inner().expect("a list");
    let some = &unreported[..unreported.len().min(10)];
    assert!(
        some.is_empty(),
        "{}:\n{}",
        unreported.len(),
        some.join("\n")
    );
    // Few of the others add up by chance.
    for (part, least) in LEAST {
        match sums.get(part) {
            Some((n, told)) => assert!(told * 100 / n >= *least, "{part:?}: {told} of {n}"),
            // Made messages have no next hop of IPv6's kind.
            None => assert!(*part == Part::NextHopLength, "{part:?}"),
        }
    }
}

/// How many of a hundred changes are reported at least, of the made files alone too, in which twins of
/// a type and attributes on which nothing rests are a larger part. Most types of attributes are as
/// good as another, and nothing here rests on them.
const LEAST: &[(Part, usize)] = &[
    (Part::MrtType, 99),
    (Part::MrtSubtype, 96),
    (Part::SectionLength, 99),
    (Part::AttributeLength, 96),
    (Part::AttributeType, 5),
    (Part::PrefixLength, 80),
    (Part::NextHopLength, 99),
    (Part::SegmentType, 85),
    (Part::SegmentCount, 99),
    (Part::State, 80),
];
