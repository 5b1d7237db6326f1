//! One prefix, counted: its minutes, its changes of visibility, its baseline and its upstreams.

use super::baseline::{self, Baseline, BaselineKind, InferenceInputs, Membership, is_countable};
use super::counter::VisibilityCounter;
use super::event_merge::{EventMerge, MergedEvent};
use super::upstreams::{PathUpstreams, UpstreamChange, UpstreamCount};
use super::{CountingInputs, CountingRules};
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::route::{Cause, Change, NONE, Presence};
use crate::model::time::{TimeDelta, Timestamp};
use crate::model::visibility::{Status, Visibility, VisibilityChange, VisibilityState};
use crate::replay::History;
use rustc_hash::FxHashSet;

/// A minute in which something happened to a prefix, or the window's first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixMinute {
    /// Index of the minute in the window.
    pub minute: u32,
    /// Vantage ASes with a peer that counts in the family, at the minute's end.
    pub full_feed: u32,
    /// Vantage ASes that see the prefix, and those known, at the minute's end.
    pub visibility: Visibility,
    /// Fewest and most vantage ASes that saw the prefix within the minute.
    pub seeing_range: (u32, u32),
    /// Lowest and highest visibility within the minute; nothing where no vantage AS was known.
    pub visibility_range: Option<(Visibility, Visibility)>,
    /// Announcements by counted peers, duplicates included.
    pub announcements: u32,
    /// Withdrawals by counted peers, duplicates included.
    pub withdrawals: u32,
    /// Announcements by counted peers that replaced the path of a present route.
    pub path_changes: u32,
    /// Origins of the routes in use at counted peers at the minute's end, ascending.
    pub origins: Vec<Asn>,
    /// Those that at least half of the vantage ASes that see the prefix have; nothing where that is
    /// all of them.
    pub main_origins: Option<Box<[Asn]>>,
    /// Status at the minute's end.
    pub status: Status,
}

impl PrefixMinute {
    /// The origins that at least half of the vantage ASes that see the prefix have, ascending.
    pub(crate) fn main_origins(&self) -> &[Asn] {
        self.main_origins.as_deref().unwrap_or(&self.origins)
    }
}

/// Reads a prefix' minutes one after the other: minutes in which nothing happened repeat the state
/// at the end of the one before.
#[derive(Debug, Clone)]
pub(crate) struct PrefixByMinute<'a> {
    minutes: &'a [PrefixMinute],
    index: usize,
}

impl<'a> PrefixByMinute<'a> {
    /// Starts at the window's first minute.
    pub(crate) fn new(tally: &'a Tally) -> Self {
        Self {
            minutes: &tally.minutes,
            index: 0,
        }
    }

    /// The minute with this index, or the last one before it in which something happened. Minutes
    /// are asked for in ascending order.
    pub(crate) fn at(&mut self, minute: u32) -> &'a PrefixMinute {
        let later = self.minutes[self.index + 1..].iter();
        self.index += later.take_while(|next| next.minute <= minute).count();
        &self.minutes[self.index]
    }
}

/// What is counted of one prefix.
#[derive(Debug, Clone)]
pub struct Tally {
    /// The window's first minute and every minute in which something happened, in order.
    pub minutes: Vec<PrefixMinute>,
    /// The state when replay starts, then every change of visibility up to the window's end.
    pub visibility_changes: Vec<VisibilityChange>,
    /// What it was like before.
    pub baseline: Baseline,
    /// Each upstream's count at the end of the first minute and of those in which it changed, by
    /// minute and upstream.
    pub upstream_counts: Vec<UpstreamCount>,
    /// Upstreams that appeared or left within the window, by time and upstream.
    pub upstream_changes: Vec<UpstreamChange>,
}

/// Counts one prefix.
pub fn prefix(prefix: Prefix, history: &History, inputs: CountingInputs<'_>) -> Tally {
    PrefixCount::new(prefix, history, inputs).run()
}

/// The changes of visibility of one prefix alone, in the order of time: what [`prefix`](prefix())
/// counts too, without minutes and upstreams.
pub(crate) fn visibility_changes(
    prefix: Prefix,
    history: &History,
    inputs: CountingInputs<'_>,
) -> Vec<VisibilityChange> {
    let no_upstreams = PathUpstreams::default();
    let inputs = CountingInputs {
        path_upstreams: &no_upstreams,
        ..inputs
    };
    let mut count = PrefixCount::new(prefix, history, inputs);
    count.note_visibility(inputs.rules.start);
    while let Some(time) = count.events.next_before(inputs.rules.window.to) {
        let counter = &mut count.counter;
        count.events.take(time, |event| counter.apply(event));
        count.note_visibility(time);
    }
    count.visibility_changes
}

/// Gives back the spare capacity of a list: most prefixes have a single minute, and there can be a
/// million prefixes.
fn shrunk<T>(mut list: Vec<T>) -> Vec<T> {
    list.shrink_to_fit();
    list
}

struct PrefixCount<'a> {
    prefix: Prefix,
    history: &'a History,
    inputs: CountingInputs<'a>,
    events: EventMerge<'a, Change>,
    counter: VisibilityCounter<'a>,
    paths: &'a [AsPath],
    rules: &'a CountingRules,
    /// It has been visible at some instant since replay began.
    has_been_visible: bool,
    minutes: Vec<PrefixMinute>,
    visibility_changes: Vec<VisibilityChange>,
    upstream_counts: Vec<UpstreamCount>,
    upstream_changes: Vec<UpstreamChange>,
}

impl<'a> PrefixCount<'a> {
    fn new(prefix: Prefix, history: &'a History, inputs: CountingInputs<'a>) -> Self {
        let activations = inputs.vantages.activations(prefix.family());
        Self {
            prefix,
            history,
            inputs,
            events: EventMerge::new(activations, [history.changes.as_slice()]),
            counter: VisibilityCounter::new(prefix.family(), history, inputs),
            paths: inputs.paths,
            rules: inputs.rules,
            has_been_visible: false,
            minutes: Vec::new(),
            visibility_changes: Vec::new(),
            upstream_counts: Vec::new(),
            upstream_changes: Vec::new(),
        }
    }

    fn run(mut self) -> Tally {
        let window = self.rules.window;
        self.note_visibility(self.rules.start);
        // An upstream that is there when replay starts has not appeared.
        self.counter
            .upstreams
            .close_instant(Timestamp::BEFORE_ALL, |_| {});
        let baseline_at = self.rules.baseline_at;
        let mut baseline = None;
        // One minute is open at a time; the first is the window's first.
        let mut open: Option<PrefixMinute> = None;
        while let Some(time) = self.events.next_before(window.to) {
            if time >= baseline_at && baseline.is_none() {
                baseline = Some(self.baseline());
            }
            if time >= window.from {
                let minute = window.minute_index(time) as u32;
                let current = match open.take() {
                    Some(current) if current.minute == minute => current,
                    Some(done) => {
                        self.close(done);
                        self.open(minute)
                    }
                    None => {
                        if minute > 0 {
                            let first = self.open(0);
                            self.close(first);
                        }
                        self.open(minute)
                    }
                };
                open = Some(self.step(time, current));
            } else {
                // Before the window there are no minutes.
                let discarded = self.open(0);
                self.step(time, discarded);
            }
            self.note_visibility(time);
            let changes = &mut self.upstream_changes;
            self.counter.upstreams.close_instant(time, |change| {
                if time >= window.from {
                    changes.push(change);
                }
            });
        }
        let last = open.unwrap_or_else(|| self.open(0));
        self.close(last);
        let mut baseline = baseline.unwrap_or_else(|| self.baseline());
        self.look_back(&mut baseline);
        Tally {
            baseline,
            minutes: shrunk(self.minutes),
            visibility_changes: shrunk(self.visibility_changes),
            upstream_counts: shrunk(self.upstream_counts),
            upstream_changes: shrunk(self.upstream_changes),
        }
    }

    /// Applies everything of one instant, as one step.
    fn step(&mut self, time: Timestamp, mut minute: PrefixMinute) -> PrefixMinute {
        let counter = &mut self.counter;
        self.events.take(time, |event| match event {
            MergedEvent::Activation(activation) => counter.activate(activation),
            MergedEvent::Change(_, change) => {
                counter.change(change);
                if counter.counts(change.peer) {
                    count_message(&mut minute, change);
                }
            }
        });
        self.widen(&mut minute);
        minute
    }

    /// A minute of which only the state at its start is known.
    fn open(&self, minute: u32) -> PrefixMinute {
        let visibility = self.counter.visibility();
        PrefixMinute {
            minute,
            full_feed: self.counter.full_feed(),
            visibility,
            seeing_range: (visibility.seeing, visibility.seeing),
            visibility_range: (visibility.known > 0).then_some((visibility, visibility)),
            announcements: 0,
            withdrawals: 0,
            path_changes: 0,
            origins: Vec::new(),
            main_origins: None,
            status: Status::Unknown,
        }
    }

    /// Extends the minute's ranges by the state now.
    fn widen(&self, minute: &mut PrefixMinute) {
        let now = self.counter.visibility();
        let (fewest, most) = minute.seeing_range;
        minute.seeing_range = (fewest.min(now.seeing), most.max(now.seeing));
        if now.known > 0 {
            let (low, high) = minute.visibility_range.unwrap_or((now, now));
            minute.visibility_range = Some((
                if now.is_less(low) { now } else { low },
                if high.is_less(now) { now } else { high },
            ));
        }
    }

    fn close(&mut self, mut minute: PrefixMinute) {
        minute.visibility = self.counter.visibility();
        minute.full_feed = self.counter.full_feed();
        minute.origins = origins_in_use(&self.counter, self.paths);
        if minute.origins.len() > 1 {
            let main = main_origins(&self.counter, self.paths);
            let is_all = main == minute.origins;
            minute.main_origins = (!is_all).then(|| main.into());
        }
        let counts = &mut self.upstream_counts;
        self.counter
            .upstreams
            .close_minute(minute.minute, |count| counts.push(count));
        minute.status = match self.state() {
            VisibilityState::Unknown => Status::Unknown,
            _ if !self.has_been_visible => Status::Unseen,
            _ => Status::of(minute.visibility.seeing, minute.visibility.known),
        };
        self.minutes.push(minute);
    }

    fn state(&self) -> VisibilityState {
        let counter = &self.counter;
        self.rules.state(counter.visibility(), counter.full_feed())
    }

    fn note_visibility(&mut self, time: Timestamp) {
        let now = VisibilityChange {
            time,
            state: self.state(),
            visibility: self.counter.visibility(),
        };
        self.has_been_visible |= now.state == VisibilityState::Visible;
        let is_same =
            |last: &VisibilityChange| (last.state, last.visibility) == (now.state, now.visibility);
        if !self.visibility_changes.last().is_some_and(is_same) {
            self.visibility_changes.push(now);
        }
    }

    /// The state at the baseline's instant, up to which everything has been applied.
    fn baseline(&self) -> Baseline {
        let at = self.rules.baseline_at;
        let mut counter = self.counter.clone();
        for (_, change) in self.events.in_baseline(at) {
            counter.change(change);
        }
        let state = self.rules.state(counter.visibility(), counter.full_feed());
        let is_member = state == VisibilityState::Visible && is_countable(self.prefix);
        let origins = match is_member {
            true => main_origins(&counter, self.paths),
            false => Vec::new(),
        };
        let kind = match self.rules.has_chosen_baseline {
            true => BaselineKind::Chosen,
            false => BaselineKind::Measured,
        };
        Baseline {
            state,
            membership: is_member.then_some(Membership {
                kind,
                at,
                is_current: true,
                uncertainty: TimeDelta::ZERO,
            }),
            origins,
            origins_in_use: origins_in_use(&counter, self.paths),
            is_superseded: false,
        }
    }

    /// Finds out whether a prefix that was not visible at the baseline's instant was there before.
    fn look_back(&mut self, baseline: &mut Baseline) {
        let rules = self.rules;
        if baseline.is_member() || rules.has_chosen_baseline || !is_countable(self.prefix) {
            return;
        }
        let changes = &self.visibility_changes;
        if let Some(at) = baseline::look_back(changes, rules.window.from, rules.min_life) {
            let counter = self.counter_at(at);
            baseline.membership = Some(Membership {
                kind: BaselineKind::Measured,
                at,
                is_current: false,
                uncertainty: TimeDelta::ZERO,
            });
            baseline.origins = main_origins(&counter, self.paths);
            baseline.origins_in_use = origins_in_use(&counter, self.paths);
            return;
        }
        if rules.has_rib {
            return;
        }
        let inputs = InferenceInputs {
            vantages: self.inputs.vantages,
            infers: self.inputs.infers,
        };
        let family = self.prefix.family();
        let inferred = baseline::inferred(family, changes, &self.history.changes, inputs);
        let Some(membership) = inferred else {
            return;
        };
        baseline.membership = Some(membership);
        baseline.origins = self.first_announced_origins();
        baseline.origins_in_use = baseline.origins.clone();
        // It counts as having been visible.
        for minute in &mut self.minutes {
            if minute.status == Status::Unseen {
                minute.status = Status::of(minute.visibility.seeing, minute.visibility.known);
            }
        }
    }

    /// The state after everything up to an instant.
    fn counter_at(&self, at: Timestamp) -> VisibilityCounter<'a> {
        let family = self.prefix.family();
        let mut counter = VisibilityCounter::new(family, self.history, self.inputs);
        let activations = self.inputs.vantages.activations(family);
        let mut events = EventMerge::new(activations, [self.history.changes.as_slice()]);
        while let Some(time) = events.next_time().filter(|&time| time <= at) {
            events.take(time, |event| counter.apply(event));
        }
        counter
    }

    /// The ASNs that at least half of the vantage ASes that ever announced the prefix had as origin
    /// when they first did. Ascending.
    fn first_announced_origins(&self) -> Vec<Asn> {
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        let mut origins: Vec<(Asn, u32)> = Vec::new();
        for change in &self.history.changes {
            let vantage = self.inputs.vantages.by_peer()[change.peer as usize];
            let is_announcement = change.cause == Cause::Announce && change.path_after != NONE;
            if is_announcement && self.counter.counts(change.peer) && seen.insert(vantage) {
                let path = &self.paths[change.path_after as usize];
                origins.extend(path.origins().iter().map(|&asn| (asn, vantage)));
            }
        }
        majority(origins, seen.len())
    }
}

/// Counts an announcement or withdrawal of a counted peer.
fn count_message(minute: &mut PrefixMinute, change: &Change) {
    match change.cause {
        Cause::Announce => {
            minute.announcements += 1;
            let was_present = change.from == Presence::Present;
            let is_other_path = change.path_before != change.path_after;
            minute.path_changes += u32::from(was_present && is_other_path);
        }
        Cause::Withdraw => minute.withdrawals += 1,
        _ => {}
    }
}

/// The origins of the paths in use, ascending.
fn origins_in_use(counter: &VisibilityCounter<'_>, paths: &[AsPath]) -> Vec<Asn> {
    let in_use = counter
        .paths_in_use()
        .map(|(_, path)| &paths[path as usize]);
    let mut origins: Vec<Asn> = in_use.flat_map(|p| p.origins().iter().copied()).collect();
    origins.sort_unstable();
    origins.dedup();
    shrunk(origins)
}

/// The origins that at least half of the vantage ASes that see the prefix have, ascending.
fn main_origins(counter: &VisibilityCounter<'_>, paths: &[AsPath]) -> Vec<Asn> {
    let mut origins: Vec<(Asn, u32)> = Vec::new();
    let mut seeing: Vec<u32> = Vec::new();
    for (vantage, path) in counter.paths_in_use() {
        seeing.push(vantage);
        let of_path = paths[path as usize].origins().iter();
        origins.extend(of_path.map(|&asn| (asn, vantage)));
    }
    seeing.sort_unstable();
    seeing.dedup();
    majority(origins, seeing.len())
}

/// The ASNs that at least half of `all` vantage ASes have, ascending. `origins` are pairs of origin
/// and vantage AS.
fn majority(mut origins: Vec<(Asn, u32)>, all: usize) -> Vec<Asn> {
    origins.sort_unstable();
    origins.dedup();
    let by_asn = origins.chunk_by(|a, b| a.0 == b.0);
    let main = by_asn.filter(|vantages| vantages.len() * 2 >= all);
    shrunk(main.map(|vantages| vantages[0].0).collect())
}
