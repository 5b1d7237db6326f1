//! The spans of events: when many members of a group were lost, from their states alone.
//!
//! An event begins where at least 10 % of the members of a family are lost and ends where fewer
//! are. A member that was lost in it stays in it until it is seen visible: what is unknown neither
//! opens, ends nor splits an event. It also ends where at least half of what was lost at its worst
//! is back and no more is lost for ten minutes, if it does not end otherwise in these; what is
//! still gone then is left out of later events until it is seen visible.

use super::EndKind;
use super::member_states::MemberStates;
use crate::model::net::Family;
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::model::visibility::VisibilityState;

/// Events with less than this between them are one.
const MERGED_WITHIN: TimeDelta = TimeDelta::from_mins(1);

/// With half of the worst back, an event ends where nothing more is lost for so long.
const QUIET_FOR: TimeDelta = TimeDelta::from_mins(10);

/// The span of an event. Members are named by their index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EventSpan {
    /// The families of which 10 % were lost.
    pub(super) families: [bool; 2],
    pub(super) start: Timestamp,
    /// Where it was not seen to end: the window's end, or the last instant at which a member was
    /// known to be lost.
    pub(super) end: Timestamp,
    pub(super) end_kind: EndKind,
    /// The members lost at some time in it, ascending.
    pub(super) members: Vec<usize>,
    /// Those lost when most were, ascending.
    pub(super) worst: Vec<usize>,
    /// The first instant at which so many were lost.
    pub(super) worst_at: Timestamp,
    /// The first and last instant with more than half of all members lost.
    pub(super) down: Option<(Timestamp, Timestamp)>,
    /// When half of the worst were visible again.
    pub(super) half_back_at: Option<Timestamp>,
    /// The last return of any; nothing while one is gone.
    pub(super) last_back_at: Option<Timestamp>,
    /// Members that were still gone at the end.
    pub(super) still_lost: Vec<usize>,
    /// Known loss of its members, summed, in the window and before it.
    pub(super) lost_in_window: TimeDelta,
    pub(super) lost_before: TimeDelta,
    /// Whether it ended although more than 10 % were still lost.
    ended_early: bool,
}

/// The events of a group that end within the window, in the order of time.
pub(super) fn find(members: &[MemberStates<'_>], window: Window) -> Vec<EventSpan> {
    let mut steps: Vec<(Timestamp, usize, VisibilityState)> = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let states = member.states.iter().filter(|s| s.0 < window.to);
        steps.extend(states.map(|&(time, state)| (time, index, state)));
    }
    steps.sort_by_key(|s| (s.0, s.1));
    let mut sweep = Sweep::new(members, window);
    for at_once in steps.chunk_by(|a, b| a.0 == b.0) {
        sweep.take(at_once[0].0, at_once);
    }
    sweep.finish();
    sweep.found
}

/// A member on the way through time.
#[derive(Debug, Clone, Copy)]
struct Member {
    state: VisibilityState,
    /// It was lost in the event that is open, and has not been visible since.
    is_in: bool,
    /// It was lost at some time in that event.
    was_in: bool,
    /// When it was last taken in.
    entered_at: Timestamp,
    /// The `worst_at` of which it was part, if it has left since.
    left_worst: Option<Timestamp>,
    /// It was still gone when an event ended early.
    is_left_out: bool,
    /// The last instant up to which it was known to be lost.
    lost_until: Timestamp,
}

/// The event that is open, or that ended less than a minute ago.
#[derive(Debug)]
struct Open {
    families: [bool; 2],
    start: Timestamp,
    /// How many were lost at the worst, and when.
    most: usize,
    worst_at: Timestamp,
    /// How many of them are visible.
    back: usize,
    down_from: Option<Timestamp>,
    down_to: Option<Timestamp>,
    /// Since when half of the worst are back and nothing more is lost.
    quiet_since: Option<Timestamp>,
    /// Members that returned since then.
    left_since: Vec<usize>,
    /// Fewer than 10 % are lost.
    closed: Option<Closed>,
}

/// An event that is over, unless it goes on within the minute.
#[derive(Debug)]
struct Closed {
    end: Timestamp,
    /// The members lost in it, and those still gone at its end.
    members: Vec<usize>,
    still_lost: Vec<usize>,
}

struct Sweep<'a> {
    states: &'a [MemberStates<'a>],
    window: Window,
    /// By family: how many members.
    sizes: [usize; 2],
    members: Vec<Member>,
    /// By family: members lost and not left out; those in the event.
    lost: [usize; 2],
    inside: [usize; 2],
    open: Option<Open>,
    found: Vec<EventSpan>,
}

impl<'a> Sweep<'a> {
    fn new(states: &'a [MemberStates<'a>], window: Window) -> Self {
        let size = |family| states.iter().filter(|m| m.family == family).count();
        let member = Member {
            state: VisibilityState::Unknown,
            is_in: false,
            was_in: false,
            entered_at: Timestamp::BEFORE_ALL,
            left_worst: None,
            is_left_out: false,
            lost_until: Timestamp::BEFORE_ALL,
        };
        Self {
            states,
            window,
            sizes: Family::BOTH.map(size),
            members: vec![member; states.len()],
            lost: [0; 2],
            inside: [0; 2],
            open: None,
            found: Vec::new(),
        }
    }

    /// Takes everything of one instant.
    fn take(&mut self, time: Timestamp, steps: &[(Timestamp, usize, VisibilityState)]) {
        self.pass_until(time);
        let mut is_more_lost = false;
        for &(_, index, state) in steps {
            is_more_lost |= self.alter(index, time, state);
        }
        if self.open.is_none() {
            let families = [0, 1].map(|f| is_tenth(self.lost[f], self.sizes[f]));
            if families == [false; 2] {
                return;
            }
            self.start(time, families);
        }
        self.judge(time, is_more_lost);
    }

    /// A member's state changes; whether it was taken into the event.
    fn alter(&mut self, index: usize, time: Timestamp, state: VisibilityState) -> bool {
        let family = self.states[index].family.index();
        let is_event = self.open.is_some();
        let member = &mut self.members[index];
        let was_lost = member.state == VisibilityState::Lost && !member.is_left_out;
        if was_lost {
            member.lost_until = time;
        }
        let mut has_entered = false;
        member.state = state;
        match state {
            VisibilityState::Visible => {
                member.is_left_out = false;
                if std::mem::replace(&mut member.is_in, false) {
                    self.inside[family] -= 1;
                    let entered_at = member.entered_at;
                    if let Some(open) = &mut self.open {
                        // Of the worst: still there since, or back in after it had left.
                        if entered_at <= open.worst_at || member.left_worst == Some(open.worst_at) {
                            member.left_worst = Some(open.worst_at);
                            open.back += 1;
                        }
                        if open.quiet_since.is_some() {
                            open.left_since.push(index);
                        }
                    }
                }
            }
            VisibilityState::Unknown => {}
            VisibilityState::Lost => {
                if is_event && !member.is_left_out && !member.is_in {
                    has_entered = true;
                    member.is_in = true;
                    member.was_in = true;
                    member.entered_at = time;
                    self.inside[family] += 1;
                    if let Some(open) = &mut self.open
                        && member.left_worst == Some(open.worst_at)
                    {
                        open.back -= 1;
                    }
                }
            }
        }
        let is_lost = state == VisibilityState::Lost && !member.is_left_out;
        self.lost[family] = self.lost[family] + usize::from(is_lost) - usize::from(was_lost);
        has_entered
    }

    /// Opens an event with all that is lost.
    fn start(&mut self, time: Timestamp, families: [bool; 2]) {
        for (index, member) in self.members.iter_mut().enumerate() {
            member.was_in = member.state == VisibilityState::Lost && !member.is_left_out;
            member.is_in = member.was_in;
            member.left_worst = None;
            if member.is_in {
                member.entered_at = time;
                self.inside[self.states[index].family.index()] += 1;
            }
        }
        self.open = Some(Open {
            families,
            start: time,
            most: 0,
            worst_at: time,
            back: 0,
            down_from: None,
            down_to: None,
            quiet_since: None,
            left_since: Vec::new(),
            closed: None,
        });
    }

    /// What holds of the event after everything of an instant.
    fn judge(&mut self, time: Timestamp, is_more_lost: bool) {
        let inside: usize = self.inside.iter().sum();
        let all = &self.members;
        let Some(open) = &mut self.open else {
            return;
        };
        // In the pause after its end it takes a tenth that is lost now to go on.
        let counts = match open.closed {
            Some(_) => self.lost,
            None => self.inside,
        };
        let families = [0, 1].map(|f| is_tenth(counts[f], self.sizes[f]));
        if families == [false; 2] {
            if open.closed.is_none() {
                open.closed = Some(Closed {
                    end: time,
                    members: indices(all, |m| m.was_in),
                    still_lost: indices(all, |m| m.is_in),
                });
            }
        } else {
            open.closed = None;
            open.families = [0, 1].map(|f| open.families[f] || families[f]);
        }
        if inside > open.most {
            open.most = inside;
            open.worst_at = time;
            open.back = 0;
        }
        match (inside * 2 > all.len(), open.down_from) {
            (true, None) => (open.down_from, open.down_to) = (Some(time), None),
            (true, Some(_)) => open.down_to = None,
            (false, Some(_)) if open.down_to.is_none() => open.down_to = Some(time),
            (false, _) => {}
        }
        if open.back * 2 < open.most {
            open.quiet_since = None;
            open.left_since.clear();
        } else if open.quiet_since.is_none() || is_more_lost {
            open.quiet_since = Some(time);
            open.left_since.clear();
        }
    }

    /// Ends the event where it is over before an instant.
    fn pass_until(&mut self, time: Timestamp) {
        let Some(open) = &self.open else {
            return;
        };
        if let Some(Closed { end, .. }) = open.closed {
            if time - end >= MERGED_WITHIN {
                self.close(end, EndKind::Back, false);
            }
        } else if let Some(quiet) = open.quiet_since
            && time > quiet + QUIET_FOR
        {
            self.close(quiet, EndKind::Back, true);
        }
    }

    /// The window ends.
    fn finish(&mut self) {
        // Ten minutes that reach past the window are not known to be quiet.
        let to = self.window.to;
        let Some(open) = &self.open else {
            return;
        };
        if let Some(Closed { end, .. }) = open.closed {
            return self.close(end, EndKind::Back, false);
        }
        if let Some(quiet) = open.quiet_since
            && quiet + QUIET_FOR < to
        {
            return self.close(quiet, EndKind::Back, true);
        }
        let mut inside = self.members.iter().filter(|m| m.is_in);
        let is_known = inside.any(|m| m.state == VisibilityState::Lost);
        let lost = self.members.iter().filter(|m| m.was_in);
        match lost.map(|m| m.lost_until).max() {
            Some(end) if !is_known => self.close(end, EndKind::Unknown, false),
            _ => self.close(to, EndKind::Window, false),
        }
    }

    /// Notes the event that is open, with this end.
    fn close(&mut self, end: Timestamp, end_kind: EndKind, ended_early: bool) {
        let Some(open) = self.open.take() else {
            return;
        };
        let (members, still_lost) = match open.closed {
            Some(closed) => (closed.members, closed.still_lost),
            None => {
                let mut still_lost = indices(&self.members, |m| m.is_in);
                still_lost.extend(open.left_since.iter().filter(|_| ended_early));
                still_lost.sort_unstable();
                still_lost.dedup();
                (indices(&self.members, |m| m.was_in), still_lost)
            }
        };
        for (index, member) in self.members.iter_mut().enumerate() {
            if ended_early && member.is_in {
                let family = self.states[index].family.index();
                self.lost[family] -= usize::from(member.state == VisibilityState::Lost);
                member.is_left_out = true;
            }
            (member.is_in, member.was_in) = (false, false);
        }
        self.inside = [0; 2];
        if end <= self.window.from {
            return;
        }
        let worst = self.worst(&members, open.start, open.worst_at);
        let half_back_at = self.half_back_at(&worst, open.worst_at);
        let returns = members.iter().map(|&member| {
            let states = &self.states[member];
            match still_lost.binary_search(&member) {
                Ok(_) => states.back_after(end),
                Err(_) => Some(end),
            }
        });
        let until: Vec<Option<Timestamp>> = returns.collect();
        let lost_between = |from: Timestamp, to: Timestamp| {
            let each = members.iter().zip(&until);
            let lost = each.map(|(&member, until)| {
                let to = until.unwrap_or(self.window.to).min(to);
                self.states[member].lost_between(from, to)
            });
            lost.sum::<TimeDelta>()
        };
        let down_to = open.down_to.unwrap_or(end).min(end);
        let span = EventSpan {
            families: open.families,
            start: open.start,
            end,
            end_kind,
            last_back_at: self.last_back_at(&members, &still_lost, end),
            lost_in_window: lost_between(open.start.max(self.window.from), self.window.to),
            lost_before: lost_between(open.start, self.window.from),
            members,
            worst,
            worst_at: open.worst_at,
            down: open.down_from.map(|from| (from, down_to)),
            half_back_at,
            still_lost,
            ended_early,
        };
        self.found.push(span);
    }

    /// The members that were lost when most were.
    fn worst(&self, members: &[usize], start: Timestamp, worst_at: Timestamp) -> Vec<usize> {
        // It was lost in the event at or before that instant, and not visible since.
        let is_in = |&&member: &&usize| {
            let states = self.states[member].states;
            let past = &states[..states.partition_point(|s| s.0 <= worst_at)];
            let last_known = past.iter().rfind(|s| s.1 != VisibilityState::Unknown);
            let was_lost_since_start = || {
                let since = past.iter().rposition(|s| s.1 == VisibilityState::Visible);
                let since = &past[since.map_or(0, |at| at + 1)..];
                let ends = since
                    .iter()
                    .skip(1)
                    .map(|s| s.0)
                    .chain([Timestamp(i64::MAX)]);
                let mut lost = since.iter().zip(ends);
                lost.any(|(s, end)| s.1 == VisibilityState::Lost && end > start)
            };
            last_known.is_some_and(|s| s.1 == VisibilityState::Lost) && was_lost_since_start()
        };
        members.iter().filter(is_in).copied().collect()
    }

    /// The first instant after the worst at which half of it is visible.
    fn half_back_at(&self, worst: &[usize], worst_at: Timestamp) -> Option<Timestamp> {
        let mut steps: Vec<(Timestamp, i64)> = Vec::new();
        for &member in worst {
            let states = self.states[member].states;
            let later = &states[states.partition_point(|s| s.0 <= worst_at)..];
            let mut was_visible = false;
            for &(time, state) in later {
                let is_visible = match state {
                    VisibilityState::Visible => true,
                    VisibilityState::Lost => false,
                    // What was back and is unknown now is not known to be lost.
                    VisibilityState::Unknown => was_visible,
                };
                steps.push((time, i64::from(is_visible) - i64::from(was_visible)));
                was_visible = is_visible;
            }
        }
        steps.sort_unstable();
        let mut visible = 0;
        for at_once in steps.chunk_by(|a, b| a.0 == b.0) {
            visible += at_once.iter().map(|s| s.1).sum::<i64>();
            if visible * 2 >= worst.len() as i64 {
                return Some(at_once[0].0);
            }
        }
        None
    }

    /// The last return of a member of the event: of those still gone at the end their first after
    /// it, of the others their last in it. Nothing while one is gone.
    fn last_back_at(
        &self,
        members: &[usize],
        still_lost: &[usize],
        end: Timestamp,
    ) -> Option<Timestamp> {
        let returns: Option<Vec<Timestamp>> = members
            .iter()
            .map(|&member| {
                let states = &self.states[member];
                if still_lost.binary_search(&member).is_ok() {
                    return states.back_after(end);
                }
                states.last_return(end)
            })
            .collect();
        returns?.into_iter().max()
    }
}

impl EventSpan {
    /// By how much the event may have begun before its start. `earliest` gives for a member that
    /// was lost at an instant when it may have been lost at the earliest.
    pub(super) fn start_uncertainty(
        &self,
        members: &[MemberStates<'_>],
        earliest: impl Fn(usize, Timestamp) -> Timestamp,
    ) -> TimeDelta {
        let crossings = Family::BOTH.into_iter().filter_map(|family| {
            let size = members.iter().filter(|m| m.family == family).count();
            let lost = self.members.iter().copied().filter(|&index| {
                members[index].family == family
                    && members[index].at(self.start) == VisibilityState::Lost
            });
            let mut starts: Vec<Timestamp> = lost.map(|m| earliest(m, self.start)).collect();
            starts.sort_unstable();
            starts.get(size.div_ceil(10).max(1) - 1).copied()
        });
        let first = crossings.min().unwrap_or(self.start);
        (self.start - first).max(TimeDelta::ZERO)
    }

    /// By how much the event may have ended before its end; nothing where it was not seen to end.
    /// `earliest` gives for a member that returned at an instant when it may have returned at the
    /// earliest.
    pub(super) fn end_uncertainty(
        &self,
        members: &[MemberStates<'_>],
        earliest: impl Fn(usize, Timestamp) -> Timestamp,
    ) -> Option<TimeDelta> {
        if self.end_kind != EndKind::Back {
            return None;
        }
        // When each came back at the earliest; one that is still gone never did.
        let returns = |of: &mut dyn Iterator<Item = usize>| -> Vec<Timestamp> {
            let back = of.filter(|member| self.still_lost.binary_search(member).is_err());
            let back = back.filter_map(|member| {
                let at = members[member].last_return(self.end)?;
                Some(earliest(member, at))
            });
            let mut back: Vec<Timestamp> = back.collect();
            back.sort_unstable();
            back
        };
        // The instant at which enough of `all` were back, `spare` of which may have stayed away.
        let enough = |back: &[Timestamp], all: usize, spare: usize| {
            let needed = all.checked_sub(spare + 1)?;
            back.get(needed).copied()
        };
        let first = if self.ended_early {
            let back = returns(&mut self.worst.iter().copied());
            let first = enough(&back, self.worst.len(), self.worst.len() / 2);
            // As long as more was lost, it was not over.
            let is_loss =
                |s: &&(Timestamp, VisibilityState)| s.1 == VisibilityState::Lost && s.0 <= self.end;
            let states = self
                .members
                .iter()
                .flat_map(|&member| members[member].states);
            first.max(states.filter(is_loss).map(|s| s.0).max())
        } else {
            let by_family = Family::BOTH.into_iter().filter_map(|family| {
                let is_its = |member: &usize| members[*member].family == family;
                let size = members.iter().filter(|m| m.family == family).count();
                let lost = || self.members.iter().copied().filter(is_its);
                let back = returns(&mut lost());
                enough(&back, lost().count(), size.div_ceil(10).max(1) - 1)
            });
            by_family.max()
        };
        let first = first.unwrap_or(self.end).max(self.start);
        Some((self.end - first).max(TimeDelta::ZERO))
    }
}

/// The indices of the members that `counts` picks, ascending.
fn indices(members: &[Member], counts: impl Fn(&Member) -> bool) -> Vec<usize> {
    let members = members.iter().enumerate();
    members
        .filter(|(_, m)| counts(m))
        .map(|(index, _)| index)
        .collect()
}

/// Whether at least 10 % of some members, and one at the least, are lost.
const fn is_tenth(lost: usize, all: usize) -> bool {
    lost > 0 && lost * 10 >= all
}
