//! Events: what people would call one outage of an AS, a country, or all that is watched, whatever
//! the number of prefixes and families (`event_spans`), described from the outages of its
//! prefixes (`group_loss`). Headlines, figures and notebooks tell events.

use super::event_spans::{self, EventSpan};
use super::group_loss::{GroupLoss, MemberOutages, baseline_of};
use super::member_states::{MemberStates, since_visible};
use super::{EndKind, Outage, PrefixOutages, Scope};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::path::AsPath;
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::model::visibility::{Coverage, VisibilityState};
use crate::tally::Tally;
use crate::tally::baseline::BaselineKind;
use crate::tally::coverage::UnitCounts;

/// An event. Times are UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// An AS, a country, or all that is watched.
    pub scope: Scope,
    /// Which one, as the tables write it: `AS131279`, `KP`, `watch`.
    pub entity: String,
    /// The families of which at least 10 % of the members were lost.
    pub families: Vec<Family>,
    /// When at least 10 % of the members of a family were lost; that may be before the window.
    pub start: Timestamp,
    /// When fewer were, or half of the worst was back and no more was lost.
    pub end: Timestamp,
    /// How it ends.
    pub end_kind: EndKind,
    /// By how much it may have begun earlier.
    pub start_uncertainty: TimeDelta,
    /// By how much it may have ended earlier; nothing where it was not seen to end.
    pub end_uncertainty: Option<TimeDelta>,
    /// What the membership of its entity's members rests on; of several the least certain.
    pub baseline: BaselineKind,
    /// How many members the entity has, of both families.
    pub prefixes_baseline: u32,
    /// The most that were lost at once, and the first instant at which so many were.
    pub prefixes_lost_max: u32,
    /// See there.
    pub worst_at: Timestamp,
    /// The first instant with more than half of the members lost.
    pub down_from: Option<Timestamp>,
    /// The last one.
    pub down_to: Option<Timestamp>,
    /// When half of `prefixes_lost_max` were visible again.
    pub half_back_at: Option<Timestamp>,
    /// When the last came back, which may be after the end; nothing while one is gone.
    pub last_back_at: Option<Timestamp>,
    /// How many were still gone at the end.
    pub still_lost: u32,
    /// Known loss, summed over its prefixes, from the window's start on.
    pub lost_in_window: TimeDelta,
    /// The same from the event's start to the window's.
    pub lost_before: TimeDelta,
    /// The most units (/24s, IPv6 /48s) of the entity that no route reached at once.
    pub units_none_max: u64,
    /// The most that only covering routes reached.
    pub units_covered_max: u64,
    /// The networks that lost any of its prefixes first, ascending.
    pub first_lost: Vec<Asn>,
    /// Those that did so last.
    pub last_lost: Vec<Asn>,
    /// The AS that the lost paths share and the surviving ones do not.
    pub common_as: Option<Asn>,
    /// Upstreams of the lost prefixes before it, ascending.
    pub upstreams_before: Vec<Asn>,
    /// Those of the paths that survived.
    pub upstreams_during: Vec<Asn>,
    /// Those once they were back.
    pub upstreams_after: Vec<Asn>,
    /// Origins, other than their own, of the routes to its prefixes while they were lost or when
    /// they were back.
    pub other_origins: Vec<Asn>,
    /// The collectors whose own peers had lost at least half of its prefixes, by their index.
    pub collectors: Vec<u32>,
    /// The prefixes that were lost in it, sorted.
    pub prefixes: Vec<Prefix>,
    /// Whether any peer kept a stuck route in it.
    pub(super) has_stuck: bool,
}

impl Event {
    /// What the rank of events goes by: all known loss.
    pub fn lost(&self) -> TimeDelta {
        self.lost_before + self.lost_in_window
    }
}

/// What is needed to find the events of an entity.
#[derive(Clone, Copy)]
pub(super) struct EventInputs<'a> {
    pub(super) scope: Scope,
    pub(super) entity: &'a str,
    /// Its members of both families, sorted by prefix.
    pub(super) members: &'a [MemberOutages<'a>],
    /// How its units are reached, by family.
    pub(super) units: &'a [&'a UnitCounts],
    /// The run's AS paths.
    pub(super) paths: &'a [AsPath],
    pub(super) window: Window,
}

/// The events of an entity, in the order of time.
pub(super) fn find(inputs: EventInputs<'_>) -> Vec<Event> {
    let states: Vec<Vec<(Timestamp, VisibilityState)>> =
        inputs.members.iter().map(|m| states(m.tally)).collect();
    let members = member_states(inputs.members, &states);
    let spans = event_spans::find(&members, inputs.window);
    spans
        .into_iter()
        .map(|span| event(span, &members, inputs))
        .collect()
}

/// The states of members, given those of each.
pub(super) fn member_states<'a>(
    members: &[MemberOutages<'_>],
    states: &'a [Vec<(Timestamp, VisibilityState)>],
) -> Vec<MemberStates<'a>> {
    let pairs = members.iter().zip(states);
    pairs
        .map(|(member, states)| MemberStates {
            family: member.prefix.family(),
            states,
        })
        .collect()
}

/// The states of a member; never lost before it has been visible, unless it is inferred.
fn states(tally: &Tally) -> Vec<(Timestamp, VisibilityState)> {
    let changes = tally.visibility_changes.iter();
    since_visible(changes.map(|c| (c.time, c.state)), tally)
}

fn event(span: EventSpan, members: &[MemberStates<'_>], inputs: EventInputs<'_>) -> Event {
    let outages = |member: usize| inputs.members[member].outages;
    let earliest_loss = |member: usize, at: Timestamp| {
        let outage = outage_at(outages(member), |o| o.start <= at && at < o.end);
        outage.map_or(at, |o| o.start - o.start_uncertainty)
    };
    let earliest_return = |member: usize, at: Timestamp| {
        let outage = outage_at(outages(member), |o| o.is_back() && o.end == at);
        let uncertainty = outage.and_then(|o| o.end_uncertainty);
        at - uncertainty.unwrap_or(TimeDelta::ZERO)
    };
    let is_lost = |index: usize| span.members.binary_search(&index).is_ok();
    let times = (span.start, span.end);
    let loss = GroupLoss::of(
        times,
        span.worst_at,
        inputs.members,
        is_lost,
        inputs.paths,
        inputs.window,
    );
    let (first_lost, last_lost) = loss.first_and_last_networks();
    let lost = || span.members.iter().map(|&index| &inputs.members[index]);
    let most_units = |coverage: Coverage| {
        let by_family = inputs.units.iter().map(|units| {
            let during = units.during(span.start, span.end);
            during.map(|now| now[coverage as usize]).max().unwrap_or(0)
        });
        by_family.sum()
    };
    let is_of = |family: &Family| span.families[family.index()];
    Event {
        scope: inputs.scope,
        entity: inputs.entity.to_owned(),
        families: Family::BOTH.into_iter().filter(is_of).collect(),
        start: span.start,
        end: span.end,
        end_kind: span.end_kind,
        start_uncertainty: span.start_uncertainty(members, earliest_loss),
        end_uncertainty: span.end_uncertainty(members, earliest_return),
        baseline: baseline_of(inputs.members.iter()).unwrap_or(BaselineKind::Measured),
        prefixes_baseline: members.len() as u32,
        prefixes_lost_max: span.worst.len() as u32,
        worst_at: span.worst_at,
        down_from: span.down.map(|down| down.0),
        down_to: span.down.map(|down| down.1),
        half_back_at: span.half_back_at,
        last_back_at: span.last_back_at,
        still_lost: span.still_lost.len() as u32,
        lost_in_window: span.lost_in_window,
        lost_before: span.lost_before,
        units_none_max: most_units(Coverage::None),
        units_covered_max: most_units(Coverage::Covered),
        first_lost,
        last_lost,
        common_as: loss.lost_paths.common_as,
        collectors: loss.agreeing_collectors(),
        upstreams_before: loss.upstreams_before,
        upstreams_during: loss.upstreams_during,
        upstreams_after: loss.upstreams_after,
        other_origins: loss.other_origins.iter().map(|origin| origin.0).collect(),
        prefixes: lost().map(|member| member.prefix).collect(),
        has_stuck: !loss.stuck_peers.is_empty(),
    }
}

fn outage_at(outages: &PrefixOutages, is_it: impl Fn(&Outage) -> bool) -> Option<&Outage> {
    outages.all().map(|r| &r.outage).find(|o| is_it(o))
}
