//! Coverage added up: how the units of an AS or a country are reached over time.

use super::CoverageSeries;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::{NONE, PrefixId};
use crate::model::time::Timestamp;
use crate::model::visibility::{Coverage, ratio};
use std::collections::BTreeMap;

/// How the units of an AS, a country or the whole watch list are reached over time. Only units that
/// were reached in the baseline are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitCounts {
    /// Units that were reached in the baseline.
    pub baseline: u64,
    /// Units by [`Coverage`] when replay starts, and from each instant on at which that changed.
    changes: Vec<(Timestamp, [u64; 4])>,
}

impl UnitCounts {
    /// Units by [`Coverage`] (indexed by `coverage as usize`) at an instant, what happens in it
    /// included.
    pub fn at(&self, time: Timestamp) -> [u64; 4] {
        let after = self.changes.partition_point(|change| change.0 <= time);
        let change = after.checked_sub(1).and_then(|at| self.changes.get(at));
        change.map_or([0; 4], |change| change.1)
    }

    /// The states that hold between two instants, the first included.
    pub(crate) fn during(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = &[u64; 4]> + '_ {
        let first = self.changes.partition_point(|change| change.0 <= from);
        let end = self.changes.partition_point(|change| change.0 < to);
        let changes = &self.changes[first.saturating_sub(1)..end.max(first)];
        changes.iter().map(|change| &change.1)
    }

    /// The share of the units that are reached, in ten-thousandths. Nothing where there are none,
    /// or more than half of them are unknown: no data is never zero.
    pub fn reachable(&self, now: &[u64; 4]) -> Option<u32> {
        let [direct, covered, _, unknown] = *now;
        let is_known = unknown * 2 <= self.baseline;
        ratio(direct + covered, self.baseline).filter(|_| is_known)
    }
}

/// The units of each prefix: those inside it that were reached in the baseline. `prefixes` are
/// sorted, and `coverage` names them by their index. Only prefixes that `is_asked` picks are
/// summed.
pub(crate) fn units_by_prefix(
    coverage: &[CoverageSeries],
    prefixes: &[Prefix],
    is_asked: impl Fn(PrefixId) -> bool,
) -> BTreeMap<PrefixId, UnitCounts> {
    let around = around(prefixes);
    let mut sums: BTreeMap<PrefixId, UnitSum> = BTreeMap::new();
    for series in coverage {
        let mut inside = series.inside;
        while inside != NONE {
            if is_asked(inside) {
                sums.entry(inside).or_default().add(series);
            }
            inside = around[inside as usize];
        }
    }
    sums.into_iter().map(|(k, sum)| (k, sum.units())).collect()
}

/// The units of each AS and family: those inside its members (`origin_asns` of a prefix). `prefixes` are sorted, and `coverage` names them by their index.
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

/// The units of a group being added up: how many enter or leave each [`Coverage`] at an instant.
#[derive(Default)]
struct UnitSum {
    baseline: u64,
    steps: BTreeMap<Timestamp, [i64; 4]>,
}

impl UnitSum {
    fn add(&mut self, series: &CoverageSeries) {
        if !series.in_baseline {
            return;
        }
        self.baseline += series.units;
        let units = series.units as i64;
        let mut before: Option<Coverage> = None;
        for &(time, now) in &series.changes {
            let step = self.steps.entry(time).or_default();
            step[now as usize] += units;
            if let Some(before) = before {
                step[before as usize] -= units;
            }
            before = Some(now);
        }
    }

    fn units(self) -> UnitCounts {
        let mut now = [0i64; 4];
        let changes = self.steps.into_iter().map(|(time, step)| {
            for (now, step) in now.iter_mut().zip(step) {
                *now += step;
            }
            (time, now.map(|n| u64::try_from(n).unwrap_or(0)))
        });
        UnitCounts {
            changes: changes.collect(),
            baseline: self.baseline,
        }
    }
}
