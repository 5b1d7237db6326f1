//! What stands around the story of a run: what was asked, seen from where, what was published, and
//! what was wrong with files. How it is laid out is up to the output.

use super::published::pairs;
use super::run_view::RunView;
use super::times::Precision;
use super::words::{counted, plural, second};
use crate::study::{Certainty, Published};

/// At most so many problems with files are listed.
const MAX_PROBLEMS: usize = 5;

/// The study's title, or what it watches where it has none. Never empty.
pub(crate) fn title(view: &RunView) -> String {
    let study = &view.manifest.study;
    let watched = || {
        let selection = &study.selection;
        let asns = selection.asns.iter().map(|asn| format!("AS{asn}"));
        let prefixes = selection.prefixes.iter().map(ToString::to_string);
        let names: Vec<String> = selection
            .country
            .iter()
            .cloned()
            .chain(asns)
            .chain(prefixes)
            .collect();
        match names.len() {
            0 => "a watch list".to_owned(),
            1..=4 => names.join(", "),
            n => format!("{} and {} more", names[..3].join(", "), n - 3),
        }
    };
    study.title.clone().unwrap_or_else(watched)
}

/// The window, how many prefixes were watched, and from which vantage ASes and collectors.
pub(crate) fn scope(view: &RunView) -> String {
    let window = view.manifest.study.window;
    let (from, to) = (window.from.for_people(), window.to.for_people());
    let vantage_ases = view.vantage_ases();
    let mut collectors: Vec<&str> = view.files.iter().map(|f| f.collector.as_str()).collect();
    collectors.sort_unstable();
    collectors.dedup();
    format!(
        "{from} to {to} UTC, {} seen from {vantage_ases} vantage {} at {}",
        counted(view.manifest.prefixes.len(), "prefix", "prefixes"),
        plural(vantage_ases as usize, "AS", "ASes"),
        collectors.join(", ")
    )
}

/// A published event in a line.
fn published(event: &Published) -> String {
    format!(
        "published: {} {}{}",
        event.at,
        event.event,
        certainty(event)
    )
}

/// A line for each published event: what was published, and what this run has for it.
pub(crate) fn published_lines(view: &RunView) -> Vec<String> {
    let precision = Precision::of(&view.manifest.study);
    let pairs = pairs(view).into_iter();
    let lines = pairs.map(|pair| {
        let ours = match (pair.ours, precision) {
            (Ok(ours), Precision::Seconds) => format!(
                "; here {}, {} ({})",
                second(ours.at),
                ours.difference,
                ours.what
            ),
            (Ok(ours), Precision::Minutes) => {
                format!("; here {} ({})", ours.at.for_people(), ours.what)
            }
            (Err(why), _) => format!("; {why}"),
        };
        published(pair.published) + &ours
    });
    lines.collect()
}

/// How certain a published time is, in brackets after a space; empty where nothing is said.
pub(crate) fn certainty(event: &Published) -> String {
    match event.certainty {
        None => String::new(),
        Some(Certainty::Unverified) => " (unverified)".to_owned(),
        Some(certainty) => format!(" (to the {})", certainty.label()),
    }
}

/// Published events, then problems with files; a line each.
pub(crate) fn notes(view: &RunView) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(published_lines(view));
    let problems: Vec<_> = view.files.iter().filter(|f| f.has_problem()).collect();
    for file in problems.iter().take(MAX_PROBLEMS) {
        let what = match (file.is_present, file.problem.as_str()) {
            (_, problem) if !problem.is_empty() => problem.to_owned(),
            (false, _) => "missing".to_owned(),
            (true, _) => file.flags.clone(),
        };
        lines.push(format!("warning: `{}`: {what}", file.url));
    }
    if problems.len() > MAX_PROBLEMS {
        lines.push(format!(
            "and {} more in files.csv",
            problems.len() - MAX_PROBLEMS
        ));
    }
    lines
}
