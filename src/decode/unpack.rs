//! A file's decompressed bytes, and which of them count.

use super::buffer::Buffer;
use super::container::Container;
use super::gzip::ASTRAY;
use super::source::Fault;
use super::{Ending, cut};
use std::io;
use std::path::Path;

/// What is read in search of a checksum: enough for the largest RIB.
const FAR: u64 = 4 << 30;

/// Hands on a file's bytes as they are decompressed. Those behind [`Ending::Cut`]'s offset do not
/// count, though some may have been handed on: the checksum of a `.gz` stands at its end.
///
/// # Errors
/// It cannot be opened or read from disk.
pub fn unpack(path: &Path, each: &mut dyn FnMut(&[u8])) -> io::Result<Ending> {
    let mut container = Container::open(path)?;
    let mut buffer = Buffer::default();
    let mut given = 0;
    loop {
        let filled = container.fill(&mut buffer);
        each(buffer.filled());
        given += buffer.filled().len() as u64;
        buffer.use_up(buffer.filled().len());
        match filled {
            Ok(true) => {}
            Ok(false) => return Ok(Ending::Whole),
            Err(Fault::Cut(reason) | Fault::Unvouched { reason, .. }) => {
                return Ok(cut(given, &reason));
            }
            Err(Fault::Corrupt { good, reason }) => return Ok(cut(good, &reason)),
            Err(Fault::Io(e)) => return Err(e),
        }
    }
}

/// Reads on until a checksum vouches for the bytes up to `offset`, where something makes no sense:
/// was it written so, or has a byte changed?
pub(super) fn vouch(container: &mut Container, offset: u64) -> Result<(), Fault> {
    let mut buffer = Buffer::default();
    let mut read = 0;
    // What makes no sense here went astray a short way before, as where inflating fails.
    let short = |container: &Container| container.vouched().max(offset.saturating_sub(ASTRAY));
    while container.vouched() <= offset {
        if read >= FAR {
            return Err(Fault::Corrupt {
                good: short(container),
                reason: "no checksum for so long".to_owned(),
            });
        }
        let filled = container.fill(&mut buffer);
        read += buffer.filled().len() as u64;
        buffer.use_up(buffer.filled().len());
        match filled {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(Fault::Corrupt { good, reason } | Fault::Unvouched { good, reason }) => {
                let good = good.min(short(container));
                return Err(Fault::Corrupt { good, reason });
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}
