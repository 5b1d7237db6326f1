//! Writes what is kept of a file: records where they stood, padding between them.

use super::{Cut, SliceError, Sliced, place};
use crate::decode::raw::{HEADER, PADDING};
use crate::locate;
use crate::model::archive::Ending;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Longest padding record: some readers have no room for more.
const LONGEST: u64 = 4096;

enum Packed {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Bzip2(bzip2::write::BzEncoder<BufWriter<File>>),
}

impl Packed {
    /// As the file's name says, which is what other tools go by: what is sliced may lie under
    /// another, or be plain.
    fn named(target: &Path, file: File) -> Self {
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
        match self {
            Self::Plain(mut out) => out.flush(),
            Self::Gzip(out) => out.finish()?.flush(),
            Self::Bzip2(out) => out.finish()?.flush(),
        }
    }

    /// Fills room that is longer than a header.
    fn pad(&mut self, mut room: u64, seconds: u32) -> io::Result<()> {
        let least = HEADER as u64 + 1;
        while room > 0 {
            let mut length = room.min(LONGEST);
            // What is left must hold a record, too.
            if room > length && room - length < least {
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
            room -= length;
        }
        Ok(())
    }
}

/// Writes a file's slice.
pub(super) fn file(cut: &Cut<'_>, dir: &Path) -> Result<Sliced, SliceError> {
    let path = place(cut.read);
    let target = dir.join(&path);
    let part = target.with_extension("part");
    let failed = |e| SliceError::Write(target.clone(), e);
    let folder = target.parent().unwrap_or(dir);
    fs::create_dir_all(folder).map_err(failed)?;
    let records = fill(cut, &target, &part).map_err(|e| match e {
        Problem::Slice(error) => error,
        Problem::Write(e) => failed(e),
    })?;
    fs::rename(&part, &target).map_err(failed)?;
    let bytes = fs::metadata(&target).map_err(failed)?.len();
    Ok(Sliced {
        path,
        url: locate::url_of(&cut.read.file).into_owned(),
        sha256: cut.found.sha256.clone(),
        bytes_before: cut.found.bytes,
        bytes,
        records_before: cut.found.record_count(),
        records,
    })
}

enum Problem {
    Slice(SliceError),
    Write(io::Error),
}

fn fill(cut: &Cut<'_>, target: &Path, part: &Path) -> Result<u64, Problem> {
    let out = File::create(part).map_err(Problem::Write)?;
    // A file without a byte stays one: that is what a failed download leaves.
    if cut.found.bytes == 0 {
        return Ok(0);
    }
    let mut packed = Packed::named(target, out);
    // Room of dropped records, and the time of the first of them.
    let mut room: (u64, u32) = (0, 0);
    let mut records = 0;
    let mut done = Ok(());
    let mut take = |raw: crate::decode::raw::Raw<'_>, packed: &mut Packed| -> io::Result<()> {
        let length = raw.bytes.len() as u64;
        // Nothing but padding has no body to fill, and nothing else has no time.
        let cannot_pad = length <= HEADER as u64 || raw.seconds == 0;
        if cut.kept.contains(&raw.offset) || cannot_pad {
            packed.pad(std::mem::take(&mut room.0), room.1)?;
            packed.write(raw.bytes)?;
            records += 1;
        } else {
            if room.0 == 0 {
                room.1 = raw.seconds;
            }
            room.0 += length;
        }
        Ok(())
    };
    let walked = cut.each(&mut |raw| {
        if done.is_ok() {
            done = take(raw, &mut packed);
        }
    });
    walked.map_err(Problem::Slice)?;
    let finish = || -> io::Result<()> {
        done?;
        packed.pad(room.0, room.1)?;
        if matches!(cut.found.ending, Ending::Cut { .. }) {
            // Breaks off where the whole one does: inside a record.
            let last = cut.found.last.unwrap_or(cut.read.file.start).0 / 1_000_000;
            let seconds = u32::try_from(last).unwrap_or(1).max(1);
            packed.write(&seconds.to_be_bytes())?;
            packed.write(&[0, 16, 0, 4, 0, 0, 16, 0])?;
        }
        packed.finish()
    };
    finish().map_err(Problem::Write)?;
    Ok(records)
}
