//! What is asked for → the watch list: address blocks and origin ASNs, each with its reason.
//!
//! It comes from the command, from a file, or from what a country held by the registries' statistics
//! of the day ([`statistics`], out of the places in [`registry`]) and by its own list
//! ([`country`]). What is asked about every route of every file, [`WatchList::place`], takes a
//! bitmap and a binary search ([`Place`]).

pub mod country;
mod delegated;
mod reason;
pub mod registry;
mod space;
pub mod statistics;
pub mod text;

use crate::fetch::FetchError;
use crate::model::day::Day;
use crate::model::net::{Asn, Prefix};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::io;

pub use delegated::{Delegated, read_delegated};
pub use reason::{Addition, Listing, Reason, Resource, Standing, WatchItem};
pub use space::{Place, PrefixSet};
pub use statistics::Consulted;

/// Why a prefix is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why<'a> {
    /// It is, or lies inside, a block of the list; this is the longest such.
    Inside(&'a WatchItem),
    /// A watched AS originated it: this one, where it can only have been one.
    Origin(Option<Asn>),
    /// It is not watched.
    Nothing,
}

impl Why<'_> {
    /// The block's reason, or `origin AS131279`.
    pub fn label(&self) -> String {
        match self {
            Self::Inside(item) => item.reason.label(),
            Self::Origin(Some(asn)) => format!("origin AS{asn}"),
            Self::Origin(None) => "origin".to_owned(),
            Self::Nothing => "not watched".to_owned(),
        }
    }
}

/// The watch list. Blocks and AS numbers are sorted, and each is there once.
#[derive(Debug, Clone)]
pub struct WatchList {
    items: Vec<WatchItem>,
    consulted: Vec<Consulted>,
    origins: FxHashSet<Asn>,
    blocks: space::Blocks,
}

impl WatchList {
    /// Builds the list.
    pub fn new(items: impl IntoIterator<Item = WatchItem>) -> Self {
        let mut items: Vec<_> = items.into_iter().collect();
        items.sort();
        items.dedup_by_key(|item| item.resource);
        let mut list = Self {
            items,
            consulted: Vec::new(),
            origins: FxHashSet::default(),
            blocks: space::Blocks::default(),
        };
        list.origins = list.origins().collect();
        list.blocks = space::Blocks::new(&list.space());
        list
    }

    /// The same list, made with the help of registries' statistics.
    pub fn by(mut self, consulted: Vec<Consulted>) -> Self {
        self.consulted = consulted;
        self
    }

    /// Reads it as [`WatchList::to_json`] writes it.
    ///
    /// # Errors
    /// The text is something else.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let kept: Kept = serde_json::from_str(text)?;
        Ok(Self::new(kept.watch_list).by(kept.registries))
    }

    /// All of it as JSON, under the names that it has in `run.json`.
    ///
    /// # Errors
    /// None that is known of.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let kept = Kept {
            watch_list: self.items.clone(),
            registries: self.consulted.clone(),
        };
        serde_json::to_string_pretty(&kept)
    }

    /// What became of the registries' statistics; nothing where none were looked at.
    pub fn consulted(&self) -> &[Consulted] {
        &self.consulted
    }

    /// All of it, blocks first.
    pub fn items(&self) -> &[WatchItem] {
        &self.items
    }

    /// The address blocks, sorted; one may lie inside another.
    pub fn blocks(&self) -> impl Iterator<Item = Prefix> {
        self.items.iter().filter_map(|item| match item.resource {
            Resource::Block(block) => Some(block),
            Resource::Origin(_) => None,
        })
    }

    /// The watched address space: the blocks that lie in no other.
    pub fn space(&self) -> Vec<Prefix> {
        let mut space: Vec<Prefix> = Vec::new();
        for block in self.blocks() {
            if !space.last().is_some_and(|outer| outer.contains(block)) {
                space.push(block);
            }
        }
        space
    }

    /// The ASes, sorted.
    pub fn origins(&self) -> impl Iterator<Item = Asn> {
        self.items.iter().filter_map(|item| match item.resource {
            Resource::Block(_) => None,
            Resource::Origin(asn) => Some(asn),
        })
    }

    /// Whether the prefix is one of the blocks, or lies inside one.
    pub fn watches(&self, prefix: Prefix) -> bool {
        self.place(prefix) == Place::Watched
    }

    /// Where a prefix stands to the blocks.
    pub fn place(&self, prefix: Prefix) -> Place {
        self.blocks.place(prefix)
    }

    /// Whether any AS is on the list.
    pub fn has_origins(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Whether routes that an AS originates are watched.
    pub fn watches_origin(&self, asn: Asn) -> bool {
        self.origins.contains(&asn)
    }

    /// Why the prefix is watched; `discovered`: a watched AS has originated it.
    pub fn why(&self, prefix: Prefix, discovered: bool) -> Why<'_> {
        let inside = (0..=prefix.len()).rev().find_map(|len| {
            let block = Prefix::new(prefix.family(), prefix.first(), len);
            let place = self
                .items
                .binary_search_by_key(&Resource::Block(block), |item| item.resource);
            self.items.get(place.ok()?)
        });
        match inside {
            Some(item) => Why::Inside(item),
            None if discovered => {
                let mut origins = self.origins();
                Why::Origin(origins.next().filter(|_| origins.next().is_none()))
            }
            None => Why::Nothing,
        }
    }

    /// [`WatchList::why`] in words.
    pub fn reason_for(&self, prefix: Prefix, discovered: bool) -> String {
        self.why(prefix, discovered).label()
    }
}

/// A watch list as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    watch_list: Vec<WatchItem>,
    registries: Vec<Consulted>,
}

/// Why a watch list could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// The country's code has another form.
    #[error("`{0}` is no country code")]
    Country(String),
    /// A line of a watch file is neither prefix nor AS number.
    #[error("line {line}: `{text}` is neither a prefix nor an AS number")]
    Watch {
        /// Which line, from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// The file could not be read or decompressed.
    #[error("cannot read the registry's statistics file")]
    Read(#[from] io::Error),
    /// It holds no line of the format.
    #[error("not a registry's statistics file (`delegated-…`): no line in it has that form")]
    NotDelegated,
    /// It is beyond all measure.
    #[error("the registry's statistics file has more than {0}")]
    TooMuch(String),
    /// A country's own list is not written as it must be.
    #[error("the country's own list: {0}")]
    CountryList(String),
    /// No registry's archive reaches back to the day.
    #[error("no registry's archive reaches back to {0}")]
    TooEarly(Day),
    /// Without a registry's statistics the watch list would have holes.
    #[error("the statistics of {newest} cannot be had of {}", .registries.join("; "))]
    Lacking {
        /// The newest day that may be used.
        newest: Day,
        /// Which registries, and why.
        registries: Vec<String>,
        /// Nothing was to be fetched.
        offline: bool,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Fetch(FetchError),
}

impl SelectError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Country(_) => "give two letters (ISO 3166), like `KP`",
            Self::Watch { .. } => {
                "write one a line, like 175.45.176.0/22, 2001:db8::/32 or AS131279; `#` starts a comment"
            }
            Self::Read(_) => "the file may be cut: delete it and fetch it again",
            Self::NotDelegated | Self::TooMuch(_) => {
                "give a file like `delegated-apnic-extended-20141221.gz`, plain, .gz or .bz2"
            }
            Self::CountryList(_) => {
                "it names `country`, and `[[add]]` and `[[remove]]` with `resource`, `why` and `source`; \
                 see data/README.md"
            }
            Self::TooEarly(_) => {
                "give the statistics of that time with `--delegated FILE`, or name `--asn` or `--prefix`"
            }
            Self::Lacking { offline: true, .. } => {
                "run it once without `--offline`, or give the files of all registries that the country \
                 needs with `--delegated FILE`"
            }
            Self::Lacking { .. } => {
                "without them the watch list could have holes: try again, name another mirror with \
                 `--registry-url URL` (such as https://ftp.lacnic.net/pub/stats), or give the files of all \
                 registries that the country needs with `--delegated FILE`"
            }
            Self::Fetch(error) => error.hint(),
        }
    }
}

/// What the question names.
pub fn asked(
    prefixes: impl IntoIterator<Item = Prefix>,
    asns: impl IntoIterator<Item = Asn>,
) -> impl Iterator<Item = WatchItem> {
    let blocks = prefixes.into_iter().map(Resource::Block);
    let resources = blocks.chain(asns.into_iter().map(Resource::Origin));
    resources.map(|resource| WatchItem {
        resource,
        reason: Reason::Asked,
    })
}

/// Reads a watch file: a prefix or an AS number a line; `#` starts a comment.
///
/// # Errors
/// A line is neither.
pub fn read_watch(text: &str) -> Result<Vec<WatchItem>, SelectError> {
    let mut items = Vec::new();
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let entry = line.split('#').next().unwrap_or_default().trim();
        if entry.is_empty() {
            continue;
        }
        let resource = entry.parse().map_err(|_| SelectError::Watch {
            line: i + 1,
            text: entry.to_owned(),
        })?;
        items.push(WatchItem {
            resource,
            reason: Reason::Asked,
        });
    }
    Ok(items)
}
