//! Outages with what each took and how each collector saw it, and the stages of losses.

use super::columns::{self, Reader};
use crate::detect::Scope;
use crate::model::net::Asn;
use crate::model::time::{Timestamp, Window};
use crate::study::manifest::Manifest;
use crate::write::back::ReadError;
use crate::write::{outages as tables, stages as stage_table};
use rustc_hash::FxHashMap;
use std::path::Path;

/// A row of `outages`, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Country, AS or prefix.
    pub scope: Scope,
    /// Which, as the table has it.
    pub entity: String,
    /// When visibility fell below one half; the window's start where that was before.
    pub start: Timestamp,
    /// When it was back; the window's end where it was not.
    pub end: Timestamp,
    /// Whole seconds in between.
    pub duration_s: i64,
    /// By so many seconds it may have begun earlier; nothing where it began before the window.
    pub start_uncertainty_s: Option<i64>,
    /// By so many seconds it may have ended earlier; nothing where it did not end.
    pub end_uncertainty_s: Option<i64>,
    /// 1 − the lowest visibility, in ten-thousandths.
    pub depth: u32,
    /// The same as if stuck peers were not counted.
    pub depth_without_stuck: u32,
    /// What was lost first: vantage ASNs of a prefix, prefixes of an AS or country.
    pub first_lost: String,
    /// What was lost last.
    pub last_lost: String,
    /// ASes next to the origin while all was well.
    pub upstreams_before: Vec<Asn>,
    /// The same once all was well again; none where it was not back.
    pub upstreams_after: Vec<Asn>,
    /// Peers that kept the route unchanged.
    pub stuck: Vec<Asn>,
    /// Whether the window cuts it: see [`Outage::began_before`] and [`Outage::is_ongoing`].
    pub is_truncated: bool,
    /// The AS nearest the origin that all lost paths share and no surviving one has.
    pub died_at: Option<Asn>,
    /// Different ASes next to the vantage ASes on the lost paths.
    pub lost_first_hops: u32,
    /// Lowest share of the baseline's units that some route still reached, in ten-thousandths; of
    /// an AS or country.
    pub reachable: Option<u32>,
    /// What it took, in the order in which that was lost.
    pub losses: Vec<Loss>,
    /// What each collector saw of it.
    pub seen_at: Vec<SeenAt>,
}

impl Outage {
    /// Whether it began before the window.
    pub const fn began_before(&self) -> bool {
        self.start_uncertainty_s.is_none()
    }

    /// Whether it had not ended when the window did.
    pub fn is_ongoing(&self, window: Window) -> bool {
        self.is_truncated && self.end == window.to
    }
}

/// A row of `losses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// 1 for what was lost first; the same for the same instant.
    pub position: u32,
    /// A vantage ASN of a prefix' outage, a prefix of an AS' or country's.
    pub lost: String,
    /// When.
    pub lost_at: Timestamp,
    /// When it was back; nothing where it was not.
    pub back_at: Option<Timestamp>,
    /// Of a vantage AS: the last path before; several are separated by a bar.
    pub last_path: String,
}

/// A row of `outage_collectors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAt {
    /// The collector.
    pub collector: String,
    /// Its own counted vantage ASes.
    pub peer_asns: u32,
    /// When fewer than half of them saw it; nothing where it did not see the outage.
    pub lost_at: Option<Timestamp>,
    /// When half of them saw it again.
    pub back_at: Option<Timestamp>,
}

/// A row of `stages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Country, AS or prefix.
    pub scope: Scope,
    /// Which.
    pub entity: String,
    /// `churn`, `partial_by_peer`, `partial_by_prefix`, `total` or `return`.
    pub stage: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended, or the window.
    pub end: Timestamp,
    /// The most prefixes of the baseline that were lost at once.
    pub prefixes_lost: u32,
}

pub(super) fn outages(dir: &Path, manifest: &Manifest) -> Result<Vec<Outage>, ReadError> {
    let mut outages = columns::all(dir, manifest, &tables::SCHEMA, outage)?;
    let key = |scope: Scope, entity: &str, start: Timestamp| (scope, entity.to_owned(), start);
    let numbered = outages.iter().enumerate();
    let places: FxHashMap<_, usize> = numbered
        .map(|(at, o)| (key(o.scope, &o.entity, o.start), at))
        .collect();
    let of = |reader: &Reader, row: usize| {
        let key = key(
            scope(reader, row),
            &reader.text("entity", row),
            time(reader, "start", row),
        );
        places.get(&key).copied()
    };
    let losses = columns::all(dir, manifest, &tables::LOSSES, |r, row| {
        (of(r, row), loss(r, row))
    });
    for (place, loss) in losses? {
        if let Some(outage) = place.and_then(|at| outages.get_mut(at)) {
            outage.losses.push(loss);
        }
    }
    let seen = columns::all(dir, manifest, &tables::COLLECTORS, |r, row| {
        (of(r, row), seen_at(r, row))
    });
    for (place, seen) in seen? {
        if let Some(outage) = place.and_then(|at| outages.get_mut(at)) {
            outage.seen_at.push(seen);
        }
    }
    Ok(outages)
}

pub(super) fn stages(dir: &Path, manifest: &Manifest) -> Result<Vec<Stage>, ReadError> {
    columns::all(dir, manifest, &stage_table::SCHEMA, |r, row| Stage {
        scope: scope(r, row),
        entity: r.string("entity", row),
        stage: r.string("stage", row),
        start: time(r, "start", row),
        end: time(r, "end", row),
        prefixes_lost: r.count("prefixes_lost", row),
    })
}

fn scope(reader: &Reader, row: usize) -> Scope {
    match &*reader.text("scope", row) {
        "country" => Scope::Country,
        "asn" => Scope::Asn,
        _ => Scope::Prefix,
    }
}

fn time(reader: &Reader, name: &str, row: usize) -> Timestamp {
    reader.time(name, row).unwrap_or(Timestamp(0))
}

fn outage(r: &Reader, row: usize) -> Outage {
    let asn = |name| r.int(name, row).and_then(|n| Asn::try_from(n).ok());
    Outage {
        scope: scope(r, row),
        entity: r.string("entity", row),
        start: time(r, "start", row),
        end: time(r, "end", row),
        duration_s: r.count("duration_s", row),
        start_uncertainty_s: r.int("start_uncertainty_s", row),
        end_uncertainty_s: r.int("end_uncertainty_s", row),
        depth: r.ratio("depth", row).unwrap_or(0),
        depth_without_stuck: r.ratio("depth_without_stuck", row).unwrap_or(0),
        first_lost: r.string("first_lost", row),
        last_lost: r.string("last_lost", row),
        upstreams_before: r.asns("upstreams_before", row),
        upstreams_after: r.asns("upstreams_after", row),
        stuck: r.asns("stuck_peers", row),
        is_truncated: r.is_true("truncated_by_window", row),
        died_at: asn("died_at"),
        lost_first_hops: r.count("lost_first_hops", row),
        reachable: r.ratio("reachable", row),
        losses: Vec::new(),
        seen_at: Vec::new(),
    }
}

fn loss(r: &Reader, row: usize) -> Loss {
    Loss {
        position: r.count("position", row),
        lost: r.string("lost", row),
        lost_at: time(r, "lost_at", row),
        back_at: r.time("back_at", row),
        last_path: r.string("last_path", row),
    }
}

fn seen_at(r: &Reader, row: usize) -> SeenAt {
    SeenAt {
        collector: r.string("collector", row),
        peer_asns: r.count("peer_asns", row),
        lost_at: r.time("lost_at", row),
        back_at: r.time("back_at", row),
    }
}
