//! BGP messages (RFC 4271) and the BGP4MP records that carry them (RFC 6396 §4.4).

use super::attributes::{
    MP_REACH_NLRI, MP_UNREACH_NLRI, OPTIONAL, UNICAST, afi, len16, next_hop_v6, put_as_path,
    put_as4_path, put_asn, put_attribute, put_next_hop, put_origin, put_prefix,
};
use super::{
    AsnSize, EncodeError, EventTable, Line, MrtFile, PathIds, RawBody, SessionOptions,
    UpdateContent, filler,
};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::path::AsPath;
use crate::model::peer::Session;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// BGP4MP (RFC 6396 §4.4).
const BGP4MP: u16 = 16;
/// The same with microseconds (RFC 6396 §3).
pub(super) const BGP4MP_ET: u16 = 17;
/// IS-IS with microseconds (RFC 6396 §4).
pub(super) const ISIS_ET: u16 = 33;
/// OSPFv3 with microseconds (RFC 6396 §4).
pub(super) const OSPFV3_ET: u16 = 49;

/// The longest message without extended messages (RFC 4271 §4.1).
const MAX_MESSAGE: usize = 4096;
const UPDATE: u8 = 2;
const KEEPALIVE: u8 = 4;
/// Prefixes in an UPDATE of `announce-table`.
const TABLE_STEP: u32 = 200;

/// The collector's side of every session.
const LOCAL_ASN: Asn = 64497;
const LOCAL_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 254);
const LOCAL_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xfe);

/// The routes of one UPDATE.
#[derive(Clone, Copy)]
struct UpdateRoutes<'a> {
    withdrawn: &'a [Prefix],
    announced: &'a [Prefix],
    path: &'a AsPath,
    id: u32,
}

/// Adds the records of a line.
pub(super) fn write(
    line: &Line<UpdateContent>,
    events: &EventTable,
    file: &mut MrtFile,
) -> Result<(), EncodeError> {
    let encoder = PeerEncoder {
        session: line.session,
        options: events.options(line.session),
    };
    let kind = if events.micro.contains(&line.collector) {
        BGP4MP_ET
    } else {
        BGP4MP
    };
    let mut messages = Vec::new();
    match &line.content {
        UpdateContent::Update {
            withdrawn,
            announced,
            path,
            id,
        } => {
            let update = UpdateRoutes {
                withdrawn,
                announced,
                path,
                id: id.unwrap_or(0),
            };
            encoder
                .updates(update, &mut messages)
                .map_err(|e| line.error(e))?;
        }
        UpdateContent::Table {
            family,
            count,
            path,
            id,
        } => {
            let prefixes: Vec<_> = (0..*count).map(|i| filler(*family, i)).collect();
            for announced in prefixes.chunks(TABLE_STEP as usize) {
                let update = UpdateRoutes {
                    withdrawn: &[],
                    announced,
                    path,
                    id: id.unwrap_or(0),
                };
                encoder
                    .updates(update, &mut messages)
                    .map_err(|e| line.error(e))?;
            }
        }
        UpdateContent::State { old, new } => {
            let (subtype, mut body) = (encoder.state_subtype(), encoder.head());
            body.extend_from_slice(&old.to_be_bytes());
            body.extend_from_slice(&new.to_be_bytes());
            file.push(line.time, kind, subtype, &body);
        }
        UpdateContent::EndOfRib(family) => messages.push(end_of_rib(*family)),
        UpdateContent::Keepalive => messages.push(message(KEEPALIVE, &[])),
        UpdateContent::Raw(RawBody {
            kind,
            subtype,
            body,
        }) => file.push(line.time, *kind, *subtype, body),
    }
    for message in messages {
        let mut body = encoder.head();
        body.extend_from_slice(&message);
        file.push(line.time, kind, encoder.message_subtype(), &body);
    }
    Ok(())
}

/// Encodes the messages of one session by what was negotiated on it.
struct PeerEncoder {
    session: Session,
    options: SessionOptions,
}

impl PeerEncoder {
    /// MESSAGE and MESSAGE_AS4 (RFC 6396 §4.4.2, §4.4.3), with `_ADDPATH` RFC 8050 §3.
    fn message_subtype(&self) -> u16 {
        match (self.options.asn_size, self.options.path_ids) {
            (AsnSize::Two, PathIds::Without) => 1,
            (AsnSize::Four, PathIds::Without) => 4,
            (AsnSize::Two, PathIds::With) => 8,
            (AsnSize::Four, PathIds::With) => 9,
        }
    }

    /// STATE_CHANGE and STATE_CHANGE_AS4 (RFC 6396 §4.4.1, §4.4.4).
    fn state_subtype(&self) -> u16 {
        match self.options.asn_size {
            AsnSize::Two => 0,
            AsnSize::Four => 5,
        }
    }

    /// What every BGP4MP body begins with: both ends of the session (RFC 6396 §4.4.1).
    fn head(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        put_asn(&mut out, self.session.asn, self.options.asn_size);
        put_asn(&mut out, LOCAL_ASN, self.options.asn_size);
        out.extend_from_slice(&[0, 0]);
        match self.session.ip {
            IpAddr::V4(ip) => {
                out.extend_from_slice(&afi(Family::V4));
                out.extend_from_slice(&ip.octets());
                out.extend_from_slice(&LOCAL_V4.octets());
            }
            IpAddr::V6(ip) => {
                out.extend_from_slice(&afi(Family::V6));
                out.extend_from_slice(&ip.octets());
                out.extend_from_slice(&LOCAL_V6.octets());
            }
        }
        out
    }

    /// Adds the UPDATE, or where it is too long several: withdrawals first, then halves.
    fn updates(&self, update: UpdateRoutes<'_>, out: &mut Vec<Vec<u8>>) -> Result<(), String> {
        let whole = self.update(update);
        if whole.len() <= MAX_MESSAGE {
            out.push(whole);
            return Ok(());
        }
        let UpdateRoutes {
            withdrawn,
            announced,
            ..
        } = update;
        let (first, second) = match (withdrawn.len(), announced.len()) {
            (0, 0 | 1) | (1, 0) => {
                return Err(format!(
                    "the path leaves no room for a prefix in a message of {MAX_MESSAGE} bytes; \
                     write a shorter one"
                ));
            }
            (0, n) => {
                let (first, second) = announced.split_at(n / 2);
                ((&[][..], first), (&[][..], second))
            }
            (n, 0) => {
                let (first, second) = withdrawn.split_at(n / 2);
                ((first, &[][..]), (second, &[][..]))
            }
            (_, _) => ((withdrawn, &[][..]), (&[][..], announced)),
        };
        for (withdrawn, announced) in [first, second] {
            let part = UpdateRoutes {
                withdrawn,
                announced,
                ..update
            };
            self.updates(part, out)?;
        }
        Ok(())
    }

    /// One UPDATE (RFC 4271 §4.3): IPv4 in the classic fields, IPv6 in MP_REACH_NLRI and
    /// MP_UNREACH_NLRI (RFC 4760 §3, §4).
    fn update(&self, update: UpdateRoutes<'_>) -> Vec<u8> {
        let withdrawn_v4 = self.nlri(update.withdrawn, Family::V4, update.id);
        let withdrawn_v6 = self.nlri(update.withdrawn, Family::V6, update.id);
        let announced_v4 = self.nlri(update.announced, Family::V4, update.id);
        let announced_v6 = self.nlri(update.announced, Family::V6, update.id);

        let mut attributes = Vec::new();
        if !update.announced.is_empty() {
            put_origin(&mut attributes);
            put_as_path(&mut attributes, update.path, self.options.asn_size);
        }
        if !announced_v4.is_empty() {
            put_next_hop(&mut attributes, self.session);
        }
        if !announced_v6.is_empty() {
            let mut value = afi(Family::V6).to_vec();
            value.push(UNICAST);
            value.extend_from_slice(&next_hop_v6(self.session));
            value.push(0);
            value.extend_from_slice(&announced_v6);
            put_attribute(&mut attributes, OPTIONAL, MP_REACH_NLRI, &value);
        }
        if !withdrawn_v6.is_empty() {
            let mut value = afi(Family::V6).to_vec();
            value.push(UNICAST);
            value.extend_from_slice(&withdrawn_v6);
            put_attribute(&mut attributes, OPTIONAL, MP_UNREACH_NLRI, &value);
        }
        if !update.announced.is_empty() {
            put_as4_path(&mut attributes, update.path, self.options.asn_size);
        }
        update_message(&withdrawn_v4, &attributes, &announced_v4)
    }

    /// The prefixes of one family (RFC 4271 §4.3), each after its path identifier (RFC 7911 §3).
    fn nlri(&self, prefixes: &[Prefix], family: Family, id: u32) -> Vec<u8> {
        let mut out = Vec::new();
        for &prefix in prefixes.iter().filter(|p| p.family() == family) {
            if self.options.path_ids == PathIds::With {
                out.extend_from_slice(&id.to_be_bytes());
            }
            put_prefix(&mut out, prefix);
        }
        out
    }
}

/// End-of-RIB (RFC 4724 §2): an empty UPDATE for IPv4, an empty MP_UNREACH_NLRI for IPv6.
fn end_of_rib(family: Family) -> Vec<u8> {
    let mut attributes = Vec::new();
    if family == Family::V6 {
        let [high, low] = afi(family);
        let value = [high, low, UNICAST];
        put_attribute(&mut attributes, OPTIONAL, MP_UNREACH_NLRI, &value);
    }
    update_message(&[], &attributes, &[])
}

fn update_message(withdrawn: &[u8], attributes: &[u8], nlri: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(4 + withdrawn.len() + attributes.len() + nlri.len());
    body.extend_from_slice(&len16(withdrawn.len()));
    body.extend_from_slice(withdrawn);
    body.extend_from_slice(&len16(attributes.len()));
    body.extend_from_slice(attributes);
    body.extend_from_slice(nlri);
    message(UPDATE, &body)
}

/// The header of RFC 4271 §4.1, and the body.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![0xff; 16];
    out.extend_from_slice(&len16(19 + body.len()));
    out.push(kind);
    out.extend_from_slice(body);
    out
}
