//! The stages of a loss, as far as routing shows them: churn, partial by peer, partial by prefix,
//! total, return. What happens to hosts, links and load before a route goes cannot be seen here.

use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::model::visibility::VisibilityState;
use crate::tally::{Tally, VisibilityChange};

/// A stage that a prefix, an AS or a country goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// More changes of path in a minute than in any of the sixty ordinary ones before it (ten at
    /// least), all prefixes still visible. Pauses of up to ten minutes are bridged.
    Churn,
    /// Every prefix of the baseline is visible, but less than 90 % of the vantage ASes see some.
    PartialByPeer,
    /// Some prefixes of the baseline are lost, some are not.
    PartialByPrefix,
    /// All prefixes of the baseline are lost, except those that are unknown.
    Total,
    /// After a loss, until 90 % of the vantage ASes see every prefix again.
    Return,
}

impl Stage {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Churn => "churn",
            Self::PartialByPeer => "partial_by_peer",
            Self::PartialByPrefix => "partial_by_prefix",
            Self::Total => "total",
            Self::Return => "return",
        }
    }
}

/// One stage from its start to its end, as far as it lies in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageSpan {
    /// The stage.
    pub stage: Stage,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; the window's end where it did not.
    pub end: Timestamp,
    /// The most prefixes of the baseline that were lost at once in it.
    pub lost: u32,
}

/// How many prefixes are in which state; all but `visible` count the baseline's prefixes only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct StateCounts {
    all: i32,
    lost: i32,
    /// Visible, but not up.
    degraded: i32,
    unknown: i32,
    /// Prefixes that were not in the baseline included, as outages of groups count them.
    visible: i32,
}

/// The stages that a prefix or a group went through, by start. `tallies` are those of its prefixes.
/// Nothing without a baseline.
pub(crate) fn stages(tallies: &[&Tally], window: Window) -> Vec<StageSpan> {
    if !tallies.iter().any(|t| t.baseline.is_member()) {
        return Vec::new();
    }
    let mut spans = loss_stages(tallies, window);
    spans.extend(churn(tallies, &spans, window));
    spans.sort_by_key(|s| (s.start, s.stage));
    spans
}

/// Every stage but churn, from the changes of visibility.
fn loss_stages(tallies: &[&Tally], window: Window) -> Vec<StageSpan> {
    let mut steps: Vec<(Timestamp, StateCounts)> = Vec::new();
    for tally in tallies {
        let in_baseline = tally.baseline.is_member();
        let mut before = StateCounts::default();
        for change in &tally.visibility_changes {
            let now = StateCounts::of(change, in_baseline);
            if now != before {
                steps.push((change.time.max(window.from), now.minus(before)));
                before = now;
            }
        }
    }
    steps.sort_by_key(|s| s.0);
    let mut now = StateCounts::default();
    let mut was_lost = false;
    let mut spans: Vec<StageSpan> = Vec::new();
    let mut open: Option<StageSpan> = None;
    for at_once in steps.chunk_by(|a, b| a.0 == b.0) {
        now = at_once.iter().fold(now, |sum, s| sum.plus(s.1));
        let time = at_once[0].0;
        let stage = match now {
            // Too little is known to name a stage.
            _ if now.unknown * 2 > now.all => None,
            _ if now.lost > 0 && now.lost + now.unknown == now.all => Some(Stage::Total),
            _ if now.lost > 0 && was_lost && now.is_half() => Some(Stage::Return),
            _ if now.lost > 0 => Some(Stage::PartialByPrefix),
            _ if now.degraded > 0 && was_lost => Some(Stage::Return),
            _ if now.degraded > 0 => Some(Stage::PartialByPeer),
            _ => None,
        };
        was_lost = match stage {
            Some(Stage::Total) => true,
            Some(Stage::PartialByPrefix) => was_lost || !now.is_half(),
            None if now.unknown * 2 <= now.all => false,
            _ => was_lost,
        };
        match (&mut open, stage) {
            (Some(last), Some(stage)) if last.stage == stage => {
                last.lost = last.lost.max(now.lost.unsigned_abs());
            }
            (_, stage) => {
                spans.extend(open.take().map(|s| StageSpan { end: time, ..s }));
                open = stage.map(|stage| StageSpan {
                    stage,
                    start: time,
                    end: window.to,
                    lost: now.lost.unsigned_abs(),
                });
            }
        }
    }
    spans.extend(open);
    spans.retain(|s| s.start < s.end);
    spans
}

impl StateCounts {
    /// What one prefix adds.
    fn of(change: &VisibilityChange, in_baseline: bool) -> Self {
        let counts = |state: VisibilityState| i32::from(change.state == state);
        let baseline = i32::from(in_baseline);
        Self {
            all: baseline,
            lost: baseline * counts(VisibilityState::Lost),
            degraded: match change.visibility.is_up() {
                true => 0,
                false => baseline * counts(VisibilityState::Visible),
            },
            unknown: baseline * counts(VisibilityState::Unknown),
            visible: counts(VisibilityState::Visible),
        }
    }

    /// Whether the group is visible.
    const fn is_half(self) -> bool {
        self.visible * 2 >= self.all
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            lost: self.lost + other.lost,
            degraded: self.degraded + other.degraded,
            unknown: self.unknown + other.unknown,
            visible: self.visible + other.visible,
        }
    }

    const fn minus(self, other: Self) -> Self {
        Self {
            all: self.all - other.all,
            lost: self.lost - other.lost,
            degraded: self.degraded - other.degraded,
            unknown: self.unknown - other.unknown,
            visible: self.visible - other.visible,
        }
    }
}

/// Minutes with more changes of path than any of the ordinary ones before, while nothing is lost.
fn churn(tallies: &[&Tally], losses: &[StageSpan], window: Window) -> Vec<StageSpan> {
    /// Ordinary minutes to compare with.
    const HISTORY: usize = 60;
    /// With fewer ordinary minutes before it, no minute is unusual.
    const LEAST_HISTORY: usize = 10;
    /// Pauses no longer than this do not end the churn.
    const BRIDGED: TimeDelta = TimeDelta::from_mins(10);
    let mut changes = vec![0u32; window.minute_count()];
    for minute in tallies.iter().flat_map(|t| &t.minutes) {
        if let Some(sum) = changes.get_mut(minute.minute as usize) {
            *sum += minute.path_changes;
        }
    }
    let is_loss = |minute: Timestamp| {
        let mut lost = losses.iter().filter(|s| s.stage != Stage::PartialByPeer);
        lost.any(|s| s.start < minute + TimeDelta::MINUTE && minute < s.end)
    };
    let mut found: Vec<StageSpan> = Vec::new();
    let mut ordinary: Vec<u32> = Vec::new();
    for (start, &n) in window.minutes().zip(&changes) {
        if is_loss(start) {
            continue;
        }
        let before = &ordinary[ordinary.len().saturating_sub(HISTORY)..];
        let most = before.iter().max().copied().unwrap_or(0);
        if before.len() < LEAST_HISTORY || n <= most {
            ordinary.push(n);
            continue;
        }
        let end = (start + TimeDelta::MINUTE).min(window.to);
        match found.last_mut() {
            Some(last) if start - last.end <= BRIDGED && !is_loss(last.end) => last.end = end,
            _ => found.push(StageSpan {
                stage: Stage::Churn,
                start,
                end,
                lost: 0,
            }),
        }
    }
    found
}
