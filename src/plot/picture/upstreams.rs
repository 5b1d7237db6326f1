//! Behind whom prefixes were seen: `upstreams` as runs.

use super::columns::{Reader, count};
use super::rows::Chosen;
use super::runs::{Runs, add};
use crate::model::net::Asn;
use crate::model::time::Timestamp;
use crate::study::manifest::Manifest;
use crate::write::back::ReadError;
use crate::write::upstreams;
use std::collections::BTreeMap;
use std::path::Path;

/// How many paths went through an upstream, over all watched prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamLine {
    /// The AS next to the origin.
    pub upstream: Asn,
    /// Vantage ASes that saw a prefix through it, summed over the prefixes; minutes in which it had
    /// none are in no run.
    pub minutes: Runs<u32>,
}

impl UpstreamLine {
    /// Its size: the sum over the minutes.
    pub fn total(&self) -> u64 {
        let minutes = self.minutes.iter();
        let size = minutes.map(|run| u64::from(run.value) * u64::from(run.end - run.first));
        size.sum()
    }
}

/// What is said of one row.
#[derive(Debug, Clone, Default)]
pub(super) struct Behind {
    /// By upstream.
    pub via: BTreeMap<Asn, Runs<u32>>,
    /// The upstream that most had; of several the lowest ASN.
    pub dominant: Runs<Asn>,
    /// The minute that is being read, and the best so far.
    open: Option<(u32, Asn, u32)>,
}

impl Behind {
    fn hear(&mut self, minute: u32, upstream: Asn, peers: u32) {
        add(self.via.entry(upstream).or_default(), minute, peers);
        match &mut self.open {
            Some((of, best, most)) if *of == minute => {
                if peers > *most || (peers == *most && upstream < *best) {
                    (*best, *most) = (upstream, peers);
                }
            }
            _ => {
                self.close();
                self.open = Some((minute, upstream, peers));
            }
        }
    }

    fn close(&mut self) {
        if let Some((minute, upstream, _)) = self.open.take() {
            add(&mut self.dominant, minute, upstream);
        }
    }
}

/// All of it.
pub(super) struct Upstreams {
    pub by_row: Vec<Behind>,
    pub sum: Vec<UpstreamLine>,
}

pub(super) fn read(
    dir: &Path,
    manifest: &Manifest,
    chosen: &Chosen,
) -> Result<Upstreams, ReadError> {
    let window = manifest.study.window;
    let mut by_row = vec![Behind::default(); chosen.rows()];
    let mut lines: BTreeMap<Asn, Runs<u32>> = BTreeMap::new();
    let mut sums: BTreeMap<Asn, u32> = BTreeMap::new();
    let mut now = 0;
    let mut reader = Reader::open(dir, manifest, &upstreams::SCHEMA, &[])?;
    while let Some(rows) = reader.next()? {
        let minutes = reader.column("minute");
        let prefixes = reader.column("prefix");
        let asns = reader.column("upstream");
        let via = reader.column("peer_asns_via");
        for row in 0..rows {
            let Some(time) = minutes.time(row) else {
                continue;
            };
            let minute = window.minute_index(Timestamp(time)) as u32;
            let (upstream, peers): (Asn, u32) = (count(asns, row), count(via, row));
            if minute != now {
                flush(&mut sums, &mut lines, now);
                now = minute;
            }
            *sums.entry(upstream).or_default() += peers;
            let place = prefixes.text(row).and_then(|p| chosen.row(&p));
            if let Some(behind) = place.and_then(|at| by_row.get_mut(at)) {
                behind.hear(minute, upstream, peers);
            }
        }
    }
    flush(&mut sums, &mut lines, now);
    by_row.iter_mut().for_each(Behind::close);
    let mut sum: Vec<UpstreamLine> = lines
        .into_iter()
        .map(|(upstream, minutes)| UpstreamLine { upstream, minutes })
        .collect();
    sum.sort_by_key(|line| (std::cmp::Reverse(line.total()), line.upstream));
    Ok(Upstreams { by_row, sum })
}

fn flush(sums: &mut BTreeMap<Asn, u32>, lines: &mut BTreeMap<Asn, Runs<u32>>, minute: u32) {
    for (upstream, peers) in std::mem::take(sums) {
        add(lines.entry(upstream).or_default(), minute, peers);
    }
}
