//! What a story is told from.

use crate::detect::Scope;
use crate::manifest::Completeness;
use crate::model::net::{Asn, Family};
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::model::visibility::Status;
use crate::study::FeedRule;
use crate::view::events::{EventView, SensitivityView};
use crate::view::outages::OutageView;
use crate::view::run_view::RunView;
use crate::view::times::Precision;
use std::collections::{BTreeMap, BTreeSet};

/// What a story is told from: rows of tables, and numbers taken from them.
#[derive(Debug, Clone)]
pub(crate) struct StoryInput<'a> {
    /// The window that was asked about.
    pub window: Window,
    /// How finely times are told: to the minute on a reconstruction.
    pub precision: Precision,
    /// The rows of `events`, by number.
    pub events: &'a [EventView],
    /// The rows of `sensitivity`.
    pub sensitivity: &'a [SensitivityView],
    /// The rows of `outages`.
    pub outages: &'a [OutageView],
    /// By entity: the families in which it has members.
    pub families: BTreeMap<String, Vec<Family>>,
    /// By number of an event: what of it was reached again by other origins' routes.
    pub other_returns: BTreeMap<u32, OtherReturn>,
    /// What losses are measured by.
    pub baseline: BaselineFacts,
    /// The numbers that stand beside the story.
    pub facts: StoryFacts,
}

/// Prefixes of an event that came back by routes of other origins than their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherReturn {
    /// How many prefixes did.
    pub prefixes: u32,
    /// Whose routes.
    pub origins: Vec<Asn>,
}

/// What losses are measured by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BaselineFacts {
    /// The instant that `--baseline-at` chose.
    pub chosen: Option<Timestamp>,
    /// Members.
    pub members: u32,
    /// Groups that were asked for and have no members, as the tables name them.
    pub without_members: Vec<String>,
    /// Prefixes that are no members since other routes had taken their place before the window.
    pub superseded: u32,
    /// How long a prefix that is no member must have been visible for its loss to be an outage.
    pub min_life: TimeDelta,
    /// Whether some collector had a RIB.
    pub has_rib: bool,
    /// The minute in which most watched prefixes were visible: a better instant for a baseline.
    pub best_minute: Option<Timestamp>,
    /// How much was known of the watched prefixes.
    pub known: Knowledge,
}

/// How much was known of the watched prefixes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Knowledge {
    /// No peer had a route to any of them.
    #[default]
    NoPrefix,
    /// In no minute were enough vantage ASes known; at most so many were, and so many are needed.
    TooFew {
        /// The most that were known of a prefix in any minute.
        most: u32,
        /// As many as `--min-vantage` asks for.
        needed: u32,
    },
    /// None of them was visible in any minute.
    NeverVisible,
    /// Some were visible.
    Visible,
}

/// The numbers that stand beside the story.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoryFacts {
    /// Vantage ASes that count: the most that any prefix had.
    pub networks: u32,
    /// Whether every peer counts, also those without a full table.
    pub all_count: bool,
    /// Vantage ASes of all peers, counted or not.
    pub networks_heard: u32,
    /// The collectors, by name.
    pub collectors: Vec<String>,
    /// The collectors whose clocks are ahead of the others', and by how many seconds.
    pub clocks_ahead: Vec<(String, i64)>,
    /// The share of all prefix-minutes that is unknown, in ten-thousandths; nothing where there is
    /// none.
    pub unknown_share: Option<u32>,
    /// Gaps in the update files.
    pub gaps: u32,
    /// Files that were located, missing ones included.
    pub files: u32,
    /// Whether files were missing or damaged.
    pub is_incomplete: bool,
    /// Watched prefixes.
    pub prefixes: u32,
    /// Rows of `events`.
    pub events: u32,
    /// Rows of `outages`.
    pub outages: u32,
}

impl<'a> StoryInput<'a> {
    /// From a run's folder.
    pub(crate) fn of(view: &'a RunView) -> Self {
        let study = &view.manifest.study;
        let mut families: BTreeMap<String, Vec<Family>> = BTreeMap::new();
        for group in &view.groups {
            let has_members = group.minutes.iter().any(|i| i.value.baseline > 0);
            if has_members {
                let of_entity = families.entry(group.entity.clone()).or_default();
                of_entity.push(group.family);
            }
        }
        Self {
            window: study.window,
            precision: Precision::of(study),
            events: &view.events,
            sensitivity: &view.sensitivity,
            outages: &view.outages,
            families,
            other_returns: other_returns(&view.events, &view.outages),
            baseline: BaselineFacts::of(view),
            facts: StoryFacts::of(view),
        }
    }

    /// Whether the seconds are invented.
    pub(crate) fn is_reconstruction(&self) -> bool {
        self.precision == Precision::Minutes
    }
}

/// What of each event came back by other origins' routes: the prefixes whose last outage of the event
/// ended so.
fn other_returns(events: &[EventView], outages: &[OutageView]) -> BTreeMap<u32, OtherReturn> {
    let mut found = BTreeMap::new();
    for event in events.iter().filter(|e| !e.other_origins.is_empty()) {
        let mut last: BTreeMap<&str, &OutageView> = BTreeMap::new();
        let of_prefixes = outages.iter().filter(|o| o.scope == Scope::Prefix);
        for outage in of_prefixes.filter(|o| o.event == Some(event.event)) {
            last.insert(&outage.entity, outage);
        }
        let others = last.values().filter(|outage| outage.is_back_by_others());
        let others: Vec<&&OutageView> = others.collect();
        if !others.is_empty() {
            let origins = others.iter().flat_map(|o| o.origins_back.iter().copied());
            let origins: BTreeSet<Asn> = origins.collect();
            let other = OtherReturn {
                prefixes: others.len() as u32,
                origins: origins.into_iter().collect(),
            };
            found.insert(event.event, other);
        }
    }
    found
}

impl BaselineFacts {
    fn of(view: &RunView) -> Self {
        let study = &view.manifest.study;
        let counts = view.manifest.baseline;
        Self {
            chosen: study.rules.baseline_at,
            members: counts.measured + counts.inferred + counts.chosen,
            without_members: without_members(view),
            superseded: counts.superseded,
            min_life: study.rules.min_life,
            has_rib: view.files.iter().any(|f| f.kind == "rib" && f.is_present),
            best_minute: best_minute(view),
            known: Knowledge::of(view),
        }
    }
}

/// The groups without members in either family.
fn without_members(view: &RunView) -> Vec<String> {
    let mut has: BTreeMap<&str, bool> = BTreeMap::new();
    for group in &view.groups {
        let has_members = group.minutes.iter().any(|i| i.value.baseline > 0);
        *has.entry(&group.entity).or_default() |= has_members;
    }
    let without = has.into_iter().filter(|(_, has)| !has);
    without.map(|(entity, _)| entity.to_owned()).collect()
}

impl Knowledge {
    fn of(view: &RunView) -> Self {
        let minutes = || view.prefixes.iter().flat_map(|prefix| &prefix.minutes);
        let states = || minutes().map(|interval| &interval.value);
        if view.manifest.prefixes.is_empty() {
            Self::NoPrefix
        } else if states().all(|s| s.status == Status::Unknown) {
            Self::TooFew {
                most: states().map(|s| s.visibility.known).max().unwrap_or(0),
                needed: view.manifest.study.rules.min_vantage,
            }
        } else if states().all(|s| !s.status.is_visible()) {
            Self::NeverVisible
        } else {
            Self::Visible
        }
    }
}

/// The first minute with the most visible prefixes.
fn best_minute(view: &RunView) -> Option<Timestamp> {
    let mut changes: BTreeMap<u32, i64> = BTreeMap::new();
    for interval in view.prefixes.iter().flat_map(|prefix| &prefix.minutes) {
        if interval.value.status.is_visible() {
            *changes.entry(interval.first).or_default() += 1;
            *changes.entry(interval.end).or_default() -= 1;
        }
    }
    let (mut visible, mut best) = (0, (0, None));
    for (minute, change) in changes {
        visible += change;
        if visible > best.0 {
            best = (visible, Some(minute));
        }
    }
    // A minute's value is that of its end.
    best.1.map(|minute| view.minute_start(minute + 1))
}

impl StoryFacts {
    fn of(view: &RunView) -> Self {
        let distinct = |names: &mut dyn Iterator<Item = &'_ str>| -> Vec<String> {
            let names: BTreeSet<&str> = names.collect();
            names.into_iter().map(str::to_owned).collect()
        };
        let heard: BTreeSet<Asn> = view.peers.iter().map(|p| p.asn).collect();
        let peers = view.peers.iter().map(|p| p.collector.as_str());
        let files = view.files.iter().map(|f| f.collector.as_str());
        let ahead = view.peers.iter().filter_map(|p| {
            let offset = p.clock_offset_s.filter(|&s| s != 0)?;
            Some((p.collector.clone(), offset))
        });
        let ahead: BTreeSet<(String, i64)> = ahead.collect();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            networks: view.vantage_ases(),
            all_count: view.manifest.study.rules.full_feed == FeedRule::All,
            networks_heard: count(heard.len()),
            collectors: distinct(&mut peers.chain(files)),
            clocks_ahead: ahead.into_iter().collect(),
            unknown_share: unknown_share(view),
            gaps: count(view.manifest.gaps.len()),
            files: count(view.file_count),
            is_incomplete: view.manifest.completeness == Completeness::Incomplete,
            prefixes: count(view.manifest.prefixes.len()),
            events: count(view.events.len()),
            outages: count(view.outages.len()),
        }
    }
}

/// How much of all prefixes' minutes is unknown, in ten-thousandths, rounded up: some is never none.
fn unknown_share(view: &RunView) -> Option<u32> {
    let (mut unknown, mut all) = (0u64, 0u64);
    for interval in view.prefixes.iter().flat_map(|prefix| &prefix.minutes) {
        let minutes = u64::from(interval.end - interval.first);
        all += minutes;
        unknown += minutes * u64::from(interval.value.status == Status::Unknown);
    }
    if all == 0 {
        return None;
    }
    u32::try_from((unknown * 10_000).div_ceil(all)).ok()
}
