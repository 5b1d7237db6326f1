//! Which files to ask for: by a broker, by the archives' patterns, or by what a cache has.

use super::broker::{self, Broker, Listed};
use super::candidate::{Bases, Candidate, Known, Mirrors};
use super::patterns;
use super::{LocalSource, LocateError, earliest, matters, mirror, reaches, uncovered};
use crate::fetch::http::HttpClient;
use crate::model::archive::{FileKind, ListingSource};
use crate::model::peer::Collector;
use crate::model::time::{SECOND, TimeDelta, Timestamp, Window};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A collector's RIBs for a window.
#[derive(Debug, Clone)]
pub struct Ribs {
    /// The collector.
    pub collector: Collector,
    /// At or before the window's start, within the look-back; newest first.
    pub before: Vec<Candidate>,
    /// Inside the window, oldest first.
    pub later: Vec<Candidate>,
}

/// A collector's update files.
#[derive(Debug, Clone)]
pub struct Updates {
    /// Oldest first.
    pub files: Vec<Candidate>,
    /// How they were found.
    pub listing_source: ListingSource,
}

/// Finds out which files a collector's archive has for a window.
pub struct Locator<'a> {
    listing: ListingMethod<'a>,
    state: Mutex<LocatorState>,
}

/// Where the names of files come from.
enum ListingMethod<'a> {
    Broker(Broker<'a>),
    Patterns,
    Cache(PathBuf),
}

#[derive(Default)]
struct LocatorState {
    /// The broker failed, and is not asked again.
    broker_failed: bool,
    bases: Bases,
    warnings: Vec<String>,
    details: Vec<String>,
}

impl<'a> Locator<'a> {
    /// Asks the broker at a URL, and goes by the archives' naming patterns where it fails.
    pub(crate) fn with_broker(web: &'a HttpClient, url: &str, mirrors: Mirrors) -> Self {
        Self::new(ListingMethod::Broker(Broker::new(web, url)), mirrors)
    }

    /// Goes by the archives' naming patterns alone.
    pub(crate) fn by_patterns(mirrors: Mirrors) -> Self {
        Self::new(ListingMethod::Patterns, mirrors)
    }

    /// Lists what a cache has.
    pub(crate) fn in_cache(root: &Path) -> Self {
        Self::new(ListingMethod::Cache(root.to_owned()), Mirrors::default())
    }

    fn new(listing: ListingMethod<'a>, mirrors: Mirrors) -> Self {
        Self {
            listing,
            state: Mutex::new(LocatorState {
                bases: Bases::new(mirrors),
                ..LocatorState::default()
            }),
        }
    }

    /// Warnings so far, such as that the broker failed.
    pub fn warnings(&self) -> Vec<String> {
        self.state().warnings.clone()
    }

    /// Details so far, for `--verbose`.
    pub(crate) fn details(&self) -> Vec<String> {
        self.state().details.clone()
    }

    /// The RIBs from `lookback` before a window to its end.
    ///
    /// # Errors
    /// The cache cannot be read, or has nothing of any of the collectors.
    pub fn ribs(
        &self,
        collectors: &[Collector],
        window: Window,
        lookback: TimeDelta,
    ) -> Result<Vec<Ribs>, LocateError> {
        let kind = FileKind::Rib;
        let earliest = earliest(window, lookback);
        let end = window.to.max(Timestamp(window.from.0 + SECOND));
        let listed = match &self.listing {
            ListingMethod::Cache(root) => cached(root, collectors, earliest, window)?,
            _ => self.listed(collectors, kind, earliest, end),
        };
        let mut found = Vec::new();
        for collector in collectors {
            let of = listed
                .iter()
                .flatten()
                .filter(|l| l.collector == *collector);
            let of = of.filter(|l| l.kind == kind);
            let mut files: Vec<Candidate> = of.map(|l| self.candidate(l)).collect();
            if !matches!(self.listing, ListingMethod::Cache(_)) {
                if files.is_empty() && !broker::is_known(collector) {
                    self.state().warnings.push(format!(
                        "`{collector}` is none of the collectors known by name: is it spelled so?"
                    ));
                }
                let near = patterns::rib_period(collector.project()) / 2;
                let starts: Vec<Timestamp> = files.iter().map(|f| f.start).collect();
                // Names drifted in some years: one that is near is the one expected.
                let is_near = |t: &Timestamp| starts.iter().any(|s| (s.0 - t.0).abs() < near);
                let expected = patterns::ribs(collector, earliest, end);
                let expected = expected.filter(|t| !is_near(t));
                files.extend(expected.map(|t| self.state().bases.expected(collector, kind, t)));
            }
            files.retain(|f| matters(f.start, earliest, window));
            files.sort_by_key(|f| f.start);
            let (mut before, later): (Vec<_>, Vec<_>) =
                files.into_iter().partition(|f| f.start <= window.from);
            before.reverse();
            found.push(Ribs {
                collector: collector.clone(),
                before,
                later,
            });
        }
        Ok(found)
    }

    /// The update files to replay from an instant to the window's end.
    ///
    /// # Errors
    /// The cache cannot be read.
    pub fn updates(
        &self,
        collector: &Collector,
        start: Timestamp,
        end: Timestamp,
    ) -> Result<Updates, LocateError> {
        let kind = FileKind::Updates;
        let step = collector.step(start);
        // The file before, and whatever a broker makes of the edge.
        let from = Timestamp((start.0 - 2 * step).max(0));
        let window = Window {
            from: start,
            to: end,
        };
        let one = std::slice::from_ref(collector);
        let listed = match &self.listing {
            ListingMethod::Cache(root) => match cached(root, one, from, window) {
                // Without a single file the whole window is a gap.
                Err(LocateError::NoCollector { .. }) => None,
                listed => listed?,
            },
            _ => self.listed(one, kind, from, end),
        };
        let listed = listed.unwrap_or_default();
        let of = listed.iter().filter(|l| l.kind == kind);
        let mut files: Vec<Candidate> = of.map(|l| self.candidate(l)).collect();
        let listing_source = match (&self.listing, files.is_empty()) {
            (ListingMethod::Cache(_), _) => ListingSource::Cache,
            (ListingMethod::Broker(_), false) => ListingSource::Broker,
            _ => ListingSource::Patterns,
        };
        if listing_source == ListingSource::Broker {
            files.sort_by_key(|f| f.start);
        }
        if listing_source != ListingSource::Cache {
            self.add_expected(collector, &mut files, start, end);
        }
        files.retain(|f| reaches(f.start, f.end(), start) && f.start < end);
        files.sort_by_key(|f| f.start);
        Ok(Updates {
            files,
            listing_source,
        })
    }

    /// Adds the files that the naming pattern predicts in the gaps between the others.
    fn add_expected(
        &self,
        collector: &Collector,
        files: &mut Vec<Candidate>,
        start: Timestamp,
        end: Timestamp,
    ) {
        // From the file before on, which lies in no gap.
        let from = Timestamp((start.0 - collector.step(start)).max(0));
        let spans = files.iter().map(|f| (f.start, f.end()));
        let gaps = uncovered(collector, spans, from, end);
        let known: BTreeSet<Timestamp> = files.iter().map(|f| f.start).collect();
        let mut missing = 0;
        for (from, to) in gaps {
            for start in patterns::updates(collector, from, to) {
                if !known.contains(&start) {
                    let bases = &self.state().bases;
                    files.push(bases.expected(collector, FileKind::Updates, start));
                    missing += 1;
                }
            }
        }
        if !known.is_empty() && missing > 0 {
            self.state().details.push(format!(
                "{collector}: the broker does not list {missing} update files that the archive's \
                 pattern leads to expect: they are asked for all the same"
            ));
        }
    }

    /// What the broker lists; `None` if there is no broker or it fails.
    fn listed(
        &self,
        collectors: &[Collector],
        kind: FileKind,
        from: Timestamp,
        to: Timestamp,
    ) -> Option<Vec<Listed>> {
        let ListingMethod::Broker(broker) = &self.listing else {
            return None;
        };
        if self.state().broker_failed {
            return None;
        }
        // The broker counts in seconds, and is asked for a little more than is needed.
        let (early, late) = (
            Timestamp((from.0 - SECOND).max(0)),
            Timestamp(to.0 + SECOND),
        );
        match broker.search(collectors, kind, early, late) {
            Ok(listed) => {
                let mut state = self.state();
                state.bases.learn(&listed);
                for collector in collectors {
                    if !listed.iter().any(|l| l.collector == *collector) {
                        let kind = kind.label();
                        state.details.push(format!(
                            "{collector}: the broker lists no {kind}: names are worked out from \
                             the archive's pattern"
                        ));
                    }
                }
                Some(listed)
            }
            Err(why) => {
                let url = broker.url();
                let mut state = self.state();
                state.broker_failed = true;
                state.warnings.push(format!(
                    "the broker at `{url}` cannot be used ({why}): file names are worked out from \
                     the archives' patterns"
                ));
                None
            }
        }
    }

    fn candidate(&self, listed: &Listed) -> Candidate {
        match self.listing {
            ListingMethod::Cache(_) => Candidate {
                collector: listed.collector.clone(),
                kind: listed.kind,
                start: listed.start,
                // The cache's own listing: see [`cached`].
                cache_path: PathBuf::from(&listed.url),
                urls: Vec::new(),
                bytes: listed.bytes,
                known: Known::Listed,
            },
            _ => self.state().bases.listed(listed),
        }
    }

    fn state(&self) -> MutexGuard<'_, LocatorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a cache has, in the form of a broker's listing; paths in the cache stand for URLs.
fn cached(
    root: &Path,
    collectors: &[Collector],
    from: Timestamp,
    window: Window,
) -> Result<Option<Vec<Listed>>, LocateError> {
    if !root.is_dir() {
        return Err(LocateError::NoArchive(root.to_owned()));
    }
    let source = LocalSource::Mirror(root.to_owned());
    let mut listed = Vec::new();
    for collector in collectors {
        let mut files = match mirror::files(&source, collector, from, window) {
            Ok(files) => files,
            // A collector without files is a gap, as long as others have some.
            Err(LocateError::NoCollector { found, .. })
                if collectors.iter().any(|c| found.contains(c)) =>
            {
                continue;
            }
            Err(error) => return Err(error),
        };
        files.extend(mirror::unavailable(root, collector, from, window)?);
        listed.extend(files.into_iter().map(|file| {
            let place = file.path.strip_prefix(root).unwrap_or(&file.path);
            Listed {
                collector: collector.clone(),
                kind: file.kind,
                start: file.start,
                url: place.to_string_lossy().into_owned(),
                bytes: std::fs::metadata(&file.path).ok().map(|m| m.len()),
            }
        }));
    }
    Ok(Some(listed))
}
