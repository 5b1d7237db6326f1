//! Upstreams: the ASes next to the origin on the paths in use, counted in vantage ASes over time,
//! and the instants at which one appears or leaves.

use crate::model::net::Asn;
use crate::model::path::AsPath;
use crate::model::route::{NONE, PathId, Presence};
use crate::model::time::Timestamp;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The upstreams of each AS path of a run ([`AsPath::upstreams`]), worked out once.
#[derive(Debug, Clone, Default)]
pub struct PathUpstreams {
    /// By path: where its upstreams begin in `asns`; one entry more than paths.
    starts: Vec<u32>,
    asns: Vec<Asn>,
}

impl PathUpstreams {
    /// The upstreams of each path, in the order of `paths`.
    pub fn of(paths: &[AsPath]) -> Self {
        let mut all = Self::default();
        all.starts.reserve(paths.len() + 1);
        for path in paths {
            all.starts.push(all.asns.len() as u32);
            all.asns.extend(path.upstreams());
        }
        all.starts.push(all.asns.len() as u32);
        all
    }

    /// The upstreams of one path, ascending; empty for [`NONE`].
    pub(crate) fn of_path(&self, path: PathId) -> &[Asn] {
        let at = path as usize;
        match (self.starts.get(at), self.starts.get(at.saturating_add(1))) {
            (Some(&from), Some(&to)) => &self.asns[from as usize..to as usize],
            _ => &[],
        }
    }
}

/// How many vantage ASes see a prefix through an upstream, from the end of a minute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamCount {
    /// Index of the minute in the window.
    pub minute: u32,
    /// The upstream.
    pub upstream: Asn,
    /// Vantage ASes that see the prefix through it; 0 where it is no longer an upstream.
    pub peer_asns: u32,
}

/// Reads a prefix' [`UpstreamCount`]s minute by minute.
#[derive(Debug, Clone)]
pub(crate) struct UpstreamsByMinute<'a> {
    later: &'a [UpstreamCount],
    now: BTreeMap<Asn, u32>,
}

impl<'a> UpstreamsByMinute<'a> {
    /// Starts before the first minute. `counts` are sorted by minute.
    pub(crate) const fn new(counts: &'a [UpstreamCount]) -> Self {
        Self {
            later: counts,
            now: BTreeMap::new(),
        }
    }

    /// Vantage ASes by upstream at the end of a minute, each at least 1. Minutes are asked for in
    /// ascending order.
    pub(crate) fn at(&mut self, minute: u32) -> &BTreeMap<Asn, u32> {
        while let Some((count, later)) = self.later.split_first()
            && count.minute <= minute
        {
            if count.peer_asns == 0 {
                self.now.remove(&count.upstream);
            } else {
                self.now.insert(count.upstream, count.peer_asns);
            }
            self.later = later;
        }
        &self.now
    }
}

/// Whether an upstream appears or leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UpstreamChangeKind {
    /// A vantage AS begins to see the prefix through it.
    Appears,
    /// At most 10 % of the most vantage ASes that it had since it appeared still have it.
    Leaves,
}

impl UpstreamChangeKind {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Appears => "appears",
            Self::Leaves => "leaves",
        }
    }
}

/// An upstream that appears or leaves. One vantage AS in ten that keeps an old path does not hide
/// that it left.
///
/// A vantage AS whose route becomes unknown (its session went down, a file is missing) keeps
/// counting for the upstream that it had until its next observation: a fault in the measurement is
/// no change of upstream. Nor does an upstream appear with the first observation of a peer, as long
/// as it is unknown which upstream that peer had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamChange {
    /// When.
    pub time: Timestamp,
    /// The upstream.
    pub upstream: Asn,
    /// Whether it appears or leaves.
    pub kind: UpstreamChangeKind,
    /// Vantage ASes that had it the instant before.
    pub before: u32,
    /// Vantage ASes that have it from here on.
    pub after: u32,
}

/// What one peer adds to the upstreams of a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PeerContribution {
    /// Presence of the prefix at the peer.
    pub presence: Presence,
    /// Its path, in use or last known, or [`NONE`].
    pub path: PathId,
    /// Index of its paths among those of peers that have several, or [`NONE`].
    pub several: u32,
}

impl PeerContribution {
    /// Of a peer that does not count.
    pub(crate) const NOTHING: Self = Self {
        presence: Presence::Absent,
        path: NONE,
        several: NONE,
    };
}

/// Counts the upstreams of one prefix at one instant.
#[derive(Debug, Clone, Default)]
pub(super) struct UpstreamCounter {
    /// In the order in which they were first seen.
    entries: Vec<UpstreamEntry>,
    index: FxHashMap<Asn, usize>,
    /// Entries altered since the last instant, and since the last minute, each once: a prefix may
    /// have had thousands of upstreams, few of which change at a time.
    altered_in_step: Vec<usize>,
    altered_in_minute: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
struct UpstreamEntry {
    upstream: Asn,
    /// Vantage ASes with a peer that has, or last had, a path through it.
    vantages: Vec<UpstreamPeers>,
    /// Vantage ASes that see the prefix through it.
    seeing: u32,
    /// These, and those that did when their presence became unknown.
    holding: u32,
    /// `holding` at the end of the instant before.
    held_before: u32,
    /// It has appeared, and has not left since.
    is_there: bool,
    /// The highest `holding` since it appeared; kept after it left while some vantage AS has it.
    most: u32,
    /// `seeing` as last reported by [`UpstreamCounter::close_minute`].
    reported: u32,
    /// In this instant a peer switched to it that is known not to have used it before.
    newly_used: bool,
    is_altered_in_step: bool,
    is_altered_in_minute: bool,
}

/// The peers of one vantage AS that have, or last had, a path through an upstream.
#[derive(Debug, Clone, Copy)]
struct UpstreamPeers {
    vantage: u32,
    present: u32,
    unknown: u32,
}

/// How a peer alters the count of an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alteration {
    Removed,
    Added,
    /// Added by a peer that is known not to have used the upstream before.
    NewlyUsed,
}

impl UpstreamCounter {
    /// A peer of the vantage AS with this index contributes something else than before.
    /// `had_counted`: the peer counted for the prefix before, and its presence was known then or
    /// before it became unknown.
    pub(crate) fn alter(
        &mut self,
        path_upstreams: &PathUpstreams,
        several: &[Vec<PathId>],
        vantage: u32,
        (before, after): (PeerContribution, PeerContribution),
        had_counted: bool,
    ) {
        if before == after {
            return;
        }
        let added = match had_counted {
            true => Alteration::NewlyUsed,
            false => Alteration::Added,
        };
        for (peer, alteration) in [(before, Alteration::Removed), (after, added)] {
            match several.get(peer.several as usize) {
                None => {
                    for &upstream in path_upstreams.of_path(peer.path) {
                        self.count(upstream, vantage, peer.presence, alteration);
                    }
                }
                Some(paths) => {
                    let all = paths.iter().flat_map(|&path| path_upstreams.of_path(path));
                    let mut upstreams: Vec<Asn> = all.copied().collect();
                    upstreams.sort_unstable();
                    upstreams.dedup();
                    for upstream in upstreams {
                        self.count(upstream, vantage, peer.presence, alteration);
                    }
                }
            }
        }
    }

    fn count(&mut self, upstream: Asn, vantage: u32, presence: Presence, alteration: Alteration) {
        let at = *self.index.entry(upstream).or_insert_with(|| {
            self.entries.push(UpstreamEntry {
                upstream,
                ..UpstreamEntry::default()
            });
            self.entries.len() - 1
        });
        let entry = &mut self.entries[at];
        entry.count(vantage, presence, alteration);
        if !std::mem::replace(&mut entry.is_altered_in_step, true) {
            self.altered_in_step.push(at);
        }
        if !std::mem::replace(&mut entry.is_altered_in_minute, true) {
            self.altered_in_minute.push(at);
        }
    }

    /// Ends an instant, and reports which upstreams have appeared or left in it.
    pub(crate) fn close_instant(
        &mut self,
        time: Timestamp,
        mut report: impl FnMut(UpstreamChange),
    ) {
        let entries = &mut self.entries;
        self.altered_in_step
            .sort_unstable_by_key(|&at| entries[at].upstream);
        for at in self.altered_in_step.drain(..) {
            let entry = &mut entries[at];
            let (before, after) = (entry.held_before, entry.holding);
            let kind = entry.pass_instant();
            if let Some(kind) = kind {
                report(UpstreamChange {
                    time,
                    upstream: entry.upstream,
                    kind,
                    before,
                    after,
                });
            }
            entry.held_before = after;
            entry.newly_used = false;
            entry.is_altered_in_step = false;
        }
    }

    /// Ends a minute, and reports the counts that differ from those last reported.
    pub(crate) fn close_minute(&mut self, minute: u32, mut report: impl FnMut(UpstreamCount)) {
        let entries = &mut self.entries;
        self.altered_in_minute
            .sort_unstable_by_key(|&at| entries[at].upstream);
        for at in self.altered_in_minute.drain(..) {
            let entry = &mut entries[at];
            entry.is_altered_in_minute = false;
            if entry.seeing != entry.reported {
                entry.reported = entry.seeing;
                report(UpstreamCount {
                    minute,
                    upstream: entry.upstream,
                    peer_asns: entry.seeing,
                });
            }
        }
    }
}

impl UpstreamEntry {
    /// Whether it appears or leaves with what happened in an instant.
    fn pass_instant(&mut self) -> Option<UpstreamChangeKind> {
        let after = self.holding;
        if self.is_there {
            self.most = self.most.max(after);
            let has_left = u64::from(after) * 10 <= u64::from(self.most);
            self.is_there = !has_left;
            if after == 0 {
                self.most = 0;
            }
            return has_left.then_some(UpstreamChangeKind::Leaves);
        }
        if after == 0 {
            self.most = 0;
        }
        self.is_there = u64::from(after) * 10 > u64::from(self.most);
        if !self.is_there {
            return None;
        }
        self.most = after;
        self.newly_used.then_some(UpstreamChangeKind::Appears)
    }

    fn count(&mut self, vantage: u32, presence: Presence, alteration: Alteration) {
        let found = self.vantages.iter().position(|v| v.vantage == vantage);
        let at = found.unwrap_or_else(|| {
            self.vantages.push(UpstreamPeers {
                vantage,
                present: 0,
                unknown: 0,
            });
            self.vantages.len() - 1
        });
        let peers = &mut self.vantages[at];
        let before = peers.contribution();
        let count = match presence {
            Presence::Present => &mut peers.present,
            Presence::Unknown => &mut peers.unknown,
            Presence::Absent => return,
        };
        *count = match alteration {
            Alteration::Removed => *count - 1,
            Alteration::Added | Alteration::NewlyUsed => *count + 1,
        };
        let after = peers.contribution();
        self.seeing = self.seeing - before.0 + after.0;
        self.holding = self.holding - before.1 + after.1;
        self.newly_used |= alteration == Alteration::NewlyUsed && presence == Presence::Present;
        if after.1 == 0 {
            self.vantages.swap_remove(at);
        }
    }
}

impl UpstreamPeers {
    /// What the AS adds to `(seeing, holding)`: each 0 or 1.
    const fn contribution(self) -> (u32, u32) {
        (
            (self.present > 0) as u32,
            (self.present + self.unknown > 0) as u32,
        )
    }
}
