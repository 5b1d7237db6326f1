//! Cut and changed files. Compressed ones carry checksums: whatever is done to them, they say
//! nothing that they do not say whole, so that no damage can pass for an outage. What a changed
//! byte of an uncompressed file forges cannot be told from the truth; there the law is that the
//! file is read to an end, and that damage of its framing is named.
//!
//! A sample of places is tried; with `DROPLINE_SWEEP=full` every 1,000th byte is a cut, and 10,000
//! bytes are changed in each file. `DROPLINE_SWEEP=1000` tries so many of them at most.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends where its world cannot be set up, and says what it measures"
)]

use crate::harness::{
    Random, Recorded, everything, find, in_parallel, longhand, mirror, plain_file, recorded, tries,
};
use dropline::decode::first_record;
use dropline::encode;
use dropline::model::archive::{Ending, FileContents, FileKind};
use dropline::watchlist::WatchList;
use rustc_hash::{FxHashSet, FxHasher};
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use temp_dir::TempDir;

/// Real files of each kind, container and age; the last two, which are long, in the full sweep.
pub const REAL: &[&str] = &[
    "archive/route-views.jinx/bgpdata/2014.05/UPDATES/updates.20140530.2345.bz2",
    "mrt/updates.20020722.2238.gz",
    "archive/rrc06/2014.05/updates.20140530.2215.gz",
    "archive/route-views.ny/bgpdata/2021.12/UPDATES/updates.20211228.2145.bz2",
    "archive/rrc23/2022.04/updates.20220421.0200.gz",
    "archive/rrc00/2019.01/updates.20190101.0000.gz",
];

/// Made once: the whole of the address space takes as long as a file.
static EVERYTHING: LazyLock<WatchList> = LazyLock::new(everything);

/// A compressed file, and all that it says whole.
struct Clean {
    name: String,
    bytes: Vec<u8>,
    kind: FileKind,
    items: FxHashSet<u64>,
    in_order: Vec<u64>,
}

impl Clean {
    fn new(name: &str, path: &Path) -> Self {
        let kind = first_record(path).expect("a file that can be read");
        let kind = kind.map_or(FileKind::Updates, |(_, kind)| kind);
        let decoded = find(path, kind, &EVERYTHING);
        assert_eq!(decoded.ending, Ending::Whole, "{name}");
        let in_order = items(&decoded);
        Self {
            name: name.to_owned(),
            bytes: fs::read(path).expect("a file"),
            kind,
            items: in_order.iter().copied().collect(),
            in_order,
        }
    }
}

/// What a file records, each item with its offset, as a number.
fn items(decoded: &FileContents) -> Vec<u64> {
    let number = |item: (u64, Recorded)| {
        let mut hasher = FxHasher::default();
        item.hash(&mut hasher);
        hasher.finish()
    };
    recorded(decoded).map(number).collect()
}

fn real() -> impl Iterator<Item = Clean> {
    let mirror = mirror();
    let names = REAL[..tries(4, REAL.len())].iter();
    names.map(move |name| Clean::new(name, &mirror.join(name)))
}

/// A file that our own encoder wrote.
fn made(dir: &TempDir) -> Clean {
    Clean::new("made", &made_file(dir))
}

/// The same, unpacked.
pub fn encoded_updates(dir: &TempDir) -> Vec<u8> {
    crate::harness::unpack(&fs::read(made_file(dir)).expect("a file"))
}

fn made_file(dir: &TempDir) -> PathBuf {
    let mut table = "cover 16:00 16:05\n".to_owned();
    let mut random = Random(1);
    for second in 0..300 {
        let time = format!("16:{:02}:{:02}", second / 60, second % 60);
        let net = random.below(256);
        table += &match random.below(4) {
            0 => format!("{time} AB withdraw 10.{net}.0.0/16\n"),
            1 => format!("{time} A state 6 1\n"),
            _ => format!("{time} ABC announce 10.{net}.0.0/16,10.0.{net}.0/24 @ 131279 64500\n"),
        };
    }
    let events = encode::parse(&longhand(&table)).expect("an event table");
    let written = encode::write(&events, dir.path()).expect("an archive");
    dir.path().join(&written[0].path)
}

/// Reads a changed file; its temporary copy is gone afterwards.
fn read(dir: &TempDir, bytes: &[u8], kind: FileKind) -> FileContents {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    let path = plain_file(dir.path(), &name, bytes);
    let decoded = find(&path, kind, &EVERYTHING);
    fs::remove_file(path).expect("a file that was written");
    decoded
}

fn assert_cuts_say_the_beginning(dir: &TempDir, file: &Clean) {
    let cuts = file.bytes.len() / 1000;
    let step = cuts.div_ceil(tries(12, usize::MAX)).max(1) * 1000;
    let places: Vec<usize> = (step..file.bytes.len()).step_by(step).collect();
    in_parallel(&places, |&at| {
        let found = read(dir, &file.bytes[..at], file.kind);
        assert_ne!(found.ending, Ending::Whole, "{}, cut at {at}", file.name);
        let found_items = items(&found);
        assert!(
            file.in_order.starts_with(&found_items),
            "{}, cut at {at}",
            file.name
        );
    });
    // What was inflated before a cut is not thrown away.
    let late = read(dir, &file.bytes[..file.bytes.len() - 4], file.kind);
    assert!(
        items(&late).len() * 10 >= file.in_order.len() * 9,
        "{}",
        file.name
    );
    eprintln!("{}: {} cuts", file.name, places.len());
}

#[test]
fn cut_anywhere_a_file_says_the_beginning_of_what_it_says_whole() {
    let dir = TempDir::new().expect("a temporary folder");
    assert_cuts_say_the_beginning(&dir, &made(&dir));
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn real_files_cut_anywhere_say_the_beginning_of_what_they_say_whole() {
    let dir = TempDir::new().expect("a temporary folder");
    for file in real() {
        assert_cuts_say_the_beginning(&dir, &file);
    }
}

fn assert_nothing_is_invented(dir: &TempDir, file: &Clean) {
    let (whole, invented) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let n = tries(60, 10_000);
    in_parallel(0..n as u64, |case| {
        let mut random = Random(case);
        let mut bytes = file.bytes.clone();
        let at = random.below(bytes.len());
        bytes[at] ^= 1 + random.below(255) as u8;
        let found = read(dir, &bytes, file.kind);
        whole.fetch_add(
            usize::from(found.ending == Ending::Whole),
            Ordering::Relaxed,
        );
        let wrong = items(&found).iter().any(|item| !file.items.contains(item));
        if wrong {
            invented.fetch_add(1, Ordering::Relaxed);
            eprintln!("{}: byte {at}, case {case}: {:?}", file.name, found.ending);
        }
    });
    eprintln!(
        "{}: {n} changed, {whole:?} unnoticed, {invented:?} say something new",
        file.name
    );
    assert_eq!(invented.into_inner(), 0, "{}", file.name);
    // Names and times in a container's header are under no checksum.
    assert!(whole.into_inner() * 10 < n, "{}", file.name);
}

#[test]
fn with_a_byte_changed_a_compressed_file_invents_nothing() {
    let dir = TempDir::new().expect("a temporary folder");
    assert_nothing_is_invented(&dir, &made(&dir));
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn with_a_byte_changed_compressed_real_files_invent_nothing() {
    let dir = TempDir::new().expect("a temporary folder");
    for file in real() {
        assert_nothing_is_invented(&dir, &file);
    }
}

fn assert_read_to_an_end(dir: &TempDir, file: &Clean) {
    let mut plain = crate::harness::unpack(&file.bytes);
    plain.truncate(200_000);
    let starts = crate::harness::record_starts(&plain);
    plain.truncate(starts[starts.len() - 2]);
    let starts = &starts[..starts.len() - 2];
    let n = tries(60, 10_000);
    let told = AtomicUsize::new(0);
    in_parallel(0..n as u64, |case| {
        let mut random = Random(case);
        let mut bytes = plain.clone();
        // Every fourth change hits a length, which leads astray or to the file's end.
        let hits_length = case % 4 == 0;
        let at = match hits_length {
            true => starts[random.below(starts.len())] + 8 + random.below(4),
            false => random.below(bytes.len()),
        };
        bytes[at] ^= 1 + random.below(255) as u8;
        let found = read(dir, &bytes, file.kind);
        let is_told = found.ending != Ending::Whole || !found.damaged.is_empty();
        told.fetch_add(usize::from(is_told), Ordering::Relaxed);
        assert!(is_told || !hits_length, "{}, byte {at}", file.name);
    });
    eprintln!("{}: {n} changed uncompressed, {told:?} told of", file.name);
}

/// Uncompressed, a changed byte can forge what it likes. Where it breaks the framing, that is said
/// (`flips` has what else is).
#[test]
fn with_a_byte_changed_an_uncompressed_file_is_read_to_an_end() {
    let dir = TempDir::new().expect("a temporary folder");
    assert_read_to_an_end(&dir, &made(&dir));
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn with_a_byte_changed_uncompressed_real_files_are_read_to_an_end() {
    let dir = TempDir::new().expect("a temporary folder");
    for file in real() {
        assert_read_to_an_end(&dir, &file);
    }
}
