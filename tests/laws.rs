//! Properties that hold for every archive, tested on random ones.
//!
//! The generators share no code with the replay. `PROPTEST_CASES` sets the number of cases.

use crate::harness::{Run, Scene, record_starts, unpack};
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

const PEERS: [char; 5] = ['A', 'B', 'C', 'D', 'E'];
const PREFIXES: [&str; 5] = [
    "10.0.1.0/24",
    "10.0.2.0/24",
    "10.0.0.0/22",
    "10.0.1.128/25",
    "2001:db8:1::/48",
];
/// The same with covering routes, one of them too short to cover.
const NESTED: [&str; 8] = [
    "10.0.1.0/24",
    "10.0.2.0/24",
    "10.0.0.0/22",
    "10.0.1.128/25",
    "2001:db8:1::/48",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "2001:db8::/32",
];
const PATHS: [&str; 4] = ["@ 64500", "@ 64510 64500", "@ {64500,64511}", "@ 64520"];

pub fn config(cases: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok();
    Config {
        cases: asked.and_then(|n| n.parse().ok()).unwrap_or(cases),
        max_shrink_iters: 100,
        failure_persistence: None,
        ..Config::default()
    }
}

/// The next event: kind, collector, peer, prefix, path, seconds after the event before.
type Step = (u8, usize, usize, usize, usize, u32);

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        (
            0..110u8,
            0..3usize,
            0..5usize,
            0..NESTED.len(),
            0..4usize,
            0..30u32,
        ),
        0..most,
    )
}

/// Why the two laws leave columns aside that scenarios, incidents and real archives compare.
const DERIVED_DIFFER: &str = "in one random world of fifteen the two still bound a time, or name a network or path, differently";

/// A time of day so many seconds after 16:00.
fn clock(seconds: u32) -> String {
    format!("16:{:02}:{:02}", seconds / 60, seconds % 60)
}

/// RIB(t0) + updates = RIB(t1): a handful of tables kept by the test itself; sessions that go down
/// and send their table again are included.
#[test]
fn a_rib_and_the_updates_after_it_give_the_next_rib() {
    let start = prop::collection::vec(any::<bool>(), 25);
    proptest!(config(12), |(start in start, steps in steps(90))| {
        let mut tables: BTreeMap<(usize, usize), &str> = BTreeMap::new();
        for (i, _) in start.iter().enumerate().filter(|(_, held)| **held) {
            tables.insert((i / 5, i % 5), PATHS[0]);
        }
        let mut text = "cover 16:00 16:40\n".to_owned();
        write_rib(&mut text, "16:00", &tables);
        let mut now = 0;
        for (what, _, peer, prefix, path, after) in steps {
            now = (now + after).min(28 * 60);
            let (time, name, prefix) = (clock(now), PEERS[peer], prefix % PREFIXES.len());
            if what < 45 {
                tables.insert((peer, prefix), PATHS[path]);
                write_event(&mut text, &time, name, &format!("announce {} {}", PREFIXES[prefix], PATHS[path]));
            } else if what < 90 {
                tables.remove(&(peer, prefix));
                write_event(&mut text, &time, name, &format!("withdraw {}", PREFIXES[prefix]));
            } else {
                write_event(&mut text, &time, name, "state 6 1");
                write_event(&mut text, &time, name, "state 5 6");
                for ((_, prefix), path) in tables.iter().filter(|((p, _), _)| *p == peer) {
                    write_event(&mut text, &time, name, &format!("announce {} {path}", PREFIXES[*prefix]));
                }
                write_event(&mut text, &time, name, "eor 4");
                write_event(&mut text, &time, name, "eor 6");
            }
        }
        write_rib(&mut text, "16:30", &tables);
        let scene = Scene::of(&text);
        let run = scene.ask("--prefix 10.0.0.0/8 --prefix 2001:db8::/32 --from 16:00 --to 16:32");
        for row in run.table("peers") {
            assert_eq!((row["rib_added"].as_str(), row["rib_removed"].as_str()), ("0", "0"));
        }
        for row in run.table("prefixes") {
            if row["minute"] == "2014-12-22T16:29:00Z" || row["minute"] == "2014-12-22T16:31:00Z" {
                let holders = |t: &&((usize, usize), &str)| PREFIXES[t.0.1] == row["prefix"];
                let held: Vec<_> = tables.iter().map(|(k, p)| (*k, *p)).collect();
                let seeing = held.iter().filter(holders).count();
                let origins: BTreeSet<u32> = held.iter().filter(holders).flat_map(|t| origins(t.1)).collect();
                let origins: Vec<String> = origins.iter().map(|asn| format!("AS{asn}")).collect();
                assert_eq!(row["peer_asns_known"], "5");
                assert_eq!(row["peer_asns_seeing"], seeing.to_string());
                assert_eq!(row["origins"], origins.join(" "));
            }
        }
    });
}

fn origins(path: &str) -> Vec<u32> {
    match path {
        "@ {64500,64511}" => vec![64500, 64511],
        "@ 64520" => vec![64520],
        _ => vec![64500],
    }
}

fn write_event(text: &mut String, time: &str, peer: char, what: &str) {
    let _ = writeln!(text, "{time} {peer} {what}");
}

fn write_rib(text: &mut String, time: &str, tables: &BTreeMap<(usize, usize), &str>) {
    for peer in PEERS {
        write_event(text, time, peer, "table 4 20");
        write_event(text, time, peer, "table 6 20");
    }
    for ((peer, prefix), path) in tables {
        write_event(
            text,
            time,
            PEERS[*peer],
            &format!("rib {} {path}", PREFIXES[*prefix]),
        );
    }
}

const COLLECTORS: [&str; 3] = ["rrc00", "rrc01", "route-views.sydney"];
const BLOCKS: &str = "--prefix 10.0.0.0/8 --prefix 2001:db8::/32";

/// An archive with most of what occurs: several collectors, restarts (at rrc00), damaged records,
/// ADD-PATH, RIBs at the start and later ones that differ, peers with small tables or in no RIB.
#[derive(Clone)]
pub struct RandomArchive {
    steps: Vec<Step>,
    /// By dump and collector: a bit for each peer and prefix.
    ribs: [u64; 6],
    later: [bool; 3],
}

impl std::fmt::Debug for RandomArchive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}", self.text())
    }
}

pub fn random_archive(most: usize) -> impl Strategy<Value = RandomArchive> {
    (steps(most), any::<[u64; 6]>(), any::<[bool; 3]>())
        .prop_map(|(steps, ribs, later)| RandomArchive { steps, ribs, later })
}

impl RandomArchive {
    pub fn text(&self) -> String {
        let mut text = "peer C addpath\n".to_owned();
        for (at, collector) in COLLECTORS.iter().enumerate() {
            let _ = writeln!(text, "cover {collector} 16:00 16:45");
            let dumps = [Some("16:00"), self.later[at].then_some("16:30")];
            for (dump, time) in dumps
                .into_iter()
                .enumerate()
                .filter_map(|(i, t)| Some((i, t?)))
            {
                self.rib(&mut text, at, dump, time);
            }
        }
        let mut now = 0;
        for step in &self.steps {
            now = (now + step.5).min(44 * 60);
            self.write_step(&mut text, &clock(now), step);
        }
        text
    }

    fn rib(&self, text: &mut String, at: usize, dump: usize, time: &str) {
        let stamp = time.replace(':', "");
        for (peer, name) in PEERS.iter().enumerate() {
            // E is in the later RIBs only; D has a small table.
            if *name == 'E' && dump == 0 {
                continue;
            }
            let size = if *name == 'D' { 5 } else { 20 };
            let _ = writeln!(text, "{time} {}/{name} table 4 {size}", COLLECTORS[at]);
            let _ = writeln!(text, "{time} {}/{name} table 6 {size}", COLLECTORS[at]);
            for (prefix, shown) in NESTED.iter().enumerate() {
                if self.ribs[dump * 3 + at] >> (peer * NESTED.len() + prefix) & 1 == 1 {
                    let path = path_of(*name, peer + prefix);
                    let id = if *name == 'C' { "id=1" } else { "" };
                    let late = 5 * prefix;
                    let _ = writeln!(
                        text,
                        "{time}:{late:02} {}/{name} rib {shown} {path} {id} dump=20141222.{stamp}",
                        COLLECTORS[at]
                    );
                }
            }
        }
    }

    fn write_step(&self, text: &mut String, time: &str, &(what, at, peer, prefix, path, _): &Step) {
        let (name, prefix, path_id) = (PEERS[peer], NESTED[prefix], path);
        let path = path_of(name, path);
        let id = match name {
            'C' if what % 2 == 0 => "id=1",
            'C' => "id=2",
            _ => "",
        };
        let collector = COLLECTORS[at];
        let mut event = |what: &str| {
            let _ = writeln!(text, "{time} {collector}/{name} {what}");
        };
        let has_states = at == 0;
        match what {
            0..40 => event(&format!("announce {prefix} {path} {id}")),
            40..70 => event(&format!("withdraw {prefix} {id}")),
            70..75 => event("keepalive"),
            75..79 => event(&format!("announce-table 4 {what} @ 64496 {id}")),
            79..85 if has_states => event("state 6 1"),
            85..90 if has_states => event("state 5 6"),
            90..92 if has_states => event("state 3 2"),
            90..94 => event("eor 4"),
            94..96 => event("eor 6"),
            96 => event("raw 16 4 00"),
            97 => {
                let n = peer + 1;
                event(&format!(
                    "raw 16 4 {:08x} 0000fbf1 0000 0001 c00002{n:02x} c00002fe ffff",
                    64500 + n
                ));
            }
            98 | 99 => event(&format!("update -{prefix} +10.0.3.0/24 {path} {id}")),
            100..105 => everywhere(text, time, "withdraw", prefix, path_id),
            _ => everywhere(text, time, "announce", prefix, path_id),
        }
    }
}

/// All peers of all collectors withdraw or announce a prefix at once: an outage, a return.
fn everywhere(text: &mut String, time: &str, what: &str, prefix: &str, path: usize) {
    for collector in COLLECTORS {
        for name in PEERS {
            let said = match (what, name) {
                ("withdraw", 'C') => vec!["id=1".to_owned(), "id=2".to_owned()],
                ("withdraw", _) => vec![String::new()],
                (_, 'C') => vec![format!("{} id=1", path_of(name, path))],
                _ => vec![path_of(name, path).to_owned()],
            };
            for more in said {
                let _ = writeln!(text, "{time} {collector}/{name} {what} {prefix} {more}");
            }
        }
    }
}

/// The path with a number. Those of peer C, which has several to a prefix at once (ADD-PATH), share an
/// origin.
fn path_of(peer: char, number: usize) -> &'static str {
    PATHS[number % if peer == 'C' { 2 } else { PATHS.len() }]
}

/// A question that the witness can answer, too.
pub fn question() -> impl Strategy<Value = String> {
    let what = prop_oneof![
        Just(BLOCKS),
        Just("--asn 64500"),
        Just("--asn 64511 --prefix 10.0.1.0/24"),
        Just("--asn 64510 --prefix 10.0.1.128/25 --prefix 2001:db8:1::/48"),
    ];
    let rule = prop_oneof![
        3 => Just(""),
        1 => Just("--full-feed 0.2"),
        1 => Just("--full-feed all"),
        1 => Just("--silence 200"),
        1 => Just("--min-vantage 1"),
        1 => Just("--baseline-at 16:31"),
    ];
    let more = prop_oneof![
        3 => Just(""),
        1 => Just("--min-life 0"),
        1 => Just("--min-life 5"),
        1 => Just("--min-outage 60"),
    ];
    (what, rule, more, 0..25u32).prop_map(|(what, rule, more, from)| {
        format!(
            "{what} {rule} {more} --from {} --to 16:44",
            clock(from * 60)
        )
    })
}

/// An independent second implementation computes the same tables from any archive, also from one
/// with files missing and cut. At rrc00 none is missing: after a session loss and a gap the two
/// differ on purpose.
#[test]
fn the_witness_agrees() {
    let missing = (any::<bool>(), any::<bool>(), prop::option::of(0..4usize));
    proptest!(config(14), |(archive in random_archive(120), question in question(), (ris, routeviews, cut) in missing)| {
        let mut scene = Scene::of(&archive.text()).without_derived(DERIVED_DIFFER);
        if ris {
            scene = scene.without("rrc01/2014.12/updates.20141222.1610.gz");
        }
        if routeviews {
            scene = scene.without("route-views.sydney/bgpdata/2014.12/UPDATES/updates.20141222.1615.bz2");
        }
        if let Some(records) = cut {
            scene = scene.cut_after("rrc01/2014.12/updates.20141222.1620.gz", records);
        }
        scene.ask(&question);
    });
}

/// The same without any RIB: members are inferred from withdrawals, or lost soon after they were first
/// known.
#[test]
fn the_witness_agrees_on_updates_alone() {
    let more = prop_oneof![Just(""), Just("--min-vantage 1"), Just("--min-life 5")];
    proptest!(config(8), |(archive in random_archive(120), more in more)| {
        let text = archive.text();
        let updates = text.lines().filter(|line| !line.contains(" rib ") && !line.contains(" table "));
        let updates: Vec<&str> = updates.collect();
        let scene = Scene::of(&updates.join("\n")).without_derived(DERIVED_DIFFER);
        scene.ask(&format!("{BLOCKS} --full-feed all {more} --from 16:03 --to 16:44"));
    });
}

/// The same bytes, whatever the number of threads: every file of the folder.
#[test]
fn the_number_of_threads_changes_nothing() {
    proptest!(config(6), |(archive in random_archive(150), question in question())| {
        let scene = Scene::of(&archive.text()).without_witness("`laws::the_witness_agrees` compares such archives");
        let one = folder(&scene.ask_into("one", &format!("{question} --threads 1")));
        let many = folder(&scene.ask_into("many", &format!("{question} --threads 5")));
        assert_eq!(one.keys().collect::<Vec<_>>(), many.keys().collect::<Vec<_>>());
        for (name, bytes) in &one {
            assert!(many[name] == *bytes, "{name} differs");
        }
    });
}

fn folder(run: &Run) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&run.dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, fs::read(entry.path()).unwrap_or_default());
    }
    assert!(files.len() > 10, "tables in two formats and run.json");
    files
}

/// A duplicate announcement changes nothing but the counts of messages.
#[test]
fn a_duplicate_announcement_changes_only_the_counts() {
    proptest!(config(8), |(archive in random_archive(100), question in question())| {
        let text = archive.text();
        let twice: String = text
            .lines()
            .flat_map(|line| {
                let times = if line.contains(" announce ") { 2 } else { 1 };
                std::iter::repeat_n(format!("{line}\n"), times)
            })
            .collect();
        let [once, twice] = [text, twice].map(|text| {
            let scene = Scene::of(&text).without_witness("`laws::the_witness_agrees` compares such archives");
            let run = scene.ask(&question);
            let mut tables = ["prefixes", "transitions", "outages", "asns"].map(|name| run.table(name));
            for row in tables.iter_mut().flatten() {
                for column in ["announcements", "offset"] {
                    row.remove(column);
                }
            }
            tables
        });
        assert_eq!(once, twice);
    });
}

/// Splitting update files at a record's boundary changes nothing but the files and offsets named.
#[test]
fn splitting_files_changes_nothing() {
    proptest!(config(8), |(archive in random_archive(100), question in question(), at in 0..8usize)| {
        let scene = Scene::of(&archive.text());
        let archive = scene.archive().join("rrc00/2014.12");
        let split = scene.archive().with_file_name("split");
        fs::create_dir_all(&split).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut files: Vec<_> = fs::read_dir(&archive).into_iter().flatten().flatten().map(|e| e.path()).collect();
        files.sort();
        let mut parts = Vec::new();
        for (i, file) in files.iter().enumerate() {
            let packed = fs::read(file).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let is_rib = file.ends_with("bview.20141222.1600.gz") || file.ends_with("bview.20141222.1630.gz");
            let bytes = unpack(&packed);
            let starts = record_starts(&bytes);
            if is_rib || at + 1 >= starts.len() {
                parts.push(file.clone());
                continue;
            }
            // The first part keeps the name, and so the span; the second has the span of its
            // records.
            let (first, second) = bytes.split_at(starts[at]);
            let parts_of = [split.join(file.file_name().unwrap_or_default()), split.join(format!("part-{i}"))];
            for (part, bytes) in parts_of.iter().zip([first, second]) {
                fs::write(part, bytes).map_err(|e| TestCaseError::fail(e.to_string()))?;
            }
            // A part without records must not look like a download of no bytes.
            parts.extend(parts_of.into_iter().skip(usize::from(first.is_empty())));
            if first.is_empty() {
                parts.pop();
                parts.push(file.clone());
            }
        }
        let [whole, split] = [("whole", files), ("parts", parts)].map(|(folder, files)| {
            let mut args: Vec<String> = ["run", "--collector", "rrc00"].map(str::to_owned).to_vec();
            args.extend(question.split_whitespace().map(crate::harness::dated));
            for file in files {
                args.extend(["--file".to_owned(), file.display().to_string()]);
            }
            let run = scene.run(folder, &args);
            let mut tables = ["prefixes", "transitions", "outages", "asns", "peers"].map(|name| run.table(name));
            for row in tables.iter_mut().flatten() {
                for column in ["file", "offset"] {
                    row.remove(column);
                }
            }
            tables
        });
        assert_eq!(whole, split);
    });
}
