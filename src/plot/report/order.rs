//! The order in which each outage's vantage ASes or prefixes were lost and came back.

use crate::detect::Scope;
use crate::model::time::SECOND;
use crate::view::words::{counted, duration, second};
use crate::view::{LossView, OutageView};
use serde_json::{Value, json};

/// At most so many losses of an outage are listed.
const MAX_LOSSES: usize = 100;

/// A section of the report: one outage's losses in order.
pub(super) fn section(outage: &OutageView) -> Value {
    let losses = &outage.losses;
    let first = losses.iter().map(|l| l.lost_at).min();
    let first = first.unwrap_or(outage.start);
    let last = losses.iter().map(|l| l.lost_at).max();
    let last = last.unwrap_or(outage.start);
    let backs = || losses.iter().filter_map(|l| l.back_at);
    let (first_back, last_back) = (backs().min(), backs().max());
    let lost_spread = last.0 - first.0;
    let back_spread = first_back.zip(last_back).map_or(0, |(a, b)| b.0 - a.0);
    let row = |l: &LossView| {
        let lost_after = l.lost_at.0 - first.0;
        let back_after = l.back_at.zip(first_back).map(|(at, first)| at.0 - first.0);
        json!({
            "position": l.position,
            "lost": l.lost,
            "at": second(l.lost_at),
            "after": lost_after / SECOND,
            "at_share": left_percent(lost_after, lost_spread),
            "back": l.back_at.map(second).unwrap_or_default(),
            "back_after": back_after.map(|after| (after / SECOND).to_string()).unwrap_or_default(),
            "back_share": left_percent(back_after.unwrap_or(0), back_spread),
            "path": l.last_path,
        })
    };
    let rows: Vec<Value> = losses.iter().take(MAX_LOSSES).map(row).collect();
    let (column, one, many) = match outage.scope {
        Scope::Prefix => ("Vantage AS", "vantage AS", "vantage ASes"),
        _ => ("Prefix", "prefix", "prefixes"),
    };
    json!({
        "entity": outage.entity,
        "start": second(outage.start),
        "summary": format!(
            "from {} UTC: {} within {}",
            second(outage.start), counted(losses.len(), one, many), duration(lost_spread / SECOND)
        ),
        "what": column,
        "paths": losses.iter().any(|l| !l.last_path.is_empty()),
        "losses": rows,
        "more": losses.len().saturating_sub(MAX_LOSSES),
    })
}

/// Where a dot is on its track, in percent from the left, with 2 % left free at either end.
fn left_percent(part: i64, whole: i64) -> String {
    match whole {
        0 => "2".to_owned(),
        _ => format!("{}", 2 + part * 96 / whole),
    }
}
