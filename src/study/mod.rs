//! The question, checked: what to watch, when, seen from where, by which rules. It is typed, or read
//! from an incident file ([`incident`]; some are bundled, [`bundled`]), or repeated from what an earlier
//! run wrote down ([`manifest`]).

pub mod bundled;
pub mod expect;
pub mod incident;
pub mod manifest;

use crate::model::net::{Asn, Prefix};
use crate::model::peer::Collector;
use crate::model::time::{MINUTE, SECOND, Timestamp, Window};
use crate::replay::classify::PeerReport;
use crate::replay::feed::FeedRule;
use crate::replay::silence;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Longest window, so that a mistyped year does not fill the disk.
const LONGEST: i64 = 400 * 24 * 60 * MINUTE;

/// What is asked, and by which rules it is answered.
#[derive(Debug, Clone)]
pub struct Study {
    /// A title for people.
    pub title: Option<String>,
    /// The tables were rebuilt from published times, not measured: said wherever they appear.
    pub reconstruction: bool,
    /// What to watch.
    pub selection: Selection,
    /// When.
    pub window: Window,
    /// Seen from where; all that the archive holds where it is empty.
    pub collectors: Vec<Collector>,
    /// The archive that it brings with it.
    pub archive: Option<PathBuf>,
    /// The watch list that it brings with it, so that nothing is looked up anew.
    pub watch_list: Option<PathBuf>,
    /// By which rules.
    pub rules: Rules,
    /// Where the published times come from.
    pub sources: Vec<String>,
    /// Anything worth knowing, in the incident file's words.
    pub note: Option<String>,
    /// What others measured.
    pub published: Vec<Published>,
}

/// What to watch, as asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// A country by its ISO 3166 code, upper case.
    pub country: Option<String>,
    /// Address blocks.
    pub prefixes: Vec<Prefix>,
    /// Origin ASNs.
    pub asns: Vec<Asn>,
    /// A file with more of both.
    pub watch: Option<PathBuf>,
    /// RIR delegated statistics for the country, instead of the registries' archives.
    pub delegated: Vec<PathBuf>,
    /// Whether space that may or may not be the country's is watched.
    pub optional_space: OptionalSpace,
}

/// Whether the entries of a country's own list that are marked optional are watched: space that
/// may be the country's, such as blocks registered abroad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OptionalSpace {
    /// They are left out.
    #[default]
    Excluded,
    /// They are watched, with the reason `optional` (`--with-optional`).
    Included,
}

/// The rules that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Whose table counts.
    pub full_feed: FeedRule,
    /// How far before the window a RIB may lie, microseconds.
    pub rib_lookback: i64,
    /// Silence that makes a RouteViews peer unknown, microseconds; asked for, or by default.
    pub silence: Option<i64>,
    /// With fewer vantage ASes known, a status is unknown.
    pub min_vantage: u32,
    /// How long a prefix must have been visible before its loss is an outage, microseconds.
    pub min_life: i64,
    /// Shorter outages are left out, microseconds.
    pub min_outage: i64,
    /// So many percentage points above one half visibility must rise again to end an outage.
    pub hysteresis: u32,
    /// Whose numbers are given beside ours.
    pub profile: Profile,
    /// The baseline's instant, if not the window's first.
    pub baseline_at: Option<Timestamp>,
    /// Leave route servers out.
    pub exclude_route_servers: bool,
}

impl Rules {
    /// A silence so long makes a RouteViews peer unknown, microseconds.
    pub fn silence_threshold(&self) -> i64 {
        self.silence.unwrap_or(silence::THRESHOLD)
    }

    /// Whether silence makes a peer unknown: one that a RIB showed to be full-feed; where every
    /// peer counts, one that a RIB lists, and only if a length was asked for.
    pub fn silence_counts(&self, peer: &PeerReport) -> bool {
        match self.full_feed {
            FeedRule::All => self.silence.is_some() && peer.is_listed(),
            _ => peer.is_full_feed(),
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            full_feed: FeedRule::default(),
            rib_lookback: 24 * 60 * MINUTE,
            silence: None,
            min_vantage: 3,
            min_life: 60 * MINUTE,
            min_outage: 0,
            hysteresis: 0,
            profile: Profile::Own,
            baseline_at: None,
            exclude_route_servers: false,
        }
    }
}

/// Whose numbers are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Our own.
    #[default]
    Own,
    /// Those of IODA as well, with its rule of who counts.
    Ioda,
}

/// A time that others measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// What happened.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// How far the time can be relied on, if that is stated.
    pub certainty: Option<Certainty>,
    /// Who says so.
    pub source: Option<String>,
}

/// How far a published time can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// To the second.
    Second,
    /// To the minute.
    Minute,
    /// To the hour or so.
    Hour,
    /// To the day.
    Day,
    /// No source that could be checked.
    Unverified,
}

impl Certainty {
    /// As incident files write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Unverified => "unverified",
        }
    }
}

/// What is wrong with a question, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StudyError {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: Option<String>,
}

impl StudyError {
    fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Checks a window.
///
/// # Errors
/// It is empty, or longer than 400 days.
pub fn check_window(window: Window) -> Result<(), StudyError> {
    if window.to <= window.from {
        let what = format!(
            "the window ends at {} and begins at {}",
            window.to, window.from
        );
        return Err(StudyError::new(what).hint("`--to` must be after `--from`; both are UTC"));
    }
    if window.to.0 - window.from.0 > LONGEST {
        let what = "the window is longer than 400 days";
        return Err(StudyError::new(what).hint("ask for it in pieces"));
    }
    Ok(())
}

impl Study {
    /// A question with the default rules.
    ///
    /// # Errors
    /// The window is empty or longer than 400 days, or nothing is to be watched.
    pub fn new(selection: Selection, window: Window) -> Result<Self, StudyError> {
        check_window(window)?;
        Self::check(&selection)?;
        Ok(Self {
            title: None,
            reconstruction: false,
            selection,
            window,
            collectors: Vec::new(),
            archive: None,
            watch_list: None,
            rules: Rules::default(),
            sources: Vec::new(),
            note: None,
            published: Vec::new(),
        })
    }

    /// Checks that something is to be watched, and that what is said of it goes together.
    ///
    /// # Errors
    /// Nothing is to be watched, or something is said of a country that is not named.
    pub fn check(selection: &Selection) -> Result<(), StudyError> {
        let Selection {
            country,
            prefixes,
            asns,
            watch,
            delegated,
            optional_space,
        } = selection;
        if country.is_none() && prefixes.is_empty() && asns.is_empty() && watch.is_none() {
            return Err(StudyError::new("nothing to watch")
                .hint("name a `--country`, `--asn`, `--prefix` or `--watch` file"));
        }
        if country.is_none() && !delegated.is_empty() {
            let what = "`--delegated` without a country";
            return Err(
                StudyError::new(what).hint("name one with `--country`, such as `--country KP`")
            );
        }
        if country.is_none() && *optional_space == OptionalSpace::Included {
            let what = "`--with-optional` without a country";
            return Err(
                StudyError::new(what).hint("name one with `--country`, such as `--country KP`")
            );
        }
        Ok(())
    }
}

/// Reads a country code.
///
/// # Errors
/// It does not have two letters.
pub fn parse_country(text: &str) -> Result<String, String> {
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(format!(
            "`{text}` is no country code; write two letters, such as KP"
        ))
    }
}

/// Reads `all`, `ioda`, a share such as 0.75, or a number of prefixes such as 400000.
///
/// # Errors
/// It is none of these.
pub fn parse_feed_rule(text: &str) -> Result<FeedRule, String> {
    let wrong = || {
        format!(
            "`{text}` is no full-feed rule; write `all`, `ioda`, a share such as 0.75, or a number of prefixes"
        )
    };
    match text {
        "all" => Ok(FeedRule::All),
        "ioda" => Ok(FeedRule::Ioda),
        _ => {
            if let Ok(n) = text.parse::<u32>()
                && n > 1
            {
                return Ok(FeedRule::Absolute(n));
            }
            let share = text.parse::<f64>().map_err(|_| wrong())?;
            if !(share > 0.0 && share <= 1.0) {
                return Err(wrong());
            }
            // Whole per mille keep the comparison exact.
            Ok(FeedRule::Share((share * 1000.0).round() as u32))
        }
    }
}

/// Reads `ioda`.
///
/// # Errors
/// It is anything else.
pub fn parse_profile(text: &str) -> Result<Profile, String> {
    match text {
        "ioda" => Ok(Profile::Ioda),
        _ => Err(format!("`{text}` is no profile; there is `ioda`")),
    }
}

/// As [`parse_feed_rule`] reads it.
pub fn feed_rule_text(rule: FeedRule) -> String {
    match rule {
        FeedRule::All => "all".to_owned(),
        FeedRule::Ioda => "ioda".to_owned(),
        FeedRule::Absolute(n) => n.to_string(),
        FeedRule::Share(per_mille) => format!("{}", f64::from(per_mille) / 1000.0),
    }
}

/// A span of whole seconds, in microseconds.
pub const fn seconds(n: u32) -> i64 {
    n as i64 * SECOND
}
