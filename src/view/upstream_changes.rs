//! `upstream_changes` read back, as far as published times name the upstreams: of many prefixes in a
//! long window there are millions of rows.

use super::batches::{BatchReader, count};
use super::reader::ReadError;
use crate::manifest::Manifest;
use crate::model::net::Asn;
use crate::model::time::Timestamp;
use crate::write::tables::upstream_changes;
use std::path::Path;

/// A row of `upstream_changes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamChangeView {
    /// When, UTC.
    pub at: Timestamp,
    /// The AS next to the origin.
    pub upstream: Asn,
    /// Whether it appeared; else it left.
    pub appears: bool,
}

/// The changes of the given upstreams, by time.
pub(super) fn read(
    dir: &Path,
    manifest: &Manifest,
    of: &[Asn],
) -> Result<Vec<UpstreamChangeView>, ReadError> {
    let mut changes = Vec::new();
    if of.is_empty() {
        return Ok(changes);
    }
    let columns = ["time", "upstream", "change"];
    let mut reader = BatchReader::open(dir, manifest, &upstream_changes::TABLE, &columns)?;
    while let Some(rows) = reader.next()? {
        let upstreams = reader.column("upstream");
        for row in 0..rows {
            let upstream: Asn = count(upstreams, row);
            let Some(at) = reader.time("time", row).filter(|_| of.contains(&upstream)) else {
                continue;
            };
            changes.push(UpstreamChangeView {
                at,
                upstream,
                appears: &*reader.text("change", row) == "appears",
            });
        }
    }
    Ok(changes)
}
