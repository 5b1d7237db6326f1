//! Path attributes as text, each in its usual notation.

use crate::decode::bgp;
use crate::decode::bytes::ByteReader;
use crate::model::record::Attribute;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many bytes of a value are shown in hex.
const MAX_HEX: usize = 512;

/// The attributes of a list, as far as it is well-formed.
pub(crate) fn spell_out(bytes: &[u8], four_byte: bool) -> Vec<Attribute> {
    let mut rest = ByteReader(bytes);
    let mut found = Vec::new();
    while let Some(&flags) = rest.0.first() {
        let Some(attribute) = bgp::next_attribute(&mut rest, true) else {
            break;
        };
        let (code, value) = (attribute.kind, attribute.value);
        let text = if attribute.is_whole {
            text_of(code, value, four_byte)
        } else {
            None
        };
        found.push(Attribute {
            name: name(code).map_or_else(|| format!("ATTRIBUTE {code}"), str::to_owned),
            code,
            flags,
            value: text.unwrap_or_else(|| hex(value)),
        });
    }
    found
}

/// IANA's names of the path attributes that occur in archives.
const fn name(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "ORIGIN",
        2 => "AS_PATH",
        3 => "NEXT_HOP",
        4 => "MULTI_EXIT_DISC",
        5 => "LOCAL_PREF",
        6 => "ATOMIC_AGGREGATE",
        7 => "AGGREGATOR",
        8 => "COMMUNITIES",
        9 => "ORIGINATOR_ID",
        10 => "CLUSTER_LIST",
        14 => "MP_REACH_NLRI",
        15 => "MP_UNREACH_NLRI",
        16 => "EXTENDED_COMMUNITIES",
        17 => "AS4_PATH",
        18 => "AS4_AGGREGATOR",
        32 => "LARGE_COMMUNITY",
        35 => "ONLY_TO_CUSTOMER",
        _ => return None,
    })
}

/// A value as text; none if it does not have its attribute's form.
fn text_of(code: u8, value: &[u8], four_byte: bool) -> Option<String> {
    let mut r = ByteReader(value);
    let text = match code {
        1 => match r.u8()? {
            0 => "IGP".to_owned(),
            1 => "EGP".to_owned(),
            2 => "INCOMPLETE".to_owned(),
            n => n.to_string(),
        },
        2 => path(value, four_byte)?,
        17 => path(value, true)?,
        3 | 9 => r.ipv4()?.to_string(),
        4 | 5 | 35 => r.u32()?.to_string(),
        6 => String::new(),
        7 | 18 => {
            let wide = code == 18 || value.len() == 8;
            let asn = r.asn(wide)?;
            format!("{asn} {}", r.ipv4()?)
        }
        8 => list(value, 4, |r| Some(format!("{}:{}", r.u16()?, r.u16()?)))?,
        10 => list(value, 4, |r| Some(r.ipv4()?.to_string()))?,
        16 => list(value, 8, |r| Some(hex(r.take(8)?)))?,
        32 => list(value, 12, |r| {
            Some(format!("{}:{}:{}", r.u32()?, r.u32()?, r.u32()?))
        })?,
        14 => reach(value)?,
        15 => format!("{}, {} bytes of prefixes", family(&mut r)?, r.0.len()),
        _ => return None,
    };
    Some(text)
}

/// Values of equal length, separated by blanks.
fn list(
    value: &[u8],
    length: usize,
    item: impl Fn(&mut ByteReader<'_>) -> Option<String>,
) -> Option<String> {
    if !value.len().is_multiple_of(length) {
        return None;
    }
    let items = value
        .chunks(length)
        .map(|chunk| item(&mut ByteReader(chunk)));
    Some(items.collect::<Option<Vec<_>>>()?.join(" "))
}

/// A path as encoded: AS_TRANS is not replaced, since AS4_PATH is an attribute of its own.
fn path(value: &[u8], four_byte: bool) -> Option<String> {
    let mut text = String::new();
    let mut r = ByteReader(value);
    while !r.is_empty() {
        let (kind, asns) = bgp::segment(&mut r, four_byte)?;
        let (open, between, close) = match kind {
            1 => ("{", ",", "}"),
            3 => ("(", " ", ")"),
            4 => ("[", ",", "]"),
            _ => ("", " ", ""),
        };
        let mut asns_left = ByteReader(asns);
        let mut numbers = Vec::new();
        while let Some(asn) = asns_left.asn(four_byte) {
            numbers.push(asn.to_string());
        }
        let gap = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{gap}{open}{}{close}", numbers.join(between));
    }
    Some(text)
}

/// The family and next hops of MP_REACH_NLRI; in dumps it has the next hops only (RFC 6396 §4.3.4).
fn reach(value: &[u8]) -> Option<String> {
    let mut r = ByteReader(value);
    let is_short = usize::from(*value.first()?) + 1 == value.len();
    let family = match is_short {
        true => None,
        false => Some(family(&mut r)?),
    };
    let length = usize::from(r.u8()?);
    let hops = next_hops(r.take(length)?)?;
    Some(match family {
        Some(family) => format!("{family}, next hop {hops}"),
        None => format!("next hop {hops}"),
    })
}

fn next_hops(bytes: &[u8]) -> Option<String> {
    let hop = |chunk: &[u8]| -> Option<IpAddr> {
        match chunk.len() {
            4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(chunk).ok()?).into()),
            16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(chunk).ok()?).into()),
            _ => None,
        }
    };
    let size = if bytes.len() == 4 { 4 } else { 16 };
    let hops = bytes.chunks(size).map(|c| Some(hop(c)?.to_string()));
    Some(hops.collect::<Option<Vec<_>>>()?.join(" "))
}

fn family(r: &mut ByteReader<'_>) -> Option<String> {
    Some(match (r.u16()?, r.u8()?) {
        (1, 1) => "IPv4 unicast".to_owned(),
        (2, 1) => "IPv6 unicast".to_owned(),
        (afi, safi) => format!("AFI {afi} SAFI {safi}"),
    })
}

/// Bytes in hex, as many as [`MAX_HEX`].
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len().min(MAX_HEX));
    for byte in bytes.iter().take(MAX_HEX) {
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > MAX_HEX {
        let _ = write!(text, "… ({} bytes)", bytes.len());
    }
    text
}
