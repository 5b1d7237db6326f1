//! What the independent second implementation computes from an archive, and the same from a folder
//! of tables: prefixes, upstreams, groups, outages, losses and events.

use super::csv::{Table, read_csv};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Tables in the witness's form, a line a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Witnessed {
    /// Sorted by minute.
    pub prefixes: Vec<String>,
    /// `minute,prefix,upstream=ASes upstream=ASes`, sorted by minute.
    pub upstreams: Vec<String>,
    /// Of ASes, and of the country under its code. This table and those below are sorted by line.
    pub asns: Vec<String>,
    pub outages: Vec<String>,
    pub losses: Vec<String>,
    pub events: Vec<String>,
}

const PREFIXES: [&str; 8] = [
    "minute",
    "prefix",
    "peer_asns_full",
    "peer_asns_known",
    "peer_asns_seeing",
    "seeing_min",
    "seeing_max",
    "origins",
];
const UPSTREAMS: [&str; 3] = ["minute", "prefix", "via"];
const ASNS: [&str; 13] = [
    "minute",
    "asn",
    "family",
    "prefixes_baseline",
    "prefixes_visible",
    "prefixes_unknown",
    "prefixes_new",
    "units_baseline",
    "units_direct",
    "units_covered",
    "units_none",
    "units_unknown",
    "status",
];
const OUTAGES: [&str; 21] = [
    "event",
    "scope",
    "entity",
    "family",
    "start",
    "end",
    "end_kind",
    "duration_s",
    "down_s",
    "start_uncertainty_s",
    "end_uncertainty_s",
    "depth",
    "baseline",
    "first_lost",
    "last_lost",
    "upstreams_before",
    "upstreams_after",
    "common_as",
    "other_origins",
    "stuck_peers",
    "reachable",
];
const LOSSES: [&str; 8] = [
    "scope", "entity", "family", "start", "position", "lost", "lost_at", "back_at",
];
const EVENTS: [&str; 31] = [
    "event",
    "scope",
    "entity",
    "families",
    "start",
    "end",
    "end_kind",
    "start_uncertainty_s",
    "end_uncertainty_s",
    "baseline",
    "prefixes_baseline",
    "prefixes_lost_max",
    "worst_at",
    "down_from",
    "down_to",
    "half_back_at",
    "last_back_at",
    "still_lost",
    "prefix_seconds_lost",
    "prefix_seconds_lost_before",
    "units_none_max",
    "units_covered_max",
    "first_lost",
    "last_lost",
    "common_as",
    "upstreams_before",
    "upstreams_during",
    "upstreams_after",
    "other_origins",
    "collectors",
    "prefixes",
];

/// Columns of outages and events that describe what else the loss shows.
const DERIVED: [&str; 11] = [
    "down_s",
    "start_uncertainty_s",
    "end_uncertainty_s",
    "first_lost",
    "last_lost",
    "upstreams_before",
    "upstreams_during",
    "upstreams_after",
    "common_as",
    "other_origins",
    "collectors",
];

impl Witnessed {
    /// Asks the witness; nothing where there is no Python to run it, of which one test complains
    /// (`scenarios::there_is_a_python_for_the_witness`).
    pub fn ask(args: &[String]) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witness/witness.py");
        let mut command = Command::new("python3");
        command.arg(script).args(args);
        command.args(["--tables", "prefixes,upstreams,asns,outages,losses,events"]);
        let output = command.output().ok()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the witness fails: {errors}");
        let text = String::from_utf8_lossy(&output.stdout);
        let mut tables = text.split("\n\n").map(read_csv);
        let mut next = |columns: &[&str]| lines(&tables.next().expect("six tables"), columns);
        Some(Self {
            prefixes: next(&PREFIXES),
            upstreams: next(&UPSTREAMS),
            asns: sorted(next(&ASNS)),
            outages: sorted(next(&OUTAGES)),
            losses: sorted(next(&LOSSES)),
            events: sorted(next(&EVENTS)),
        })
    }

    /// The first rows that differ, ours and the other's, table by table.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for ((name, columns, ours), (_, _, theirs)) in self.tables().zip(other.tables()) {
            let only = |these: &[String], those: &[String], whose: &str| -> Vec<String> {
                let those: BTreeSet<&String> = those.iter().collect();
                let only = these.iter().filter(|line| !those.contains(line)).take(5);
                only.map(|line| format!("{name}, {whose}: {line}"))
                    .collect()
            };
            let before = found.len();
            found.extend(only(ours, theirs, "dropline"));
            found.extend(only(theirs, ours, "witness"));
            if found.len() > before {
                found.insert(before, format!("{name}: {}", columns.join(",")));
            } else if ours != theirs {
                found.push(format!(
                    "{name}: the same rows in another order, or more often"
                ));
            }
        }
        found
    }

    /// The same without what is derived from what was lost when: the bounds of times, the networks
    /// that lost it first, paths and collectors.
    pub fn without_derived(mut self) -> Self {
        let tables = [
            (&OUTAGES[..], &mut self.outages),
            (&EVENTS[..], &mut self.events),
        ];
        for (columns, rows) in tables {
            for row in rows {
                let cells = columns.iter().zip(row.split(','));
                let kept = cells.map(|(column, cell)| match DERIVED.contains(column) {
                    true => "",
                    false => cell,
                });
                *row = kept.collect::<Vec<_>>().join(",");
            }
        }
        self
    }

    /// Every table with its name and columns.
    fn tables(&self) -> impl Iterator<Item = (&'static str, &'static [&'static str], &[String])> {
        let prefixes: (_, &'static [_], _) = ("prefixes", &PREFIXES, &self.prefixes[..]);
        let upstreams: (_, &'static [_], _) = ("upstreams", &UPSTREAMS, &self.upstreams[..]);
        let asns: (_, &'static [_], _) = ("asns", &ASNS, &self.asns[..]);
        let outages: (_, &'static [_], _) = ("outages", &OUTAGES, &self.outages[..]);
        let losses: (_, &'static [_], _) = ("losses", &LOSSES, &self.losses[..]);
        let events: (_, &'static [_], _) = ("events", &EVENTS, &self.events[..]);
        [prefixes, upstreams, asns, outages, losses, events].into_iter()
    }

    /// The same from the tables of a run.
    pub fn of(dir: &Path) -> Self {
        let table = |name: &str| {
            let path = dir.join(format!("{name}.csv"));
            fs::read_to_string(path).map(|text| read_csv(&text))
        };
        let written = |name: &str| table(name).expect("a table");
        let prefixes = written("prefixes");
        let mut asns = written("asns");
        if let Ok(country) = table("country") {
            asns.extend(country.into_iter().map(|mut row| {
                let country = row["country"].clone();
                row.insert("asn".to_owned(), country);
                row
            }));
        }
        let mut via: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for row in written("upstreams") {
            let key = (row["minute"].clone(), row["prefix"].clone());
            let count = format!("{}={}", row["upstream"], row["peer_asns_via"]);
            via.entry(key).or_default().push(count);
        }
        let upstreams = prefixes.iter().map(|row| {
            let (minute, prefix) = (row["minute"].clone(), row["prefix"].clone());
            let of_prefix = via.get(&(minute.clone(), prefix.clone()));
            let list = of_prefix.map(|list| list.join(" ")).unwrap_or_default();
            format!("{minute},{prefix},{list}")
        });
        Self {
            upstreams: upstreams.collect(),
            prefixes: lines(&prefixes, &PREFIXES),
            asns: sorted(lines(&asns, &ASNS)),
            outages: sorted(lines(&written("outages"), &OUTAGES)),
            losses: sorted(lines(&written("losses"), &LOSSES)),
            events: sorted(lines(&written("events"), &EVENTS)),
        }
    }
}

fn lines(table: &Table, columns: &[&str]) -> Vec<String> {
    let line = |row: &BTreeMap<String, String>| {
        let cells: Vec<&str> = columns.iter().map(|c| row[*c].as_str()).collect();
        cells.join(",")
    };
    table.iter().map(line).collect()
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}
