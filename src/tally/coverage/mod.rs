//! What of the watched space can still be reached. No IO; cannot fail.
//!
//! A withdrawn /24 may be reached through a route that covers it. A *unit* is a /24 (IPv6: /48) of
//! the watched space; a smaller watched block is a unit of its own. A route *reaches* a unit that
//! it holds whole, unless it is a default route or shorter than /8 (IPv6 /16).
//!
//! At a peer a unit is
//!
//! - *direct* where a route is present that is at least as long as its measure;
//! - *covered* where only shorter ones are;
//! - *none* where all routes that reach it are absent;
//! - *unknown* where that depends on routes whose presence is unknown. A route lost with its
//!   session is unknown, and so is what it may have reached.
//!
//! The *measure* is the length of the longest route that reached the unit in the baseline: the
//! greatest length by which it is direct there at half of the known vantage ASes or more, so that
//! no single peer's own longer route sets it, nor a peer whose session was down just then. Where
//! the baseline has no such route, or there is none, it is the length of the longest watched
//! block that holds the unit, or else of the longest prefix watched for its origin.
//!
//! A vantage AS has the best that any of its counted peers has; *none* only where all of them
//! have none. A unit is direct where at least half of the known vantage ASes have it direct; else
//! covered where at least half have it direct or covered; else none; and unknown where fewer than
//! half of the full-feed vantage ASes, or fewer than the least number asked for, are known.
//!
//! The routes are those that any peer spoke of within what was read. Where there is no RIB, a
//! route that covers the space and that nobody spoke of cannot be known of; units that no route
//! reaches are unknown there.

pub mod layout;
mod standing;
mod units;

use super::vantage::Join;
use super::{Lookup, Sight, Tally, Terms};
use crate::model::net::{Family, Prefix};
use crate::model::peer::PeerId;
use crate::model::route::{Cause, NONE, PrefixId, Presence};
use crate::model::time::{Timestamp, Window};
use crate::model::visibility::Coverage;
use crate::replay::History;
use layout::Plot;
use standing::Standing;
pub use units::{Units, of_asns, of_whole};

/// A route's presence over time, at all peers.
#[derive(Debug, Clone)]
pub struct Course {
    prefix: Prefix,
    initial: Vec<Presence>,
    turns: Vec<Turn>,
}

/// A change of presence.
#[derive(Debug, Clone, Copy)]
struct Turn {
    time: i64,
    peer: PeerId,
    to: Presence,
    by_rib: bool,
}

impl Course {
    /// What of a prefix' history is needed here.
    pub fn new(prefix: Prefix, history: &History) -> Self {
        let turns = history.changes.iter().filter(|c| c.from != c.to);
        Self {
            prefix,
            initial: history.initial.iter().map(|i| i.0).collect(),
            turns: turns
                .map(|c| Turn {
                    time: c.time,
                    peer: c.peer,
                    to: c.to,
                    by_rib: matches!(c.cause, Cause::RibAdded | Cause::RibRemoved),
                })
                .collect(),
        }
    }
}

/// Units with a common fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Family.
    pub family: Family,
    /// How many.
    pub units: u64,
    /// The longest watched prefix that holds them, or [`NONE`].
    pub inside: PrefixId,
    /// Whether they could be reached in the baseline.
    pub baseline: Sight,
    /// How they stood at the end of the window's first minute, and of each with a change.
    pub minutes: Box<[(u32, Coverage)]>,
}

/// How units stand minute by minute. A route that covers many pieces and flaps changes them all
/// each time: were every change kept, it would be one for each piece and flap.
struct Minutes {
    window: Window,
    minutes: Vec<(u32, Coverage)>,
}

impl Minutes {
    const fn new(window: Window) -> Self {
        Self {
            window,
            minutes: Vec::new(),
        }
    }

    /// From a time on they stand so. What is before the window counts for its start.
    fn note(&mut self, time: i64, now: Coverage) {
        let minute = self.window.minute_index(Timestamp(time)) as u32;
        // The state at a minute's end counts.
        self.minutes.pop_if(|last| last.0 == minute);
        if self.minutes.last().is_none_or(|last| last.1 != now) {
            self.minutes.push((minute, now));
        }
    }
}

impl Piece {
    /// Units that one watched prefix alone holds: how they stand is told by its visibility.
    pub fn alone(plot: &Plot, prefix: Prefix, tally: &Tally, terms: &Terms) -> Self {
        let baseline = tally.baseline.sight;
        let is_direct = baseline == Sight::Visible || prefix.len() >= plot.watched_len;
        let mut minutes = Minutes::new(terms.window);
        for moment in &tally.moments {
            let now = match moment.sight {
                Sight::Visible if is_direct => Coverage::Direct,
                Sight::Visible => Coverage::Covered,
                Sight::Lost => Coverage::None,
                Sight::Unknown => Coverage::Unknown,
            };
            minutes.note(moment.time, now);
        }
        Self {
            family: prefix.family(),
            units: plot.units,
            inside: NONE,
            baseline,
            minutes: minutes.minutes.into(),
        }
    }

    /// Units that several routes hold, the shortest first; or none does: then `courses` is that of
    /// a route of which nobody ever spoke.
    pub fn of(family: Family, plot: &Plot, courses: &[&Course], lookup: Lookup<'_>) -> Self {
        let terms = lookup.terms;
        let from = terms.window.from.0;
        let mut walk = Walk::new(family, courses, lookup);
        let mut standing = Standing::new(lookup.roster, family, courses);
        let at = terms.baseline_at.0;
        walk.note_until(at, &mut standing);
        let (baseline, direct_from) = measure(walk.clone(), standing.clone(), plot, terms);
        if at > from {
            walk = Walk::new(family, courses, lookup);
            standing = Standing::new(lookup.roster, family, courses);
        }
        walk.note_until(from, &mut standing);
        standing.count(direct_from);
        let mut minutes = Minutes::new(terms.window);
        minutes.note(from, standing.coverage(terms));
        while let Some(time) = walk.next_time().filter(|&t| t < terms.window.to.0) {
            walk.take(time, |step| match step {
                Step::Join(join) => standing.join(join),
                Step::Turn(route, turn) => standing.change(route, turn.peer, turn.to),
            });
            minutes.note(time, standing.coverage(terms));
        }
        Self {
            family,
            units: plot.units,
            inside: NONE,
            baseline,
            minutes: minutes.minutes.into(),
        }
    }
}

/// Whether the units could be reached in the baseline, and from which route on they are direct.
fn measure(
    walk: Walk<'_>,
    mut standing: Standing<'_>,
    plot: &Plot,
    terms: &Terms,
) -> (Sight, usize) {
    // RIBs stamped with the baseline's very instant are part of it; updates are not.
    for (route, turns) in walk.turns.iter().enumerate() {
        let at_once = turns.iter().take_while(|t| t.time == terms.baseline_at.0);
        for turn in at_once.filter(|t| t.by_rib) {
            standing.note(route, turn.peer, turn.to);
        }
    }
    let mut coverage = Coverage::Unknown;
    for route in (0..walk.lengths.len()).rev() {
        standing.count(route);
        coverage = standing.coverage(terms);
        if coverage == Coverage::Direct {
            return (Sight::Visible, route);
        }
    }
    let sight = match coverage {
        Coverage::Unknown => Sight::Unknown,
        _ => Sight::Lost,
    };
    let is_shorter = |len: &u8| *len < plot.watched_len;
    (sight, walk.lengths.partition_point(is_shorter))
}

/// All that happens to the units, in the order of time.
#[derive(Clone)]
struct Walk<'a> {
    joins: &'a [Join],
    turns: Vec<&'a [Turn]>,
    lengths: Vec<u8>,
}

enum Step<'a> {
    Join(&'a Join),
    /// Of which route, and what.
    Turn(usize, &'a Turn),
}

impl<'a> Walk<'a> {
    fn new(family: Family, courses: &[&'a Course], lookup: Lookup<'a>) -> Self {
        Self {
            joins: lookup.roster.joins(family),
            turns: courses.iter().map(|c| c.turns.as_slice()).collect(),
            lengths: courses.iter().map(|c| c.prefix.len()).collect(),
        }
    }

    fn next_time(&self) -> Option<i64> {
        let turns = self.turns.iter().filter_map(|t| t.first());
        let turns = turns.map(|t| t.time);
        turns.chain(self.joins.first().map(|j| j.time)).min()
    }

    /// Takes all of one instant.
    fn take(&mut self, time: i64, mut act: impl FnMut(Step<'_>)) {
        while let Some((join, rest)) = self.joins.split_first().filter(|j| j.0.time == time) {
            act(Step::Join(join));
            self.joins = rest;
        }
        for (route, turns) in self.turns.iter_mut().enumerate() {
            while let Some((turn, rest)) = turns.split_first().filter(|t| t.0.time == time) {
                act(Step::Turn(route, turn));
                *turns = rest;
            }
        }
    }

    /// Takes all before an instant, without counting.
    fn note_until(&mut self, until: i64, standing: &mut Standing<'_>) {
        while let Some(time) = self.next_time().filter(|&t| t < until) {
            self.take(time, |step| match step {
                Step::Join(join) => standing.note_join(join),
                Step::Turn(route, turn) => standing.note(route, turn.peer, turn.to),
            });
        }
    }
}
