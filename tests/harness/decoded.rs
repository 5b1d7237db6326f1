//! Files as `decode` reads them, and what they record in terms that do not depend on the decoder.

use dropline::decode::{self, CoveringDetail, Filter, Scan};
use dropline::model::archive::{FileContents, FileKind};
use dropline::model::net::Family;
use dropline::model::route::{RouteAction, SessionEvent};
use dropline::model::time::Timestamp;
use dropline::watchlist::{PrefixSet, WatchList, asked};
use ipnet::IpNet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a record states about one peer, in terms that are independent of the decoder's own types.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recorded {
    /// Record time, microseconds since the epoch; 0 for a RIB's, which is not kept.
    pub time: i64,
    pub asn: u32,
    pub ip: IpAddr,
    pub action: RecordedAction,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RecordedAction {
    Withdraw(IpNet, u32),
    Announce(IpNet, u32, Arc<str>),
    /// A RIB entry.
    Listed(IpNet, u32, Arc<str>),
    State(u16, u16),
    /// `true` for IPv6.
    EndOfRib(bool),
}

pub fn everything() -> WatchList {
    let all = ["0.0.0.0/0", "::/0"].map(|block| block.parse().expect("a block"));
    WatchList::new(asked(all, []))
}

pub fn decode(path: &Path, kind: FileKind, filter: Filter<'_>) -> FileContents {
    decode::file(path, &whole(kind, filter)).expect("a file that can be read")
}

/// As `decode`, without the paths of covering routes.
pub fn decode_bare(path: &Path, kind: FileKind, filter: Filter<'_>) -> FileContents {
    let scan = Scan {
        covering: CoveringDetail::PresenceOnly,
        ..whole(kind, filter)
    };
    decode::file(path, &scan).expect("a file that can be read")
}

fn whole(kind: FileKind, filter: Filter<'_>) -> Scan<'_> {
    Scan {
        kind,
        filter,
        from: Timestamp(i64::MIN),
        to: Timestamp(i64::MAX),
        silence: None,
        covering: CoveringDetail::Full,
        transfers: &[],
        progress: &|_| {},
    }
}

/// Decodes a file for everything on a watch list.
pub fn find(path: &Path, kind: FileKind, list: &WatchList) -> FileContents {
    let discovered = &PrefixSet::default();
    decode(path, kind, Filter::WatchList { list, discovered })
}

/// As `find`, without the paths of covering routes.
pub fn find_bare(path: &Path, kind: FileKind, list: &WatchList) -> FileContents {
    let discovered = &PrefixSet::default();
    decode_bare(path, kind, Filter::WatchList { list, discovered })
}

/// What a decoded file records, with the offsets of the records.
pub fn recorded(decoded: &FileContents) -> impl Iterator<Item = (u64, Recorded)> + '_ {
    let nets: Vec<IpNet> = decoded.prefixes.iter().map(|p| p.to_net()).collect();
    let paths: Vec<Arc<str>> = decoded.paths.iter().map(|p| p.to_string().into()).collect();
    let recorded_by = |time, peer: u32, action| {
        let session = decoded.peers[peer as usize].session;
        Recorded {
            time,
            asn: session.asn,
            ip: session.ip,
            action,
        }
    };
    let (event_nets, event_paths) = (nets.clone(), paths.clone());
    let sessions = decoded.sessions.iter().filter_map(move |record| {
        let action = match record.event {
            SessionEvent::State { old, new } => RecordedAction::State(old, new),
            SessionEvent::EndOfRib(family) => RecordedAction::EndOfRib(family == Family::V6),
            // A session is up, or a record is damaged: the record itself carries no route.
            SessionEvent::Update | SessionEvent::Damage => return None,
        };
        Some((
            record.offset,
            recorded_by(record.time.0, record.peer, action),
        ))
    });
    let routes = decoded.routes.iter().map(move |route| {
        let net = event_nets[route.prefix as usize];
        let path_of = |path: u32| event_paths[path as usize].clone();
        let action = match route.action {
            RouteAction::Announce { path_id, path } => {
                RecordedAction::Announce(net, path_id, path_of(path))
            }
            RouteAction::Withdraw { path_id } => RecordedAction::Withdraw(net, path_id),
            RouteAction::Listed { path_id, path } => {
                RecordedAction::Listed(net, path_id, path_of(path))
            }
        };
        (route.offset, recorded_by(route.time.0, route.peer, action))
    });
    let entries = decoded.entries.iter().map(move |entry| {
        let path = paths[entry.path as usize].clone();
        let action = RecordedAction::Listed(nets[entry.prefix as usize], entry.path_id, path);
        (entry.offset, recorded_by(0, entry.peer, action))
    });
    // In the order of the file: what a message says of its session comes first.
    let mut messages: Vec<(u64, Recorded)> = sessions.chain(routes).collect();
    messages.sort_by_key(|(offset, _)| *offset);
    messages.into_iter().chain(entries)
}

/// Writes bytes to a file of their own.
pub fn plain_file(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, bytes).expect("a file can be written");
    path
}
