//! From a wanted file to what became of it.

use super::cache::{self, Cache, Look, Record, beside};
use super::download::{self, Start};
use super::host;
use super::web::{Trouble, Web};
use super::{
    Access, Came, CheckedFile, FetchError, Fetched, Manners, Missing, Outcome, Reason, Wanted,
    Watcher, side_by_side,
};
use crate::model::time::{MINUTE, Timestamp};
use std::collections::BTreeSet;
use std::path::Path;

/// For so long after its span ended a file may still grow at its source.
const GROWS_FOR: i64 = 10 * MINUTE;
/// What is not as it should be is asked for again, but not as often as what breaks off.
const MOST_UNFIT: usize = 2;
/// Hosts asked at a time.
const MOST_HOSTS: usize = 4;

/// Fetches files into a cache.
pub struct Fetcher {
    cache: Cache,
    access: Access,
    web: Option<Web>,
}

impl Fetcher {
    /// A fetcher for a cache.
    ///
    /// # Errors
    /// No HTTP client can be made.
    pub fn new(cache: Cache, access: Access) -> Result<Self, FetchError> {
        let web = match access {
            Access::Online(manners) => Some(Web::new(manners)?),
            Access::Offline => None,
        };
        Ok(Self { cache, access, web })
    }

    /// Its cache.
    pub const fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Whether it may use the network.
    pub const fn access(&self) -> Access {
        self.access
    }

    /// Its way to the network, if it may use it.
    pub const fn web(&self) -> Option<&Web> {
        self.web.as_ref()
    }

    /// Has one file: from the cache if it is there as it should be, or else from its URLs.
    ///
    /// # Errors
    /// The disk fails. What the network does wrong is an [`Outcome::Missing`].
    pub fn one(&self, wanted: &Wanted, watcher: &dyn Watcher) -> Result<Outcome, FetchError> {
        let outcome = self.outcome(wanted, watcher)?;
        watcher.ends(wanted, &outcome);
        Ok(outcome)
    }

    /// Has many files, several at a time; the outcomes in the order of the files.
    ///
    /// # Errors
    /// As [`Fetcher::one`], at the first file to fail so.
    pub fn all(
        &self,
        wanted: &[Wanted],
        watcher: &dyn Watcher,
    ) -> Result<Vec<Outcome>, FetchError> {
        watcher.expects(wanted.len());
        let at_a_time = self.at_a_time(wanted);
        side_by_side(wanted, at_a_time, |one| self.one(one, watcher))
    }

    fn at_a_time(&self, wanted: &[Wanted]) -> usize {
        match self.access {
            Access::Offline => std::thread::available_parallelism().map_or(1, usize::from),
            Access::Online(Manners { per_host, .. }) => {
                let hosts = wanted
                    .iter()
                    .flat_map(|w| &w.urls)
                    .map(|url| host::name(url));
                let hosts = hosts.collect::<BTreeSet<_>>().len();
                per_host.max(1) * hosts.clamp(1, MOST_HOSTS)
            }
        }
    }

    fn outcome(&self, wanted: &Wanted, watcher: &dyn Watcher) -> Result<Outcome, FetchError> {
        let absent = match self.at_hand(wanted)? {
            Ok(fetched) => return Ok(Outcome::Have(fetched)),
            Err(reason) => reason,
        };
        let Some(web) = &self.web else {
            return Ok(missing(None, absent));
        };
        let _lock = self.cache.lock(&wanted.place)?;
        // Another run may have fetched it meanwhile.
        if let Ok(fetched) = self.at_hand(wanted)? {
            return Ok(Outcome::Have(fetched));
        }
        let path = self.cache.path(&wanted.place)?;
        self.cache.make_folder(&path)?;
        let mut not_found = None;
        let mut failed = None;
        for url in &wanted.urls {
            match self.from(web, url, wanted, watcher)? {
                Ok(fetched) => return Ok(Outcome::Have(fetched)),
                Err(Reason::NotFound) => not_found = not_found.or(Some(url.clone())),
                Err(reason) => failed = failed.or(Some((url.clone(), reason))),
            }
        }
        Ok(match failed {
            Some((url, reason)) => missing(Some(url), reason),
            None => missing(not_found, Reason::NotFound),
        })
    }

    /// The file as the cache has it, or why it will not do.
    fn at_hand(&self, wanted: &Wanted) -> Result<Result<Fetched, Reason>, FetchError> {
        let path = self.cache.path(&wanted.place)?;
        let record = match self.cache.look(&wanted.place)? {
            Look::Absent => return Ok(Err(Reason::Offline)),
            Look::Spoilt(why) => {
                let why = format!("the cached file cannot be used: {why}");
                return Ok(Err(Reason::Failed(why)));
            }
            Look::Sound(record) if record.may_grow => {
                let why = "it was fetched while it could still grow";
                return Ok(Err(Reason::Failed(why.to_owned())));
            }
            Look::Sound(record) => record,
            Look::Unrecorded => {
                let checked = wanted.check.whole(&path);
                match checked.map_err(|e| cache::failed(&path, e))? {
                    Ok(passed) => record(passed, None),
                    Err(why) => {
                        let why = format!("the cached file cannot be used: {why}");
                        return Ok(Err(Reason::Failed(why)));
                    }
                }
            }
        };
        Ok(match changed(wanted, &record.sha256) {
            Some(reason) => Err(reason),
            None => Ok(fetched(&path, &record, Came::Cached)),
        })
    }

    /// The file from one URL, in as many attempts as manners allow.
    fn from(
        &self,
        web: &Web,
        url: &str,
        wanted: &Wanted,
        watcher: &dyn Watcher,
    ) -> Result<Result<Fetched, Reason>, FetchError> {
        let part = beside(&self.cache.path(&wanted.place)?, "part");
        let mut waits = web.waits(url);
        let mut unfit = 0;
        let trouble = loop {
            let turn = web.turn(url);
            let tried = download::attempt(web, url, &part, wanted, watcher)?;
            drop(turn);
            let trouble = match tried {
                Ok(start) => match self.accept(&part, url, wanted, start)? {
                    Ok(fetched) => {
                        web.note(url, true);
                        return Ok(Ok(fetched));
                    }
                    Err(Reason::Failed(why)) => Trouble::Unfit(why),
                    Err(reason) => return Ok(Err(reason)),
                },
                Err(trouble) => trouble,
            };
            match trouble {
                Trouble::NotFound | Trouble::Lasting(_) => break trouble,
                Trouble::Unfit(_) => {
                    download::forget(&part)?;
                    unfit += 1;
                }
                Trouble::Passing { .. } => {}
            }
            match waits.next().filter(|_| unfit <= MOST_UNFIT) {
                Some(wait) => {
                    watcher.waits(wanted, trouble.why(), web.patience(&trouble, wait));
                    web.sleep(url, &trouble, wait);
                }
                None => break trouble,
            }
        };
        Ok(Err(match trouble {
            // The host does answer.
            Trouble::NotFound => {
                web.note(url, true);
                Reason::NotFound
            }
            trouble => {
                web.note(url, false);
                Reason::Failed(trouble.why().to_owned())
            }
        }))
    }

    /// Checks what has come, and moves it into its place.
    fn accept(
        &self,
        part: &Path,
        url: &str,
        wanted: &Wanted,
        start: Start,
    ) -> Result<Result<Fetched, Reason>, FetchError> {
        let checked = wanted
            .check
            .whole(part)
            .map_err(|e| cache::failed(part, e))?;
        let passed = match checked {
            Ok(passed) => passed,
            Err(why) => return Ok(Err(Reason::Failed(why))),
        };
        if let Some(reason) = changed(wanted, &passed.hash.sha256) {
            download::forget(part)?;
            return Ok(Err(reason));
        }
        let grows_until = wanted.complete_at.map(|t| t.0.saturating_add(GROWS_FOR));
        let record = Record {
            etag: start.etag,
            last_modified: start.last_modified,
            may_grow: grows_until.is_some_and(|until| now().0 < until),
            ..record(passed, Some(url))
        };
        // Before the move: nothing of it is left then, wherever the run ends.
        cache::remove(&beside(part, "json"))?;
        let path = self.cache.keep(&wanted.place, part, &record)?;
        Ok(Ok(fetched(&path, &record, Came::Fetched)))
    }
}

fn missing(url: Option<String>, reason: Reason) -> Outcome {
    Outcome::Missing(Missing { url, reason })
}

fn record(passed: CheckedFile, url: Option<&str>) -> Record {
    Record {
        url: url.map(str::to_owned),
        bytes: passed.hash.bytes,
        sha256: passed.hash.sha256,
        etag: None,
        last_modified: None,
        may_grow: false,
        found: passed.found,
    }
}

fn fetched(path: &Path, record: &Record, came: Came) -> Fetched {
    Fetched {
        path: path.to_owned(),
        bytes: record.bytes,
        sha256: record.sha256.clone(),
        url: record.url.clone(),
        found: record.found,
        came,
    }
}

/// A manifest's hash that the file does not have.
fn changed(wanted: &Wanted, found: &str) -> Option<Reason> {
    let expected = wanted.sha256.as_ref()?;
    (!expected.eq_ignore_ascii_case(found)).then(|| Reason::Changed {
        expected: expected.clone(),
        found: found.to_owned(),
    })
}

/// The clock only ever says whether a file may still grow.
fn now() -> Timestamp {
    Timestamp(chrono::Utc::now().timestamp_micros())
}
