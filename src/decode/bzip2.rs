//! A `.bz2` file, block by block: blocks are found at bit level, decoded side by side on top of
//! the `bzip2` crate, checked, and given on in order.
//!
//! Why not the crate's own reader: it hands out a block's bytes before it has seen the block's
//! checksum. Here no byte of a block whose CRC fails is ever given on, so "damaged from the
//! failing block on" is exact.

use super::buffer::Buffer;
use super::source::Fault;
use bzip2::{Decompress, Status};
use rayon::prelude::*;
use std::io::Read;

/// First 48 bits of a block, and of a stream's end (pi and its square root, BCD).
const BLOCK: u64 = 0x3141_5926_5359;
const END: u64 = 0x1772_4538_5090;
const MAGIC_BITS: u64 = 48;
const MAGIC_MASK: u64 = (1 << MAGIC_BITS) - 1;
/// Run-lengths can unfold a block to some 50 times its nominal 900,000 bytes.
const MOST_UNFOLDED: usize = 64 << 20;

/// No block of 900,000 bytes takes more than this, compressed; beyond, the file is damaged.
const MAX_BLOCK_BITS: u64 = 8 * 1_300_000;
/// A block's own bits hold a mark once in some ten million blocks; one with so many is no block.
const MOST_FALSE_MARKS: usize = 8;
/// What is read from the file at once.
const CHUNK: usize = 1 << 18;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Block,
    End,
    /// The file ends here.
    Eof,
}

/// Reads a `.bz2` file of one or more streams.
pub struct BlockReader<R> {
    source: R,
    /// Compressed bytes still needed.
    held: Vec<u8>,
    at_eof: bool,
    /// Next unread bit of `held`.
    at: u64,
    /// How many blocks are decoded side by side.
    side_by_side: usize,
    level: u8,
    /// CRC of the stream so far, from those of its blocks.
    stream_crc: u32,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    StreamHeader {
        first: bool,
    },
    Blocks,
    /// The last block is whole, but the stream's end is cut off.
    Endless,
    Done,
}

impl<R: Read> BlockReader<R> {
    pub fn new(source: R, side_by_side: usize) -> Self {
        Self {
            source,
            held: Vec::new(),
            at_eof: false,
            at: 0,
            side_by_side: side_by_side.max(1),
            level: b'9',
            stream_crc: 0,
            state: State::StreamHeader { first: true },
        }
    }

    /// The file, wherever reading stands.
    pub fn into_source(self) -> R {
        self.source
    }

    /// Appends the next checked bytes; false at the end of the file.
    pub fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        let before = out.filled().len();
        while out.filled().len() == before {
            match self.state {
                State::Done => return Ok(false),
                State::StreamHeader { first } => self.stream_header(first)?,
                State::Blocks => self.blocks(out)?,
                State::Endless => return Err(Fault::cut("the file ends in a bzip2 trailer")),
            }
        }
        Ok(true)
    }

    fn stream_header(&mut self, first: bool) -> Result<(), Fault> {
        self.at = self.at.div_ceil(8) * 8;
        self.release();
        self.have(self.at + 32)?;
        let start = (self.at / 8) as usize;
        let rest = &self.held[start..];
        // Tapes and some mirrors pad with zeros.
        if rest.iter().all(|&b| b == 0) && !first {
            self.state = State::Done;
            return Ok(());
        }
        match rest {
            [b'B', b'Z', b'h', level @ b'1'..=b'9', ..] => {
                self.level = *level;
                self.stream_crc = 0;
                self.at += 32;
                self.state = State::Blocks;
                Ok(())
            }
            _ if self.at_eof && rest.len() < 4 => {
                Err(Fault::cut("the file ends in a bzip2 header"))
            }
            _ => Err(Fault::cut("what follows is no bzip2 stream")),
        }
    }

    /// Decodes the next few blocks, or passes the end of the stream.
    fn blocks(&mut self, out: &mut Buffer) -> Result<(), Fault> {
        self.release();
        let (mark, at) = match self.mark_from(self.at)? {
            Some(found) if found.1 == self.at => found,
            _ => return Err(Fault::cut("a bzip2 block does not begin where it should")),
        };
        if mark == Mark::End {
            return self.end_of_stream();
        }
        if mark == Mark::Eof {
            return Err(Fault::cut("the file ends inside a bzip2 stream"));
        }
        let mut edges = vec![at];
        let mut last = Mark::Block;
        while last == Mark::Block && edges.len() <= self.side_by_side {
            let from = edges[edges.len() - 1] + MAGIC_BITS;
            match self.mark_from(from)? {
                Some((mark, at)) => {
                    edges.push(at);
                    last = mark;
                }
                None => break,
            }
        }
        let mut spans: Vec<(u64, u64)> = edges.windows(2).map(|w| (w[0], w[1])).collect();
        if last == Mark::Eof && spans.len() == 1 {
            return self.last_block(out);
        } else if last == Mark::Eof {
            // What the file ends in is looked at on its own.
            spans.pop();
        }
        if spans.is_empty() {
            return Err(Fault::cut("a bzip2 block is longer than any can be"));
        }
        let (held, level) = (&self.held, self.level);
        let decode = |&(from, to): &(u64, u64)| decode(held, level, from, to);
        let decoded: Vec<Option<(Vec<u8>, u32)>> = if spans.len() == 1 {
            spans.iter().map(decode).collect()
        } else {
            spans.par_iter().map(decode).collect()
        };
        for ((from, to), block) in spans.into_iter().zip(decoded) {
            match block {
                Some((bytes, crc)) => self.accept(&bytes, crc, to, out),
                // A block's own bits can hold a magic: then what follows belongs to it.
                None => return self.joined(from, to, out),
            }
        }
        Ok(())
    }

    /// A block that the file ends in, or just behind, with no mark to say where it ends.
    fn last_block(&mut self, out: &mut Buffer) -> Result<(), Fault> {
        let end = self.held.len() as u64 * 8;
        match unmarked(&self.held, self.level, self.at, end) {
            Some((bytes, crc)) => {
                self.accept(&bytes, crc, end, out);
                self.state = State::Endless;
                Ok(())
            }
            None => Err(Fault::cut("the file ends inside a bzip2 block")),
        }
    }

    /// A span that did not decode, joined with what follows it.
    fn joined(&mut self, from: u64, mut to: u64, out: &mut Buffer) -> Result<(), Fault> {
        for _ in 0..MOST_FALSE_MARKS {
            if to - from >= MAX_BLOCK_BITS {
                break;
            }
            match self.mark_from(to + 1)? {
                Some((_, next)) if next > to => to = next,
                _ => break,
            }
            if let Some((bytes, crc)) = decode(&self.held, self.level, from, to) {
                self.accept(&bytes, crc, to, out);
                return Ok(());
            }
        }
        let cut = self.at_eof && to == self.held.len() as u64 * 8;
        Err(Fault::cut(if cut {
            "the file ends inside a bzip2 block"
        } else {
            "a bzip2 block's checksum fails"
        }))
    }

    fn accept(&mut self, bytes: &[u8], crc: u32, end: u64, out: &mut Buffer) {
        out.push(bytes);
        self.stream_crc = self.stream_crc.rotate_left(1) ^ crc;
        self.at = end;
    }

    fn end_of_stream(&mut self) -> Result<(), Fault> {
        let crc_at = self.at + MAGIC_BITS;
        self.have(crc_at + 32)?;
        if self.held.len() as u64 * 8 < crc_at + 32 {
            return Err(Fault::cut("the file ends in a bzip2 trailer"));
        }
        if bits(&self.held, crc_at, 32) as u32 != self.stream_crc {
            return Err(Fault::cut("a bzip2 stream's checksum fails"));
        }
        self.at = (crc_at + 32).div_ceil(8) * 8;
        self.have(self.at + 8)?;
        self.state = if self.held.len() as u64 * 8 <= self.at {
            State::Done
        } else {
            State::StreamHeader { first: false }
        };
        Ok(())
    }

    /// The first mark at or after a bit; nothing when the block would be longer than any can be.
    fn mark_from(&mut self, from: u64) -> Result<Option<(Mark, u64)>, Fault> {
        let mut searched = from;
        loop {
            if let Some(found) = find_mark(&self.held, searched) {
                return Ok(Some(found));
            }
            let end = self.held.len() as u64 * 8;
            if self.at_eof {
                return Ok(Some((Mark::Eof, end)));
            }
            if end.saturating_sub(from) > MAX_BLOCK_BITS {
                return Ok(None);
            }
            searched = searched.max(end.saturating_sub(MAGIC_BITS - 1));
            self.read_chunk()?;
        }
    }

    /// Reads until `held` has `bits`, or the file ends.
    fn have(&mut self, bits: u64) -> Result<(), Fault> {
        while !self.at_eof && (self.held.len() as u64 * 8) < bits {
            self.read_chunk()?;
        }
        Ok(())
    }

    fn read_chunk(&mut self) -> Result<(), Fault> {
        let before = self.held.len();
        self.held.resize(before + CHUNK, 0);
        let mut filled = before;
        while filled < before + CHUNK {
            match self.source.read(&mut self.held[filled..]) {
                Ok(0) => {
                    self.at_eof = true;
                    break;
                }
                Ok(n) => filled += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.held.truncate(filled);
                    return Err(Fault::Io(e));
                }
            }
        }
        self.held.truncate(filled);
        Ok(())
    }

    /// Drops the bytes before the next unread bit.
    fn release(&mut self) {
        let bytes = (self.at / 8) as usize;
        self.held.drain(..bytes.min(self.held.len()));
        self.at -= bytes as u64 * 8;
    }
}

/// One block, set in a stream of its own so that the crate checks it.
fn decode(held: &[u8], level: u8, from: u64, to: u64) -> Option<(Vec<u8>, u32)> {
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
fn unmarked(held: &[u8], level: u8, from: u64, to: u64) -> Option<(Vec<u8>, u32)> {
    let longest = (MAGIC_BITS + 32).min(to.saturating_sub(from + MAGIC_BITS + 32));
    let begins_the_end = |&cut: &u64| {
        let n = cut.min(MAGIC_BITS);
        n == 0 || bits(held, to - cut, n) == END >> (MAGIC_BITS - n)
    };
    let places = (0..longest).filter(begins_the_end);
    places
        .into_iter()
        .find_map(|cut| decode(held, level, from, to - cut))
}

/// `n` (at most 56) bits at bit `at`; zeros behind the end.
fn bits(bytes: &[u8], at: u64, n: u64) -> u64 {
    let start = (at / 8) as usize;
    let mut window = [0u8; 8];
    for (slot, byte) in window.iter_mut().zip(bytes.iter().skip(start)) {
        *slot = *byte;
    }
    (u64::from_be_bytes(window) << (at % 8)) >> (64 - n)
}

/// For every value of a byte: the shifts at which it can be the second byte of a mark. Seven of
/// eight bytes fit none, which makes the search cheap.
const SECOND_BYTE: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut shift = 0;
    while shift < 8 {
        table[((BLOCK >> (32 + shift)) & 0xff) as usize] |= 1 << shift;
        table[((END >> (32 + shift)) & 0xff) as usize] |= 1 << shift;
        shift += 1;
    }
    table
};

/// The first mark whose 48 bits lie whole in `bytes`, at or after bit `from`.
fn find_mark(bytes: &[u8], from: u64) -> Option<(Mark, u64)> {
    let first = (from / 8) as usize;
    for (i, &byte) in bytes.iter().enumerate().skip(first + 1) {
        let shifts = SECOND_BYTE[usize::from(byte)];
        if shifts == 0 {
            continue;
        }
        // The mark starts `shift` bits into the byte before; earliest first.
        for shift in 0..8u64 {
            if shifts & (1 << shift) == 0 {
                continue;
            }
            let at = (i as u64 - 1) * 8 + shift;
            if at < from || at + MAGIC_BITS > bytes.len() as u64 * 8 {
                continue;
            }
            match bits(bytes, at, MAGIC_BITS) & MAGIC_MASK {
                BLOCK => return Some((Mark::Block, at)),
                END => return Some((Mark::End, at)),
                _ => {}
            }
        }
    }
    None
}

/// Appends the bits `[from, to)` to whole bytes; how many bits of the last byte are used.
fn push_bits(out: &mut Vec<u8>, bytes: &[u8], from: u64, to: u64) -> u64 {
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

/// Writes bits behind a byte of which some are used.
struct Tail {
    bytes: Vec<u8>,
    used: u64,
}

impl Tail {
    const fn new(bytes: Vec<u8>, used: u64) -> Self {
        Self { bytes, used }
    }

    fn push(&mut self, value: u64, n: u64) {
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
