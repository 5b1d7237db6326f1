//! All groups of a run: the country, the origin ASes, and each prefix by itself, with their
//! outages, stages and IODA bins.

use super::group_outage::{self, MemberOutages};
use super::ioda::{self, Bin};
use super::outage::Outage;
use super::stages::{StageSpan, stages};
use super::{OutageReport, OutageRules, PrefixOutages, Scope};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::path::AsPath;
use crate::model::time::{Timestamp, Window};
use crate::tally::Tally;
use crate::tally::coverage::CoverageSeries;
use crate::tally::group::{self, Group, GroupMember, is_countable};
use std::collections::BTreeMap;

/// What is known of each watched prefix, and what is asked about groups. The lists by prefix are in
/// the order of `prefixes`.
pub(crate) struct GroupInputs<'a> {
    /// The watched prefixes, sorted.
    pub prefixes: &'a [Prefix],
    /// By prefix: the watched ASNs that some route to it had as origin.
    pub matched_origins: &'a [Vec<Asn>],
    /// By prefix: what was counted.
    pub tallies: &'a [Tally],
    /// By prefix: its outages.
    pub outages: &'a [PrefixOutages],
    /// How the watched space is reached.
    pub coverage: &'a [CoverageSeries],
    /// The run's AS paths.
    pub paths: &'a [AsPath],
    /// ISO 3166 code of the country, where one was asked for.
    pub country: Option<&'a str>,
    /// The ASNs that are watched as origins.
    pub watched_origins: &'a [Asn],
    /// Which losses are outages.
    pub rules: OutageRules,
    /// Whether IODA's bins are asked for.
    pub with_ioda: bool,
}

/// What was found of the groups and prefixes of a run. Rows come in the order: country, ASes,
/// prefixes.
#[derive(Debug, Clone, Default)]
pub(crate) struct GroupFindings {
    /// The origin ASes.
    pub asns: BTreeMap<(Asn, Family), Group>,
    /// The country, where one was asked for.
    pub country: BTreeMap<Family, Group>,
    /// Outages of country, ASes and prefixes.
    pub outages: Vec<EntityOutage>,
    /// The stages that they went through.
    pub stages: Vec<EntityStage>,
    /// What IODA would have counted of country and ASes, where asked for.
    pub ioda: Vec<EntityBins>,
}

/// An outage and what it is of.
#[derive(Debug, Clone)]
pub struct EntityOutage {
    /// Country, AS or prefix.
    pub scope: Scope,
    /// Which one, as the tables write it: `KP`, `AS131279`, `AS131279 IPv6`, `175.45.176.0/24`.
    pub entity: String,
    /// The lowest share of the baseline's units that were reached, in ten-thousandths; of a country
    /// or AS.
    pub reachable: Option<u32>,
    /// What is known of it.
    pub report: OutageReport,
}

/// A stage and what went through it.
#[derive(Debug, Clone)]
pub struct EntityStage {
    /// Country, AS or prefix.
    pub scope: Scope,
    /// Which one, as the tables write it.
    pub entity: String,
    /// The stage, its start and end.
    pub span: StageSpan,
}

/// The bins of a country or AS.
#[derive(Debug, Clone)]
pub struct EntityBins {
    /// Country or AS.
    pub scope: Scope,
    /// Which one, as the tables write it.
    pub entity: String,
    /// By time.
    pub bins: Vec<Bin>,
}

/// Adds prefixes up to ASes and a country, and finds what happened to each.
pub(crate) fn find(inputs: &GroupInputs<'_>) -> GroupFindings {
    let window = inputs.rules.window;
    let members = members(inputs);
    let asns = group::asns(&members, inputs.coverage, inputs.watched_origins, window);
    let country = match inputs.country {
        Some(_) => group::country(&members, inputs.coverage, window),
        None => BTreeMap::new(),
    };
    let mut found = GroupFindings::default();
    for (&family, group) in &country {
        let of_family = |m: &GroupMember<'_>| m.prefix.family() == family;
        let entity = entity(inputs.country.unwrap_or_default(), family);
        let indices = indices(&members, of_family);
        found.add_group(Scope::Country, entity, group, &indices, inputs);
    }
    let mut by_asn: BTreeMap<(Asn, Family), Vec<usize>> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        for &asn in member.origin_asns() {
            let indices = by_asn.entry((asn, member.prefix.family())).or_default();
            indices.push(index);
        }
    }
    for (&(asn, family), group) in &asns {
        let indices = by_asn.remove(&(asn, family)).unwrap_or_default();
        let entity = entity(&format!("AS{asn}"), family);
        found.add_group(Scope::Asn, entity, group, &indices, inputs);
    }
    for (&prefix, (tally, outages)) in inputs
        .prefixes
        .iter()
        .zip(inputs.tallies.iter().zip(inputs.outages))
    {
        found.add_prefix(prefix, tally, outages, window);
    }
    found.asns = asns;
    found.country = country;
    found
}

fn members<'a>(inputs: &GroupInputs<'a>) -> Vec<GroupMember<'a>> {
    let prefixes = inputs.prefixes.iter().zip(inputs.matched_origins);
    let counted = inputs.tallies.iter().zip(inputs.outages);
    let members = prefixes.zip(counted);
    members
        .map(
            |((&prefix, matched_origins), (tally, outages))| GroupMember {
                prefix,
                matched_origins,
                tally,
                earliest_losses: outages.timing.earliest_losses.as_deref(),
                earliest_returns: outages.timing.earliest_returns.as_deref(),
            },
        )
        .collect()
}

fn indices(members: &[GroupMember<'_>], belongs: impl Fn(&GroupMember<'_>) -> bool) -> Vec<usize> {
    let all = members.iter().enumerate();
    all.filter(|(_, m)| belongs(m)).map(|(i, _)| i).collect()
}

impl GroupFindings {
    /// Adds a group's outages, stages and bins. `indices` are those of its prefixes.
    fn add_group(
        &mut self,
        scope: Scope,
        entity: String,
        group: &Group,
        indices: &[usize],
        inputs: &GroupInputs<'_>,
    ) {
        let window = inputs.rules.window;
        let members: Vec<MemberOutages<'_>> = indices
            .iter()
            .filter(|&&index| is_countable(inputs.prefixes[index]))
            .map(|&index| MemberOutages {
                prefix: inputs.prefixes[index],
                tally: &inputs.tallies[index],
                outages: &inputs.outages[index],
            })
            .collect();
        for report in group_outage::reports(group, &members, inputs.paths, inputs.rules) {
            self.outages.push(EntityOutage {
                scope,
                entity: entity.clone(),
                reachable: lowest_reachable(group, &report.outage, window),
                report,
            });
        }
        let tallies: Vec<&Tally> = members.iter().map(|m| m.tally).collect();
        self.add_stages(scope, &entity, &tallies, window);
        if inputs.with_ioda {
            let prefixes: Vec<(Prefix, &Tally)> =
                members.iter().map(|m| (m.prefix, m.tally)).collect();
            let bins = ioda::bins(&prefixes, window);
            self.ioda.push(EntityBins {
                scope,
                entity,
                bins,
            });
        }
    }

    fn add_prefix(
        &mut self,
        prefix: Prefix,
        tally: &Tally,
        outages: &PrefixOutages,
        window: Window,
    ) {
        let entity = prefix.to_string();
        let rows = outages.listed.iter().map(|report| EntityOutage {
            scope: Scope::Prefix,
            entity: entity.clone(),
            reachable: None,
            report: report.clone(),
        });
        self.outages.extend(rows);
        if is_countable(prefix) {
            self.add_stages(Scope::Prefix, &entity, &[tally], window);
        }
    }

    fn add_stages(&mut self, scope: Scope, entity: &str, tallies: &[&Tally], window: Window) {
        let rows = stages(tallies, window).into_iter().map(|span| EntityStage {
            scope,
            entity: entity.to_owned(),
            span,
        });
        self.stages.extend(rows);
    }
}

/// The lowest share of a group's units that were reached at the end of any minute of an outage, in
/// ten-thousandths; nothing where it is unknown in all of them.
fn lowest_reachable(group: &Group, outage: &Outage, window: Window) -> Option<u32> {
    let first = window.minute_index(outage.start);
    let last = window.minute_index(Timestamp(outage.end.0 - 1));
    let last = last.min(window.minute_count().saturating_sub(1));
    let minutes = first as u32..=last as u32;
    minutes
        .filter_map(|minute| group.units.reachable(&group.units.at(minute)))
        .min()
}

/// The name of a group in a family: IPv4 is not named.
fn entity(name: &str, family: Family) -> String {
    match family {
        Family::V4 => name.to_owned(),
        Family::V6 => format!("{name} IPv6"),
    }
}
