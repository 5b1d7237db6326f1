//! `events` and `sensitivity` read back: what people would call one loss of an AS, a country or a
//! watch list, and how it looks under the other choices that a reviewer would ask for.

use super::batches::{BatchReader, read_all};
use super::reader::ReadError;
use crate::detect::{EndKind, Scope};
use crate::manifest::Manifest;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::time::{SECOND, Timestamp, Window};
use crate::tally::baseline::BaselineKind;
use crate::write::tables;
use std::cmp::Reverse;
use std::path::Path;

/// A row of `events`. Times are UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Its number, from 1.
    pub event: u32,
    /// What it is of: a country, an AS, or all that is watched where a run has neither.
    pub scope: Scope,
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

    /// Whole seconds from its start to its end.
    pub(crate) const fn duration_s(&self) -> i64 {
        (self.end.0 - self.start.0).div_euclid(SECOND)
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

/// The events, by number.
pub(super) fn read(dir: &Path, manifest: &Manifest) -> Result<Vec<EventView>, ReadError> {
    read_all(dir, manifest, &tables::events::TABLE, event)
}

/// The rows of `sensitivity`.
pub(super) fn read_sensitivity(
    dir: &Path,
    manifest: &Manifest,
) -> Result<Vec<SensitivityView>, ReadError> {
    read_all(dir, manifest, &tables::sensitivity::TABLE, |r, row| {
        let start = r.time("start", row);
        let lost = r.int("prefixes_lost_max", row);
        SensitivityView {
            event: r.count("event", row),
            choice: r.string("choice", row),
            start,
            end: r.time("end", row),
            end_kind: start.map(|_| end_kind(r, row)),
            prefixes_lost_max: lost.and_then(|n| u32::try_from(n).ok()),
            start_offset_s: r.int("start_offset_s", row),
            end_offset_s: r.int("end_offset_s", row),
        }
    })
}

fn event(r: &BatchReader, row: usize) -> EventView {
    let time = |name| r.time(name, row);
    let count = |name| r.int(name, row).and_then(|n| u64::try_from(n).ok());
    let names = |name: &str| -> Vec<Asn> {
        let names = r.texts(name, row);
        let numbers = names.iter().filter_map(|name| name.strip_prefix("AS"));
        numbers.filter_map(|number| number.parse().ok()).collect()
    };
    let start = time("start").unwrap_or(Timestamp(0));
    EventView {
        event: r.count("event", row),
        scope: scope(r, row),
        entity: r.string("entity", row),
        name: r.string("name", row),
        families: r.families("families", row),
        start,
        end: time("end").unwrap_or(start),
        end_kind: end_kind(r, row),
        start_uncertainty_s: r.int("start_uncertainty_s", row),
        end_uncertainty_s: r.int("end_uncertainty_s", row),
        baseline: baseline(r, row),
        prefixes_baseline: r.count("prefixes_baseline", row),
        prefixes_lost_max: r.count("prefixes_lost_max", row),
        worst_at: time("worst_at").unwrap_or(start),
        down_from: time("down_from"),
        down_to: time("down_to"),
        half_back_at: time("half_back_at"),
        last_back_at: time("last_back_at"),
        still_lost: r.count("still_lost", row),
        prefix_seconds_lost: r.count("prefix_seconds_lost", row),
        prefix_seconds_lost_before: r.count("prefix_seconds_lost_before", row),
        units_none_max: count("units_none_max"),
        units_covered_max: count("units_covered_max"),
        first_lost: names("first_lost"),
        last_lost: names("last_lost"),
        common_as: r.int("common_as", row).and_then(|n| Asn::try_from(n).ok()),
        upstreams_before: r.asns("upstreams_before", row),
        upstreams_during: r.asns("upstreams_during", row),
        upstreams_after: r.asns("upstreams_after", row),
        other_origins: r.asns("other_origins", row),
        collectors: r.texts("collectors", row),
        prefixes: {
            let prefixes = r.texts("prefixes", row);
            prefixes.iter().filter_map(|p| p.parse().ok()).collect()
        },
    }
}

/// What a row of a table is about.
pub(super) fn scope(r: &BatchReader, row: usize) -> Scope {
    match &*r.text("scope", row) {
        "country" => Scope::Country,
        "asn" => Scope::Asn,
        "watch" => Scope::Watch,
        _ => Scope::Prefix,
    }
}

/// How an event or outage ends; an unreadable cell claims least.
pub(super) fn end_kind(r: &BatchReader, row: usize) -> EndKind {
    match &*r.text("end_kind", row) {
        "back" => EndKind::Back,
        "window" => EndKind::Window,
        _ => EndKind::Unknown,
    }
}

/// What the members of an event or outage rest on; nothing where there is none.
pub(super) fn baseline(r: &BatchReader, row: usize) -> Option<BaselineKind> {
    match &*r.text("baseline", row) {
        "measured" => Some(BaselineKind::Measured),
        "inferred" => Some(BaselineKind::Inferred),
        "chosen" => Some(BaselineKind::Chosen),
        _ => None,
    }
}
