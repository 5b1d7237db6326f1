//! The paths that were lost in an outage, and the AS that they share: the one nearest the origin
//! that is on at least 90 % of them and on at most 10 % of the surviving ones, so that one dead
//! session that keeps a stale path does not hide it. Losing every path through 4837 is
//! another event than losing only those through 20485.

use super::Outage;
use crate::model::net::{Asn, Family};
use crate::model::path::AsPath;
use crate::model::peer::PeerId;
use crate::model::route::{NONE, PathId, Presence};
use crate::model::time::{TimeDelta, Timestamp};
use crate::replay::History;
use crate::tally::vantage::VantageSet;
use crate::tally::{CountingInputs, VisibilityChange};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;

/// Upstreams before and after an outage are taken while the prefix is up (90 %), if it is so within
/// this long of it.
const SETTLED_WITHIN: TimeDelta = TimeDelta::HOUR;

/// A peer's route to a prefix over time; it never is empty.
pub(super) struct RouteHistory(Vec<RouteSince>);

/// A peer's route from an instant on.
struct RouteSince {
    since: Timestamp,
    presence: Presence,
    path: PathId,
    /// Index of its paths among those of peers that have several, or [`NONE`].
    several: u32,
}

/// The routes to a prefix over time, by peer.
pub(super) fn route_histories(history: &History) -> Vec<RouteHistory> {
    let mut routes: Vec<RouteHistory> = history
        .initial
        .iter()
        .map(|&(presence, path, several)| {
            RouteHistory(vec![RouteSince {
                since: Timestamp::BEFORE_ALL,
                presence,
                path,
                several,
            }])
        })
        .collect();
    for change in history.changes.iter().filter(|c| c.is_transition()) {
        routes[change.peer as usize].0.push(RouteSince {
            since: change.time,
            presence: change.to,
            path: change.path_after,
            several: change.several_after,
        });
    }
    routes
}

impl RouteHistory {
    /// The route in use at an instant, everything that happens in it included.
    fn at(&self, time: Timestamp) -> Option<&RouteSince> {
        let after = self.0.partition_point(|state| state.since <= time);
        let state = &self.0[after.saturating_sub(1)];
        (state.presence == Presence::Present).then_some(state)
    }

    /// The path in use at an instant.
    fn path_at(&self, time: Timestamp) -> Option<PathId> {
        self.at(time).map(|state| state.path)
    }

    /// The path that the peer had in use before it lost the route in an outage.
    fn last_path(&self, outage: &Outage) -> Option<PathId> {
        let mut last = NONE;
        let mut found = None;
        for (i, state) in self.0.iter().enumerate() {
            match state.presence {
                Presence::Present => last = state.path,
                Presence::Absent if last != NONE => {
                    let mut later = self.0[i + 1..].iter();
                    let back = later.find(|s| s.presence == Presence::Present);
                    if outage.overlaps(state.since, back.map(|s| s.since)) {
                        found.get_or_insert(last);
                    }
                }
                Presence::Absent | Presence::Unknown => {}
            }
        }
        found
    }

    /// The spans in which the route is present by one unchanged path.
    pub(super) fn unchanged(&self) -> impl Iterator<Item = UnchangedRoute> + '_ {
        let states = self.0.iter().enumerate();
        let present = states.filter(|(_, state)| state.presence == Presence::Present);
        present.map(|(i, state)| UnchangedRoute {
            from: state.since,
            to: self.0.get(i + 1).map(|next| next.since),
            path: state.path,
        })
    }
}

/// A span in which a route is present by one path.
pub(super) struct UnchangedRoute {
    pub(super) from: Timestamp,
    /// Nothing where it still lasts.
    pub(super) to: Option<Timestamp>,
    pub(super) path: PathId,
}

/// The paths that were lost in an outage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LostPaths {
    /// Each peer's last path before it lost the route, by peer.
    pub last_paths: Vec<(PeerId, PathId)>,
    /// Paths in use at the deepest instant, ascending; those of stuck peers are left out.
    pub surviving: Vec<PathId>,
    /// The AS nearest the origin, the origin itself left out, that is on at least 90 % of the lost
    /// paths, and on at most 10 % of the surviving ones or with at most 10 % of its paths surviving.
    pub common_as: Option<Asn>,
    /// Whether that AS is the upstream (next to the origin) on at least 90 % of the lost paths.
    pub is_upstream: bool,
    /// The different ASes next to the vantage ASes on the lost paths, ascending. Vantage ASes
    /// behind one first hop are not independent observations.
    pub first_hops: Vec<Asn>,
}

impl LostPaths {
    /// Works out what the lost paths have in common and the surviving ones have not.
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
        let lost: Vec<&AsPath> = last_paths.iter().map(|p| path(p.1)).collect();
        let kept: Vec<&AsPath> = surviving.iter().map(|&p| path(p)).collect();
        let common_as = common_as(&lost, &kept);
        let is_upstream = |p: &&&AsPath| common_as.is_some_and(|c| p.upstreams().contains(&c));
        let mut first_hops: Vec<Asn> = lost.iter().filter_map(|p| p.first_hop()).collect();
        first_hops.sort_unstable();
        first_hops.dedup();
        Self {
            is_upstream: common_as.is_some()
                && is_most(lost.iter().filter(is_upstream).count(), lost.len()),
            last_paths,
            surviving,
            common_as,
            first_hops,
        }
    }
}

/// The AS nearest the origin that is on at least 90 % of the lost paths, and that has lost its paths:
/// it is on at most 10 % of the surviving ones, or at most 10 % of all paths through it survive. Of
/// several ASes equally near, the one on the most lost paths; then the lowest.
fn common_as(lost: &[&AsPath], surviving: &[&AsPath]) -> Option<Asn> {
    // By AS: how many lost paths have it, and the sum of its distances from their origins.
    let mut on_lost: FxHashMap<Asn, (usize, usize)> = FxHashMap::default();
    let mut origins: FxHashSet<Asn> = FxHashSet::default();
    for path in lost {
        origins.extend(path.origins());
        for (distance, asn) in distinct(path).into_iter().enumerate() {
            let (count, distances) = on_lost.entry(asn).or_default();
            *count += 1;
            *distances += distance;
        }
    }
    on_lost.retain(|asn, (count, _)| !origins.contains(asn) && is_most(*count, lost.len()));
    let on_surviving = |asn: Asn| surviving.iter().filter(|p| p.contains(asn)).count();
    let mut candidates: Vec<(usize, Reverse<usize>, Asn)> = on_lost
        .into_iter()
        .map(|(asn, (count, distances))| (distances * 100 / count, Reverse(count), asn))
        .collect();
    candidates.sort_unstable();
    // Where a single path survives, it is all of the surviving ones: then it counts how many of the
    // AS's own paths survive.
    let is_lost = |&(_, Reverse(lost), asn): &(usize, Reverse<usize>, Asn)| {
        let kept = on_surviving(asn);
        is_few(kept, surviving.len()) || is_few(kept, lost + kept)
    };
    candidates.into_iter().find(is_lost).map(|(_, _, asn)| asn)
}

/// The ASes of a path from the origin on, each once.
fn distinct(path: &AsPath) -> Vec<Asn> {
    let mut asns: Vec<Asn> = Vec::new();
    for asn in path.origin_first() {
        if !asns.contains(&asn) {
            asns.push(asn);
        }
    }
    asns
}

/// At least 90 % of some paths.
const fn is_most(paths: usize, all: usize) -> bool {
    paths * 10 >= all * 9
}

/// At most 10 % of some paths.
pub(super) const fn is_few(paths: usize, all: usize) -> bool {
    paths * 10 <= all
}

/// Since when each peer counts in a family; nothing for one that never does, and for stuck ones.
pub(super) struct CountedPeers(Vec<Option<Timestamp>>);

impl CountedPeers {
    pub(super) fn new(vantages: &VantageSet, family: Family, stuck: &[PeerId]) -> Self {
        let mut counted = vec![None; vantages.by_peer().len()];
        for activation in vantages.all_activations(family) {
            let since: &mut Option<Timestamp> = &mut counted[activation.peer as usize];
            since.get_or_insert(activation.time);
        }
        for &peer in stuck {
            counted[peer as usize] = None;
        }
        Self(counted)
    }
}

/// The routes to one prefix at all peers.
pub(super) struct PeerRoutes<'a> {
    pub(super) by_peer: &'a [RouteHistory],
    /// The paths of ADD-PATH peers that have several.
    pub(super) several: &'a [Vec<PathId>],
    pub(super) peers: &'a CountedPeers,
    pub(super) counting: CountingInputs<'a>,
}

impl PeerRoutes<'_> {
    /// The peers that count by an instant, with their routes.
    fn counted(&self, by: Timestamp) -> impl Iterator<Item = (PeerId, &RouteHistory)> {
        let all = (0..).zip(self.by_peer).zip(&self.peers.0);
        let counted = all.filter(move |(_, since)| since.is_some_and(|since| since <= by));
        counted.map(|(it, _)| it)
    }

    /// The paths that were lost in an outage.
    pub(super) fn lost_paths(&self, outage: &Outage, changes: &[VisibilityChange]) -> LostPaths {
        let deepest = outage.deepest(changes);
        let deepest = deepest.map_or(outage.start, |change| change.time.max(outage.start));
        let mut last_paths = Vec::new();
        let mut surviving = Vec::new();
        for (peer, route) in self.counted(deepest) {
            if let Some(path) = route.path_at(deepest) {
                surviving.push(path);
            } else if let Some(path) = route.last_path(outage) {
                last_paths.push((peer, path));
            }
        }
        LostPaths::of(last_paths, surviving, self.counting.paths)
    }

    /// All paths in use at an instant.
    fn paths_at(&self, time: Timestamp) -> impl Iterator<Item = PathId> + '_ {
        let routes = self
            .counted(time)
            .filter_map(move |(_, route)| route.at(time));
        routes
            .flat_map(|state| match self.several.get(state.several as usize) {
                Some(paths) => paths.as_slice(),
                None => std::slice::from_ref(&state.path),
            })
            .copied()
    }

    /// The upstreams on the paths in use at an instant, ascending.
    pub(super) fn upstreams(&self, time: Timestamp) -> Vec<Asn> {
        let upstreams = self.counting.path_upstreams;
        let of_paths = self.paths_at(time).flat_map(|path| upstreams.of_path(path));
        let mut found: Vec<Asn> = of_paths.copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl PeerRoutes<'_> {
    /// The origins of the paths in use at an instant, ascending.
    pub(super) fn origins(&self, time: Timestamp) -> Vec<Asn> {
        let paths = self
            .counted(time)
            .filter_map(|(_, route)| route.path_at(time));
        self.origins_of(paths)
    }

    /// The origins of the routes in use at some time of an outage, its end included, other than the
    /// prefix' `own` ones, each with when it was first. Ascending.
    pub(super) fn other_origins(&self, outage: &Outage, own: &[Asn]) -> Vec<(Asn, Timestamp)> {
        let routes = self
            .counted(outage.end)
            .flat_map(|(_, route)| route.unchanged());
        let routes =
            routes.filter(|r| r.from <= outage.end && r.to.is_none_or(|to| to > outage.start));
        let mut origins: Vec<(Asn, Timestamp)> = routes
            .flat_map(|route| {
                let from = route.from.max(outage.start);
                let origins = self.counting.paths[route.path as usize].origins();
                origins.iter().map(move |&asn| (asn, from))
            })
            .filter(|(asn, _)| !own.contains(asn))
            .collect();
        origins.sort_unstable();
        origins.dedup_by_key(|origin| origin.0);
        origins
    }

    fn origins_of(&self, paths: impl Iterator<Item = PathId>) -> Vec<Asn> {
        let paths = paths.map(|path| &self.counting.paths[path as usize]);
        let mut origins: Vec<Asn> = paths.flat_map(|p| p.origins().iter().copied()).collect();
        origins.sort_unstable();
        origins.dedup();
        origins
    }
}

/// The last instant before an outage at which the prefix was up; where it was not up within the
/// hour before, the instant before the outage's start.
pub(super) fn last_up_before(outage: &Outage, changes: &[VisibilityChange]) -> Timestamp {
    let just_before = |time: Timestamp| Timestamp(time.0 - 1);
    let last = changes
        .iter()
        .rposition(|c| c.time < outage.start && c.visibility.is_up());
    let until = last.and_then(|at| changes.get(at + 1));
    let until = until.map(|change| just_before(change.time));
    let recent = until.filter(|&until| outage.start - until <= SETTLED_WITHIN);
    recent.unwrap_or(just_before(outage.start))
}

/// The first instant after an outage at which the prefix is up; where it is not up within the hour
/// after, the outage's end. Nothing where the outage does not end.
pub(super) fn first_up_after(outage: &Outage, changes: &[VisibilityChange]) -> Option<Timestamp> {
    if !outage.is_back() {
        return None;
    }
    let end = outage.end;
    let mut later = changes.iter().filter(|c| c.time >= end);
    let first = later.find(|c| c.visibility.is_up()).map(|c| c.time);
    let soon = first.filter(|&at| at - end <= SETTLED_WITHIN);
    Some(soon.unwrap_or(end))
}
