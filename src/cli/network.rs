//! The network flags: cache, fetcher and locator, and what to print of how files were found.

use super::args;
use super::downloads::Downloads;
use super::printer::Printer;
use crate::fetch::cache::Cache;
use crate::fetch::{Access, FetchError, Fetcher, HttpOptions};
use crate::locate::{CollectorFiles, Locator, Mirrors, broker};
use crate::model::archive::ListingSource;

/// The cache, by flag and environment.
pub(crate) fn cache(args: &args::CacheFolderArgs) -> Result<Cache, FetchError> {
    let named = args.cache_dir.clone().map(Into::into);
    let named = named.or_else(|| std::env::var_os("DROPLINE_CACHE").filter(|dir| !dir.is_empty()));
    match named {
        Some(dir) => Ok(Cache::at(dir)),
        None => Cache::of_user(),
    }
}

/// A fetcher, by the flags.
pub(crate) fn fetcher(args: &args::NetworkArgs) -> Result<Fetcher, FetchError> {
    let access = match args.offline {
        true => Access::Offline,
        false => Access::Online(HttpOptions {
            per_host: usize::from(args.per_host),
            retries: usize::from(args.retries),
            timeout: args.timeout,
            first_wait: args.retry_wait,
            ..HttpOptions::default()
        }),
    };
    Fetcher::new(cache(&args.cache)?, access)
}

/// A locator of archive files, by flags and environment.
pub(crate) fn locator<'a>(args: &args::NetworkArgs, fetcher: &'a Fetcher) -> Locator<'a> {
    let mirrors = Mirrors {
        ris: args.ris_url.clone(),
        routeviews: args.routeviews_url.clone(),
    };
    match fetcher.http() {
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

/// Prints how the files of a study were found, and how many were fetched.
pub(crate) fn print_located(files: &[CollectorFiles], downloads: &Downloads, printer: Printer) {
    for source in [
        ListingSource::Broker,
        ListingSource::Patterns,
        ListingSource::Cache,
    ] {
        let of = files
            .iter()
            .filter(|h| h.listing_source == source)
            .map(|h| h.collector.name());
        let names: Vec<&str> = of.collect();
        if !names.is_empty() {
            let (names, listed) = (names.join(", "), described(source));
            printer.say(format_args!("{names}: {listed}"));
        }
    }
    if let Some(summary) = downloads.summary() {
        printer.say(summary);
    }
}

const fn described(source: ListingSource) -> &'static str {
    match source {
        ListingSource::Broker => "files listed by the broker",
        ListingSource::Patterns => "files derived from the archive's naming patterns",
        ListingSource::Cache => "files found in the cache",
        ListingSource::Folder => "files found in a local folder",
    }
}

/// Prints what the locator warns of, and its details.
pub(crate) fn print_warnings(locator: &Locator<'_>, printer: Printer) {
    for warning in locator.warnings() {
        printer.say(format_args!("warning: {warning}"));
    }
    for detail in locator.details() {
        printer.detail(detail);
    }
}
