//! Bzip2, block by block: blocks are located at bit level, decompressed in parallel with the `bzip2`
//! crate, checked, and passed on in order.
//!
//! The crate's own reader returns a block's bytes before it has seen the block's checksum. Here no
//! byte of a block whose CRC does not match is ever passed on, so "damaged from the failing block on"
//! is exact.

mod bits;
mod block;
mod prefetch;

use crate::decode::compression::buffer::Buffer;
use crate::decode::compression::input::Fault;
use bits::{BLOCK_HEADER_BITS, MAGIC_BITS, Magic, bits, find_magic};
use block::Block;
use prefetch::Prefetch;
use std::collections::VecDeque;
use std::io::Read;

/// No block of 900,000 bytes takes more than this, compressed; if one does, the file is damaged.
const MAX_BLOCK_BITS: u64 = 8 * 1_300_000;
/// A block's own bits contain a magic number once in some ten million blocks; bits with this many
/// are not a block.
const MAX_FALSE_MAGICS: usize = 8;
/// Bytes read from the file at once.
const CHUNK: usize = 1 << 18;

/// Decompresses a `.bz2` file of one or more streams. Positions are in bits from the start of the file.
pub(crate) struct BlockReader<R> {
    source: R,
    /// Compressed bytes that are still needed.
    input: Vec<u8>,
    /// The byte of the file at which `input` starts.
    base: u64,
    at_eof: bool,
    /// Everything before this bit has been passed on.
    at: u64,
    /// Spans from `at` on, each up to the next magic number, being decompressed.
    prefetched: VecDeque<Prefetch>,
    /// The magic number after them, and its bit.
    next_magic: (Magic, u64),
    /// Why no further span can be prefetched, if that is so.
    last: Option<LastBlock>,
    level: u8,
    /// CRC of the stream so far, from those of its blocks.
    stream_crc: u32,
    state: StreamState,
}

/// Why a block has no magic number after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastBlock {
    /// The file ends first.
    Eof,
    /// More bits follow than any block can have.
    TooLong,
}

#[derive(PartialEq, Eq)]
enum StreamState {
    Header {
        first: bool,
    },
    Blocks,
    /// The last block is complete, but the stream's trailer is not.
    TruncatedTrailer,
    Done,
}

impl<R: Read> BlockReader<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source,
            input: Vec::new(),
            base: 0,
            at_eof: false,
            at: 0,
            prefetched: VecDeque::new(),
            next_magic: (Magic::Block, 0),
            last: None,
            level: b'9',
            stream_crc: 0,
            state: StreamState::Header { first: true },
        }
    }

    /// The compressed file, at whatever position reading has reached.
    pub(crate) fn into_source(self) -> R {
        self.source
    }

    pub(crate) const fn source(&self) -> &R {
        &self.source
    }

    /// Appends the next checked bytes; false at the end of the file.
    pub(crate) fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        let before = out.filled().len();
        while out.filled().len() == before {
            match self.state {
                StreamState::Done => return Ok(false),
                StreamState::Header { first } => self.stream_header(first)?,
                StreamState::Blocks => self.next_block(out)?,
                StreamState::TruncatedTrailer => {
                    return Err(Fault::cut("the file ends inside a bzip2 stream trailer"));
                }
            }
        }
        Ok(true)
    }

    fn stream_header(&mut self, first: bool) -> Result<(), Fault> {
        self.release();
        if !first && !self.has_next_stream()? {
            self.state = StreamState::Done;
            return Ok(());
        }
        self.read_until(self.at + 32)?;
        match &self.input[self.byte_index(self.at)..] {
            [b'B', b'Z', b'h', level @ b'1'..=b'9', ..] => {
                self.level = *level;
                self.stream_crc = 0;
                self.at += 32;
                self.prefetched.clear();
                self.last = None;
                self.next_magic = match self.magic_from(self.at)? {
                    Some(found) if found.1 == self.at => found,
                    _ => {
                        return Err(Fault::cut("no bzip2 block where one must begin"));
                    }
                };
                self.state = StreamState::Blocks;
                Ok(())
            }
            rest if self.at_eof && rest.len() < 4 => {
                Err(Fault::cut("the file ends inside a bzip2 stream header"))
            }
            _ => Err(Fault::cut("the data that follows is not a bzip2 stream")),
        }
    }

    /// Whether something follows that is more than padding: tapes and some mirrors pad with zeros.
    /// All of the padding is read, so that a stream after it is not lost unnoticed.
    fn has_next_stream(&mut self) -> Result<bool, Fault> {
        let mut padded = false;
        loop {
            let rest = &self.input[self.byte_index(self.at)..];
            match rest.iter().position(|&b| b != 0) {
                Some(0) if !padded => return Ok(true),
                Some(_) => return Err(Fault::cut("the data that follows is not a bzip2 stream")),
                None if self.at_eof => return Ok(false),
                None => {}
            }
            padded |= !rest.is_empty();
            self.at = self.end();
            self.release();
            self.read_chunk()?;
        }
    }

    /// Passes on the next block, or reads the end of the stream.
    fn next_block(&mut self, out: &mut Buffer) -> Result<(), Fault> {
        self.release();
        self.prefetch()?;
        if let Some(next) = self.prefetched.pop_front() {
            let (from, to) = (next.from, next.to);
            let input = (self.input.as_slice(), self.base * 8);
            return match next.finish(input, self.level) {
                Some(block) => {
                    self.accept(&block, to, out);
                    Ok(())
                }
                // A block's own bits can contain a magic number: then what follows belongs to it.
                None => self.join_spans(from, to, out),
            };
        }
        match (self.next_magic.0, self.last) {
            (Magic::EndOfStream, _) => self.end_of_stream(),
            (Magic::Eof, _) => Err(Fault::cut("the file ends inside a bzip2 stream")),
            (Magic::Block, Some(LastBlock::Eof)) => self.last_block(out),
            (Magic::Block, _) => Err(Fault::cut(
                "a bzip2 block exceeds the largest possible size",
            )),
        }
    }

    /// Starts to decompress the next spans, as far as capacity allows.
    fn prefetch(&mut self) -> Result<(), Fault> {
        while self.next_magic.0 == Magic::Block
            && self.last.is_none()
            && Prefetch::has_capacity(&self.prefetched)
        {
            let from = self.next_magic.1;
            match self.magic_from(from + MAGIC_BITS)? {
                Some((Magic::Eof, _)) => self.last = Some(LastBlock::Eof),
                None => self.last = Some(LastBlock::TooLong),
                Some((magic, to)) => {
                    let input = (self.input.as_slice(), self.base * 8);
                    self.prefetched
                        .push_back(Prefetch::new(input, self.level, from, to));
                    self.next_magic = (magic, to);
                }
            }
        }
        Ok(())
    }

    /// The last block of a truncated file, with no magic number to say where it ends.
    fn last_block(&mut self, out: &mut Buffer) -> Result<(), Fault> {
        let (from, end) = (self.at - self.base * 8, self.input.len() as u64 * 8);
        match block::decode_last(&self.input, self.level, from, end) {
            Some(block) => {
                self.accept(&block, self.end(), out);
                self.state = StreamState::TruncatedTrailer;
                Ok(())
            }
            None => Err(Fault::cut("the file ends inside a bzip2 block")),
        }
    }

    /// Decompresses a span that is not a block by itself together with the spans after it.
    fn join_spans(&mut self, from: u64, mut to: u64, out: &mut Buffer) -> Result<(), Fault> {
        // The spans prefetched after it may start at a false magic number.
        self.prefetched.clear();
        self.last = None;
        for _ in 0..MAX_FALSE_MAGICS {
            if to - from >= MAX_BLOCK_BITS {
                break;
            }
            match self.magic_from(to + 1)? {
                Some((magic, next)) if next > to => {
                    to = next;
                    self.next_magic = (magic, next);
                }
                _ => break,
            }
            let base = self.base * 8;
            let decoded = block::decode(&self.input, self.level, from - base, to - base);
            if let Some(block) = decoded {
                self.accept(&block, to, out);
                return Ok(());
            }
        }
        let cut = self.at_eof && to == self.end();
        Err(Fault::cut(if cut {
            "the file ends inside a bzip2 block"
        } else {
            "checksum mismatch in a bzip2 block"
        }))
    }

    fn accept(&mut self, block: &Block, end: u64, out: &mut Buffer) {
        out.push(&block.bytes);
        self.stream_crc = self.stream_crc.rotate_left(1) ^ block.crc;
        self.at = end;
    }

    fn end_of_stream(&mut self) -> Result<(), Fault> {
        let crc_at = self.at + MAGIC_BITS;
        let end = self.at + BLOCK_HEADER_BITS;
        self.read_until(end)?;
        if self.end() < end {
            return Err(Fault::cut("the file ends inside a bzip2 stream trailer"));
        }
        if bits(&self.input, crc_at - self.base * 8, 32) as u32 != self.stream_crc {
            return Err(Fault::cut("checksum mismatch of a bzip2 stream"));
        }
        self.at = end.div_ceil(8) * 8;
        self.read_until(self.at + 8)?;
        self.state = if self.end() <= self.at {
            StreamState::Done
        } else {
            StreamState::Header { first: false }
        };
        Ok(())
    }

    /// The first magic number at or after a bit; none if the block would be longer than any can be.
    fn magic_from(&mut self, from: u64) -> Result<Option<(Magic, u64)>, Fault> {
        let mut searched = from;
        loop {
            let base = self.base * 8;
            if let Some((magic, at)) = find_magic(&self.input, searched - base) {
                return Ok(Some((magic, at + base)));
            }
            let end = self.end();
            if self.at_eof {
                return Ok(Some((Magic::Eof, end)));
            }
            if end.saturating_sub(from) > MAX_BLOCK_BITS {
                return Ok(None);
            }
            searched = searched.max(end.saturating_sub(MAGIC_BITS - 1));
            self.read_chunk()?;
        }
    }

    /// The bit after what has been read.
    const fn end(&self) -> u64 {
        (self.base + self.input.len() as u64) * 8
    }

    /// The index in `input` of the byte that holds a bit.
    const fn byte_index(&self, at: u64) -> usize {
        (at / 8 - self.base) as usize
    }

    /// Reads up to a bit, or to the end of the file.
    fn read_until(&mut self, until: u64) -> Result<(), Fault> {
        while !self.at_eof && self.end() < until {
            self.read_chunk()?;
        }
        Ok(())
    }

    fn read_chunk(&mut self) -> Result<(), Fault> {
        let before = self.input.len();
        self.input.resize(before + CHUNK, 0);
        let mut filled = before;
        while filled < before + CHUNK {
            match self.source.read(&mut self.input[filled..]) {
                Ok(0) => {
                    self.at_eof = true;
                    break;
                }
                Ok(n) => filled += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.input.truncate(filled);
                    return Err(Fault::Io(e));
                }
            }
        }
        self.input.truncate(filled);
        Ok(())
    }

    /// Drops the bytes that are no longer needed, once there are enough to be worth moving the rest.
    fn release(&mut self) {
        let unneeded = self.byte_index(self.at).min(self.input.len());
        if unneeded * 2 < self.input.len() {
            return;
        }
        self.input.drain(..unneeded);
        self.base += unneeded as u64;
    }
}
