//! All groups of a run: the country, the ASes, and each prefix by itself, with their events,
//! outages, stages and IODA bins.

use super::choices::ChoiceInputs;
use super::events::{self, Event, EventInputs};
use super::group_loss::MemberOutages;
use super::group_outage;
use super::ioda::{self, Bin};
use super::sensitivity::{self, Sensitivity};
use super::stages::{StageSpan, stages};
use super::{OutageReport, OutageRules, PrefixOutages, Scope};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::path::AsPath;
use crate::model::route::PrefixId;
use crate::model::time::{Timestamp, Window};
use crate::tally::Tally;
use crate::tally::baseline::is_countable;
use crate::tally::coverage::{self, CoverageSeries, UnitCounts};
use crate::tally::group::{self, Group, GroupMember};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of each watched prefix, and what is asked about groups. The lists by prefix are in
/// the order of `prefixes`.
pub(crate) struct GroupInputs<'a> {
    /// The watched prefixes, sorted.
    pub prefixes: &'a [Prefix],
    /// By prefix: the watched ASNs that some route to it had as origin.
    pub matched_origins: &'a [Vec<Asn>],
    /// By prefix: whether it lies in a watched address block.
    pub is_in_block: &'a [bool],
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
    /// The ASNs that are watched as origins, ascending.
    pub watched_origins: &'a [Asn],
    /// The other choices under which events are counted again.
    pub choices: &'a [ChoiceInputs],
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
    /// The events, by start, scope and entity.
    pub events: Vec<Event>,
    /// The events under other choices, by event.
    pub sensitivity: Vec<Sensitivity>,
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
    /// The event that it belongs to, by its index; nothing where it is part of none.
    pub event: Option<usize>,
    /// Country, AS or prefix.
    pub scope: Scope,
    /// Which one, as the tables write it: `KP`, `AS131279`, `175.45.176.0/24`.
    pub entity: String,
    /// The family of its prefixes.
    pub family: Family,
    /// The share of the baseline's units that were reached when the outage was deepest, in
    /// ten-thousandths; nothing where too little is known.
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
    /// The family of its prefixes.
    pub family: Family,
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
    let is_member = |m: &GroupMember<'_>| m.tally.baseline.is_member();
    if let Some(name) = inputs.country {
        let groups: Vec<_> = country
            .iter()
            .map(|(family, group)| (*family, group))
            .collect();
        let entity = Entity::of(Scope::Country, name, &groups, &members, inputs, is_member);
        found.add(&entity, inputs);
    }
    let by_asn: BTreeSet<Asn> = asns.keys().map(|key| key.0).collect();
    for asn in by_asn {
        let groups = Family::BOTH.into_iter();
        let groups: Vec<_> = groups
            .filter_map(|family| Some((family, asns.get(&(asn, family))?)))
            .collect();
        let name = format!("AS{asn}");
        let is_its = |m: &GroupMember<'_>| m.is_member_of(asn);
        let entity = Entity::of(Scope::Asn, &name, &groups, &members, inputs, is_its);
        found.add(&entity, inputs);
    }
    if asns.is_empty() && inputs.country.is_none() {
        let groups = group::country(&members, inputs.coverage, window);
        let groups: Vec<_> = groups
            .iter()
            .map(|(family, group)| (*family, group))
            .collect();
        let entity = Entity::of(Scope::Watch, "watch", &groups, &members, inputs, is_member);
        found.add_events(&entity, inputs);
    }
    found.sort_events();
    found.add_prefixes(inputs);
    found.asns = asns;
    found.country = country;
    found.assign_events(inputs);
    found
}

fn members<'a>(inputs: &GroupInputs<'a>) -> Vec<GroupMember<'a>> {
    let prefixes = inputs.prefixes.iter().zip(inputs.matched_origins);
    let prefixes = prefixes.zip(inputs.is_in_block);
    let counted = inputs.tallies.iter().zip(inputs.outages);
    let members = prefixes.zip(counted);
    members
        .map(
            |(((&prefix, matched_origins), &is_in_block), (tally, outages))| GroupMember {
                prefix,
                matched_origins,
                is_in_block,
                tally,
                earliest_losses: outages.timing.earliest_losses.as_deref(),
                earliest_returns: outages.timing.earliest_returns.as_deref(),
            },
        )
        .collect()
}

/// An AS, a country, or all that is watched, with its members.
struct Entity<'a> {
    scope: Scope,
    name: &'a str,
    groups: &'a [(Family, &'a Group)],
    members: Vec<MemberOutages<'a>>,
    /// Its prefixes that IODA would count, members or not; where its bins are asked for.
    ioda: Vec<(Prefix, &'a Tally)>,
}

impl<'a> Entity<'a> {
    fn of(
        scope: Scope,
        name: &'a str,
        groups: &'a [(Family, &'a Group)],
        all: &[GroupMember<'a>],
        inputs: &GroupInputs<'a>,
        is_member: impl Fn(&GroupMember<'a>) -> bool,
    ) -> Self {
        let is_its = |m: &&GroupMember<'_>| match scope {
            Scope::Asn => m
                .matched_origins
                .iter()
                .any(|asn| name == format!("AS{asn}")),
            _ => true,
        };
        let counted = all
            .iter()
            .filter(|m| inputs.with_ioda && is_countable(m.prefix));
        let counted = counted.filter(|m| is_member(m) || is_its(m));
        let ioda = counted.map(|m| (m.prefix, m.tally)).collect();
        let all = all.iter().zip(inputs.outages);
        let members = all.filter(|(member, _)| is_member(member));
        Self {
            scope,
            name,
            groups,
            ioda,
            members: members
                .map(|(member, outages)| MemberOutages {
                    prefix: member.prefix,
                    tally: member.tally,
                    outages,
                })
                .collect(),
        }
    }
}

impl GroupFindings {
    /// Adds the events of an entity, and in each family its outages, stages and bins.
    fn add(&mut self, entity: &Entity<'_>, inputs: &GroupInputs<'_>) {
        let window = inputs.rules.window;
        self.add_events(entity, inputs);
        for &(family, group) in entity.groups {
            let of_family = entity
                .members
                .iter()
                .filter(|m| m.prefix.family() == family);
            let members: Vec<MemberOutages<'_>> = of_family.copied().collect();
            for report in
                group_outage::reports(group, &members, inputs.paths, inputs.choices, inputs.rules)
            {
                let now = group.units.at(report.outage.deepest_at);
                self.outages.push(EntityOutage {
                    event: None,
                    scope: entity.scope,
                    entity: entity.name.to_owned(),
                    family,
                    reachable: group.units.reachable(&now),
                    report,
                });
            }
            let tallies: Vec<&Tally> = members.iter().map(|m| m.tally).collect();
            self.add_stages(entity.scope, entity.name, family, &tallies, window);
            // IODA's signal counts /24s.
            if inputs.with_ioda && family == Family::V4 {
                let of_family = entity.ioda.iter().filter(|p| p.0.family() == family);
                let prefixes: Vec<(Prefix, &Tally)> = of_family.copied().collect();
                self.ioda.push(EntityBins {
                    scope: entity.scope,
                    entity: entity.name.to_owned(),
                    bins: ioda::bins(&prefixes, window),
                });
            }
        }
    }

    fn add_events(&mut self, entity: &Entity<'_>, inputs: &GroupInputs<'_>) {
        let window = inputs.rules.window;
        let units: Vec<&UnitCounts> = entity.groups.iter().map(|(_, g)| &g.units).collect();
        let found = events::find(EventInputs {
            scope: entity.scope,
            entity: entity.name,
            members: &entity.members,
            units: &units,
            paths: inputs.paths,
            window,
        });
        let first = self.events.len();
        let numbered: Vec<(usize, &Event)> = (first..).zip(&found).collect();
        let sensitivity =
            sensitivity::of_entity(&numbered, &entity.members, inputs.choices, window);
        self.sensitivity.extend(sensitivity);
        self.events.extend(found);
    }

    /// Puts events into the order of time, and what refers to them.
    fn sort_events(&mut self) {
        let mut order: Vec<usize> = (0..self.events.len()).collect();
        order.sort_by_key(|&index| {
            let event = &self.events[index];
            (event.start, event.scope, event.entity.clone())
        });
        let mut place = vec![0; order.len()];
        for (new, &old) in order.iter().enumerate() {
            place[old] = new;
        }
        let mut events: Vec<(usize, Event)> =
            place.iter().copied().zip(self.events.drain(..)).collect();
        events.sort_by_key(|e| e.0);
        self.events = events.into_iter().map(|e| e.1).collect();
        for row in &mut self.sensitivity {
            row.event = place[row.event];
        }
        self.sensitivity.sort_by_key(|row| row.event);
    }

    fn add_prefixes(&mut self, inputs: &GroupInputs<'_>) {
        let has_outage = |id: PrefixId| !inputs.outages[id as usize].listed.is_empty();
        let units = coverage::units_by_prefix(inputs.coverage, inputs.prefixes, has_outage);
        let prefixes = inputs.prefixes.iter().zip(inputs.tallies);
        for (id, ((&prefix, tally), outages)) in (0..).zip(prefixes.zip(inputs.outages)) {
            let entity = prefix.to_string();
            let reachable = |at: Timestamp| {
                let units = units.get(&id)?;
                units.reachable(&units.at(at))
            };
            let rows = outages.listed.iter().map(|report| EntityOutage {
                event: None,
                scope: Scope::Prefix,
                entity: entity.clone(),
                family: prefix.family(),
                reachable: reachable(report.outage.deepest_at),
                report: report.clone(),
            });
            self.outages.extend(rows);
            if is_countable(prefix) {
                let window = inputs.rules.window;
                self.add_stages(Scope::Prefix, &entity, prefix.family(), &[tally], window);
            }
        }
    }

    fn add_stages(
        &mut self,
        scope: Scope,
        entity: &str,
        family: Family,
        tallies: &[&Tally],
        window: Window,
    ) {
        let rows = stages(tallies, window).into_iter().map(|span| EntityStage {
            scope,
            entity: entity.to_owned(),
            family,
            span,
        });
        self.stages.extend(rows);
    }

    /// Finds the event of each outage: of its own entity, of a prefix that of its AS or else of the
    /// country, that has most of its time.
    fn assign_events(&mut self, inputs: &GroupInputs<'_>) {
        let mut by_entity: BTreeMap<(Scope, &str), Vec<usize>> = BTreeMap::new();
        let mut by_prefix: BTreeMap<Prefix, Vec<usize>> = BTreeMap::new();
        for (index, event) in self.events.iter().enumerate() {
            let key = (event.scope, event.entity.as_str());
            by_entity.entry(key).or_default().push(index);
            for &prefix in &event.prefixes {
                by_prefix.entry(prefix).or_default().push(index);
            }
        }
        let prefixes: BTreeMap<String, Prefix> =
            by_prefix.keys().map(|p| (p.to_string(), *p)).collect();
        // A prefix' outage belongs to an event of its AS before one of the country.
        let is_preferred = |index: usize| self.events[index].scope != Scope::Country;
        let found: Vec<Option<usize>> = self
            .outages
            .iter()
            .map(|row| {
                let candidates = match row.scope {
                    Scope::Prefix => prefixes.get(&row.entity).and_then(|p| by_prefix.get(p)),
                    scope => by_entity.get(&(scope, row.entity.as_str())),
                };
                let outage = &row.report.outage;
                let overlap = |&index: &usize| {
                    let event = &self.events[index];
                    let until = event.last_back_at.unwrap_or(inputs.rules.window.to);
                    outage.end.min(until.max(event.end)) - outage.start.max(event.start)
                };
                let candidates = candidates.into_iter().flatten().copied();
                let overlapping = candidates.filter(|i| overlap(i).micros() > 0);
                overlapping.max_by_key(|i| (is_preferred(*i), overlap(i), std::cmp::Reverse(*i)))
            })
            .collect();
        for (row, event) in self.outages.iter_mut().zip(found) {
            row.event = event;
        }
    }
}
