//! `outages`, `losses`, `outage_collectors` and `stages` read back.

use super::batches::{BatchReader, read_all};
use super::events::{baseline, end_kind, scope};
use super::reader::ReadError;
use crate::detect::{EndKind, Scope};
use crate::manifest::Manifest;
use crate::model::net::{Asn, Family};
use crate::model::time::{Timestamp, Window};
use crate::tally::baseline::BaselineKind;
use crate::write::tables;
use rustc_hash::FxHashMap;
use std::path::Path;

/// A row of `outages`, with its rows of `losses` and `outage_collectors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageView {
    /// The number of the event that it is part of; `None` where it is part of none.
    pub event: Option<u32>,
    /// Whether it is of a country, an AS or a prefix.
    pub scope: Scope,
    /// The country, AS or prefix, as the table names it, without a family.
    pub entity: String,
    /// Its address family.
    pub family: Family,
    /// When visibility fell below one half; may lie before the window.
    pub start: Timestamp,
    /// When it was back, or from when on nothing is known, or the window's end.
    pub end: Timestamp,
    /// Which of these.
    pub end_kind: EndKind,
    /// Whole seconds from start to end.
    pub duration_s: i64,
    /// Seconds of these in which it was known to be lost.
    pub down_s: i64,
    /// By how many seconds it may have begun earlier.
    pub start_uncertainty_s: Option<i64>,
    /// By how many seconds it may have ended earlier; `None` where it was not seen to end.
    pub end_uncertainty_s: Option<i64>,
    /// What its members rest on; `None` for a prefix that is no member.
    pub baseline: Option<BaselineKind>,
    /// 1 − the lowest visibility, in ten-thousandths.
    pub depth: u32,
    /// The depth without stuck peers, in ten-thousandths.
    pub depth_without_stuck: u32,
    /// What was lost first: vantage ASes of a prefix (`AS17557`), prefixes of an AS or country.
    pub first_lost: Vec<String>,
    /// What was lost last.
    pub last_lost: Vec<String>,
    /// ASes next to the origin before the first loss.
    pub upstreams_before: Vec<Asn>,
    /// ASes next to the origin once it was back; empty where it was not.
    pub upstreams_after: Vec<Asn>,
    /// Peers that kept the route unchanged.
    pub stuck: Vec<Asn>,
    /// Origins while it was lost or when it was back that are not its own.
    pub other_origins: Vec<Asn>,
    /// Whose routes it had at the end of the minute before; only of a prefix' outage of no event.
    pub origins_before: Vec<Asn>,
    /// Whose routes it had at the end of the minute of its return; only where it has other origins.
    pub origins_back: Vec<Asn>,
    /// The AS nearest the origin that nearly all lost paths share and hardly a surviving one has.
    pub common_as: Option<Asn>,
    /// Different ASes next to the vantage ASes on the lost paths.
    pub lost_first_hops: u32,
    /// Share of the baseline's units that some route still reached when it was deepest, in
    /// ten-thousandths.
    pub reachable: Option<u32>,
    /// What was lost, in the order in which it was lost.
    pub losses: Vec<LossView>,
    /// The outage as each collector's own peers saw it.
    pub collectors: Vec<OutageAtCollector>,
}

impl OutageView {
    /// Whether it had begun before the window did.
    pub(crate) fn began_before(&self, window: Window) -> bool {
        self.start < window.from
    }

    /// Whether it was visible again by routes of other origins than its own, and by no others.
    pub(crate) fn is_back_by_others(&self) -> bool {
        let mut back = self.origins_back.iter();
        !self.origins_back.is_empty() && back.all(|asn| self.other_origins.contains(asn))
    }
}

/// A row of `losses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossView {
    /// 1 for what was lost first; equal for what was lost at the same instant.
    pub position: u32,
    /// A vantage ASN of a prefix's outage, a prefix of an AS's or a country's.
    pub lost: String,
    /// When it was lost, for the first time if more than once.
    pub lost_at: Timestamp,
    /// When it was back; `None` where it was not.
    pub back_at: Option<Timestamp>,
    /// The last path of a vantage AS before the loss; several are separated by a bar.
    pub last_path: String,
}

/// A row of `outage_collectors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageAtCollector {
    /// Name of the collector, such as `rrc00`.
    pub collector: String,
    /// Its own counted vantage ASes.
    pub peer_asns: u32,
    /// When fewer than half of them saw the entity; `None` where they did not see the outage.
    pub lost_at: Option<Timestamp>,
    /// When half of them saw it again.
    pub back_at: Option<Timestamp>,
}

/// A row of `stages`: a phase of a loss or a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageView {
    /// Whether it is of a country, an AS or a prefix.
    pub scope: Scope,
    /// The country, AS or prefix, as the table names it, without a family.
    pub entity: String,
    /// Its address family.
    pub family: Family,
    /// `churn`, `partial_by_peer`, `partial_by_prefix`, `total` or `return`.
    pub stage: String,
    /// When the phase began.
    pub start: Timestamp,
    /// When it ended, or the window's end.
    pub end: Timestamp,
    /// The most prefixes of the baseline that were lost at once.
    pub prefixes_lost: u32,
}

pub(super) fn read(dir: &Path, manifest: &Manifest) -> Result<Vec<OutageView>, ReadError> {
    let mut found = read_all(dir, manifest, &tables::outages::TABLE, outage)?;
    let numbered = found.iter().enumerate();
    let indices: FxHashMap<_, usize> = numbered
        .map(|(index, o)| ((o.scope, o.entity.clone(), o.family, o.start), index))
        .collect();
    let outage_of = |reader: &BatchReader, row: usize| {
        let key = (
            scope(reader, row),
            reader.string("entity", row),
            reader.family("family", row),
            time(reader, "start", row),
        );
        indices.get(&key).copied()
    };
    let losses = read_all(dir, manifest, &tables::losses::TABLE, |r, row| {
        (outage_of(r, row), loss(r, row))
    });
    for (index, loss) in losses? {
        if let Some(outage) = index.and_then(|i| found.get_mut(i)) {
            outage.losses.push(loss);
        }
    }
    let collectors = read_all(
        dir,
        manifest,
        &tables::outage_collectors::TABLE,
        |r, row| (outage_of(r, row), at_collector(r, row)),
    );
    for (index, at_collector) in collectors? {
        if let Some(outage) = index.and_then(|i| found.get_mut(i)) {
            outage.collectors.push(at_collector);
        }
    }
    Ok(found)
}

pub(super) fn read_stages(dir: &Path, manifest: &Manifest) -> Result<Vec<StageView>, ReadError> {
    read_all(dir, manifest, &tables::stages::TABLE, |r, row| StageView {
        scope: scope(r, row),
        entity: r.string("entity", row),
        family: r.family("family", row),
        stage: r.string("stage", row),
        start: time(r, "start", row),
        end: time(r, "end", row),
        prefixes_lost: r.count("prefixes_lost", row),
    })
}

fn time(reader: &BatchReader, name: &str, row: usize) -> Timestamp {
    reader.time(name, row).unwrap_or(Timestamp(0))
}

fn outage(r: &BatchReader, row: usize) -> OutageView {
    let asn = |name| r.int(name, row).and_then(|n| Asn::try_from(n).ok());
    OutageView {
        event: r.int("event", row).and_then(|n| u32::try_from(n).ok()),
        scope: scope(r, row),
        entity: r.string("entity", row),
        family: r.family("family", row),
        start: time(r, "start", row),
        end: time(r, "end", row),
        end_kind: end_kind(r, row),
        duration_s: r.count("duration_s", row),
        down_s: r.count("down_s", row),
        start_uncertainty_s: r.int("start_uncertainty_s", row),
        end_uncertainty_s: r.int("end_uncertainty_s", row),
        baseline: baseline(r, row),
        depth: r.ratio("depth", row).unwrap_or(0),
        depth_without_stuck: r.ratio("depth_without_stuck", row).unwrap_or(0),
        first_lost: r.texts("first_lost", row),
        last_lost: r.texts("last_lost", row),
        upstreams_before: r.asns("upstreams_before", row),
        upstreams_after: r.asns("upstreams_after", row),
        stuck: r.asns("stuck_peers", row),
        other_origins: r.asns("other_origins", row),
        origins_before: Vec::new(),
        origins_back: Vec::new(),
        common_as: asn("common_as"),
        lost_first_hops: r.count("lost_first_hops", row),
        reachable: r.ratio("reachable", row),
        losses: Vec::new(),
        collectors: Vec::new(),
    }
}

fn loss(r: &BatchReader, row: usize) -> LossView {
    LossView {
        position: r.count("position", row),
        lost: r.string("lost", row),
        lost_at: time(r, "lost_at", row),
        back_at: r.time("back_at", row),
        last_path: r.string("last_path", row),
    }
}

fn at_collector(r: &BatchReader, row: usize) -> OutageAtCollector {
    OutageAtCollector {
        collector: r.string("collector", row),
        peer_asns: r.count("peer_asns", row),
        lost_at: r.time("lost_at", row),
        back_at: r.time("back_at", row),
    }
}
