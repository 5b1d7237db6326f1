//! `outages`: a row per outage of a country, an AS or a prefix.

use super::outage_columns::{
    BASELINE, COMMON_AS, END_KIND, ENTITY, FAMILY, OTHER_ORIGINS, SCOPE, seconds_up,
};
use super::prelude::*;
use crate::detect::OutageReport;
use crate::detect::loss;
use crate::model::net::Asn;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "outages",
    doc: "Outages of countries, ASes and prefixes: times in which visibility was below one half",
    key: &["scope", "entity", "family", "start"],
    columns: &[
        column(
            "event",
            Kind::Int,
            "The event that it belongs to, as in the table events: of a prefix that of its AS before one of its country; empty where it is part of none",
        ),
        SCOPE,
        ENTITY,
        FAMILY,
        column(
            "start",
            Kind::Time,
            "When visibility fell below one half, UTC; that may be before the window",
        ),
        column(
            "end",
            Kind::Time,
            "When visibility was back; where it was not, the window's end or the last instant of which something is known (end_kind)",
        ),
        END_KIND,
        column("duration_s", Kind::Int, "Whole seconds from start to end"),
        column(
            "down_s",
            Kind::Int,
            "Whole seconds of these that are known; the rest is unknown",
        ),
        column(
            "start_uncertainty_s",
            Kind::Int,
            "Seconds by which it may have begun earlier, as what was lost had been unknown before or only a RIB showed the loss",
        ),
        column(
            "end_uncertainty_s",
            Kind::Int,
            "Seconds by which it may have ended earlier; empty where it was not seen back",
        ),
        column(
            "depth",
            Kind::Ratio,
            "1 − the lowest visibility; of an AS or country 1 − the lowest share of its members, the unknown ones counted as visible",
        ),
        column(
            "depth_without_stuck",
            Kind::Ratio,
            "The depth if stuck peers are not counted",
        ),
        BASELINE,
        column(
            "first_lost",
            Kind::Texts,
            "What was lost first: vantage ASes of a prefix (AS17557), prefixes of an AS or country",
        ),
        column("last_lost", Kind::Texts, "What was lost last"),
        column(
            "lost_first_hops",
            Kind::Int,
            "Distinct ASes next to the vantage ASes on the lost paths: how many independent observations there are",
        ),
        column(
            "upstreams_before",
            Kind::Asns,
            "ASes next to the origin on the paths to what was lost, before anything was lost",
        ),
        column(
            "upstreams_after",
            Kind::Asns,
            "The same after the return; empty where it did not return",
        ),
        COMMON_AS,
        OTHER_ORIGINS,
        column(
            "stuck_peers",
            Kind::Asns,
            "Peers that kept one unchanged path, to an origin that the prefix had before, for at least 90 minutes of the loss, from at most ten minutes after it began, while over 90 % had none",
        ),
        column(
            "reachable",
            Kind::Ratio,
            "Share of its units (/24s, IPv6 /48s) of the baseline that some route still reached when the outage was deepest, covering ones included; empty where too little is known",
        ),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::Kept,
    is_part_of: always,
    rows: few,
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    writer.write(cells(findings))
}

/// All rows of the table, column by column.
pub(crate) fn cells(findings: &Findings) -> Vec<Cells> {
    let rows = &findings.outages;
    let reports = || rows.iter().map(|row| &row.report);
    let outages = || reports().map(|report| &report.outage);
    let stuck = |report: &OutageReport| {
        let asn = |&peer: &u32| findings.peers[peer as usize].peer.session.asn;
        let mut asns: Vec<Asn> = report.stuck_peers.iter().map(asn).collect();
        asns.sort_unstable();
        asns.dedup();
        asns
    };
    vec![
        Cells::ints(rows.iter().map(|row| Some(row.event? as i64 + 1))),
        Cells::texts(rows.iter().map(|row| Some(row.scope.label()))),
        Cells::texts(rows.iter().map(|row| Some(&row.entity))),
        Cells::ints(rows.iter().map(|row| Some(i64::from(row.family.number())))),
        Cells::times(outages().map(|o| Some(o.start))),
        Cells::times(outages().map(|o| Some(o.end))),
        Cells::texts(outages().map(|o| Some(o.end_kind.label()))),
        Cells::ints(outages().map(|o| Some(seconds_between(o.start, o.end)))),
        Cells::ints(outages().map(|o| Some(o.known.as_secs()))),
        Cells::ints(outages().map(|o| Some(seconds_up(o.start_uncertainty)))),
        Cells::ints(outages().map(|o| o.end_uncertainty.map(seconds_up))),
        Cells::ratios(outages().map(|o| Some(o.depth))),
        Cells::ratios(reports().map(|s| Some(s.depth_without_stuck))),
        Cells::texts(reports().map(|s| s.baseline.map(|kind| kind.label()))),
        Cells::text_lists(reports().map(|s| loss::first(&s.losses))),
        Cells::text_lists(reports().map(|s| loss::last(&s.losses))),
        Cells::counts(reports().map(|s| s.lost_paths.first_hops.len() as u64)),
        Cells::asn_lists(reports().map(|s| s.upstreams_before.iter().copied())),
        Cells::asn_lists(reports().map(|s| s.upstreams_after.iter().copied())),
        Cells::ints(reports().map(|s| s.lost_paths.common_as.map(i64::from))),
        Cells::asn_lists(reports().map(|s| s.other_origins.iter().map(|o| o.0))),
        Cells::asn_lists(reports().map(stuck)),
        Cells::ratios(rows.iter().map(|row| row.reachable)),
    ]
}
