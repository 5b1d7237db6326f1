//! `outages`: a row per outage of a country, an AS or a prefix.

use super::part::WriteError;
use super::table::{Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::model::time::SECOND;

/// See the columns.
pub const SCHEMA: Schema = Schema {
    name: "outages",
    doc: "Stretches of time in which fewer than half could be seen",
    columns: &[
        col("scope", Kind::Text, "country, asn or prefix"),
        col("entity", Kind::Text, "Which"),
        col(
            "start",
            Kind::Time,
            "When visibility fell below one half, UTC",
        ),
        col(
            "end",
            Kind::Time,
            "When it was back; the window's end where it was not",
        ),
        col("duration_s", Kind::Int, "Whole seconds in between"),
        col("depth", Kind::Ratio, "1 − the lowest visibility"),
        col(
            "truncated_by_window",
            Kind::Text,
            "true where it began before the window or did not end in it",
        ),
    ],
};

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

pub(super) fn write(writer: &mut TableWriter, findings: &Findings<'_>) -> Result<(), WriteError> {
    let rows = &findings.outages;
    let outages = || rows.iter().map(|(_, _, outage)| outage);
    writer.write(vec![
        texts(rows.iter().map(|(scope, _, _)| Some(scope.label()))),
        texts(rows.iter().map(|(_, entity, _)| Some(entity))),
        Cells::Time(outages().map(|o| Some(o.start.0)).collect()),
        Cells::Time(outages().map(|o| Some(o.end.0)).collect()),
        Cells::Int(
            outages()
                .map(|o| Some((o.end.0 - o.start.0) / SECOND))
                .collect(),
        ),
        Cells::Ratio(outages().map(|o| Some(o.depth)).collect()),
        texts(outages().map(|o| Some(o.truncated))),
    ])
}
