//! The stages of a loss, as far as routing shows them: churn, partial by peer, partial by prefix,
//! total, return.
//!
//! Published accounts describe such build-ups from many sides; what happens to hosts, links and
//! load before a route goes is not to be seen here.

use crate::model::time::{MINUTE, Timestamp, Window};
use crate::tally::{Sight, Tally};

/// How a group stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// More changes of path in a minute than in any of the sixty ordinary ones before it (ten at
    /// least), all prefixes still visible. Pauses of up to ten minutes are bridged.
    Churn,
    /// Every prefix of the baseline is visible, but some are not seen by 90 %.
    PartialByPeer,
    /// Some prefixes of the baseline are lost, some are not.
    PartialByPrefix,
    /// All prefixes of the baseline of which anything is known are lost.
    Total,
    /// Behind a loss, until every prefix is seen by 90 % again.
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

/// A stage from when to when, as far as it lies in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Which.
    pub stage: Stage,
    /// From when on.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// The most prefixes lost at once in it.
    pub lost: u32,
}

/// How many of the baseline's prefixes stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Now {
    all: i32,
    lost: i32,
    degraded: i32,
    unknown: i32,
    /// Those that were not in the baseline included, as the outages count them.
    visible: i32,
}

/// The stages that a group went through, by start. `tallies` are those of its prefixes.
pub fn of(tallies: &[&Tally], window: Window) -> Vec<Stretch> {
    if !tallies.iter().any(|t| is_in_baseline(t)) {
        return Vec::new();
    }
    let mut stretches = standing(tallies, window);
    stretches.extend(churn(tallies, &stretches, window));
    stretches.sort_by_key(|s| (s.start, s.stage));
    stretches
}

fn is_in_baseline(tally: &Tally) -> bool {
    tally.baseline.sight == Sight::Visible
}

/// What the prefixes' visibility tells.
fn standing(tallies: &[&Tally], window: Window) -> Vec<Stretch> {
    let mut steps: Vec<(i64, Now)> = Vec::new();
    for tally in tallies {
        let baseline = i32::from(is_in_baseline(tally));
        let mut before = Now::default();
        for moment in &tally.moments {
            let now = Now {
                all: baseline,
                lost: baseline * i32::from(moment.sight == Sight::Lost),
                degraded: baseline
                    * i32::from(moment.sight == Sight::Visible && !moment.visibility.is_up()),
                unknown: baseline * i32::from(moment.sight == Sight::Unknown),
                visible: i32::from(moment.sight == Sight::Visible),
            };
            if now != before {
                steps.push((moment.time.max(window.from.0), now.minus(before)));
                before = now;
            }
        }
    }
    steps.sort_by_key(|s| s.0);
    let mut now = Now::default();
    let mut was_lost = false;
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut open: Option<Stretch> = None;
    for at_once in steps.chunk_by(|a, b| a.0 == b.0) {
        now = at_once.iter().fold(now, |sum, s| sum.plus(s.1));
        let time = Timestamp(at_once[0].0);
        // Of what nothing is known there is no stage.
        let stage = match now {
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
                stretches.extend(open.take().map(|s| Stretch { end: time, ..s }));
                open = stage.map(|stage| Stretch {
                    stage,
                    start: time,
                    end: window.to,
                    lost: now.lost.unsigned_abs(),
                });
            }
        }
    }
    stretches.extend(open);
    stretches.retain(|s| s.start < s.end);
    stretches
}

impl Now {
    /// Whether the group counts as visible.
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
fn churn(tallies: &[&Tally], others: &[Stretch], window: Window) -> Vec<Stretch> {
    const HOUR: usize = 60;
    /// With less to go by, nothing can be called unusual.
    const LEAST_HISTORY: usize = 10;
    const BRIDGED: i64 = 10 * MINUTE;
    let mut changes = vec![0u32; window.minute_count()];
    for cell in tallies.iter().flat_map(|t| &t.cells) {
        if let Some(sum) = changes.get_mut(cell.minute as usize) {
            *sum += cell.path_changes;
        }
    }
    let is_loss = |t: Timestamp| {
        let lost = others.iter().filter(|s| s.stage != Stage::PartialByPeer);
        let mut lost = lost.filter(|s| s.start < Timestamp(t.0 + MINUTE) && t < s.end);
        lost.next().is_some()
    };
    let mut found: Vec<Stretch> = Vec::new();
    let mut ordinary: Vec<u32> = Vec::new();
    for (start, &n) in window.minutes().zip(&changes) {
        if is_loss(start) {
            continue;
        }
        let before = &ordinary[ordinary.len().saturating_sub(HOUR)..];
        let most = before.iter().max().copied().unwrap_or(0);
        if before.len() < LEAST_HISTORY || n <= most {
            ordinary.push(n);
            continue;
        }
        let end = Timestamp((start.0 + MINUTE).min(window.to.0));
        match found.last_mut() {
            Some(last) if start.0 - last.end.0 <= BRIDGED && !is_loss(last.end) => last.end = end,
            _ => found.push(Stretch {
                stage: Stage::Churn,
                start,
                end,
                lost: 0,
            }),
        }
    }
    found
}
