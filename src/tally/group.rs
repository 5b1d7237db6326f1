//! Prefixes added up to ASes and countries: minute by minute, and at the moments of change.

use super::coverage::{self, Piece, Units};
use super::{Moment, Sight, Tally};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::PrefixId;
use crate::model::time::Window;
use crate::model::visibility::{Status, Visibility};
use std::collections::BTreeMap;

/// A row of `asns` or `country`, without its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Prefixes visible in the baseline; nothing where that cannot be said.
    pub baseline: Option<u32>,
    /// Prefixes visible at the minute's end.
    pub visible: u32,
    /// Prefixes of which too little is known to say.
    pub unknown: u32,
    /// Prefixes of the group.
    pub members: u32,
    /// Status by the two, at 90 and 50 %.
    pub status: Status,
}

/// A group over time.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// By minute of the window.
    pub minutes: Vec<Count>,
    /// Every change of the number of visible prefixes, out of those in the baseline.
    pub moments: Vec<Moment>,
    /// The same with every loss as early as it may have been.
    pub early_losses: Vec<Moment>,
    /// The same with every return as early as it may have been.
    pub early_returns: Vec<Moment>,
    /// How its units are reached.
    pub units: Units,
    /// Which rules hold for it.
    pub size: Size,
}

/// One prefix, as a group sees it.
pub struct Member<'a> {
    /// Which.
    pub prefix: Prefix,
    /// Watched ASNs that gave it away; it belongs to them where the baseline does not tell.
    pub matched_origins: &'a [Asn],
    /// Its count.
    pub tally: &'a Tally,
    /// Its moments with every loss as early as it may have been, where that makes a difference.
    pub early_losses: Option<&'a [Moment]>,
    /// The same with every return.
    pub early_returns: Option<&'a [Moment]>,
}

/// In a country with fewer units any prefix that nobody sees is an outage.
const SMALL: u64 = 20;

/// When so many more members became visible, unknown, and seen by nobody at all though they were
/// in the baseline.
type GroupStep = (i64, i32, i32, i32);

/// A group's minutes as differences: what starts and stops at each.
#[derive(Default)]
struct Sum {
    members: u32,
    baseline: u32,
    baseline_unknown: u32,
    ever_visible_from: Option<u32>,
    visible: Vec<i32>,
    unknown: Vec<i32>,
    steps: Vec<GroupStep>,
    early_losses: Vec<GroupStep>,
    early_returns: Vec<GroupStep>,
}

/// Each origin AS and family: every watched ASN, and every origin of the baseline. `members` are
/// sorted by prefix; `pieces` of the watched space name them by their places.
pub fn asns(
    members: &[Member<'_>],
    pieces: &[Piece],
    watched: &[Asn],
    window: Window,
) -> BTreeMap<(Asn, Family), Group> {
    let mut sums: BTreeMap<(Asn, Family), Sum> = BTreeMap::new();
    for member in members {
        for &asn in owners(member.tally, member.matched_origins) {
            let sum = sums.entry((asn, member.prefix.family())).or_default();
            sum.add(member, window);
        }
    }
    for &asn in watched {
        let has_any = Family::BOTH.iter().any(|&f| sums.contains_key(&(asn, f)));
        if !has_any {
            for family in Family::BOTH {
                sums.insert((asn, family), Sum::new(window));
            }
        }
    }
    let prefixes: Vec<Prefix> = members.iter().map(|m| m.prefix).collect();
    let of = |prefix: PrefixId| {
        let member = &members[prefix as usize];
        owners(member.tally, member.matched_origins)
    };
    let mut units = coverage::of_asns(pieces, &prefixes, of);
    sums.into_iter()
        .map(|(key, sum)| (key, sum.group(window, units.remove(&key), Size::Any)))
        .collect()
}

/// Everything that is watched, by family.
pub fn whole(members: &[Member<'_>], pieces: &[Piece], window: Window) -> BTreeMap<Family, Group> {
    let mut sums: BTreeMap<Family, Sum> = BTreeMap::new();
    for member in members {
        let sum = sums.entry(member.prefix.family()).or_default();
        sum.add(member, window);
    }
    let mut units = coverage::of_whole(pieces);
    // Where nobody spoke of any prefix, the space that is watched still has its rows.
    if sums.is_empty() {
        sums.extend(units.keys().map(|family| (*family, Sum::new(window))));
    }
    sums.into_iter()
        .map(|(key, sum)| {
            let units = units.remove(&key);
            let baseline = units.as_ref().and_then(|u| u.baseline);
            let size = match baseline {
                Some(1..SMALL) => Size::Small,
                _ => Size::Any,
            };
            (key, sum.group(window, units, size))
        })
        .collect()
}

/// Whether a group is small enough for absolute rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Size {
    /// A country of fewer than 20 units: any prefix that nobody sees is an outage.
    Small,
    /// Shares of its prefixes decide.
    #[default]
    Any,
}

/// The ASes that a prefix belongs to: its origins in the baseline; where that does not tell, the
/// watched ASes that gave it away.
pub fn owners<'a>(tally: &'a Tally, matched_origins: &'a [Asn]) -> &'a [Asn] {
    let baseline = &tally.baseline;
    if baseline.origins.is_empty() && baseline.sight == Sight::Unknown {
        matched_origins
    } else {
        &baseline.origins
    }
}

impl Sum {
    fn new(window: Window) -> Self {
        Self {
            visible: vec![0; window.minute_count() + 1],
            unknown: vec![0; window.minute_count() + 1],
            ..Self::default()
        }
    }

    fn add(&mut self, member: &Member<'_>, window: Window) {
        // A prefix longer than a unit is listed, but makes no outage.
        if member.prefix.len() > member.prefix.family().unit_len() {
            return;
        }
        if self.visible.is_empty() {
            *self = Self::new(window);
        }
        self.members += 1;
        match member.tally.baseline.sight {
            Sight::Visible => self.baseline += 1,
            Sight::Unknown => self.baseline_unknown += 1,
            Sight::Lost => {}
        }
        let moments = member.tally.moments.as_slice();
        let was_visible = member.tally.baseline.sight == Sight::Visible;
        for (steps, moments) in [
            (&mut self.steps, moments),
            (
                &mut self.early_losses,
                member.early_losses.unwrap_or(moments),
            ),
            (
                &mut self.early_returns,
                member.early_returns.unwrap_or(moments),
            ),
        ] {
            let mut before = (0, 0, 0);
            for moment in moments {
                let is_lost = moment.sight == Sight::Lost;
                let now = (
                    i32::from(moment.sight == Sight::Visible),
                    i32::from(moment.sight == Sight::Unknown),
                    i32::from(was_visible && is_lost && moment.visibility.seeing == 0),
                );
                if now != before {
                    let step = (now.0 - before.0, now.1 - before.1, now.2 - before.2);
                    steps.push((moment.time, step.0, step.1, step.2));
                    before = now;
                }
            }
        }
        let cells = &member.tally.cells;
        let ends = cells.iter().skip(1).map(|c| c.minute as usize);
        for (cell, end) in cells.iter().zip(ends.chain([window.minute_count()])) {
            let diff = match cell.status {
                Status::Unknown => &mut self.unknown,
                status if status.is_visible() => {
                    let first = self.ever_visible_from.unwrap_or(u32::MAX);
                    self.ever_visible_from = Some(first.min(cell.minute));
                    &mut self.visible
                }
                _ => continue,
            };
            diff[cell.minute as usize] += 1;
            diff[end] -= 1;
        }
    }

    fn group(mut self, window: Window, units: Option<Units>, size: Size) -> Group {
        let steps = std::mem::take(&mut self.steps);
        let early_losses = std::mem::take(&mut self.early_losses);
        let early_returns = std::mem::take(&mut self.early_returns);
        Group {
            minutes: self.minutes(window),
            moments: self.moments(steps, size),
            early_losses: self.moments(early_losses, size),
            early_returns: self.moments(early_returns, size),
            units: units.unwrap_or_default(),
            size,
        }
    }

    fn baseline(&self) -> Option<u32> {
        let is_unknown = self.baseline == 0 && self.baseline_unknown > 0;
        (!is_unknown).then_some(self.baseline)
    }

    fn minutes(&self, window: Window) -> Vec<Count> {
        let baseline = self.baseline();
        let (mut visible, mut unknown) = (0i64, 0i64);
        let minutes = 0..window.minute_count();
        let diff = |of: &[i32], at: usize| i64::from(of.get(at).copied().unwrap_or(0));
        minutes
            .map(|minute| {
                visible += diff(&self.visible, minute);
                unknown += diff(&self.unknown, minute);
                let seen = self.ever_visible_from.is_some_and(|m| m as usize <= minute);
                let visible = u32::try_from(visible).unwrap_or(0);
                let status = match baseline {
                    _ if self.is_unknown(unknown) => Status::Unknown,
                    None => Status::Unknown,
                    Some(0) if !seen => Status::Unseen,
                    // Nothing in the baseline to measure by: it is there, or it is not.
                    Some(0) => Status::of(visible.min(1), 1),
                    Some(whole) => Status::of(visible, whole),
                };
                Count {
                    baseline,
                    visible,
                    unknown: u32::try_from(unknown).unwrap_or(0),
                    members: self.members,
                    status,
                }
            })
            .collect()
    }

    /// A group is unknown if more than half of its prefixes are.
    fn is_unknown(&self, unknown: i64) -> bool {
        unknown * 2 > i64::from(self.members)
    }

    fn moments(&self, mut steps: Vec<GroupStep>, size: Size) -> Vec<Moment> {
        steps.sort_unstable();
        let whole = self.baseline().unwrap_or(0);
        let (mut visible, mut unknown, mut gone) = (0i64, 0i64, 0i64);
        let mut moments: Vec<Moment> = Vec::new();
        for at_once in steps.chunk_by(|a, b| a.0 == b.0) {
            visible += at_once.iter().map(|s| i64::from(s.1)).sum::<i64>();
            unknown += at_once.iter().map(|s| i64::from(s.2)).sum::<i64>();
            gone += at_once.iter().map(|s| i64::from(s.3)).sum::<i64>();
            let visibility = Visibility {
                seeing: u32::try_from(visible).unwrap_or(0).min(whole),
                known: whole,
            };
            let at_best = Visibility {
                seeing: u32::try_from(visible + unknown).unwrap_or(0).min(whole),
                known: whole,
            };
            let has_gone = size == Size::Small && gone > 0;
            // What is unknown opens no outage: only what is lost for certain does, so that the
            // unknown prefixes, were they all visible, could not make up for it.
            let sight = if whole == 0 || self.is_unknown(unknown) {
                Sight::Unknown
            } else if has_gone || !at_best.is_half() {
                Sight::Lost
            } else if visibility.is_half() {
                Sight::Visible
            } else {
                Sight::Unknown
            };
            moments.push(Moment {
                time: at_once[0].0,
                sight,
                visibility,
            });
        }
        moments
    }
}
