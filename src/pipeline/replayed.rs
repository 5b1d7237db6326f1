//! Files read and sessions worked out, up to where prefixes can be replayed one by one.

use super::count::{self, Counts};
use super::read::{self, Reader};
use super::{PipelineError, Progress};
use crate::locate::Holdings;
use crate::model::archive::FileKind;
use crate::model::net::Prefix;
use crate::model::route::{FileId, NONE};
use crate::replay::feed::FeedRule;
use crate::replay::gather::{Peers, ReadFile, Reading, Role};
use crate::replay::judge::{self, PeerReport};
use crate::replay::session::{Listing, Timeline};
use crate::replay::signs;
use crate::replay::words::{self, Words};
use crate::select::{PrefixSet, WatchList};
use crate::study::Study;
use crate::tally::upstreams::NextToOrigin;
use crate::tally::vantage::Roster;
use crate::tally::{Lookup, Terms};

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

    /// The prefixes that the run watches, and that were spoken of; sorted.
    pub fn watched<'a>(&'a self, list: &'a WatchList) -> impl Iterator<Item = Prefix> + 'a {
        let is_watched = |p: &Prefix| list.watches(*p) || self.given_away.contains(*p);
        self.words.prefixes.iter().copied().filter(is_watched)
    }

    /// Counts everything.
    pub(super) fn counts(&self, list: &WatchList) -> Counts {
        let next = NextToOrigin::of(&self.words.paths);
        let lookup = Lookup {
            roster: &self.roster,
            paths: &self.words.paths,
            next: &next,
            terms: &self.terms,
        };
        count::all(&self.words, list, &self.given_away, &self.timelines, lookup)
    }
}

/// Reads what is held of each collector, and works out what happened to every session.
///
/// # Errors
/// As [`super::run`].
pub fn replay(
    study: &Study,
    list: &WatchList,
    mut holdings: Vec<Holdings>,
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
        progress,
    };
    let mut readings = reader.all(holdings)?;
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
