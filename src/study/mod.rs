//! The question, checked: what to watch, over which window, seen from which collectors, by which
//! rules ([`rules`]). It is typed, or read from an incident file ([`incident`]; some are bundled,
//! [`bundled`]), or repeated from the `run.json` of an earlier run ([`crate::manifest`]).

pub mod bundled;
pub(crate) mod expect;
pub mod incident;
pub mod rules;

use crate::model::net::{Asn, Prefix};
use crate::model::peer::Collector;
use crate::model::time::{TimeDelta, Timestamp, Window};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub use rules::{FeedRule, Profile, Rules};

/// Longest window, so that a mistyped year does not fill the disk.
const LONGEST_WINDOW: TimeDelta = TimeDelta::DAY.times(400);

/// What is asked, and by which rules it is answered.
#[derive(Debug, Clone)]
pub struct Study {
    /// A title for people.
    pub title: Option<String>,
    /// The tables were rebuilt from published times, not measured: said wherever they appear.
    pub reconstruction: bool,
    /// What to watch.
    pub selection: Selection,
    /// The time that is asked about.
    pub window: Window,
    /// The collectors to read; empty: all that the archive holds.
    pub collectors: Vec<Collector>,
    /// The archive that it brings with it.
    pub archive: Option<PathBuf>,
    /// The watch list that it brings with it, so that nothing is looked up anew.
    pub watch_list: Option<PathBuf>,
    /// The rules by which it is answered.
    pub rules: Rules,
    /// Where the published times come from.
    pub sources: Vec<String>,
    /// The incident file's note.
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

/// The instant that a TOML date or time stands for; one without a time zone is refused.
fn instant(time: &toml::value::Datetime) -> Result<Timestamp, String> {
    Timestamp::parse(&time.to_string())
}

/// A time that others measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// What happened.
    pub event: String,
    /// The time.
    pub at: Timestamp,
    /// How far the time can be relied on, if that is stated.
    pub certainty: Option<Certainty>,
    /// The source of that time.
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
    /// What to do about it.
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
pub(crate) fn check_window(window: Window) -> Result<(), StudyError> {
    if window.to <= window.from {
        let what = format!(
            "the window ends at {} and begins at {}",
            window.to, window.from
        );
        return Err(StudyError::new(what).hint("`--to` must be after `--from`; both are UTC"));
    }
    if window.to - window.from > LONGEST_WINDOW {
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
pub(crate) fn parse_country(text: &str) -> Result<String, String> {
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(format!(
            "`{text}` is no country code; write two letters, such as KP"
        ))
    }
}
