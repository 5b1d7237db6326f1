//! Prefixes added up to ASes and countries: minute by minute, and at every change of visibility.

use super::coverage::{self, CoverageSeries, UnitCounts};
use super::{Tally, VisibilityChange};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::PrefixId;
use crate::model::time::{Timestamp, Window};
use crate::model::visibility::{Status, Visibility, VisibilityState};
use std::collections::BTreeMap;

/// A minute of a group: a row of `asns` or `country`, without its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupMinute {
    /// Members: prefixes visible in the baseline; nothing where the baseline is unknown.
    pub baseline: Option<u32>,
    /// Prefixes visible at the minute's end.
    pub visible: u32,
    /// Prefixes whose status is unknown at the minute's end.
    pub unknown: u32,
    /// Prefixes of the group, members or not.
    pub prefixes: u32,
    /// Status of `visible` out of `baseline`, at 90 and 50 %.
    pub status: Status,
}

/// An AS, a country or the whole watch list over time, in one family.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// By minute of the window.
    pub minutes: Vec<GroupMinute>,
    /// Every change of the number of visible prefixes, out of those in the baseline.
    pub visibility_changes: Vec<VisibilityChange>,
    /// The same with every loss as early as it may have been.
    pub earliest_losses: Vec<VisibilityChange>,
    /// The same with every return as early as it may have been.
    pub earliest_returns: Vec<VisibilityChange>,
    /// How its units are reached.
    pub units: UnitCounts,
    /// Which rule makes an outage of it.
    pub size: GroupSize,
}

/// Which rule makes an outage of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum GroupSize {
    /// A country of fewer than 20 units: any member that no vantage AS sees is an outage.
    Small,
    /// The share of its visible prefixes decides.
    #[default]
    Any,
}

impl GroupSize {
    /// Countries with fewer units in the baseline than this are small.
    const SMALL: u64 = 20;

    fn of_country(units: Option<&UnitCounts>) -> Self {
        match units.and_then(|u| u.baseline) {
            Some(1..Self::SMALL) => Self::Small,
            _ => Self::Any,
        }
    }
}

/// What of a prefix is added to its groups.
pub struct GroupMember<'a> {
    /// The prefix.
    pub prefix: Prefix,
    /// Watched ASNs that some route to it had as origin.
    pub matched_origins: &'a [Asn],
    /// What was counted of it.
    pub tally: &'a Tally,
    /// Its changes of visibility with every loss as early as it may have been, where that makes a
    /// difference.
    pub earliest_losses: Option<&'a [VisibilityChange]>,
    /// The same with every return.
    pub earliest_returns: Option<&'a [VisibilityChange]>,
}

impl GroupMember<'_> {
    /// The ASes that the prefix is counted for.
    pub(crate) fn origin_asns(&self) -> &[Asn] {
        origin_asns(self.tally, self.matched_origins)
    }
}

/// The ASes that a prefix is counted for: its origins in the baseline; where the baseline is
/// unknown, the watched ASes that some route to it had as origin.
pub(crate) fn origin_asns<'a>(tally: &'a Tally, matched_origins: &'a [Asn]) -> &'a [Asn] {
    let baseline = &tally.baseline;
    if baseline.origins.is_empty() && baseline.state == VisibilityState::Unknown {
        matched_origins
    } else {
        &baseline.origins
    }
}

/// Whether a prefix is counted in groups and makes outages: one longer than a unit (/24, IPv6 /48)
/// is only listed.
pub(crate) const fn is_countable(prefix: Prefix) -> bool {
    prefix.len() <= prefix.family().unit_len()
}

/// The group of each origin AS and family: of every watched ASN and every origin of the baseline.
/// `members` are sorted by prefix, and `coverage` names them by their index.
pub fn asns(
    members: &[GroupMember<'_>],
    coverage: &[CoverageSeries],
    watched: &[Asn],
    window: Window,
) -> BTreeMap<(Asn, Family), Group> {
    let mut sums: BTreeMap<(Asn, Family), GroupSum> = BTreeMap::new();
    for member in members {
        for &asn in member.origin_asns() {
            let sum = sums.entry((asn, member.prefix.family())).or_default();
            sum.add(member, window);
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
    let prefixes: Vec<Prefix> = members.iter().map(|m| m.prefix).collect();
    let origin_asns = |prefix: PrefixId| members[prefix as usize].origin_asns();
    let mut units = coverage::units_by_asn(coverage, &prefixes, origin_asns);
    sums.into_iter()
        .map(|(key, sum)| (key, sum.group(window, units.remove(&key), GroupSize::Any)))
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
        let sum = sums.entry(member.prefix.family()).or_default();
        sum.add(member, window);
    }
    let mut units = coverage::units_by_family(coverage);
    // Where no route to the watched space was ever observed, the space still has its rows.
    if sums.is_empty() {
        sums.extend(units.keys().map(|family| (*family, GroupSum::new(window))));
    }
    sums.into_iter()
        .map(|(family, sum)| {
            let units = units.remove(&family);
            let size = GroupSize::of_country(units.as_ref());
            (family, sum.group(window, units, size))
        })
        .collect()
}

/// At an instant, so many more (or fewer) prefixes of a group are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct GroupStep {
    time: Timestamp,
    visible: i32,
    unknown: i32,
    /// Members that no vantage AS sees.
    gone: i32,
}

/// A group being added up. Minutes are kept as differences: how many prefixes enter or leave a
/// state with each minute.
#[derive(Default)]
struct GroupSum {
    prefixes: u32,
    baseline: u32,
    baseline_unknown: u32,
    ever_visible_from: Option<u32>,
    visible: Vec<i32>,
    unknown: Vec<i32>,
    steps: Vec<GroupStep>,
    earliest_losses: Vec<GroupStep>,
    earliest_returns: Vec<GroupStep>,
}

impl GroupSum {
    fn new(window: Window) -> Self {
        Self {
            visible: vec![0; window.minute_count() + 1],
            unknown: vec![0; window.minute_count() + 1],
            ..Self::default()
        }
    }

    fn add(&mut self, member: &GroupMember<'_>, window: Window) {
        if !is_countable(member.prefix) {
            return;
        }
        if self.visible.is_empty() {
            *self = Self::new(window);
        }
        self.prefixes += 1;
        match member.tally.baseline.state {
            VisibilityState::Visible => self.baseline += 1,
            VisibilityState::Unknown => self.baseline_unknown += 1,
            VisibilityState::Lost => {}
        }
        let changes = member.tally.visibility_changes.as_slice();
        let losses = member.earliest_losses.unwrap_or(changes);
        let returns = member.earliest_returns.unwrap_or(changes);
        let is_member = member.tally.baseline.is_member();
        self.steps.extend(steps(changes, is_member));
        self.earliest_losses.extend(steps(losses, is_member));
        self.earliest_returns.extend(steps(returns, is_member));
        self.add_minutes(member.tally, window);
    }

    fn add_minutes(&mut self, tally: &Tally, window: Window) {
        let minutes = &tally.minutes;
        let ends = minutes.iter().skip(1).map(|m| m.minute as usize);
        for (minute, end) in minutes.iter().zip(ends.chain([window.minute_count()])) {
            let differences = match minute.status {
                Status::Unknown => &mut self.unknown,
                status if status.is_visible() => {
                    let first = self.ever_visible_from.unwrap_or(u32::MAX);
                    self.ever_visible_from = Some(first.min(minute.minute));
                    &mut self.visible
                }
                _ => continue,
            };
            differences[minute.minute as usize] += 1;
            differences[end] -= 1;
        }
    }

    fn group(mut self, window: Window, units: Option<UnitCounts>, size: GroupSize) -> Group {
        let steps = std::mem::take(&mut self.steps);
        let losses = std::mem::take(&mut self.earliest_losses);
        let returns = std::mem::take(&mut self.earliest_returns);
        Group {
            minutes: self.minutes(window),
            visibility_changes: self.visibility_changes(steps, size),
            earliest_losses: self.visibility_changes(losses, size),
            earliest_returns: self.visibility_changes(returns, size),
            units: units.unwrap_or_default(),
            size,
        }
    }

    fn baseline(&self) -> Option<u32> {
        let is_unknown = self.baseline == 0 && self.baseline_unknown > 0;
        (!is_unknown).then_some(self.baseline)
    }

    fn minutes(&self, window: Window) -> Vec<GroupMinute> {
        let baseline = self.baseline();
        let (mut visible, mut unknown) = (0i64, 0i64);
        let difference = |of: &[i32], at: usize| i64::from(of.get(at).copied().unwrap_or(0));
        (0..window.minute_count())
            .map(|minute| {
                visible += difference(&self.visible, minute);
                unknown += difference(&self.unknown, minute);
                let seen = self.ever_visible_from.is_some_and(|m| m as usize <= minute);
                let visible = u32::try_from(visible).unwrap_or(0);
                let status = match baseline {
                    _ if self.is_unknown(unknown) => Status::Unknown,
                    None => Status::Unknown,
                    Some(0) if !seen => Status::Unseen,
                    // Without a baseline to measure by, one visible prefix makes the group visible.
                    Some(0) => Status::of(visible.min(1), 1),
                    Some(whole) => Status::of(visible, whole),
                };
                GroupMinute {
                    baseline,
                    visible,
                    unknown: u32::try_from(unknown).unwrap_or(0),
                    prefixes: self.prefixes,
                    status,
                }
            })
            .collect()
    }

    /// A group is unknown if more than half of its prefixes are.
    fn is_unknown(&self, unknown: i64) -> bool {
        unknown * 2 > i64::from(self.prefixes)
    }

    fn visibility_changes(
        &self,
        mut steps: Vec<GroupStep>,
        size: GroupSize,
    ) -> Vec<VisibilityChange> {
        steps.sort_unstable();
        let whole = self.baseline().unwrap_or(0);
        let (mut visible, mut unknown, mut gone) = (0i64, 0i64, 0i64);
        let mut changes: Vec<VisibilityChange> = Vec::new();
        for at_once in steps.chunk_by(|a, b| a.time == b.time) {
            visible += at_once.iter().map(|s| i64::from(s.visible)).sum::<i64>();
            unknown += at_once.iter().map(|s| i64::from(s.unknown)).sum::<i64>();
            gone += at_once.iter().map(|s| i64::from(s.gone)).sum::<i64>();
            let visibility = Visibility {
                seeing: u32::try_from(visible).unwrap_or(0).min(whole),
                known: whole,
            };
            let at_best = Visibility {
                seeing: u32::try_from(visible + unknown).unwrap_or(0).min(whole),
                known: whole,
            };
            let has_gone = size == GroupSize::Small && gone > 0;
            // What is unknown opens no outage: a group is lost only if it would be even with all of
            // its unknown prefixes visible.
            let state = if whole == 0 || self.is_unknown(unknown) {
                VisibilityState::Unknown
            } else if has_gone || !at_best.is_half() {
                VisibilityState::Lost
            } else if visibility.is_half() {
                VisibilityState::Visible
            } else {
                VisibilityState::Unknown
            };
            changes.push(VisibilityChange {
                time: at_once[0].time,
                state,
                visibility,
            });
        }
        changes
    }
}

/// What a prefix adds to its group with each of its changes of visibility.
fn steps(
    changes: &[VisibilityChange],
    is_member: bool,
) -> impl Iterator<Item = GroupStep> + use<'_> {
    let mut before = (0, 0, 0);
    changes.iter().filter_map(move |change| {
        let is_gone = change.state == VisibilityState::Lost && change.visibility.seeing == 0;
        let now = (
            i32::from(change.state == VisibilityState::Visible),
            i32::from(change.state == VisibilityState::Unknown),
            i32::from(is_member && is_gone),
        );
        let step = GroupStep {
            time: change.time,
            visible: now.0 - before.0,
            unknown: now.1 - before.1,
            gone: now.2 - before.2,
        };
        let is_other = now != before;
        before = now;
        is_other.then_some(step)
    })
}
