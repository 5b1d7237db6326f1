//! MRT framing (RFC 6396): the common header, and who a record is about.

use crate::model::net::Asn;
use crate::model::peer::Session;
use crate::model::record::SessionFields;
use crate::model::time::SECOND;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Length of the common header.
pub const HEADER: usize = 12;
/// A longer body is taken for lost framing: no collector writes such records.
pub const MAX_BODY: usize = 16 << 20;

pub const NULL: u16 = 0;
pub const BGP: u16 = 5;
pub const TABLE_DUMP: u16 = 12;
pub const TABLE_DUMP_V2: u16 = 13;
pub const BGP4MP: u16 = 16;
pub const BGP4MP_ET: u16 = 17;

/// A record as framed.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// Microseconds since the epoch.
    pub time: i64,
    /// Where it starts in the decompressed file.
    pub offset: u64,
    pub kind: u16,
    pub subtype: u16,
    /// What follows the header (and the microseconds of an extended one).
    pub body: &'a [u8],
    /// Length of the body as the header gives it.
    pub length: usize,
}

/// The fields of a common header: seconds, type, subtype, length.
pub fn header(bytes: &[u8]) -> Option<(u32, u16, u16, usize)> {
    let mut r = Reader(bytes);
    Some((r.u32()?, r.u16()?, r.u16()?, r.u32()? as usize))
}

/// Takes a whole record apart; nothing when its extended timestamp is cut or impossible.
pub fn record(bytes: &[u8], offset: u64) -> Option<Record<'_>> {
    let (seconds, kind, subtype, length) = header(bytes)?;
    let mut body = bytes.get(HEADER..HEADER + length)?;
    let mut time = i64::from(seconds) * SECOND;
    if kind == BGP4MP_ET {
        let mut r = Reader(body);
        let micros = i64::from(r.u32()?);
        if micros >= SECOND {
            return None;
        }
        time += micros;
        body = r.0;
    }
    Some(Record {
        time,
        offset,
        kind,
        subtype,
        body,
        length,
    })
}

/// Names of record types, `TYPE/SUBTYPE`; of types that say nothing here the type alone, of those
/// that are not assigned the number.
pub fn label(kind: u16, subtype: u16) -> Cow<'static, str> {
    match known_label(kind, subtype) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("TYPE_{kind}")),
    }
}

const fn known_label(kind: u16, subtype: u16) -> Option<&'static str> {
    Some(match (kind, subtype) {
        (BGP, 1) => "BGP/UPDATE",
        (BGP, 3) => "BGP/STATE_CHANGE",
        (BGP, 5) => "BGP/OPEN",
        (BGP, 6) => "BGP/NOTIFY",
        (BGP, 7) => "BGP/KEEPALIVE",
        (BGP, _) => "BGP/OTHER",
        (TABLE_DUMP, 1) => "TABLE_DUMP/AFI_IPv4",
        (TABLE_DUMP, 2) => "TABLE_DUMP/AFI_IPv6",
        (TABLE_DUMP, _) => "TABLE_DUMP/OTHER",
        (TABLE_DUMP_V2, 1) => "TABLE_DUMP_V2/PEER_INDEX_TABLE",
        (TABLE_DUMP_V2, 2) => "TABLE_DUMP_V2/RIB_IPV4_UNICAST",
        (TABLE_DUMP_V2, 3) => "TABLE_DUMP_V2/RIB_IPV4_MULTICAST",
        (TABLE_DUMP_V2, 4) => "TABLE_DUMP_V2/RIB_IPV6_UNICAST",
        (TABLE_DUMP_V2, 5) => "TABLE_DUMP_V2/RIB_IPV6_MULTICAST",
        (TABLE_DUMP_V2, 6) => "TABLE_DUMP_V2/RIB_GENERIC",
        (TABLE_DUMP_V2, 7) => "TABLE_DUMP_V2/GEO_PEER_TABLE",
        (TABLE_DUMP_V2, 8) => "TABLE_DUMP_V2/RIB_IPV4_UNICAST_ADDPATH",
        (TABLE_DUMP_V2, 9) => "TABLE_DUMP_V2/RIB_IPV4_MULTICAST_ADDPATH",
        (TABLE_DUMP_V2, 10) => "TABLE_DUMP_V2/RIB_IPV6_UNICAST_ADDPATH",
        (TABLE_DUMP_V2, 11) => "TABLE_DUMP_V2/RIB_IPV6_MULTICAST_ADDPATH",
        (TABLE_DUMP_V2, 12) => "TABLE_DUMP_V2/RIB_GENERIC_ADDPATH",
        (TABLE_DUMP_V2, _) => "TABLE_DUMP_V2/OTHER",
        (BGP4MP, 0) => "BGP4MP/STATE_CHANGE",
        (BGP4MP, 1) => "BGP4MP/MESSAGE",
        (BGP4MP, 4) => "BGP4MP/MESSAGE_AS4",
        (BGP4MP, 5) => "BGP4MP/STATE_CHANGE_AS4",
        (BGP4MP, 6) => "BGP4MP/MESSAGE_LOCAL",
        (BGP4MP, 7) => "BGP4MP/MESSAGE_AS4_LOCAL",
        (BGP4MP, 8) => "BGP4MP/MESSAGE_ADDPATH",
        (BGP4MP, 9) => "BGP4MP/MESSAGE_AS4_ADDPATH",
        (BGP4MP, 10) => "BGP4MP/MESSAGE_LOCAL_ADDPATH",
        (BGP4MP, 11) => "BGP4MP/MESSAGE_AS4_LOCAL_ADDPATH",
        (BGP4MP, _) => "BGP4MP/OTHER",
        (BGP4MP_ET, 0) => "BGP4MP_ET/STATE_CHANGE",
        (BGP4MP_ET, 1) => "BGP4MP_ET/MESSAGE",
        (BGP4MP_ET, 4) => "BGP4MP_ET/MESSAGE_AS4",
        (BGP4MP_ET, 5) => "BGP4MP_ET/STATE_CHANGE_AS4",
        (BGP4MP_ET, 6) => "BGP4MP_ET/MESSAGE_LOCAL",
        (BGP4MP_ET, 7) => "BGP4MP_ET/MESSAGE_AS4_LOCAL",
        (BGP4MP_ET, 8) => "BGP4MP_ET/MESSAGE_ADDPATH",
        (BGP4MP_ET, 9) => "BGP4MP_ET/MESSAGE_AS4_ADDPATH",
        (BGP4MP_ET, 10) => "BGP4MP_ET/MESSAGE_LOCAL_ADDPATH",
        (BGP4MP_ET, 11) => "BGP4MP_ET/MESSAGE_AS4_LOCAL_ADDPATH",
        (BGP4MP_ET, _) => "BGP4MP_ET/OTHER",
        (NULL, _) => "NULL",
        (1, _) => "START",
        (2, _) => "DIE",
        (3, _) => "I_AM_DEAD",
        (4, _) => "PEER_DOWN",
        (6, _) => "RIP",
        (7, _) => "IDRP",
        (8, _) => "RIPNG",
        (9, _) => "BGP4PLUS",
        (10, _) => "BGP4PLUS_01",
        (11, _) => "OSPFv2",
        (32, _) => "ISIS",
        (33, _) => "ISIS_ET",
        (48, _) => "OSPFv3",
        (49, _) => "OSPFv3_ET",
        _ => return None,
    })
}

/// Whether a name is one that `label` gives.
pub fn is_label(name: &str) -> bool {
    const LAST_TYPE: u16 = 49;
    const MOST_SUBTYPES: u16 = 13;
    let mut kinds = 0..=LAST_TYPE;
    let is_of = |kind| (0..=MOST_SUBTYPES).any(|of| known_label(kind, of) == Some(name));
    let number = name.strip_prefix("TYPE_").and_then(|n| n.parse().ok());
    kinds.any(is_of) || number.is_some_and(|kind| label(kind, 0) == name)
}

/// Whether a type is assigned (IANA's MRT registry), and its subtype where routes depend on it.
/// What is not was never written by a collector: a bit has turned.
pub const fn is_assigned(kind: u16, subtype: u16) -> bool {
    match kind {
        TABLE_DUMP => matches!(subtype, 1 | 2),
        TABLE_DUMP_V2 => matches!(subtype, 1..=12),
        BGP4MP | BGP4MP_ET => subtype <= 11,
        BGP => subtype <= 7,
        0..=13 | 32 | 33 | 48 | 49 => true,
        _ => false,
    }
}

/// Whether a record is of type NULL, which "causes no operation" (RFC 6396 §B.1.1), and has no
/// time: that is what a hole of zeros looks like.
pub const fn is_hole(time: i64, kind: u16) -> bool {
    time == 0 && kind == NULL
}

/// Whether a record is one of type NULL filled with zeros: padding, which is not even counted. A
/// hole of zeros is none.
pub fn is_padding(bytes: &[u8]) -> bool {
    let is_null = header(bytes).is_some_and(|(time, kind, subtype, length)| {
        time != 0 && (kind, subtype) == (NULL, 0) && length > 0
    });
    is_null && bytes[HEADER..].iter().all(|b| *b == 0)
}

/// Who sent a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Peer,
    /// The collector itself (the _LOCAL subtypes, RFC 6396 §4.4.5): no word of a peer.
    Collector,
}

/// What a record of type BGP4MP, BGP4MP_ET or BGP carries, once its peer is known.
pub enum Carried<'a> {
    /// A BGP message, header and all.
    Message {
        bytes: &'a [u8],
        four_byte: bool,
        add_path: bool,
        sender: Sender,
    },
    /// An UPDATE's contents without the BGP header (type BGP).
    BareUpdate(&'a [u8]),
    State {
        old: u16,
        new: u16,
    },
    /// A keepalive, an OPEN or a NOTIFICATION of type BGP.
    Other,
}

/// The session that a message or state record is about, and what it carries. `Err` holds the
/// session where that much could be read.
pub fn carried<'a>(
    record: &Record<'a>,
) -> Result<(Session, Carried<'a>), (Option<Session>, &'static str)> {
    let mut r = Reader(record.body);
    if record.kind == BGP {
        let session = legacy_session(&mut r)
            .ok_or((None, "the peer's AS number or address cannot be read"))?;
        return match record.subtype {
            1 => {
                r.take(6)
                    .ok_or((Some(session), "truncated header of a record of type BGP"))?;
                Ok((session, Carried::BareUpdate(r.0)))
            }
            3 => state(r, session),
            _ => Ok((session, Carried::Other)),
        };
    }
    let four_byte = matches!(record.subtype, 4 | 5 | 7 | 9 | 11);
    let session = session(&mut r, four_byte)
        .ok_or((None, "the peer's AS number or address cannot be read"))?;
    match record.subtype {
        0 | 5 => state(r, session),
        _ => Ok((
            session,
            Carried::Message {
                bytes: r.0,
                four_byte,
                add_path: record.subtype >= 8,
                sender: match record.subtype {
                    6 | 7 | 10 | 11 => Sender::Collector,
                    _ => Sender::Peer,
                },
            },
        )),
    }
}

/// The session that a message or state record is about, field by field.
pub fn session_fields(record: &Record<'_>) -> Option<SessionFields> {
    let mut r = Reader(record.body);
    if record.kind == BGP {
        let session = legacy_session(&mut r)?;
        return Some(SessionFields {
            peer_asn: session.asn,
            peer_ip: session.ip,
            local_asn: None,
            local_ip: None,
            interface: None,
        });
    }
    let four_byte = matches!(record.subtype, 4 | 5 | 7 | 9 | 11);
    let (peer_asn, local_asn) = (r.asn(four_byte)?, r.asn(four_byte)?);
    let interface = r.u16()?;
    let (peer_ip, local_ip) = match r.u16()? {
        1 => (r.ipv4()?, r.ipv4()?),
        2 => (r.ipv6()?, r.ipv6()?),
        _ => return None,
    };
    Some(SessionFields {
        peer_asn,
        peer_ip,
        local_asn: Some(local_asn),
        local_ip: Some(local_ip),
        interface: Some(interface),
    })
}

/// Whether a subtype of BGP4MP names a peer in the usual place.
pub const fn names_a_peer(kind: u16, subtype: u16) -> bool {
    match kind {
        BGP => matches!(subtype, 1 | 3 | 5 | 6 | 7),
        BGP4MP | BGP4MP_ET => matches!(subtype, 0 | 1 | 4..=11),
        _ => false,
    }
}

type CarriedResult<'a> = Result<(Session, Carried<'a>), (Option<Session>, &'static str)>;

fn state<'a>(mut r: Reader<'a>, session: Session) -> CarriedResult<'a> {
    match (r.u16(), r.u16()) {
        (Some(_), Some(_)) if !r.is_empty() => {
            Err((Some(session), "trailing bytes after the state change"))
        }
        // Six of RFC 4271 §8.2.2, and Quagga's Clearing and Deleted.
        (Some(old @ 1..=8), Some(new @ 1..=8)) => Ok((session, Carried::State { old, new })),
        (Some(_), Some(_)) => Err((Some(session), "unknown BGP session state")),
        _ => Err((Some(session), "truncated state change")),
    }
}

fn legacy_session(r: &mut Reader<'_>) -> Option<Session> {
    Some(Session {
        asn: Asn::from(r.u16()?),
        ip: r.ipv4()?,
    })
}

/// Peer and local AS, interface, address family, peer and local address (RFC 6396 §4.4.1).
fn session(r: &mut Reader<'_>, four_byte: bool) -> Option<Session> {
    let asn = r.asn(four_byte)?;
    r.asn(four_byte)?;
    r.u16()?;
    let ip = match r.u16()? {
        1 => {
            let ip = r.ipv4()?;
            r.take(4)?;
            ip
        }
        2 => {
            let ip = r.ipv6()?;
            r.take(16)?;
            ip
        }
        _ => return None,
    };
    Some(Session { asn, ip })
}

/// Reads big-endian fields off a slice; nothing once it is too short.
#[derive(Clone, Copy)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[b]| b)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn asn(&mut self, four_byte: bool) -> Option<Asn> {
        if four_byte {
            self.u32()
        } else {
            self.u16().map(Asn::from)
        }
    }

    pub fn ipv4(&mut self) -> Option<IpAddr> {
        self.u32().map(|a| Ipv4Addr::from(a).into())
    }

    pub fn ipv6(&mut self) -> Option<IpAddr> {
        self.array::<16>().map(|a| Ipv6Addr::from(a).into())
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The bits of a network number as it stands on the wire, left-aligned (RFC 4271 §4.3).
pub fn network_bits(bytes: &[u8]) -> u128 {
    // Most are IPv4's, of three bytes: worth a way of their own in the hottest loop.
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
