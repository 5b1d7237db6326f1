//! What may differ, and by how much.

use crate::model::time::{SECOND, TimeDelta, Timestamp};
use crate::write::TABLES;
use crate::write::table::{Column, Kind, Table};

/// What may differ. An empty cell differs from any value, whatever the tolerance: unknown is never
/// zero.
#[derive(Debug, Clone, Default)]
pub struct Tolerances {
    /// For times. Durations (columns named `…_s`) have two ends and may differ by
    /// twice that. Minutes are labels and have no tolerance.
    pub time: TimeDelta,
    /// For shares between 0 and 1, such as `visibility` and `depth`.
    pub share: f64,
    /// For single columns, in the column's unit (seconds for times); these override the others.
    pub columns: Vec<(ColumnSelector, f64)>,
    /// Columns that are not compared.
    pub ignored: Vec<ColumnSelector>,
    /// Only these tables are compared, if there are any.
    pub tables: Vec<String>,
}

/// A column of every table, of one, or a whole table (`files.*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSelector {
    table: Option<&'static str>,
    column: Option<&'static str>,
}

impl ColumnSelector {
    /// Reads `COLUMN`, `TABLE.COLUMN` or `TABLE.*`.
    ///
    /// # Errors
    /// No table has such a column.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (table, column) = match text.split_once('.') {
            Some((table, column)) => (Some(self::table(table)?), column),
            None => (None, text),
        };
        if let (Some(table), "*") = (table, column) {
            let table = Some(table.name);
            return Ok(Self {
                table,
                column: None,
            });
        }
        let tables = TABLES
            .iter()
            .filter(|t| table.is_none_or(|table| table.name == t.name));
        let mut columns = tables.flat_map(|t| t.columns).map(|c| c.name);
        match (columns.clone().find(|c| *c == column), table) {
            (Some(found), _) => Ok(Self {
                table: table.map(|t| t.name),
                column: Some(found),
            }),
            (None, Some(table)) => {
                let has = columns.by_ref().collect::<Vec<_>>().join(", ");
                Err(format!(
                    "`{}` has no column `{column}`; it has {has}",
                    table.name
                ))
            }
            (None, None) => Err(format!("no table has a column `{column}`")),
        }
    }

    /// A column of one table.
    pub(super) const fn of(table: &'static Table, column: &'static Column) -> Self {
        Self {
            table: Some(table.name),
            column: Some(column.name),
        }
    }

    fn selects(&self, table: &str, column: &str) -> bool {
        self.table.is_none_or(|t| t == table) && self.column.is_none_or(|c| c == column)
    }
}

/// A table of a run, by name.
///
/// # Errors
/// There is no such table.
pub(crate) fn table(name: &str) -> Result<&'static Table, String> {
    let found = TABLES.into_iter().find(|table| table.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        format!("there is no table `{name}`; there are {}", names.join(", "))
    })
}

impl Tolerances {
    /// Adds `COLUMN=VALUE` or `TABLE.COLUMN=VALUE`.
    ///
    /// # Errors
    /// No such column, no such value, or one that holds text or lists.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let Some((selector, value)) = text.split_once('=') else {
            return Err(format!(
                "`{text}` is not a tolerance: write COLUMN=VALUE, such as peer_asns_seeing=1"
            ));
        };
        let selector = ColumnSelector::parse(selector.trim())?;
        let Some(name) = selector.column else {
            return Err(format!("`{text}` does not name a column"));
        };
        let kinds = TABLES
            .iter()
            .flat_map(|s| s.columns.iter().map(move |c| (s, c)));
        let mut kinds = kinds
            .filter(|(s, c)| selector.selects(s.name, c.name))
            .map(|(_, c)| c.kind);
        let kind = kinds.next().unwrap_or(Kind::Text);
        let value = value.trim();
        let number = match kind {
            Kind::Text => {
                return Err(format!(
                    "`{name}` holds text, which cannot have a tolerance: leave it out with `--ignore {name}`"
                ));
            }
            Kind::Bool | Kind::Asns | Kind::Ints | Kind::Texts => {
                return Err(format!(
                    "`{name}` holds {}, which cannot have a tolerance: leave it out with `--ignore {name}`",
                    if kind == Kind::Bool {
                        "true or false"
                    } else {
                        "a list"
                    }
                ));
            }
            Kind::Minute => {
                return Err(format!(
                    "`{name}` is the label of a minute, which cannot have a tolerance"
                ));
            }
            Kind::Time => TimeDelta::parse(value)?.0 as f64 / SECOND as f64,
            Kind::Int | Kind::Ratio => value
                .parse()
                .ok()
                .filter(|v: &f64| v.is_finite() && *v >= 0.0)
                .ok_or_else(|| {
                    format!("`{value}` is not a tolerance: write a number of at least 0")
                })?,
        };
        self.columns.push((selector, number));
        Ok(())
    }

    pub(super) fn is_ignored(&self, table: &str, column: &str) -> bool {
        self.ignored.iter().any(|t| t.selects(table, column))
    }

    pub(super) fn takes(&self, table: &str) -> bool {
        let is_asked = self.tables.is_empty() || self.tables.iter().any(|t| t == table);
        let whole = |t: &ColumnSelector| t.column.is_none() && t.table == Some(table);
        is_asked && !self.ignored.iter().any(whole)
    }

    /// By how much a column's values may differ, as [`measure`] gives them.
    pub(super) fn of(&self, table: &str, column: &Column) -> f64 {
        let own = self
            .columns
            .iter()
            .rev()
            .find(|(t, _)| t.selects(table, column.name));
        match (own, column.kind) {
            (Some((_, value)), Kind::Time) => value * SECOND as f64,
            (Some((_, value)), _) => *value,
            (None, Kind::Time) => self.time.micros() as f64,
            (None, Kind::Ratio) => self.share,
            (None, Kind::Int) if column.name.ends_with("_s") => {
                2.0 * self.time.micros() as f64 / SECOND as f64
            }
            (None, _) => 0.0,
        }
    }
}

/// A cell as a number: microseconds of a time, the value of anything else; none for what has no
/// distance.
pub(super) fn measure(kind: Kind, cell: &str) -> Option<f64> {
    match kind {
        Kind::Text | Kind::Bool | Kind::Asns | Kind::Ints | Kind::Texts => None,
        Kind::Minute | Kind::Time => Timestamp::parse(cell).ok().map(|t| t.0 as f64),
        Kind::Int | Kind::Ratio => cell.trim().parse().ok().filter(|v: &f64| v.is_finite()),
    }
}

/// Whether two cells differ by more than is allowed.
pub(super) fn differs(column: &Column, allowed: f64, a: Option<&str>, b: Option<&str>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_some() != b.is_some();
    };
    if a == b {
        return false;
    }
    match (measure(column.kind, a), measure(column.kind, b)) {
        // Decimals are not exact in binary: 0.52 − 0.50 must not exceed 0.02.
        (Some(a), Some(b)) => (a - b).abs() > allowed + 1e-9,
        _ => true,
    }
}
