//! From a cell of the tables back to the peers, files and records behind it.
//!
//! A run's tables say how many vantage ASes saw a prefix. [`prefix`] says which ones, since when,
//! and which record of which file shows that each of them did or did not; [`Evidence::record`] is
//! that record, decoded from the archive's bytes ([`evidence::read`]). [`group`] says for an AS or a
//! country which prefixes its row counts, and which changes were decisive.
//!
//! Nothing is taken from the tables: the study is read and replayed again, from the same files
//! ([`crate::pipeline::recorded`]). Presence and counts are computed here independently, peer by peer,
//! so an explanation that agrees with its cell confirms both.

pub mod evidence;
pub mod group;

pub mod json;
mod peer_history;
pub(crate) mod tables;

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
use peer_history::PeerHistory;
use std::collections::BTreeMap;

/// The time that is asked about: a cell of the tables, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedTime {
    /// As asked.
    pub asked: Timestamp,
    /// The first instant whose records no longer take effect.
    pub before: Timestamp,
    /// The number of its minute in the window, from 0.
    pub minute: usize,
    /// The start of that minute, as the tables have it.
    pub label: Timestamp,
}

impl AskedTime {
    /// A whole minute stands for the cell of that minute, whose values are the state at its end. Any
    /// other time stands for that instant, its own records included. `None` outside the window.
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

    /// Whether it stands for the cell of a minute.
    pub(crate) fn is_cell(&self) -> bool {
        self.asked == self.label
    }
}

/// Which vantage ASes saw a prefix, with the evidence.
#[derive(Debug)]
pub struct PrefixExplanation {
    /// The prefix.
    pub prefix: Prefix,
    /// The time that was asked about.
    pub at: AskedTime,
    /// Vantage ASes with a counted peer, by AS number.
    pub vantages: Vec<VantageExplanation>,
    /// The peers that do not count, in the order of the run's peers.
    pub others: Vec<PeerExplanation>,
}

/// A vantage AS with its counted peers.
#[derive(Debug)]
pub struct VantageExplanation {
    /// Its AS number.
    pub asn: Asn,
    /// Its counted peers taken together: present where it sees the prefix, absent where it does not.
    pub presence: Presence,
    /// Its peers that count in the family. One from which nothing about the prefix has been observed
    /// yet does not bear on the presence.
    pub peers: Vec<PeerExplanation>,
}

/// One prefix at one peer.
#[derive(Debug)]
pub struct PeerExplanation {
    /// The peer.
    pub peer: PeerId,
    /// Whether it had a route to the prefix.
    pub presence: Presence,
    /// The paths in use; several at ADD-PATH peers.
    pub paths: Vec<PathId>,
    /// What caused its presence, then what that rests on.
    pub evidence: Vec<Evidence>,
    /// What brought the path in use, where that is later than the presence.
    pub path_evidence: Option<Evidence>,
    /// Why the peer does not count; `None` where it counts.
    pub not_counted: Option<NotCounted>,
}

/// Why a peer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCounted {
    /// Its table is not a full feed.
    Small {
        /// The number of prefixes of the family in its table.
        table: u32,
        /// The number that the rule asks for.
        least: u32,
    },
    /// No whole RIB lists it in the family.
    Unlisted,
    /// It is a route server, and the study excludes those.
    RouteServer,
    /// It counts later, once a RIB lists it or a route of the family has been observed from it.
    NotYet,
    /// Nothing about the prefix has been observed from it yet; it counts from then on.
    NotObserved,
}

impl NotCounted {
    /// The reason in words.
    pub fn reason(self) -> String {
        match self {
            Self::Small { table, least } => {
                format!("its table has {table} prefixes; a full feed has at least {least}")
            }
            Self::Unlisted => "no whole RIB lists it".to_owned(),
            Self::RouteServer => "it is a route server, which the study excludes".to_owned(),
            Self::NotYet => {
                "it does not count yet: no RIB listed it and no route of it was observed before"
                    .to_owned()
            }
            Self::NotObserved => "it has neither announced nor withdrawn the prefix yet".to_owned(),
        }
    }
}

impl PrefixExplanation {
    /// Vantage ASes with a counted peer in the family.
    pub fn full(&self) -> usize {
        self.vantages.len()
    }

    /// Seeing and known.
    pub fn visibility(&self) -> Visibility {
        let count = |presence| {
            let of_presence = self.vantages.iter().filter(|v| v.presence == presence);
            of_presence.count() as u32
        };
        let seeing = count(Presence::Present);
        Visibility {
            seeing,
            known: seeing + count(Presence::Absent),
        }
    }

    /// All its evidence, each with its peer.
    pub fn evidence_mut(&mut self) -> Vec<(PeerId, &mut Evidence)> {
        let counted = self.vantages.iter_mut().flat_map(|v| &mut v.peers);
        let views = counted.chain(&mut self.others);
        let each = views.flat_map(|view| {
            let evidence = view.evidence.iter_mut().chain(&mut view.path_evidence);
            let peer = view.peer;
            evidence.map(move |e| (peer, e))
        });
        each.collect()
    }
}

/// Explains which vantage ASes saw a prefix; `None` where the run does not watch it.
pub fn prefix(run: &Replayed, prefix: Prefix, at: AskedTime) -> Option<PrefixExplanation> {
    let index = run.observations.prefixes.binary_search(&prefix).ok()?;
    let observations = &run.observations.by_prefix[index];
    let history = replay::prefix(prefix, observations, &run.timelines);
    let mut histories: Vec<PeerHistory<'_>> = (0..run.reports.len() as PeerId)
        .map(|peer| PeerHistory::new(run, prefix, peer, observations, at.before))
        .collect();
    for change in history.changes.iter().filter(|c| c.time < at.before) {
        histories[change.peer as usize].changes.push(*change);
    }
    let mut vantages: BTreeMap<Asn, Vec<PeerExplanation>> = BTreeMap::new();
    let mut others = Vec::new();
    for of_peer in histories {
        let view = view(run, &history, &of_peer, at);
        match view.not_counted {
            // It counts in the family, although not for this prefix yet.
            None | Some(NotCounted::NotObserved) => {
                let asn = run.reports[of_peer.peer as usize].peer.session.asn;
                vantages.entry(asn).or_default().push(view);
            }
            Some(_) => others.push(view),
        }
    }
    let vantages = vantages.into_iter().map(|(asn, peers)| VantageExplanation {
        asn,
        presence: combined(&peers),
        peers,
    });
    Some(PrefixExplanation {
        prefix,
        at,
        vantages: vantages.collect(),
        others,
    })
}

/// A vantage AS sees a prefix if any of its counted peers does, and does not if none does.
fn combined(peers: &[PeerExplanation]) -> Presence {
    let counted = || peers.iter().filter(|p| p.not_counted.is_none());
    if counted().any(|p| p.presence == Presence::Present) {
        Presence::Present
    } else if counted().next().is_some() && counted().all(|p| p.presence == Presence::Absent) {
        Presence::Absent
    } else {
        Presence::Unknown
    }
}

fn view(
    run: &Replayed,
    history: &History,
    of_peer: &PeerHistory<'_>,
    at: AskedTime,
) -> PeerExplanation {
    let initial = history.initial[of_peer.peer as usize];
    let last = of_peer.changes.last();
    let (presence, path, several) =
        last.map_or(initial, |c: &Change| (c.to, c.path_after, c.several_after));
    let is_observed =
        initial.0 != Presence::Unknown || of_peer.changes.iter().any(|c| c.to != Presence::Unknown);
    let paths = match history.several.get(several as usize) {
        Some(paths) => paths.clone(),
        None if presence == Presence::Present => vec![path],
        None => Vec::new(),
    };
    PeerExplanation {
        peer: of_peer.peer,
        presence,
        paths,
        evidence: of_peer.evidence(presence),
        path_evidence: of_peer.path_evidence(presence),
        not_counted: not_counted(run, of_peer, is_observed, at),
    }
}

fn not_counted(
    run: &Replayed,
    of_peer: &PeerHistory<'_>,
    is_observed: bool,
    at: AskedTime,
) -> Option<NotCounted> {
    let report = &run.reports[of_peer.peer as usize];
    let family = of_peer.prefix.family().index();
    let activity = PeerActivity::before(at.before, report.counted[family], is_observed);
    if activity.counts() {
        return None;
    }
    let of_family = report.families[family];
    Some(match of_family.status {
        FeedStatus::RouteServer => NotCounted::RouteServer,
        FeedStatus::TooSmall { least } => NotCounted::Small {
            table: of_family.table.unwrap_or(0),
            least,
        },
        FeedStatus::Unlisted => NotCounted::Unlisted,
        FeedStatus::FullFeed if activity.counts_in_family() => NotCounted::NotObserved,
        FeedStatus::FullFeed => NotCounted::NotYet,
    })
}
