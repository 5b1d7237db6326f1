//! Text files that a question is made of, and that may name each other: what is named like one may
//! be a pipe that nobody writes to, or a device without an end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of one: an event table of millions of records has no more.
const MOST: u64 = 256 << 20;

/// Opens a file that is one.
///
/// # Errors
/// It cannot be opened, or is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    File::open(path)
}

/// The text of a file that another one may have named.
///
/// # Errors
/// It cannot be read, is no regular file, is too long, or no UTF-8.
pub fn read(path: &Path) -> io::Result<String> {
    bounded(open(path)?)
}

/// The text of a file that was named by hand: that may be a pipe, too.
///
/// # Errors
/// It cannot be read, is too long, or no UTF-8.
pub fn read_given(path: &Path) -> io::Result<String> {
    bounded(File::open(path)?)
}

fn bounded(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST {
        let megabytes = MOST >> 20;
        let error = format!("it has more than {megabytes} MB");
        return Err(io::Error::other(error));
    }
    Ok(text)
}
