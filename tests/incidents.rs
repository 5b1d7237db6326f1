//! The repository's own incidents: each is run from its event table, and its answer compared with
//! the expected table, which an independent witness made (`data/expected/README.md`).

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::harness::Witnessed;
use dropline::model::time::Timestamp;
use dropline::study::bundled;
use dropline::study::incident::{self, Events};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

#[test]
fn every_incident_agrees_with_the_witness() {
    for name in names_in("events", "events") {
        let (out, answer) = run_incident(&name, &[]);
        assert_eq!(answer.status.code(), Some(0), "{name}: {}", stderr(&answer));
        // No collector had a route covering the watched space, so none is missing in the event
        // tables.
        assert_as_witnessed(&name, out.path(), &Witnessing::ALL);
    }
}

/// The program lists every incident of the folder, and which of them come with their data.
#[test]
fn every_incident_is_bundled_with_its_event_table() {
    let mut replayed = Vec::new();
    let mut names = Vec::new();
    for bundled in bundled::ALL {
        names.push(bundled.name.to_owned());
        let file = format!("{DATA}/incidents/{}.toml", bundled.name);
        let (of_file, events_of_file) = incident::read(Path::new(&file)).unwrap();
        let (study, events) = bundled.study().unwrap();
        assert_eq!(format!("{study:?}"), format!("{of_file:?}"));
        assert_eq!(events.is_some(), events_of_file.is_some(), "{file}");
        if let Some(Events::File(path)) = events_of_file {
            let expected = format!("{DATA}/events/{}.events", bundled.name);
            assert_eq!(path, PathBuf::from(expected));
            replayed.push(bundled.name.to_owned());
        }
    }
    assert_eq!(names, names_in("incidents", "toml"));
    assert_eq!(replayed, names_in("events", "events"));
}

/// An incident to be measured names a source and a certainty for each published time; its times lie
/// in its window, and its collectors existed then.
#[test]
fn incidents_to_measure_have_sources_and_certainty() {
    for bundled in bundled::ALL {
        let (study, events) = bundled.study().unwrap();
        if events.is_some() {
            continue;
        }
        assert!(study.selection.country.is_some() && !study.sources.is_empty());
        assert!(!study.published.is_empty(), "{}", bundled.name);
        for published in &study.published {
            assert!(published.certainty.is_some() && published.source.is_some());
            let (from, to) = (study.window.from, study.window.to);
            assert!((from..to).contains(&published.at), "{}", published.event);
        }
        // RIS had rrc00 to rrc16 until 2015, and RouteViews few collectors beside its first.
        if study.window.to < Timestamp::parse("2015-01-01").unwrap() {
            let old = |name: &str| match name.strip_prefix("rrc") {
                Some(number) => number.parse::<u8>().unwrap() <= 16,
                None => name == "route-views2",
            };
            assert!(
                study.collectors.iter().all(|c| old(c.name())),
                "{}",
                bundled.name
            );
        }
        assert!(study.collectors.len() >= 3, "{}", bundled.name);
    }
}

#[test]
fn incidents_are_listed_as_csv_on_a_pipe() {
    let answer = Command::new(env!("CARGO_BIN_EXE_dropline"))
        .arg("incidents")
        .output()
        .unwrap();
    assert_eq!(answer.status.code(), Some(0));
    let listed = String::from_utf8(answer.stdout).unwrap();
    let mut lines = listed.lines();
    let header = "name,from,to,watched,collectors,data,published,title";
    assert_eq!(lines.next(), Some(header));
    assert_eq!(lines.count(), names_in("incidents", "toml").len());
    let expected = "\nkp-2014-12-22,2014-12-22T15:00:00Z,2014-12-23T03:00:00Z,KP,rrc00 rrc01 route-views2,public archives,2,\"North Korea, 22 December 2014: all four networks down for 9 h 31 min\"\n";
    assert!(listed.contains(expected), "{listed}");
    let replayed = "\nkp-2022-04-21,2022-04-21T02:00:00Z,2022-04-21T02:05:00Z,175.45.176.0/22,rrc23,bundled,0,";
    assert!(listed.contains(replayed), "{listed}");
}

/// The name of a bundled incident asks the same question as its file, also outside the repository;
/// an unknown name is an error that quotes it.
#[test]
fn an_incident_is_found_by_its_name() {
    let elsewhere = temp_dir::TempDir::new().unwrap();
    let run = |name: &str, out: &str| {
        Command::new(env!("CARGO_BIN_EXE_dropline"))
            .args(["run", name, "--no-report", "-o", out])
            .current_dir(elsewhere.path())
            .output()
            .unwrap()
    };
    let by_name = run("kp-2022-04-21", "name");
    assert_eq!(by_name.status.code(), Some(0), "{}", stderr(&by_name));
    let (out, _) = run_incident("kp-2022-04-21", &[]);
    for table in ["prefixes.csv", "transitions.csv", "files.csv", "run.json"] {
        assert_eq!(
            fs::read_to_string(elsewhere.path().join("name").join(table)).unwrap(),
            fs::read_to_string(out.path().join(table)).unwrap()
        );
    }
    let unknown = run("kp-1999-01-01", "unknown");
    assert_eq!(unknown.status.code(), Some(2));
    let printed = stderr(&unknown);
    assert!(printed.contains("kp-1999-01-01") && printed.contains("hint: `dropline incidents`"));
}

#[test]
fn a_reconstruction_is_marked_wherever_it_appears() {
    let name = "kp-2014-12-22-reconstruction";
    let (out, answer) = run_incident(name, &[]);
    let printed = stderr(&answer);
    assert!(printed.contains("RECONSTRUCTION from published times: not a measurement"));
    let run = fs::read_to_string(out.path().join("run.json")).unwrap();
    assert!(run.contains("\"reconstruction\": true"));
    assert!(run.contains("(reconstruction from published times)"));
    for table in ["transitions", "peers", "files"] {
        for row in read(&out.path().join(format!("{table}.csv"))) {
            assert!(row["collector"].starts_with("reconstruction-"), "{row:?}");
        }
    }
}

/// Dyn Research, Reuters and ZDNet: all four down at 16:15, back at 01:46 (`data/README.md`).
#[test]
fn the_reconstruction_of_2014_meets_the_published_minutes() {
    let (out, _) = run_incident("kp-2014-12-22-reconstruction", &[]);
    let outages = read(&out.path().join("outages.csv"));
    let of = |scope| outages.iter().filter(move |o| o["scope"] == scope);
    assert_eq!(of("prefix").count(), 4);
    for outage in of("prefix") {
        assert_eq!(minute(&outage["start"]), "2014-12-22T16:15");
        assert_eq!(minute(&outage["end"]), "2014-12-23T01:46");
        assert_eq!(outage["depth"], "1.0000");
    }
    let whole: Vec<_> = of("asn").collect();
    assert_eq!(whole.len(), 1);
    assert_eq!(whole[0]["entity"], "AS131279");
    assert_eq!(minute(&whole[0]["start"]), "2014-12-22T16:15");
    assert_eq!(minute(&whole[0]["end"]), "2014-12-23T01:46");
    // One two-byte session writes 23456 (AS_TRANS); the origin is known all the same.
    let rows = read(&out.path().join("prefixes.csv"));
    let origins: BTreeSet<&str> = rows.iter().map(|r| r["origins"].as_str()).collect();
    assert_eq!(origins, BTreeSet::from(["", "AS131279"]));
}

/// bgpdump shows the same 19 messages: 18 announcements and a withdrawal of 175.45.177.0/24.
#[test]
fn north_korea_2022_changes_its_path_behind_one_upstream() {
    let (out, _) = run_incident("kp-2022-04-21", &[]);
    let transitions = read(&out.path().join("transitions.csv"));
    let announced = transitions.iter().filter(|t| t["cause"] == "announce");
    for t in announced {
        assert!(t["path_after"].ends_with(" 134544 131279"), "{t:?}");
        assert!(t["path_after"].contains(" 4837 "), "{t:?}");
    }
    let time = |t: Option<&Row>| t.map(|t| t["time"][11..19].to_owned());
    assert_eq!(time(transitions.first()).as_deref(), Some("02:02:47"));
    assert_eq!(time(transitions.last()).as_deref(), Some("02:03:38"));
    assert!(read(&out.path().join("outages.csv")).is_empty());
}

/// The published schedule: withdrawn at 22:00, announced at 00:00 UTC.
#[test]
fn beacons_keep_their_schedule() {
    let (out, _) = run_incident("beacons-2017-08-24", &[]);
    assert_beacons(out.path());
}

/// Peers that deviated that night, and what `bgpdump -m` shows of it in updates.20170824.2200.bz2.
const OTHERWISE: [(&str, &str); 4] = [
    (
        "84.205.66.0/24",
        "never withdrawn by all: AS19016 and AS852 withdraw it at 22:09:39 and 22:10:03, and have it back by way of AS1103 at 22:10:08",
    ),
    (
        "84.205.67.0/24",
        "path hunting by way of AS3257 and AS12859 for ten minutes: last withdrawn 22:10:53 by AS19653",
    ),
    (
        "84.205.72.0/24",
        "AS852 has it by way of AS19151 at 22:00:20, AS19016 at 22:09:39; neither withdraws it",
    ),
    (
        "2001:7fb:fe03::/48",
        "path hunting as 84.205.67.0/24, of the same site: last withdrawn 22:10:26 by AS852",
    ),
];

/// Most beacons cross one half within 180 s of the withdrawal and 120 s of the announcement; the
/// others are those listed, and no more.
pub(crate) fn assert_beacons(out: &Path) {
    let outages = read(&out.join("outages.csv"));
    let (down, up) = ("2017-08-24T22:00:00", "2017-08-25T00:00:00");
    let in_time: BTreeSet<&str> = outages
        .iter()
        .filter(|o| (down..="2017-08-24T22:03:00").contains(&&o["start"][..19]))
        .filter(|o| (up..="2017-08-25T00:02:00").contains(&&o["end"][..19]))
        .map(|o| o["entity"].as_str())
        .collect();
    assert!(in_time.len() >= 20, "only {}: {in_time:?}", in_time.len());
    // Anchors (84.205.80.0 and above) are announced all the time and have no schedule.
    let rows = read(&out.join("prefixes.csv"));
    let beacons: BTreeSet<&str> = rows.iter().map(|r| r["prefix"].as_str()).collect();
    let is_beacon = |p: &&str| {
        let third = p.strip_prefix("84.205.").and_then(|p| p.split('.').next());
        third.is_none_or(|n| n.parse::<u8>().unwrap() < 80)
    };
    let others: BTreeSet<&str> = beacons
        .difference(&in_time)
        .copied()
        .filter(is_beacon)
        .collect();
    let listed: BTreeSet<&str> = OTHERWISE.iter().map(|o| o.0).collect();
    assert_eq!(others, listed, "{OTHERWISE:#?}");
}

#[test]
fn as9785_is_gone_for_three_hours_and_a_table_transfer_is_nothing() {
    let (out, _) = run_incident(
        "as9785-2017-08-24",
        &["--baseline-at", "2017-08-24T23:30Z", "--min-vantage", "3"],
    );
    assert_as9785(out.path());
}

/// bgpdump: the last of the withdrawals is stamped 19:03:52, the first announcement 22:25:46.
pub(crate) fn assert_as9785(out: &Path) {
    let outages = read(&out.join("outages.csv"));
    let of_as = |o: &&Row| o["entity"] == "AS9785" && o["family"] == "4";
    let whole: Vec<_> = outages.iter().filter(of_as).collect();
    assert_eq!(whole.len(), 1, "{whole:?}");
    assert_eq!(minute(&whole[0]["start"]), "2017-08-24T19:03");
    assert_eq!(minute(&whole[0]["end"]), "2017-08-24T22:25");
    let lost = outages.iter().filter(|o| {
        o["scope"] == "prefix"
            && minute(&o["start"]) == "2017-08-24T19:03"
            && o["depth"] == "1.0000"
    });
    assert_eq!(lost.count(), 75);
    // AS32709 sends its whole table from 21:44:30 to 21:46: it is counted from then on, and
    // nothing else changes.
    let rows = read(&out.join("prefixes.csv"));
    let at = |minute: &str| -> BTreeMap<String, (String, String)> {
        let rows = rows.iter().filter(|r| r["minute"] == minute);
        let row = |r: &Row| {
            let state = (r["status"].clone(), r["peer_asns_full"].clone());
            (r["prefix"].clone(), state)
        };
        rows.map(row).collect()
    };
    let (before, after) = (at("2017-08-24T21:43:00Z"), at("2017-08-24T21:47:00Z"));
    for (prefix, (status, full)) in &before {
        let (status_after, full_after) = &after[prefix];
        assert_eq!(status, status_after, "{prefix}");
        if !prefix.contains(':') {
            assert_eq!((full.as_str(), full_after.as_str()), ("4", "5"), "{prefix}");
        }
    }
}

/// The README shows what its commands print, and its tables have the columns that are written.
#[test]
fn the_readme_shows_what_happens() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let folder = temp_dir::TempDir::new().unwrap();
    std::os::unix::fs::symlink(DATA, folder.path().join("data")).unwrap();
    let commands: Vec<&str> = readme
        .lines()
        .filter_map(|l| l.strip_prefix("cargo run -- "))
        .collect();
    assert!(commands.len() >= 3, "{commands:?}");
    for command in commands {
        let answer = Command::new(env!("CARGO_BIN_EXE_dropline"))
            .args(command.split(' '))
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(
            answer.status.code(),
            Some(0),
            "{command}: {}",
            stderr(&answer)
        );
        // The last command is shown without its output.
        if !command.contains("as9785") {
            let printed = stderr(&answer);
            assert!(
                readme.contains(&printed),
                "{command} prints something else:\n{printed}"
            );
        }
    }
    for schema in dropline::write::TABLES {
        let columns: Vec<&str> = schema.columns.iter().map(|c| c.name).collect();
        let columns = format!("`{}`", columns.join(", "));
        assert!(readme.contains(&columns), "{}: {columns}", schema.name);
    }
}

/// Each event table and expected table names public sources for its bytes.
#[test]
fn event_tables_name_their_sources_and_the_manifests_have_them() {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for name in names_in("manifests", "tsv") {
        let text = fs::read_to_string(format!("{DATA}/manifests/{name}.tsv")).unwrap();
        for line in text.lines().filter(|l| !l.starts_with('#')).skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 4, "{name}: {line}");
            assert_eq!(fields[2].len(), 64, "{name}: {line}");
            known.insert(format!("{} {} {}", fields[0], fields[1], fields[2]));
        }
    }
    for name in names_in("events", "events") {
        let text = fs::read_to_string(format!("{DATA}/events/{name}.events")).unwrap();
        let sources: Vec<&str> = text
            .lines()
            .filter_map(|l| l.strip_prefix("#   https://"))
            .collect();
        if name.ends_with("-reconstruction") {
            assert!(text.starts_with("# RECONSTRUCTION, not a measurement"));
        } else {
            assert!(!sources.is_empty(), "{name}");
        }
        for source in sources {
            assert!(known.contains(&format!("https://{source}")), "{source}");
        }
    }
}

// ---- small helpers, shared with `real` ----

pub(crate) type Row = BTreeMap<String, String>;

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs the program; the tables lie in the folder.
pub(crate) fn run(args: &[&str]) -> (temp_dir::TempDir, Output) {
    let out = temp_dir::TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dropline"))
        .args(["run", "--no-report"])
        .args(args)
        .arg("-o")
        .arg(out.path())
        .output()
        .unwrap();
    (out, output)
}

pub(crate) fn run_incident(name: &str, args: &[&str]) -> (temp_dir::TempDir, Output) {
    let path = format!("{DATA}/incidents/{name}.toml");
    run(&[&[path.as_str()], args].concat())
}

/// Names of the files of a folder of `data` with an ending, sorted.
pub(crate) fn names_in(folder: &str, ending: &str) -> Vec<String> {
    let paths = fs::read_dir(format!("{DATA}/{folder}")).unwrap();
    let mut names: Vec<String> = paths
        .map(|p| p.unwrap().path())
        .filter(|p: &PathBuf| p.extension().is_some_and(|e| e == ending))
        .map(|p| p.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The rows of a CSV table. None of the tables read here has a comma or a quote in a cell.
pub(crate) fn read(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines().filter(|l| !l.starts_with('#'));
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let row = |line: &str| {
        let cells = line.split(',').map(|c| c.trim_matches('"').to_owned());
        head.iter().map(|h| (*h).to_owned()).zip(cells).collect()
    };
    lines.map(row).collect()
}

fn minute(time: &str) -> &str {
    &time[.."2014-12-22T16:15".len()]
}

/// A table of the witness's, and of ours in the same form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Witnessing {
    Prefixes,
    Upstreams,
    Asns,
    Outages,
    Losses,
    Events,
}

impl Witnessing {
    pub(crate) const ALL: [Self; 6] = [
        Self::Prefixes,
        Self::Upstreams,
        Self::Asns,
        Self::Outages,
        Self::Losses,
        Self::Events,
    ];

    /// As `data/expected/questions.tsv` names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Prefixes => "prefixes",
            Self::Upstreams => "upstreams",
            Self::Asns => "asns",
            Self::Outages => "outages",
            Self::Losses => "losses",
            Self::Events => "events",
        }
    }

    /// The suffix of its expected tables' names, and how many columns identify a row of a minute,
    /// where it has a row for every minute.
    const fn of(self) -> (&'static str, Option<usize>) {
        match self {
            Self::Prefixes => ("", Some(1)),
            Self::Upstreams => (".upstreams", Some(1)),
            Self::Asns => (".asns", Some(2)),
            Self::Outages => (".outages", None),
            Self::Losses => (".losses", None),
            Self::Events => (".events", None),
        }
    }

    fn ours(self, out: &Path) -> Vec<String> {
        let tables = Witnessed::of(out);
        match self {
            Self::Prefixes => tables.prefixes,
            Self::Upstreams => tables.upstreams,
            Self::Asns => tables.asns,
            Self::Outages => tables.outages,
            Self::Losses => tables.losses,
            Self::Events => tables.events,
        }
    }
}

/// The rows that differ from the row of the same key before; the key follows the minute.
fn changes(rows: &[String], keys: usize) -> Vec<String> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut changed = Vec::new();
    for row in rows {
        let (_, rest) = row.split_once(',').unwrap();
        let (at, _) = rest.match_indices(',').nth(keys - 1).unwrap();
        let (key, values) = rest.split_at(at);
        if before.insert(key, values) != Some(values) {
            changed.push(row.clone());
        }
    }
    changed
}

/// An outage and an event of a group, by question and the beginning of their rows, in which the AS that the lost paths
/// share cannot be compared. Of members that were not lost dropline knows the upstreams alone, the
/// witness their whole paths: here AS6461 is further out on some of them.
const KNOWN_BY_UPSTREAMS: [(&str, &str); 1] = [(
    "route-views2-2008-02-24",
    "9,asn,AS17660,4,2008-02-24T21:58:28.000000Z,2008-02-24T22:11:00.000000Z,window,",
)];

/// How far `common_as` is from the end of a row of `outages`, and of `events`, which have so many
/// columns.
const COMMON_AS: [(usize, usize); 2] = [(21, 4), (31, 7)];

/// Takes the column `common_as` out of a row of [`KNOWN_BY_UPSTREAMS`].
fn leave_out_common_as(name: &str, row: &mut String) {
    let is_known = |known: &&(&str, &str)| known.0 == name && row.starts_with(known.1);
    if KNOWN_BY_UPSTREAMS.iter().any(|known| is_known(&known)) {
        let mut cells: Vec<&str> = row.split(',').collect();
        let (_, from_end) = COMMON_AS
            .into_iter()
            .find(|(columns, _)| *columns == cells.len())
            .unwrap();
        let at = cells.len() - from_end;
        cells[at] = "";
        *row = cells.join(",");
    }
}

/// Compares tables of a run with `data/expected/NAME.csv`, `NAME.upstreams.csv` and so on.
pub(crate) fn assert_as_witnessed(name: &str, out: &Path, tables: &[Witnessing]) {
    for &table in tables {
        let (ending, keys) = table.of();
        let path = PathBuf::from(format!("{DATA}/expected/{name}{ending}.csv"));
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let lines = text.lines().filter(|l| !l.starts_with('#')).skip(1);
        let mut expected: Vec<String> = lines.map(str::to_owned).collect();
        let mut found = table.ours(out);
        if let Some(keys) = keys {
            found = changes(&found, keys);
        }
        let is_filled = matches!(table, Witnessing::Prefixes | Witnessing::Upstreams);
        let has_rows = !is_filled || !expected.is_empty();
        assert!(has_rows, "{} is empty", path.display());
        for row in expected.iter_mut().chain(&mut found) {
            leave_out_common_as(name, row);
        }
        let (of_witness, ours): (BTreeSet<_>, BTreeSet<_>) =
            (expected.iter().collect(), found.iter().collect());
        let missing: Vec<_> = of_witness.difference(&ours).take(5).collect();
        let surplus: Vec<_> = ours.difference(&of_witness).take(5).collect();
        assert!(
            missing.is_empty() && surplus.is_empty() && expected.len() == found.len(),
            "{name}{ending}: {} rows expected, {} found\nof the witness only: {missing:#?}\nours only: {surplus:#?}",
            expected.len(),
            found.len()
        );
    }
}
