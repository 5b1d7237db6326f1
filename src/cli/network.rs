//! Whether and how the network is used, and what a question has from it.

use super::downloads::Downloads;
use super::{Failure, Printer, args, question};
use dropline::fetch::cache::Cache;
use dropline::fetch::{Access, FetchError, Fetcher, Manners};
use dropline::locate::{Holdings, LocateError, Locator, Mirrors, broker};
use dropline::model::archive::ListingSource;
use dropline::pipeline::supply::{self, SupplyError};
use dropline::study::Study;

/// The cache as flag and environment say.
pub fn cache(args: &args::CacheFolder) -> Result<Cache, Failure> {
    let named = args.cache_dir.clone().map(Into::into);
    let named = named.or_else(|| std::env::var_os("DROPLINE_CACHE").filter(|dir| !dir.is_empty()));
    match named {
        Some(dir) => Ok(Cache::at(dir)),
        None => Cache::of_user().map_err(fetch_failure),
    }
}

/// A fetcher as the flags say.
pub fn fetcher(args: &args::Network) -> Result<Fetcher, Failure> {
    let access = match args.offline {
        true => Access::Offline,
        false => Access::Online(Manners {
            per_host: usize::from(args.per_host),
            retries: usize::from(args.retries),
            timeout: args.timeout,
            first_wait: args.retry_wait,
            ..Manners::default()
        }),
    };
    Fetcher::new(cache(&args.cache)?, access).map_err(fetch_failure)
}

/// Where files are looked for, as flags and environment say.
pub fn locator<'a>(args: &args::Network, fetcher: &'a Fetcher) -> Locator<'a> {
    let mirrors = Mirrors {
        ris: args.ris_url.clone(),
        routeviews: args.routeviews_url.clone(),
    };
    match fetcher.web() {
        None => Locator::in_cache(fetcher.cache().root()),
        Some(_) if args.no_broker => Locator::by_patterns(mirrors),
        Some(web) => {
            let own = std::env::var("BGPKIT_BROKER_URL").ok();
            let own = own.filter(|url| !url.trim().is_empty());
            let url = args.broker.clone().or(own);
            Locator::with_broker(web, url.as_deref().unwrap_or(broker::PUBLIC), mirrors)
        }
    }
}

/// Has everything that a study needs, with what one must know of how it was found.
pub fn holdings(
    args: &args::Network,
    study: &Study,
    printer: Printer,
) -> Result<Vec<Holdings>, Failure> {
    let fetcher = fetcher(args)?;
    let locator = locator(args, &fetcher);
    let downloads = Downloads::new(printer);
    let held = supply::fetched(
        &fetcher,
        &locator,
        &study.collectors,
        study.window,
        study.rules.rib_lookback,
        &downloads,
    );
    downloads.finish();
    tell(&locator, printer);
    let held = held.map_err(|error| supply_failure(error, &fetcher))?;
    for way in [
        ListingSource::Broker,
        ListingSource::Patterns,
        ListingSource::Cache,
    ] {
        let of = held
            .iter()
            .filter(|h| h.listing_source == way)
            .map(|h| h.collector.name());
        let names: Vec<&str> = of.collect();
        if !names.is_empty() {
            let (names, way) = (names.join(", "), described(way));
            printer.say(format_args!("{names}: {way}"));
        }
    }
    if let Some(said) = downloads.said() {
        printer.say(said);
    }
    Ok(held)
}

const fn described(way: ListingSource) -> &'static str {
    match way {
        ListingSource::Broker => "files as the broker lists them",
        ListingSource::Patterns => "files by the archive's naming patterns",
        ListingSource::Cache => "files as the cache has them",
        ListingSource::Folder => "files of a folder",
    }
}

/// Says what one must know of the way that was taken.
pub fn tell(locator: &Locator<'_>, printer: Printer) {
    for warning in locator.warnings() {
        printer.say(format_args!("warning: {warning}"));
    }
    for detail in locator.details() {
        printer.detail(detail);
    }
}

pub fn supply_failure(error: SupplyError, fetcher: &Fetcher) -> Failure {
    match error {
        SupplyError::Fetch(error) => fetch_failure(error),
        SupplyError::Locate(
            error @ (LocateError::NoArchive(_) | LocateError::NoCollector { .. }),
        ) if fetcher.access() == Access::Offline => Failure::usage(error).hint(
            "nothing may be fetched: ask once without `--offline`, or name another cache with \
             `--cache-dir DIR`",
        ),
        SupplyError::Locate(error) => question::locate_failure(error),
    }
}

pub fn fetch_failure(error: FetchError) -> Failure {
    let hint = error.hint();
    Failure::failed(error).hint(hint)
}
