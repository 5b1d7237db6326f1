//! Losses and outages as rows of tables for people: events by size, outages of prefixes with like
//! ones merged.

use super::curves::MAX_PREFIXES;
use super::events::ranked;
use super::groups::with_family;
use super::outages::OutageView;
use super::run_view::RunView;
use super::story::{Loss, Selection, StoryInput, asns};
use super::words::{duration, percent, second};
use crate::detect::{EndKind, Scope};
use crate::model::net::Asn;
use crate::model::time::{Timestamp, Window};
use std::collections::BTreeMap;

/// An event in the words of a table for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventRow {
    /// The country or AS; of prefixes that are in no baseline, their AS or themselves.
    pub entity: String,
    /// How many prefixes were lost at worst: `31 of 33`; without a number of all where they are not of
    /// the baseline.
    pub lost: String,
    /// When it began.
    pub from: String,
    /// When it ended, or that it did not.
    pub to: String,
    /// How long it lasted, at least (`>`) if it was not seen to end.
    pub lasted: String,
    /// The AS that the lost paths share.
    pub behind: String,
}

/// An outage, or several like ones of different prefixes, in the words of a table for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutageRow {
    /// The prefix, or the first of several: `175.45.176.0/24 and 3 more`.
    pub entity: String,
    /// When it began.
    pub from: String,
    /// When it ended, or that it did not.
    pub to: String,
    /// How long it lasted, at least (`>`) if it was not seen to end.
    pub lasted: String,
    /// The depth as a percentage.
    pub depth: String,
    /// The AS that the lost paths share.
    pub behind: String,
    /// How many outages it stands for.
    pub outages: usize,
}

/// The losses that are told, the largest by prefix-seconds first.
pub(crate) fn losses(view: &RunView) -> Vec<EventRow> {
    let window = view.manifest.study.window;
    let selection = Selection::of(&StoryInput::of(view));
    selection.ranked.iter().map(|l| loss(l, window)).collect()
}

fn loss(loss: &Loss<'_>, window: Window) -> EventRow {
    let seconds = (loss.end() - loss.start()).as_secs();
    let times = Times::of(loss.start(), loss.end(), loss.end_kind(), seconds, window);
    let (entity, lost, behind) = match loss {
        Loss::Event(event) => (
            event.entity.clone(),
            format!("{} of {}", event.prefixes_lost_max, event.prefixes_baseline),
            event
                .common_as
                .map(|asn| behind(asn, event.upstreams_before.contains(&asn))),
        ),
        Loss::Loose(loss) => (
            loss.name(),
            loss.prefixes().to_string(),
            loss.common_as()
                .map(|(asn, is_upstream)| behind(asn, is_upstream)),
        ),
    };
    EventRow {
        entity,
        lost,
        from: times.from,
        to: times.to,
        lasted: times.lasted,
        behind: behind.unwrap_or_default(),
    }
}

/// Begin, end and length of a loss in words.
struct Times {
    from: String,
    to: String,
    lasted: String,
}

impl Times {
    fn of(start: Timestamp, end: Timestamp, kind: EndKind, seconds: i64, window: Window) -> Self {
        let lasted = duration(seconds);
        let (to, lasted) = match kind {
            EndKind::Back => (second(end), lasted),
            EndKind::Window => ("not back".to_owned(), format!("> {lasted}")),
            EndKind::Unknown => (
                format!("unknown from {}", second(end)),
                format!("> {lasted}"),
            ),
        };
        let before = if start < window.from { " (before)" } else { "" };
        Self {
            from: second(start) + before,
            to,
            lasted,
        }
    }
}

/// The AS that the lost paths share, and whether it is next to the origin.
fn behind(asn: Asn, is_upstream: bool) -> String {
    match is_upstream {
        true => format!("AS{asn} (upstream)"),
        false => format!("AS{asn}"),
    }
}

/// The outages of prefixes, like ones merged: those of the largest event first, then by time. Nothing
/// where there are too many prefixes to list them one by one and some event tells of them.
pub(crate) fn outages(view: &RunView) -> Vec<OutageRow> {
    let is_many = view.manifest.prefixes.len() > MAX_PREFIXES;
    if is_many && !view.events.is_empty() {
        return Vec::new();
    }
    let ranks = ranked(&view.events).into_iter().zip(0usize..);
    let ranks: BTreeMap<u32, usize> = ranks.map(|(event, rank)| (event.event, rank)).collect();
    let rank = |outage: &OutageView| {
        let rank = outage.event.and_then(|event| ranks.get(&event));
        rank.copied().unwrap_or(usize::MAX)
    };
    let outages = view.outages.iter();
    let mut outages: Vec<&OutageView> = outages.filter(|o| o.scope == Scope::Prefix).collect();
    outages.sort_by_key(|outage| (rank(outage), outage.start));
    merged(&outages, view.manifest.study.window)
}

/// Rows of outages of prefixes; those that read the same but for the prefix are one. The order is
/// that of the first of each.
pub(crate) fn merged(outages: &[&OutageView], window: Window) -> Vec<OutageRow> {
    let mut rows: Vec<(Option<u32>, OutageRow, String)> = Vec::new();
    for outage in outages {
        let row = row(outage, window);
        let is_like = |(event, known, _): &&mut (Option<u32>, OutageRow, String)| {
            let same = OutageRow {
                entity: row.entity.clone(),
                outages: row.outages,
                ..known.clone()
            };
            *event == outage.event && same == row
        };
        match rows.iter_mut().find(is_like) {
            Some((_, known, _)) => known.outages += 1,
            None => {
                let first = row.entity.clone();
                rows.push((outage.event, row, first));
            }
        }
    }
    let named = rows.into_iter().map(|(_, row, first)| OutageRow {
        entity: match row.outages {
            1 => first,
            n => format!("{first} and {} more", n - 1),
        },
        ..row
    });
    named.collect()
}

fn row(outage: &OutageView, window: Window) -> OutageRow {
    let times = Times::of(
        outage.start,
        outage.end,
        outage.end_kind,
        outage.duration_s,
        window,
    );
    let other = match (outage.end_kind, outage.other_origins.as_slice()) {
        (_, []) => String::new(),
        (_, origins) => format!(" (also {})", asns(origins)),
    };
    OutageRow {
        entity: with_family(&outage.entity, outage.family),
        from: times.from,
        to: times.to + &other,
        lasted: times.lasted,
        depth: percent(outage.depth),
        behind: match outage.common_as {
            Some(asn) => behind(asn, outage.upstreams_before.contains(&asn)),
            None => String::new(),
        },
        outages: 1,
    }
}
