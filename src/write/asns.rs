//! `asns` and `country`: a row per minute, group and family.

use super::part::WriteError;
use super::table::{BATCH, Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::model::net::Family;
use crate::model::visibility::Coverage;
use crate::tally::group::Group;

/// See the columns.
pub const ASNS: Schema = Schema {
    name: "asns",
    doc: "How many prefixes of each origin AS are visible, minute by minute",
    key: &["minute", "asn", "family"],
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
        UNITS_BASELINE,
        UNITS_DIRECT,
        UNITS_COVERED,
        UNITS_NONE,
        UNITS_UNKNOWN,
        STATUS,
    ],
};

/// See the columns.
pub const COUNTRY: Schema = Schema {
    name: "country",
    doc: "How many prefixes of the country are visible, minute by minute",
    key: &["minute", "country", "family"],
    columns: &[
        MINUTE,
        col("country", Kind::Text, "ISO 3166 code of the country"),
        FAMILY,
        BASELINE,
        VISIBLE,
        UNITS_BASELINE,
        UNITS_DIRECT,
        UNITS_COVERED,
        UNITS_NONE,
        UNITS_UNKNOWN,
        STATUS,
        col(
            "reachable",
            Kind::Ratio,
            "Units direct or covered / units in the baseline; empty where more than half of the units are unknown, or the baseline is or has none",
        ),
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
const UNITS_BASELINE: Column = col(
    "units_baseline",
    Kind::Int,
    "/24s (IPv6 /48s) of the watched space that could be reached in the baseline; empty where that is unknown",
);
const UNITS_DIRECT: Column = col(
    "units_direct",
    Kind::Int,
    "Of the watched space, reached by a route as long as the longest that reached them in the baseline, or longer",
);
const UNITS_COVERED: Column = col(
    "units_covered",
    Kind::Int,
    "Reached by shorter routes only, of /8 (IPv6 /16) or longer",
);
const UNITS_NONE: Column = col("units_none", Kind::Int, "Reached by no route");
const UNITS_UNKNOWN: Column = col(
    "units_unknown",
    Kind::Int,
    "Of which too few vantage ASes are known to say",
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
    let groups = findings.asns.iter().map(|(key, g)| (key.1, g)).collect();
    let asns: Vec<Option<i64>> = findings.asns.keys().map(|k| Some(i64::from(k.0))).collect();
    let keys = |minutes: usize| Cells::Int(asns.repeat(minutes));
    write(writer, findings, groups, keys, Shares::None)
}

pub(super) fn write_country(
    writer: &mut TableWriter,
    findings: &Findings<'_>,
) -> Result<(), WriteError> {
    let groups: Vec<_> = findings.country.iter().map(|(f, g)| (*f, g)).collect();
    let name = findings.study.selection.country.as_deref();
    let count = groups.len();
    let keys = |minutes: usize| texts(vec![name; minutes * count]);
    write(writer, findings, groups, keys, Shares::Reachable)
}

/// Which shares stand beside the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shares {
    None,
    Reachable,
}

/// Writes groups minute by minute; `keys` makes the key column for so many minutes.
fn write(
    writer: &mut TableWriter,
    findings: &Findings<'_>,
    groups: Vec<(Family, &Group)>,
    keys: impl Fn(usize) -> Cells,
    shares: Shares,
) -> Result<(), WriteError> {
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
    for batch in minutes.chunks((BATCH / groups.len()).max(1)) {
        let rows = || {
            batch
                .iter()
                .flat_map(|m| groups.iter().map(move |g| (m.0, g.0, g.1)))
        };
        let counts = || rows().map(|(m, _, g)| &g.minutes[m]);
        let units: Vec<[u64; 4]> = rows().map(|(m, _, g)| g.units.at(m as u32)).collect();
        let baseline = |n: Option<u64>| n.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        let each = batch.iter().flat_map(|m| groups.iter().map(|_| Some(m.1)));
        let mut cells = vec![
            Cells::Time(each.collect()),
            keys(batch.len()),
            texts(rows().map(|(_, family, _)| Some(family.label()))),
            Cells::Int(counts().map(|c| c.baseline.map(i64::from)).collect()),
            Cells::counts(counts().map(|c| c.visible)),
            Cells::Int(rows().map(|r| baseline(r.2.units.baseline)).collect()),
        ];
        cells.extend(Coverage::ALL.map(|c| Cells::counts(units.iter().map(|u| u[c as usize]))));
        cells.push(texts(counts().map(|c| Some(c.status.label()))));
        if shares == Shares::Reachable {
            let each = rows().zip(&units);
            let each = each.map(|((_, _, group), now)| group.units.reachable(now));
            cells.push(Cells::Ratio(each.collect()));
        }
        writer.write(cells)?;
    }
    Ok(())
}
