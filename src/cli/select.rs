//! `dropline select`, and the watch list of every other command.

use super::downloads::Downloads;
use super::{Failure, Outcome, Printer, args, data, network, question};
use anyhow::{Context, anyhow};
use dropline::fetch::Fetcher;
use dropline::model::day::Day;
use dropline::select::country::{self, CountryList};
use dropline::select::statistics::{self, Archives, Holdings};
use dropline::select::{self, SelectError, WatchItem, WatchList, text};
use dropline::study::{Selection, Study};
use dropline::write::watch_list;
use std::path::Path;

pub fn select(args: &args::Select, printer: Printer) -> Result<Outcome, Failure> {
    let kept = args.incident.as_deref().map(question::kept).transpose()?;
    let (selection, day) = match &kept {
        Some((study, _)) => (
            question::selection_instead(&study.selection, &args.watched),
            Some(Day::of(study.window.from)),
        ),
        None => (question::selection(&args.watched), None),
    };
    Study::check(&selection)?;
    let day = args.date.or(day);
    if selection.country.is_some() && day.is_none() {
        let error = anyhow!("a country needs a day");
        let hint = "name the day on which the window begins, such as `--date 2014-12-22`";
        return Err(Failure::usage(error).hint(hint));
    }
    let sources = Sources {
        registries: &args.registries,
        fetcher: &|| network::fetcher(&args.network),
    };
    let list = list(&selection, day, &sources, printer)?;
    data(&watch_list::csv(&list))?;
    Ok(Outcome::Done)
}

/// Where a country's resources come from.
pub struct Sources<'a> {
    pub registries: &'a args::Registries,
    /// Makes a fetcher, when one is needed.
    pub fetcher: &'a dyn Fn() -> Result<Fetcher, Failure>,
}

/// The watch list for a window that begins on a day.
pub fn list(
    selection: &Selection,
    day: Option<Day>,
    sources: &Sources<'_>,
    printer: Printer,
) -> Result<WatchList, Failure> {
    let prefixes = selection.prefixes.iter().copied();
    let mut items: Vec<WatchItem> =
        select::asked(prefixes, selection.asns.iter().copied()).collect();
    if let Some(path) = &selection.watch {
        let text = text::read(path)
            .with_context(|| format!("cannot read `{}`", path.display()))
            .map_err(Failure::usage)?;
        items.extend(select::read_watch(&text).map_err(|e| wrong_file(e, path))?);
    }
    let mut consulted = Vec::new();
    if let (Some(country), Some(day)) = (&selection.country, day) {
        let own = own_list(country, sources.registries.countries.as_deref())?;
        let held = match selection.delegated.is_empty() {
            true => from_archives(country, day, &own, sources, printer)?,
            false => from_files(country, &selection.delegated, day)?,
        };
        tell(country, &held, printer);
        tell_lacking(&held, printer);
        let lacking = &held.lacking;
        items.extend(own.apply(held.items, lacking, day, selection.doubtful));
        consulted = held.consulted;
    }
    let list = WatchList::new(items).by(consulted);
    if list.items().is_empty() {
        let error = anyhow!("the watch list is empty");
        let hint = match selection.delegated.is_empty() {
            true => "check the country code: no registry had given it anything by then",
            false => "check the country code, and that the file is of the registry that serves it",
        };
        return Err(Failure::usage(error).hint(hint));
    }
    Ok(list)
}

/// The country's own list: of the folder that is named, or else the bundled one, if there is one.
fn own_list(country: &str, folder: Option<&Path>) -> Result<CountryList, Failure> {
    if let Some(folder) = folder {
        let path = folder.join(format!("{country}.toml"));
        match text::read(&path) {
            Ok(text) => {
                return CountryList::read(&text, country).map_err(|e| wrong_file(e, &path));
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => {}
            Err(e) => {
                let error = anyhow!("cannot read `{}`: {e}", path.display());
                return Err(Failure::usage(error).hint("name a folder that holds `CC.toml` files"));
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
    sources: &Sources<'_>,
    printer: Printer,
) -> Result<Holdings, Failure> {
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
    held.map_err(|error| {
        let hint = error.hint();
        Failure::failed(error).hint(hint)
    })
}

fn from_files(country: &str, paths: &[std::path::PathBuf], day: Day) -> Result<Holdings, Failure> {
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
fn tell_lacking(held: &Holdings, printer: Printer) {
    let names: Vec<&str> = held.lacking.iter().map(|r| r.name()).collect();
    if !names.is_empty() {
        printer.say(format_args!(
            "warning: the country's own list stands in for the statistics of {}",
            names.join(", ")
        ));
    }
}

/// Says what the registries had, and what is to be said about that.
fn tell(country: &str, held: &Holdings, printer: Printer) {
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

fn wrong_file(error: SelectError, path: &Path) -> Failure {
    let hint = error.hint();
    let error = anyhow::Error::new(error).context(format!("`{}`", path.display()));
    Failure::usage(error).hint(hint)
}
