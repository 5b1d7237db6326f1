//! The first sentence: all losses of a run, summed up.

use super::input::StoryInput;
use super::names;
use super::selection::{Loss, Selection};
use super::sentence;
use crate::detect::EndKind;
use crate::model::time::Timestamp;
use crate::view::events::EventView;
use crate::view::times::Clock;
use crate::view::words::counted;
use std::collections::BTreeSet;

/// The headline of a run in which something was lost.
pub(super) fn of(input: &StoryInput<'_>, selection: &Selection<'_>) -> String {
    match selection.ranked.as_slice() {
        [] => String::new(),
        [Loss::Event(only)] => one(input, only),
        [Loss::Loose(only)] => only.headline(Clock::new(input.precision), input.window),
        all => several(input, all),
    }
}

fn one(input: &StoryInput<'_>, event: &EventView) -> String {
    let mut clock = Clock::new(input.precision);
    let who = names::entity(event);
    let families = names::families(input, event);
    let what = names::lost_of_its(event.prefixes_lost_max, event.prefixes_baseline);
    if let Some(last) = sentence::whole_return(input, event, clock)
        && !event.began_before(input.window)
    {
        let (from, to) = (clock.tell(event.start), clock.tell(last));
        let lasted = clock.lasted(last - event.start);
        return format!("{who}{families} lost {what} from {from} to {to} UTC ({lasted})");
    }
    let start = clock.tell(event.start);
    let before = match event.began_before(input.window) {
        true => ", before the window began",
        false => "",
    };
    let course = sentence::course(input, event, &mut clock).join(", ");
    format!("{who}{families} lost {what} from {start} UTC{before}, {course}")
}

fn several(input: &StoryInput<'_>, losses: &[Loss<'_>]) -> String {
    let mut clock = Clock::new(input.precision);
    let first = losses.iter().map(Loss::start).min();
    let last = losses.iter().map(Loss::end).max();
    let first = clock.tell(first.unwrap_or(input.window.from));
    let last = clock.tell(last.unwrap_or(input.window.to));
    let between = format!("between {first} and {last} UTC");
    let mut entities: Vec<(String, String)> = Vec::new();
    for loss in losses {
        let entity = loss.entity();
        if entities.iter().all(|(known, _)| *known != entity) {
            entities.push((entity, loss.name()));
        }
    }
    let who: Vec<String> = entities.into_iter().map(|(_, name)| name).collect();
    let events: Vec<&EventView> = losses
        .iter()
        .filter_map(|loss| match loss {
            Loss::Event(event) => Some(*event),
            Loss::Loose(_) => None,
        })
        .collect();
    let mut text = match (who.as_slice(), worst_of(&events)) {
        ([only], Some((worst, is_same))) if events.len() == losses.len() => {
            let often = names::times(losses.len());
            match is_same {
                true => {
                    let what = names::lost_of_its(worst.0, worst.1);
                    format!("{only} lost {what} {often} {between}")
                }
                false => {
                    let what = names::lost_of(worst.0, worst.1);
                    format!("{only} lost prefixes {often} {between}, at worst {what}")
                }
            }
        }
        (all, _) => {
            let who = names::list(all, 3);
            let n = counted(losses.len(), "loss", "losses");
            let largest = losses.first().map(|loss| (loss.name(), loss.size()));
            let (name, size) = largest.unwrap_or_default();
            let largest = format!("the largest by prefix-seconds that of {name} ({size})");
            match (loose_prefixes(losses), all) {
                (Some(prefixes), _) => {
                    let prefixes = counted(prefixes, "prefix", "prefixes");
                    format!("{n} of {prefixes} {between}, {largest}")
                }
                (None, [only]) => format!(
                    "{only} lost prefixes {between}: {n}, the largest by prefix-seconds of {size}"
                ),
                (None, all) if all.iter().any(|name| name.contains('/')) => {
                    format!("{n} {between}, of {who}; {largest}")
                }
                (None, _) => format!("{who} lost prefixes {between}: {n}, {largest}"),
            }
        }
    };
    for remark in open(losses, &mut clock) {
        text.push_str("; ");
        text.push_str(&remark);
    }
    text
}

/// How many prefixes were lost, where all losses are of prefixes that are named by themselves.
fn loose_prefixes(losses: &[Loss<'_>]) -> Option<usize> {
    let mut prefixes: BTreeSet<String> = BTreeSet::new();
    for loss in losses {
        match loss {
            Loss::Loose(loss) if !loss.has_owner() => prefixes.extend(loss.names()),
            Loss::Loose(_) | Loss::Event(_) => return None,
        }
    }
    Some(prefixes.len())
}

/// The most members that an event took, of how many, and whether all took as many.
fn worst_of(events: &[&EventView]) -> Option<((u32, u32), bool)> {
    let sizes = events.iter();
    let sizes = sizes.map(|e| (e.prefixes_lost_max, e.prefixes_baseline));
    let sizes: BTreeSet<(u32, u32)> = sizes.collect();
    Some((*sizes.last()?, sizes.len() == 1))
}

/// How many of the losses have no known end.
fn open(losses: &[Loss<'_>], clock: &mut Clock) -> Vec<String> {
    let of_kind = |kind: EndKind| losses.iter().filter(move |loss| loss.end_kind() == kind);
    let mut remarks = Vec::new();
    match of_kind(EndKind::Window).count() {
        0 => {}
        1 => remarks.push("one was not over when the window ended".to_owned()),
        n => remarks.push(format!("{n} were not over when the window ended")),
    }
    let unknown: Vec<Timestamp> = of_kind(EndKind::Unknown).map(Loss::end).collect();
    let which = match (unknown.len(), losses.len()) {
        (1, _) => "one".to_owned(),
        (n, all) if n == all => "all of them".to_owned(),
        (n, _) => n.to_string(),
    };
    match unknown.as_slice() {
        [] => {}
        [first, rest @ ..] if rest.iter().all(|end| clock.is_same(*end, *first)) => {
            let end = clock.tell(*first);
            remarks.push(format!("of {which}, nothing is known from {end} on"));
        }
        _ => remarks.push(format!("of {which}, the end is not known")),
    }
    remarks
}
