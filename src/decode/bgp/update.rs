//! UPDATE messages (RFC 4271 §4.3, RFC 4760): withdrawn and announced routes, AS paths, End-of-RIB.

use super::Malformed;
use super::attributes::{self, AS_PATH, AS4_PATH, MP_REACH_NLRI, MP_UNREACH_NLRI};
use super::path::{RawPath, check_path};
use crate::decode::bytes::{ByteReader, network_bits};
use crate::model::net::{AS_TRANS, Family, Prefix};

/// Routes of one family as encoded NLRI.
#[derive(Clone, Copy)]
pub(crate) struct Routes<'a> {
    pub family: Family,
    bytes: &'a [u8],
}

/// The parts of an UPDATE that routes depend on. Withdrawals act before announcements. Both come in
/// two lists: the fields of RFC 4271, then those of the multiprotocol attributes.
#[derive(Default)]
pub(crate) struct UpdateMessage<'a> {
    pub withdrawn: [Option<Routes<'a>>; 2],
    pub announced: [Option<Routes<'a>>; 2],
    pub path: RawPath<'a>,
    /// The collector cut the message off: only the complete prefixes before the cut are here.
    pub clipped: bool,
    /// End-of-RIB of a family (RFC 4724 §2).
    pub end_of_rib: Option<Family>,
}

/// Parses the body of an UPDATE, after the message header.
pub(crate) fn update(
    bytes: &[u8],
    four_byte: bool,
    add_path: bool,
    clipped: bool,
) -> Result<UpdateMessage<'_>, Malformed> {
    let mut found = UpdateMessage {
        path: RawPath {
            four_byte,
            ..RawPath::default()
        },
        clipped,
        ..UpdateMessage::default()
    };
    let mut r = ByteReader(bytes);
    let withdrawn = section(&mut r, clipped).ok_or("truncated withdrawn routes")?;
    found.withdrawn[0] = routes(Family::V4, withdrawn, add_path, clipped)?;
    let attributes = section(&mut r, clipped).ok_or("truncated path attributes")?;
    let facts = parse_attributes(attributes, add_path, &mut found)?;
    found.announced[0] = routes(Family::V4, r.0, add_path, clipped)?;

    let announces = found.announced.iter().any(Option::is_some);
    if announces && found.path.as_path.is_none() {
        return Err("routes are announced without an AS_PATH");
    }
    // RFC 6793 §6 discards a malformed AS4_PATH: then the origin is not known.
    if announces && facts.has_malformed_as4_path && found.path.originates(|asn| asn == AS_TRANS) {
        return Err("malformed AS4_PATH, and AS_PATH has only AS_TRANS as the origin");
    }
    let lists_nothing = withdrawn.is_empty() && r.is_empty();
    if lists_nothing && !clipped && !attributes.is_empty() && !facts.has_multiprotocol {
        return Err("path attributes without any route");
    }
    if !lists_nothing || clipped {
        found.end_of_rib = None;
    } else if attributes.is_empty() {
        found.end_of_rib = Some(Family::V4);
    }
    Ok(found)
}

/// A section preceded by its two-byte length; in a clipped message, as much of it as there is.
fn section<'a>(r: &mut ByteReader<'a>, clipped: bool) -> Option<&'a [u8]> {
    match r.u16() {
        Some(length) => match r.take(usize::from(length)) {
            Some(bytes) => Some(bytes),
            None if clipped => r.take(r.0.len()),
            None => None,
        },
        None if clipped => r.take(r.0.len()).map(|_| &[][..]),
        None => None,
    }
}

/// Checks a list of prefixes; none if it is empty. In a clipped message the complete prefixes before
/// the cut count.
fn routes(
    family: Family,
    bytes: &[u8],
    add_path: bool,
    clipped: bool,
) -> Result<Option<Routes<'_>>, Malformed> {
    let mut rest = ByteReader(bytes);
    while !rest.is_empty() {
        let before = rest.0.len();
        match skip_prefix(&mut rest, family, add_path) {
            Ok(()) => {}
            Err(NlriError::Truncated) if clipped => {
                let whole = &bytes[..bytes.len() - before];
                return Ok((!whole.is_empty()).then_some(Routes {
                    family,
                    bytes: whole,
                }));
            }
            Err(NlriError::Truncated) => return Err("truncated prefix in the UPDATE"),
            Err(NlriError::TooLong) => {
                return Err("prefix length in the UPDATE exceeds the address length");
            }
        }
    }
    Ok((!bytes.is_empty()).then_some(Routes { family, bytes }))
}

/// Why a prefix cannot be parsed.
enum NlriError {
    Truncated,
    TooLong,
}

fn skip_prefix(r: &mut ByteReader<'_>, family: Family, add_path: bool) -> Result<(), NlriError> {
    if add_path {
        r.u32().ok_or(NlriError::Truncated)?;
    }
    let len = r.u8().ok_or(NlriError::Truncated)?;
    if len > family.max_len() {
        return Err(NlriError::TooLong);
    }
    r.take(usize::from(len).div_ceil(8))
        .ok_or(NlriError::Truncated)?;
    Ok(())
}

/// A prefix with its ADD-PATH identifier (RFC 7911 §3), 0 without.
fn parse_prefix(
    r: &mut ByteReader<'_>,
    family: Family,
    add_path: bool,
) -> Result<(Prefix, u32), NlriError> {
    let path_id = if add_path {
        r.u32().ok_or(NlriError::Truncated)?
    } else {
        0
    };
    let len = r.u8().ok_or(NlriError::Truncated)?;
    if len > family.max_len() {
        return Err(NlriError::TooLong);
    }
    let bytes = r
        .take(usize::from(len).div_ceil(8))
        .ok_or(NlriError::Truncated)?;
    Ok((Prefix::new(family, network_bits(bytes), len), path_id))
}

impl Routes<'_> {
    /// Calls `visit` with each prefix and its ADD-PATH identifier, 0 without.
    pub(crate) fn for_each(self, add_path: bool, mut visit: impl FnMut(Prefix, u32)) {
        let mut rest = ByteReader(self.bytes);
        while !rest.is_empty() {
            // The list was checked when the message was parsed.
            let Ok((prefix, path_id)) = parse_prefix(&mut rest, self.family, add_path) else {
                return;
            };
            visit(prefix, path_id);
        }
    }
}

/// Facts about the attributes that [`UpdateMessage`] does not keep.
#[derive(Default)]
struct AttributeFacts {
    /// MP_REACH_NLRI or MP_UNREACH_NLRI, or both.
    has_multiprotocol: bool,
    has_malformed_as4_path: bool,
}

fn parse_attributes<'a>(
    bytes: &'a [u8],
    add_path: bool,
    found: &mut UpdateMessage<'a>,
) -> Result<AttributeFacts, Malformed> {
    let mut facts = AttributeFacts::default();
    let clipped = found.clipped;
    let mut count = 0;
    let mut empty_unreach = None;
    let mut multiprotocol_seen = [false; 2];
    let mut rest = ByteReader(bytes);
    while !rest.is_empty() {
        let Some(attribute) = attributes::next_attribute(&mut rest, clipped) else {
            if clipped {
                return Ok(facts);
            }
            return Err("a path attribute runs past the end of the attributes");
        };
        let (kind, value, is_whole) = (attribute.kind, attribute.value, attribute.is_whole);
        count += 1;
        if is_whole && !attributes::is_valid_length(kind, value.len()) {
            return Err("invalid length of a path attribute");
        }
        // A duplicate is malformed for these; of other attributes the first counts (RFC 7606 §3g).
        if let MP_REACH_NLRI | MP_UNREACH_NLRI = kind
            && std::mem::replace(
                &mut multiprotocol_seen[usize::from(kind - MP_REACH_NLRI)],
                true,
            )
        {
            return Err("duplicate MP_REACH_NLRI or MP_UNREACH_NLRI");
        }
        match kind {
            AS_PATH if is_whole && found.path.as_path.is_none() => {
                check_path(value, found.path.four_byte)?;
                found.path.as_path = Some(value);
            }
            // AS4_PATH from a four-byte speaker must be discarded, and so must a malformed one
            // (RFC 6793 §4.1, §6).
            AS4_PATH if is_whole && !found.path.four_byte => match check_path(value, true) {
                Ok(()) => _ = found.path.as4_path.get_or_insert(value),
                Err(_) => facts.has_malformed_as4_path = found.path.as4_path.is_none(),
            },
            MP_REACH_NLRI => {
                facts.has_multiprotocol = true;
                if let Some((family, nlri)) = mp_reach(value, clipped)? {
                    found.announced[1] = routes(family, nlri, add_path, clipped)?;
                }
            }
            MP_UNREACH_NLRI => {
                facts.has_multiprotocol = true;
                if let Some((family, nlri)) = mp_unreach(value, clipped)? {
                    found.withdrawn[1] = routes(family, nlri, add_path, clipped)?;
                    empty_unreach = nlri.is_empty().then_some(family);
                }
            }
            _ => {}
        }
    }
    if count == 1 {
        found.end_of_rib = empty_unreach;
    }
    Ok(facts)
}

/// The unicast family of a multiprotocol attribute; none for other SAFIs.
fn unicast(afi: u16, safi: u8) -> Result<Option<Family>, Malformed> {
    match (afi, safi) {
        (1, 1) => Ok(Some(Family::V4)),
        (2, 1) => Ok(Some(Family::V6)),
        _ if attributes::is_assigned_family(afi, safi) => Ok(None),
        _ => Err("unassigned address family (AFI/SAFI)"),
    }
}

type MpRoutes<'a> = Option<(Family, &'a [u8])>;

fn mp_reach(value: &[u8], clipped: bool) -> Result<MpRoutes<'_>, Malformed> {
    let mut r = ByteReader(value);
    let mut head = || {
        let (afi, safi) = (r.u16()?, r.u8()?);
        let next_hop = r.u8()?;
        r.take(usize::from(next_hop))?;
        // Once a count of SNPAs, now reserved (RFC 4760 §3).
        r.u8()?;
        Some((afi, safi, next_hop))
    };
    match head() {
        Some((afi, safi, next_hop)) => match unicast(afi, safi)? {
            // RFC 7606 §7.11; an IPv6 next hop may be two addresses (RFC 2545 §3).
            Some(_) if !matches!(next_hop, 4 | 16 | 32) => {
                Err("invalid next-hop length in MP_REACH_NLRI")
            }
            family => Ok(family.map(|family| (family, r.0))),
        },
        None if clipped => Ok(None),
        None => Err("truncated MP_REACH_NLRI"),
    }
}

fn mp_unreach(value: &[u8], clipped: bool) -> Result<MpRoutes<'_>, Malformed> {
    let mut r = ByteReader(value);
    match (r.u16(), r.u8()) {
        (Some(afi), Some(safi)) => Ok(unicast(afi, safi)?.map(|family| (family, r.0))),
        _ if clipped => Ok(None),
        _ => Err("truncated MP_UNREACH_NLRI"),
    }
}
