//! Walks an UPDATE's bytes (RFC 4271 §4.3, RFC 4760): which prefixes it withdraws and announces,
//! where its paths stand. Everything is checked before anything is believed.

use super::attribute::{self, AS_PATH, AS4_PATH, MP_REACH, MP_UNREACH};
use super::mrt::{Reader, network_bits};
use super::other;
use crate::model::net::{Asn, Family, Prefix};

/// Message header: marker, length, type.
pub const HEADER: usize = 19;
const UPDATE: u8 = 2;
/// Body length at which collectors running Zebra clipped messages before 2009.
pub const CLIPPED_BODY: usize = 4096;
/// RFC 4271 §4.1: "MUST be set to all ones".
const MARKER: [u8; 16] = [0xff; 16];
/// Stands in a two-byte path for what AS4_PATH names (RFC 6793 §9).
const AS_TRANS: Asn = 23456;

/// What a message turned out to be.
pub enum Message<'a> {
    Update(Update<'a>),
    Other,
}

/// Routes of one family in wire form.
#[derive(Clone, Copy)]
pub struct Routes<'a> {
    pub family: Family,
    pub bytes: &'a [u8],
}

/// The parts of an UPDATE that routes depend on. Withdrawals act before announcements.
#[derive(Default)]
pub struct Update<'a> {
    pub withdrawn: [Option<Routes<'a>>; 2],
    pub announced: [Option<Routes<'a>>; 2],
    pub path: RawPath<'a>,
    /// The collector cut the message: only whole prefixes before the cut are here.
    pub clipped: bool,
    /// End-of-RIB of a family (RFC 4724 §2).
    pub end_of_rib: Option<Family>,
}

/// AS_PATH and AS4_PATH in wire form.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct RawPath<'a> {
    pub as_path: Option<&'a [u8]>,
    /// Kept only from two-byte sessions: from others it must be discarded (RFC 6793 §4.1).
    pub as4_path: Option<&'a [u8]>,
    pub four_byte: bool,
}

type Malformed = &'static str;

/// Reads a BGP message. `body` is the length of the MRT body that holds it.
pub fn message<'a>(
    bytes: &'a [u8],
    four_byte: bool,
    add_path: bool,
    body: usize,
) -> Result<Message<'a>, Malformed> {
    let mut r = Reader(bytes);
    if r.array().ok_or("truncated BGP message header")? != MARKER {
        return Err("BGP marker is not all ones");
    }
    let length = usize::from(r.u16().ok_or("truncated BGP message header")?);
    let kind = r.u8().ok_or("truncated BGP message header")?;
    if length < HEADER {
        return Err("BGP message length is below 19 bytes");
    }
    let clipped = length > bytes.len() && body == CLIPPED_BODY;
    if length != bytes.len() && !clipped {
        return Err("BGP message length does not match the MRT record");
    }
    match kind {
        UPDATE => update(r.0, four_byte, add_path, clipped).map(Message::Update),
        1 | 3..=5 | 128 if clipped || other::is_one(kind, r.0) => Ok(Message::Other),
        1 | 3..=5 | 128 => Err("message contents do not match the BGP message type"),
        _ => Err("unknown BGP message type"),
    }
}

/// Whether bytes are a whole message by its header.
pub fn is_framed(bytes: &[u8]) -> bool {
    let mut r = Reader(bytes);
    r.array() == Some(MARKER) && r.u16().is_some_and(|n| usize::from(n) == bytes.len())
}

/// Reads an UPDATE's contents, behind the BGP header.
pub fn update(
    bytes: &[u8],
    four_byte: bool,
    add_path: bool,
    clipped: bool,
) -> Result<Update<'_>, Malformed> {
    let mut found = Update {
        path: RawPath {
            four_byte,
            ..RawPath::default()
        },
        clipped,
        ..Update::default()
    };
    let mut r = Reader(bytes);
    let withdrawn = section(&mut r, clipped).ok_or("truncated withdrawn routes")?;
    found.withdrawn[0] = routes(Family::V4, withdrawn, add_path, clipped)?;
    let attributes = section(&mut r, clipped).ok_or("truncated path attributes")?;
    let walked = walk_attributes(attributes, add_path, &mut found)?;
    found.announced[0] = routes(Family::V4, r.0, add_path, clipped)?;

    let announces = found.announced.iter().any(Option::is_some);
    if announces && found.path.as_path.is_none() {
        return Err("routes are announced without an AS_PATH");
    }
    // RFC 6793 §6 has a broken AS4_PATH discarded: then nobody knows this origin.
    if announces && walked.broken_as4_path && found.path.originates(|asn| asn == AS_TRANS) {
        return Err("malformed AS4_PATH, and AS_PATH has only AS_TRANS as the origin");
    }
    let lists_nothing = withdrawn.is_empty() && r.is_empty();
    if lists_nothing && !clipped && !attributes.is_empty() && !walked.has_mp {
        return Err("path attributes without any route");
    }
    if !lists_nothing || clipped {
        found.end_of_rib = None;
    } else if attributes.is_empty() {
        found.end_of_rib = Some(Family::V4);
    }
    Ok(found)
}

/// A section with its two-byte length in front; in a clipped message, what is there of it.
fn section<'a>(r: &mut Reader<'a>, clipped: bool) -> Option<&'a [u8]> {
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

/// Checks a list of prefixes; nothing when it is empty. In a clipped message the whole prefixes
/// before the cut count.
fn routes(
    family: Family,
    bytes: &[u8],
    add_path: bool,
    clipped: bool,
) -> Result<Option<Routes<'_>>, Malformed> {
    let mut rest = Reader(bytes);
    while !rest.is_empty() {
        let before = rest.0.len();
        match pass(&mut rest, family, add_path) {
            Ok(()) => {}
            Err(Nlri::Cut) if clipped => {
                let whole = &bytes[..bytes.len() - before];
                return Ok((!whole.is_empty()).then_some(Routes {
                    family,
                    bytes: whole,
                }));
            }
            Err(Nlri::Cut) => return Err("truncated prefix in the UPDATE"),
            Err(Nlri::TooLong) => {
                return Err("prefix length in the UPDATE exceeds the address length");
            }
        }
    }
    Ok((!bytes.is_empty()).then_some(Routes { family, bytes }))
}

/// Why a prefix could not be read.
enum Nlri {
    Cut,
    TooLong,
}

/// Passes over a prefix.
fn pass(r: &mut Reader<'_>, family: Family, add_path: bool) -> Result<(), Nlri> {
    if add_path {
        r.u32().ok_or(Nlri::Cut)?;
    }
    let len = r.u8().ok_or(Nlri::Cut)?;
    if len > family.max_len() {
        return Err(Nlri::TooLong);
    }
    r.take(usize::from(len).div_ceil(8)).ok_or(Nlri::Cut)?;
    Ok(())
}

fn nlri(r: &mut Reader<'_>, family: Family, add_path: bool) -> Result<(Prefix, u32), Nlri> {
    let path_id = if add_path {
        r.u32().ok_or(Nlri::Cut)?
    } else {
        0
    };
    let len = r.u8().ok_or(Nlri::Cut)?;
    if len > family.max_len() {
        return Err(Nlri::TooLong);
    }
    let bytes = r.take(usize::from(len).div_ceil(8)).ok_or(Nlri::Cut)?;
    Ok((Prefix::new(family, network_bits(bytes), len), path_id))
}

impl Routes<'_> {
    /// Its prefixes with their ADD-PATH identifiers (0 without).
    pub fn each(self, add_path: bool, mut visit: impl FnMut(Prefix, u32)) {
        let mut rest = Reader(self.bytes);
        while !rest.is_empty() {
            // Checked when the message was read.
            let Ok((prefix, path_id)) = nlri(&mut rest, self.family, add_path) else {
                return;
            };
            visit(prefix, path_id);
        }
    }
}

/// What the attributes hold beside what [`Update`] keeps.
#[derive(Default)]
struct Walked {
    /// One of MP_REACH_NLRI and MP_UNREACH_NLRI.
    has_mp: bool,
    broken_as4_path: bool,
}

fn walk_attributes<'a>(
    bytes: &'a [u8],
    add_path: bool,
    found: &mut Update<'a>,
) -> Result<Walked, Malformed> {
    let mut walked = Walked::default();
    let clipped = found.clipped;
    let mut count = 0;
    let mut empty_unreach = None;
    let mut mp_seen = [false; 2];
    let mut rest = Reader(bytes);
    while !rest.is_empty() {
        let Some((kind, value, whole)) = attribute::next(&mut rest, clipped) else {
            if clipped {
                return Ok(walked);
            }
            return Err("a path attribute runs past the end of the attributes");
        };
        count += 1;
        if whole && !attribute::fits(kind, value.len()) {
            return Err("invalid length of a path attribute");
        }
        // Twice is malformed for these; of others the first counts (RFC 7606 §3g).
        if let MP_REACH | MP_UNREACH = kind
            && std::mem::replace(&mut mp_seen[usize::from(kind - MP_REACH)], true)
        {
            return Err("duplicate MP_REACH_NLRI or MP_UNREACH_NLRI");
        }
        match kind {
            AS_PATH if whole && found.path.as_path.is_none() => {
                check_path(value, found.path.four_byte)?;
                found.path.as_path = Some(value);
            }
            // A four-byte speaker's AS4_PATH must be discarded; a broken one is (RFC 6793 §6).
            AS4_PATH if whole && !found.path.four_byte => match check_path(value, true) {
                Ok(()) => _ = found.path.as4_path.get_or_insert(value),
                Err(_) => walked.broken_as4_path = found.path.as4_path.is_none(),
            },
            MP_REACH => {
                walked.has_mp = true;
                if let Some((family, nlri)) = mp_reach(value, clipped)? {
                    found.announced[1] = routes(family, nlri, add_path, clipped)?;
                }
            }
            MP_UNREACH => {
                walked.has_mp = true;
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
    Ok(walked)
}

/// Unicast family of an MP attribute, none for others.
fn unicast(afi: u16, safi: u8) -> Result<Option<Family>, Malformed> {
    match (afi, safi) {
        (1, 1) => Ok(Some(Family::V4)),
        (2, 1) => Ok(Some(Family::V6)),
        _ if attribute::is_family(afi, safi) => Ok(None),
        _ => Err("unassigned address family (AFI/SAFI)"),
    }
}

type MpRoutes<'a> = Option<(Family, &'a [u8])>;

fn mp_reach(value: &[u8], clipped: bool) -> Result<MpRoutes<'_>, Malformed> {
    let mut r = Reader(value);
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
            // RFC 7606 §7.11; an IPv6 one may have two addresses (RFC 2545 §3).
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
    let mut r = Reader(value);
    match (r.u16(), r.u8()) {
        (Some(afi), Some(safi)) => Ok(unicast(afi, safi)?.map(|family| (family, r.0))),
        _ if clipped => Ok(None),
        _ => Err("truncated MP_UNREACH_NLRI"),
    }
}

/// The AS that a RIB entry's path begins with, where it stands in its usual place; `Err` sends
/// the reader to [`rib_path`].
#[inline]
pub fn usual_first_asn(attributes: &[u8]) -> Result<Asn, ()> {
    // ORIGIN, then AS_PATH with one byte of length, which begins with an AS_SEQUENCE: told by type
    // and length of the one, and bits of the other's flags, its type, and the segment's.
    const TOLD_BY: u64 = 0xff_ff_00_10_ff_00_ff_00;
    const USUAL: u64 = 0x01_01_00_00_02_00_02_00;
    let [_, shape @ .., a, b, c, d] = attributes.first_chunk::<13>().ok_or(())?;
    let [.., length, _, count] = *shape;
    if u64::from_be_bytes(*shape) & TOLD_BY == USUAL && count > 0 && length >= 6 {
        Ok(u32::from_be_bytes([*a, *b, *c, *d]))
    } else {
        Err(())
    }
}

/// The raw path among a RIB entry's attributes.
pub fn rib_path(attributes: &[u8], four_byte: bool) -> Result<RawPath<'_>, Malformed> {
    let mut path = RawPath {
        four_byte,
        ..RawPath::default()
    };
    let mut rest = Reader(attributes);
    while !rest.is_empty() {
        let found = attribute::next(&mut rest, false);
        let (kind, value, _) =
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

pub fn segment<'a>(r: &mut Reader<'a>, four_byte: bool) -> Option<(u8, &'a [u8])> {
    let kind = r.u8()?;
    let count = usize::from(r.u8()?);
    let asns = r.take(count * if four_byte { 4 } else { 2 })?;
    matches!(kind, 1..=4).then_some((kind, asns))
}

fn check_path(bytes: &[u8], four_byte: bool) -> Result<(), Malformed> {
    let mut r = Reader(bytes);
    while !r.is_empty() {
        segment(&mut r, four_byte).ok_or("malformed AS_PATH")?;
    }
    Ok(())
}

impl<'a> RawPath<'a> {
    /// Kind and numbers of the one segment that the path consists of; nothing where it has
    /// several, or none, or two-byte numbers.
    pub fn one_segment(&self) -> Option<(u8, &'a [u8])> {
        match *self.as_path? {
            [kind, count, ref asns @ ..]
                if self.four_byte
                    && self.as4_path.is_none()
                    && count > 0
                    && asns.len() == 4 * usize::from(count) =>
            {
                Some((kind, asns))
            }
            _ => None,
        }
    }

    /// The AS that the path begins with, if it begins with one.
    pub fn first(&self) -> Option<Asn> {
        let (kind, asns) = segment(&mut Reader(self.as_path?), self.four_byte)?;
        (kind == 2).then(|| Reader(asns).asn(self.four_byte))?
    }

    /// Whether some AS at the path's end is `wanted`. Two-byte paths that AS4_PATH completes are
    /// left to the caller: this looks at AS_PATH alone.
    pub fn originates(&self, mut wanted: impl FnMut(Asn) -> bool) -> bool {
        let Some(bytes) = self.as_path else {
            return false;
        };
        let mut last = None;
        let mut r = Reader(bytes);
        while let Some((kind, asns)) = segment(&mut r, self.four_byte) {
            if matches!(kind, 1 | 2) {
                last = Some((kind, asns));
            }
        }
        let size = if self.four_byte { 4 } else { 2 };
        let (set, asns) = match last {
            Some((1, asns)) => (true, asns),
            Some((_, asns)) => (false, asns),
            None => return false,
        };
        let members = asns.chunks_exact(size);
        let mut is_wanted =
            |chunk: &[u8]| Reader(chunk).asn(self.four_byte).is_some_and(&mut wanted);
        if set {
            members.into_iter().any(is_wanted)
        } else {
            members.last().is_some_and(&mut is_wanted)
        }
    }
}
