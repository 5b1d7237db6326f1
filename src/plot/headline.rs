//! What a run found, in one sentence: what, from when to when, how sure. The report, the terminal
//! and the figures' captions all say it in these words.

use super::picture::{Outage, Picture};
use crate::detect::Scope;
use crate::model::time::{SECOND, Timestamp};
use crate::model::visibility::Status;

/// The sentence, and what must stand beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// What was found, without a full stop.
    pub text: String,
    /// How sure that is, without a full stop: a sentence each.
    pub certainty: Vec<String>,
    /// Said before all else where the tables were rebuilt from published times.
    pub label: Option<&'static str>,
}

/// What is said wherever a reconstruction is shown.
pub const RECONSTRUCTION: &str = "RECONSTRUCTION from published times: not a measurement";

/// The headline of a run.
pub fn of(picture: &Picture) -> Headline {
    let study = &picture.manifest.study;
    let outages = widest(picture);
    let (text, mut certainty) = match outages.as_slice() {
        [] => (without(picture), Vec::new()),
        [only] => (one(picture, only), sureness(picture, only)),
        [..] => several(picture, &outages),
    };
    if let Some(unknown) = unknown(picture) {
        certainty.push(unknown);
    }
    if picture.manifest.completeness == crate::study::manifest::Completeness::Incomplete {
        certainty.push("Data was incomplete: files were missing or damaged".to_owned());
    }
    Headline {
        text,
        certainty,
        label: study.reconstruction.then_some(RECONSTRUCTION),
    }
}

/// The outages of the widest scope that has any: a country's, else the ASes', else the prefixes';
/// by time.
fn widest(picture: &Picture) -> Vec<&Outage> {
    let scope = picture.outages.iter().map(|o| o.scope).min();
    let of_scope = picture.outages.iter().filter(|o| Some(o.scope) == scope);
    let mut outages: Vec<&Outage> = of_scope.collect();
    outages.sort_by_key(|o| (o.start, o.entity.as_str()));
    outages
}

/// Nothing was lost, or nobody can say.
fn without(picture: &Picture) -> String {
    let (from, to) = window(picture);
    let watched = picture.manifest.prefixes.len();
    let statuses = || {
        let minutes = picture.rows.iter().flat_map(|row| &row.minutes);
        minutes.map(|run| run.value.status)
    };
    let why = if watched == 0 {
        "no peer spoke of what is watched"
    } else if statuses().all(|s| s == Status::Unknown) {
        "too few vantage ASes are known to say anything"
    } else if statuses().all(|s| matches!(s, Status::Unseen | Status::Unknown)) {
        "nothing that is watched was ever visible"
    } else if !picture.has_baseline() {
        "nothing was visible in the baseline, nor for long enough before a loss"
    } else {
        let what = prefixes(watched);
        return format!("No outage from {from} to {to} UTC ({what} watched)");
    };
    format!("No outage could be told from {from} to {to} UTC, because {why}")
}

/// A single outage.
fn one(picture: &Picture, outage: &Outage) -> String {
    let window = picture.manifest.study.window;
    let what = lost(picture, outage);
    let lasted = duration(outage.duration_s);
    let (start, end) = (second(outage.start), second(outage.end));
    match (outage.began_before(), outage.is_ongoing(window)) {
        (false, false) => format!("{what} from {start} to {end} UTC ({lasted})"),
        (false, true) => format!(
            "{what} at {start} UTC, and was not back when the window ended at {end} UTC ({lasted} later)"
        ),
        (true, false) => {
            format!("{what} since before the window began at {start} UTC, until {end} UTC")
        }
        (true, true) => format!("{what} through all of the window, from {start} to {end} UTC"),
    }
}

/// What was lost, and how much of it.
fn lost(picture: &Picture, outage: &Outage) -> String {
    let entity = &outage.entity;
    let depth = percent(outage.depth);
    let most = most_lost(picture, outage);
    let baseline = baseline(picture, outage);
    match (outage.scope, most, baseline) {
        (Scope::Prefix, ..) if outage.depth == 10_000 => {
            format!("{entity} was lost to all known vantage ASes")
        }
        (Scope::Prefix, ..) => format!("{entity} was lost to {depth} of the known vantage ASes"),
        (_, Some(most), Some(all)) if most >= all && all > 0 => match all {
            1 => format!("{entity} lost its only prefix"),
            2 => format!("{entity} lost both of its prefixes"),
            _ => format!("{entity} lost all {all} of its prefixes"),
        },
        (_, Some(most), Some(all)) => format!("{entity} lost {most} of its {all} prefixes"),
        (_, Some(most), None) => format!("{entity} lost {}", prefixes(most as usize)),
        (_, None, _) => format!("{entity} lost {depth} of its prefixes"),
    }
}

/// The most prefixes that a group had lost at once: of its stages within the outage.
fn most_lost(picture: &Picture, outage: &Outage) -> Option<u32> {
    let stages = picture.stages.iter();
    let of_it = stages.filter(|s| s.scope == outage.scope && s.entity == outage.entity);
    let within = of_it.filter(|s| s.start < outage.end && s.end > outage.start);
    within.map(|s| s.prefixes_lost).max().filter(|&n| n > 0)
}

fn baseline(picture: &Picture, outage: &Outage) -> Option<u32> {
    let line = picture.lines.iter().find(|l| l.entity == outage.entity);
    line?.minutes.iter().find_map(|run| run.value.baseline)
}

/// How sure the ends of an outage are, and who says so.
fn sureness(picture: &Picture, outage: &Outage) -> Vec<String> {
    let window = picture.manifest.study.window;
    let mut said = Vec::new();
    match outage.start_uncertainty_s {
        None => {}
        Some(0) => said.push("Its start is certain to the second".to_owned()),
        Some(n) => said.push(format!("It may have begun up to {} earlier", duration(n))),
    }
    if !outage.is_ongoing(window) {
        match outage.end_uncertainty_s {
            None => {}
            Some(0) => said.push("Its end is certain to the second".to_owned()),
            Some(n) => said.push(format!("It may have ended up to {} earlier", duration(n))),
        }
    }
    let full = picture.vantage_ases();
    let of = if full == 1 { "AS" } else { "ASes" };
    said.push(format!("Seen from {full} vantage {of}"));
    if let Some(asn) = outage.died_at {
        said.push(format!("The lost paths share AS{asn}"));
    }
    if !outage.stuck.is_empty() {
        let names: Vec<String> = outage.stuck.iter().map(|asn| format!("AS{asn}")).collect();
        said.push(format!(
            "{} kept the route as if nothing had happened",
            names.join(", ")
        ));
    }
    said
}

/// More than one outage: how many, the first, the last and the longest.
fn several(picture: &Picture, outages: &[&Outage]) -> (String, Vec<String>) {
    let window = picture.manifest.study.window;
    let mut entities: Vec<&str> = outages.iter().map(|o| o.entity.as_str()).collect();
    entities.sort_unstable();
    entities.dedup();
    let whose = match (entities.as_slice(), outages.first().map(|o| o.scope)) {
        ([only], _) => format!("{only} had"),
        (all, Some(Scope::Prefix)) => format!("{} had", prefixes(all.len())),
        (all, _) => format!("{} ASes had", all.len()),
    };
    let first = outages.iter().map(|o| o.start).min().unwrap_or(window.from);
    let last = outages.iter().map(|o| o.end).max().unwrap_or(window.to);
    let n = outages.len();
    let mut text = format!(
        "{whose} {n} outages between {} and {} UTC",
        second(first),
        second(last)
    );
    let ongoing = outages.iter().filter(|o| o.is_ongoing(window)).count();
    match ongoing {
        0 => {}
        1 => text.push_str("; one had not ended when the window did"),
        n => text.push_str(&format!("; {n} had not ended when the window did")),
    }
    let longest = outages
        .iter()
        .max_by_key(|o| (o.duration_s, std::cmp::Reverse(o.start)));
    let certainty = longest.map(|o| {
        let mut said = vec![format!("The longest: {}", one(picture, o))];
        said.extend(sureness(picture, o));
        said
    });
    (text, certainty.unwrap_or_default())
}

/// How much of the window nobody can tell about.
fn unknown(picture: &Picture) -> Option<String> {
    let (mut unknown, mut all) = (0u64, 0u64);
    for run in picture.rows.iter().flat_map(|row| &row.minutes) {
        let minutes = u64::from(run.end - run.first);
        all += minutes;
        unknown += minutes * u64::from(run.value.status == Status::Unknown);
    }
    let parts = (unknown * 100 + all / 2).checked_div(all)?;
    match (unknown, parts) {
        (0, _) => None,
        (_, 0) => Some("Less than one percent of the minutes are unknown".to_owned()),
        (_, n) => Some(format!("{n} % of the minutes are unknown")),
    }
}

fn window(picture: &Picture) -> (String, String) {
    let window = picture.manifest.study.window;
    (window.from.for_people(), window.to.for_people())
}

fn prefixes(n: usize) -> String {
    match n {
        1 => "1 prefix".to_owned(),
        n => format!("{n} prefixes"),
    }
}

fn percent(parts: u32) -> String {
    format!("{} %", (parts + 50) / 100)
}

/// The day and second for people, `2014-12-22 16:15:18`; a fraction is cut off.
pub fn second(time: Timestamp) -> String {
    let whole = Timestamp(time.0.div_euclid(SECOND) * SECOND).to_string();
    whole.trim_end_matches('Z').replacen('T', " ", 1)
}

/// A length of time for people: seconds, minutes and seconds, or hours and minutes.
pub fn duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => {
            let minutes = (seconds + 30) / 60;
            format!("{} h {} min", minutes / 60, minutes % 60)
        }
    }
}
