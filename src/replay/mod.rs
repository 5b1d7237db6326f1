//! RIB + events → changes of presence, per peer and prefix. No IO; cannot fail.
//!
//! What happens to a *session* (losses, starts, gaps, silence, later RIBs) is worked out once per
//! peer, whatever is watched: [`session`] makes a [`SessionTimeline`] of it, [`silence`] finds who fell
//! silent, [`feed`] judges whose table counts. [`prefix`] then merges a peer's timeline with what
//! the peer said of one prefix. Prefixes do not depend on each other, so they run side by side.

pub mod classify;
pub mod feed;
pub mod input;
pub mod observations;
pub mod session;
pub mod session_events;
pub mod silence;

use crate::model::net::{Family, Prefix};
use crate::model::peer::PeerId;
use crate::model::route::{Cause, Change, FileId, NONE, PathId, Presence};
use crate::model::time::SECOND;
use session::{Listing, SessionTimeline, Step};

/// Where in time something acts: records act in the order of time, file and offset; what is
/// derived acts before or after the records of its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Microseconds since the epoch.
    pub time: i64,
    /// Before, with or after the records of that instant.
    pub rank: Rank,
    /// Files are numbered in the order of collector and start.
    pub file: FileId,
    /// Where in the file.
    pub offset: u64,
}

/// Before, with or after the records of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Settling, the start of a hole, the return from silence.
    Before,
    /// A record.
    Record,
    /// The start of a silence.
    After,
}

impl Key {
    /// The key of a record.
    pub const fn record(time: i64, file: FileId, offset: u64) -> Self {
        Self {
            time,
            rank: Rank::Record,
            file,
            offset,
        }
    }

    /// Before every record of an instant.
    pub const fn before(time: i64) -> Self {
        Self {
            time,
            rank: Rank::Before,
            file: NONE,
            offset: 0,
        }
    }

    /// After every record of an instant.
    pub const fn after(time: i64) -> Self {
        Self {
            time,
            rank: Rank::After,
            file: NONE,
            offset: 0,
        }
    }
}

/// What a peer said of a prefix, or a dump of the peer's table.
#[derive(Debug, Clone, Copy)]
pub struct Observation {
    /// Who.
    pub peer: PeerId,
    /// When.
    pub key: Key,
    /// What.
    pub said: Said,
}

/// See [`Observation`]. `path_id` is ADD-PATH's identifier, 0 without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Announced with a path.
    Announce {
        /// ADD-PATH identifier.
        path_id: u32,
        /// AS path.
        path: PathId,
    },
    /// Withdrawn.
    Withdraw {
        /// ADD-PATH identifier.
        path_id: u32,
    },
    /// Listed in the RIB of the word's file.
    Listed {
        /// ADD-PATH identifier.
        path_id: u32,
        /// AS path.
        path: PathId,
    },
}

/// What became of one prefix at all peers.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Presence, path and place in `several` at each peer when its replay starts.
    pub initial: Vec<(Presence, PathId, u32)>,
    /// The paths in use at ADD-PATH peers that have several.
    pub several: Vec<Vec<PathId>>,
    /// Every announcement, withdrawal and change since, by time; at one instant by peer.
    pub changes: Vec<Change>,
    /// Routes that a later RIB added to or took from the replayed state: `(peer, added, removed)`.
    pub mismatches: Vec<(PeerId, u32, u32)>,
}

/// A route in a later RIB counts only if the peer said nothing of the prefix since so long
/// before its first record in the dump: dumps are not atomic.
const RIB_BACKLOG: i64 = 60 * SECOND;

/// Replays one prefix. `words` are sorted by peer, then key; `timelines` by peer.
pub fn prefix(
    prefix: Prefix,
    observations: &[Observation],
    timelines: &[SessionTimeline],
) -> History {
    let mut history = History::default();
    let mut rest = observations;
    for (id, timeline) in timelines.iter().enumerate() {
        let peer = id as PeerId;
        let mine = rest.iter().take_while(|w| w.peer == peer).count();
        let (observations, others) = rest.split_at(mine);
        rest = others;
        Route::new(peer, prefix.family(), timeline).run(observations, &mut history);
    }
    history.changes.sort_by_key(|c| c.time);
    history
}

/// One prefix at one peer.
struct Route<'a> {
    peer: PeerId,
    family: Family,
    timeline: &'a SessionTimeline,
    /// What is known, silence left aside.
    known: Presence,
    /// Paths in use by their ADD-PATH identifier, sorted.
    paths: Vec<(u32, PathId)>,
    /// Identifiers of paths that were in use when they became unknown, and of which nothing was
    /// heard since: while one is left, the withdrawal of another does not make the prefix absent.
    doubtful: Vec<u32>,
    /// The peer is silent, and no RIB has spoken since.
    silent: bool,
    /// When the peer last said something of the prefix.
    last_word: i64,
    added: u32,
    removed: u32,
}

impl<'a> Route<'a> {
    const fn new(peer: PeerId, family: Family, timeline: &'a SessionTimeline) -> Self {
        Self {
            peer,
            family,
            timeline,
            known: Presence::Unknown,
            paths: Vec::new(),
            doubtful: Vec::new(),
            silent: false,
            last_word: i64::MIN,
            added: 0,
            removed: 0,
        }
    }

    fn run(mut self, observations: &[Observation], history: &mut History) {
        let start = self.timeline.start_rib;
        let listed = observations
            .iter()
            .take_while(|w| w.key.file == start && start != NONE);
        let listed = listed.count();
        let (at_start, mut observations) = observations.split_at(listed);
        self.take_listing(at_start, self.timeline.start_listing[self.family.index()]);
        let (presence, path) = self.shown();
        let several = self.several(presence, history);
        history.initial.push((presence, path, several));

        for step in &self.timeline.steps {
            let earlier = observations.iter().take_while(|w| w.key < step.key).count();
            let (now, later) = observations.split_at(earlier);
            now.iter().for_each(|w| self.observation(w, history));
            observations = later;
            if let Step::Rib { file, .. } = step.step {
                let listed = observations
                    .iter()
                    .take_while(|w| w.key.file == file)
                    .count();
                let (now, later) = observations.split_at(listed);
                self.rib(step, now, history);
                observations = later;
            } else {
                self.step(step, history);
            }
        }
        observations
            .iter()
            .for_each(|w| self.observation(w, history));
        if self.added + self.removed > 0 {
            history
                .mismatches
                .push((self.peer, self.added, self.removed));
        }
    }

    /// Presence and path as they are shown.
    fn shown(&self) -> (Presence, PathId) {
        let presence = if self.silent {
            Presence::Unknown
        } else {
            self.known
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

    fn observation(&mut self, observation: &Observation, history: &mut History) {
        let before = self.shown();
        self.last_word = observation.key.time;
        let cause = match observation.said {
            Said::Announce { path_id, path } => {
                self.doubtful.retain(|&id| id != path_id);
                match self.paths.binary_search_by_key(&path_id, |p| p.0) {
                    Ok(at) => self.paths[at].1 = path,
                    Err(at) => self.paths.insert(at, (path_id, path)),
                }
                self.known = Presence::Present;
                Cause::Announce
            }
            Said::Withdraw { path_id } => {
                self.paths.retain(|p| p.0 != path_id);
                self.doubtful.retain(|&id| id != path_id);
                // While another path is left the prefix stays present.
                self.known = match (self.paths.is_empty(), self.doubtful.is_empty()) {
                    (false, _) => Presence::Present,
                    (true, false) => Presence::Unknown,
                    (true, true) => Presence::Absent,
                };
                Cause::Withdraw
            }
            // A dump acts as one step of the timeline; a word of a dump that is none is passed.
            Said::Listed { .. } => return,
        };
        self.push(
            before,
            cause,
            observation.key,
            observation.key.file,
            history,
        );
    }

    fn step(&mut self, step: &session::SessionStep, history: &mut History) {
        let before = self.shown();
        let cause = match step.step {
            Step::Down => self.forget(Cause::SessionDown),
            Step::Up => {
                self.silent = false;
                self.forget(Cause::SessionUp)
            }
            Step::Gap => self.forget(Cause::Gap),
            Step::Damage => self.forget(Cause::Damage),
            Step::Settle(family) => {
                if family == self.family {
                    self.doubtful.clear();
                    if self.known == Presence::Unknown {
                        self.known = Presence::Absent;
                    }
                }
                Cause::Settle
            }
            Step::Silent => {
                self.silent = true;
                Cause::Silence
            }
            Step::Speaks => {
                self.silent = false;
                Cause::Silence
            }
            Step::Rib { .. } => return,
        };
        if self.shown() != before {
            self.push(before, cause, step.key, step.file, history);
        }
    }

    fn forget(&mut self, cause: Cause) -> Cause {
        self.known = Presence::Unknown;
        self.doubtful.extend(self.paths.drain(..).map(|p| p.0));
        cause
    }

    fn rib(&mut self, step: &session::SessionStep, listed: &[Observation], history: &mut History) {
        let Step::Rib {
            listing,
            first_entry,
            ..
        } = step.step
        else {
            return;
        };
        let listing = listing[self.family.index()];
        let says_something = listing == Listing::Whole || !listed.is_empty();
        if !says_something || self.last_word >= first_entry - RIB_BACKLOG {
            return;
        }
        let before = self.shown();
        let (replayed, paths) = (self.known, self.paths.clone());
        self.take_listing(listed, listing);
        self.silent = false;
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
        // Of several paths another than the one that is shown may have changed.
        if self.shown() != before || self.paths != paths {
            let at = listed.first().map_or(step.key, |w| Key {
                time: step.key.time,
                ..w.key
            });
            self.push(before, cause, at, step.file, history);
        }
    }

    /// Takes over what a RIB says. A RIB that is not whole says nothing of what it does not list.
    fn take_listing(&mut self, listed: &[Observation], listing: Listing) {
        if listed.is_empty() && listing != Listing::Whole {
            return;
        }
        if listing == Listing::Whole {
            self.paths.clear();
            self.doubtful.clear();
        }
        self.known = if listed.is_empty() {
            Presence::Absent
        } else {
            Presence::Present
        };
        let paths = listed
            .iter()
            .filter_map(|observation| match observation.said {
                Said::Listed { path_id, path } => Some((path_id, path)),
                Said::Announce { .. } | Said::Withdraw { .. } => None,
            });
        let mut paths: Vec<(u32, PathId)> = paths.collect();
        paths.sort_by_key(|p| p.0);
        paths.dedup_by_key(|p| p.0);
        let is_listed = |id: u32| paths.iter().any(|p| p.0 == id);
        self.doubtful.retain(|&id| !is_listed(id));
        self.paths.retain(|p| !is_listed(p.0));
        self.paths.extend(paths);
        self.paths.sort_by_key(|p| p.0);
    }

    fn push(
        &self,
        before: (Presence, PathId),
        cause: Cause,
        key: Key,
        file: FileId,
        history: &mut History,
    ) {
        let after = self.shown();
        let several_after = self.several(after.0, history);
        history.changes.push(Change {
            time: key.time,
            peer: self.peer,
            from: before.0,
            to: after.0,
            cause,
            path_before: before.1,
            path_after: after.1,
            several_after,
            file,
            offset: key.offset,
        });
    }
}
