//! Reads big-endian fields off a slice of bytes.

use crate::model::net::Asn;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The bytes that are not yet read. Each method takes a field off their start, or returns none where
/// too few are left.
#[derive(Clone, Copy)]
pub(crate) struct ByteReader<'a>(pub &'a [u8]);

impl<'a> ByteReader<'a> {
    pub(crate) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[b]| b)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// An AS number of four bytes or of two (RFC 6793).
    pub(crate) fn asn(&mut self, four_byte: bool) -> Option<Asn> {
        if four_byte {
            self.u32()
        } else {
            self.u16().map(Asn::from)
        }
    }

    pub(crate) fn ipv4(&mut self) -> Option<IpAddr> {
        self.u32().map(|a| Ipv4Addr::from(a).into())
    }

    pub(crate) fn ipv6(&mut self) -> Option<IpAddr> {
        self.array::<16>().map(|a| Ipv6Addr::from(a).into())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The bits of a prefix as NLRI encodes them, left-aligned (RFC 4271 §4.3).
pub(crate) fn network_bits(bytes: &[u8]) -> u128 {
    // Most are IPv4 prefixes of three bytes, worth their own branch in the hottest loop.
    match *bytes {
        [a, b, c] => u128::from(u32::from_be_bytes([a, b, c, 0])) << 96,
        [a, b, c, d] => u128::from(u32::from_be_bytes([a, b, c, d])) << 96,
        [a, b] => u128::from(u32::from_be_bytes([a, b, 0, 0])) << 96,
        _ => {
            let mut full = [0u8; 16];
            for (slot, byte) in full.iter_mut().zip(bytes) {
                *slot = *byte;
            }
            u128::from_be_bytes(full)
        }
    }
}
