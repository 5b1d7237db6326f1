//! `dropline verify` and `dropline regress`: every difference is reported, and nothing else.

#![allow(clippy::unwrap_used)]

use crate::harness::{Outcome, dropline, mirror};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const REGRESSION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/regression");

/// Two copies of a run of the reconstruction of 2014, as CSV.
struct Runs {
    dir: temp_dir::TempDir,
}

impl Runs {
    fn new() -> Self {
        let dir = temp_dir::TempDir::new().unwrap();
        let found = dir.path().join("found");
        let asked = [
            "-q",
            "run",
            "kp-2014-12-22-reconstruction",
            "--no-report",
            "-o",
            found.to_str().unwrap(),
        ];
        assert_eq!(dropline(&asked).code, 0);
        let expected = dir.path().join("expected");
        fs::create_dir(&expected).unwrap();
        for table in ["prefixes", "outages", "transitions"] {
            let name = format!("{table}.csv");
            fs::copy(found.join(&name), expected.join(&name)).unwrap();
        }
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn change(&self, table: &str, change: impl Fn(&str) -> String) {
        let path = self.path("expected").join(format!("{table}.csv"));
        let text = fs::read_to_string(&path).unwrap();
        let changed = change(&text);
        assert_ne!(text, changed);
        fs::write(path, changed).unwrap();
    }

    fn verify(&self, flags: &str) -> Outcome {
        self.against("expected", flags)
    }

    fn against(&self, expected: &str, flags: &str) -> Outcome {
        let (found, expected) = (self.path("found"), self.path(expected));
        let mut args = vec![
            "verify",
            found.to_str().unwrap(),
            expected.to_str().unwrap(),
        ];
        args.extend(flags.split_whitespace());
        dropline(&args)
    }
}

fn has(outcome: &Outcome, code: i32, text: &str) {
    assert_eq!(outcome.code, code, "{}{}", outcome.stdout, outcome.stderr);
    let output = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(output.contains(text), "`{text}` is not in:\n{output}");
}

#[test]
fn equal_tables_are_equal_in_any_order_and_missing_ones_are_named() {
    let runs = Runs::new();
    has(&runs.verify(""), 0, "asns: EXPECTED has no such table");
    runs.change("prefixes", |text| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        lines.join("\n")
    });
    has(&runs.verify(""), 0, "as expected");
    fs::write(runs.path("expected").join("outages.csv"), "entity,start\n").unwrap();
    let outcome = runs.verify("");
    has(&outcome, 4, "is not expected");
    has(&outcome, 4, "outages: EXPECTED has no column `depth`");
}

#[test]
fn an_outage_that_moved_is_the_same_outage() {
    let runs = Runs::new();
    runs.change("outages", |text| text.replace("16:15:18.", "16:13:18."));
    let moved =
        "outages: AS131279 IPv4 start 2014-12-22 16:13:18 → 16:15:18 (+120 s, tolerance 119 s)";
    has(&runs.verify("--time-tolerance 119s"), 4, moved);
    has(&runs.verify("--time-tolerance 120s"), 0, "as expected");
    has(
        &runs.verify("--tolerance outages.start=2min"),
        0,
        "as expected",
    );
    has(&runs.verify("--ignore outages.*"), 0, "as expected");
}

#[test]
fn consecutive_minutes_are_one_line() {
    let runs = Runs::new();
    runs.change("prefixes", |text| {
        let line = |line: &str| {
            let is_one = ["16:15", "16:16", "16:17"]
                .iter()
                .any(|m| line.starts_with(&format!("2014-12-22T{m}:00Z,175.45.176.")));
            if is_one {
                line.replace(",down", ",up")
            } else {
                line.to_owned()
            }
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    });
    let outcome = runs.verify("--most 2");
    has(
        &outcome,
        4,
        "prefixes: 175.45.176.0/24 2014-12-22 16:15–16:17 status up → down (3 minutes)",
    );
    has(&outcome, 4, "2 of 3 differing cells");
    has(
        &runs.verify("--format github"),
        4,
        "::error title=dropline%3A verify::prefixes: 175.45.176.0/24",
    );
    has(
        &runs.verify("--format junit"),
        4,
        "<testcase classname=\"dropline.verify\" name=\"outages\"/>",
    );
    let json: serde_json::Value =
        serde_json::from_str(&runs.verify("--format json").stdout).unwrap();
    assert_eq!(json["equal"], false);
}

#[test]
fn unknown_is_never_zero_and_shares_have_their_tolerance() {
    let runs = Runs::new();
    runs.change("prefixes", |text| {
        text.replacen(",1.0000,1.0000,1.0000,", ",0.9800,1.0000,1.0000,", 1)
    });
    has(
        &runs.verify("--visibility-tolerance 0.02"),
        0,
        "as expected",
    );
    has(
        &runs.verify("--visibility-tolerance 0.019"),
        4,
        "visibility 0.9800 → 1.0000",
    );
    runs.change("prefixes", |text| {
        text.replacen(",0.0000,0.0000,0.0000,", ",,0.0000,0.0000,", 1)
    });
    has(
        &runs.verify("--visibility-tolerance 1"),
        4,
        "(empty) → 0.0000",
    );
}

#[test]
fn invalid_input_is_refused() {
    let runs = Runs::new();
    has(
        &runs.verify("--tolerance status=1"),
        2,
        "`status` holds text",
    );
    has(
        &runs.verify("--tolerance statuss=1"),
        2,
        "no table has a column `statuss`",
    );
    fs::create_dir(runs.path("empty")).unwrap();
    has(&runs.against("empty", ""), 1, "nothing to compare");
    has(&runs.against("nowhere", ""), 1, "it is not a folder");
    runs.change("prefixes", |text| {
        text.replacen("2014-12-22T16:00:00Z", "yesterday", 1)
    });
    has(&runs.verify(""), 1, "line 2");
}

#[test]
fn an_incident_file_states_what_is_expected() {
    let runs = Runs::new();
    let expect = |text: &str| {
        let head = "prefixes = [\"175.45.176.0/22\"]\nfrom = 2014-12-22T16:00:00Z\nto = 2014-12-23T03:00:00Z\n[[expect]]\n";
        fs::write(runs.path("x.toml"), format!("{head}{text}\n")).unwrap();
        runs.against("x.toml", "")
    };
    let span = "from = 2014-12-22T16:15:00Z\nto = 2014-12-23T01:46:00Z";
    let edges = "tolerance_start = \"2min\"\ntolerance_end = \"3min\"";
    has(
        &expect(&format!(
            "entity = \"AS131279\"\nstate = \"down\"\n{span}\n{edges}"
        )),
        0,
        "as expected",
    );
    has(
        &expect(&format!(
            "state = \"down\"\n{span}\n{edges}\nat_least = {{ prefixes = 3 }}"
        )),
        0,
        "as expected",
    );
    has(
        &expect(&format!(
            "state = \"down\"\n{span}\n{edges}\nat_least = {{ prefixes = 5 }}"
        )),
        4,
        "4 of 4 prefixes are as expected",
    );
    has(
        &expect(&format!(
            "state = \"down\"\n{span}\ntolerance_start = \"17s\""
        )),
        4,
        "(+18 s, tolerance 17 s)",
    );
    has(
        &expect(&format!("state = \"never-down\"\n{span}")),
        4,
        "175.45.176.0/24: down at 2014-12-22 16:15",
    );
    has(
        &expect(
            "entity = \"AS1\"\nstate = \"up\"\nfrom = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:10:00Z",
        ),
        4,
        "no such row",
    );
    has(&expect(&format!("sate = \"down\"\n{span}")), 2, "line 5");
    has(
        &expect(&format!("entity = \"KPX\"\nstate = \"down\"\n{span}")),
        2,
        "line 4: `KPX` is no prefix",
    );
}

#[test]
fn every_archived_incident_is_as_expected() {
    let outcome = dropline(&["regress", REGRESSION]);
    has(&outcome, 0, "kp-2014-12-22-reconstruction: pass");
    let skipped =
        "as9785-2017-08-24-whole: skipped: it reads whole archives, and DROPLINE_MIRROR is not set";
    has(&outcome, 0, skipped);
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn every_incident_of_real_files_is_as_expected() {
    let output = Command::new(env!("CARGO_BIN_EXE_dropline"))
        .args(["regress", REGRESSION])
        .env("DROPLINE_MIRROR", mirror())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(!stdout.contains("skipped"), "{stdout}");
}

#[test]
fn another_rule_makes_regress_fail_and_names_the_differences() {
    let one = |case, rule, value| dropline(&["regress", REGRESSION, "--only", case, rule, value]);
    has(
        &one("kp-2014-12-22-reconstruction", "--min-vantage", "6"),
        4,
        "AS131279: the run has no such row",
    );
    has(
        &one("synthetic-silence", "--silence", "300"),
        4,
        "peer_asns_known",
    );
    has(
        &one("synthetic-silence-edge", "--silence", "599"),
        4,
        "16:10–16:18 peer_asns_known 4 → 2",
    );
    has(
        &one("synthetic-full-feed", "--full-feed", "0.7"),
        4,
        "peer_asns_full 4 → 5",
    );
}

#[test]
fn blessing_makes_it_green_and_touches_no_witness() {
    let dir = temp_dir::TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join("x/expected")).unwrap();
    let events = Path::new(ROOT).join("data/events/kp-2022-04-21.events");
    let text = fs::read_to_string(Path::new(REGRESSION).join("kp-2022-04-21.toml")).unwrap();
    let (head, _) = text.split_once("events =").unwrap();
    fs::write(
        dir.path().join("x.toml"),
        format!("{head}events = {events:?}\n"),
    )
    .unwrap();
    let table = dir.path().join("x/expected/prefixes.csv");
    fs::write(&table, "minute,prefix,status\n").unwrap();
    let folder = dir.path().to_str().unwrap();
    has(&dropline(&["regress", folder]), 4, "is not expected");
    has(&dropline(&["regress", folder, "--bless"]), 0, "1 pass");
    has(&dropline(&["regress", folder]), 0, "1 pass");
    let blessed = fs::read_to_string(&table).unwrap();
    assert!(
        blessed.starts_with("# dropline's own") && blessed.contains("\nminute,prefix,status\n"),
        "{blessed}"
    );
}

/// Each step of the workflow that is a command of ours, run as a runner would.
#[test]
fn the_workflow_runs_as_written() {
    let text = fs::read_to_string(format!("{ROOT}/.github/workflows/regress.yml")).unwrap();
    let scratch = temp_dir::TempDir::new().unwrap();
    // One incident is enough: `every_archived_incident_is_as_expected` runs them all.
    let incident = scratch.path().join("incidents/synthetic-few");
    fs::create_dir_all(incident.join("expected")).unwrap();
    let one = Path::new(REGRESSION).join("synthetic-few");
    fs::copy(one.with_extension("toml"), incident.with_extension("toml")).unwrap();
    for folder in ["", "expected"] {
        for entry in fs::read_dir(one.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap();
                fs::copy(&path, incident.join(folder).join(name)).unwrap();
            }
        }
    }
    let bin = Path::new(env!("CARGO_BIN_EXE_dropline")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let steps: Vec<&str> = text
        .lines()
        .filter_map(|l| l.trim().strip_prefix("run: "))
        .filter(|s| *s != "|")
        .collect();
    assert_eq!(steps.len(), 2, "{steps:?}");
    for step in steps {
        let mut bash = Command::new("bash");
        let bash = bash
            .args(["-e", "-o", "pipefail", "-c", step])
            .current_dir(scratch.path());
        let ended = bash
            .env("PATH", &path)
            .env("FOLDER", "incidents")
            .output()
            .unwrap();
        assert!(
            ended.status.success(),
            "{step}: {}",
            String::from_utf8_lossy(&ended.stderr)
        );
    }
    let junit = fs::read_to_string(scratch.path().join("regress.xml")).unwrap();
    assert!(
        junit.contains("failures=\"0\"") && junit.ends_with("</testsuites>\n"),
        "{junit}"
    );
    for used in text
        .lines()
        .filter_map(|l| l.trim().trim_start_matches("- ").strip_prefix("uses: "))
    {
        let (_, version) = used.split_once('@').unwrap();
        assert_eq!(version.split('.').count(), 3, "{used} is not pinned");
    }
}

/// Names with dots in them, as dates have, are distinct: no incident hides the result of another.
#[test]
fn no_incident_hides_another() {
    let dir = temp_dir::TempDir::new().unwrap();
    let events = Path::new(ROOT).join("data/events/kp-2022-04-21.events");
    let text = fs::read_to_string(Path::new(REGRESSION).join("kp-2022-04-21.toml")).unwrap();
    let (head, _) = text.split_once("events =").unwrap();
    let incident = format!("{head}events = {events:?}\n");
    for name in ["kp.21", "kp.22"] {
        fs::create_dir_all(dir.path().join(name).join("expected")).unwrap();
        fs::write(dir.path().join(name).join("incident.toml"), &incident).unwrap();
    }
    let folder = dir.path().to_str().unwrap();
    has(&dropline(&["regress", folder, "--bless"]), 0, "2 pass");
    let table = dir.path().join("kp.21/expected/prefixes.csv");
    fs::write(table, "minute,prefix,status\n").unwrap();
    let outcome = dropline(&["regress", folder]);
    has(&outcome, 4, "kp.21: DIFFERS");
    has(&outcome, 4, "kp.22: pass");
    fs::write(dir.path().join("kp.21.toml"), &incident).unwrap();
    has(
        &dropline(&["regress", folder]),
        2,
        "two incidents are called `kp.21`",
    );
}

/// A cell that somebody wrote by hand moves no cursor, and breaks no line, of a terminal or a log.
#[test]
fn hostile_cells_are_shown_as_text() {
    let runs = Runs::new();
    runs.change("prefixes", |text| {
        text.replacen(",down", ",\"a\u{1b}[2J\n::error::\u{202e}b\"", 1)
    });
    for format in ["text", "github", "junit"] {
        let outcome = runs.verify(&format!("--format {format}"));
        has(&outcome, 4, "a\\u{1b}[2J\\n::error::\\u{202e}b → down");
        assert!(!outcome.stdout.contains("\n::error::\u{202e}"), "{format}");
        assert!(!outcome.stdout.contains('\u{1b}'), "{format}");
    }
}
