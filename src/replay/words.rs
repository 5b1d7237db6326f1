//! Files → what each peer said of each watched prefix.

use super::gather::{Peers, Reading, Role};
use super::{Key, Said, Word};
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::route::{NONE, PathId, PrefixId, What};
use crate::model::time::Timestamp;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Everything said of the watched prefixes.
#[derive(Debug, Default)]
pub struct Words {
    /// The prefixes, sorted.
    pub prefixes: Vec<Prefix>,
    /// The AS paths.
    pub paths: Vec<AsPath>,
    /// By prefix: its words, sorted by peer and key.
    pub by_prefix: Vec<Vec<Word>>,
}

/// Gathers all words up to `end` (exclusive).
pub fn all(readings: &[Reading], peers: &Peers, end: Timestamp) -> Words {
    let layers = || {
        let files = readings
            .iter()
            .flat_map(|r| r.numbered().map(move |(id, f)| (r, id, f)));
        files
            .filter(|(_, _, f)| matches!(f.role, Role::StartRib | Role::LaterRib | Role::Updates))
            .flat_map(|(r, id, f)| f.layers.iter().map(move |l| (r, id, f, l)))
    };
    let mut prefixes: Vec<Prefix> = Vec::new();
    for (_, _, file, layer) in layers() {
        if file.role != Role::LaterRib || file.last() < end {
            prefixes.extend(&layer.prefixes);
        }
    }
    prefixes.par_sort_unstable();
    prefixes.dedup();

    let mut numbers: FxHashMap<&AsPath, PathId> = FxHashMap::default();
    let mut paths: Vec<AsPath> = Vec::new();
    let mut by_prefix: Vec<Vec<Word>> = vec![Vec::new(); prefixes.len()];
    for (reading, file, read, layer) in layers() {
        let peer_numbers = peers.numbers(&reading.collector, layer);
        let prefix_numbers: Vec<PrefixId> = layer
            .prefixes
            .iter()
            .map(|p| prefixes.binary_search(p).map_or(NONE, |i| i as PrefixId))
            .collect();
        let path_numbers: Vec<PathId> = layer
            .paths
            .iter()
            .map(|path| {
                *numbers.entry(path).or_insert_with(|| {
                    paths.push(path.clone());
                    paths.len() as PathId - 1
                })
            })
            .collect();
        let mut push = |prefix: PrefixId, peer: u32, key: Key, said: Said| {
            if let Some(words) = by_prefix.get_mut(prefix_numbers[prefix as usize] as usize) {
                let peer = peer_numbers[peer as usize];
                words.push(Word { peer, key, said });
            }
        };
        let time = match read.role {
            Role::StartRib => i64::MIN,
            _ => read.last().0,
        };
        for entry in layer.entries.iter().filter(|_| time < end.0) {
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
    by_prefix
        .par_iter_mut()
        .for_each(|words| words.sort_by_key(|w| (w.peer, w.key)));
    Words {
        prefixes,
        paths,
        by_prefix,
    }
}

/// The ASNs of a list that some path of a prefix' words originates from, ascending.
pub fn origins_among(words: &[Word], paths: &[AsPath], wanted: impl Fn(Asn) -> bool) -> Vec<Asn> {
    let said = words.iter().filter_map(|w| match w.said {
        Said::Announce { path, .. } | Said::Listed { path, .. } => Some(path),
        Said::Withdraw { .. } => None,
    });
    let origins = said.flat_map(|path| paths[path as usize].origins());
    let mut found: Vec<Asn> = origins.copied().filter(|&a| wanted(a)).collect();
    found.sort_unstable();
    found.dedup();
    found
}
