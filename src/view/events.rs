//! `events` and `sensitivity` read back: what people would call one loss of an AS, a country or a
//! watch list, and how it looks under the other choices that a reviewer would ask for.

use crate::model::net::{Asn, Family, Prefix};
use crate::model::time::{Timestamp, Window};
use std::cmp::Reverse;

/// What an event is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventScope {
    /// All members of the study's country.
    Country,
    /// The members of an origin AS.
    Asn,
    /// All members of a watch list that has neither country nor AS.
    Watch,
}

impl EventScope {
    /// As the table writes it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Asn => "asn",
            Self::Watch => "watch",
        }
    }
}

/// How an event or an outage ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndKind {
    /// It was seen to end.
    Back,
    /// It was known to last when the window ended.
    Window,
    /// Nothing is known from its end on: it lasted at least so long.
    Unknown,
}

impl EndKind {
    /// Reads what the tables write; an empty cell claims least.
    pub(super) fn parse(label: &str) -> Self {
        match label {
            "back" => Self::Back,
            "window" => Self::Window,
            _ => Self::Unknown,
        }
    }

    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::Window => "window",
            Self::Unknown => "unknown",
        }
    }
}

/// What the members that a loss is measured by rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BaselineKind {
    /// They were visible at the window's first instant, or before.
    Measured,
    /// Their withdrawals, in a run without a RIB, show that they had been there.
    Inferred,
    /// They were visible at the instant of `--baseline-at`.
    Chosen,
}

impl BaselineKind {
    /// Reads what the tables write; nothing for an empty cell, which is that of no member.
    pub(super) fn parse(label: &str) -> Option<Self> {
        match label {
            "measured" => Some(Self::Measured),
            "inferred" => Some(Self::Inferred),
            "chosen" => Some(Self::Chosen),
            _ => None,
        }
    }

    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Inferred => "inferred",
            Self::Chosen => "chosen",
        }
    }
}

/// A row of `events`. Times are UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Its number, from 1.
    pub event: u32,
    /// What it is of.
    pub scope: EventScope,
    /// Which one, without a family: `AS131279`, `KP`, `watch`.
    pub entity: String,
    /// The entity's name for people; may be empty.
    pub name: String,
    /// The families in which at least 10 % of the members were lost.
    pub families: Vec<Family>,
    /// When 10 % of a family's members were lost; may lie before the window.
    pub start: Timestamp,
    /// When fewer were, or from when on nothing is known, or the window's end.
    pub end: Timestamp,
    /// Which of these.
    pub end_kind: EndKind,
    /// By how many seconds it may have begun earlier.
    pub start_uncertainty_s: Option<i64>,
    /// By how many seconds it may have ended earlier.
    pub end_uncertainty_s: Option<i64>,
    /// What its members rest on.
    pub baseline: Option<BaselineKind>,
    /// All members, of both families.
    pub prefixes_baseline: u32,
    /// The most members that were lost at once.
    pub prefixes_lost_max: u32,
    /// The first instant at which so many were.
    pub worst_at: Timestamp,
    /// The first instant at which more than half of the members were lost.
    pub down_from: Option<Timestamp>,
    /// When that ceased.
    pub down_to: Option<Timestamp>,
    /// When half of `prefixes_lost_max` were visible again.
    pub half_back_at: Option<Timestamp>,
    /// When the last of the event's members was visible again; nothing while one is gone.
    pub last_back_at: Option<Timestamp>,
    /// Members still lost at the event's end, or at the window's.
    pub still_lost: u32,
    /// Seconds of known loss within the window, summed over the members.
    pub prefix_seconds_lost: u64,
    /// The same before the window.
    pub prefix_seconds_lost_before: u64,
    /// The most units (/24s, IPv6: /48s) without a route at once; nothing where that is unknown.
    pub units_none_max: Option<u64>,
    /// The most units that only less specific routes reached.
    pub units_covered_max: Option<u64>,
    /// The vantage ASes that lost any of its prefixes first.
    pub first_lost: Vec<Asn>,
    /// Those that did so last.
    pub last_lost: Vec<Asn>,
    /// The AS nearest the origin that the lost paths share.
    pub common_as: Option<Asn>,
    /// ASes next to the origin before the loss.
    pub upstreams_before: Vec<Asn>,
    /// The same while it lasted.
    pub upstreams_during: Vec<Asn>,
    /// The same once it was over.
    pub upstreams_after: Vec<Asn>,
    /// Origins of the prefixes while lost or when back that are not the members' own.
    pub other_origins: Vec<Asn>,
    /// The collectors whose own peers saw it.
    pub collectors: Vec<String>,
    /// Every prefix that was lost in it.
    pub prefixes: Vec<Prefix>,
}

impl EventView {
    /// What orders events by size: the known loss before and within the window.
    pub(crate) const fn loss_s(&self) -> u64 {
        self.prefix_seconds_lost + self.prefix_seconds_lost_before
    }

    /// Whether it had begun before the window did.
    pub(crate) fn began_before(&self, window: Window) -> bool {
        self.start < window.from
    }

    /// Whether two events share time.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Events by size, the largest first: by prefix-seconds lost; of equal ones by number.
pub fn ranked(events: &[EventView]) -> Vec<&EventView> {
    let mut ranked: Vec<&EventView> = events.iter().collect();
    ranked.sort_by_key(|event| (Reverse(event.loss_s()), event.event));
    ranked
}

/// A row of `sensitivity`: an event under another choice of peers or thresholds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SensitivityView {
    /// The event's number.
    pub event: u32,
    /// The choice, as the table names it.
    pub choice: String,
    /// When it begins under that choice; nothing where it does not exist.
    pub start: Option<Timestamp>,
    /// When it ends under that choice.
    pub end: Option<Timestamp>,
    /// How it ends under that choice.
    pub end_kind: Option<EndKind>,
    /// The most members that are lost at once under that choice.
    pub prefixes_lost_max: Option<u32>,
    /// Seconds from the event's start to that start; negative where it begins earlier.
    pub start_offset_s: Option<i64>,
    /// Seconds from the event's end to that end.
    pub end_offset_s: Option<i64>,
}
