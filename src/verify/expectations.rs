//! Checks what an incident file expects (`[[expect]]`) against a run's tables.

use super::VerifyError;
use super::difference::for_people;
use super::row_reader::{self, RowReader, canonical};
use crate::model::time::{MINUTE, SECOND, Timestamp};
use crate::study::expect::{Entity, Expect, State};
use crate::write::table::Table;
use crate::write::tables::{asns, country, outages, prefixes};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Whether an expectation holds, and if not, why.
#[derive(Debug, Clone, Serialize)]
pub struct ExpectationResult {
    /// The line of the incident file in which the `[[expect]]` table begins.
    pub line: usize,
    /// The expectation in words.
    pub expected: String,
    /// Whether the run meets it.
    pub holds: bool,
    /// Why it does not, a line per entity; empty where it does.
    #[serde(rename = "said")]
    pub faults: Vec<String>,
}

/// The minutes of an entity within the time of an expectation, and its outages.
#[derive(Default)]
struct Observed {
    /// Minutes in the expected state.
    matching: u32,
    unknown: u32,
    /// Minutes in another known state, and the first of them with its status.
    mismatching: u32,
    first_mismatch: Option<(Timestamp, String)>,
    outages: Vec<OutageTimes>,
}

/// When an outage began and ended, as the table `outages` has it.
#[derive(Clone, Copy)]
struct OutageTimes {
    start: Timestamp,
    end: Timestamp,
    /// Seconds by which it may have begun earlier.
    start_uncertainty_s: i64,
}

/// What was observed of the entities of an expectation, by their names in the tables.
type ByEntity = BTreeMap<String, Observed>;

/// Checks a run's tables against what is expected of it.
///
/// # Errors
/// A table that an expectation needs is missing or cannot be read.
pub(crate) fn check(
    out: &Path,
    expected: &[Expect],
) -> Result<Vec<ExpectationResult>, VerifyError> {
    let mut observed: Vec<ByEntity> = expected.iter().map(|_| ByEntity::new()).collect();
    let tables: [(&'static Table, &str); 3] = [
        (&prefixes::TABLE, "prefix"),
        (&asns::TABLE, "asn"),
        (&country::TABLE, "country"),
    ];
    for (table, column) in tables {
        let concerned: Vec<usize> = (0..expected.len())
            .filter(|i| entity_column(&expected[*i]) == column)
            .collect();
        if concerned.is_empty() {
            continue;
        }
        let mut rows = open(out, table, &["minute", column, "status"])?;
        while let Some(row) = rows.next()? {
            let minute = rows.time(&row, 0)?;
            let name = row.cells[1].as_deref().unwrap_or_default();
            let status = row.cells[2].as_deref().unwrap_or("unknown");
            for &i in &concerned {
                if concerns(&expected[i], name) {
                    let of_entity = observed[i].entry(name.to_owned()).or_default();
                    of_entity.add_minute(&expected[i], minute, status);
                }
            }
        }
    }
    let needs_outages = |e: &Expect| matches!(e.state, State::Down | State::NeverDown);
    if expected.iter().any(needs_outages) {
        let columns = [
            "entity",
            "start",
            "end",
            "start_uncertainty_s",
            "family",
            "scope",
        ];
        let mut rows = open(out, &outages::TABLE, &columns)?;
        while let Some(row) = rows.next()? {
            let outage = OutageTimes {
                start: rows.time(&row, 1)?,
                end: rows.time(&row, 2)?,
                start_uncertainty_s: row.cells[3]
                    .as_deref()
                    .and_then(|c| c.parse().ok())
                    .unwrap_or(0),
            };
            // Of an AS or a country the outages of its IPv4 prefixes are meant.
            let is_group = row.cells[5].as_deref() != Some("prefix");
            if is_group && row.cells[4].as_deref() == Some("6") {
                continue;
            }
            let name = canonical(rows.selected()[0], row.cells[0].as_deref());
            let name = name.strip_prefix("AS").unwrap_or(&name);
            for (observed, expect) in observed.iter_mut().zip(expected) {
                if concerns(expect, name)
                    && let Some(of_entity) = observed.get_mut(name)
                {
                    of_entity.outages.push(outage);
                }
            }
        }
    }
    Ok(expected
        .iter()
        .zip(&observed)
        .map(|(expect, observed)| result(expect, observed))
        .collect())
}

fn open(out: &Path, table: &'static Table, columns: &[&str]) -> Result<RowReader, VerifyError> {
    let path = out.join(format!("{}.csv", table.name));
    let rows = row_reader::open(out, table)?;
    let mut rows = rows.ok_or_else(|| VerifyError::of(&path, &"the run has no such table"))?;
    if let Some(missing) = columns.iter().find(|c| !rows.has(c)) {
        let why = format!("it has no column `{missing}`");
        return Err(VerifyError::of(&path, &why));
    }
    rows.select(columns);
    Ok(rows)
}

/// The column that names the entities of an expectation.
const fn entity_column(expect: &Expect) -> &'static str {
    match expect.entity {
        None | Some(Entity::Prefix(_)) => "prefix",
        Some(Entity::As(_)) => "asn",
        Some(Entity::Country(_)) => "country",
    }
}

/// Whether an expectation is about the entity of that name.
fn concerns(expect: &Expect, name: &str) -> bool {
    match &expect.entity {
        None => name.contains('/'),
        Some(Entity::As(asn)) => name.trim_start_matches("AS") == asn.to_string(),
        Some(entity) => entity.to_string() == name,
    }
}

/// The time in which the state must hold, whatever the tolerances: from, and to before which.
fn inner(expect: &Expect) -> (Timestamp, Timestamp) {
    (
        Timestamp(expect.from.0 + expect.tolerance_start.unwrap_or(0)),
        Timestamp(expect.to.0 - expect.tolerance_end.unwrap_or(0)),
    )
}

impl Observed {
    fn add_minute(&mut self, expect: &Expect, minute: Timestamp, status: &str) {
        let (from, to) = inner(expect);
        if minute < from || minute.0 + MINUTE > to.0 {
            return;
        }
        let is_expected = match expect.state {
            State::NeverDown => status != "down",
            State::Visible => matches!(status, "up" | "degraded"),
            state => status == state.label(),
        };
        match (is_expected, status) {
            (_, "unknown") if expect.state != State::Unknown => self.unknown += 1,
            (true, _) => self.matching += 1,
            (false, _) => {
                self.mismatching += 1;
                self.first_mismatch
                    .get_or_insert_with(|| (minute, status.to_owned()));
            }
        }
    }

    /// Why the entity is not as expected; `None` where it is.
    fn fault(&self, expect: &Expect) -> Option<String> {
        let counted: Vec<_> = expect
            .counts
            .iter()
            .filter_map(|(b, c)| Some((*b, c.outages?)))
            .collect();
        if !counted.is_empty() {
            let earliest = expect.from.0 - expect.tolerance_start.unwrap_or(0);
            let latest = expect.to.0 + expect.tolerance_end.unwrap_or(0);
            let within = |o: &&OutageTimes| (earliest..=latest).contains(&o.start.0);
            let found = self.outages.iter().filter(within).count() as u32;
            let wrong = counted.iter().find(|(bound, n)| !bound.holds(found, *n));
            return wrong.map(|(bound, n)| {
                format!(
                    "{found} outages begin there, {} {n} expected",
                    bound.label()
                )
            });
        }
        let known = self.matching + self.mismatching;
        if known + self.unknown == 0 {
            return Some("the run has no minute of that time".to_owned());
        }
        if known == 0 {
            return Some(format!(
                "all {} minutes are unknown, which proves nothing",
                self.unknown
            ));
        }
        if let Some((minute, status)) = &self.first_mismatch {
            return Some(format!(
                "{status} at {}, and in {} of {} minutes",
                minute.for_people(),
                self.mismatching,
                known + self.unknown
            ));
        }
        let (from, to) = inner(expect);
        let overlapping: Vec<&OutageTimes> = self
            .outages
            .iter()
            .filter(|o| o.start < to && o.end > from)
            .collect();
        match expect.state {
            State::NeverDown => overlapping
                .first()
                .map(|o| format!("an outage {}", span(o))),
            State::Down => self.edges(expect, &overlapping),
            _ => None,
        }
    }

    /// Why there is not exactly one outage that lasts all the time, and begins and ends where it must.
    fn edges(&self, expect: &Expect, overlapping: &[&OutageTimes]) -> Option<String> {
        let Some(outage) = overlapping.iter().max_by_key(|o| o.end.0 - o.start.0) else {
            return Some("no outage in that time".to_owned());
        };
        if overlapping.len() > 1 {
            return Some(format!(
                "{} outages in that time; the longest {}",
                overlapping.len(),
                span(outage)
            ));
        }
        let off = |what: &str, found: Timestamp, expected: Timestamp, tolerance: Option<i64>| {
            let by = found.0 - expected.0;
            let tolerance = tolerance?;
            (by.abs() > tolerance).then(|| {
                let (found, expected) = (for_people(found), for_people(expected));
                let (by, tolerance) = (by / SECOND, tolerance / SECOND);
                format!("{what} {expected} → {found} ({by:+} s, tolerance {tolerance} s)")
            })
        };
        let start = off("start", outage.start, expect.from, expect.tolerance_start);
        let end = off("end", outage.end, expect.to, expect.tolerance_end);
        let mut faults: Vec<String> = start.into_iter().chain(end).collect();
        let (from, to) = inner(expect);
        if faults.is_empty() && (outage.start > from || outage.end < to) {
            faults.push(format!("an outage only {}", span(outage)));
        }
        if !faults.is_empty() && outage.start_uncertainty_s > 0 {
            let seconds = outage.start_uncertainty_s;
            faults.push(format!("the start is uncertain by {seconds} s"));
        }
        (!faults.is_empty()).then(|| faults.join("; "))
    }
}

fn span(outage: &OutageTimes) -> String {
    let (start, end) = (for_people(outage.start), for_people(outage.end));
    format!("from {start} to {end}")
}

fn result(expect: &Expect, observed: &ByEntity) -> ExpectationResult {
    let subject = expect
        .entity
        .as_ref()
        .map_or_else(|| "every prefix".to_owned(), ToString::to_string);
    let edge =
        |allowed: Option<i64>| allowed.map_or_else(String::new, |a| format!(" ± {} s", a / SECOND));
    let (start, end) = (edge(expect.tolerance_start), edge(expect.tolerance_end));
    let (from, to) = (for_people(expect.from), for_people(expect.to));
    let mut text = format!(
        "{subject} {} from {from}{start} to {to}{end}",
        expect.state.label()
    );
    for (bound, count) in &expect.counts {
        for (n, what) in [(count.prefixes, "prefixes"), (count.outages, "outages")] {
            if let Some(n) = n {
                text += &format!(", {} {n} {what}", bound.label());
            }
        }
    }
    let mut faults = Vec::new();
    let mut holding = 0;
    for (name, of_entity) in observed {
        let name = match entity_column(expect) {
            "asn" => format!("AS{name}"),
            _ => name.clone(),
        };
        match of_entity.fault(expect) {
            None => holding += 1,
            Some(fault) => faults.push(format!("{name}: {fault}")),
        }
    }
    let counted: Vec<_> = expect
        .counts
        .iter()
        .filter_map(|(b, c)| Some((*b, c.prefixes?)))
        .collect();
    let holds = match counted.is_empty() {
        true => faults.is_empty() && !observed.is_empty(),
        false => counted.iter().all(|(bound, n)| bound.holds(holding, *n)),
    };
    if observed.is_empty() {
        faults.push(format!("{subject}: the run has no such row"));
    }
    if !holds && !counted.is_empty() {
        let all = observed.len();
        faults.insert(0, format!("{holding} of {all} prefixes are as expected"));
    }
    if holds {
        faults.clear();
    }
    ExpectationResult {
        line: expect.line,
        expected: text,
        holds,
        faults,
    }
}
