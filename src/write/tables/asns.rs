//! `asns`: a row per minute, origin AS and family.

use super::groups::{
    self, BASELINE, FAMILY, MINUTE, NEW, STATUS, Shares, UNITS_BASELINE, UNITS_COVERED,
    UNITS_DIRECT, UNITS_NONE, UNITS_UNKNOWN, UNKNOWN, VISIBLE,
};
use super::prelude::*;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "asns",
    doc: "How many members of each AS of the run are visible, minute by minute",
    key: &["minute", "asn", "family"],
    columns: &[
        MINUTE,
        column(
            "asn",
            Kind::Int,
            "An ASN that was asked for, or that originated a prefix of a watched block in the baseline",
        ),
        FAMILY,
        BASELINE,
        VISIBLE,
        UNKNOWN,
        NEW,
        UNITS_BASELINE,
        UNITS_DIRECT,
        UNITS_COVERED,
        UNITS_NONE,
        UNITS_UNKNOWN,
        STATUS,
    ],
    layout: RowLayout::EveryMinute,
    regression: Regression::Kept,
    is_part_of: always,
    rows: |findings| findings.study.window.minute_count() * findings.asns.len(),
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let groups: Vec<_> = findings.asns.iter().map(|(key, g)| (key.1, g)).collect();
    let asns: Vec<Option<i64>> = findings.asns.keys().map(|k| Some(i64::from(k.0))).collect();
    let keys = |minutes: usize| Cells::Int(asns.repeat(minutes));
    groups::write(writer, findings, &groups, keys, Shares::None)
}
