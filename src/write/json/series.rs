//! Minutes as series, in the form of IODA's signals (`/v2/signals/raw/…`): `from`, `until`, `step`
//! and `values`, with the entity and the datasource.
//!
//! A minute that is unknown is null, never zero: so is every minute whose status is `unknown`, a
//! visibility of which there is none, and a number of units most of which are unknown.

use crate::manifest::Manifest;
use crate::model::time::{MINUTE, SECOND, Timestamp};
use crate::write::back::{ReadError, Table};
use crate::write::cells::Cells;
use crate::write::table::{Kind, Table as Schema};
use crate::write::tables::{asns, country, prefixes};
use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};
use std::path::Path;

/// Whose series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The country's visible prefixes and reachable units, by family.
    Country,
    /// Each AS's, by family.
    Asns,
    /// Each prefix' visibility.
    Prefixes,
}

impl Of {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Country, Self::Asns, Self::Prefixes];

    const fn schema(self) -> &'static Schema {
        match self {
            Self::Country => &country::TABLE,
            Self::Asns => &asns::TABLE,
            Self::Prefixes => &prefixes::TABLE,
        }
    }

    /// The columns that name the entity.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Country => &["country", "family"],
            Self::Asns => &["asn", "family"],
            Self::Prefixes => &["prefix"],
        }
    }

    /// What there is a series of.
    const fn subjects(self) -> &'static [Subject] {
        match self {
            Self::Country | Self::Asns => &[Subject::PrefixesVisible, Subject::UnitsReachable],
            Self::Prefixes => &[Subject::Visibility],
        }
    }

    /// As IODA calls the type of the entity; prefixes it has none of.
    const fn entity_type(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Asns => "asn",
            Self::Prefixes => "prefix",
        }
    }
}

/// What a series is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// The column `visibility`.
    Visibility,
    /// The column `prefixes_visible`.
    PrefixesVisible,
    /// /24s (IPv6 /48s) reached by any route: what IODA's own series counts.
    UnitsReachable,
}

impl Subject {
    const fn label(self) -> &'static str {
        match self {
            Self::Visibility => "visibility",
            Self::PrefixesVisible => "prefixes_visible",
            Self::UnitsReachable => "units_reachable",
        }
    }

    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Visibility => &["visibility"],
            Self::PrefixesVisible => &["prefixes_visible"],
            Self::UnitsReachable => &[
                "units_direct",
                "units_covered",
                "units_none",
                "units_unknown",
            ],
        }
    }

    /// The value of a row, given the cells of its columns.
    fn value(self, cells: &[&Cells], row: usize) -> Cell {
        match (self, cells) {
            (Self::UnitsReachable, [direct, covered, none, unknown]) => {
                let count = |cells: &Cells| match Cell::of(cells, row) {
                    Cell::Count(n) => n,
                    Cell::Unknown | Cell::Ratio(_) => 0,
                };
                let reached = count(direct) + count(covered);
                let unknown = count(unknown);
                match unknown * 2 > reached + count(none) + unknown {
                    true => Cell::Unknown,
                    false => Cell::Count(reached),
                }
            }
            (_, [cells, ..]) => Cell::of(cells, row),
            (_, []) => Cell::Unknown,
        }
    }
}

/// The values of one entity, minute by minute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    entity_type: &'static str,
    entity_code: String,
    /// `4` or `6`; nothing for a prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    datasource: &'static str,
    /// `visibility`, `prefixes_visible` or `units_reachable`.
    subtype: &'static str,
    /// Start of the first minute, seconds since 1970.
    from: i64,
    /// End of the last minute.
    until: i64,
    /// Seconds between values.
    step: i64,
    native_step: i64,
    values: Vec<Cell>,
}

/// A minute's value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    Unknown,
    Count(i64),
    /// In ten-thousandths.
    Ratio(u32),
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_none(),
            Self::Count(n) => serializer.serialize_i64(*n),
            Self::Ratio(parts) => serializer.serialize_f64(f64::from(*parts) / 10_000.0),
        }
    }
}

impl Cell {
    fn of(cells: &Cells, row: usize) -> Self {
        let found = match cells {
            Cells::Int(counts) => counts.get(row).copied().flatten().map(Self::Count),
            Cells::Ratio(ratios) => ratios.get(row).copied().flatten().map(Self::Ratio),
            Cells::Time(_) | Cells::Text(_) | Cells::Pick(..) => None,
        };
        found.unwrap_or(Self::Unknown)
    }
}

/// The series of a run.
///
/// # Errors
/// A table cannot be read. One that the run has not is no error: it asked about no country.
pub fn all(dir: &Path, manifest: &Manifest, wanted: &[Of]) -> Result<Vec<Series>, ReadError> {
    let mut all = Vec::new();
    for &of in wanted {
        match series(dir, manifest, of) {
            Ok(found) => all.extend(found),
            Err(ReadError::None(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// Series as they are written: a list, one a line.
///
/// # Errors
/// None of ours is anything but JSON.
pub fn text(all: &[Series]) -> Result<String, serde_json::Error> {
    let mut text = "[".to_owned();
    for (i, series) in all.iter().enumerate() {
        text.push_str(if i == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(series)?);
    }
    text.push_str("\n]\n");
    Ok(text)
}

fn series(dir: &Path, manifest: &Manifest, of: Of) -> Result<Vec<Series>, ReadError> {
    let subjects = of.subjects();
    let columns = subjects.iter().flat_map(|s| s.columns());
    let columns: Vec<&str> = of.keys().iter().chain(columns).copied().collect();
    let columns = [&columns[..], &["status"]].concat();
    let mut table = Table::open(dir, manifest, of.schema(), &columns)?;
    let kinds: Vec<Kind> = table.columns().iter().map(|c| c.kind).collect();
    let place = |name: &str| table.columns().iter().position(|c| c.name == name);
    let keys: Vec<usize> = of.keys().iter().filter_map(|k| place(k)).collect();
    let places = |subject: &Subject| subject.columns().iter().filter_map(|c| place(c)).collect();
    let values: Vec<Vec<usize>> = subjects.iter().map(places).collect();
    let status = place("status");
    let window = manifest.study.window;
    let from = window.from.minute();
    let until = Timestamp(from.0 + window.minute_count() as i64 * MINUTE);
    let empty = |key: &[String], subject: &Subject| Series {
        entity_type: of.entity_type(),
        entity_code: key.first().cloned().unwrap_or_default(),
        family: key.get(1).cloned(),
        datasource: "bgp",
        subtype: subject.label(),
        from: from.0 / SECOND,
        until: until.0 / SECOND,
        step: MINUTE / SECOND,
        native_step: MINUTE / SECOND,
        values: Vec::new(),
    };
    let mut by_key: FxHashMap<Vec<String>, usize> = FxHashMap::default();
    let mut all: Vec<Series> = Vec::new();
    while let Some(cells) = table.read()? {
        let shown = |at: usize, row: usize| cells[at].shown(row, kinds[at]);
        for row in 0..cells.first().map_or(0, Cells::len) {
            let key = keys.iter().map(|&k| shown(k, row).unwrap_or_default());
            let first = *by_key.entry(key.collect()).or_insert_with_key(|key| {
                all.extend(subjects.iter().map(|subject| empty(key, subject)));
                all.len() - subjects.len()
            });
            let is_unknown = status.and_then(|s| shown(s, row)).as_deref() == Some("unknown");
            let each = all[first..].iter_mut().zip(subjects).zip(&values);
            for ((series, subject), places) in each {
                let of_row: Vec<&Cells> = places.iter().map(|&at| &cells[at]).collect();
                series.values.push(match is_unknown {
                    true => Cell::Unknown,
                    false => subject.value(&of_row, row),
                });
            }
        }
    }
    Ok(all)
}
