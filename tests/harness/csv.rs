//! Tables as the program writes them.

use std::collections::BTreeMap;

/// A table as read: rows of cells by column.
pub type Table = Vec<BTreeMap<String, String>>;

/// Reads a CSV table; cells in quotes may hold commas.
pub fn read_csv(text: &str) -> Table {
    let cells = |line: &str| {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match (c, quoted) {
                ('"', _) => quoted = !quoted,
                (',', false) => cells.push(String::new()),
                _ => cells.last_mut().expect("a cell").push(c),
            }
        }
        cells
    };
    let mut lines = text.lines();
    let head = cells(lines.next().unwrap_or_default());
    lines
        .map(|line| head.iter().cloned().zip(cells(line)).collect())
        .collect()
}
