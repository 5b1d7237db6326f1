//! What an incident file expects (`[[expect]]`), held against a run's tables.

use super::VerifyError;
use super::rows::{self, Rows, canonical};
use crate::model::time::{MINUTE, SECOND, Timestamp};
use crate::study::expect::{Entity, Expect, State};
use crate::write::table::Schema;
use crate::write::{asns, outages, prefixes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What became of an expectation.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// The line of the incident file in which it begins.
    pub line: usize,
    /// What was expected, for people.
    pub expected: String,
    /// Whether it is so.
    pub holds: bool,
    /// Why not, by entity.
    pub said: Vec<String>,
}

/// The minutes of an entity that an expectation looks at, and its outages.
#[derive(Default)]
struct Story {
    right: u32,
    unknown: u32,
    /// The first minute that is otherwise, its status, and how many there are.
    wrong: Option<(i64, String)>,
    wrongs: u32,
    outages: Vec<Outage>,
}

#[derive(Clone, Copy)]
struct Outage {
    start: i64,
    end: i64,
    doubt: i64,
}

/// Holds a run's tables against what is expected of it.
///
/// # Errors
/// A table that it takes is not there or not to be read.
pub fn check(out: &Path, expected: &[Expect]) -> Result<Vec<Verdict>, VerifyError> {
    let mut stories: Vec<BTreeMap<String, Story>> =
        expected.iter().map(|_| BTreeMap::new()).collect();
    let tables: [(&'static Schema, &str); 3] = [
        (&prefixes::SCHEMA, "prefix"),
        (&asns::ASNS, "asn"),
        (&asns::COUNTRY, "country"),
    ];
    for (schema, column) in tables {
        let concerned: Vec<usize> = (0..expected.len())
            .filter(|i| of(&expected[*i]) == column)
            .collect();
        if concerned.is_empty() {
            continue;
        }
        let mut rows = open(out, schema, &["minute", column, "status"])?;
        while let Some(row) = rows.next()? {
            let minute = rows::time(&rows.path, &row, 0)?;
            let name = row.cells[1].as_deref().unwrap_or_default();
            let status = row.cells[2].as_deref().unwrap_or("unknown");
            for &i in &concerned {
                if is_of(&expected[i], name) {
                    stories[i].entry(name.to_owned()).or_default().hear(
                        &expected[i],
                        minute,
                        status,
                    );
                }
            }
        }
    }
    let needs_outages = |e: &Expect| matches!(e.state, State::Down | State::NeverDown);
    if expected.iter().any(needs_outages) {
        let columns = ["entity", "start", "end", "start_uncertainty_s"];
        let mut rows = open(out, &outages::SCHEMA, &columns)?;
        while let Some(row) = rows.next()? {
            let outage = Outage {
                start: rows::time(&rows.path, &row, 1)?,
                end: rows::time(&rows.path, &row, 2)?,
                doubt: row.cells[3]
                    .as_deref()
                    .and_then(|c| c.parse().ok())
                    .unwrap_or(0),
            };
            let name = canonical(rows.columns[0], row.cells[0].as_deref());
            let name = name.strip_prefix("AS").unwrap_or(&name);
            for (stories, expect) in stories.iter_mut().zip(expected) {
                if is_of(expect, name)
                    && let Some(story) = stories.get_mut(name)
                {
                    story.outages.push(outage);
                }
            }
        }
    }
    Ok(expected
        .iter()
        .zip(&stories)
        .map(|(expect, stories)| verdict(expect, stories))
        .collect())
}

fn open(out: &Path, schema: &'static Schema, columns: &[&str]) -> Result<Rows, VerifyError> {
    let path = out.join(format!("{}.csv", schema.name));
    let rows = rows::open(out, schema)?;
    let mut rows = rows.ok_or_else(|| VerifyError::of(&path, &"the run has no such table"))?;
    if let Some(lacking) = columns.iter().find(|c| !rows.has(c)) {
        return Err(VerifyError::of(
            &path,
            &format!("it has no column `{lacking}`"),
        ));
    }
    rows.want(columns);
    Ok(rows)
}

/// The column whose rows an expectation is about.
const fn of(expect: &Expect) -> &'static str {
    match expect.entity {
        None | Some(Entity::Prefix(_)) => "prefix",
        Some(Entity::As(_)) => "asn",
        Some(Entity::Country(_)) => "country",
    }
}

fn is_of(expect: &Expect, name: &str) -> bool {
    match &expect.entity {
        None => name.contains('/'),
        Some(Entity::As(asn)) => name.trim_start_matches("AS") == asn.to_string(),
        Some(entity) => entity.to_string() == name,
    }
}

/// The time in which the state holds whatever the tolerances.
fn inner(expect: &Expect) -> (i64, i64) {
    (
        expect.from.0 + expect.tolerance_start.unwrap_or(0),
        expect.to.0 - expect.tolerance_end.unwrap_or(0),
    )
}

impl Story {
    fn hear(&mut self, expect: &Expect, minute: i64, status: &str) {
        let (from, to) = inner(expect);
        if minute < from || minute + MINUTE > to {
            return;
        }
        let is_right = match expect.state {
            State::NeverDown => status != "down",
            State::Visible => matches!(status, "up" | "degraded"),
            state => status == state.label(),
        };
        match (is_right, status) {
            (_, "unknown") if expect.state != State::Unknown => self.unknown += 1,
            (true, _) => self.right += 1,
            (false, _) => {
                self.wrongs += 1;
                self.wrong
                    .get_or_insert_with(|| (minute, status.to_owned()));
            }
        }
    }

    /// Why it is not as expected; nothing where it is.
    fn fault(&self, expect: &Expect) -> Option<String> {
        let counted: Vec<_> = expect
            .counts
            .iter()
            .filter_map(|(b, c)| Some((*b, c.outages?)))
            .collect();
        if !counted.is_empty() {
            let within = |o: &&Outage| {
                (expect.from.0 - expect.tolerance_start.unwrap_or(0)
                    ..=expect.to.0 + expect.tolerance_end.unwrap_or(0))
                    .contains(&o.start)
            };
            let found = self.outages.iter().filter(within).count() as u32;
            let wrong = counted.iter().find(|(bound, n)| !bound.holds(found, *n));
            return wrong.map(|(bound, n)| {
                format!(
                    "{found} outages begin there, {} {n} expected",
                    bound.label()
                )
            });
        }
        let seen = self.right + self.wrongs;
        if seen + self.unknown == 0 {
            return Some("the run has no minute of that time".to_owned());
        }
        if seen == 0 {
            return Some(format!(
                "all {} minutes are unknown, which is neither",
                self.unknown
            ));
        }
        if let Some((minute, status)) = &self.wrong {
            let minute = Timestamp(*minute).for_people();
            return Some(format!(
                "{status} at {minute}, and in {} of {} minutes",
                self.wrongs,
                seen + self.unknown
            ));
        }
        let (from, to) = inner(expect);
        let overlapping: Vec<&Outage> = self
            .outages
            .iter()
            .filter(|o| o.start < to && o.end > from)
            .collect();
        match expect.state {
            State::NeverDown => overlapping
                .first()
                .map(|o| format!("an outage {}", told(o))),
            State::Down => self.edges(expect, &overlapping),
            _ => None,
        }
    }

    /// Whether one outage holds all the while, and begins and ends where it must.
    fn edges(&self, expect: &Expect, overlapping: &[&Outage]) -> Option<String> {
        let Some(outage) = overlapping.iter().max_by_key(|o| o.end - o.start) else {
            return Some("no outage in that time".to_owned());
        };
        if overlapping.len() > 1 {
            return Some(format!(
                "{} outages in that time; the longest {}",
                overlapping.len(),
                told(outage)
            ));
        }
        let off = |found: i64, expected: i64, allowed: Option<i64>, what: &str| {
            let by = found - expected;
            let allowed = allowed?;
            (by.abs() > allowed).then(|| {
                let (found, expected) = (people(found), people(expected));
                let (by, allowed) = (by / SECOND, allowed / SECOND);
                format!("{what} {expected} → {found} ({by:+} s, tolerance {allowed} s)")
            })
        };
        let start = off(outage.start, expect.from.0, expect.tolerance_start, "start");
        let end = off(outage.end, expect.to.0, expect.tolerance_end, "end");
        let mut faults: Vec<String> = start.into_iter().chain(end).collect();
        let (from, to) = inner(expect);
        if faults.is_empty() && (outage.start > from || outage.end < to) {
            faults.push(format!("an outage only {}", told(outage)));
        }
        if !faults.is_empty() && outage.doubt > 0 {
            faults.push(format!("the start is uncertain by {} s", outage.doubt));
        }
        (!faults.is_empty()).then(|| faults.join("; "))
    }
}

fn people(time: i64) -> String {
    Timestamp(time)
        .to_string()
        .replace('T', " ")
        .replace('Z', "")
}

fn told(outage: &Outage) -> String {
    format!("from {} to {}", people(outage.start), people(outage.end))
}

fn verdict(expect: &Expect, stories: &BTreeMap<String, Story>) -> Verdict {
    let whose = expect
        .entity
        .as_ref()
        .map_or_else(|| "every prefix".to_owned(), ToString::to_string);
    let edge =
        |allowed: Option<i64>| allowed.map_or_else(String::new, |a| format!(" ± {} s", a / SECOND));
    let (start, end) = (edge(expect.tolerance_start), edge(expect.tolerance_end));
    let (from, to) = (people(expect.from.0), people(expect.to.0));
    let mut text = format!(
        "{whose} {} from {from}{start} to {to}{end}",
        expect.state.label()
    );
    for (bound, count) in &expect.counts {
        for (n, what) in [(count.prefixes, "prefixes"), (count.outages, "outages")] {
            if let Some(n) = n {
                text += &format!(", {} {n} {what}", bound.label());
            }
        }
    }
    let mut said = Vec::new();
    let mut holding = 0;
    for (name, story) in stories {
        let name = match of(expect) {
            "asn" => format!("AS{name}"),
            _ => name.clone(),
        };
        match story.fault(expect) {
            None => holding += 1,
            Some(fault) => said.push(format!("{name}: {fault}")),
        }
    }
    let counted: Vec<_> = expect
        .counts
        .iter()
        .filter_map(|(b, c)| Some((*b, c.prefixes?)))
        .collect();
    let holds = match counted.is_empty() {
        true => said.is_empty() && !stories.is_empty(),
        false => counted.iter().all(|(bound, n)| bound.holds(holding, *n)),
    };
    if stories.is_empty() {
        said.push(format!("{whose}: the run has no such row"));
    }
    if !holds && !counted.is_empty() {
        said.insert(0, format!("{holding} of {} prefixes are so", stories.len()));
    }
    if holds {
        said.clear();
    }
    Verdict {
        line: expect.line,
        expected: text,
        holds,
        said,
    }
}
