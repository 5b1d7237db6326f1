//! Archive files → the routes of watched prefixes, session events and damage: [`FileContents`].
//!
//! A file is decompressed (`compression`), split into records by the source for its format (`source`,
//! with `mrt` as the only one), and each record is parsed as far as it matters. BGP messages are parsed
//! in `bgp`, whatever carried them; `contents` collects what is kept, whatever the format was; `read`
//! puts these together and decides which bytes of a damaged file count.
//!
//! AS paths are interpreted by bgpkit-parser (`paths`). Its iterators over records are not used: they
//! drop state changes and the SAFI, and lose whole sections of some valid input.
//!
//! Damage stays where it happened. A record that cannot be read is skipped and reported with its
//! offset, a file that cannot be read further ends there, and nothing after a checksum mismatch counts.
//! A corrupt type byte must not turn a message into one that would be skipped (`mrt::corrupt_type`,
//! `bgp::non_update`).

mod bgp;
mod bytes;
mod compression;
mod content_check;
mod contents;
mod mrt;
mod paths;
mod read;
mod request;
mod source;

use crate::model::archive::{FileContents, FileKind};
use crate::model::net::Prefix;
use crate::model::time::Timestamp;
use crate::watchlist::PrefixSet;
use rustc_hash::FxHashSet;
use std::io;
use std::path::Path;

pub use compression::decompress;
pub use content_check::content_check;
pub(crate) use contents::merge_spans;
pub use mrt::inspect;
pub(crate) use mrt::is_type_name as is_record_type;
pub(crate) use mrt::raw;
pub use read::{first_record, loose_files};
pub use request::{CoveringDetail, Digest, Filter, Scan, TableTransfer};

/// Reads a file.
///
/// # Errors
/// The file cannot be opened or read from disk. What is wrong with its contents is no error: see
/// [`FileContents::ending`] and [`FileContents::damaged`].
pub fn file(path: &Path, scan: &Scan<'_>) -> io::Result<FileContents> {
    read::read(path, scan).map(|(contents, _)| contents)
}

/// The distinct prefixes announced in each of [`Scan::transfers`], in the same order.
///
/// # Errors
/// As [`file()`].
pub(crate) fn table_transfers(path: &Path, scan: &Scan<'_>) -> io::Result<Vec<FxHashSet<Prefix>>> {
    read::read(path, scan).map(|(_, transfers)| transfers)
}

/// Reads a file to its end to check it: whether it decompresses and consists of records, what is
/// damaged, and for a RIB whether it lists routes. No routes are kept.
///
/// # Errors
/// As [`file()`].
pub fn check(path: &Path, kind: FileKind) -> io::Result<FileContents> {
    let nothing = PrefixSet::default();
    let scan = Scan {
        kind,
        filter: Filter::Prefixes(&nothing),
        covering: CoveringDetail::Full,
        // An empty span: session events would be kept otherwise.
        from: Timestamp(0),
        to: Timestamp(0),
        silence: None,
        transfers: &[],
        progress: &|_| {},
    };
    file(path, &scan)
}
