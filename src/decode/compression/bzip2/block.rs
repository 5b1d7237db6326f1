//! One block on its own, decompressed and checked by the `bzip2` crate.

use super::bits::{BLOCK_HEADER_BITS, BitWriter, END_OF_STREAM, MAGIC_BITS, bits, push_bits};
use bzip2::{Decompress, Status};

/// Run-length encoding can expand a block to some 50 times its nominal 900,000 bytes.
const MAX_EXPANDED: usize = 64 << 20;

/// A decompressed block whose CRC matches.
pub(crate) struct Block {
    pub bytes: Vec<u8>,
    pub crc: u32,
}

/// Decompresses the bits `[from, to)` of `input` as one block; none if they are not one, or its CRC
/// does not match. The block is wrapped in a stream of its own, so that the crate checks it.
pub(crate) fn decode(input: &[u8], level: u8, from: u64, to: u64) -> Option<Block> {
    let crc = bits(input, from + MAGIC_BITS, 32) as u32;
    let mut stream = vec![b'B', b'Z', b'h', level];
    let used = push_bits(&mut stream, input, from, to);
    let mut tail = BitWriter::new(stream, used);
    tail.push(END_OF_STREAM, 48);
    // The CRC of a stream with one block is that of the block.
    tail.push(u64::from(crc), 32);
    let stream = tail.bytes;
    let mut bytes = Vec::with_capacity(usize::from(level - b'0') * 100_000);
    let mut decoder = Decompress::new(false);
    loop {
        let read = usize::try_from(decoder.total_in()).ok()?;
        let written = bytes.len();
        match decoder.decompress_vec(stream.get(read..)?, &mut bytes) {
            Ok(Status::StreamEnd) => return Some(Block { bytes, crc }),
            Ok(_) if bytes.len() == bytes.capacity() && bytes.len() < MAX_EXPANDED => {
                bytes.reserve(1 << 20);
            }
            Ok(_) if bytes.len() > written || decoder.total_in() as usize > read => {}
            _ => return None,
        }
    }
}

/// Decompresses the last block of a file that ends in or just after it, so that no complete magic
/// number says where the block ends. After the block there can only be a part of the end-of-stream
/// magic and of the stream's CRC. Each possible end is tried; the block's own CRC decides.
pub(crate) fn decode_last(input: &[u8], level: u8, from: u64, to: u64) -> Option<Block> {
    let longest = (MAGIC_BITS + 32).min(to.saturating_sub(from + BLOCK_HEADER_BITS));
    let begins_end_of_stream = |&cut: &u64| {
        let n = cut.min(MAGIC_BITS);
        n == 0 || bits(input, to - cut, n) == END_OF_STREAM >> (MAGIC_BITS - n)
    };
    (0..longest)
        .filter(begins_end_of_stream)
        .find_map(|cut| decode(input, level, from, to - cut))
}
