//! One loss in one sentence: who lost how much, by when it was worst, and how it came back.

use super::input::{OtherReturn, StoryInput};
use super::names;
use super::selection::Selection;
use crate::detect::EndKind;
use crate::model::time::Timestamp;
use crate::tally::baseline::BaselineKind;
use crate::view::events::EventView;
use crate::view::times::{Clock, Precision};
use crate::view::words::duration;

/// `AS39010, from 10:55:02 UTC: 31 of 33 prefixes lost by 11:30:04, half of them back at 12:44:02,
/// the last at 19:05:33; …`.
pub(super) fn event(
    input: &StoryInput<'_>,
    selection: &Selection<'_>,
    event: &EventView,
    mut clock: Clock,
) -> String {
    let who = names::entity(event);
    let families = names::families(input, event);
    let since = match event.began_before(input.window) {
        true => format!(
            "since {} UTC, before the window began",
            clock.tell(event.start)
        ),
        false => format!("from {} UTC", clock.tell(event.start)),
    };
    let lost = names::lost_of(event.prefixes_lost_max, event.prefixes_baseline);
    let by = by_worst(input, event, &mut clock);
    let mut text = format!("{who}{families}, {since}: {lost} lost{by}");
    for part in course(input, event, &mut clock) {
        text.push_str(", ");
        text.push_str(&part);
    }
    if let Some(asn) = event.common_as {
        text.push_str(&names::behind(asn, event.upstreams_before.contains(&asn)));
    }
    let remarks = [
        taken_over(input, event),
        reachable(event),
        parts(selection, event),
        earlier(event),
        basis(input, event, &mut clock),
    ];
    for remark in remarks.into_iter().flatten() {
        text.push_str("; ");
        text.push_str(&remark);
    }
    text
}

/// When the most were lost, if that was later than the begin.
fn by_worst(input: &StoryInput<'_>, event: &EventView, clock: &mut Clock) -> String {
    match (
        event.prefixes_lost_max,
        clock.is_same(event.start, event.worst_at),
    ) {
        (1, true) => String::new(),
        (_, true) => match input.precision {
            Precision::Seconds => " at once".to_owned(),
            Precision::Minutes => " within that minute".to_owned(),
        },
        (_, false) => format!(" by {}", clock.tell(event.worst_at)),
    }
}

/// When all came back together, by their own routes; nothing where they did not.
pub(super) fn whole_return(
    input: &StoryInput<'_>,
    event: &EventView,
    clock: Clock,
) -> Option<Timestamp> {
    let (half, last) = event.half_back_at.zip(event.last_back_at)?;
    let is_whole = clock.is_same(half, last) && other_return(input, event).is_none();
    is_whole.then_some(last)
}

/// How it came back, in the order of time, or that it did not.
pub(super) fn course(input: &StoryInput<'_>, event: &EventView, clock: &mut Clock) -> Vec<String> {
    let is_one = event.prefixes_lost_max == 1;
    let other = other_return(input, event);
    let is_other = other.is_some();
    let back = if is_other { "reached again" } else { "back" };
    let mut parts = Vec::new();
    match (event.half_back_at, event.last_back_at) {
        (Some(half), Some(last)) if clock.is_same(half, last) => {
            let lasted = clock.lasted(last - event.start);
            let all = if is_one { "" } else { "all " };
            let at = clock.tell_at(last);
            parts.push(format!("{all}{back} {at} ({lasted} later)"));
        }
        (Some(half), Some(last)) => {
            parts.push(format!("half of them {back} {}", clock.tell_at(half)));
            let ends_between = event.end_kind == EndKind::Back
                && event.still_lost > 0
                && half < event.end
                && event.end < last
                && !clock.is_same(half, event.end)
                && !clock.is_same(event.end, last);
            if ends_between {
                let but = all_but(event.still_lost);
                parts.push(format!("{but} by {}", clock.tell(event.end)));
            }
            parts.push(format!("the last {}", clock.tell_at(last)));
        }
        (None, Some(last)) => parts.push(format!("{back} {}", clock.tell_at(last))),
        (half, None) => {
            if let Some(half) = half {
                parts.push(format!("half of them {back} {}", clock.tell_at(half)));
            }
            parts.push(not_back(input, event, half.is_some(), clock));
        }
    }
    if let Some(other) = other {
        parts.push(format!("but by {} routes", names::owners(&other.origins)));
    }
    parts
}

/// What is not back when the window ends.
fn not_back(
    input: &StoryInput<'_>,
    event: &EventView,
    is_half_back: bool,
    clock: &mut Clock,
) -> String {
    let n = event.still_lost;
    let is_part = is_half_back || n < event.prefixes_lost_max;
    match event.end_kind {
        EndKind::Back => {
            let by = clock.tell(event.end);
            let to = clock.tell_at(input.window.to);
            let these = if n == 1 { "that one" } else { "these not all" };
            let not = if n == 1 { "not back" } else { "back" };
            format!(
                "{} back by {by}, {these} {not} when the window ended {to}",
                all_but(n)
            )
        }
        EndKind::Window => {
            let to = clock.tell_at(input.window.to);
            match is_part {
                true => format!("{n} still lost when the window ended {to}"),
                false => format!("not back when the window ended {to}"),
            }
        }
        EndKind::Unknown => {
            let end = clock.tell(event.end);
            match is_part {
                true => {
                    format!("{n} lost until at least {end}; nothing is known of them from then on")
                }
                false => format!("down until at least {end}; nothing is known from then on"),
            }
        }
    }
}

fn all_but(n: u32) -> String {
    match n {
        1 => "all but one".to_owned(),
        n => format!("all but {n}"),
    }
}

/// Whose routes brought all of an event's prefixes back, where none came back by its own.
fn other_return<'a>(input: &'a StoryInput<'_>, event: &EventView) -> Option<&'a OtherReturn> {
    let other = input.other_returns.get(&event.event)?;
    (other.prefixes as usize >= event.prefixes.len()).then_some(other)
}

/// That other origins announced prefixes of the event, where that is not said by its course.
fn taken_over(input: &StoryInput<'_>, event: &EventView) -> Option<String> {
    if event.other_origins.is_empty() || other_return(input, event).is_some() {
        return None;
    }
    let origins = names::asns(&event.other_origins);
    match input.other_returns.get(&event.event) {
        Some(other) => Some(format!(
            "{} of them reached again by {} routes",
            other.prefixes,
            names::owners(&other.origins)
        )),
        None => Some(format!("meanwhile {origins} announced prefixes of these")),
    }
}

/// Whether its space stayed reachable by less specific routes, and how much of it did not. Of two
/// families there is no number: a single IPv6 /32 has 65,536 /48s.
fn reachable(event: &EventView) -> Option<String> {
    let (none, covered) = (event.units_none_max?, event.units_covered_max?);
    let units = match event.families.as_slice() {
        [only] => Some(names::units(*only, none)),
        _ => None,
    };
    match (none, covered, units) {
        (0, 0, _) => None,
        (0, _, _) => {
            Some("all of its space stayed reachable through less specific routes".to_owned())
        }
        (none, 0, Some(units)) if none > u64::from(event.prefixes_lost_max) => {
            Some(format!("at worst {none} {units} had no route"))
        }
        (_, 0, _) => None,
        (none, covered, Some(units)) => Some(format!(
            "at worst {none} {units} had no route; up to {covered} were reached only through less specific routes"
        )),
        (_, _, None) => Some(
            "part of its space had no route, part was reached only through less specific routes"
                .to_owned(),
        ),
    }
}

/// The ASes of a country's loss.
fn parts(selection: &Selection<'_>, event: &EventView) -> Option<String> {
    let parts = selection.parts_of(event);
    match parts.as_slice() {
        [] => None,
        [only] if only.prefixes == event.prefixes => {
            Some(format!("all of it at {}", names::entity(only)))
        }
        [largest, ..] => Some(format!(
            "most of it at {} ({})",
            names::entity(largest),
            names::lost_of(largest.prefixes_lost_max, largest.prefixes_baseline)
        )),
    }
}

/// By how much it may have begun or ended earlier.
fn earlier(event: &EventView) -> Option<String> {
    let some = |seconds: Option<i64>| seconds.filter(|&s| s > 0).map(duration);
    let end = match event.end_kind {
        EndKind::Back => some(event.end_uncertainty_s),
        EndKind::Window | EndKind::Unknown => None,
    };
    match (some(event.start_uncertainty_s), end) {
        (None, None) => None,
        (Some(start), None) => Some(format!("it may have begun up to {start} earlier")),
        (None, Some(end)) => Some(format!("it may have ended up to {end} earlier")),
        (Some(start), Some(end)) => Some(format!(
            "it may have begun up to {start} and ended up to {end} earlier"
        )),
    }
}

/// What it is measured by, where that is not what was there before.
fn basis(input: &StoryInput<'_>, event: &EventView, clock: &mut Clock) -> Option<String> {
    match (event.baseline, input.baseline.chosen) {
        (Some(BaselineKind::Inferred), _) => {
            Some("that these prefixes had been there is inferred from their withdrawals".to_owned())
        }
        (Some(BaselineKind::Chosen), Some(at)) => Some(format!(
            "measured by the state at {}, as chosen",
            clock.tell(at)
        )),
        (Some(BaselineKind::Chosen), None) => Some("measured by a chosen state".to_owned()),
        (Some(BaselineKind::Measured) | None, _) => None,
    }
}
