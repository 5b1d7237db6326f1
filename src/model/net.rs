//! Prefixes, families, AS numbers.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An autonomous system's number, four bytes (RFC 6793).
pub type Asn = u32;

/// The stand-in that a two-byte session shows for a four-byte AS number (RFC 6793).
pub const AS_TRANS: Asn = 23456;

/// Address family; only unicast is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// IPv4 unicast (AFI 1, SAFI 1).
    V4,
    /// IPv6 unicast (AFI 2, SAFI 1).
    V6,
}

impl Family {
    /// Both, in the order of the tables.
    pub(crate) const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// Longest prefix length.
    pub(crate) const fn max_len(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// Length of the coverage unit, and the longest prefix whose loss can make an outage.
    pub const fn unit_len(self) -> u8 {
        match self {
            Self::V4 => 24,
            Self::V6 => 48,
        }
    }

    /// Length of the shortest route that reaches anything: a default route, or anything shorter
    /// than this, says nothing of the networks behind it.
    pub(crate) const fn shortest_route(self) -> u8 {
        match self {
            Self::V4 => 8,
            Self::V6 => 16,
        }
    }

    /// 0 for IPv4, 1 for IPv6: a place in a pair.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// 4 or 6, as the tables have it.
    pub const fn number(self) -> u8 {
        match self {
            Self::V4 => 4,
            Self::V6 => 6,
        }
    }

    /// `4` or `6`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::V4 => "4",
            Self::V6 => "6",
        }
    }
}

/// An address block; host bits are always clear. Sorts by family, network number, length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    family: Family,
    /// The network number, left-aligned in 128 bits.
    bits: u128,
    len: u8,
}

impl Prefix {
    /// The block of `len` leading bits of `bits` (left-aligned); what lies behind them is cleared.
    /// A length beyond the family's is cut to it.
    pub fn new(family: Family, bits: u128, len: u8) -> Self {
        let len = len.min(family.max_len());
        let mask = u128::MAX.checked_shl(128 - u32::from(len)).unwrap_or(0);
        Self {
            family,
            bits: bits & mask,
            len,
        }
    }

    /// Family.
    pub const fn family(self) -> Family {
        self.family
    }

    /// Length in bits.
    #[allow(clippy::len_without_is_empty, reason = "a prefix length, not a count")]
    pub const fn len(self) -> u8 {
        self.len
    }

    /// First address, left-aligned in 128 bits.
    pub const fn first(self) -> u128 {
        self.bits
    }

    /// Last address, left-aligned in 128 bits (ones to the right end).
    pub fn last(self) -> u128 {
        let host = u128::MAX.checked_shr(u32::from(self.len)).unwrap_or(0);
        self.bits | host
    }

    /// Whether `other` is this block or lies inside it.
    pub fn contains(self, other: Self) -> bool {
        self.family == other.family
            && self.len <= other.len
            && self.bits <= other.bits
            && other.bits <= self.last()
    }

    /// The same as `ipnet` has it.
    pub fn to_net(self) -> IpNet {
        match self.family {
            Family::V4 => {
                let address = Ipv4Addr::from((self.bits >> 96) as u32);
                Ipv4Net::new(address, self.len).unwrap_or_default().into()
            }
            Family::V6 => Ipv6Net::new(Ipv6Addr::from(self.bits), self.len)
                .unwrap_or_default()
                .into(),
        }
    }
}

impl From<IpNet> for Prefix {
    fn from(net: IpNet) -> Self {
        let (family, bits) = address_bits(net.addr());
        Self::new(family, bits, net.prefix_len())
    }
}

/// Family of an address, and the address left-aligned in 128 bits.
pub(crate) fn address_bits(address: IpAddr) -> (Family, u128) {
    match address {
        IpAddr::V4(a) => (Family::V4, u128::from(u32::from(a)) << 96),
        IpAddr::V6(a) => (Family::V6, u128::from(a)),
    }
}

impl FromStr for Prefix {
    type Err = String;

    /// Reads `175.45.176.0/22` or `2001:db8::/32`; a bare address is a host route.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(net) = text.parse::<IpNet>() {
            return Ok(net.into());
        }
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(IpNet::from(address).into()),
            Err(_) => Err(format!(
                "`{text}` is no prefix; write it like 175.45.176.0/22 or 2001:db8::/32"
            )),
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_net().fmt(f)
    }
}

impl Serialize for Prefix {
    /// As text for people's formats, as its numbers for others.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => (self.family, self.bits, self.len).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let (family, bits, len) = <(Family, u128, u8)>::deserialize(deserializer)?;
            return Ok(Self::new(family, bits, len));
        }
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads an AS number: `131279`, `AS131279`, or the old dotted form `2.207` (RFC 5396).
///
/// # Errors
/// The text is no AS number.
pub(crate) fn parse_asn(text: &str) -> Result<Asn, String> {
    let text = text.trim();
    let digits = match text.get(..2) {
        Some(start) if start.eq_ignore_ascii_case("AS") => &text[2..],
        _ => text,
    };
    let number = match digits.split_once('.') {
        None => digits.parse::<u32>().ok(),
        Some((high, low)) => match (high.parse::<u16>(), low.parse::<u16>()) {
            (Ok(high), Ok(low)) => Some(u32::from(high) << 16 | u32::from(low)),
            _ => None,
        },
    };
    number.ok_or_else(|| format!("`{text}` is no AS number; write it like 131279 or AS131279"))
}
