//! RIB dumps: TABLE_DUMP_V2 (RFC 6396 §4.3), with path ids RFC 8050 §4.

use super::attributes::{put_asn, put_prefix, rib_attributes};
use super::{
    AsnSize, EncodeError, EventTable, Line, MrtFile, PathIds, RawBody, RibContent, RibLine, filler,
    seconds,
};
use crate::model::net::{Family, Prefix};
use crate::model::path::{AsPath, Segment};
use crate::model::peer::Session;
use crate::model::time::Timestamp;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

const TABLE_DUMP_V2: u16 = 13;
const PEER_INDEX_TABLE: u16 = 1;
/// BGP identifiers: the collector's, and that of peers with an IPv6 address.
const COLLECTOR_ID: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 254);
const PEER_ID: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// How long before its record a route was learned, in seconds.
const AGE_SECONDS: u32 = 3600;
/// The origin AS of filler routes.
const FILLER_ORIGIN: u32 = 64496;

/// An entry of the dump. Its fields are in the order by which entries are sorted.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct DumpRoute {
    prefix: Prefix,
    path_ids: PathIds,
    peer: u16,
    id: u32,
    line: usize,
    time: Timestamp,
    /// Index of its attributes in the list of all.
    attributes: usize,
}

/// A record of the dump, before it is encoded.
enum DumpRecord<'a> {
    Routes(&'a [DumpRoute]),
    Raw(&'a RawBody),
}

/// Encodes the dump that these lines describe.
pub(super) fn dump(lines: &[&Line<RibLine>], events: &EventTable) -> Result<MrtFile, EncodeError> {
    let sessions: BTreeSet<_> = lines
        .iter()
        .filter(|line| !matches!(line.content.content, RibContent::Raw(_)))
        .map(|line| line.session)
        .collect();
    let sessions: Vec<_> = sessions.into_iter().collect();

    let mut attributes = Vec::new();
    let mut routes = Vec::new();
    for line in lines {
        let peer = sessions.binary_search(&line.session).unwrap_or_default();
        let peer = u16::try_from(peer)
            .ok()
            .filter(|&peer| peer < u16::MAX)
            .ok_or_else(|| line.error("a dump has room for 65535 peers; write another `dump=`"))?;
        let route = |prefix, id, attributes| DumpRoute {
            prefix,
            path_ids: events.options(line.session).path_ids,
            peer,
            id,
            line: line.number,
            time: line.time,
            attributes,
        };
        let of_route = match &line.content.content {
            RibContent::Member | RibContent::Raw(_) => continue,
            RibContent::Route { prefix, path, id } => {
                routes.push(route(*prefix, id.unwrap_or(0), attributes.len()));
                rib_attributes(line.session, prefix.family(), path)
            }
            RibContent::Table { family, count } => {
                routes.extend((0..*count).map(|i| route(filler(*family, i), 0, attributes.len())));
                rib_attributes(line.session, *family, &filler_path(line.session))
            }
        };
        if of_route.len() > usize::from(u16::MAX) {
            return Err(line.error("the path does not fit a RIB entry; write a shorter one"));
        }
        attributes.push(of_route);
    }
    routes.sort_unstable();
    find_duplicate(&routes, &sessions)?;

    let mut file = MrtFile::default();
    let first = lines.iter().map(|line| line.time).min();
    let index = peer_index(&sessions, events);
    file.push(
        first.unwrap_or(Timestamp(0)),
        TABLE_DUMP_V2,
        PEER_INDEX_TABLE,
        &index,
    );
    let mut sequence: u32 = 0;
    for (time, record) in in_order(&routes, lines) {
        match record {
            DumpRecord::Raw(raw) => file.push(time, raw.kind, raw.subtype, &raw.body),
            DumpRecord::Routes(routes) => {
                let (subtype, body) = rib_record(sequence, routes, &attributes);
                file.push(time, TABLE_DUMP_V2, subtype, &body);
                sequence = sequence.wrapping_add(1);
            }
        }
    }
    Ok(file)
}

/// The records by time, then prefix; raw records come after the routes of the same second.
fn in_order<'a>(
    routes: &'a [DumpRoute],
    lines: &[&'a Line<RibLine>],
) -> Vec<(Timestamp, DumpRecord<'a>)> {
    let mut records = Vec::new();
    for of_prefix in routes.chunk_by(|a, b| a.prefix == b.prefix) {
        let time = of_prefix.iter().map(|r| r.time).min();
        for group in of_prefix.chunk_by(|a, b| a.path_ids == b.path_ids) {
            records.push((time.unwrap_or(Timestamp(0)), DumpRecord::Routes(group)));
        }
    }
    for line in lines {
        if let RibContent::Raw(raw) = &line.content.content {
            records.push((line.time, DumpRecord::Raw(raw)));
        }
    }
    records.sort_by_key(|(time, _)| *time);
    records
}

/// Checks that a peer has one route to a prefix, or with ADD-PATH one per path identifier.
fn find_duplicate(routes: &[DumpRoute], sessions: &[Session]) -> Result<(), EncodeError> {
    let key = |r: &DumpRoute| (r.prefix, r.peer, r.id);
    let Some([first, second]) = routes
        .array_windows()
        .find(|[first, second]| key(first) == key(second))
    else {
        return Ok(());
    };
    let peer = sessions
        .get(usize::from(first.peer))
        .map(|s| format!("`{}@{}`", s.asn, s.ip));
    Err(EncodeError::Line {
        line: second.line,
        message: format!(
            "{} has {} in this dump already, from line {}; leave one out, or distinguish them by \
             `id=` (with `peer ASN@IP addpath`) or `dump=`",
            peer.unwrap_or_default(),
            first.prefix,
            first.line
        ),
    })
}

/// The body of PEER_INDEX_TABLE (RFC 6396 §4.3.1), the view's name empty.
fn peer_index(sessions: &[Session], events: &EventTable) -> Vec<u8> {
    let mut out = COLLECTOR_ID.octets().to_vec();
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&count16(sessions.len()));
    for session in sessions {
        let size = events.options(*session).asn_size;
        let wide_asn = match size {
            AsnSize::Two => 0,
            AsnSize::Four => 2,
        };
        match session.ip {
            IpAddr::V4(ip) => {
                out.push(wide_asn);
                out.extend_from_slice(&ip.octets());
                out.extend_from_slice(&ip.octets());
            }
            IpAddr::V6(ip) => {
                out.push(wide_asn | 1);
                out.extend_from_slice(&PEER_ID.octets());
                out.extend_from_slice(&ip.octets());
            }
        }
        put_asn(&mut out, session.asn, size);
    }
    out
}

/// Subtype and body of a RIB record (RFC 6396 §4.3.2, RFC 8050 §4), the routes of one prefix.
fn rib_record(sequence: u32, routes: &[DumpRoute], attributes: &[Vec<u8>]) -> (u16, Vec<u8>) {
    let mut out = sequence.to_be_bytes().to_vec();
    let mut subtype = 0;
    for (i, route) in routes.iter().enumerate() {
        if i == 0 {
            subtype = subtype_of(route);
            put_prefix(&mut out, route.prefix);
            out.extend_from_slice(&count16(routes.len()));
        }
        out.extend_from_slice(&route.peer.to_be_bytes());
        let learned = seconds(route.time).saturating_sub(AGE_SECONDS);
        out.extend_from_slice(&learned.to_be_bytes());
        if route.path_ids == PathIds::With {
            out.extend_from_slice(&route.id.to_be_bytes());
        }
        let of_route = attributes.get(route.attributes).map_or(&[][..], |a| a);
        out.extend_from_slice(&count16(of_route.len()));
        out.extend_from_slice(of_route);
    }
    (subtype, out)
}

fn subtype_of(route: &DumpRoute) -> u16 {
    match (route.prefix.family(), route.path_ids) {
        (Family::V4, PathIds::Without) => 2,
        (Family::V6, PathIds::Without) => 4,
        (Family::V4, PathIds::With) => 8,
        (Family::V6, PathIds::With) => 10,
    }
}

fn filler_path(session: Session) -> AsPath {
    AsPath {
        segments: vec![Segment::Sequence(vec![session.asn, FILLER_ORIGIN])],
    }
}

fn count16(count: usize) -> [u8; 2] {
    u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes()
}
