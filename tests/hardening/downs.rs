//! Whatever byte of a compressed file is changed, a run has nothing down that it does not have down
//! of the files as they were: what a checksum rejects is unknown instead. That is the law of the
//! minutes of prefixes and of outages, of an AS and of all that is watched too. A minute of an AS
//! goes by its visible prefixes while no more than half of them are unknown, so that two of them,
//! one gone and one unknown, are down by that rule; it makes no outage.
//!
//! A sample of changes is tried, and 10,000 with `DROPLINE_SWEEP=full`.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends where its world cannot be set up, and says what it measures"
)]

use crate::harness::{Random, Scene, dated, dropline, in_parallel, read_csv, tries};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use temp_dir::TempDir;

/// An outage that lasts, a loss that does not, and a prefix that stays.
const SCENE: &str = "cover COLLECTOR 16:00 16:30
    16:00 SESSIONS table 4 300
    16:00 SESSIONS rib 10.0.1.0/24 @ 64500
    16:00 SESSIONS rib 10.0.2.0/24 @ 64500
    16:00 SESSIONS rib 10.0.3.0/24 @ 64499
    16:04 SESSIONS announce 10.0.1.0/24 @ 64498 64500
    16:06 SESSIONS withdraw 10.0.2.0/24
    16:08 SESSIONS announce 10.0.2.0/24 @ 64500
    16:09 SESSIONS announce 10.0.3.0/24 @ 64498 64499
    16:12 SESSIONS withdraw 10.0.1.0/24
    16:20 SESSIONS announce 10.0.3.0/24 @ 64499";
const ASKED: &str = "--prefix 10.0.0.0/8 --from 16:02 --to 16:28 --full-feed all --no-report -q";

/// What is down: table, minute and prefix; of outages scope and entity.
type Downs = BTreeSet<[String; 3]>;

/// What a run over an archive has down, and whether it says that data are incomplete.
fn run(archive: &Path, out: &Path) -> (Downs, bool) {
    let mut args = vec!["run".to_owned(), "--archive".to_owned()];
    args.push(archive.display().to_string());
    args.extend(ASKED.split_whitespace().map(dated));
    args.extend(["-o".to_owned(), out.display().to_string()]);
    let said = dropline(&args);
    assert!(matches!(said.code, 0 | 3), "{}", said.stderr);
    let table = |name: &str| {
        let text = fs::read_to_string(out.join(name)).expect("a table");
        read_csv(&text)
    };
    let rows = table("prefixes.csv").into_iter();
    let down = rows.filter(|row| row["status"] == "down");
    let down = down.map(|r| {
        [
            "prefixes".to_owned(),
            r["minute"].clone(),
            r["prefix"].clone(),
        ]
    });
    let mut downs: Downs = down.collect();
    let outages = table("outages.csv").into_iter();
    downs.extend(outages.map(|r| {
        [
            "outages".to_owned(),
            r["scope"].clone(),
            r["entity"].clone(),
        ]
    }));
    (downs, said.code == 3)
}

/// The files of an archive, by their paths in it.
fn files(archive: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![archive.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path.strip_prefix(archive).expect("inside").to_owned()),
            }
        }
    }
    found.sort();
    found
}

fn assert_no_new_downs(collector: &str, sessions: &str) {
    let scenario = SCENE.replace("COLLECTOR", collector);
    let scene = Scene::of(&scenario.replace("SESSIONS", sessions));
    let archive = scene.archive();
    let (clean, is_incomplete) = run(&archive, &archive.join("../clean"));
    assert!(!clean.is_empty() && !is_incomplete, "{collector}");
    let files = files(&archive);
    let noticed = AtomicUsize::new(0);
    let n = tries(24, 5000);
    in_parallel(0..n as u64, |case| {
        let mut random = Random(case);
        let dir = TempDir::new().expect("a temporary folder");
        let hit = random.below(files.len());
        for (number, file) in files.iter().enumerate() {
            let mut bytes = fs::read(archive.join(file)).expect("a file");
            if number == hit {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 + random.below(255) as u8;
            }
            let path = dir.path().join("archive").join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            fs::write(path, bytes).expect("a file can be written");
        }
        let (downs, is_incomplete) = run(&dir.path().join("archive"), &dir.path().join("out"));
        noticed.fetch_add(usize::from(is_incomplete), Ordering::Relaxed);
        let invented: Vec<_> = downs.difference(&clean).collect();
        let hit = files[hit].display();
        assert!(invented.is_empty(), "case {case}, {hit}: {invented:?}");
    });
    eprintln!("{collector}: {n} changed, {noticed:?} told of, no down invented");
    assert!(noticed.into_inner() > n / 2, "{collector}");
}

#[test]
fn with_a_byte_of_gz_changed_nothing_more_is_down() {
    assert_no_new_downs("rrc00", "ABC");
}

#[test]
fn with_a_byte_of_bz2_changed_nothing_more_is_down() {
    assert_no_new_downs("route-views.sydney", "sydney/ABC");
}
