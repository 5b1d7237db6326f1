//! Address space that is looked for. Every route of every file is asked where it stands to it, so
//! most are turned away by one bit.

use crate::model::net::{Family, Prefix};

/// Where a route stands to the space that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// It is watched.
    Watched,
    /// It is less specific than something that is watched, and contains it; never a default
    /// route, nor anything shorter than /8 (IPv6 /16).
    Covering,
    /// Neither.
    Apart,
}

/// Address blocks: what is equal to one, or inside, is watched.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    sieve: Sieve,
    /// First and last address of the blocks that lie in no other, sorted. Neighbours stay two: a
    /// prefix that spans both is inside neither.
    v4: Vec<(u32, u32)>,
    /// For each /16: the first of `v4` that ends in it or behind. So 100,000 blocks are searched
    /// among the few of a /16, whose places lie in the second-level cache.
    from_sixteen: Vec<u32>,
    /// For each /16: a bit for each /20 in it that a block touches. Of 100,000 blocks nearly every
    /// /16 has one; most routes are turned away here.
    twenties: Vec<u16>,
    v6: Vec<(u128, u128)>,
}

impl Blocks {
    /// The blocks, sorted, none inside another.
    pub fn new(space: &[Prefix]) -> Self {
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
            blocks.sieve.add(block);
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

    /// Whether a block may lie in the same /20 as some of an IPv4 prefix.
    fn may_touch(&self, first: u32, len: u8) -> bool {
        let twenties = match len {
            20.. => 1,
            16.. => (1 << (1 << (20 - len))) - 1,
            _ => return true,
        };
        let touched = self.twenties.get((first >> 16) as usize);
        touched.is_some_and(|&bits| u32::from(bits) & (twenties << (first >> 12 & 0xf)) != 0)
    }

    pub fn place(&self, prefix: Prefix) -> Place {
        let (first, last) = (prefix.first(), prefix.last());
        let place = match prefix.family() {
            Family::V4 if !self.sieve.passes(prefix) => Place::Apart,
            Family::V4 if !self.may_touch(v4(first), prefix.len()) => Place::Apart,
            Family::V4 => {
                let (first, last) = (v4(first), v4(last));
                place(self.near(first, last), first, last)
            }
            Family::V6 => place(&self.v6, first, last),
        };
        not_too_short(prefix, place)
    }

    /// The ranges that `first..=last` can have to do with.
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

/// Where `first..=last` stands to sorted, disjoint ranges.
fn place<T: Ord + Copy>(ranges: &[(T, T)], first: T, last: T) -> Place {
    let after = ranges.partition_point(|range| range.0 <= first);
    let before = after.checked_sub(1).and_then(|i| ranges.get(i));
    match (before, ranges.get(after)) {
        (Some(range), _) if last <= range.1 => Place::Watched,
        (Some(range), _) if first == range.0 => Place::Covering,
        (_, Some(range)) if range.0 <= last => Place::Covering,
        _ => Place::Apart,
    }
}

fn not_too_short(prefix: Prefix, place: Place) -> Place {
    match place {
        Place::Covering if prefix.len() < prefix.family().shortest_route() => Place::Apart,
        place => place,
    }
}

/// Single prefixes: they are watched, what lies inside them is not.
#[derive(Debug, Clone, Default)]
pub struct PrefixSet {
    sieve: Sieve,
    sorted: Vec<Prefix>,
    /// Of these, those that hold a unit: a longer one, such as a blackhole, is not asked to be
    /// covered.
    units: Vec<Prefix>,
}

impl PrefixSet {
    /// Whether it holds nothing.
    pub const fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Whether it holds a prefix.
    pub fn contains(&self, prefix: Prefix) -> bool {
        self.sorted.binary_search(&prefix).is_ok()
    }

    /// Its prefixes, sorted.
    pub fn iter(&self) -> impl Iterator<Item = Prefix> {
        self.sorted.iter().copied()
    }

    /// Where a prefix stands to the set.
    pub fn place(&self, prefix: Prefix) -> Place {
        if self.is_empty() || prefix.family() == Family::V4 && !self.sieve.passes(prefix) {
            return Place::Apart;
        }
        if self.contains(prefix) {
            return Place::Watched;
        }
        // What lies inside a prefix follows it at once.
        let after = self.units.partition_point(|p| *p <= prefix);
        match self.units.get(after) {
            Some(&next) if prefix.contains(next) => not_too_short(prefix, Place::Covering),
            _ => Place::Apart,
        }
    }
}

impl FromIterator<Prefix> for PrefixSet {
    fn from_iter<I: IntoIterator<Item = Prefix>>(prefixes: I) -> Self {
        let mut sorted: Vec<Prefix> = prefixes.into_iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut sieve = Sieve::default();
        sorted.iter().for_each(|&prefix| sieve.add(prefix));
        let holds_unit = |p: &&Prefix| p.len() <= p.family().unit_len();
        let units = sorted.iter().filter(holds_unit).copied().collect();
        Self {
            sieve,
            sorted,
            units,
        }
    }
}

/// Which parts of IPv4 anything touches at all.
#[derive(Debug, Clone)]
struct Sieve {
    /// A bit for each /16.
    sixteens: Box<[u64; 1 << 10]>,
    /// A bit for each /8.
    eights: [u64; 4],
}

impl Default for Sieve {
    fn default() -> Self {
        Self {
            sixteens: Box::new([0; 1 << 10]),
            eights: [0; 4],
        }
    }
}

impl Sieve {
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
    fn passes(&self, prefix: Prefix) -> bool {
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
