//! Visits the records of a file as they are stored, for those who want the bytes.

use super::{HEADER, MAX_BODY, header};
use crate::decode::compression::{Buffer, Container, Fault};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// Calls `visit` with every complete record of a file and its offset, up to where the file cannot be
/// read further. A file is always read from its start, as compressed files have to be.
///
/// # Errors
/// The file cannot be opened or read from disk.
pub(crate) fn walk(
    path: &Path,
    visit: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut container = Container::open(path)?;
    let mut buffer = Buffer::default();
    let mut offset = 0u64;
    loop {
        while let Some((_, _, _, length)) = header(buffer.filled()) {
            let end = HEADER + length;
            if length > MAX_BODY {
                return Ok(());
            }
            let Some(record) = buffer.filled().get(..end) else {
                break;
            };
            if visit(record, offset).is_break() {
                return Ok(());
            }
            buffer.consume(end);
            offset += end as u64;
        }
        match container.fill(&mut buffer) {
            Ok(true) => {}
            Err(Fault::Io(e)) => return Err(e),
            Ok(false) | Err(_) => return Ok(()),
        }
    }
}
