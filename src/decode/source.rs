//! The seam for formats of archive files. A format is a type that implements [`RouteSource`] and a line
//! in the list of formats in `read`: everything after it works on [`ContentsBuilder`], whatever the
//! bytes were.
//!
//! MRT (RFC 6396) is the only format today. BMP (RFC 7854) and RIS Live carry the same BGP UPDATEs in
//! other frames: a source for them parses its frame and hands the message to
//! [`ContentsBuilder::update`].

use super::contents::ContentsBuilder;
use crate::model::archive::FileKind;
use crate::model::time::Timestamp;

/// Reads the records of one file, in one format.
pub(crate) trait RouteSource {
    /// How many bytes the record at the start of `bytes` takes.
    fn frame(&self, bytes: &[u8]) -> Framing;

    /// The time of the record at the start of `bytes`, and the kind of file that begins with it; none
    /// if that takes more bytes.
    fn identify(&self, bytes: &[u8]) -> Option<(Timestamp, FileKind)>;

    /// Decodes one complete record, which starts `offset` bytes into the decompressed file, and adds
    /// to `contents` its routes, session changes and damage.
    fn record(&mut self, record: &[u8], offset: u64, contents: &mut ContentsBuilder<'_>);

    /// Whether `start`, the beginning of an incomplete record, is unlikely to have been written so.
    /// `last` is the time of the record before it, in microseconds.
    fn is_implausible(&self, start: &[u8], last: Option<i64>) -> bool;

    /// Adds what is known only at the end of the file. `Err` is the reason why a file that was read to
    /// its end is not the kind of file that it should be.
    fn finish(&mut self, contents: &mut ContentsBuilder<'_>) -> Result<(), &'static str>;
}

/// What is at the start of some bytes.
pub(crate) enum Framing {
    /// A complete record, with its length in bytes.
    Record(usize),
    /// The beginning of a record, or nothing.
    Incomplete,
    /// No record can be found any more.
    Lost(&'static str),
}
