//! Changes → minutes. No IO; cannot fail.
//!
//! [`prefix`] counts, for one prefix, the vantage ASes that see it over time; what it answers is
//! kept as runs ([`Tally::cells`] holds the minutes in which something happened, the others
//! repeat the state). [`upstreams`] are counted beside them. [`coverage`] tells of each part of the
//! watched space whether it can still be reached. [`group`] adds prefixes up to ASes and countries.

pub mod coverage;
pub mod group;
pub mod upstreams;
pub mod vantage;

use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::route::{Cause, Change, Presence};
use crate::model::time::{Timestamp, Window};
use crate::model::visibility::{Status, Visibility};
use crate::replay::History;
use upstreams::{NextToOrigin, UpstreamChange, Via};
use vantage::{Roster, Votes};

/// What the minutes are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The window.
    pub window: Window,
    /// When replay begins: at or before the window.
    pub start: Timestamp,
    /// The baseline's instant: the state there, before that instant's updates.
    pub baseline_at: Timestamp,
    /// With fewer vantage ASes known, a status is unknown.
    pub min_vantage: u32,
}

impl Terms {
    /// Whether too few vantage ASes are known for a status: fewer than half of the full-feed ones,
    /// or than the least number asked for.
    pub const fn is_too_few(&self, known: u32, full: u32) -> bool {
        known * 2 < full || known < self.min_vantage || known == 0
    }
}

/// What counting looks up.
#[derive(Clone, Copy)]
pub struct Lookup<'a> {
    /// Who is counted, and when.
    pub roster: &'a Roster,
    /// The run's AS paths.
    pub paths: &'a [AsPath],
    /// Their upstreams.
    pub next: &'a NextToOrigin,
    /// What the minutes are judged by.
    pub terms: &'a Terms,
}

/// A minute in which something happened, or the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Which minute of the window, from 0.
    pub minute: u32,
    /// Vantage ASes with a counted peer.
    pub full: u32,
    /// Seeing and known at the minute's end.
    pub visibility: Visibility,
    /// Fewest and most that saw it within the minute.
    pub seeing: (u32, u32),
    /// Lowest and highest visibility within the minute, where any vantage AS was known.
    pub range: Option<(Visibility, Visibility)>,
    /// By counted peers, duplicates included.
    pub announcements: u32,
    /// By counted peers, duplicates included.
    pub withdrawals: u32,
    /// Announcements by counted peers that brought another path for a present route.
    pub path_changes: u32,
    /// Origins of the routes in use at counted peers at the minute's end, ascending.
    pub origins: Vec<Asn>,
    /// Status at the minute's end.
    pub status: Status,
}

impl Cell {
    /// The same state in a minute without events.
    pub fn quiet(&self, minute: u32) -> Self {
        let known = self.visibility.known > 0;
        Self {
            minute,
            seeing: (self.visibility.seeing, self.visibility.seeing),
            range: known.then_some((self.visibility, self.visibility)),
            announcements: 0,
            withdrawals: 0,
            path_changes: 0,
            origins: self.origins.clone(),
            ..*self
        }
    }
}

/// Whether a prefix was visible, as far as can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// At least half of the known see it.
    Visible,
    /// Less than half do.
    Lost,
    /// Too few are known.
    Unknown,
}

/// A moment from which on visibility was another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since the epoch.
    pub time: i64,
    /// Whether the prefix was visible from here on.
    pub sight: Sight,
    /// How visible.
    pub visibility: Visibility,
}

/// The state at the baseline's instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Whether it was visible.
    pub sight: Sight,
    /// Its origins then, ascending.
    pub origins: Vec<Asn>,
}

/// All that is counted of one prefix.
#[derive(Debug, Clone)]
pub struct Tally {
    /// The first minute, and every minute in which something happened, in order.
    pub cells: Vec<Cell>,
    /// The state before the window, then every change of visibility up to its end.
    pub moments: Vec<Moment>,
    /// The baseline.
    pub baseline: Baseline,
    /// Behind whom it is seen: each upstream's count at the end of the first minute and of those
    /// in which it changed, by minute and upstream.
    pub via: Vec<Via>,
    /// Upstreams that appeared or left within the window, by time and upstream.
    pub upstream_changes: Vec<UpstreamChange>,
}

/// Counts one prefix.
pub fn prefix(prefix: Prefix, history: &History, lookup: Lookup<'_>) -> Tally {
    Counting::new(prefix, history, lookup).run()
}

/// Without the room that a list has to grow: most prefixes have a single cell, and there can be a
/// million of them.
fn fitted<T>(mut list: Vec<T>) -> Vec<T> {
    list.shrink_to_fit();
    list
}

struct Counting<'a> {
    changes: &'a [Change],
    joins: &'a [vantage::Join],
    votes: Votes<'a>,
    paths: &'a [AsPath],
    terms: &'a Terms,
    /// It has been visible, at some instant since replay began.
    has_been_visible: bool,
    cells: Vec<Cell>,
    moments: Vec<Moment>,
    via: Vec<Via>,
    upstream_changes: Vec<UpstreamChange>,
}

impl<'a> Counting<'a> {
    fn new(prefix: Prefix, history: &'a History, lookup: Lookup<'a>) -> Self {
        let Lookup {
            roster,
            paths,
            next,
            terms,
        } = lookup;
        Self {
            changes: &history.changes,
            joins: roster.joins(prefix.family()),
            votes: Votes::new(roster, next, prefix.family(), history),
            paths,
            terms,
            has_been_visible: false,
            cells: Vec::new(),
            moments: Vec::new(),
            via: Vec::new(),
            upstream_changes: Vec::new(),
        }
    }

    fn run(mut self) -> Tally {
        let window = self.terms.window;
        self.moment(self.terms.start.0);
        // What replay starts with has not just appeared.
        self.votes.upstreams.step(i64::MIN, |_| {});
        let baseline_at = self.terms.baseline_at.0;
        let mut baseline = None;
        // One cell is open at a time; the first is that of the window's first minute.
        let mut open: Option<Cell> = None;
        while let Some(time) = self.next_time().filter(|&t| t < window.to.0) {
            if time >= baseline_at && baseline.is_none() {
                baseline = Some(self.baseline(baseline_at));
            }
            if time >= window.from.0 {
                let minute = window.minute_index(Timestamp(time)) as u32;
                let cell = match open.take() {
                    Some(cell) if cell.minute == minute => cell,
                    Some(done) => {
                        self.close(done);
                        self.opening(minute)
                    }
                    None => {
                        if minute > 0 {
                            let first = self.opening(0);
                            self.close(first);
                        }
                        self.opening(minute)
                    }
                };
                open = Some(self.instant(time, cell));
            } else {
                let spent = self.opening(0);
                self.instant(time, spent);
            }
            self.moment(time);
            let changes = &mut self.upstream_changes;
            self.votes.upstreams.step(time, |change| {
                if time >= window.from.0 {
                    changes.push(change);
                }
            });
        }
        let last = open.unwrap_or_else(|| self.opening(0));
        self.close(last);
        Tally {
            baseline: baseline.unwrap_or_else(|| self.baseline(baseline_at)),
            cells: fitted(self.cells),
            moments: fitted(self.moments),
            via: fitted(self.via),
            upstream_changes: fitted(self.upstream_changes),
        }
    }

    fn next_time(&self) -> Option<i64> {
        let change = self.changes.first().map(|c| c.time);
        let join = self.joins.first().map(|j| j.time);
        match (change, join) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Lets everything of one instant act, as one step.
    fn instant(&mut self, time: i64, mut cell: Cell) -> Cell {
        let joins = self.joins.iter().take_while(|j| j.time == time).count();
        let (now, later) = self.joins.split_at(joins);
        self.joins = later;
        for join in now {
            self.votes.join(join);
        }
        let changes = self.changes.iter().take_while(|c| c.time == time).count();
        let (now, later) = self.changes.split_at(changes);
        self.changes = later;
        for change in now {
            self.votes.change(change);
            if self.votes.counts(change.peer) {
                match change.cause {
                    Cause::Announce => {
                        cell.announcements += 1;
                        let stays = change.from == Presence::Present;
                        let other = change.path_before != change.path_after;
                        cell.path_changes += u32::from(stays && other);
                    }
                    Cause::Withdraw => cell.withdrawals += 1,
                    _ => {}
                }
            }
        }
        self.widen(&mut cell);
        cell
    }

    /// A cell that knows only the state that its minute began with.
    fn opening(&self, minute: u32) -> Cell {
        let visibility = self.votes.visibility();
        Cell {
            minute,
            full: self.votes.full(),
            visibility,
            seeing: (visibility.seeing, visibility.seeing),
            range: (visibility.known > 0).then_some((visibility, visibility)),
            announcements: 0,
            withdrawals: 0,
            path_changes: 0,
            origins: Vec::new(),
            status: Status::Unknown,
        }
    }

    fn widen(&self, cell: &mut Cell) {
        let now = self.votes.visibility();
        cell.seeing.0 = cell.seeing.0.min(now.seeing);
        cell.seeing.1 = cell.seeing.1.max(now.seeing);
        if now.known > 0 {
            let (low, high) = cell.range.unwrap_or((now, now));
            cell.range = Some((
                if now.is_less(low) { now } else { low },
                if high.is_less(now) { now } else { high },
            ));
        }
    }

    fn close(&mut self, mut cell: Cell) {
        cell.visibility = self.votes.visibility();
        cell.full = self.votes.full();
        cell.origins = self.origins();
        let via = &mut self.via;
        self.votes.upstreams.close(cell.minute, |v| via.push(v));
        cell.status = match self.sight() {
            Sight::Unknown => Status::Unknown,
            _ if !self.has_been_visible => Status::Unseen,
            _ => Status::of(cell.visibility.seeing, cell.visibility.known),
        };
        self.cells.push(cell);
    }

    fn sight(&self) -> Sight {
        let (full, visibility) = (self.votes.full(), self.votes.visibility());
        if self.terms.is_too_few(visibility.known, full) {
            Sight::Unknown
        } else if visibility.is_half() {
            Sight::Visible
        } else {
            Sight::Lost
        }
    }

    fn moment(&mut self, time: i64) {
        let moment = Moment {
            time,
            sight: self.sight(),
            visibility: self.votes.visibility(),
        };
        self.has_been_visible = self.has_been_visible || moment.sight == Sight::Visible;
        let same =
            |last: &Moment| (last.sight, last.visibility) == (moment.sight, moment.visibility);
        if !self.moments.last().is_some_and(same) {
            self.moments.push(moment);
        }
    }

    fn origins(&self) -> Vec<Asn> {
        let paths = self
            .votes
            .paths_in_use()
            .map(|path| &self.paths[path as usize]);
        let mut origins: Vec<Asn> = paths.flat_map(|p| p.origins().iter().copied()).collect();
        origins.sort_unstable();
        origins.dedup();
        fitted(origins)
    }

    fn baseline(&mut self, at: i64) -> Baseline {
        // RIBs stamped with the baseline's very instant are part of it; updates are not.
        let is_rib =
            |c: &&Change| c.time == at && matches!(c.cause, Cause::RibAdded | Cause::RibRemoved);
        let rib: Vec<Change> = self.changes.iter().filter(is_rib).copied().collect();
        let kept = self.votes.clone();
        rib.iter().for_each(|c| self.votes.change(c));
        let baseline = Baseline {
            sight: self.sight(),
            origins: self.origins(),
        };
        self.votes = kept;
        baseline
    }
}
