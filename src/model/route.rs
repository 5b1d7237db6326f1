//! What files say of routes, and what becomes of it: events in, changes out.

use super::net::Family;
use super::peer::PeerId;
use serde::{Deserialize, Serialize};

/// A prefix's place in a list of prefixes.
pub type PrefixId = u32;
/// A path's place in a list of AS paths.
pub type PathId = u32;
/// A file's place in the run's list of files.
pub type FileId = u32;

/// No path, no file.
pub const NONE: u32 = u32::MAX;

/// What a record says, reduced to what replay needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The peer announced a watched prefix. `path_id` is RFC 7911's identifier, 0 without.
    Announce {
        /// Which prefix.
        prefix: PrefixId,
        /// ADD-PATH identifier.
        path_id: u32,
        /// With which AS path.
        path: PathId,
    },
    /// The peer withdrew a watched prefix.
    Withdraw {
        /// Which prefix.
        prefix: PrefixId,
        /// ADD-PATH identifier.
        path_id: u32,
    },
    /// The session's state changed (RFC 6396 §4.4.1; 6 is Established).
    State {
        /// State left.
        old: u16,
        /// State entered.
        new: u16,
    },
    /// The first UPDATE of a session in a file, or after a state change: a sign of life.
    Update,
    /// End-of-RIB of a family (RFC 4724 §2).
    EndOfRib(Family),
    /// A record of this peer that could not be read.
    Damaged,
}

/// A watched event of one file. Peers, prefixes and paths are places in the file's own lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteEvent {
    /// Record time, microseconds since the epoch.
    pub time: i64,
    /// Where the record starts in the decompressed file.
    pub offset: u64,
    /// Who.
    pub peer: u32,
    /// What.
    pub what: What,
}

/// A watched entry of a RIB dump, with the file's own numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RibEntry {
    /// Whose table.
    pub peer: u32,
    /// Which prefix.
    pub prefix: PrefixId,
    /// ADD-PATH identifier, 0 without.
    pub path_id: u32,
    /// With which AS path.
    pub path: PathId,
    /// Where the record starts in the decompressed file.
    pub offset: u64,
}

/// Whether a peer has a route to a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Presence {
    /// A RIB lists it, or the peer announced it.
    Present,
    /// A RIB lists the peer but not the prefix, or the peer withdrew it.
    Absent,
    /// Nobody can say. Never to be taken for absent.
    Unknown,
}

impl Presence {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a presence or path changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The peer announced the prefix.
    Announce,
    /// The peer withdrew it.
    Withdraw,
    /// The session left Established.
    SessionDown,
    /// The session started anew.
    SessionUp,
    /// The session's table transfer is over: what is unknown then is absent.
    Settle,
    /// A later RIB lists the route.
    RibAdded,
    /// A later RIB lists the peer without the route.
    RibRemoved,
    /// An update file, or part of one, is missing.
    Gap,
    /// A record was damaged.
    Damage,
    /// A RouteViews peer fell silent, or speaks again.
    Silence,
}

impl Cause {
    /// As the tables write it.
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

/// What happened to one prefix at one peer at one instant. Duplicates, which change neither
/// presence nor path, are kept: they are counted.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// When, microseconds since the epoch.
    pub time: i64,
    /// At which peer.
    pub peer: PeerId,
    /// Presence before.
    pub from: Presence,
    /// Presence after.
    pub to: Presence,
    /// Why.
    pub cause: Cause,
    /// Path in use before, or [`NONE`].
    pub path_before: PathId,
    /// Path in use after, or [`NONE`].
    pub path_after: PathId,
    /// Place of all paths in use after in [`crate::replay::History::several`], where an ADD-PATH
    /// peer has several; else [`NONE`].
    pub several_after: u32,
    /// The file that says so, or [`NONE`].
    pub file: FileId,
    /// Where in that file, decompressed.
    pub offset: u64,
}

impl Change {
    /// Whether presence or path is another than before.
    pub const fn is_transition(&self) -> bool {
        !matches!(
            (self.from, self.to),
            (Presence::Present, Presence::Present)
                | (Presence::Absent, Presence::Absent)
                | (Presence::Unknown, Presence::Unknown)
        ) || self.path_before != self.path_after
    }
}
