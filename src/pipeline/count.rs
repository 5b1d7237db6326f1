//! Replays and counts every prefix, side by side. Prefixes that lie inside one another are counted
//! together, because coverage depends on all of them: the replayed covering routes of a network are
//! dropped as soon as the network is counted.

use crate::detect::{self, OutageInputs, OutageRules, PrefixOutages};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::peer::PeerId;
use crate::model::route::{Change, NONE, PrefixId};
use crate::model::visibility::VisibilityState;
use crate::replay::observations::{self, Observations};
use crate::replay::session::SessionTimeline;
use crate::replay::{self, History};
use crate::tally::coverage::space::{UnitGroup, WatchedSpace, unit_groups};
use crate::tally::coverage::{CoverageSeries, PresenceHistory, are_reached};
use crate::tally::{self, Tally};
use crate::watchlist::{PrefixSet, WatchList};
use rayon::prelude::*;
use std::ops::Range;

/// What was counted and detected of a watched prefix.
pub(super) struct Counted {
    pub prefix: Prefix,
    pub tally: Tally,
    /// Its outages.
    pub outages: PrefixOutages,
    /// The watched ASNs that originate some route to it.
    pub matched_origins: Vec<Asn>,
    /// Changes of presence or path within the window.
    pub transitions: Vec<Change>,
    /// Routes that later RIBs added to the replayed state or removed from it: `(peer, added,
    /// removed)`.
    pub mismatches: Vec<(PeerId, u32, u32)>,
}

impl Counted {
    /// Whether it is a member of the baseline that was lost before the window.
    fn was_lost_before(&self) -> bool {
        let membership = self.tally.baseline.membership;
        let is_lost = self.tally.baseline.state == VisibilityState::Lost;
        is_lost && membership.is_some_and(|m| !m.is_current)
    }

    /// Other routes took its place before the window: it is no member, and only what it lost after
    /// it had been visible for long enough are outages.
    fn supersede(&mut self, rules: OutageRules) {
        self.tally.baseline.supersede();
        self.outages.keep_established(&self.tally, rules);
    }
}

/// All that is counted of a run's routes.
pub(super) struct Counts {
    /// By watched prefix, sorted; those that lie inside one another together.
    pub prefixes: Vec<Vec<Counted>>,
    /// How the watched space is reached.
    pub coverage: Vec<CoverageSeries>,
    /// Routes that cover watched space, sorted.
    pub covering: Vec<Prefix>,
}

/// Replays and counts every observed prefix.
pub(super) fn all(
    observations: &Observations,
    list: &WatchList,
    discovered: &PrefixSet,
    timelines: &[SessionTimeline],
    inputs: OutageInputs<'_>,
) -> Counts {
    let is_watched = |p: &Prefix| list.watches(*p) || discovered.contains(*p);
    let mut next: PrefixId = 0;
    let numbers = observations.prefixes.iter().map(|prefix| {
        let number = if is_watched(prefix) { next } else { NONE };
        next += PrefixId::from(number != NONE);
        number
    });
    let numbers: Vec<PrefixId> = numbers.collect();
    let by_origin = observations.prefixes.iter().zip(&numbers);
    let by_origin = by_origin.filter(|(p, number)| **number != NONE && !list.watches(**p));
    let counting = Counting {
        observations,
        list,
        numbers: &numbers,
        space: &WatchedSpace::new(list.blocks(), by_origin.map(|(p, _)| *p)),
        timelines,
        inputs,
    };
    let groups = covering_groups(&observations.prefixes);
    let counted: Vec<_> = groups
        .into_par_iter()
        .map(|group| counting.group(group))
        .collect();
    let (prefixes, coverage): (Vec<_>, Vec<_>) = counted.into_iter().unzip();
    let mut coverage: Vec<CoverageSeries> = coverage.into_iter().flatten().collect();
    let unrouted = Family::BOTH.map(|family| counting.unrouted(family, &coverage));
    coverage.extend(unrouted.into_iter().flatten());
    let covering = observations.prefixes.iter().zip(&numbers);
    let covering = covering.filter(|(_, number)| **number == NONE);
    Counts {
        prefixes,
        coverage,
        covering: covering.map(|(p, _)| *p).collect(),
    }
}

/// Cuts sorted prefixes into covering-prefix groups: a prefix that lies in none before, with all
/// prefixes inside it. A prefix too short to reach a unit is a group by itself.
fn covering_groups(prefixes: &[Prefix]) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (i, &prefix) in prefixes.iter().enumerate() {
        let holds = |outer: Prefix| reaches(outer) && outer.contains(prefix);
        match groups.last_mut() {
            Some(group) if holds(prefixes[group.start]) => group.end = i + 1,
            _ => groups.push(i..i + 1),
        }
    }
    groups
}

fn reaches(prefix: Prefix) -> bool {
    prefix.len() >= prefix.family().shortest_route()
}

struct Counting<'a> {
    observations: &'a Observations,
    list: &'a WatchList,
    /// By observed prefix: its index among the watched ones, or [`NONE`] where it only covers.
    numbers: &'a [PrefixId],
    space: &'a WatchedSpace,
    timelines: &'a [SessionTimeline],
    inputs: OutageInputs<'a>,
}

impl Counting<'_> {
    /// Counts a covering-prefix group: a prefix and those inside it.
    fn group(&self, group: Range<usize>) -> (Vec<Counted>, Vec<CoverageSeries>) {
        let prefixes = &self.observations.prefixes[group.clone()];
        let numbers = &self.numbers[group.clone()];
        let unit_groups = match prefixes.first() {
            Some(&root) if reaches(root) => unit_groups(prefixes, self.space),
            _ => Vec::new(),
        };
        let only_route = |units: &UnitGroup| match units.covering_routes[..] {
            [route] if numbers[route] != NONE => Some(route),
            _ => None,
        };
        let needs_histories = !unit_groups.iter().all(|units| only_route(units).is_some());
        let replayed = group.clone().into_par_iter().map(|i| {
            let prefix = self.observations.prefixes[i];
            let history = replay::prefix(prefix, &self.observations.by_prefix[i], self.timelines);
            let presence = needs_histories.then(|| PresenceHistory::new(prefix, &history));
            let counted = (self.numbers[i] != NONE).then(|| self.prefix(i, history));
            (counted, presence)
        });
        let (mut counted, presence): (Vec<Option<Counted>>, Vec<Option<PresenceHistory>>) =
            replayed.unzip();
        for route in 0..counted.len() {
            let was_lost = counted[route]
                .as_ref()
                .is_some_and(Counted::was_lost_before);
            if was_lost
                && self.is_superseded(route, prefixes[route].family(), &unit_groups, &presence)
                && let Some(counted) = &mut counted[route]
            {
                counted.supersede(self.inputs.rules);
            }
        }
        let counted = counted;
        let is_member = |route: usize| {
            let counted = counted[route].as_ref();
            counted.is_some_and(|it| it.tally.baseline.is_member())
        };
        let coverage = unit_groups.par_iter().map(|units| {
            let alone = only_route(units).and_then(|route| counted[route].as_ref());
            let counting = self.inputs.counting;
            let mut series = match alone {
                Some(it) => CoverageSeries::of_prefix(units, it.prefix, &it.tally),
                None => {
                    let routes = units.covering_routes.iter();
                    let of = routes.filter_map(|&r| Some((presence[r].as_ref()?, is_member(r))));
                    let of: Vec<_> = of.collect();
                    let family = prefixes[units.covering_routes[0]].family();
                    CoverageSeries::of_routes(family, units, &of, counting)
                }
            };
            let mut watched = units.covering_routes.iter().rev().map(|&r| numbers[r]);
            series.inside = watched.find(|n| *n != NONE).unwrap_or(NONE);
            series
        });
        let coverage = coverage.collect();
        (counted.into_iter().flatten().collect(), coverage)
    }

    /// Whether other routes reach at least half of the units inside a route at the baseline's
    /// instant. `presence` is by route.
    fn is_superseded(
        &self,
        route: usize,
        family: Family,
        unit_groups: &[UnitGroup],
        presence: &[Option<PresenceHistory>],
    ) -> bool {
        let (mut reached, mut all) = (0, 0);
        for units in unit_groups {
            if !units.covering_routes.contains(&route) {
                continue;
            }
            let others = units
                .covering_routes
                .iter()
                .filter(|&&other| other != route);
            let others = others.filter_map(|&other| Some((presence[other].as_ref()?, false)));
            let others: Vec<_> = others.collect();
            all += units.units;
            if are_reached(family, &others, self.inputs.counting) {
                reached += units.units;
            }
        }
        reached > 0 && reached * 2 >= all
    }

    fn prefix(&self, i: usize, history: History) -> Counted {
        let prefix = self.observations.prefixes[i];
        let from = self.inputs.counting.rules.window.from;
        let mut tally = tally::prefix(prefix, &history, self.inputs.counting);
        let mut outages = detect::prefix(prefix, &history, &tally, self.inputs);
        if let Some(changes) = outages.upstream_changes.take() {
            tally.upstream_changes = changes;
        }
        let watches = |asn| self.list.watches_origin(asn);
        let in_window = |c: &Change| c.is_transition() && c.time >= from;
        let changes = history.changes.into_iter();
        let mut transitions: Vec<Change> = changes.filter(in_window).collect();
        // Most changes lie before the window: give their memory back.
        transitions.shrink_to_fit();
        Counted {
            prefix,
            tally,
            outages,
            matched_origins: observations::origins_among(
                &self.observations.by_prefix[i],
                &self.observations.paths,
                watches,
            ),
            transitions,
            mismatches: history.mismatches,
        }
    }

    /// The watched space of a family that no route reaches.
    fn unrouted(&self, family: Family, reached: &[CoverageSeries]) -> Option<CoverageSeries> {
        let reached = reached.iter().filter(|series| series.family == family);
        let reached: u64 = reached.map(|series| series.units).sum();
        let units = self.space.units(family) - reached;
        let group = UnitGroup {
            units,
            covering_routes: Vec::new(),
            watched_len: 0,
        };
        // A route there was never observed: it is absent where a peer's whole table is known.
        let prefix = Prefix::new(family, 0, family.max_len());
        let history = replay::prefix(prefix, &[], self.timelines);
        let history = PresenceHistory::new(prefix, &history);
        let counting = self.inputs.counting;
        (units > 0)
            .then(|| CoverageSeries::of_routes(family, &group, &[(&history, false)], counting))
    }
}
