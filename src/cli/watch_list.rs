//! The watch list of a question, with what the user should know of it.

use super::args;
use super::downloads::Downloads;
use super::error::CommandError;
use super::network;
use super::printer::Printer;
use crate::model::day::Day;
use crate::registry::watch_list::{self, RegistrySource, ResolvedWatchList};
use crate::study::{Selection, Study};
use crate::watchlist::WatchList;

/// The watch list of a study: the one that it brings along, or what its question asks for.
pub(crate) fn of_study(
    study: &Study,
    args: &args::RunArgs,
    printer: Printer,
) -> Result<WatchList, CommandError> {
    if study.watch_list.is_some() {
        return Ok(watch_list::of_study(study, &RegistrySource::default())?.list);
    }
    let day = Day::of(study.window.from);
    let (registries, network) = (&args.registries, &args.network);
    list(&study.selection, Some(day), registries, network, printer)
}

/// The watch list of a question, with a window that begins on a day.
pub(crate) fn list(
    selection: &Selection,
    day: Option<Day>,
    registries: &args::RegistryArgs,
    network: &args::NetworkArgs,
    printer: Printer,
) -> Result<WatchList, CommandError> {
    let downloads = Downloads::new(printer);
    let source = RegistrySource {
        country_lists: registries.countries.as_deref(),
        url: &registries.registry_url,
        fetcher: &|| network::fetcher(network),
        downloads: &downloads,
    };
    let watched = watch_list::of_selection(selection, day, &source);
    downloads.finish();
    let watched = watched?;
    print_notes(selection.country.as_deref(), &watched, printer);
    Ok(watched.list)
}

/// Prints what to know of the registries' statistics that a watch list was made from.
pub(crate) fn print_notes(country: Option<&str>, watched: &ResolvedWatchList, printer: Printer) {
    for of_registry in watched.list.statistics() {
        let registry = &of_registry.registry;
        for note in &of_registry.notes {
            let about = match &of_registry.file {
                Some(file) => format!("`{file}`: "),
                None => String::new(),
            };
            printer.say(format_args!("warning: {registry}: {about}{note}"));
        }
        if let (Some(country), Some(day), Some(n)) =
            (country, of_registry.day, of_registry.resources)
        {
            printer.detail(format_args!(
                "{n} resources of {country} registered with {registry} by {day}"
            ));
        }
    }
    let names: Vec<&str> = watched.replaced.iter().map(|r| r.name()).collect();
    if !names.is_empty() {
        printer.say(format_args!(
            "warning: the country's own list replaces the missing statistics of {}",
            names.join(", ")
        ));
    }
}
