//! MRT (RFC 6396): the common header of records, and one implementation of
//! [`RouteSource`](super::source::RouteSource).

mod bgp4mp;
mod corrupt_type;
mod covering;
mod dumps;
pub mod inspect;
pub(crate) mod raw;
mod source;
mod table_dump;
mod types;
mod walk;

pub(crate) use source::MrtSource;
pub(crate) use types::is_type_name;

use super::bytes::ByteReader;
use super::contents::RecordAt;
use crate::model::time::SECOND;

/// Length of the common header in bytes.
pub(crate) const HEADER: usize = 12;
/// No collector writes a longer body: where one seems to follow, record boundaries are lost.
pub(crate) const MAX_BODY: usize = 16 << 20;

pub(crate) const NULL: u16 = 0;
pub(crate) const BGP: u16 = 5;
pub(crate) const TABLE_DUMP: u16 = 12;
pub(crate) const TABLE_DUMP_V2: u16 = 13;
pub(crate) const BGP4MP: u16 = 16;
pub(crate) const BGP4MP_ET: u16 = 17;

/// A record: its common header, and its body.
#[derive(Clone, Copy)]
pub(crate) struct MrtRecord<'a> {
    /// Microseconds since the epoch.
    pub time: i64,
    /// Where the record starts in the decompressed file.
    pub offset: u64,
    pub kind: u16,
    pub subtype: u16,
    /// What follows the header, and the microseconds of an extended timestamp.
    pub body: &'a [u8],
    /// Length of the body as the header gives it.
    pub length: usize,
}

impl MrtRecord<'_> {
    /// Its time and offset.
    pub(crate) const fn at(&self) -> RecordAt {
        RecordAt {
            time: self.time,
            offset: self.offset,
        }
    }
}

/// The fields of the common header (RFC 6396 §2): seconds, type, subtype, length.
pub(crate) fn header(bytes: &[u8]) -> Option<(u32, u16, u16, usize)> {
    let mut r = ByteReader(bytes);
    Some((r.u32()?, r.u16()?, r.u16()?, r.u32()? as usize))
}

/// Parses the header of a complete record; none if its extended timestamp is truncated or invalid.
pub(crate) fn record(bytes: &[u8], offset: u64) -> Option<MrtRecord<'_>> {
    let (seconds, kind, subtype, length) = header(bytes)?;
    let mut body = bytes.get(HEADER..HEADER + length)?;
    let mut time = i64::from(seconds) * SECOND;
    if kind == BGP4MP_ET {
        let mut r = ByteReader(body);
        let micros = i64::from(r.u32()?);
        if micros >= SECOND {
            return None;
        }
        time += micros;
        body = r.0;
    }
    Some(MrtRecord {
        time,
        offset,
        kind,
        subtype,
        body,
        length,
    })
}

/// Whether a record is of type NULL, which "causes no operation" (RFC 6396 §B.1.1), and has time 0:
/// that is how a zero-filled part of a file looks.
pub(crate) const fn is_zeros(time: i64, kind: u16) -> bool {
    time == 0 && kind == NULL
}

/// Whether a record of type NULL has a time and a body of zeros: padding, which is not even counted.
pub(crate) fn is_padding(bytes: &[u8]) -> bool {
    let is_null = header(bytes).is_some_and(|(time, kind, subtype, length)| {
        time != 0 && (kind, subtype) == (NULL, 0) && length > 0
    });
    is_null && bytes[HEADER..].iter().all(|b| *b == 0)
}
