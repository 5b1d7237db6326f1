//! `prefixes`: a row per minute and prefix.

use super::prelude::*;
use crate::model::net::Asn;
use crate::model::visibility::{Status, ratio};
use crate::tally::{PrefixByMinute, PrefixMinute};
use crate::write::lists::Lists;
use rustc_hash::FxHashMap;

/// The table.
pub(crate) static TABLE: Table = Table {
    name: "prefixes",
    doc: "How many vantage ASes see each watched prefix, minute by minute",
    key: &["minute", "prefix"],
    columns: &[
        column(
            "minute",
            Kind::Minute,
            "Start of the minute, UTC; plain values are the state at its end",
        ),
        column("prefix", Kind::Text, "The watched prefix"),
        column(
            "peer_asns_full",
            Kind::Int,
            "Vantage ASes with a counted peer in the family",
        ),
        column(
            "peer_asns_known",
            Kind::Int,
            "Of these, vantage ASes known to see it or known not to see it",
        ),
        column("peer_asns_seeing", Kind::Int, "Vantage ASes that see it"),
        column(
            "seeing_min",
            Kind::Int,
            "Fewest that saw it within the minute",
        ),
        column(
            "seeing_max",
            Kind::Int,
            "Most that saw it within the minute",
        ),
        column(
            "visibility",
            Kind::Ratio,
            "Seeing / known; empty when none is known",
        ),
        column(
            "visibility_min",
            Kind::Ratio,
            "Lowest visibility within the minute",
        ),
        column(
            "visibility_max",
            Kind::Ratio,
            "Highest visibility within the minute",
        ),
        column(
            "visibility_low",
            Kind::Ratio,
            "Seeing / full: the unknown counted as not seeing",
        ),
        column(
            "visibility_high",
            Kind::Ratio,
            "(Seeing + unknown) / full: the unknown counted as seeing",
        ),
        column(
            "announcements",
            Kind::Int,
            "Announcements by counted peers, duplicates included",
        ),
        column(
            "withdrawals",
            Kind::Int,
            "Withdrawals by counted peers, duplicates included",
        ),
        column(
            "path_changes",
            Kind::Int,
            "Announcements that gave a present route another path",
        ),
        column(
            "origins",
            Kind::Asns,
            "Origin ASNs of the routes in use, ascending",
        ),
        column(
            "status",
            Kind::Text,
            "up, degraded, down, unknown or unseen",
        ),
    ],
    layout: RowLayout::EveryMinute,
    regression: Regression::Kept,
    is_part_of: always,
    rows: |findings| findings.study.window.minute_count() * findings.prefixes.len(),
    write,
};

/// Lists of origins, which repeat from minute to minute: each is held once.
#[derive(Default)]
struct OriginLists<'a> {
    positions: FxHashMap<&'a [Asn], u32>,
    distinct: Vec<Arc<[i64]>>,
}

impl<'a> OriginLists<'a> {
    fn position(&mut self, asns: &'a [Asn]) -> u32 {
        *self.positions.entry(asns).or_insert_with(|| {
            let list = asns.iter().map(|&asn| i64::from(asn));
            self.distinct.push(list.collect());
            self.distinct.len() as u32 - 1
        })
    }
}

const STATUSES: [Status; 5] = [
    Status::Up,
    Status::Degraded,
    Status::Down,
    Status::Unknown,
    Status::Unseen,
];

/// Writes the table. No minute is skipped: quiet ones repeat the state.
fn write(writer: &mut TableWriter, findings: &Findings) -> Result<(), WriteError> {
    let prefixes = names(&findings.prefixes);
    let mut lists = OriginLists::default();
    for cell in findings.tallies.iter().flat_map(|t| &t.minutes) {
        lists.position(&cell.origins);
    }
    let lists = (lists.positions, Arc::<[Arc<[i64]>]>::from(lists.distinct));
    let statuses = names(STATUSES.iter().map(|s| s.label()));
    let tallies = findings.tallies.iter();
    let mut minutes: Vec<PrefixByMinute<'_>> = tallies.map(PrefixByMinute::new).collect();
    let mut batch = PrefixBatch::default();
    for (minute, start) in (0u32..).zip(findings.study.window.minutes()) {
        for (id, minutes) in (0u32..).zip(&mut minutes) {
            let cell = minutes.at(minute);
            let origins = lists.0.get(cell.origins.as_slice()).copied().unwrap_or(0);
            batch.push(start, id, cell, cell.minute == minute, origins);
            if batch.minute.len() == BATCH {
                writer.write(batch.take(&prefixes, &lists.1, &statuses))?;
            }
        }
    }
    writer.write(batch.take(&prefixes, &lists.1, &statuses))
}

#[derive(Default)]
struct PrefixBatch {
    minute: Vec<Option<Timestamp>>,
    prefix: Vec<u32>,
    counts: [Vec<Option<i64>>; 5],
    ratios: [Vec<Option<u32>>; 5],
    events: [Vec<Option<i64>>; 3],
    origins: Vec<u32>,
    status: Vec<u32>,
}

impl PrefixBatch {
    fn push(
        &mut self,
        minute: Timestamp,
        prefix: u32,
        cell: &PrefixMinute,
        is_its_own: bool,
        origins: u32,
    ) {
        let now = cell.visibility;
        let (seeing, range, events) = if is_its_own {
            let events = [cell.announcements, cell.withdrawals, cell.path_changes];
            (cell.seeing_range, cell.visibility_range, events)
        } else {
            let range = (now.known > 0).then_some((now, now));
            ((now.seeing, now.seeing), range, [0; 3])
        };
        self.minute.push(Some(minute));
        self.prefix.push(prefix);
        let counts = [cell.full_feed, now.known, now.seeing, seeing.0, seeing.1];
        for (column, count) in self.counts.iter_mut().zip(counts) {
            column.push(Some(i64::from(count)));
        }
        let unknown = cell.full_feed.saturating_sub(now.known);
        let ratios = [
            now.ratio(),
            range.and_then(|r| r.0.ratio()),
            range.and_then(|r| r.1.ratio()),
            ratio(now.seeing, cell.full_feed),
            ratio(now.seeing + unknown, cell.full_feed),
        ];
        for (column, value) in self.ratios.iter_mut().zip(ratios) {
            column.push(value);
        }
        for (column, count) in self.events.iter_mut().zip(events) {
            column.push(Some(i64::from(count)));
        }
        self.origins.push(origins);
        let status = STATUSES.iter().position(|&s| s == cell.status);
        self.status.push(status.unwrap_or(0) as u32);
    }

    fn take(
        &mut self,
        names: &Arc<[Arc<str>]>,
        lists: &Arc<[Arc<[i64]>]>,
        statuses: &Arc<[Arc<str>]>,
    ) -> Vec<Cells> {
        let batch = std::mem::take(self);
        let mut cells = vec![
            Cells::Time(batch.minute),
            Cells::Pick(batch.prefix, Arc::clone(names)),
        ];
        cells.extend(batch.counts.map(Cells::Int));
        cells.extend(batch.ratios.map(Cells::Ratio));
        cells.extend(batch.events.map(Cells::Int));
        let origins = Lists::picked(batch.origins, Arc::clone(lists));
        cells.push(Cells::Ints(origins));
        cells.push(Cells::Pick(batch.status, Arc::clone(statuses)));
        cells
    }
}
