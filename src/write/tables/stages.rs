//! `stages`: how each country, AS and prefix went down and came back, as far as routing shows it.

use super::outage_columns::{ENTITY, FAMILY, SCOPE};
use super::prelude::*;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "stages",
    doc: "Stages of a loss as far as routing shows them; what happens to hosts and links before a route is withdrawn cannot be seen here",
    key: &["scope", "entity", "family", "stage", "start"],
    columns: &[
        SCOPE,
        ENTITY,
        FAMILY,
        column(
            "stage",
            Kind::Text,
            "churn, partial_by_peer, partial_by_prefix, total or return",
        ),
        column("start", Kind::Time, "When it began, UTC"),
        column(
            "end",
            Kind::Time,
            "When it ended; the window's end where it had not",
        ),
        column("duration_s", Kind::Int, "Whole seconds from start to end"),
        column(
            "prefixes_lost",
            Kind::Int,
            "The most prefixes of the baseline that were lost at once",
        ),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::OnRequest,
    is_part_of: always,
    rows: few,
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let rows = &findings.stages;
    let spans = || rows.iter().map(|row| &row.span);
    writer.write(vec![
        Cells::texts(rows.iter().map(|row| Some(row.scope.label()))),
        Cells::texts(rows.iter().map(|row| Some(&row.entity))),
        Cells::ints(rows.iter().map(|row| Some(i64::from(row.family.number())))),
        Cells::texts(spans().map(|s| Some(s.stage.label()))),
        Cells::times(spans().map(|s| Some(s.start))),
        Cells::times(spans().map(|s| Some(s.end))),
        Cells::ints(spans().map(|s| Some(seconds_between(s.start, s.end)))),
        Cells::counts(spans().map(|s| s.lost)),
    ])
}
