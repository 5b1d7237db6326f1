//! Gzip (RFC 1952) of one or more members, decompressed in place or in a thread of its own.

use super::buffer::{Buffer, CHUNK};
use super::input::{Fault, InputFile};
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, ErrorKind, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

/// How many decompressed bytes before a decompression error are not trusted. Deflate has no checksum
/// but the member's: a changed byte is noticed only some way after it, when the bits it led to are
/// invalid. That is mostly within one or two deflate blocks of some 100 KB each.
pub(crate) const CORRUPTION_MARGIN: u64 = 16 << 20;

/// A gzip file being decompressed.
pub(crate) struct Gzip {
    /// The member being read; none once the file has ended.
    member: Option<GzDecoder<InputFile>>,
    /// The file, once it has ended.
    finished: Option<InputFile>,
    /// Decompressed bytes so far.
    total: u64,
    /// Decompressed bytes before the member being read.
    member_start: u64,
}

impl Gzip {
    pub(crate) fn new(source: InputFile) -> Self {
        Self {
            member: Some(GzDecoder::new(source)),
            finished: None,
            total: 0,
            member_start: 0,
        }
    }

    /// The compressed file, at whatever position reading has reached.
    pub(crate) fn into_source(self) -> Option<InputFile> {
        self.finished.or(self.member.map(GzDecoder::into_inner))
    }

    /// Compressed bytes read from the file so far.
    pub(crate) fn position(&self) -> u64 {
        let member = self.member.as_ref().map(GzDecoder::get_ref);
        let source = member.or(self.finished.as_ref());
        source.map_or(0, |s| s.get_ref().position())
    }

    /// Appends the next bytes; false at the end of the file.
    pub(crate) fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        let inflated = self.inflate(out.free())?;
        out.add(inflated.unwrap_or(0));
        Ok(inflated.is_some())
    }

    /// Decompresses into `free` from its start, possibly no bytes; none at the end of the file.
    fn inflate(&mut self, free: &mut [u8]) -> Result<Option<usize>, Fault> {
        let Some(decoder) = &mut self.member else {
            return Ok(None);
        };
        match decoder.read(free) {
            Ok(0) => self.next_member(),
            Ok(n) => {
                self.total += n as u64;
                Ok(Some(n))
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => Ok(Some(0)),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Err(Fault::Unverified {
                verified: self.before_margin(),
                reason: "the file ends inside a gzip member".to_owned(),
            }),
            Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                Err(self.invalid(&e))
            }
            Err(e) => Err(Fault::Io(e)),
        }
    }

    /// A member has one checksum, over all of it: where that does not match, none of its bytes can be
    /// trusted. Where deflate itself is invalid, the damage lies a short way before.
    fn invalid(&self, error: &io::Error) -> Fault {
        let reason = format!("gzip: {error}");
        let verified = if reason.contains("checksum") {
            self.member_start
        } else {
            self.before_margin()
        };
        Fault::Corrupt { verified, reason }
    }

    /// How many bytes lie safely before an error that is noticed here.
    fn before_margin(&self) -> u64 {
        self.member_start
            .max(self.total.saturating_sub(CORRUPTION_MARGIN))
    }

    /// Bytes of members that were read to their end, their checksum included.
    pub(crate) const fn verified(&self) -> u64 {
        if self.member.is_some() {
            self.member_start
        } else {
            self.total
        }
    }

    fn next_member(&mut self) -> Result<Option<usize>, Fault> {
        let Some(decoder) = self.member.take() else {
            return Ok(None);
        };
        let mut source = decoder.into_inner();
        let more = has_next_member(&mut source);
        if let Ok(true) = more {
            self.member_start = self.total;
            self.member = Some(GzDecoder::new(source));
            return Ok(Some(0));
        }
        self.finished = Some(source);
        more.map(|_| None)
    }
}

/// Whether another member follows. Padding with zeros is common and harmless.
fn has_next_member(source: &mut InputFile) -> Result<bool, Fault> {
    loop {
        let rest = source.fill_buf().map_err(Fault::Io)?;
        let zeros = rest.iter().take_while(|&&b| b == 0).count();
        match rest {
            [] => return Ok(false),
            _ if zeros > 0 => source.consume(zeros),
            [0x1f, ..] => return Ok(true),
            _ => {
                return Err(Fault::cut(
                    "the data after a gzip member is not another member",
                ));
            }
        }
    }
}

/// Decompressed chunks that may wait to be read: bounds memory and keeps both threads busy.
const QUEUED_CHUNKS: usize = 4;

/// Decompressed bytes on their way from the thread.
struct Chunk {
    buffer: Vec<u8>,
    /// How much of the buffer is filled.
    len: usize,
    /// Compressed position after it.
    position: u64,
    /// As [`Gzip::verified`], after it.
    verified: u64,
}

/// A gzip file being decompressed in a thread of its own.
pub(crate) struct ThreadedGzip {
    chunks: Option<Receiver<Result<Chunk, Fault>>>,
    /// Returns buffers to the thread, to be filled again.
    recycled: Sender<Vec<u8>>,
    position: u64,
    verified: u64,
    thread: JoinHandle<Option<InputFile>>,
}

impl ThreadedGzip {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub(crate) fn new(mut gzip: Gzip) -> io::Result<Self> {
        let (to_reader, chunks) = sync_channel(QUEUED_CHUNKS);
        let (recycled, buffers) = channel();
        let thread = thread::Builder::new()
            .name("inflate".to_owned())
            .spawn(move || {
                inflate_all(&mut gzip, &to_reader, &buffers);
                drop(to_reader);
                gzip.into_source()
            })?;
        Ok(Self {
            chunks: Some(chunks),
            recycled,
            position: 0,
            verified: 0,
            thread,
        })
    }

    /// Appends the next bytes; false at the end of the file.
    pub(crate) fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        let Some(chunk) = self.chunks.as_ref().and_then(|c| c.recv().ok()) else {
            self.verified = u64::MAX;
            return Ok(false);
        };
        let chunk = chunk?;
        (self.position, self.verified) = (chunk.position, chunk.verified);
        out.push(&chunk.buffer[..chunk.len]);
        // The thread may have ended: then the buffer is not needed.
        let _ = self.recycled.send(chunk.buffer);
        Ok(true)
    }

    /// Compressed bytes up to the end of what has been passed on.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// As [`Gzip::verified`].
    pub(crate) const fn verified(&self) -> u64 {
        self.verified
    }

    /// The compressed file, once the thread has stopped; none if the thread panicked.
    pub(crate) fn into_source(mut self) -> Option<InputFile> {
        self.chunks = None;
        self.thread.join().ok().flatten()
    }
}

fn inflate_all(
    gzip: &mut Gzip,
    to_reader: &SyncSender<Result<Chunk, Fault>>,
    buffers: &Receiver<Vec<u8>>,
) {
    loop {
        let mut buffer = buffers.try_recv().unwrap_or_else(|_| vec![0; CHUNK]);
        let inflated = match gzip.inflate(&mut buffer) {
            Ok(None) => return,
            Ok(Some(len)) => Ok(Chunk {
                buffer,
                len,
                position: gzip.position(),
                verified: gzip.verified(),
            }),
            Err(fault) => Err(fault),
        };
        let last = inflated.is_err();
        // The receiver is gone where reading ended early.
        if to_reader.send(inflated).is_err() || last {
            return;
        }
    }
}
