//! Records as they lie in a file, with just so much read of them as it takes to choose among them.

use super::bgp::{self, Message};
use super::mrt::{self, Carried, Sender};
use super::record::walk;
use super::rib;
use crate::model::net::{Family, Prefix};
use crate::model::peer::Session;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// Type of a record that pads a file: NULL, which "causes no operation" (RFC 6396 §B.1.1).
pub const PADDING: u16 = mrt::NULL;
/// Length of a record's header.
pub const HEADER: usize = mrt::HEADER;

/// A whole record.
#[derive(Clone, Copy)]
pub struct Raw<'a> {
    /// All of it, header and body.
    pub bytes: &'a [u8],
    /// Where it starts, decompressed.
    pub offset: u64,
    /// The header's seconds.
    pub seconds: u32,
    /// Microseconds since the epoch.
    pub time: i64,
}

/// What a session said in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Which session.
    pub session: Session,
    /// Whether it spoke of routes of a family.
    pub families: [bool; 2],
    /// Whether its path begins with another AS than the peer's own; nothing where it announces
    /// no routes.
    pub foreign: Option<bool>,
    /// The collector cut it.
    pub clipped: bool,
}

/// What a record of a dump lists, by places in the peer table or, in old dumps, by session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which prefix.
    pub prefix: Prefix,
    /// Who has it, and whether the path begins with another AS than the peer's own. A peer is
    /// there as often as it has paths.
    pub by: Vec<(Session, bool)>,
}

/// Shows the whole records of a file in order, those before `end` only.
///
/// # Errors
/// The file cannot be opened or read from disk.
pub fn each(path: &Path, end: u64, visit: &mut dyn FnMut(Raw<'_>)) -> io::Result<()> {
    walk(path, &mut |bytes, offset| {
        if offset >= end {
            return ControlFlow::Break(());
        }
        let seconds = mrt::header(bytes).map_or(0, |h| h.0);
        let whole = i64::from(seconds) * crate::model::time::SECOND;
        let time = mrt::record(bytes, offset).map_or(whole, |r| r.time);
        visit(Raw {
            bytes,
            offset,
            seconds,
            time,
        });
        ControlFlow::Continue(())
    })
}

impl Raw<'_> {
    /// Whether it is padding, which says nothing.
    pub fn is_padding(&self) -> bool {
        mrt::is_padding(self.bytes)
    }

    /// The session that it names, and what that said; nothing for a record that names none.
    pub fn said(&self) -> Option<Said> {
        let record = mrt::record(self.bytes, self.offset)?;
        if !matches!(record.kind, mrt::BGP | mrt::BGP4MP | mrt::BGP4MP_ET)
            || !mrt::names_a_peer(record.kind, record.subtype)
        {
            return None;
        }
        let silent = |session| Said {
            session,
            families: [false; 2],
            foreign: None,
            clipped: false,
        };
        let (session, carried) = match mrt::carried(&record) {
            Ok(found) => found,
            Err((session, _)) => return session.map(silent),
        };
        let Some((update, _)) = update(&record, &carried) else {
            return Some(silent(session));
        };
        let mut families = [false; 2];
        let spoken = update.withdrawn.iter().chain(&update.announced).flatten();
        for routes in spoken {
            families[routes.family.index()] = true;
        }
        let announces = update.announced.iter().any(Option::is_some);
        let first = update.path.first();
        Some(Said {
            session,
            families,
            foreign: announces.then(|| first.is_some_and(|asn| asn != session.asn)),
            clipped: update.clipped,
        })
    }

    /// The prefixes that it announces.
    pub fn announced(&self) -> Vec<Prefix> {
        let mut prefixes = Vec::new();
        let Some(record) = mrt::record(self.bytes, self.offset) else {
            return prefixes;
        };
        if let Ok((_, carried)) = mrt::carried(&record)
            && let Some((update, add_path)) = update(&record, &carried)
        {
            for routes in update.announced.iter().flatten() {
                routes.each(add_path, |prefix, _| prefixes.push(prefix));
            }
        }
        prefixes
    }

    /// The peers of a dump's peer table; nothing for any other record.
    pub fn peer_table(&self) -> Option<Vec<Session>> {
        const PEER_INDEX_TABLE: u16 = 1;
        let record = mrt::record(self.bytes, self.offset)?;
        let is_one = (record.kind, record.subtype) == (mrt::TABLE_DUMP_V2, PEER_INDEX_TABLE);
        is_one.then(|| rib::peer_index(record.body).unwrap_or_default())
    }

    /// What it lists, in a dump with this peer table; nothing where it lists no unicast routes
    /// (a collector puts routes of several prefixes into an old record at times: then one for each).
    pub fn listed(&self, peers: &[Session]) -> Vec<Listed> {
        let Some(record) = mrt::record(self.bytes, self.offset) else {
            return Vec::new();
        };
        if record.kind == mrt::TABLE_DUMP {
            let entries = rib::old_entries(&record).into_iter().flatten().flatten();
            let one = |e: rib::OldEntry<'_>| {
                let foreign = e.path.first().is_some_and(|asn| asn != e.session.asn);
                let by = vec![(e.session, foreign)];
                Listed {
                    prefix: e.prefix,
                    by,
                }
            };
            return entries.map(one).collect();
        }
        if record.kind != mrt::TABLE_DUMP_V2 {
            return Vec::new();
        }
        let Ok(Some(listing)) = rib::listing(&record) else {
            return Vec::new();
        };
        let by = listing.entries().flatten().filter_map(|entry| {
            let session = *peers.get(usize::from(entry.peer))?;
            let first = match bgp::usual_first_asn(entry.attributes) {
                Ok(asn) => Some(asn),
                Err(()) => bgp::rib_path(entry.attributes, true)
                    .ok()
                    .and_then(|p| p.first()),
            };
            Some((session, first.is_some_and(|asn| asn != session.asn)))
        });
        vec![Listed {
            prefix: listing.prefix,
            by: by.collect(),
        }]
    }
}

impl Listed {
    /// The family of its prefix.
    pub const fn family(&self) -> Family {
        self.prefix.family()
    }
}

fn update<'a>(record: &mrt::Record<'_>, carried: &Carried<'a>) -> Option<(bgp::Update<'a>, bool)> {
    match *carried {
        Carried::BareUpdate(bytes) => Some((bgp::update(bytes, false, false, false).ok()?, false)),
        Carried::Message {
            sender: Sender::Collector,
            ..
        } => None,
        Carried::Message {
            bytes,
            four_byte,
            add_path,
            sender: Sender::Peer,
        } => match bgp::message(bytes, four_byte, add_path, record.length) {
            Ok(Message::Update(update)) => Some((update, add_path)),
            Ok(Message::Other) | Err(_) => None,
        },
        Carried::State { .. } | Carried::Other => None,
    }
}
