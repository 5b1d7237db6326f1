//! The paths that died in an outage, and at which AS: the one nearest the origin that all of them
//! share and none of the surviving ones has. "All paths died at 4837–131279" is another story than
//! "only those behind 20485".

use super::Outage;
use crate::model::net::{Asn, Family};
use crate::model::path::AsPath;
use crate::model::peer::PeerId;
use crate::model::route::{NONE, PathId, Presence};
use crate::model::time::MINUTE;
use crate::replay::History;
use crate::tally::vantage::Roster;
use crate::tally::{Lookup, Moment, Tally};

/// A peer's route over time: from when on, present or not, by which path.
pub(super) type Course = Vec<(i64, Presence, PathId)>;

/// By peer.
pub(super) fn courses(history: &History) -> Vec<Course> {
    let mut courses: Vec<Course> = history
        .initial
        .iter()
        .map(|&(presence, path, _)| vec![(i64::MIN, presence, path)])
        .collect();
    for change in history.changes.iter().filter(|c| c.is_transition()) {
        courses[change.peer as usize].push((change.time, change.to, change.path_after));
    }
    courses
}

/// What a peer's route is like at an instant, all that happens in it included.
fn at(course: &Course, time: i64) -> (Presence, PathId) {
    let after = course.partition_point(|step| step.0 <= time);
    let step = course[after.saturating_sub(1)];
    (step.1, step.2)
}

/// The paths that died.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Died {
    /// Each peer's last path before it lost the route, by peer.
    pub last_paths: Vec<(PeerId, PathId)>,
    /// Paths in use at the deepest moment, stuck ones left aside, ascending.
    pub surviving: Vec<PathId>,
    /// The AS nearest the origin, the origin itself left aside, that all of them share and no
    /// surviving one has.
    pub common: Option<Asn>,
    /// It is the origin's own neighbour on all of them.
    pub is_at_origin: bool,
    /// The different ASes next to the vantage ASes on these paths: what is behind one of them
    /// is one voice, however many vantage ASes it has.
    pub first_hops: Vec<Asn>,
}

impl Died {
    /// Tells where paths died, and what survived.
    pub(super) fn of(
        mut last_paths: Vec<(PeerId, PathId)>,
        mut surviving: Vec<PathId>,
        paths: &[AsPath],
    ) -> Self {
        last_paths.sort_unstable();
        last_paths.dedup();
        surviving.sort_unstable();
        surviving.dedup();
        let path = |id: PathId| &paths[id as usize];
        let dead: Vec<&AsPath> = last_paths.iter().map(|p| path(p.1)).collect();
        let alive: Vec<&AsPath> = surviving.iter().map(|&p| path(p)).collect();
        let common = common(&dead, &alive);
        let next_to_origin = |p: &&AsPath| common.is_some_and(|c| p.upstreams().contains(&c));
        let mut first_hops: Vec<Asn> = dead.iter().filter_map(|p| p.first_hop()).collect();
        first_hops.sort_unstable();
        first_hops.dedup();
        Self {
            is_at_origin: common.is_some() && dead.iter().all(next_to_origin),
            last_paths,
            surviving,
            common,
            first_hops,
        }
    }
}

/// Peers that are counted at some time, stuck ones left aside.
pub(super) struct Counted(Vec<bool>);

impl Counted {
    pub fn new(roster: &Roster, family: Family, stuck: &[PeerId]) -> Self {
        let mut counted = vec![false; roster.vantage().len()];
        for join in roster.at_start(family).iter().chain(roster.joins(family)) {
            counted[join.peer as usize] = true;
        }
        for &peer in stuck {
            counted[peer as usize] = false;
        }
        Self(counted)
    }

    fn peers<'a>(&'a self, courses: &'a [Course]) -> impl Iterator<Item = (PeerId, &'a Course)> {
        let all = (0..).zip(courses).zip(&self.0);
        all.filter(|(_, counted)| **counted).map(|(it, _)| it)
    }
}

/// The routes of one prefix at all peers.
pub(super) struct View<'a> {
    pub courses: &'a [Course],
    pub who: &'a Counted,
    pub lookup: Lookup<'a>,
}

impl View<'_> {
    /// The paths that died in an outage.
    pub fn died(&self, outage: &Outage, tally: &Tally) -> Died {
        let deepest = deepest(outage, &tally.moments);
        let mut last_paths = Vec::new();
        let mut surviving = Vec::new();
        for (peer, course) in self.who.peers(self.courses) {
            if let (Presence::Present, path) = at(course, deepest) {
                surviving.push(path);
            } else if let Some(path) = last_path(course, outage) {
                last_paths.push((peer, path));
            }
        }
        Died::of(last_paths, surviving, self.lookup.paths)
    }

    /// The ASes next to the origin on the paths in use at an instant, ascending.
    pub fn upstreams(&self, time: i64) -> Vec<Asn> {
        let mut found: Vec<Asn> = Vec::new();
        for (_, course) in self.who.peers(self.courses) {
            if let (Presence::Present, path) = at(course, time) {
                found.extend(self.lookup.next.of_path(path));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The path that a peer had in use before it lost the route to an outage.
fn last_path(course: &Course, outage: &Outage) -> Option<PathId> {
    let mut last = NONE;
    let mut found = None;
    for (i, &(time, presence, path)) in course.iter().enumerate() {
        match presence {
            Presence::Present => last = path,
            Presence::Absent if last != NONE => {
                let until = course[i + 1..].iter().find(|s| s.1 == Presence::Present);
                if outage.overlaps(time, until.map(|s| s.0)) {
                    found.get_or_insert(last);
                }
            }
            Presence::Absent | Presence::Unknown => {}
        }
    }
    found
}

/// The first moment of an outage at which visibility is lowest.
fn deepest(outage: &Outage, moments: &[Moment]) -> i64 {
    let mut lowest: Option<Moment> = None;
    for moment in during(outage, moments).filter(|m| m.visibility.known > 0) {
        match lowest {
            Some(low) if !moment.visibility.is_less(low.visibility) => {}
            _ => lowest = Some(*moment),
        }
    }
    lowest.map_or(outage.start.0, |m| m.time.max(outage.start.0))
}

/// The moments of an outage, the state with which it begins included.
pub(super) fn during<'a>(
    outage: &Outage,
    moments: &'a [Moment],
) -> impl Iterator<Item = &'a Moment> {
    let first = moments.partition_point(|m| m.time <= outage.start.0);
    let end = moments.partition_point(|m| m.time < outage.end.0);
    moments[first.saturating_sub(1)..end.max(first)].iter()
}

/// The instant before an outage until which all was well; where that was never so within the
/// hour, the instant before its start.
pub(super) fn well_before(outage: &Outage, tally: &Tally) -> i64 {
    let start = outage.start.0;
    let moments = &tally.moments;
    let last = moments
        .iter()
        .rposition(|m| m.time < start && m.visibility.is_up());
    let until = last.and_then(|at| moments.get(at + 1)).map(|m| m.time - 1);
    until
        .filter(|&until| start - until <= 60 * MINUTE)
        .unwrap_or(start - 1)
}

/// The instant behind an outage from which on all is well; where it never is within the hour, the
/// end itself. Nothing where the outage does not end.
pub(super) fn well_after(outage: &Outage, tally: &Tally) -> Option<i64> {
    outage.end_uncertainty?;
    let end = outage.end.0;
    let mut later = tally.moments.iter().filter(|m| m.time >= end);
    let first = later.find(|m| m.visibility.is_up()).map(|m| m.time);
    Some(first.filter(|&at| at - end <= 60 * MINUTE).unwrap_or(end))
}

/// The AS nearest the origin that all dead paths share and no living one has.
fn common(dead: &[&AsPath], alive: &[&AsPath]) -> Option<Asn> {
    let (first, rest) = dead.split_first()?;
    let origins = first.origins();
    first.from_origin().find(|asn| {
        !origins.contains(asn)
            && rest.iter().all(|p| p.contains(*asn))
            && !alive.iter().any(|p| p.contains(*asn))
    })
}
