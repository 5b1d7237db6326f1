//! The stages in order, side by side over files, collectors and prefixes. The one place that
//! knows them all.

pub mod checkpoint;
mod count;
mod read;
pub mod repeat;
mod replayed;
pub mod supply;
mod work;

use crate::decode::CoveringDetail;
use crate::detect::PrefixOutages;
use crate::detect::collectors::clocks;
use crate::locate::Holdings;
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::route::{Change, FileId, PrefixId};
use crate::replay::classify::PeerReport;
use crate::replay::input::{CollectorData, DecodedFile, Role};
use crate::study::Study;
use crate::tally::Tally;
use crate::tally::coverage::CoverageSeries;
use crate::watchlist::WatchList;
use checkpoint::{Checkpoints, Resumed};
use rayon::prelude::*;
use replayed::replay_with;
pub use replayed::{Replayed, replay};
use std::io;
use std::path::PathBuf;

/// Hears how far a run has come.
pub trait Progress: Sync {
    /// A stage begins that reads so many bytes.
    fn begin(&self, stage: &str, bytes: u64);
    /// So many more bytes are read.
    fn advance(&self, bytes: u64);
    /// The stage turns out to read so many bytes more than it said.
    fn more(&self, _bytes: u64) {}
    /// So many bytes of the stage need not be read after all: what is in them is known from before,
    /// or does not matter.
    fn spare(&self, _bytes: u64) {}
    /// All is read, and so much of it was known from before.
    fn resumed(&self, _of: Resumed) {}
    /// A stage begins of which nobody can say how long it takes.
    fn work(&self, _stage: &str) {}
}

/// Nobody listens.
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// A file cannot be read from disk.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No RIB, so that nobody can be judged full-feed.
    #[error("no RIB at or before the window, nor in it, for any collector")]
    NoRib,
}

/// All that a run found out, ready to be written.
pub struct Answer {
    /// What was read, by collector.
    pub collectors: Vec<CollectorData>,
    /// The peers with what became of them.
    pub peers: Vec<PeerReport>,
    /// The watched prefixes, sorted.
    pub prefixes: Vec<Prefix>,
    /// By prefix: the watched ASNs that gave it away.
    pub matched_origins: Vec<Vec<Asn>>,
    /// The AS paths.
    pub paths: Vec<AsPath>,
    /// By prefix: what was counted.
    pub tallies: Vec<Tally>,
    /// By prefix: its outages.
    pub outages: Vec<PrefixOutages>,
    /// By reading: by how many microseconds the collector's clock is ahead of the others', as far
    /// as common losses tell.
    pub clocks: Vec<Option<i64>>,
    /// Changes of presence or path within the window, by time, peer and prefix.
    pub transitions: Vec<(PrefixId, Change)>,
    /// Routes that cover watched space and are not watched themselves, sorted.
    pub covering: Vec<Prefix>,
    /// How the watched space is reached.
    pub coverage: Vec<CoverageSeries>,
}

impl Answer {
    /// A file by its number.
    pub fn file(&self, id: FileId) -> Option<&DecodedFile> {
        let data = self.collectors.iter().rfind(|r| r.first_file <= id)?;
        data.files.get((id - data.first_file) as usize)
    }

    /// Whether something was missing or damaged that the window needed.
    pub fn is_incomplete(&self) -> bool {
        is_incomplete(&self.collectors)
    }
}

fn is_incomplete(collectors: &[CollectorData]) -> bool {
    collectors.iter().any(|r| {
        let damaged = |f: &DecodedFile| !f.is_whole || f.role == Role::UnusableRib;
        let failed = r.missing.iter().any(|l| l.reason.is_some());
        !r.gaps.is_empty() || failed || r.files.iter().any(damaged)
    })
}

/// Answers a study from what is held of each collector. With `checkpoints`, what an earlier run has
/// read is taken from there, and what is read is kept there.
///
/// # Errors
/// A file cannot be read from disk, or there is no RIB to judge by. One that could not be had is
/// no such case: nobody is counted then, and nothing is known.
pub fn run(
    study: &Study,
    list: &WatchList,
    holdings: Vec<Holdings>,
    checkpoints: Option<&Checkpoints>,
    progress: &dyn Progress,
) -> Result<Answer, PipelineError> {
    let replayed = replay_with(
        study,
        list,
        holdings,
        checkpoints,
        CoveringDetail::PresenceOnly,
        progress,
    )?;
    progress.work("counting");
    Ok(answer(study, list, replayed))
}

/// Counts what was replayed.
pub fn answer(study: &Study, list: &WatchList, replayed: Replayed) -> Answer {
    let counts = replayed.counts(study, list);
    let Replayed {
        collectors,
        reports,
        observations,
        ..
    } = replayed;
    // What was said is no longer needed, and is most of what a large run holds.
    drop(observations.by_prefix);
    let prefixes = counts.prefixes.iter().map(Vec::len).sum();
    let mut answer = Answer {
        collectors,
        peers: reports,
        prefixes: Vec::with_capacity(prefixes),
        matched_origins: Vec::with_capacity(prefixes),
        paths: observations.paths,
        tallies: Vec::with_capacity(prefixes),
        outages: Vec::with_capacity(prefixes),
        clocks: Vec::new(),
        transitions: Vec::new(),
        covering: counts.covering,
        coverage: counts.coverage,
    };
    for (id, counted) in (0..).zip(counts.prefixes.into_iter().flatten()) {
        let family = counted.prefix.family();
        answer.prefixes.push(counted.prefix);
        answer.tallies.push(counted.tally);
        for report in &counted.outages.listed {
            for &peer in &report.stuck_peers {
                answer.peers[peer as usize].add_stuck(family);
            }
        }
        answer.outages.push(counted.outages);
        answer.matched_origins.push(counted.matched_origins);
        let transitions = counted.transitions.into_iter().map(|c| (id, c));
        answer.transitions.extend(transitions);
        for (peer, added, removed) in counted.mismatches {
            answer.peers[peer as usize].add_mismatches(family, added, removed);
        }
    }
    let reports = answer.outages.iter().flat_map(|o| &o.listed);
    answer.clocks = clocks(reports, answer.collectors.len());
    // Stable: what happens to a prefix at a peer in one instant stays in order.
    answer
        .transitions
        .par_sort_by_key(|(prefix, c)| (c.time, c.peer, *prefix));
    answer
}
