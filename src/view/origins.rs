//! Whose routes a prefix had at some minutes: before an outage that belongs to no event, and after one
//! in which other origins than its own were seen. Read only where there are such outages.

use super::batches::{BatchReader, asns};
use super::outages::OutageView;
use super::reader::ReadError;
use crate::detect::{EndKind, Scope};
use crate::manifest::Manifest;
use crate::model::net::Asn;
use crate::model::time::{MINUTE, Timestamp};
use crate::write::tables::prefixes;
use rustc_hash::FxHashMap;
use std::path::Path;

/// Fills in `origins_before` and `origins_back`.
pub(super) fn fill(
    dir: &Path,
    manifest: &Manifest,
    outages: &mut [OutageView],
) -> Result<(), ReadError> {
    let mut wanted: FxHashMap<(String, Timestamp), Vec<Asn>> = FxHashMap::default();
    for outage in outages.iter() {
        wanted.extend(before(outage).into_iter().chain(back(outage)).map(|at| {
            let key = (outage.entity.clone(), at);
            (key, Vec::new())
        }));
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let columns = ["minute", "prefix", "origins"];
    let mut reader = BatchReader::open(dir, manifest, &prefixes::TABLE, &columns)?;
    while let Some(rows) = reader.next()? {
        let origins = reader.column("origins");
        for row in 0..rows {
            let Some(minute) = reader.time("minute", row) else {
                continue;
            };
            let key = (reader.string("prefix", row), minute);
            if let Some(found) = wanted.get_mut(&key) {
                *found = asns(origins, row);
            }
        }
    }
    for outage in outages {
        let found = |at: Option<Timestamp>| {
            let key = (outage.entity.clone(), at?);
            wanted.get(&key).cloned()
        };
        let (before, back) = (found(before(outage)), found(back(outage)));
        outage.origins_before = before.unwrap_or_default();
        outage.origins_back = back.unwrap_or_default();
    }
    Ok(())
}

/// The last minute that ends before an outage of no event.
fn before(outage: &OutageView) -> Option<Timestamp> {
    let is_wanted = outage.scope == Scope::Prefix && outage.event.is_none();
    is_wanted.then(|| Timestamp(outage.start.minute().0 - MINUTE))
}

/// The minute in which a prefix was back, if other origins had routes to it.
fn back(outage: &OutageView) -> Option<Timestamp> {
    let is_wanted = outage.scope == Scope::Prefix
        && outage.end_kind == EndKind::Back
        && !outage.other_origins.is_empty();
    is_wanted.then(|| outage.end.minute())
}
