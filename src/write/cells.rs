//! The cells of a table, column by column, and how polars holds them.

use super::column::{Column, Kind};
use crate::model::route::NONE;
use crate::model::time::{SECOND, Timestamp};
use polars::prelude::{self as pl, IntoColumn, IntoSeries, NewChunkedArray};
use std::sync::Arc;

/// A column's share of a batch of rows; `None` is an empty cell, and so is an empty text.
#[derive(Debug, Clone)]
pub(crate) enum Cells {
    /// UTC times, for [`Kind::Minute`] and [`Kind::Time`].
    Time(Vec<Option<Timestamp>>),
    /// For [`Kind::Text`], where texts seldom repeat.
    Text(Vec<Option<Arc<str>>>),
    /// For [`Kind::Text`], where they do: positions in a list, [`NONE`] for an empty cell.
    Pick(Vec<u32>, Arc<[Arc<str>]>),
    /// For [`Kind::Int`].
    Int(Vec<Option<i64>>),
    /// For [`Kind::Ratio`], in ten-thousandths.
    Ratio(Vec<Option<u32>>),
}

impl Cells {
    /// Times.
    pub(crate) fn times(times: impl IntoIterator<Item = Option<Timestamp>>) -> Self {
        Self::Time(times.into_iter().collect())
    }

    /// Texts, from anything that prints.
    pub(crate) fn texts<T: ToString>(values: impl IntoIterator<Item = Option<T>>) -> Self {
        let text = |value: Option<T>| value.map(|value| Arc::from(value.to_string()));
        Self::Text(values.into_iter().map(text).collect())
    }

    /// Whole numbers.
    pub(crate) fn ints(ints: impl IntoIterator<Item = Option<i64>>) -> Self {
        Self::Int(ints.into_iter().collect())
    }

    /// Counts, of which none is missing; what exceeds `i64` becomes its maximum.
    pub(crate) fn counts<N: Into<u64>>(counts: impl IntoIterator<Item = N>) -> Self {
        Self::ints(counts.into_iter().map(|n| Some(count(n))))
    }

    /// Ratios in ten-thousandths.
    pub(crate) fn ratios(ratios: impl IntoIterator<Item = Option<u32>>) -> Self {
        Self::Ratio(ratios.into_iter().collect())
    }

    /// The number of rows.
    #[allow(clippy::len_without_is_empty, reason = "a batch without rows is none")]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Time(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
            Self::Pick(ids, _) => ids.len(),
            Self::Int(cells) => cells.len(),
            Self::Ratio(cells) => cells.len(),
        }
    }

    /// A cell as CSV shows it; `None` for an empty one.
    pub(crate) fn shown(&self, row: usize, kind: Kind) -> Option<String> {
        match (self, kind) {
            (Self::Time(_), Kind::Minute) => Some(self.time(row)?.to_string()),
            (Self::Time(_), _) => Some(self.time(row)?.with_micros()),
            (Self::Text(_) | Self::Pick(..), _) => {
                let text = self.text(row)?;
                (!text.is_empty()).then(|| text.to_string())
            }
            (Self::Int(_), _) => Some(self.int(row)?.to_string()),
            (Self::Ratio(_), _) => {
                let parts = self.ratio(row)?;
                Some(format!("{}.{:04}", parts / 10_000, parts % 10_000))
            }
        }
    }

    /// The whole number of a row; `None` where the cell is empty or of another kind.
    pub(crate) fn int(&self, row: usize) -> Option<i64> {
        match self {
            Self::Int(cells) => *cells.get(row)?,
            _ => None,
        }
    }

    /// The time of a row; `None` where the cell is empty or of another kind.
    pub(crate) fn time(&self, row: usize) -> Option<Timestamp> {
        match self {
            Self::Time(cells) => *cells.get(row)?,
            _ => None,
        }
    }

    /// The ratio of a row, in ten-thousandths; `None` where the cell is empty or of another kind.
    pub(crate) fn ratio(&self, row: usize) -> Option<u32> {
        match self {
            Self::Ratio(cells) => *cells.get(row)?,
            _ => None,
        }
    }

    /// The text of a row; `None` where the cell is empty or of another kind.
    pub(crate) fn text(&self, row: usize) -> Option<Arc<str>> {
        match self {
            Self::Text(cells) => cells.get(row)?.clone(),
            Self::Pick(ids, texts) => texts.get(*ids.get(row)? as usize).cloned(),
            _ => None,
        }
    }

    /// The column as polars has it.
    ///
    /// # Errors
    /// The cells are not of the column's kind: a bug.
    pub(super) fn into_column(self, column: &Column) -> Result<pl::Column, String> {
        let name: pl::PlSmallStr = column.name.into();
        let series = match (column.kind, self) {
            (Kind::Minute, Self::Time(cells)) => {
                let whole = |t: Timestamp| t.0 - t.0.rem_euclid(SECOND);
                times(name, cells.into_iter().map(|t| t.map(whole)))
            }
            (Kind::Time, Self::Time(cells)) => {
                times(name, cells.into_iter().map(|t| t.map(|t| t.0)))
            }
            (Kind::Text, Self::Text(cells)) => {
                let cells = cells.into_iter().map(|text| text.filter(|t| !t.is_empty()));
                pl::StringChunked::from_iter_options(name, cells).into_series()
            }
            (Kind::Text, Self::Pick(ids, texts)) => {
                let is_unknown = |id: &&u32| **id != NONE && **id as usize >= texts.len();
                if let Some(id) = ids.iter().find(is_unknown) {
                    return Err(format!("`{name}` has no text {id}"));
                }
                let text = |id: &u32| texts.get(*id as usize).filter(|t| !t.is_empty());
                let cells = ids.iter().map(text);
                pl::StringChunked::from_iter_options(name, cells).into_series()
            }
            (Kind::Int, Self::Int(cells)) => {
                pl::Int64Chunked::from_slice_options(name, &cells).into_series()
            }
            (Kind::Ratio, Self::Ratio(cells)) => {
                let parts = cells.into_iter().map(|r| Some(f64::from(r?) / 10_000.0));
                pl::Float64Chunked::from_iter_options(name, parts).into_series()
            }
            (kind, _) => return Err(format!("`{name}` is {kind:?}, its cells are not")),
        };
        Ok(series.into_column())
    }
}

/// A count as a cell has it; what exceeds `i64` becomes its maximum.
pub(super) fn count(n: impl Into<u64>) -> i64 {
    i64::try_from(n.into()).unwrap_or(i64::MAX)
}

/// Each value as the text of a column in which values repeat ([`Cells::Pick`]).
pub(super) fn names<T: ToString>(values: impl IntoIterator<Item = T>) -> Arc<[Arc<str>]> {
    let text = |value: T| Arc::from(value.to_string());
    values.into_iter().map(text).collect()
}

/// The name and type of a column in Parquet.
pub(super) fn field(column: &Column) -> pl::Field {
    let utc = Some(pl::TimeZone::UTC);
    let dtype = match column.kind {
        Kind::Minute | Kind::Time => pl::DataType::Datetime(pl::TimeUnit::Microseconds, utc),
        Kind::Text => pl::DataType::String,
        Kind::Int => pl::DataType::Int64,
        Kind::Ratio => pl::DataType::Float64,
    };
    pl::Field::new(column.name.into(), dtype)
}

fn times(name: pl::PlSmallStr, micros: impl Iterator<Item = Option<i64>>) -> pl::Series {
    let utc = Some(pl::TimeZone::UTC);
    pl::Int64Chunked::from_iter_options(name, micros)
        .into_datetime(pl::TimeUnit::Microseconds, utc)
        .into_series()
}

/// The column as CSV shows it: polars knows one pattern for all times of a file, we need two.
pub(super) fn printed(column: &pl::Column, kind: Kind) -> pl::Column {
    let Ok(times) = column.datetime() else {
        return column.clone();
    };
    // Rows of one minute follow each other: its text is made once.
    let mut last: (i64, Arc<str>) = (i64::MIN, "".into());
    let texts = times.physical().iter().map(|time| {
        let time = time?;
        if time != last.0 {
            let text = match kind {
                Kind::Time => Timestamp(time).with_micros(),
                _ => Timestamp(time).to_string(),
            };
            last = (time, text.into());
        }
        Some(Arc::clone(&last.1))
    });
    pl::StringChunked::from_iter_options(column.name().clone(), texts).into_column()
}
