//! `outage_collectors`: what each collector saw of an outage by its own peers.

use super::outage_columns::{ENTITY, FAMILY, SCOPE};
use super::prelude::*;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "outage_collectors",
    doc: "What each collector's own peers saw of an outage",
    key: &["scope", "entity", "family", "start", "collector"],
    columns: &[
        SCOPE,
        ENTITY,
        FAMILY,
        column("start", Kind::Time, "The outage's start, UTC"),
        column("collector", Kind::Text, "The collector"),
        column("peer_asns", Kind::Int, "Its own counted vantage ASes"),
        column(
            "lost_at",
            Kind::Time,
            "When fewer than half of its own known vantage ASes saw it; empty where it did not see the outage",
        ),
        column(
            "lost_offset_s",
            Kind::Int,
            "Seconds from the outage's start to that",
        ),
        column("back_at", Kind::Time, "When half of them saw it again"),
        column(
            "back_offset_s",
            Kind::Int,
            "Seconds from the outage's end to that",
        ),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::OnRequest,
    is_part_of: always,
    rows: few,
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let rows = || {
        let outages = findings.outages.iter();
        outages.flat_map(|row| row.report.collectors.iter().map(move |view| (row, view)))
    };
    let name = |collector: u32| findings.collectors[collector as usize].collector.name();
    let offset =
        |at: Option<Timestamp>, from: Timestamp| at.map(|at| (at.0 - from.0).div_euclid(SECOND));
    let outages = || rows().map(|(row, view)| (&row.report.outage, view));
    writer.write(vec![
        Cells::texts(rows().map(|(row, _)| Some(row.scope.label()))),
        Cells::texts(rows().map(|(row, _)| Some(&row.entity))),
        Cells::ints(rows().map(|(row, _)| Some(i64::from(row.family.number())))),
        Cells::times(outages().map(|(outage, _)| Some(outage.start))),
        Cells::texts(rows().map(|(_, view)| Some(name(view.collector)))),
        Cells::counts(rows().map(|(_, view)| view.vantages)),
        Cells::times(rows().map(|(_, view)| view.lost_at)),
        Cells::ints(outages().map(|(outage, view)| offset(view.lost_at, outage.start))),
        Cells::times(rows().map(|(_, view)| view.back_at)),
        Cells::ints(outages().map(|(outage, view)| offset(view.back_at, outage.end))),
    ])
}
