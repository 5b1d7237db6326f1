//! A run's minutes in the format of IODA's signals (`/v2/signals/raw/…`): `from`, `until`, `step` and
//! `values`, with the entity and the datasource.
//!
//! An unknown minute is null, never zero: a minute with the status `unknown`, one without a known
//! vantage AS, and one in which most units are unknown.

use super::reader::{ReadError, TableReader};
use crate::manifest::Manifest;
use crate::model::time::{MINUTE, SECOND, Timestamp};
use crate::write::cells::Cells;
use crate::write::table::{Kind, Table};
use crate::write::tables::{asns, country, prefixes};
use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};
use std::path::Path;

/// Which entities the signals are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignalScope {
    /// The country, by family: visible prefixes and reachable units.
    Country,
    /// Each AS, by family: visible prefixes and reachable units.
    Asns,
    /// Each prefix: its visibility.
    Prefixes,
}

impl SignalScope {
    /// All scopes.
    pub(crate) const ALL: [Self; 3] = [Self::Country, Self::Asns, Self::Prefixes];

    const fn table(self) -> &'static Table {
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

    /// The signals that each entity has.
    const fn types(self) -> &'static [SignalType] {
        match self {
            Self::Country | Self::Asns => {
                &[SignalType::PrefixesVisible, SignalType::UnitsReachable]
            }
            Self::Prefixes => &[SignalType::Visibility],
        }
    }

    /// IODA's name of the entity type; `prefix` is ours, since IODA has no prefixes.
    const fn entity_type(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Asns => "asn",
            Self::Prefixes => "prefix",
        }
    }
}

/// What a signal counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignalType {
    /// The column `visibility`.
    Visibility,
    /// The column `prefixes_visible`.
    PrefixesVisible,
    /// /24s (IPv6 /48s) reached by any route, which is what IODA's own BGP signal counts.
    UnitsReachable,
}

impl SignalType {
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
    fn value(self, cells: &[&Cells], row: usize) -> SignalValue {
        match (self, cells) {
            (Self::UnitsReachable, [direct, covered, none, unknown]) => {
                let count = |cells: &Cells| match SignalValue::of(cells, row) {
                    SignalValue::Count(n) => n,
                    SignalValue::Unknown | SignalValue::Ratio(_) => 0,
                };
                let reached = count(direct) + count(covered);
                let unknown = count(unknown);
                match unknown * 2 > reached + count(none) + unknown {
                    true => SignalValue::Unknown,
                    false => SignalValue::Count(reached),
                }
            }
            (_, [cells, ..]) => SignalValue::of(cells, row),
            (_, []) => SignalValue::Unknown,
        }
    }
}

/// The values of one entity minute by minute, with the keys of IODA's API.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signal {
    entity_type: &'static str,
    entity_code: String,
    /// 4 or 6; absent for a prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<u8>,
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
    values: Vec<SignalValue>,
}

/// A minute's value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum SignalValue {
    Unknown,
    Count(i64),
    /// In ten-thousandths.
    Ratio(u32),
}

impl Serialize for SignalValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_none(),
            Self::Count(n) => serializer.serialize_i64(*n),
            Self::Ratio(parts) => serializer.serialize_f64(f64::from(*parts) / 10_000.0),
        }
    }
}

impl SignalValue {
    fn of(cells: &Cells, row: usize) -> Self {
        let found = match cells {
            Cells::Int(counts) => counts.get(row).copied().flatten().map(Self::Count),
            Cells::Ratio(ratios) => ratios.get(row).copied().flatten().map(Self::Ratio),
            _ => None,
        };
        found.unwrap_or(Self::Unknown)
    }
}

/// The signals of a run. A table that the run does not have is skipped: only a study of a country has
/// the table `country`.
///
/// # Errors
/// A table cannot be read.
pub(crate) fn all(
    dir: &Path,
    manifest: &Manifest,
    scopes: &[SignalScope],
) -> Result<Vec<Signal>, ReadError> {
    let mut all = Vec::new();
    for &scope in scopes {
        match read(dir, manifest, scope) {
            Ok(found) => all.extend(found),
            Err(ReadError::Missing(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// Signals as a JSON list with one signal per line.
///
/// # Errors
/// A signal cannot be written as JSON; all of ours can.
pub(crate) fn text(all: &[Signal]) -> Result<String, serde_json::Error> {
    let mut text = "[".to_owned();
    for (i, signal) in all.iter().enumerate() {
        text.push_str(if i == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(signal)?);
    }
    text.push_str("\n]\n");
    Ok(text)
}

fn read(dir: &Path, manifest: &Manifest, scope: SignalScope) -> Result<Vec<Signal>, ReadError> {
    let types = scope.types();
    let columns = types.iter().flat_map(|signal_type| signal_type.columns());
    let columns: Vec<&str> = scope.keys().iter().chain(columns).copied().collect();
    let columns = [&columns[..], &["status"]].concat();
    let mut table = TableReader::open(dir, manifest, scope.table(), &columns)?;
    let kinds: Vec<Kind> = table.columns().iter().map(|c| c.kind).collect();
    let index = |name: &str| table.columns().iter().position(|c| c.name == name);
    let keys: Vec<usize> = scope.keys().iter().filter_map(|key| index(key)).collect();
    let value_columns = |signal_type: &SignalType| {
        let columns = signal_type.columns().iter();
        columns.filter_map(|column| index(column)).collect()
    };
    let value_columns: Vec<Vec<usize>> = types.iter().map(value_columns).collect();
    let status = index("status");
    let window = manifest.study.window;
    let from = window.from.minute();
    let until = Timestamp(from.0 + window.minute_count() as i64 * MINUTE);
    let empty = |key: &[String], signal_type: &SignalType| Signal {
        entity_type: scope.entity_type(),
        entity_code: key.first().cloned().unwrap_or_default(),
        family: key.get(1).and_then(|family| family.parse().ok()),
        datasource: "bgp",
        subtype: signal_type.label(),
        from: from.0 / SECOND,
        until: until.0 / SECOND,
        step: MINUTE / SECOND,
        native_step: MINUTE / SECOND,
        values: Vec::new(),
    };
    let mut by_key: FxHashMap<Vec<String>, usize> = FxHashMap::default();
    let mut all: Vec<Signal> = Vec::new();
    while let Some(cells) = table.read()? {
        let shown = |index: usize, row: usize| cells[index].shown(row, kinds[index]);
        for row in 0..cells.first().map_or(0, Cells::len) {
            let key = keys.iter().map(|&key| shown(key, row).unwrap_or_default());
            let first = *by_key.entry(key.collect()).or_insert_with_key(|key| {
                all.extend(types.iter().map(|signal_type| empty(key, signal_type)));
                all.len() - types.len()
            });
            let is_unknown = status.and_then(|s| shown(s, row)).as_deref() == Some("unknown");
            let each = all[first..].iter_mut().zip(types).zip(&value_columns);
            for ((signal, signal_type), indices) in each {
                let of_row: Vec<&Cells> = indices.iter().map(|&index| &cells[index]).collect();
                signal.values.push(match is_unknown {
                    true => SignalValue::Unknown,
                    false => signal_type.value(&of_row, row),
                });
            }
        }
    }
    Ok(all)
}
