//! What is marked on a group's line: its events, by their numbers in the table `events`.

use crate::detect::Scope;
use crate::model::time::Timestamp;
use crate::view::{GroupKey, GroupSeries, RunView};

/// An event on a group's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EventMark {
    /// Its number.
    pub event: u32,
    /// When it began; may lie before the window.
    pub start: Timestamp,
    /// When it ended, or from when on nothing is known.
    pub end: Timestamp,
}

/// The events of a group in which prefixes of its family were lost, in the order of time.
pub(super) fn events(view: &RunView, group: &GroupSeries) -> Vec<EventMark> {
    let scope = match group.group {
        GroupKey::Country => Scope::Country,
        _ => Scope::Asn,
    };
    let events = view.events.iter().filter(|event| {
        event.scope == scope
            && event.entity == group.entity
            && event.families.contains(&group.family)
    });
    let mut marks: Vec<EventMark> = events
        .map(|event| EventMark {
            event: event.event,
            start: event.start,
            end: event.end,
        })
        .collect();
    marks.sort_by_key(|mark| (mark.start, mark.event));
    marks
}
