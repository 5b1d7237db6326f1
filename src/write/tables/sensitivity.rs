//! `sensitivity`: a row per event and other choice.

use super::outage_columns::END_KIND;
use super::prelude::*;
use crate::detect::choices::Choice;
use crate::detect::sensitivity::{EventUnderChoice, Sensitivity};

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "sensitivity",
    doc: "Each event under the other choices that a reviewer would ask for, with the same members",
    key: &["event", "choice"],
    columns: &[
        column(
            "event",
            Kind::Int,
            "Number of the event, as in the table events",
        ),
        column(
            "choice",
            Kind::Text,
            "full_feed=all, full_feed=50%, full_feed=90%; visible=25%, visible=75%: the share of the known vantage ASes that makes a prefix visible; collector=NAME: its peers alone; stuck=left_out: without stuck peers. What the run itself does is left out",
        ),
        column(
            "start",
            Kind::Time,
            "When it begins under that choice, UTC; empty where there is no such event",
        ),
        column("end", Kind::Time, "When it ends"),
        END_KIND,
        column(
            "prefixes_lost_max",
            Kind::Int,
            "The most prefixes lost at once; 0 where there is no such event",
        ),
        column(
            "start_offset_s",
            Kind::Int,
            "Whole seconds by which it begins later than in the run itself",
        ),
        column(
            "end_offset_s",
            Kind::Int,
            "Whole seconds by which it ends later; empty where either was not seen to end",
        ),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::OnRequest,
    is_part_of: always,
    rows: few,
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let mut rows: Vec<(usize, String, &Sensitivity)> = findings
        .sensitivity
        .iter()
        .map(|row| (row.event, label(row.choice, findings), row))
        .collect();
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let found = || rows.iter().map(|row| row.2.found);
    let times = |of: fn(EventUnderChoice) -> Timestamp| Cells::times(found().map(|f| f.map(of)));
    writer.write(vec![
        Cells::ints(rows.iter().map(|row| Some(row.0 as i64 + 1))),
        Cells::texts(rows.iter().map(|row| Some(&row.1))),
        times(|f| f.start),
        times(|f| f.end),
        Cells::texts(found().map(|f| f.map(|f| f.end_kind.label()))),
        Cells::counts(found().map(|f| f.map_or(0, |f| f.prefixes_lost_max))),
        Cells::ints(found().map(|f| f.map(|f| f.start_offset.as_secs()))),
        Cells::ints(found().map(|f| f.and_then(|f| f.end_offset).map(|offset| offset.as_secs()))),
    ])
}

/// A choice as the table writes it.
fn label(choice: Choice, findings: &Findings) -> String {
    match choice {
        Choice::AllPeers => "full_feed=all".to_owned(),
        Choice::FullFeed(percent) => format!("full_feed={percent}%"),
        Choice::VisibleFrom(percent) => format!("visible={percent}%"),
        Choice::Collector(index) => {
            let collector = &findings.collectors[index as usize].collector;
            format!("collector={}", collector.name())
        }
        Choice::WithoutStuck => "stuck=left_out".to_owned(),
    }
}
