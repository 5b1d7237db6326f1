//! One prefix at one peer: its observations merged with the steps of the peer's session.

use super::session::{RibCoverage, RibResync, SessionStep, SessionTimeline, Step};
use super::{History, Observation, RecordOrder};
use crate::model::net::Family;
use crate::model::peer::PeerId;
use crate::model::route::{Cause, Change, FileId, NONE, PathId, Presence, RouteAction};
use crate::model::time::{SECOND, Timestamp};

/// RIB dumps are not atomic. A route in a later RIB wins over the replayed state only if there was
/// no observation of the prefix since this long before the peer's first record in the dump,
/// microseconds.
const RIB_BACKLOG: i64 = 60 * SECOND;

/// Replays the observations of a prefix at a peer, in order, into `history`.
pub(crate) fn replay(
    peer: PeerId,
    family: Family,
    timeline: &SessionTimeline,
    observations: &[Observation],
    history: &mut History,
) {
    let route = RouteState {
        peer,
        family,
        known: Presence::Unknown,
        paths: Vec::new(),
        unknown_paths: Vec::new(),
        is_silent: false,
        last_observed: i64::MIN,
        added: 0,
        removed: 0,
    };
    route.run(timeline, observations, history);
}

/// A prefix at a peer in the course of the replay.
struct RouteState {
    peer: PeerId,
    family: Family,
    /// The presence, a silence of the peer left aside.
    known: Presence,
    /// Paths in use by their ADD-PATH identifier, sorted.
    paths: Vec<(u32, PathId)>,
    /// Identifiers of paths that were in use when they became unknown, and that no record named
    /// since: while one is left, the withdrawal of another does not make the prefix absent.
    unknown_paths: Vec<u32>,
    /// The peer is silent, and no RIB has listed it since.
    is_silent: bool,
    /// When the peer last announced or withdrew the prefix.
    last_observed: i64,
    added: u32,
    removed: u32,
}

impl RouteState {
    fn run(
        mut self,
        timeline: &SessionTimeline,
        observations: &[Observation],
        history: &mut History,
    ) {
        let start = timeline.start_rib;
        let listed = observations
            .iter()
            .take_while(|o| o.order.file == start && start != NONE);
        let (at_start, mut rest) = observations.split_at(listed.count());
        self.take_rib(at_start, timeline.start_coverage[self.family.index()]);
        let (presence, path) = self.shown();
        let several = self.several(presence, history);
        history.initial.push((presence, path, several));

        for step in &timeline.steps {
            let earlier = rest.iter().take_while(|o| o.order < step.order).count();
            let (now, later) = rest.split_at(earlier);
            now.iter().for_each(|o| self.observe(o, history));
            rest = later;
            if let Step::Rib(rib) = step.step {
                let listed = rest.iter().take_while(|o| o.order.file == rib.file).count();
                let (now, later) = rest.split_at(listed);
                self.resync(step, rib, now, history);
                rest = later;
            } else {
                self.step(step, history);
            }
        }
        rest.iter().for_each(|o| self.observe(o, history));
        if self.added + self.removed > 0 {
            let mismatch = (self.peer, self.added, self.removed);
            history.mismatches.push(mismatch);
        }
    }

    /// Presence and path as the tables show them.
    fn shown(&self) -> (Presence, PathId) {
        let presence = match self.is_silent {
            true => Presence::Unknown,
            false => self.known,
        };
        let path = match (presence, self.paths.first()) {
            (Presence::Present, Some(&(_, path))) => path,
            _ => NONE,
        };
        (presence, path)
    }

    /// Keeps the paths in use where there are several.
    fn several(&self, presence: Presence, history: &mut History) -> u32 {
        if presence != Presence::Present || self.paths.len() < 2 {
            return NONE;
        }
        let paths = self.paths.iter().map(|p| p.1).collect();
        history.several.push(paths);
        history.several.len() as u32 - 1
    }

    fn observe(&mut self, observation: &Observation, history: &mut History) {
        let before = self.shown();
        self.last_observed = observation.order.time;
        let cause = match observation.action {
            RouteAction::Announce { path_id, path } => {
                self.unknown_paths.retain(|&id| id != path_id);
                match self.paths.binary_search_by_key(&path_id, |p| p.0) {
                    Ok(at) => self.paths[at].1 = path,
                    Err(at) => self.paths.insert(at, (path_id, path)),
                }
                self.known = Presence::Present;
                Cause::Announce
            }
            RouteAction::Withdraw { path_id } => {
                self.paths.retain(|p| p.0 != path_id);
                self.unknown_paths.retain(|&id| id != path_id);
                // While another path is left the prefix stays present.
                self.known = match (self.paths.is_empty(), self.unknown_paths.is_empty()) {
                    (false, _) => Presence::Present,
                    (true, false) => Presence::Unknown,
                    (true, true) => Presence::Absent,
                };
                Cause::Withdraw
            }
            // A RIB acts as one step of the timeline. An entry of a RIB that makes no step does
            // nothing.
            RouteAction::Listed { .. } => return,
        };
        let order = observation.order;
        self.push(before, cause, order, order.file, history);
    }

    fn step(&mut self, step: &SessionStep, history: &mut History) {
        let before = self.shown();
        let cause = match step.step {
            Step::Down => self.forget(Cause::SessionDown),
            Step::Up => {
                self.is_silent = false;
                self.forget(Cause::SessionUp)
            }
            Step::Gap => self.forget(Cause::Gap),
            Step::Damage => self.forget(Cause::Damage),
            Step::Settle(family) => {
                if family == self.family {
                    self.unknown_paths.clear();
                    if self.known == Presence::Unknown {
                        self.known = Presence::Absent;
                    }
                }
                Cause::Settle
            }
            Step::SilenceBegins => {
                self.is_silent = true;
                Cause::Silence
            }
            Step::SilenceEnds => {
                self.is_silent = false;
                Cause::Silence
            }
            Step::Rib(_) => return,
        };
        if self.shown() != before {
            self.push(before, cause, step.order, step.file, history);
        }
    }

    fn forget(&mut self, cause: Cause) -> Cause {
        self.known = Presence::Unknown;
        self.unknown_paths.extend(self.paths.drain(..).map(|p| p.0));
        cause
    }

    /// Applies a RIB of the window, whose entries of the prefix are `listed`.
    fn resync(
        &mut self,
        step: &SessionStep,
        rib: RibResync,
        listed: &[Observation],
        history: &mut History,
    ) {
        let coverage = rib.coverage[self.family.index()];
        let has_evidence = coverage == RibCoverage::Complete || !listed.is_empty();
        if !has_evidence || self.last_observed >= rib.first_entry - RIB_BACKLOG {
            return;
        }
        let before = self.shown();
        let (replayed, paths) = (self.known, self.paths.clone());
        self.take_rib(listed, coverage);
        self.is_silent = false;
        let cause = match (replayed, self.known) {
            (Presence::Absent, Presence::Present) => {
                self.added += 1;
                Cause::RibAdded
            }
            (Presence::Present, Presence::Absent) => {
                self.removed += 1;
                Cause::RibRemoved
            }
            (_, Presence::Absent) => Cause::RibRemoved,
            _ => Cause::RibAdded,
        };
        // Of several paths one may have changed that is not the one shown.
        if self.shown() != before || self.paths != paths {
            let at = listed.first().map_or(step.order, |o| RecordOrder {
                time: step.order.time,
                ..o.order
            });
            self.push(before, cause, at, step.file, history);
        }
    }

    /// Takes over the entries of a RIB. A RIB that is not whole proves nothing about what it does
    /// not list.
    fn take_rib(&mut self, listed: &[Observation], coverage: RibCoverage) {
        if listed.is_empty() && coverage != RibCoverage::Complete {
            return;
        }
        if coverage == RibCoverage::Complete {
            self.paths.clear();
            self.unknown_paths.clear();
        }
        self.known = match listed.is_empty() {
            true => Presence::Absent,
            false => Presence::Present,
        };
        let paths = listed.iter().filter_map(|o| match o.action {
            RouteAction::Listed { path_id, path } => Some((path_id, path)),
            RouteAction::Announce { .. } | RouteAction::Withdraw { .. } => None,
        });
        let mut paths: Vec<(u32, PathId)> = paths.collect();
        paths.sort_by_key(|p| p.0);
        paths.dedup_by_key(|p| p.0);
        let is_listed = |id: u32| paths.iter().any(|p| p.0 == id);
        self.unknown_paths.retain(|&id| !is_listed(id));
        self.paths.retain(|p| !is_listed(p.0));
        self.paths.extend(paths);
        self.paths.sort_by_key(|p| p.0);
    }

    fn push(
        &self,
        before: (Presence, PathId),
        cause: Cause,
        order: RecordOrder,
        file: FileId,
        history: &mut History,
    ) {
        let after = self.shown();
        let several_after = self.several(after.0, history);
        history.changes.push(Change {
            time: Timestamp(order.time),
            peer: self.peer,
            from: before.0,
            to: after.0,
            cause,
            path_before: before.1,
            path_after: after.1,
            several_after,
            file,
            offset: order.offset,
        });
    }
}
