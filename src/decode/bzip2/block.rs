//! One block on its own, decoded and checked by the `bzip2` crate.

use super::bits::{BLOCK_HEAD, END, MAGIC_BITS, Tail, bits, push_bits};
use bzip2::{Decompress, Status};

/// Run-lengths can unfold a block to some 50 times its nominal 900,000 bytes.
const MOST_UNFOLDED: usize = 64 << 20;

/// A block's bytes, and its CRC.
pub type Decoded = (Vec<u8>, u32);

/// One block, set in a stream of its own so that the crate checks it.
pub fn decode(held: &[u8], level: u8, from: u64, to: u64) -> Option<Decoded> {
    let crc = bits(held, from + MAGIC_BITS, 32) as u32;
    let mut stream = vec![b'B', b'Z', b'h', level];
    let used = push_bits(&mut stream, held, from, to);
    let mut tail = Tail::new(stream, used);
    tail.push(END, 48);
    // The CRC of a stream with one block is that of the block.
    tail.push(u64::from(crc), 32);
    let stream = tail.bytes;
    let mut out = Vec::with_capacity(usize::from(level - b'0') * 100_000);
    let mut decoder = Decompress::new(false);
    loop {
        let read = usize::try_from(decoder.total_in()).ok()?;
        let written = out.len();
        match decoder.decompress_vec(stream.get(read..)?, &mut out) {
            Ok(Status::StreamEnd) => return Some((out, crc)),
            Ok(_) if out.len() == out.capacity() && out.len() < MOST_UNFOLDED => {
                out.reserve(1 << 20);
            }
            Ok(_) if out.len() > written || decoder.total_in() as usize > read => {}
            _ => return None,
        }
    }
}

/// A block with no whole mark behind it: what follows it can only be the beginning of the end's
/// mark, or the mark and part of the stream's CRC. Each such place is tried; the block's own CRC
/// tells.
pub fn unmarked(held: &[u8], level: u8, from: u64, to: u64) -> Option<Decoded> {
    let longest = (MAGIC_BITS + 32).min(to.saturating_sub(from + BLOCK_HEAD));
    let begins_the_end = |&cut: &u64| {
        let n = cut.min(MAGIC_BITS);
        n == 0 || bits(held, to - cut, n) == END >> (MAGIC_BITS - n)
    };
    let places = (0..longest).filter(begins_the_end);
    places
        .into_iter()
        .find_map(|cut| decode(held, level, from, to - cut))
}
