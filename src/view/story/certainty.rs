//! What a story rests on: by whose clocks, seen by whom, with how much unknown, and how far it
//! moves under other choices.

use super::input::{StoryFacts, StoryInput};
use super::selection::{Loss, Selection};
use super::{names, nothing};
use crate::detect::Scope;
use crate::model::net::Asn;
use crate::model::time::Timestamp;
use crate::tally::baseline::BaselineKind;
use crate::view::events::{EventView, SensitivityView};
use crate::view::outages::OutageView;
use crate::view::times::{Clock, Precision};
use crate::view::words::{counted, duration, plural};
use std::collections::BTreeMap;

/// At most so many collectors are named.
const MAX_COLLECTORS: usize = 4;

/// What the sentences rest on, where that is not the state at the window's begin.
pub(super) fn caveats(input: &StoryInput<'_>, selection: &Selection<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut clock = Clock::within(input.window, input.precision);
    let losses = selection.ranked.iter();
    let before: Vec<&Loss<'_>> = losses.filter(|l| l.began_before(input.window)).collect();
    match before.as_slice() {
        [] => {}
        [only] => sentences.push(format!(
            "The window begins inside the loss of {}, which had begun at {} UTC",
            only.name(),
            clock.tell(only.start())
        )),
        all => {
            let first = all.iter().map(|loss| loss.start()).min();
            let first = clock.tell(first.unwrap_or(input.window.from));
            sentences.push(format!(
                "The window begins inside {} losses, the first of which had begun at {first} UTC",
                all.len()
            ));
        }
    }
    let rests_on = |kind| {
        let of_outages = input.outages.iter().any(|o| o.baseline == Some(kind));
        of_outages || input.events.iter().any(|e| e.baseline == Some(kind))
    };
    if let Some(at) = input.baseline.chosen {
        sentences.push(format!(
            "What was lost is measured by the state at {} UTC, which `--baseline-at` chose",
            clock.tell(at)
        ));
    }
    if rests_on(BaselineKind::Inferred) {
        sentences.push(
            "Without a RIB, some prefixes are known to have been there by their withdrawals alone (inferred)"
                .to_owned(),
        );
    }
    if !selection.ranked.is_empty() {
        sentences.extend(nothing::without_members(input, selection));
    }
    match input.baseline.superseded as usize {
        0 => {}
        n => sentences.push(format!(
            "{} that had been lost before the window began {} not counted as lost, since other routes reach at least half of {} space",
            counted(n, "prefix", "prefixes"),
            plural(n, "is", "are"),
            plural(n, "its", "their"),
        )),
    }
    sentences
}

/// By whose clocks, seen by whom, and how much is unknown.
pub(super) fn sentences(input: &StoryInput<'_>, selection: &Selection<'_>) -> Vec<String> {
    let facts = &input.facts;
    let mut sentences = Vec::new();
    if input.is_reconstruction() {
        sentences.push(
            "Reconstructed from published times: peers, paths and seconds are invented".to_owned(),
        );
    } else {
        sentences.push(clocks(facts));
    }
    sentences.push(networks(facts));
    if let Some(largest) = selection.largest_event() {
        sentences.extend(order(input, selection, largest));
        sentences.extend(stuck(input, selection, largest));
    }
    sentences.extend(unknown(facts));
    if facts.is_incomplete {
        let gaps = match facts.gaps {
            0 => String::new(),
            n => format!(", with {}", counted(n as usize, "gap", "gaps")),
        };
        sentences.push(format!(
            "Data was incomplete: files were missing or damaged{gaps}"
        ));
    }
    sentences
}

/// By whose clocks the times are.
fn clocks(facts: &StoryFacts) -> String {
    let whose = match facts.collectors.as_slice() {
        [] => return "No collector had any data".to_owned(),
        [only] => format!("the clock of {only}"),
        all => format!("the clocks of {}", names::list(all, MAX_COLLECTORS)),
    };
    let ahead: Vec<String> = facts
        .clocks_ahead
        .iter()
        .map(|(name, s)| match s {
            0.. => format!("{name}’s is {} ahead of the others’", duration(*s)),
            _ => format!("{name}’s is {} behind the others’", duration(-s)),
        })
        .collect();
    let ahead = match ahead.is_empty() {
        true => String::new(),
        false => format!("; {}", ahead.join(", ")),
    };
    format!("Times are when updates arrived, by {whose}{ahead}")
}

/// How many networks count, of how many that were heard.
fn networks(facts: &StoryFacts) -> String {
    let (count, heard) = (facts.networks, facts.networks_heard);
    let at = counted(facts.collectors.len(), "collector", "collectors");
    match count < heard {
        true if facts.all_count => {
            format!("At most {count} of {heard} networks at {at} count for a prefix")
        }
        true => {
            let verb = plural(count as usize, "carries", "carry");
            let counts = plural(count as usize, "counts", "count");
            format!("{count} of {heard} networks at {at} {verb} a full table and {counts}")
        }
        false => {
            let seen = counted(count as usize, "network", "networks");
            format!("Seen from {seen} at {at}")
        }
    }
}

/// Which network lost the largest loss first and which last, and how far apart.
fn order(input: &StoryInput<'_>, selection: &Selection<'_>, event: &EventView) -> Option<String> {
    let first_losses = first_losses(input, selection, event);
    let (first, last) = (first_losses.values().min()?, first_losses.values().max()?);
    let apart = (*last - *first).as_secs();
    let n = first_losses.len();
    let of = match selection.ranked.len() {
        1 => "",
        _ => "Of the largest loss: ",
    };
    if n < 2 {
        return None;
    }
    if input.precision == Precision::Minutes || apart == 0 {
        let all = match input.precision {
            Precision::Minutes => return None,
            Precision::Seconds => "within the same second",
        };
        return Some(format!("{of}{n} networks lost some of it {all}"));
    }
    let names = |asns: &[Asn]| match asns {
        [] => "one".to_owned(),
        all => names::asns(all),
    };
    Some(format!(
        "{of}{n} networks lost some of it, {} first and {} last, {} apart",
        names(&event.first_lost),
        names(&event.last_lost),
        duration(apart)
    ))
}

/// By network: when it first lost any prefix of an event.
fn first_losses(
    input: &StoryInput<'_>,
    selection: &Selection<'_>,
    event: &EventView,
) -> BTreeMap<String, Timestamp> {
    let mut first: BTreeMap<String, Timestamp> = BTreeMap::new();
    for loss in prefix_outages(input, selection, event).flat_map(|o| &o.losses) {
        let at = first.entry(loss.lost.clone()).or_insert(loss.lost_at);
        *at = (*at).min(loss.lost_at);
    }
    first
}

/// The outages of prefixes that an event is made of. Those of a country's event belong to events of
/// its ASes, where there are such.
fn prefix_outages<'a>(
    input: &StoryInput<'a>,
    selection: &Selection<'_>,
    event: &EventView,
) -> impl Iterator<Item = &'a OutageView> {
    let parts = selection.parts_of(event).into_iter();
    let numbers: Vec<u32> = parts.map(|part| part.event).chain([event.event]).collect();
    let outages = input.outages.iter().filter(|o| o.scope == Scope::Prefix);
    outages.filter(move |o| o.event.is_some_and(|number| numbers.contains(&number)))
}

/// The peers that kept routes of the largest loss.
fn stuck(input: &StoryInput<'_>, selection: &Selection<'_>, event: &EventView) -> Option<String> {
    let mut asns: Vec<Asn> = prefix_outages(input, selection, event)
        .flat_map(|o| o.stuck.iter().copied())
        .collect();
    asns.sort_unstable();
    asns.dedup();
    match asns.as_slice() {
        [] => None,
        all => Some(format!(
            "{} kept {} unchanged route through the loss, as stuck peers do",
            names::asns(all),
            plural(all.len(), "its", "their")
        )),
    }
}

/// How much of all prefixes' minutes is unknown, if any.
fn unknown(facts: &StoryFacts) -> Option<String> {
    match facts.unknown_share? {
        0 => None,
        1..100 => Some("Less than 1 % of the prefix-minutes are unknown".to_owned()),
        10_000 => Some("All prefix-minutes are unknown".to_owned()),
        // Rounded, but some known is never none.
        share => {
            let percent = ((share + 50) / 100).min(99);
            Some(format!("{percent} % of the prefix-minutes are unknown"))
        }
    }
}

/// How far start and end of the largest loss move under other choices.
pub(super) fn sensitivity(input: &StoryInput<'_>, selection: &Selection<'_>) -> Option<String> {
    let largest = selection.largest_event()?;
    let rows = input
        .sensitivity
        .iter()
        .filter(|r| r.event == largest.event);
    let rows: Vec<&SensitivityView> = rows.collect();
    if rows.is_empty() {
        return None;
    }
    let there: Vec<&&SensitivityView> = rows.iter().filter(|r| r.start.is_some()).collect();
    let missing = rows.iter().filter(|r| r.start.is_none());
    let missing: Vec<String> = missing.map(|r| choice(&r.choice)).collect();
    let most = |offset: fn(&SensitivityView) -> Option<i64>| {
        let offsets = there.iter().filter_map(|row| offset(row));
        offsets.map(i64::abs).max()
    };
    let mut parts = Vec::new();
    if let Some(seconds) = most(|r| r.start_offset_s) {
        parts.push(format!("start ± {}", duration(seconds)));
    }
    if let Some(seconds) = most(|r| r.end_offset_s) {
        parts.push(format!("end ± {}", duration(seconds)));
    }
    let lost = || there.iter().filter_map(|row| row.prefixes_lost_max);
    if let (Some(least), Some(most)) = (lost().min(), lost().max()) {
        let (least, most) = (
            least.min(largest.prefixes_lost_max),
            most.max(largest.prefixes_lost_max),
        );
        if least != most {
            parts.push(format!("{least} to {most} prefixes lost"));
        }
    }
    let n = rows.len();
    let over = match there.len() {
        0 => format!("under none of {n} other choices"),
        all if all == n => format!("over {}", counted(n, "other choice", "other choices")),
        some => format!("over {some} of {n} other choices"),
    };
    let of = match selection.ranked.len() {
        1 => String::new(),
        _ => "Of the largest loss: ".to_owned(),
    };
    let mut text = match parts.is_empty() {
        true => format!("{of}not seen {over}"),
        false => format!("{of}{} {over}", parts.join(", ")),
    };
    if !missing.is_empty() && !parts.is_empty() {
        text.push_str(&format!("; not seen {}", names::list(&missing, 3)));
    }
    Some(text)
}

/// A choice of the table in words, after "not seen".
fn choice(label: &str) -> String {
    let (what, value) = label.split_once('=').unwrap_or((label, ""));
    match (what, value) {
        ("full_feed", "all") => "with every peer counted".to_owned(),
        ("full_feed", share) => format!("with a full feed from {share} on"),
        ("visible", share) => format!("where {share} make a prefix visible"),
        ("collector", name) => format!("at {name} alone"),
        ("stuck", _) => "without stuck peers".to_owned(),
        _ => format!("under `{label}`"),
    }
}
