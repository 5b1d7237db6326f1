//! Records of types BGP4MP, BGP4MP_ET (RFC 6396 §4.4) and BGP (§B.2): the session that a record is about,
//! and the message or state change that it carries.

use super::{BGP, BGP4MP, BGP4MP_ET, MrtRecord};
use crate::decode::bgp::{Malformed, Message, UpdateMessage, message, update};
use crate::decode::bytes::ByteReader;
use crate::model::net::Asn;
use crate::model::peer::Session;
use crate::model::record::SessionFields;

/// Who sent a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Peer,
    /// The collector itself (the _LOCAL subtypes, RFC 6396 §4.4.5): not the peer.
    Collector,
}

/// What a record carries after the fields that name its session.
pub(crate) enum Carried<'a> {
    /// A BGP message, its header included.
    Message {
        bytes: &'a [u8],
        four_byte: bool,
        add_path: bool,
        sender: Sender,
    },
    /// The body of an UPDATE, without the message header (type BGP).
    BareUpdate(&'a [u8]),
    /// A change of the session's state (RFC 6396 §4.4.1).
    State { old: u16, new: u16 },
    /// A keepalive, an OPEN or a NOTIFICATION of type BGP.
    Other,
}

/// The session that a record is about, and what the record carries. `Err` has the session where that
/// much could be read.
pub(crate) fn carried<'a>(record: &MrtRecord<'a>) -> CarriedResult<'a> {
    let mut r = ByteReader(record.body);
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

/// The session that a record is about, field by field; none if it cannot be read.
pub(crate) fn session_fields(record: &MrtRecord<'_>) -> Option<SessionFields> {
    let mut r = ByteReader(record.body);
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

/// Whether records of a type and subtype begin with the fields that name their session.
pub(crate) const fn names_a_peer(kind: u16, subtype: u16) -> bool {
    match kind {
        BGP => matches!(subtype, 1 | 3 | 5 | 6 | 7),
        BGP4MP | BGP4MP_ET => matches!(subtype, 0 | 1 | 4..=11),
        _ => false,
    }
}

type CarriedResult<'a> = Result<(Session, Carried<'a>), (Option<Session>, Malformed)>;

fn state<'a>(mut r: ByteReader<'a>, session: Session) -> CarriedResult<'a> {
    match (r.u16(), r.u16()) {
        (Some(_), Some(_)) if !r.is_empty() => {
            Err((Some(session), "trailing bytes after the state change"))
        }
        // The six of RFC 4271 §8.2.2, and Quagga's Clearing and Deleted.
        (Some(old @ 1..=8), Some(new @ 1..=8)) => Ok((session, Carried::State { old, new })),
        (Some(_), Some(_)) => Err((Some(session), "unknown BGP session state")),
        _ => Err((Some(session), "truncated state change")),
    }
}

fn legacy_session(r: &mut ByteReader<'_>) -> Option<Session> {
    Some(Session {
        asn: Asn::from(r.u16()?),
        ip: r.ipv4()?,
    })
}

/// Peer and local AS, interface, address family, peer and local address (RFC 6396 §4.4.1).
fn session(r: &mut ByteReader<'_>, four_byte: bool) -> Option<Session> {
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

/// The UPDATE that a record carries, and whether its prefixes have path identifiers; none for other
/// messages, for the collector's own, and for those that are damaged.
pub(crate) fn update_of<'a>(
    record: &MrtRecord<'_>,
    carried: &Carried<'a>,
) -> Option<(UpdateMessage<'a>, bool)> {
    match *carried {
        Carried::BareUpdate(bytes) => Some((update(bytes, false, false, false).ok()?, false)),
        Carried::Message {
            bytes,
            four_byte,
            add_path,
            sender: Sender::Peer,
        } => match message(bytes, four_byte, add_path, record.length) {
            Ok(Message::Update(update)) => Some((update, add_path)),
            Ok(Message::NonUpdate) | Err(_) => None,
        },
        Carried::Message {
            sender: Sender::Collector,
            ..
        }
        | Carried::State { .. }
        | Carried::Other => None,
    }
}
