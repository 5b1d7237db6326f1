//! Events of countries and ASes, and outages of prefixes, in the Common Outage Data Format.
//!
//! The meaning of the fields is that of A. Dainotti, J. Heidemann, A. King, R. Padmanabhan and
//! Y. Pradkin, *Common Outage Data Format, version 1.0* (ISI-TR-729, 2018). Their names and types are
//! those of IODA's public API (`/v2/outages/events?format=codf`: `OutagesEventNormalizer` of
//! InetIntel/ioda-api), so that programs that read IODA's events can read these. The tab-separated
//! syntax of the technical report and its header are not supported.
//!
//! Outages of whole countries and ASes are left out: they are the worst part of an event.
//!
//! | key | value |
//! |---|---|
//! | `location` | `country/KP`, `asn/131279`; `prefix/175.45.177.0/24` and `watch/watch` are extensions |
//! | `start`, `duration` | whole seconds; `start` since 1970, rounded down |
//! | `uncertainty` | seconds by which it may have begun earlier |
//! | `status` | 0: down. Other states are not exported |
//! | `fraction` | the share of the location that was lost at worst: of an event its prefixes, of a prefix its depth |
//! | `score` | null: IODA's score has no counterpart here |
//! | `location_name` | what people call it, or the entity as in the tables |
//! | `overlaps_window` | whether it began before the window or was not seen to end in it |
//! | `datasource` | `bgp` |

use super::json;
use super::reader::ReadError;
use crate::manifest::Manifest;
use crate::model::time::{SECOND, Timestamp};
use crate::model::visibility::ratio;
use serde_json::{Value, json};
use std::path::Path;

/// The events of a run, then the outages of its prefixes.
///
/// # Errors
/// A table cannot be read.
pub(crate) fn events(dir: &Path, manifest: &Manifest) -> Result<Value, ReadError> {
    let events = json::events(dir, manifest)?;
    let outages = json::outages(dir, manifest)?;
    let from = manifest.study.window.from;
    let events = rows(&events).map(|row| record(row, from, lost_share(row)));
    let prefixes = rows(&outages).filter(|row| row["scope"] == "prefix");
    let prefixes = prefixes.map(|row| record(row, from, row["depth"].clone()));
    Ok(events.chain(prefixes).collect())
}

fn rows(table: &Value) -> impl Iterator<Item = &Value> {
    table
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
}

/// The share of its members that an event took at worst.
fn lost_share(row: &Value) -> Value {
    let count = |key: &str| row[key].as_u64();
    let share = count("prefixes_lost_max").zip(count("prefixes_baseline"));
    let share = share.and_then(|(lost, all)| ratio(lost, all));
    share.map_or(Value::Null, |share| json!(f64::from(share) / 10_000.0))
}

fn record(row: &Value, from: Timestamp, fraction: Value) -> Value {
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    let time = |key: &str| Timestamp::parse(text(key)).ok();
    let (start, end) = (time("start"), time("end"));
    let seconds = |time: Timestamp| time.0.div_euclid(SECOND);
    let duration = start.zip(end).map(|(start, end)| (end - start).as_secs());
    let name = match text("name") {
        "" => text("entity"),
        name => name,
    };
    json!({
        "location": location(text("scope"), text("entity")),
        "start": start.map(seconds),
        "duration": duration,
        "uncertainty": row["start_uncertainty_s"],
        "status": 0,
        "fraction": fraction,
        "score": Value::Null,
        "location_name": name,
        "overlaps_window": text("end_kind") != "back" || start.is_some_and(|start| start < from),
        "datasource": "bgp",
    })
}

/// `SCOPE/CODE`, as IODA names entities.
fn location(scope: &str, entity: &str) -> String {
    let code = match scope {
        "asn" => entity.strip_prefix("AS").unwrap_or(entity),
        _ => entity,
    };
    format!("{scope}/{code}")
}
