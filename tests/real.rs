//! Whole real files, where `DROPLINE_MIRROR` names a folder that holds the archives of
//! `data/manifests`. They are ignored unless they are asked for; then a missing file fails.

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::harness::mirror;
use crate::incidents::{
    DATA, Row, Witnessing, assert_as_witnessed, assert_as9785, assert_beacons, read, run, stderr,
};
use crate::words::assert_words;
use dropline::decode::{self, CoveringDetail, Filter, Scan};
use dropline::model::archive::{FileContents, FileKind};
use dropline::model::route::{RouteAction, SessionEvent};
use dropline::model::time::Timestamp;
use dropline::watchlist::{self, WatchList};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Asks a question of `data/expected/questions.tsv`, with more arguments, and compares the answer
/// with its expected table.
fn ask(mirror: &Path, name: &str, more: &[&str]) -> (temp_dir::TempDir, std::process::Output) {
    let questions = fs::read_to_string(format!("{DATA}/expected/questions.tsv")).unwrap();
    let line = questions
        .lines()
        .find(|l| l.split('\t').next() == Some(name));
    let fields: Vec<&str> = line.unwrap().split('\t').collect();
    let archive = mirror.join(fields[1]);
    let mut args = vec!["--archive", archive.to_str().unwrap()];
    args.extend(fields[2].split(' '));
    args.extend(more);
    let (out, output) = run(&args);
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{name}: {}",
        stderr(&output)
    );
    // The other expected tables rest on the baseline at the window's first instant.
    let mut tables = Witnessing::ALL.to_vec();
    if !more.is_empty() {
        tables = vec![Witnessing::Prefixes, Witnessing::Upstreams];
    } else if let Some(named) = fields.get(3) {
        tables.retain(|table| named.split(',').any(|name| name == table.name()));
    }
    assert_as_witnessed(name, out.path(), &tables);
    (out, output)
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn the_north_korean_event_of_2022() {
    let mirror = mirror();
    let (_, output) = ask(&mirror, "kp-2022-04-21", &[]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn the_beacons_of_2017() {
    let mirror = mirror();
    let (out, output) = ask(&mirror, "beacons-2017-08-24", &[]);
    assert_eq!(output.status.code(), Some(0));
    assert_beacons(out.path());
    assert_eq!(lost_sessions(out.path()), 0, "a table transfer is no loss");
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn the_beacons_of_2021() {
    let mirror = mirror();
    let (out, output) = ask(&mirror, "beacons-2021-12-28", &[]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(lost_sessions(out.path()), 0, "a table transfer is no loss");
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn as9785_in_2017() {
    let mirror = mirror();
    let baseline = ["--baseline-at", "2017-08-24T23:30Z"];
    ask(&mirror, "as9785-2017-08-24", &[]);
    let (out, output) = ask(&mirror, "as9785-2017-08-24", &baseline);
    assert_eq!(output.status.code(), Some(0));
    assert_as9785(out.path());
    assert_eq!(lost_sessions(out.path()), 0, "a table transfer is no loss");
}

fn lost_sessions(out: &Path) -> u32 {
    let peers = read(&out.join("peers.csv"));
    peers.iter().map(|p| number(&p["sessions_lost"])).sum()
}

/// A RIB, then no data for 105 minutes: what is unknown must not look like an outage, nor like a
/// quiet network.
#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn the_gap_at_jinx_in_2014() {
    let mirror = mirror();
    let (out, output) = ask(&mirror, "jinx-2014-05-30", &[]);
    assert_eq!(output.status.code(), Some(3), "data is incomplete");
    let warning = "no updates from 2014-05-30T22:00:00Z to 2014-05-30T23:45:00Z";
    assert!(stderr(&output).contains(warning), "{}", stderr(&output));
    let rows = read(&out.path().join("prefixes.csv"));
    let in_gap = |r: &&Row| r["minute"].as_str() < "2014-05-30T23:45:00Z";
    assert!(rows.iter().filter(in_gap).count() > 0);
    for row in rows.iter().filter(in_gap) {
        assert_eq!(row["peer_asns_known"], "0", "{row:?}");
        assert_eq!(row["visibility"], "", "no data is never zero: {row:?}");
        assert_eq!(row["status"], "unknown", "{row:?}");
    }
    assert!(read(&out.path().join("outages.csv")).is_empty());
    let files = read(&out.path().join("files.csv"));
    let missing = files.iter().filter(|f| f["state"] == "missing");
    let times: Vec<&str> = missing.map(|f| &f["start"][11..16]).collect();
    assert_eq!(
        times,
        [
            "22:00", "22:15", "22:30", "22:45", "23:00", "23:15", "23:30"
        ]
    );
    let full: BTreeSet<String> = read(&out.path().join("peers.csv"))
        .into_iter()
        .filter(|p| p["family"] == "4" && p["full_feed"] == "true")
        .map(|p| p["peer_asn"].clone())
        .collect();
    assert_eq!(full, BTreeSet::from(["30844".to_owned()]));
}

/// Beside the witness's table: the outages that `archive-2008-02-24/truth-summary.txt`, another
/// independent replay, found minute by minute (prefixes visible at fewer than 10 peers).
#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn route_views2_in_2008() {
    let mirror = mirror();
    let (out, output) = ask(&mirror, "route-views2-2008-02-24", &[]);
    assert_eq!(output.status.code(), Some(0));
    let rows = read(&out.path().join("prefixes.csv"));
    let truth = mirror.join("archive-2008-02-24/truth-summary.txt");
    let truth = fs::read_to_string(truth).unwrap();
    // (AS, of how many prefixes, gone at, how many, back at).
    let outages = [
        ("13224", 10, "16:32", 10, "17:56"),
        ("27693", 15, "17:28", 15, "17:38"),
        ("27693", 15, "17:43", 15, "17:53"),
        ("25306", 17, "21:12", 17, "21:14"),
        ("39010", 32, "10:58", 31, "12:44"),
        ("15399", 12, "16:47", 11, "16:54"),
        ("17660", 6, "12:57", 4, "13:40"),
    ];
    for (asn, all, gone, lost, back) in outages {
        let visible = all - lost;
        let says =
            |minute: &str, visible: &str| format!("02-24 {minute} visible(>=10 peers) {visible}");
        let section = truth
            .split("\nAS")
            .find(|s| s.trim_start_matches("AS").starts_with(&format!("{asn}:")));
        let section = section.unwrap();
        assert!(
            section.contains(&says(gone, &format!("{visible}/{all}"))),
            "AS{asn}"
        );
        assert!(section.contains(&says(back, "")), "AS{asn}");
        let seen_by_ten = |minute: &str| {
            let minute = format!("2008-02-24T{minute}:00Z");
            let known = prefixes_of(section);
            let of_as = rows.iter().filter(|r| r["minute"] == minute);
            let of_as = of_as.filter(|r| known.contains(r["prefix"].as_str()));
            of_as
                .filter(|r| number(&r["peer_asns_seeing"]) >= 10)
                .count()
        };
        let listed = prefixes_of(section).len();
        let (at_loss, at_return) = (seen_by_ten(gone), seen_by_ten(back));
        assert!(
            at_loss <= visible && at_return > at_loss,
            "AS{asn}: {at_loss} of {listed} seen at {gone}, {at_return} at {back}"
        );
    }
    assert_youtube(&rows);
    assert_as39010(out.path());
}

/// The events of three ASes against the same third replay, to the minute: when fewer than half of
/// AS39010's prefixes are left, when half of them are back, when all are.
#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn the_events_of_2008() {
    let mirror = mirror();
    let truth = fs::read_to_string(mirror.join("archive-2008-02-24/truth-summary.txt")).unwrap();
    let (out, _) = ask(&mirror, "as39010-2008-02-24", &[]);
    let events = read(&out.path().join("events.csv"));
    let of_as: Vec<&Row> = events.iter().filter(|e| e["entity"] == "AS39010").collect();
    let [event] = of_as[..] else {
        panic!("one event: {of_as:?}");
    };
    assert_eq!(assert_words("as39010-2008-02-24", out.path()), 2);
    for (column, visible) in [
        ("down_from", "13/32"),
        ("half_back_at", "23/32"),
        ("last_back_at", "32/32"),
    ] {
        let minute = &event[column][11..16];
        let says = format!("02-24 {minute} visible(>=10 peers) {visible}");
        assert!(truth.contains(&says), "{column}: {says}");
    }
    assert_eq!(event["prefixes_lost_max"], "31");
    assert!(truth.contains("prefixes below 5 peers: 31 of which"));

    let (out, _) = ask(&mirror, "as13224-2008-02-24", &[]);
    let events = read(&out.path().join("events.csv"));
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(assert_words("as13224-2008-02-24", out.path()), 1);
    assert_eq!(events[0]["prefixes_lost_max"], "10");
    assert_eq!(&events[0]["last_back_at"][11..16], "17:56");
    assert!(truth.contains("02-24 17:56 visible(>=10 peers) 10/10"));
}

/// Known to be down for 13 min 35 s, and nothing is known from then on.
#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn a_loss_that_runs_into_a_gap() {
    let mirror = mirror();
    let (out, output) = ask(&mirror, "malawi-2022-02-06", &[]);
    assert_eq!(output.status.code(), Some(3), "data is incomplete");
    let outages = read(&out.path().join("outages.csv"));
    let lost: BTreeSet<&str> = outages
        .iter()
        .filter(|o| o["scope"] == "prefix")
        .map(|o| o["entity"].as_str())
        .collect();
    assert_eq!(lost.len(), 29);
    for outage in &outages {
        assert_eq!(outage["end_kind"], "unknown", "{outage:?}");
        assert_eq!(&outage["end"][11..19], "12:55:00", "{outage:?}");
        assert_eq!(outage["end_uncertainty_s"], "", "{outage:?}");
    }
    let longest = outages.iter().map(|o| number(&o["duration_s"])).max();
    assert_eq!(longest, Some(13 * 60 + 35));
    assert_eq!(assert_words("malawi-2022-02-06", out.path()), 3);
}

/// Of AS39010's 32 prefixes 31 are lost from 10:55 on and begin to return at 11:32. 18 of them, a
/// /24 each, stay reachable through a less specific route all the while, as an independent replay
/// of the same files found.
fn assert_as39010(out: &Path) {
    let rows = read(&out.join("asns.csv"));
    let of_as = rows.iter().filter(|r| r["asn"] == "39010");
    let at = |minute: &str| -> Vec<Row> {
        let found = of_as.clone().filter(|r| &r["minute"][11..16] == minute);
        found.cloned().collect()
    };
    let cells = |minute: &str| {
        let row = at(minute).pop().unwrap();
        ["units_direct", "units_covered", "units_none"].map(|c| number(&row[c]))
    };
    assert_eq!(cells("10:54"), [70, 0, 0]);
    for minute in 57..60 + 32 {
        let minute = format!("{}:{:02}", 10 + minute / 60, minute % 60);
        assert_eq!(cells(&minute), [21, 18, 31], "{minute}");
    }
}

/// The prefixes that a section of the summary names (the first 16).
fn prefixes_of(section: &str) -> BTreeSet<&str> {
    let line = section
        .lines()
        .find_map(|l| l.trim().strip_prefix("prefixes: "));
    line.unwrap_or_default().split(' ').collect()
}

/// RIPE NCC's published timeline of 24 February 2008, in UTC: AS17557 announces 208.65.153.0/24
/// at 18:47, AS36561 as well at 20:07, AS17557's route is withdrawn at 21:01.
fn assert_youtube(rows: &[Row]) {
    let mut changes: Vec<(&str, &str)> = Vec::new();
    for row in rows.iter().filter(|r| r["prefix"] == "208.65.153.0/24") {
        let origins = row["origins"].as_str();
        if changes.last().is_none_or(|last| last.1 != origins) {
            changes.push((&row["minute"][11..16], origins));
        }
    }
    let expected = [
        ("10:00", ""),
        ("18:47", "AS17557"),
        ("20:07", "AS17557 AS36561"),
        ("21:01", "AS36561"),
    ];
    assert_eq!(changes, expected);
}

fn number(cell: &str) -> u32 {
    cell.parse().unwrap()
}

// ---- counts ----

/// Announcements, withdrawals, state changes and RIB entries of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    announced: u64,
    withdrawn: u64,
    states: u64,
    entries: u64,
}

/// Files that bgpdump counts differently: our counts, and why.
const OTHERWISE: [(&str, Counts, &str); 1] = [(
    "mrt/updates.nlri_mask_trailing_bits.gz",
    Counts {
        announced: 0,
        withdrawn: 0,
        states: 0,
        entries: 0,
    },
    "its NLRI is 0d0b0d 0b: 11.8.0.0/13, which bgpdump counts, and a length of 11 bits with nothing \
     behind it; we take no prefix from a record that is damaged",
)];

/// Every file of the mirror: as many announcements, withdrawals, state changes and RIB entries as
/// Debian's bgpdump prints (`data/expected/bgpdump.tsv`, made by `bgpdump.sh`), but for multicast
/// routes (SAFI 2), which bgpdump counts too and which are no routes of the table that counts here.
#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn counts_agree_with_bgpdump() {
    let mirror = mirror();
    let recorded = fs::read_to_string(format!("{DATA}/expected/bgpdump.tsv")).unwrap();
    let mut wrong: Vec<String> = Vec::new();
    let mut sums: BTreeMap<&str, (u64, String)> = BTreeMap::new();
    for line in recorded.lines().filter(|l| !l.starts_with('#')).skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (path, sum) = (fields[0], fields[1]);
        let number = |i: usize| fields[i].parse::<u64>().unwrap();
        let of_bgpdump = Counts {
            announced: number(2) - number(6),
            withdrawn: number(3) - number(7),
            states: number(4),
            entries: number(5),
        };
        let decoded = decode(&mirror.join(path));
        assert_eq!(decoded.sha256, sum, "{path} is another file");
        sums.insert(path, (decoded.bytes, sum.to_owned()));
        let ours = counts(&decoded);
        let known = OTHERWISE.iter().find(|o| o.0 == path);
        let expected = known.map_or(of_bgpdump, |o| o.1);
        if ours != expected {
            wrong.push(format!("{path}: {ours:?}, expected {expected:?}"));
        }
        if known.is_some() && of_bgpdump == expected {
            wrong.push(format!("{path}: no longer counted otherwise by bgpdump"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}\n{OTHERWISE:#?}");
    assert_manifests(&sums);
}

/// The manifests name the files that were counted.
fn assert_manifests(sums: &BTreeMap<&str, (u64, String)>) {
    for entry in fs::read_dir(format!("{DATA}/manifests")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines().filter(|l| !l.starts_with('#')).skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            let expected = (fields[1].parse().unwrap(), fields[2].to_owned());
            assert_eq!(sums.get(fields[3]), Some(&expected), "{line}");
        }
    }
}

/// The recorded figures are bgpdump's: asked again for a file of each kind.
#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR; and bgpdump"]
fn bgpdump_still_gives_the_recorded_counts() {
    let mirror = mirror();
    let recorded = fs::read_to_string(format!("{DATA}/expected/bgpdump.tsv")).unwrap();
    let files = [
        "archive/rrc23/2022.04/updates.20220421.0200.gz",
        "archive/route-views.jinx/bgpdata/2014.05/UPDATES/updates.20140530.2345.bz2",
        "archive-2008-02-24/bgpdata/2008.02/UPDATES/updates.20080224.1839.bz2",
        "mrt/bview.20020722.2337.gz",
        "mrt/updates.19991214.1621.gz",
    ];
    for path in files {
        let mut bgpdump = Command::new("bgpdump");
        let output = bgpdump.arg("-m").arg(mirror.join(path)).output();
        let output = output.expect("bgpdump starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let kinds: Vec<&str> = text.lines().filter_map(|l| l.split('|').nth(2)).collect();
        let count = |kind: &str| kinds.iter().filter(|k| **k == kind).count();
        let counted = ["A", "W", "STATE", "B"].map(|kind| count(kind).to_string());
        let line = recorded
            .lines()
            .find(|l| l.split('\t').next() == Some(path));
        let fields: Vec<&str> = line.unwrap().split('\t').collect();
        assert_eq!(fields[2..6], counted, "{path}");
    }
}

/// Reads a file, watching everything.
fn decode(path: &Path) -> FileContents {
    let everything = ["0.0.0.0/0", "::/0"].map(|p| p.parse().unwrap());
    let list = WatchList::new(watchlist::asked(everything, []));
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let is_rib = name.starts_with("rib") || name.starts_with("bview") || name.contains("_rib");
    let scan = Scan {
        kind: if is_rib {
            FileKind::Rib
        } else {
            FileKind::Updates
        },
        filter: Filter::WatchList {
            list: &list,
            discovered: &Default::default(),
        },
        from: Timestamp(0),
        to: Timestamp(i64::MAX),
        silence: None,
        covering: CoveringDetail::Full,
        transfers: &[],
        progress: &|_| {},
    };
    decode::file(path, &scan).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn counts(decoded: &FileContents) -> Counts {
    let is_announced = |action| matches!(action, RouteAction::Announce { .. });
    let announced = decoded.routes.iter().filter(|r| is_announced(r.action));
    let announced = announced.count();
    let is_state = |event| matches!(event, SessionEvent::State { .. });
    let states = decoded.sessions.iter().filter(|s| is_state(s.event));
    Counts {
        announced: announced as u64,
        withdrawn: (decoded.routes.len() - announced) as u64,
        states: states.count() as u64,
        entries: decoded.entries.len() as u64,
    }
}
