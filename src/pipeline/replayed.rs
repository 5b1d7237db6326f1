//! Files read, peers classified and sessions worked out, up to where prefixes can be replayed one by
//! one.

use super::checkpoint::Checkpoints;
use super::count::{self, Counts};
use super::machine::Machine;
use super::read::{ReadFiles, ReadInputs, ReadStage};
use super::{Notice, PipelineError, Progress};
use crate::decode::CoveringDetail;
use crate::detect::choices::{Choice, ChoiceInputs};
use crate::detect::{OutageInputs, OutageRules};
use crate::locate::CollectorFiles;
use crate::model::net::Prefix;
use crate::model::peer::PeerId;
use crate::model::route::FileId;
use crate::replay::classify::{self, PeerReport};
use crate::replay::collect::{self, Collected};
use crate::replay::input::{self, CollectorData, DecodedFile, Role};
use crate::replay::observations::{self, Observations};
use crate::replay::session::SessionTimeline;
use crate::replay::session_events::CollectedPeer;
use crate::replay::silence::PeerSilence;
use crate::replay::{self, History, Observation};
use crate::study::{FeedRule, Study};
use crate::tally::upstreams::PathUpstreams;
use crate::tally::vantage::VantageSet;
use crate::tally::{self, CountingInputs, CountingRules, Tally};
use crate::watchlist::{PrefixSet, WatchList};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Everything that the routes of a run depend on. A `PeerId` is an index into `reports` and
/// `timelines`.
pub struct Replayed {
    /// The files that were read, by collector.
    pub collectors: Vec<CollectorData>,
    /// The peers, with their classification and how their sessions fared.
    pub reports: Vec<PeerReport>,
    /// By peer: what acts on all of its routes.
    pub timelines: Vec<SessionTimeline>,
    /// The silences that make a peer unknown.
    pub silences: Vec<PeerSilence>,
    /// The prefixes that a watched AS originated.
    pub discovered: PrefixSet,
    /// The observations of each watched prefix, and of those that cover watched space.
    pub observations: Observations,
    /// The vantage ASes, and when their peers count.
    pub vantages: VantageSet,
    /// By peer: whether its withdrawals say that it had the route before.
    pub infers: Vec<bool>,
    /// The span that is counted, and the rules of the status.
    pub counting: CountingRules,
    /// The other choices under which events are counted again.
    pub choices: Vec<ChoiceInputs>,
    /// Which losses are outages.
    pub outage_rules: OutageRules,
    /// See [`Replayed::superseded`]; found when first asked for.
    superseded: OnceLock<Vec<Prefix>>,
}

impl Replayed {
    /// A file by its number.
    pub fn file(&self, id: FileId) -> Option<&DecodedFile> {
        input::file(&self.collectors, id)
    }

    /// Whether data that the window needs is missing or damaged.
    pub fn is_incomplete(&self) -> bool {
        input::is_incomplete(&self.collectors)
    }

    /// Whether a prefix is watched and was observed, so that the tables have it.
    pub fn watches(&self, list: &WatchList, prefix: Prefix) -> bool {
        let is_there = self.observations.prefixes.binary_search(&prefix).is_ok();
        is_there && (list.watches(prefix) || self.discovered.contains(prefix))
    }

    /// The prefixes of the tables, sorted.
    pub fn watched<'a>(&'a self, list: &'a WatchList) -> impl Iterator<Item = Prefix> + 'a {
        let prefixes = self.observations.prefixes.iter().copied();
        prefixes.filter(|prefix| self.watches(list, *prefix))
    }

    /// Replays and counts every prefix of the tables by itself, side by side. Results come in the
    /// order of the prefixes.
    pub fn each<R: Send>(
        &self,
        list: &WatchList,
        visit: impl Fn(Prefix, &[Observation], &History, &Tally) -> R + Sync,
    ) -> Vec<R> {
        let path_upstreams = PathUpstreams::of(&self.observations.paths);
        let inputs = self.counting_inputs(&path_upstreams);
        let observed = self
            .observations
            .prefixes
            .par_iter()
            .zip(&self.observations.by_prefix);
        let observed = observed.filter(|(prefix, _)| self.watches(list, **prefix));
        let visited = observed.map(|(&prefix, observations)| {
            let history = replay::prefix(prefix, observations, &self.timelines);
            let tally = tally::prefix(prefix, &history, inputs);
            visit(prefix, observations, &history, &tally)
        });
        visited.collect()
    }

    /// The prefixes that are no members as other routes took their place before the window; sorted.
    /// Counts everything when it is first asked.
    pub fn superseded(&self, list: &WatchList) -> &[Prefix] {
        self.superseded.get_or_init(|| {
            let counts = self.counts(list);
            let counted = counts.prefixes.iter().flatten();
            let superseded = counted.filter(|it| it.tally.baseline.is_superseded);
            let mut prefixes: Vec<Prefix> = superseded.map(|it| it.prefix).collect();
            prefixes.sort_unstable();
            prefixes
        })
    }

    /// Counts everything.
    pub(super) fn counts(&self, list: &WatchList) -> Counts {
        let path_upstreams = PathUpstreams::of(&self.observations.paths);
        let of_collector = |data: &CollectorData| {
            let its = |peer: PeerId| self.reports[peer as usize].peer.collector == data.collector;
            self.vantages.filtered(its)
        };
        let collectors: Vec<VantageSet> = self.collectors.iter().map(of_collector).collect();
        let inputs = OutageInputs {
            counting: self.counting_inputs(&path_upstreams),
            collectors: &collectors,
            choices: &self.choices,
            rules: self.outage_rules,
        };
        count::all(
            &self.observations,
            list,
            &self.discovered,
            &self.timelines,
            inputs,
        )
    }

    fn counting_inputs<'a>(&'a self, path_upstreams: &'a PathUpstreams) -> CountingInputs<'a> {
        CountingInputs {
            vantages: &self.vantages,
            paths: &self.observations.paths,
            path_upstreams,
            infers: &self.infers,
            rules: &self.counting,
        }
    }
}

/// Reads the files of each collector, and works out what happened to every session. Routes that
/// only cover watched space keep their AS paths.
///
/// # Errors
/// As [`super::analyse`].
pub fn replay(
    study: &Study,
    list: &WatchList,
    files: Vec<CollectorFiles>,
    checkpoints: Option<&Checkpoints>,
    progress: &dyn Progress,
) -> Result<Replayed, PipelineError> {
    replay_with(
        study,
        list,
        files,
        checkpoints,
        CoveringDetail::Full,
        progress,
    )
}

/// As [`replay`]; `covering` tells what is kept of routes that only cover watched space.
pub(super) fn replay_with(
    study: &Study,
    list: &WatchList,
    mut files: Vec<CollectorFiles>,
    checkpoints: Option<&Checkpoints>,
    covering: CoveringDetail,
    progress: &dyn Progress,
) -> Result<Replayed, PipelineError> {
    files.sort_by(|a, b| a.collector.cmp(&b.collector));
    let has_unavailable_rib = |h: &CollectorFiles| {
        let mut ribs = h.missing.iter().filter(|f| f.kind.is_table_dump());
        ribs.any(|f| f.reason.is_some())
    };
    let no_rib = files
        .iter()
        .all(|h| h.ribs.is_empty() && !has_unavailable_rib(h));
    if no_rib && study.rules.full_feed != FeedRule::All {
        return Err(PipelineError::NoRib);
    }
    let machine = Machine {
        checkpoints,
        progress,
    };
    let stage = ReadStage {
        inputs: ReadInputs::of(study, list, covering),
        machine: &machine,
    };
    let ReadFiles {
        mut collectors,
        discovered,
    } = stage.read(files)?;
    if let Some(checkpoints) = checkpoints {
        progress.notice(Notice::Resumed(checkpoints.resumed()));
    }
    progress.work("sessions");
    let mut next = 0;
    for data in &mut collectors {
        data.first_file = next;
        next += data.files.len() as FileId;
    }
    let window = study.window;
    let rules = study.rules;
    let collected = collect::collect(&mut collectors, window.to, rules.silence_threshold().0);
    let Collected {
        mut peers,
        observations,
    } = collected;
    let mut reports = classify::peers(&peers, rules.full_feed, rules.exclude_route_servers);
    let is_rib = |file: &DecodedFile| matches!(file.role, Role::StartRib | Role::LaterRib);
    let has_rib = collectors.iter().any(|data| data.files.iter().any(is_rib));
    let other_feeds: Vec<(Choice, VantageSet)> = match has_rib {
        true => OTHER_FEEDS
            .map(|(choice, rule)| {
                let reports = classify::peers(&peers, rule, rules.exclude_route_servers);
                (choice, vantages(&reports))
            })
            .into(),
        false => Vec::new(),
    };
    let silences = silences(&peers, |id| {
        reports[id as usize].is_judged_by_silence(&rules)
    });
    stage.add_silences(&collectors, &silences, &mut peers)?;
    progress.work("replaying");
    let timelines = peers.into_iter().zip(&mut reports).map(|(peer, report)| {
        let timeline = SessionTimeline::new(
            peer.start_rib,
            peer.start_coverage,
            peer.inputs,
            window.to.0,
        );
        report.add_timeline(&timeline, &peer.resumed, window);
        timeline
    });
    let timelines: Vec<SessionTimeline> = timelines.collect();
    let vantages = vantages(&reports);
    let counting = CountingRules {
        window,
        start: collectors
            .iter()
            .map(|r| r.start)
            .min()
            .unwrap_or(window.from),
        baseline_at: study.rules.baseline_at.unwrap_or(window.from),
        has_chosen_baseline: study.rules.baseline_at.is_some(),
        min_life: study.rules.min_life,
        has_rib,
        min_vantage: study.rules.min_vantage,
        visible_from: 50,
    };
    if let Some(at) = study.rules.baseline_at
        && !(counting.start..window.to).contains(&at)
    {
        return Err(PipelineError::BaselineOutside {
            at,
            from: counting.start,
            to: window.to,
        });
    }
    let choices = choices(
        study.rules.full_feed,
        other_feeds,
        &collectors,
        &reports,
        &vantages,
        counting,
    );
    // Only a run without a RIB infers anything.
    let is_watched = |prefix| list.watches(prefix) || discovered.contains(prefix);
    let infers = match has_rib {
        true => vec![false; reports.len()],
        false => observations::infers(&observations, reports.len(), is_watched),
    };
    Ok(Replayed {
        discovered,
        collectors,
        timelines,
        silences,
        infers,
        reports,
        observations,
        vantages,
        counting,
        choices,
        outage_rules: OutageRules::of(study),
        superseded: OnceLock::new(),
    })
}

/// The rules of full feed that an event is counted again under.
const OTHER_FEEDS: [(Choice, FeedRule); 3] = [
    (Choice::AllPeers, FeedRule::All),
    (Choice::FullFeed(50), FeedRule::Share(500)),
    (Choice::FullFeed(90), FeedRule::Share(900)),
];

/// The vantage ASes of classified peers.
fn vantages(reports: &[PeerReport]) -> VantageSet {
    let counted = reports.iter().map(|r| (r.peer.session.asn, r.counted));
    VantageSet::new(&counted.collect::<Vec<_>>())
}

/// The other choices under which the events of a run are counted again: other full feeds, another
/// share that makes visible, each collector alone where there are several, and without stuck peers.
fn choices(
    rule: FeedRule,
    other_feeds: Vec<(Choice, VantageSet)>,
    collectors: &[CollectorData],
    reports: &[PeerReport],
    vantages: &VantageSet,
    rules: CountingRules,
) -> Vec<ChoiceInputs> {
    let is_own = |choice: Choice| OTHER_FEEDS.contains(&(choice, rule));
    let feeds = other_feeds.into_iter().filter(|feed| !is_own(feed.0));
    let feeds = feeds.map(|(choice, vantages)| ChoiceInputs {
        choice,
        vantages: Some(vantages),
        rules,
    });
    let shares = [25, 75].map(|percent| ChoiceInputs {
        choice: Choice::VisibleFrom(percent),
        vantages: None,
        rules: CountingRules {
            visible_from: percent,
            ..rules
        },
    });
    let has_several = collectors.len() > 1;
    let alone = (0u32..).zip(collectors).filter(|_| has_several);
    let alone = alone.map(|(index, data)| {
        let its = |peer: PeerId| reports[peer as usize].peer.collector == data.collector;
        ChoiceInputs {
            choice: Choice::Collector(index),
            vantages: Some(vantages.filtered(its)),
            rules: CountingRules {
                // A collector's own view counts however few vantage ASes it has.
                min_vantage: 1,
                ..rules
            },
        }
    });
    let without_stuck = ChoiceInputs {
        choice: Choice::WithoutStuck,
        vantages: None,
        rules,
    };
    feeds
        .chain(shares)
        .chain(alone)
        .chain([without_stuck])
        .collect()
}

/// The silences of the peers that `applies` holds for.
fn silences(peers: &[CollectedPeer], applies: impl Fn(PeerId) -> bool) -> Vec<PeerSilence> {
    let applying = (0..).zip(peers).filter(|(id, _)| applies(*id));
    let found = applying.flat_map(|(id, peer)| {
        peer.silences.iter().map(move |&silence| PeerSilence {
            peer: id,
            silence,
            table: peer.table(),
        })
    });
    found.collect()
}
