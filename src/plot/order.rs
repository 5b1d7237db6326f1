//! In which order things were lost and came back: the prefixes of an event, and the vantage ASes of
//! one of its prefixes. The figure and the report both draw these.

use crate::detect::Scope;
use crate::model::time::Timestamp;
use crate::view::{EndKind, EventView, OutageView, RunView, ranked};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What was lost of an event or of a prefix, in the order in which it was lost.
pub(super) struct LossOrder {
    /// The number of the event that it belongs to; `None` where it belongs to none.
    pub event: Option<u32>,
    /// Whose loss it is.
    pub entity: String,
    /// What was lost.
    pub of: Lost,
    /// When the loss began.
    pub start: Timestamp,
    /// When it ended, or from when on nothing is known.
    pub end: Timestamp,
    /// Which of these.
    pub end_kind: EndKind,
    /// By time of the loss, then by name.
    pub rows: Vec<LossRow>,
}

/// What the rows of an order are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// Prefixes, whose visibility fell below one half.
    Prefixes,
    /// Vantage ASes, which lost their routes to a prefix.
    VantageAses,
}

impl Lost {
    /// One of them, and several.
    pub(super) const fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Prefixes => ("prefix", "prefixes"),
            Self::VantageAses => ("vantage AS", "vantage ASes"),
        }
    }
}

/// Something that was lost.
pub(super) struct LossRow {
    /// The prefix or vantage AS.
    pub name: String,
    /// When it was lost, for the first time if more than once.
    pub lost_at: Timestamp,
    /// When it was back for the last time; `None` where it was not.
    pub back_at: Option<Timestamp>,
    /// The last path of a vantage AS before the loss.
    pub last_path: String,
}

/// The orders of a run: for each event, the largest first, that of its prefixes if there are several,
/// and that of the vantage ASes of its prefix that was lost longest. Then those of outages of
/// prefixes that belong to no event, the longest first.
pub(super) fn orders(view: &RunView) -> Vec<LossOrder> {
    let prefix_outages = || view.outages.iter().filter(|o| o.scope == Scope::Prefix);
    let mut orders = Vec::new();
    for event in ranked(&view.events) {
        let of_event = prefix_outages().filter(|o| o.event == Some(event.event));
        let of_event: Vec<&OutageView> = of_event.collect();
        let prefixes = of_prefixes(event, &of_event).into_iter();
        orders.extend(prefixes.filter(|order| order.rows.len() > 1));
        orders.extend(
            longest_first(of_event)
                .into_iter()
                .find_map(of_vantage_ases),
        );
    }
    let loose: Vec<&OutageView> = prefix_outages().filter(|o| o.event.is_none()).collect();
    orders.extend(longest_first(loose).into_iter().filter_map(of_vantage_ases));
    orders
}

fn longest_first(mut outages: Vec<&OutageView>) -> Vec<&OutageView> {
    outages.sort_by_key(|o| (Reverse(o.down_s), o.start));
    outages
}

fn of_prefixes(event: &EventView, outages: &[&OutageView]) -> Option<LossOrder> {
    let mut by_prefix: BTreeMap<&str, (Timestamp, Option<Timestamp>)> = BTreeMap::new();
    for outage in outages {
        let back = (outage.end_kind == EndKind::Back).then_some(outage.end);
        let (lost_at, back_at) = by_prefix
            .entry(&outage.entity)
            .or_insert((outage.start, back));
        *lost_at = (*lost_at).min(outage.start);
        *back_at = back_at.zip(back).map(|(a, b)| a.max(b));
    }
    let rows = by_prefix
        .into_iter()
        .map(|(prefix, (lost_at, back_at))| LossRow {
            name: prefix.to_owned(),
            lost_at,
            back_at,
            last_path: String::new(),
        });
    let mut rows: Vec<LossRow> = rows.collect();
    rows.sort_by_key(|row| row.lost_at);
    let order = LossOrder {
        event: Some(event.event),
        entity: match event.scope {
            Scope::Watch => "The watch list".to_owned(),
            _ => event.entity.clone(),
        },
        of: Lost::Prefixes,
        start: event.start,
        end: event.end,
        end_kind: event.end_kind,
        rows,
    };
    (!order.rows.is_empty()).then_some(order)
}

fn of_vantage_ases(outage: &OutageView) -> Option<LossOrder> {
    let rows = outage.losses.iter().map(|loss| LossRow {
        name: loss.lost.clone(),
        lost_at: loss.lost_at,
        back_at: loss.back_at,
        last_path: loss.last_path.clone(),
    });
    let mut rows: Vec<LossRow> = rows.collect();
    rows.sort_by_key(|row| row.lost_at);
    let order = LossOrder {
        event: outage.event,
        entity: outage.entity.clone(),
        of: Lost::VantageAses,
        start: outage.start,
        end: outage.end,
        end_kind: outage.end_kind,
        rows,
    };
    (!order.rows.is_empty()).then_some(order)
}
