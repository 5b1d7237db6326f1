//! Which events are told, and which are part of another.

use super::names;
use crate::view::events::{EventScope, EventView, ranked};
use crate::view::words::{counted, plural};

/// The events of a run in the order in which they are told.
#[derive(Debug, Clone)]
pub(crate) struct Selection<'a> {
    /// By size, the largest first, without those that are part of another.
    pub ranked: Vec<&'a EventView>,
    /// Events of ASes that are part of a country's, with the number of that one.
    pub parts: Vec<(u32, &'a EventView)>,
}

impl<'a> Selection<'a> {
    /// Of all events of a run. An AS's event is part of a country's with which it shares time and
    /// which lost all that it lost: it is the same loss, and is told and counted once.
    pub(crate) fn of(events: &'a [EventView]) -> Self {
        let countries = events.iter().filter(|e| e.scope == EventScope::Country);
        let countries: Vec<&EventView> = countries.collect();
        let whole = |event: &EventView| {
            let mut wholes = countries.iter().filter(|country| {
                event.scope == EventScope::Asn
                    && country.overlaps(event)
                    && event.prefixes.iter().all(|p| country.prefixes.contains(p))
            });
            wholes.next().map(|country| country.event)
        };
        let (mut told, mut parts) = (Vec::new(), Vec::new());
        for event in ranked(events) {
            match whole(event) {
                Some(number) => parts.push((number, event)),
                None => told.push(event),
            }
        }
        Self {
            ranked: told,
            parts,
        }
    }

    /// The ASes' events that are part of a country's, the largest first.
    pub(super) fn parts_of(&self, event: &EventView) -> Vec<&'a EventView> {
        let parts = self.parts.iter().filter(|(of, _)| *of == event.event);
        parts.map(|(_, part)| *part).collect()
    }

    /// What is left out where only the first few are told.
    pub(super) fn left_out(&self, told: usize) -> Vec<String> {
        let rest = self.ranked.get(told..).unwrap_or_default();
        let mut sentences = Vec::new();
        if !rest.is_empty() {
            let mut entities: Vec<String> = Vec::new();
            for event in rest {
                let entity = match event.scope {
                    EventScope::Watch => "the watch list".to_owned(),
                    _ => event.entity.clone(),
                };
                if !entities.contains(&entity) {
                    entities.push(entity);
                }
            }
            sentences.push(format!(
                "And {}, of {}",
                counted(rest.len(), "smaller loss", "smaller losses"),
                names::list(&entities, 4)
            ));
        }
        let parts = self.parts.len();
        if parts > 0 {
            let verb = plural(parts, "is", "are");
            sentences.push(format!(
                "{} of single ASes in `events` {verb} part of the country's",
                counted(parts, "loss", "losses")
            ));
        }
        sentences
    }
}
