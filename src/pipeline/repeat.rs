//! Has exactly the files that a manifest names: the same bytes, or none at all.
//!
//! No path of a manifest is opened. A file is looked for as any other is, by collector, kind and
//! time: in a folder, among loose files, or in the cache (and at its URLs); then its SHA-256 must
//! be the one of the manifest.

use crate::decode::content_check;
use crate::disk;
use crate::fetch::{FetchError, Fetcher, Missing, Outcome, Reason, Wanted, Watcher};
use crate::locate::{self, Holdings, LocateError, Source, patterns};
use crate::model::archive::{ArchiveFile, FileKind, ListingSource, Url};
use crate::model::peer::Collector;
use crate::replay::input::CollectorData;
use crate::study::manifest::{Input, Manifest};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::io;
use std::path::PathBuf;

/// Where the files of a manifest are looked for.
#[derive(Clone, Copy)]
pub enum Shelf<'a> {
    /// A folder, or loose files.
    Local(&'a Source),
    /// The cache, and the archives if the fetcher may ask them.
    Cache(&'a Fetcher, &'a dyn Watcher),
}

/// Why a study cannot be repeated.
#[derive(Debug, thiserror::Error)]
pub enum RepeatError {
    /// A file has other bytes.
    #[error("`{file}` has changed: its SHA-256 is {found}, and the study read {expected}")]
    Changed {
        /// Which, as it lies; or its URL.
        file: String,
        /// What the manifest says.
        expected: String,
        /// What it is now.
        found: String,
    },
    /// A file is not to be had.
    #[error("`{file}` is gone: {why}; its SHA-256 was {expected}")]
    Gone {
        /// Its URL, or its path where it has none.
        file: String,
        /// What the manifest says.
        expected: String,
        /// Where it is missing, or why it cannot be had.
        why: String,
    },
    /// The folder cannot be read.
    #[error(transparent)]
    Locate(#[from] LocateError),
    /// The cache cannot be used.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A file cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Read(PathBuf, #[source] io::Error),
}

/// What a study read, by collector, from where it is looked for.
///
/// # Errors
/// A file has changed or is gone, or cannot be read.
pub fn holdings(manifest: &Manifest, shelf: Shelf<'_>) -> Result<Vec<Holdings>, RepeatError> {
    let mut all = Vec::new();
    for collector in &manifest.study.collectors {
        let inputs = manifest.inputs.iter();
        let inputs: Vec<&Input> = inputs.filter(|i| i.collector == *collector).collect();
        let files = match shelf {
            Shelf::Local(source) => local(source, collector, &inputs, manifest)?,
            Shelf::Cache(fetcher, watcher) => cached(fetcher, &inputs, watcher)?,
        };
        let (ribs, updates) = files.into_iter().partition(|f| f.kind == FileKind::Rib);
        let missing = manifest.lost.iter().filter(|(of, _)| of == collector);
        let listing_source = manifest.ways.iter().find(|(of, _)| of == collector);
        all.push(Holdings {
            collector: collector.clone(),
            listing_source: listing_source.map_or(ListingSource::Folder, |(_, source)| *source),
            ribs,
            updates,
            missing: missing.map(|(_, file)| file.clone()).collect(),
        });
    }
    Ok(all)
}

/// Holds what was read against the manifest: a file may have changed since it was looked at.
///
/// # Errors
/// One has.
pub fn check(manifest: &Manifest, collectors: &[CollectorData]) -> Result<(), RepeatError> {
    let mut inputs: FxHashMap<_, &Input> = FxHashMap::default();
    for input in &manifest.inputs {
        let key = (&input.collector, input.kind, input.start);
        inputs.entry(key).or_insert(input);
    }
    let files = collectors.iter().flat_map(|r| &r.files);
    for read in files {
        let file = &read.file;
        let found = &read.contents().sha256;
        let input = inputs.get(&(&file.collector, file.kind, file.start));
        if let Some(input) = input
            && input.sha256 != *found
        {
            return Err(RepeatError::Changed {
                file: file.path.display().to_string(),
                expected: input.sha256.clone(),
                found: found.clone(),
            });
        }
    }
    Ok(())
}

fn local(
    source: &Source,
    collector: &Collector,
    inputs: &[&Input],
    manifest: &Manifest,
) -> Result<Vec<ArchiveFile>, RepeatError> {
    let study = &manifest.study;
    let lookback = study.rules.rib_lookback;
    let there = match locate::holdings(source, collector, study.window, lookback) {
        Ok(held) => [held.ribs, held.updates].concat(),
        // Then the first file is gone, and that is what there is to say.
        Err(LocateError::NoCollector { .. } | LocateError::NoArchive(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let is = |file: &&ArchiveFile, input: &Input| match source {
        Source::Files(_) => file
            .path
            .file_name()
            .is_some_and(|name| name == input.name()),
        Source::Mirror(_) | Source::Encoded(_) => {
            (file.kind, file.start) == (input.kind, input.start)
        }
    };
    let find = |input: &&Input| {
        let file = there.iter().find(|file| is(file, input));
        let file = file.ok_or_else(|| RepeatError::Gone {
            file: input.url.clone(),
            expected: input.sha256.clone(),
            why: match source {
                Source::Mirror(dir) | Source::Encoded(dir) => {
                    format!("it is not in `{}`", dir.display())
                }
                Source::Files(_) => "it is not among the files".to_owned(),
            },
        })?;
        let found = disk::hash(&file.path)
            .map_err(|e| RepeatError::Read(file.path.to_path_buf(), e))?
            .sha256;
        if found != input.sha256 {
            return Err(RepeatError::Changed {
                file: file.path.display().to_string(),
                expected: input.sha256.clone(),
                found,
            });
        }
        Ok(ArchiveFile {
            start: input.start,
            url: called(input),
            ..file.clone()
        })
    };
    // The first that fails by the manifest's order, whatever the threads do.
    let found: Vec<Result<ArchiveFile, RepeatError>> = inputs.par_iter().map(find).collect();
    found.into_iter().collect()
}

fn cached(
    fetcher: &Fetcher,
    inputs: &[&Input],
    watcher: &dyn Watcher,
) -> Result<Vec<ArchiveFile>, RepeatError> {
    let wanted: Vec<Wanted> = inputs.iter().map(|input| wanted(input)).collect();
    let mut files = Vec::new();
    for (input, outcome) in inputs.iter().zip(fetcher.all(&wanted, watcher)?) {
        let fetched = match outcome {
            Outcome::Have(fetched) => fetched,
            Outcome::Missing(missing) => {
                return Err(lacking(fetcher, input, missing));
            }
        };
        files.push(ArchiveFile {
            collector: input.collector.clone(),
            kind: input.kind,
            start: input.start,
            end: input.end(),
            url: called(input),
            path: fetched.path.into(),
            fetched_from: fetched.url.map(Into::into),
        });
    }
    Ok(files)
}

/// A public URL of a manifest is that of its collector, kind and start: it was checked.
fn called(input: &Input) -> Url {
    match input.is_public() {
        true => Url::Published,
        false => Url::Path(input.url.as_str().into()),
    }
}

/// Why a file is not in the cache with the bytes that it must have.
fn lacking(fetcher: &Fetcher, input: &Input, missing: Missing) -> RepeatError {
    if let Reason::Changed { expected, found } = missing.reason {
        let file = missing.url.unwrap_or_else(|| input.url.clone());
        return RepeatError::Changed {
            file,
            expected,
            found,
        };
    }
    // What lies there may be another file, or a spoilt one.
    let path = fetcher.cache().path(&place(input)).ok();
    let there = path.and_then(|path| Some((disk::hash(&path).ok()?.sha256, path)));
    match there {
        Some((found, path)) if found != input.sha256 => RepeatError::Changed {
            file: path.display().to_string(),
            expected: input.sha256.clone(),
            found,
        },
        _ => RepeatError::Gone {
            file: input.url.clone(),
            expected: input.sha256.clone(),
            why: missing.reason.to_string(),
        },
    }
}

fn place(input: &Input) -> PathBuf {
    let paths = patterns::paths(&input.collector, input.kind, input.start);
    paths.into_iter().next().unwrap_or_default().into()
}

fn wanted(input: &Input) -> Wanted {
    let mut urls: Vec<String> = input.fetched_from.iter().cloned().collect();
    if input.is_public() && !urls.contains(&input.url) {
        urls.push(input.url.clone());
    }
    Wanted {
        place: place(input),
        urls,
        check: content_check(input.kind),
        complete_at: None,
        sha256: Some(input.sha256.clone()),
    }
}
