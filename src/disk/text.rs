//! Text files that make up a question: incident files, watch lists, event tables. One may name
//! another, and a name can lead to a pipe that nobody writes to or to a device without an end, so
//! both the kind of file and its length are checked.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Longest text, bytes: an event table of millions of records is shorter.
const MAX_BYTES: u64 = 256 << 20;

/// Opens a regular file.
///
/// # Errors
/// It cannot be opened, or is a pipe, a device or a folder.
pub fn open(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    File::open(path)
}

/// Reads the text of a file that another file may have named.
///
/// # Errors
/// It cannot be read, is not a regular file, is longer than 256 MB, or is not UTF-8.
pub fn read(path: &Path) -> io::Result<String> {
    bounded(open(path)?)
}

/// Reads the text of a file that the user named; that may be a pipe as well.
///
/// # Errors
/// It cannot be read, is longer than 256 MB, or is not UTF-8.
pub(crate) fn read_given(path: &Path) -> io::Result<String> {
    bounded(File::open(path)?)
}

fn bounded(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        let megabytes = MAX_BYTES >> 20;
        return Err(io::Error::other(format!("it has more than {megabytes} MB")));
    }
    Ok(text)
}
