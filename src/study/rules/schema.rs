//! The table of rules. To add a rule: a field of [`Rules`] with its default, an entry of
//! [`RULES`], and its use in the stage that applies it.

use super::values::{FeedRule, Profile, Rules};
use crate::model::time::{TimeDelta, Timestamp};
use std::ops::RangeInclusive;

/// One rule: its names, how its value is written, and where the value is in [`Rules`].
#[derive(Debug)]
pub struct Rule {
    /// Its key in an incident file, and the name of its field.
    pub key: &'static str,
    /// Its flag, without the dashes.
    pub flag: &'static str,
    /// Its key in `run.json`, where spans of time are in seconds.
    pub manifest_key: &'static str,
    /// What `--help` shows in place of the value; empty for a switch.
    pub value_name: &'static str,
    /// Its line of `--help`, with the default.
    pub help: &'static str,
    /// Whether a `run.json` must have it. The rules of the first format are required; a later rule
    /// takes its default where an older run did not know it.
    pub is_required: bool,
    /// How its value is written and where it is kept.
    pub(super) field: Field,
}

/// How the value of a rule is written, and where it is in [`Rules`].
pub(super) enum Field {
    /// A word or number with a syntax of its own.
    Text {
        /// `None`: not written into incident files.
        get: fn(&Rules) -> Option<String>,
        set: fn(&mut Rules, &str) -> Result<(), String>,
        /// What `run.json` has for `None`.
        none: &'static str,
    },
    /// A whole number.
    Number {
        limits: Limits,
        get: fn(&Rules) -> u32,
        set: fn(&mut Rules, u32),
    },
    /// A span of time: a whole number of `unit` in files and flags, of seconds in `run.json`.
    Span {
        unit: TimeDelta,
        limits: Limits,
        get: fn(&Rules) -> Option<TimeDelta>,
        set: fn(&mut Rules, TimeDelta),
    },
    /// An instant, UTC.
    Time {
        get: fn(&Rules) -> Option<Timestamp>,
        set: fn(&mut Rules, Timestamp),
    },
    /// On or off; off by default. A flag can only turn it on.
    Switch {
        get: fn(&Rules) -> bool,
        set: fn(&mut Rules, bool),
    },
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "text",
            Self::Number { .. } => "number",
            Self::Span { .. } => "span",
            Self::Time { .. } => "time",
            Self::Switch { .. } => "switch",
        })
    }
}

/// The limits of a number, in the rule's unit.
pub(super) struct Limits {
    /// A flag outside these is refused.
    pub(super) flag: RangeInclusive<u32>,
    /// A number above this in a file is taken for this.
    pub(super) file_max: u32,
    /// A number above this in an incident file is refused.
    pub(super) file_limit: u32,
}

const fn limits(flag: RangeInclusive<u32>, file_max: u32) -> Limits {
    Limits {
        flag,
        file_max,
        file_limit: u32::MAX,
    }
}

/// Hours in a leap year.
const YEAR_HOURS: u32 = 8784;
/// Minutes in a leap year.
const YEAR_MINUTES: u32 = 60 * YEAR_HOURS;
/// Seconds in the longest window, 400 days.
const WINDOW_SECONDS: u32 = 400 * 24 * 3600;

/// All rules, in the order of `--help`.
pub(crate) static RULES: [Rule; 10] = [
    Rule {
        key: "full_feed",
        flag: "full-feed",
        manifest_key: "full_feed",
        value_name: "SHARE|N|all|ioda",
        help: "Who counts: a share of the third-largest table (0.9, 90%), a number of prefixes (400000), `ioda`, or `all`",
        is_required: true,
        field: Field::Text {
            get: |rules| Some(rules.full_feed.to_string()),
            set: |rules, text| FeedRule::parse(text).map(|rule| rules.full_feed = rule),
            none: "",
        },
    },
    Rule {
        key: "rib_lookback",
        flag: "rib-lookback",
        manifest_key: "rib_lookback_s",
        value_name: "HOURS",
        help: "Hours before the window in which a RIB is looked for [default: 24]",
        is_required: true,
        field: Field::Span {
            unit: TimeDelta::HOUR,
            limits: Limits {
                file_limit: 65_535,
                ..limits(1..=YEAR_HOURS, YEAR_HOURS)
            },
            get: |rules| Some(rules.rib_lookback),
            set: |rules, span| rules.rib_lookback = span,
        },
    },
    Rule {
        key: "silence",
        flag: "silence",
        manifest_key: "silence_s",
        value_name: "SECONDS",
        help: "Seconds of silence after which a RouteViews peer is unknown [default: 600; none with `all`]",
        is_required: false,
        field: Field::Span {
            unit: TimeDelta::SECOND,
            limits: limits(1..=u32::MAX, u32::MAX),
            get: |rules| rules.silence,
            set: |rules, span| rules.silence = Some(span),
        },
    },
    Rule {
        key: "min_vantage",
        flag: "min-vantage",
        manifest_key: "min_vantage",
        value_name: "N",
        help: "With fewer vantage ASes known, a status is unknown [default: 3]",
        is_required: true,
        field: Field::Number {
            limits: limits(0..=u32::MAX, u32::MAX),
            get: |rules| rules.min_vantage,
            set: |rules, n| rules.min_vantage = n,
        },
    },
    Rule {
        key: "min_life",
        flag: "min-life",
        manifest_key: "min_life_s",
        value_name: "MINUTES",
        help: "Minutes that a prefix must have been visible before its loss is an outage [default: 60]",
        is_required: true,
        field: Field::Span {
            unit: TimeDelta::MINUTE,
            limits: limits(0..=YEAR_MINUTES, YEAR_MINUTES),
            get: |rules| Some(rules.min_life),
            set: |rules, span| rules.min_life = span,
        },
    },
    Rule {
        key: "min_outage",
        flag: "min-outage",
        manifest_key: "min_outage_s",
        value_name: "SECONDS",
        help: "Leave out outages shorter than so many seconds [default: 0]",
        is_required: true,
        field: Field::Span {
            unit: TimeDelta::SECOND,
            limits: limits(0..=WINDOW_SECONDS, u32::MAX),
            get: |rules| Some(rules.min_outage),
            set: |rules, span| rules.min_outage = span,
        },
    },
    Rule {
        key: "hysteresis",
        flag: "hysteresis",
        manifest_key: "hysteresis",
        value_name: "POINTS",
        help: "End an outage only when visibility is so many points above 50 % [default: 0]",
        is_required: true,
        field: Field::Number {
            limits: limits(0..=50, 50),
            get: |rules| rules.hysteresis,
            set: |rules, n| rules.hysteresis = n,
        },
    },
    Rule {
        key: "profile",
        flag: "profile",
        manifest_key: "profile",
        value_name: "PROFILE",
        help: "`ioda`: IODA's rule of who counts, and its numbers in a table of their own",
        is_required: true,
        field: Field::Text {
            get: |rules| (rules.profile == Profile::Ioda).then(|| "ioda".to_owned()),
            set: |rules, text| Profile::parse(text).map(|profile| rules.profile = profile),
            none: "own",
        },
    },
    Rule {
        key: "baseline_at",
        flag: "baseline-at",
        manifest_key: "baseline_at",
        value_name: "T",
        help: "Take the baseline at another time than the window's start",
        is_required: false,
        field: Field::Time {
            get: |rules| rules.baseline_at,
            set: |rules, at| rules.baseline_at = Some(at),
        },
    },
    Rule {
        key: "exclude_route_servers",
        flag: "exclude-route-servers",
        manifest_key: "exclude_route_servers",
        value_name: "",
        help: "Leave out peers most of whose paths begin with another AS",
        is_required: true,
        field: Field::Switch {
            get: |rules| rules.exclude_route_servers,
            set: |rules, is_on| rules.exclude_route_servers = is_on,
        },
    },
];
