//! A run's folder, read back: [`RunView`] holds what people are shown of it, [`story`] tells it in
//! sentences, and `text` lays out one screen of it with curves and tables (`curves`, `rows`).
//! `published` sets published times beside it. [`json`], `codf` and `signals` give tables in formats
//! that other tools read.
//!
//! Figures, report, terminal and exports are all made from what is read here, so that none of them
//! can differ from the tables. A table is checked against its SHA-256 in `run.json` before a row of
//! it is used (`reader`); polars is named there alone.

mod batches;
pub(crate) mod codf;
mod curves;
pub(crate) mod events;
mod files;
mod groups;
pub mod json;
mod named_upstreams;
mod origins;
mod outages;
mod peers;
mod prefixes;
pub(crate) mod published;
pub(crate) mod reader;
pub(crate) mod rows;
mod run_view;
mod series;
mod shown;
pub(crate) mod signals;
mod sparkline;
pub mod story;
pub(crate) mod summary;
pub(crate) mod summary_json;
pub(crate) mod text;
mod text_table;
pub(crate) mod times;
mod upstream_changes;
mod upstreams;
pub(crate) mod words;

pub use crate::detect::EndKind;
pub use crate::tally::baseline::BaselineKind;
pub use events::{EventView, SensitivityView, ranked};
pub use files::FileView;
pub use groups::{GroupKey, GroupSeries, GroupState, ReachedUnits};
pub use outages::{LossView, OutageAtCollector, OutageView, StageView};
pub use peers::PeerView;
pub use prefixes::{PrefixSeries, PrefixState, UpdateCounts};
pub use run_view::{RunView, ViewError};
pub(crate) use series::MinuteSeries;
pub use series::{Interval, value_at};
pub use upstream_changes::UpstreamChangeView;
pub use upstreams::UpstreamSeries;
