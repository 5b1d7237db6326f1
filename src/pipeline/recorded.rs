//! The files that an earlier run read, found again by its manifest (`run.json`): the same bytes, or
//! an error.
//!
//! No path of a manifest is opened. A file is found like any other, by collector, kind and time: in a
//! folder, among loose files, or in the cache (and at its URLs). Its SHA-256 must then be that of the
//! manifest.

use crate::decode::content_check;
use crate::disk;
use crate::fetch::{
    DownloadProgress, FetchError, FetchOutcome, Fetcher, Request, Unavailable, UnavailableReason,
};
use crate::locate::{self, CollectorFiles, LocalSource, LocateError, patterns};
use crate::manifest::{InputFile, Manifest};
use crate::model::archive::{ArchiveFile, ListingSource, Url};
use crate::model::peer::Collector;
use crate::replay::input::CollectorData;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::io;
use std::path::PathBuf;

/// Where to find the files of a manifest.
#[derive(Clone, Copy)]
pub enum FileStore<'a> {
    /// A folder, or loose files.
    Local(&'a LocalSource),
    /// The cache, and the public archives where the fetcher may use the network.
    Cache(&'a Fetcher, &'a dyn DownloadProgress),
}

/// Why the files of an earlier run are not available.
#[derive(Debug, thiserror::Error)]
pub enum RecordedError {
    /// A file has other bytes.
    #[error("`{file}` has changed: its SHA-256 is {found}, and the study read {expected}")]
    Changed {
        /// Its path, or its URL.
        file: String,
        /// SHA-256 in the manifest.
        expected: String,
        /// SHA-256 of the file now.
        found: String,
    },
    /// A file is not available.
    #[error("`{file}` is gone: {why}; its SHA-256 was {expected}")]
    Gone {
        /// Its URL, or its path where it has none.
        file: String,
        /// SHA-256 in the manifest.
        expected: String,
        /// Where it is missing, or why it cannot be fetched.
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

/// The files that a run read, by collector.
///
/// # Errors
/// A file has changed or is gone, or cannot be read.
pub fn files(
    manifest: &Manifest,
    store: FileStore<'_>,
) -> Result<Vec<CollectorFiles>, RecordedError> {
    let mut all = Vec::new();
    for collector in &manifest.study.collectors {
        let inputs = manifest.inputs.iter();
        let inputs: Vec<&InputFile> = inputs.filter(|i| i.collector == *collector).collect();
        let files = match store {
            FileStore::Local(source) => local(source, collector, &inputs, manifest)?,
            FileStore::Cache(fetcher, watcher) => cached(fetcher, &inputs, watcher)?,
        };
        let (ribs, updates) = files.into_iter().partition(|f| f.kind.is_table_dump());
        let missing = manifest.missing.iter().filter(|(of, _)| of == collector);
        let listing_source = manifest
            .listing_sources
            .iter()
            .find(|(of, _)| of == collector);
        all.push(CollectorFiles {
            collector: collector.clone(),
            listing_source: listing_source.map_or(ListingSource::Folder, |(_, source)| *source),
            ribs,
            updates,
            missing: missing.map(|(_, file)| file.clone()).collect(),
        });
    }
    Ok(all)
}

/// Compares what was read with the manifest: a file may have changed since it was found.
///
/// # Errors
/// A file has changed.
pub fn check(manifest: &Manifest, collectors: &[CollectorData]) -> Result<(), RecordedError> {
    let mut inputs: FxHashMap<_, &InputFile> = FxHashMap::default();
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
            return Err(RecordedError::Changed {
                file: file.path.display().to_string(),
                expected: input.sha256.clone(),
                found: found.clone(),
            });
        }
    }
    Ok(())
}

fn local(
    source: &LocalSource,
    collector: &Collector,
    inputs: &[&InputFile],
    manifest: &Manifest,
) -> Result<Vec<ArchiveFile>, RecordedError> {
    let study = &manifest.study;
    let lookback = study.rules.rib_lookback;
    let there = match locate::local_files(source, collector, study.window, lookback) {
        Ok(held) => [held.ribs, held.updates].concat(),
        // The first file is reported as gone, then.
        Err(LocateError::NoCollector { .. } | LocateError::NoArchive(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let is = |file: &&ArchiveFile, input: &InputFile| match source {
        LocalSource::Files(_) => file
            .path
            .file_name()
            .is_some_and(|name| name == input.name()),
        LocalSource::Mirror(_) | LocalSource::Encoded(_) => {
            (file.kind, file.start) == (input.kind, input.start)
        }
    };
    let find = |input: &&InputFile| {
        let file = there.iter().find(|file| is(file, input));
        let file = file.ok_or_else(|| RecordedError::Gone {
            file: input.url.clone(),
            expected: input.sha256.clone(),
            why: match source {
                LocalSource::Mirror(dir) | LocalSource::Encoded(dir) => {
                    format!("it is not in `{}`", dir.display())
                }
                LocalSource::Files(_) => "it is not among the files".to_owned(),
            },
        })?;
        let found = disk::hash(&file.path)
            .map_err(|e| RecordedError::Read(file.path.to_path_buf(), e))?
            .sha256;
        if found != input.sha256 {
            return Err(RecordedError::Changed {
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
    // The first failure in the manifest's order, whatever the order of the threads.
    let found: Vec<Result<ArchiveFile, RecordedError>> = inputs.par_iter().map(find).collect();
    found.into_iter().collect()
}

fn cached(
    fetcher: &Fetcher,
    inputs: &[&InputFile],
    watcher: &dyn DownloadProgress,
) -> Result<Vec<ArchiveFile>, RecordedError> {
    let wanted: Vec<Request> = inputs.iter().map(|input| wanted(input)).collect();
    let mut files = Vec::new();
    for (input, outcome) in inputs.iter().zip(fetcher.fetch_all(&wanted, watcher)?) {
        let fetched = match outcome {
            FetchOutcome::Available(fetched) => fetched,
            FetchOutcome::Unavailable(missing) => {
                return Err(unavailable(fetcher, input, missing));
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

/// What a file of a manifest is called. A public URL there was checked to be that of its collector,
/// kind and start.
fn called(input: &InputFile) -> Url {
    match input.is_public() {
        true => Url::Published,
        false => Url::Path(input.url.as_str().into()),
    }
}

/// Why a file is not in the cache with the bytes of the manifest.
fn unavailable(fetcher: &Fetcher, input: &InputFile, missing: Unavailable) -> RecordedError {
    if let UnavailableReason::Changed { expected, found } = missing.reason {
        let file = missing.url.unwrap_or_else(|| input.url.clone());
        return RecordedError::Changed {
            file,
            expected,
            found,
        };
    }
    // The cache may have another file in its place, or a corrupt one.
    let path = fetcher.cache().path(&place(input)).ok();
    let there = path.and_then(|path| Some((disk::hash(&path).ok()?.sha256, path)));
    match there {
        Some((found, path)) if found != input.sha256 => RecordedError::Changed {
            file: path.display().to_string(),
            expected: input.sha256.clone(),
            found,
        },
        _ => RecordedError::Gone {
            file: input.url.clone(),
            expected: input.sha256.clone(),
            why: missing.reason.to_string(),
        },
    }
}

fn place(input: &InputFile) -> PathBuf {
    let paths = patterns::paths(&input.collector, input.kind, input.start);
    paths.into_iter().next().unwrap_or_default().into()
}

fn wanted(input: &InputFile) -> Request {
    let mut urls: Vec<String> = input.fetched_from.iter().cloned().collect();
    if input.is_public() && !urls.contains(&input.url) {
        urls.push(input.url.clone());
    }
    Request {
        cache_path: place(input),
        urls,
        check: content_check(input.kind),
        complete_at: None,
        sha256: Some(input.sha256.clone()),
    }
}
