//! Decompresses a file. Its compression is recognised by its first bytes: gzip, bzip2 or none.

use super::buffer::Buffer;
use super::bzip2::BlockReader;
use super::gzip::{Gzip, ThreadedGzip};
use super::input::{self, Fault, InputFile};
use std::io::{self, BufRead};
use std::path::Path;

/// A `.gz` of at least this many bytes is decompressed in a thread of its own. Smaller files keep all
/// cores busy by being read in parallel.
const THREADED_GZIP_BYTES: u64 = 4 << 20;

/// A file being decompressed.
pub(crate) struct Container {
    compression: Compression,
}

enum Compression {
    None(InputFile),
    Gzip(Box<Gzip>),
    ThreadedGzip(ThreadedGzip),
    Bzip2(Box<BlockReader<InputFile>>),
}

impl Container {
    /// Opens a file.
    ///
    /// # Errors
    /// The file cannot be opened or read.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let (mut file, bytes) = input::open(path)?;
        let compression = match file.fill_buf()? {
            [0x1f, 0x8b, ..] => {
                let gzip = Gzip::new(file);
                if bytes >= THREADED_GZIP_BYTES && rayon::current_num_threads() > 1 {
                    Compression::ThreadedGzip(ThreadedGzip::new(gzip)?)
                } else {
                    Compression::Gzip(Box::new(gzip))
                }
            }
            [b'B', b'Z', b'h', ..] => Compression::Bzip2(Box::new(BlockReader::new(file))),
            _ => Compression::None(file),
        };
        Ok(Self { compression })
    }

    /// Appends the next decompressed bytes; false at the end of the file.
    pub(crate) fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        match &mut self.compression {
            Compression::None(file) => copy_chunk(file, out),
            Compression::Gzip(gzip) => gzip.fill(out),
            Compression::ThreadedGzip(gzip) => gzip.fill(out),
            Compression::Bzip2(blocks) => blocks.fill(out),
        }
    }

    /// How many of the decompressed bytes are known to be valid, from a checksum or for want of one.
    pub(crate) fn verified(&self) -> u64 {
        match &self.compression {
            // Uncompressed files have no checksum; a bzip2 block is checked before its bytes are
            // passed on.
            Compression::None(_) | Compression::Bzip2(_) => u64::MAX,
            Compression::Gzip(gzip) => gzip.verified(),
            Compression::ThreadedGzip(gzip) => gzip.verified(),
        }
    }

    /// How many compressed bytes have been read.
    pub(crate) fn position(&self) -> u64 {
        match &self.compression {
            Compression::None(file) => file.get_ref().position(),
            Compression::Gzip(gzip) => gzip.position(),
            Compression::ThreadedGzip(gzip) => gzip.position(),
            Compression::Bzip2(blocks) => blocks.source().get_ref().position(),
        }
    }

    /// Reads the rest of the file. Returns its compressed length in bytes and its SHA-256 in hex.
    ///
    /// # Errors
    /// The file cannot be read to its end.
    pub(crate) fn close(self) -> io::Result<(u64, String)> {
        let file = match self.compression {
            Compression::None(file) => file,
            Compression::Gzip(gzip) => gzip.into_source().ok_or_else(thread_failed)?,
            Compression::ThreadedGzip(gzip) => gzip.into_source().ok_or_else(thread_failed)?,
            Compression::Bzip2(blocks) => blocks.into_source(),
        };
        input::close(file)
    }
}

fn copy_chunk(file: &mut InputFile, out: &mut Buffer) -> Result<bool, Fault> {
    let chunk = file.fill_buf().map_err(Fault::Io)?;
    let n = chunk.len();
    out.push(chunk);
    file.consume(n);
    Ok(n > 0)
}

fn thread_failed() -> io::Error {
    io::Error::other("the thread that decompresses the file failed")
}
