//! A table of text that fits the width of a terminal.

/// Whether a column may be dropped where the page is narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnNeed {
    /// It is always shown.
    Required,
    /// It may be dropped, the first such column first.
    Optional,
}

/// Characters between columns.
const GAP: usize = 2;

/// The lines of a table, each at most `width` characters: columns without any text are left out, then
/// optional ones are dropped, and where that is not enough, each row is broken into several lines.
pub(super) fn fit(head: &[(&str, ColumnNeed)], rows: &[Vec<String>], width: usize) -> Vec<String> {
    let wide = |i: usize| {
        let cells = rows.iter().map(|row| row[i].chars().count());
        cells.chain([head[i].0.chars().count()]).max().unwrap_or(0)
    };
    let has_text = |&i: &usize| rows.is_empty() || rows.iter().any(|row| !row[i].is_empty());
    let mut shown: Vec<usize> = (0..head.len()).filter(has_text).collect();
    let total =
        |shown: &[usize]| -> usize { shown.iter().map(|&i| wide(i) + GAP).sum::<usize>() - GAP };
    while total(&shown) > width {
        match shown
            .iter()
            .position(|&i| head[i].1 == ColumnNeed::Optional)
        {
            Some(place) => shown.remove(place),
            None => break,
        };
    }
    let line = |of: &[usize], cell: &dyn Fn(usize) -> String| {
        let cells = of.iter().map(|&i| format!("{:<1$}", cell(i), wide(i)));
        let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
        line.trim_end().to_owned()
    };
    if total(&shown) <= width {
        let first = line(&shown, &|i| head[i].0.to_owned());
        let rest = rows.iter().map(|row| line(&shown, &|i| row[i].clone()));
        return std::iter::once(first).chain(rest).collect();
    }
    let (first, rest) = shown.split_at(1);
    let two = |row: &Vec<String>| {
        let behind = rest.iter().map(|&i| row[i].as_str()).collect::<Vec<_>>();
        let mut lines = vec![row[first[0]].clone()];
        let mut last = String::new();
        for cell in behind {
            if !last.is_empty() && last.chars().count() + 1 + cell.chars().count() > width {
                lines.push(std::mem::take(&mut last));
            }
            last += if last.is_empty() { "  " } else { " " };
            last += cell;
        }
        lines.push(last);
        lines
    };
    rows.iter().flat_map(two).collect()
}

#[cfg(test)]
mod tests {
    use super::{ColumnNeed, fit};

    #[test]
    fn a_narrow_page_drops_optional_columns_and_then_breaks_rows() {
        let head = [
            ("who", ColumnNeed::Required),
            ("from", ColumnNeed::Required),
            ("why", ColumnNeed::Optional),
        ];
        let rows = [["AS1", "16:15", "lost"].map(str::to_owned).to_vec()];
        assert_eq!(
            fit(&head, &rows, 40),
            ["who  from   why", "AS1  16:15  lost"]
        );
        assert_eq!(fit(&head, &rows, 12), ["who  from", "AS1  16:15"]);
        assert_eq!(fit(&head, &rows, 8), ["AS1", "  16:15"]);
        let rows = [["AS1", "16:15", ""].map(str::to_owned).to_vec()];
        assert_eq!(fit(&head, &rows, 40), ["who  from", "AS1  16:15"]);
    }
}
