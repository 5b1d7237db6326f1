//! Opens a file by its first bytes (`.gz`, `.bz2` or plain) and hands on its decompressed bytes.

use super::buffer::Buffer;
use super::bzip2::BlockReader;
use super::gzip::{Beside, Gzip};
use super::source::{self, Fault, Source};
use std::io::{self, BufRead};
use std::path::Path;

/// A `.gz` of so many bytes is inflated in a thread of its own; smaller ones keep the cores busy
/// side by side.
const WORTH_A_THREAD: u64 = 4 << 20;

/// A file being decompressed.
pub struct Container {
    form: Form,
}

enum Form {
    Plain(Source),
    Gzip(Box<Gzip>),
    Beside(Beside),
    Bzip2(Box<BlockReader<Source>>),
}

impl Container {
    /// Opens a file.
    ///
    /// # Errors
    /// It cannot be opened or read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let (mut source, bytes) = source::open(path)?;
        let form = match source.fill_buf()? {
            [0x1f, 0x8b, ..] => {
                let gzip = Gzip::new(source);
                let is_worth = bytes >= WORTH_A_THREAD && rayon::current_num_threads() > 1;
                if is_worth {
                    Form::Beside(Beside::new(gzip)?)
                } else {
                    Form::Gzip(Box::new(gzip))
                }
            }
            [b'B', b'Z', b'h', ..] => Form::Bzip2(Box::new(BlockReader::new(source))),
            _ => Form::Plain(source),
        };
        Ok(Self { form })
    }

    /// Appends the next bytes; false at the end of the file.
    pub fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        match &mut self.form {
            Form::Plain(source) => plain(source, out),
            Form::Gzip(gzip) => gzip.fill(out),
            Form::Beside(beside) => beside.fill(out),
            Form::Bzip2(blocks) => blocks.fill(out),
        }
    }

    /// How many of the bytes handed on a checksum vouches for, or is as good as vouched for.
    pub fn vouched(&self) -> u64 {
        match &self.form {
            // Plain files have no checksum; a block of a `.bz2` is checked before it is handed on.
            Form::Plain(_) | Form::Bzip2(_) => u64::MAX,
            Form::Gzip(gzip) => gzip.vouched(),
            Form::Beside(beside) => beside.vouched(),
        }
    }

    /// How far the file has been read, in compressed bytes.
    pub fn position(&self) -> u64 {
        match &self.form {
            Form::Plain(source) => source.get_ref().position(),
            Form::Gzip(gzip) => gzip.position(),
            Form::Beside(beside) => beside.position(),
            Form::Bzip2(blocks) => blocks.source().get_ref().position(),
        }
    }

    /// Reads what is left on disk, and answers with the file's length and SHA-256 in hex.
    ///
    /// # Errors
    /// The file could not be read to its end.
    pub fn close(self) -> io::Result<(u64, String)> {
        let source = match self.form {
            Form::Plain(source) => source,
            Form::Gzip(gzip) => gzip.into_source().ok_or_else(broken)?,
            Form::Beside(beside) => beside.into_source().ok_or_else(broken)?,
            Form::Bzip2(blocks) => blocks.into_source(),
        };
        source::close(source)
    }
}

fn plain(source: &mut Source, out: &mut Buffer) -> Result<bool, Fault> {
    let chunk = source.fill_buf().map_err(Fault::Io)?;
    let n = chunk.len();
    out.push(chunk);
    source.consume(n);
    Ok(n > 0)
}

fn broken() -> io::Error {
    io::Error::other("the thread that inflates it broke down")
}
