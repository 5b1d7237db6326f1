//! MRT records as they are stored in a file, parsed only as far as needed to choose among them: a slice
//! of an archive copies records byte by byte.

use super::walk::walk;
use super::{BGP, BGP4MP, BGP4MP_ET, TABLE_DUMP, TABLE_DUMP_V2, bgp4mp, header, table_dump};
use crate::decode::bgp;
use crate::model::net::{Family, Prefix};
use crate::model::peer::Session;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

/// Type of a record that pads a file: NULL, which "causes no operation" (RFC 6396 §B.1.1).
pub(crate) const PADDING: u16 = super::NULL;
/// Length of a record's header.
pub(crate) const HEADER: usize = super::HEADER;

/// A complete MRT record.
#[derive(Clone, Copy)]
pub(crate) struct RawRecord<'a> {
    /// Its bytes, header and body.
    pub bytes: &'a [u8],
    /// Where it starts in the decompressed file.
    pub offset: u64,
    /// The header's seconds.
    pub seconds: u32,
    /// Microseconds since the epoch.
    pub time: i64,
}

/// The session of a record, and what its UPDATE contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionSummary {
    /// The peer's session.
    pub session: Session,
    /// Whether it withdraws or announces prefixes of each family.
    pub families: [bool; 2],
    /// Whether its path begins with another AS than the peer's own; none if it announces nothing.
    pub foreign: Option<bool>,
    /// Whether the collector cut the message off.
    pub clipped: bool,
}

/// The routes to one prefix in a RIB dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrefixRoutes {
    /// The prefix.
    pub prefix: Prefix,
    /// The peers with a route, and whether the route's path begins with another AS than the peer's own.
    /// A peer is listed once per path.
    pub peers: Vec<(Session, bool)>,
}

/// Visits the complete records of a file in order, those that start before offset `end`.
///
/// # Errors
/// The file cannot be opened or read from disk.
pub(crate) fn for_each(
    path: &Path,
    end: u64,
    visit: &mut dyn FnMut(RawRecord<'_>),
) -> io::Result<()> {
    walk(path, &mut |bytes, offset| {
        if offset >= end {
            return ControlFlow::Break(());
        }
        let seconds = header(bytes).map_or(0, |h| h.0);
        let whole = i64::from(seconds) * crate::model::time::SECOND;
        let time = super::record(bytes, offset).map_or(whole, |r| r.time);
        visit(RawRecord {
            bytes,
            offset,
            seconds,
            time,
        });
        ControlFlow::Continue(())
    })
}

impl RawRecord<'_> {
    /// Whether it is padding, which carries nothing.
    pub(crate) fn is_padding(&self) -> bool {
        super::is_padding(self.bytes)
    }

    /// The session that it names, and what it carries; none for a record that names no session.
    pub(crate) fn session(&self) -> Option<SessionSummary> {
        let record = super::record(self.bytes, self.offset)?;
        if !matches!(record.kind, BGP | BGP4MP | BGP4MP_ET)
            || !bgp4mp::names_a_peer(record.kind, record.subtype)
        {
            return None;
        }
        let without_routes = |session| SessionSummary {
            session,
            families: [false; 2],
            foreign: None,
            clipped: false,
        };
        let (session, carried) = match bgp4mp::carried(&record) {
            Ok(found) => found,
            Err((session, _)) => return session.map(without_routes),
        };
        let Some((update, _)) = bgp4mp::update_of(&record, &carried) else {
            return Some(without_routes(session));
        };
        let mut families = [false; 2];
        for routes in update.withdrawn.iter().chain(&update.announced).flatten() {
            families[routes.family.index()] = true;
        }
        let announces = update.announced.iter().any(Option::is_some);
        let first = update.path.first();
        Some(SessionSummary {
            session,
            families,
            foreign: announces.then(|| first.is_some_and(|asn| asn != session.asn)),
            clipped: update.clipped,
        })
    }

    /// The prefixes that it announces.
    pub(crate) fn announced(&self) -> Vec<Prefix> {
        let mut prefixes = Vec::new();
        let Some(record) = super::record(self.bytes, self.offset) else {
            return prefixes;
        };
        if let Ok((_, carried)) = bgp4mp::carried(&record)
            && let Some((update, add_path)) = bgp4mp::update_of(&record, &carried)
        {
            for routes in update.announced.iter().flatten() {
                routes.for_each(add_path, |prefix, _| prefixes.push(prefix));
            }
        }
        prefixes
    }

    /// The peers of a PEER_INDEX_TABLE; none for any other record.
    pub(crate) fn peer_table(&self) -> Option<Vec<Session>> {
        const PEER_INDEX_TABLE: u16 = 1;
        let record = super::record(self.bytes, self.offset)?;
        let is_one = (record.kind, record.subtype) == (TABLE_DUMP_V2, PEER_INDEX_TABLE);
        is_one.then(|| table_dump::peer_index(record.body).unwrap_or_default())
    }

    /// The unicast routes in a record of a dump with this peer table. A TABLE_DUMP record can have routes
    /// to several prefixes: then there is one item for each.
    pub(crate) fn rib_routes(&self, peers: &[Session]) -> Vec<PrefixRoutes> {
        let Some(record) = super::record(self.bytes, self.offset) else {
            return Vec::new();
        };
        if record.kind == TABLE_DUMP {
            let entries = table_dump::table_dump_entries(&record)
                .into_iter()
                .flatten()
                .flatten();
            let one = |e: table_dump::TableDumpEntry<'_>| {
                let foreign = e.path.first().is_some_and(|asn| asn != e.session.asn);
                PrefixRoutes {
                    prefix: e.prefix,
                    peers: vec![(e.session, foreign)],
                }
            };
            return entries.map(one).collect();
        }
        if record.kind != TABLE_DUMP_V2 {
            return Vec::new();
        }
        let Ok(Some(rib)) = table_dump::rib_record(&record) else {
            return Vec::new();
        };
        let routes = rib.entries().flatten().filter_map(|entry| {
            let session = *peers.get(usize::from(entry.peer))?;
            let first = match bgp::usual_first_asn(entry.attributes) {
                Ok(asn) => Some(asn),
                Err(()) => bgp::rib_path(entry.attributes, true)
                    .ok()
                    .and_then(|p| p.first()),
            };
            Some((session, first.is_some_and(|asn| asn != session.asn)))
        });
        vec![PrefixRoutes {
            prefix: rib.prefix,
            peers: routes.collect(),
        }]
    }
}

impl PrefixRoutes {
    /// The family of its prefix.
    pub(crate) const fn family(&self) -> Family {
        self.prefix.family()
    }
}
