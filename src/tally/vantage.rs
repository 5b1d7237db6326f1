//! Who is counted, and how the peers of one AS make one voice.

use super::upstreams::{Counter, NextToOrigin, Voice};
use crate::model::net::{Asn, Family};
use crate::model::peer::PeerId;
use crate::model::route::{Change, NONE, PathId, Presence};
use crate::model::visibility::Visibility;
use crate::replay::History;
use crate::replay::feed::Counted;

/// A peer starts to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Join {
    /// Microseconds since the epoch.
    pub time: i64,
    /// Who.
    pub peer: PeerId,
    /// For every prefix, or each from its first word.
    pub listed: bool,
}

/// All peers of a run, and when each counts.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// By peer: which vantage AS it speaks for.
    vantage: Vec<u32>,
    /// Their ASNs, ascending.
    asns: Vec<Asn>,
    joins: [Vec<Join>; 2],
}

impl Roster {
    /// Sets up a roster of `(peer ASN, counted per family)`, in the order of the peers.
    pub fn new(peers: &[(Asn, [Counted; 2])]) -> Self {
        let mut asns: Vec<Asn> = peers.iter().map(|p| p.0).collect();
        asns.sort_unstable();
        asns.dedup();
        let place = |asn| asns.partition_point(|&a| a < asn) as u32;
        let mut joins = [Vec::new(), Vec::new()];
        for (peer, (_, counted)) in peers.iter().enumerate() {
            for (joins, counted) in joins.iter_mut().zip(counted) {
                let since = [(counted.listed, true), (counted.heard, false)];
                joins.extend(since.into_iter().filter_map(|(time, listed)| {
                    let peer = peer as PeerId;
                    time.map(|time| Join { time, peer, listed })
                }));
            }
        }
        joins.iter_mut().for_each(|j| j.sort_unstable());
        Self {
            vantage: peers.iter().map(|p| place(p.0)).collect(),
            asns,
            joins,
        }
    }

    /// Who starts to count in a family, by time.
    pub fn joins(&self, family: Family) -> &[Join] {
        let joins = &self.joins[family.index()];
        let at_start = joins.partition_point(|j| j.time == i64::MIN);
        &joins[at_start..]
    }

    pub(crate) fn at_start(&self, family: Family) -> &[Join] {
        let joins = &self.joins[family.index()];
        &joins[..joins.partition_point(|j| j.time == i64::MIN)]
    }

    /// By peer: which vantage AS it speaks for, as a place among [`Roster::vantages`] of them.
    pub(crate) fn vantage(&self) -> &[u32] {
        &self.vantage
    }

    /// How many vantage ASes there are, counted or not.
    pub(crate) fn vantages(&self) -> usize {
        self.asns.len()
    }
}

impl Roster {
    /// The ASN of a vantage AS.
    pub(crate) fn asn(&self, vantage: u32) -> Asn {
        self.asns[vantage as usize]
    }

    /// The roster with only some of its peers counted.
    pub fn filtered(&self, counts: impl Fn(PeerId) -> bool) -> Self {
        let filtered = |joins: &Vec<Join>| {
            let kept = joins.iter().filter(|j| counts(j.peer));
            kept.copied().collect()
        };
        Self {
            vantage: self.vantage.clone(),
            asns: self.asns.clone(),
            joins: self.joins.each_ref().map(filtered),
        }
    }
}

/// What a vantage AS says of a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vote {
    /// One of its counted peers has it.
    Sees,
    /// All of them have it absent.
    DoesNot,
    /// Nobody can say, or none of its peers counts.
    Unknown,
}

/// How the peers of one AS stand.
#[derive(Debug, Clone, Copy, Default)]
struct Vantage {
    /// Counted peers in the family.
    counted: u32,
    /// Of these, those counted for the prefix, by presence.
    present: u32,
    absent: u32,
    unknown: u32,
}

impl Vantage {
    /// `(full, known, seeing)`, each 0 or 1.
    const fn vote(self) -> (u32, u32, u32) {
        let seeing = self.present > 0;
        let not_seeing = !seeing && self.unknown == 0 && self.absent > 0;
        (
            (self.counted > 0) as u32,
            (seeing || not_seeing) as u32,
            seeing as u32,
        )
    }

    const fn slot(&mut self, presence: Presence) -> &mut u32 {
        match presence {
            Presence::Present => &mut self.present,
            Presence::Absent => &mut self.absent,
            Presence::Unknown => &mut self.unknown,
        }
    }
}

/// A peer, for one prefix.
#[derive(Debug, Clone, Copy)]
struct Voter {
    presence: Presence,
    path: PathId,
    /// Place of its paths among those of peers that have several.
    several: u32,
    /// Path and place in use, or when its presence became unknown.
    last: (PathId, u32),
    /// Has been other than unknown.
    spoke: bool,
    listed: bool,
    heard: bool,
}

impl Voter {
    /// Whether it counts for the prefix.
    const fn counts(self) -> bool {
        self.listed || (self.heard && self.spoke)
    }

    /// What it says of upstreams.
    const fn voice(self) -> Voice {
        if !self.counts() {
            return Voice::SILENT;
        }
        Voice {
            presence: self.presence,
            path: self.last.0,
            several: self.last.1,
        }
    }
}

/// The votes on one prefix at one time.
#[derive(Debug, Clone)]
pub struct Votes<'a> {
    roster: &'a Roster,
    several: &'a [Vec<PathId>],
    next: &'a NextToOrigin,
    voters: Vec<Voter>,
    vantages: Vec<Vantage>,
    full: u32,
    now: Visibility,
    /// Behind whom it is seen.
    pub(super) upstreams: Counter,
}

impl<'a> Votes<'a> {
    /// As replay starts.
    pub fn new(
        roster: &'a Roster,
        next: &'a NextToOrigin,
        family: Family,
        history: &'a History,
    ) -> Self {
        let voters = history
            .initial
            .iter()
            .map(|&(presence, path, several)| Voter {
                presence,
                path,
                several,
                last: (path, several),
                spoke: presence != Presence::Unknown,
                listed: false,
                heard: false,
            });
        let mut votes = Self {
            roster,
            several: &history.several,
            next,
            voters: voters.collect(),
            vantages: vec![Vantage::default(); roster.vantages()],
            full: 0,
            now: Visibility::default(),
            upstreams: Counter::default(),
        };
        roster.at_start(family).iter().for_each(|j| votes.join(j));
        votes
    }

    /// A peer starts to count.
    pub fn join(&mut self, join: &Join) {
        self.alter(join.peer, |voter| {
            voter.listed = voter.listed || join.listed;
            voter.heard = voter.heard || !join.listed;
        });
    }

    /// A presence or path changes.
    pub fn change(&mut self, change: &Change) {
        self.alter(change.peer, |voter| {
            voter.presence = change.to;
            voter.path = change.path_after;
            voter.several = change.several_after;
            if change.to != Presence::Unknown {
                voter.last = (change.path_after, change.several_after);
            }
            voter.spoke = voter.spoke || change.to != Presence::Unknown;
        });
    }

    fn alter(&mut self, peer: PeerId, how: impl FnOnce(&mut Voter)) {
        let voter = &mut self.voters[peer as usize];
        let before = *voter;
        how(voter);
        let after = *voter;
        let of = self.roster.vantage[peer as usize];
        // One that joins has had its route before.
        let spoke = before.counts() && before.spoke;
        let voices = (before.voice(), after.voice());
        self.upstreams
            .alter(self.next, self.several, of, voices, spoke);
        let vantage = &mut self.vantages[of as usize];
        let (full, known, seeing) = vantage.vote();
        let in_family = |v: Voter| u32::from(v.listed || v.heard);
        vantage.counted = vantage.counted - in_family(before) + in_family(after);
        if before.counts() {
            *vantage.slot(before.presence) -= 1;
        }
        if after.counts() {
            *vantage.slot(after.presence) += 1;
        }
        let (full_now, known_now, seeing_now) = vantage.vote();
        self.full = self.full - full + full_now;
        self.now.known = self.now.known - known + known_now;
        self.now.seeing = self.now.seeing - seeing + seeing_now;
    }

    /// What a vantage AS says.
    pub(crate) fn of(&self, vantage: u32) -> Vote {
        match self.vantages[vantage as usize].vote() {
            (_, _, 1) => Vote::Sees,
            (_, 1, _) => Vote::DoesNot,
            _ => Vote::Unknown,
        }
    }

    /// Vantage ASes with a counted peer in the family.
    pub const fn full(&self) -> u32 {
        self.full
    }

    /// Seeing and known.
    pub const fn visibility(&self) -> Visibility {
        self.now
    }

    /// Whether a peer counts for the prefix.
    pub fn counts(&self, peer: PeerId) -> bool {
        self.voters[peer as usize].counts()
    }

    /// Paths of the routes in use at counted peers.
    pub fn paths_in_use(&self) -> impl Iterator<Item = PathId> + '_ {
        let present = self.voters.iter().filter(|v| v.counts() && v.path != NONE);
        present
            .flat_map(|v| match self.several.get(v.several as usize) {
                Some(paths) => paths.as_slice(),
                None => std::slice::from_ref(&v.path),
            })
            .copied()
    }
}
