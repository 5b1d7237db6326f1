//! The first sentence: all losses of a run, summed up.

use super::Selection;
use super::input::StoryInput;
use super::names;
use super::outages::Cluster;
use super::sentence;
use crate::model::time::Timestamp;
use crate::view::events::{EndKind, EventView};
use crate::view::times::Clock;
use crate::view::words::counted;
use std::collections::BTreeSet;

/// The headline of a run that has events.
pub(super) fn of_events(input: &StoryInput<'_>, selection: &Selection<'_>) -> String {
    match selection.ranked.as_slice() {
        [] => String::new(),
        [only] => one(input, only),
        [largest, ..] => several(input, selection, largest),
    }
}

fn one(input: &StoryInput<'_>, event: &EventView) -> String {
    let mut clock = Clock::new(input.precision);
    let who = names::entity(event);
    let families = names::families(input, event);
    let what = names::lost_of_its(event.prefixes_lost_max, event.prefixes_baseline);
    let start = clock.tell(event.start);
    let before = match event.began_before(input.window) {
        true => ", before the window began",
        false => "",
    };
    let course = sentence::course(input, event, &mut clock).join(", ");
    format!("{who}{families} lost {what} on {start} UTC{before}; {course}")
}

fn several(input: &StoryInput<'_>, selection: &Selection<'_>, largest: &EventView) -> String {
    let events = &selection.ranked;
    let mut clock = Clock::new(input.precision);
    let first = events.iter().map(|e| e.start).min();
    let last = events.iter().map(|e| e.end).max();
    let first = clock.tell(first.unwrap_or(input.window.from));
    let last = clock.tell(last.unwrap_or(input.window.to));
    let between = format!("between {first} and {last} UTC");
    let mut entities: Vec<(&str, String)> = Vec::new();
    for event in events {
        if entities.iter().all(|(entity, _)| *entity != event.entity) {
            entities.push((&event.entity, names::entity(event)));
        }
    }
    let who: Vec<String> = entities.into_iter().map(|(_, name)| name).collect();
    let sizes = events
        .iter()
        .map(|e| (e.prefixes_lost_max, e.prefixes_baseline));
    let sizes: BTreeSet<(u32, u32)> = sizes.collect();
    let size = names::lost_of(largest.prefixes_lost_max, largest.prefixes_baseline);
    let mut text = match (who.as_slice(), sizes.len()) {
        ([only], 1) => {
            let what = names::lost_of_its(largest.prefixes_lost_max, largest.prefixes_baseline);
            format!(
                "{only} lost {what} {} {between}",
                names::times(events.len())
            )
        }
        ([only], _) => {
            let often = names::times(events.len());
            let worst = events.iter().max_by_key(|e| e.prefixes_lost_max);
            let worst = worst.unwrap_or(&largest);
            let worst = names::lost_of(worst.prefixes_lost_max, worst.prefixes_baseline);
            format!("{only} lost prefixes {often} {between}, at worst {worst}")
        }
        (all, _) => {
            let losses = counted(events.len(), "loss", "losses");
            let largest = names::entity(largest);
            let who = names::list(all, 3);
            format!(
                "{who} lost prefixes {between}: {losses}, the largest by prefix-seconds that of {largest} ({size})"
            )
        }
    };
    for remark in open(events, &mut clock) {
        text.push_str("; ");
        text.push_str(&remark);
    }
    text
}

/// How many of the losses have no known end.
fn open(events: &[&EventView], clock: &mut Clock) -> Vec<String> {
    let of_kind = |kind: EndKind| events.iter().filter(move |e| e.end_kind == kind);
    let mut remarks = Vec::new();
    match of_kind(EndKind::Window).count() {
        0 => {}
        1 => remarks.push("one was not over when the window ended".to_owned()),
        n => remarks.push(format!("{n} were not over when the window ended")),
    }
    let unknown: Vec<Timestamp> = of_kind(EndKind::Unknown).map(|e| e.end).collect();
    match unknown.as_slice() {
        [] => {}
        [end] => remarks.push(format!(
            "of one, nothing is known from {} on",
            clock.tell(*end)
        )),
        all => remarks.push(format!("of {} the end is not known", all.len())),
    }
    remarks
}

/// The headline of a run whose outages belong to no event: those of prefixes that are no members.
pub(super) fn of_outages(input: &StoryInput<'_>, clusters: &[Cluster<'_>]) -> String {
    let clock = Clock::new(input.precision);
    match clusters {
        [] => String::new(),
        [only] => only.headline(clock, input.window),
        [largest, ..] => {
            let n = clusters.len();
            let largest = largest.headline(clock, input.window);
            format!("{n} losses of prefixes; the largest by prefix-seconds: {largest}")
        }
    }
}
