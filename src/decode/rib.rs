//! RIB dumps: TABLE_DUMP and TABLE_DUMP_V2 (RFC 6396 §4.2, §4.3; ADD-PATH: RFC 8050).

use super::bgp::{RawPath, rib_path};
use super::mrt::{Reader, Record, network_bits};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::peer::Session;

/// One route of a dump.
pub struct Entry<'a> {
    /// Place in the file's PEER_INDEX_TABLE.
    pub peer: u16,
    /// When the route was learned, seconds: never the dump's time.
    pub originated: u32,
    pub path_id: u32,
    pub attributes: &'a [u8],
}

/// A record of TABLE_DUMP_V2 that lists a prefix' routes.
pub struct Listing<'a> {
    pub prefix: Prefix,
    count: u16,
    entries: Reader<'a>,
    pub add_path: bool,
}

type Malformed = &'static str;

/// Whether a subtype lists unicast routes (of a generic one, only its family tells).
pub fn listing<'a>(record: &Record<'a>) -> Result<Option<Listing<'a>>, Malformed> {
    const CUT: &str = "truncated prefix in the RIB record";
    let mut r = Reader(record.body);
    let (family, add_path) = match record.subtype {
        2 => (Family::V4, false),
        4 => (Family::V6, false),
        8 => (Family::V4, true),
        10 => (Family::V6, true),
        6 | 12 => {
            let head = r.u32().and_then(|_| Some((r.u16()?, r.u8()?)));
            let family = match head.ok_or(CUT)? {
                (1, 1) => Family::V4,
                (2, 1) => Family::V6,
                _ => return Ok(None),
            };
            (family, record.subtype == 12)
        }
        _ => return Ok(None),
    };
    if !matches!(record.subtype, 6 | 12) {
        r.u32().ok_or(CUT)?;
    }
    let len = r.u8().ok_or(CUT)?;
    if len > family.max_len() {
        return Err("prefix length in the RIB record exceeds the address length");
    }
    let bits = network_bits(r.take(usize::from(len).div_ceil(8)).ok_or(CUT)?);
    let count = r.u16().ok_or(CUT)?;
    Ok(Some(Listing {
        prefix: Prefix::new(family, bits, len),
        count,
        entries: r,
        add_path,
    }))
}

impl<'a> Listing<'a> {
    /// Makes a `T` of each of its routes, in order; `Err` where they do not add up, or as `make`
    /// says.
    #[inline(always)]
    pub fn each<T: Copy + Default>(
        &self,
        made: &mut Vec<T>,
        mut make: impl FnMut(Entry<'a>) -> Result<T, Malformed>,
    ) -> Result<(), Malformed> {
        // No room to be asked for, no length to be kept in the hottest loop of all.
        made.clear();
        made.resize(usize::from(self.count), T::default());
        let mut rest = self.entries;
        for slot in made.iter_mut() {
            *slot = make(entry(&mut rest, self.add_path).ok_or(CUT_ENTRY)?)?;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(TRAILING)
        }
    }

    /// Its routes in order; `Err` where they do not add up.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry<'a>, Malformed>> + use<'a> {
        let mut rest = self.entries;
        let mut left = self.count;
        let add_path = self.add_path;
        std::iter::from_fn(move || {
            if left == 0 {
                let trailing = !rest.is_empty();
                rest = Reader(&[]);
                return trailing.then_some(Err(TRAILING));
            }
            left -= 1;
            match entry(&mut rest, add_path) {
                Some(entry) => Some(Ok(entry)),
                None => {
                    left = 0;
                    rest = Reader(&[]);
                    Some(Err(CUT_ENTRY))
                }
            }
        })
    }
}

const CUT_ENTRY: Malformed = "truncated RIB entry";
const TRAILING: Malformed = "trailing bytes after the last RIB entry";

/// Reads one entry. Its head is taken at once: a RIB has tens of millions.
#[inline(always)]
fn entry<'a>(rest: &mut Reader<'a>, add_path: bool) -> Option<Entry<'a>> {
    let [p0, p1, o0, o1, o2, o3] = rest.array()?;
    let path_id = if add_path { rest.u32()? } else { 0 };
    let length = usize::from(rest.u16()?);
    let attributes = rest.take(length)?;
    Some(Entry {
        peer: u16::from_be_bytes([p0, p1]),
        originated: u32::from_be_bytes([o0, o1, o2, o3]),
        path_id,
        attributes,
    })
}

/// The peers of a PEER_INDEX_TABLE, in its order (RFC 6396 §4.3.1); nothing where it does not add up.
pub fn peer_index(body: &[u8]) -> Option<Vec<Session>> {
    const IPV6: u8 = 1;
    const FOUR_BYTE: u8 = 2;
    let mut r = Reader(body);
    r.u32()?;
    let name = usize::from(r.u16()?);
    r.take(name)?;
    let count = r.u16()?;
    let mut peers = Vec::with_capacity(usize::from(count).min(r.0.len() / 11));
    for _ in 0..count {
        let flags = r.u8()?;
        r.u32()?;
        let ip = if flags & IPV6 == 0 {
            r.ipv4()?
        } else {
            r.ipv6()?
        };
        let asn = r.asn(flags & FOUR_BYTE != 0)?;
        peers.push(Session { asn, ip });
    }
    r.is_empty().then_some(peers)
}

/// A route of a TABLE_DUMP record (RFC 6396 §4.2).
pub struct OldEntry<'a> {
    pub prefix: Prefix,
    pub session: Session,
    /// When the route was learned, seconds.
    pub originated: u32,
    pub attributes: &'a [u8],
    pub path: RawPath<'a>,
}

/// The routes of a record of TABLE_DUMP: one, but early collectors put several behind one head.
/// `Err` where they do not add up; nothing for a subtype that lists no unicast routes.
pub fn old_entries<'a>(
    record: &Record<'a>,
) -> Option<impl Iterator<Item = Result<OldEntry<'a>, Malformed>> + Clone + use<'a>> {
    let family = match record.subtype {
        1 => Family::V4,
        2 => Family::V6,
        _ => return None,
    };
    let mut rest = Reader(record.body);
    // View and sequence number.
    let mut is_cut = rest.take(4).is_none();
    let mut is_first = true;
    Some(std::iter::from_fn(move || {
        if !is_first && (is_cut || rest.is_empty()) {
            return None;
        }
        is_first = false;
        let entry = old_entry(&mut rest, family);
        is_cut = entry.is_err();
        Some(entry)
    }))
}

/// Reads one route; its AS numbers have two bytes.
fn old_entry<'a>(r: &mut Reader<'a>, family: Family) -> Result<OldEntry<'a>, Malformed> {
    let mut head = || {
        let bits = match family {
            Family::V4 => network_bits(r.take(4)?),
            Family::V6 => network_bits(r.take(16)?),
        };
        let len = r.u8()?;
        // Status, always 1.
        r.u8()?;
        let originated = r.u32()?;
        let ip = match family {
            Family::V4 => r.ipv4()?,
            Family::V6 => r.ipv6()?,
        };
        let asn = Asn::from(r.u16()?);
        let length = usize::from(r.u16()?);
        let attributes = r.take(length)?;
        Some((bits, len, originated, Session { asn, ip }, attributes))
    };
    let (bits, len, originated, session, attributes) =
        head().ok_or("truncated TABLE_DUMP entry")?;
    if len > family.max_len() {
        return Err("prefix length in the RIB record exceeds the address length");
    }
    Ok(OldEntry {
        prefix: Prefix::new(family, bits, len),
        session,
        originated,
        attributes,
        path: rib_path(attributes, false)?,
    })
}
