//! `country`: a row per minute and family of the country that was asked for.

use super::groups::{
    self, BASELINE, FAMILY, MINUTE, NEW, STATUS, Shares, UNITS_BASELINE, UNITS_COVERED,
    UNITS_DIRECT, UNITS_NONE, UNITS_UNKNOWN, UNKNOWN, VISIBLE,
};
use super::prelude::*;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "country",
    doc: "How many members of the country are visible, minute by minute",
    key: &["minute", "country", "family"],
    columns: &[
        MINUTE,
        column("country", Kind::Text, "ISO 3166 code of the country"),
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
        column(
            "reachable",
            Kind::Ratio,
            "(units_direct + units_covered) / units_baseline; empty where there are none or more than half of them are unknown",
        ),
    ],
    layout: RowLayout::EveryMinute,
    regression: Regression::Kept,
    is_part_of: |study| study.selection.country.is_some(),
    rows: few,
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let groups: Vec<_> = findings.country.iter().map(|(f, g)| (*f, g)).collect();
    let name = findings.study.selection.country.as_deref();
    let count = groups.len();
    let keys = |minutes: usize| Cells::texts(vec![name; minutes * count]);
    groups::write(writer, findings, &groups, keys, Shares::Reachable)
}
