//! What a run found, in forms that other tools read: `dropline export`.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{Outcome, Run, Scene, dropline};
use crate::laws::{config, question, random_archive};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// A loss that ends and two that do not; with the last of them the AS is lost.
const SCENARIO: &str = "micro
    cover 16:00 17:00
    16:00    ABCD rib 10.0.1.0/24 @ 64500
    16:00    ABCD rib 10.0.2.0/24 @ 64500
    16:02:30 ABC withdraw 10.0.1.0/24
    16:10    ABC announce 10.0.1.0/24 @ 64500
    16:20:30.25 ABCD withdraw 10.0.2.0/24
    16:25    ABCD withdraw 10.0.1.0/24";
const QUESTION: &str = "--asn 64500 --from 16:00 --to 16:30";

fn export(run: &Run, more: &[&str]) -> Outcome {
    let folder = run.dir.display().to_string();
    let args: Vec<&str> = ["export", &folder]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    dropline(&args)
}

fn exported(run: &Run, more: &[&str]) -> Value {
    let outcome = export(run, more);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A cell of CSV as JSON has it, read in a way of the test's own.
fn same(cell: &str, value: &Value) -> bool {
    match value {
        Value::Null => cell.is_empty(),
        Value::Bool(truth) => cell == truth.to_string(),
        Value::Number(number) if cell.contains('.') => {
            format!("{:.4}", number.as_f64().unwrap()) == cell
        }
        Value::Number(number) => number.to_string() == cell,
        Value::String(text) => text == cell,
        // AS numbers are numbers in JSON, and have their `AS` in CSV.
        Value::Array(items) => {
            let texts = items.iter().map(|item| match item {
                Value::Number(asn) => format!("AS{asn}"),
                item => item.as_str().unwrap().to_owned(),
            });
            texts.collect::<Vec<_>>().join(" ") == cell
        }
        Value::Object(_) => false,
    }
}

/// Every row and cell of `outages.csv`, and nothing else.
fn assert_is_the_table(run: &Run, rows: &Value) {
    let table = run.table("outages");
    assert_eq!(list(rows).len(), table.len());
    for (row, object) in table.iter().zip(list(rows)) {
        let object = object.as_object().unwrap();
        assert_eq!(object.len(), row.len());
        for (column, cell) in row {
            assert!(
                same(cell, &object[column]),
                "{column}: {cell} {}",
                object[column]
            );
        }
    }
}

/// The outages as JSON are those of the table, typed; a run writes them, and they can be had again.
#[test]
fn outages_as_json() {
    let scene = Scene::of(SCENARIO);
    let run = scene.ask(QUESTION).exits(0);
    let rows = exported(&run, &["--format", "json"]);
    assert_is_the_table(&run, &rows);
    let prefix = list(&rows)
        .iter()
        .find(|row| row["entity"] == "10.0.1.0/24")
        .unwrap();
    assert_eq!(prefix["start"], "2014-12-22T16:02:30.000000Z");
    assert_eq!(prefix["duration_s"], 450);
    assert_eq!(prefix["depth"], 0.75);
    assert_eq!(prefix["end_kind"], "back");
    let text = export(&run, &["--format", "json"]).stdout;
    assert_eq!(run.text("outages.json"), text);
    // The manifest vouches for it, as for every table.
    for name in ["\"outages.json\"", "\"events.json\""] {
        assert!(run.text("run.json").contains(name), "{name}");
    }
    let path = run.dir.join("codf.json");
    let into = ["--format", "json", "-o", &path.display().to_string()];
    assert_eq!(
        (
            export(&run, &into).code,
            export(&run, &into).stdout.as_str()
        ),
        (0, "")
    );
    assert_eq!(fs::read_to_string(path).unwrap(), text);
}

/// No outage is an empty list, not no file.
#[test]
fn no_outage_is_an_empty_list() {
    let scene = Scene::of("cover 16:00 16:10\n 16:00 ABC rib 10.0.1.0/24 @ 64500");
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05");
    for format in ["json", "codf"] {
        assert_eq!(exported(&run, &["--format", format]), json!([]));
    }
    assert_eq!(run.text("outages.json"), "[]\n");
}

/// CODF has exactly IODA's keys, and ours for what they leave open.
#[test]
fn outages_as_codf() {
    let scene = Scene::of(SCENARIO);
    let run = scene.ask(QUESTION);
    let events = exported(&run, &["--format", "codf"]);
    // An AS is there by its event alone: its outage is the worst part of that.
    let mut table = run.table("outages");
    table.retain(|row| row["scope"] == "prefix");
    table.extend(run.table("events"));
    assert_eq!(list(&events).len(), table.len());
    let of = |location: &str| {
        let found = list(&events).iter().find(|e| e["location"] == location);
        found.cloned().unwrap()
    };
    // 2014-12-22T16:02:30Z.
    let expected = json!({
        "location": "prefix/10.0.1.0/24",
        "start": 1_419_264_150,
        "duration": 450,
        "uncertainty": 0,
        "status": 0,
        "fraction": 0.75,
        "score": null,
        "location_name": "10.0.1.0/24",
        "overlaps_window": false,
        "datasource": "bgp",
    });
    assert_eq!(of("prefix/10.0.1.0/24"), expected);
    // Times are whole seconds; this one is not over.
    let lasting = of("prefix/10.0.2.0/24");
    assert_eq!(lasting["start"], 1_419_264_150 + 18 * 60);
    assert_eq!(
        (&lasting["duration"], &lasting["overlaps_window"]),
        (&569.into(), &true.into())
    );
    for event in list(&events) {
        let scope = event["location"]
            .as_str()
            .unwrap()
            .split('/')
            .next()
            .unwrap();
        let is_row = |row: &&BTreeMap<String, String>| {
            row["scope"] == scope && row["entity"] == event["location_name"].as_str().unwrap()
        };
        assert!(table.iter().any(|row| is_row(&row)), "{event}");
    }
    assert!(
        table.iter().any(|row| row["scope"] == "asn"),
        "there is one of the AS"
    );
    assert_eq!(of("asn/64500")["location_name"], "AS64500");
}

/// Minutes in which nobody can tell are null: a collector that restarts is no zero.
#[test]
fn unknown_minutes_are_null() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 ABC state 6 1
         16:03:10 ABC state 1 6
         16:04:20 ABC announce 10.0.1.0/24 @ 64500
         16:06:20 A withdraw 10.0.1.0/24
         16:07:20 BC withdraw 10.0.1.0/24",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:09");
    let series = exported(&run, &["--format", "series"]);
    let of = |kind: &str, subtype: &str| {
        let is_it = |s: &&Value| s["entityType"] == kind && s["subtype"] == subtype;
        list(&series).iter().find(is_it).cloned().unwrap()
    };
    let values = |kind: &str, subtype: &str| of(kind, subtype)["values"].clone();
    let (n, third) = (Value::Null, 0.6667);
    assert_eq!(
        values("prefix", "visibility"),
        json!([1.0, n, n, n, 1.0, 1.0, third, 0.0, 0.0])
    );
    for subtype in ["prefixes_visible", "units_reachable"] {
        assert_eq!(values("asn", subtype), json!([1, n, n, n, 1, 1, 1, 0, 0]));
    }
    let asn = of("asn", "prefixes_visible");
    let expected = json!({
        "entityType": "asn", "entityCode": "64500", "family": 4, "datasource": "bgp",
        "subtype": "prefixes_visible", "from": 1_419_264_000, "until": 1_419_264_540,
        "step": 60, "nativeStep": 60, "values": asn["values"],
    });
    assert_eq!(asn, expected);
    let one = exported(&run, &["--format", "series", "--scope", "prefix"]);
    assert_eq!(list(&one).len(), 1);
}

/// Of any archive: every cell of the tables is in its series, at its place, and null where the
/// status is unknown.
#[test]
fn series_are_their_tables() {
    proptest!(config(4), |(archive in random_archive(80), question in question())| {
        let scene = Scene::of(&archive.text()).without_witness("`laws::the_witness_agrees` compares such archives");
        let run = scene.ask(&question);
        let rows = exported(&run, &["--format", "json"]);
        assert_is_the_table(&run, &rows);
        let series = exported(&run, &["--format", "series"]);
        let mut by_key: BTreeMap<[String; 4], &Value> = BTreeMap::new();
        for one in list(&series) {
            let key = ["entityType", "entityCode", "family", "subtype"]
                .map(|k| one.get(k).map(|v| v.to_string().replace('"', "")).unwrap_or_default());
            assert!(by_key.insert(key, one).is_none(), "one series each");
        }
        let mut seen = 0;
        for (kind, table, code, subtype) in [
            ("prefix", "prefixes", "prefix", "visibility"),
            ("asn", "asns", "asn", "prefixes_visible"),
        ] {
            let mut at: BTreeMap<[String; 4], usize> = BTreeMap::new();
            for row in run.table(table) {
                let family = if kind == "asn" { row["family"].as_str() } else { "" };
                let key = [kind, &row[code], family, subtype].map(str::to_owned);
                let place = at.entry(key.clone()).or_default();
                let value = &by_key[&key]["values"][*place];
                *place += 1;
                let expected = if row["status"] == "unknown" { "" } else { &row[subtype] };
                assert!(same(expected, value), "{row:?}: {value}");
                seen += 1;
            }
            for (key, count) in at {
                assert_eq!(list(&by_key[&key]["values"]).len(), count);
            }
        }
        assert!(seen > 0);
    });
}

/// What the run did not write is not believed; what it has not is told.
#[test]
fn wrong_folders_and_tables() {
    let scene = Scene::of(SCENARIO);
    let run = scene.ask(QUESTION);
    let fails = |outcome: &Outcome, code: i32, says: &[&str]| {
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (code, ""),
            "{}",
            outcome.stderr
        );
        for text in says {
            assert!(
                outcome.stderr.contains(text),
                "`{text}` is not in:\n{}",
                outcome.stderr
            );
        }
    };
    let scope = export(&run, &["--format", "codf", "--scope", "asn"]);
    fails(
        &scope,
        2,
        &["`--scope` is for `--format series` only", "hint: "],
    );
    let nowhere = dropline(&["export", "/nowhere", "--format", "json"]);
    fails(&nowhere, 2, &["not the folder of a run", "hint: "]);
    let path = run.dir.join("outages.parquet");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() / 2;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let changed = export(&run, &["--format", "json"]);
    fails(
        &changed,
        1,
        &["outages.parquet` has changed since the run", "hint: "],
    );
    fs::remove_file(&path).unwrap();
    fails(
        &export(&run, &["--format", "codf"]),
        1,
        &["cannot read", "outages.parquet", "hint: "],
    );
}
