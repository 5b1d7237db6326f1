//! Files → what each peer said of each watched prefix.

use super::input::{CollectorData, Peers, Role};
use super::{Key, Observation, Said};
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::route::{PathId, PrefixId, What};
use crate::model::time::Timestamp;
use hashbrown::HashTable;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;

/// Everything said of the watched prefixes.
#[derive(Debug, Default)]
pub struct Observations {
    /// The prefixes, sorted.
    pub prefixes: Vec<Prefix>,
    /// The AS paths.
    pub paths: Vec<AsPath>,
    /// By prefix: its words, sorted by peer and key.
    pub by_prefix: Vec<Vec<Observation>>,
}

/// Gathers all words up to `end` (exclusive).
pub fn all(collectors: &[CollectorData], peers: &Peers, end: Timestamp) -> Observations {
    let files = collectors
        .iter()
        .flat_map(|r| r.numbered().map(move |(id, f)| (r, id, f)))
        .filter(|(_, _, f)| matches!(f.role, Role::StartRib | Role::LaterRib | Role::Updates));
    let layers = files.flat_map(|(r, id, f)| f.layers().map(move |l| (r, id, f, l)));
    // Numbered as they come; sorted in the end.
    let mut prefixes: Vec<Prefix> = Vec::new();
    let mut numbers: FxHashMap<Prefix, PrefixId> = FxHashMap::default();
    let mut paths = Paths::default();
    let mut by_prefix: Vec<Vec<Observation>> = Vec::new();
    for (data, file, read, layer) in layers {
        let time = match read.role {
            Role::StartRib => i64::MIN,
            Role::LaterRib => read.last().0,
            Role::FullFeedRib | Role::UnusableRib | Role::Updates => i64::MAX,
        };
        let peer_numbers = peers.numbers(&data.collector, &layer);
        let path_numbers: Vec<PathId> = layer.paths.iter().map(|p| paths.number(p)).collect();
        if read.role != Role::Updates && time >= end.0 {
            continue;
        }
        let mut number = |prefix: &Prefix| {
            *numbers.entry(*prefix).or_insert_with(|| {
                prefixes.push(*prefix);
                by_prefix.push(Vec::new());
                prefixes.len() as PrefixId - 1
            })
        };
        let prefix_numbers: Vec<PrefixId> = layer.prefixes.iter().map(&mut number).collect();
        let mut push = |prefix: PrefixId, peer: u32, key: Key, said: Said| {
            if let Some(observations) = by_prefix.get_mut(prefix_numbers[prefix as usize] as usize)
            {
                let peer = peer_numbers[peer as usize];
                observations.push(Observation { peer, key, said });
            }
        };
        for entry in &layer.entries {
            let said = Said::Listed {
                path_id: entry.path_id,
                path: path_numbers[entry.path as usize],
            };
            push(
                entry.prefix,
                entry.peer,
                Key::record(time, file, entry.offset),
                said,
            );
        }
        for event in &layer.events {
            let key = Key::record(event.time, file, event.offset);
            match event.what {
                What::Announce {
                    prefix,
                    path_id,
                    path,
                } => {
                    let path = path_numbers[path as usize];
                    push(prefix, event.peer, key, Said::Announce { path_id, path });
                }
                What::Withdraw { prefix, path_id } => {
                    push(prefix, event.peer, key, Said::Withdraw { path_id });
                }
                What::State { .. } | What::Update | What::EndOfRib(_) | What::Damaged => {}
            }
        }
    }
    // Stable: the withdrawals of an UPDATE stay before its announcements.
    by_prefix.par_iter_mut().for_each(|observations| {
        observations.shrink_to_fit();
        observations.sort_by_key(|w| (w.peer, w.key));
    });
    let mut said: Vec<(Prefix, Vec<Observation>)> = prefixes.into_iter().zip(by_prefix).collect();
    said.par_sort_unstable_by_key(|(prefix, _)| *prefix);
    let (prefixes, by_prefix) = said.into_iter().unzip();
    Observations {
        prefixes,
        paths: paths.list,
        by_prefix,
    }
}

/// The paths of a run, each with its number.
#[derive(Default)]
struct Paths {
    list: Vec<AsPath>,
    numbers: HashTable<PathId>,
}

impl Paths {
    fn number(&mut self, path: &AsPath) -> PathId {
        let hash = |path: &AsPath| FxBuildHasher.hash_one(path);
        let list = &self.list;
        let is = |id: &PathId| list[*id as usize] == *path;
        if let Some(&number) = self.numbers.find(hash(path), is) {
            return number;
        }
        let number = self.list.len() as PathId;
        self.list.push(path.clone());
        let list = &self.list;
        let again = |id: &PathId| hash(&list[*id as usize]);
        self.numbers.insert_unique(hash(path), number, again);
        number
    }
}

/// The ASNs of a list that some path of a prefix' words originates from, ascending.
pub fn origins_among(
    observations: &[Observation],
    paths: &[AsPath],
    wanted: impl Fn(Asn) -> bool,
) -> Vec<Asn> {
    let said = observations.iter().filter_map(|w| match w.said {
        Said::Announce { path, .. } | Said::Listed { path, .. } => Some(path),
        Said::Withdraw { .. } => None,
    });
    let origins = said.flat_map(|path| paths[path as usize].origins());
    let mut found: Vec<Asn> = origins.copied().filter(|&a| wanted(a)).collect();
    found.sort_unstable();
    found.dedup();
    found
}
