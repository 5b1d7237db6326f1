//! What a run watches: address blocks and origin ASNs, each with the reason why it is on the list.
//!
//! Everything here is pure: no file is read, nothing is asked for. What a country held on a day is
//! found out in [`registry`](crate::registry), which makes [`WatchItem`]s of it.
//!
//! `WatchList::relation` is asked about every route of every file; a few bitmaps answer for most
//! routes, a binary search for the others (`SetRelation`).

mod prefix_set;
mod reason;
mod statistics;

use crate::model::net::{Asn, Prefix};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

pub use prefix_set::PrefixSet;

pub(crate) use prefix_set::SetRelation;
pub use reason::{ExtraReason, Membership, Reason, Resource, StatisticsFile, WatchItem};
pub use statistics::RegistryStatistics;

/// Why a prefix is watched, if it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixReason<'a> {
    /// It equals a block of the list or lies inside one; the longest such block.
    Block(&'a WatchItem),
    /// A watched AS originated it. The AS is named if the list has only one.
    Origin(Option<Asn>),
    /// It is not watched.
    NotWatched,
}

impl PrefixReason<'_> {
    /// As the tables write it: the block's reason, or `origin AS131279`.
    pub fn label(&self) -> String {
        match self {
            Self::Block(item) => item.reason.label(),
            Self::Origin(Some(asn)) => format!("origin AS{asn}"),
            Self::Origin(None) => "origin".to_owned(),
            Self::NotWatched => "not watched".to_owned(),
        }
    }
}

/// The watch list: address blocks, then origin ASNs, each sorted and listed once.
#[derive(Debug, Clone)]
pub struct WatchList {
    items: Vec<WatchItem>,
    statistics: Vec<RegistryStatistics>,
    origins: FxHashSet<Asn>,
    blocks: prefix_set::Blocks,
}

impl WatchList {
    /// Builds the list. Of several reasons for one resource the smallest is kept.
    pub fn new(items: impl IntoIterator<Item = WatchItem>) -> Self {
        let mut items: Vec<_> = items.into_iter().collect();
        items.sort();
        items.dedup_by_key(|item| item.resource);
        let mut list = Self {
            items,
            statistics: Vec::new(),
            origins: FxHashSet::default(),
            blocks: prefix_set::Blocks::default(),
        };
        list.origins = list.origins().collect();
        list.blocks = prefix_set::Blocks::new(&list.space());
        list
    }

    /// The same list, with a record of the registries' statistics that it was made from.
    pub(crate) fn with_statistics(mut self, statistics: Vec<RegistryStatistics>) -> Self {
        self.statistics = statistics;
        self
    }

    /// Reads what [`WatchList::to_json`] writes.
    ///
    /// # Errors
    /// The text is no such JSON.
    pub(crate) fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let file: WatchListFile = serde_json::from_str(text)?;
        Ok(Self::new(file.watch_list).with_statistics(file.registries))
    }

    /// The list as JSON, under the keys that it has in `run.json`.
    ///
    /// # Errors
    /// None is known; `serde_json` does not rule it out.
    pub(crate) fn to_json(&self) -> Result<String, serde_json::Error> {
        let file = WatchListFile {
            watch_list: self.items.clone(),
            registries: self.statistics.clone(),
        };
        serde_json::to_string_pretty(&file)
    }

    /// The registries' statistics that the list was made from; empty if none were read.
    pub fn statistics(&self) -> &[RegistryStatistics] {
        &self.statistics
    }

    /// All items: blocks first, then ASNs.
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

    /// The origin ASNs, sorted.
    pub fn origins(&self) -> impl Iterator<Item = Asn> {
        self.items.iter().filter_map(|item| match item.resource {
            Resource::Block(_) => None,
            Resource::Origin(asn) => Some(asn),
        })
    }

    /// Whether the prefix equals a block of the list or lies inside one.
    pub fn watches(&self, prefix: Prefix) -> bool {
        self.relation(prefix) == SetRelation::Watched
    }

    /// How a prefix relates to the blocks of the list.
    pub(crate) fn relation(&self, prefix: Prefix) -> SetRelation {
        self.blocks.relation(prefix)
    }

    /// Whether any origin AS is on the list.
    pub(crate) fn has_origins(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Whether the prefixes that an AS originates are watched.
    pub fn watches_origin(&self, asn: Asn) -> bool {
        self.origins.contains(&asn)
    }

    /// Why a prefix is watched. `is_discovered`: some route to it was originated by a watched AS.
    pub fn reason(&self, prefix: Prefix, is_discovered: bool) -> PrefixReason<'_> {
        let longest_block = (0..=prefix.len()).rev().find_map(|len| {
            let block = Prefix::new(prefix.family(), prefix.first(), len);
            let at = self
                .items
                .binary_search_by_key(&Resource::Block(block), |item| item.resource);
            self.items.get(at.ok()?)
        });
        match longest_block {
            Some(item) => PrefixReason::Block(item),
            None if is_discovered => {
                let mut origins = self.origins();
                PrefixReason::Origin(origins.next().filter(|_| origins.next().is_none()))
            }
            None => PrefixReason::NotWatched,
        }
    }

    /// The label of [`WatchList::reason`].
    pub(crate) fn reason_label(&self, prefix: Prefix, is_discovered: bool) -> String {
        self.reason(prefix, is_discovered).label()
    }
}

/// The JSON form of a watch list, with the keys of `run.json`.
#[derive(Serialize, Deserialize)]
struct WatchListFile {
    watch_list: Vec<WatchItem>,
    registries: Vec<RegistryStatistics>,
}

/// A line of a watch file is neither a prefix nor an AS number.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: `{text}` is neither a prefix nor an AS number")]
pub struct WatchFileError {
    /// The line's number, from 1.
    pub line: usize,
    /// The line, without its comment.
    pub text: String,
}

/// The items that the question itself names, with the reason `asked`.
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

/// Parses a watch file: one prefix or AS number per line; `#` starts a comment.
///
/// # Errors
/// A line is neither.
pub fn parse_watch_file(text: &str) -> Result<Vec<WatchItem>, WatchFileError> {
    let mut items = Vec::new();
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let entry = line.split('#').next().unwrap_or_default().trim();
        if entry.is_empty() {
            continue;
        }
        let resource = entry.parse().map_err(|_| WatchFileError {
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

#[cfg(test)]
mod tests;
