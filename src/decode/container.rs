//! Opens a file by its first bytes (`.gz`, `.bz2` or plain), hands on its decompressed bytes,
//! and takes the SHA-256 of what lies on disk on the way.

use super::buffer::{Buffer, CHUNK};
use super::bzip2::BlockReader;
use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
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

type Source = BufReader<Hashed<File>>;

/// A file being decompressed.
pub struct Container {
    form: Form,
    /// Decompressed bytes handed on.
    given: u64,
}

enum Form {
    Plain(Source),
    Gzip(Box<Gzip>),
    Bzip2(Box<BlockReader<Source>>),
}

struct Gzip {
    /// The member being read; none before the first and after the last.
    member: Option<GzDecoder<Source>>,
    /// Where in the decompressed bytes the member began.
    began: u64,
}

impl Container {
    /// Opens a file.
    ///
    /// # Errors
    /// It cannot be opened or read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let hashed = Hashed {
            inner: File::open(path)?,
            hash: Sha256::new(),
            bytes: 0,
        };
        let mut source = BufReader::with_capacity(CHUNK, hashed);
        let form = match source.fill_buf()? {
            [0x1f, 0x8b, ..] => Form::Gzip(Box::new(Gzip {
                member: Some(GzDecoder::new(source)),
                began: 0,
            })),
            [b'B', b'Z', b'h', ..] => {
                let side_by_side = rayon::current_num_threads();
                Form::Bzip2(Box::new(BlockReader::new(source, side_by_side)))
            }
            _ => Form::Plain(source),
        };
        Ok(Self { form, given: 0 })
    }

    /// Appends the next bytes; false at the end of the file.
    pub fn fill(&mut self, out: &mut Buffer) -> Result<bool, Fault> {
        let before = out.filled().len();
        let more = match &mut self.form {
            Form::Plain(source) => plain(source, out),
            Form::Gzip(gzip) => gzip.fill(out, self.given),
            Form::Bzip2(blocks) => blocks.fill(out),
        };
        self.given += (out.filled().len() - before) as u64;
        more
    }

    /// Reads what is left on disk, and answers with the file's length and SHA-256 in hex.
    ///
    /// # Errors
    /// The file could not be read to its end.
    pub fn close(self) -> io::Result<(u64, String)> {
        let mut source = match self.form {
            Form::Plain(source) => source,
            Form::Gzip(gzip) => match gzip.member {
                Some(decoder) => decoder.into_inner(),
                None => return Ok((0, String::new())),
            },
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

impl Gzip {
    fn fill(&mut self, out: &mut Buffer, given: u64) -> Result<bool, Fault> {
        let Some(decoder) = &mut self.member else {
            return Ok(false);
        };
        let read = decoder.read(out.room());
        out.add(read.as_ref().copied().unwrap_or(0));
        match read {
            Ok(0) => self.next_member(given),
            Ok(_) => Ok(true),
            Err(e) if e.kind() == ErrorKind::Interrupted => Ok(true),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => {
                Err(Fault::cut("the file ends inside a gzip member"))
            }
            // Deflate has no checksum but the one over the whole member: where it fails, or
            // never comes, none of the member's bytes can be trusted.
            Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                Err(Fault::Corrupt {
                    good: self.began,
                    reason: format!("gzip: {e}"),
                })
            }
            Err(e) => Err(Fault::Io(e)),
        }
    }

    fn next_member(&mut self, given: u64) -> Result<bool, Fault> {
        let Some(decoder) = self.member.take() else {
            return Ok(false);
        };
        let mut source = decoder.into_inner();
        let more = loop {
            // Padding with zeros behind the last member is common and harmless.
            let rest = source.fill_buf().map_err(Fault::Io)?;
            if rest.is_empty() {
                break Ok(false);
            }
            let zeros = rest.iter().take_while(|&&b| b == 0).count();
            if zeros == 0 {
                break if rest[0] == 0x1f {
                    Ok(true)
                } else {
                    Err(Fault::cut("what follows is no gzip member"))
                };
            }
            source.consume(zeros);
        };
        self.began = given;
        self.member = Some(GzDecoder::new(source));
        match more {
            // An empty read would look like the end: read on.
            Ok(true) => Ok(true),
            other => other,
        }
    }
}
