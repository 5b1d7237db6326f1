//! The RIB records whose prefixes contain the latest one's, stored: if the latest prefix is discovered by
//! its origin AS, they cover it, and nothing else would have kept them.
//!
//! A collector dumps its table from each prefix to the prefixes inside it, so that what covers a prefix
//! comes before it. A dump in another order is noticed, and read a second time.

use crate::model::net::{Family, Prefix};

/// A RIB record as it is in the file.
#[derive(Default)]
pub(crate) struct StoredRecord {
    prefix: Option<Prefix>,
    pub time: i64,
    pub offset: u64,
    pub subtype: u16,
    pub body: Vec<u8>,
}

/// The records whose prefixes contain the latest one, shortest prefix first.
#[derive(Default)]
pub(crate) struct CoveringRecords {
    stored: Vec<StoredRecord>,
    /// How many of them count; the others lend their buffers.
    depth: usize,
    /// The latest prefix of each family.
    latest: [Option<Prefix>; 2],
    /// The family of the latest prefix.
    family: Option<Family>,
    out_of_order: bool,
}

impl CoveringRecords {
    /// Whether each prefix came before those inside it, and each family without interruption.
    pub(crate) const fn is_in_order(&self) -> bool {
        !self.out_of_order
    }

    /// Goes on to a prefix: records that do not contain it are dropped.
    pub(crate) fn advance_to(&mut self, prefix: Prefix) {
        let family = prefix.family();
        let latest = self.latest[family.index()].replace(prefix);
        // A family that is resumed lacks the records stored before it was left.
        let is_resumed = self.family != Some(family) && latest.is_some();
        self.out_of_order |= is_resumed || latest.is_some_and(|latest| prefix <= latest);
        self.family = Some(family);
        let contains = |stored: &StoredRecord| stored.prefix.is_some_and(|p| p.contains(prefix));
        while self.depth > 0 && !contains(&self.stored[self.depth - 1]) {
            self.depth -= 1;
        }
    }

    /// Stores the record of `prefix`, which `fill` writes.
    pub(crate) fn store(&mut self, prefix: Prefix, fill: impl FnOnce(&mut StoredRecord)) {
        let family = prefix.family();
        if prefix.len() < family.shortest_route() || prefix.len() >= family.unit_len() {
            return;
        }
        if self.depth == self.stored.len() {
            self.stored.push(StoredRecord::default());
        }
        let stored = &mut self.stored[self.depth];
        stored.prefix = Some(prefix);
        stored.body.clear();
        fill(stored);
        self.depth += 1;
    }

    /// Takes out all records that contain `prefix`, the latest one.
    pub(crate) fn take(&mut self, prefix: Prefix) -> Vec<StoredRecord> {
        if prefix.len() > prefix.family().unit_len() {
            return Vec::new();
        }
        let depth = std::mem::take(&mut self.depth);
        self.stored.drain(..depth).collect()
    }
}
