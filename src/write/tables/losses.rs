//! `losses`: what each outage took, in the order in which it was lost.

use super::outage_columns::{ENTITY, FAMILY, SCOPE};
use super::prelude::*;
use crate::detect::groups::EntityOutage;
use crate::detect::loss::{Loss, LostEntity};

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "losses",
    doc: "What was lost in each outage, in the order of loss",
    key: &["scope", "entity", "family", "start", "lost"],
    columns: &[
        SCOPE,
        ENTITY,
        FAMILY,
        column("start", Kind::Time, "The outage's start, UTC"),
        column(
            "position",
            Kind::Int,
            "1 for what was lost first; the same for the same instant",
        ),
        column(
            "lost",
            Kind::Text,
            "A vantage AS of a prefix, such as AS4837; a prefix of an AS or country",
        ),
        column(
            "lost_at",
            Kind::Time,
            "When it was lost; the first time, where it flapped",
        ),
        column(
            "back_at",
            Kind::Time,
            "When it was visible again; empty where it was not",
        ),
        column(
            "last_path",
            Kind::Text,
            "Of a vantage AS: the last path of its peers before the loss; several are separated by a bar",
        ),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::OnRequest,
    is_part_of: always,
    rows: few,
    write,
};

/// A loss with its outage, and its position in the order of losses, from 1.
struct LossRow<'a> {
    outage: &'a EntityOutage,
    position: i64,
    loss: &'a Loss,
}

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let rows: Vec<LossRow<'_>> = findings.outages.iter().flat_map(of_outage).collect();
    writer.write(vec![
        Cells::texts(rows.iter().map(|row| Some(row.outage.scope.label()))),
        Cells::texts(rows.iter().map(|row| Some(&row.outage.entity))),
        Cells::ints(
            rows.iter()
                .map(|row| Some(i64::from(row.outage.family.number()))),
        ),
        Cells::times(rows.iter().map(|row| Some(row.outage.report.outage.start))),
        Cells::ints(rows.iter().map(|row| Some(row.position))),
        Cells::texts(rows.iter().map(|row| Some(row.loss.entity))),
        Cells::times(rows.iter().map(|row| Some(row.loss.lost_at))),
        Cells::times(rows.iter().map(|row| row.loss.back_at)),
        Cells::texts(rows.iter().map(|row| Some(last_paths(findings, row)))),
    ])
}

/// The losses of an outage; those of one instant share a position.
fn of_outage(outage: &EntityOutage) -> Vec<LossRow<'_>> {
    let mut rows: Vec<LossRow<'_>> = Vec::new();
    for (i, loss) in outage.report.losses.iter().enumerate() {
        let position = match rows.last() {
            Some(last) if last.loss.lost_at == loss.lost_at => last.position,
            _ => i as i64 + 1,
        };
        rows.push(LossRow {
            outage,
            position,
            loss,
        });
    }
    rows
}

/// The last paths of a vantage AS's peers before the loss. A group's outage has prefixes instead,
/// whose paths are in their own outages.
fn last_paths(findings: &Findings, row: &LossRow<'_>) -> String {
    let LostEntity::Vantage(asn) = row.loss.entity else {
        return String::new();
    };
    let paths = row.outage.report.lost_paths.last_paths.iter();
    let its = paths.filter(|(peer, _)| findings.peers[*peer as usize].peer.session.asn == asn);
    let mut texts: Vec<String> = its
        .map(|(_, path)| findings.paths[*path as usize].to_string())
        .collect();
    texts.sort_unstable();
    texts.dedup();
    texts.join(" | ")
}
