//! What IODA (CAIDA and Georgia Tech) would have counted, so that results can be compared: how many
//! /24s at least half of the full-feed peer ASes see, every five minutes, against the median of the
//! 24 hours before (<https://ioda.inetintel.cc.gatech.edu>, "BGP" signal; full-feed rule of
//! BGPView: 400,000 IPv4 and 10,000 IPv6 prefixes).
//!
//! IODA knows no unknown: a peer whose state is unknown does not see. A collector that restarts is
//! a drop here and none in the other tables, which explains most differences between the two.

use super::Outage;
use crate::model::net::{Family, Prefix};
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::tally::coverage::space::unit_count;
use crate::tally::{PrefixByMinute, PrefixMinute, Tally};

/// Length of a bin.
pub(crate) const BIN: TimeDelta = TimeDelta::from_mins(5);
/// The number of bins in 24 hours, over which the median before a bin is taken.
const DAY: usize = 288;
/// With fewer bins before it (two hours) a bin has no median.
const LEAST: usize = 24;

/// The alert level that IODA would give a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertLevel {
    /// At least 99 % of the median.
    Normal,
    /// Below 99 %.
    Warning,
    /// Below 50 %.
    Critical,
}

impl AlertLevel {
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
    /// When it begins.
    pub start: Timestamp,
    /// IPv4 /24s visible at its end.
    pub slash24s: u64,
    /// Twice the median of the 24 hours before, which is always whole; nothing with less than two
    /// hours before.
    pub twice_median: Option<u64>,
    /// The level of `slash24s` against the median; nothing without a median.
    pub level: Option<AlertLevel>,
    /// At its end, whether some full-feed peer AS sees some prefix is unknown.
    pub has_unknown: bool,
}

/// A difference between IODA's numbers and our outages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Critical bins without an outage of ours.
    CriticalAlone {
        /// Start of the first.
        from: Timestamp,
        /// End of the last.
        to: Timestamp,
        /// The state of some peer ASes was unknown then: IODA counts them as not seeing.
        has_unknown: bool,
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
pub(crate) fn differences(bins: &[Bin], outages: &[&Outage]) -> Vec<Difference> {
    let end = |bin: &Bin| bin.start + BIN;
    let is_critical = |bin: &&Bin| bin.level == Some(AlertLevel::Critical);
    let mut found: Vec<Difference> = Vec::new();
    for bin in bins.iter().filter(is_critical) {
        if outages
            .iter()
            .any(|o| o.overlaps(bin.start, Some(end(bin))))
        {
            continue;
        }
        match found.last_mut() {
            Some(Difference::CriticalAlone {
                to, has_unknown, ..
            }) if *to == bin.start => {
                *to = end(bin);
                *has_unknown |= bin.has_unknown;
            }
            _ => found.push(Difference::CriticalAlone {
                from: bin.start,
                to: end(bin),
                has_unknown: bin.has_unknown,
            }),
        }
    }
    for outage in outages {
        let within = |bin: &&Bin| outage.overlaps(bin.start, Some(end(bin)));
        if !bins.iter().filter(within).any(|b| is_critical(&b)) {
            found.push(Difference::OutageAlone {
                start: outage.start,
                too_early: bins.iter().filter(within).all(|b| b.level.is_none()),
            });
        }
    }
    found
}

/// The IPv4 bins of some sorted prefixes; a bin that the window cuts off is left out.
pub(crate) fn bins(prefixes: &[(Prefix, &Tally)], window: Window) -> Vec<Bin> {
    let per_bin = BIN.whole(TimeDelta::MINUTE) as usize;
    let mut prefixes: Vec<(Prefix, PrefixByMinute<'_>)> = prefixes
        .iter()
        .filter(|(prefix, _)| prefix.family() == Family::V4 && prefix.len() <= 24)
        .map(|&(prefix, tally)| (prefix, PrefixByMinute::new(tally)))
        .collect();
    let mut bins: Vec<Bin> = Vec::new();
    for n in 0..window.minute_count() / per_bin {
        let last = ((n + 1) * per_bin - 1) as u32;
        let minutes = prefixes
            .iter_mut()
            .map(|(prefix, of)| (*prefix, of.at(last)));
        let minutes: Vec<(Prefix, &PrefixMinute)> = minutes.collect();
        let sees = |m: &PrefixMinute| m.full_feed > 0 && m.visibility.seeing * 2 >= m.full_feed;
        let visible = minutes.iter().filter(|(_, minute)| sees(minute));
        let slash24s = unit_count(visible.map(|(prefix, _)| *prefix));
        let is_unknown = |m: &PrefixMinute| m.visibility.known < m.full_feed;
        let has_unknown = minutes.iter().any(|(_, minute)| is_unknown(minute));
        let twice_median = twice_median(&bins);
        let level = twice_median.map(|twice| match slash24s * 2 {
            now if now * 100 < twice * 50 => AlertLevel::Critical,
            now if now * 100 < twice * 99 => AlertLevel::Warning,
            _ => AlertLevel::Normal,
        });
        bins.push(Bin {
            start: window.from + BIN.times(n as i64),
            slash24s,
            twice_median,
            level,
            has_unknown,
        });
    }
    bins
}

/// Twice the median of the bins of the last 24 hours; nothing with less than two hours of them.
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
