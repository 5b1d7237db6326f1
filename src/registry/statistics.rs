//! The registries' archives → the newest statistics of all five that are not after a day.
//!
//! Where an archive does not have a day, the day before is tried, up to `LOOKBACK_DAYS` back.
//! Nothing else that goes wrong leads to an older file: after a network failure that would make a
//! watch list with gaps that nobody sees.

use super::country_list::CountryList;
use super::rir::{LOOKBACK_DAYS, REGISTRY_URL, Registry, StatisticsForm, StatisticsPath};
use super::{Delegated, RegistryError, read_delegated};
use crate::disk::{self, text};
use crate::fetch::{
    Access, CachedFile, DownloadProgress, FetchOutcome, Fetcher, Request, TextCheck,
    UnavailableReason,
};
use crate::model::day::Day;
use crate::watchlist::{RegistryStatistics, StatisticsFile, WatchItem};
use std::fs::File;
use std::io::Seek;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many days after the one in its name a file may describe; some are a day ahead.
const DAYS_AHEAD: i64 = 2;

/// Where the statistics are fetched from.
#[derive(Clone, Copy)]
pub struct StatisticsSource<'a> {
    /// Fetches the files, or finds them in the cache.
    pub fetcher: &'a Fetcher,
    /// Base URL of a mirror; `REGISTRY_URL` by default.
    pub url: &'a str,
    /// Receives the downloads' progress.
    pub watcher: &'a dyn DownloadProgress,
}

/// What the registries' statistics list for a country.
#[derive(Debug, Clone, Default)]
pub struct CountryResources {
    /// Its address blocks and AS numbers.
    pub items: Vec<WatchItem>,
    /// The file that was read of each registry, or why none was.
    pub statistics: Vec<RegistryStatistics>,
    /// Registries whose statistics are unavailable.
    pub unavailable: Vec<Registry>,
}

/// What a country held by the newest statistics that are not after a day. All five registries are
/// asked at the same time.
///
/// # Errors
/// The statistics of a registry are unavailable and the country's own list does not replace them,
/// no archive reaches back so far, or the disk fails.
pub fn of_day(
    country: &str,
    newest: Day,
    list: &CountryList,
    source: StatisticsSource<'_>,
) -> Result<CountryResources, RegistryError> {
    let found = std::thread::scope(|scope| {
        let ask = |registry| scope.spawn(move || newest_of(registry, country, newest, source));
        let asked: Vec<_> = Registry::ALL.into_iter().map(ask).collect();
        asked
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect::<Result<Vec<_>, _>>()
    })?;
    if found.iter().all(|f| matches!(f, SearchResult::NotYet)) {
        return Err(RegistryError::TooEarly(newest));
    }
    let mut held = CountryResources::default();
    let mut unavailable: Vec<String> = Vec::new();
    for (registry, found) in Registry::ALL.into_iter().zip(found) {
        let mut statistics = RegistryStatistics {
            registry: registry.name().to_owned(),
            ..RegistryStatistics::default()
        };
        match found {
            SearchResult::Used(used) => {
                held.items.extend(used.delegated.items(&used.by));
                statistics = used.record();
            }
            SearchResult::NotYet => statistics.notes.push(format!(
                "its archive begins on {}, after the day that is asked for",
                registry.first_day()
            )),
            SearchResult::Unavailable(why) => {
                held.unavailable.push(registry);
                if list.needs_statistics() {
                    unavailable.push(format!("{}: {why}", registry.name()));
                }
                statistics.notes.push(format!("unavailable: {why}"));
            }
        }
        held.statistics.push(statistics);
    }
    match unavailable.is_empty() {
        true => Ok(held),
        false => Err(RegistryError::Unavailable {
            newest,
            registries: unavailable,
            offline: source.fetcher.access() == Access::Offline,
        }),
    }
}

/// What a country held by a statistics file that was given.
///
/// # Errors
/// It cannot be read, or is no such file.
pub fn of_file(country: &str, path: &Path) -> Result<CountryResources, RegistryError> {
    let mut file = text::open(path)?;
    let found = disk::hash_reader(&file)?;
    file.rewind()?;
    let delegated = read_delegated(file, country)?;
    let used = UsedFile {
        by: Arc::new(StatisticsFile {
            registry: delegated.registry.clone(),
            day: delegated.date,
            file: path.display().to_string(),
        }),
        bytes: found.bytes,
        sha256: found.sha256,
        fetched_from: None,
        notes: delegated.warnings(),
        delegated,
    };
    Ok(CountryResources {
        items: used.delegated.items(&used.by).collect(),
        statistics: vec![used.record()],
        unavailable: Vec::new(),
    })
}

/// A statistics file that was read, and what it lists.
struct UsedFile {
    by: Arc<StatisticsFile>,
    delegated: Delegated,
    bytes: u64,
    sha256: String,
    fetched_from: Option<String>,
    notes: Vec<String>,
}

impl UsedFile {
    fn record(&self) -> RegistryStatistics {
        RegistryStatistics {
            registry: self.by.registry.clone(),
            day: self.by.day,
            describes: self.delegated.date,
            file: Some(self.by.file.clone()),
            fetched_from: self.fetched_from.clone(),
            bytes: Some(self.bytes),
            sha256: Some(self.sha256.clone()),
            records: Some(self.delegated.records),
            resources: Some(self.delegated.resources.len() as u64),
            notes: self.notes.clone(),
        }
    }
}

/// How the search for a registry's statistics ended.
enum SearchResult {
    Used(Box<UsedFile>),
    /// Its archive begins later than the day.
    NotYet,
    /// The file, or every file of the last weeks, is unavailable, for this reason.
    Unavailable(String),
}

fn newest_of(
    registry: Registry,
    country: &str,
    newest: Day,
    source: StatisticsSource<'_>,
) -> Result<SearchResult, RegistryError> {
    let paths = registry.paths(newest);
    if paths.is_empty() {
        return Ok(SearchResult::NotYet);
    }
    let mut without_countries: Option<UsedFile> = None;
    for path in &paths {
        // A file without countries may be replaced only by the other form of the same day.
        if without_countries
            .as_ref()
            .is_some_and(|n| n.by.day != Some(path.day))
        {
            break;
        }
        let request = request(path, source.url);
        let fetched = match source.fetcher.fetch(&request, source.watcher)? {
            FetchOutcome::Available(fetched) => fetched,
            FetchOutcome::Unavailable(missing) => match missing.reason {
                UnavailableReason::NotFound | UnavailableReason::Offline => continue,
                reason => {
                    let url = missing.url.unwrap_or_else(|| request.urls.join(" "));
                    return Ok(SearchResult::Unavailable(format!("`{url}`: {reason}")));
                }
            },
        };
        let used = match read(path, country, fetched) {
            Ok(used) => used,
            Err(error) => {
                let why = format!("`{}`: {error}", request.urls.join(" "));
                return Ok(SearchResult::Unavailable(why));
            }
        };
        if let Some(why) = mismatch(registry, path, &used.delegated) {
            let why = format!("`{}`: {why}", request.urls.join(" "));
            return Ok(SearchResult::Unavailable(why));
        }
        if path.form == StatisticsForm::Extended && used.delegated.lacks_countries() {
            without_countries.get_or_insert(used);
            continue;
        }
        return Ok(SearchResult::Used(Box::new(with_note_on_age(
            used, newest, source,
        ))));
    }
    Ok(match without_countries {
        Some(used) => SearchResult::Used(Box::new(with_note_on_age(used, newest, source))),
        None => {
            let oldest = newest.before(LOOKBACK_DAYS).max(registry.first_day());
            let nothing = match source.fetcher.access() {
                Access::Offline => "the cache holds no file",
                Access::Online(_) => "there is no file",
            };
            SearchResult::Unavailable(format!("{nothing} from {oldest} to {newest}"))
        }
    })
}

/// Adds a note to a file that is of an older day than the newest that was allowed.
fn with_note_on_age(mut used: UsedFile, newest: Day, source: StatisticsSource<'_>) -> UsedFile {
    if let Some(day) = used.by.day.filter(|&day| day < newest) {
        let why = match source.fetcher.access() {
            Access::Offline => "the cache has no newer one, the archive may",
            Access::Online(_) => "the archive has no newer one",
        };
        used.notes.push(format!("of {day}, not {newest}: {why}"));
    }
    used
}

fn request(path: &StatisticsPath, url: &str) -> Request {
    Request {
        cache_path: PathBuf::from("registry").join(&path.path),
        urls: vec![format!("{}/{}", url.trim_end_matches('/'), path.path)],
        check: &TextCheck(is_statistics),
        // The file of a day is complete when it is published.
        complete_at: None,
        sha256: None,
    }
}

/// Whether a file begins as statistics do: comments, then `2|apnic|20141222|…`. A page of HTML
/// does not.
fn is_statistics(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start);
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    // Nothing but comments so far: the parser decides.
    first.is_none_or(|line| line.matches('|').count() >= 5) && !text.trim_start().starts_with('<')
}

fn read(
    path: &StatisticsPath,
    country: &str,
    fetched: CachedFile,
) -> Result<UsedFile, RegistryError> {
    let delegated = read_delegated(File::open(&fetched.path)?, country)?;
    Ok(UsedFile {
        by: Arc::new(StatisticsFile {
            registry: delegated.registry.clone(),
            day: Some(path.day),
            file: format!("{REGISTRY_URL}/{}", path.path),
        }),
        bytes: fetched.bytes,
        sha256: fetched.sha256,
        fetched_from: fetched.url,
        notes: delegated.warnings(),
        delegated,
    })
}

/// Why a file that can be read is not what its path says.
fn mismatch(registry: Registry, path: &StatisticsPath, delegated: &Delegated) -> Option<String> {
    if delegated.registry != registry.name() {
        return Some(format!("it is of `{}`", delegated.registry));
    }
    if delegated.records == 0 {
        return Some("it holds no record".to_owned());
    }
    let later = |date: &Day| date.days_since(path.day) > DAYS_AHEAD;
    let described = delegated.date.filter(later)?;
    Some(format!("it describes {described}, a later day"))
}
