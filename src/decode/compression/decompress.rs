//! The decompressed bytes of a file, and which of them are valid.

use super::buffer::Buffer;
use super::container::Container;
use super::gzip::CORRUPTION_MARGIN;
use super::input::Fault;
use crate::model::archive::Ending;
use std::io;
use std::path::Path;

/// How far to read in search of a checksum: more than the largest RIB.
const MAX_UNVERIFIED: u64 = 4 << 30;

/// Passes a file's bytes on as they are decompressed. The bytes after the offset of an
/// [`Ending::Cut`] do not count, although some may have been passed on: the checksum of a `.gz` is at
/// its end.
///
/// # Errors
/// The file cannot be opened or read from disk.
pub fn decompress(path: &Path, each: &mut dyn FnMut(&[u8])) -> io::Result<Ending> {
    let mut container = Container::open(path)?;
    let mut buffer = Buffer::default();
    let mut total = 0;
    loop {
        let filled = container.fill(&mut buffer);
        each(buffer.filled());
        total += buffer.filled().len() as u64;
        buffer.consume(buffer.filled().len());
        match filled {
            Ok(true) => {}
            Ok(false) => return Ok(Ending::Whole),
            Err(Fault::Cut(reason) | Fault::Unverified { reason, .. }) => {
                return Ok(Ending::cut(total, &reason));
            }
            Err(Fault::Corrupt { verified, reason }) => return Ok(Ending::cut(verified, &reason)),
            Err(Fault::Io(e)) => return Err(e),
        }
    }
}

/// Reads on until a checksum verifies the bytes up to `offset`, where the records make no sense: was
/// the file written so, or has a byte changed since?
pub(crate) fn verify(container: &mut Container, offset: u64) -> Result<(), Fault> {
    let mut buffer = Buffer::default();
    let mut read = 0;
    // As where decompression fails: the damage lies a short way before what makes no sense.
    let before_margin = |container: &Container| {
        let trusted = offset.saturating_sub(CORRUPTION_MARGIN);
        container.verified().max(trusted)
    };
    while container.verified() <= offset {
        if read >= MAX_UNVERIFIED {
            return Err(Fault::Corrupt {
                verified: before_margin(container),
                reason: "no gzip checksum within 4 GiB".to_owned(),
            });
        }
        let filled = container.fill(&mut buffer);
        read += buffer.filled().len() as u64;
        buffer.consume(buffer.filled().len());
        match filled {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(Fault::Corrupt { verified, reason } | Fault::Unverified { verified, reason }) => {
                let verified = verified.min(before_margin(container));
                return Err(Fault::Corrupt { verified, reason });
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}
