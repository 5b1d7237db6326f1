//! An answer with what is derived from it: minutes of ASes and country, outages, stages.

use crate::detect::group::{self as whole, Part};
use crate::detect::ioda::{self, Bin};
use crate::detect::stages::{self, Stretch};
use crate::detect::{Scope, Story};
use crate::model::net::{Asn, Family, Prefix};
use crate::pipeline::Answer;
use crate::select::WatchList;
use crate::study::{Profile, Study};
use crate::tally::group::{self, Group, Member};
use crate::tally::{Sight, Tally};
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
    pub outages: Vec<OutageRow>,
    /// Stages that they went through: scope, entity, what.
    pub stages: Vec<(Scope, String, Stretch)>,
    /// What IODA would have counted, where asked for: scope, entity, what.
    pub ioda: Vec<(Scope, String, Vec<Bin>)>,
}

/// An outage and whose it is.
#[derive(Debug, Clone)]
pub struct OutageRow {
    /// Country, AS or prefix.
    pub scope: Scope,
    /// Which, as the tables write it: `KP`, `AS131279`, `175.45.176.0/24`.
    pub entity: String,
    /// The lowest share of the baseline's units that some route still reached, in
    /// ten-thousandths; of an AS or country.
    pub reachable: Option<u32>,
    /// What can be told of it.
    pub story: Story,
}

impl<'a> Findings<'a> {
    /// Adds up an answer.
    pub fn new(study: &'a Study, list: &'a WatchList, answer: &'a Answer) -> Self {
        let window = study.window;
        let found = answer.prefixes.iter().zip(&answer.tallies);
        let found = found.zip(&answer.matched_origins).zip(&answer.found);
        let members: Vec<Member<'_>> = found
            .map(|(((&prefix, tally), matched_origins), found)| Member {
                prefix,
                matched_origins,
                tally,
                early_losses: found.doubt.losses.as_deref(),
                early_returns: found.doubt.returns.as_deref(),
            })
            .collect();
        let watched: Vec<Asn> = list.origins().collect();
        let asns = group::asns(&members, &answer.coverage, &watched, window);
        let country = match study.selection.country {
            Some(_) => group::whole(&members, &answer.coverage, window),
            None => BTreeMap::new(),
        };
        let mut findings = Self {
            study,
            list,
            answer,
            asns: BTreeMap::new(),
            country: BTreeMap::new(),
            outages: Vec::new(),
            stages: Vec::new(),
            ioda: Vec::new(),
        };
        let name = study.selection.country.as_deref().unwrap_or_default();
        let mut of_asn: BTreeMap<(Asn, Family), Vec<usize>> = BTreeMap::new();
        for (at, member) in members.iter().enumerate() {
            for &asn in group::owners(member.tally, member.matched_origins) {
                let places = of_asn.entry((asn, member.prefix.family())).or_default();
                places.push(at);
            }
        }
        for (&family, group) in &country {
            let places: Vec<usize> = (0..members.len())
                .filter(|&at| members[at].prefix.family() == family)
                .collect();
            findings.add(Scope::Country, entity(name, family), group, &places);
        }
        for (&(asn, family), group) in &asns {
            let places = of_asn.remove(&(asn, family)).unwrap_or_default();
            findings.add(
                Scope::Asn,
                entity(&format!("AS{asn}"), family),
                group,
                &places,
            );
        }
        for (at, member) in members.iter().enumerate() {
            let rows = answer.found[at].stories.iter().map(|story| OutageRow {
                scope: Scope::Prefix,
                entity: member.prefix.to_string(),
                reachable: None,
                story: story.clone(),
            });
            findings.outages.extend(rows);
            if makes_outages(member.prefix) {
                let stretches = stages::of(&[member.tally], window).into_iter();
                let name = member.prefix.to_string();
                let rows = stretches.map(|s| (Scope::Prefix, name.clone(), s));
                findings.stages.extend(rows);
            }
        }
        findings.asns = asns;
        findings.country = country;
        findings
    }

    /// Adds a group's outages, stages and bins; `places` are those of its prefixes.
    fn add(&mut self, scope: Scope, entity: String, group: &Group, places: &[usize]) {
        let answer = self.answer;
        let window = self.study.window;
        let parts: Vec<Part<'_>> = places
            .iter()
            .filter(|&&at| makes_outages(answer.prefixes[at]))
            .map(|&at| Part {
                prefix: answer.prefixes[at],
                tally: &answer.tallies[at],
                found: &answer.found[at],
            })
            .collect();
        let rules = self.study.detection();
        for story in whole::stories(group, &parts, &answer.paths, rules) {
            self.outages.push(OutageRow {
                scope,
                entity: entity.clone(),
                reachable: lowest_reach(group, &story, window),
                story,
            });
        }
        let tallies: Vec<&Tally> = parts.iter().map(|p| p.tally).collect();
        let stretches = stages::of(&tallies, window).into_iter();
        let rows = stretches.map(|s| (scope, entity.clone(), s));
        self.stages.extend(rows);
        if self.study.rules.profile == Profile::Ioda {
            let prefixes: Vec<(Prefix, &Tally)> =
                parts.iter().map(|p| (p.prefix, p.tally)).collect();
            self.ioda
                .push((scope, entity, ioda::bins(&prefixes, window)));
        }
    }

    /// Whether anything was visible in the baseline, so that its loss could be told at once.
    pub fn has_baseline(&self) -> bool {
        let tallies = &self.answer.tallies;
        tallies.iter().any(|t| t.baseline.sight == Sight::Visible)
    }
}

/// A prefix longer than a unit is listed, but makes no outage.
fn makes_outages(prefix: Prefix) -> bool {
    prefix.len() <= prefix.family().unit_len()
}

fn lowest_reach(group: &Group, story: &Story, window: crate::model::time::Window) -> Option<u32> {
    let first = window.minute_index(story.outage.start);
    let last = window.minute_index(crate::model::time::Timestamp(story.outage.end.0 - 1));
    let last = last.min(window.minute_count().saturating_sub(1));
    let minutes = first as u32..=last as u32;
    minutes
        .filter_map(|minute| group.units.reachable(&group.units.at(minute)))
        .min()
}

/// The name of a group in a family: IPv4 goes without saying.
fn entity(name: &str, family: Family) -> String {
    match family {
        Family::V4 => name.to_owned(),
        Family::V6 => format!("{name} IPv6"),
    }
}
