//! Weeks in one run: memory grows less than the files do, the report stays small and states what it
//! leaves out, and the progress bar is never full while there is work left.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::Scene;
use dropline::locate::{self, LocalSource};
use dropline::model::net::Prefix;
use dropline::model::time::{MINUTE, Timestamp, Window};
use dropline::pipeline::{self, Progress};
use dropline::plot::report;
use dropline::study::{Selection, Study};
use dropline::view::{GroupState, Interval, RunView, UpstreamSeries};
use dropline::watchlist::{WatchList, asked};
use std::fmt::Write;
use std::sync::Mutex;

const FIRST: &str = "2014-12-01T00:00:00Z";

fn day(days: i64) -> Timestamp {
    let first = Timestamp::parse(FIRST).unwrap();
    Timestamp(first.0 + days * 24 * 60 * MINUTE)
}

/// Three peers with one prefix, and a record in every file of every collector.
fn days_without_updates(collectors: &[&str], days: i64) -> String {
    let mut table = String::new();
    for collector in collectors {
        writeln!(table, "cover {collector} {} {}", day(0), day(days)).unwrap();
        for peer in 1..=3 {
            let session = format!("{}@192.0.2.{peer}", 64500 + peer);
            writeln!(
                table,
                "{FIRST} {collector} {session} rib 10.0.1.0/24 {} 3000 64600",
                64500 + peer
            )
            .unwrap();
            for file in 0..days * 288 {
                let time = Timestamp(day(0).0 + file * 5 * MINUTE + MINUTE);
                writeln!(
                    table,
                    "{time} {collector} {session} announce 10.9.9.0/24 {} 64601",
                    64500 + peer
                )
                .unwrap();
            }
        }
    }
    table
}

/// The most memory, in bytes, that a run has had resident.
#[cfg(target_os = "linux")]
fn peak(scene: &Scene, folder: &str, days: i64) -> u64 {
    use std::process::{Command, Stdio};
    use std::time::Duration;
    let mut child = Command::new(env!("CARGO_BIN_EXE_dropline"))
        .args(["run", "--prefix", "10.0.1.0/24", "--no-report", "-q"])
        .args(["--threads", "2", "--from", FIRST, "--to"])
        .arg(day(days).to_string())
        .arg("--archive")
        .arg(scene.archive())
        .arg("-o")
        .arg(scene.archive().join("..").join(folder))
        .stdin(Stdio::null())
        .spawn()
        .expect("a run");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let ended = loop {
        // The peak only grows, so the last reading before the end is the result.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|l| l.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or(0) * 1024);
        if let Some(ended) = child.try_wait().expect("a child") {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(ended.success(), "{ended}");
    most
}

/// What is kept of a file (its name, hash, the first events of its peers and its share of the
/// tables) takes three kilobytes. Kept as decoded, with the buffers that it was read with, it took
/// more than twenty: the bound lies between. 3,456 more files are far more than runs vary by
/// otherwise.
#[cfg(target_os = "linux")]
#[test]
fn memory_grows_by_little_for_each_file() {
    const BOUND: u64 = 8 * 1024;
    let collectors = ["rrc00", "rrc01"];
    let scene = Scene::of(&days_without_updates(&collectors, 8));
    let files = |days| collectors.len() as u64 * 288 * days;
    let more = files(8) - files(2);
    let few = peak(&scene, "few", 2);
    let many = peak(&scene, "many", 8);
    assert!(few > 10 << 20, "{few} bytes cannot be a whole run");
    let each = many.saturating_sub(few) / more;
    assert!(
        each < BOUND,
        "{each} bytes for each of {more} files more: {few} and {many} bytes in all"
    );
}

/// Weeks in which an upstream changes every minute.
#[test]
fn a_report_of_many_changes_states_what_it_left_out() {
    let days = 16;
    let mut table = format!("cover route-views.sydney {} {}\n", day(0), day(days));
    let session = "route-views.sydney 64501@192.0.2.1";
    writeln!(table, "{FIRST} {session} rib 10.0.1.0/24 64501 3000 64600").unwrap();
    for minute in 1..days * 24 * 60 {
        let time = Timestamp(day(0).0 + minute * MINUTE);
        let upstream = 3000 + minute % 9;
        writeln!(
            table,
            "{time} {session} announce 10.0.1.0/24 64501 {upstream} 64600"
        )
        .unwrap();
    }
    let scene = Scene::of(&table).without_witness("one question, and it is not about the tables");
    let flags = "--prefix 10.0.1.0/24 --min-vantage 1 --from 2014-12-01T00:00Z --to";
    let run = scene.ask(&format!("{flags} {}", day(days)));
    let view = RunView::open(&run.dir).unwrap();
    let page = report::html(&view).unwrap();
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    let notice = "There are too many changes to draw all of them here: a step shows the minute with the fewest paths of up to 2; \
                  the table <code>upstreams</code> has all";
    assert!(page.contains(notice));
    assert!(!page.contains("a step of a line"), "no line has changed");
    let runs = data(&page)["via"]["runs"].as_array().unwrap().clone();
    assert_eq!(runs.len() as i64, days * 24 * 60 / 2);
    // The values are those of the table at the end of the minute.
    let upstreams = run.table("upstreams");
    for counts in runs.iter().step_by(997) {
        let minute = view.minute_start(counts[0].as_u64().unwrap() as u32);
        let row = upstreams.iter().find(|r| r["minute"] == minute.to_string());
        let upstream: u32 = row.unwrap()["upstream"].parse().unwrap();
        let place = view.upstreams.iter();
        let place = place.map(|line| line.upstream).position(|u| u == upstream);
        // Seven upstreams have a colour each; the others share one.
        assert_eq!(counts[1 + place.unwrap().min(7)], 1, "{minute}");
    }
}

/// The page's figures.
fn data(page: &str) -> serde_json::Value {
    let (_, from) = page.split_once("id=\"data\">").unwrap();
    let (json, _) = from.split_once("</script>").unwrap();
    serde_json::from_str(json).unwrap()
}

/// Two months in which all lines and upstreams change every minute: the most that a page can be
/// asked to show. The depth of a dip of one minute is still in it.
#[test]
fn a_report_of_two_months_with_many_changes_is_small() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 4837 64500
         16:05:10 ABC withdraw 10.0.1.0/24",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:10");
    let mut view = RunView::open(&run.dir).unwrap();
    let window = &mut view.manifest.study.window;
    window.to = Timestamp(window.from.0 + 61 * 24 * 60 * MINUTE);
    let minutes = view.minute_count();
    let mut line = view.groups[0].clone();
    let level = line.minutes[0].value;
    let changing = |minute: u32| Interval {
        first: minute,
        end: minute + 1,
        value: GroupState {
            visible: if minute % 1_000 == 7 {
                123
            } else {
                1_000 + minute % 2
            },
            unknown: 500 + minute % 3,
            baseline: 2_000,
            ..level
        },
    };
    line.minutes = (0..minutes).map(changing).collect();
    view.groups = vec![line; 9];
    let upstream = |upstream: u32| UpstreamSeries {
        upstream: 4_200_000_000 + upstream,
        minutes: (0..minutes)
            .map(|minute| Interval {
                first: minute,
                end: minute + 1,
                value: 10_000 + (minute + upstream) % 2,
            })
            .collect(),
    };
    view.upstreams = (0..9).map(upstream).collect();
    let mut row = view.prefixes[0].clone();
    let seen = row.minutes[0].value.clone();
    let changing = |minute: u32| {
        let mut value = seen.clone();
        value.visibility.seeing = minute % 3_000;
        value.visibility.known = 3_000;
        (value.full_feed, value.seeing_range) = (3_000, (minute % 3_000, 3_000));
        let (first, end) = (minute, minute + 1);
        Interval { first, end, value }
    };
    row.minutes = (0..minutes).map(changing).collect();
    row.via.clear();
    view.manifest.prefixes = vec![row.prefix; 60];
    view.prefixes = vec![row; 60];

    let page = report::html(&view).unwrap();
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(page.contains("a step of a line is the lowest of up to 30 minutes"));
    assert!(page.contains("a step shows the minute with the fewest paths of up to 10"));
    assert!(page.contains("1 more ASes, which lost less, are in <code>asns.csv</code>"));
    let data = data(&page);
    let lowest = |line: &serde_json::Value| {
        let runs = line["runs"].as_array().unwrap().iter();
        let dips = runs.filter(|run| run[1] == 123).count();
        dips as u32
    };
    for line in data["lines"].as_array().unwrap() {
        assert_eq!(lowest(line), minutes.div_ceil(1_000), "a dip is gone");
    }
}

/// Records the progress of a run.
#[derive(Default)]
struct RecordedProgress(Mutex<Vec<String>>);

impl Progress for RecordedProgress {
    fn begin(&self, stage: &str, _: u64) {
        self.work(stage);
    }

    fn work(&self, stage: &str) {
        self.0.lock().unwrap().push(stage.to_owned());
    }
}

/// Every stage is announced, so that none runs under the full bar of the one before.
#[test]
fn every_stage_is_announced() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 4837 64500
         16:05:10 ABC withdraw 10.0.1.0/24",
    );
    let block: Prefix = "10.0.1.0/24".parse().unwrap();
    let window = Window {
        from: Timestamp::parse("2014-12-22T16:00Z").unwrap(),
        to: Timestamp::parse("2014-12-22T16:10Z").unwrap(),
    };
    let selection = Selection {
        prefixes: vec![block],
        ..Selection::default()
    };
    let study = Study::new(selection, window).unwrap();
    let list = WatchList::new(asked([block], []));
    let source = LocalSource::Mirror(scene.archive());
    let held = locate::collectors(&scene.archive()).unwrap();
    let held = held.iter().map(|collector| {
        locate::local_files(&source, collector, window, study.rules.rib_lookback).unwrap()
    });
    let progress = RecordedProgress::default();
    pipeline::analyse(&study, &list, held.collect(), None, &progress).unwrap();
    let stages = progress.0.into_inner().unwrap();
    assert_eq!(stages, ["reading", "sessions", "replaying", "counting"]);
}
