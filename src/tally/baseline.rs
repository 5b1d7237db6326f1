//! The baseline: what was there before. A prefix that was there is a member of its groups, and what
//! is lost is measured by the members. The baseline looks back from the window's first instant,
//! never ahead, so that a loss that was under way when the window began is found with its true
//! start (`look_back`). `--baseline-at` takes the state at one instant instead.
//!
//! Without any RIB a prefix may be first known by its withdrawals. What is withdrawn was advertised
//! (RFC 4271, section 3.1), so such a prefix can be a member too (`inferred`).

use super::vantage::VantageSet;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::peer::PeerId;
use crate::model::route::{Cause, Change};
use crate::model::time::{TimeDelta, Timestamp};
use crate::model::visibility::{VisibilityChange, VisibilityState};
use rustc_hash::FxHashMap;

/// A prefix that was visible when replay started is a member if it was lost sooner than this after:
/// what came before cannot be seen.
const SEEN_AT_START: TimeDelta = TimeDelta::HOUR;

/// Withdrawals that lie further apart than this are not one loss.
const WITHDRAWN_WITHIN: TimeDelta = TimeDelta::from_mins(10);

/// At least so many vantage ASes must have withdrawn a prefix for it to be inferred.
const LEAST_WITHDRAWALS: usize = 3;

/// What the membership of a prefix, and all that is measured by it, rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BaselineKind {
    /// It was visible at the window's first instant, or before.
    Measured,
    /// It was first known by its withdrawals, in a run without a RIB.
    Inferred,
    /// It was visible at the instant that `--baseline-at` names.
    Chosen,
}

impl BaselineKind {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Inferred => "inferred",
            Self::Chosen => "chosen",
        }
    }
}

/// How a prefix became a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// What it rests on.
    pub kind: BaselineKind,
    /// The latest instant that made it a member; of an inferred one the first instant at which
    /// enough was known.
    pub at: Timestamp,
    /// It was visible at the baseline's own instant, and not only before.
    pub is_current: bool,
    /// By how much the loss of an inferred member may have begun before `at`.
    pub uncertainty: TimeDelta,
}

/// What a prefix was like in the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Whether it was visible at the baseline's instant: the window's first, or the chosen one.
    pub state: VisibilityState,
    /// How it became a member; nothing where it is none. A prefix longer than a unit is never one.
    pub membership: Option<Membership>,
    /// Of a member: the ASNs that at least half of the vantage ASes that saw it had as origin, at
    /// the instant that made it a member. Ascending.
    pub origins: Vec<Asn>,
    /// All origins in use then; of a prefix that is no member, at the baseline's instant. Ascending.
    pub origins_in_use: Vec<Asn>,
    /// It was lost before the window while other routes reached at least half of its space at the
    /// window's first instant (a de-aggregation taken back, an aggregate that went), so that it is
    /// no member.
    pub is_superseded: bool,
}

impl Baseline {
    /// Whether the prefix is a member of its groups.
    pub(crate) const fn is_member(&self) -> bool {
        self.membership.is_some()
    }

    /// From which instant on a loss of the prefix is an outage, as it is a member.
    pub(crate) fn established_at(&self) -> Option<Timestamp> {
        let membership = self.membership?;
        Some(match membership.is_current {
            true => Timestamp::BEFORE_ALL,
            false => membership.at,
        })
    }

    /// The membership, where it is inferred from withdrawals.
    pub(crate) fn inferred(&self) -> Option<Membership> {
        self.membership.filter(|m| m.kind == BaselineKind::Inferred)
    }

    /// The first of the withdrawals from which the membership is inferred: until then the prefix
    /// was there, though nobody saw it.
    pub(crate) fn withdrawn_from(&self) -> Option<Timestamp> {
        self.inferred().map(|m| m.at - m.uncertainty)
    }

    /// The prefix is no member, as other routes took its place before the window.
    pub(crate) fn supersede(&mut self) {
        self.membership = None;
        self.is_superseded = true;
        self.origins = Vec::new();
    }
}

/// Whether a prefix is counted in groups and makes outages: one longer than a unit (/24, IPv6 /48)
/// is only listed.
pub(crate) const fn is_countable(prefix: Prefix) -> bool {
    prefix.len() <= prefix.family().unit_len()
}

/// The latest instant that makes a prefix a member although it is not visible at `from`: it had been
/// visible for `min_life` on end before `from` (unknown spans do not break that); or else it was
/// visible when replay started, which is when enough was first known of it, and was lost within the
/// hour, since what came before cannot be seen. `changes` are those of its visibility.
pub(super) fn look_back(
    changes: &[VisibilityChange],
    from: Timestamp,
    min_life: TimeDelta,
) -> Option<Timestamp> {
    established_before(changes, from, min_life).or_else(|| seen_at_start(changes))
}

/// The latest instant before `from` at which a prefix had been visible for `min_life` on end.
fn established_before(
    changes: &[VisibilityChange],
    from: Timestamp,
    min_life: TimeDelta,
) -> Option<Timestamp> {
    let just_before = |time: Timestamp| Timestamp(time.0 - 1);
    let mut found: Option<Timestamp> = None;
    // Since when it is visible on end, and the last instant at which it was, up to now.
    let mut visible_since: Option<Timestamp> = None;
    let mut last_visible = Timestamp::BEFORE_ALL;
    let mut is_visible = false;
    for change in changes.iter().take_while(|c| c.time < from) {
        if is_visible {
            last_visible = just_before(change.time);
        }
        is_visible = change.state == VisibilityState::Visible;
        match change.state {
            VisibilityState::Unknown => {}
            VisibilityState::Visible => {
                visible_since.get_or_insert(change.time);
            }
            VisibilityState::Lost => {
                let since = visible_since.take();
                if since.is_some_and(|since| change.time - since >= min_life) {
                    found = Some(last_visible);
                }
            }
        }
    }
    match visible_since {
        Some(since) if from - since >= min_life => Some(match is_visible {
            true => just_before(from),
            false => last_visible,
        }),
        _ => found,
    }
}

/// The first instant at which enough is known of a prefix, if it is visible then and is lost within
/// the hour.
fn seen_at_start(changes: &[VisibilityChange]) -> Option<Timestamp> {
    let mut known = changes
        .iter()
        .filter(|c| c.state != VisibilityState::Unknown);
    let first = known
        .next()
        .filter(|c| c.state == VisibilityState::Visible)?;
    let lost = known.find(|c| c.state == VisibilityState::Lost)?;
    (lost.time - first.time < SEEN_AT_START).then_some(first.time)
}

/// What is needed to infer members.
#[derive(Debug, Clone, Copy)]
pub(super) struct InferenceInputs<'a> {
    /// The vantage ASes.
    pub(super) vantages: &'a VantageSet,
    /// By peer: whether its withdrawals say that it had the route. Old routers withdraw what they
    /// never had.
    pub(super) infers: &'a [bool],
}

/// Whether a prefix, in a run without any RIB, was there before it was first known: where it first
/// reaches a known state with less than half seeing it, and at least half of those known, three at
/// the least, are vantage ASes whose first word about it was a withdrawal, within ten minutes of
/// each other; and some counted peer announces it elsewhere in the run.
pub(super) fn inferred(
    family: Family,
    visibility: &[VisibilityChange],
    changes: &[Change],
    inputs: InferenceInputs<'_>,
) -> Option<Membership> {
    let first_known = visibility
        .iter()
        .find(|c| c.state != VisibilityState::Unknown)
        .filter(|c| c.state == VisibilityState::Lost)?;
    let mut counted = vec![false; inputs.vantages.by_peer().len()];
    for activation in inputs.vantages.all_activations(family) {
        counted[activation.peer as usize] = true;
    }
    let is_message = |c: &&Change| matches!(c.cause, Cause::Announce | Cause::Withdraw);
    let messages = changes.iter().filter(is_message);
    let messages = messages.filter(|c| counted[c.peer as usize]);
    // By vantage AS: when it first said something of the prefix, and whether that took it back.
    let mut first_words: FxHashMap<u32, (Timestamp, bool)> = FxHashMap::default();
    let mut is_announced = false;
    for change in messages {
        let is_announcement = change.cause == Cause::Announce;
        is_announced |= is_announcement;
        if !is_announcement && !infers(inputs, change.peer) {
            continue;
        }
        let vantage = inputs.vantages.by_peer()[change.peer as usize];
        let word = (change.time, !is_announcement);
        let first = first_words.entry(vantage).or_insert(word);
        // Of what several peers of an AS say in one instant, an announcement goes before.
        first.1 &= first.0 != change.time || !is_announcement;
    }
    if !is_announced {
        return None;
    }
    let at = first_known.time;
    let withdrawals = first_words.values().filter(|w| w.1 && w.0 <= at);
    let mut times: Vec<Timestamp> = withdrawals.map(|w| w.0).collect();
    times.sort_unstable();
    let (first, count) = densest(&times)?;
    let is_half = count * 2 >= first_known.visibility.known as usize;
    (is_half && count >= LEAST_WITHDRAWALS).then_some(Membership {
        kind: BaselineKind::Inferred,
        at,
        is_current: false,
        uncertainty: at - first,
    })
}

fn infers(inputs: InferenceInputs<'_>, peer: PeerId) -> bool {
    inputs.infers.get(peer as usize).copied().unwrap_or(true)
}

/// The largest number of instants that lie within ten minutes of each other, and the first of
/// them; of several such sets the latest.
fn densest(times: &[Timestamp]) -> Option<(Timestamp, usize)> {
    let counts = times.iter().enumerate().map(|(i, &first)| {
        let within = times[i..].partition_point(|&t| t - first <= WITHDRAWN_WITHIN);
        (first, within)
    });
    counts.max_by_key(|&(first, count)| (count, first))
}
