//! What the independent second implementation computes from an archive, and the same from a folder
//! of tables: prefixes, units and upstreams.

use super::csv::{Table, read_csv};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Three tables in the witness's form: a line a row, sorted by minute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Witnessed {
    pub prefixes: Vec<String>,
    /// By AS, and of all that is watched where that is a country. Rows without any unit are left
    /// out, whatever else their AS has.
    pub units: Vec<String>,
    /// `minute,prefix,upstream=ASes upstream=ASes`.
    pub upstreams: Vec<String>,
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
const UNITS: [&str; 8] = [
    "minute",
    "asn",
    "family",
    "units_baseline",
    "units_direct",
    "units_covered",
    "units_none",
    "units_unknown",
];
const UPSTREAMS: [&str; 3] = ["minute", "prefix", "via"];

/// What the witness calls all that is watched.
const ALL: &str = "all";

impl Witnessed {
    /// Asks the witness; nothing where there is no Python to run it, of which one test complains
    /// (`scenarios::there_is_a_python_for_the_witness`).
    pub fn ask(args: &[String]) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witness/witness.py");
        let mut command = Command::new("python3");
        command.arg(script).args(args);
        command.args(["--tables", "prefixes,units,upstreams"]);
        let output = command.output().ok()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the witness fails: {errors}");
        let text = String::from_utf8_lossy(&output.stdout);
        let mut tables = text.split("\n\n").map(read_csv);
        let mut next = || tables.next().expect("three tables");
        let (prefixes, mut units, upstreams) = (next(), next(), next());
        let is_country = args.iter().any(|arg| arg == "--country");
        units.retain(|row| is_country || row["asn"] != ALL);
        Some(Self {
            prefixes: lines(&prefixes, &PREFIXES),
            units: sorted(lines(&units, &UNITS)),
            upstreams: lines(&upstreams, &UPSTREAMS),
        })
    }

    /// The first rows that differ, ours and the other's.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let tables = [
            (&self.prefixes, &other.prefixes),
            (&self.units, &other.units),
            (&self.upstreams, &other.upstreams),
        ];
        let mut found = Vec::new();
        for (ours, theirs) in tables {
            let only = |these: &[String], those: &[String], whose: &str| -> Vec<String> {
                let those: BTreeSet<&String> = those.iter().collect();
                let only = these.iter().filter(|line| !those.contains(line)).take(5);
                only.map(|line| format!("{whose}: {line}")).collect()
            };
            found.extend(only(ours, theirs, "dropline"));
            found.extend(only(theirs, ours, "witness"));
            if ours != theirs && found.is_empty() {
                found.push("the same rows in another order, or more often".to_owned());
            }
        }
        found
    }

    /// The same from the tables of a run.
    pub fn of(dir: &Path) -> Self {
        let table = |name: &str| fs::read_to_string(dir.join(name)).map(|text| read_csv(&text));
        let prefixes = table("prefixes.csv").expect("a table");
        let mut units = table("asns.csv").expect("a table");
        if let Ok(country) = table("country.csv") {
            units.extend(country.into_iter().map(|mut row| {
                row.insert("asn".to_owned(), ALL.to_owned());
                row
            }));
        }
        units.retain(|row| UNITS[4..].iter().any(|column| row[*column] != "0"));
        let mut via: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for row in table("upstreams.csv").expect("a table") {
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
            units: sorted(lines(&units, &UNITS)),
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
