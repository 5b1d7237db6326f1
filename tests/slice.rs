//! `dropline slice`: the run on the slice equals the run on the whole, of archives by chance and of
//! real ones, and other tools read what was cut.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::harness::{Outcome, Scene, dated, dropline, mirror, tries};
use crate::laws::{config, question, random_archive};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use temp_dir::TempDir;

/// Tables that hold nothing about the files themselves: the same to the last byte.
const SAME: [&str; 11] = [
    "prefixes",
    "asns",
    "country",
    "upstreams",
    "upstream_changes",
    "transitions",
    "outages",
    "losses",
    "outage_collectors",
    "stages",
    "ioda",
];

/// Cuts with some flags into a folder.
fn cut(flags: &[String], dir: &Path) -> Outcome {
    let mut args = vec!["slice".to_owned()];
    args.extend_from_slice(flags);
    args.extend(["-o".to_owned(), dir.display().to_string()]);
    dropline(&args)
}

/// Cuts, runs both by the program, and compares the tables: independent of what the command itself
/// found. Answers with the slice.
fn assert_equivalent(flags: &[String], dir: &Path) -> PathBuf {
    let slice = dir.join("slice");
    let sliced = cut(flags, &slice);
    assert!(matches!(sliced.code, 0 | 3), "{}", sliced.stderr);
    let whole = dir.join("of-whole");
    let mut args = ["run", "--no-report"].map(str::to_owned).to_vec();
    args.extend_from_slice(flags);
    args.extend(["-o".to_owned(), whole.display().to_string()]);
    let of_whole = dropline(&args);
    let again = dir.join("of-slice");
    let incident = slice.join("incident.toml");
    let of_slice = dropline(&[
        "run".as_ref(),
        incident.as_os_str(),
        "--no-report".as_ref(),
        "-o".as_ref(),
        again.as_os_str(),
    ]);
    assert_eq!(
        of_whole.code, of_slice.code,
        "{}\n{}",
        of_whole.stderr, of_slice.stderr
    );
    assert_eq!(of_whole.code, sliced.code);
    let mut compared = 0;
    for name in SAME.map(|name| format!("{name}.csv")) {
        let [whole, again] = [&whole, &again].map(|dir| fs::read(dir.join(&name)).ok());
        assert!(whole == again, "{name} differs");
        compared += usize::from(whole.is_some());
        // And so are the expected tables.
        assert!(fs::read(slice.join("expected").join(&name)).ok() == again);
    }
    assert!(compared >= 9);
    let classified = |dir: &Path| {
        let table = crate::harness::read_csv(&fs::read_to_string(dir.join("peers.csv")).unwrap());
        let row = |mut row: BTreeMap<String, String>| {
            row.remove("table_size");
            row.remove("reason");
            row
        };
        table.into_iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(classified(&whole), classified(&again));
    slice
}

fn flags_of(text: &str) -> Vec<String> {
    text.split_whitespace().map(dated).collect()
}

/// Any archive with sessions that bounce, damage, ADD-PATH, IPv6, RIBs that disagree, origins that
/// give prefixes away, route servers, files missing and cut.
#[test]
fn the_run_on_a_slice_is_the_run_on_the_whole() {
    let missing = (any::<bool>(), any::<bool>(), prop::option::of(0..4usize));
    proptest!(config(16), |(archive in random_archive(120), question in question(), (ris, routeviews, broken) in missing)| {
        let mut scene = Scene::of(&archive.text());
        if ris {
            scene = scene.without("rrc01/2014.12/updates.20141222.1610.gz");
        }
        if routeviews {
            scene = scene.without("route-views.sydney/bgpdata/2014.12/UPDATES/updates.20141222.1615.bz2");
        }
        if let Some(records) = broken {
            scene = scene.cut_after("rrc01/2014.12/updates.20141222.1620.gz", records);
        }
        let mut flags = vec!["--archive".to_owned(), scene.archive().display().to_string()];
        flags.extend(flags_of(&question));
        assert_equivalent(&flags, scene.archive().parent().unwrap());
    });
}

/// Peers that fall silent, one that returns with its table and one that returns without, one that
/// is silent to the end; tables that are a full feed, or not, by one prefix.
const SILENCES: &str = "
    cover route-views.sydney 16:00 17:00
    16:00 route-views.sydney/A table 4 4000
    16:00 route-views.sydney/B table 4 4000
    16:00 route-views.sydney/C table 4 3999
    16:00 route-views.sydney/D table 4 3000
    16:00 route-views.sydney/E table 4 2990
    16:00 route-views.sydney/A rib 10.0.1.0/24 @ 64500
    16:00 route-views.sydney/B rib 10.0.1.0/24 @ 64500
    16:00 route-views.sydney/C rib 10.0.1.0/24 @ 64500
    16:00 route-views.sydney/D rib 10.0.1.0/24 @ 64500
    16:02 route-views.sydney/A keepalive
    16:03 route-views.sydney/B keepalive
    16:08 route-views.sydney/C keepalive
    16:17 route-views.sydney/C keepalive
    16:26 route-views.sydney/C keepalive
    16:20 route-views.sydney/A announce-table 4 2100 @ 64496
    16:21 route-views.sydney/B announce-table 4 60 @ 64496
    16:30 route-views.sydney/A withdraw 10.0.1.0/24
    16:31 route-views.sydney/B withdraw 10.0.1.0/24
    16:35 route-views.sydney/D keepalive
";

#[test]
fn silences_and_returns_stay() {
    let scene = Scene::of(SILENCES);
    let mut flags = vec![
        "--archive".to_owned(),
        scene.archive().display().to_string(),
    ];
    flags.extend(flags_of("--prefix 10.0.0.0/16 --from 16:00 --to 17:00"));
    let slice = assert_equivalent(&flags, scene.archive().parent().unwrap());
    let transitions = fs::read_to_string(slice.join("expected/transitions.csv")).unwrap();
    // What came back with its table had settled; what came back without was as before.
    for row in [
        "T16:30:00.000000Z,route-views.sydney,64501,192.0.2.1,10.0.1.0/24,1,unknown,absent,silence",
        "T16:21:00.000000Z,route-views.sydney,64502,192.0.2.2,10.0.1.0/24,1,unknown,present,silence",
        "T16:31:00.000000Z,route-views.sydney,64502,192.0.2.2,10.0.1.0/24,2,present,absent,withdraw",
    ] {
        assert!(transitions.contains(row), "{transitions}");
    }
    let rib = "route-views.sydney/bgpdata/2014.12/RIBS/rib.20141222.1600.bz2";
    let records = |archive: &Path| {
        let bytes = crate::harness::unpack(&fs::read(archive.join(rib)).unwrap());
        let starts = crate::harness::record_starts(&bytes);
        let kinds = starts.windows(2).map(|w| bytes[w[0] + 5]);
        (kinds.filter(|kind| *kind != 0).count(), bytes.len())
    };
    let (whole, bytes) = records(&scene.archive());
    let (kept, padded) = records(&slice.join("archive"));
    assert!(kept * 2 < whole, "{kept} of {whole}");
    assert_eq!(bytes, padded, "every record stays at its offset");
}

/// A profile brings its own full-feed rule, unless another is asked for as well.
#[test]
fn a_profile_with_another_full_feed_rule() {
    let scene = Scene::of(SILENCES);
    let archive = scene.archive().display().to_string();
    let mut flags = vec!["--archive".to_owned(), archive];
    let question = "--prefix 10.0.0.0/16 --from 16:00 --to 16:40 --profile ioda --full-feed 0.5";
    flags.extend(flags_of(question));
    let slice = assert_equivalent(&flags, scene.archive().parent().unwrap());
    let prefixes = fs::read_to_string(slice.join("expected/prefixes.csv")).unwrap();
    assert!(prefixes.contains(",up"), "{prefixes}");
}

/// Loose files whose names tell no time are known by their first record.
#[test]
fn loose_files_without_a_time_in_their_names() {
    let scene = Scene::of(
        "cover 16:00 16:05\n 16:01:17 ABC announce 10.0.1.0/24 @ 64500\n 16:02:17 B state 6 1",
    );
    let loose = scene.archive().with_file_name("loose.gz");
    let archived = "rrc00/2014.12/updates.20141222.1600.gz";
    fs::copy(scene.archive().join(archived), &loose).unwrap();
    let mut flags = vec!["--file".to_owned(), loose.display().to_string()];
    flags.extend(flags_of(
        "--collector rrc00 --prefix 10.0.0.0/16 --from 16:01 --to 16:06 --full-feed all",
    ));
    let slice = scene.archive().with_file_name("slice");
    let sliced = cut(&flags, &slice);
    assert_eq!(sliced.code, 0, "{}", sliced.stderr);
    let files = fs::read_to_string(slice.join("expected/files.csv")).unwrap();
    assert!(files.contains(",2014-12-22T16:01:00Z,"), "{files}");
    // Other tools go by the name's end: uncompressed files become what it names.
    let plain = scene.archive().with_file_name("plain");
    let bytes = crate::harness::unpack(&fs::read(&loose).unwrap());
    fs::write(&plain, bytes).unwrap();
    flags[1] = plain.display().to_string();
    let of_plain = scene.archive().with_file_name("of-plain");
    let sliced = cut(&flags, &of_plain);
    assert_eq!(sliced.code, 0, "{}", sliced.stderr);
    let file = "archive/rrc00/2014.12/updates.20141222.1601.gz";
    let [of_loose, of_plain] = [&slice, &of_plain].map(|dir| fs::read(dir.join(file)).unwrap());
    assert!(of_loose == of_plain && of_plain.starts_with(&[0x1f, 0x8b]));
}

#[test]
fn a_bundled_incident_is_sliced_with_its_title_and_its_published_times() {
    let dir = TempDir::new().unwrap();
    let slice = dir.path().join("slice");
    let sliced = cut(&["kp-2014-12-22-reconstruction".to_owned()], &slice);
    assert!(matches!(sliced.code, 0 | 3), "{}", sliced.stderr);
    let again = dir.path().join("again");
    let incident = slice.join("incident.toml");
    dropline(&[
        "run".as_ref(),
        incident.as_os_str(),
        "--no-report".as_ref(),
        "-o".as_ref(),
        again.as_os_str(),
    ]);
    let run = fs::read_to_string(again.join("run.json")).unwrap();
    let run: serde_json::Value = serde_json::from_str(&run).unwrap();
    assert_eq!(run["reconstruction"], true);
    assert!(!run["published"].as_array().unwrap().is_empty());
    let readme = fs::read_to_string(slice.join("README.md")).unwrap();
    assert!(readme.contains("made so, by the same program"));
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("mine"), "").unwrap();
    let sliced = cut(&["kp-2022-04-21".to_owned()], dir.path());
    assert_eq!(sliced.code, 2);
    assert!(sliced.stderr.contains("is not empty"), "{}", sliced.stderr);
    assert!(sliced.stderr.contains("hint: name a new folder"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// A question that makes no sense costs nobody the folder that was made for its answer.
#[test]
fn an_empty_folder_is_taken_once_the_question_is_sound() {
    let scene = Scene::of("cover 16:00 16:10\n16:00 ABC rib 10.0.1.0/24 @ 64500");
    let slice = scene.archive().with_file_name("slice");
    fs::create_dir(&slice).unwrap();
    let archive = scene.archive().display().to_string();
    for (question, code) in [
        ("--from 16:10 --to 16:00", 2),
        ("--from 16:00 --to 16:10", 0),
    ] {
        let mut flags = vec!["--archive".to_owned(), archive.clone()];
        flags.extend(flags_of(&format!("--prefix 10.0.0.0/16 {question}")));
        let sliced = cut(&flags, &slice);
        assert_eq!(sliced.code, code, "{}", sliced.stderr);
        assert!(slice.is_dir());
    }
    assert!(slice.join("incident.toml").is_file());
}

#[test]
fn without_files_nothing_is_left_behind() {
    let dir = TempDir::new().unwrap();
    let slice = dir.path().join("slice");
    let mut flags = vec!["--archive".to_owned(), dir.path().display().to_string()];
    flags.extend(flags_of("--prefix 10.0.0.0/16 --from 16:00 --to 17:00"));
    let sliced = cut(&flags, &slice);
    assert_eq!(sliced.code, 2, "{}", sliced.stderr);
    assert!(sliced.stderr.contains("hint: "));
    assert!(!slice.exists());
}

/// Real archives: what to watch, when, and which folder of the mirror. The last one, half a day of
/// forty peers, takes minutes: it is cut in the full sweep.
const REAL: [(&str, &str, &str); 6] = [
    (
        "archive",
        "rrc23",
        "--asn 131279 --from 2022-04-21T02:00Z --to 2022-04-21T02:05Z --full-feed all",
    ),
    (
        "archive",
        "route-views.chicago",
        "--asn 9785 --from 2017-08-24T19:00Z --to 2017-08-25T01:15Z --full-feed all",
    ),
    (
        "archive",
        "route-views.chicago",
        "--prefix 84.205.64.0/19 --from 2017-08-24T19:00Z --to 2017-08-25T01:15Z --full-feed all",
    ),
    (
        "archive",
        "route-views.ny",
        "--asn 13335 --from 2021-12-28T18:00Z --to 2021-12-29T01:15Z --full-feed all",
    ),
    (
        "archive",
        "route-views.jinx",
        "--asn 3741 --from 2014-05-30T22:00Z --to 2014-05-31T00:00Z",
    ),
    (
        "archive-2008-02-24",
        "route-views2",
        "--asn 17557 --asn 36561 --asn 9785 --from 2008-02-24T16:00Z --to 2008-02-24T22:00Z --full-feed 200000",
    ),
];

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR; and bgpdump"]
fn real_files_are_cut_to_the_same_tables_and_bgpdump_reads_them() {
    let mirror = mirror();
    for (folder, collector, question) in &REAL[..tries(REAL.len() - 1, REAL.len())] {
        let dir = TempDir::new().unwrap();
        let archive = mirror.join(folder);
        let mut flags = vec!["--archive".to_owned(), archive.display().to_string()];
        flags.extend(["--collector".to_owned(), (*collector).to_owned()]);
        flags.extend(question.split_whitespace().map(str::to_owned));
        let slice = assert_equivalent(&flags, dir.path());
        let readme = fs::read_to_string(slice.join("README.md")).unwrap();
        let files: Vec<Vec<&str>> = readme
            .lines()
            .filter(|l| l.starts_with("| ") && !l.starts_with("| file"))
            .map(|l| l.split(" | ").collect())
            .collect();
        let sum = |i: usize| -> u64 {
            let cells = files.iter().map(|f| f[i].trim_end_matches(" |"));
            cells.map(|c| c.parse::<u64>().unwrap()).sum()
        };
        let line = format!(
            "{collector} {question}: {} files, {} -> {} bytes, {} -> {} records",
            files.len(),
            sum(3),
            sum(4),
            sum(5),
            sum(6)
        );
        drop(writeln!(std::io::stderr(), "{line}"));
        assert!(sum(4) < sum(3), "{line}");
        let watched = watched(&slice);
        for file in &files {
            let path = file[0].trim_start_matches("| ");
            bgpdump_agrees(&archive, &slice.join("archive"), path, &watched);
        }
    }
}

fn watched(slice: &Path) -> BTreeSet<String> {
    let run = fs::read_to_string(slice.join("expected/run.json")).unwrap();
    let run: serde_json::Value = serde_json::from_str(&run).unwrap();
    let prefixes = run["watched_prefixes"].as_array().unwrap().iter();
    let prefixes = prefixes.map(|p| p["prefix"].as_str().unwrap().to_owned());
    prefixes.collect()
}

/// bgpdump reads the slice to its end, and has the same lines of the watched prefixes as of the
/// whole.
fn bgpdump_agrees(whole: &Path, slice: &Path, path: &str, watched: &BTreeSet<String>) {
    let lines = |archive: &Path| {
        let mut bgpdump = Command::new("bgpdump");
        let output = bgpdump.arg("-m").arg(archive.join(path)).output();
        let output = output.expect("bgpdump starts");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let complaints = errors.lines().filter(|l| !l.contains("logging to syslog"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let is_its = |line: &&str| line.split('|').nth(5).is_some_and(|p| watched.contains(p));
        let last = text.lines().next_back().map(str::to_owned);
        let its: Vec<String> = lines.by_ref().filter(is_its).map(str::to_owned).collect();
        (its, last, complaints.count())
    };
    let (before, now) = (lines(whole), lines(slice));
    assert!(
        before == now,
        "{path}: {} and {} lines",
        before.0.len(),
        now.0.len()
    );
}

/// Type NULL "causes no operation" (RFC 6396 §B.1.1): as the padding of a slice, or with whatever a
/// collector put there. What has no time is a hole of zeros.
#[test]
fn padding_is_nothing() {
    for body in ["00000000000000000000", "00000000000000010000", "68656c6c6f"] {
        let scene = Scene::of(&format!(
            "cover 16:00 16:10\n16:00 A rib 10.0.1.0/24 @ 64500\n16:01 A raw 0 0 {body}"
        ));
        let run = scene.ask("--prefix 10.0.0.0/16 --from 16:00 --to 16:10 --min-vantage 1");
        let files = run.exits(0).table("files");
        assert!(files.iter().all(|f| f["damaged_records"] == "0"), "{body}");
    }
}
