//! Opens a file by its first bytes (`.gz`, `.bz2` or plain), hands on its decompressed bytes,
//! and takes the SHA-256 of what lies on disk on the way.

use super::buffer::{Buffer, CHUNK};
use super::bzip2::BlockReader;
use super::gzip::{Beside, Gzip};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Why no more bytes come before the end of the file.
#[derive(Debug)]
pub enum Fault {
    /// Everything handed on so far counts; nothing behind it can be had.
    Cut(String),
    /// Only the first `good` bytes handed on count: a checksum over the rest fails.
    Corrupt { good: u64, reason: String },
    /// The file could not be read from disk.
    Io(io::Error),
}

impl Fault {
    pub fn cut(reason: &str) -> Self {
        Self::Cut(reason.to_owned())
    }
}

/// Counts and hashes what is read from disk.
pub struct Hashed<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.hash.update(&buf[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
}

pub type Source = BufReader<Hashed<File>>;

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
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let hashed = Hashed {
            inner: file,
            hash: Sha256::new(),
            bytes: 0,
        };
        let mut source = BufReader::with_capacity(CHUNK, hashed);
        let form = match source.fill_buf()? {
            [0x1f, 0x8b, ..] => {
                let gzip = Gzip::new(source);
                if bytes >= WORTH_A_THREAD && rayon::current_num_threads() > 1 {
                    Form::Beside(Beside::new(gzip)?)
                } else {
                    Form::Gzip(Box::new(gzip))
                }
            }
            [b'B', b'Z', b'h', ..] => {
                let side_by_side = rayon::current_num_threads();
                Form::Bzip2(Box::new(BlockReader::new(source, side_by_side)))
            }
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

    /// Reads what is left on disk, and answers with the file's length and SHA-256 in hex.
    ///
    /// # Errors
    /// The file could not be read to its end.
    pub fn close(self) -> io::Result<(u64, String)> {
        let mut source = match self.form {
            Form::Plain(source) => source,
            Form::Gzip(gzip) => gzip.into_source().ok_or_else(broken)?,
            Form::Beside(beside) => beside.into_source().ok_or_else(broken)?,
            Form::Bzip2(blocks) => blocks.into_source(),
        };
        io::copy(&mut source, &mut io::sink())?;
        let hashed = source.into_inner();
        let mut hex = String::with_capacity(64);
        for byte in hashed.hash.finalize() {
            hex.push_str(&format!("{byte:02x}"));
        }
        Ok((hashed.bytes, hex))
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
