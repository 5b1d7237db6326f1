//! `upstream_changes`: a row per upstream of a prefix that appeared or left within the window.

use super::prelude::*;
use crate::tally::upstreams::UpstreamChange;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "upstream_changes",
    doc: "Upstreams that appeared or left within the window",
    key: &["time", "prefix", "upstream", "change"],
    columns: &[
        column("time", Kind::Time, "When, UTC, to the microsecond"),
        column("prefix", Kind::Text, "The watched prefix"),
        column("upstream", Kind::Int, "The AS next to the origin"),
        column("change", Kind::Text, "appears or leaves"),
        column(
            "peer_asns_before",
            Kind::Int,
            "Vantage ASes that had it the instant before; those that became unknown since still count",
        ),
        column(
            "peer_asns_after",
            Kind::Int,
            "Vantage ASes that have it from then on",
        ),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::Kept,
    is_part_of: always,
    rows: few,
    write,
};

/// Writes the table, by time, prefix and upstream.
fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let tallies = (0u32..).zip(&findings.tallies);
    let changes = tallies.flat_map(|(id, t)| t.upstream_changes.iter().map(move |c| (id, c)));
    let mut rows: Vec<(u32, &UpstreamChange)> = changes.collect();
    rows.sort_by_key(|(prefix, c)| (c.time, *prefix, c.upstream));
    let prefixes = names(&findings.prefixes);
    for rows in rows.chunks(BATCH) {
        let prefix = rows.iter().map(|(prefix, _)| *prefix).collect();
        writer.write(vec![
            Cells::times(rows.iter().map(|(_, c)| Some(c.time))),
            Cells::Pick(prefix, Arc::clone(&prefixes)),
            Cells::counts(rows.iter().map(|(_, c)| c.upstream)),
            Cells::texts(rows.iter().map(|(_, c)| Some(c.kind.label()))),
            Cells::counts(rows.iter().map(|(_, c)| c.before)),
            Cells::counts(rows.iter().map(|(_, c)| c.after)),
        ])?;
    }
    Ok(())
}
