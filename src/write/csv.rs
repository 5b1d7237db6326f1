//! CSV as text (RFC 4180): the one place that quotes cells. The large, typed tables of a run are
//! written by polars, in the same form (`super::table_writer`).

/// A header and rows as CSV: each line ends with `\n`, and a cell is quoted only where it holds a
/// comma, a quote or a line break.
pub fn text<S: AsRef<str>>(
    header: &[&str],
    rows: impl IntoIterator<Item = impl IntoIterator<Item = S>>,
) -> String {
    let mut text = String::new();
    add_row(&mut text, header);
    for row in rows {
        add_row(&mut text, row);
    }
    text
}

fn add_row<S: AsRef<str>>(text: &mut String, cells: impl IntoIterator<Item = S>) {
    for (i, cell) in cells.into_iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        add_cell(text, cell.as_ref());
    }
    text.push('\n');
}

fn add_cell(text: &mut String, cell: &str) {
    if cell.contains([',', '"', '\n', '\r']) {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_only_where_they_must_be() {
        let rows = [["a b", ""], ["c,d", "\"e\"\nf"]];
        let text = text(&["x", "y"], rows);
        assert_eq!(text, "x,y\na b,\n\"c,d\",\"\"\"e\"\"\nf\"\n");
    }
}
