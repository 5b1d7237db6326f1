//! The report's table of losses: a row per event, the largest first.

use super::cells::blank_nulls;
use crate::detect::Scope;
use crate::model::net::Asn;
use crate::model::time::{Timestamp, Window};
use crate::view::story::{LooseLoss, Loss, Selection, StoryInput, asns, lost_of};
use crate::view::words::{duration, second};
use crate::view::{BaselineKind, EndKind, EventView, RunView};
use serde_json::{Value, json};

/// A row per loss: those that are told in the order in which they are told, outages that belong to no
/// event among them, then the events that are part of a country's.
pub(super) fn rows(view: &RunView) -> Vec<Value> {
    let selection = Selection::of(&StoryInput::of(view));
    let window = view.manifest.study.window;
    let told = selection.ranked.iter().map(|loss| match loss {
        Loss::Event(event) => row(event, None, window),
        Loss::Loose(loss) => loose_row(loss, window),
    });
    let parts = selection.parts.iter();
    let parts = parts.map(|(of, event)| row(event, Some(*of), window));
    told.chain(parts).collect()
}

fn row(event: &EventView, part_of: Option<u32>, window: Window) -> Value {
    let families: Vec<&str> = event.families.iter().map(|f| f.label()).collect();
    let who = match event.scope {
        Scope::Watch => "the watch list",
        _ => &event.entity,
    };
    let (end, lasted) = end_and_length(event.end_kind, event.end, event.duration_s());
    blank_nulls(json!({
        "number": event.event,
        "who": who,
        "name": event.name,
        "families": format!("IPv{}", families.join(" and IPv")),
        "start": second(event.start),
        "start_notes": start_notes(event, window),
        "end": end,
        "end_notes": end_notes(event),
        "duration_s": event.duration_s(),
        "lasted": lasted,
        "lost_v": event.prefixes_lost_max,
        "lost": lost_of(event.prefixes_lost_max, event.prefixes_baseline),
        "lost_notes": lost_notes(event, part_of),
        "loss_s": event.loss_s(),
        "loss": duration(i64::try_from(event.loss_s()).unwrap_or(i64::MAX)),
        "behind": event.common_as.map(|asn| behind(asn, event.upstreams_before.contains(&asn))),
        "first": asns(&event.first_lost),
        "last": asns(&event.last_lost),
        "seen": event.collectors.join(", "),
    }))
}

/// Outages that belong to no event.
fn loose_row(loss: &LooseLoss<'_>, window: Window) -> Value {
    let seconds = loss.lasted().as_secs();
    let (end, lasted) = end_and_length(loss.end_kind(), loss.end(), seconds);
    let before = (loss.start() < window.from).then_some("before the window");
    let common_as = loss.common_as();
    blank_nulls(json!({
        "number": Value::Null,
        "who": loss.name(),
        "name": "",
        "families": "not in the baseline",
        "start": second(loss.start()),
        "start_notes": before.into_iter().collect::<Vec<_>>(),
        "end": end,
        "end_notes": [],
        "duration_s": seconds,
        "lasted": lasted,
        "lost_v": loss.prefixes(),
        "lost": loss.size(),
        "lost_notes": [],
        "loss_s": loss.loss_s(),
        "loss": duration(i64::try_from(loss.loss_s()).unwrap_or(i64::MAX)),
        "behind": common_as.map(|(asn, is_upstream)| behind(asn, is_upstream)),
        "first": "",
        "last": "",
        "seen": "",
    }))
}

fn end_and_length(kind: EndKind, end: Timestamp, seconds: i64) -> (String, String) {
    let lasted = duration(seconds);
    let at_least = format!("at least {lasted}");
    match kind {
        EndKind::Back => (second(end), lasted),
        EndKind::Window => ("not back in the window".to_owned(), at_least),
        EndKind::Unknown => (format!("nothing known after {}", second(end)), at_least),
    }
}

fn behind(asn: Asn, is_upstream: bool) -> String {
    match is_upstream {
        true => format!("AS{asn} (upstream)"),
        false => format!("AS{asn}"),
    }
}

fn start_notes(event: &EventView, window: Window) -> Vec<String> {
    let before = event
        .began_before(window)
        .then(|| "before the window".to_owned());
    let earlier = event.start_uncertainty_s.filter(|&s| s > 0);
    let earlier = earlier.map(|s| format!("or up to {} earlier", duration(s)));
    before.into_iter().chain(earlier).collect()
}

fn end_notes(event: &EventView) -> Vec<String> {
    let mut notes = Vec::new();
    if event.end_kind != EndKind::Back {
        return notes;
    }
    if let Some(s @ 1..) = event.end_uncertainty_s {
        notes.push(format!("or up to {} earlier", duration(s)));
    }
    if event.still_lost > 0 {
        let last = match event.last_back_at {
            Some(last) => format!("the last back at {}", second(last)),
            None => "not all back in the window".to_owned(),
        };
        notes.push(format!("{} still lost then; {last}", event.still_lost));
    }
    notes
}

fn lost_notes(event: &EventView, part_of: Option<u32>) -> Vec<String> {
    let mut notes = Vec::new();
    if event.worst_at > event.start && event.prefixes_lost_max > 1 {
        notes.push(format!("by {}", second(event.worst_at)));
    }
    if let Some(half) = event.half_back_at.filter(|&half| half < event.end) {
        notes.push(format!("half back at {}", second(half)));
    }
    match event.baseline {
        Some(BaselineKind::Inferred) => {
            notes.push("inferred from their withdrawals: no RIB showed them".to_owned());
        }
        Some(BaselineKind::Chosen) => {
            notes.push("of those at the instant that --baseline-at chose".to_owned());
        }
        Some(BaselineKind::Measured) | None => {}
    }
    if !event.other_origins.is_empty() {
        notes.push(format!(
            "meanwhile {} originated some",
            asns(&event.other_origins)
        ));
    }
    if let Some(number) = part_of {
        notes.push(format!("part of loss {number}"));
    }
    notes
}
