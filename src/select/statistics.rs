//! The registries' archives → the newest statistics of all five that are not after a day.
//!
//! A day that an archive does not have is passed over for the day before, up to
//! [`LOOKBACK_DAYS`]. Anything else that goes wrong is not: an older list, or one without a
//! registry, because a network failed would be a watch list with holes that nobody sees.

use super::country::CountryList;
use super::registry::{Form, LOOKBACK_DAYS, Place, REGISTRY_URL, Registry};
use super::{Delegated, Listing, SelectError, WatchItem, read_delegated, text};
use crate::fetch::{Access, Check, FetchError, Fetched, Fetcher, Outcome, Reason, Wanted, Watcher};
use crate::model::day::Day;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Days that a file may describe beyond the one in its name; some are a day ahead.
const DAYS_AHEAD: i64 = 2;

/// Where the statistics come from.
#[derive(Clone, Copy)]
pub struct Archives<'a> {
    /// Has the files.
    pub fetcher: &'a Fetcher,
    /// The root of a mirror; [`REGISTRY_URL`] by default.
    pub url: &'a str,
    /// Hears how they come.
    pub watcher: &'a dyn Watcher,
}

/// What became of the statistics of one registry: kept in `run.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consulted {
    /// Which registry.
    pub registry: String,
    /// The day that was used, by the file's name in the archive; none where none was.
    pub day: Option<Day>,
    /// The day that the file says it describes.
    pub describes: Option<Day>,
    /// Its public URL, or its path where it was given.
    pub file: Option<String>,
    /// Where it really came from, if it was fetched.
    pub fetched_from: Option<String>,
    /// Its length as it lies.
    pub bytes: Option<u64>,
    /// Its SHA-256 as it lies, in hex.
    pub sha256: Option<String>,
    /// Records of whatever country.
    pub records: Option<u64>,
    /// Address blocks and AS numbers that it gave to the country.
    pub resources: Option<u64>,
    /// What a reader ought to know of it.
    pub notes: Vec<String>,
}

/// What a country held by the registries' archives.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// What.
    pub items: Vec<WatchItem>,
    /// By which files.
    pub consulted: Vec<Consulted>,
    /// Registries whose statistics could not be had.
    pub lacking: Vec<Registry>,
}

/// What a country held by the newest statistics that are not after a day, all five registries
/// asked at once.
///
/// # Errors
/// The statistics of a registry cannot be had and the country's list does not stand in, no archive reaches back so
/// far, or the disk fails.
pub fn of_day(
    country: &str,
    newest: Day,
    list: &CountryList,
    archives: Archives<'_>,
) -> Result<Holdings, SelectError> {
    let found = std::thread::scope(|scope| {
        let ask = |registry| scope.spawn(move || one(registry, country, newest, archives));
        let asked: Vec<_> = Registry::ALL.into_iter().map(ask).collect();
        asked
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect::<Result<Vec<_>, _>>()
    })?;
    if found.iter().all(|f| matches!(f, Found::NotYet)) {
        return Err(SelectError::TooEarly(newest));
    }
    let mut holdings = Holdings::default();
    let mut lacking: Vec<String> = Vec::new();
    for (registry, found) in Registry::ALL.into_iter().zip(found) {
        let mut consulted = Consulted {
            registry: registry.name().to_owned(),
            ..Consulted::default()
        };
        match found {
            Found::Used(used) => {
                holdings.items.extend(used.delegated.items(&used.by));
                consulted = used.consulted();
            }
            Found::NotYet => consulted.notes.push(format!(
                "its archive begins on {}, after the day that is asked for",
                registry.first_day()
            )),
            Found::Lacking(why) => {
                holdings.lacking.push(registry);
                if list.needs_statistics() {
                    lacking.push(format!("{}: {why}", registry.name()));
                }
                consulted.notes.push(format!("could not be had: {why}"));
            }
        }
        holdings.consulted.push(consulted);
    }
    match lacking.is_empty() {
        true => Ok(holdings),
        false => Err(SelectError::Lacking {
            newest,
            registries: lacking,
            offline: archives.fetcher.access() == Access::Offline,
        }),
    }
}

/// What a country held by a statistics file that was given.
///
/// # Errors
/// It cannot be read, or is no such file.
pub fn of_file(country: &str, path: &Path) -> Result<Holdings, SelectError> {
    let mut file = text::open(path)?;
    let mut hash = Sha256::new();
    let bytes = io::copy(&mut file, &mut hash)?;
    file.rewind()?;
    let delegated = read_delegated(file, country)?;
    let used = Used {
        by: Arc::new(Listing {
            registry: delegated.registry.clone(),
            day: delegated.date,
            file: path.display().to_string(),
        }),
        bytes,
        sha256: format!("{:x}", hash.finalize()),
        fetched_from: None,
        notes: delegated.doubts(),
        delegated,
    };
    Ok(Holdings {
        items: used.delegated.items(&used.by).collect(),
        consulted: vec![used.consulted()],
        lacking: Vec::new(),
    })
}

/// A file that was read.
struct Used {
    by: Arc<Listing>,
    delegated: Delegated,
    bytes: u64,
    sha256: String,
    fetched_from: Option<String>,
    notes: Vec<String>,
}

impl Used {
    fn consulted(&self) -> Consulted {
        Consulted {
            registry: self.by.registry.clone(),
            day: self.by.day,
            describes: self.delegated.date,
            file: Some(self.by.file.clone()),
            fetched_from: self.fetched_from.clone(),
            bytes: Some(self.bytes),
            sha256: Some(self.sha256.clone()),
            records: Some(self.delegated.records),
            resources: Some(self.delegated.given.len() as u64),
            notes: self.notes.clone(),
        }
    }
}

/// What became of a registry.
enum Found {
    Used(Box<Used>),
    /// Its archive begins later.
    NotYet,
    /// What its archive must have cannot be had.
    Lacking(String),
}

fn one(
    registry: Registry,
    country: &str,
    newest: Day,
    archives: Archives<'_>,
) -> Result<Found, SelectError> {
    let places = registry.places(newest);
    if places.is_empty() {
        return Ok(Found::NotYet);
    }
    let mut nameless: Option<Used> = None;
    for place in &places {
        // The other form of the same day is all that may take the place of a nameless file.
        if nameless
            .as_ref()
            .is_some_and(|n| n.by.day != Some(place.day))
        {
            break;
        }
        let wanted = wanted(place, archives.url);
        let fetched = match archives.fetcher.one(&wanted, archives.watcher)? {
            Outcome::Have(fetched) => fetched,
            Outcome::Missing(missing) => match missing.reason {
                Reason::NotFound | Reason::Offline => continue,
                reason => {
                    let url = missing.url.unwrap_or_else(|| wanted.urls.join(" "));
                    return Ok(Found::Lacking(format!("`{url}`: {reason}")));
                }
            },
        };
        let used = match read(place, country, fetched) {
            Ok(used) => used,
            Err(error) => {
                let why = format!("`{}`: {error}", wanted.urls.join(" "));
                return Ok(Found::Lacking(why));
            }
        };
        if let Some(why) = unfit(registry, place, &used.delegated) {
            let why = format!("`{}`: {why}", wanted.urls.join(" "));
            return Ok(Found::Lacking(why));
        }
        if place.form == Form::Extended && used.delegated.is_nameless() {
            nameless.get_or_insert(used);
            continue;
        }
        return Ok(Found::Used(Box::new(passed_over(used, newest, archives))));
    }
    Ok(match nameless {
        Some(used) => Found::Used(Box::new(passed_over(used, newest, archives))),
        None => {
            let oldest = newest.before(LOOKBACK_DAYS).max(registry.first_day());
            let nothing = match archives.fetcher.access() {
                Access::Offline => "the cache holds no file",
                Access::Online(_) => "there is no file",
            };
            Found::Lacking(format!("{nothing} from {oldest} to {newest}"))
        }
    })
}

/// A used file, with a note where an older day had to do.
fn passed_over(mut used: Used, newest: Day, archives: Archives<'_>) -> Used {
    if let Some(day) = used.by.day.filter(|&day| day < newest) {
        let why = match archives.fetcher.access() {
            Access::Offline => "the cache has no newer one, the archive may",
            Access::Online(_) => "the archive has no newer one",
        };
        used.notes.push(format!("of {day}, not {newest}: {why}"));
    }
    used
}

fn wanted(place: &Place, url: &str) -> Wanted {
    Wanted {
        place: PathBuf::from("registry").join(&place.path),
        urls: vec![format!("{}/{}", url.trim_end_matches('/'), place.path)],
        check: Check::Text(looks_right),
        // A day's file is published when it is whole.
        complete_at: None,
        sha256: None,
    }
}

/// Whether a file begins as statistics do: comments, then `2|apnic|20141222|…`. A page of HTML
/// does not.
fn looks_right(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start);
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    // So many comments that nothing else is in sight: the reader will tell.
    first.is_none_or(|line| line.matches('|').count() >= 5) && !text.trim_start().starts_with('<')
}

fn read(place: &Place, country: &str, fetched: Fetched) -> Result<Used, SelectError> {
    let delegated = read_delegated(File::open(&fetched.path)?, country)?;
    Ok(Used {
        by: Arc::new(Listing {
            registry: delegated.registry.clone(),
            day: Some(place.day),
            file: format!("{REGISTRY_URL}/{}", place.path),
        }),
        bytes: fetched.bytes,
        sha256: fetched.sha256,
        fetched_from: fetched.url,
        notes: delegated.doubts(),
        delegated,
    })
}

/// Why a file that can be read is not the one that its place and name promise.
fn unfit(registry: Registry, place: &Place, delegated: &Delegated) -> Option<String> {
    if delegated.registry != registry.name() {
        return Some(format!("it is of `{}`", delegated.registry));
    }
    if delegated.records == 0 {
        return Some("it holds no record".to_owned());
    }
    let later = |date: &Day| date.days_since(place.day) > DAYS_AHEAD;
    let described = delegated.date.filter(later)?;
    Some(format!("it describes {described}, a later day"))
}

impl From<FetchError> for SelectError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}
