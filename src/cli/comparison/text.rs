//! For people: what differs, the differing cells, and a row per table.

use super::{CaseOutcome, ComparisonCase, differences};
use crate::verify::Report;
use crate::view::words::escaped_controls;
use std::fmt::Write;

pub(super) fn render(cases: &[ComparisonCase], most: usize) -> String {
    // File names and cells may be foreign text.
    let texts = cases
        .iter()
        .map(|case| escaped_controls(&text(case, most, cases.len() > 1)));
    texts.collect()
}

fn text(case: &ComparisonCase, most: usize, is_short: bool) -> String {
    let mut text = String::new();
    let report = match &case.ending {
        CaseOutcome::Compared(report) => report,
        CaseOutcome::Skipped(why) => return format!("{}: skipped: {why}\n", case.name),
        CaseOutcome::Failed(why) => return format!("{}: FAILED: {why}\n", case.name),
    };
    if is_short {
        let _ = writeln!(text, "{}: {}", case.name, case.label());
        if report.is_equal() {
            return text;
        }
    }
    for line in lines(report, most) {
        let _ = writeln!(text, "{}{line}", if is_short { "  " } else { "" });
    }
    if report.is_equal() {
        text += "as expected\n";
    }
    let mut rows = vec![["table", "key", "column", "expected", "found"].map(str::to_owned)];
    for table in &report.tables {
        for cell in table.cells.iter().take(most) {
            let shown = |c: &Option<String>| c.clone().unwrap_or_else(|| "(empty)".to_owned());
            let (expected, found) = match cell.column.as_str() {
                "(row)" => {
                    let or = |c: &Option<String>| c.clone().unwrap_or_else(|| "-".to_owned());
                    (or(&cell.expected), or(&cell.found))
                }
                _ => (shown(&cell.expected), shown(&cell.found)),
            };
            rows.push([
                table.table.to_owned(),
                on_one_line(&cell.key),
                cell.column.clone(),
                on_one_line(&expected),
                on_one_line(&found),
            ]);
        }
    }
    if rows.len() > 1 {
        let all: u64 = report.tables.iter().map(|t| t.cells_differing).sum();
        let _ = writeln!(text, "\n{} of {all} differing cells", rows.len() - 1);
        text += &aligned(&rows);
    }
    if !report.tables.is_empty() {
        let mut rows = vec![["table", "equal", "differing", "missing", "extra"].map(str::to_owned)];
        for t in &report.tables {
            let [a, b, c, d] = [t.equal, t.differing, t.missing, t.extra].map(|n| n.to_string());
            rows.push([t.table.to_owned(), a, b, c, d]);
        }
        text.push('\n');
        text += &aligned(&rows);
    }
    for expectation in report.expectations.iter().filter(|v| v.holds && !is_short) {
        let _ = writeln!(
            text,
            "as expected (line {}): {}",
            expectation.line, expectation.expected
        );
    }
    for note in report.not_compared.iter().filter(|_| !is_short) {
        let _ = writeln!(text, "not compared: {note}");
    }
    text
}

fn aligned(rows: &[[String; 5]]) -> String {
    let width = |i: usize| rows.iter().map(|r| r[i].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:width$}"));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

/// What differs, a line each: expectations that fail, then tables.
fn lines(report: &Report, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for expectation in report.expectations.iter().filter(|v| !v.holds) {
        lines.push(format!(
            "expected (line {}): {}",
            expectation.line, expectation.expected
        ));
        lines.extend(
            expectation
                .faults
                .iter()
                .take(most)
                .map(|fault| format!("  {fault}")),
        );
    }
    for table in &report.tables {
        lines.extend(differences(table, most));
    }
    lines
}

/// Text on one line: a cell with a line break would break the table.
pub(super) fn on_one_line(text: &str) -> String {
    escaped_controls(text).replace('\n', "\\n")
}
