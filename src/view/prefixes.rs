//! `prefixes` read back: the state of each prefix minute by minute.

use super::batches::{BatchReader, count};
use super::reader::ReadError;
use super::series::{MinuteSeries, push, value_at};
use super::shown::ShownPrefixes;
use super::upstreams::PrefixUpstreams;
use crate::manifest::Manifest;
use crate::model::net::{Asn, Prefix};
use crate::model::visibility::{Status, Visibility, ratio};
use crate::write::cells::Cells;
use crate::write::tables::prefixes;
use std::path::Path;

/// A watched prefix, minute by minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixSeries {
    /// The watched prefix.
    pub prefix: Prefix,
    /// Its state; every minute of the window has one.
    pub minutes: MinuteSeries<PrefixState>,
    /// Minutes in which counted peers announced or withdrew it, in order.
    pub updates: Vec<UpdateCounts>,
    /// Vantage ASes that saw it through each upstream, by ASN of the upstream.
    pub via: Vec<(Asn, MinuteSeries<u32>)>,
}

/// A prefix in one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixState {
    /// The status at the minute's end.
    pub status: Status,
    /// Vantage ASes that see it, and those that are known, at the minute's end.
    pub visibility: Visibility,
    /// Vantage ASes with a counted peer in the prefix's family.
    pub full_feed: u32,
    /// Fewest and most vantage ASes that saw it within the minute.
    pub seeing_range: (u32, u32),
    /// Lowest and highest visibility within the minute, in ten-thousandths; `None` where no vantage
    /// AS was known.
    pub visibility_range: Option<(u32, u32)>,
    /// The upstream that most vantage ASes had at the minute's end; of several the lowest ASN.
    pub upstream: Option<Asn>,
}

impl PrefixState {
    /// Visibility with unknown vantage ASes counted as not seeing, in ten-thousandths.
    pub fn visibility_low(&self) -> Option<u32> {
        ratio(self.visibility.seeing, self.full_feed)
    }

    /// Visibility with unknown vantage ASes counted as seeing, in ten-thousandths.
    pub fn visibility_high(&self) -> Option<u32> {
        ratio(self.visibility.seeing + self.unknown(), self.full_feed)
    }

    /// Vantage ASes that are not known.
    const fn unknown(&self) -> u32 {
        self.full_feed.saturating_sub(self.visibility.known)
    }
}

/// Announcements and withdrawals of a prefix by counted peers in a minute that has any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdateCounts {
    /// The minute, from 0 at the window's start.
    pub minute: u32,
    /// Announcements, duplicates included.
    pub announcements: u32,
    /// Withdrawals, duplicates included.
    pub withdrawals: u32,
    /// Announcements that gave a present route another path.
    pub path_changes: u32,
}

/// The prefixes that are shown one by one.
pub(super) fn read(
    dir: &Path,
    manifest: &Manifest,
    shown: &ShownPrefixes,
    upstreams: Vec<PrefixUpstreams>,
) -> Result<Vec<PrefixSeries>, ReadError> {
    let window = manifest.study.window;
    let mut states: Vec<MinuteSeries<PrefixState>> = vec![Vec::new(); shown.count()];
    let mut updates: Vec<Vec<UpdateCounts>> = vec![Vec::new(); shown.count()];
    let mut reader = BatchReader::open(dir, manifest, &prefixes::TABLE, &[])?;
    while let Some(rows) = reader.next()? {
        let columns = PrefixColumns::of(&reader);
        let minutes = reader.column("minute");
        let names = reader.column("prefix");
        for row in 0..rows {
            let Some(time) = minutes.time(row) else {
                continue;
            };
            let Some(index) = names.text(row).and_then(|name| shown.index(&name)) else {
                continue;
            };
            let Some(position) = shown.position(index) else {
                continue;
            };
            let minute = window.minute_index(time) as u32;
            let mut state = columns.state(row);
            state.upstream = upstreams
                .get(position)
                .and_then(|of_prefix| value_at(&of_prefix.dominant, minute).copied());
            push(&mut states[position], minute, state);
            updates[position].extend(columns.updates(row, minute));
        }
    }
    let indices = (0..manifest.prefixes.len()).filter(|&index| shown.position(index).is_some());
    let names = indices.map(|index| manifest.prefixes[index]);
    let series = names.zip(states).zip(updates).zip(upstreams);
    let series = series.map(|(((prefix, minutes), updates), upstreams)| PrefixSeries {
        prefix,
        minutes,
        updates,
        via: upstreams.via.into_iter().collect(),
    });
    Ok(series.collect())
}

/// The columns of a batch, looked up once.
struct PrefixColumns<'a> {
    counts: [&'a Cells; 5],
    visibility: [&'a Cells; 2],
    updates: [&'a Cells; 3],
    status: &'a Cells,
}

impl<'a> PrefixColumns<'a> {
    fn of(reader: &'a BatchReader) -> Self {
        let counts = [
            "peer_asns_full",
            "peer_asns_known",
            "peer_asns_seeing",
            "seeing_min",
            "seeing_max",
        ];
        let updates = ["announcements", "withdrawals", "path_changes"];
        Self {
            counts: counts.map(|name| reader.column(name)),
            visibility: ["visibility_min", "visibility_max"].map(|name| reader.column(name)),
            updates: updates.map(|name| reader.column(name)),
            status: reader.column("status"),
        }
    }

    /// A row's state, without the upstream, which another table has.
    fn state(&self, row: usize) -> PrefixState {
        let [full_feed, known, seeing, fewest, most] = self.counts.map(|cells| count(cells, row));
        let [low, high] = self.visibility.map(|cells| cells.ratio(row));
        let status = self.status.text(row);
        PrefixState {
            status: status
                .and_then(|s| Status::parse(&s))
                .unwrap_or(Status::Unknown),
            visibility: Visibility { seeing, known },
            full_feed,
            seeing_range: (fewest, most),
            visibility_range: low.zip(high),
            upstream: None,
        }
    }

    fn updates(&self, row: usize, minute: u32) -> Option<UpdateCounts> {
        let [announcements, withdrawals, path_changes] = self.updates.map(|c| count(c, row));
        let is_quiet = announcements + withdrawals + path_changes == 0u32;
        (!is_quiet).then_some(UpdateCounts {
            minute,
            announcements,
            withdrawals,
            path_changes,
        })
    }
}
