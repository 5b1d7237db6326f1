//! From a row of an AS or a country back to its prefixes, and to the changes that were decisive.

use super::AskedTime;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::{Change, Presence};
use crate::model::time::Timestamp;
use crate::model::visibility::{Visibility, VisibilityState};
use crate::pipeline::Replayed;
use crate::replay::History;
use crate::replay::observations;
use crate::tally::Tally;
use crate::tally::vantage::PeerActivity;
use crate::watchlist::WatchList;

/// Which group's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupSelector {
    /// That of an origin AS.
    Asn(Asn),
    /// That of the country: everything that is watched.
    Whole,
}

/// The prefixes of a group in one address family.
#[derive(Debug)]
pub struct GroupExplanation {
    /// The address family.
    pub family: Family,
    /// The number of vantage ASes with a counted peer.
    pub full: u32,
    /// The prefixes, sorted.
    pub members: Vec<ExplainedPrefix>,
}

/// A prefix of a group at the time that was asked about.
#[derive(Debug)]
pub struct ExplainedPrefix {
    /// The prefix.
    pub prefix: Prefix,
    /// Whether it is a member: in the baseline.
    pub is_member: bool,
    /// Whether it was visible at the instant.
    pub state: VisibilityState,
    /// How many vantage ASes saw it, of how many known.
    pub visibility: Visibility,
    /// Since when its state had been that; `None` where the replay started with it.
    pub since: Option<Timestamp>,
    /// The changes of presence at counted peers, at that very time, that brought it about.
    pub deciding: Vec<Change>,
}

impl ExplainedPrefix {
    /// Whether it is among the prefixes that the row counts: those longer than a /24 (/48) are not.
    pub fn counts(&self) -> bool {
        self.prefix.len() <= self.prefix.family().unit_len()
    }
}

impl GroupExplanation {
    /// As the column `prefixes_baseline`.
    pub fn baseline(&self) -> usize {
        self.members.iter().filter(|m| m.is_member).count()
    }

    /// As the column `prefixes_visible`.
    pub fn visible(&self) -> usize {
        let members = self.members.iter().filter(|m| m.is_member);
        members
            .filter(|m| m.state == VisibilityState::Visible)
            .count()
    }
}

/// Explains the row of a group, by family.
pub fn explain(
    run: &Replayed,
    list: &WatchList,
    group: GroupSelector,
    at: AskedTime,
) -> Vec<GroupExplanation> {
    let superseded = run.superseded(list);
    let members = run.each(list, |prefix, observed, history, tally| {
        let is_superseded = superseded.binary_search(&prefix).is_ok();
        let watches = |asn| list.watches_origin(asn);
        let matched_origins =
            observations::origins_among(observed, &run.observations.paths, watches);
        let is_member = |asn: Asn| {
            let baseline = &tally.baseline;
            !is_superseded && baseline.is_member() && baseline.origins.contains(&asn)
        };
        let belongs = match group {
            GroupSelector::Whole => true,
            GroupSelector::Asn(asn) => is_member(asn) || matched_origins.contains(&asn),
        };
        belongs.then(|| {
            let is_member = match group {
                GroupSelector::Whole => !is_superseded && tally.baseline.is_member(),
                GroupSelector::Asn(asn) => is_member(asn),
            };
            member(run, prefix, history, tally, (at, is_member))
        })
    });
    let members: Vec<ExplainedPrefix> = members.into_iter().flatten().collect();
    let mut by_family: Vec<GroupExplanation> = Vec::new();
    for member in members {
        let family = member.prefix.family();
        match by_family.last_mut() {
            Some(last) if last.family == family => last.members.push(member),
            _ => by_family.push(GroupExplanation {
                family,
                full: full(run, family, at),
                members: vec![member],
            }),
        }
    }
    by_family
}

/// Vantage ASes with a counted peer.
fn full(run: &Replayed, family: Family, at: AskedTime) -> u32 {
    let counted = run.reports.iter().filter(|r| {
        let counted = r.counted[family.index()];
        PeerActivity::before(at.before, counted, false).counts_in_family()
    });
    let mut asns: Vec<Asn> = counted.map(|r| r.peer.session.asn).collect();
    asns.sort_unstable();
    asns.dedup();
    asns.len() as u32
}

fn member(
    run: &Replayed,
    prefix: Prefix,
    history: &History,
    tally: &Tally,
    (at, is_member): (AskedTime, bool),
) -> ExplainedPrefix {
    let past = tally
        .visibility_changes
        .partition_point(|c| c.time < at.before);
    let past = &tally.visibility_changes[..past];
    let now = past.last();
    let (state, visibility) = now.map_or((VisibilityState::Unknown, Visibility::default()), |c| {
        (c.state, c.visibility)
    });
    let change = past.windows(2).rfind(|two| two[0].state != two[1].state);
    let since = change.map(|two| two[1].time);
    let is_counted = |change: &&Change| {
        let counted = run.reports[change.peer as usize].counted[prefix.family().index()];
        let after = Timestamp(change.time.0 + 1);
        PeerActivity::before(after, counted, false).counts_in_family()
    };
    let decides = |c: &&Change| Some(c.time) == since && (c.from != c.to) && is_decisive(c, state);
    let deciding = history.changes.iter().filter(decides).filter(is_counted);
    ExplainedPrefix {
        prefix,
        is_member,
        state,
        visibility,
        since,
        deciding: deciding.copied().collect(),
    }
}

/// Whether a change may have brought the state about: a route that returned did not cause a loss.
fn is_decisive(change: &Change, state: VisibilityState) -> bool {
    match state {
        VisibilityState::Visible => change.to != Presence::Absent,
        VisibilityState::Lost => change.to != Presence::Present,
        VisibilityState::Unknown => change.to == Presence::Unknown,
    }
}
