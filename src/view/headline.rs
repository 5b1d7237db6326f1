//! What a run found, in one sentence: what was lost, from when to when, and how certain that is.
//! Report, terminal and figures all use it.

use super::outages::OutageView;
use super::run_view::RunView;
use super::words::{RECONSTRUCTION, counted, duration, percent, plural, second};
use crate::detect::Scope;
use crate::manifest::Completeness;
use crate::model::visibility::Status;
use std::cmp::Reverse;

/// The sentence, and what belongs beside it. None of the texts ends with a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// What was found.
    pub text: String,
    /// How certain it is, a sentence each.
    pub certainty: Vec<String>,
    /// A warning to put first, where the tables were rebuilt from published times.
    pub label: Option<&'static str>,
}

impl Headline {
    /// Sums up a run.
    pub fn of(view: &RunView) -> Self {
        let study = &view.manifest.study;
        let mut outages = main_outages(view);
        outages.sort_by_key(|o| (o.start, o.entity.as_str()));
        let (text, mut certainty) = match outages.as_slice() {
            [] => (no_outage(view), Vec::new()),
            [only] => (one_outage(view, only), outage_certainty(view, only)),
            [..] => several_outages(view, &outages),
        };
        certainty.extend(unknown_share(view));
        if view.manifest.completeness == Completeness::Incomplete {
            certainty.push("Data was incomplete: files were missing or damaged".to_owned());
        }
        Self {
            text,
            certainty,
            label: study.reconstruction.then_some(RECONSTRUCTION),
        }
    }
}

/// The outages that the headline is about, in the order of the table: those of the widest scope that
/// has any, so a country's before ASes' before prefixes'.
pub(crate) fn main_outages(view: &RunView) -> Vec<&OutageView> {
    let widest = view.outages.iter().map(|o| o.scope).min();
    let outages = view.outages.iter();
    outages.filter(|o| Some(o.scope) == widest).collect()
}

fn no_outage(view: &RunView) -> String {
    let window = view.manifest.study.window;
    let (from, to) = (window.from.for_people(), window.to.for_people());
    let watched = view.manifest.prefixes.len();
    let statuses = || {
        let minutes = view.prefixes.iter().flat_map(|prefix| &prefix.minutes);
        minutes.map(|interval| interval.value.status)
    };
    let why = if watched == 0 {
        "no peer announced any watched prefix"
    } else if statuses().all(|s| s == Status::Unknown) {
        "too few vantage ASes are known"
    } else if statuses().all(|s| matches!(s, Status::Unseen | Status::Unknown)) {
        "no watched prefix was ever visible"
    } else if !view.has_baseline() {
        "no prefix was visible in the baseline, or for long enough before a loss"
    } else {
        let watched = counted(watched, "prefix", "prefixes");
        return format!("No outage from {from} to {to} UTC ({watched} watched)");
    };
    format!("No outage could be determined from {from} to {to} UTC, because {why}")
}

fn one_outage(view: &RunView, outage: &OutageView) -> String {
    let window = view.manifest.study.window;
    let what = what_was_lost(view, outage);
    let lasted = duration(outage.duration_s);
    let (start, end) = (second(outage.start), second(outage.end));
    match (outage.began_before(window), outage.is_ongoing()) {
        (false, false) => format!("{what} from {start} to {end} UTC ({lasted})"),
        (false, true) => format!(
            "{what} at {start} UTC, and was not back when the window ended at {end} UTC ({lasted} later)"
        ),
        (true, false) => {
            format!("{what} before the window began at {start} UTC, until {end} UTC")
        }
        (true, true) => format!("{what} throughout the window, from {start} to {end} UTC"),
    }
}

fn what_was_lost(view: &RunView, outage: &OutageView) -> String {
    let entity = &outage.entity;
    let depth = percent(outage.depth);
    let most = most_prefixes_lost(view, outage);
    let baseline = baseline(view, outage);
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
        (_, Some(most), None) => {
            let prefixes = counted(most as usize, "prefix", "prefixes");
            format!("{entity} lost {prefixes}")
        }
        (_, None, _) => format!("{entity} lost {depth} of its prefixes"),
    }
}

/// The most prefixes that a group had lost at once within an outage; `None` where no stage of the
/// group says so.
fn most_prefixes_lost(view: &RunView, outage: &OutageView) -> Option<u32> {
    let stages = view.stages.iter();
    let of_group = stages.filter(|s| s.scope == outage.scope && s.entity == outage.entity);
    let within = of_group.filter(|s| s.start < outage.end && s.end > outage.start);
    within.map(|s| s.prefixes_lost).max().filter(|&n| n > 0)
}

fn baseline(view: &RunView, outage: &OutageView) -> Option<u32> {
    let mut groups = view.groups.iter();
    let group = groups.find(|g| g.entity == outage.entity && g.family == outage.family);
    let first = group?.minutes.first();
    first.map(|interval| interval.value.baseline)
}

/// How certain the ends of an outage are, and from how many vantage ASes it was seen.
fn outage_certainty(view: &RunView, outage: &OutageView) -> Vec<String> {
    let mut sentences = Vec::new();
    match outage.start_uncertainty_s {
        None => {}
        Some(0) => sentences.push("Its start is certain to the second".to_owned()),
        Some(n) => sentences.push(format!("It may have begun up to {} earlier", duration(n))),
    }
    if !outage.is_ongoing() {
        match outage.end_uncertainty_s {
            None => {}
            Some(0) => sentences.push("Its end is certain to the second".to_owned()),
            Some(n) => sentences.push(format!("It may have ended up to {} earlier", duration(n))),
        }
    }
    let vantage_ases = view.vantage_ases();
    let noun = plural(vantage_ases as usize, "AS", "ASes");
    sentences.push(format!("Seen from {vantage_ases} vantage {noun}"));
    if let Some(asn) = outage.common_as {
        sentences.push(format!("The lost paths share AS{asn}"));
    }
    if !outage.stuck.is_empty() {
        let names: Vec<String> = outage.stuck.iter().map(|asn| format!("AS{asn}")).collect();
        sentences.push(format!(
            "{} kept the route unchanged throughout",
            names.join(", ")
        ));
    }
    sentences
}

/// How many, when the first began and the last ended; then the longest of them.
fn several_outages(view: &RunView, outages: &[&OutageView]) -> (String, Vec<String>) {
    let window = view.manifest.study.window;
    let mut entities: Vec<&str> = outages.iter().map(|o| o.entity.as_str()).collect();
    entities.sort_unstable();
    entities.dedup();
    let subject = match (entities.as_slice(), outages.first().map(|o| o.scope)) {
        ([only], _) => (*only).to_owned(),
        (all, Some(Scope::Prefix)) => counted(all.len(), "prefix", "prefixes"),
        (all, _) => format!("{} ASes", all.len()),
    };
    let first = outages.iter().map(|o| o.start).min().unwrap_or(window.from);
    let last = outages.iter().map(|o| o.end).max().unwrap_or(window.to);
    let n = outages.len();
    let mut text = format!(
        "{subject} had {n} outages between {} and {} UTC",
        second(first),
        second(last)
    );
    match outages.iter().filter(|o| o.is_ongoing()).count() {
        0 => {}
        1 => text.push_str("; one had not ended when the window did"),
        n => text.push_str(&format!("; {n} had not ended when the window did")),
    }
    let longest = outages
        .iter()
        .max_by_key(|o| (o.duration_s, Reverse(o.start)));
    let certainty = longest.map(|outage| {
        let mut sentences = vec![format!("The longest: {}", one_outage(view, outage))];
        sentences.extend(outage_certainty(view, outage));
        sentences
    });
    (text, certainty.unwrap_or_default())
}

/// How much of all prefixes' minutes is unknown, if any.
fn unknown_share(view: &RunView) -> Option<String> {
    let (mut unknown, mut all) = (0u64, 0u64);
    for interval in view.prefixes.iter().flat_map(|prefix| &prefix.minutes) {
        let minutes = u64::from(interval.end - interval.first);
        all += minutes;
        unknown += minutes * u64::from(interval.value.status == Status::Unknown);
    }
    let percent = (unknown * 100 + all / 2).checked_div(all)?;
    match (unknown, percent) {
        (0, _) => None,
        (_, 0) => Some("Less than one percent of the minutes are unknown".to_owned()),
        (_, n) => Some(format!("{n} % of the minutes are unknown")),
    }
}
