//! Files that can be fetched, and their URLs: from the listing of a broker or cache, or predicted by
//! the archive's naming pattern.

use super::broker::Listed;
use super::patterns::{self, paths};
use super::url;
use crate::model::archive::{ArchiveFile, FileKind, Url};
use crate::model::peer::{Collector, Project};
use crate::model::time::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The collector.
    pub collector: Collector,
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// Its path in a cache.
    pub cache_path: PathBuf,
    /// URLs to try, in this order; empty for a file that is only in the cache.
    pub urls: Vec<String>,
    /// Its length in bytes, if known; brokers round it.
    pub bytes: Option<u64>,
    /// Whether the file is known to exist.
    pub known: Known,
}

/// Whether a file is known to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// The broker or the cache lists it.
    Listed,
    /// Only the archive's naming pattern predicts it.
    Expected,
}

impl Known {
    /// As the tables write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Expected => "expected",
        }
    }
}

impl Candidate {
    /// First instant after the span that its name stands for.
    pub fn end(&self) -> Timestamp {
        Timestamp(self.start.0 + self.collector.step(self.start))
    }

    /// The file, once it is on disk.
    pub(crate) fn archive_file(&self, path: &Path) -> ArchiveFile {
        ArchiveFile {
            collector: self.collector.clone(),
            kind: self.kind,
            start: self.start,
            end: self.end(),
            url: Url::Published,
            path: path.into(),
            fetched_from: None,
        }
    }

    /// Its public URL.
    pub fn url(&self) -> String {
        url(&self.collector, self.kind, self.start)
    }
}

/// Mirrors to use in place of the public archives, by their base URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mirrors {
    /// Of RIS.
    pub ris: Option<String>,
    /// Of RouteViews.
    pub routeviews: Option<String>,
}

impl Mirrors {
    fn of(&self, project: Project) -> Option<&str> {
        match project {
            Project::Ris => self.ris.as_deref(),
            Project::RouteViews => self.routeviews.as_deref(),
        }
    }
}

/// Base URLs of the projects' archives.
#[derive(Debug, Default)]
pub(super) struct Bases {
    mirrors: Mirrors,
    /// Where a broker says that they are, by where they are published.
    brokers: BTreeMap<&'static str, String>,
}

impl Bases {
    pub(super) fn new(mirrors: Mirrors) -> Self {
        Self {
            mirrors,
            brokers: BTreeMap::new(),
        }
    }

    /// Learns from a broker's listing where it has the archives.
    pub(super) fn learn(&mut self, listed: &[Listed]) {
        for file in listed {
            if let Some(base) = base_of(file) {
                let published = patterns::published_at(file.collector.project());
                let base = base.trim_end_matches('/').to_owned();
                self.brokers.entry(published).or_insert(base);
            }
        }
    }

    /// A file that the naming pattern predicts.
    pub(super) fn expected(
        &self,
        collector: &Collector,
        kind: FileKind,
        start: Timestamp,
    ) -> Candidate {
        let project = collector.project();
        let published = patterns::published_at(project);
        // Where the broker has the others, this one may be too.
        let brokers = self.brokers.get(published).map(String::as_str);
        let base = self.mirrors.of(project).or(brokers).unwrap_or(published);
        let paths = paths(collector, kind, start);
        Candidate {
            collector: collector.clone(),
            kind,
            start,
            cache_path: PathBuf::from(&paths[0]),
            urls: paths.iter().map(|path| join(base, path)).collect(),
            bytes: None,
            known: Known::Expected,
        }
    }

    /// A file that a broker lists: at its URL, or at the same path of the mirror that is given;
    /// and at the other path where an archive has two.
    pub(super) fn listed(&self, listed: &Listed) -> Candidate {
        let collector = &listed.collector;
        let paths = paths(collector, listed.kind, listed.start);
        let mut urls = Vec::new();
        let base = match self.mirrors.of(collector.project()) {
            Some(mirror) => {
                let published = patterns::published_at(collector.project());
                let rest = listed.url.strip_prefix(published);
                urls.extend(rest.map(|rest| join(mirror, rest)));
                Some(mirror)
            }
            None => {
                urls.push(listed.url.clone());
                base_of(listed)
            }
        };
        if let Some(base) = base {
            for url in paths.iter().map(|path| join(base, path)) {
                if !urls.contains(&url) {
                    urls.push(url);
                }
            }
        }
        Candidate {
            collector: collector.clone(),
            kind: listed.kind,
            start: listed.start,
            cache_path: PathBuf::from(&paths[0]),
            urls,
            bytes: listed.bytes,
            known: Known::Listed,
        }
    }
}

/// The URL of the archive that a listed file is in, if that is laid out as the public ones.
fn base_of(listed: &Listed) -> Option<&str> {
    let paths = paths(&listed.collector, listed.kind, listed.start);
    // The longer first: one of route-views2's two ends in the other.
    let mut paths = paths.iter().rev();
    paths.find_map(|path| listed.url.strip_suffix(path.as_str()))
}

fn join(base: &str, path: &str) -> String {
    format!(
        "{}/{}",
        base.trim_end_matches('/'),
        path.trim_start_matches('/')
    )
}
