//! Path attributes, prefixes and AS numbers as bytes (RFC 4271 §4.3, RFC 4760, RFC 6793).

use super::AsnSize;
use crate::model::net::{AS_TRANS, Asn, Family, Prefix};
use crate::model::path::{AsPath, Segment};
use crate::model::peer::Session;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Attribute flags (RFC 4271 §4.3).
pub(super) const OPTIONAL: u8 = 0x80;
const TRANSITIVE: u8 = 0x40;
const EXTENDED_LENGTH: u8 = 0x10;

const ORIGIN: u8 = 1;
const AS_PATH: u8 = 2;
const NEXT_HOP: u8 = 3;
pub(super) const MP_REACH_NLRI: u8 = 14;
pub(super) const MP_UNREACH_NLRI: u8 = 15;
const AS4_PATH: u8 = 17;
/// The SAFI of all that is written here (RFC 4760 §6).
pub(super) const UNICAST: u8 = 1;

/// Next hops where the peer's address is of the other family.
const NEXT_HOP_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const NEXT_HOP_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);

/// A route's attributes as a RIB entry has them: AS numbers of four bytes, and of MP_REACH_NLRI
/// the next hop only (RFC 6396 §4.3.4).
pub(super) fn rib_attributes(session: Session, family: Family, path: &AsPath) -> Vec<u8> {
    let mut out = Vec::new();
    put_origin(&mut out);
    put_as_path(&mut out, path, AsnSize::Four);
    match family {
        Family::V4 => put_next_hop(&mut out, session),
        Family::V6 => put_attribute(&mut out, OPTIONAL, MP_REACH_NLRI, &next_hop_v6(session)),
    }
    out
}

/// A prefix as NLRI: its length, then as many bytes as that takes (RFC 4271 §4.3).
pub(super) fn put_prefix(out: &mut Vec<u8>, prefix: Prefix) {
    out.push(prefix.len());
    let used = usize::from(prefix.len()).div_ceil(8);
    out.extend_from_slice(&prefix.first().to_be_bytes()[..used]);
}

/// An AS number; one that two bytes cannot hold becomes AS_TRANS (RFC 6793 §4.2.2).
pub(super) fn put_asn(out: &mut Vec<u8>, asn: Asn, size: AsnSize) {
    match size {
        AsnSize::Two => {
            let asn = u16::try_from(asn).unwrap_or(AS_TRANS as u16);
            out.extend_from_slice(&asn.to_be_bytes());
        }
        AsnSize::Four => out.extend_from_slice(&asn.to_be_bytes()),
    }
}

/// A length field. A length that does not fit becomes the largest number: the message is discarded
/// anyway, because it is too long as a whole.
pub(super) fn len16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

/// The address family's number (RFC 4760 §3).
pub(super) fn afi(family: Family) -> [u8; 2] {
    match family {
        Family::V4 => [0, 1],
        Family::V6 => [0, 2],
    }
}

/// The IPv6 next hop with its length (RFC 4760 §3).
pub(super) fn next_hop_v6(session: Session) -> Vec<u8> {
    let address = match session.ip {
        IpAddr::V6(ip) => ip,
        IpAddr::V4(_) => NEXT_HOP_V6,
    };
    let mut out = vec![16];
    out.extend_from_slice(&address.octets());
    out
}

/// An attribute (RFC 4271 §4.3), its length in two bytes where one is not enough.
pub(super) fn put_attribute(out: &mut Vec<u8>, flags: u8, kind: u8, value: &[u8]) {
    match u8::try_from(value.len()) {
        Ok(length) => out.extend_from_slice(&[flags, kind, length]),
        Err(_) => {
            out.extend_from_slice(&[flags | EXTENDED_LENGTH, kind]);
            out.extend_from_slice(&len16(value.len()));
        }
    }
    out.extend_from_slice(value);
}

/// ORIGIN: IGP (RFC 4271 §5.1.1).
pub(super) fn put_origin(out: &mut Vec<u8>) {
    put_attribute(out, TRANSITIVE, ORIGIN, &[0]);
}

/// NEXT_HOP (RFC 4271 §5.1.3).
pub(super) fn put_next_hop(out: &mut Vec<u8>, session: Session) {
    let address = match session.ip {
        IpAddr::V4(ip) => ip,
        IpAddr::V6(_) => NEXT_HOP_V4,
    };
    put_attribute(out, TRANSITIVE, NEXT_HOP, &address.octets());
}

/// AS_PATH (RFC 4271 §5.1.2).
pub(super) fn put_as_path(out: &mut Vec<u8>, path: &AsPath, size: AsnSize) {
    let value = segments(path.segments.iter(), size);
    put_attribute(out, TRANSITIVE, AS_PATH, &value);
}

/// AS4_PATH in addition to an AS_PATH with AS_TRANS in it, without the confederations
/// (RFC 6793 §4.2.2).
pub(super) fn put_as4_path(out: &mut Vec<u8>, path: &AsPath, size: AsnSize) {
    let public = || {
        let confederation = |s: &&Segment| matches!(s, Segment::Confederation(_));
        path.segments.iter().filter(move |s| !confederation(s))
    };
    let is_large = |s: &Segment| members(s).iter().any(|&asn| asn > u32::from(u16::MAX));
    if size == AsnSize::Two && public().any(is_large) {
        let value = segments(public(), AsnSize::Four);
        put_attribute(out, OPTIONAL | TRANSITIVE, AS4_PATH, &value);
    }
}

fn members(segment: &Segment) -> &[Asn] {
    match segment {
        Segment::Sequence(asns) | Segment::Set(asns) | Segment::Confederation(asns) => asns,
    }
}

/// Path segments (RFC 4271 §4.3, RFC 5065 §3); a segment holds up to 255 AS numbers.
fn segments<'a>(path: impl Iterator<Item = &'a Segment>, size: AsnSize) -> Vec<u8> {
    let mut out = Vec::new();
    for segment in path {
        let kind = match segment {
            Segment::Set(_) => 1,
            Segment::Sequence(_) => 2,
            Segment::Confederation(_) => 3,
        };
        for asns in members(segment).chunks(255) {
            out.extend_from_slice(&[kind, asns.len() as u8]);
            for &asn in asns {
                put_asn(&mut out, asn, size);
            }
        }
    }
    out
}
