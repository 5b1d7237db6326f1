//! `ioda`: what IODA would have counted, with `--profile ioda`.

use super::prelude::*;
use crate::study::Profile;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "ioda",
    doc: "What IODA would have counted: visible /24s every five minutes against the median of the 24 hours before",
    key: &["bin", "scope", "entity"],
    columns: &[
        column(
            "bin",
            Kind::Minute,
            "Start of the five minutes, UTC; values are the state at their end",
        ),
        column("scope", Kind::Text, "country or asn"),
        column("entity", Kind::Text, "Which"),
        column(
            "slash24s",
            Kind::Int,
            "IPv4 /24s that at least half of all full-feed peer ASes see; an AS whose view is unknown counts as not seeing",
        ),
        column(
            "median_24h",
            Kind::Int,
            "Median of the 24 hours before, a half rounded down; empty with less than two hours before",
        ),
        column(
            "level",
            Kind::Text,
            "normal, warning below 99 % of the median, critical below 50 %",
        ),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::OnRequest,
    is_part_of: |study| study.rules.profile == Profile::Ioda,
    rows: few,
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let mut rows: Vec<_> = findings
        .ioda
        .iter()
        .flat_map(|of| of.bins.iter().map(move |bin| (bin, of.scope, &of.entity)))
        .collect();
    rows.sort_by_key(|row| (row.0.start, row.1));
    let median = |twice: Option<u64>| twice.map(|twice| count(twice / 2));
    writer.write(vec![
        Cells::times(rows.iter().map(|row| Some(row.0.start))),
        Cells::texts(rows.iter().map(|row| Some(row.1.label()))),
        Cells::texts(rows.iter().map(|row| Some(row.2))),
        Cells::counts(rows.iter().map(|row| row.0.slash24s)),
        Cells::ints(rows.iter().map(|row| median(row.0.twice_median))),
        Cells::texts(
            rows.iter()
                .map(|row| row.0.level.map(|level| level.label())),
        ),
    ])
}
