//! Which of very many prefixes are shown one by one.

use super::batches::BatchReader;
use super::outages::OutageView;
use super::reader::ReadError;
use crate::detect::Scope;
use crate::manifest::Manifest;
use crate::write::tables::upstream_changes;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::path::Path;

/// At most so many prefixes are shown one by one; the others only count for their groups.
const MAX_SHOWN: usize = 2_000;

/// The watched prefixes of a run by name, and which of them are shown one by one.
pub(super) struct ShownPrefixes {
    /// By name: the prefix's index in the manifest.
    indices: FxHashMap<String, u32>,
    /// By index in the manifest: the prefix's position among those that are shown.
    positions: Vec<Option<u32>>,
    count: usize,
}

impl ShownPrefixes {
    /// Chooses what matters most where there are more than [`MAX_SHOWN`] prefixes: those that were
    /// lost longest and deepest, then those whose upstreams changed most often, then in the order of
    /// the tables.
    pub(super) fn choose(
        dir: &Path,
        manifest: &Manifest,
        outages: &[OutageView],
    ) -> Result<Self, ReadError> {
        let names = manifest.prefixes.iter().map(ToString::to_string);
        let indices: FxHashMap<String, u32> = names.zip(0u32..).collect();
        let mut positions: Vec<Option<u32>> = vec![None; manifest.prefixes.len()];
        let mut order: Vec<usize> = (0..positions.len()).collect();
        if positions.len() > MAX_SHOWN {
            let mut weights = vec![(0i64, 0u64); positions.len()];
            let of_prefix = outages.iter().filter(|o| o.scope == Scope::Prefix);
            for outage in of_prefix {
                if let Some(&index) = indices.get(&outage.entity) {
                    weights[index as usize].0 += outage.duration_s.max(1) * i64::from(outage.depth);
                }
            }
            let mut reader =
                BatchReader::open(dir, manifest, &upstream_changes::TABLE, &["prefix"])?;
            while let Some(rows) = reader.next()? {
                let prefixes = reader.column("prefix");
                for row in 0..rows {
                    if let Some(&index) = prefixes.text(row).and_then(|p| indices.get(&*p)) {
                        weights[index as usize].1 += 1;
                    }
                }
            }
            order.sort_by_key(|&index| (Reverse(weights[index]), index));
            order.truncate(MAX_SHOWN);
            order.sort_unstable();
        }
        for (position, &index) in (0u32..).zip(&order) {
            positions[index] = Some(position);
        }
        Ok(Self {
            indices,
            positions,
            count: order.len(),
        })
    }

    /// How many prefixes are shown.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// A prefix's index in the manifest, by its name.
    pub(super) fn index(&self, prefix: &str) -> Option<usize> {
        self.indices.get(prefix).map(|&index| index as usize)
    }

    /// A prefix's position among those that are shown, by its index in the manifest.
    pub(super) fn position(&self, index: usize) -> Option<usize> {
        self.positions.get(index)?.map(|position| position as usize)
    }

    /// A prefix's position among those that are shown, by its name.
    pub(super) fn position_by_name(&self, prefix: &str) -> Option<usize> {
        self.position(self.index(prefix)?)
    }
}
