//! Outages in the Common Outage Data Format.
//!
//! The meaning of the fields is that of A. Dainotti, J. Heidemann, A. King, R. Padmanabhan and
//! Y. Pradkin, *Common Outage Data Format, version 1.0* (ISI-TR-729, 2018). Their names and types are
//! those of IODA's public API (`/v2/outages/events?format=codf`: `OutagesEventNormalizer` of
//! InetIntel/ioda-api), so that programs that read IODA's events can read these. The tab-separated
//! syntax of the technical report and its header are not supported.
//!
//! | key | value |
//! |---|---|
//! | `location` | `country/KP`, `asn/131279`, `prefix/175.45.177.0/24`; `/IPv6` is appended for IPv6 of a country or AS, which is an extension |
//! | `start`, `duration` | whole seconds; `start` since 1970, rounded down |
//! | `uncertainty` | seconds by which the outage may have begun earlier, if the table has them; else null |
//! | `status` | 0: down. Other states are not exported |
//! | `fraction` | the share of the location that was lost at worst (the table's depth) |
//! | `score` | null: IODA's score has no counterpart here |
//! | `location_name` | the entity as in the tables |
//! | `overlaps_window` | whether it began before the window or did not end in it |
//! | `datasource` | `bgp` |

use super::json::outages;
use super::reader::ReadError;
use crate::manifest::Manifest;
use crate::model::time::{SECOND, Timestamp};
use serde_json::{Value, json};
use std::path::Path;

/// The outages of a run.
///
/// # Errors
/// The table cannot be read.
pub(crate) fn events(dir: &Path, manifest: &Manifest) -> Result<Value, ReadError> {
    let rows = outages(dir, manifest)?;
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(rows.iter().map(event).collect())
}

fn event(row: &Value) -> Value {
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    json!({
        "location": location(text("scope"), text("entity")),
        "start": Timestamp::parse(text("start")).ok().map(|t| t.0.div_euclid(SECOND)),
        "duration": row["duration_s"],
        "uncertainty": row.get("start_uncertainty_s"),
        "status": 0,
        "fraction": row["depth"],
        "score": Value::Null,
        "location_name": row["entity"],
        "overlaps_window": row["truncated_by_window"],
        "datasource": "bgp",
    })
}

/// `SCOPE/CODE`, as IODA names entities.
fn location(scope: &str, entity: &str) -> String {
    let (name, family) = match entity.split_once(' ') {
        Some((name, family)) => (name, format!("/{family}")),
        None => (entity, String::new()),
    };
    let code = match scope {
        "asn" => name.strip_prefix("AS").unwrap_or(name),
        _ => name,
    };
    format!("{scope}/{code}{family}")
}
