//! The second reader: the same files by bgpkit-parser's record API, and nothing of `dropline`'s
//! decoder. Where bgpkit-parser 0.23 is known to read otherwise than the RFCs say, the trap is
//! stepped around here, and each is named:
//!
//! 1. **ADD-PATH guess.** In NLRI without path ids a zero byte (the length of 0.0.0.0/0 or ::/0)
//!    makes it read path ids from there on. Told by a path id where none can be, or by the failure
//!    that follows; then the section is read again from the bytes ([`Reading::read_again`]).
//! 2. **One bad prefix takes its whole section along** (`MalformedNlri`, no error). Read again
//!    from the bytes: what is bad there too is an error.
//! 3. **Clipped messages** (Zebra before 2009, a body of 4,096 bytes) end inside a prefix and so
//!    fall under 2: the whole prefixes before the cut count ([`Reading::clipped`]).
//! 4. **SAFI** is there, but nothing acts on it: only unicast counts here.
//! 5. **Unknown AFI or SAFI, or a next hop of an odd length**, leaves the whole attribute raw:
//!    nothing where the family is not unicast, an error where it is.
//! 6. **Host bits** stay in prefixes: cut off here.
//! 7. **Order**: RFC 4271 §3.1 has withdrawals act before announcements; classic fields come
//!    before the MP attributes here, as nothing recorded otherwise.
//! 8. **AS4_PATH from a four-byte session** is merged in, though RFC 6793 §4.1 has it discarded:
//!    the plain AS_PATH is taken there.
//! 9. **A broken AS_PATH** leaves the attribute raw and the route without a path: an error here.
//! 10. **A RIB record that breaks off** gives the entries before the break: an error here.
//! 11. **MP attributes twice** are both kept, though RFC 7606 §3g has the message malformed: an
//!     error here.

use crate::harness::{Recorded, RecordedAction};
use bgpkit_parser::chunk_mrt_record;
use bgpkit_parser::error::BgpValidationWarning;
use bgpkit_parser::models::{
    Afi, AsPath, AsPathSegment, AttrType, AttributeValue, Attributes, Bgp4MpEnum, BgpMessage,
    BgpUpdateMessage, EntryType, LegacyBgp, MrtMessage, NetworkPrefix, Nlri, Safi,
    TableDumpMessage, TableDumpV2Message,
};
use dropline::model::archive::FileKind;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A record as read.
pub struct Reading {
    pub offset: u64,
    /// What it recorded, or why that cannot be told.
    pub recorded: Result<Vec<Recorded>, String>,
    /// Trap 1 or 2 was stepped around.
    pub read_again: bool,
    pub clipped: bool,
}

/// Reads records one by one.
pub struct Second<'a> {
    bytes: &'a [u8],
    at: usize,
    kind: FileKind,
    index: HashMap<u16, (u32, IpAddr)>,
    read_again: bool,
    clipped: bool,
}

type Or<T> = Result<T, String>;
type Prefixes = Vec<(IpNet, u32)>;

/// Where the parts of an UPDATE lie.
struct Parts<'a> {
    withdrawn: &'a [u8],
    attributes: &'a [u8],
    announced: &'a [u8],
    clipped: bool,
}

/// How a session writes its messages.
#[derive(Clone, Copy)]
struct Dialect {
    four_byte: bool,
    add_path: bool,
}

impl<'a> Second<'a> {
    pub fn new(bytes: &'a [u8], kind: FileKind) -> Self {
        Self {
            bytes,
            at: 0,
            kind,
            index: HashMap::new(),
            read_again: false,
            clipped: false,
        }
    }

    /// Bytes of whole records so far.
    pub fn at(&self) -> u64 {
        self.at as u64
    }

    fn record(&mut self, bytes: &[u8]) -> Or<Vec<Recorded>> {
        const BGP: u16 = EntryType::BGP as u16;
        const BGP4MP: u16 = EntryType::BGP4MP as u16;
        const BGP4MP_ET: u16 = EntryType::BGP4MP_ET as u16;
        const TABLE_DUMP: u16 = EntryType::TABLE_DUMP as u16;
        const TABLE_DUMP_V2: u16 = EntryType::TABLE_DUMP_V2 as u16;
        let (entry_type, subtype) = (be16(&bytes[4..]), be16(&bytes[6..]));
        // Left unparsed: what is in the wrong kind of file, what a collector itself sent, messages
        // of type BGP that are no UPDATE, and dumps of other families than unicast.
        let matters = match (self.kind, entry_type) {
            (FileKind::Updates, BGP) => matches!(subtype, 1 | 3),
            (FileKind::Updates, BGP4MP | BGP4MP_ET) => !matches!(subtype, 6 | 7 | 10 | 11),
            (FileKind::Rib, TABLE_DUMP) => true,
            (FileKind::Rib, TABLE_DUMP_V2) => !matches!(subtype, 3 | 5 | 7 | 9 | 11),
            _ => false,
        };
        if !matters {
            return Ok(Vec::new());
        }
        let mut rest = bytes;
        let raw = chunk_mrt_record(&mut rest).map_err(|e| e.error.to_string())?;
        if !rest.is_empty() {
            return Err("bytes are left over".to_owned());
        }
        let head = raw.common_header;
        let time = match self.kind {
            FileKind::Updates => {
                let micros = i64::from(head.microsecond_timestamp.unwrap_or(0));
                i64::from(head.timestamp) * 1_000_000 + micros
            }
            FileKind::Rib => 0,
        };
        let body = raw.message_bytes.clone();
        let declared = bytes.len() - 12;
        let parsed = raw.parse().map_err(|e| e.to_string())?;
        let mut recorded = Vec::new();
        let mut add = |asn: u32, ip: IpAddr, actions: Vec<RecordedAction>| {
            recorded.extend(actions.into_iter().map(|action| Recorded {
                time,
                asn,
                ip,
                action,
            }));
        };
        match parsed.message {
            MrtMessage::Bgp4Mp(Bgp4MpEnum::StateChange(s)) => {
                let action = RecordedAction::State(s.old_state.into(), s.new_state.into());
                add(s.peer_asn.to_u32(), s.peer_ip, vec![action]);
            }
            MrtMessage::Bgp4Mp(Bgp4MpEnum::Message(m)) => {
                if let BgpMessage::Update(update) = &m.bgp_message {
                    let dialect = Dialect {
                        four_byte: matches!(head.entry_subtype, 4 | 9),
                        add_path: matches!(head.entry_subtype, 8 | 9),
                    };
                    let ends = if dialect.four_byte { 8 } else { 4 };
                    let addresses = if m.peer_ip.is_ipv4() { 8 } else { 32 };
                    let message = body.get(ends + 4 + addresses..).ok_or("cut")?;
                    let parts = parts_of_message(message, declared)?;
                    let actions = self.update(update, &parts, dialect)?;
                    add(m.peer_asn.to_u32(), m.peer_ip, actions);
                }
            }
            MrtMessage::LegacyBgp(LegacyBgp::StateChange(s)) => {
                let action = RecordedAction::State(s.old_state.into(), s.new_state.into());
                add(s.peer_asn.to_u32(), s.peer_ip, vec![action]);
            }
            MrtMessage::LegacyBgp(LegacyBgp::Message(m)) => {
                if let BgpMessage::Update(update) = &m.bgp_message {
                    let dialect = Dialect {
                        four_byte: false,
                        add_path: false,
                    };
                    let parts = parts(body.get(12..).ok_or("cut")?, false)?;
                    let actions = self.update(update, &parts, dialect)?;
                    add(m.peer_asn.to_u32(), m.peer_ip, actions);
                }
            }
            MrtMessage::TableDumpMessage(entry) => {
                let (asn, ip, action) = old_entry(&entry)?;
                add(asn, ip, vec![action]);
            }
            MrtMessage::TableDumpMessageBatch(entries) => {
                for entry in &entries {
                    let (asn, ip, action) = old_entry(entry)?;
                    add(asn, ip, vec![action]);
                }
            }
            MrtMessage::TableDumpV2Message(TableDumpV2Message::PeerIndexTable(table)) => {
                let peers = table.id_peer_map.into_iter();
                self.index = peers
                    .map(|(id, p)| (id, (p.peer_asn.to_u32(), p.peer_ip)))
                    .collect();
            }
            MrtMessage::TableDumpV2Message(TableDumpV2Message::RibAfi(listing)) => {
                let length = body.get(4).map_or(0, |&bits| usize::from(bits).div_ceil(8));
                let count = be16(body.get(5 + length..).unwrap_or_default());
                if listing.rib_entries.len() != usize::from(count) {
                    return Err("it breaks off".to_owned());
                }
                let net = listing.prefix.prefix.trunc();
                for entry in &listing.rib_entries {
                    let &(asn, ip) = self.index.get(&entry.peer_index).ok_or("unknown peer")?;
                    let path = path_text(&entry.attributes, true)?;
                    let action = RecordedAction::Listed(net, entry.path_id.unwrap_or(0), path);
                    add(asn, ip, vec![action]);
                }
            }
            MrtMessage::TableDumpV2Message(_) => {}
        }
        Ok(recorded)
    }

    fn update(
        &mut self,
        update: &BgpUpdateMessage,
        parts: &Parts<'_>,
        dialect: Dialect,
    ) -> Or<Vec<RecordedAction>> {
        self.clipped |= parts.clipped;
        let attributes = &update.attributes;
        let malformed = |section: &str| {
            let warnings = attributes.validation_warnings().iter();
            warnings.into_iter().any(|w| {
                matches!(w, BgpValidationWarning::MalformedNlri { nlri_type, .. } if *nlri_type == section)
            })
        };
        let mut classic = |name: &str, parsed: &[NetworkPrefix], bytes: &[u8]| {
            let parsed = (!malformed(name)).then_some(parsed);
            self.prefixes(parsed, bytes, Afi::Ipv4, dialect, parts.clipped)
        };
        let withdrawn = classic("withdrawn", &update.withdrawn_prefixes, parts.withdrawn)?;
        let announced = classic("announced", &update.announced_prefixes, parts.announced)?;
        let mp_withdrawn = self.mp(15, attributes, parts, dialect)?;
        let mp_announced = self.mp(14, attributes, parts, dialect)?;

        let mut actions = Vec::new();
        let says_nothing = parts.withdrawn.is_empty() && parts.announced.is_empty();
        if says_nothing && !parts.clipped {
            let mut all = attributes.into_iter();
            match (all.next(), all.next()) {
                (None, None) if parts.attributes.is_empty() => {
                    actions.push(RecordedAction::EndOfRib(false))
                }
                (Some(AttributeValue::MpUnreachNlri(nlri)), None)
                    if nlri.prefixes.is_empty() && family(nlri).is_some() =>
                {
                    actions.push(RecordedAction::EndOfRib(nlri.afi == Afi::Ipv6));
                }
                _ => {}
            }
        }
        let gone = withdrawn.into_iter().chain(mp_withdrawn);
        actions.extend(gone.map(|(net, id)| RecordedAction::Withdraw(net, id)));
        if !announced.is_empty() || !mp_announced.is_empty() {
            let path = path_text(attributes, dialect.four_byte)?;
            let come = announced.into_iter().chain(mp_announced);
            actions.extend(come.map(|(net, id)| RecordedAction::Announce(net, id, path.clone())));
        }
        Ok(actions)
    }

    /// The unicast prefixes of MP_REACH_NLRI (14) or MP_UNREACH_NLRI (15).
    fn mp(
        &mut self,
        code: u8,
        attributes: &Attributes,
        parts: &Parts<'_>,
        dialect: Dialect,
    ) -> Or<Prefixes> {
        let mut found = attributes.into_iter().filter(|a| a.attr_code() == code);
        let value = match (found.next(), found.next()) {
            (None, _) => return Ok(Vec::new()),
            (Some(value), None) => value,
            (Some(_), Some(_)) => return Err("an MP attribute twice".to_owned()),
        };
        let (parsed, afi) = match value {
            AttributeValue::MpReachNlri(nlri) | AttributeValue::MpUnreachNlri(nlri) => {
                match family(nlri) {
                    Some(afi) => (Some(&nlri.prefixes[..]), afi),
                    None => return Ok(Vec::new()),
                }
            }
            AttributeValue::Raw(raw) => match raw.bytes.get(..3) {
                Some([0, 1, 1]) => (None, Afi::Ipv4),
                Some([0, 2, 1]) => (None, Afi::Ipv6),
                Some(_) => return Ok(Vec::new()),
                None => return Err("an MP attribute is cut".to_owned()),
            },
            _ => return Err("an MP attribute is something else".to_owned()),
        };
        let value = attribute(parts.attributes, code).ok_or("an attribute is lost")?;
        let bytes = if code == 14 {
            let next_hop = value.get(3).map_or(0, |&n| usize::from(n));
            if ![0, 4, 16, 24, 32, 48].contains(&next_hop) {
                return Err("a next hop of an odd length".to_owned());
            }
            value.get(5 + next_hop..).ok_or("cut")?
        } else {
            &value[3..]
        };
        self.prefixes(parsed, bytes, afi, dialect, false)
    }

    /// What bgpkit-parser made of a section, if that can be believed.
    fn prefixes(
        &mut self,
        parsed: Option<&[NetworkPrefix]>,
        bytes: &[u8],
        afi: Afi,
        dialect: Dialect,
        clipped: bool,
    ) -> Or<Prefixes> {
        let believed = parsed.filter(|p| p.iter().all(|p| p.path_id.is_some() == dialect.add_path));
        if let Some(list) = believed {
            let plain = |p: &NetworkPrefix| (p.prefix.trunc(), p.path_id.unwrap_or(0));
            return Ok(list.iter().map(plain).collect());
        }
        self.read_again = true;
        read_prefixes(bytes, afi, dialect.add_path, clipped)
    }
}

impl Iterator for Second<'_> {
    type Item = Reading;

    fn next(&mut self) -> Option<Reading> {
        const LONGEST: usize = 16 << 20;
        let head = self.bytes.get(self.at..self.at + 12)?;
        let length = u32::from_be_bytes([head[8], head[9], head[10], head[11]]) as usize;
        if length > LONGEST {
            return None;
        }
        let record = self.bytes.get(self.at..self.at + 12 + length)?;
        (self.read_again, self.clipped) = (false, false);
        let recorded = self.record(record);
        let offset = self.at as u64;
        self.at += record.len();
        Some(Reading {
            offset,
            recorded,
            read_again: self.read_again,
            clipped: self.clipped,
        })
    }
}

fn old_entry(entry: &TableDumpMessage) -> Or<(u32, IpAddr, RecordedAction)> {
    let path = path_text(&entry.attributes, false)?;
    let action = RecordedAction::Listed(entry.prefix.prefix.trunc(), 0, path);
    Ok((entry.peer_asn.to_u32(), entry.peer_ip, action))
}

/// Family of unicast routes.
fn family(nlri: &Nlri) -> Option<Afi> {
    (nlri.safi == Safi::Unicast && nlri.afi != Afi::LinkState).then_some(nlri.afi)
}

/// The path as `dropline` writes it.
fn path_text(attributes: &Attributes, four_byte: bool) -> Or<Arc<str>> {
    if attributes.has_attr(AttrType::AS_PATH) && attributes.as_path().is_none() {
        return Err("malformed AS_PATH".to_owned());
    }
    let path = match four_byte {
        true => attributes.as_path().cloned(),
        false => attributes.effective_as_path(),
    };
    Ok(write_path(&path.unwrap_or_default()).into())
}

fn write_path(path: &AsPath) -> String {
    let actions = path.segments.iter().map(|segment| {
        let (open, asns, between, close) = match segment {
            AsPathSegment::AsSequence(asns) => ("", asns, " ", ""),
            AsPathSegment::AsSet(asns) => ("{", asns, ",", "}"),
            AsPathSegment::ConfedSequence(asns) | AsPathSegment::ConfedSet(asns) => {
                ("(", asns, " ", ")")
            }
        };
        let asns: Vec<String> = asns.iter().map(|a| a.to_u32().to_string()).collect();
        format!("{open}{}{close}", asns.join(between))
    });
    actions.collect::<Vec<_>>().join(" ")
}

fn be16(bytes: &[u8]) -> u16 {
    match bytes {
        [a, b, ..] => u16::from_be_bytes([*a, *b]),
        _ => 0,
    }
}

fn parts_of_message(message: &[u8], declared: usize) -> Or<Parts<'_>> {
    let length = usize::from(be16(message.get(16..).ok_or("cut")?));
    // bgpkit-parser only warns where the two lengths differ.
    let clipped = length > message.len() && declared == 4096;
    if length != message.len() && !clipped {
        return Err("the message's length is not the record's".to_owned());
    }
    parts(message.get(19..).ok_or("cut")?, clipped)
}

fn parts(bytes: &[u8], clipped: bool) -> Or<Parts<'_>> {
    let split = |bytes: &'_ [u8]| {
        let length = usize::from(be16(bytes));
        (bytes.len() >= 2 + length).then_some(2 + length)
    };
    let first = split(bytes).ok_or("cut")?;
    let second = first + split(&bytes[first..]).ok_or("cut")?;
    Ok(Parts {
        withdrawn: &bytes[2..first],
        attributes: &bytes[first + 2..second],
        announced: &bytes[second..],
        clipped,
    })
}

/// An attribute's value.
fn attribute(mut bytes: &[u8], code: u8) -> Option<&[u8]> {
    loop {
        let (flags, kind) = (*bytes.first()?, *bytes.get(1)?);
        let (start, length) = match flags & 0x10 {
            0 => (3, usize::from(*bytes.get(2)?)),
            _ => (4, usize::from(be16(bytes.get(2..4)?))),
        };
        let value = bytes.get(start..start + length)?;
        if kind == code {
            return Some(value);
        }
        bytes = &bytes[start + length..];
    }
}

/// Prefixes off the wire (RFC 4271 §4.3, RFC 7911 §3).
fn read_prefixes(mut bytes: &[u8], afi: Afi, add_path: bool, clipped: bool) -> Or<Prefixes> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        match read_prefix(bytes, afi, add_path)? {
            Some((prefix, used)) => {
                found.push(prefix);
                bytes = &bytes[used..];
            }
            None if clipped => break,
            None => return Err("a prefix is cut".to_owned()),
        }
    }
    Ok(found)
}

type Prefix = ((IpNet, u32), usize);

fn read_prefix(bytes: &[u8], afi: Afi, add_path: bool) -> Or<Option<Prefix>> {
    let head = if add_path { 4 } else { 0 };
    let Some(&bits) = bytes.get(head) else {
        return Ok(None);
    };
    let used = head + 1 + usize::from(bits).div_ceil(8);
    let id = match bytes.first_chunk() {
        Some(id) if add_path => u32::from_be_bytes(*id),
        _ => 0,
    };
    let mut address = [0u8; 16];
    let long = "a prefix is too long";
    let Some(digits) = bytes.get(head + 1..used) else {
        let longest = if afi == Afi::Ipv4 { 32 } else { 128 };
        return if bits > longest {
            Err(long.to_owned())
        } else {
            Ok(None)
        };
    };
    for (place, digit) in address.iter_mut().zip(digits) {
        *place = *digit;
    }
    let net = if afi == Afi::Ipv4 {
        let [a, b, c, d, ..] = address;
        Ipv4Net::new(Ipv4Addr::new(a, b, c, d), bits).map(|n| n.trunc().into())
    } else {
        Ipv6Net::new(Ipv6Addr::from(address), bits).map(|n| n.trunc().into())
    };
    Ok(Some(((net.map_err(|_| long)?, id), used)))
}
