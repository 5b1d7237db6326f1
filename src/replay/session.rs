//! What happens to a peer's session, whatever is watched.

use super::Key;
use crate::model::net::Family;
use crate::model::route::{FileId, NONE};
use crate::model::time::SECOND;

/// Established (RFC 6396 §4.4.1).
const ESTABLISHED: u16 = 6;

/// A session has settled so long after its start, if no End-of-RIB came before.
pub const SETTLE: i64 = 600 * SECOND;

/// What a record, a missing file or a silence says of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEvent {
    /// A state change.
    State {
        /// State left.
        old: u16,
        /// State entered.
        new: u16,
    },
    /// An UPDATE. Only the first after a loss says anything.
    Update,
    /// End-of-RIB of a family.
    EndOfRib(Family),
    /// A record could not be read.
    Damage,
    /// Files are missing, or were cut, from here on.
    Gap,
    /// The peer falls silent.
    Silent,
    /// It speaks again; whether as a new session that sends its whole table.
    Speaks {
        /// The table comes anew.
        anew: bool,
    },
    /// A later RIB, applied here.
    Rib(RibStep),
}

impl SessionEvent {
    /// Whether the session left Established.
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::State { old, new } if old == ESTABLISHED && new != ESTABLISHED)
    }
}

/// How a RIB lists a peer in a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listing {
    /// Not at all.
    #[default]
    None,
    /// In a dump that is cut or damaged: what it lists is present, nothing is absent.
    Partial,
    /// In a whole dump: what it does not list is absent.
    Whole,
}

/// A later RIB as it concerns one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RibStep {
    /// Which file.
    pub file: FileId,
    /// How it lists the peer, per family.
    pub listing: [Listing; 2],
    /// Time of the peer's first record in the dump.
    pub first_entry: i64,
}

/// What acts on all routes of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The session is lost: every route unknown.
    Down,
    /// It starts anew: every route unknown.
    Up,
    /// Files are missing: every route unknown.
    Gap,
    /// A record was damaged: every route unknown.
    Damage,
    /// What is unknown in the family is absent.
    Settle(Family),
    /// Every route unknown while it lasts.
    Silent,
    /// What was known before the silence is known again.
    Speaks,
    /// A later RIB.
    Rib {
        /// Which file.
        file: FileId,
        /// How it lists the peer, per family.
        listing: [Listing; 2],
        /// Time of the peer's first record in the dump.
        first_entry: i64,
    },
}

/// A step with its place in time.
#[derive(Debug, Clone, Copy)]
pub struct SessionStep {
    /// When.
    pub key: Key,
    /// What.
    pub step: Step,
    /// The file whose record says so, or [`NONE`].
    pub file: FileId,
}

/// All that acts on the routes of one peer.
#[derive(Debug, Clone)]
pub struct SessionTimeline {
    /// The RIB that the replay starts from, or [`NONE`].
    pub start_rib: FileId,
    /// How it lists the peer, per family.
    pub start_listing: [Listing; 2],
    /// Steps in order.
    pub steps: Vec<SessionStep>,
    /// Losses of the session; those without life in between count once.
    pub losses: u32,
}

impl SessionTimeline {
    /// Works out the steps that `signs` amount to, up to `end` (exclusive, microseconds).
    pub fn new(
        start_rib: FileId,
        start_listing: [Listing; 2],
        mut signs: Vec<(Key, SessionEvent)>,
        end: i64,
    ) -> Self {
        signs.sort_by_key(|(key, _)| *key);
        let mut course = Course {
            steps: Vec::with_capacity(signs.len()),
            losses: 0,
            pending: [None; 2],
            lost: false,
            alive: true,
        };
        for (key, sign) in signs.into_iter().take_while(|(key, _)| key.time < end) {
            course.settle_until(key.time);
            course.sign(key, sign);
        }
        course.settle_until(end - 1);
        Self {
            start_rib,
            start_listing,
            steps: course.steps,
            losses: course.losses,
        }
    }

    /// Microseconds of `[from, to)` in which what the peer has not spoken of is unknown.
    pub fn unknown(&self, family: Family, from: i64, to: i64) -> i64 {
        let at = family.index();
        let mut known = self.start_listing[at] == Listing::Whole;
        let mut silent = false;
        let (mut total, mut since) = (0, from);
        let steps = self.steps.iter().map(|s| (s.key.time, Some(s.step)));
        for (time, step) in steps.chain([(to, None)]) {
            let time = time.clamp(from, to);
            if !known || silent {
                total += time - since;
            }
            since = time;
            match step {
                Some(Step::Down | Step::Gap | Step::Damage) => known = false,
                Some(Step::Up) => (known, silent) = (false, false),
                Some(Step::Settle(settled)) => known = known || settled == family,
                Some(Step::Silent) => silent = true,
                Some(Step::Speaks) => silent = false,
                Some(Step::Rib { listing, .. }) if listing[at] == Listing::Whole => {
                    (known, silent) = (true, false);
                }
                Some(Step::Rib { .. }) | None => {}
            }
        }
        total
    }
}

/// A session on its way.
struct Course {
    steps: Vec<SessionStep>,
    losses: u32,
    /// Start of the session, per family, while its table may still be coming.
    pending: [Option<i64>; 2],
    /// Lost, and its start not recorded since.
    lost: bool,
    /// Some life since the last loss.
    alive: bool,
}

impl Course {
    fn push(&mut self, key: Key, step: Step) {
        let file = if key.rank == super::Rank::Record {
            key.file
        } else {
            NONE
        };
        self.steps.push(SessionStep { key, step, file });
    }

    /// Settles what is due at or before an instant, before that instant's own records.
    fn settle_until(&mut self, time: i64) {
        for family in Family::BOTH {
            if let Some(start) = self.pending[family.index()]
                && start + SETTLE <= time
            {
                self.pending[family.index()] = None;
                self.push(Key::before(start + SETTLE), Step::Settle(family));
            }
        }
    }

    fn sign(&mut self, key: Key, sign: SessionEvent) {
        match sign {
            _ if sign.is_loss() => {
                self.losses += u32::from(self.alive);
                (self.alive, self.lost) = (false, true);
                self.unsettle(key, Step::Down);
            }
            SessionEvent::State { old, new } if new == ESTABLISHED && old != ESTABLISHED => {
                self.up(key)
            }
            SessionEvent::State { .. } => {}
            SessionEvent::Update => {
                self.alive = true;
                if self.lost {
                    self.up(key);
                }
            }
            SessionEvent::EndOfRib(family) => {
                if self.pending[family.index()].take().is_some() {
                    self.push(key, Step::Settle(family));
                }
            }
            SessionEvent::Damage => self.unsettle(key, Step::Damage),
            SessionEvent::Gap => {
                // The start, and the table that followed it, may stand in the missing file: the
                // first UPDATE after it says nothing of either.
                self.lost = false;
                self.unsettle(key, Step::Gap);
            }
            SessionEvent::Silent => self.push(key, Step::Silent),
            SessionEvent::Speaks { anew: true } => self.up(key),
            SessionEvent::Speaks { anew: false } => self.push(key, Step::Speaks),
            SessionEvent::Rib(rib) => self.push(
                key,
                Step::Rib {
                    file: rib.file,
                    listing: rib.listing,
                    first_entry: rib.first_entry,
                },
            ),
        }
    }

    fn up(&mut self, key: Key) {
        (self.alive, self.lost) = (true, false);
        self.push(key, Step::Up);
        self.pending = [Some(key.time); 2];
    }

    fn unsettle(&mut self, key: Key, step: Step) {
        self.pending = [None; 2];
        self.push(key, step);
    }
}
