//! The tables of a run: one file each, with everything that there is to say about the table in its
//! `TABLE`. A table that [`ALL`] does not list is dead code, which the compiler refuses here.

#![deny(dead_code)]

pub(crate) mod asns;
pub(crate) mod country;
pub(crate) mod events;
pub(crate) mod files;
mod groups;
pub(crate) mod ioda;
pub(crate) mod losses;
pub(crate) mod outage_collectors;
mod outage_columns;
pub(crate) mod outages;
pub(crate) mod peers;
pub(crate) mod prefixes;
pub(crate) mod sensitivity;
pub(crate) mod stages;
pub(crate) mod transitions;
pub(crate) mod upstream_changes;
pub(crate) mod upstreams;

use super::table::Table;

/// Every table of a run, in the order of the data dictionary.
pub static ALL: [&Table; 15] = [
    &prefixes::TABLE,
    &asns::TABLE,
    &country::TABLE,
    &upstreams::TABLE,
    &upstream_changes::TABLE,
    &transitions::TABLE,
    &events::TABLE,
    &outages::TABLE,
    &sensitivity::TABLE,
    &losses::TABLE,
    &outage_collectors::TABLE,
    &stages::TABLE,
    &ioda::TABLE,
    &peers::TABLE,
    &files::TABLE,
];

/// What each table's file needs.
mod prelude {
    pub(super) use crate::model::time::{SECOND, Timestamp};
    pub(super) use crate::write::cells::{Cells, count, names};
    pub(super) use crate::write::column::{Basis, Column, Kind, column};
    pub(super) use crate::write::table::{Regression, RowLayout, Table, always, few};
    pub(super) use crate::write::table_writer::{BATCH, TableWriter};
    pub(super) use crate::write::{Findings, WriteError};
    pub(super) use std::sync::Arc;

    /// Whole seconds from one instant to another.
    pub(in crate::write::tables) const fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
        (to.0 - from.0) / SECOND
    }
}
