//! RouteViews collectors mostly write no session states. A full-feed peer that says nothing for
//! ten minutes has probably lost its session: what it had is unknown until it speaks again.

use crate::model::time::SECOND;

/// A silence so long makes a peer unknown, unless another length is asked for.
pub const THRESHOLD: i64 = 600 * SECOND;

/// A peer that returns with a new session sends its table within so long.
pub const TRANSFER: i64 = 300 * SECOND;

/// A silence: from the last record before it to the first record after it, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Time of the last record.
    pub from: i64,
    /// Time of the next, if the peer speaks again before the end.
    pub to: Option<i64>,
}

/// Finds the silences of a peer.
///
/// `runs` are the stretches in which it spoke, sorted, with no pause of `threshold` inside;
/// `gaps` what of the collector's time is not covered, sorted and apart; `end` where looking
/// ends. Silence is counted over covered time only.
pub fn find(runs: &[(i64, i64)], gaps: &[(i64, i64)], threshold: i64, end: i64) -> Vec<Silence> {
    let starts = runs.iter().skip(1).map(|run| Some(run.0)).chain([None]);
    let pauses = runs.iter().map(|run| run.1).zip(starts);
    let silences = pauses.filter_map(|(from, to)| {
        let until = to.unwrap_or(end);
        let uncovered: i64 = gaps
            .iter()
            .map(|gap| (gap.1.min(until) - gap.0.max(from)).max(0))
            .sum();
        (until - from - uncovered >= threshold).then_some(Silence { from, to })
    });
    silences.collect()
}

/// Whether what a peer announced after a silence is its table anew.
pub const fn is_transfer(announced: usize, table: u32) -> bool {
    table > 0 && announced as u64 * 2 >= table as u64
}
