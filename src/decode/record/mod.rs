//! Single records of a file, taken apart field by field as they stand there: the evidence behind a
//! cell. The file is read from its start, for that is how compressed files are read.

mod attributes;

use super::bgp::{self, Message};
use super::buffer::Buffer;
use super::container::Container;
use super::mrt::{self, Carried, Reader, Sender};
use super::rib;
use super::source::Fault;
use super::turned;
use crate::model::net::Prefix;
use crate::model::peer::Session;
use crate::model::record::{Carries, Entry, Listing, Record, Route, Update};
use crate::model::time::Timestamp;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// Which record of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The one that starts so far into the decompressed file.
    At(u64),
    /// A session's first with this very time, microseconds.
    FirstOf(Session, i64),
    /// A session's last with this very time, microseconds.
    LastOf(Session, i64),
}

/// A record that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub place: Place,
    /// Whose part of it is in question.
    pub session: Session,
    /// Which prefix is in question.
    pub prefix: Prefix,
}

/// Looks for records of one file; nothing stands for one that is not there.
///
/// # Errors
/// The file cannot be opened or read from disk.
pub fn find(path: &Path, wanted: &[Wanted]) -> io::Result<Vec<Option<Record>>> {
    let mut search = Search {
        wanted,
        index: Vec::new(),
        found: vec![None; wanted.len()],
        to_end: wanted.iter().any(|w| !matches!(w.place, Place::At(_))),
        furthest: wanted.iter().filter_map(Wanted::offset).max().unwrap_or(0),
    };
    walk(path, &mut |bytes, at| search.record(bytes, at))?;
    Ok(search.found)
}

impl Wanted {
    fn offset(&self) -> Option<u64> {
        match self.place {
            Place::At(offset) => Some(offset),
            Place::FirstOf(..) | Place::LastOf(..) => None,
        }
    }
}

/// Shows every whole record of a file, up to where it cannot be read on.
pub(super) fn walk(
    path: &Path,
    visit: &mut dyn FnMut(&[u8], u64) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut container = Container::open(path)?;
    let mut buffer = Buffer::default();
    let mut offset = 0u64;
    loop {
        while let Some((_, _, _, length)) = mrt::header(buffer.filled()) {
            let end = mrt::HEADER + length;
            if length > mrt::MAX_BODY {
                return Ok(());
            }
            let Some(record) = buffer.filled().get(..end) else {
                break;
            };
            if visit(record, offset).is_break() {
                return Ok(());
            }
            buffer.consume(end);
            offset += end as u64;
        }
        match container.fill(&mut buffer) {
            Ok(true) => {}
            Err(Fault::Io(e)) => return Err(e),
            Ok(false) | Err(_) => return Ok(()),
        }
    }
}

struct Search<'a> {
    wanted: &'a [Wanted],
    /// The dump's peer table.
    index: Vec<Session>,
    found: Vec<Option<Record>>,
    to_end: bool,
    furthest: u64,
}

impl Search<'_> {
    fn record(&mut self, bytes: &[u8], offset: u64) -> ControlFlow<()> {
        const PEER_INDEX_TABLE: u16 = 1;
        let record = mrt::record(bytes, offset);
        if let Some(record) = &record
            && (record.kind, record.subtype) == (mrt::TABLE_DUMP_V2, PEER_INDEX_TABLE)
        {
            self.index = rib::peer_index(record.body).unwrap_or_default();
        }
        for (wanted, found) in self.wanted.iter().zip(&mut self.found) {
            let is_it = match wanted.place {
                Place::At(at) => at == offset,
                Place::FirstOf(session, time) => {
                    found.is_none() && says(record.as_ref(), session, time)
                }
                Place::LastOf(session, time) => says(record.as_ref(), session, time),
            };
            if is_it {
                *found = Some(match &record {
                    Some(record) => fields(record, wanted, &self.index),
                    None => broken(bytes, offset),
                });
            }
        }
        match !self.to_end && offset >= self.furthest {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Whether a record is a session's, and of this very time.
fn says(record: Option<&mrt::Record<'_>>, session: Session, time: i64) -> bool {
    let Some(record) = record.filter(|r| r.time == time) else {
        return false;
    };
    if !mrt::names_a_peer(record.kind, record.subtype) {
        return turned::message(record) == Some(session);
    }
    match mrt::carried(record) {
        Ok((whose, _)) => whose == session,
        Err((whose, _)) => whose == Some(session),
    }
}

/// A record whose very header is damaged.
fn broken(bytes: &[u8], offset: u64) -> Record {
    let (seconds, type_code, subtype_code, length) = mrt::header(bytes).unwrap_or_default();
    let head = attributes::hex(&bytes[..bytes.len().min(64)]);
    Record {
        offset,
        time: Timestamp::from_secs(i64::from(seconds)),
        kind: mrt::label(type_code, subtype_code),
        type_code,
        subtype_code,
        length,
        session: None,
        carries: Carries::Other(format!(
            "invalid extended timestamp; the record begins {head}"
        )),
    }
}

fn fields(record: &mrt::Record<'_>, wanted: &Wanted, index: &[Session]) -> Record {
    let (session, carries) = match record.kind {
        mrt::TABLE_DUMP_V2 => (None, listing(record, wanted, index)),
        mrt::TABLE_DUMP => (None, old_listing(record, wanted)),
        _ if mrt::names_a_peer(record.kind, record.subtype) => {
            (mrt::session_fields(record), carried(record, wanted.prefix))
        }
        _ => (
            None,
            unreadable(record, "neither a BGP message nor a RIB record"),
        ),
    };
    Record {
        offset: record.offset,
        time: Timestamp(record.time),
        kind: mrt::label(record.kind, record.subtype),
        type_code: record.kind,
        subtype_code: record.subtype,
        length: record.length,
        session,
        carries,
    }
}

/// What is wrong, and how the record begins.
fn unreadable(record: &mrt::Record<'_>, reason: &str) -> Carries {
    let head = attributes::hex(&record.body[..record.body.len().min(64)]);
    Carries::Other(format!("{reason}; the record body begins {head}"))
}

fn carried(record: &mrt::Record<'_>, prefix: Prefix) -> Carries {
    let (bytes, four_byte, add_path, found) = match mrt::carried(record) {
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
            let behind = bytes.get(bgp::HEADER..).unwrap_or_default();
            (behind, four_byte, add_path, found)
        }
        Err((_, reason)) => return unreadable(record, reason),
    };
    match found {
        Ok(Message::Update(update)) => {
            let attributes = attributes::all(section(bytes), four_byte);
            Carries::Update(spelled(&update, add_path, prefix, attributes))
        }
        Ok(Message::Other) => unreadable(record, "not an UPDATE"),
        Err(reason) => unreadable(record, reason),
    }
}

/// The attributes of an UPDATE that has been checked; of a clipped one, what is there of them.
fn section(bytes: &[u8]) -> &[u8] {
    let mut r = Reader(bytes);
    let withdrawn = r.u16().and_then(|n| r.take(usize::from(n)));
    let length = withdrawn.and_then(|_| r.u16());
    length.map_or(&[], |n| &r.0[..usize::from(n).min(r.0.len())])
}

fn spelled(
    update: &bgp::Update<'_>,
    add_path: bool,
    asked: Prefix,
    attributes: Vec<crate::model::record::Attribute>,
) -> Update {
    let routes = |lists: &[Option<bgp::Routes<'_>>; 2]| {
        let (mut count, mut hits) = (0, Vec::new());
        for list in lists.iter().flatten() {
            list.each(add_path, |prefix, path_id| {
                count += 1;
                if prefix == asked {
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

fn listing(record: &mrt::Record<'_>, wanted: &Wanted, index: &[Session]) -> Carries {
    let found = match rib::listing(record) {
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
        if index.get(usize::from(entry.peer)) == Some(&wanted.session) {
            of_peer.push(Entry {
                peer_index: Some(entry.peer),
                originated: Timestamp::from_secs(i64::from(entry.originated)),
                path_id: found.add_path.then_some(entry.path_id),
                attributes: attributes::all(entry.attributes, true),
            });
        }
    }
    Carries::Rib(Listing {
        prefix: found.prefix,
        entries,
        of_peer,
    })
}

fn old_listing(record: &mrt::Record<'_>, wanted: &Wanted) -> Carries {
    let Some(found) = rib::old_entries(record) else {
        return unreadable(record, "no unicast routes");
    };
    let (mut entries, mut of_peer) = (0, Vec::new());
    for entry in found {
        let entry = match entry {
            Ok(entry) => entry,
            Err(reason) => return unreadable(record, reason),
        };
        entries += 1;
        if (entry.session, entry.prefix) == (wanted.session, wanted.prefix) {
            of_peer.push(Entry {
                peer_index: None,
                originated: Timestamp::from_secs(i64::from(entry.originated)),
                path_id: None,
                attributes: attributes::all(entry.attributes, false),
            });
        }
    }
    Carries::Rib(Listing {
        prefix: wanted.prefix,
        entries,
        of_peer,
    })
}
