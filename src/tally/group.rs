//! Prefixes added up to ASes and countries: minute by minute, and at every change.
//!
//! The members of a group are the baseline prefixes that it originated then. Only they are counted
//! as visible or unknown, out of all members; prefixes that appeared later are counted apart and
//! never make up for a lost member. What is unknown leaves two bounds: *low* counts only visible
//! members, *high* the unknown ones too.

use super::Tally;
use super::baseline::is_countable;
use super::coverage::{self, CoverageSeries, UnitCounts};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::PrefixId;
use crate::model::time::{Timestamp, Window};
use crate::model::visibility::{Status, Visibility, VisibilityChange, VisibilityState};
use std::collections::{BTreeMap, BTreeSet};

/// A minute of a group: a row of `asns` or `country`, without its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupMinute {
    /// Members.
    pub baseline: u32,
    /// Members visible at the minute's end.
    pub visible: u32,
    /// Members whose status is unknown at the minute's end.
    pub unknown: u32,
    /// Visible prefixes of the group that are no members.
    pub new: u32,
}

impl GroupMinute {
    /// The status by both bounds; nothing where there are no members.
    pub fn status(&self) -> Option<Status> {
        let low = u64::from(self.visible);
        let high = low + u64::from(self.unknown);
        let all = u64::from(self.baseline);
        Some(match () {
            () if all == 0 => return None,
            () if low * 10 >= all * 9 => Status::Up,
            () if high * 2 < all => Status::Down,
            () if low * 2 >= all && high * 10 < all * 9 => Status::Degraded,
            () => Status::Unknown,
        })
    }
}

/// How many members of a group are visible and unknown, from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupChange {
    /// When (UTC).
    pub time: Timestamp,
    /// Members that are visible.
    pub visible: u32,
    /// Members of which too little is known.
    pub unknown: u32,
}

/// An AS, a country or the whole watch list over time, in one family.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// How many members it has.
    pub baseline: u32,
    /// By minute of the window.
    pub minutes: Vec<GroupMinute>,
    /// Every change of the number of visible or unknown members.
    pub changes: Vec<GroupChange>,
    /// The same with every loss as early as it may have been.
    pub earliest_losses: Vec<GroupChange>,
    /// The same with every return as early as it may have been.
    pub earliest_returns: Vec<GroupChange>,
    /// How its units are reached.
    pub units: UnitCounts,
}

impl Group {
    /// The greatest share of its members that may be visible: the unknown ones counted as visible.
    pub(crate) fn at_best(&self, change: GroupChange) -> Visibility {
        Visibility {
            seeing: change.visible + change.unknown,
            known: self.baseline,
        }
    }

    /// The least share of its members that is visible.
    pub(crate) fn at_worst(&self, change: GroupChange) -> Visibility {
        Visibility {
            seeing: change.visible,
            known: self.baseline,
        }
    }

    /// Lost where less than half of its members may be visible, visible where half are.
    pub(crate) fn state(&self, change: GroupChange) -> VisibilityState {
        if self.baseline == 0 {
            VisibilityState::Unknown
        } else if !self.at_best(change).is_at_least(50) {
            VisibilityState::Lost
        } else if self.at_worst(change).is_at_least(50) {
            VisibilityState::Visible
        } else {
            VisibilityState::Unknown
        }
    }
}

/// What of a prefix is added to its groups.
pub struct GroupMember<'a> {
    /// The prefix.
    pub prefix: Prefix,
    /// Watched ASNs that some route to it had as origin.
    pub matched_origins: &'a [Asn],
    /// Whether it lies in a watched address block, and is not watched for its origin alone.
    pub is_in_block: bool,
    /// What was counted of it.
    pub tally: &'a Tally,
    /// Its changes of visibility with every loss as early as it may have been, where that makes a
    /// difference.
    pub earliest_losses: Option<&'a [VisibilityChange]>,
    /// The same with every return.
    pub earliest_returns: Option<&'a [VisibilityChange]>,
}

impl GroupMember<'_> {
    /// Whether it is a member of the group of an AS.
    pub(crate) fn is_member_of(&self, asn: Asn) -> bool {
        let baseline = &self.tally.baseline;
        baseline.is_member() && baseline.origins.binary_search(&asn).is_ok()
    }
}

/// The group of each AS and family: of every watched ASN, and of every AS that originated a prefix
/// of a watched block in the baseline. `members` are sorted by prefix, and `coverage` names them by
/// their index.
pub fn asns(
    members: &[GroupMember<'_>],
    coverage: &[CoverageSeries],
    watched: &[Asn],
    window: Window,
) -> BTreeMap<(Asn, Family), Group> {
    let mut sums: BTreeMap<(Asn, Family), GroupSum> = BTreeMap::new();
    for member in members {
        let family = member.prefix.family();
        let of_blocks = match member.is_in_block {
            true => member.tally.baseline.origins.as_slice(),
            false => &[],
        };
        let of_watched = member.matched_origins.iter();
        let of_watched = of_watched.filter(|asn| watched.binary_search(asn).is_ok());
        for &asn in of_blocks.iter().chain(of_watched) {
            sums.entry((asn, family))
                .or_insert_with(|| GroupSum::new(window));
        }
    }
    // A group has all members that it originated, of the other family too.
    let groups: BTreeSet<Asn> = sums.keys().map(|key| key.0).collect();
    for member in members {
        for asn in &member.tally.baseline.origins {
            if groups.contains(asn) {
                let key = (*asn, member.prefix.family());
                sums.entry(key).or_insert_with(|| GroupSum::new(window));
            }
        }
    }
    for &asn in watched {
        let has_any = Family::BOTH.iter().any(|&f| sums.contains_key(&(asn, f)));
        if !has_any {
            for family in Family::BOTH {
                sums.insert((asn, family), GroupSum::new(window));
            }
        }
    }
    for member in members {
        let family = member.prefix.family();
        for &asn in &member.tally.baseline.origins {
            if let Some(sum) = sums.get_mut(&(asn, family)) {
                sum.add(member);
            }
        }
        let mut origins: Vec<Asn> = Vec::new();
        for minute in &member.tally.minutes {
            origins.extend(minute.main_origins());
        }
        origins.sort_unstable();
        origins.dedup();
        for asn in origins {
            let sum = sums.get_mut(&(asn, family));
            if let Some(sum) = sum.filter(|_| !member.is_member_of(asn)) {
                sum.add_new(member, Some(asn));
            }
        }
    }
    let prefixes: Vec<Prefix> = members.iter().map(|m| m.prefix).collect();
    let origin_asns = |prefix: PrefixId| {
        let baseline = &members[prefix as usize].tally.baseline;
        baseline.origins.as_slice()
    };
    let mut units = coverage::units_by_asn(coverage, &prefixes, origin_asns);
    sums.into_iter()
        .map(|(key, sum)| (key, sum.group(units.remove(&key))))
        .collect()
}

/// The group of everything that is watched, by family.
pub fn country(
    members: &[GroupMember<'_>],
    coverage: &[CoverageSeries],
    window: Window,
) -> BTreeMap<Family, Group> {
    let mut sums: BTreeMap<Family, GroupSum> = BTreeMap::new();
    for member in members {
        let sum = sums.entry(member.prefix.family());
        let sum = sum.or_insert_with(|| GroupSum::new(window));
        match member.tally.baseline.is_member() {
            true => sum.add(member),
            false => sum.add_new(member, None),
        }
    }
    let mut units = coverage::units_by_family(coverage);
    // Where no route to the watched space was ever observed, the space still has its rows.
    if sums.is_empty() {
        sums.extend(units.keys().map(|family| (*family, GroupSum::new(window))));
    }
    sums.into_iter()
        .map(|(family, sum)| (family, sum.group(units.remove(&family))))
        .collect()
}

/// At an instant, so many more (or fewer) members of a group are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct GroupStep {
    time: Timestamp,
    visible: i32,
    unknown: i32,
}

/// A group being added up. Minutes are kept as differences: how many prefixes enter or leave a
/// state with each minute.
struct GroupSum {
    baseline: u32,
    visible: Vec<i32>,
    unknown: Vec<i32>,
    new: Vec<i32>,
    steps: Vec<GroupStep>,
    earliest_losses: Vec<GroupStep>,
    earliest_returns: Vec<GroupStep>,
}

impl GroupSum {
    fn new(window: Window) -> Self {
        let differences = || vec![0; window.minute_count() + 1];
        Self {
            baseline: 0,
            visible: differences(),
            unknown: differences(),
            new: differences(),
            steps: Vec::new(),
            earliest_losses: Vec::new(),
            earliest_returns: Vec::new(),
        }
    }

    /// Adds a member.
    fn add(&mut self, member: &GroupMember<'_>) {
        self.baseline += 1;
        let changes = member.tally.visibility_changes.as_slice();
        let losses = member.earliest_losses.unwrap_or(changes);
        let returns = member.earliest_returns.unwrap_or(changes);
        self.steps.extend(steps(changes));
        self.earliest_losses.extend(steps(losses));
        self.earliest_returns.extend(steps(returns));
        add_minutes(&mut self.visible, member.tally, |m| m.status.is_visible());
        add_minutes(&mut self.unknown, member.tally, |m| {
            m.status == Status::Unknown
        });
    }

    /// Adds a prefix that is no member; of an AS while it is what most vantage ASes see as origin.
    fn add_new(&mut self, member: &GroupMember<'_>, asn: Option<Asn>) {
        if is_countable(member.prefix) {
            add_minutes(&mut self.new, member.tally, |m| {
                m.status.is_visible() && asn.is_none_or(|asn| m.main_origins().contains(&asn))
            });
        }
    }

    fn group(self, units: Option<UnitCounts>) -> Group {
        Group {
            baseline: self.baseline,
            minutes: self.minutes(),
            changes: changes(self.steps),
            earliest_losses: changes(self.earliest_losses),
            earliest_returns: changes(self.earliest_returns),
            units: units.unwrap_or_default(),
        }
    }

    fn minutes(&self) -> Vec<GroupMinute> {
        let minutes = self.new.len().saturating_sub(1);
        let running = |differences: &[i32]| -> Vec<u32> {
            let sums = differences.iter().scan(0i64, |sum, &difference| {
                *sum += i64::from(difference);
                Some(u32::try_from(*sum).unwrap_or(0))
            });
            sums.take(minutes).collect()
        };
        let [visible, unknown, new] = [&self.visible, &self.unknown, &self.new].map(|d| running(d));
        let counts = visible.into_iter().zip(unknown).zip(new);
        counts
            .map(|((visible, unknown), new)| GroupMinute {
                baseline: self.baseline,
                visible,
                unknown,
                new,
            })
            .collect()
    }
}

/// Adds a prefix to the minutes in which `counts` holds for it.
fn add_minutes(
    differences: &mut [i32],
    tally: &Tally,
    counts: impl Fn(&super::PrefixMinute) -> bool,
) {
    let minutes = &tally.minutes;
    let end = differences.len().saturating_sub(1);
    let ends = minutes.iter().skip(1).map(|m| m.minute as usize);
    for (minute, end) in minutes.iter().zip(ends.chain([end])) {
        if counts(minute) {
            differences[minute.minute as usize] += 1;
            differences[end] -= 1;
        }
    }
}

/// The number of members in each state, from the steps of all.
fn changes(mut steps: Vec<GroupStep>) -> Vec<GroupChange> {
    steps.sort_unstable();
    let (mut visible, mut unknown) = (0i64, 0i64);
    let at_once = steps.chunk_by(|a, b| a.time == b.time);
    at_once
        .map(|steps| {
            visible += steps.iter().map(|s| i64::from(s.visible)).sum::<i64>();
            unknown += steps.iter().map(|s| i64::from(s.unknown)).sum::<i64>();
            GroupChange {
                time: steps[0].time,
                visible: u32::try_from(visible).unwrap_or(0),
                unknown: u32::try_from(unknown).unwrap_or(0),
            }
        })
        .collect()
}

/// What a prefix adds to its group with each of its changes of visibility.
fn steps(changes: &[VisibilityChange]) -> impl Iterator<Item = GroupStep> + use<'_> {
    let mut before = None;
    changes.iter().filter_map(move |change| {
        let now = (
            i32::from(change.state == VisibilityState::Visible),
            i32::from(change.state == VisibilityState::Unknown),
        );
        // The first state is a step even where it is lost: the group's state begins with it.
        let is_other = before != Some(now);
        let (visible, unknown) = before.replace(now).unwrap_or((0, 0));
        is_other.then_some(GroupStep {
            time: change.time,
            visible: now.0 - visible,
            unknown: now.1 - unknown,
        })
    })
}
