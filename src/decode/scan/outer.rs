//! Listings of a RIB that hold the latest one, kept back: should that give itself away by its
//! origin, they cover it, and nobody would look for them otherwise.
//!
//! A collector walks its table from a network to the networks inside, so that what covers a prefix
//! comes before it. A dump in another order is noticed, and read a second time.

use crate::model::net::{Family, Prefix};

/// A listing as it stands in the file.
#[derive(Default)]
pub struct Kept {
    pub prefix: Option<Prefix>,
    pub time: i64,
    pub offset: u64,
    pub subtype: u16,
    pub body: Vec<u8>,
}

/// The listings that hold the latest one, outermost first.
#[derive(Default)]
pub struct Outer {
    kept: Vec<Kept>,
    /// Of these so many count; the others lend their buffers.
    depth: usize,
    /// The latest of each family.
    latest: [Option<Prefix>; 2],
    /// The family that the dump is in.
    family: Option<Family>,
    out_of_order: bool,
}

impl Outer {
    /// Whether each listing came before those inside it, and all at once.
    pub const fn is_in_order(&self) -> bool {
        !self.out_of_order
    }

    /// Goes on to a listing: those that do not hold it are done with.
    pub fn go_to(&mut self, prefix: Prefix) {
        let family = prefix.family();
        let latest = self.latest[family.index()].replace(prefix);
        // A family that was left and comes again lacks what was kept of it.
        let comes_again = self.family != Some(family) && latest.is_some();
        self.out_of_order |= comes_again || latest.is_some_and(|latest| prefix <= latest);
        self.family = Some(family);
        let holds = |kept: &Kept| kept.prefix.is_some_and(|outer| outer.contains(prefix));
        while self.depth > 0 && !holds(&self.kept[self.depth - 1]) {
            self.depth -= 1;
        }
    }

    /// Keeps the listing of `prefix`; `fill` writes it down.
    pub fn keep(&mut self, prefix: Prefix, fill: impl FnOnce(&mut Kept)) {
        let family = prefix.family();
        if prefix.len() < family.shortest_route() || prefix.len() >= family.unit_len() {
            return;
        }
        if self.depth == self.kept.len() {
            self.kept.push(Kept::default());
        }
        let kept = &mut self.kept[self.depth];
        kept.prefix = Some(prefix);
        kept.body.clear();
        fill(kept);
        self.depth += 1;
    }

    /// Takes out all that hold `prefix`.
    pub fn take(&mut self, prefix: Prefix) -> Vec<Kept> {
        if prefix.len() > prefix.family().unit_len() {
            return Vec::new();
        }
        let depth = std::mem::take(&mut self.depth);
        self.kept.drain(..depth).collect()
    }
}
