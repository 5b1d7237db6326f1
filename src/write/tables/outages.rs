//! `outages`: a row per outage of a country, an AS or a prefix.

use super::prelude::*;
use crate::detect::OutageReport;
use crate::detect::loss;
use crate::model::net::Asn;
use crate::model::time::TimeDelta;

pub(super) const SCOPE: Column = column("scope", Kind::Text, "country, asn or prefix");
pub(super) const ENTITY: Column = column("entity", Kind::Text, "Which");

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "outages",
    doc: "Outages of countries, ASes and prefixes: times in which visibility was below one half",
    key: &["scope", "entity", "start"],
    columns: &[
        SCOPE,
        ENTITY,
        column(
            "start",
            Kind::Time,
            "When visibility fell below one half, UTC; the window's start where that was before",
        ),
        column(
            "end",
            Kind::Time,
            "When visibility was back; the window's end where it was not",
        ),
        column("duration_s", Kind::Int, "Whole seconds from start to end"),
        column(
            "start_uncertainty_s",
            Kind::Int,
            "Seconds by which it may have begun earlier, as what was lost had been unknown before or only a RIB showed the loss; empty where it began before the window",
        ),
        column("depth", Kind::Ratio, "1 − the lowest visibility"),
        column(
            "first_lost",
            Kind::Text,
            "What was lost first: vantage ASes of a prefix, prefixes of an AS or country",
        ),
        column("last_lost", Kind::Text, "What was lost last"),
        column(
            "upstreams_before",
            Kind::Text,
            "ASes next to the origin on the paths to what was lost, before anything was lost",
        ),
        column(
            "upstreams_after",
            Kind::Text,
            "The same after the return; empty where it did not return",
        ),
        column(
            "stuck_peers",
            Kind::Text,
            "ASNs of peers that kept the route unchanged for more than 90 minutes while over 90 % had lost it",
        ),
        column(
            "truncated_by_window",
            Kind::Text,
            "true where it began before the window or did not end in it",
        ),
        column(
            "end_uncertainty_s",
            Kind::Int,
            "Seconds by which it may have ended earlier; empty where it did not end",
        ),
        column(
            "depth_without_stuck",
            Kind::Ratio,
            "The depth if stuck peers are not counted",
        ),
        column(
            "died_at",
            Kind::Int,
            "The AS nearest to the origin, other than the origin itself, that all lost paths share and no surviving path has",
        ),
        column(
            "lost_first_hops",
            Kind::Int,
            "Distinct ASes next to the vantage ASes on the lost paths: how many independent observations there are",
        ),
        column(
            "reachable",
            Kind::Ratio,
            "Lowest share, at the minutes' ends, of the baseline's units that some route still reached, covering ones included; of an AS or country",
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
        list(asns)
    };
    vec![
        Cells::texts(rows.iter().map(|row| Some(row.scope.label()))),
        Cells::texts(rows.iter().map(|row| Some(&row.entity))),
        Cells::times(outages().map(|o| Some(o.start))),
        Cells::times(outages().map(|o| Some(o.end))),
        Cells::ints(outages().map(|o| Some(seconds_between(o.start, o.end)))),
        Cells::ints(outages().map(|o| o.start_uncertainty.map(seconds_up))),
        Cells::ratios(outages().map(|o| Some(o.depth))),
        Cells::texts(reports().map(|s| Some(list(loss::first(&s.losses))))),
        Cells::texts(reports().map(|s| Some(list(loss::last(&s.losses))))),
        Cells::texts(reports().map(|s| Some(list(&s.upstreams_before)))),
        Cells::texts(reports().map(|s| Some(list(&s.upstreams_after)))),
        Cells::texts(reports().map(|s| Some(stuck(s)))),
        Cells::texts(outages().map(|o| Some(o.truncated))),
        Cells::ints(outages().map(|o| o.end_uncertainty.map(seconds_up))),
        Cells::ratios(reports().map(|s| Some(s.depth_without_stuck))),
        Cells::ints(reports().map(|s| s.lost_paths.common_as.map(i64::from))),
        Cells::counts(reports().map(|s| s.lost_paths.first_hops.len() as u64)),
        Cells::ratios(rows.iter().map(|row| row.reachable)),
    ]
}

/// Whole seconds, rounded up: an uncertainty is never less than it is.
const fn seconds_up(uncertainty: TimeDelta) -> i64 {
    (uncertainty.0 + SECOND - 1).div_euclid(SECOND)
}

fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    items.join(" ")
}
