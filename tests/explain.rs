//! `dropline explain`: the records behind a cell. That explanations agree with the tables is tested in
//! [`agree`].

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its world cannot be set up"
)]

mod agree;

use crate::harness::{
    Outcome, Run, Scene, dated, dropline, longhand, plain_file, record, record_starts, unpack,
};
use dropline::decode::inspect::{self, RecordPosition, RecordQuery};
use dropline::model::net::Prefix;
use dropline::model::peer::Session;
use dropline::model::record::Carries;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

const BLOCK: &str = "10.0.1.0/24";

/// Asks the program about a cell of a run.
fn ask(scene: &Scene, run: &Run, what: &str) -> Outcome {
    let mut args = vec!["explain".to_owned(), run.dir.display().to_string()];
    args.extend([
        "--archive".to_owned(),
        scene.archive().display().to_string(),
    ]);
    args.extend(what.split_whitespace().map(dated));
    dropline(&args)
}

fn asked(scene: &Scene, run: &Run, what: &str) -> Value {
    let outcome = ask(scene, run, &format!("{what} --json"));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// An explanation in short: a line per peer with the presence of its vantage AS, its own, and its
/// evidence.
fn outline(explained: &Value) -> String {
    let mut lines = Vec::new();
    for (vote, key) in [("sees", "seeing"), ("not", "not_seeing"), ("?", "unknown")] {
        for vantage in list(&explained[key]) {
            let peers = list(&vantage["peers"]).iter();
            lines.extend(peers.map(|p| format!("{vote} {}", peer(p))));
        }
    }
    let others = list(&explained["not_counted"]).iter();
    lines.extend(others.map(|p| format!("! {} ({})", peer(p), p["not_counted"].as_str().unwrap())));
    lines.join("\n")
}

fn peer(peer: &Value) -> String {
    let mut outline: Vec<String> = list(&peer["because"]).iter().map(evidence_line).collect();
    if peer.get("path_by").is_some() {
        outline.push(format!("path {}", evidence_line(&peer["path_by"])));
    }
    let letter = char::from(b'A' + (peer["peer_asn"].as_u64().unwrap() - 64501) as u8);
    format!("{letter} {}", outline.join(", "))
}

/// `CAUSE TIME RECORD`, the record by what it contains about the prefix.
fn evidence_line(evidence: &Value) -> String {
    let time = evidence["time"].as_str().map_or("-", |t| &t[11..19]);
    let record = &evidence["record"];
    let carries = |key: &str| record.get(key);
    let shown = if let Some(update) = carries("update") {
        let count = |key: &str| list(&update[key]).len();
        let eor = update.get("end_of_rib").map_or("", |_| " eor");
        format!("[-{} +{}{eor}]", count("withdraws"), count("announces"))
    } else if let Some(state) = carries("state_change") {
        format!("[{} {}]", state["old"], state["new"])
    } else if let Some(rib) = carries("rib") {
        format!("[rib {}]", list(&rib["of_peer"]).len())
    } else if carries("other").is_some() {
        "[?]".to_owned()
    } else {
        "-".to_owned()
    };
    format!("{} {time} {shown}", evidence["cause"].as_str().unwrap())
}

fn shows(outline: &str, expected: &str) {
    let lines = expected.lines().map(str::trim).filter(|l| !l.is_empty());
    assert_eq!(outline, lines.collect::<Vec<_>>().join("\n"));
}

/// What peers say, and what RIBs say of them.
#[test]
fn announcements_withdrawals_and_ribs() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABCDE rib 10.0.1.0/24 @ 64500
         16:00    F rib 10.0.2.0/24 @ 64500
         16:02:30 B withdraw 10.0.1.0/24
         16:02:40 B announce 10.0.1.0/24 @ 64510 64500
         16:03    C withdraw 10.0.1.0/24
         16:04    D announce 10.0.1.0/24 @ 64510 64500
         16:05    D announce 10.0.1.0/24 @ 64510 64500
         16:05:30 E announce 10.0.1.0/24 @ 64510 64500
         16:05:40 E withdraw 10.0.1.0/24
         16:05:40 G announce 10.0.1.0/24 @ 64500",
    );
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:10");
    let explained = asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:05");
    shows(
        &outline(&explained),
        "sees A rib 16:00:00 [rib 1]
         sees B announce 16:02:40 [-0 +1]
         sees D rib 16:00:00 [rib 1], path announce 16:04:00 [-0 +1]
         not C withdraw 16:03:00 [-1 +0]
         not E withdraw 16:05:40 [-1 +0]
         not F rib 16:00:00 -
         ! G announce 16:05:40 [-0 +1] (no whole RIB lists it)",
    );
    // A minute is its end; a time within it is that instant, its own records included.
    let instant = asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:05:30");
    assert_eq!(list(&instant["seeing"]).len(), 4);
    let instant = asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:05:40");
    assert_eq!(list(&instant["seeing"]).len(), 3);
    let start = asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:02:29");
    assert_eq!(list(&start["seeing"]).len(), 5);
}

/// The fields of a record are those of its bytes.
#[test]
fn records_are_spelled_out() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.1.0/24 @ 64510 64500
         16:02:30 A withdraw 10.0.1.0/24
         16:02:30 A withdraw 10.0.2.0/24
         16:02:31 B update -10.0.2.0/24 +10.0.1.0/24 @ 64511 {64500,64501}
         16:02:32 C state 6 1",
    );
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:10");
    let explained = asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:05");
    let withdrawn = &explained["not_seeing"][0]["peers"][0]["because"][0];
    let url = "https://data.ris.ripe.net/rrc00/2014.12/updates.20141222.1600.gz";
    assert_eq!(withdrawn["file"], url);
    assert_eq!(withdrawn["offset"], 0);
    let record = &withdrawn["record"];
    assert_eq!(record["kind"], "BGP4MP/MESSAGE_AS4");
    assert_eq!(
        (&record["type_code"], &record["subtype_code"]),
        (&16.into(), &4.into())
    );
    assert_eq!(record["session"]["peer_asn"], 64501);
    assert_eq!(record["session"]["peer_ip"], "192.0.2.1");
    assert_eq!(record["update"]["withdraws"][0]["prefix"], BLOCK);
    // The next record of the file starts behind it: header and body.
    let bytes = unpack(
        &fs::read(
            scene
                .archive()
                .join("rrc00/2014.12/updates.20141222.1600.gz"),
        )
        .unwrap(),
    );
    let starts = record_starts(&bytes);
    assert_eq!(record["length"], starts[1] - 12);

    let announced = &explained["seeing"][0]["peers"][0]["path_by"];
    assert_eq!(announced["offset"], starts[2]);
    let update = &announced["record"]["update"];
    assert_eq!(
        (&update["withdrawn_routes"], &update["announced_routes"]),
        (&1.into(), &1.into())
    );
    let attribute = |name: &str| {
        let found = list(&update["attributes"])
            .iter()
            .find(|a| a["name"] == name);
        found.map(|a| a["value"].as_str().unwrap().to_owned())
    };
    assert_eq!(attribute("ORIGIN").as_deref(), Some("IGP"));
    assert_eq!(
        attribute("AS_PATH").as_deref(),
        Some("64502 64511 {64500,64501}")
    );
    assert_eq!(attribute("NEXT_HOP").as_deref(), Some("192.0.2.2"));

    let lost = &explained["unknown"][0]["peers"][0]["because"][0];
    assert_eq!(lost["record"]["state_change"]["old"], 6);
    let rib = &explained["seeing"][0]["peers"][0]["because"][0]["record"]["rib"];
    assert_eq!(
        (&rib["prefix"], &rib["entries"]),
        (&BLOCK.into(), &3.into())
    );
    assert_eq!(rib["of_peer"][0]["peer_index"], 1);
}

/// IPv6 routes stand in attributes of their own; an ADD-PATH peer has several paths to a prefix.
#[test]
fn ipv6_and_add_path() {
    let scene = Scene::of(
        "peer C addpath
         cover 16:00 16:20
         16:00    AB rib 2001:db8:1::/48 @ 64500
         16:00    C rib 2001:db8:1::/48 @ 64500 id=1
         16:01    A withdraw 2001:db8:1::/48
         16:02    B announce 2001:db8:1::/48 @ 64510 64500
         16:03    C announce 2001:db8:1::/48 @ 64520 64500 id=7
         16:04    C withdraw 2001:db8:1::/48 id=1
         16:05    C announce 2001:db8:1::/48 @ 64530 64500 id=9",
    );
    let run = scene.ask("--prefix 2001:db8::/32 --from 16:00 --to 16:10");
    let explained = asked(&scene, &run, "--prefix 2001:db8:1::/48 --at 16:06");
    shows(
        &outline(&explained),
        "sees B rib 16:00:00 [rib 1], path announce 16:02:00 [-0 +1]
         sees C rib 16:00:00 [rib 1], path withdraw 16:04:00 [-1 +0]
         not A withdraw 16:01:00 [-1 +0]",
    );
    let several = &explained["seeing"][1]["peers"][0];
    assert_eq!(
        several["paths"],
        serde_json::json!(["64503 64520 64500", "64503 64530 64500"])
    );
    assert_eq!(
        several["path_by"]["record"]["update"]["withdraws"][0]["path_id"],
        1
    );
    let attributes = |record: &Value| -> BTreeMap<String, String> {
        let each = list(&record["attributes"]).iter();
        let text = |a: &Value, key: &str| a[key].as_str().unwrap().to_owned();
        each.map(|a| (text(a, "name"), text(a, "value"))).collect()
    };
    let announced = &explained["seeing"][0]["peers"][0]["path_by"]["record"]["update"];
    let reach = &attributes(announced)["MP_REACH_NLRI"];
    assert!(reach.starts_with("IPv6 unicast, next hop "), "{reach}");
    let gone = &explained["not_seeing"][0]["peers"][0]["because"][0]["record"]["update"];
    let unreach = &attributes(gone)["MP_UNREACH_NLRI"];
    assert!(unreach.starts_with("IPv6 unicast, "), "{unreach}");
    // A dump keeps of MP_REACH_NLRI the next hop alone.
    let entry = &explained["seeing"][0]["peers"][0]["because"][0]["record"]["rib"]["of_peer"][0];
    assert!(attributes(entry)["MP_REACH_NLRI"].starts_with("next hop "));
}

/// What happens to sessions: a loss, a start, what had settled and by what.
#[test]
fn sessions() {
    let scene = Scene::of(
        "cover 16:00 16:40
         16:00    ABCDE rib 10.0.1.0/24 @ 64500
         16:01    ABCD state 6 1
         16:02    BCD state 1 6
         16:03    C eor 4
         16:03    D announce 10.0.1.0/24 @ 64500",
    );
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:20");
    shows(
        &outline(&asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:15")),
        "sees D announce 16:03:00 [-0 +1]
         sees E rib 16:00:00 [rib 1]
         not B settle 16:12:00 -, session_up 16:02:00 [1 6], session_down 16:01:00 [6 1]
         not C settle 16:03:00 [-0 +0 eor], session_up 16:02:00 [1 6], session_down 16:01:00 [6 1]
         ? A session_down 16:01:00 [6 1]",
    );
    shows(
        &outline(&asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:02")),
        "sees E rib 16:00:00 [rib 1]
         ? A session_down 16:01:00 [6 1]
         ? B session_down 16:01:00 [6 1], session_up 16:02:00 [1 6]
         ? C session_down 16:01:00 [6 1], session_up 16:02:00 [1 6]
         ? D session_down 16:01:00 [6 1], session_up 16:02:00 [1 6]",
    );
}

/// What is missing or damaged is named: the hole with its files, the record with its bytes.
#[test]
fn gaps_and_damage() {
    let scene = Scene::of(
        "cover 16:00 16:40
         cover rrc01 16:00 16:40
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    rrc01/DEF rib 10.0.1.0/24 @ 64500
         16:01    A raw 16 4 0000fbf5 0000fbf1 0000 0001 c0000201 c00002fe ffff
         16:02    rrc01/D withdraw 10.0.1.0/24
         16:06    B withdraw 10.0.1.0/24
         16:07    B announce 10.0.1.0/24 @ 64500",
    )
    .without("rrc01/2014.12/updates.20141222.1605.gz");
    let run = scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:12")
        .exits(3);
    let outcome = ask(&scene, &run, "--prefix 10.0.1.0/24 --at 16:08 --json");
    assert_eq!(outcome.code, 3, "the run's own data is incomplete");
    let explained: Value = serde_json::from_str(&outcome.stdout).unwrap();
    shows(
        &outline(&explained),
        "sees B announce 16:07:00 [-0 +1]
         sees C rib 16:00:00 [rib 1]
         ? A damage 16:01:00 [?]
         ? D gap 16:05:00 -
         ? E gap 16:05:00 -
         ? F gap 16:05:00 -",
    );
    let note = |at: usize| {
        let because = &explained["unknown"][at]["peers"][0]["because"][0];
        because["note"].as_str().unwrap().to_owned()
    };
    assert!(note(0).contains("cannot be read"), "{}", note(0));
    let missing = "updates.20141222.1605.gz";
    assert!(
        note(1).contains(missing) && note(1).contains("16:10:00Z"),
        "{}",
        note(1)
    );
}

/// A file that is cut short: where, why, and until when.
#[test]
fn a_file_cut_short() {
    let scene = Scene::of(
        "cover 16:00 16:40
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:06    A announce 10.0.1.0/24 @ 64510 64500
         16:07    B withdraw 10.0.1.0/24",
    )
    .cut_after("rrc00/2014.12/updates.20141222.1605.gz", 1);
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:12");
    let explained = asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:08");
    shows(
        &outline(&explained),
        "? A gap 16:06:00 -
         ? B gap 16:06:00 -
         ? C gap 16:06:00 -",
    );
    let because = &explained["unknown"][0]["peers"][0]["because"][0];
    let note = because["note"].as_str().unwrap();
    assert!(
        note.contains("cut short") && note.contains("16:10:00Z"),
        "{note}"
    );
    assert!(
        because["file"]
            .as_str()
            .unwrap()
            .ends_with("updates.20141222.1605.gz")
    );
}

/// A RouteViews peer that fell silent: its last record before, its first one after.
#[test]
fn silence() {
    let scene = Scene::of(
        "cover route-views.sydney 16:00 17:00
         16:00    sydney/ABC table 4 20
         16:00    sydney/ABC rib 10.0.1.0/24 @ 64500
         16:01    sydney/B withdraw 10.0.1.0/24
         16:02    sydney/A announce 10.9.0.0/24 @ 64500
         16:20    sydney/A announce 10.9.0.0/24 @ 64501
         16:20    sydney/B announce 10.9.0.0/24 @ 64501
         16:29    sydney/AB announce 10.9.0.0/24 @ 64500",
    );
    let scene = scene.without_witness("another test compares it with the witness");
    let run = scene
        .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:35")
        .exits(0);
    shows(
        &outline(&asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:10")),
        "? A silence 16:02:00 [-0 +0]
         ? B silence 16:01:00 [-1 +0]
         ? C silence 16:00:00 -",
    );
    shows(
        &outline(&asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:25")),
        "sees A silence 16:20:00 [-0 +0], rib 16:00:00 [rib 1]
         not B silence 16:20:00 [-0 +0], withdraw 16:01:00 [-1 +0]
         ? C silence 16:00:00 -",
    );
}

/// Later RIBs: what they add and take away.
#[test]
fn later_ribs() {
    let scene = Scene::of(
        "cover 16:00 16:40
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    DE rib 10.0.2.0/24 @ 64500
         16:08    ABCDE table 4 1
         16:08    BCD rib 10.0.1.0/24 @ 64500",
    );
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:12");
    shows(
        &outline(&asked(&scene, &run, "--prefix 10.0.1.0/24 --at 16:10")),
        "sees B rib 16:00:00 [rib 1]
         sees C rib 16:00:00 [rib 1]
         sees D rib_added 16:08:00 [rib 1]
         not A rib_removed 16:08:00 -
         not E rib 16:00:00 -",
    );
}

/// For people: the same in groups, with the records spelled out.
#[test]
fn text_for_people() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:02:30 A withdraw 10.0.1.0/24
         16:03    B state 6 1",
    );
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:06");
    let outcome = ask(&scene, &run, "--prefix 10.0.1.0/24 --at 16:04");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    for text in [
        "10.0.1.0/24 at the end of the minute 2014-12-22T16:04:00Z",
        "1 of 2 known vantage ASes saw it; 3 counted, visibility 0.5000",
        "1 of 3 vantage ASes saw it:",
        "1 of 3 vantage ASes did not see it:",
        "1 of 3 vantage ASes unknown:",
        "rrc00 AS64503 192.0.2.3: present since 2014-12-22T16:00:00.000000Z or before, path 64503 64500",
        "withdraw 2014-12-22T16:02:30.000000Z in https://data.ris.ripe.net/rrc00/2014.12/updates.20141222.1600.gz at 0",
        "MRT: BGP4MP/MESSAGE_AS4 (type 16, subtype 4), time 2014-12-22T16:02:30.000000Z, offset 0",
        "withdraws: 10.0.1.0/24",
        "state: 6 Established → 1 Idle",
        "AS_PATH: 64503 64500",
    ] {
        assert!(
            outcome.stdout.contains(text),
            "`{text}` is not in:\n{}",
            outcome.stdout
        );
    }
}

/// An AS: its prefixes, and the changes that decided.
#[test]
fn an_as() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:02:30 A withdraw 10.0.1.0/24
         16:02:40 BC withdraw 10.0.1.0/24",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:06");
    let explained = asked(&scene, &run, "--asn 64500 --at 16:04");
    let family = &explained["families"][0];
    assert_eq!(
        (&family["prefixes_visible"], &family["prefixes_baseline"]),
        (&1.into(), &2.into())
    );
    let gone = &family["prefixes"][0];
    assert_eq!(
        (&gone["prefix"], &gone["sight"]),
        (&BLOCK.into(), &"lost".into())
    );
    assert_eq!(gone["since"], "2014-12-22T16:02:40Z");
    let deciding: Vec<_> = list(&gone["deciding"])
        .iter()
        .map(|c| &c["peer_asn"])
        .collect();
    assert_eq!(deciding, [64502, 64503]);
    assert_eq!(family["prefixes"][1]["since"], Value::Null);
    let outcome = ask(&scene, &run, "--asn 64500 --at 16:04");
    let text = "10.0.1.0/24 lost since 2014-12-22T16:02:40.000000Z";
    assert!(outcome.stdout.contains(text), "{}", outcome.stdout);
}

/// A country: all that is watched, by family; its figures are those of its row.
#[test]
fn a_country() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64501
         16:00    ABC rib 10.0.2.128/25 @ 64501
         16:00    ABC rib 10.9.0.0/24 @ 64501
         16:02:40 BC withdraw 10.0.1.0/24",
    )
    .without_witness("the witness knows no countries");
    let delegated = scene.write(
        "delegated",
        "2|apnic|20141221|1|19830613|20141220|+1000\n\
         apnic|*|ipv4|*|1|summary\n\
         apnic|XK|ipv4|10.0.0.0|65536|20091221|allocated\n",
    );
    let question = format!(
        "--country XK --delegated {} --from 16:00 --to 16:06",
        delegated.display()
    );
    let run = scene.ask(&question);
    for minute in ["16:01", "16:02", "16:05"] {
        let explained = asked(&scene, &run, &format!("--country XK --at {minute}"));
        let family = &explained["families"][0];
        let rows = run.table("country");
        let row = rows
            .iter()
            .find(|row| row["minute"] == dated(minute))
            .unwrap();
        for column in ["prefixes_baseline", "prefixes_visible"] {
            assert_eq!(family[column].to_string(), row[column], "{minute}");
        }
        let prefixes: Vec<_> = list(&family["prefixes"])
            .iter()
            .map(|p| &p["prefix"])
            .collect();
        assert_eq!(prefixes, ["10.0.1.0/24", "10.0.2.0/24", "10.0.2.128/25"]);
        assert_eq!(family["prefixes"][2]["is_counted"], false);
    }
}

/// Loose files are named again; without them, the tables are what is left.
#[test]
fn loose_files() {
    let scene = Scene::of(SIMPLE);
    let folder = scene.archive().join("rrc00/2014.12");
    let mut files: Vec<String> = Vec::new();
    for name in [
        "bview.20141222.1600.gz",
        "updates.20141222.1600.gz",
        "updates.20141222.1605.gz",
    ] {
        files.extend(["--file".to_owned(), folder.join(name).display().to_string()]);
    }
    let question = "run --collector rrc00 --prefix 10.0.0.0/8 --from 16:00 --to 16:06";
    let mut args: Vec<String> = question.split_whitespace().map(dated).collect();
    args.extend(files.clone());
    let run = scene.run("loose", &args);
    let dir = run.dir.display().to_string();
    let mut asked = vec!["explain".to_owned(), dir, "--json".to_owned()];
    asked.extend(
        format!("--prefix {BLOCK} --at 16:04")
            .split_whitespace()
            .map(dated),
    );
    let without = dropline(&asked);
    assert_eq!(without.code, 3, "{}", without.stderr);
    assert!(
        without.stderr.contains("`--file PATH`"),
        "{}",
        without.stderr
    );
    asked.extend(files);
    let with = dropline(&asked);
    assert_eq!((with.code, with.stderr.as_str()), (0, ""));
    let explained: Value = serde_json::from_str(&with.stdout).unwrap();
    assert_eq!(
        (list(&explained["seeing"]).len(), &explained["complete"]),
        (2, &true.into())
    );
}

fn fails(outcome: &Outcome, code: i32, texts: &[&str]) {
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    for text in texts {
        assert!(
            outcome.stderr.contains(text),
            "`{text}` is not in:\n{}",
            outcome.stderr
        );
    }
}

const SIMPLE: &str = "cover 16:00 16:10
    16:00    ABC rib 10.0.1.0/24 @ 64500
    16:00    ABC rib 10.0.8.0/22 @ 64500
    16:02:30 A withdraw 10.0.1.0/24";

#[test]
fn wrong_questions() {
    let scene = Scene::of(SIMPLE);
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:06");
    let of = |what: &str| ask(&scene, &run, what);
    let inside = of("--prefix 10.0.9.0/24 --at 16:04");
    fails(
        &inside,
        2,
        &["10.0.9.0/24 is not among", "hint: it has 10.0.8.0/22\n"],
    );
    fails(
        &of("--prefix 10.0.0.0/16 --at 16:04"),
        2,
        &["hint: it has 10.0.1.0/24, 10.0.8.0/22"],
    );
    fails(
        &of("--prefix 2001:db8::/32 --at 16:04"),
        2,
        &["no prefix of that family"],
    );
    let window = "hint: the window is from 2014-12-22T16:00:00Z to 2014-12-22T16:06:00Z";
    fails(
        &of("--prefix 10.0.1.0/24 --at 16:06"),
        2,
        &["is not in the window", window],
    );
    fails(
        &of("--prefix 10.0.1.0/24 --at 15:59:59"),
        2,
        &["is not in the window"],
    );
    fails(
        &of("--country KP --at 16:04"),
        2,
        &["KP is not the country", "hint: it has none"],
    );
    fails(
        &of("--asn 64999 --at 16:04"),
        2,
        &["AS64999 has no row", "hint: "],
    );
    fails(&of("--at 16:04"), 2, &["--prefix"]);
    let nothing = dropline(&[
        "explain",
        "/nowhere",
        "--prefix",
        BLOCK,
        "--at",
        "2014-12-22T16:04Z",
    ]);
    fails(
        &nothing,
        2,
        &["`/nowhere` is not the folder of a run", "hint: "],
    );
    let path = run.dir.join("run.json");
    let newer = fs::read_to_string(&path)
        .unwrap()
        .replace("\"format\": 2", "\"format\": 3");
    fs::write(&path, newer).unwrap();
    fails(
        &of("--prefix 10.0.1.0/24 --at 16:04"),
        1,
        &["has format 3", "hint: "],
    );
}

/// Where the files are gone or have changed, the tables alone still tell of the window.
#[test]
fn without_the_files() {
    let scene = Scene::of(SIMPLE);
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:06");
    let folder = run.dir.display().to_string();
    let at = dated("16:04");
    let asked = ["explain", &folder, "--prefix", BLOCK, "--at", &at, "--json"];
    let from_tables = |outcome: &Outcome, why: &str| {
        assert_eq!(outcome.code, 3, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(why), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
        let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(value["from_tables"], true);
        assert_eq!(value["rows"][0]["peer_asns_seeing"], 2);
        let changes = list(&value["changes"]);
        assert_eq!((changes.len(), &changes[0]["peer_asn"]), (1, &64501.into()));
        assert_eq!(changes[0]["cause"], "withdraw");
    };
    // The run read a local folder that is not named now.
    from_tables(&dropline(&asked), "a local folder");
    let scene = scene.changed("rrc00/2014.12/updates.20141222.1600.gz", |mut bytes| {
        bytes.push(0);
        bytes
    });
    let outcome = ask(&scene, &run, &format!("--prefix {BLOCK} --at 16:04 --json"));
    from_tables(&outcome, "has changed");
    let scene = scene.without("rrc00/2014.12/updates.20141222.1600.gz");
    let outcome = ask(&scene, &run, &format!("--prefix {BLOCK} --at 16:04 --json"));
    from_tables(&outcome, "is gone");
    let outcome = ask(&scene, &run, &format!("--prefix {BLOCK} --at 16:04"));
    assert!(
        outcome.stdout.contains("present → absent by withdraw"),
        "{}",
        outcome.stdout
    );
}

/// An incident's own event table: the archive made from it lies in the folder of the run.
#[test]
fn a_run_from_an_event_table() {
    let scene = Scene::of("");
    scene.write("events.txt", &longhand(SIMPLE));
    let incident = scene.write(
        "incident.toml",
        "prefixes = [\"10.0.0.0/8\"]\nevents = \"events.txt\"\n\
         from = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:06:00Z\n",
    );
    let run = scene.run(
        "incident",
        &["run".to_owned(), incident.display().to_string()],
    );
    let folder = run.dir.display().to_string();
    let outcome = dropline(&[
        "explain",
        &folder,
        "--prefix",
        BLOCK,
        "--at",
        &dated("16:04"),
        "--json",
    ]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let explained: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(list(&explained["seeing"]).len(), 2);
}

/// The older types of record, TABLE_DUMP and BGP, field by field (RFC 6396 §4.2, appendix B.2).
#[test]
fn records_of_older_types() {
    let folder = temp_dir::TempDir::new().unwrap();
    let session = Session {
        asn: 64501,
        ip: [192, 0, 2, 1].into(),
    };
    let prefix: Prefix = BLOCK.parse().unwrap();
    let find = |bytes: &[u8]| {
        let path = plain_file(folder.path(), "old", bytes);
        let wanted = RecordQuery {
            position: RecordPosition::At(0),
            session,
            prefix,
        };
        let found = inspect::find(&path, &[wanted]).unwrap();
        found[0].clone().unwrap()
    };
    // View, sequence, 10.0.1.0/24, status, 2014-12-22T16:00Z, peer, ASN, and 7 bytes of AS_PATH.
    let mut dump = vec![0, 0, 0, 1, 10, 0, 1, 0, 24, 1];
    dump.extend(1_419_264_000_u32.to_be_bytes());
    dump.extend([192, 0, 2, 1, 0xfb, 0xf5, 0, 7]);
    dump.extend([0x40, 2, 4, 2, 1, 0xfb, 0xf5]);
    let found = find(&record(1_419_264_060, 12, 1, &dump));
    let Carries::Rib(listing) = &found.carries else {
        panic!("{found:?}");
    };
    let entry = &listing.of_peer[0];
    assert_eq!((listing.prefix, listing.entries), (prefix, 1));
    assert_eq!(entry.originated.to_string(), "2014-12-22T16:00:00Z");
    assert_eq!(
        (
            entry.attributes[0].name.as_str(),
            entry.attributes[0].value.as_str()
        ),
        ("AS_PATH", "64501")
    );
    let state = [0xfb, 0xf5, 192, 0, 2, 1, 0, 6, 0, 1];
    let found = find(&record(1_419_264_060, 5, 3, &state));
    assert_eq!(found.carries, Carries::StateChange { old: 6, new: 1 });
    assert_eq!(found.session.unwrap().peer_asn, 64501);
    assert_eq!(
        (found.kind, found.session.unwrap().local_asn),
        ("BGP/STATE_CHANGE".into(), None)
    );
}
