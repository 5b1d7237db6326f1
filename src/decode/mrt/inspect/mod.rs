//! Single MRT records of a file, field by field as they are stored: the evidence behind a cell of a
//! table.

mod attributes;

use super::bgp4mp::{self, Carried, Sender};
use super::walk::walk;
use super::{MrtRecord, TABLE_DUMP, TABLE_DUMP_V2, corrupt_type, header, table_dump, types};
use crate::decode::bgp::{self, Message};
use crate::decode::bytes::ByteReader;
use crate::model::net::Prefix;
use crate::model::peer::Session;
use crate::model::record::{Carries, Entry, Listing, Record, Route, Update};
use crate::model::time::Timestamp;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// How a record of a file is identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordPosition {
    /// By its offset in the decompressed file.
    At(u64),
    /// As the session's first record with exactly this time.
    FirstOf(Session, Timestamp),
    /// As the session's last record with exactly this time.
    LastOf(Session, Timestamp),
}

/// A record to find, and what to show of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordQuery {
    /// Which record.
    pub position: RecordPosition,
    /// The session whose routes to show.
    pub session: Session,
    /// The prefix whose routes to show.
    pub prefix: Prefix,
}

/// Finds records of one file, in the order of the queries; none for a record that is not there.
///
/// # Errors
/// The file cannot be opened or read from disk.
pub fn find(path: &Path, queries: &[RecordQuery]) -> io::Result<Vec<Option<Record>>> {
    let mut search = Search {
        queries,
        peer_index: Vec::new(),
        found: vec![None; queries.len()],
        to_end: queries.iter().any(|q| q.offset().is_none()),
        furthest: queries
            .iter()
            .filter_map(RecordQuery::offset)
            .max()
            .unwrap_or(0),
    };
    walk(path, &mut |bytes, at| search.record(bytes, at))?;
    Ok(search.found)
}

impl RecordQuery {
    fn offset(&self) -> Option<u64> {
        match self.position {
            RecordPosition::At(offset) => Some(offset),
            RecordPosition::FirstOf(..) | RecordPosition::LastOf(..) => None,
        }
    }
}

struct Search<'a> {
    queries: &'a [RecordQuery],
    /// The dump's peer table.
    peer_index: Vec<Session>,
    found: Vec<Option<Record>>,
    /// Whether the whole file has to be searched.
    to_end: bool,
    /// The largest offset that is asked for.
    furthest: u64,
}

impl Search<'_> {
    fn record(&mut self, bytes: &[u8], offset: u64) -> ControlFlow<()> {
        const PEER_INDEX_TABLE: u16 = 1;
        let record = super::record(bytes, offset);
        if let Some(record) = &record
            && (record.kind, record.subtype) == (TABLE_DUMP_V2, PEER_INDEX_TABLE)
        {
            self.peer_index = table_dump::peer_index(record.body).unwrap_or_default();
        }
        for (query, found) in self.queries.iter().zip(&mut self.found) {
            let is_it = match query.position {
                RecordPosition::At(at) => at == offset,
                RecordPosition::FirstOf(session, time) => {
                    found.is_none() && is_of_session_at(record.as_ref(), session, time)
                }
                RecordPosition::LastOf(session, time) => {
                    is_of_session_at(record.as_ref(), session, time)
                }
            };
            if is_it {
                *found = Some(match &record {
                    Some(record) => fields(record, query, &self.peer_index),
                    None => invalid_timestamp(bytes, offset),
                });
            }
        }
        match !self.to_end && offset >= self.furthest {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Whether a record is of a session, and of exactly this time.
fn is_of_session_at(record: Option<&MrtRecord<'_>>, session: Session, time: Timestamp) -> bool {
    let Some(record) = record.filter(|r| r.time == time.0) else {
        return false;
    };
    if !bgp4mp::names_a_peer(record.kind, record.subtype) {
        return corrupt_type::message(record) == Some(session);
    }
    match bgp4mp::carried(record) {
        Ok((found, _)) => found == session,
        Err((found, _)) => found == Some(session),
    }
}

/// A record whose header is damaged.
fn invalid_timestamp(bytes: &[u8], offset: u64) -> Record {
    let (seconds, type_code, subtype_code, length) = header(bytes).unwrap_or_default();
    let head = attributes::hex(&bytes[..bytes.len().min(64)]);
    Record {
        offset,
        time: Timestamp::from_secs(i64::from(seconds)),
        kind: types::name(type_code, subtype_code),
        type_code,
        subtype_code,
        length,
        session: None,
        carries: Carries::Other(format!(
            "invalid extended timestamp; the record begins {head}"
        )),
    }
}

fn fields(record: &MrtRecord<'_>, query: &RecordQuery, peer_index: &[Session]) -> Record {
    let (session, carries) = match record.kind {
        TABLE_DUMP_V2 => (None, rib_record(record, query, peer_index)),
        TABLE_DUMP => (None, table_dump_record(record, query)),
        _ if bgp4mp::names_a_peer(record.kind, record.subtype) => (
            bgp4mp::session_fields(record),
            carried(record, query.prefix),
        ),
        _ => (
            None,
            unreadable(record, "neither a BGP message nor a RIB record"),
        ),
    };
    Record {
        offset: record.offset,
        time: Timestamp(record.time),
        kind: types::name(record.kind, record.subtype),
        type_code: record.kind,
        subtype_code: record.subtype,
        length: record.length,
        session,
        carries,
    }
}

/// What is wrong with a record, and how its body begins.
fn unreadable(record: &MrtRecord<'_>, reason: &str) -> Carries {
    let head = attributes::hex(&record.body[..record.body.len().min(64)]);
    Carries::Other(format!("{reason}; the record body begins {head}"))
}

fn carried(record: &MrtRecord<'_>, prefix: Prefix) -> Carries {
    let (bytes, four_byte, add_path, found) = match bgp4mp::carried(record) {
        Ok((_, Carried::State { old, new })) => return Carries::StateChange { old, new },
        Ok((
            _,
            Carried::Other
            | Carried::Message {
                sender: Sender::Collector,
                ..
            },
        )) => return unreadable(record, "not an UPDATE"),
        Ok((_, Carried::BareUpdate(bytes))) => {
            let found = bgp::update(bytes, false, false, false);
            (bytes, false, false, found.map(Message::Update))
        }
        Ok((
            _,
            Carried::Message {
                bytes,
                four_byte,
                add_path,
                sender: Sender::Peer,
            },
        )) => {
            let found = bgp::message(bytes, four_byte, add_path, record.length);
            let body = bytes.get(bgp::HEADER..).unwrap_or_default();
            (body, four_byte, add_path, found)
        }
        Err((_, reason)) => return unreadable(record, reason),
    };
    match found {
        Ok(Message::Update(update)) => {
            let attributes = attributes::spell_out(attribute_section(bytes), four_byte);
            Carries::Update(update_fields(&update, add_path, prefix, attributes))
        }
        Ok(Message::NonUpdate) => unreadable(record, "not an UPDATE"),
        Err(reason) => unreadable(record, reason),
    }
}

/// The attributes of a valid UPDATE; of a clipped one, as much of them as there is.
fn attribute_section(bytes: &[u8]) -> &[u8] {
    let mut r = ByteReader(bytes);
    let withdrawn = r.u16().and_then(|n| r.take(usize::from(n)));
    let length = withdrawn.and_then(|_| r.u16());
    length.map_or(&[], |n| &r.0[..usize::from(n).min(r.0.len())])
}

fn update_fields(
    update: &bgp::UpdateMessage<'_>,
    add_path: bool,
    query_prefix: Prefix,
    attributes: Vec<crate::model::record::Attribute>,
) -> Update {
    let routes = |lists: &[Option<bgp::Routes<'_>>; 2]| {
        let (mut count, mut hits) = (0, Vec::new());
        for list in lists.iter().flatten() {
            list.for_each(add_path, |prefix, path_id| {
                count += 1;
                if prefix == query_prefix {
                    let path_id = add_path.then_some(path_id);
                    hits.push(Route { prefix, path_id });
                }
            });
        }
        (count, hits)
    };
    let (withdrawn_routes, withdraws) = routes(&update.withdrawn);
    let (announced_routes, announces) = routes(&update.announced);
    Update {
        withdrawn_routes,
        announced_routes,
        withdraws,
        announces,
        end_of_rib: update.end_of_rib.map(|family| family.label()),
        clipped: update.clipped,
        attributes,
    }
}

fn rib_record(record: &MrtRecord<'_>, query: &RecordQuery, peer_index: &[Session]) -> Carries {
    let found = match table_dump::rib_record(record) {
        Ok(Some(found)) => found,
        Ok(None) => return unreadable(record, "no unicast routes"),
        Err(reason) => return unreadable(record, reason),
    };
    let (mut entries, mut of_peer) = (0, Vec::new());
    for entry in found.entries() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(reason) => return unreadable(record, reason),
        };
        entries += 1;
        if peer_index.get(usize::from(entry.peer)) == Some(&query.session) {
            of_peer.push(Entry {
                peer_index: Some(entry.peer),
                originated: Timestamp::from_secs(i64::from(entry.originated)),
                path_id: found.add_path.then_some(entry.path_id),
                attributes: attributes::spell_out(entry.attributes, true),
            });
        }
    }
    Carries::Rib(Listing {
        prefix: found.prefix,
        entries,
        of_peer,
    })
}

fn table_dump_record(record: &MrtRecord<'_>, query: &RecordQuery) -> Carries {
    let Some(found) = table_dump::table_dump_entries(record) else {
        return unreadable(record, "no unicast routes");
    };
    let (mut entries, mut of_peer) = (0, Vec::new());
    for entry in found {
        let entry = match entry {
            Ok(entry) => entry,
            Err(reason) => return unreadable(record, reason),
        };
        entries += 1;
        if (entry.session, entry.prefix) == (query.session, query.prefix) {
            of_peer.push(Entry {
                peer_index: None,
                originated: Timestamp::from_secs(i64::from(entry.originated)),
                path_id: None,
                attributes: attributes::spell_out(entry.attributes, false),
            });
        }
    }
    Carries::Rib(Listing {
        prefix: query.prefix,
        entries,
        of_peer,
    })
}
