//! The cells of a table, column by column, and how polars holds them.

use super::column::{Column, Kind};
use super::lists::{Lists, ListsBuilder};
use crate::model::net::Asn;
use crate::model::route::NONE;
use crate::model::time::{SECOND, Timestamp};
use polars::prelude::{self as pl, IntoColumn, IntoSeries, ListBuilderTrait, NewChunkedArray};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A column's share of a batch of rows; `None` is an empty cell, and so is an empty text. A list
/// that is empty prints as an empty cell, but is one: in Parquet it is not null.
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
    /// For [`Kind::Bool`].
    Bool(Vec<Option<bool>>),
    /// For [`Kind::Asns`] and [`Kind::Ints`].
    Ints(Lists<i64>),
    /// For [`Kind::Texts`].
    Texts(Lists<Arc<str>>),
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

    /// Truths.
    pub(crate) fn bools(values: impl IntoIterator<Item = bool>) -> Self {
        Self::Bool(values.into_iter().map(Some).collect())
    }

    /// Lists of AS numbers, as they come.
    pub(crate) fn asn_lists<L>(lists: impl IntoIterator<Item = L>) -> Self
    where
        L: IntoIterator<Item = Asn>,
    {
        Self::int_lists(lists.into_iter().map(|l| l.into_iter().map(i64::from)))
    }

    /// Lists of whole numbers, as they come.
    pub(crate) fn int_lists<L>(lists: impl IntoIterator<Item = L>) -> Self
    where
        L: IntoIterator<Item = i64>,
    {
        let mut all = ListsBuilder::default();
        for list in lists {
            all.push(&list.into_iter().collect::<Vec<i64>>());
        }
        Self::Ints(all.finish())
    }

    /// Lists of texts, as they come, from anything that prints without a space.
    pub(crate) fn text_lists<L>(lists: impl IntoIterator<Item = L>) -> Self
    where
        L: IntoIterator<Item: ToString>,
    {
        let mut all = ListsBuilder::default();
        for list in lists {
            let texts = list.into_iter().map(|item| Arc::from(item.to_string()));
            all.push(&texts.collect::<Vec<Arc<str>>>());
        }
        Self::Texts(all.finish())
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
            Self::Bool(cells) => cells.len(),
            Self::Ints(lists) => lists.len(),
            Self::Texts(lists) => lists.len(),
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
            (Self::Bool(_), _) => Some(self.bool(row)?.to_string()),
            (Self::Ints(_), _) => numbers_text(self.ints_of(row), kind),
            (Self::Texts(_), _) => joined(self.texts_of(row)),
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

    /// Whether a row is true; `None` where the cell is empty or of another kind.
    pub(crate) fn bool(&self, row: usize) -> Option<bool> {
        match self {
            Self::Bool(cells) => *cells.get(row)?,
            _ => None,
        }
    }

    /// The list of numbers of a row; none where the cell is empty or of another kind.
    pub(crate) fn ints_of(&self, row: usize) -> &[i64] {
        match self {
            Self::Ints(lists) => lists.get(row).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The list of texts of a row; none where the cell is empty or of another kind.
    pub(crate) fn texts_of(&self, row: usize) -> &[Arc<str>] {
        match self {
            Self::Texts(lists) => lists.get(row).unwrap_or_default(),
            _ => &[],
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
            (Kind::Bool, Self::Bool(cells)) => {
                pl::BooleanChunked::from_iter_options(name, cells.into_iter()).into_series()
            }
            (Kind::Asns | Kind::Ints, Self::Ints(lists)) => int_lists(name, &lists)?,
            (Kind::Texts, Self::Texts(lists)) => text_lists(name, &lists)?,
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
        Kind::Bool => pl::DataType::Boolean,
        Kind::Asns | Kind::Ints => pl::DataType::List(Box::new(pl::DataType::Int64)),
        Kind::Texts => pl::DataType::List(Box::new(pl::DataType::String)),
    };
    pl::Field::new(column.name.into(), dtype)
}

fn times(name: pl::PlSmallStr, micros: impl Iterator<Item = Option<i64>>) -> pl::Series {
    let utc = Some(pl::TimeZone::UTC);
    pl::Int64Chunked::from_iter_options(name, micros)
        .into_datetime(pl::TimeUnit::Microseconds, utc)
        .into_series()
}

fn int_lists(name: pl::PlSmallStr, lists: &Lists<i64>) -> Result<pl::Series, String> {
    no_dangling(&name, lists)?;
    let values = lists.iter().flatten().map(<[i64]>::len).sum();
    let mut column = pl::ListPrimitiveChunkedBuilder::<pl::Int64Type>::new(
        name,
        lists.len(),
        values,
        pl::DataType::Int64,
    );
    lists.iter().for_each(|list| column.append_opt_slice(list));
    Ok(column.finish().into_series())
}

fn text_lists(name: pl::PlSmallStr, lists: &Lists<Arc<str>>) -> Result<pl::Series, String> {
    no_dangling(&name, lists)?;
    let values = lists.iter().flatten().map(<[Arc<str>]>::len).sum();
    let mut column = pl::ListStringChunkedBuilder::new(name, lists.len(), values);
    for list in lists.iter() {
        match list {
            Some(list) => column.append_values_iter(list.iter().map(|text| &**text)),
            None => column.append_null(),
        }
    }
    Ok(column.finish().into_series())
}

fn no_dangling<T>(name: &str, lists: &Lists<T>) -> Result<(), String> {
    let dangling = lists.dangling();
    dangling.map_or(Ok(()), |id| Err(format!("`{name}` has no list {id}")))
}

/// A list of numbers as CSV shows it; `None` where it is empty.
fn numbers_text(list: &[i64], kind: Kind) -> Option<String> {
    let sign = if kind == Kind::Asns { "AS" } else { "" };
    joined(list.iter().map(|n| format!("{sign}{n}")))
}

/// A list as CSV shows it; `None` where it is empty.
fn joined<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> Option<String> {
    let mut text = String::new();
    for item in list {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(item.as_ref());
    }
    (!text.is_empty()).then_some(text)
}

/// The column as CSV shows it: polars knows one pattern for all times of a file, and no lists.
pub(super) fn printed(column: &pl::Column, kind: Kind) -> pl::PolarsResult<pl::Column> {
    let name = column.name().clone();
    let texts = match kind {
        Kind::Minute | Kind::Time => printed_times(name, column.datetime()?, kind),
        Kind::Asns | Kind::Ints => printed_numbers(name, column.list()?, kind)?,
        Kind::Texts => {
            let lists = column.list()?.amortized_iter().map(|list| {
                let Some(list) = list else { return Ok(None) };
                Ok(joined(list.as_ref().str()?.iter().flatten()))
            });
            let texts = lists.collect::<pl::PolarsResult<Vec<Option<String>>>>()?;
            pl::StringChunked::from_iter_options(name, texts.into_iter())
        }
        Kind::Text | Kind::Int | Kind::Ratio | Kind::Bool => return Ok(column.clone()),
    };
    Ok(texts.into_column())
}

fn printed_times(
    name: pl::PlSmallStr,
    times: &pl::DatetimeChunked,
    kind: Kind,
) -> pl::StringChunked {
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
    pl::StringChunked::from_iter_options(name, texts)
}

fn printed_numbers(
    name: pl::PlSmallStr,
    lists: &pl::ListChunked,
    kind: Kind,
) -> pl::PolarsResult<pl::StringChunked> {
    // Of the lists of many rows few differ: the text of each is made once.
    let mut known: FxHashMap<Box<[i64]>, Option<Arc<str>>> = FxHashMap::default();
    let mut texts: Vec<Option<Arc<str>>> = Vec::with_capacity(lists.len());
    for list in lists.amortized_iter() {
        let Some(list) = list else {
            texts.push(None);
            continue;
        };
        let list = list.as_ref().i64()?.cont_slice()?;
        let text = match known.get(list) {
            Some(text) => text.clone(),
            None => {
                let text = numbers_text(list, kind).map(Arc::from);
                known.insert(list.into(), text.clone());
                text
            }
        };
        texts.push(text);
    }
    Ok(pl::StringChunked::from_iter_options(
        name,
        texts.into_iter(),
    ))
}
