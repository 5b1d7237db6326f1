//! Replays and counts every prefix, side by side. Prefixes that lie inside one another share their
//! fate as far as coverage goes, so they go together: what is replayed of the routes that cover a
//! network lives only as long as the network is counted.

use crate::detect::{self, Found, Sources};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::peer::PeerId;
use crate::model::route::{Change, NONE, PrefixId};
use crate::replay::observations::{self, Observations};
use crate::replay::session::SessionTimeline;
use crate::replay::{self, History};
use crate::select::{PrefixSet, WatchList};
use crate::tally::coverage::layout::{self, Marks, Plot};
use crate::tally::coverage::{Course, Piece};
use crate::tally::{self, Tally};
use rayon::prelude::*;
use std::ops::Range;

/// What is known of a watched prefix in the end.
pub(super) struct Counted {
    pub prefix: Prefix,
    pub tally: Tally,
    /// Its outages.
    pub found: Found,
    /// The watched ASNs that gave it away.
    pub matched_origins: Vec<Asn>,
    /// Changes of presence or path within the window.
    pub transitions: Vec<Change>,
    /// `(peer, added, removed)` by later RIBs.
    pub mismatches: Vec<(PeerId, u32, u32)>,
}

/// All that is counted of a run's routes.
pub(super) struct Counts {
    /// By watched prefix, sorted; those that lie inside one another together.
    pub prefixes: Vec<Vec<Counted>>,
    /// The watched space.
    pub pieces: Vec<Piece>,
    /// Routes that cover watched space, sorted.
    pub covering: Vec<Prefix>,
}

/// Counts everything that was said.
pub(super) fn all(
    observations: &Observations,
    list: &WatchList,
    discovered: &PrefixSet,
    timelines: &[SessionTimeline],
    sources: Sources<'_>,
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
        marks: &Marks::new(list.blocks(), by_origin.map(|(p, _)| *p)),
        timelines,
        sources,
    };
    let nests = nests(&observations.prefixes);
    let counted: Vec<_> = nests.into_par_iter().map(|n| counting.nest(n)).collect();
    let (prefixes, pieces): (Vec<_>, Vec<_>) = counted.into_iter().unzip();
    let mut pieces: Vec<Piece> = pieces.into_iter().flatten().collect();
    let bare = Family::BOTH.map(|family| counting.bare(family, &pieces));
    pieces.extend(bare.into_iter().flatten());
    let covering = observations.prefixes.iter().zip(&numbers);
    let covering = covering.filter(|(_, number)| **number == NONE);
    Counts {
        prefixes,
        pieces,
        covering: covering.map(|(p, _)| *p).collect(),
    }
}

/// Sorted prefixes, cut where one begins that lies in none before. What is too short to reach
/// anything holds nothing together.
fn nests(prefixes: &[Prefix]) -> Vec<Range<usize>> {
    let mut nests: Vec<Range<usize>> = Vec::new();
    for (i, &prefix) in prefixes.iter().enumerate() {
        match nests.last_mut() {
            Some(nest)
                if reaches(prefixes[nest.start]) && prefixes[nest.start].contains(prefix) =>
            {
                nest.end = i + 1;
            }
            _ => nests.push(i..i + 1),
        }
    }
    nests
}

fn reaches(prefix: Prefix) -> bool {
    prefix.len() >= prefix.family().shortest_route()
}

struct Counting<'a> {
    observations: &'a Observations,
    list: &'a WatchList,
    /// By prefix of the words: its place among the watched, or [`NONE`] where it only covers.
    numbers: &'a [PrefixId],
    marks: &'a Marks,
    timelines: &'a [SessionTimeline],
    sources: Sources<'a>,
}

impl Counting<'_> {
    /// Counts a prefix and those inside it.
    fn nest(&self, nest: Range<usize>) -> (Vec<Counted>, Vec<Piece>) {
        let prefixes = &self.observations.prefixes[nest.clone()];
        let numbers = &self.numbers[nest.clone()];
        let plots = match prefixes.first() {
            Some(&root) if reaches(root) => layout::plots(prefixes, self.marks),
            _ => Vec::new(),
        };
        let has_only_itself = |plot: &Plot| plot.chain.len() == 1 && numbers[plot.chain[0]] != NONE;
        let needs_courses = !plots.iter().all(has_only_itself);
        let replayed = nest.into_par_iter().map(|i| {
            let prefix = self.observations.prefixes[i];
            let history = replay::prefix(prefix, &self.observations.by_prefix[i], self.timelines);
            let course = needs_courses.then(|| Course::new(prefix, &history));
            let counted = (self.numbers[i] != NONE).then(|| self.prefix(i, history));
            (counted, course)
        });
        let (counted, courses): (Vec<Option<Counted>>, Vec<Option<Course>>) = replayed.unzip();
        let pieces = plots.par_iter().map(|plot| {
            let alone = has_only_itself(plot).then(|| counted[plot.chain[0]].as_ref());
            let mut piece = match alone.flatten() {
                Some(it) => Piece::alone(plot, it.prefix, &it.tally, self.sources.lookup.terms),
                None => {
                    let of = plot.chain.iter().filter_map(|&r| courses[r].as_ref());
                    let family = prefixes[plot.chain[0]].family();
                    Piece::of(family, plot, &of.collect::<Vec<_>>(), self.sources.lookup)
                }
            };
            let watched = plot.chain.iter().rev().map(|&route| numbers[route]);
            piece.inside = watched.into_iter().find(|n| *n != NONE).unwrap_or(NONE);
            piece
        });
        let pieces = pieces.collect();
        (counted.into_iter().flatten().collect(), pieces)
    }

    fn prefix(&self, i: usize, history: History) -> Counted {
        let prefix = self.observations.prefixes[i];
        let from = self.sources.lookup.terms.window.from.0;
        let tally = tally::prefix(prefix, &history, self.sources.lookup);
        let found = detect::prefix(prefix, &history, &tally, self.sources);
        let watches = |asn| self.list.watches_origin(asn);
        let in_window = |c: &Change| c.is_transition() && c.time >= from;
        let changes = history.changes.into_iter();
        let mut transitions: Vec<Change> = changes.filter(in_window).collect();
        // It was made in the room of all that ever happened.
        transitions.shrink_to_fit();
        Counted {
            prefix,
            tally,
            found,
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
    fn bare(&self, family: Family, pieces: &[Piece]) -> Option<Piece> {
        let reached = pieces.iter().filter(|p| p.family == family);
        let reached: u64 = reached.map(|p| p.units).sum();
        let units = self.marks.units(family) - reached;
        let plot = Plot {
            units,
            chain: Vec::new(),
            watched_len: 0,
        };
        // Nobody spoke of any route there: it is absent where a peer's whole table is known.
        let prefix = Prefix::new(family, 0, family.max_len());
        let course = Course::new(prefix, &replay::prefix(prefix, &[], self.timelines));
        (units > 0).then(|| Piece::of(family, &plot, &[&course], self.sources.lookup))
    }
}
