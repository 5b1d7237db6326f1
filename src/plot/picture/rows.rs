//! `prefixes` as runs of like minutes, and which of very many prefixes are shown.

use super::columns::{Reader, count};
use super::runs::{Runs, add};
use super::upstreams::Behind;
use super::{MOST_ROWS, Outage, Row, Said, Seen};
use crate::detect::Scope;
use crate::model::net::Asn;
use crate::model::time::Timestamp;
use crate::model::visibility::{Status, Visibility};
use crate::study::manifest::Manifest;
use crate::write::back::ReadError;
use crate::write::{prefixes, upstreams};
use rustc_hash::FxHashMap;
use std::path::Path;

/// The prefixes of a run, and which have a row.
pub(super) struct Chosen {
    places: FxHashMap<String, u32>,
    /// By prefix.
    rows: Vec<Option<u32>>,
    count: usize,
}

impl Chosen {
    /// How many rows there are.
    pub(super) const fn rows(&self) -> usize {
        self.count
    }

    /// The row of a prefix, by its name.
    pub(super) fn row(&self, prefix: &str) -> Option<usize> {
        self.of(self.place(prefix)?)
    }

    fn place(&self, prefix: &str) -> Option<usize> {
        self.places.get(prefix).map(|&at| at as usize)
    }

    fn of(&self, place: usize) -> Option<usize> {
        self.rows.get(place)?.map(|row| row as usize)
    }
}

/// Chooses the prefixes that matter most, where there are very many: those that were lost longest
/// and deepest, then those whose upstreams changed most often, then in the order of the table.
pub(super) fn chosen(
    dir: &Path,
    manifest: &Manifest,
    outages: &[Outage],
) -> Result<Chosen, ReadError> {
    let names = manifest.prefixes.iter().map(ToString::to_string);
    let places: FxHashMap<String, u32> = names.zip(0u32..).collect();
    let mut rows: Vec<Option<u32>> = vec![None; manifest.prefixes.len()];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    if rows.len() > MOST_ROWS {
        let mut weight = vec![(0i64, 0u64); rows.len()];
        let of_prefix = outages.iter().filter(|o| o.scope == Scope::Prefix);
        for outage in of_prefix {
            if let Some(&at) = places.get(&outage.entity) {
                weight[at as usize].0 += outage.duration_s.max(1) * i64::from(outage.depth);
            }
        }
        let mut reader = Reader::open(dir, manifest, &upstreams::CHANGES, &["prefix"])?;
        while let Some(count) = reader.next()? {
            let prefixes = reader.column("prefix");
            for row in 0..count {
                if let Some(&at) = prefixes.text(row).and_then(|p| places.get(&*p)) {
                    weight[at as usize].1 += 1;
                }
            }
        }
        order.sort_by_key(|&at| (std::cmp::Reverse(weight[at]), at));
        order.truncate(MOST_ROWS);
        order.sort_unstable();
    }
    for (row, &at) in (0u32..).zip(&order) {
        rows[at] = Some(row);
    }
    Ok(Chosen {
        places,
        rows,
        count: order.len(),
    })
}

/// What a minute of any prefix means for the lines that it counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// At least half of the known see it.
    pub is_visible: bool,
    /// At least half would, if none of the unknown did.
    pub is_low: bool,
    /// At least half would, if all of the unknown did.
    pub is_high: bool,
    /// Too little is known to say.
    pub is_unknown: bool,
}

/// A prefix, shown or not, as a part of its lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub marks: Runs<Mark>,
    /// The origins that it had first.
    pub origins: Vec<Asn>,
}

/// The rows, and every prefix as a part of its lines.
pub(super) struct Rows {
    pub rows: Vec<Row>,
    /// By prefix of the manifest.
    pub parts: Vec<Part>,
}

pub(super) fn read(
    dir: &Path,
    manifest: &Manifest,
    chosen: &Chosen,
    behind: Vec<Behind>,
) -> Result<Rows, ReadError> {
    let window = manifest.study.window;
    let mut parts = vec![Part::default(); manifest.prefixes.len()];
    let mut minutes: Vec<Runs<Seen>> = vec![Vec::new(); chosen.rows()];
    let mut said: Vec<Vec<Said>> = vec![Vec::new(); chosen.rows()];
    let mut reader = Reader::open(dir, manifest, &prefixes::SCHEMA, &[])?;
    while let Some(rows) = reader.next()? {
        let columns = Columns::of(&reader);
        let times = reader.column("minute");
        let names = reader.column("prefix");
        for row in 0..rows {
            let Some(time) = times.time(row) else {
                continue;
            };
            let Some(place) = names.text(row).and_then(|p| chosen.place(&p)) else {
                continue;
            };
            let minute = window.minute_index(Timestamp(time)) as u32;
            let mut seen = columns.seen(row);
            let part = &mut parts[place];
            add(&mut part.marks, minute, mark(&seen));
            if part.origins.is_empty() && !seen.origins.is_empty() {
                let words = seen.origins.split_whitespace();
                part.origins = words.filter_map(|word| word.parse().ok()).collect();
            }
            let Some(at) = chosen.of(place) else {
                continue;
            };
            seen.upstream = behind
                .get(at)
                .and_then(|b| super::at(&b.dominant, minute).copied());
            add(&mut minutes[at], minute, seen);
            said[at].extend(columns.said(row, minute));
        }
    }
    let shown = (0..manifest.prefixes.len()).filter(|&place| chosen.of(place).is_some());
    let shown = shown.map(|place| manifest.prefixes[place]);
    let rows = shown.zip(minutes).zip(said).zip(behind);
    let rows = rows.map(|(((prefix, minutes), said), behind)| Row {
        prefix,
        minutes,
        said,
        via: behind.via.into_iter().collect(),
    });
    Ok(Rows {
        rows: rows.collect(),
        parts,
    })
}

fn mark(seen: &Seen) -> Mark {
    let half = |seeing: u32| seeing * 2 >= seen.full && seen.full > 0;
    let unknown = seen.full.saturating_sub(seen.now.known);
    let is_visible = seen.now.is_half();
    Mark {
        is_visible,
        is_low: is_visible && half(seen.now.seeing),
        // Where nobody counts, nobody can say no.
        is_high: is_visible || seen.full == 0 || half(seen.now.seeing + unknown),
        is_unknown: seen.status == Status::Unknown,
    }
}

/// The columns of a batch, looked up once.
struct Columns<'a> {
    counts: [&'a Cells; 5],
    range: [&'a Cells; 2],
    events: [&'a Cells; 3],
    origins: &'a Cells,
    status: &'a Cells,
}

use crate::write::table::Cells;

impl<'a> Columns<'a> {
    fn of(reader: &'a Reader) -> Self {
        let counts = [
            "peer_asns_full",
            "peer_asns_known",
            "peer_asns_seeing",
            "seeing_min",
            "seeing_max",
        ];
        let events = ["announcements", "withdrawals", "path_changes"];
        Self {
            counts: counts.map(|name| reader.column(name)),
            range: ["visibility_min", "visibility_max"].map(|name| reader.column(name)),
            events: events.map(|name| reader.column(name)),
            origins: reader.column("origins"),
            status: reader.column("status"),
        }
    }

    fn seen(&self, row: usize) -> Seen {
        let [full, known, seeing, least, most] = self.counts.map(|cells| count(cells, row));
        let [low, high] = self.range.map(|cells| cells.ratio(row));
        let status = self.status.text(row);
        Seen {
            status: status
                .and_then(|s| Status::parse(&s))
                .unwrap_or(Status::Unknown),
            now: Visibility { seeing, known },
            full,
            range: (least, most),
            visibility: low.zip(high),
            upstream: None,
            origins: self.origins.text(row).unwrap_or_else(|| "".into()),
        }
    }

    fn said(&self, row: usize, minute: u32) -> Option<Said> {
        let [announcements, withdrawals, path_changes] = self.events.map(|c| count(c, row));
        let is_quiet = announcements + withdrawals + path_changes == 0u32;
        (!is_quiet).then_some(Said {
            minute,
            announcements,
            withdrawals,
            path_changes,
        })
    }
}
