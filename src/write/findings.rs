//! The answer of the pipeline with what is derived from it: minutes of ASes and country, outages,
//! stages, IODA's bins.

use crate::detect::OutageRules;
use crate::detect::groups::{self, EntityBins, EntityOutage, EntityStage, GroupInputs};
use crate::model::net::{Asn, Family};
use crate::pipeline::Answer;
use crate::study::{Profile, Study};
use crate::tally::group::Group;
use crate::watchlist::WatchList;
use std::collections::BTreeMap;

/// See the module.
pub struct Findings<'a> {
    /// The question.
    pub study: &'a Study,
    /// What was watched.
    pub list: &'a WatchList,
    /// What was found out.
    pub answer: &'a Answer,
    /// The origin ASes.
    pub asns: BTreeMap<(Asn, Family), Group>,
    /// The country, where one was asked for.
    pub country: BTreeMap<Family, Group>,
    /// Outages of country, ASes and prefixes.
    pub outages: Vec<EntityOutage>,
    /// The stages that they went through.
    pub stages: Vec<EntityStage>,
    /// What IODA would have counted, where asked for.
    pub ioda: Vec<EntityBins>,
}

impl<'a> Findings<'a> {
    /// Adds up an answer.
    pub fn new(study: &'a Study, list: &'a WatchList, answer: &'a Answer) -> Self {
        let watched_origins: Vec<Asn> = list.origins().collect();
        let groups = groups::find(&GroupInputs {
            prefixes: &answer.prefixes,
            matched_origins: &answer.matched_origins,
            tallies: &answer.tallies,
            outages: &answer.outages,
            coverage: &answer.coverage,
            paths: &answer.paths,
            country: study.selection.country.as_deref(),
            watched_origins: &watched_origins,
            rules: OutageRules::of(study),
            with_ioda: study.rules.profile == Profile::Ioda,
        });
        Self {
            study,
            list,
            answer,
            asns: groups.asns,
            country: groups.country,
            outages: groups.outages,
            stages: groups.stages,
            ioda: groups.ioda,
        }
    }

    /// Whether any prefix was visible in the baseline, so that its loss is an outage at once.
    pub fn has_baseline(&self) -> bool {
        let mut tallies = self.answer.tallies.iter();
        tallies.any(|t| t.baseline.is_member())
    }
}
