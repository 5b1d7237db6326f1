//! `ioda`: what IODA would have counted, with `--profile ioda`.

use super::part::WriteError;
use super::table::{Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};

/// See the columns.
pub const SCHEMA: Schema = Schema {
    name: "ioda",
    doc: "What IODA would have counted: visible /24s every five minutes against the median of the 24 hours before",
    key: &["bin", "scope", "entity"],
    columns: &[
        col(
            "bin",
            Kind::Minute,
            "Start of the five minutes, UTC; values are the state at their end",
        ),
        col("scope", Kind::Text, "country or asn"),
        col("entity", Kind::Text, "Which"),
        col(
            "slash24s",
            Kind::Int,
            "IPv4 /24s that at least half of all full-feed peer ASes see; who cannot be heard does not see",
        ),
        col(
            "median_24h",
            Kind::Int,
            "Median of the 24 hours before, a half rounded down; empty with less than two hours before",
        ),
        col(
            "level",
            Kind::Text,
            "normal, warning below 99 % of the median, critical below 50 %",
        ),
    ],
};

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

pub(super) fn write(writer: &mut TableWriter, findings: &Findings<'_>) -> Result<(), WriteError> {
    let mut rows: Vec<_> = findings
        .ioda
        .iter()
        .flat_map(|of| of.bins.iter().map(move |bin| (bin, of.scope, &of.entity)))
        .collect();
    rows.sort_by_key(|row| (row.0.start, row.1));
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    writer.write(vec![
        Cells::Time(rows.iter().map(|r| Some(r.0.start.0)).collect()),
        texts(rows.iter().map(|r| Some(r.1.label()))),
        texts(rows.iter().map(|r| Some(r.2))),
        Cells::counts(rows.iter().map(|r| r.0.slash24s)),
        Cells::Int(
            rows.iter()
                .map(|r| r.0.twice_median.map(|twice| count(twice / 2)))
                .collect(),
        ),
        texts(rows.iter().map(|r| r.0.level.map(|l| l.label()))),
    ])
}
