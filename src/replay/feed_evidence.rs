//! What the files of a collector show of a peer's feed.

use super::input::Role;
use crate::model::archive::FilePeer;
use crate::model::net::Family;
use crate::model::time::Timestamp;

/// What the files of its collector show of a peer's feed.
#[derive(Debug, Clone, Default)]
pub struct FeedEvidence {
    /// By family: time of its first message with routes.
    pub(super) first_message: [Option<Timestamp>; 2],
    /// By family: since when a RIB, cut or whole, lists it; [`Timestamp::BEFORE_ALL`] for the RIB
    /// that the replay starts from.
    pub(super) listed: [Option<Timestamp>; 2],
    /// Paths in RIBs, and in updates; of these, paths that begin with another AS than its own.
    paths: [(u64, u64); 2],
    /// UPDATEs that the collector wrote shorter than their BGP length.
    pub(super) clipped: u32,
}

impl FeedEvidence {
    /// Adds what a file of the role has of the peer. A RIB acts at `at`.
    pub(super) fn add(&mut self, peer: &FilePeer, role: Role, at: Timestamp) {
        let since = match role {
            Role::StartRib | Role::FullFeedRib => Some(Timestamp::BEFORE_ALL),
            Role::LaterRib => Some(at),
            Role::UnusableRib | Role::Updates => None,
        };
        for family in Family::BOTH.map(Family::index) {
            let first = self.first_message[family].into_iter();
            self.first_message[family] = first.chain(peer.first_message[family]).min();
            let listed = since.filter(|_| peer.table[family] > 0);
            self.listed[family] = self.listed[family].into_iter().chain(listed).min();
        }
        let (paths, foreign) = &mut self.paths[usize::from(role == Role::Updates)];
        *paths += u64::from(peer.paths);
        *foreign += u64::from(peer.foreign_paths);
        self.clipped += peer.clipped;
    }

    /// Whether most paths begin with another AS: by its RIBs, or without one by its updates.
    pub(super) const fn is_route_server(&self) -> bool {
        let (paths, foreign) = match self.paths {
            [(0, _), updates] => updates,
            [ribs, _] => ribs,
        };
        foreign * 2 > paths
    }
}
