//! Path attributes as encoded (RFC 4271 §4.3).

use super::Malformed;
use super::path::{RawPath, check_path};
use crate::decode::bytes::ByteReader;
use crate::model::net::Asn;

pub(crate) const AS_PATH: u8 = 2;
pub(crate) const MP_REACH_NLRI: u8 = 14;
pub(crate) const MP_UNREACH_NLRI: u8 = 15;
pub(crate) const AS4_PATH: u8 = 17;

/// A path attribute.
pub(crate) struct RawAttribute<'a> {
    /// RawAttribute type code.
    pub kind: u8,
    pub value: &'a [u8],
    /// False where a clipped message ends inside the value.
    pub is_whole: bool,
}

/// Takes the next attribute off a list of them; none where it runs past the end. In a clipped message
/// the last one may be incomplete.
pub(crate) fn next_attribute<'a>(
    r: &mut ByteReader<'a>,
    clipped: bool,
) -> Option<RawAttribute<'a>> {
    const EXTENDED_LENGTH: u8 = 0x10;
    let flags = r.u8()?;
    let kind = r.u8()?;
    let length = if flags & EXTENDED_LENGTH == 0 {
        usize::from(r.u8()?)
    } else {
        usize::from(r.u16()?)
    };
    let (value, is_whole) = match r.take(length) {
        Some(value) => (value, true),
        None if clipped => (r.take(r.0.len())?, false),
        None => return None,
    };
    Some(RawAttribute {
        kind,
        value,
        is_whole,
    })
}

/// Whether an attribute of this type can have this length. Checked for those where an invalid length
/// makes the whole message a withdrawal (RFC 7606 §7, RFC 8092 §6): ORIGIN, NEXT_HOP,
/// MULTI_EXIT_DISC and communities.
pub(crate) const fn is_valid_length(kind: u8, length: usize) -> bool {
    match kind {
        1 => length == 1,
        3 | 4 => length == 4,
        8 => length.is_multiple_of(4),
        16 => length.is_multiple_of(8),
        32 => length.is_multiple_of(12),
        _ => true,
    }
}

/// Whether IANA has assigned the address family: no speaker sends one that is not assigned.
pub(crate) const fn is_assigned_family(afi: u16, safi: u8) -> bool {
    matches!(afi, 1..=31 | 16384..=16399) && safi != 0
}

/// The first AS of a RIB entry's path, if the attributes have their usual order and shape; otherwise
/// `Err`, and [`rib_path`] has to be asked.
#[inline]
pub(crate) fn usual_first_asn(attributes: &[u8]) -> Result<Asn, ()> {
    // ORIGIN, then an AS_PATH with a length of one byte that begins with an AS_SEQUENCE. The mask
    // selects type and length of ORIGIN, the extended-length flag and type of AS_PATH, and the type
    // of its first segment.
    const MASK: u64 = 0xff_ff_00_10_ff_00_ff_00;
    const USUAL: u64 = 0x01_01_00_00_02_00_02_00;
    let [_, shape @ .., a, b, c, d] = attributes.first_chunk::<13>().ok_or(())?;
    let [.., length, _, count] = *shape;
    if u64::from_be_bytes(*shape) & MASK == USUAL && count > 0 && length >= 6 {
        Ok(u32::from_be_bytes([*a, *b, *c, *d]))
    } else {
        Err(())
    }
}

/// The AS path among the attributes of a RIB entry.
pub(crate) fn rib_path(attributes: &[u8], four_byte: bool) -> Result<RawPath<'_>, Malformed> {
    let mut path = RawPath {
        four_byte,
        ..RawPath::default()
    };
    let mut rest = ByteReader(attributes);
    while !rest.is_empty() {
        let found = next_attribute(&mut rest, false);
        let RawAttribute { kind, value, .. } =
            found.ok_or("a path attribute runs past the end of the attributes")?;
        match kind {
            AS_PATH if path.as_path.is_none() => {
                check_path(value, four_byte)?;
                path.as_path = Some(value);
            }
            AS4_PATH if !four_byte && check_path(value, true).is_ok() => {
                path.as4_path.get_or_insert(value);
            }
            _ => {}
        }
    }
    Ok(path)
}
