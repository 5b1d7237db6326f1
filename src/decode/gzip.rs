//! Gzip of one or more members, in place or in a thread of its own beside the scan.

use super::buffer::{Buffer, CHUNK};
use super::source::{Fault, Source};
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, ErrorKind, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

/// Where inflating fails, so many bytes before do not count. Deflate has no checksum but the
/// member's: a changed byte shows some way behind it, when what it led to makes no sense any more.
/// That is mostly within a deflate block or two, of some 100 KB each.
pub const ASTRAY: u64 = 16 << 20;

/// A gzip file being inflated.
pub struct Gzip {
    /// The member being read; none once the file has ended.
    member: Option<GzDecoder<Source>>,
    /// The file, once it has ended.
    spent: Option<Source>,
    /// Bytes inflated so far.
    given: u64,
    /// How many there were when the member began.
    began: u64,
}

impl Gzip {
    pub fn new(source: Source) -> Self {
        Self {
            member: Some(GzDecoder::new(source)),
            spent: None,
            given: 0,
            began: 0,
        }
    }

    /// The file, wherever reading stands.
    pub fn into_source(self) -> Option<Source> {
        self.spent.or(self.member.map(GzDecoder::into_inner))
    }

    /// Compressed bytes taken from the file so far.
    pub fn position(&self) -> u64 {
        let member = self.member.as_ref().map(GzDecoder::get_ref);
        let source = member.or(self.spent.as_ref());
        source.map_or(0, |s| s.get_ref().position())
    }

    /// Appends the next bytes; false at the end of the file.
    pub fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        let inflated = self.inflate(out.room())?;
        out.add(inflated.unwrap_or(0));
        Ok(inflated.is_some())
    }

    /// Fills the room from its start, perhaps with nothing; none at the end of the file.
    fn inflate(&mut self, room: &mut [u8]) -> Result<Option<usize>, Fault> {
        let Some(decoder) = &mut self.member else {
            return Ok(None);
        };
        match decoder.read(room) {
            Ok(0) => self.next_member(),
            Ok(n) => {
                self.given += n as u64;
                Ok(Some(n))
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => Ok(Some(0)),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Err(Fault::Unvouched {
                good: self.far_enough(),
                reason: "the file ends inside a gzip member".to_owned(),
            }),
            Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                Err(self.invalid(&e))
            }
            Err(e) => Err(Fault::Io(e)),
        }
    }

    /// Deflate has one checksum, over the whole member: where it fails, none of the member's bytes
    /// can be trusted. What cannot be inflated went astray a short way before.
    fn invalid(&self, error: &io::Error) -> Fault {
        let reason = format!("gzip: {error}");
        let good = if reason.contains("checksum") {
            self.began
        } else {
            self.far_enough()
        };
        Fault::Corrupt { good, reason }
    }

    /// The bytes that a mistake found here can have no part in.
    fn far_enough(&self) -> u64 {
        self.began.max(self.given.saturating_sub(ASTRAY))
    }

    /// Bytes of members that were read to their end, checksum and all.
    pub const fn vouched(&self) -> u64 {
        if self.member.is_some() {
            self.began
        } else {
            self.given
        }
    }

    fn next_member(&mut self) -> Result<Option<usize>, Fault> {
        let Some(decoder) = self.member.take() else {
            return Ok(None);
        };
        let mut source = decoder.into_inner();
        let more = is_more(&mut source);
        if let Ok(true) = more {
            self.began = self.given;
            self.member = Some(GzDecoder::new(source));
            return Ok(Some(0));
        }
        self.spent = Some(source);
        more.map(|_| None)
    }
}

/// Whether another member follows. Padding with zeros is common and harmless.
fn is_more(source: &mut Source) -> Result<bool, Fault> {
    loop {
        let rest = source.fill_buf().map_err(Fault::Io)?;
        let zeros = rest.iter().take_while(|&&b| b == 0).count();
        match rest {
            [] => return Ok(false),
            _ if zeros > 0 => source.consume(zeros),
            [0x1f, ..] => return Ok(true),
            _ => return Err(Fault::cut("what follows is no gzip member")),
        }
    }
}

/// Chunks that may wait for the scan: bounds memory, and keeps both sides busy.
const IN_FLIGHT: usize = 4;

/// A buffer, how much of it is filled, where in the file that ends, and how many bytes are vouched
/// for.
type Chunk = Result<(Vec<u8>, usize, u64, u64), Fault>;

/// A gzip file being inflated in a thread of its own.
pub struct Beside {
    chunks: Option<Receiver<Chunk>>,
    /// Chunks that were scanned, to be filled again.
    used: Sender<Vec<u8>>,
    position: u64,
    vouched: u64,
    thread: JoinHandle<Option<Source>>,
}

impl Beside {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn new(mut gzip: Gzip) -> io::Result<Self> {
        let (to_scan, chunks) = sync_channel(IN_FLIGHT);
        let (used, to_fill) = channel();
        let thread = thread::Builder::new()
            .name("inflate".to_owned())
            .spawn(move || {
                inflate_all(&mut gzip, &to_scan, &to_fill);
                drop(to_scan);
                gzip.into_source()
            })?;
        Ok(Self {
            chunks: Some(chunks),
            used,
            position: 0,
            vouched: 0,
            thread,
        })
    }

    /// Appends the next bytes; false at the end of the file.
    pub fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        let Some(chunk) = self.chunks.as_ref().and_then(|c| c.recv().ok()) else {
            self.vouched = u64::MAX;
            return Ok(false);
        };
        let (chunk, n, position, vouched) = chunk?;
        (self.position, self.vouched) = (position, vouched);
        out.push(&chunk[..n]);
        // The thread may have ended: then nobody needs the chunk.
        let _ = self.used.send(chunk);
        Ok(true)
    }

    /// Compressed bytes behind what has been given on.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// As [`Gzip::vouched`].
    pub const fn vouched(&self) -> u64 {
        self.vouched
    }

    /// The file, once the thread has stopped; none if it broke down.
    pub fn into_source(mut self) -> Option<Source> {
        self.chunks = None;
        self.thread.join().ok().flatten()
    }
}

fn inflate_all(gzip: &mut Gzip, to_scan: &SyncSender<Chunk>, to_fill: &Receiver<Vec<u8>>) {
    loop {
        let mut chunk = to_fill.try_recv().unwrap_or_else(|_| vec![0; CHUNK]);
        let inflated = match gzip.inflate(&mut chunk) {
            Ok(None) => return,
            Ok(Some(n)) => Ok((chunk, n, gzip.position(), gzip.vouched())),
            Err(fault) => Err(fault),
        };
        let last = inflated.is_err();
        // Nobody listens any more where the scan ended early.
        if to_scan.send(inflated).is_err() || last {
            return;
        }
    }
}
