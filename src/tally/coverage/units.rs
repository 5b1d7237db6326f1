//! Coverage added up: how the units of an AS or a country are reached over time.

use super::CoverageSeries;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::{NONE, PrefixId};
use crate::model::visibility::{Coverage, VisibilityState, ratio};
use std::collections::BTreeMap;

/// How the units of an AS, a country or the whole watch list are reached over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitCounts {
    /// Units that were reached in the baseline; nothing where the baseline is unknown.
    pub baseline: Option<u64>,
    /// Units by [`Coverage`], at the end of the window's first minute and of each with a change.
    runs: Vec<(u32, [u64; 4])>,
}

impl Default for UnitCounts {
    fn default() -> Self {
        Self {
            baseline: Some(0),
            runs: Vec::new(),
        }
    }
}

impl UnitCounts {
    /// Units by [`Coverage`] (indexed by `coverage as usize`) at the end of a minute of the window.
    pub fn at(&self, minute: u32) -> [u64; 4] {
        let after = self.runs.partition_point(|run| run.0 <= minute);
        let run = after.checked_sub(1).and_then(|at| self.runs.get(at));
        run.map_or([0; 4], |run| run.1)
    }

    /// Units reached now, out of those reached in the baseline, in ten-thousandths. Nothing where
    /// the baseline is empty or unknown, or more than half of the units are unknown: no data is
    /// never zero.
    pub fn reachable(&self, now: &[u64; 4]) -> Option<u32> {
        let [direct, covered, _, unknown] = *now;
        let is_known = unknown * 2 <= now.iter().sum();
        let baseline = self.baseline.filter(|_| is_known)?;
        ratio(direct + covered, baseline)
    }
}

/// The units of each AS and family: those inside the prefixes that are counted for it
/// (`origin_asns`). `prefixes` are sorted, and `coverage` names them by their index.
pub(crate) fn units_by_asn<'a>(
    coverage: &[CoverageSeries],
    prefixes: &[Prefix],
    origin_asns: impl Fn(PrefixId) -> &'a [Asn],
) -> BTreeMap<(Asn, Family), UnitCounts> {
    let around = around(prefixes);
    let mut sums: BTreeMap<(Asn, Family), UnitSum> = BTreeMap::new();
    for series in coverage {
        let mut asns: Vec<Asn> = Vec::new();
        let mut inside = series.inside;
        while inside != NONE {
            asns.extend(origin_asns(inside));
            inside = around[inside as usize];
        }
        asns.sort_unstable();
        asns.dedup();
        for asn in asns {
            let sum = sums.entry((asn, series.family)).or_default();
            sum.add(series);
        }
    }
    sums.into_iter().map(|(k, sum)| (k, sum.units())).collect()
}

/// All units of the watched space, by family.
pub(crate) fn units_by_family(coverage: &[CoverageSeries]) -> BTreeMap<Family, UnitCounts> {
    let mut sums: BTreeMap<Family, UnitSum> = BTreeMap::new();
    for series in coverage {
        sums.entry(series.family).or_default().add(series);
    }
    sums.into_iter().map(|(k, sum)| (k, sum.units())).collect()
}

/// For each of some sorted prefixes: the index of the longest other one that holds it and is long
/// enough to reach units; [`NONE`] where there is none.
fn around(prefixes: &[Prefix]) -> Vec<PrefixId> {
    let mut open: Vec<PrefixId> = Vec::new();
    let mut around = Vec::with_capacity(prefixes.len());
    for (id, &prefix) in (0..).zip(prefixes) {
        let holds = |outer: &PrefixId| prefixes[*outer as usize].contains(prefix);
        while open.last().is_some_and(|outer| !holds(outer)) {
            open.pop();
        }
        around.push(open.last().copied().unwrap_or(NONE));
        if prefix.len() >= prefix.family().shortest_route() {
            open.push(id);
        }
    }
    around
}

/// The units of a group being added up: how many enter or leave each [`Coverage`] with a minute.
#[derive(Default)]
struct UnitSum {
    baseline: u64,
    baseline_unknown: u64,
    steps: BTreeMap<u32, [i64; 4]>,
}

impl UnitSum {
    fn add(&mut self, series: &CoverageSeries) {
        match series.baseline {
            VisibilityState::Visible => self.baseline += series.units,
            VisibilityState::Unknown => self.baseline_unknown += series.units,
            VisibilityState::Lost => {}
        }
        let units = series.units as i64;
        let mut before: Option<Coverage> = None;
        for &(minute, now) in &series.minutes {
            let step = self.steps.entry(minute).or_default();
            step[now as usize] += units;
            if let Some(before) = before {
                step[before as usize] -= units;
            }
            before = Some(now);
        }
    }

    fn units(self) -> UnitCounts {
        let mut now = [0i64; 4];
        let runs = self.steps.into_iter().map(|(minute, step)| {
            for (now, step) in now.iter_mut().zip(step) {
                *now += step;
            }
            (minute, now.map(|n| u64::try_from(n).unwrap_or(0)))
        });
        UnitCounts {
            runs: runs.collect(),
            baseline: (self.baseline > 0 || self.baseline_unknown == 0).then_some(self.baseline),
        }
    }
}
