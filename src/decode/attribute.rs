//! Path attributes as they stand on the wire (RFC 4271 §4.3).

use super::mrt::Reader;

pub const AS_PATH: u8 = 2;
pub const MP_REACH: u8 = 14;
pub const MP_UNREACH: u8 = 15;
pub const AS4_PATH: u8 = 17;

/// An attribute's type and value, and whether the value is whole.
pub fn next<'a>(r: &mut Reader<'a>, clipped: bool) -> Option<(u8, &'a [u8], bool)> {
    const EXTENDED_LENGTH: u8 = 0x10;
    let flags = r.u8()?;
    let kind = r.u8()?;
    let length = if flags & EXTENDED_LENGTH == 0 {
        usize::from(r.u8()?)
    } else {
        usize::from(r.u16()?)
    };
    match r.take(length) {
        Some(value) => Some((kind, value, true)),
        None if clipped => r.take(r.0.len()).map(|rest| (kind, rest, false)),
        None => None,
    }
}

/// Whether an attribute can have so many bytes. Only of those whose wrong length takes the whole
/// message along (RFC 7606 §7, RFC 8092 §6): ORIGIN, NEXT_HOP, MULTI_EXIT_DISC, communities.
pub const fn fits(kind: u8, length: usize) -> bool {
    match kind {
        1 => length == 1,
        3 | 4 => length == 4,
        8 => length.is_multiple_of(4),
        16 => length.is_multiple_of(8),
        32 => length.is_multiple_of(12),
        _ => true,
    }
}

/// Whether BGP speaks of such a family (IANA's address families): what is not assigned was never
/// sent.
pub const fn is_family(afi: u16, safi: u8) -> bool {
    matches!(afi, 1..=31 | 16384..=16399) && safi != 0
}
