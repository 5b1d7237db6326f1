//! Changes of visibility → outages. No IO; cannot fail.
//!
//! Found on the moments at which visibility changed, not on the minutes, so that four losses
//! within two minutes are four. Nothing is ever found from what is unknown.

use crate::model::net::Prefix;
use crate::model::time::{MINUTE, Timestamp, Window};
use crate::model::visibility::{Visibility, ratio};
use crate::tally::group::Group;
use crate::tally::{Moment, Sight, Tally};

/// How long something must have been visible before its loss is an outage, unless it was in the
/// baseline.
pub const MIN_LIFE: i64 = 60 * MINUTE;

/// What an outage is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All of a country that is watched.
    Country,
    /// An origin AS.
    Asn,
    /// A prefix.
    Prefix,
}

impl Scope {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Asn => "asn",
            Self::Prefix => "prefix",
        }
    }
}

/// A stretch of time in which fewer than half could be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// When visibility fell below half.
    pub start: Timestamp,
    /// When it was back; the window's end where it was not.
    pub end: Timestamp,
    /// 1 − the lowest visibility, in ten-thousandths.
    pub depth: u32,
    /// The window ends before it does, or begins inside it.
    pub truncated: bool,
}

/// The outages of one prefix.
pub fn prefix(prefix: Prefix, tally: &Tally, window: Window, min_life: i64) -> Vec<Outage> {
    if prefix.len() > prefix.family().unit_len() {
        return Vec::new();
    }
    let in_baseline = tally.baseline.sight == Sight::Visible;
    outages(&tally.moments, in_baseline, window, min_life)
}

/// The outages of an AS or a country.
pub fn group(group: &Group, window: Window, min_life: i64) -> Vec<Outage> {
    let first = group.minutes.first();
    let in_baseline = first.is_some_and(|c| c.baseline.unwrap_or(0) > 0);
    outages(&group.moments, in_baseline, window, min_life)
}

fn outages(moments: &[Moment], in_baseline: bool, window: Window, min_life: i64) -> Vec<Outage> {
    let mut found = Vec::new();
    let mut open: Option<(i64, Visibility)> = None;
    // Whether a loss counts, and since when it has been visible.
    let mut established = in_baseline;
    let mut visible_since: Option<i64> = None;
    for moment in moments {
        if let Some(since) = visible_since {
            established = established || moment.time.saturating_sub(since) >= min_life;
        }
        match moment.sight {
            // Unknown neither opens nor closes an outage.
            Sight::Unknown => {}
            Sight::Visible => {
                visible_since.get_or_insert(moment.time);
                if let Some((start, lowest)) = open.take() {
                    found.extend(outage(start, Some(moment.time), lowest, window));
                }
            }
            Sight::Lost => {
                visible_since = None;
                let now = moment.visibility;
                match &mut open {
                    Some((_, lowest)) if now.is_less(*lowest) => *lowest = now,
                    Some(_) => {}
                    None if established => open = Some((moment.time, now)),
                    None => {}
                }
            }
        }
    }
    if let Some((start, lowest)) = open {
        found.extend(outage(start, None, lowest, window));
    }
    found
}

/// An outage as far as it lies in the window.
fn outage(start: i64, end: Option<i64>, lowest: Visibility, window: Window) -> Option<Outage> {
    if end.is_some_and(|end| end <= window.from.0) {
        return None;
    }
    Some(Outage {
        start: Timestamp(start.max(window.from.0)),
        end: Timestamp(end.unwrap_or(window.to.0)),
        depth: 10_000 - ratio(lowest.seeing, lowest.known).unwrap_or(0),
        truncated: end.is_none() || start < window.from.0,
    })
}
