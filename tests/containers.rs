//! Files as they lie: plain, `.gz` and `.bz2`, whole, cut and damaged. Whatever the container, a
//! file says what its bytes say; of a broken one counts what can be known to be right.

#![allow(
    clippy::expect_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{
    Random, Recorded, everything, find, in_parallel, message, plain_file, record, recorded, update,
};
use bzip2::write::BzEncoder;
use dropline::model::archive::{Ending, FileContents, FileKind};
use flate2::write::GzEncoder;
use rayon::ThreadPoolBuilder;
use std::collections::HashSet;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use temp_dir::TempDir;

/// Longer than any of this takes on a machine that is busy with ten other things: not a measure of
/// speed, but the end of patience.
const HANGS: Duration = Duration::from_secs(120);

// ---- files and what they say ----

/// Update records of so many bytes in all, that hardly compress. Each announces one prefix and
/// carries what `noise` makes of communities.
fn updates(bytes: usize, seed: u64, noise: impl Fn(u64) -> u8) -> Vec<u8> {
    const TIME: u32 = 0x40c0_c0c0;
    let mut random = Random(seed);
    let mut all = Vec::with_capacity(bytes + 512);
    while all.len() < bytes {
        let mut attributes = vec![0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf5];
        attributes.extend([0x40, 3, 4, 192, 0, 2, 1, 0xc0, 8, 200]);
        attributes.extend((0..200).map(|_| noise(random.next())));
        let nlri = [
            24,
            noise(random.next()),
            noise(random.next()),
            noise(random.next()),
        ];
        let body = message(true, 2, &update(&[], &attributes, &nlri));
        all.extend(record(TIME, 16, 4, &body));
    }
    all
}

/// Any byte.
fn any(number: u64) -> u8 {
    number as u8
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("bytes to memory");
    gzip.finish().expect("bytes to memory")
}

fn tight_gz(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).expect("bytes to memory");
    gzip.finish().expect("bytes to memory")
}

fn bz2(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut bzip = BzEncoder::new(Vec::new(), bzip2::Compression::new(level));
    bzip.write_all(bytes).expect("bytes to memory");
    bzip.finish().expect("bytes to memory")
}

/// Reads a file of these bytes.
fn read(dir: &TempDir, bytes: &[u8]) -> FileContents {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    find(
        &plain_file(dir.path(), &name, bytes),
        FileKind::Updates,
        &everything(),
    )
}

fn items(decoded: &FileContents) -> Vec<(u64, Recorded)> {
    recorded(decoded).collect()
}

fn temporary() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// Each of these files says what `plain` says, to its end.
fn assert_same(plain: &[u8], forms: &[(&str, Vec<u8>)]) {
    let dir = temporary();
    let expected = read(&dir, plain);
    assert_eq!(expected.ending, Ending::Whole);
    assert!(expected.routes.len() + expected.sessions.len() > 10);
    for (form, bytes) in forms {
        let found = read(&dir, bytes);
        assert_eq!(found.ending, Ending::Whole, "{form}");
        assert_eq!(found.record_count(), expected.record_count(), "{form}");
        assert!(items(&found) == items(&expected), "{form} differs");
    }
}

/// This file ends before its end, and says what `plain` says.
fn assert_flagged(form: &str, plain: &[u8], bytes: &[u8]) {
    let dir = temporary();
    let (expected, found) = (read(&dir, plain), read(&dir, bytes));
    assert!(is_cut_at(&found, plain.len()), "{form}: {:?}", found.ending);
    assert!(items(&found) == items(&expected), "{form} differs");
}

fn is_cut_at(decoded: &FileContents, at: usize) -> bool {
    matches!(decoded.ending, Ending::Cut { offset, .. } if offset == at as u64)
}

/// A file cut anywhere gives the beginning of what the whole file gives; the later it is cut, the more.
fn assert_cuts(whole: &[u8], places: impl Iterator<Item = usize>) {
    let dir = temporary();
    let all = items(&read(&dir, whole));
    let places: Vec<usize> = places.filter(|&at| at < whole.len()).collect();
    let lengths: Vec<usize> = in_parallel(places, |at| {
        let found = read(&dir, &whole[..at]);
        assert_ne!(found.ending, Ending::Whole, "cut at {at}");
        let items = items(&found);
        assert!(all.starts_with(&items), "cut at {at}");
        items.len()
    });
    assert!(lengths.is_sorted(), "{lengths:?}");
}

/// With a byte changed anywhere, a file says nothing that it does not say whole.
fn assert_flips(whole: &[u8], places: impl Iterator<Item = usize>) {
    let dir = temporary();
    let all: HashSet<String> = items(&read(&dir, whole)).iter().map(words).collect();
    let places: Vec<usize> = places.filter(|&at| at < whole.len()).collect();
    in_parallel(places, |at| {
        for item in items(&read(&dir, &flipped(whole, at))) {
            assert!(all.contains(&words(&item)), "byte {at}: {item:?}");
        }
    });
}

fn words(item: &(u64, Recorded)) -> String {
    format!("{item:?}")
}

/// The first and last bytes, and some between.
fn places(length: usize, step: usize) -> impl Iterator<Item = usize> {
    let ends = (1..24).chain(length.saturating_sub(24)..length);
    let between = (step..length).step_by(step);
    let mut all: Vec<usize> = ends.chain(between).collect();
    all.sort_unstable();
    all.into_iter()
}

fn with(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

// ---- bzip2 ----

#[test]
fn bz2_of_all_forms() {
    let small = updates(20_000, 1, any);
    let (first, second) = small.split_at(7_777);
    let empty = bz2(&[], 9);
    assert_same(
        &small,
        &[
            ("one block", bz2(&small, 9)),
            ("level 1", bz2(&small, 1)),
            ("two streams", with(&[&bz2(first, 9), &bz2(second, 1)])),
            (
                "an empty stream in the middle",
                with(&[&bz2(first, 9), &empty, &bz2(second, 9)]),
            ),
            ("an empty stream first", with(&[&empty, &bz2(&small, 9)])),
            ("an empty stream last", with(&[&bz2(&small, 9), &empty])),
            ("zeros behind it", with(&[&bz2(&small, 9), &[0; 1000]])),
            ("one zero behind it", with(&[&bz2(&small, 9), &[0]])),
        ],
    );
    let large = updates(3_000_000, 2, any);
    let of_streams: Vec<u8> = large.chunks(400_000).flat_map(|c| bz2(c, 9)).collect();
    assert_same(
        &large,
        &[
            ("many blocks", bz2(&large, 9)),
            ("many blocks of level 1", bz2(&large, 1)),
            ("many streams", of_streams),
        ],
    );
}

#[test]
fn bz2_that_holds_nothing() {
    let dir = temporary();
    let found = read(&dir, &bz2(&[], 9));
    assert_eq!(
        (found.ending.clone(), found.record_count()),
        (Ending::Whole, 0)
    );
}

#[test]
fn bz2_with_something_else_behind_it() {
    let plain = updates(20_000, 3, any);
    let whole = bz2(&plain, 9);
    for garbage in [
        &b"garbage"[..],
        &b"G"[..],
        &b"BZ"[..],
        &b"BZh"[..],
        &b"BZh9"[..],
        &b"BZh0...."[..],
    ] {
        assert_flagged("garbage", &plain, &with(&[&whole, garbage]));
    }
    assert_flagged(
        "zeros and garbage",
        &plain,
        &with(&[&whole, &[0; 9], b"garbage"]),
    );
    // However many zeros: a stream behind them is not lost unnoticed.
    for zeros in [9, 1_000_000] {
        let more = bz2(&updates(20_000, 14, any), 9);
        assert_flagged(
            "zeros and a stream",
            &plain,
            &with(&[&whole, &vec![0; zeros], &more]),
        );
    }
}

#[test]
fn bz2_cut_anywhere() {
    let whole = bz2(&updates(250_000, 4, any), 1);
    assert_cuts(&whole, places(whole.len(), 1_009));
}

#[test]
fn bz2_with_a_byte_changed_anywhere() {
    let plain = updates(150_000, 5, any);
    let (first, second) = plain.split_at(60_000);
    let whole = with(&[&bz2(first, 1), &bz2(second, 1)]);
    assert_flips(&whole, places(whole.len(), 1_009));
}

/// Blocks whose run-lengths unfold them to fifty times their size.
#[test]
fn bz2_of_long_runs() {
    const OSPF: u16 = 11;
    let run = record(0x40c0_c0c0, OSPF, 0, &vec![0; 15 << 20]);
    let plain = with(&[
        &updates(9_000, 6, any),
        &run,
        &run,
        &run,
        &run,
        &updates(9_000, 7, any),
    ]);
    assert_same(
        &plain,
        &[("level 9", bz2(&plain, 9)), ("level 1", bz2(&plain, 1))],
    );
}

/// The mark of a block inside a block. A block lists the values that it uses as bits, sixteen to
/// a row: three rows spell the mark where just the right values are used.
#[test]
fn bz2_with_marks_inside_blocks() {
    for mark in [0x3141_5926_5359_u64, 0x1772_4538_5090] {
        // The rows of 0x50 to 0x7f.
        let is_used = |value: u8| match value {
            0x50..=0x7f => mark >> (47 - u32::from(value - 0x50)) & 1 == 1,
            _ => true,
        };
        let used: Vec<u8> = (0..=255).filter(|&value| is_used(value)).collect();
        let noise = |number: u64| used[number as usize % used.len()];
        let plain = updates(350_000, 8, noise);
        let whole = bz2(&plain, 1);
        let found = marks(&whole, mark);
        let blocks = if mark == 0x3141_5926_5359 { 4 } else { 1 };
        assert!(found >= 4 + blocks, "{mark:x}: {found} marks");
        assert_same(&plain, &[("level 1", whole.clone())]);
        assert_same(
            &plain,
            &[(
                "two streams",
                with(&[&bz2(&plain[..99_999], 1), &bz2(&plain[99_999..], 1)]),
            )],
        );
        assert_cuts(&whole, places(whole.len(), 30_011));
    }
}

/// How many times 48 bits occur.
fn marks(bytes: &[u8], mark: u64) -> usize {
    let mut window = 0u64;
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1));
    bits.filter(|&bit| {
        window = (window << 1 | u64::from(bit)) & ((1 << 48) - 1);
        window == mark
    })
    .count()
}

/// Marks without end are no block: that is found out soon.
#[test]
fn bz2_of_nothing_but_marks() {
    let dir = temporary();
    let marks = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59].repeat(200_000);
    let began = Instant::now();
    let found = read(&dir, &with(&[b"BZh9", &marks]));
    assert!(is_cut_at(&found, 0), "{:?}", found.ending);
    assert!(began.elapsed() < HANGS, "{:?}", began.elapsed());
}

#[test]
fn bz2_by_one_thread_and_by_four() {
    let dir = temporary();
    let whole = bz2(&updates(2_000_000, 9, any), 1);
    let mut broken = whole.clone();
    broken[whole.len() / 2] ^= 1;
    for bytes in [&whole, &broken, &whole[..1_200_000].to_vec()] {
        let [one, four] = [1, 4].map(|threads| {
            let pool = ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            let found = pool.install(|| read(&dir, bytes));
            (items(&found), found.ending.clone())
        });
        assert!(one == four, "{:?}, {:?}", one.1, four.1);
    }
}

// ---- gzip ----

/// Of so many bytes that it is inflated in a thread of its own.
fn large_gz() -> (Vec<u8>, Vec<u8>) {
    let plain = updates(7_000_000, 10, any);
    let whole = gz(&plain);
    assert!(whole.len() > 5_000_000, "{}", whole.len());
    (plain, whole)
}

fn members(plain: &[u8], cut: usize) -> (Vec<u8>, Vec<u8>) {
    (gz(&plain[..cut]), gz(&plain[cut..]))
}

#[test]
fn gz_of_all_forms() {
    let small = updates(20_000, 11, any);
    let (first, second) = members(&small, 7_777);
    let empty = gz(&[]);
    assert_same(
        &small,
        &[
            ("one member", gz(&small)),
            ("two members", with(&[&first, &second])),
            (
                "an empty member in the middle",
                with(&[&first, &empty, &second]),
            ),
            ("zeros behind it", with(&[&first, &second, &[0; 1000]])),
        ],
    );
    let (large, whole) = large_gz();
    let (first, second) = members(&large, 4_321_987);
    assert_same(
        &large,
        &[
            ("large", whole),
            ("two large members", with(&[&first, &second])),
            ("zeros behind it", with(&[&first, &second, &[0; 1000]])),
        ],
    );
}

#[test]
fn gz_with_something_else_behind_it() {
    let small = updates(20_000, 12, any);
    let (large, whole) = large_gz();
    for (plain, whole) in [(small.clone(), gz(&small)), (large, whole)] {
        assert_flagged("garbage", &plain, &with(&[&whole, b"garbage"]));
        assert_flagged(
            "zeros, garbage",
            &plain,
            &with(&[&whole, &[0; 9], b"garbage"]),
        );
        assert_flagged("half a header", &plain, &with(&[&whole, &[0x1f, 0x8b, 8]]));
    }
}

/// Where a member's checksum fails, nothing of that member counts.
#[test]
fn gz_whose_checksum_fails() {
    let dir = temporary();
    let small = updates(20_000, 13, any);
    let (large, _) = large_gz();
    for (plain, cut) in [(&small, 7_777), (&large, 4_321_987)] {
        let (first, second) = members(plain, cut);
        for from_end in [8, 5, 4, 1] {
            let mut bytes = with(&[&first, &second]);
            let at = bytes.len() - from_end;
            bytes[at] ^= 1;
            let found = read(&dir, &bytes);
            let before = read(&dir, &plain[..cut]);
            assert_eq!(items(&found).len(), items(&before).len());
            assert!(items(&found) == items(&before));
            assert!(matches!(found.ending, Ending::Cut { offset, .. } if offset as usize <= cut));
        }
    }
}

#[test]
fn gz_cut_anywhere() {
    let (first, second) = members(&updates(150_000, 14, any), 70_001);
    let whole = with(&[&first, &second]);
    assert_cuts(&whole, places(whole.len(), 1_009));
    let (_, large) = large_gz();
    assert_cuts(&large, (1..5).map(|i| i * 1_100_003));
}

/// Deflate's only checksum stands at a member's end: with a byte changed anywhere, what counts is
/// the members before.
#[test]
fn gz_with_a_byte_changed_anywhere() {
    let (first, second) = members(&updates(150_000, 15, any), 70_001);
    let whole = with(&[&first, &second]);
    assert_flips(&whole, places(whole.len(), 401));
}

/// Without noise to fill it, deflate's trees are deep and a changed byte leads further astray.
#[test]
fn gz_that_packs_well_with_a_byte_changed_anywhere() {
    let whole = gz(&updates(600_000, 19, |number| (number % 7) as u8));
    assert!(whole.len() < 400_000, "{}", whole.len());
    assert_flips(&whole, places(whole.len(), 3_001));
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1 << (at % 8);
    bytes
}

/// A member of zeros that unfolds a thousandfold, and a file of sixty-four such.
#[test]
fn gz_bombs() {
    let dir = temporary();
    let zeros = tight_gz(&vec![0; 16 << 20]).repeat(64);
    assert!(zeros.len() < 2 << 20);
    let unknown = tight_gz(&record(0, 99, 0, &[]).repeat((16 << 20) / 12)).repeat(64);
    for (bomb, bytes) in [("zeros", zeros), ("records of no type", unknown)] {
        let began = Instant::now();
        let found = read(&dir, &bytes);
        assert!(found.routes.is_empty() && found.sessions.is_empty());
        assert!(found.damaged.len() < 2_000_000);
        assert_ne!(found.ending, Ending::Whole, "{bomb}");
        assert!(began.elapsed() < HANGS, "{bomb}: {:?}", began.elapsed());
    }
}

/// A file that cannot be inflated to its end is read again, to lose none of what comes before:
/// that takes no longer than reading it once more.
#[test]
fn gz_that_gives_up_late() {
    let dir = temporary();
    let plain = updates(20_000, 18, any);
    let filler = tight_gz(&record(0x40c0_c0c0, 11, 0, &vec![0; (16 << 20) - 12]));
    // A block of the type that there is not (RFC 1951).
    let broken = [&gz(&plain)[..10], &[0x07; 16]].concat();
    let bytes = with(&[&filler.repeat(16), &gz(&plain), &broken]);
    let began = Instant::now();
    let found = read(&dir, &bytes);
    let expected = items(&read(&dir, &plain));
    let words = |items: Vec<(u64, Recorded)>| items.into_iter().map(|s| s.1).collect::<Vec<_>>();
    assert!(words(items(&found)) == words(expected));
    assert!(
        is_cut_at(&found, (256 << 20) + plain.len()),
        "{:?}",
        found.ending
    );
    assert!(began.elapsed() < HANGS, "{:?}", began.elapsed());
}

// ---- lengths ----

/// A record that claims more than any record has ends the file, and no memory is asked for.
#[test]
fn a_record_of_four_gigabytes() {
    let dir = temporary();
    let plain = updates(5_000, 16, any);
    let mut claim = record(0x40c0_c0c0, 16, 4, &[0; 64]);
    claim[8..12].fill(0xff);
    let bytes = with(&[&plain, &claim, &updates(5_000, 17, any)]);
    let expected = items(&read(&dir, &plain));
    for form in [bytes.clone(), gz(&bytes), bz2(&bytes, 9)] {
        let found = read(&dir, &form);
        assert!(is_cut_at(&found, plain.len()), "{:?}", found.ending);
        assert!(items(&found) == expected);
    }
}
