//! Numbers that follow from where they are asked for, so that data is the same whatever the order
//! in which it is made.

/// SplitMix64, seeded by place.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64, of: [u64; 3]) -> Self {
        let mut dice = Self(seed);
        for part in of {
            dice.0 = dice.next() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
