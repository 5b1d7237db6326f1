//! What the read stage takes in: the filter, the bounds, and which of a collector's files matter.

use crate::decode::{CoveringDetail, Digest, Filter, Scan};
use crate::locate::{self, CollectorFiles};
use crate::model::archive::ArchiveFile;
use crate::model::peer::Project;
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::study::Study;
use crate::watchlist::{PrefixSet, WatchList};

/// What to look for in the files of a run, and in which span. Together with the files it determines
/// what is found.
pub(in crate::pipeline) struct ReadInputs<'a> {
    /// The prefixes and origin ASNs to look for.
    pub list: &'a WatchList,
    /// The window of the study.
    pub window: Window,
    /// The shortest silence that matters, microseconds.
    pub silence_threshold: TimeDelta,
    /// What is kept of routes that only cover watched space.
    pub covering: CoveringDetail,
}

impl<'a> ReadInputs<'a> {
    /// The inputs that a study asks for.
    pub(crate) fn of(study: &Study, list: &'a WatchList, covering: CoveringDetail) -> Self {
        Self {
            list,
            window: study.window,
            silence_threshold: study.rules.silence_threshold(),
            covering,
        }
    }

    /// A pass for what the watch list names, and for prefixes discovered so far.
    pub(crate) fn first_pass<'s>(&'s self, discovered: &'s PrefixSet) -> ScanPass<'s> {
        let filter = Filter::WatchList {
            list: self.list,
            discovered,
        };
        ScanPass::new(filter, self.covering)
    }

    /// What a pass asks of a file. Update records before `start` are left out.
    pub(crate) fn scan<'s>(
        &self,
        file: &ArchiveFile,
        pass: ScanPass<'s>,
        start: Timestamp,
        progress: &'s (dyn Fn(u64) + Sync),
    ) -> Scan<'s> {
        // The collectors of RIS write session states.
        let is_routeviews = file.collector.project() == Project::RouteViews;
        Scan {
            kind: file.kind,
            filter: pass.filter,
            covering: pass.covering,
            from: start,
            to: self.window.to,
            silence: is_routeviews.then_some(self.silence_threshold),
            transfers: &[],
            progress,
        }
    }

    /// A collector's RIBs to start from, oldest first, and those of the window.
    pub(crate) fn ribs<'h>(
        &self,
        files: &'h CollectorFiles,
    ) -> (Vec<&'h ArchiveFile>, Vec<&'h ArchiveFile>) {
        let from = self.window.from;
        files.ribs.iter().partition(|f| f.start <= from)
    }

    /// When the replay of a collector without a RIB starts: with the update file in progress at the
    /// window's start.
    pub(crate) fn start_without_rib(&self, files: &CollectorFiles) -> Timestamp {
        let from = self.window.from;
        let in_progress = files.updates.iter().rfind(|f| f.start <= from);
        let in_progress = in_progress.filter(|f| f.end > from);
        in_progress.map_or(from, |f| f.start)
    }

    /// The update files that are expected to be read of a collector, judged by the name of its
    /// newest RIB.
    pub(crate) fn expected_updates<'h>(
        &self,
        files: &'h CollectorFiles,
    ) -> impl Iterator<Item = &'h ArchiveFile> {
        let (before, _) = self.ribs(files);
        let newest = before.last().map(|rib| rib.start);
        let start = newest.unwrap_or_else(|| self.start_without_rib(files));
        locate::from_start(&files.updates, start)
    }
}

/// One pass over files: which routes it keeps.
#[derive(Clone, Copy)]
pub(in crate::pipeline) struct ScanPass<'a> {
    filter: Filter<'a>,
    covering: CoveringDetail,
    /// Digest of both, worked out once for all files.
    pub digest: Digest,
}

impl<'a> ScanPass<'a> {
    fn new(filter: Filter<'a>, covering: CoveringDetail) -> Self {
        Self {
            filter,
            covering,
            digest: filter.digest(covering),
        }
    }

    /// A pass for prefixes that were discovered after files were first read. Covering routes are
    /// kept with their paths: one of them may be watched itself, and is taken from here then.
    pub(crate) fn for_discovered(prefixes: &'a PrefixSet) -> Self {
        Self::new(Filter::Prefixes(prefixes), CoveringDetail::Full)
    }
}
