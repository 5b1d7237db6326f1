//! Numbers that follow from where they are asked for, so that data is the same whatever the order
//! in which it is made.

#[allow(dead_code, reason = "not all of it is asked for here")]
#[path = "../tests/harness/random.rs"]
mod random;

use random::Random;

/// The tests' numbers by chance, seeded by place.
pub struct Dice(Random);

impl Dice {
    pub fn new(seed: u64, of: [u64; 3]) -> Self {
        let mut dice = Self(Random(seed));
        for part in of {
            dice.0.0 = dice.next() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0.next()
    }
}
