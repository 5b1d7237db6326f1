//! What a run found, on one screen of stderr.

mod compared;

use super::output::Printer;
use crate::detect::Scope;
use crate::detect::groups::EntityOutage;
use crate::model::time::SECOND;
use crate::model::visibility::Status;
use crate::pipeline::Answer;
use crate::replay::feed::FeedRule;
use crate::replay::input::{CollectorData, Role};
use crate::tally::Tally;
use crate::tally::group::GroupMinute;
use crate::view::summary;
use crate::view::words::{CONTROL_PLANE, RECONSTRUCTION, duration, plural};
use crate::write::Findings;
use crate::write::Written;
use crate::write::tables::files::problem;
use std::collections::BTreeMap;
use std::path::Path;

/// Steps of a sparkline. Unknown is a dot: no data is never zero.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const UNKNOWN: char = '·';
const WIDTH: usize = 60;
/// More prefixes than this, and ASes (or the country) are shown instead.
const MOST_PREFIXES: usize = 16;
const MOST_GROUPS: usize = 16;
const MOST_OUTAGES: usize = 10;
const MOST_PROBLEMS: usize = 5;

pub fn print(findings: &Findings<'_>, written: &[Written], dir: &Path, printer: Printer) {
    let Findings { study, answer, .. } = findings;
    if let Some(title) = &study.title {
        printer.say(title);
    }
    if study.reconstruction {
        printer.say(RECONSTRUCTION);
    }
    let (from, to) = (study.window.from.for_people(), study.window.to.for_people());
    printer.say(format_args!("{from} to {to} UTC, {}", seen_from(findings)));
    for data in &answer.collectors {
        let has_rib = data.with_role(Role::StartRib).next().is_some();
        if !has_rib && study.rules.full_feed == FeedRule::All {
            printer.say(format_args!(
                "{}: no RIB, so routes are unknown until a peer speaks of them",
                data.collector
            ));
        } else if !has_rib {
            printer.say(format_args!(
                "{}: no RIB, so none of its peers is counted before one lists it",
                data.collector
            ));
        }
    }
    printer.say("");
    lines(findings, printer);
    outages(findings, printer);
    compared::with_ioda(findings, printer);
    for published in &study.published {
        printer.say(summary::published(published));
    }
    problems(answer, printer);
    for block in study.selection.prefixes.iter() {
        if !answer.prefixes.iter().any(|p| block.contains(*p)) {
            printer.say(format_args!(
                "no peer spoke of {block}, nor of a prefix inside"
            ));
        }
    }
    let rows: u64 = written
        .iter()
        .filter(|w| w.name.starts_with("prefixes."))
        .map(|w| w.rows)
        .max()
        .unwrap_or(0);
    printer.say(format_args!(
        "{rows} rows in prefixes, {} changes in transitions: `{}`",
        answer.transitions.len(),
        dir.display()
    ));
    printer.say(CONTROL_PLANE);
}

fn seen_from(findings: &Findings<'_>) -> String {
    let Findings { answer, .. } = findings;
    let cells = answer.tallies.iter().filter_map(|t| t.minutes.last());
    let most = cells.map(|c| c.full_feed).max().unwrap_or(0);
    let names: Vec<&str> = answer
        .collectors
        .iter()
        .map(|r| r.collector.name())
        .collect();
    let prefixes = answer.prefixes.len();
    format!(
        "{prefixes} {} seen from {most} vantage {} at {}",
        plural(prefixes, "prefix", "prefixes"),
        plural(most as usize, "AS", "ASes"),
        names.join(", ")
    )
}

/// A sparkline per prefix, or per AS or country where there are many.
fn lines(findings: &Findings<'_>, printer: Printer) {
    let minutes = findings.study.window.minute_count();
    let mut rows: Vec<(String, Vec<Option<f64>>)> = Vec::new();
    let answer = findings.answer;
    if answer.prefixes.len() <= MOST_PREFIXES {
        for (prefix, tally) in answer.prefixes.iter().zip(&answer.tallies) {
            rows.push((prefix.to_string(), by_minute(tally, minutes)));
        }
    } else if findings.country.is_empty() {
        let most = findings.asns.iter().take(MOST_GROUPS);
        rows.extend(most.map(|((asn, family), counts)| {
            (
                format!("AS{asn} IPv{}", family.label()),
                shares(&counts.minutes),
            )
        }));
    } else {
        rows.extend(findings.country.iter().map(|(family, counts)| {
            let name = findings
                .study
                .selection
                .country
                .as_deref()
                .unwrap_or_default();
            (
                format!("{name} IPv{}", family.label()),
                shares(&counts.minutes),
            )
        }));
    }
    let width = rows.iter().map(|r| r.0.len()).max().unwrap_or(0);
    for (name, values) in &rows {
        printer.say(format_args!("{name:>width$} {}", sparkline(values, WIDTH)));
    }
    let left_out = findings.asns.len().saturating_sub(MOST_GROUPS);
    if left_out > 0 && answer.prefixes.len() > MOST_PREFIXES && findings.country.is_empty() {
        printer.say(format_args!("and {left_out} more in asns.csv"));
    }
    if !rows.is_empty() {
        printer.say("");
    }
}

/// Visibility minute by minute; nothing where the status is unknown.
fn by_minute(tally: &Tally, minutes: usize) -> Vec<Option<f64>> {
    let mut values = Vec::with_capacity(minutes);
    for (i, cell) in tally.minutes.iter().enumerate() {
        let end = tally
            .minutes
            .get(i + 1)
            .map_or(minutes, |next| next.minute as usize);
        let now = cell.visibility;
        let known = cell.status != Status::Unknown;
        let value = known.then(|| f64::from(now.seeing) / f64::from(now.known.max(1)));
        values.resize(end.max(values.len()), value);
    }
    values
}

/// Visible prefixes out of the baseline's; without a baseline, out of all.
fn shares(counts: &[GroupMinute]) -> Vec<Option<f64>> {
    let share = |c: &GroupMinute| {
        let whole = c.baseline.filter(|&b| b > 0).unwrap_or(c.prefixes);
        let known = whole > 0 && c.unknown * 2 <= c.prefixes;
        known.then(|| (f64::from(c.visible) / f64::from(whole)).min(1.0))
    };
    counts.iter().map(share).collect()
}

/// At most so many characters, each the lowest value of its stretch, so that a short loss stays
/// visible.
pub fn sparkline(values: &[Option<f64>], width: usize) -> String {
    let width = values.len().min(width);
    let stretch = |i: usize| &values[i * values.len() / width..(i + 1) * values.len() / width];
    let mark = |i: usize| {
        let known = stretch(i).iter().flatten().copied();
        // The lowest step is for nothing at all.
        known.reduce(f64::min).map_or(UNKNOWN, |low| {
            STEPS[((low * 7.0).ceil() as usize).min(STEPS.len() - 1)]
        })
    };
    (0..width).map(mark).collect()
}

fn outages(findings: &Findings<'_>, printer: Printer) {
    let mut rows: Vec<&EntityOutage> = findings.outages.iter().collect();
    let has_groups = rows.iter().any(|row| row.scope != Scope::Prefix);
    if has_groups && findings.answer.prefixes.len() > MOST_PREFIXES {
        rows.retain(|row| row.scope != Scope::Prefix);
    }
    rows.sort_by_key(|row| (row.scope, row.report.outage.start));
    for row in rows.iter().take(MOST_OUTAGES) {
        let outage = &row.report.outage;
        let (start, end) = (outage.start, outage.end);
        let lasted = duration((end.0 - start.0) / SECOND);
        let depth = f64::from(outage.depth) / 100.0;
        let end = if outage.truncated && end == findings.study.window.to {
            format!("not back by {end}")
        } else {
            format!("{end}, {lasted}")
        };
        let entity = &row.entity;
        let common_as = common_as(row);
        printer.say(format_args!(
            "{entity} down from {start} to {end}, depth {depth:.0} %{common_as}"
        ));
    }
    match rows.len() {
        0 if findings.has_baseline() => printer.say("No outage"),
        0 => printer.say(
            "No outage could be determined: no prefix was visible in the baseline, or for long enough \
             before a loss",
        ),
        n if n > MOST_OUTAGES => {
            printer.say(format_args!("and {} more in outages.csv", n - MOST_OUTAGES));
        }
        _ => {}
    }
}

/// The AS that the lost paths share.
fn common_as(row: &EntityOutage) -> String {
    let lost_paths = &row.report.lost_paths;
    let whose = match lost_paths.surviving.is_empty() {
        true => "all paths",
        false => "only paths",
    };
    match lost_paths.common_as {
        Some(asn) if lost_paths.is_upstream => {
            format!(", {whose} behind AS{asn}, next to the origin")
        }
        Some(asn) => format!(", {whose} behind AS{asn}"),
        None => String::new(),
    }
}

fn problems(answer: &Answer, printer: Printer) {
    let mut lines: Vec<String> = Vec::new();
    for data in &answer.collectors {
        for hole in &data.gaps {
            let (from, to) = (hole.from, hole.to);
            lines.push(format!(
                "warning: {}: no updates from {from} to {to}",
                data.collector
            ));
        }
        lines.extend(lost(data));
        for file in &data.files {
            if let Some(problem) = problem(file) {
                let path = file.file.path.display();
                lines.push(format!("warning: `{path}`: {problem}"));
            } else if file.role == Role::UnusableRib {
                let path = file.file.path.display();
                let found = file.contents();
                let why = match (found.lists_anything(), found.first) {
                    (true, Some(first)) => format!("its first record is of {first}"),
                    _ => "lists no route".to_owned(),
                };
                lines.push(format!("warning: `{path}`: {why}, so it is not used"));
            }
        }
    }
    for line in lines.iter().take(MOST_PROBLEMS) {
        printer.say(line);
    }
    if lines.len() > MOST_PROBLEMS {
        printer.say(format_args!(
            "and {} more in files.csv",
            lines.len() - MOST_PROBLEMS
        ));
    }
}

/// The files that could not be had, where there is a reason; many for one reason in one line.
fn lost(data: &CollectorData) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for lost in &data.missing {
        if let Some(reason) = &lost.reason {
            by_reason.entry(reason).or_insert((&lost.url, 0)).1 += 1;
        }
    }
    let line = |(reason, (url, n)): (&str, (&str, usize))| match n {
        1 => format!("warning: cannot have `{url}`: {reason}"),
        n => format!("warning: cannot have {n} files, the first `{url}`: {reason}"),
    };
    by_reason.into_iter().map(line).collect()
}
