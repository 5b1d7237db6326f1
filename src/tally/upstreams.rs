//! Behind whom a prefix is seen: the ASes next to its origin on the paths in use, counted in
//! vantage ASes over time, and the moments at which one appears or leaves.

use crate::model::net::Asn;
use crate::model::path::AsPath;
use crate::model::route::{NONE, PathId, Presence};
use rustc_hash::FxHashMap;

/// The upstreams of each path of a run ([`AsPath::upstreams`]), worked out once.
#[derive(Debug, Clone, Default)]
pub struct NextToOrigin {
    /// Where each path's begin.
    starts: Vec<u32>,
    asns: Vec<Asn>,
}

impl NextToOrigin {
    /// Of each path, in order.
    pub fn of(paths: &[AsPath]) -> Self {
        let mut next = Self::default();
        next.starts.reserve(paths.len() + 1);
        for path in paths {
            next.starts.push(next.asns.len() as u32);
            next.asns.extend(path.upstreams());
        }
        next.starts.push(next.asns.len() as u32);
        next
    }

    /// Of one path, ascending; of [`NONE`] nothing.
    pub fn of_path(&self, path: PathId) -> &[Asn] {
        let at = path as usize;
        match (self.starts.get(at), self.starts.get(at.saturating_add(1))) {
            (Some(&from), Some(&to)) => &self.asns[from as usize..to as usize],
            _ => &[],
        }
    }
}

/// How many vantage ASes see a prefix through an upstream from the end of a minute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Via {
    /// Which minute of the window, from 0.
    pub minute: u32,
    /// The upstream.
    pub upstream: Asn,
    /// Vantage ASes; 0 where it is no longer one.
    pub peer_asns: u32,
}

/// An upstream that appears or leaves.
///
/// A vantage AS whose route becomes unknown (its session died, a file is missing) still stands for
/// the upstream that it had, until it says otherwise: a fault is no change of upstream. Nor does
/// an upstream appear when a peer speaks for the first time and nobody can say what it had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamChange {
    /// When, microseconds since the epoch.
    pub time: i64,
    /// The upstream.
    pub upstream: Asn,
    /// Vantage ASes that stood for it before; 0 where it appears.
    pub before: u32,
    /// Vantage ASes that stand for it from here on; 0 where it leaves.
    pub after: u32,
}

/// What a counted peer adds to the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Voice {
    /// Presence of the prefix at the peer.
    pub presence: Presence,
    /// Its path, in use or last known, or [`NONE`].
    pub path: PathId,
    /// Place of its paths among those of peers that have several, or [`NONE`].
    pub several: u32,
}

impl Voice {
    /// Of a peer that does not count.
    pub const SILENT: Self = Self {
        presence: Presence::Absent,
        path: NONE,
        several: NONE,
    };
}

/// The upstreams of one prefix at one time.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter {
    /// In the order in which they were heard of first.
    entries: Vec<Entry>,
    places: FxHashMap<Asn, usize>,
    /// Places of entries that have turned since the last instant, and since the last minute, each
    /// once: a prefix may have had thousands of upstreams, few of which turn at a time.
    in_step: Vec<usize>,
    in_minute: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    upstream: Asn,
    vantages: Vec<Share>,
    /// Vantage ASes that see the prefix through it.
    via: u32,
    /// These, and those that did when they became unknown.
    standing: u32,
    /// What stood at the instant before.
    stood: u32,
    /// What the latest minute was told of `via`.
    told: u32,
    /// Somebody takes it up who is known not to have had it.
    taken_up: bool,
    /// It is on the list of those that have turned since the last instant.
    is_in_step: bool,
    /// It is on the list of those that have turned since the last minute.
    is_in_minute: bool,
}

/// The peers of one vantage AS that have, or had, a path through an upstream.
#[derive(Debug, Clone, Copy)]
struct Share {
    vantage: u32,
    present: u32,
    held: u32,
}

/// One more or one less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Less,
    More,
    /// One more, by a peer of which it is known that it did not have it.
    TakenUp,
}

impl Counter {
    /// A peer of a vantage AS has another voice than before. `spoke`: what it had before is known,
    /// or was before it became unknown.
    pub fn alter(
        &mut self,
        next: &NextToOrigin,
        several: &[Vec<PathId>],
        vantage: u32,
        (before, after): (Voice, Voice),
        spoke: bool,
    ) {
        if before == after {
            return;
        }
        let more = if spoke { Turn::TakenUp } else { Turn::More };
        for (voice, turn) in [(before, Turn::Less), (after, more)] {
            match several.get(voice.several as usize) {
                None => {
                    for &upstream in next.of_path(voice.path) {
                        self.turn(upstream, vantage, voice.presence, turn);
                    }
                }
                Some(paths) => {
                    let all = paths.iter().flat_map(|&path| next.of_path(path));
                    let mut upstreams: Vec<Asn> = all.copied().collect();
                    upstreams.sort_unstable();
                    upstreams.dedup();
                    for upstream in upstreams {
                        self.turn(upstream, vantage, voice.presence, turn);
                    }
                }
            }
        }
    }

    fn turn(&mut self, upstream: Asn, vantage: u32, presence: Presence, turn: Turn) {
        let at = *self.places.entry(upstream).or_insert_with(|| {
            self.entries.push(Entry {
                upstream,
                ..Entry::default()
            });
            self.entries.len() - 1
        });
        let entry = &mut self.entries[at];
        entry.turn(vantage, presence, turn);
        if !std::mem::replace(&mut entry.is_in_step, true) {
            self.in_step.push(at);
        }
        if !std::mem::replace(&mut entry.is_in_minute, true) {
            self.in_minute.push(at);
        }
    }

    /// An instant is over: tells which upstreams have appeared or left in it.
    pub fn step(&mut self, time: i64, mut tell: impl FnMut(UpstreamChange)) {
        let entries = &mut self.entries;
        self.in_step
            .sort_unstable_by_key(|&at| entries[at].upstream);
        for at in self.in_step.drain(..) {
            let entry = &mut entries[at];
            let (before, after) = (entry.stood, entry.standing);
            if (before == 0 && after > 0 && entry.taken_up) || (before > 0 && after == 0) {
                tell(UpstreamChange {
                    time,
                    upstream: entry.upstream,
                    before,
                    after,
                });
            }
            entry.stood = after;
            entry.taken_up = false;
            entry.is_in_step = false;
        }
    }

    /// A minute is over: tells the counts that are others than at the end of the latest one told.
    pub fn close(&mut self, minute: u32, mut tell: impl FnMut(Via)) {
        let entries = &mut self.entries;
        self.in_minute
            .sort_unstable_by_key(|&at| entries[at].upstream);
        for at in self.in_minute.drain(..) {
            let entry = &mut entries[at];
            entry.is_in_minute = false;
            if entry.via != entry.told {
                entry.told = entry.via;
                tell(Via {
                    minute,
                    upstream: entry.upstream,
                    peer_asns: entry.via,
                });
            }
        }
    }
}

impl Entry {
    fn turn(&mut self, vantage: u32, presence: Presence, turn: Turn) {
        let found = self.vantages.iter().position(|s| s.vantage == vantage);
        let at = found.unwrap_or_else(|| {
            self.vantages.push(Share {
                vantage,
                present: 0,
                held: 0,
            });
            self.vantages.len() - 1
        });
        let share = &mut self.vantages[at];
        let before = share.votes();
        let count = match presence {
            Presence::Present => &mut share.present,
            Presence::Unknown => &mut share.held,
            Presence::Absent => return,
        };
        *count = match turn {
            Turn::Less => *count - 1,
            Turn::More | Turn::TakenUp => *count + 1,
        };
        let after = share.votes();
        self.via = self.via - before.0 + after.0;
        self.standing = self.standing - before.1 + after.1;
        self.taken_up |= turn == Turn::TakenUp && presence == Presence::Present;
        if after.1 == 0 {
            self.vantages.swap_remove(at);
        }
    }
}

impl Share {
    /// Whether the AS is counted as seeing, and as standing for the upstream: each 0 or 1.
    const fn votes(self) -> (u32, u32) {
        (
            (self.present > 0) as u32,
            (self.present + self.held > 0) as u32,
        )
    }
}
