//! `outages`: a row per outage of a country, an AS or a prefix; `losses`: what each of them took, in
//! order; `outage_collectors`: what each collector saw of it.

use super::part::WriteError;
use super::table::{Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::detect::OutageReport;
use crate::detect::groups::EntityOutage;
use crate::detect::loss::{self, LostEntity};
use crate::model::net::Asn;
use crate::model::time::{SECOND, Timestamp};

const SCOPE: Column = col("scope", Kind::Text, "country, asn or prefix");
const ENTITY: Column = col("entity", Kind::Text, "Which");

/// See the columns.
pub const SCHEMA: Schema = Schema {
    name: "outages",
    doc: "Stretches of time in which fewer than half could be seen",
    key: &["scope", "entity", "start"],
    columns: &[
        SCOPE,
        ENTITY,
        col(
            "start",
            Kind::Time,
            "When visibility fell below one half, UTC; the window's start where that was before",
        ),
        col(
            "end",
            Kind::Time,
            "When it was back; the window's end where it was not",
        ),
        col("duration_s", Kind::Int, "Whole seconds in between"),
        col(
            "start_uncertainty_s",
            Kind::Int,
            "By so many seconds it may have begun earlier: what was lost was unknown before, or only a RIB told; empty where it began before the window",
        ),
        col("depth", Kind::Ratio, "1 − the lowest visibility"),
        col(
            "first_lost",
            Kind::Text,
            "What was lost first: vantage ASNs of a prefix, prefixes of an AS or country",
        ),
        col("last_lost", Kind::Text, "What was lost last"),
        col(
            "upstreams_before",
            Kind::Text,
            "ASes next to the origin while all was still well, of what was lost",
        ),
        col(
            "upstreams_after",
            Kind::Text,
            "The same once all was well again; empty where it was not back",
        ),
        col(
            "stuck_peers",
            Kind::Text,
            "ASNs of peers that kept the route unchanged for more than 90 minutes while over 90 % had lost it",
        ),
        col(
            "truncated_by_window",
            Kind::Text,
            "true where it began before the window or did not end in it",
        ),
        col(
            "end_uncertainty_s",
            Kind::Int,
            "By so many seconds it may have ended earlier; empty where it did not end",
        ),
        col(
            "depth_without_stuck",
            Kind::Ratio,
            "The depth as if stuck peers were not counted",
        ),
        col(
            "died_at",
            Kind::Int,
            "The AS nearest the origin, itself left aside, that all lost paths share and no surviving one has",
        ),
        col(
            "lost_first_hops",
            Kind::Int,
            "Different ASes next to the vantage ASes on the lost paths: so many independent voices",
        ),
        col(
            "reachable",
            Kind::Ratio,
            "Lowest share, at the minutes' ends, of the baseline's units that some route still reached, covering ones included; of an AS or country",
        ),
    ],
};

/// See the columns.
pub const LOSSES: Schema = Schema {
    name: "losses",
    doc: "What each outage took, in the order in which it was lost",
    key: &["scope", "entity", "start", "lost"],
    columns: &[
        SCOPE,
        ENTITY,
        col("start", Kind::Time, "The outage's start, UTC"),
        col(
            "position",
            Kind::Int,
            "1 for what was lost first; the same for the same instant",
        ),
        col(
            "lost",
            Kind::Text,
            "A vantage ASN of a prefix, a prefix of an AS or country",
        ),
        col(
            "lost_at",
            Kind::Time,
            "When it was lost; the first time, where it flapped",
        ),
        col(
            "back_at",
            Kind::Time,
            "When it was back; empty where it was not",
        ),
        col(
            "last_path",
            Kind::Text,
            "Of a vantage AS: the last path of its peers before the loss; several are separated by a bar",
        ),
    ],
};

/// See the columns.
pub const COLLECTORS: Schema = Schema {
    name: "outage_collectors",
    doc: "What each collector saw of an outage by its own peers",
    key: &["scope", "entity", "start", "collector"],
    columns: &[
        SCOPE,
        ENTITY,
        col("start", Kind::Time, "The outage's start, UTC"),
        col("collector", Kind::Text, "The collector"),
        col("peer_asns", Kind::Int, "Its own counted vantage ASes"),
        col(
            "lost_at",
            Kind::Time,
            "When fewer than half of its own known vantage ASes saw it; empty where it did not see the outage",
        ),
        col(
            "lost_offset_s",
            Kind::Int,
            "Seconds from the outage's start to that",
        ),
        col("back_at", Kind::Time, "When half of them saw it again"),
        col(
            "back_offset_s",
            Kind::Int,
            "Seconds from the outage's end to that",
        ),
    ],
};

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

/// Whole seconds, rounded up: an uncertainty is never less than it is.
const fn seconds_up(micros: i64) -> i64 {
    (micros + SECOND - 1).div_euclid(SECOND)
}

fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    items.join(" ")
}

pub(super) fn write(writer: &mut TableWriter, findings: &Findings<'_>) -> Result<(), WriteError> {
    let rows = &findings.outages;
    let reports = || rows.iter().map(|row| &row.report);
    let outages = || reports().map(|s| &s.outage);
    let stuck = |report: &OutageReport| {
        let asn = |&peer: &u32| findings.answer.peers[peer as usize].peer.session.asn;
        let mut asns: Vec<Asn> = report.stuck_peers.iter().map(asn).collect();
        asns.sort_unstable();
        asns.dedup();
        list(asns)
    };
    let independent =
        |s: &OutageReport| i64::try_from(s.lost_paths.first_hops.len()).unwrap_or(i64::MAX);
    writer.write(vec![
        texts(rows.iter().map(|row| Some(row.scope.label()))),
        texts(rows.iter().map(|row| Some(&row.entity))),
        Cells::Time(outages().map(|o| Some(o.start.0)).collect()),
        Cells::Time(outages().map(|o| Some(o.end.0)).collect()),
        Cells::Int(
            outages()
                .map(|o| Some((o.end.0 - o.start.0) / SECOND))
                .collect(),
        ),
        Cells::Int(
            outages()
                .map(|o| o.start_uncertainty.map(seconds_up))
                .collect(),
        ),
        Cells::Ratio(outages().map(|o| Some(o.depth)).collect()),
        texts(reports().map(|s| Some(list(loss::first(&s.losses))))),
        texts(reports().map(|s| Some(list(loss::last(&s.losses))))),
        texts(reports().map(|s| Some(list(&s.upstreams_before)))),
        texts(reports().map(|s| Some(list(&s.upstreams_after)))),
        texts(reports().map(|s| Some(stuck(s)))),
        texts(outages().map(|o| Some(o.truncated))),
        Cells::Int(
            outages()
                .map(|o| o.end_uncertainty.map(seconds_up))
                .collect(),
        ),
        Cells::Ratio(reports().map(|s| Some(s.depth_without_stuck)).collect()),
        Cells::Int(
            reports()
                .map(|s| s.lost_paths.common_as.map(i64::from))
                .collect(),
        ),
        Cells::Int(reports().map(|s| Some(independent(s))).collect()),
        Cells::Ratio(rows.iter().map(|row| row.reachable).collect()),
    ])
}

pub(super) fn write_losses(
    writer: &mut TableWriter,
    findings: &Findings<'_>,
) -> Result<(), WriteError> {
    let answer = findings.answer;
    let rows = || {
        let of = |row: &EntityOutage| {
            let mut position = 0;
            let mut before = None;
            let losses = row.report.losses.iter().enumerate();
            let numbered = losses.map(|(i, loss)| {
                if before != Some(loss.lost_at) {
                    position = i as i64 + 1;
                    before = Some(loss.lost_at);
                }
                (position, loss.clone())
            });
            numbered.collect::<Vec<_>>()
        };
        findings
            .outages
            .iter()
            .flat_map(move |row| of(row).into_iter().map(move |(n, loss)| (row, n, loss)))
    };
    // One path per peer of the vantage AS; a group's report has those of all its prefixes.
    let last_paths = |row: &EntityOutage, lost: LostEntity| {
        let LostEntity::Vantage(asn) = lost else {
            return String::new();
        };
        let mut paths: Vec<String> = row
            .report
            .lost_paths
            .last_paths
            .iter()
            .filter(|(peer, _)| answer.peers[*peer as usize].peer.session.asn == asn)
            .map(|(_, path)| answer.paths[*path as usize].to_string())
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths.join(" | ")
    };
    writer.write(vec![
        texts(rows().map(|(row, _, _)| Some(row.scope.label()))),
        texts(rows().map(|(row, _, _)| Some(&row.entity))),
        Cells::Time(
            rows()
                .map(|(row, _, _)| Some(row.report.outage.start.0))
                .collect(),
        ),
        Cells::Int(rows().map(|(_, n, _)| Some(n)).collect()),
        texts(rows().map(|(_, _, loss)| Some(loss.entity))),
        Cells::Time(rows().map(|(_, _, loss)| Some(loss.lost_at.0)).collect()),
        Cells::Time(
            rows()
                .map(|(_, _, loss)| loss.back_at.map(|t| t.0))
                .collect(),
        ),
        texts(rows().map(|(row, _, loss)| Some(last_paths(row, loss.entity)))),
    ])
}

pub(super) fn write_collectors(
    writer: &mut TableWriter,
    findings: &Findings<'_>,
) -> Result<(), WriteError> {
    let rows = || {
        let outages = findings.outages.iter();
        outages.flat_map(|row| row.report.collectors.iter().map(move |view| (row, view)))
    };
    let name = |collector: u32| {
        findings.answer.collectors[collector as usize]
            .collector
            .name()
    };
    let offset =
        |at: Option<Timestamp>, from: Timestamp| at.map(|at| (at.0 - from.0).div_euclid(SECOND));
    writer.write(vec![
        texts(rows().map(|(row, _)| Some(row.scope.label()))),
        texts(rows().map(|(row, _)| Some(&row.entity))),
        Cells::Time(
            rows()
                .map(|(row, _)| Some(row.report.outage.start.0))
                .collect(),
        ),
        texts(rows().map(|(_, view)| Some(name(view.collector)))),
        Cells::counts(rows().map(|(_, view)| view.vantages)),
        Cells::Time(rows().map(|(_, view)| view.lost_at.map(|t| t.0)).collect()),
        Cells::Int(
            rows()
                .map(|(row, view)| offset(view.lost_at, row.report.outage.start))
                .collect(),
        ),
        Cells::Time(rows().map(|(_, view)| view.back_at.map(|t| t.0)).collect()),
        Cells::Int(
            rows()
                .map(|(row, view)| offset(view.back_at, row.report.outage.end))
                .collect(),
        ),
    ])
}
