//! A question → its watch list: the prefixes and ASNs that it names, those of a watch file, and what
//! a country held on the day before the window.

use super::RegistryError;
use super::country_list::{self, CountryList};
use super::rir::{REGISTRY_URL, Registry};
use super::statistics::{self, CountryResources, StatisticsSource};
use crate::disk::text;
use crate::fetch::cache::Cache;
use crate::fetch::{Access, DownloadProgress, FetchError, Fetcher, HttpOptions, NoProgress};
use crate::model::day::Day;
use crate::study::{Selection, Study};
use crate::watchlist::{self, WatchFileError, WatchItem, WatchList};
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// Where a country's resources are looked up. The default is the RIPE NCC's collection of all
/// registries' statistics, through the user's cache, and the bundled country lists.
#[derive(Clone, Copy)]
pub struct RegistrySource<'a> {
    /// A folder of country lists, `CC.toml`, that take precedence over the bundled ones.
    pub country_lists: Option<&'a Path>,
    /// Base URL of the registries' statistics.
    pub url: &'a str,
    /// Makes the fetcher, where a country's statistics must be fetched.
    pub fetcher: &'a dyn Fn() -> Result<Fetcher, FetchError>,
    /// Follows the downloads.
    pub downloads: &'a dyn DownloadProgress,
}

impl Default for RegistrySource<'_> {
    fn default() -> Self {
        Self {
            country_lists: None,
            url: REGISTRY_URL,
            fetcher: &online,
            downloads: &NoProgress,
        }
    }
}

fn online() -> Result<Fetcher, FetchError> {
    Fetcher::new(Cache::of_user()?, Access::Online(HttpOptions::default()))
}

/// A watch list, with how it came about.
#[derive(Debug, Clone)]
pub struct ResolvedWatchList {
    /// The watch list.
    pub list: WatchList,
    /// The registries whose statistics are unavailable and replaced by the country's own list.
    pub replaced: Vec<Registry>,
}

/// Why a question has no watch list.
#[derive(Debug, thiserror::Error)]
pub enum WatchListError {
    /// The watch list that a study brings along cannot be read.
    #[error("the watch list `{path}`")]
    Saved {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A watch file cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A watch file has a wrong line.
    #[error("`{path}`")]
    WatchFile {
        /// Its path.
        path: PathBuf,
        /// The line.
        source: WatchFileError,
    },
    /// The folder of country lists cannot be read.
    #[error("cannot read `{path}`: {source}")]
    CountryLists {
        /// The path of the country's list in it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of statistics, or a country's own list, cannot be used.
    #[error("`{path}`")]
    File {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        source: RegistryError,
    },
    /// The registries' statistics are not available.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Nothing is watched.
    #[error("the watch list is empty")]
    Empty {
        /// The statistics were given as files.
        has_files: bool,
    },
}

/// The watch list of a study: the one that it brings along, or what its question asks for.
///
/// # Errors
/// A file cannot be read, the registries' statistics are not available, or nothing is watched.
pub(crate) fn of_study(
    study: &Study,
    source: &RegistrySource<'_>,
) -> Result<ResolvedWatchList, WatchListError> {
    match &study.watch_list {
        Some(path) => saved(path),
        None => {
            let day = Day::of(study.window.from);
            of_selection(&study.selection, Some(day), source)
        }
    }
}

fn saved(path: &Path) -> Result<ResolvedWatchList, WatchListError> {
    let failed = |source: Box<dyn Error + Send + Sync>| WatchListError::Saved {
        path: path.to_owned(),
        source,
    };
    let text = text::read(path).map_err(|e| failed(e.into()))?;
    let list = WatchList::from_json(&text).map_err(|e| failed(e.into()))?;
    Ok(ResolvedWatchList {
        list,
        replaced: Vec::new(),
    })
}

/// The watch list that a question asks for, with a window that begins on `day`. Without a day a
/// country is left out.
///
/// # Errors
/// As [`of_study`].
pub(crate) fn of_selection(
    selection: &Selection,
    day: Option<Day>,
    source: &RegistrySource<'_>,
) -> Result<ResolvedWatchList, WatchListError> {
    let prefixes = selection.prefixes.iter().copied();
    let named = watchlist::asked(prefixes, selection.asns.iter().copied());
    let mut items: Vec<WatchItem> = named.collect();
    if let Some(path) = &selection.watch {
        items.extend(watch_file(path)?);
    }
    let (mut statistics, mut replaced) = (Vec::new(), Vec::new());
    if let (Some(country), Some(day)) = (&selection.country, day) {
        let own = own_list(country, source.country_lists)?;
        let held = match selection.delegated.is_empty() {
            true => from_archives(country, day, &own, source)?,
            false => from_files(country, &selection.delegated, day)?,
        };
        let optional = selection.optional_space;
        items.extend(own.apply(held.items, &held.unavailable, day, optional));
        (statistics, replaced) = (held.statistics, held.unavailable);
    }
    let list = WatchList::new(items).with_statistics(statistics);
    if list.items().is_empty() {
        let has_files = !selection.delegated.is_empty();
        return Err(WatchListError::Empty { has_files });
    }
    Ok(ResolvedWatchList { list, replaced })
}

fn watch_file(path: &Path) -> Result<Vec<WatchItem>, WatchListError> {
    let text = text::read(path).map_err(|source| WatchListError::Read {
        path: path.to_owned(),
        source,
    })?;
    watchlist::parse_watch_file(&text).map_err(|source| WatchListError::WatchFile {
        path: path.to_owned(),
        source,
    })
}

/// The country's own list: from the folder that is named, or else the bundled one, if there is one.
fn own_list(country: &str, folder: Option<&Path>) -> Result<CountryList, WatchListError> {
    if let Some(folder) = folder {
        let path = folder.join(format!("{country}.toml"));
        match text::read(&path) {
            Ok(text) => {
                return CountryList::parse(&text, country).map_err(|e| wrong_file(e, &path));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && folder.is_dir() => {}
            Err(source) => return Err(WatchListError::CountryLists { path, source }),
        }
    }
    match country_list::bundled(country) {
        Some(text) => {
            let path = format!("data/countries/{country}.toml");
            CountryList::parse(text, country).map_err(|e| wrong_file(e, Path::new(&path)))
        }
        None => Ok(CountryList::default()),
    }
}

fn from_archives(
    country: &str,
    day: Day,
    own: &CountryList,
    source: &RegistrySource<'_>,
) -> Result<CountryResources, WatchListError> {
    let fetcher = (source.fetcher)().map_err(RegistryError::from)?;
    let statistics_source = StatisticsSource {
        fetcher: &fetcher,
        url: source.url,
        watcher: source.downloads,
    };
    // The day before: what a registry changed after the loss began is no part of the question.
    let held = statistics::of_day(country, day.before(1), own, statistics_source)?;
    Ok(held)
}

fn from_files(
    country: &str,
    paths: &[PathBuf],
    day: Day,
) -> Result<CountryResources, WatchListError> {
    let mut held = CountryResources::default();
    for path in paths {
        let mut of_file = statistics::of_file(country, path).map_err(|e| wrong_file(e, path))?;
        for of_registry in &mut of_file.statistics {
            if let Some(described) = of_registry.describes.filter(|&described| described >= day) {
                of_registry.notes.push(format!(
                    "it describes {described}, which is not before the window: take the newest file \
                     not after {}",
                    day.before(1)
                ));
            }
        }
        held.items.extend(of_file.items);
        held.statistics.extend(of_file.statistics);
    }
    Ok(held)
}

fn wrong_file(source: RegistryError, path: &Path) -> WatchListError {
    WatchListError::File {
        path: path.to_owned(),
        source,
    }
}
