//! `asns` and `country`: a row per minute, group and family.

use super::part::WriteError;
use super::table::{Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::model::net::Family;
use crate::tally::group::Count;

/// See the columns.
pub const ASNS: Schema = Schema {
    name: "asns",
    doc: "How many prefixes of each origin AS are visible, minute by minute",
    columns: &[
        MINUTE,
        col(
            "asn",
            Kind::Int,
            "Origin ASN: watched, or an origin in the baseline",
        ),
        FAMILY,
        BASELINE,
        VISIBLE,
        STATUS,
    ],
};

/// See the columns.
pub const COUNTRY: Schema = Schema {
    name: "country",
    doc: "How many prefixes of the country are visible, minute by minute",
    columns: &[
        MINUTE,
        col("country", Kind::Text, "ISO 3166 code of the country"),
        FAMILY,
        BASELINE,
        VISIBLE,
        STATUS,
    ],
};

const MINUTE: Column = col(
    "minute",
    Kind::Minute,
    "Start of the minute, UTC; values are the state at its end",
);
const FAMILY: Column = col("family", Kind::Text, "4 or 6");
const BASELINE: Column = col(
    "prefixes_baseline",
    Kind::Int,
    "Prefixes visible in the baseline; empty where that is unknown",
);
const VISIBLE: Column = col(
    "prefixes_visible",
    Kind::Int,
    "Prefixes that at least half of the known vantage ASes see",
);
const STATUS: Column = col(
    "status",
    Kind::Text,
    "Visible / baseline at 90 and 50 %: up, degraded, down; unknown if most prefixes are; unseen",
);

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

pub(super) fn write_asns(
    writer: &mut TableWriter,
    findings: &Findings<'_>,
) -> Result<(), WriteError> {
    let groups: Vec<_> = findings
        .asns
        .iter()
        .map(|(key, g)| (key.1, g.minutes.as_slice()))
        .collect();
    let asns: Vec<Option<i64>> = findings.asns.keys().map(|k| Some(i64::from(k.0))).collect();
    write(writer, findings, &groups, |n| Cells::Int(asns.repeat(n)))
}

pub(super) fn write_country(
    writer: &mut TableWriter,
    findings: &Findings<'_>,
) -> Result<(), WriteError> {
    let groups: Vec<_> = findings
        .country
        .iter()
        .map(|(f, g)| (*f, g.minutes.as_slice()))
        .collect();
    let name = findings.study.selection.country.as_deref();
    let count = groups.len();
    write(writer, findings, &groups, |n| texts(vec![name; n * count]))
}

/// Writes groups minute by minute; `keys` makes the key column for so many minutes.
fn write(
    writer: &mut TableWriter,
    findings: &Findings<'_>,
    groups: &[(Family, &[Count])],
    keys: impl Fn(usize) -> Cells,
) -> Result<(), WriteError> {
    const MINUTES: usize = 60;
    if groups.is_empty() {
        return Ok(());
    }
    let minutes: Vec<(usize, i64)> = findings
        .study
        .window
        .minutes()
        .map(|t| t.0)
        .enumerate()
        .collect();
    for batch in minutes.chunks(MINUTES) {
        let rows = || {
            batch
                .iter()
                .flat_map(|m| groups.iter().map(move |g| (m, g.0, &g.1[m.0])))
        };
        writer.write(vec![
            Cells::Time(rows().map(|(m, _, _)| Some(m.1)).collect()),
            keys(batch.len()),
            texts(rows().map(|(_, family, _)| Some(family.label()))),
            Cells::Int(rows().map(|(_, _, c)| c.baseline.map(i64::from)).collect()),
            Cells::Int(rows().map(|(_, _, c)| Some(i64::from(c.visible))).collect()),
            texts(rows().map(|(_, _, c)| Some(c.status.label()))),
        ])?;
    }
    Ok(())
}
