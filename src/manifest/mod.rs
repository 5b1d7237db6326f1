//! `run.json`, the manifest of a run: the question, the rules, the watch list, the files that were
//! read and their hashes. Read back, it is all that is needed to repeat the run from exactly the
//! same bytes.

mod read;
mod schema;
mod types;

pub use read::read;

pub(crate) use read::read_without_inputs;
pub(crate) use types::FORMAT;
pub use types::{BaselineCounts, Completeness, InputFile, Manifest, ManifestError};
