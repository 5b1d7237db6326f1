//! What a country held on a day: the registries' delegated statistics of that day, changed by the
//! country's own list.
//!
//! [`statistics`] fetches the newest statistics of all five registries that are not after the day
//! before the window, or reads files that were given; `rir` knows where their archives keep the
//! file of a day. [`country_list`] adds and removes what the statistics get wrong. The result is
//! [`WatchItem`](crate::watchlist::WatchItem)s, each with its reason.

pub mod country_list;
mod delegated;
pub(crate) mod rir;
pub mod statistics;
pub mod watch_list;

use crate::fetch::FetchError;
use crate::model::day::Day;
use std::io;

pub use delegated::{Delegated, read_delegated};

/// Why it cannot be said what a country held.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The country code does not have two letters.
    #[error("`{0}` is no country code")]
    Country(String),
    /// The statistics file cannot be read or decompressed.
    #[error("cannot read the registry's statistics file")]
    Read(#[from] io::Error),
    /// No line of the file has the format of delegated statistics.
    #[error("not a registry's statistics file (`delegated-…`): no line in it has that form")]
    NotDelegated,
    /// The file is longer, or lists more, than any real one.
    #[error("the registry's statistics file has more than {0}")]
    TooLarge(String),
    /// The country's own list is malformed.
    #[error("the country's own list: {0}")]
    CountryList(String),
    /// The day is before the first day of every registry's archive.
    #[error("no registry's archive reaches back to {0}")]
    TooEarly(Day),
    /// The statistics of some registries are unavailable. Without them the watch list could miss
    /// prefixes, so none is made.
    #[error("the statistics of {newest} are unavailable from {}", .registries.join("; "))]
    Unavailable {
        /// The newest day that may be used.
        newest: Day,
        /// The registries, each with the reason.
        registries: Vec<String>,
        /// The network was not to be used.
        offline: bool,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}
