//! What is on a watch list, and why.

use crate::model::day::Day;
use crate::model::net::{Asn, Family, Prefix, parse_asn};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Every prefix equal to or inside this one, whatever its origin.
    Block(Prefix),
    /// Every prefix that this AS originated.
    Origin(Asn),
}

impl Resource {
    /// `ipv4`, `ipv6` or `asn`, as registries call them.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Block(block) => match block.family() {
                Family::V4 => "ipv4",
                Family::V6 => "ipv6",
            },
            Self::Origin(_) => "asn",
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(block) => block.fmt(f),
            Self::Origin(asn) => write!(f, "AS{asn}"),
        }
    }
}

impl FromStr for Resource {
    type Err = String;

    /// Reads `175.45.176.0/22`, `2001:db8::/32` or `AS131279`.
    fn from_str(text: &str) -> Result<Self, String> {
        match (text.parse(), parse_asn(text)) {
            (Ok(block), _) => Ok(Self::Block(block)),
            (_, Ok(asn)) => Ok(Self::Origin(asn)),
            _ => Err(format!("`{text}` is neither a prefix nor an AS number")),
        }
    }
}

/// Why it is watched; the smaller reason wins where there are two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It was named in the question.
    Asked,
    /// A registry had given it to the country.
    Registered {
        /// Where that is written.
        by: Arc<Listing>,
        /// The day on which the registry gave it away.
        since: Option<Day>,
    },
    /// The country's own list names it beside what is registered.
    Extra(Arc<Addition>),
}

/// A registry's statistics file that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listing {
    /// Which registry, as it calls itself: `apnic`.
    pub registry: String,
    /// The day that was used: the day in its name in the registry's archive, or else the one that
    /// the file says it describes.
    pub day: Option<Day>,
    /// Its URL, or its path where it was given as a file.
    pub file: String,
}

/// Why something is on the country's own list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Addition {
    /// How sure that is.
    pub standing: Standing,
    /// Why it is there, for people.
    pub why: String,
    /// Where that can be read.
    pub source: String,
}

/// Whether something is watched without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is part of the country.
    Certain,
    /// It may be; watched only where that is asked for.
    Optional,
}

impl Reason {
    /// `asked`, `registered apnic 20141221`, `extra` or `optional`.
    pub fn label(&self) -> String {
        match self {
            Self::Asked | Self::Extra(_) => self.word().to_owned(),
            Self::Registered { by, .. } => match by.day {
                Some(day) => format!("registered {} {}", by.registry, day.compact()),
                None => format!("registered {}", by.registry),
            },
        }
    }

    /// `asked`, `registered`, `extra` or `optional`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Registered { .. } => "registered",
            Self::Extra(addition) => match addition.standing {
                Standing::Certain => "extra",
                Standing::Optional => "optional",
            },
        }
    }
}

/// A line of the watch list; `run.json` keeps all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "Kept", try_from = "Kept")]
pub struct WatchItem {
    /// What.
    pub resource: Resource,
    /// Why.
    pub reason: Reason,
}

/// A line of the watch list as `run.json` keeps it.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    resource: String,
    /// The label; its first word tells the kind of reason.
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registered: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl From<WatchItem> for Kept {
    fn from(item: WatchItem) -> Self {
        let kept = Self {
            resource: item.resource.to_string(),
            reason: item.reason.label(),
            ..Self::default()
        };
        match item.reason {
            Reason::Asked => kept,
            Reason::Registered { by, since } => Self {
                registry: Some(by.registry.clone()),
                registered: since,
                day: by.day,
                source: Some(by.file.clone()),
                ..kept
            },
            Reason::Extra(addition) => Self {
                source: Some(addition.source.clone()),
                note: Some(addition.why.clone()),
                ..kept
            },
        }
    }
}

impl TryFrom<Kept> for WatchItem {
    type Error = String;

    fn try_from(kept: Kept) -> Result<Self, String> {
        let extra = |standing| {
            Reason::Extra(Arc::new(Addition {
                standing,
                why: kept.note.clone().unwrap_or_default(),
                source: kept.source.clone().unwrap_or_default(),
            }))
        };
        let reason = match kept.reason.split(' ').next() {
            Some("asked") => Reason::Asked,
            Some("extra") => extra(Standing::Certain),
            Some("optional") => extra(Standing::Optional),
            Some("registered") => Reason::Registered {
                by: Arc::new(Listing {
                    registry: kept.registry.unwrap_or_default(),
                    day: kept.day,
                    file: kept.source.unwrap_or_default(),
                }),
                since: kept.registered,
            },
            _ => return Err(format!("`{}` is no reason to watch anything", kept.reason)),
        };
        let resource = kept.resource.parse()?;
        Ok(Self { resource, reason })
    }
}
