//! Route events: what a file records of routes and sessions, and how the presence of a prefix at a
//! peer changes by it.

use super::net::Family;
use super::peer::PeerId;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Index into a list of prefixes: a file's own list, or the run's.
pub(crate) type PrefixId = u32;
/// Index into a list of AS paths: a file's own list, or the run's.
pub(crate) type PathId = u32;
/// Index into the run's list of files, in the order of collector and start.
pub(crate) type FileId = u32;

/// In place of an index: no path, no file.
pub(crate) const NONE: u32 = u32::MAX;

/// What a record does to one route of one peer. The same type serves a file and a run: only the
/// list that `path` points into differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RouteAction {
    /// The peer announced the prefix (RFC 4271 §4.3).
    Announce {
        /// Path identifier of ADD-PATH (RFC 7911), 0 on a session without it.
        path_id: u32,
        /// AS path of the announcement.
        path: PathId,
    },
    /// The peer withdrew the prefix.
    Withdraw {
        /// Path identifier of ADD-PATH, 0 on a session without it.
        path_id: u32,
    },
    /// A RIB dump lists the route in the peer's table (RFC 6396 §4.3).
    Listed {
        /// Path identifier of ADD-PATH, 0 in a dump without it.
        path_id: u32,
        /// AS path of the entry.
        path: PathId,
    },
}

/// A route of the watch list in an update file. Peer, prefix and path are indices into the lists of
/// that file's [`FileContents`](super::archive::FileContents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteEvent {
    /// Time of the record.
    pub time: Timestamp,
    /// Offset of the record in the decompressed file.
    pub offset: u64,
    /// The peer that sent the message.
    pub peer: u32,
    /// The prefix.
    pub prefix: PrefixId,
    /// What the message does to the route.
    pub action: RouteAction,
}

/// What a record of an update file means for a session, whatever is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionEvent {
    /// The state of the session's finite state machine changed (RFC 6396 §4.4.1).
    State {
        /// State left; 6 is Established.
        old: u16,
        /// State entered.
        new: u16,
    },
    /// The session's first UPDATE in a file, or after a state change: it is established.
    Update,
    /// End-of-RIB of a family (RFC 4724 §2).
    EndOfRib(Family),
    /// A record of the session cannot be read.
    Damage,
}

/// A [`SessionEvent`] with the record of an update file that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// Time of the record.
    pub time: Timestamp,
    /// Offset of the record in the decompressed file.
    pub offset: u64,
    /// The peer, as an index into the file's own list.
    pub peer: u32,
    /// What happened.
    pub event: SessionEvent,
}

/// A route of the watch list in a RIB dump, with the file's own indices. It has no time: a dump
/// acts as one step, and an entry's own time is when the route was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RibEntry {
    /// The peer whose table has the route.
    pub peer: u32,
    /// The prefix.
    pub prefix: PrefixId,
    /// Path identifier of ADD-PATH (RFC 7911), 0 in a dump without it.
    pub path_id: u32,
    /// AS path of the route.
    pub path: PathId,
    /// Offset of the record in the decompressed file.
    pub offset: u64,
}

impl RibEntry {
    /// The entry as an action on the peer's route.
    pub const fn action(&self) -> RouteAction {
        RouteAction::Listed {
            path_id: self.path_id,
            path: self.path,
        }
    }
}

/// Whether a peer has a route to a prefix. The rules are in `docs/method.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// A RIB lists it, or the peer announced it.
    Present,
    /// A RIB lists the peer but not the prefix, or the peer withdrew it.
    Absent,
    /// Not known: the session is down or was just established, a file is missing, a record is
    /// damaged, or there was no observation yet. It never counts as absent.
    Unknown,
}

impl Presence {
    /// The name that the tables use.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// Why the presence or the path of a prefix at a peer changed: column `cause` of `transitions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The peer announced the prefix.
    Announce,
    /// The peer withdrew it.
    Withdraw,
    /// The session left Established.
    SessionDown,
    /// The session entered Established.
    SessionUp,
    /// The session's table transfer is over, so what is still unknown is absent.
    Settle,
    /// A later RIB lists the route.
    RibAdded,
    /// A later RIB lists the peer without the route.
    RibRemoved,
    /// An update file, or part of one, is missing.
    Gap,
    /// A record was damaged.
    Damage,
    /// A peer of RouteViews fell silent, or a silence ended.
    Silence,
}

impl Cause {
    /// The name that the tables use.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Announce => "announce",
            Self::Withdraw => "withdraw",
            Self::SessionDown => "session_down",
            Self::SessionUp => "session_up",
            Self::Settle => "settle",
            Self::RibAdded => "rib_added",
            Self::RibRemoved => "rib_removed",
            Self::Gap => "gap",
            Self::Damage => "damage",
            Self::Silence => "silence",
        }
    }

    /// Whether a later RIB brought the change: then it may have happened at any time since the
    /// peer's last message about the prefix.
    pub const fn is_rib(self) -> bool {
        matches!(self, Self::RibAdded | Self::RibRemoved)
    }
}

/// A change of one prefix at one peer at one instant. Announcements and withdrawals that change
/// neither presence nor path are kept, because the tables count them.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// When it happened.
    pub time: Timestamp,
    /// The peer.
    pub peer: PeerId,
    /// Presence before.
    pub from: Presence,
    /// Presence after.
    pub to: Presence,
    /// The reason.
    pub cause: Cause,
    /// Path in use before, or `NONE`.
    pub path_before: PathId,
    /// Path in use after, or `NONE`.
    pub path_after: PathId,
    /// Index into `replay::History::several` of all paths in use after, where an ADD-PATH peer
    /// has several; else `NONE`.
    pub several_after: u32,
    /// The file whose record caused it, or `NONE`.
    pub file: FileId,
    /// Offset of that record in the decompressed file.
    pub offset: u64,
}

impl Change {
    /// Whether presence or path differs from before.
    pub(crate) const fn is_transition(&self) -> bool {
        !matches!(
            (self.from, self.to),
            (Presence::Present, Presence::Present)
                | (Presence::Absent, Presence::Absent)
                | (Presence::Unknown, Presence::Unknown)
        ) || self.path_before != self.path_after
    }
}
