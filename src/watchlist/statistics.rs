//! Which registry's statistics a watch list was made from.

use crate::model::day::Day;
use serde::{Deserialize, Serialize};

/// The statistics of one registry (`delegated-…`) that were read for a country, or the reason why
/// there were none. `run.json` keeps one for each registry that was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryStatistics {
    /// The registry by its file names: `apnic`.
    pub registry: String,
    /// The day in the name of the file that was used; `None` if none was.
    pub day: Option<Day>,
    /// The day that the file says it describes.
    pub describes: Option<Day>,
    /// Public URL of the file, or its path if it was given.
    pub file: Option<String>,
    /// The URL that it was fetched from, if it was.
    pub fetched_from: Option<String>,
    /// Length of the file on disk.
    pub bytes: Option<u64>,
    /// SHA-256 of the file on disk, in hex.
    pub sha256: Option<String>,
    /// Records in it, of whatever country.
    pub records: Option<u64>,
    /// Address blocks and AS numbers that it lists for the country.
    pub resources: Option<u64>,
    /// Warnings for the reader of the run.
    pub notes: Vec<String>,
}
