//! Peers that kept a route, unchanged, while nearly everybody else lost it: a stuck route
//! ("zombie") says more of the peer's router than of the network.

use super::Outage;
use super::paths::{Course, during};
use crate::model::net::{Family, Prefix};
use crate::model::peer::PeerId;
use crate::model::route::Presence;
use crate::model::time::MINUTE;
use crate::model::visibility::{Visibility, ratio};
use crate::replay::History;
use crate::tally::vantage::Roster;
use crate::tally::{self, Lookup, Moment, Tally};

/// A route kept longer than this is stuck: half an hour more than a full round of path exploration
/// and route-flap damping takes (the 90 minutes of the studies of BGP zombies, PAM 2019).
pub const STUCK: i64 = 90 * MINUTE;

/// Counted peers whose route stayed the same for more than [`STUCK`] while over 90 % of the known
/// vantage ASes had lost it.
pub(super) fn peers(
    outage: &Outage,
    tally: &Tally,
    courses: &[Course],
    roster: &Roster,
    family: Family,
) -> Vec<PeerId> {
    let spans = nearly_lost(outage, &tally.moments);
    let joins = roster.at_start(family).iter().chain(roster.joins(family));
    let mut found: Vec<PeerId> = joins
        .map(|j| j.peer)
        .filter(|&peer| {
            let kept = unchanged(&courses[peer as usize]);
            let mut overlaps = kept.flat_map(|(from, to)| {
                let within = spans.iter();
                within.map(move |s| to.min(s.1) - from.max(s.0))
            });
            overlaps.any(|overlap| overlap > STUCK)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// When over 90 % had lost it.
fn nearly_lost(outage: &Outage, moments: &[Moment]) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = Vec::new();
    let moments: Vec<&Moment> = during(outage, moments).collect();
    for (i, moment) in moments.iter().enumerate() {
        let Visibility { seeing, known } = moment.visibility;
        let from = moment.time.max(outage.start.0);
        let to = moments.get(i + 1).map_or(outage.end.0, |next| next.time);
        if u64::from(seeing) * 10 >= u64::from(known) {
            continue;
        }
        match spans.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => spans.push((from, to)),
        }
    }
    spans
}

/// The stretches in which a route is present by one and the same path.
fn unchanged(course: &Course) -> impl Iterator<Item = (i64, i64)> + '_ {
    let present = course.iter().enumerate();
    let present = present.filter(|(_, step)| step.1 == Presence::Present);
    present.map(|(i, step)| {
        let until = course.get(i + 1).map_or(i64::MAX, |next| next.0);
        (step.0, until)
    })
}

/// The depth of an outage as if stuck peers were not counted.
pub(super) fn depth_without(
    outage: &Outage,
    stuck: &[PeerId],
    prefix: Prefix,
    history: &History,
    lookup: Lookup<'_>,
) -> u32 {
    let roster = lookup.roster.filtered(|peer| !stuck.contains(&peer));
    let lookup = Lookup {
        roster: &roster,
        ..lookup
    };
    let moments = tally::prefix(prefix, history, lookup).moments;
    let known = during(outage, &moments)
        .map(|m| m.visibility)
        .filter(|v| v.known > 0);
    let lowest = known.reduce(|a, b| if b.is_less(a) { b } else { a });
    lowest.map_or(outage.depth, |low| {
        10_000 - ratio(low.seeing, low.known).unwrap_or(0)
    })
}
