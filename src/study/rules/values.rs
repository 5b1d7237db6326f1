//! The rules that can be chosen, as values.

use crate::model::time::{TimeDelta, Timestamp};
use std::fmt;

/// A RouteViews peer that sends nothing for so long becomes unknown, unless the question says
/// otherwise: such collectors record no session states, and a full-feed peer is hardly ever quiet
/// for ten minutes.
const DEFAULT_SILENCE: TimeDelta = TimeDelta::from_mins(10);

/// A number of prefixes that is no percentage: a table that counts as full has more than this.
const LEAST_TABLE: u32 = 1000;

/// The rules that can be chosen, with their values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Which peers are full-feed, and so are counted.
    pub full_feed: FeedRule,
    /// How far before the window the RIB to start from may be.
    pub rib_lookback: TimeDelta,
    /// Silence after which a RouteViews peer is unknown; `None`: the default of ten minutes, and
    /// none at all where every peer counts.
    pub silence: Option<TimeDelta>,
    /// With fewer vantage ASes known, the status of a prefix is unknown.
    pub min_vantage: u32,
    /// How long a prefix that is not in the baseline must have been visible before its loss is an
    /// outage.
    pub min_life: TimeDelta,
    /// Outages shorter than this are left out.
    pub min_outage: TimeDelta,
    /// Percentage points above 50 % that visibility must reach to end an outage.
    pub hysteresis: u32,
    /// Which numbers are computed.
    pub profile: Profile,
    /// The instant of the baseline; `None`: the window's first.
    pub baseline_at: Option<Timestamp>,
    /// Whether route servers are not counted: peers most of whose paths begin with another AS.
    pub exclude_route_servers: bool,
}

impl Rules {
    /// The silence after which a RouteViews peer becomes unknown.
    pub(crate) fn silence_threshold(&self) -> TimeDelta {
        self.silence.unwrap_or(DEFAULT_SILENCE)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            full_feed: FeedRule::default(),
            rib_lookback: TimeDelta::DAY,
            silence: None,
            min_vantage: 3,
            min_life: TimeDelta::HOUR,
            min_outage: TimeDelta::ZERO,
            hysteresis: 0,
            profile: Profile::Own,
            baseline_at: None,
            exclude_route_servers: false,
        }
    }
}

/// Which tables are full feeds: large enough to stand for the whole Internet's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FeedRule {
    /// At least this share, in per mille, of the third-largest table of the run.
    Share(u32),
    /// At least this number of prefixes, in either family.
    Absolute(u32),
    /// IODA's thresholds: 400,000 prefixes of IPv4, 10,000 of IPv6.
    Ioda,
    /// Every peer that a RIB lists or that sent an UPDATE.
    All,
}

impl Default for FeedRule {
    fn default() -> Self {
        Self::Share(750)
    }
}

impl FeedRule {
    /// Reads `all`, `ioda`, a share such as `0.75` or `75%`, or a number of prefixes such as 400000.
    ///
    /// # Errors
    /// It is none of these, or a number that could be meant as a percentage.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "all" => return Ok(Self::All),
            "ioda" => return Ok(Self::Ioda),
            _ => {}
        }
        match text.parse::<u32>() {
            Ok(n) if n >= LEAST_TABLE => return Ok(Self::Absolute(n)),
            Ok(n) if n > 0 => {
                let share = f64::from(n.min(100)) / 100.0;
                return Err(format!(
                    "`{n}` may be a share or a number of prefixes\nhint: write `{share}` or `{}%` for a share, or a number of prefixes such as 400000",
                    n.min(100)
                ));
            }
            _ => {}
        }
        let share = match text.strip_suffix('%') {
            Some(percent) => percent
                .trim_end()
                .parse()
                .map(|percent: f64| percent / 100.0),
            None => text.parse::<f64>(),
        };
        match share {
            // Whole per mille keep the comparison exact.
            Ok(share) if share > 0.0 && share <= 1.0 => {
                Ok(Self::Share((share * 1000.0).round() as u32))
            }
            _ => Err(format!(
                "`{text}` is no full-feed rule\nhint: write `all`, `ioda`, a share such as `0.9` or `90%`, or a number of prefixes such as 400000"
            )),
        }
    }
}

impl fmt::Display for FeedRule {
    /// As [`FeedRule::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::All => f.write_str("all"),
            Self::Ioda => f.write_str("ioda"),
            Self::Absolute(n) => n.fmt(f),
            // `1` alone would be a number.
            Self::Share(1000) => f.write_str("1.0"),
            Self::Share(per_mille) => (f64::from(per_mille) / 1000.0).fmt(f),
        }
    }
}

/// Which numbers are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// dropline's own.
    #[default]
    Own,
    /// IODA's as well, in a table of their own; full feed is then by IODA's thresholds unless the
    /// question says otherwise.
    Ioda,
}

impl Profile {
    /// Reads `ioda`.
    ///
    /// # Errors
    /// It is anything else.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "ioda" => Ok(Self::Ioda),
            _ => Err(format!("`{text}` is no profile; there is `ioda`")),
        }
    }
}
