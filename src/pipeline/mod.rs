//! The stages in order, side by side over files, collectors and prefixes. The one place that
//! knows them all.

mod count;
mod read;
pub mod repeat;
pub mod supply;
mod work;

use crate::detect::collectors::clocks;
use crate::detect::{Found, Sources};
use crate::locate::Holdings;
use crate::model::archive::FileKind;
use crate::model::net::{Asn, Prefix};
use crate::model::path::AsPath;
use crate::model::peer::PeerId;
use crate::model::route::{Change, FileId, NONE, PrefixId};
use crate::replay::feed::FeedRule;
use crate::replay::gather::{Peers, ReadFile, Reading, Role};
use crate::replay::judge::{self, PeerReport};
use crate::replay::session::{Listing, Timeline};
use crate::replay::{signs, words};
use crate::select::WatchList;
use crate::study::Study;
use crate::tally::coverage::Piece;
use crate::tally::upstreams::NextToOrigin;
use crate::tally::vantage::Roster;
use crate::tally::{Lookup, Tally, Terms};
use rayon::prelude::*;
use read::Reader;
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
    /// By prefix: its outages.
    pub found: Vec<Found>,
    /// By reading: by how many microseconds the collector's clock is ahead of the others', as far
    /// as common losses tell.
    pub clocks: Vec<Option<i64>>,
    /// Changes of presence or path within the window, by time, peer and prefix.
    pub transitions: Vec<(PrefixId, Change)>,
    /// Routes that cover watched space and are not watched themselves, sorted.
    pub covering: Vec<Prefix>,
    /// How the watched space is reached.
    pub coverage: Vec<Piece>,
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
    mut holdings: Vec<Holdings>,
    progress: &dyn Progress,
) -> Result<Answer, PipelineError> {
    holdings.sort_by(|a, b| a.collector.cmp(&b.collector));
    let lost_rib = |h: &Holdings| {
        let mut ribs = h.lost.iter().filter(|l| l.kind == FileKind::Rib);
        ribs.any(|l| l.reason.is_some())
    };
    let no_rib = holdings.iter().all(|h| h.ribs.is_empty() && !lost_rib(h));
    if no_rib && study.rules.full_feed != FeedRule::All {
        return Err(PipelineError::NoRib);
    }
    let reader = Reader {
        study,
        list,
        progress,
    };
    let mut readings = reader.all(holdings)?;
    let mut next = 0;
    for reading in &mut readings {
        reading.first_file = next;
        next += reading.files.len() as FileId;
    }
    answer(&reader, readings)
}

/// Replays and counts what was read.
fn answer(reader: &Reader<'_>, readings: Vec<Reading>) -> Result<Answer, PipelineError> {
    let study = reader.study;
    let window = study.window;
    let rules = study.rules;
    let peers = Peers::of(&readings);
    let mut reports = judge::peers(
        &readings,
        &peers,
        rules.full_feed,
        rules.exclude_route_servers,
    );
    let mut signs = signs::of(&readings, &peers);
    reader.add_silences(&readings, &peers, &reports, &mut signs)?;
    let timelines: Vec<Timeline> = signs
        .into_iter()
        .zip(&peers.list)
        .map(|(signs, peer)| {
            let reading = readings.iter().find(|r| r.collector == peer.collector);
            let start = reading.and_then(|r| r.with_role(Role::StartRib).next());
            let listed = start.and_then(|(id, rib)| {
                let session = peer.session;
                let listed = rib.main().peers.iter().find(|p| p.session == session)?;
                Some((id, signs::listing(rib.main(), listed)))
            });
            let (id, listing) = listed.unwrap_or((NONE, [Listing::None; 2]));
            Timeline::new(id, listing, signs, window.to.0)
        })
        .collect();
    for (report, timeline) in reports.iter_mut().zip(&timelines) {
        report.add_timeline(timeline, window);
    }
    let words = words::all(&readings, &peers, window.to);
    let counted: Vec<_> = reports
        .iter()
        .map(|r| (r.peer.session.asn, r.counted))
        .collect();
    let roster = Roster::new(&counted);
    let terms = Terms {
        window,
        start: readings
            .iter()
            .map(|r| r.start)
            .min()
            .unwrap_or(window.from),
        baseline_at: study.rules.baseline_at.unwrap_or(window.from),
        min_vantage: study.rules.min_vantage,
    };
    let given_away = read::given_away(&readings);
    let next = NextToOrigin::of(&words.paths);
    let lookup = Lookup {
        roster: &roster,
        paths: &words.paths,
        next: &next,
        terms: &terms,
    };
    let of_collector = |reading: &Reading| {
        let is_its = |peer: PeerId| peers.list[peer as usize].collector == reading.collector;
        roster.filtered(is_its)
    };
    let collectors: Vec<Roster> = readings.iter().map(of_collector).collect();
    let sources = Sources {
        lookup,
        collectors: &collectors,
        rules: study.detection(),
    };
    let counts = count::all(&words, reader.list, &given_away, &timelines, sources);
    // What was said is no longer needed, and is most of what a large run holds.
    drop(words.by_prefix);
    let prefixes = counts.prefixes.iter().map(Vec::len).sum();
    let mut answer = Answer {
        readings,
        peers: reports,
        prefixes: Vec::with_capacity(prefixes),
        given_away_by: Vec::with_capacity(prefixes),
        paths: words.paths,
        tallies: Vec::with_capacity(prefixes),
        found: Vec::with_capacity(prefixes),
        clocks: Vec::new(),
        transitions: Vec::new(),
        covering: counts.covering,
        coverage: counts.pieces,
    };
    for (id, counted) in (0..).zip(counts.prefixes.into_iter().flatten()) {
        let family = counted.prefix.family();
        answer.prefixes.push(counted.prefix);
        answer.tallies.push(counted.tally);
        for story in &counted.found.stories {
            for &peer in &story.stuck {
                answer.peers[peer as usize].add_stuck(family);
            }
        }
        answer.found.push(counted.found);
        answer.given_away_by.push(counted.given_away_by);
        let transitions = counted.transitions.into_iter().map(|c| (id, c));
        answer.transitions.extend(transitions);
        for (peer, added, removed) in counted.mismatches {
            answer.peers[peer as usize].add_mismatches(family, added, removed);
        }
    }
    let stories = answer.found.iter().flat_map(|f| &f.stories);
    answer.clocks = clocks(stories, answer.readings.len());
    // Stable: what happens to a prefix at a peer in one instant stays in order.
    answer
        .transitions
        .par_sort_by_key(|(prefix, c)| (c.time, c.peer, *prefix));
    Ok(answer)
}
