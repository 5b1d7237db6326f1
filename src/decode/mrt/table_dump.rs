//! Records of types TABLE_DUMP and TABLE_DUMP_V2 (RFC 6396 §4.2, §4.3; with path identifiers: RFC 8050).

use super::MrtRecord;
use crate::decode::bgp::{Malformed, RawPath, rib_path};
use crate::decode::bytes::{ByteReader, network_bits};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::peer::Session;

/// An entry of a RIB record: a peer's route.
pub(crate) struct DumpEntry<'a> {
    /// Index into the file's PEER_INDEX_TABLE.
    pub peer: u16,
    /// When the collector learned the route, in seconds: not the time of the dump.
    pub originated: u32,
    pub path_id: u32,
    pub attributes: &'a [u8],
}

/// A record of TABLE_DUMP_V2 with the routes to one prefix.
pub(crate) struct RibRecord<'a> {
    pub prefix: Prefix,
    count: u16,
    entries: ByteReader<'a>,
    pub add_path: bool,
}

/// Parses the head of a record with unicast routes; none for other subtypes. A generic subtype says only
/// in its body which family it has.
pub(crate) fn rib_record<'a>(record: &MrtRecord<'a>) -> Result<Option<RibRecord<'a>>, Malformed> {
    const CUT: &str = "truncated prefix in the RIB record";
    let mut r = ByteReader(record.body);
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
    Ok(Some(RibRecord {
        prefix: Prefix::new(family, bits, len),
        count,
        entries: r,
        add_path,
    }))
}

impl<'a> RibRecord<'a> {
    /// Collects a `T` for each entry, in order; `Err` where the entries are malformed, or as `make` says.
    #[inline(always)]
    pub(crate) fn collect_entries<T: Copy + Default>(
        &self,
        collected: &mut Vec<T>,
        mut make: impl FnMut(DumpEntry<'a>) -> Result<T, Malformed>,
    ) -> Result<(), Malformed> {
        // Sized beforehand: pushing would check the capacity in the hottest loop of all.
        collected.clear();
        collected.resize(usize::from(self.count), T::default());
        let mut rest = self.entries;
        for slot in collected.iter_mut() {
            *slot = make(entry(&mut rest, self.add_path).ok_or(CUT_ENTRY)?)?;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(TRAILING)
        }
    }

    /// The entries in order; `Err` where they are malformed.
    pub(crate) fn entries(
        &self,
    ) -> impl Iterator<Item = Result<DumpEntry<'a>, Malformed>> + use<'a> {
        let mut rest = self.entries;
        let mut left = self.count;
        let add_path = self.add_path;
        std::iter::from_fn(move || {
            if left == 0 {
                let trailing = !rest.is_empty();
                rest = ByteReader(&[]);
                return trailing.then_some(Err(TRAILING));
            }
            left -= 1;
            match entry(&mut rest, add_path) {
                Some(entry) => Some(Ok(entry)),
                None => {
                    left = 0;
                    rest = ByteReader(&[]);
                    Some(Err(CUT_ENTRY))
                }
            }
        })
    }
}

const CUT_ENTRY: Malformed = "truncated RIB entry";
const TRAILING: Malformed = "trailing bytes after the last RIB entry";

/// Parses one entry. Its fixed fields are read at once: a RIB has tens of millions of entries.
#[inline(always)]
fn entry<'a>(rest: &mut ByteReader<'a>, add_path: bool) -> Option<DumpEntry<'a>> {
    let [p0, p1, o0, o1, o2, o3] = rest.array()?;
    let path_id = if add_path { rest.u32()? } else { 0 };
    let length = usize::from(rest.u16()?);
    let attributes = rest.take(length)?;
    Some(DumpEntry {
        peer: u16::from_be_bytes([p0, p1]),
        originated: u32::from_be_bytes([o0, o1, o2, o3]),
        path_id,
        attributes,
    })
}

/// The peers of a PEER_INDEX_TABLE, in its order (RFC 6396 §4.3.1); none if it is malformed.
pub(crate) fn peer_index(body: &[u8]) -> Option<Vec<Session>> {
    const IPV6: u8 = 1;
    const FOUR_BYTE: u8 = 2;
    let mut r = ByteReader(body);
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

/// A route in a TABLE_DUMP record (RFC 6396 §4.2).
pub(crate) struct TableDumpEntry<'a> {
    pub prefix: Prefix,
    pub session: Session,
    /// When the collector learned the route, in seconds.
    pub originated: u32,
    pub attributes: &'a [u8],
    pub path: RawPath<'a>,
}

/// The routes in a TABLE_DUMP record: one, but early collectors put several after one header. `Err` where
/// they are malformed; none for a subtype without unicast routes.
pub(crate) fn table_dump_entries<'a>(
    record: &MrtRecord<'a>,
) -> Option<impl Iterator<Item = Result<TableDumpEntry<'a>, Malformed>> + Clone + use<'a>> {
    let family = match record.subtype {
        1 => Family::V4,
        2 => Family::V6,
        _ => return None,
    };
    let mut rest = ByteReader(record.body);
    // View and sequence number.
    let mut is_cut = rest.take(4).is_none();
    let mut is_first = true;
    Some(std::iter::from_fn(move || {
        if !is_first && (is_cut || rest.is_empty()) {
            return None;
        }
        is_first = false;
        let entry = table_dump_entry(&mut rest, family);
        is_cut = entry.is_err();
        Some(entry)
    }))
}

/// Parses one route. Its AS numbers have two bytes.
fn table_dump_entry<'a>(
    r: &mut ByteReader<'a>,
    family: Family,
) -> Result<TableDumpEntry<'a>, Malformed> {
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
    Ok(TableDumpEntry {
        prefix: Prefix::new(family, bits, len),
        session,
        originated,
        attributes,
        path: rib_path(attributes, false)?,
    })
}
