//! A study as it was run: reads back from `run.json` the question, the rules, the watch list and
//! the files, so that it can be repeated from exactly the same bytes.

mod raw;

use super::Study;
use crate::disk;
use crate::model::archive::{FileKind, ListingSource, MissingFile};
use crate::model::net::Prefix;
use crate::model::peer::Collector;
use crate::model::time::{Timestamp, Window};
use crate::watchlist::WatchList;
use raw::Raw;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// The format of `run.json` that this program writes and reads.
pub const FORMAT: u64 = 1;

/// Length that a manifest may have: the watch list of the largest country takes a tenth of it.
const MAX_BYTES: u64 = 1 << 30;

/// A study with all that it takes to repeat it.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The version of the program that wrote it.
    pub dropline: String,
    /// The question and the rules.
    pub study: Study,
    /// What was watched.
    pub list: WatchList,
    /// The prefixes that the tables have, sorted.
    pub prefixes: Vec<Prefix>,
    /// The files that were read.
    pub inputs: Vec<Input>,
    /// How each collector's files were found.
    pub ways: Vec<(Collector, ListingSource)>,
    /// The files that could not be had, by collector.
    pub lost: Vec<(Collector, MissingFile)>,
    /// Where update files are missing: whose, from when to when.
    pub holes: Vec<(Collector, Window)>,
    /// Whether all that the window needed was there and whole.
    pub completeness: Completeness,
    /// The files that were written: name and SHA-256.
    pub outputs: Vec<(String, String)>,
}

/// Whether a run had all that its window needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// It had.
    Complete,
    /// Files were missing or damaged: exit code 3.
    Incomplete,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Whose.
    pub collector: Collector,
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// Public URL, or the path where there is none.
    pub url: String,
    /// Where it was fetched from, if it was.
    pub fetched_from: Option<String>,
    /// Its length as it lay.
    pub bytes: u64,
    /// Its SHA-256 as it lay, in hex.
    pub sha256: String,
}

impl Input {
    /// Whether it has a public URL, and is no path.
    pub fn is_public(&self) -> bool {
        is_url(&self.url)
    }

    /// First instant after the span that it answers for by its name.
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
    /// It is something else.
    #[error("`{0}` is not the `run.json` of a run: {1}")]
    Form(PathBuf, String),
    /// A later version of the program wrote it.
    #[error("`{path}` has format {format}, and this program reads {FORMAT}")]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// A path in it leads elsewhere.
    #[error("`{path}` names `{named}`, which leads out of its folder")]
    Escapes {
        /// Which.
        path: PathBuf,
        /// What it names.
        named: String,
    },
}

/// The SHA-256 of a file as it lies, in hex, as manifests have it.
///
/// # Errors
/// It cannot be read.
pub fn sha256(path: &Path) -> io::Result<String> {
    disk::hash(path).map(|found| found.sha256)
}

/// Reads a manifest.
///
/// # Errors
/// It cannot be read, is no manifest, or of a newer format.
pub fn read(path: &Path) -> Result<Manifest, ManifestError> {
    read_with::<raw::Checked>(path)
}

/// As [`read`], without the files that were read: of months they are most of it.
///
/// # Errors
/// As [`read`].
pub fn read_without_inputs(path: &Path) -> Result<Manifest, ManifestError> {
    read_with::<raw::Passed>(path)
}

fn read_with<I: raw::Inputs>(path: &Path) -> Result<Manifest, ManifestError> {
    let io = |e| ManifestError::Io(path.to_owned(), e);
    let form = |what: String| ManifestError::Form(path.to_owned(), what);
    let known = |format: Option<u64>| match format {
        Some(FORMAT) => Ok(()),
        Some(format) if format > FORMAT => {
            let path = path.to_owned();
            Err(ManifestError::Newer { path, format })
        }
        _ => Err(form("it has no format that is known".to_owned())),
    };
    let file = File::open(path).map_err(io)?;
    // What comes through a pipe comes once.
    let comes_again = file.metadata().map_err(io)?.is_file();
    match parsed::<Raw<I>>(path, file) {
        Ok(raw) => known(raw.format).and_then(|()| raw.check().map_err(form)),
        Err(error) if comes_again => {
            // Another format may have other fields.
            let head: Head = parsed(path, File::open(path).map_err(io)?)?;
            known(head.format).and(Err(error))
        }
        Err(error) => Err(error),
    }
}

/// Reads JSON as it goes: of a month it has tens of megabytes.
fn parsed<T: DeserializeOwned>(path: &Path, file: File) -> Result<T, ManifestError> {
    let mut text = BufReader::new(file).take(MAX_BYTES + 1);
    let read = serde_json::from_reader(&mut text);
    read.map_err(|e| match (text.limit(), e.io_error_kind()) {
        (0, _) => {
            let what = format!("it has more than {MAX_BYTES} bytes");
            ManifestError::Form(path.to_owned(), what)
        }
        (_, Some(_)) => ManifestError::Io(path.to_owned(), e.into()),
        (_, None) => ManifestError::Form(path.to_owned(), e.to_string()),
    })
}

impl Manifest {
    /// The first path among the files that is not inside the folder of the run. Such is the path
    /// of a loose file, which has to be named again: no path of a manifest is ever opened.
    pub fn outside(&self) -> Option<&Input> {
        let inside = |input: &&Input| {
            use std::path::Component::Normal;
            let mut parts = Path::new(&input.url).components();
            input.is_public() || parts.all(|part| matches!(part, Normal(_)))
        };
        self.inputs.iter().find(|input| !inside(input))
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

#[derive(Deserialize)]
struct Head {
    format: Option<u64>,
}
