//! The items of a watch list, and the reason for each.

use crate::model::day::Day;
use crate::model::net::{Asn, Family, Prefix, parse_asn};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An address block or an origin AS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Watched is every prefix equal to this one or inside it, whatever its origin.
    Block(Prefix),
    /// Watched is every prefix that this AS originated in any route of the run.
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

/// Why an item is on the list. Of two reasons for one resource the smaller is fields.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The question names it.
    Asked,
    /// A registry's statistics list it for the country.
    Registered {
        /// The statistics file.
        by: Arc<StatisticsFile>,
        /// The day on which the registry delegated it, if the file says.
        since: Option<Day>,
    },
    /// The country's own list (`data/countries/CC.toml`) adds it.
    Extra(Arc<ExtraReason>),
}

/// A registry's statistics file, as the reason of the items that it lists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatisticsFile {
    /// The registry, as it names itself in the file: `apnic`.
    pub registry: String,
    /// The day in the file's name in the registry's archive; for a file that was given, the day
    /// that it says it describes.
    pub day: Option<Day>,
    /// Its public URL, or its path if it was given.
    pub file: String,
}

/// Why the country's own list adds an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExtraReason {
    /// Whether it certainly belongs to the country.
    pub membership: Membership,
    /// The reason, for people.
    pub why: String,
    /// The source of that statement.
    pub source: String,
}

/// How certain it is that a resource on the country's own list belongs to the country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Membership {
    /// It does.
    Certain,
    /// It may; such items are watched only with `--with-optional`.
    Optional,
}

impl Reason {
    /// As the tables write it: `asked`, `registered apnic 20141221`, `extra` or `optional`.
    pub fn label(&self) -> String {
        match self {
            Self::Asked | Self::Extra(_) => self.kind().to_owned(),
            Self::Registered { by, .. } => match by.day {
                Some(day) => format!("registered {} {}", by.registry, day.compact()),
                None => format!("registered {}", by.registry),
            },
        }
    }

    /// The first word of the label: `asked`, `registered`, `extra` or `optional`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Registered { .. } => "registered",
            Self::Extra(addition) => match addition.membership {
                Membership::Certain => "extra",
                Membership::Optional => "optional",
            },
        }
    }
}

/// An item of the watch list. Its serde form is that of `run.json`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "WatchItemFields", try_from = "WatchItemFields")]
pub struct WatchItem {
    /// The block or AS.
    pub resource: Resource,
    /// Why it is on the list.
    pub reason: Reason,
}

/// A [`WatchItem`] with the keys of `run.json`.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct WatchItemFields {
    resource: String,
    /// The label of the reason; its first word says which kind it is.
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

impl From<WatchItem> for WatchItemFields {
    fn from(item: WatchItem) -> Self {
        let fields = Self {
            resource: item.resource.to_string(),
            reason: item.reason.label(),
            ..Self::default()
        };
        match item.reason {
            Reason::Asked => fields,
            Reason::Registered { by, since } => Self {
                registry: Some(by.registry.clone()),
                registered: since,
                day: by.day,
                source: Some(by.file.clone()),
                ..fields
            },
            Reason::Extra(addition) => Self {
                source: Some(addition.source.clone()),
                note: Some(addition.why.clone()),
                ..fields
            },
        }
    }
}

impl TryFrom<WatchItemFields> for WatchItem {
    type Error = String;

    fn try_from(fields: WatchItemFields) -> Result<Self, String> {
        let extra = |membership| {
            Reason::Extra(Arc::new(ExtraReason {
                membership,
                why: fields.note.clone().unwrap_or_default(),
                source: fields.source.clone().unwrap_or_default(),
            }))
        };
        let reason = match fields.reason.split(' ').next() {
            Some("asked") => Reason::Asked,
            Some("extra") => extra(Membership::Certain),
            Some("optional") => extra(Membership::Optional),
            Some("registered") => Reason::Registered {
                by: Arc::new(StatisticsFile {
                    registry: fields.registry.unwrap_or_default(),
                    day: fields.day,
                    file: fields.source.unwrap_or_default(),
                }),
                since: fields.registered,
            },
            _ => {
                return Err(format!(
                    "`{}` is no reason to watch anything",
                    fields.reason
                ));
            }
        };
        let resource = fields.resource.parse()?;
        Ok(Self { resource, reason })
    }
}
