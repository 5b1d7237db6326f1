//! What a local folder holds: laid out as the public archives, or loose files.

use super::patterns::{self, named};
use super::{LocalSource, LocateError, LooseFiles};
use crate::fetch::cache::UNAVAILABLE_SUFFIX;
use crate::model::archive::{ArchiveFile, FileKind, Url};
use crate::model::peer::{Collector, Project};
use crate::model::time::{MINUTE, Timestamp, Window};
use chrono::{DateTime, Datelike};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The collectors that a mirror holds, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn collectors(dir: &Path) -> Result<Vec<Collector>, LocateError> {
    let mut found = Vec::new();
    for entry in list(dir)? {
        let Some(name) = entry.file_name().and_then(|n| n.to_str()) else {
            continue;
        };
        if name == "bgpdata" {
            found.extend(Collector::new("route-views2").ok());
        } else if let Ok(collector) = Collector::new(name) {
            let folder = match collector.project() {
                Project::Ris => entry,
                Project::RouteViews => entry.join("bgpdata"),
            };
            found.extend(is_folder(&folder)?.then_some(collector));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The files of a collector from an instant to the window's end, and one before.
pub(super) fn files(
    source: &LocalSource,
    collector: &Collector,
    earliest: Timestamp,
    window: Window,
) -> Result<Vec<ArchiveFile>, LocateError> {
    match source {
        LocalSource::Mirror(dir) => mirror(dir, collector, earliest, window, true, named),
        LocalSource::Encoded(dir) => mirror(dir, collector, earliest, window, false, named),
        LocalSource::Files(files) => loose(files, collector),
    }
}

/// The files that are marked as unavailable in a cache.
pub(super) fn unavailable(
    root: &Path,
    collector: &Collector,
    earliest: Timestamp,
    window: Window,
) -> Result<Vec<ArchiveFile>, LocateError> {
    let marked = |path: &Path| {
        let is_mark = path
            .extension()
            .is_some_and(|end| end == UNAVAILABLE_SUFFIX);
        named(&path.with_extension("")).filter(|_| is_mark)
    };
    let mut files = mirror(root, collector, earliest, window, true, marked)?;
    for file in &mut files {
        file.path = file.path.with_extension("").into();
    }
    files.retain(|file| !file.path.exists());
    Ok(files)
}

fn mirror(
    dir: &Path,
    collector: &Collector,
    earliest: Timestamp,
    window: Window,
    public: bool,
    named: fn(&Path) -> Option<(FileKind, Timestamp)>,
) -> Result<Vec<ArchiveFile>, LocateError> {
    let roots = patterns::roots(collector).into_iter();
    let roots = folders(roots.map(|root| dir.join(root)))?;
    if roots.is_empty() {
        let found = collectors(dir)?;
        let (dir, collector) = (dir.to_owned(), collector.clone());
        return Err(match found.is_empty() {
            true => LocateError::NoArchive(dir),
            false => LocateError::NoCollector {
                dir,
                collector,
                found,
            },
        });
    }
    // By kind and start: the same file under both roots is one file.
    let mut files: BTreeMap<(FileKind, Timestamp), ArchiveFile> = BTreeMap::new();
    for root in &roots {
        for month in months(earliest, window.to) {
            let folder = root.join(month);
            let places = match collector.project() {
                Project::Ris => vec![folder],
                Project::RouteViews => vec![folder.join("RIBS"), folder.join("UPDATES")],
            };
            for folder in folders(places)? {
                for path in list(&folder)? {
                    let Some((kind, start)) = named(&path) else {
                        continue;
                    };
                    let url = if public {
                        Url::Published
                    } else {
                        Url::Path(relative(&path, dir).into())
                    };
                    let file = archive_file(collector, kind, start, url, path);
                    files.entry((kind, start)).or_insert(file);
                }
            }
        }
    }
    Ok(files.into_values().collect())
}

fn loose(files: &LooseFiles, collector: &Collector) -> Result<Vec<ArchiveFile>, LocateError> {
    let mut found = Vec::new();
    for path in &files.paths {
        let (kind, start) = match named(path) {
            Some(named) => named,
            None => {
                let first = (files.first_record)(path).map_err(|e| io_error(path, e))?;
                let (time, kind) = first.ok_or_else(|| LocateError::NoTime(path.clone()))?;
                // Archives name a file by the minute.
                (kind, time.minute())
            }
        };
        let there = fs::metadata(path).map_err(|e| io_error(path, e))?;
        if !there.is_file() {
            let missing = io::Error::from(ErrorKind::NotFound);
            return Err(io_error(path, missing));
        }
        let url = Url::Path(path.display().to_string().into());
        found.push(archive_file(collector, kind, start, url, path.clone()));
    }
    Ok(found)
}

fn archive_file(
    collector: &Collector,
    kind: FileKind,
    start: Timestamp,
    url: Url,
    path: PathBuf,
) -> ArchiveFile {
    ArchiveFile {
        collector: collector.clone(),
        kind,
        start,
        end: Timestamp(start.0 + collector.step(start)),
        url,
        path: path.into(),
        fetched_from: None,
    }
}

/// The months' folders from one instant to another.
fn months(from: Timestamp, to: Timestamp) -> Vec<String> {
    let month = |t: Timestamp| {
        let date = DateTime::from_timestamp_micros(t.0).unwrap_or_default();
        date.year() * 12 + date.month0() as i32
    };
    // The file before the start may lie in the month before.
    let (first, last) = (month(Timestamp(from.0 - MINUTE * 60)), month(to));
    (first..=last)
        .map(|m| format!("{:04}.{:02}", m.div_euclid(12), m.rem_euclid(12) + 1))
        .collect()
}

fn relative(path: &Path, dir: &Path) -> String {
    let parts = path.strip_prefix(dir).unwrap_or(path).iter();
    let parts: Vec<_> = parts.map(|p| p.to_string_lossy()).collect();
    parts.join("/")
}

/// Those that are folders.
fn folders(paths: impl IntoIterator<Item = PathBuf>) -> Result<Vec<PathBuf>, LocateError> {
    let mut found = Vec::new();
    for path in paths {
        if is_folder(&path)? {
            found.push(path);
        }
    }
    Ok(found)
}

/// Whether a folder is there. One that cannot be looked at is not one that is not there: its files
/// would be taken for missing.
fn is_folder(path: &Path) -> Result<bool, LocateError> {
    match fs::metadata(path) {
        Ok(there) => Ok(there.is_dir()),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(e) => Err(io_error(path, e)),
    }
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, LocateError> {
    let entries = fs::read_dir(dir).map_err(|e| io_error(dir, e))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|e| io_error(dir, e))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn io_error(path: &Path, source: io::Error) -> LocateError {
    LocateError::Io {
        path: path.to_owned(),
        source,
    }
}
