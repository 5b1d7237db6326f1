//! `upstreams` read back: how many vantage ASes had a path through each upstream, minute by minute.

use super::batches::{BatchReader, count};
use super::reader::ReadError;
use super::series::{MinuteSeries, push};
use super::shown::ShownPrefixes;
use crate::manifest::Manifest;
use crate::model::net::Asn;
use crate::write::tables::upstreams;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

/// How many paths went through an upstream, over all watched prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamSeries {
    /// The AS next to the origin.
    pub upstream: Asn,
    /// Vantage ASes that saw a prefix through it, summed over the prefixes. Minutes without any have
    /// no value.
    pub minutes: MinuteSeries<u32>,
}

impl UpstreamSeries {
    /// The sum over all minutes: what orders upstreams by how busy they are.
    pub fn total(&self) -> u64 {
        let minutes = self.minutes.iter();
        let products = minutes.map(|i| u64::from(i.value) * u64::from(i.end - i.first));
        products.sum()
    }
}

/// The upstreams of one prefix.
#[derive(Debug, Clone, Default)]
pub(super) struct PrefixUpstreams {
    /// Vantage ASes by upstream.
    pub via: BTreeMap<Asn, MinuteSeries<u32>>,
    /// The upstream that most vantage ASes had; of several the lowest ASN.
    pub dominant: MinuteSeries<Asn>,
    /// The minute that is being read, its dominant upstream so far, and that one's vantage ASes.
    current: Option<(u32, Asn, u32)>,
}

impl PrefixUpstreams {
    fn add(&mut self, minute: u32, upstream: Asn, vantage_ases: u32) {
        push(self.via.entry(upstream).or_default(), minute, vantage_ases);
        match &mut self.current {
            Some((of, dominant, most)) if *of == minute => {
                if vantage_ases > *most || (vantage_ases == *most && upstream < *dominant) {
                    (*dominant, *most) = (upstream, vantage_ases);
                }
            }
            _ => {
                self.finish_minute();
                self.current = Some((minute, upstream, vantage_ases));
            }
        }
    }

    fn finish_minute(&mut self) {
        if let Some((minute, upstream, _)) = self.current.take() {
            push(&mut self.dominant, minute, upstream);
        }
    }
}

/// The table `upstreams`.
pub(super) struct UpstreamTable {
    /// By position among the prefixes that are shown.
    pub by_prefix: Vec<PrefixUpstreams>,
    /// Over all prefixes, the busiest upstream first.
    pub total: Vec<UpstreamSeries>,
}

pub(super) fn read(
    dir: &Path,
    manifest: &Manifest,
    shown: &ShownPrefixes,
) -> Result<UpstreamTable, ReadError> {
    let window = manifest.study.window;
    let mut by_prefix = vec![PrefixUpstreams::default(); shown.count()];
    let mut series: BTreeMap<Asn, MinuteSeries<u32>> = BTreeMap::new();
    let mut sums: BTreeMap<Asn, u32> = BTreeMap::new();
    let mut current = 0;
    let mut reader = BatchReader::open(dir, manifest, &upstreams::TABLE, &[])?;
    while let Some(rows) = reader.next()? {
        let minutes = reader.column("minute");
        let prefixes = reader.column("prefix");
        let asns = reader.column("upstream");
        let via = reader.column("peer_asns_via");
        for row in 0..rows {
            let Some(time) = minutes.time(row) else {
                continue;
            };
            let minute = window.minute_index(time) as u32;
            let (upstream, vantage_ases): (Asn, u32) = (count(asns, row), count(via, row));
            if minute != current {
                push_sums(&mut sums, &mut series, current);
                current = minute;
            }
            *sums.entry(upstream).or_default() += vantage_ases;
            let prefix = prefixes.text(row);
            let position = prefix.and_then(|prefix| shown.position_by_name(&prefix));
            if let Some(of_prefix) = position.and_then(|position| by_prefix.get_mut(position)) {
                of_prefix.add(minute, upstream, vantage_ases);
            }
        }
    }
    push_sums(&mut sums, &mut series, current);
    by_prefix
        .iter_mut()
        .for_each(PrefixUpstreams::finish_minute);
    let mut total: Vec<UpstreamSeries> = series
        .into_iter()
        .map(|(upstream, minutes)| UpstreamSeries { upstream, minutes })
        .collect();
    total.sort_by_key(|series| (Reverse(series.total()), series.upstream));
    Ok(UpstreamTable { by_prefix, total })
}

/// Adds a minute's sums to the series of their upstreams.
fn push_sums(
    sums: &mut BTreeMap<Asn, u32>,
    series: &mut BTreeMap<Asn, MinuteSeries<u32>>,
    minute: u32,
) {
    for (upstream, vantage_ases) in std::mem::take(sums) {
        push(series.entry(upstream).or_default(), minute, vantage_ases);
    }
}
