//! How much an event depends on choices: the same members counted under the other choices that a
//! reviewer would ask for ([`choices`](super::choices)), and the events found anew in these states.

use super::EndKind;
use super::choices::{Choice, ChoiceInputs};
use super::event_spans::{self, EventSpan};
use super::events::{Event, member_states};
use super::group_loss::MemberOutages;
use super::outage::{self, Outage};
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::model::visibility::{Visibility, VisibilityState};

/// An event under another choice: a row of `sensitivity`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensitivity {
    /// The event's index among the run's events.
    pub event: usize,
    /// The choice.
    pub choice: Choice,
    /// What the event is under it; nothing where there is none.
    pub found: Option<EventUnderChoice>,
}

/// When an event begins and ends under another choice. Times are UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventUnderChoice {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// How it ends.
    pub end_kind: EndKind,
    /// The most prefixes lost at once.
    pub prefixes_lost_max: u32,
    /// By how much later it begins than in the run itself.
    pub start_offset: TimeDelta,
    /// By how much later it ends; nothing where either was not seen to end.
    pub end_offset: Option<TimeDelta>,
}

/// The events of an entity under every choice. `events` come with their index among the run's.
pub(super) fn of_entity(
    events: &[(usize, &Event)],
    members: &[MemberOutages<'_>],
    choices: &[ChoiceInputs],
    window: Window,
) -> Vec<Sensitivity> {
    if events.is_empty() {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        let is_stuck = |(_, event): &&(usize, &Event)| event.has_stuck;
        if choice.choice == Choice::WithoutStuck && !events.iter().any(|e| is_stuck(&e)) {
            continue;
        }
        let states: Vec<Vec<(Timestamp, VisibilityState)>> = members
            .iter()
            .map(|member| match &member.outages.choices {
                Some(choices) => choices.under(index),
                None => Vec::new(),
            })
            .collect();
        let spans = event_spans::find(&member_states(members, &states), window);
        for &(event_index, event) in events {
            if choice.choice == Choice::WithoutStuck && !event.has_stuck {
                continue;
            }
            rows.push(Sensitivity {
                event: event_index,
                choice: choice.choice,
                found: same_event(event, &spans).map(|span| under_choice(event, span)),
            });
        }
    }
    rows.sort_by_key(|row| row.event);
    rows
}

/// The depth of a group's outage if stuck peers are not counted: 1 − the lowest share of its
/// members that may be visible then, in ten-thousandths.
pub(super) fn depth_without_stuck(
    outage: &Outage,
    members: &[MemberOutages<'_>],
    choices: &[ChoiceInputs],
) -> Option<u32> {
    let choice = choices
        .iter()
        .position(|choice| choice.choice == Choice::WithoutStuck)?;
    let mut steps: Vec<(Timestamp, i64)> = Vec::new();
    for member in members {
        let states = match &member.outages.choices {
            Some(choices) => choices.under(choice),
            None => Vec::new(),
        };
        let mut was_lost = false;
        for (time, state) in states {
            let is_lost = state == VisibilityState::Lost;
            steps.push((time, i64::from(was_lost) - i64::from(is_lost)));
            was_lost = is_lost;
        }
    }
    steps.sort_unstable();
    let mut now = members.len() as i64;
    let mut least: Option<i64> = None;
    for at_once in steps.chunk_by(|a, b| a.0 == b.0) {
        let time = at_once[0].0;
        if time >= outage.end {
            break;
        }
        // The state with which the outage begins counts too.
        if time > outage.start {
            least = Some(least.unwrap_or(now).min(now));
        }
        now += at_once.iter().map(|s| s.1).sum::<i64>();
    }
    let least = u32::try_from(least.unwrap_or(now).min(now)).ok()?;
    Some(outage::depth(Visibility {
        seeing: least,
        known: members.len() as u32,
    }))
}

/// The span that has most of the time of an event.
fn same_event<'a>(event: &Event, spans: &'a [EventSpan]) -> Option<&'a EventSpan> {
    let overlap = |span: &EventSpan| span.end.min(event.end) - span.start.max(event.start);
    let overlapping = spans.iter().filter(|span| overlap(span) > TimeDelta::ZERO);
    overlapping.max_by_key(|span| overlap(span))
}

fn under_choice(event: &Event, span: &EventSpan) -> EventUnderChoice {
    let are_back = span.end_kind == EndKind::Back && event.end_kind == EndKind::Back;
    EventUnderChoice {
        start: span.start,
        end: span.end,
        end_kind: span.end_kind,
        prefixes_lost_max: span.worst.len() as u32,
        start_offset: span.start - event.start,
        end_offset: are_back.then(|| span.end - event.end),
    }
}
