//! A column of a table: its name, what its cells hold, what they mean, and what they rest on.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A time to the second, `2014-12-22T16:15:00Z`; a fraction is cut off.
    Minute,
    /// A time with its microseconds, `2014-12-22T16:15:00.250000Z`.
    Time,
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A ratio in ten-thousandths, printed with four decimals.
    Ratio,
    /// True or false.
    Bool,
    /// A list of AS numbers, printed as `AS17557 AS36561`; one of them alone as `AS17557`, so that
    /// no reader of CSV takes the column for numbers.
    Asns,
    /// A list of whole numbers, printed with spaces between them.
    Ints,
    /// A list of texts without spaces, printed with spaces between them.
    Texts,
}

impl Kind {
    /// Whether two cells can be so and so far apart: a time, a number or a ratio.
    pub(crate) const fn is_measured(self) -> bool {
        match self {
            Self::Minute | Self::Time | Self::Int | Self::Ratio => true,
            Self::Text | Self::Bool | Self::Asns | Self::Ints | Self::Texts => false,
        }
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// As the header has it.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: Kind,
    /// What it means, for the data dictionary.
    pub doc: &'static str,
    /// What its values rest on.
    pub(crate) basis: Basis,
}

impl Column {
    /// The same column, resting on something else than routing.
    pub(super) const fn of(self, basis: Basis) -> Self {
        Self { basis, ..self }
    }
}

/// A column whose values rest on routing alone.
pub(super) const fn column(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column {
        name,
        kind,
        doc,
        basis: Basis::Routing,
    }
}

/// What a column's values rest on, and so between which archives they may differ although the
/// routing is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// What peers announced and withdrew: the same from every archive that recorded it.
    Routing,
    /// The position of a record in its file: unchanged in a slice, different in another archive.
    RecordPosition,
    /// How large files and tables are: smaller in a slice.
    FileContents,
}
