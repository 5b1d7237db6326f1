//! Whether a downloaded file is an archive's MRT file: what `fetch` asks before it keeps one.

use crate::disk::FileHash;
use crate::fetch::cache::ContentSummary;
use crate::fetch::{CheckedFile, ContentCheck, fill, first_bytes};
use crate::model::archive::{Ending, FileKind};
use std::fs::File;
use std::io;
use std::path::Path;

/// The check of an MRT file of an archive: it is compressed (.gz or .bz2), decompresses to its end,
/// and is MRT records from first to last. Single damaged records are allowed; they are counted.
pub const fn content_check(kind: FileKind) -> &'static dyn ContentCheck {
    match kind {
        FileKind::Rib => &MrtCheck(FileKind::Rib),
        FileKind::Updates => &MrtCheck(FileKind::Updates),
    }
}

#[derive(Debug)]
struct MrtCheck(FileKind);

impl ContentCheck for MrtCheck {
    fn head(&self, first: &[u8]) -> Result<(), String> {
        match is_compressed(first) {
            true => Ok(()),
            false => Err(not_an_archive_file(first)),
        }
    }

    fn whole(&self, path: &Path) -> io::Result<Result<CheckedFile, String>> {
        let mut first = [0; 64];
        let n = fill(&mut File::open(path)?, &mut first)?;
        if let Err(why) = self.head(&first[..n]) {
            return Ok(Err(why));
        }
        let decoded = super::check(path, self.0)?;
        Ok(match &decoded.ending {
            Ending::Cut { offset, reason } => {
                Err(format!("it is damaged: at {offset} decompressed, {reason}"))
            }
            Ending::Whole => Ok(CheckedFile {
                contents: ContentSummary {
                    first: decoded.first.map(|t| t.0),
                    lists_routes: decoded.lists_anything(),
                    damaged: decoded.damaged.len() as u64,
                },
                hash: FileHash {
                    bytes: decoded.bytes,
                    sha256: decoded.sha256,
                },
            }),
        })
    }
}

/// Whether the first bytes are those of gzip or bzip2; the archives publish nothing else.
fn is_compressed(first: &[u8]) -> bool {
    first.starts_with(&[0x1f, 0x8b]) || first.starts_with(b"BZh")
}

fn not_an_archive_file(first: &[u8]) -> String {
    match first.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'<') => "the server sent a web page instead of the file".to_owned(),
        Some(_) => format!(
            "it is not compressed: it begins with {}",
            first_bytes(first)
        ),
        None => "it is empty".to_owned(),
    }
}
