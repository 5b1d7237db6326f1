//! How the units that the same routes hold stand at each peer, and what the vantage ASes make of
//! it.

use super::Course;
use crate::model::net::Family;
use crate::model::peer::PeerId;
use crate::model::route::Presence;
use crate::model::visibility::Coverage;
use crate::tally::Terms;
use crate::tally::vantage::{Join, Roster};

/// The units of one plot at one time.
#[derive(Clone)]
pub struct Standing<'a> {
    roster: &'a Roster,
    /// How many routes hold the units.
    routes: usize,
    /// By peer and route, the shortest first.
    presence: Vec<Presence>,
    voters: Vec<Voter>,
    /// From which route on they are long enough to reach the units directly.
    direct_from: usize,
    vantages: Vec<Vantage>,
    full: u32,
    counts: Counts,
}

/// A peer.
#[derive(Debug, Clone, Copy, Default)]
struct Voter {
    listed: bool,
    heard: bool,
    /// One of the routes has been other than unknown.
    spoke: bool,
}

impl Voter {
    const fn is_in_family(self) -> bool {
        self.listed || self.heard
    }

    const fn counts(self) -> bool {
        self.listed || (self.heard && self.spoke)
    }
}

/// By [`Coverage`]: how many.
type Counts = [u32; 4];

/// The peers of one AS.
#[derive(Debug, Clone, Copy, Default)]
struct Vantage {
    in_family: u32,
    /// Of those that count for the units.
    peers: Counts,
}

impl Vantage {
    /// The best that any peer has; none only where all have none.
    const fn coverage(self) -> Coverage {
        let [direct, covered, none, unknown] = self.peers;
        match (direct, covered, unknown, none) {
            (1.., _, _, _) => Coverage::Direct,
            (0, 1.., _, _) => Coverage::Covered,
            (0, 0, 0, 1..) => Coverage::None,
            _ => Coverage::Unknown,
        }
    }
}

impl<'a> Standing<'a> {
    /// As replay starts. `courses`: of the routes, the shortest first.
    pub fn new(roster: &'a Roster, family: Family, courses: &[&Course]) -> Self {
        let peers = roster.vantage().len();
        let routes = courses.len();
        let mut presence = Vec::with_capacity(peers * routes);
        for peer in 0..peers {
            presence.extend(courses.iter().map(|c| c.initial[peer]));
        }
        let has_spoken = |known: &[Presence]| known.iter().any(|p| *p != Presence::Unknown);
        let voters = presence.chunks(routes.max(1)).map(|known| Voter {
            spoke: has_spoken(known),
            ..Voter::default()
        });
        let mut standing = Self {
            roster,
            routes,
            voters: voters.collect(),
            presence,
            direct_from: 0,
            vantages: vec![Vantage::default(); roster.vantages()],
            full: 0,
            counts: Counts::default(),
        };
        for join in roster.at_start(family) {
            standing.voters[join.peer as usize].join(join);
        }
        standing
    }

    /// A presence changes. Nothing is counted before [`Standing::count`].
    pub fn note(&mut self, route: usize, peer: PeerId, to: Presence) {
        self.presence[peer as usize * self.routes + route] = to;
        self.voters[peer as usize].spoke |= to != Presence::Unknown;
    }

    /// A peer starts to count. Nothing is counted before [`Standing::count`].
    pub fn note_join(&mut self, join: &Join) {
        self.voters[join.peer as usize].join(join);
    }

    /// Counts anew, taking the routes from this one on for long enough to be direct.
    pub fn count(&mut self, direct_from: usize) {
        self.direct_from = direct_from;
        self.vantages.fill(Vantage::default());
        (self.full, self.counts) = (0, Counts::default());
        for peer in 0..self.voters.len() {
            let voter = self.voters[peer];
            let vantage = &mut self.vantages[self.roster.vantage()[peer] as usize];
            vantage.in_family += u32::from(voter.is_in_family());
            if voter.counts() {
                let at = self.at_peer(peer);
                self.vantages[self.roster.vantage()[peer] as usize].peers[at as usize] += 1;
            }
        }
        for vantage in &self.vantages {
            if vantage.in_family > 0 {
                self.full += 1;
                self.counts[vantage.coverage() as usize] += 1;
            }
        }
    }

    /// A presence changes, and the count with it.
    pub fn change(&mut self, route: usize, peer: PeerId, to: Presence) {
        self.alter(peer, |standing| standing.note(route, peer, to));
    }

    /// A peer starts to count, and the count changes with it.
    pub fn join(&mut self, join: &Join) {
        self.alter(join.peer, |standing| standing.note_join(join));
    }

    fn alter(&mut self, peer: PeerId, how: impl FnOnce(&mut Self)) {
        let peer = peer as usize;
        let of = self.roster.vantage()[peer] as usize;
        let (voter, at) = (self.voters[peer], self.at_peer(peer));
        how(self);
        let (voter_now, at_now) = (self.voters[peer], self.at_peer(peer));
        let before = self.vantages[of];
        let vantage = &mut self.vantages[of];
        vantage.in_family = vantage.in_family - u32::from(voter.is_in_family())
            + u32::from(voter_now.is_in_family());
        vantage.peers[at as usize] -= u32::from(voter.counts());
        vantage.peers[at_now as usize] += u32::from(voter_now.counts());
        let after = *vantage;
        for (vantage, is_more) in [(before, false), (after, true)] {
            if vantage.in_family > 0 {
                let count = &mut self.counts[vantage.coverage() as usize];
                if is_more {
                    (*count, self.full) = (*count + 1, self.full + 1);
                } else {
                    (*count, self.full) = (*count - 1, self.full - 1);
                }
            }
        }
    }

    /// How the units stand at a peer, by the longest route that reaches them there. Where that is
    /// unknown, what a shorter one says is not the last word on whether they are reached directly.
    fn at_peer(&self, peer: usize) -> Coverage {
        let routes = &self.presence[peer * self.routes..][..self.routes];
        let (shorter, direct) = routes.split_at(self.direct_from);
        match any(direct) {
            Presence::Present => Coverage::Direct,
            Presence::Unknown => Coverage::Unknown,
            Presence::Absent => match any(shorter) {
                Presence::Present => Coverage::Covered,
                Presence::Unknown => Coverage::Unknown,
                Presence::Absent => Coverage::None,
            },
        }
    }

    /// What the vantage ASes make of it.
    pub fn coverage(&self, terms: &Terms) -> Coverage {
        let [direct, covered, none, _] = self.counts;
        let known = direct + covered + none;
        if terms.is_too_few(known, self.full) {
            Coverage::Unknown
        } else if direct * 2 >= known {
            Coverage::Direct
        } else if (direct + covered) * 2 >= known {
            Coverage::Covered
        } else {
            Coverage::None
        }
    }
}

impl Voter {
    fn join(&mut self, join: &Join) {
        self.listed |= join.listed;
        self.heard |= !join.listed;
    }
}

/// Whether any of some routes is there, as far as can be said.
fn any(routes: &[Presence]) -> Presence {
    if routes.contains(&Presence::Present) {
        Presence::Present
    } else if routes.contains(&Presence::Unknown) {
        Presence::Unknown
    } else {
        Presence::Absent
    }
}
