//! Writes the slice of a file: the kept records at their old offsets, padding between them.

use super::{FileSlice, SliceError, SlicedFile, archive_path};
use crate::decode::raw::{HEADER, PADDING};
use crate::disk::AtomicFile;
use crate::locate;
use crate::model::archive::Ending;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// The longest padding record, in bytes: some readers have no buffer for more.
const LONGEST: u64 = 4096;

enum Compressor {
    Plain(BufWriter<AtomicFile>),
    Gzip(flate2::write::GzEncoder<BufWriter<AtomicFile>>),
    Bzip2(bzip2::write::BzEncoder<BufWriter<AtomicFile>>),
}

impl Compressor {
    /// By the extension of the file's name, which is what other tools go by. The whole file may
    /// have another name, or be uncompressed.
    fn named(target: &Path, file: AtomicFile) -> Self {
        let out = BufWriter::new(file);
        match target.extension().and_then(|end| end.to_str()) {
            Some("gz") => {
                let best = flate2::Compression::best();
                Self::Gzip(flate2::GzBuilder::new().mtime(0).write(out, best))
            }
            Some("bz2") => {
                let best = bzip2::Compression::best();
                Self::Bzip2(bzip2::write::BzEncoder::new(out, best))
            }
            _ => Self::Plain(out),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.write_all(bytes),
            Self::Gzip(out) => out.write_all(bytes),
            Self::Bzip2(out) => out.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        let out = match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out.finish()?,
            Self::Bzip2(out) => out.finish()?,
        };
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .commit()
    }

    /// Writes padding of a length that exceeds a header, as records of a time.
    fn pad(&mut self, mut length_left: u64, seconds: u32) -> io::Result<()> {
        let least = HEADER as u64 + 1;
        while length_left > 0 {
            let mut length = length_left.min(LONGEST);
            // What is left must be long enough for a record, too.
            if length_left > length && length_left - length < least {
                length -= least;
            }
            let body = length - HEADER as u64;
            let mut record = Vec::with_capacity(length as usize);
            record.extend_from_slice(&seconds.to_be_bytes());
            record.extend_from_slice(&PADDING.to_be_bytes());
            record.extend_from_slice(&[0; 2]);
            record.extend_from_slice(&(body as u32).to_be_bytes());
            record.resize(length as usize, 0);
            self.write(&record)?;
            length_left -= length;
        }
        Ok(())
    }
}

/// Writes the slice of a file, in the compression that its name says.
///
/// # Errors
/// The file cannot be read, or its slice cannot be written.
pub(super) fn write(cut: &FileSlice<'_>, dir: &Path) -> Result<SlicedFile, SliceError> {
    let path = archive_path(cut.read);
    let target = dir.join(&path);
    let failed = |e| SliceError::Write(target.clone(), e);
    let folder = target.parent().unwrap_or(dir);
    fs::create_dir_all(folder).map_err(failed)?;
    let records = fill(cut, &target).map_err(|e| match e {
        FileError::Slice(error) => error,
        FileError::Write(e) => failed(e),
    })?;
    let bytes = fs::metadata(&target).map_err(failed)?.len();
    Ok(SlicedFile {
        path,
        url: locate::url_of(&cut.read.file).into_owned(),
        sha256: cut.found.sha256.clone(),
        bytes_before: cut.found.bytes,
        bytes,
        records_before: cut.found.record_count(),
        records,
    })
}

enum FileError {
    Slice(SliceError),
    Write(io::Error),
}

fn fill(cut: &FileSlice<'_>, target: &Path) -> Result<u64, FileError> {
    let out = AtomicFile::create(target).map_err(FileError::Write)?;
    // A file without a byte stays one: that is what a failed download leaves.
    if cut.found.bytes == 0 {
        out.commit().map_err(FileError::Write)?;
        return Ok(0);
    }
    let mut out_file = Compressor::named(target, out);
    // The length of dropped records, and the time of the first of them.
    let mut dropped: (u64, u32) = (0, 0);
    let mut records = 0;
    let mut done = Ok(());
    let mut take =
        |raw: crate::decode::raw::RawRecord<'_>, out_file: &mut Compressor| -> io::Result<()> {
            let length = raw.bytes.len() as u64;
            // A record without a body leaves no space for padding; one without a time is padding itself.
            let cannot_pad = length <= HEADER as u64 || raw.seconds == 0;
            if cut.kept.contains(&raw.offset) || cannot_pad {
                out_file.pad(std::mem::take(&mut dropped.0), dropped.1)?;
                out_file.write(raw.bytes)?;
                records += 1;
            } else {
                if dropped.0 == 0 {
                    dropped.1 = raw.seconds;
                }
                dropped.0 += length;
            }
            Ok(())
        };
    let walked = cut.each(&mut |raw| {
        if done.is_ok() {
            done = take(raw, &mut out_file);
        }
    });
    walked.map_err(FileError::Slice)?;
    let finish = || -> io::Result<()> {
        done?;
        out_file.pad(dropped.0, dropped.1)?;
        if matches!(cut.found.ending, Ending::Cut { .. }) {
            // Cut short where the whole file is: inside a record.
            let last = cut.found.last.unwrap_or(cut.read.file.start).0 / 1_000_000;
            let seconds = u32::try_from(last).unwrap_or(1).max(1);
            out_file.write(&seconds.to_be_bytes())?;
            out_file.write(&[0, 16, 0, 4, 0, 0, 16, 0])?;
        }
        out_file.finish()
    };
    finish().map_err(FileError::Write)?;
    Ok(records)
}
