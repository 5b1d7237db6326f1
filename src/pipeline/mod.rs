//! The stages in order, side by side over files, collectors and prefixes. The one place that
//! knows them all.

mod read;
pub mod repeat;
mod replayed;
pub mod supply;

use crate::locate::Holdings;
use crate::model::archive::FileKind;
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::route::{Change, FileId, NONE, PrefixId};
use crate::replay::feed::FeedRule;
use crate::replay::gather::{Peers, ReadFile, Reading, Role};
use crate::replay::judge::{self, PeerReport};
use crate::replay::session::{Listing, Timeline};
use crate::replay::{self, signs, words};
use crate::select::WatchList;
use crate::study::Study;
use crate::tally::vantage::Roster;
use crate::tally::{self, Tally, Terms};
use rayon::prelude::*;
pub use replayed::{Replayed, replay};
use std::io;
use std::path::PathBuf;

/// Hears how far a run has come.
pub trait Progress: Sync {
    /// A stage begins that reads so many bytes.
    fn begin(&self, stage: &str, bytes: u64);
    /// So many more bytes are read.
    fn advance(&self, bytes: u64);
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
    pub readings: Vec<Reading>,
    /// The peers with what became of them.
    pub peers: Vec<PeerReport>,
    /// The watched prefixes, sorted.
    pub prefixes: Vec<Prefix>,
    /// By prefix: the watched ASNs that gave it away.
    pub given_away_by: Vec<Vec<Asn>>,
    /// The AS paths.
    pub paths: Vec<AsPath>,
    /// By prefix: what was counted.
    pub tallies: Vec<Tally>,
    /// Changes of presence or path within the window, by time, peer and prefix.
    pub transitions: Vec<(PrefixId, Change)>,
}

impl Answer {
    /// A file by its number.
    pub fn file(&self, id: FileId) -> Option<&ReadFile> {
        let reading = self.readings.iter().rfind(|r| r.first_file <= id)?;
        reading.files.get((id - reading.first_file) as usize)
    }

    /// Whether something was missing or damaged that the window needed.
    pub fn is_incomplete(&self) -> bool {
        self.readings.iter().any(|r| {
            let damaged = |f: &ReadFile| !f.main().is_whole() || f.role == Role::UselessRib;
            let failed = r.lost.iter().any(|l| l.reason.is_some());
            !r.holes.is_empty() || failed || r.files.iter().any(damaged)
        })
    }
}

/// Answers a study from what is held of each collector.
///
/// # Errors
/// A file cannot be read from disk, or there is no RIB to judge by. One that could not be had is
/// no such case: nobody is counted then, and nothing is known.
pub fn run(
    study: &Study,
    list: &WatchList,
    holdings: Vec<Holdings>,
    progress: &dyn Progress,
) -> Result<Answer, PipelineError> {
    Ok(answer(list, replay(study, list, holdings, progress)?))
}

/// Counts what was replayed.
pub fn answer(list: &WatchList, replayed: Replayed) -> Answer {
    let Replayed {
        readings,
        reports,
        timelines,
        words,
        roster,
        terms,
    } = replayed;
    let window = terms.window;
    let replayed: Vec<_> = words
        .prefixes
        .par_iter()
        .zip(&words.by_prefix)
        .map(|(&prefix, said)| {
            let history = replay::prefix(prefix, said, &timelines);
            let tally = tally::prefix(prefix, &history, &roster, &words.paths, &terms);
            let by = words::origins_among(said, &words.paths, |a| list.watches_origin(a));
            let in_window = |c: &Change| c.is_transition() && c.time >= window.from.0;
            let changes: Vec<Change> = history.changes.into_iter().filter(in_window).collect();
            (tally, by, changes, history.mismatches)
        })
        .collect();
    let mut answer = Answer {
        readings,
        peers: reports,
        prefixes: words.prefixes,
        given_away_by: Vec::with_capacity(replayed.len()),
        paths: words.paths,
        tallies: Vec::with_capacity(replayed.len()),
        transitions: Vec::new(),
    };
    for (id, (tally, by, changes, mismatches)) in (0..).zip(replayed) {
        let family = answer.prefixes[id as usize].family();
        answer.tallies.push(tally);
        answer.given_away_by.push(by);
        answer
            .transitions
            .extend(changes.into_iter().map(|c| (id, c)));
        for (peer, added, removed) in mismatches {
            answer.peers[peer as usize].add_mismatches(family, added, removed);
        }
    }
    // Stable: what happens to a prefix at a peer in one instant stays in order.
    answer
        .transitions
        .par_sort_by_key(|(prefix, c)| (c.time, c.peer, *prefix));
    answer
}
