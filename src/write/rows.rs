//! Small tables of text for stdout: CSV as the large ones, without their types.

/// A header and rows as CSV: `\n` at the end of each, quotes only where they are needed
/// (RFC 4180).
pub fn csv<'a>(header: &[&str], rows: impl IntoIterator<Item = &'a [String]>) -> String {
    let mut text = line(header.iter().copied());
    for row in rows {
        text += &line(row.iter().map(String::as_str));
    }
    text
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(cell).collect();
    cells.join(",") + "\n"
}

fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_where_they_are_needed() {
        let rows = [
            ["a b".to_owned(), String::new()],
            ["c,d".to_owned(), "\"e\"\nf".to_owned()],
        ];
        let text = csv(&["x", "y"], rows.iter().map(|row| &row[..]));
        assert_eq!(text, "x,y\na b,\n\"c,d\",\"\"\"e\"\"\nf\"\n");
    }
}
