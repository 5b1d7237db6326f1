//! Which peers, files and records stand behind a cell.
//!
//! A run's tables say how many vantage ASes saw a prefix; [`prefix`] says which ones, since when,
//! and by which record of which file each of them is told to have seen it or not, and
//! [`Evidence::record`] spells that record out from the very bytes ([`evidence::read`]). [`group`]
//! says for an AS or a country which prefixes stand behind its row, and which changes decided.
//!
//! Nothing is taken from the tables: the study is read and replayed again, from the same files
//! ([`crate::pipeline::repeat`]). Presence, vote and count are worked out here anew, peer by peer,
//! so that an explanation that agrees with its cell says something of both.

pub mod evidence;
pub mod group;

pub mod json;
pub mod tables;
mod trail;

use crate::model::net::{Asn, Prefix};
use crate::model::peer::PeerId;
use crate::model::route::{Change, PathId, Presence};
use crate::model::time::{MINUTE, Timestamp, Window};
use crate::model::visibility::Visibility;
use crate::pipeline::Replayed;
use crate::replay::classify::FeedStatus;
use crate::replay::{self, History};
use crate::tally::vantage::PeerActivity;
use evidence::Evidence;
use std::collections::BTreeMap;
use trail::Trail;

/// What is asked about: a cell of the tables, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// As asked.
    pub asked: Timestamp,
    /// First instant whose records do not act any more.
    pub before: Timestamp,
    /// The minute of the window that holds it, from 0.
    pub minute: usize,
    /// The start of that minute, as the tables have it.
    pub label: Timestamp,
}

impl At {
    /// A whole minute names the cell of that minute, whose values are the state at its end. Any
    /// other time names that instant: its own records act. Nothing outside the window.
    pub fn of(asked: Timestamp, window: Window) -> Option<Self> {
        let first = window.from.minute();
        let label = asked.minute();
        let is_minute = label == asked;
        let inside = match is_minute {
            true => first <= asked,
            false => window.from <= asked,
        };
        if !inside || asked >= window.to {
            return None;
        }
        let before = match is_minute {
            true => Timestamp(asked.0 + MINUTE).min(window.to),
            false => Timestamp(asked.0 + 1),
        };
        Some(Self {
            asked,
            before,
            minute: window.minute_index(asked),
            label,
        })
    }

    /// Whether it names the cell of a minute.
    pub fn is_cell(&self) -> bool {
        self.asked == self.label
    }
}

/// Who saw a prefix, and by what it is told.
#[derive(Debug)]
pub struct Explanation {
    /// Which prefix.
    pub prefix: Prefix,
    /// When.
    pub at: At,
    /// Vantage ASes with a counted peer, by AS number.
    pub vantages: Vec<Vantage>,
    /// The peers that do not count, in the order of the run's peers.
    pub others: Vec<PeerView>,
}

/// A vantage AS.
#[derive(Debug)]
pub struct Vantage {
    /// Its number.
    pub asn: Asn,
    /// What its counted peers amount to: present, it sees the prefix; absent, it does not.
    pub vote: Presence,
    /// Its peers that count in the family; one that has said nothing of the prefix yet has no vote.
    pub peers: Vec<PeerView>,
}

/// One prefix at one peer.
#[derive(Debug)]
pub struct PeerView {
    /// Who.
    pub peer: PeerId,
    /// Whether it had a route.
    pub presence: Presence,
    /// The paths in use; several at ADD-PATH peers.
    pub paths: Vec<PathId>,
    /// What made its presence what it was, then what that rests on.
    pub because: Vec<Evidence>,
    /// What brought its path, where that is later.
    pub path_by: Option<Evidence>,
    /// Why it does not count, if it does not.
    pub left_out: Option<LeftOut>,
}

/// Why a peer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Its table is no full feed.
    Small {
        /// Its prefixes in the family.
        table: u32,
        /// What the rule asks.
        least: u32,
    },
    /// No whole RIB lists it in the family.
    Unlisted,
    /// It is a route server, left out as asked.
    RouteServer,
    /// It counts later on, once a RIB lists it, or it is heard in the family.
    NotYet,
    /// It has said nothing of the prefix yet, and counts from its first word on.
    Unheard,
}

impl LeftOut {
    /// In words.
    pub fn reason(self) -> String {
        match self {
            Self::Small { table, least } => {
                format!("its table has {table} prefixes, a full feed at least {least}")
            }
            Self::Unlisted => "no whole RIB lists it".to_owned(),
            Self::RouteServer => "it is a route server".to_owned(),
            Self::NotYet => "it counts later on, once it is listed or heard".to_owned(),
            Self::Unheard => "it has said nothing of the prefix yet".to_owned(),
        }
    }
}

impl Explanation {
    /// Vantage ASes with a counted peer in the family.
    pub fn full(&self) -> usize {
        self.vantages.len()
    }

    /// Seeing and known.
    pub fn visibility(&self) -> Visibility {
        let count = |presence| {
            let votes = self.vantages.iter().filter(|v| v.vote == presence);
            votes.count() as u32
        };
        let seeing = count(Presence::Present);
        Visibility {
            seeing,
            known: seeing + count(Presence::Absent),
        }
    }

    /// Every piece of evidence in it.
    pub fn evidence_mut(&mut self) -> Vec<(PeerId, &mut Evidence)> {
        let counted = self.vantages.iter_mut().flat_map(|v| &mut v.peers);
        let views = counted.chain(&mut self.others);
        let each = views.flat_map(|view| {
            let evidence = view.because.iter_mut().chain(&mut view.path_by);
            let peer = view.peer;
            evidence.map(move |e| (peer, e))
        });
        each.collect()
    }
}

/// Explains who saw a prefix; nothing where it is none of the run.
pub fn prefix(run: &Replayed, prefix: Prefix, at: At) -> Option<Explanation> {
    let place = run.observations.prefixes.binary_search(&prefix).ok()?;
    let observations = &run.observations.by_prefix[place];
    let history = replay::prefix(prefix, observations, &run.timelines);
    let mut trails: Vec<Trail<'_>> = (0..run.reports.len() as PeerId)
        .map(|peer| Trail::new(run, prefix, peer, observations, at.before))
        .collect();
    for change in history.changes.iter().filter(|c| c.time < at.before.0) {
        trails[change.peer as usize].changes.push(*change);
    }
    let mut vantages: BTreeMap<Asn, Vec<PeerView>> = BTreeMap::new();
    let mut others = Vec::new();
    for trail in trails {
        let view = view(run, &history, &trail, at);
        match view.left_out {
            // One that is counted in the family, if not for this prefix yet, has no vote.
            None | Some(LeftOut::Unheard) => {
                let asn = run.reports[trail.peer as usize].peer.session.asn;
                vantages.entry(asn).or_default().push(view);
            }
            Some(_) => others.push(view),
        }
    }
    let vantages = vantages.into_iter().map(|(asn, peers)| Vantage {
        asn,
        vote: vote(&peers),
        peers,
    });
    Some(Explanation {
        prefix,
        at,
        vantages: vantages.collect(),
        others,
    })
}

/// A vantage AS sees a prefix if any of its counted peers does, and does not if none does.
fn vote(peers: &[PeerView]) -> Presence {
    let counted = || peers.iter().filter(|p| p.left_out.is_none());
    if counted().any(|p| p.presence == Presence::Present) {
        Presence::Present
    } else if counted().next().is_some() && counted().all(|p| p.presence == Presence::Absent) {
        Presence::Absent
    } else {
        Presence::Unknown
    }
}

fn view(run: &Replayed, history: &History, trail: &Trail<'_>, at: At) -> PeerView {
    let initial = history.initial[trail.peer as usize];
    let last = trail.changes.last();
    let (presence, path, several) =
        last.map_or(initial, |c: &Change| (c.to, c.path_after, c.several_after));
    let spoke =
        initial.0 != Presence::Unknown || trail.changes.iter().any(|c| c.to != Presence::Unknown);
    let paths = match history.several.get(several as usize) {
        Some(paths) => paths.clone(),
        None if presence == Presence::Present => vec![path],
        None => Vec::new(),
    };
    PeerView {
        peer: trail.peer,
        presence,
        paths,
        because: trail.because(presence),
        path_by: trail.path_by(presence),
        left_out: left_out(run, trail, spoke, at),
    }
}

fn left_out(run: &Replayed, trail: &Trail<'_>, spoke: bool, at: At) -> Option<LeftOut> {
    let report = &run.reports[trail.peer as usize];
    let family = trail.prefix.family().index();
    let activity = PeerActivity::before(at.before, report.counted[family], spoke);
    if activity.counts() {
        return None;
    }
    let of_family = report.families[family];
    Some(match of_family.status {
        FeedStatus::RouteServer => LeftOut::RouteServer,
        FeedStatus::TooSmall { least } => LeftOut::Small {
            table: of_family.table.unwrap_or(0),
            least,
        },
        FeedStatus::Unlisted => LeftOut::Unlisted,
        FeedStatus::FullFeed if activity.counts_in_family() => LeftOut::Unheard,
        FeedStatus::FullFeed => LeftOut::NotYet,
    })
}
