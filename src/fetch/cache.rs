//! The cache: a folder laid out as the public archives are, so that it can be read as a mirror,
//! with what is known of each file beside it (`NAME.json`).

use super::FetchError;
use crate::model::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// A folder of verified files.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
}

/// What is known of a file in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Where it came from.
    pub url: Option<String>,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// The server's validators of it.
    pub etag: Option<String>,
    /// As the server sent it.
    pub last_modified: Option<String>,
    /// Fetched while it could still grow: to be asked for anew.
    #[serde(default)]
    pub may_grow: bool,
    /// What is in it.
    pub found: Found,
}

/// What is in a file, as far as fetching needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Found {
    /// Time of its first record, in microseconds since the epoch (MRT files).
    pub first: Option<Timestamp>,
    /// Lists a unicast route (RIBs).
    pub lists_routes: bool,
    /// Records that could not be read (MRT files).
    pub damaged: u64,
}

impl Cache {
    /// The cache in a folder, which need not be there yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The full path of a place in it.
    ///
    /// # Errors
    /// The place is absolute, empty, or leads out of the cache.
    pub fn path(&self, place: &Path) -> Result<PathBuf, FetchError> {
        let mut parts = place.components();
        let is_inside = parts.clone().next().is_some()
            && parts.all(|part| matches!(part, Component::Normal(_)));
        match is_inside {
            true => Ok(self.root.join(place)),
            false => Err(FetchError::Escapes(place.to_owned())),
        }
    }
}
