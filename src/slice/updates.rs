//! What is kept of messages beside those that name what is watched: a sign of life so often that
//! silences are where they were, each family's first word, each session's name, what a collector
//! clipped, so many paths that route servers are told apart as before, and what makes a session new.

use super::{Cut, Return, SliceError, is_update};
use crate::model::net::Prefix;
use crate::model::peer::{Collector, Peer, Project, Session};
use crate::model::time::Timestamp;
use crate::pipeline::Replayed;
use crate::study::Study;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// A sign of life, or a path: in which of the files, where, and more.
type Spot = (usize, u64);

/// Paths of a session that no RIB lists: those kept and those dropped.
#[derive(Default)]
struct Paths {
    /// `[own, foreign]`.
    kept: [u64; 2],
    total: [u64; 2],
    dropped: [Vec<Spot>; 2],
}

/// Marks what is to be kept; answers with the returns after silences.
pub(super) fn mark(
    study: &Study,
    replayed: &Replayed,
    cuts: &mut [Cut<'_>],
) -> Result<Vec<Return>, SliceError> {
    let mut named: FxHashSet<(Collector, Session)> = FxHashSet::default();
    let mut heard: FxHashMap<(Collector, Session, usize), (i64, Spot)> = FxHashMap::default();
    let mut paths: BTreeMap<(Collector, Session), Paths> = BTreeMap::new();
    for (at, cut) in cuts.iter_mut().enumerate() {
        if !is_update(cut.read) {
            let listed = cut.found.peers.iter().map(|p| p.session);
            named.extend(listed.map(|s| (cut.data.collector.clone(), s)));
            continue;
        }
        file(study, at, cut, &mut named, &mut heard, &mut paths)?;
    }
    for (_, (at, offset)) in heard.into_values() {
        cuts[at].kept.insert(offset);
    }
    for (at, offset) in paths.into_values().flat_map(Paths::missing) {
        cuts[at].kept.insert(offset);
    }
    let mut returns = Vec::new();
    let end = study.window.to;
    for found in &replayed.silences {
        if let Some(from) = found.silence.to {
            let mut back = Return {
                peer: replayed.reports[found.peer as usize].peer.clone(),
                from,
                announced: 0,
                kept: 0,
                table: found.table,
            };
            count(&mut back, cuts, end)?;
            returns.push(back);
        }
    }
    Ok(returns)
}

fn file(
    study: &Study,
    at: usize,
    cut: &mut Cut<'_>,
    named: &mut FxHashSet<(Collector, Session)>,
    heard: &mut FxHashMap<(Collector, Session, usize), (i64, Spot)>,
    paths: &mut BTreeMap<(Collector, Session), Paths>,
) -> Result<(), SliceError> {
    let collector = cut.data.collector.clone();
    let (from, to) = (cut.data.start.0, study.window.to.0);
    let in_span = |time: i64| from <= time && time < to;
    let mut ends: [Option<u64>; 2] = [None; 2];
    let mut latest: Option<(i64, u64)> = None;
    let mut signs: FxHashMap<Session, Vec<(i64, u64)>> = FxHashMap::default();
    let mut more: Vec<u64> = Vec::new();
    cut.each(&mut |raw| {
        if raw.is_padding() {
            return;
        }
        let is_kept = cut.kept.contains(&raw.offset);
        ends[0].get_or_insert(raw.offset);
        ends[1] = Some(raw.offset);
        match latest {
            // That its time goes back is part of what it says.
            Some((time, offset)) if raw.time < time => more.extend(is_kept.then_some(offset)),
            Some((time, _)) if raw.time == time => {}
            _ => latest = Some((raw.time, raw.offset)),
        }
        let Some(said) = raw.said() else {
            return;
        };
        if said.clipped || named.insert((collector.clone(), said.session)) {
            more.push(raw.offset);
        }
        if !in_span(raw.time) {
            return;
        }
        signs
            .entry(said.session)
            .or_default()
            .push((raw.time, raw.offset));
        for family in (0..2).filter(|f| said.families[*f]) {
            let first = heard.entry((collector.clone(), said.session, family));
            let first = first.or_insert((raw.time, (at, raw.offset)));
            *first = (*first).min((raw.time, (at, raw.offset)));
        }
        if let Some(foreign) = said.foreign {
            let foreign = usize::from(foreign);
            let of = paths.entry((collector.clone(), said.session)).or_default();
            of.total[foreign] += 1;
            match is_kept {
                true => of.kept[foreign] += 1,
                false => of.dropped[foreign].push((at, raw.offset)),
            }
        }
    })?;
    cut.kept.extend(more);
    cut.kept.extend(ends.into_iter().flatten());
    cut.kept.extend(latest.map(|(_, offset)| offset));
    if collector.project() == Project::RouteViews {
        for signs in signs.into_values() {
            cut.kept
                .extend(spaced(signs, study.rules.silence_threshold()));
        }
    }
    Ok(())
}

/// So few of some signs of life that the pauses of a length between them are the same.
fn spaced(mut signs: Vec<(i64, u64)>, threshold: i64) -> Vec<u64> {
    signs.sort_unstable();
    let mut kept = Vec::new();
    let mut last: Option<i64> = None;
    for (i, &(time, offset)) in signs.iter().enumerate() {
        let next = signs.get(i + 1).map(|next| next.0);
        let begins = i == 0 || time - signs[i - 1].0 >= threshold;
        let ends = next.is_none_or(|next| next - time >= threshold);
        let bridges = last
            .zip(next)
            .is_some_and(|(last, next)| next - last >= threshold);
        if begins || ends || bridges {
            kept.push(offset);
            last = Some(time);
        }
    }
    kept
}

impl Paths {
    /// What must be kept beside, so that most paths still are what most paths are.
    fn missing(self) -> Vec<Spot> {
        let is_foreign = |n: [u64; 2]| n[1] * 2 > n[0] + n[1];
        let wanted = is_foreign(self.total);
        let mut kept = self.kept;
        let mut missing = Vec::new();
        for spot in &self.dropped[usize::from(wanted)] {
            if is_foreign(kept) == wanted {
                break;
            }
            kept[usize::from(wanted)] += 1;
            missing.push(*spot);
        }
        missing
    }
}

/// Counts what a peer announced as it returned, and what is kept of it.
fn count(back: &mut Return, cuts: &[Cut<'_>], to: Timestamp) -> Result<(), SliceError> {
    let (mut all, mut kept): (FxHashSet<Prefix>, FxHashSet<Prefix>) = Default::default();
    transfer(back, cuts, to, &mut |at, offset, prefixes| {
        if cuts[at].kept.contains(&offset) {
            kept.extend(prefixes);
        }
        all.extend(prefixes);
    })?;
    (back.announced, back.kept) = (all.len(), kept.len());
    Ok(())
}

/// Shows what a peer announced as it returned, record by record.
fn transfer(
    back: &Return,
    cuts: &[Cut<'_>],
    to: Timestamp,
    visit: &mut dyn FnMut(usize, u64, &[Prefix]),
) -> Result<(), SliceError> {
    for (at, cut) in cuts.iter().enumerate() {
        let span = cut.found.first.zip(cut.found.latest);
        let reaches = |(first, latest): (Timestamp, Timestamp)| {
            first.0 <= back.from + crate::replay::silence::TRANSFER && back.from <= latest.0
        };
        let is_its = is_update(cut.read) && cut.data.collector == back.peer.collector;
        if !is_its || !span.is_some_and(reaches) {
            continue;
        }
        cut.each(&mut |raw| {
            if back.holds(raw.time, to)
                && raw.said().is_some_and(|s| s.session == back.peer.session)
            {
                visit(at, raw.offset, &raw.announced());
            }
        })?;
    }
    Ok(())
}

/// Keeps so much of what peers with a new session announced that it is half of what is kept of
/// their tables.
pub(super) fn mark_returns(
    returns: &[Return],
    sizes: &BTreeMap<Peer, u32>,
    to: Timestamp,
    cuts: &mut [Cut<'_>],
) -> Result<(), SliceError> {
    for back in returns.iter().filter(|b| b.is_anew()) {
        let size = sizes.get(&back.peer).copied().unwrap_or(back.table);
        let mut missing: Vec<(usize, u64)> = Vec::new();
        let mut have: FxHashSet<Prefix> = FxHashSet::default();
        transfer(back, cuts, to, &mut |at, offset, prefixes| {
            if cuts[at].kept.contains(&offset) {
                have.extend(prefixes);
            }
        })?;
        transfer(back, cuts, to, &mut |at, offset, prefixes| {
            let is_enough = have.len() as u64 * 2 >= u64::from(size);
            if !is_enough && prefixes.iter().any(|p| !have.contains(p)) {
                have.extend(prefixes);
                missing.push((at, offset));
            }
        })?;
        for (at, offset) in missing {
            cuts[at].kept.insert(offset);
        }
    }
    Ok(())
}
