//! A `.bz2` file, block by block: blocks are found at bit level, decoded side by side on top of
//! the `bzip2` crate, checked, and given on in order.
//!
//! Why not the crate's own reader: it hands out a block's bytes before it has seen the block's
//! checksum. Here no byte of a block whose CRC fails is ever given on, so "damaged from the
//! failing block on" is exact.

mod ahead;
mod bits;
mod block;

use super::buffer::Buffer;
use super::source::Fault;
use ahead::Ahead;
use bits::{BLOCK_HEAD, MAGIC_BITS, Mark, bits, find_mark};
use std::collections::VecDeque;
use std::io::Read;

/// No block of 900,000 bytes takes more than this, compressed; beyond, the file is damaged.
const MAX_BLOCK_BITS: u64 = 8 * 1_300_000;
/// A block's own bits hold a mark once in some ten million blocks; one with so many is no block.
const MOST_FALSE_MARKS: usize = 8;
/// What is read from the file at once.
const CHUNK: usize = 1 << 18;

/// Reads a `.bz2` file of one or more streams. Places are bits from the start of the file.
pub struct BlockReader<R> {
    source: R,
    /// Compressed bytes still needed.
    held: Vec<u8>,
    /// Where `held` starts.
    base: u64,
    at_eof: bool,
    /// Everything before has been given on.
    at: u64,
    /// Spans from `at` on, each up to the next mark, being decoded.
    ahead: VecDeque<Ahead>,
    /// What stands behind them.
    edge: (Mark, u64),
    /// Why nothing more can be put behind them, if that is so.
    last: Option<Last>,
    level: u8,
    /// CRC of the stream so far, from those of its blocks.
    stream_crc: u32,
    state: State,
}

/// What follows the mark of a block that no other mark follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// The file's end.
    Eof,
    /// More than any block can have.
    TooLong,
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
    pub fn new(source: R) -> Self {
        Self {
            source,
            held: Vec::new(),
            base: 0,
            at_eof: false,
            at: 0,
            ahead: VecDeque::new(),
            edge: (Mark::Block, 0),
            last: None,
            level: b'9',
            stream_crc: 0,
            state: State::StreamHeader { first: true },
        }
    }

    /// The file, wherever reading stands.
    pub fn into_source(self) -> R {
        self.source
    }

    pub const fn source(&self) -> &R {
        &self.source
    }

    /// Appends the next checked bytes; false at the end of the file.
    pub fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        let before = out.filled().len();
        while out.filled().len() == before {
            match self.state {
                State::Done => return Ok(false),
                State::StreamHeader { first } => self.stream_header(first)?,
                State::Blocks => self.next_block(out)?,
                State::Endless => return Err(Fault::cut("the file ends in a bzip2 trailer")),
            }
        }
        Ok(true)
    }

    fn stream_header(&mut self, first: bool) -> Result<(), Fault> {
        self.release();
        if !first && !self.is_more()? {
            self.state = State::Done;
            return Ok(());
        }
        self.have(self.at + 32)?;
        match &self.held[self.byte(self.at)..] {
            [b'B', b'Z', b'h', level @ b'1'..=b'9', ..] => {
                self.level = *level;
                self.stream_crc = 0;
                self.at += 32;
                self.ahead.clear();
                self.last = None;
                self.edge = match self.mark_from(self.at)? {
                    Some(found) if found.1 == self.at => found,
                    _ => {
                        return Err(Fault::cut("a bzip2 block does not begin where it should"));
                    }
                };
                self.state = State::Blocks;
                Ok(())
            }
            rest if self.at_eof && rest.len() < 4 => {
                Err(Fault::cut("the file ends in a bzip2 header"))
            }
            _ => Err(Fault::cut("what follows is no bzip2 stream")),
        }
    }

    /// Whether something follows that is more than padding: tapes and some mirrors pad with zeros.
    /// All of them are looked at, for a stream behind them must not be lost unnoticed.
    fn is_more(&mut self) -> Result<bool, Fault> {
        let mut padded = false;
        loop {
            let rest = &self.held[self.byte(self.at)..];
            match rest.iter().position(|&b| b != 0) {
                Some(0) if !padded => return Ok(true),
                Some(_) => return Err(Fault::cut("what follows is no bzip2 stream")),
                None if self.at_eof => return Ok(false),
                None => {}
            }
            padded |= !rest.is_empty();
            self.at = self.end();
            self.release();
            self.read_chunk()?;
        }
    }

    /// Gives on the next block, or passes the end of the stream.
    fn next_block(&mut self, out: &mut Buffer) -> Result<(), Fault> {
        self.release();
        self.look_ahead()?;
        if let Some(next) = self.ahead.pop_front() {
            let (from, to) = (next.from, next.to);
            let held = (self.held.as_slice(), self.base * 8);
            return match next.decoded(held, self.level) {
                Some((bytes, crc)) => {
                    self.accept(&bytes, crc, to, out);
                    Ok(())
                }
                // A block's own bits can hold a mark: then what follows belongs to it.
                None => self.joined(from, to, out),
            };
        }
        match (self.edge.0, self.last) {
            (Mark::End, _) => self.end_of_stream(),
            (Mark::Eof, _) => Err(Fault::cut("the file ends inside a bzip2 stream")),
            (Mark::Block, Some(Last::Eof)) => self.last_block(out),
            (Mark::Block, _) => Err(Fault::cut("a bzip2 block is longer than any can be")),
        }
    }

    /// Puts the next spans to work, as far as there is room for them.
    fn look_ahead(&mut self) -> Result<(), Fault> {
        while self.edge.0 == Mark::Block && self.last.is_none() && Ahead::has_room(&self.ahead) {
            let from = self.edge.1;
            match self.mark_from(from + MAGIC_BITS)? {
                Some((Mark::Eof, _)) => self.last = Some(Last::Eof),
                None => self.last = Some(Last::TooLong),
                Some((mark, to)) => {
                    let held = (self.held.as_slice(), self.base * 8);
                    self.ahead.push_back(Ahead::new(held, self.level, from, to));
                    self.edge = (mark, to);
                }
            }
        }
        Ok(())
    }

    /// A block that the file ends in, or just behind, with no mark to say where it ends.
    fn last_block(&mut self, out: &mut Buffer) -> Result<(), Fault> {
        let (from, end) = (self.at - self.base * 8, self.held.len() as u64 * 8);
        match block::unmarked(&self.held, self.level, from, end) {
            Some((bytes, crc)) => {
                self.accept(&bytes, crc, self.end(), out);
                self.state = State::Endless;
                Ok(())
            }
            None => Err(Fault::cut("the file ends inside a bzip2 block")),
        }
    }

    /// A span that did not decode, joined with what follows it.
    fn joined(&mut self, from: u64, mut to: u64, out: &mut Buffer) -> Result<(), Fault> {
        // What was begun behind it starts at a mark that may be none.
        self.ahead.clear();
        self.last = None;
        for _ in 0..MOST_FALSE_MARKS {
            if to - from >= MAX_BLOCK_BITS {
                break;
            }
            match self.mark_from(to + 1)? {
                Some((mark, next)) if next > to => {
                    to = next;
                    self.edge = (mark, next);
                }
                _ => break,
            }
            let base = self.base * 8;
            let decoded = block::decode(&self.held, self.level, from - base, to - base);
            if let Some((bytes, crc)) = decoded {
                self.accept(&bytes, crc, to, out);
                return Ok(());
            }
        }
        let cut = self.at_eof && to == self.end();
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
        let end = self.at + BLOCK_HEAD;
        self.have(end)?;
        if self.end() < end {
            return Err(Fault::cut("the file ends in a bzip2 trailer"));
        }
        if bits(&self.held, crc_at - self.base * 8, 32) as u32 != self.stream_crc {
            return Err(Fault::cut("a bzip2 stream's checksum fails"));
        }
        self.at = end.div_ceil(8) * 8;
        self.have(self.at + 8)?;
        self.state = if self.end() <= self.at {
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
            let base = self.base * 8;
            if let Some((mark, at)) = find_mark(&self.held, searched - base) {
                return Ok(Some((mark, at + base)));
            }
            let end = self.end();
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

    /// Where what has been read ends.
    const fn end(&self) -> u64 {
        (self.base + self.held.len() as u64) * 8
    }

    /// The place of a bit's byte in `held`.
    const fn byte(&self, at: u64) -> usize {
        (at / 8 - self.base) as usize
    }

    /// Reads up to a bit, or to the end of the file.
    fn have(&mut self, until: u64) -> Result<(), Fault> {
        while !self.at_eof && self.end() < until {
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

    /// Drops the bytes before the next bit to be given on, once they are worth moving the others.
    fn release(&mut self) {
        let spent = self.byte(self.at).min(self.held.len());
        if spent * 2 < self.held.len() {
            return;
        }
        self.held.drain(..spent);
        self.base += spent as u64;
    }
}
