//! Which records of RIBs are kept besides those of watched routes: every 2ⁿ-th, with the largest n
//! that leaves each peer's classification as it was: full feed or not, route server or not, and
//! whether what it announced after a silence was half of its table.

use super::{FileSlice, SessionReturn, SliceError, is_update};
use crate::model::net::Family;
use crate::model::peer::{Collector, Peer, Session};
use crate::pipeline::Replayed;
use crate::replay::feed::least;
use crate::replay::input::Role;
use crate::replay::silence;
use crate::study::FeedRule;
use crate::study::Study;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The number of levels: at level `n` every record whose number divides by 2ⁿ is kept.
const LEVELS: usize = 20;

/// What a RIB lists for a peer, counted by level: first what is kept at any level, then the records
/// that are kept up to each level.
#[derive(Clone, Default)]
struct LevelCounts {
    table: [[u32; LEVELS + 1]; 2],
    paths: [u64; LEVELS + 1],
    foreign: [u64; LEVELS + 1],
}

impl LevelCounts {
    fn table(&self, family: Family, level: usize) -> u32 {
        kept(&self.table[family.index()], level).sum()
    }
}

/// The counts of what is kept at a level: what is kept at any, and what is kept up to it or beyond.
fn kept<T: Copy>(by_level: &[T; LEVELS + 1], level: usize) -> impl Iterator<Item = T> + '_ {
    let higher = by_level.iter().skip(1 + level);
    by_level.iter().take(1).chain(higher).copied()
}

/// The counts of each session in each RIB, by the RIB's position among the files.
type CountsByRib = BTreeMap<usize, FxHashMap<Session, LevelCounts>>;

/// Marks the records of every RIB that are kept; returns the size of each peer's table in them, both
/// families together.
pub(super) fn mark(
    study: &Study,
    replayed: &Replayed,
    returns: &[SessionReturn],
    finer: u32,
    cuts: &mut [FileSlice<'_>],
) -> Result<BTreeMap<Peer, u32>, SliceError> {
    let mut by_rib = CountsByRib::new();
    for (at, cut) in cuts.iter_mut().enumerate() {
        if cut.read.file.kind.is_table_dump() {
            keep_ends(cut)?;
            by_rib.insert(at, counts(cut)?);
        }
    }
    let thinning = Thinning {
        study,
        replayed,
        returns,
        cuts,
        by_rib: &by_rib,
    };
    let level = (0..LEVELS).rev().find(|level| thinning.is_same(*level));
    let level = level.unwrap_or(0).saturating_sub(finer as usize);
    let sizes = thinning.sizes(level);
    for cut in cuts.iter_mut().filter(|c| c.read.file.kind.is_table_dump()) {
        let mut number = 0u64;
        let mut more = Vec::new();
        let mut peers = Vec::new();
        cut.each(&mut |raw| {
            if let Some(table) = raw.peer_table() {
                peers = table;
            } else if !cut.kept.contains(&raw.offset) && !raw.rib_routes(&peers).is_empty() {
                more.extend((level_of(number) >= level).then_some(raw.offset));
                number += 1;
            }
        })?;
        cut.kept.extend(more);
    }
    Ok(sizes)
}

/// The highest level at which a record is kept.
fn level_of(number: u64) -> usize {
    (number.trailing_zeros() as usize).min(LEVELS - 1)
}

/// Keeps the peer index table, a RIB's first and last record, the one with the latest time, and the
/// first record of each peer and family.
fn keep_ends(cut: &mut FileSlice<'_>) -> Result<(), SliceError> {
    let mut more = Vec::new();
    let mut ends: [Option<u64>; 2] = [None; 2];
    let mut latest: Option<(i64, u64)> = None;
    let mut firsts: FxHashMap<(Session, usize), (i64, u64)> = FxHashMap::default();
    let mut peers = Vec::new();
    cut.each(&mut |raw| {
        if raw.is_padding() {
            return;
        }
        ends[0].get_or_insert(raw.offset);
        ends[1] = Some(raw.offset);
        if latest.is_none_or(|(time, _)| time < raw.time) {
            latest = Some((raw.time, raw.offset));
        }
        if let Some(table) = raw.peer_table() {
            peers = table;
            more.push(raw.offset);
            return;
        }
        for routes in raw.rib_routes(&peers) {
            for (session, _) in &routes.peers {
                let key = (*session, routes.family().index());
                let first = firsts.entry(key).or_insert((raw.time, raw.offset));
                *first = (*first).min((raw.time, raw.offset));
            }
        }
    })?;
    cut.kept.extend(more);
    cut.kept.extend(ends.into_iter().flatten());
    cut.kept.extend(latest.map(|(_, offset)| offset));
    cut.kept
        .extend(firsts.into_values().map(|(_, offset)| offset));
    Ok(())
}

fn counts(cut: &FileSlice<'_>) -> Result<FxHashMap<Session, LevelCounts>, SliceError> {
    let mut counts: FxHashMap<Session, LevelCounts> = FxHashMap::default();
    let damaged: std::collections::BTreeSet<u64> =
        cut.found.damaged.iter().map(|d| d.offset).collect();
    let mut number = 0u64;
    let mut peers = Vec::new();
    let mut counted: Vec<Session> = Vec::new();
    cut.each(&mut |raw| {
        if let Some(table) = raw.peer_table() {
            peers = table;
            return;
        }
        // A damaged record counts for nothing.
        let listings = match damaged.contains(&raw.offset) {
            true => return,
            false => raw.rib_routes(&peers),
        };
        if listings.is_empty() {
            return;
        }
        let slot = match cut.kept.contains(&raw.offset) {
            true => 0,
            false => {
                number += 1;
                1 + level_of(number - 1)
            }
        };
        for routes in listings {
            counted.clear();
            let family = routes.family().index();
            for &(session, foreign) in &routes.peers {
                let counts = counts.entry(session).or_default();
                counts.paths[slot] += 1;
                counts.foreign[slot] += u64::from(foreign);
                if !counted.contains(&session) {
                    counted.push(session);
                    counts.table[family][slot] += 1;
                }
            }
        }
    })?;
    Ok(counts)
}

struct Thinning<'a, 'c> {
    study: &'a Study,
    replayed: &'a Replayed,
    returns: &'a [SessionReturn],
    cuts: &'a [FileSlice<'c>],
    by_rib: &'a CountsByRib,
}

impl Thinning<'_, '_> {
    /// Whether every peer's classification is the same at a level as when everything is kept.
    fn is_same(&self, level: usize) -> bool {
        let rule = self.study.rules.full_feed;
        let reports = &self.replayed.reports;
        let full = Family::BOTH.iter().all(|&family| {
            let [before, now] = [0, level].map(|level| {
                let tables = reports.iter().map(|r| self.table(&r.peer, family, level));
                let tables: Vec<u32> = tables.collect();
                let least = least(rule, family, &tables);
                tables.iter().map(|t| *t >= least).collect::<Vec<bool>>()
            });
            rule == FeedRule::All || before == now
        });
        let servers = reports.iter().all(|r| {
            let [before, now] = [0, level].map(|level| self.is_route_server(&r.peer, level));
            before == now
        });
        let sizes = self.sizes(level);
        let returns = self.returns.iter().all(|returned| {
            let size = sizes.get(&returned.peer).copied().unwrap_or(0);
            returned.is_reestablished() || !silence::is_transfer(returned.kept, size)
        });
        full && servers && returns
    }

    fn sizes(&self, level: usize) -> BTreeMap<Peer, u32> {
        let reports = self.replayed.reports.iter();
        let size = |peer: &Peer| {
            Family::BOTH
                .map(|f| self.table(peer, f, level))
                .iter()
                .sum()
        };
        reports.map(|r| (r.peer.clone(), size(&r.peer))).collect()
    }

    /// The size of its table in the RIB that starts its replay, chosen as the replay chooses it: whole
    /// RIBs only.
    fn table(&self, peer: &Peer, family: Family, level: usize) -> u32 {
        let roles = [Role::FullFeedRib, Role::StartRib, Role::LaterRib];
        let mut of_roles = roles
            .iter()
            .flat_map(|role| self.of(&peer.collector, *role));
        let found = of_roles.find_map(|at| {
            let counts = self.by_rib.get(&at)?.get(&peer.session)?;
            let is_whole = self.cuts[at].found.is_whole();
            (is_whole && counts.table(family, 0) > 0).then(|| counts.table(family, level))
        });
        found.unwrap_or(0)
    }

    fn of<'s>(&'s self, collector: &'s Collector, role: Role) -> impl Iterator<Item = usize> + 's {
        let is_it =
            move |cut: &FileSlice<'_>| cut.read.role == role && cut.data.collector == *collector;
        let cuts = self.cuts.iter().enumerate();
        cuts.filter(move |(_, cut)| is_it(cut)).map(|(at, _)| at)
    }

    fn is_route_server(&self, peer: &Peer, level: usize) -> bool {
        let cuts = self.cuts.iter().enumerate();
        let its = cuts.filter(|(_, c)| !is_update(c.read) && c.data.collector == peer.collector);
        let (mut paths, mut foreign) = (0u64, 0u64);
        for counts in its.filter_map(|(at, _)| self.by_rib.get(&at)?.get(&peer.session)) {
            paths += kept(&counts.paths, level).sum::<u64>();
            foreign += kept(&counts.foreign, level).sum::<u64>();
        }
        foreign * 2 > paths
    }
}
