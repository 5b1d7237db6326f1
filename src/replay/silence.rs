//! Silences. Collectors of RouteViews mostly write no session states, so a full-feed peer that sends
//! nothing for ten minutes has probably lost its session: its routes are unknown until it sends
//! messages again.

use crate::model::peer::PeerId;
use crate::model::time::SECOND;

/// A re-established session sends its table within this time, microseconds.
pub(crate) const TRANSFER: i64 = 300 * SECOND;

/// A silence, from the last record before it to the first record after it. Both in microseconds
/// since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Time of the last record before.
    pub from: i64,
    /// Time of the first record after; nothing where there is none before the window's end.
    pub to: Option<i64>,
}

/// A silence that makes a peer unknown, with what tells whether its session was re-established.
#[derive(Debug, Clone, Copy)]
pub struct PeerSilence {
    /// The peer.
    pub peer: PeerId,
    /// The silence.
    pub silence: Silence,
    /// Prefixes in its table, both families, in the RIBs that start its replay; 0 without one.
    pub table: u32,
}

/// Finds the silences of a peer.
///
/// `active` are the spans in which it sends messages, sorted, with no pause of `threshold` inside;
/// `gaps` the spans for which the collector's updates are missing, sorted and disjoint; `end` the
/// window's end. The length of a silence is counted outside of gaps. All in microseconds.
pub(crate) fn find(
    active: &[(i64, i64)],
    gaps: &[(i64, i64)],
    threshold: i64,
    end: i64,
) -> Vec<Silence> {
    let starts = active.iter().skip(1).map(|span| Some(span.0)).chain([None]);
    let pauses = active.iter().map(|span| span.1).zip(starts);
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

/// Whether a peer that announces so many prefixes after a silence sends its whole table.
pub(crate) const fn is_transfer(announced: usize, table: u32) -> bool {
    table > 0 && announced as u64 * 2 >= table as u64
}
