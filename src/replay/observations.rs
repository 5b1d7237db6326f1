//! The observations of every watched prefix, collected file by file.

use super::input::{FileFacts, Role};
use super::{Observation, RecordOrder};
use crate::model::archive::FileContents;
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::peer::PeerId;
use crate::model::route::{PathId, PrefixId, RouteAction};
use crate::model::time::Timestamp;
use hashbrown::HashTable;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

/// All observations of a run, up to the window's end.
#[derive(Debug, Default)]
pub struct Observations {
    /// The prefixes that were observed, sorted: those watched, and those that cover watched space.
    pub prefixes: Vec<Prefix>,
    /// The AS paths of the run.
    pub paths: Vec<AsPath>,
    /// By prefix: its observations, sorted by peer and order.
    pub by_prefix: Vec<Vec<Observation>>,
}

/// Collects observations from files. Prefixes and paths get their numbers as they come.
pub(super) struct ObservationCollector {
    /// Window's end: a RIB of that time or later is left out.
    end: Timestamp,
    prefixes: Vec<Prefix>,
    numbers: FxHashMap<Prefix, PrefixId>,
    paths: PathTable,
    by_prefix: Vec<Vec<Observation>>,
}

impl ObservationCollector {
    pub(super) fn new(end: Timestamp) -> Self {
        Self {
            end,
            prefixes: Vec::new(),
            numbers: FxHashMap::default(),
            paths: PathTable::default(),
            by_prefix: Vec::new(),
        }
    }

    /// Adds the routes of a file. `peers` are the run's numbers for the file's own.
    pub(super) fn add(&mut self, file: &FileFacts, contents: &FileContents, peers: &[PeerId]) {
        let acts_at = match file.role {
            Role::StartRib => i64::MIN,
            Role::LaterRib => file.last.0,
            Role::Updates => i64::MAX,
            Role::FullFeedRib | Role::UnusableRib => return,
        };
        let paths: Vec<PathId> = contents
            .paths
            .iter()
            .map(|p| self.paths.number(p))
            .collect();
        if file.role != Role::Updates && acts_at >= self.end.0 {
            return;
        }
        let prefixes: Vec<PrefixId> = contents.prefixes.iter().map(|p| self.number(*p)).collect();
        let mut push = |peer: u32, order, prefix: PrefixId, action| {
            let prefix = prefixes[prefix as usize];
            if let Some(observations) = self.by_prefix.get_mut(prefix as usize) {
                observations.push(Observation {
                    peer: peers[peer as usize],
                    order,
                    action: renumbered(action, &paths),
                });
            }
        };
        for entry in &contents.entries {
            let order = RecordOrder::record(acts_at, file.id, entry.offset);
            push(entry.peer, order, entry.prefix, entry.action());
        }
        for route in &contents.routes {
            let order = RecordOrder::record(route.time.0, file.id, route.offset);
            push(route.peer, order, route.prefix, route.action);
        }
    }

    fn number(&mut self, prefix: Prefix) -> PrefixId {
        *self.numbers.entry(prefix).or_insert_with(|| {
            self.prefixes.push(prefix);
            self.by_prefix.push(Vec::new());
            self.prefixes.len() as PrefixId - 1
        })
    }

    /// All of them. `peers` are the final numbers of the peers.
    pub(super) fn finish(mut self, peers: &[PeerId]) -> Observations {
        drop(self.numbers);
        self.by_prefix.par_iter_mut().for_each(|observations| {
            observations.shrink_to_fit();
            for observation in observations.iter_mut() {
                observation.peer = peers[observation.peer as usize];
            }
            // Stable: the withdrawals of an UPDATE stay before its announcements.
            observations.sort_by_key(|o| (o.peer, o.order));
        });
        let prefixes = self.prefixes.into_iter();
        let mut sorted: Vec<(Prefix, Vec<Observation>)> = prefixes.zip(self.by_prefix).collect();
        sorted.par_sort_unstable_by_key(|(prefix, _)| *prefix);
        let (prefixes, by_prefix) = sorted.into_iter().unzip();
        Observations {
            prefixes,
            paths: self.paths.list,
            by_prefix,
        }
    }
}

/// The same action, its path by the run's number instead of the file's.
fn renumbered(action: RouteAction, paths: &[PathId]) -> RouteAction {
    match action {
        RouteAction::Announce { path_id, path } => RouteAction::Announce {
            path_id,
            path: paths[path as usize],
        },
        RouteAction::Listed { path_id, path } => RouteAction::Listed {
            path_id,
            path: paths[path as usize],
        },
        RouteAction::Withdraw { .. } => action,
    }
}

/// The distinct AS paths of a run.
#[derive(Default)]
struct PathTable {
    list: Vec<AsPath>,
    numbers: HashTable<PathId>,
}

impl PathTable {
    fn number(&mut self, path: &AsPath) -> PathId {
        let hash = |path: &AsPath| FxBuildHasher.hash_one(path);
        let list = &self.list;
        let is_it = |id: &PathId| list[*id as usize] == *path;
        if let Some(&number) = self.numbers.find(hash(path), is_it) {
            return number;
        }
        let number = self.list.len() as PathId;
        self.list.push(path.clone());
        let list = &self.list;
        let rehash = |id: &PathId| hash(&list[*id as usize]);
        self.numbers.insert_unique(hash(path), number, rehash);
        number
    }
}

/// By peer: whether a withdrawal says that it had the route before. Some routers withdraw what they
/// never had: of a peer over 90 % of whose withdrawn prefixes it never announced, withdrawals say
/// nothing. Only the prefixes that `is_watched` picks are counted, so that a slice of an archive tells
/// the same.
pub(crate) fn infers(
    observations: &Observations,
    peers: usize,
    is_watched: impl Fn(Prefix) -> bool,
) -> Vec<bool> {
    // By peer: prefixes withdrawn, and of these the ones never announced.
    let mut counts: Vec<(u64, u64)> = vec![(0, 0); peers];
    let prefixes = observations.prefixes.iter().zip(&observations.by_prefix);
    for (_, of_prefix) in prefixes.filter(|(prefix, _)| is_watched(**prefix)) {
        for of_peer in of_prefix.chunk_by(|a, b| a.peer == b.peer) {
            let is_withdrawal = |o: &&Observation| matches!(o.action, RouteAction::Withdraw { .. });
            let withdrawals = of_peer.iter().filter(is_withdrawal).count();
            let counts = &mut counts[of_peer[0].peer as usize];
            counts.0 += u64::from(withdrawals > 0);
            counts.1 += u64::from(withdrawals == of_peer.len());
        }
    }
    let infers = counts.into_iter().map(|(all, never)| never * 10 <= all * 9);
    infers.collect()
}

/// The wanted ASNs that originate some route of a prefix, ascending.
pub(crate) fn origins_among(
    observations: &[Observation],
    paths: &[AsPath],
    is_wanted: impl Fn(Asn) -> bool,
) -> Vec<Asn> {
    let used = observations.iter().filter_map(|o| match o.action {
        RouteAction::Announce { path, .. } | RouteAction::Listed { path, .. } => Some(path),
        RouteAction::Withdraw { .. } => None,
    });
    let origins = used.flat_map(|path| paths[path as usize].origins());
    let mut found: Vec<Asn> = origins.copied().filter(|&asn| is_wanted(asn)).collect();
    found.sort_unstable();
    found.dedup();
    found
}
