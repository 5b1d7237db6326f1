//! What a run finds: everything that the tables, the report and an outside program need.

use super::count::Counts;
use super::replayed::Replayed;
use crate::detect::choices::ChoiceInputs;
use crate::detect::collectors::clocks;
use crate::detect::events::Event;
use crate::detect::groups::{self, EntityBins, EntityOutage, EntityStage, GroupInputs};
use crate::detect::sensitivity::Sensitivity;
use crate::detect::{OutageRules, PrefixOutages};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::path::AsPath;
use crate::model::route::{Change, FileId, PrefixId};
use crate::model::time::TimeDelta;
use crate::replay::classify::PeerReport;
use crate::replay::input::{self, CollectorData, DecodedFile};
use crate::study::{Profile, Study};
use crate::tally::Tally;
use crate::tally::coverage::CoverageSeries;
use crate::tally::group::Group;
use crate::watchlist::WatchList;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The findings of a run. Lists by prefix are in the order of [`Findings::prefixes`], lists by peer
/// in the order of [`Findings::peers`]; minutes are counted from the window's start (UTC).
pub struct Findings {
    /// The question.
    pub study: Study,
    /// The address blocks and origin ASNs that were watched, with their reasons.
    pub list: WatchList,
    /// The files that were read, by collector.
    pub collectors: Vec<CollectorData>,
    /// By collector: how far its clock is ahead of the others', where common losses show it.
    pub clocks: Vec<Option<TimeDelta>>,
    /// The peers, sorted by collector, AS number and address.
    pub peers: Vec<PeerReport>,
    /// The watched prefixes that some peer had a route to, or withdrew; sorted.
    pub prefixes: Vec<Prefix>,
    /// By prefix: the watched ASNs that originated a route to it.
    pub matched_origins: Vec<Vec<Asn>>,
    /// By prefix: its visibility minute by minute, and its baseline.
    pub tallies: Vec<Tally>,
    /// By prefix: its outages, those too short to be listed included.
    pub prefix_outages: Vec<PrefixOutages>,
    /// Changes of presence or path within the window, by time, peer and prefix.
    pub transitions: Vec<(PrefixId, Change)>,
    /// Prefixes that cover watched space and are not watched themselves, sorted.
    pub covering: Vec<Prefix>,
    /// How the units of the watched space are reached.
    pub coverage: Vec<CoverageSeries>,
    /// The AS paths that changes and tallies refer to.
    pub paths: Vec<AsPath>,
    /// Minute by minute, the groups of prefixes by origin AS.
    pub asns: BTreeMap<(Asn, Family), Group>,
    /// Minute by minute, the country, where the study asks for one.
    pub country: BTreeMap<Family, Group>,
    /// The events of the country, of ASes, or of all that is watched; by start.
    pub events: Vec<Event>,
    /// The events under other choices, by event.
    pub sensitivity: Vec<Sensitivity>,
    /// The outages of the country, of ASes and of prefixes.
    pub outages: Vec<EntityOutage>,
    /// The stages of their outages.
    pub stages: Vec<EntityStage>,
    /// What IODA would have counted of country and ASes, under the profile `ioda`.
    pub ioda: Vec<EntityBins>,
}

impl Findings {
    /// Counts and detects everything in what was replayed.
    pub(super) fn of(study: Study, list: WatchList, replayed: Replayed) -> Self {
        let counts = replayed.counts(&list);
        let Replayed {
            collectors,
            reports,
            observations,
            choices,
            ..
        } = replayed;
        // The observations are counted, and they are most of what a large run holds.
        drop(observations.by_prefix);
        let mut findings = Self {
            study,
            list,
            collectors,
            clocks: Vec::new(),
            peers: reports,
            prefixes: Vec::new(),
            matched_origins: Vec::new(),
            tallies: Vec::new(),
            prefix_outages: Vec::new(),
            transitions: Vec::new(),
            covering: Vec::new(),
            coverage: Vec::new(),
            paths: observations.paths,
            asns: BTreeMap::new(),
            country: BTreeMap::new(),
            events: Vec::new(),
            sensitivity: Vec::new(),
            outages: Vec::new(),
            stages: Vec::new(),
            ioda: Vec::new(),
        };
        findings.add_prefixes(counts);
        findings.add_groups(&choices);
        findings
    }

    fn add_prefixes(&mut self, counts: Counts) {
        self.covering = counts.covering;
        self.coverage = counts.coverage;
        let prefixes = counts.prefixes.iter().map(Vec::len).sum();
        self.prefixes.reserve_exact(prefixes);
        self.matched_origins.reserve_exact(prefixes);
        self.tallies.reserve_exact(prefixes);
        self.prefix_outages.reserve_exact(prefixes);
        for (id, counted) in (0..).zip(counts.prefixes.into_iter().flatten()) {
            let family = counted.prefix.family();
            for report in &counted.outages.listed {
                for &peer in &report.stuck_peers {
                    self.peers[peer as usize].add_stuck(family);
                }
            }
            for (peer, added, removed) in counted.mismatches {
                self.peers[peer as usize].add_mismatches(family, added, removed);
            }
            self.prefixes.push(counted.prefix);
            self.matched_origins.push(counted.matched_origins);
            self.tallies.push(counted.tally);
            self.prefix_outages.push(counted.outages);
            let transitions = counted.transitions.into_iter().map(|c| (id, c));
            self.transitions.extend(transitions);
        }
        let reports = self.prefix_outages.iter().flat_map(|o| &o.listed);
        self.clocks = clocks(reports, self.collectors.len());
        // Stable: the changes of a prefix at a peer in one instant stay in their order.
        self.transitions
            .par_sort_by_key(|(prefix, c)| (c.time, c.peer, *prefix));
    }

    fn add_groups(&mut self, choices: &[ChoiceInputs]) {
        let mut watched_origins: Vec<Asn> = self.list.origins().collect();
        watched_origins.sort_unstable();
        let in_blocks = self.prefixes.iter().map(|p| self.list.watches(*p));
        let is_in_block: Vec<bool> = in_blocks.collect();
        let groups = groups::find(&GroupInputs {
            prefixes: &self.prefixes,
            matched_origins: &self.matched_origins,
            is_in_block: &is_in_block,
            choices,
            tallies: &self.tallies,
            outages: &self.prefix_outages,
            coverage: &self.coverage,
            paths: &self.paths,
            country: self.study.selection.country.as_deref(),
            watched_origins: &watched_origins,
            rules: OutageRules::of(&self.study),
            with_ioda: self.study.rules.profile == Profile::Ioda,
        });
        self.asns = groups.asns;
        self.country = groups.country;
        self.events = groups.events;
        self.sensitivity = groups.sensitivity;
        self.outages = groups.outages;
        self.stages = groups.stages;
        self.ioda = groups.ioda;
    }

    /// A file by its number.
    pub fn file(&self, id: FileId) -> Option<&DecodedFile> {
        input::file(&self.collectors, id)
    }

    /// Whether data that the window needs is missing or damaged.
    pub fn is_incomplete(&self) -> bool {
        input::is_incomplete(&self.collectors)
    }
}
