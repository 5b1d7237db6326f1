//! Whether and how the network is used.

use super::{Failure, args};
use dropline::fetch::cache::Cache;
use dropline::fetch::{Access, FetchError, Fetcher, Manners};

/// A fetcher as the flags say.
pub fn fetcher(args: &args::Network) -> Result<Fetcher, Failure> {
    let cache = match &args.cache_dir {
        Some(dir) => Ok(Cache::at(dir)),
        None => Cache::of_user(),
    };
    let access = match args.offline {
        true => Access::Offline,
        false => {
            let mut manners = Manners::default();
            manners.retries = args.retries.unwrap_or(manners.retries);
            Access::Online(manners)
        }
    };
    let fetcher = cache.and_then(|cache| Fetcher::new(cache, access));
    fetcher.map_err(fetch_failure)
}

pub fn fetch_failure(error: FetchError) -> Failure {
    let hint = error.hint();
    Failure::failed(error).hint(hint)
}
