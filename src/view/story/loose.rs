//! Outages of prefixes that belong to no event: of prefixes that are no members, or of too few
//! members. They are told together, AS by AS, where they share time.

use super::input::StoryInput;
use super::names;
use crate::detect::EndKind;
use crate::detect::Scope;
use crate::model::net::Asn;
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::view::outages::OutageView;
use crate::view::times::Clock;
use crate::view::words::{counted, plural};
use std::collections::BTreeMap;

/// Outages of prefixes with the same origins that overlap in time and belong to no event.
#[derive(Debug, Clone)]
pub(crate) struct LooseLoss<'a> {
    outages: Vec<&'a OutageView>,
}

/// All of them.
pub(super) fn losses<'a>(input: &StoryInput<'a>) -> Vec<LooseLoss<'a>> {
    let outages = input.outages.iter();
    let loose = outages.filter(|o| o.scope == Scope::Prefix && o.event.is_none());
    let mut by_origin: BTreeMap<&[Asn], Vec<&OutageView>> = BTreeMap::new();
    for outage in loose {
        let origins = outage.origins_before.as_slice();
        by_origin.entry(origins).or_default().push(outage);
    }
    let mut losses: Vec<LooseLoss<'a>> = Vec::new();
    for (_, mut outages) in by_origin {
        outages.sort_by_key(|o| (o.start, o.end));
        let mut open: Option<LooseLoss<'a>> = None;
        for outage in outages {
            match &mut open {
                Some(loss) if loss.end() > outage.start => loss.outages.push(outage),
                _ => losses.extend(open.replace(LooseLoss {
                    outages: vec![outage],
                })),
            }
        }
        losses.extend(open);
    }
    losses
}

impl LooseLoss<'_> {
    /// When the first of them was lost.
    pub(crate) fn start(&self) -> Timestamp {
        let starts = self.outages.iter().map(|o| o.start);
        starts.min().unwrap_or(Timestamp(0))
    }

    /// When the last of them was lost.
    fn last_start(&self) -> Timestamp {
        let starts = self.outages.iter().map(|o| o.start);
        starts.max().unwrap_or(Timestamp(0))
    }

    /// When the last of them was back, or of what is known of them.
    pub(crate) fn end(&self) -> Timestamp {
        let ends = self.outages.iter().map(|o| o.end);
        ends.max().unwrap_or(Timestamp(0))
    }

    /// How it ends: the worst of them.
    pub(crate) fn end_kind(&self) -> EndKind {
        let has = |kind| self.outages.iter().any(|o| o.end_kind == kind);
        match (has(EndKind::Window), has(EndKind::Unknown)) {
            (true, _) => EndKind::Window,
            (false, true) => EndKind::Unknown,
            (false, false) => EndKind::Back,
        }
    }

    /// When half of them were back; nothing where that was not seen.
    pub(crate) fn half_back_at(&self) -> Option<Timestamp> {
        let back = self.outages.iter().filter(|o| o.end_kind == EndKind::Back);
        let mut ends: Vec<Timestamp> = back.map(|o| o.end).collect();
        ends.sort_unstable();
        let half = self.outages.len().div_ceil(2);
        ends.get(half.checked_sub(1)?).copied()
    }

    /// From the first loss to the last return.
    pub(crate) fn lasted(&self) -> TimeDelta {
        self.end() - self.start()
    }

    /// Seconds of known loss, summed over the prefixes.
    pub(crate) fn loss_s(&self) -> u64 {
        let seconds = self.outages.iter().map(|o| o.down_s).sum::<i64>();
        u64::try_from(seconds).unwrap_or(0)
    }

    /// How many prefixes were lost.
    pub(crate) fn prefixes(&self) -> usize {
        self.names().len()
    }

    /// How many rows of `outages` it stands for.
    pub(super) fn outages(&self) -> usize {
        self.outages.len()
    }

    /// Whether its prefixes have one AS, which then names it.
    pub(super) fn has_owner(&self) -> bool {
        self.origins().len() == 1
    }

    /// Whether its prefixes are members: too few of them for an event.
    fn has_members(&self) -> bool {
        self.outages.iter().all(|o| o.baseline.is_some())
    }

    /// Its prefixes.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for outage in &self.outages {
            if !names.contains(&outage.entity) {
                names.push(outage.entity.clone());
            }
        }
        names
    }

    fn origins(&self) -> &[Asn] {
        let first = self.outages.first();
        first.map_or(&[], |outage| outage.origins_before.as_slice())
    }

    /// Its AS, or its prefixes where they have none or several: `AS13224`, `10.0.1.0/24 and 2 more`.
    pub(crate) fn name(&self) -> String {
        match self.origins() {
            [only] => format!("AS{only}"),
            _ => names::list(&self.names(), 1),
        }
    }

    /// `10 prefixes`.
    pub(crate) fn size(&self) -> String {
        counted(self.prefixes(), "prefix", "prefixes")
    }

    /// The ASes that the lost paths share, where it is one.
    pub(crate) fn common_as(&self) -> Option<(Asn, bool)> {
        let first = self.outages.first()?;
        let asn = first.common_as?;
        let mut rest = self.outages.iter();
        rest.all(|o| o.common_as == Some(asn))
            .then(|| (asn, first.upstreams_before.contains(&asn)))
    }

    /// What was lost, before `lost`.
    fn what(&self) -> String {
        match (self.origins(), self.prefixes()) {
            ([_], n) => counted(n, "prefix", "prefixes"),
            (_, 1) => "the prefix".to_owned(),
            (_, n) => format!("{n} prefixes"),
        }
    }

    /// `AS13224, from 16:31:50 UTC: 10 prefixes lost by 16:33:02, back between 17:56:01 and 17:56:40; …`.
    pub(super) fn sentence(&self, mut clock: Clock, window: Window, min_life: TimeDelta) -> String {
        let since = match self.start() < window.from {
            true => format!(
                "since {} UTC, before the window began",
                clock.tell(self.start())
            ),
            false => format!("from {} UTC", clock.tell(self.start())),
        };
        let what = self.what();
        let by = match (
            clock.is_same(self.start(), self.last_start()),
            self.prefixes(),
        ) {
            (true, 1) => String::new(),
            (true, _) => " at once".to_owned(),
            (false, _) => format!(" by {}", clock.tell(self.last_start())),
        };
        let mut text = format!("{}, {since}: {what} lost{by}", self.name());
        for part in self.course(&mut clock, window) {
            text.push_str(", ");
            text.push_str(&part);
        }
        if let Some((asn, is_upstream)) = self.common_as() {
            text.push_str(&names::behind(asn, is_upstream));
        }
        text.push_str("; ");
        text.push_str(&self.why_loose(min_life));
        text
    }

    /// Why it is no event.
    fn why_loose(&self, min_life: TimeDelta) -> String {
        if self.has_members() {
            return "fewer than a tenth of what was there before".to_owned();
        }
        let who = match self.prefixes() {
            1 => "it is",
            _ => "they are",
        };
        let before = match min_life.as_secs().div_euclid(60) {
            ..1 => String::new(),
            minutes => format!(", and had been visible for {minutes} min or more before"),
        };
        format!("{who} not in the baseline{before}")
    }

    /// `10 prefixes of AS13224 were lost from 24 February 2008, 16:31:50 UTC, back …`.
    pub(super) fn headline(&self, mut clock: Clock, window: Window) -> String {
        let prefixes = self.names();
        let who = match (self.origins(), prefixes.as_slice()) {
            ([asn], all) => {
                let n = counted(all.len(), "prefix", "prefixes");
                format!("{n} of AS{asn}")
            }
            (_, [only]) => only.clone(),
            (_, all) => format!("{} prefixes", all.len()),
        };
        let was = plural(prefixes.len(), "was", "were");
        let start = clock.tell(self.start());
        let before = match self.start() < window.from {
            true => ", before the window began",
            false => "",
        };
        let course = self.course(&mut clock, window).join(", ");
        format!("{who} {was} lost from {start} UTC{before}, {course}")
    }

    /// How they came back, or that they did not.
    fn course(&self, clock: &mut Clock, window: Window) -> Vec<String> {
        let of_kind = |kind| self.outages.iter().filter(move |o| o.end_kind == kind);
        let all = self.outages.len();
        let some = |n: usize| match n == all {
            true => String::new(),
            false => format!("{n} "),
        };
        let mut parts = Vec::new();
        let ends = || of_kind(EndKind::Back).map(|o| o.end);
        if let (Some(first), Some(last)) = (ends().min(), ends().max()) {
            let n = some(ends().count());
            let others = self.other_returns();
            let back = match others.is_empty() {
                true => "back",
                false => "reached again",
            };
            parts.push(match clock.is_same(first, last) {
                true => format!("{n}{back} {}", clock.tell_at(first)),
                false => format!(
                    "{n}{back} between {} and {}",
                    clock.tell(first),
                    clock.tell(last)
                ),
            });
            if !others.is_empty() {
                parts.push(format!("but by {} routes", names::owners(&others)));
            }
        }
        let unknown = of_kind(EndKind::Unknown).map(|o| o.end);
        if let Some(last) = unknown.min() {
            let n = some(of_kind(EndKind::Unknown).count());
            let last = clock.tell(last);
            parts.push(format!(
                "{n}down until at least {last}; nothing is known from then on"
            ));
        }
        let lost = of_kind(EndKind::Window).count();
        if lost > 0 {
            let n = some(lost);
            let to = clock.tell_at(window.to);
            parts.push(format!("{n}not back when the window ended {to}"));
        }
        parts
    }

    /// Whose routes brought all of those back that came back, where these are not their own.
    fn other_returns(&self) -> Vec<Asn> {
        let back = || self.outages.iter().filter(|o| o.end_kind == EndKind::Back);
        if back().any(|outage| !outage.is_back_by_others()) {
            return Vec::new();
        }
        let mut asns: Vec<Asn> = back().flat_map(|o| o.origins_back.clone()).collect();
        asns.sort_unstable();
        asns.dedup();
        asns
    }
}
