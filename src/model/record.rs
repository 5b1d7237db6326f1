//! A record of an archive file, field by field as it stands there: for people who check a cell.

use super::net::{Asn, Prefix};
use super::time::Timestamp;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::{self, Write};
use std::net::IpAddr;

/// A record, its bytes spelled out. Fields keep the names and order of RFC 6396.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Where it starts in the decompressed file.
    pub offset: u64,
    /// The header's time, with the microseconds of an extended one.
    pub time: Timestamp,
    /// `TYPE/SUBTYPE`.
    pub kind: Cow<'static, str>,
    /// The header's type.
    pub type_code: u16,
    /// The header's subtype.
    pub subtype_code: u16,
    /// The header's length: bytes behind it.
    pub length: usize,
    /// Whose message or state, and of which collector's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionFields>,
    /// What it carries of what was asked.
    #[serde(flatten)]
    pub carries: Carries,
}

/// The session of a BGP4MP record (RFC 6396 §4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SessionFields {
    /// Peer AS Number.
    pub peer_asn: Asn,
    /// Peer IP Address.
    pub peer_ip: IpAddr,
    /// Local AS Number; a record of the old type BGP has none in front of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_asn: Option<Asn>,
    /// Local IP Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_ip: Option<IpAddr>,
    /// Interface Index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<u16>,
}

/// What a record carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Carries {
    /// An UPDATE (RFC 4271 §4.3).
    Update(Update),
    /// A state change.
    StateChange {
        /// State left; 6 is Established.
        old: u16,
        /// State entered.
        new: u16,
    },
    /// A prefix' routes in a dump.
    Rib(Listing),
    /// Something else, or what cannot be read: why.
    Other(String),
}

/// An UPDATE, reduced to the prefix in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Update {
    /// How many routes it withdraws in all.
    pub withdrawn_routes: usize,
    /// How many it announces in all.
    pub announced_routes: usize,
    /// The prefix in question, as often as it is withdrawn.
    pub withdraws: Vec<Route>,
    /// The prefix in question, as often as it is announced.
    pub announces: Vec<Route>,
    /// End-of-RIB of a family.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_of_rib: Option<&'static str>,
    /// The collector cut the message.
    pub clipped: bool,
    /// Its path attributes, in their order.
    pub attributes: Vec<Attribute>,
}

/// A route of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Which prefix.
    pub prefix: Prefix,
    /// ADD-PATH's identifier (RFC 7911), where the session has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_id: Option<u32>,
}

/// The routes of one prefix in a dump, reduced to the peer in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Which prefix.
    pub prefix: Prefix,
    /// How many routes the record lists in all.
    pub entries: usize,
    /// Those of the peer in question.
    pub of_peer: Vec<Entry>,
}

/// A peer's route in a dump (RFC 6396 §4.3.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The peer's place in the dump's peer table, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_index: Option<u16>,
    /// When the collector learned the route: not the dump's time.
    pub originated: Timestamp,
    /// ADD-PATH's identifier, where the dump has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_id: Option<u32>,
    /// Its path attributes, in their order.
    pub attributes: Vec<Attribute>,
}

/// A path attribute, spelled out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// By IANA's registry, such as `AS_PATH`; `ATTRIBUTE 99` where it is none of the usual.
    pub name: String,
    /// Attribute type code.
    pub code: u8,
    /// Attribute flags.
    pub flags: u8,
    /// In the notation that is usual for it; in hex where there is none.
    pub value: String,
}

impl fmt::Display for Record {
    /// One field a line, `name: value`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "MRT: {} (type {}, subtype {}), time {}, offset {}, length {}",
            self.kind,
            self.type_code,
            self.subtype_code,
            self.time.with_micros(),
            self.offset,
            self.length
        )?;
        if let Some(session) = &self.session {
            write!(
                f,
                "session: peer AS{} {}",
                session.peer_asn, session.peer_ip
            )?;
            if let (Some(asn), Some(ip)) = (session.local_asn, session.local_ip) {
                write!(f, ", local AS{asn} {ip}")?;
            }
            if let Some(interface) = session.interface {
                write!(f, ", interface {interface}")?;
            }
            f.write_char('\n')?;
        }
        match &self.carries {
            Carries::StateChange { old, new } => {
                writeln!(f, "state: {} → {}", state(*old), state(*new))
            }
            Carries::Other(what) => writeln!(f, "holds: {what}"),
            Carries::Update(update) => update.fmt(f),
            Carries::Rib(listing) => {
                writeln!(
                    f,
                    "RIB entry of {}, one of {}",
                    listing.prefix, listing.entries
                )?;
                listing.of_peer.iter().try_for_each(|entry| entry.fmt(f))
            }
        }
    }
}

impl fmt::Display for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (withdrawn, announced) = (self.withdrawn_routes, self.announced_routes);
        writeln!(f, "UPDATE: withdraws {withdrawn}, announces {announced}")?;
        for (verb, routes) in [
            ("withdraws", &self.withdraws),
            ("announces", &self.announces),
        ] {
            for route in routes {
                write!(f, "{verb}: {}", route.prefix)?;
                if let Some(id) = route.path_id {
                    write!(f, ", path {id}")?;
                }
                f.write_char('\n')?;
            }
        }
        if let Some(family) = self.end_of_rib {
            writeln!(f, "End-of-RIB of IPv{family}")?;
        }
        if self.clipped {
            writeln!(f, "clipped by the collector")?;
        }
        self.attributes.iter().try_for_each(|a| a.fmt(f))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "learned: {}", self.originated)?;
        if let Some(index) = self.peer_index {
            write!(f, ", peer index {index}")?;
        }
        if let Some(id) = self.path_id {
            write!(f, ", path {id}")?;
        }
        f.write_char('\n')?;
        self.attributes.iter().try_for_each(|a| a.fmt(f))
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.name, self.value)
    }
}

/// A state by its number and name (RFC 6396 §4.4.1).
fn state(number: u16) -> String {
    let name = match number {
        1 => "Idle",
        2 => "Connect",
        3 => "Active",
        4 => "OpenSent",
        5 => "OpenConfirm",
        6 => "Established",
        7 => "Clearing",
        8 => "Deleted",
        _ => return number.to_string(),
    };
    format!("{number} {name}")
}
