//! Fetches requested files: from the cache, or else from their URLs.

use super::cache::{self, Cache, CacheLookup, CacheRecord, with_suffix};
use super::download::{self, ResumeInfo};
use super::host;
use super::http::{HttpClient, HttpError};
use super::{
    Access, CachedFile, CheckedFile, DownloadProgress, FetchError, FetchOutcome, HttpOptions,
    Provenance, Request, Unavailable, UnavailableReason, side_by_side,
};
use crate::model::time::{MINUTE, Timestamp};
use std::collections::BTreeSet;
use std::path::Path;

/// A file may still grow at its source for so long after its span has ended, microseconds.
const GROWS_FOR: i64 = 10 * MINUTE;
/// A download that fails its content check is repeated, but not as often as one that breaks off.
const MAX_REJECTED: usize = 2;
/// Hosts that are used at the same time.
const MOST_HOSTS: usize = 4;

/// Fetches files into a cache.
pub struct Fetcher {
    cache: Cache,
    access: Access,
    http: Option<HttpClient>,
}

impl Fetcher {
    /// A fetcher for a cache.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(cache: Cache, access: Access) -> Result<Self, FetchError> {
        let http = match access {
            Access::Online(manners) => Some(HttpClient::new(manners)?),
            Access::Offline => None,
        };
        Ok(Self {
            cache,
            access,
            http,
        })
    }

    /// Its cache.
    pub const fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Whether it may use the network.
    pub(crate) const fn access(&self) -> Access {
        self.access
    }

    /// Its HTTP client, unless it is offline.
    pub const fn http(&self) -> Option<&HttpClient> {
        self.http.as_ref()
    }

    /// Fetches one file: from the cache if it is there and intact, or else from its URLs.
    ///
    /// # Errors
    /// The disk fails. A failure of the network is an [`FetchOutcome::Unavailable`].
    pub fn fetch(
        &self,
        wanted: &Request,
        watcher: &dyn DownloadProgress,
    ) -> Result<FetchOutcome, FetchError> {
        let outcome = self.outcome(wanted, watcher)?;
        watcher.finished(wanted, &outcome);
        Ok(outcome)
    }

    /// Fetches many files, several at a time; the outcomes are in the order of the requests.
    ///
    /// # Errors
    /// As [`Fetcher::fetch`], at the first file to fail so.
    pub fn fetch_all(
        &self,
        wanted: &[Request],
        watcher: &dyn DownloadProgress,
    ) -> Result<Vec<FetchOutcome>, FetchError> {
        watcher.expect(wanted.len());
        let at_a_time = self.at_a_time(wanted);
        side_by_side(wanted, at_a_time, |one| self.fetch(one, watcher))
    }

    fn at_a_time(&self, wanted: &[Request]) -> usize {
        match self.access {
            Access::Offline => std::thread::available_parallelism().map_or(1, usize::from),
            Access::Online(HttpOptions { per_host, .. }) => {
                let hosts = wanted
                    .iter()
                    .flat_map(|w| &w.urls)
                    .map(|url| host::name(url));
                let hosts = hosts.collect::<BTreeSet<_>>().len();
                per_host.max(1) * hosts.clamp(1, MOST_HOSTS)
            }
        }
    }

    fn outcome(
        &self,
        wanted: &Request,
        watcher: &dyn DownloadProgress,
    ) -> Result<FetchOutcome, FetchError> {
        let absent = match self.in_cache(wanted)? {
            Ok(fetched) => return Ok(FetchOutcome::Available(fetched)),
            Err(reason) => reason,
        };
        let Some(http) = &self.http else {
            return Ok(missing(None, absent));
        };
        let _lock = self.cache.lock(&wanted.cache_path)?;
        // Another run may have fetched it meanwhile.
        if let Ok(fetched) = self.in_cache(wanted)? {
            return Ok(FetchOutcome::Available(fetched));
        }
        let path = self.cache.path(&wanted.cache_path)?;
        self.cache.make_folder(&path)?;
        let mut not_found = None;
        let mut failed = None;
        for url in &wanted.urls {
            match self.from(http, url, wanted, watcher)? {
                Ok(fetched) => return Ok(FetchOutcome::Available(fetched)),
                Err(UnavailableReason::NotFound) => not_found = not_found.or(Some(url.clone())),
                Err(reason) => failed = failed.or(Some((url.clone(), reason))),
            }
        }
        Ok(match failed {
            Some((url, reason)) => missing(Some(url), reason),
            None => missing(not_found, UnavailableReason::NotFound),
        })
    }

    /// The file as the cache has it, or why that cannot be used.
    fn in_cache(
        &self,
        wanted: &Request,
    ) -> Result<Result<CachedFile, UnavailableReason>, FetchError> {
        let path = self.cache.path(&wanted.cache_path)?;
        let record = match self.cache.lookup(&wanted.cache_path)? {
            CacheLookup::Absent => return Ok(Err(UnavailableReason::Offline)),
            CacheLookup::Corrupt(why) => {
                let why = format!("the cached file cannot be used: {why}");
                return Ok(Err(UnavailableReason::Failed(why)));
            }
            CacheLookup::Intact(record) if record.may_grow => {
                let why = "it was fetched while it could still grow";
                return Ok(Err(UnavailableReason::Failed(why.to_owned())));
            }
            CacheLookup::Intact(record) => record,
            CacheLookup::Unrecorded => {
                let checked = wanted.check.whole(&path);
                match checked.map_err(|e| cache::failed(&path, e))? {
                    Ok(passed) => record(passed, None),
                    Err(why) => {
                        let why = format!("the cached file cannot be used: {why}");
                        return Ok(Err(UnavailableReason::Failed(why)));
                    }
                }
            }
        };
        Ok(match changed(wanted, &record.sha256) {
            Some(reason) => Err(reason),
            None => Ok(fetched(&path, &record, Provenance::Cached)),
        })
    }

    /// Fetches the file from one URL, in as many attempts as the options allow.
    fn from(
        &self,
        http: &HttpClient,
        url: &str,
        wanted: &Request,
        watcher: &dyn DownloadProgress,
    ) -> Result<Result<CachedFile, UnavailableReason>, FetchError> {
        let part = with_suffix(&self.cache.path(&wanted.cache_path)?, "part");
        let mut delays = http.retry_delays(url);
        let mut rejected = 0;
        let error = loop {
            let slot = http.slot(url);
            let tried = download::attempt(http, url, &part, wanted, watcher)?;
            drop(slot);
            let error = match tried {
                Ok(start) => match self.accept(&part, url, wanted, start)? {
                    Ok(fetched) => {
                        http.record_result(url, true);
                        return Ok(Ok(fetched));
                    }
                    Err(UnavailableReason::Failed(why)) => HttpError::WrongContent(why),
                    Err(reason) => return Ok(Err(reason)),
                },
                Err(error) => error,
            };
            match error {
                HttpError::NotFound | HttpError::Permanent(_) => break error,
                HttpError::WrongContent(_) => {
                    download::discard(&part)?;
                    rejected += 1;
                }
                HttpError::Transient { .. } => {}
            }
            match delays.next().filter(|_| rejected <= MAX_REJECTED) {
                Some(wait) => {
                    watcher.retrying(wanted, error.why(), http.delay(&error, wait));
                    http.sleep(url, &error, wait);
                }
                None => break error,
            }
        };
        Ok(Err(match error {
            // The host does answer.
            HttpError::NotFound => {
                http.record_result(url, true);
                UnavailableReason::NotFound
            }
            error => {
                http.record_result(url, false);
                UnavailableReason::Failed(error.why().to_owned())
            }
        }))
    }

    /// Checks a complete download, and moves it to its path.
    fn accept(
        &self,
        part: &Path,
        url: &str,
        wanted: &Request,
        start: ResumeInfo,
    ) -> Result<Result<CachedFile, UnavailableReason>, FetchError> {
        let checked = wanted
            .check
            .whole(part)
            .map_err(|e| cache::failed(part, e))?;
        let passed = match checked {
            Ok(passed) => passed,
            Err(why) => return Ok(Err(UnavailableReason::Failed(why))),
        };
        if let Some(reason) = changed(wanted, &passed.hash.sha256) {
            download::discard(part)?;
            return Ok(Err(reason));
        }
        let grows_until = wanted.complete_at.map(|t| t.0.saturating_add(GROWS_FOR));
        let record = CacheRecord {
            etag: start.etag,
            last_modified: start.last_modified,
            may_grow: grows_until.is_some_and(|until| now().0 < until),
            ..record(passed, Some(url))
        };
        // Before the move: nothing of it is left then, wherever the run ends.
        cache::remove(&with_suffix(part, "json"))?;
        let path = self.cache.store(&wanted.cache_path, part, &record)?;
        Ok(Ok(fetched(&path, &record, Provenance::Downloaded)))
    }
}

fn missing(url: Option<String>, reason: UnavailableReason) -> FetchOutcome {
    FetchOutcome::Unavailable(Unavailable { url, reason })
}

fn record(passed: CheckedFile, url: Option<&str>) -> CacheRecord {
    CacheRecord {
        url: url.map(str::to_owned),
        bytes: passed.hash.bytes,
        sha256: passed.hash.sha256,
        etag: None,
        last_modified: None,
        may_grow: false,
        contents: passed.contents,
    }
}

fn fetched(path: &Path, record: &CacheRecord, provenance: Provenance) -> CachedFile {
    CachedFile {
        path: path.to_owned(),
        bytes: record.bytes,
        sha256: record.sha256.clone(),
        url: record.url.clone(),
        contents: record.contents,
        provenance,
    }
}

/// A manifest's hash that the file does not have.
fn changed(wanted: &Request, found: &str) -> Option<UnavailableReason> {
    let expected = wanted.sha256.as_ref()?;
    (!expected.eq_ignore_ascii_case(found)).then(|| UnavailableReason::Changed {
        expected: expected.clone(),
        found: found.to_owned(),
    })
}

/// The current time; used only to decide whether a file may still grow.
fn now() -> Timestamp {
    Timestamp(chrono::Utc::now().timestamp_micros())
}
