//! The watch list, line by line, for stdout.

use super::csv;
use crate::model::day::Day;
use crate::watchlist::{Reason, WatchItem, WatchList};

/// The columns of [`text()`].
pub(crate) const COLUMNS: [&str; 8] = [
    "resource",
    "kind",
    "reason",
    "registry",
    "registered",
    "day",
    "source",
    "note",
];

/// The list as CSV: what is watched, its kind (`ipv4`, `ipv6`, `asn`), why (`asked`, `registered`,
/// `extra`, `optional`), by which registry, since which day, by the statistics of which day, where
/// that can be read, and a note.
pub(crate) fn text(list: &WatchList) -> String {
    csv::text(&COLUMNS, list.items().iter().map(row))
}

fn row(item: &WatchItem) -> [String; 8] {
    let day = |day: Option<Day>| day.map(|d| d.to_string()).unwrap_or_default();
    let nothing = String::new;
    let [registry, since, used, source, note] = match &item.reason {
        Reason::Asked => [(); 5].map(|()| nothing()),
        Reason::Registered { by, since } => [
            by.registry.clone(),
            day(*since),
            day(by.day),
            by.file.clone(),
            nothing(),
        ],
        Reason::Extra(extra) => [
            nothing(),
            nothing(),
            nothing(),
            extra.source.clone(),
            extra.why.clone(),
        ],
    };
    let resource = item.resource.to_string();
    let (kind, reason) = (
        item.resource.kind().to_owned(),
        item.reason.kind().to_owned(),
    );
    [resource, kind, reason, registry, since, used, source, note]
}
