//! Files read and sessions worked out, up to where prefixes can be replayed one by one.

use super::checkpoint::Checkpoints;
use super::count::{self, Counts};
use super::read::{self, Reader};
use super::{PipelineError, Progress};
use crate::decode::Covering;
use crate::detect::Sources;
use crate::locate::Holdings;
use crate::model::archive::FileKind;
use crate::model::net::Prefix;
use crate::model::peer::{Collector, PeerId, Session};
use crate::model::route::{FileId, NONE};
use crate::replay::feed::FeedRule;
use crate::replay::gather::{Peers, ReadFile, Reading, Role};
use crate::replay::judge::{self, PeerReport};
use crate::replay::session::{Listing, Timeline};
use crate::replay::words::{self, Words};
use crate::replay::{self, History, Word, signs};
use crate::select::{PrefixSet, WatchList};
use crate::study::Study;
use crate::tally::upstreams::NextToOrigin;
use crate::tally::vantage::Roster;
use crate::tally::{self, Lookup, Tally, Terms};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// All that the routes of a run hang on. Peers are numbered alike in all of it.
pub struct Replayed {
    /// What was read, by collector.
    pub readings: Vec<Reading>,
    /// The peers with what became of their sessions.
    pub reports: Vec<PeerReport>,
    /// What happened to each session.
    pub timelines: Vec<Timeline>,
    /// Prefixes that a watched AS originated.
    pub given_away: PrefixSet,
    /// What was said of each prefix, and of those that cover watched space.
    pub words: Words,
    /// Who counts, and since when.
    pub roster: Roster,
    /// What minutes are judged by.
    pub terms: Terms,
}

impl Replayed {
    /// A file by its number.
    pub fn file(&self, id: FileId) -> Option<&ReadFile> {
        let reading = self.readings.iter().rfind(|r| r.first_file <= id)?;
        reading.files.get((id - reading.first_file) as usize)
    }

    /// Whether something was missing or damaged that the window needed.
    pub fn is_incomplete(&self) -> bool {
        super::is_incomplete(&self.readings)
    }

    /// Whether a prefix is watched, and has been spoken of: whether the tables have it.
    pub fn watches(&self, list: &WatchList, prefix: Prefix) -> bool {
        let is_there = self.words.prefixes.binary_search(&prefix).is_ok();
        is_there && (list.watches(prefix) || self.given_away.contains(prefix))
    }

    /// The prefixes of the tables, sorted.
    pub fn watched<'a>(&'a self, list: &'a WatchList) -> impl Iterator<Item = Prefix> + 'a {
        let prefixes = self.words.prefixes.iter().copied();
        prefixes.filter(|prefix| self.watches(list, *prefix))
    }

    /// Replays and counts every prefix of the tables by itself, side by side; answers in their
    /// order.
    pub fn each<R: Send>(
        &self,
        list: &WatchList,
        visit: impl Fn(Prefix, &[Word], &History, &Tally) -> R + Sync,
    ) -> Vec<R> {
        let next = NextToOrigin::of(&self.words.paths);
        let lookup = self.lookup(&next);
        let said = self.words.prefixes.par_iter().zip(&self.words.by_prefix);
        let said = said.filter(|(prefix, _)| self.watches(list, **prefix));
        let visited = said.map(|(&prefix, said)| {
            let history = replay::prefix(prefix, said, &self.timelines);
            let tally = tally::prefix(prefix, &history, lookup);
            visit(prefix, said, &history, &tally)
        });
        visited.collect()
    }

    /// Forgets what the files say of routes and sessions: it is among the words and timelines.
    pub(super) fn forget_routes(&mut self) {
        let files = self.readings.par_iter_mut().flat_map(|r| &mut r.files);
        files.for_each(ReadFile::forget_routes);
    }

    /// Counts everything.
    pub(super) fn counts(&self, study: &Study, list: &WatchList) -> Counts {
        let next = NextToOrigin::of(&self.words.paths);
        let of_collector = |reading: &Reading| {
            let its =
                |peer: PeerId| self.reports[peer as usize].peer.collector == reading.collector;
            self.roster.filtered(its)
        };
        let collectors: Vec<Roster> = self.readings.iter().map(of_collector).collect();
        let sources = Sources {
            lookup: self.lookup(&next),
            collectors: &collectors,
            rules: study.detection(),
        };
        count::all(
            &self.words,
            list,
            &self.given_away,
            &self.timelines,
            sources,
        )
    }

    fn lookup<'a>(&'a self, next: &'a NextToOrigin) -> Lookup<'a> {
        Lookup {
            roster: &self.roster,
            paths: &self.words.paths,
            next,
            terms: &self.terms,
        }
    }
}

/// Reads what is held of each collector, and works out what happened to every session.
///
/// # Errors
/// As [`super::run`].
pub fn replay(
    study: &Study,
    list: &WatchList,
    holdings: Vec<Holdings>,
    checkpoints: Option<&Checkpoints>,
    progress: &dyn Progress,
) -> Result<Replayed, PipelineError> {
    replay_with(
        study,
        list,
        holdings,
        checkpoints,
        Covering::Paths,
        progress,
    )
}

/// As [`replay`], with just so much of the routes that only cover what is watched.
pub(super) fn replay_with(
    study: &Study,
    list: &WatchList,
    mut holdings: Vec<Holdings>,
    checkpoints: Option<&Checkpoints>,
    covering: Covering,
    progress: &dyn Progress,
) -> Result<Replayed, PipelineError> {
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
        checkpoints,
        progress,
        covering,
    };
    let mut readings = reader.all(holdings)?;
    if let Some(checkpoints) = checkpoints {
        progress.resumed(checkpoints.resumed());
    }
    progress.work("sessions");
    let mut next = 0;
    for reading in &mut readings {
        reading.first_file = next;
        next += reading.files.len() as FileId;
    }
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
    progress.work("replaying");
    let listed = listed(&readings);
    let timelines = signs.into_iter().zip(&peers.list).map(|(signs, peer)| {
        let of = listed.get(&(&peer.collector, peer.session));
        let (id, listing) = of.copied().unwrap_or((NONE, [Listing::None; 2]));
        Timeline::new(id, listing, signs, window.to.0)
    });
    let timelines: Vec<Timeline> = timelines.collect();
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
    Ok(Replayed {
        given_away: read::given_away(&readings),
        readings,
        reports,
        timelines,
        words,
        roster,
        terms,
    })
}

/// How the RIB from which a collector's replay starts lists each session, and which file it is.
fn listed(readings: &[Reading]) -> FxHashMap<(&Collector, Session), (FileId, [Listing; 2])> {
    let mut listed = FxHashMap::default();
    for reading in readings {
        if let Some((id, rib)) = reading.with_role(Role::StartRib).next() {
            let found = rib.main();
            for peer in &found.peers {
                let key = (&reading.collector, peer.session);
                listed.insert(key, (id, signs::listing(&found, peer)));
            }
        }
    }
    listed
}
