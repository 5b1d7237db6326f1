//! `stages`: how each country, AS and prefix went down and came back, as far as routing shows it.

use super::part::WriteError;
use super::table::{Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::model::time::SECOND;

/// See the columns.
pub const SCHEMA: Schema = Schema {
    name: "stages",
    doc: "Stages of a loss as far as routing shows them; what happens to hosts and links before a route goes is not to be seen here",
    key: &["scope", "entity", "stage", "start"],
    columns: &[
        col("scope", Kind::Text, "country, asn or prefix"),
        col("entity", Kind::Text, "Which"),
        col(
            "stage",
            Kind::Text,
            "churn, partial_by_peer, partial_by_prefix, total or return",
        ),
        col("start", Kind::Time, "When it began, UTC"),
        col("end", Kind::Time, "When it ended, or the window"),
        col("duration_s", Kind::Int, "Whole seconds in between"),
        col(
            "prefixes_lost",
            Kind::Int,
            "The most prefixes of the baseline that were lost at once",
        ),
    ],
};

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

pub(super) fn write(writer: &mut TableWriter, findings: &Findings<'_>) -> Result<(), WriteError> {
    let rows = &findings.stages;
    let spans = || rows.iter().map(|r| &r.span);
    writer.write(vec![
        texts(rows.iter().map(|r| Some(r.scope.label()))),
        texts(rows.iter().map(|r| Some(&r.entity))),
        texts(spans().map(|s| Some(s.stage.label()))),
        Cells::Time(spans().map(|s| Some(s.start.0)).collect()),
        Cells::Time(spans().map(|s| Some(s.end.0)).collect()),
        Cells::Int(
            spans()
                .map(|s| Some((s.end.0 - s.start.0) / SECOND))
                .collect(),
        ),
        Cells::counts(spans().map(|s| s.lost)),
    ])
}
