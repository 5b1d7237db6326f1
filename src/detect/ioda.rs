//! The numbers of CAIDA's and Georgia Tech's IODA, so that results can be compared: how many /24s
//! at least half of the full-feed peer ASes see, every five minutes, against the median of the 24
//! hours before (<https://ioda.inetintel.cc.gatech.edu>, "BGP" signal; feed rule of BGPView:
//! 400,000 IPv4 and 10,000 IPv6 prefixes).
//!
//! IODA has no unknown: a peer that cannot be heard does not see. A collector that restarts is a
//! drop here and none in the other tables, which explains most differences between the two.

use super::Outage;
use crate::model::net::{Family, Prefix};
use crate::model::time::{MINUTE, Timestamp, Window};
use crate::tally::Tally;

/// Length of a bin.
pub const BIN: i64 = 5 * MINUTE;
/// Bins of 24 hours, over which the median is taken, the bin itself left aside.
const DAY: usize = 288;
/// With fewer bins before it (two hours) a bin has no median.
const LEAST: usize = 24;

/// What IODA calls the state of a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// At least 99 % of the median.
    Normal,
    /// Below 99 %.
    Warning,
    /// Below 50 %.
    Critical,
}

impl Level {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Five minutes of an AS or a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// When they begin.
    pub start: Timestamp,
    /// /24s visible at their end.
    pub slash24s: u64,
    /// Twice the median of the 24 hours before, so that it stays whole; nothing with less than two
    /// hours before.
    pub twice_median: Option<u64>,
    /// By the two.
    pub level: Option<Level>,
    /// At their end some full-feed peer AS could not be heard for some prefix.
    pub unheard: bool,
}

/// Where IODA's numbers and ours tell another story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Critical bins without an outage of ours.
    CriticalAlone {
        /// Start of the first.
        from: Timestamp,
        /// End of the last.
        to: Timestamp,
        /// Peer ASes could not be heard then: IODA takes them for not seeing, we for unknown.
        unheard: bool,
    },
    /// An outage of ours without a critical bin.
    OutageAlone {
        /// Its start.
        start: Timestamp,
        /// Less than two hours came before, so that there is no median to measure by.
        too_early: bool,
    },
}

/// Where the bins and the outages of the same AS or country differ.
pub fn differences(bins: &[Bin], outages: &[&Outage]) -> Vec<Difference> {
    let end = |bin: &Bin| Timestamp(bin.start.0 + BIN);
    let is_critical = |bin: &&Bin| bin.level == Some(Level::Critical);
    let mut found: Vec<Difference> = Vec::new();
    for bin in bins.iter().filter(is_critical) {
        if outages
            .iter()
            .any(|o| o.overlaps(bin.start.0, Some(end(bin).0)))
        {
            continue;
        }
        match found.last_mut() {
            Some(Difference::CriticalAlone { to, unheard, .. }) if *to == bin.start => {
                *to = end(bin);
                *unheard |= bin.unheard;
            }
            _ => found.push(Difference::CriticalAlone {
                from: bin.start,
                to: end(bin),
                unheard: bin.unheard,
            }),
        }
    }
    for outage in outages {
        let within = |bin: &&Bin| outage.overlaps(bin.start.0, Some(end(bin).0));
        if !bins.iter().filter(within).any(|b| is_critical(&b)) {
            found.push(Difference::OutageAlone {
                start: outage.start,
                too_early: bins.iter().filter(within).all(|b| b.level.is_none()),
            });
        }
    }
    found
}

/// The IPv4 bins of some prefixes, sorted; a bin that the window cuts off is left out.
pub fn bins(prefixes: &[(Prefix, &Tally)], window: Window) -> Vec<Bin> {
    let per_bin = (BIN / MINUTE) as usize;
    let of: Vec<&(Prefix, &Tally)> = prefixes
        .iter()
        .filter(|p| p.0.family() == Family::V4 && p.0.len() <= 24)
        .collect();
    let mut places = vec![0usize; of.len()];
    let mut bins: Vec<Bin> = Vec::new();
    for n in 0..window.minute_count() / per_bin {
        let last = ((n + 1) * per_bin - 1) as u32;
        for (place, (_, tally)) in places.iter_mut().zip(&of) {
            let next = |at: usize| tally.cells.get(at + 1).is_some_and(|c| c.minute <= last);
            while next(*place) {
                *place += 1;
            }
        }
        let visible = of.iter().zip(&places).filter(|((_, tally), place)| {
            let cell = tally.cells.get(**place);
            cell.is_some_and(|c| c.full > 0 && c.visibility.seeing * 2 >= c.full)
        });
        let unheard = of.iter().zip(&places).any(|((_, tally), place)| {
            let cell = tally.cells.get(*place);
            cell.is_some_and(|c| c.visibility.known < c.full)
        });
        let slash24s = union(visible.map(|(p, _)| p.0));
        let twice_median = twice_median(&bins);
        let level = twice_median.map(|twice| match slash24s * 2 {
            now if now * 100 < twice * 50 => Level::Critical,
            now if now * 100 < twice * 99 => Level::Warning,
            _ => Level::Normal,
        });
        bins.push(Bin {
            start: Timestamp(window.from.0 + n as i64 * BIN),
            slash24s,
            twice_median,
            level,
            unheard,
        });
    }
    bins
}

/// /24s of sorted prefixes, what lies inside another counted once.
fn union(prefixes: impl Iterator<Item = Prefix>) -> u64 {
    let mut outer: Option<Prefix> = None;
    let mut sum = 0;
    for prefix in prefixes {
        if !outer.is_some_and(|o| o.contains(prefix)) {
            sum += 1u64 << (24 - prefix.len());
            outer = Some(prefix);
        }
    }
    sum
}

fn twice_median(bins: &[Bin]) -> Option<u64> {
    let day = &bins[bins.len().saturating_sub(DAY)..];
    if day.len() < LEAST {
        return None;
    }
    let mut values: Vec<u64> = day.iter().map(|b| b.slash24s).collect();
    values.sort_unstable();
    let middle = values.len() / 2;
    Some(if values.len().is_multiple_of(2) {
        values[middle - 1] + values[middle]
    } else {
        2 * values[middle]
    })
}
