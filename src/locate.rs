//! Window + collectors → what to read, and what is missing.
//!
//! The archives' own naming: RIS `rrc00/2014.12/{bview,updates}.20141222.1600.gz`, RouteViews
//! `NAME/bgpdata/2014.12/{RIBS/rib,UPDATES/updates}.20141222.1600.bz2`; route-views2 lies under
//! both `bgpdata/` and `route-views2/bgpdata/`, which are one archive.

use crate::decode;
use crate::model::archive::{ArchiveFile, FileKind, Hole};
use crate::model::peer::{Collector, Project};
use crate::model::time::{Timestamp, Window};
use chrono::{DateTime, Datelike};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Where the RIS archive is published.
pub const RIS_URL: &str = "https://data.ris.ripe.net";
/// Where the RouteViews archive is published.
pub const ROUTEVIEWS_URL: &str = "https://archive.routeviews.org";

/// Everything of a collector that may be needed, sorted by start.
#[derive(Debug, Clone)]
pub struct Holdings {
    /// Whose.
    pub collector: Collector,
    /// RIBs from the look-back before the window up to the window's end.
    pub ribs: Vec<ArchiveFile>,
    /// Update files over the same time, and the one before.
    pub updates: Vec<ArchiveFile>,
}

/// Where the files of a run come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A folder laid out as the public archives.
    Mirror(PathBuf),
    /// A folder that `dropline encode` wrote: its files have no public URL.
    Encoded(PathBuf),
    /// Loose files of one collector.
    Files(Vec<PathBuf>),
}

/// Why nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The folder or file cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder has nothing of a collector.
    #[error("`{dir}` holds no files of collector `{collector}`")]
    NoCollector {
        /// The folder.
        dir: PathBuf,
        /// The collector.
        collector: Collector,
        /// What it holds.
        found: Vec<Collector>,
    },
    /// The folder has nothing of any collector.
    #[error("`{0}` holds no archive")]
    NoArchive(PathBuf),
    /// A loose file has no time in its name and no record to tell it.
    #[error("`{0}` has no time in its name and no record that can be read")]
    NoTime(PathBuf),
}

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
            let is_one = match collector.project() {
                Project::Ris => entry.is_dir(),
                Project::RouteViews => entry.join("bgpdata").is_dir(),
            };
            found.extend(is_one.then_some(collector));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// What a source holds of a collector for a window, with RIBs up to `lookback` microseconds
/// before it.
///
/// # Errors
/// The source cannot be read, or has nothing of the collector.
pub fn holdings(
    source: &Source,
    collector: &Collector,
    window: Window,
    lookback: i64,
) -> Result<Holdings, LocateError> {
    let earliest = Timestamp(window.from.0.saturating_sub(lookback));
    let mut files = match source {
        Source::Mirror(dir) => mirror(dir, collector, earliest, window, true)?,
        Source::Encoded(dir) => mirror(dir, collector, earliest, window, false)?,
        Source::Files(paths) => loose(paths, collector)?,
    };
    files.sort_by(|a, b| (a.start, a.kind, &a.url).cmp(&(b.start, b.kind, &b.url)));
    let (mut ribs, mut updates): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|f| f.kind == FileKind::Rib);
    ribs.retain(|f| f.start >= earliest && f.start < window.to || f.start == window.from);
    updates.retain(|f| f.start < window.to);
    Ok(Holdings {
        collector: collector.clone(),
        ribs,
        updates,
    })
}

/// The update files to replay from `start`: those that reach beyond it, and the one before, whose
/// last records can carry `start` itself. Files come sorted by start.
pub fn from_start(updates: &[ArchiveFile], start: Timestamp) -> Vec<ArchiveFile> {
    let reaches = |f: &&ArchiveFile| f.end.0 + (f.end.0 - f.start.0) > start.0;
    updates.iter().filter(reaches).cloned().collect()
}

/// The holes in a collector's updates from `start` to the window's end.
///
/// Between files, and after the start, a pause of up to a third of the step is none: collectors
/// pause to dump their RIB without losing anything. At the window's end there is no tolerance.
pub fn holes(
    collector: &Collector,
    updates: &[ArchiveFile],
    start: Timestamp,
    end: Timestamp,
) -> Vec<Hole> {
    let mut found = Vec::new();
    let mut covered = start;
    let mut push = |from: Timestamp, to: Timestamp| {
        found.push(Hole {
            collector: collector.clone(),
            from,
            to,
            expected: expected(collector, from, to),
        });
    };
    for file in updates.iter().filter(|f| f.end > start && f.start < end) {
        if file.start.0 - covered.0 > collector.step(covered) / 3 {
            push(covered, file.start);
        }
        covered = covered.max(file.end);
    }
    if covered < end {
        push(covered, end);
    }
    found
}

/// The update files that the pattern leads to expect in a hole.
fn expected(collector: &Collector, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, String)> {
    let step = collector.step(from);
    let first = from.0.div_euclid(step) * step;
    let starts = (0..).map(|i| Timestamp(first + i * step));
    let inside = starts
        .take_while(|&s| s < to)
        .filter(|s| s.0 + step > from.0);
    // A mistyped window of decades shall not list every quarter of an hour.
    inside
        .take(10_000)
        .map(|start| (start, url(collector, FileKind::Updates, start)))
        .collect()
}

/// Public URL of a file by the archives' own pattern.
pub fn url(collector: &Collector, kind: FileKind, start: Timestamp) -> String {
    let (month, stamp) = (start.month(), start.stamp());
    match collector.project() {
        Project::Ris => {
            let stem = match kind {
                FileKind::Rib => "bview",
                FileKind::Updates => "updates",
            };
            format!("{RIS_URL}/{collector}/{month}/{stem}.{stamp}.gz")
        }
        Project::RouteViews => {
            let root = match collector.name() {
                "route-views2" => "bgpdata".to_owned(),
                name => format!("{name}/bgpdata"),
            };
            let (folder, stem) = match kind {
                FileKind::Rib => ("RIBS", "rib"),
                FileKind::Updates => ("UPDATES", "updates"),
            };
            format!("{ROUTEVIEWS_URL}/{root}/{month}/{folder}/{stem}.{stamp}.bz2")
        }
    }
}

fn mirror(
    dir: &Path,
    collector: &Collector,
    earliest: Timestamp,
    window: Window,
    public: bool,
) -> Result<Vec<ArchiveFile>, LocateError> {
    let roots: Vec<PathBuf> = match (collector.project(), collector.name()) {
        (Project::Ris, name) => vec![dir.join(name)],
        (_, "route-views2") => vec![dir.join("route-views2/bgpdata"), dir.join("bgpdata")],
        (_, name) => vec![dir.join(name).join("bgpdata")],
    };
    let roots: Vec<PathBuf> = roots.into_iter().filter(|r| r.is_dir()).collect();
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
            let folders = match collector.project() {
                Project::Ris => vec![folder],
                Project::RouteViews => vec![folder.join("RIBS"), folder.join("UPDATES")],
            };
            for folder in folders.iter().filter(|f| f.is_dir()) {
                for path in list(folder)? {
                    let Some((kind, start)) = named(&path) else {
                        continue;
                    };
                    let url = if public {
                        url(collector, kind, start)
                    } else {
                        relative(&path, dir)
                    };
                    let file = archive_file(collector, kind, start, url, path);
                    files.entry((kind, start)).or_insert(file);
                }
            }
        }
    }
    Ok(files.into_values().collect())
}

fn loose(paths: &[PathBuf], collector: &Collector) -> Result<Vec<ArchiveFile>, LocateError> {
    let mut files = Vec::new();
    for path in paths {
        let (kind, start) = match named(path) {
            Some(named) => named,
            None => {
                let first = decode::first_record(path).map_err(|e| io_error(path, e))?;
                let (time, kind) = first.ok_or_else(|| LocateError::NoTime(path.clone()))?;
                (kind, time)
            }
        };
        if !path.is_file() {
            let missing = io::Error::from(io::ErrorKind::NotFound);
            return Err(io_error(path, missing));
        }
        let url = path.display().to_string();
        files.push(archive_file(collector, kind, start, url, path.clone()));
    }
    Ok(files)
}

fn archive_file(
    collector: &Collector,
    kind: FileKind,
    start: Timestamp,
    url: String,
    path: PathBuf,
) -> ArchiveFile {
    ArchiveFile {
        collector: collector.clone(),
        kind,
        start,
        end: Timestamp(start.0 + collector.step(start)),
        url,
        path,
    }
}

/// Kind and start of a file by its name.
fn named(path: &Path) -> Option<(FileKind, Timestamp)> {
    let name = path.file_name()?.to_str()?;
    let name = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".bz2"))
        .unwrap_or(name);
    let (stem, stamp) = name.split_once('.')?;
    let kind = match stem {
        "bview" | "rib" => FileKind::Rib,
        "updates" => FileKind::Updates,
        _ => return None,
    };
    Some((kind, Timestamp::parse_stamp(stamp)?))
}

/// The months' folders from one instant to another.
fn months(from: Timestamp, to: Timestamp) -> Vec<String> {
    let month = |t: Timestamp| {
        let date = DateTime::from_timestamp_micros(t.0).unwrap_or_default();
        date.year() * 12 + date.month0() as i32
    };
    // The file before the start may lie in the month before.
    let (first, last) = (
        month(Timestamp(from.0 - crate::model::time::MINUTE * 60)),
        month(to),
    );
    (first..=last)
        .map(|m| format!("{:04}.{:02}", m.div_euclid(12), m.rem_euclid(12) + 1))
        .collect()
}

fn relative(path: &Path, dir: &Path) -> String {
    let parts = path.strip_prefix(dir).unwrap_or(path).iter();
    let parts: Vec<_> = parts.map(|p| p.to_string_lossy()).collect();
    parts.join("/")
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, LocateError> {
    let entries = std::fs::read_dir(dir).map_err(|e| io_error(dir, e))?;
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
