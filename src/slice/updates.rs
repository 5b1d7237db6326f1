//! Which messages are kept besides those that name what is watched: enough of a session's activity
//! that silences are where they were, each family's first route, each session's addresses, what a
//! collector clipped, as many paths as distinguish route servers as before, and the table transfers
//! that re-establish a session.

use super::{FileSlice, SessionReturn, SliceError, is_update};
use crate::model::net::Prefix;
use crate::model::peer::{Collector, Peer, Project, Session};
use crate::model::time::Timestamp;
use crate::pipeline::Replayed;
use crate::study::Study;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Where a record is: in which of the files, and its offset.
type RecordInFile = (usize, u64);

/// The paths of a session, those kept and those dropped, counted by whether they begin with the
/// peer's own AS or a foreign one.
#[derive(Default)]
struct SessionPaths {
    /// `[own, foreign]`.
    kept: [u64; 2],
    total: [u64; 2],
    dropped: [Vec<RecordInFile>; 2],
}

/// Marks the messages that are kept; returns the sessions' returns after silences.
pub(super) fn mark(
    study: &Study,
    replayed: &Replayed,
    cuts: &mut [FileSlice<'_>],
) -> Result<Vec<SessionReturn>, SliceError> {
    let mut named: FxHashSet<(Collector, Session)> = FxHashSet::default();
    let mut first_routes: FxHashMap<(Collector, Session, usize), (i64, RecordInFile)> =
        FxHashMap::default();
    let mut paths: BTreeMap<(Collector, Session), SessionPaths> = BTreeMap::new();
    for (at, cut) in cuts.iter_mut().enumerate() {
        if !is_update(cut.read) {
            let listed = cut.found.peers.iter().map(|p| p.session);
            named.extend(listed.map(|s| (cut.data.collector.clone(), s)));
            continue;
        }
        mark_file(study, at, cut, &mut named, &mut first_routes, &mut paths)?;
    }
    for (_, (at, offset)) in first_routes.into_values() {
        cuts[at].kept.insert(offset);
    }
    for (at, offset) in paths.into_values().flat_map(SessionPaths::missing) {
        cuts[at].kept.insert(offset);
    }
    let mut returns = Vec::new();
    let end = study.window.to;
    for found in &replayed.silences {
        if let Some(from) = found.silence.to {
            let mut returned = SessionReturn {
                peer: replayed.reports[found.peer as usize].peer.clone(),
                from,
                announced: 0,
                kept: 0,
                table: found.table,
            };
            count(&mut returned, cuts, end)?;
            returns.push(returned);
        }
    }
    Ok(returns)
}

/// Marks the messages of one file that are kept, whatever peers do later.
fn mark_file(
    study: &Study,
    at: usize,
    cut: &mut FileSlice<'_>,
    named: &mut FxHashSet<(Collector, Session)>,
    first_routes: &mut FxHashMap<(Collector, Session, usize), (i64, RecordInFile)>,
    paths: &mut BTreeMap<(Collector, Session), SessionPaths>,
) -> Result<(), SliceError> {
    let collector = cut.data.collector.clone();
    let (from, to) = (cut.data.start.0, study.window.to.0);
    let in_span = |time: i64| from <= time && time < to;
    let mut ends: [Option<u64>; 2] = [None; 2];
    let mut latest: Option<(i64, u64)> = None;
    let mut activity: FxHashMap<Session, Vec<(i64, u64)>> = FxHashMap::default();
    let mut more: Vec<u64> = Vec::new();
    cut.each(&mut |raw| {
        if raw.is_padding() {
            return;
        }
        let is_kept = cut.kept.contains(&raw.offset);
        ends[0].get_or_insert(raw.offset);
        ends[1] = Some(raw.offset);
        match latest {
            // That the times step back after it must stay visible.
            Some((time, offset)) if raw.time < time => more.extend(is_kept.then_some(offset)),
            Some((time, _)) if raw.time == time => {}
            _ => latest = Some((raw.time, raw.offset)),
        }
        let Some(message) = raw.session() else {
            return;
        };
        if message.clipped || named.insert((collector.clone(), message.session)) {
            more.push(raw.offset);
        }
        if !in_span(raw.time) {
            return;
        }
        activity
            .entry(message.session)
            .or_default()
            .push((raw.time, raw.offset));
        for family in (0..2).filter(|f| message.families[*f]) {
            let first = first_routes.entry((collector.clone(), message.session, family));
            let first = first.or_insert((raw.time, (at, raw.offset)));
            *first = (*first).min((raw.time, (at, raw.offset)));
        }
        if let Some(foreign) = message.foreign {
            let foreign = usize::from(foreign);
            let of = paths
                .entry((collector.clone(), message.session))
                .or_default();
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
        for activity in activity.into_values() {
            cut.kept
                .extend(spaced(activity, study.rules.silence_threshold().0));
        }
    }
    Ok(())
}

/// The fewest of a session's messages between which the pauses of a length are the same.
fn spaced(mut activity: Vec<(i64, u64)>, threshold: i64) -> Vec<u64> {
    activity.sort_unstable();
    let mut kept = Vec::new();
    let mut last: Option<i64> = None;
    for (i, &(time, offset)) in activity.iter().enumerate() {
        let next = activity.get(i + 1).map(|next| next.0);
        let begins = i == 0 || time - activity[i - 1].0 >= threshold;
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

impl SessionPaths {
    /// What must be kept so that the majority of paths stays foreign, or stays own.
    fn missing(self) -> Vec<RecordInFile> {
        let is_foreign = |n: [u64; 2]| n[1] * 2 > n[0] + n[1];
        let wanted = is_foreign(self.total);
        let mut kept = self.kept;
        let mut missing = Vec::new();
        for position in &self.dropped[usize::from(wanted)] {
            if is_foreign(kept) == wanted {
                break;
            }
            kept[usize::from(wanted)] += 1;
            missing.push(*position);
        }
        missing
    }
}

/// Counts the prefixes that a peer announced as it returned, and those of them that are kept.
fn count(
    returned: &mut SessionReturn,
    cuts: &[FileSlice<'_>],
    to: Timestamp,
) -> Result<(), SliceError> {
    let (mut all, mut kept): (FxHashSet<Prefix>, FxHashSet<Prefix>) = Default::default();
    transfer(returned, cuts, to, &mut |at, offset, prefixes| {
        if cuts[at].kept.contains(&offset) {
            kept.extend(prefixes);
        }
        all.extend(prefixes);
    })?;
    (returned.announced, returned.kept) = (all.len(), kept.len());
    Ok(())
}

/// Visits what a peer announced as it returned, record by record.
fn transfer(
    returned: &SessionReturn,
    cuts: &[FileSlice<'_>],
    to: Timestamp,
    visit: &mut dyn FnMut(usize, u64, &[Prefix]),
) -> Result<(), SliceError> {
    for (at, cut) in cuts.iter().enumerate() {
        let span = cut.found.first.zip(cut.found.latest);
        let reaches = |(first, latest): (Timestamp, Timestamp)| {
            first.0 <= returned.from + crate::replay::silence::TRANSFER && returned.from <= latest.0
        };
        let is_its = is_update(cut.read) && cut.data.collector == returned.peer.collector;
        if !is_its || !span.is_some_and(reaches) {
            continue;
        }
        cut.each(&mut |raw| {
            if returned.holds(raw.time, to)
                && raw
                    .session()
                    .is_some_and(|s| s.session == returned.peer.session)
            {
                visit(at, raw.offset, &raw.announced());
            }
        })?;
    }
    Ok(())
}

/// Keeps as much of the announcements of re-established sessions as makes half of what is kept of
/// their tables.
pub(super) fn mark_returns(
    returns: &[SessionReturn],
    sizes: &BTreeMap<Peer, u32>,
    to: Timestamp,
    cuts: &mut [FileSlice<'_>],
) -> Result<(), SliceError> {
    for returned in returns.iter().filter(|b| b.is_reestablished()) {
        let size = sizes.get(&returned.peer).copied().unwrap_or(returned.table);
        let mut missing: Vec<(usize, u64)> = Vec::new();
        let mut have: FxHashSet<Prefix> = FxHashSet::default();
        transfer(returned, cuts, to, &mut |at, offset, prefixes| {
            if cuts[at].kept.contains(&offset) {
                have.extend(prefixes);
            }
        })?;
        transfer(returned, cuts, to, &mut |at, offset, prefixes| {
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
