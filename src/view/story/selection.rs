//! Which losses are told, in which order, and which are part of another.

use super::input::StoryInput;
use super::loose::{self, LooseLoss};
use super::names;
use crate::detect::{EndKind, Scope};
use crate::model::time::{Timestamp, Window};
use crate::view::events::{EventView, ranked};
use crate::view::words::{counted, plural};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// A loss that is told.
#[derive(Debug, Clone)]
pub(crate) enum Loss<'a> {
    /// A row of `events`.
    Event(&'a EventView),
    /// Outages that belong to no event.
    Loose(LooseLoss<'a>),
}

impl Loss<'_> {
    /// When it began.
    pub(crate) fn start(&self) -> Timestamp {
        match self {
            Self::Event(event) => event.start,
            Self::Loose(loss) => loss.start(),
        }
    }

    /// When it ended, or of what is known of it.
    pub(crate) fn end(&self) -> Timestamp {
        match self {
            Self::Event(event) => event.end,
            Self::Loose(loss) => loss.end(),
        }
    }

    /// How it ended.
    pub(crate) fn end_kind(&self) -> EndKind {
        match self {
            Self::Event(event) => event.end_kind,
            Self::Loose(loss) => loss.end_kind(),
        }
    }

    /// What orders losses by size: prefix-seconds.
    pub(crate) fn loss_s(&self) -> u64 {
        match self {
            Self::Event(event) => event.loss_s(),
            Self::Loose(loss) => loss.loss_s(),
        }
    }

    /// Whether it had begun before the window did.
    pub(super) fn began_before(&self, window: Window) -> bool {
        self.start() < window.from
    }

    /// The country, AS or prefixes, as the tables name them.
    pub(super) fn entity(&self) -> String {
        match self {
            Self::Event(event) if event.scope == Scope::Watch => "the watch list".to_owned(),
            Self::Event(event) => event.entity.clone(),
            Self::Loose(loss) => loss.name(),
        }
    }

    /// The same with its name for people.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Event(event) => names::entity(event),
            Self::Loose(loss) => loss.name(),
        }
    }

    /// `31 of 33 prefixes`.
    pub(super) fn size(&self) -> String {
        match self {
            Self::Event(event) => names::lost_of(event.prefixes_lost_max, event.prefixes_baseline),
            Self::Loose(loss) => loss.size(),
        }
    }
}

/// The losses of a run in the order in which they are told.
#[derive(Debug, Clone)]
pub(crate) struct Selection<'a> {
    /// By size, the largest first, without those that are part of another.
    pub ranked: Vec<Loss<'a>>,
    /// Events of ASes that are part of a country's, with the number of that one.
    pub parts: Vec<(u32, &'a EventView)>,
    /// Outages of no event that are too small to be told.
    pub small: Vec<LooseLoss<'a>>,
}

impl<'a> Selection<'a> {
    /// Of all events and outages of a run. An AS's event is part of a country's with which it shares
    /// time and which lost all that it lost: it is the same loss, and is told and counted once.
    ///
    /// Outages of no event are told where they amount to a tenth of the largest loss; of an AS that has
    /// no member, and so no event, its largest always is.
    pub(crate) fn of(input: &StoryInput<'a>) -> Self {
        let countries = input.events.iter();
        let countries = countries.filter(|e| e.scope == Scope::Country);
        let countries: Vec<&EventView> = countries.collect();
        let whole = |event: &EventView| {
            let mut wholes = countries.iter().filter(|country| {
                event.scope == Scope::Asn
                    && country.overlaps(event)
                    && event.prefixes.iter().all(|p| country.prefixes.contains(p))
            });
            wholes.next().map(|country| country.event)
        };
        let (mut told, mut parts) = (Vec::new(), Vec::new());
        for event in ranked(input.events) {
            match whole(event) {
                Some(number) => parts.push((number, event)),
                None => told.push(Loss::Event(event)),
            }
        }
        let mut loose = loose::losses(input);
        loose.sort_by_key(|loss| Reverse(loss.loss_s()));
        let sizes = loose.iter().map(LooseLoss::loss_s);
        let sizes = sizes.chain(told.iter().map(Loss::loss_s));
        let largest = sizes.max().unwrap_or(0);
        let (mut owners, mut small) = (BTreeSet::new(), Vec::new());
        for loss in loose {
            let name = loss.name();
            let has_no_members = input.baseline.without_members.contains(&name);
            let is_its_largest = owners.insert(name);
            match loss.loss_s() * 10 >= largest || (has_no_members && is_its_largest) {
                true => told.push(Loss::Loose(loss)),
                false => small.push(loss),
            }
        }
        // Stable: of equal ones events come first, by number.
        told.sort_by_key(|loss| Reverse(loss.loss_s()));
        Self {
            ranked: told,
            parts,
            small,
        }
    }

    /// The largest of all, where that is an event.
    pub(super) fn largest_event(&self) -> Option<&'a EventView> {
        match self.ranked.first()? {
            Loss::Event(event) => Some(event),
            Loss::Loose(_) => None,
        }
    }

    /// Those that are no events.
    pub(super) fn loose(&self) -> impl Iterator<Item = &LooseLoss<'a>> {
        self.ranked.iter().filter_map(|loss| match loss {
            Loss::Event(_) => None,
            Loss::Loose(loss) => Some(loss),
        })
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
            for entity in rest.iter().map(Loss::entity) {
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
                "{} of single ASes in `events` {verb} part of the country’s",
                counted(parts, "loss", "losses")
            ));
        }
        let outages: usize = self.small.iter().map(LooseLoss::outages).sum();
        if outages > 0 {
            let prefixes = self.small.iter().flat_map(LooseLoss::names);
            let prefixes: BTreeSet<String> = prefixes.collect();
            let verb = plural(outages, "belongs", "belong");
            sentences.push(format!(
                "{} of {} in `outages` {verb} to none of these losses",
                counted(outages, "outage", "outages"),
                counted(prefixes.len(), "prefix", "prefixes")
            ));
        }
        sentences
    }
}
