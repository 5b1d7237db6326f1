//! The watch list of a study: what the question names, and what a country held by the registries'
//! statistics of the day.

use super::args;
use super::downloads::Downloads;
use super::error::{CommandError, ExitStatus};
use super::output::Printer;
use crate::fetch::Fetcher;
use crate::model::day::Day;
use crate::select::country::{self, CountryList};
use crate::select::statistics::{self, Archives, Holdings};
use crate::select::{self, SelectError, WatchItem, WatchList, text};
use crate::study::{Selection, Study};
use anyhow::{Context, anyhow};
use std::path::Path;

/// What a study watches: by the list that it brings with it, or looked up.
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

/// Where a country's resources come from.
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
        select::asked(prefixes, selection.asns.iter().copied()).collect();
    if let Some(path) = &selection.watch {
        let text = text::read(path)
            .with_context(|| format!("cannot read `{}`", path.display()))
            .map_err(CommandError::usage)?;
        items.extend(select::read_watch(&text).map_err(|e| wrong_file(e, path))?);
    }
    let mut consulted = Vec::new();
    if let (Some(country), Some(day)) = (&selection.country, day) {
        let own = own_list(country, sources.registries.countries.as_deref())?;
        let held = match selection.delegated.is_empty() {
            true => from_archives(country, day, &own, sources, printer)?,
            false => from_files(country, &selection.delegated, day)?,
        };
        print_statistics(country, &held, printer);
        print_substitutes(&held, printer);
        let lacking = &held.lacking;
        items.extend(own.apply(held.items, lacking, day, selection.doubtful));
        consulted = held.consulted;
    }
    let list = WatchList::new(items).by(consulted);
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
                return CountryList::read(&text, country).map_err(|e| wrong_file(e, &path));
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
    match country::bundled(country) {
        Some(text) => {
            let path = format!("data/countries/{country}.toml");
            CountryList::read(text, country).map_err(|e| wrong_file(e, Path::new(&path)))
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
) -> Result<Holdings, CommandError> {
    let fetcher = (sources.fetcher)()?;
    let downloads = Downloads::new(printer);
    let archives = Archives {
        fetcher: &fetcher,
        url: &sources.registries.registry_url,
        watcher: &downloads,
    };
    // Never of the day itself: what a registry did after the loss is no part of the question.
    let held = statistics::of_day(country, day.before(1), own, archives);
    downloads.finish();
    Ok(held?)
}

fn from_files(
    country: &str,
    paths: &[std::path::PathBuf],
    day: Day,
) -> Result<Holdings, CommandError> {
    let mut held = Holdings::default();
    for path in paths {
        let mut of_file = statistics::of_file(country, path).map_err(|e| wrong_file(e, path))?;
        for consulted in &mut of_file.consulted {
            if let Some(described) = consulted.describes.filter(|&described| described >= day) {
                consulted.notes.push(format!(
                    "it describes {described}, which is not before the window: take the newest file \
                     not after {}",
                    day.before(1)
                ));
            }
        }
        held.items.extend(of_file.items);
        held.consulted.extend(of_file.consulted);
    }
    Ok(held)
}

/// Says whose statistics the country's own list stands in for.
fn print_substitutes(held: &Holdings, printer: Printer) {
    let names: Vec<&str> = held.lacking.iter().map(|r| r.name()).collect();
    if !names.is_empty() {
        printer.say(format_args!(
            "warning: the country's own list replaces the missing statistics of {}",
            names.join(", ")
        ));
    }
}

/// Says what the registries had, and what is to be said about that.
fn print_statistics(country: &str, held: &Holdings, printer: Printer) {
    for consulted in &held.consulted {
        let registry = &consulted.registry;
        for note in &consulted.notes {
            let about = match &consulted.file {
                Some(file) => format!("`{file}`: "),
                None => String::new(),
            };
            printer.say(format_args!("warning: {registry}: {about}{note}"));
        }
        if let (Some(day), Some(n)) = (consulted.day, consulted.resources) {
            printer.detail(format_args!(
                "{n} resources of {country} registered with {registry} by {day}"
            ));
        }
    }
}

fn wrong_file(error: SelectError, path: &Path) -> CommandError {
    let error = CommandError::from(error).context(format!("`{}`", path.display()));
    CommandError {
        status: ExitStatus::WrongUsage,
        ..error
    }
}
