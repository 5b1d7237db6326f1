//! The watch list of a study: what the question names, and what a country held by the registries'
//! statistics of the day.

use super::args;
use super::downloads::Downloads;
use super::error::{CommandError, ExitStatus};
use super::output::Printer;
use crate::disk::text;
use crate::fetch::Fetcher;
use crate::model::day::Day;
use crate::registry::country_list::{self, CountryList};
use crate::registry::statistics::{self, CountryResources, StatisticsSource};
use crate::study::{Selection, Study};
use crate::watchlist::{self, WatchItem, WatchList};
use anyhow::{Context, anyhow};
use std::path::Path;

/// The watch list of a study: the one that its incident file names, or looked up.
pub fn of_study(
    study: &Study,
    args: &args::RunArgs,
    printer: Printer,
) -> Result<WatchList, CommandError> {
    if let Some(path) = &study.watch_list {
        return kept_list(path);
    }
    let sources = RegistrySources {
        registries: &args.registries,
        fetcher: &|| super::network::fetcher(&args.network),
    };
    let day = Day::of(study.window.from);
    list(&study.selection, Some(day), &sources, printer)
}

fn kept_list(path: &Path) -> Result<WatchList, CommandError> {
    let failed = |e: anyhow::Error| {
        let context = format!("the watch list `{}`", path.display());
        CommandError::failed(e.context(context))
            .hint("cut the slice again, or remove `watch_list` from its incident file")
    };
    let text = text::read(path).map_err(|e| failed(e.into()))?;
    WatchList::from_json(&text).map_err(|e| failed(e.into()))
}

/// Where the registries' statistics come from.
pub struct RegistrySources<'a> {
    pub registries: &'a args::RegistryArgs,
    /// Makes a fetcher, when one is needed.
    pub fetcher: &'a dyn Fn() -> Result<Fetcher, CommandError>,
}

/// The watch list for a window that begins on a day.
pub fn list(
    selection: &Selection,
    day: Option<Day>,
    sources: &RegistrySources<'_>,
    printer: Printer,
) -> Result<WatchList, CommandError> {
    let prefixes = selection.prefixes.iter().copied();
    let mut items: Vec<WatchItem> =
        watchlist::asked(prefixes, selection.asns.iter().copied()).collect();
    if let Some(path) = &selection.watch {
        let text = text::read(path)
            .with_context(|| format!("cannot read `{}`", path.display()))
            .map_err(CommandError::usage)?;
        items.extend(watchlist::parse_watch_file(&text).map_err(|e| wrong_file(e, path))?);
    }
    let mut statistics = Vec::new();
    if let (Some(country), Some(day)) = (&selection.country, day) {
        let own = own_list(country, sources.registries.countries.as_deref())?;
        let held = match selection.delegated.is_empty() {
            true => from_archives(country, day, &own, sources, printer)?,
            false => from_files(country, &selection.delegated, day)?,
        };
        print_statistics(country, &held, printer);
        print_substitutes(&held, printer);
        let unavailable = &held.unavailable;
        items.extend(own.apply(held.items, unavailable, day, selection.optional_space));
        statistics = held.statistics;
    }
    let list = WatchList::new(items).with_statistics(statistics);
    if list.items().is_empty() {
        let error = anyhow!("the watch list is empty");
        let hint = match selection.delegated.is_empty() {
            true => "check the country code: no registry had assigned it anything by then",
            false => {
                "check the country code, and that the file comes from the registry that serves it"
            }
        };
        return Err(CommandError::usage(error).hint(hint));
    }
    Ok(list)
}

/// The country's own list: of the folder that is named, or else the bundled one, if there is one.
fn own_list(country: &str, folder: Option<&Path>) -> Result<CountryList, CommandError> {
    if let Some(folder) = folder {
        let path = folder.join(format!("{country}.toml"));
        match text::read(&path) {
            Ok(text) => {
                return CountryList::parse(&text, country).map_err(|e| wrong_file(e, &path));
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => {}
            Err(e) => {
                let error = anyhow!("cannot read `{}`: {e}", path.display());
                return Err(
                    CommandError::usage(error).hint("name a folder that holds `CC.toml` files")
                );
            }
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
    sources: &RegistrySources<'_>,
    printer: Printer,
) -> Result<CountryResources, CommandError> {
    let fetcher = (sources.fetcher)()?;
    let downloads = Downloads::new(printer);
    let source = StatisticsSource {
        fetcher: &fetcher,
        url: &sources.registries.registry_url,
        watcher: &downloads,
    };
    // Never of the day itself: what a registry did after the loss is no part of the question.
    let held = statistics::of_day(country, day.before(1), own, source);
    downloads.finish();
    Ok(held?)
}

fn from_files(
    country: &str,
    paths: &[std::path::PathBuf],
    day: Day,
) -> Result<CountryResources, CommandError> {
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

/// Names the registries whose statistics the country's own list replaces.
fn print_substitutes(held: &CountryResources, printer: Printer) {
    let names: Vec<&str> = held.unavailable.iter().map(|r| r.name()).collect();
    if !names.is_empty() {
        printer.say(format_args!(
            "warning: the country's own list replaces the missing statistics of {}",
            names.join(", ")
        ));
    }
}

/// Prints the warnings about the statistics, and how much each registry lists.
fn print_statistics(country: &str, held: &CountryResources, printer: Printer) {
    for of_registry in &held.statistics {
        let registry = &of_registry.registry;
        for note in &of_registry.notes {
            let about = match &of_registry.file {
                Some(file) => format!("`{file}`: "),
                None => String::new(),
            };
            printer.say(format_args!("warning: {registry}: {about}{note}"));
        }
        if let (Some(day), Some(n)) = (of_registry.day, of_registry.resources) {
            printer.detail(format_args!(
                "{n} resources of {country} registered with {registry} by {day}"
            ));
        }
    }
}

fn wrong_file<E>(error: E, path: &Path) -> CommandError
where
    CommandError: From<E>,
{
    let error = CommandError::from(error).context(format!("`{}`", path.display()));
    CommandError {
        status: ExitStatus::WrongUsage,
        ..error
    }
}
