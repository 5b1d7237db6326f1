//! The order in which prefixes or vantage ASes were lost and came back, as tables of the report.

use crate::model::time::SECOND;
use crate::plot::order::{LossOrder, LossRow, Lost};
use crate::view::words::{counted, duration, second};
use serde_json::{Value, json};

/// At most so many losses of an order are listed.
const MAX_LOSSES: usize = 100;

/// A section of the report: one order of losses.
pub(super) fn section(order: &LossOrder) -> Value {
    let rows = &order.rows;
    let lost = || rows.iter().map(|row| row.lost_at);
    let (first, last) = (lost().min(), lost().max());
    let (first, last) = (first.unwrap_or(order.start), last.unwrap_or(order.start));
    let backs = || rows.iter().filter_map(|row| row.back_at);
    let (first_back, last_back) = (backs().min(), backs().max());
    let lost_spread = last.0 - first.0;
    let back_spread = first_back.zip(last_back).map_or(0, |(a, b)| b.0 - a.0);
    let row = |position: usize, row: &LossRow| {
        let lost_after = row.lost_at.0 - first.0;
        let back_after = row
            .back_at
            .zip(first_back)
            .map(|(at, first)| at.0 - first.0);
        json!({
            "position": position,
            "lost": row.name,
            "at": second(row.lost_at),
            "after": lost_after / SECOND,
            "at_share": left_percent(lost_after, lost_spread),
            "back": row.back_at.map(second).unwrap_or_default(),
            "back_after": back_after.map(|after| (after / SECOND).to_string()).unwrap_or_default(),
            "back_share": left_percent(back_after.unwrap_or(0), back_spread),
            "path": row.last_path,
        })
    };
    // What was lost at the same instant has the same number.
    let position = |r: &LossRow| 1 + rows.iter().filter(|o| o.lost_at < r.lost_at).count();
    let listed = rows.iter().take(MAX_LOSSES);
    let listed: Vec<Value> = listed.map(|r| row(position(r), r)).collect();
    let (one, many) = order.of.nouns();
    let column = match order.of {
        Lost::VantageAses => "Vantage AS",
        Lost::Prefixes => "Prefix",
    };
    json!({
        "number": order.event,
        "entity": order.entity,
        "start": second(order.start),
        "summary": format!(
            "from {} UTC: {} within {}",
            second(order.start), counted(rows.len(), one, many), duration(lost_spread / SECOND)
        ),
        "what": column,
        "paths": rows.iter().any(|row| !row.last_path.is_empty()),
        "losses": listed,
        "more": rows.len().saturating_sub(MAX_LOSSES),
        "table": match order.of {
            Lost::VantageAses => "losses.csv",
            Lost::Prefixes => "outages.csv",
        },
    })
}

/// Where a dot is on its track, in percent from the left, with 2 % left free at either end.
fn left_percent(part: i64, whole: i64) -> String {
    match whole {
        0 => "2".to_owned(),
        _ => format!("{}", 2 + part * 96 / whole),
    }
}
