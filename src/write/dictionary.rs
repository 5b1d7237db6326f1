//! The data dictionary: what each column of each table means, as a page in Markdown.

use super::TABLES;
use super::table::{Kind, Table};
use std::fmt::Write;

const HEAD: &str = "# The columns

What `dropline run` writes, table by table: each lies in the run's folder as `NAME.csv` and as `NAME.parquet`. This page is printed
by `dropline columns` from the program's own schema; do not change it by hand.

- A minute is labelled by its start and holds the state at its end. All times are UTC, as RFC 3339 with `Z`; in Parquet they are
  timestamps in microseconds, in UTC.
- An empty cell (in Parquet: null) is what is unknown or does not apply. It is never zero.
- Ratios have four decimals, rounded half up.
- A column that holds true or false is boolean in Parquet, and `true` or `false` in CSV.
- Lists are ascending. In Parquet they are lists, and one that is empty is an empty list, never null; in CSV their parts are
  separated by a space. AS numbers in lists are whole numbers in Parquet, as in the columns of one AS number; in CSV they read
  `AS17557 AS36561`, and one alone reads `AS17557`, so that programs take the column for text from the first row on.
- An address, a prefix or a path is text.
";

/// The data dictionary, in Markdown.
pub(crate) fn text() -> String {
    let mut page = HEAD.to_owned();
    for table in TABLES {
        add(&mut page, table);
    }
    page
}

/// Adds the section of a table.
fn add(page: &mut String, table: &Table) {
    let Table { name, doc, .. } = table;
    let key: Vec<String> = table
        .key
        .iter()
        .map(|column| format!("`{column}`"))
        .collect();
    let key = key.join(", ");
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## `{name}`\n\n{doc}. Key: {key}.\n\n");
    page.push_str("| column | holds | means |\n|---|---|---|\n");
    for column in table.columns {
        let doc = column.doc.replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{}` | {} | {doc} |",
            column.name,
            kind(column.kind)
        );
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Minute => "time, to the second",
        Kind::Time => "time, with microseconds",
        Kind::Text => "text",
        Kind::Int => "whole number",
        Kind::Ratio => "ratio",
        Kind::Bool => "true or false",
        Kind::Asns => "list of AS numbers",
        Kind::Ints => "list of whole numbers",
        Kind::Texts => "list of texts",
    }
}
