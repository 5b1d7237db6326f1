//! `upstreams` and `upstream_changes`: behind whom each prefix was seen, and when that changed.

use super::part::WriteError;
use super::table::{BATCH, Cells, Column, Kind, Schema, TableWriter};
use super::{Findings, texts};
use crate::model::net::Asn;
use crate::tally::upstreams::{UpstreamChange, UpstreamCount, UpstreamsByMinute};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// See the columns.
pub const SCHEMA: Schema = Schema {
    name: "upstreams",
    doc: "The ASes next to the origin on the paths in use, minute by minute",
    key: &["minute", "prefix", "upstream"],
    columns: &[
        col(
            "minute",
            Kind::Minute,
            "Start of the minute, UTC; values are the state at its end",
        ),
        col("prefix", Kind::Text, "The watched prefix"),
        col(
            "upstream",
            Kind::Int,
            "The AS next to the origin, prepending removed; each member of an AS_SET",
        ),
        col(
            "peer_asns_via",
            Kind::Int,
            "Vantage ASes that see the prefix through it",
        ),
    ],
};

/// See the columns.
pub const CHANGES: Schema = Schema {
    name: "upstream_changes",
    doc: "Upstreams that appeared or left within the window",
    key: &["time", "prefix", "upstream", "change"],
    columns: &[
        col("time", Kind::Time, "When, UTC, to the microsecond"),
        col("prefix", Kind::Text, "The watched prefix"),
        col("upstream", Kind::Int, "The AS next to the origin"),
        col("change", Kind::Text, "appears or leaves"),
        col(
            "peer_asns_before",
            Kind::Int,
            "Vantage ASes that had it the instant before; those that became unknown since still count",
        ),
        col(
            "peer_asns_after",
            Kind::Int,
            "Vantage ASes that have it from then on",
        ),
    ],
};

const fn col(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, doc }
}

fn names(findings: &Findings<'_>) -> Arc<[Arc<str>]> {
    let prefixes = findings.answer.prefixes.iter();
    prefixes.map(|p| p.to_string().into()).collect()
}

/// How many rows the table will have.
pub(super) fn rows(findings: &Findings<'_>) -> usize {
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
    let tallies = findings.answer.tallies.iter();
    tallies.map(|t| of_prefix(&t.upstream_counts)).sum()
}

/// Writes `upstreams`. No minute is skipped: quiet ones repeat the state.
pub(super) fn write(writer: &mut TableWriter, findings: &Findings<'_>) -> Result<(), WriteError> {
    let names = names(findings);
    let tallies = &findings.answer.tallies;
    let mut upstreams: Vec<UpstreamsByMinute<'_>> = tallies
        .iter()
        .map(|t| UpstreamsByMinute::new(&t.upstream_counts))
        .collect();
    let mut batch = Batch::default();
    for (minute, start) in (0u32..).zip(findings.study.window.minutes()) {
        for (prefix, upstreams) in (0u32..).zip(&mut upstreams) {
            for (upstream, peer_asns) in upstreams.at(minute) {
                batch.minute.push(Some(start.0));
                batch.prefix.push(prefix);
                batch.upstream.push(Some(i64::from(*upstream)));
                batch.peer_asns.push(Some(i64::from(*peer_asns)));
            }
            if batch.minute.len() >= BATCH {
                writer.write(batch.take(&names))?;
            }
        }
    }
    writer.write(batch.take(&names))
}

#[derive(Default)]
struct Batch {
    minute: Vec<Option<i64>>,
    prefix: Vec<u32>,
    upstream: Vec<Option<i64>>,
    peer_asns: Vec<Option<i64>>,
}

impl Batch {
    fn take(&mut self, names: &Arc<[Arc<str>]>) -> Vec<Cells> {
        let batch = std::mem::take(self);
        vec![
            Cells::Time(batch.minute),
            Cells::Pick(batch.prefix, Arc::clone(names)),
            Cells::Int(batch.upstream),
            Cells::Int(batch.peer_asns),
        ]
    }
}

/// Writes `upstream_changes`, by time, prefix and upstream.
pub(super) fn write_changes(
    writer: &mut TableWriter,
    findings: &Findings<'_>,
) -> Result<(), WriteError> {
    let tallies = (0u32..).zip(&findings.answer.tallies);
    let changes = tallies.flat_map(|(id, t)| t.upstream_changes.iter().map(move |c| (id, c)));
    let mut rows: Vec<(u32, &UpstreamChange)> = changes.collect();
    rows.sort_by_key(|(prefix, c)| (c.time, *prefix, c.upstream));
    let names = names(findings);
    for rows in rows.chunks(BATCH) {
        let change = |c: &UpstreamChange| match c.after {
            0 => "leaves",
            _ => "appears",
        };
        writer.write(vec![
            Cells::Time(rows.iter().map(|(_, c)| Some(c.time.0)).collect()),
            Cells::Pick(rows.iter().map(|r| r.0).collect(), Arc::clone(&names)),
            Cells::counts(rows.iter().map(|(_, c)| c.upstream)),
            texts(rows.iter().map(|(_, c)| Some(change(c)))),
            Cells::counts(rows.iter().map(|(_, c)| c.before)),
            Cells::counts(rows.iter().map(|(_, c)| c.after)),
        ])?;
    }
    Ok(())
}
