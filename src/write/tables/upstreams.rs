//! `upstreams`: a row per minute, prefix and upstream, the AS next to the origin on paths in use.

use super::prelude::*;
use crate::model::net::Asn;
use crate::tally::upstreams::{UpstreamCount, UpstreamsByMinute};
use rustc_hash::FxHashSet;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "upstreams",
    doc: "The ASes next to the origin on the paths in use, minute by minute",
    key: &["minute", "prefix", "upstream"],
    columns: &[
        column(
            "minute",
            Kind::Minute,
            "Start of the minute, UTC; values are the state at its end",
        ),
        column("prefix", Kind::Text, "The watched prefix"),
        column(
            "upstream",
            Kind::Int,
            "The AS next to the origin, prepending removed; each member of an AS_SET",
        ),
        column(
            "peer_asns_via",
            Kind::Int,
            "Vantage ASes that see the prefix through it",
        ),
    ],
    layout: RowLayout::ByTime,
    regression: Regression::OnRequest,
    is_part_of: always,
    rows,
    write,
};

/// Writes the table. No minute is skipped: quiet ones repeat the state.
fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let prefixes = names(&findings.prefixes);
    let tallies = &findings.tallies;
    let mut upstreams: Vec<UpstreamsByMinute<'_>> = tallies
        .iter()
        .map(|t| UpstreamsByMinute::new(&t.upstream_counts))
        .collect();
    let mut batch = UpstreamBatch::default();
    for (minute, start) in (0u32..).zip(findings.study.window.minutes()) {
        for (prefix, upstreams) in (0u32..).zip(&mut upstreams) {
            for (upstream, peer_asns) in upstreams.at(minute) {
                batch.minute.push(Some(start));
                batch.prefix.push(prefix);
                batch.upstream.push(Some(i64::from(*upstream)));
                batch.peer_asns.push(Some(i64::from(*peer_asns)));
            }
            if batch.minute.len() >= BATCH {
                writer.write(batch.take(&prefixes))?;
            }
        }
    }
    writer.write(batch.take(&prefixes))
}

#[derive(Default)]
struct UpstreamBatch {
    minute: Vec<Option<Timestamp>>,
    prefix: Vec<u32>,
    upstream: Vec<Option<i64>>,
    peer_asns: Vec<Option<i64>>,
}

impl UpstreamBatch {
    fn take(&mut self, prefixes: &Arc<[Arc<str>]>) -> Vec<Cells> {
        let batch = std::mem::take(self);
        vec![
            Cells::Time(batch.minute),
            Cells::Pick(batch.prefix, Arc::clone(prefixes)),
            Cells::Int(batch.upstream),
            Cells::Int(batch.peer_asns),
        ]
    }
}

/// How many rows the table will have.
fn rows(findings: &Findings) -> usize {
    let minutes = findings.study.window.minute_count();
    let of_prefix = |counts: &[UpstreamCount]| -> usize {
        // Each run of an upstream lasts to the window's end, unless one of none follows.
        let mut now: FxHashSet<Asn> = FxHashSet::default();
        let mut rows = 0;
        for change in counts {
            let left = minutes - change.minute as usize;
            if change.peer_asns > 0 {
                if now.insert(change.upstream) {
                    rows += left;
                }
            } else if now.remove(&change.upstream) {
                rows -= left;
            }
        }
        rows
    };
    let tallies = findings.tallies.iter();
    tallies.map(|t| of_prefix(&t.upstream_counts)).sum()
}
