//! What a manifest says.

use crate::model::archive::{FileKind, ListingSource, MissingFile};
use crate::model::net::Prefix;
use crate::model::peer::Collector;
use crate::model::time::{Timestamp, Window};
use crate::study::Study;
use crate::watchlist::WatchList;
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};

/// The format of `run.json` that this program writes and reads.
pub(crate) const FORMAT: u64 = 2;

/// A study with all that it takes to repeat it.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The version of the program that wrote it.
    pub dropline: String,
    /// The question and the rules.
    pub study: Study,
    /// The watch list.
    pub list: WatchList,
    /// The prefixes that the tables have, sorted.
    pub prefixes: Vec<Prefix>,
    /// The files that were read.
    pub inputs: Vec<InputFile>,
    /// How each collector's files were found.
    pub listing_sources: Vec<(Collector, ListingSource)>,
    /// The files that were unavailable, by collector.
    pub missing: Vec<(Collector, MissingFile)>,
    /// The gaps in each collector's update files.
    pub gaps: Vec<(Collector, Window)>,
    /// Whether all that the window needed was there and whole.
    pub completeness: Completeness,
    /// What losses are measured by.
    pub baseline: BaselineCounts,
    /// The files that were written: name and SHA-256.
    pub outputs: Vec<(String, String)>,
}

/// How many prefixes were there before, by what that rests on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct BaselineCounts {
    /// Visible at the window's first instant, or before.
    pub measured: u32,
    /// First known by their withdrawals, in a run without a RIB.
    pub inferred: u32,
    /// Visible at the instant of `--baseline-at`.
    pub chosen: u32,
    /// No members, as other routes had taken their place before the window.
    pub superseded: u32,
}

/// Whether a run had all that its window needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All files were there and undamaged.
    Complete,
    /// Files were missing or damaged: exit code 3.
    Incomplete,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The collector.
    pub collector: Collector,
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// Public URL, or the path where there is none.
    pub url: String,
    /// The URL that it was fetched from, if it was.
    pub fetched_from: Option<String>,
    /// Length on disk.
    pub bytes: u64,
    /// SHA-256 on disk, 64 lower-case hex digits.
    pub sha256: String,
}

impl InputFile {
    /// Whether it has a public URL (and is not named by a path).
    pub fn is_public(&self) -> bool {
        is_url(&self.url)
    }

    /// First instant after the span that its name stands for.
    pub fn end(&self) -> Timestamp {
        Timestamp(self.start.0 + self.collector.step(self.start))
    }

    /// The last part of its URL or path.
    pub fn name(&self) -> &str {
        self.url.rsplit(['/', '\\']).next().unwrap_or(&self.url)
    }
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// It is not the manifest of a run.
    #[error("`{0}` is not the `run.json` of a run: {1}")]
    Form(PathBuf, String),
    /// A later version of the program wrote it.
    #[error("`{path}` has format {format}, and this program reads {FORMAT}")]
    Newer {
        /// The manifest.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// A path in it leads out of the run's folder.
    #[error("`{path}` names `{named}`, which leads out of its folder")]
    Escapes {
        /// The manifest.
        path: PathBuf,
        /// The path in it.
        named: String,
    },
}

impl Manifest {
    /// The first path among the files that is not inside the folder of the run. Such is the path
    /// of a loose file, which has to be named again: no path of a manifest is ever opened.
    pub fn outside(&self) -> Option<&InputFile> {
        let inside = |input: &&InputFile| {
            use std::path::Component::Normal;
            let mut parts = Path::new(&input.url).components();
            input.is_public() || parts.all(|part| matches!(part, Normal(_)))
        };
        self.inputs.iter().find(|input| !inside(input))
    }
}

/// Whether a name is a URL and no path.
pub(super) fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}
