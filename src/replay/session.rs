//! What happens to a peer's session, whatever is watched: [`SessionInput`]s in, the steps of a
//! [`SessionTimeline`] out. A step acts on all routes of the peer.

use super::{Rank, RecordOrder};
use crate::model::net::Family;
use crate::model::route::{FileId, NONE, SessionEvent};
use crate::model::time::{SECOND, TimeDelta, Timestamp, Window};

/// The state Established of the BGP finite state machine (RFC 6396 §4.4.1).
const ESTABLISHED: u16 = 6;

/// A session has settled this long after its start, in microseconds, where no End-of-RIB marks the
/// end of its table transfer before.
pub(crate) const SETTLE: i64 = 600 * SECOND;

/// What the replay learns of a session: from a record, or from what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionInput {
    /// A record of an update file. Of the UPDATEs only the first after a loss matters.
    Recorded(SessionEvent),
    /// Updates are missing from here on: no file, or the rest of a file that is cut.
    Gap,
    /// The peer falls silent.
    SilenceBegins,
    /// The peer sends messages again after a silence.
    SilenceEnds {
        /// It sends its whole table, so the session was re-established.
        reestablished: bool,
    },
    /// A RIB of the window, applied as one step at its last record.
    Rib(RibResync),
}

/// Whether a record says that the session left Established.
pub(crate) const fn is_loss(event: SessionEvent) -> bool {
    matches!(event, SessionEvent::State { old, new } if old == ESTABLISHED && new != ESTABLISHED)
}

/// How a RIB covers a peer's table in a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RibCoverage {
    /// It lists no route of the peer in the family.
    #[default]
    Unlisted,
    /// The dump is cut or damaged: what it lists is present, but nothing is absent.
    Partial,
    /// The dump is whole: what it does not list is absent.
    Complete,
}

/// A RIB of the window as it concerns one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RibResync {
    /// The RIB.
    pub file: FileId,
    /// How it covers the peer's table, by family.
    pub coverage: [RibCoverage; 2],
    /// Time of the peer's first record in the dump, microseconds since the epoch.
    pub first_entry: i64,
}

/// What acts on all routes of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The session is lost: every route is unknown.
    Down,
    /// The session is established: every route is unknown until it is announced again.
    Up,
    /// Files are missing: every route is unknown.
    Gap,
    /// A record is damaged: every route is unknown.
    Damage,
    /// The table transfer of a family is over: what is unknown is absent.
    Settle(Family),
    /// A silence begins: every route is unknown while it lasts.
    SilenceBegins,
    /// The silence ends within the same session: what was known before is known again.
    SilenceEnds,
    /// A RIB of the window.
    Rib(RibResync),
}

/// A step with its place in the order of records.
#[derive(Debug, Clone, Copy)]
pub struct SessionStep {
    /// When it acts.
    pub order: RecordOrder,
    /// What it does.
    pub step: Step,
    /// The file whose record causes it, or `NONE`.
    pub file: FileId,
}

/// Everything that acts on the routes of one peer.
#[derive(Debug, Clone)]
pub struct SessionTimeline {
    /// The RIB that the replay starts from, or `NONE`.
    pub start_rib: FileId,
    /// How that RIB covers the peer's table, by family.
    pub start_coverage: [RibCoverage; 2],
    /// The steps, in order.
    pub steps: Vec<SessionStep>,
    /// Losses of the session. Losses with no message in between count once.
    pub losses: u32,
}

impl SessionTimeline {
    /// Works out the steps that follow from `inputs`, up to `end` (exclusive, microseconds).
    pub fn new(
        start_rib: FileId,
        start_coverage: [RibCoverage; 2],
        mut inputs: Vec<(RecordOrder, SessionInput)>,
        end: i64,
    ) -> Self {
        inputs.sort_by_key(|(order, _)| *order);
        let mut session = SessionState {
            steps: Vec::with_capacity(inputs.len()),
            losses: 0,
            established_at: [None; 2],
            is_lost: false,
            message_since_loss: true,
        };
        for (order, input) in inputs.into_iter().take_while(|(order, _)| order.time < end) {
            session.settle_until(order.time);
            session.apply(order, input);
        }
        session.settle_until(end - 1);
        Self {
            start_rib,
            start_coverage,
            steps: session.steps,
            losses: session.losses,
        }
    }

    /// How long in the window the peer as a whole is unknown in a family.
    ///
    /// Where a whole RIB lists it, these are the times in which a prefix of which it said nothing is
    /// unknown. Where none does, such a prefix is unknown for good, which tells nothing of the peer:
    /// it is known from its first message (`first_message`, of the family), and again from its next
    /// UPDATE after a gap or damage (`resumed`, in order); a session that started anew has to settle.
    pub fn unknown(
        &self,
        family: Family,
        first_message: Option<Timestamp>,
        resumed: &[RecordOrder],
        window: Window,
    ) -> TimeDelta {
        let (from, to) = (window.from.0, window.to.0);
        let at = family.index();
        let mut is_listed = self.start_coverage[at] == RibCoverage::Complete;
        let (mut known, mut silent, mut starts) = (is_listed, false, false);
        let (mut total, mut since) = (0, from);
        let steps = self.steps.iter().map(|s| (s.order, Some(s.step)));
        let first = first_message.map(|time| RecordOrder::after(time.0));
        let is_later = |order: &RecordOrder| first.is_some_and(|first| *order > first);
        let resumed = resumed.iter().copied().filter(is_later);
        let messages = first.into_iter().chain(resumed);
        let mut acts: Vec<(RecordOrder, Option<Step>)> =
            steps.chain(messages.map(|order| (order, None))).collect();
        acts.sort_by_key(|(order, _)| *order);
        for (order, step) in acts {
            let time = order.time.clamp(from, to);
            if !known || silent {
                total += time - since;
            }
            since = time;
            match step {
                None => known = known || !(is_listed || starts),
                Some(Step::Down | Step::Gap | Step::Damage) => (known, starts) = (false, false),
                Some(Step::Up) => (known, silent, starts) = (false, false, true),
                Some(Step::Settle(settled)) if settled == family => (known, starts) = (true, false),
                Some(Step::SilenceBegins) => silent = true,
                Some(Step::SilenceEnds) => silent = false,
                Some(Step::Rib(rib)) if rib.coverage[at] == RibCoverage::Complete => {
                    (is_listed, known, silent) = (true, true, false);
                }
                Some(Step::Settle(_) | Step::Rib(_)) => {}
            }
        }
        if !known || silent {
            total += to - since;
        }
        TimeDelta(total)
    }
}

/// A session in the course of its inputs.
struct SessionState {
    steps: Vec<SessionStep>,
    losses: u32,
    /// By family: when the session was established, while its table transfer may still run.
    established_at: [Option<i64>; 2],
    /// It was lost, and no start was recorded since.
    is_lost: bool,
    /// It sent a message since the last loss.
    message_since_loss: bool,
}

impl SessionState {
    fn push(&mut self, order: RecordOrder, step: Step) {
        let file = match order.rank {
            Rank::Record => order.file,
            Rank::Before | Rank::After => NONE,
        };
        self.steps.push(SessionStep { order, step, file });
    }

    /// Settles what is due at or before an instant, before that instant's own records.
    fn settle_until(&mut self, time: i64) {
        for family in Family::BOTH {
            if let Some(start) = self.established_at[family.index()]
                && start + SETTLE <= time
            {
                self.established_at[family.index()] = None;
                self.push(RecordOrder::before(start + SETTLE), Step::Settle(family));
            }
        }
    }

    fn apply(&mut self, order: RecordOrder, input: SessionInput) {
        match input {
            SessionInput::Recorded(event) => self.record(order, event),
            SessionInput::Gap => {
                // The start, and the table that followed it, may stand in the missing file: the
                // first UPDATE after it proves neither.
                self.is_lost = false;
                self.unsettle(order, Step::Gap);
            }
            SessionInput::SilenceBegins => self.push(order, Step::SilenceBegins),
            SessionInput::SilenceEnds {
                reestablished: true,
            } => self.up(order),
            SessionInput::SilenceEnds {
                reestablished: false,
            } => self.push(order, Step::SilenceEnds),
            SessionInput::Rib(rib) => self.push(order, Step::Rib(rib)),
        }
    }

    fn record(&mut self, order: RecordOrder, event: SessionEvent) {
        match event {
            _ if is_loss(event) => {
                self.losses += u32::from(self.message_since_loss);
                (self.message_since_loss, self.is_lost) = (false, true);
                self.unsettle(order, Step::Down);
            }
            SessionEvent::State { old, new } if new == ESTABLISHED && old != ESTABLISHED => {
                self.up(order);
            }
            SessionEvent::State { .. } => {}
            SessionEvent::Update => {
                self.message_since_loss = true;
                if self.is_lost {
                    self.up(order);
                }
            }
            SessionEvent::EndOfRib(family) => {
                if self.established_at[family.index()].take().is_some() {
                    self.push(order, Step::Settle(family));
                }
            }
            SessionEvent::Damage => self.unsettle(order, Step::Damage),
        }
    }

    fn up(&mut self, order: RecordOrder) {
        (self.message_since_loss, self.is_lost) = (true, false);
        self.push(order, Step::Up);
        self.established_at = [Some(order.time); 2];
    }

    fn unsettle(&mut self, order: RecordOrder, step: Step) {
        self.established_at = [None; 2];
        self.push(order, step);
    }
}
