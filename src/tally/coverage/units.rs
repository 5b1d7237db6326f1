//! Pieces of the watched space added up to the units of ASes and countries.

use super::Piece;
use crate::model::net::{Asn, Family, Prefix};
use crate::model::route::{NONE, PrefixId};
use crate::model::visibility::{Coverage, ratio};
use crate::tally::Sight;
use std::collections::BTreeMap;

/// How the units of a group stand over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    /// Units that could be reached in the baseline; nothing where that cannot be said.
    pub baseline: Option<u64>,
    /// By [`Coverage`], how many, at the end of the first minute and of those with a change.
    runs: Vec<(u32, [u64; 4])>,
}

impl Default for Units {
    fn default() -> Self {
        Self {
            baseline: Some(0),
            runs: Vec::new(),
        }
    }
}

impl Units {
    /// How many units there are by [`Coverage`] at the end of a minute of the window.
    pub fn at(&self, minute: u32) -> [u64; 4] {
        let after = self.runs.partition_point(|run| run.0 <= minute);
        let run = after.checked_sub(1).and_then(|at| self.runs.get(at));
        run.map_or([0; 4], |run| run.1)
    }

    /// What can be reached, out of what could in the baseline, in ten-thousandths. Nothing where
    /// the baseline has or tells of none, or more than half of the units are unknown: no data is
    /// never zero.
    pub fn reachable(&self, now: &[u64; 4]) -> Option<u32> {
        let [direct, covered, _, unknown] = *now;
        let is_known = unknown * 2 <= now.iter().sum();
        let baseline = self.baseline.filter(|_| is_known)?;
        ratio(direct + covered, baseline)
    }
}

/// The units of each AS and family: those inside the prefixes that belong to it. `owners` are by
/// prefix, and `prefixes` sorted.
pub fn of_asns<'a>(
    pieces: &[Piece],
    prefixes: &[Prefix],
    owners: impl Fn(PrefixId) -> &'a [Asn],
) -> BTreeMap<(Asn, Family), Units> {
    let around = around(prefixes);
    let mut sums: BTreeMap<(Asn, Family), Sum> = BTreeMap::new();
    for piece in pieces {
        let mut asns: Vec<Asn> = Vec::new();
        let mut inside = piece.inside;
        while inside != NONE {
            asns.extend(owners(inside));
            inside = around[inside as usize];
        }
        asns.sort_unstable();
        asns.dedup();
        for asn in asns {
            let sum = sums.entry((asn, piece.family)).or_default();
            sum.add(piece);
        }
    }
    sums.into_iter().map(|(k, sum)| (k, sum.units())).collect()
}

/// All units of each family.
pub fn of_whole(pieces: &[Piece]) -> BTreeMap<Family, Units> {
    let mut sums: BTreeMap<Family, Sum> = BTreeMap::new();
    for piece in pieces {
        sums.entry(piece.family).or_default().add(piece);
    }
    sums.into_iter().map(|(k, sum)| (k, sum.units())).collect()
}

/// For each of some sorted prefixes the next one around it that reaches units.
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

/// A group's units as differences: how many more or fewer stand so from a minute on.
#[derive(Default)]
struct Sum {
    baseline: u64,
    baseline_unknown: u64,
    steps: BTreeMap<u32, [i64; 4]>,
}

impl Sum {
    fn add(&mut self, piece: &Piece) {
        match piece.baseline {
            Sight::Visible => self.baseline += piece.units,
            Sight::Unknown => self.baseline_unknown += piece.units,
            Sight::Lost => {}
        }
        let units = piece.units as i64;
        let mut before: Option<Coverage> = None;
        for &(minute, now) in &piece.minutes {
            let step = self.steps.entry(minute).or_default();
            step[now as usize] += units;
            if let Some(before) = before {
                step[before as usize] -= units;
            }
            before = Some(now);
        }
    }

    fn units(self) -> Units {
        let mut now = [0i64; 4];
        let runs = self.steps.into_iter().map(|(minute, step)| {
            for (now, step) in now.iter_mut().zip(step) {
                *now += step;
            }
            (minute, now.map(|n| u64::try_from(n).unwrap_or(0)))
        });
        Units {
            runs: runs.collect(),
            baseline: (self.baseline > 0 || self.baseline_unknown == 0).then_some(self.baseline),
        }
    }
}
