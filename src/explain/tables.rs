//! What a run's tables alone show of a cell, where the archive's files are no longer at hand: its
//! row, and the changes within the window. The state at the window's start is not in them.

use super::AskedTime;
use super::group::GroupSelector;
use crate::manifest::Manifest;
use crate::model::net::Prefix;
use crate::view::json::matching;
use crate::view::reader::ReadError;
use crate::write::tables::{asns, country, prefixes, transitions};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// A prefix' row, and the last change at each peer before the instant.
///
/// # Errors
/// A table cannot be read.
pub(crate) fn prefix(
    dir: &Path,
    manifest: &Manifest,
    prefix: Prefix,
    at: AskedTime,
) -> Result<Value, ReadError> {
    let wanted = ("prefix", prefix.to_string());
    let minute = ("minute", at.label.to_string());
    let rows = matching(dir, manifest, &prefixes::TABLE, &[minute, wanted.clone()])?;
    let changes = matching(dir, manifest, &transitions::TABLE, &[wanted])?;
    // Written with all their digits, times sort as texts do.
    let before = at.before.with_micros();
    let is_past = |change: &&Value| change["time"].as_str().is_some_and(|t| t < before.as_str());
    let mut last: BTreeMap<[String; 3], &Value> = BTreeMap::new();
    for change in changes.iter().filter(is_past) {
        let key = ["collector", "peer_asn", "peer_ip"].map(|name| change[name].to_string());
        last.insert(key, change);
    }
    Ok(json!({
        "prefix": prefix,
        "at": super::json::at(&at),
        "from_tables": true,
        "rows": rows,
        "changes": last.into_values().collect::<Vec<_>>(),
    }))
}

/// A group's rows.
///
/// # Errors
/// The table cannot be read.
pub(crate) fn group(
    dir: &Path,
    manifest: &Manifest,
    group: GroupSelector,
    at: AskedTime,
) -> Result<Value, ReadError> {
    let minute = ("minute", at.label.to_string());
    let (table, wanted) = match group {
        GroupSelector::Asn(asn) => (&asns::TABLE, vec![minute, ("asn", asn.to_string())]),
        GroupSelector::Whole => (&country::TABLE, vec![minute]),
    };
    Ok(json!({
        "at": super::json::at(&at),
        "from_tables": true,
        "rows": matching(dir, manifest, table, &wanted)?,
    }))
}
