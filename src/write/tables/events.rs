//! `events`: a row per event, which is what people would call one outage.

use super::outage_columns::{BASELINE, COMMON_AS, END_KIND, OTHER_ORIGINS, as_text, seconds_up};
use super::prelude::*;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "events",
    doc: "Events of an AS, a country, or all that is watched: times in which at least 10 % of the members of a family were lost, told as one however many prefixes and families",
    key: &["event"],
    columns: &[
        column("event", Kind::Int, "Number of the event, by start, from 1"),
        column("scope", Kind::Text, "asn, country or watch"),
        column("entity", Kind::Text, "Which: AS131279, KP, watch"),
        column(
            "name",
            Kind::Text,
            "What people call it, where that is known",
        ),
        column(
            "families",
            Kind::Ints,
            "Families of which at least 10 % of the members were lost",
        ),
        column(
            "start",
            Kind::Time,
            "The instant at which at least 10 % of the members of a family, one at the least, were lost, UTC; that may be before the window",
        ),
        column(
            "end",
            Kind::Time,
            "When fewer were; or when half of those lost at its worst were back and no more were lost for ten minutes",
        ),
        END_KIND,
        column(
            "start_uncertainty_s",
            Kind::Int,
            "Seconds by which it may have begun earlier",
        ),
        column(
            "end_uncertainty_s",
            Kind::Int,
            "Seconds by which it may have ended earlier; empty where it was not seen to end",
        ),
        BASELINE,
        column("prefixes_baseline", Kind::Int, "Members of both families"),
        column(
            "prefixes_lost_max",
            Kind::Int,
            "The most that were lost at once",
        ),
        column(
            "worst_at",
            Kind::Time,
            "The first instant at which so many were lost",
        ),
        column(
            "down_from",
            Kind::Time,
            "The first instant with more than half of the members lost",
        ),
        column("down_to", Kind::Time, "The last one"),
        column(
            "half_back_at",
            Kind::Time,
            "When half of prefixes_lost_max were visible again",
        ),
        column(
            "last_back_at",
            Kind::Time,
            "When the last came back, which may be after the end; empty while one is gone",
        ),
        column("still_lost", Kind::Int, "Members still gone at the end"),
        column(
            "prefix_seconds_lost",
            Kind::Int,
            "Known loss in whole seconds, summed over its prefixes, until the last return or the window's end; the part within the window",
        ),
        column(
            "prefix_seconds_lost_before",
            Kind::Int,
            "The part before the window",
        ),
        column(
            "units_none_max",
            Kind::Int,
            "The most /24s (IPv6 /48s) of its entity that no route reached at once",
        ),
        column(
            "units_covered_max",
            Kind::Int,
            "The most that only less specific routes reached",
        ),
        column(
            "first_lost",
            Kind::Texts,
            "The networks (vantage ASes) that lost any of its prefixes first",
        ),
        column("last_lost", Kind::Texts, "The networks that did so last"),
        COMMON_AS,
        column(
            "upstreams_before",
            Kind::Asns,
            "ASes next to the origin on the paths to its prefixes before it",
        ),
        column(
            "upstreams_during",
            Kind::Asns,
            "The same on the paths that survived",
        ),
        column(
            "upstreams_after",
            Kind::Asns,
            "The same once they were back",
        ),
        OTHER_ORIGINS,
        column(
            "collectors",
            Kind::Texts,
            "The collectors whose own peers had lost at least half of its prefixes",
        ),
        column("prefixes", Kind::Texts, "The prefixes that were lost in it"),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::Kept,
    is_part_of: always,
    rows: few,
    write,
};

fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    writer.write(cells(findings))
}

/// All rows of the table, column by column.
pub(crate) fn cells(findings: &Findings) -> Vec<Cells> {
    let rows = || findings.events.iter();
    let collector = |index: &u32| findings.collectors[*index as usize].collector.name();
    vec![
        Cells::ints((1..).zip(rows()).map(|(number, _)| Some(number))),
        Cells::texts(rows().map(|e| Some(e.scope.label()))),
        Cells::texts(rows().map(|e| Some(&e.entity))),
        Cells::texts(rows().map(|_| None::<&str>)),
        Cells::int_lists(rows().map(|e| e.families.iter().map(|f| i64::from(f.number())))),
        Cells::times(rows().map(|e| Some(e.start))),
        Cells::times(rows().map(|e| Some(e.end))),
        Cells::texts(rows().map(|e| Some(e.end_kind.label()))),
        Cells::ints(rows().map(|e| Some(seconds_up(e.start_uncertainty)))),
        Cells::ints(rows().map(|e| e.end_uncertainty.map(seconds_up))),
        Cells::texts(rows().map(|e| Some(e.baseline.label()))),
        Cells::counts(rows().map(|e| e.prefixes_baseline)),
        Cells::counts(rows().map(|e| e.prefixes_lost_max)),
        Cells::times(rows().map(|e| Some(e.worst_at))),
        Cells::times(rows().map(|e| e.down_from)),
        Cells::times(rows().map(|e| e.down_to)),
        Cells::times(rows().map(|e| e.half_back_at)),
        Cells::times(rows().map(|e| e.last_back_at)),
        Cells::counts(rows().map(|e| e.still_lost)),
        Cells::ints(rows().map(|e| Some(e.lost_in_window.as_secs()))),
        Cells::ints(rows().map(|e| Some(e.lost_before.as_secs()))),
        Cells::counts(rows().map(|e| e.units_none_max)),
        Cells::counts(rows().map(|e| e.units_covered_max)),
        Cells::text_lists(rows().map(|e| e.first_lost.iter().map(|&asn| as_text(asn)))),
        Cells::text_lists(rows().map(|e| e.last_lost.iter().map(|&asn| as_text(asn)))),
        Cells::ints(rows().map(|e| e.common_as.map(i64::from))),
        Cells::asn_lists(rows().map(|e| e.upstreams_before.iter().copied())),
        Cells::asn_lists(rows().map(|e| e.upstreams_during.iter().copied())),
        Cells::asn_lists(rows().map(|e| e.upstreams_after.iter().copied())),
        Cells::asn_lists(rows().map(|e| e.other_origins.iter().copied())),
        Cells::text_lists(rows().map(|e| e.collectors.iter().map(collector))),
        Cells::text_lists(rows().map(|e| e.prefixes.iter())),
    ]
}
