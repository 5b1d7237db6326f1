//! Sets of prefixes, and how a route relates to one. Every route of every file is tested, so that a
//! bitmap rejects most of them at once.

use crate::model::net::{Family, Prefix};

/// How the prefix of a route relates to a set of watched prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SetRelation {
    /// It is watched.
    Watched,
    /// It is less specific than a watched prefix and contains it. A default route never is, nor
    /// anything shorter than /8 (IPv6 /16).
    Covering,
    /// Neither.
    Unrelated,
}

/// Address blocks: a prefix equal to one or inside one is watched.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    bitmap: AddressBitmap,
    /// First and last address of the blocks that lie in no other, sorted. Adjacent blocks are not
    /// merged: a prefix that spans both is inside neither.
    v4: Vec<(u32, u32)>,
    /// For each /16: index of the first of `v4` that ends in it or after it. So the search among
    /// 100,000 blocks is one among the few of a /16, whose ranges fit in the second-level cache.
    from_sixteen: Vec<u32>,
    /// For each /16: a bit for each /20 in it that a block touches. With 100,000 blocks nearly
    /// every /16 has one; this bitmap rejects most routes.
    twenties: Vec<u16>,
    v6: Vec<(u128, u128)>,
}

impl Blocks {
    /// The blocks, sorted, none inside another.
    pub(crate) fn new(space: &[Prefix]) -> Self {
        let mut blocks = Self {
            twenties: vec![0; 1 << 16],
            ..Self::default()
        };
        for &block in space {
            let (first, last) = (block.first(), block.last());
            match block.family() {
                Family::V4 => blocks.add_v4(v4(first), v4(last)),
                Family::V6 => blocks.v6.push((first, last)),
            }
            blocks.bitmap.add(block);
        }
        let mut at = 0;
        blocks.from_sixteen.reserve_exact((1 << 16) + 1);
        for sixteen in 0..1u32 << 16 {
            while blocks.v4.get(at).is_some_and(|r| r.1 >> 16 < sixteen) {
                at += 1;
            }
            blocks.from_sixteen.push(at as u32);
        }
        blocks.from_sixteen.push(blocks.v4.len() as u32);
        blocks
    }

    fn add_v4(&mut self, first: u32, last: u32) {
        self.v4.push((first, last));
        for twenty in first >> 12..=last >> 12 {
            self.twenties[twenty as usize >> 4] |= 1 << (twenty & 0xf);
        }
    }

    /// Whether a block may share a /20 with an IPv4 prefix.
    fn may_touch(&self, first: u32, len: u8) -> bool {
        let twenties = match len {
            20.. => 1,
            16.. => (1 << (1 << (20 - len))) - 1,
            _ => return true,
        };
        let touched = self.twenties.get((first >> 16) as usize);
        touched.is_some_and(|&bits| u32::from(bits) & (twenties << (first >> 12 & 0xf)) != 0)
    }

    pub(crate) fn relation(&self, prefix: Prefix) -> SetRelation {
        let (first, last) = (prefix.first(), prefix.last());
        let relation = match prefix.family() {
            Family::V4 if !self.bitmap.may_relate(prefix) => SetRelation::Unrelated,
            Family::V4 if !self.may_touch(v4(first), prefix.len()) => SetRelation::Unrelated,
            Family::V4 => {
                let (first, last) = (v4(first), v4(last));
                relation(self.near(first, last), first, last)
            }
            Family::V6 => relation(&self.v6, first, last),
        };
        unless_too_short(prefix, relation)
    }

    /// The ranges that `first..=last` can overlap.
    fn near(&self, first: u32, last: u32) -> &[(u32, u32)] {
        let (from, to) = (first >> 16, last >> 16);
        match (from == to, self.from_sixteen.get(from as usize..)) {
            (true, Some([this, next, ..])) => {
                // The next one's first can be this one's last: a block may span both.
                let end = (*next as usize + 1).min(self.v4.len());
                &self.v4[(*this as usize).min(end)..end]
            }
            _ => &self.v4,
        }
    }
}

/// How `first..=last` relates to sorted, disjoint ranges.
fn relation<T: Ord + Copy>(ranges: &[(T, T)], first: T, last: T) -> SetRelation {
    let after = ranges.partition_point(|range| range.0 <= first);
    let before = after.checked_sub(1).and_then(|i| ranges.get(i));
    match (before, ranges.get(after)) {
        (Some(range), _) if last <= range.1 => SetRelation::Watched,
        (Some(range), _) if first == range.0 => SetRelation::Covering,
        (_, Some(range)) if range.0 <= last => SetRelation::Covering,
        _ => SetRelation::Unrelated,
    }
}

fn unless_too_short(prefix: Prefix, relation: SetRelation) -> SetRelation {
    match relation {
        SetRelation::Covering if prefix.len() < prefix.family().shortest_route() => {
            SetRelation::Unrelated
        }
        relation => relation,
    }
}

/// Single prefixes: these are watched, their more-specifics are not.
#[derive(Debug, Clone, Default)]
pub struct PrefixSet {
    bitmap: AddressBitmap,
    sorted: Vec<Prefix>,
    /// Those no longer than a unit (/24, IPv6 /48). A route covering a longer one, such as a
    /// blackhole, is of no interest.
    units: Vec<Prefix>,
}

impl PrefixSet {
    /// Whether it is empty.
    pub const fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Whether a prefix is in it.
    pub fn contains(&self, prefix: Prefix) -> bool {
        self.sorted.binary_search(&prefix).is_ok()
    }

    /// Its prefixes, sorted.
    pub fn iter(&self) -> impl Iterator<Item = Prefix> {
        self.sorted.iter().copied()
    }

    /// How a prefix relates to the set.
    pub(crate) fn relation(&self, prefix: Prefix) -> SetRelation {
        if self.is_empty() || prefix.family() == Family::V4 && !self.bitmap.may_relate(prefix) {
            return SetRelation::Unrelated;
        }
        if self.contains(prefix) {
            return SetRelation::Watched;
        }
        // In sorted order the more-specifics of a prefix follow it directly.
        let after = self.units.partition_point(|p| *p <= prefix);
        match self.units.get(after) {
            Some(&next) if prefix.contains(next) => unless_too_short(prefix, SetRelation::Covering),
            _ => SetRelation::Unrelated,
        }
    }
}

impl FromIterator<Prefix> for PrefixSet {
    fn from_iter<I: IntoIterator<Item = Prefix>>(prefixes: I) -> Self {
        let mut sorted: Vec<Prefix> = prefixes.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut bitmap = AddressBitmap::default();
        sorted.iter().for_each(|&prefix| bitmap.add(prefix));
        let holds_unit = |p: &&Prefix| p.len() <= p.family().unit_len();
        let units = sorted.iter().filter(holds_unit).copied().collect();
        Self {
            bitmap,
            sorted,
            units,
        }
    }
}

/// Which parts of the IPv4 address space a set touches at all.
#[derive(Debug, Clone)]
struct AddressBitmap {
    /// A bit for each /16.
    sixteens: Box<[u64; 1 << 10]>,
    /// A bit for each /8.
    eights: [u64; 4],
}

impl Default for AddressBitmap {
    fn default() -> Self {
        Self {
            sixteens: Box::new([0; 1 << 10]),
            eights: [0; 4],
        }
    }
}

impl AddressBitmap {
    fn add(&mut self, prefix: Prefix) {
        if prefix.family() == Family::V6 {
            return;
        }
        let (first, last) = (v4(prefix.first()), v4(prefix.last()));
        for sixteen in first >> 16..=last >> 16 {
            self.sixteens[sixteen as usize / 64] |= 1 << (sixteen % 64);
        }
        for eight in first >> 24..=last >> 24 {
            self.eights[eight as usize / 64] |= 1 << (eight % 64);
        }
    }

    /// Whether an IPv4 prefix may be watched or covering.
    fn may_relate(&self, prefix: Prefix) -> bool {
        let first = v4(prefix.first());
        match prefix.len() {
            16.. => {
                let sixteen = first >> 16;
                self.sixteens[sixteen as usize / 64] >> (sixteen % 64) & 1 == 1
            }
            8.. => {
                let eight = first >> 24;
                self.eights[eight as usize / 64] >> (eight % 64) & 1 == 1
            }
            _ => true,
        }
    }
}

/// An IPv4 address out of 128 left-aligned bits.
const fn v4(bits: u128) -> u32 {
    (bits >> 96) as u32
}
