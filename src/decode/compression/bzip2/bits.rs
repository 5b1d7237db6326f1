//! Bits at any offset in a byte: bzip2's magic numbers, and the blocks between them.

/// The magic number that starts a block (pi, BCD).
pub(crate) const BLOCK: u64 = 0x3141_5926_5359;
/// The magic number that ends a stream (square root of pi, BCD).
pub(crate) const END_OF_STREAM: u64 = 0x1772_4538_5090;
pub(crate) const MAGIC_BITS: u64 = 48;
/// A block's magic number and CRC; likewise those of a stream's end.
pub(crate) const BLOCK_HEADER_BITS: u64 = MAGIC_BITS + 32;

/// What starts at a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magic {
    Block,
    EndOfStream,
    /// No magic number: the file ends here.
    Eof,
}

/// `n` (at most 56) bits at bit `at`; zeros past the end.
pub(crate) fn bits(bytes: &[u8], at: u64, n: u64) -> u64 {
    let start = (at / 8) as usize;
    let mut window = [0u8; 8];
    for (slot, byte) in window.iter_mut().zip(bytes.iter().skip(start)) {
        *slot = *byte;
    }
    (u64::from_be_bytes(window) << (at % 8)) >> (64 - n)
}

/// For every value of a byte: the shifts at which it can be the second byte of a magic number. Seven
/// of eight bytes fit none, which makes the search cheap.
const SECOND_BYTE: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut shift = 0;
    while shift < 8 {
        table[((BLOCK >> (32 + shift)) & 0xff) as usize] |= 1 << shift;
        table[((END_OF_STREAM >> (32 + shift)) & 0xff) as usize] |= 1 << shift;
        shift += 1;
    }
    table
};

/// The first magic number that lies completely in `bytes`, at or after bit `from`, with its bit.
pub(crate) fn find_magic(bytes: &[u8], from: u64) -> Option<(Magic, u64)> {
    let first = (from / 8) as usize;
    for (i, &byte) in bytes.iter().enumerate().skip(first + 1) {
        let shifts = SECOND_BYTE[usize::from(byte)];
        if shifts == 0 {
            continue;
        }
        // The magic starts `shift` bits into the byte before; earliest first.
        for shift in 0..8u64 {
            if shifts & (1 << shift) == 0 {
                continue;
            }
            let at = (i as u64 - 1) * 8 + shift;
            if at < from || at + MAGIC_BITS > bytes.len() as u64 * 8 {
                continue;
            }
            match bits(bytes, at, MAGIC_BITS) {
                BLOCK => return Some((Magic::Block, at)),
                END_OF_STREAM => return Some((Magic::EndOfStream, at)),
                _ => {}
            }
        }
    }
    None
}

/// Appends the bits `[from, to)` to whole bytes. Returns how many bits of the last byte are used, 0
/// for all.
pub(crate) fn push_bits(out: &mut Vec<u8>, bytes: &[u8], from: u64, to: u64) -> u64 {
    let shift = (from % 8) as u32;
    let start = (from / 8) as usize;
    let whole = ((to - from) / 8) as usize;
    out.reserve(whole + 16);
    if shift == 0 {
        out.extend_from_slice(&bytes[start..start + whole]);
    } else {
        let pairs = bytes[start..start + whole + 1].windows(2);
        out.extend(pairs.map(|w| (w[0] << shift) | (w[1] >> (8 - shift))));
    }
    let rest = (to - from) % 8;
    if rest > 0 {
        let last = bits(bytes, from + whole as u64 * 8, rest) as u8;
        out.push(last << (8 - rest));
    }
    rest
}

/// Appends bits to bytes of which the last may be partly used.
pub(crate) struct BitWriter {
    pub bytes: Vec<u8>,
    used: u64,
}

impl BitWriter {
    pub(crate) const fn new(bytes: Vec<u8>, used: u64) -> Self {
        Self { bytes, used }
    }

    pub(crate) fn push(&mut self, value: u64, n: u64) {
        for i in (0..n).rev() {
            let bit = ((value >> i) & 1) as u8;
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << (7 - self.used);
            }
            self.used = (self.used + 1) % 8;
        }
    }
}
