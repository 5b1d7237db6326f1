//! Random numbers from a seed.

/// Splitmix64: small, and the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`; 0 for none.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// How many cases are tried: a sample, all of them with `DROPLINE_SWEEP=full`, or so many at most as
/// `DROPLINE_SWEEP` says.
pub fn tries(sample: usize, full: usize) -> usize {
    let Ok(asked) = std::env::var("DROPLINE_SWEEP") else {
        return sample;
    };
    match asked.parse() {
        Ok(most) => full.min(most).max(sample.min(full)),
        Err(_) if asked == "full" => full,
        Err(_) => sample,
    }
}
