//! What an incident file expects of its run: `[[expect]]`.
//!
//! ```toml
//! [[expect]]
//! entity = "AS131279"              # a prefix, an AS or a country; without: every prefix of the run
//! state = "down"                   # down, up, degraded, visible, unknown, unseen or never-down
//! from = 2014-12-22T16:15:00Z      # the state holds from here
//! to = 2014-12-23T01:46:00Z        # to here
//! tolerance_start = "2min"         # and begins so near to `from`
//! tolerance_end = "3min"           # and ends so near to `to`
//! at_least = { prefixes = 3 }      # also at_most, exactly; `outages = 4` counts those that begin
//! ```
//!
//! Without a tolerance, `from` and `to` only bound the time that is looked at. Unknown minutes are
//! neither for nor against; where there are no others, the expectation fails.

use super::{StudyError, instant};
use crate::model::net::{Prefix, parse_asn};
use crate::model::time::{TimeDelta, Timestamp};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// An `[[expect]]` table, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// The line of the file in which it begins.
    pub line: usize,
    /// The prefix, AS or country; `None`: every prefix of the run.
    pub entity: Option<Entity>,
    /// The expected state.
    pub state: State,
    /// Start of the time.
    pub from: Timestamp,
    /// End of the time.
    pub to: Timestamp,
    /// So near to `from` it begins, microseconds.
    pub tolerance_start: Option<i64>,
    /// So near to `to` it ends, microseconds.
    pub tolerance_end: Option<i64>,
    /// How many prefixes or outages.
    pub counts: Vec<(Bound, Count)>,
}

/// The prefix, AS or country that is expected to be in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    /// A prefix.
    Prefix(Prefix),
    /// An origin AS.
    As(u32),
    /// A country by its code.
    Country(String),
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => prefix.fmt(f),
            Self::As(asn) => write!(f, "AS{asn}"),
            Self::Country(code) => f.write_str(code),
        }
    }
}

/// An expected state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// An outage, and no minute that is otherwise.
    Down,
    /// Every known minute is `up`.
    Up,
    /// Every known minute is `degraded`.
    Degraded,
    /// Every known minute is `up` or `degraded`.
    Visible,
    /// Every minute is `unknown`.
    Unknown,
    /// Every known minute is `unseen`.
    Unseen,
    /// No outage, and no minute that is `down`.
    NeverDown,
}

impl State {
    /// As incident files write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Visible => "visible",
            Self::Unknown => "unknown",
            Self::Unseen => "unseen",
            Self::NeverDown => "never-down",
        }
    }
}

/// How a number is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// This number or more.
    AtLeast,
    /// This number or fewer.
    AtMost,
    /// This number.
    Exactly,
}

impl Bound {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
            Self::Exactly => "exactly",
        }
    }

    /// Whether a number is within.
    pub const fn holds(self, found: u32, bound: u32) -> bool {
        match self {
            Self::AtLeast => found >= bound,
            Self::AtMost => found <= bound,
            Self::Exactly => found == bound,
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Prefixes of the run of which the rest holds.
    pub prefixes: Option<u32>,
    /// Outages that begin from `from` to `to`, of each.
    pub outages: Option<u32>,
}

/// An `[[expect]]` table as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectText {
    entity: Option<String>,
    state: State,
    from: toml::value::Datetime,
    to: toml::value::Datetime,
    #[serde(default, deserialize_with = "length")]
    tolerance_start: Option<i64>,
    #[serde(default, deserialize_with = "length")]
    tolerance_end: Option<i64>,
    at_least: Option<Count>,
    at_most: Option<Count>,
    exactly: Option<Count>,
}

fn length<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let text = String::deserialize(from)?;
    TimeDelta::parse(&text)
        .map(|length| Some(length.0))
        .map_err(serde::de::Error::custom)
}

/// Checks the `[[expect]]` tables of a file; `text` is the whole of it.
pub(super) fn check(
    written: Vec<toml::Spanned<ExpectText>>,
    text: &str,
    name: &str,
) -> Result<Vec<Expect>, StudyError> {
    let checked = written.into_iter().map(|written| {
        let start = written.span().start.min(text.len());
        let line = 1 + text.as_bytes()[..start]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        let wrong = |e: String| StudyError::new(format!("`{name}`, line {line}: {e}"));
        written.into_inner().check(line).map_err(wrong)
    });
    checked.collect()
}

impl ExpectText {
    fn check(self, line: usize) -> Result<Expect, String> {
        let (from, to) = (instant(&self.from)?, instant(&self.to)?);
        let shrunk = self.tolerance_start.unwrap_or(0) + self.tolerance_end.unwrap_or(0);
        if to <= from || to.0 - from.0 <= shrunk {
            return Err(format!("nothing is left between {from} and {to}"));
        }
        let bounds = [
            (Bound::AtLeast, self.at_least),
            (Bound::AtMost, self.at_most),
            (Bound::Exactly, self.exactly),
        ];
        let counts: Vec<_> = bounds
            .into_iter()
            .filter_map(|(b, c)| Some((b, c?)))
            .collect();
        let entity = self.entity.as_deref().map(entity).transpose()?;
        if entity.is_some() && counts.iter().any(|(_, c)| c.prefixes.is_some()) {
            return Err("`prefixes` counts those of the whole run: leave `entity` out".to_owned());
        }
        if self.state != State::Down && counts.iter().any(|(_, c)| c.outages.is_some()) {
            return Err("`outages` are counted where `state = \"down\"`".to_owned());
        }
        let has_edge = self.tolerance_start.is_some() || self.tolerance_end.is_some();
        if self.state != State::Down && has_edge {
            return Err(
                "only `state = \"down\"` has a tolerance: outages have a start and an end"
                    .to_owned(),
            );
        }
        Ok(Expect {
            line,
            entity,
            state: self.state,
            from,
            to,
            tolerance_start: self.tolerance_start,
            tolerance_end: self.tolerance_end,
            counts,
        })
    }
}

fn entity(text: &str) -> Result<Entity, String> {
    if text.contains('/') {
        return text.parse().map(Entity::Prefix).map_err(|e| e.to_string());
    }
    let is_country = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
    if is_country {
        return Ok(Entity::Country(text.to_ascii_uppercase()));
    }
    parse_asn(text).map(Entity::As).map_err(|_| {
        format!("`{text}` is no prefix, AS or country; write 175.45.176.0/24, AS131279 or KP")
    })
}
