//! What `verify` and `regress` print: text, JSON, JUnit XML, or annotations for GitHub.

use super::args::ReportFormat;
use super::harmless;
use dropline::verify::{Report, TableReport};
use serde_json::{Value, json};
use std::fmt::Write;

/// How a case ended.
pub enum Ending {
    /// It was compared.
    Compared(Report),
    /// It was not run, and why.
    Skipped(String),
    /// It could not be run or compared.
    Failed(String),
}

/// A comparison by name, and the file to blame, if there is one.
pub struct Case {
    pub name: String,
    pub file: Option<String>,
    pub ending: Ending,
}

impl Case {
    pub fn label(&self) -> &'static str {
        match &self.ending {
            Ending::Compared(report) if report.is_equal() => "pass",
            Ending::Compared(_) => "DIFFERS",
            Ending::Skipped(_) => "skipped",
            Ending::Failed(_) => "FAILED",
        }
    }
}

/// All cases in a form.
pub fn told(cases: &[Case], format: ReportFormat, most: usize) -> String {
    match format {
        // Names of files, and cells that somebody wrote by hand.
        ReportFormat::Text => cases
            .iter()
            .map(|case| harmless(&text(case, most, cases.len() > 1)))
            .collect(),
        ReportFormat::Json => json(cases),
        ReportFormat::Junit => junit(cases, most),
        ReportFormat::Github => cases.iter().map(|case| github(case, most)).collect(),
    }
}

/// What differs of a report, a line each: expectations, what is not there, what moved.
fn lines(report: &Report, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for verdict in report.verdicts.iter().filter(|v| !v.holds) {
        lines.push(format!(
            "expected (line {}): {}",
            verdict.line, verdict.expected
        ));
        lines.extend(
            verdict
                .said
                .iter()
                .take(most)
                .map(|said| format!("  {said}")),
        );
    }
    for table in &report.tables {
        lines.extend(moves(table, most));
    }
    lines
}

fn moves(table: &TableReport, most: usize) -> Vec<String> {
    let faults = table
        .faults
        .iter()
        .map(|fault| format!("{}: {fault}", table.table));
    let moved = table.moved.iter().take(most);
    let moved = moved.map(|moved| in_line(&moved.to_string()));
    let mut lines: Vec<String> = faults.chain(moved).collect();
    let told = table.moved.len().min(most) as u64;
    if table.moves > told {
        lines.push(format!("{}: and {} more", table.table, table.moves - told));
    }
    lines
}

/// A cell that is written over several lines would break the table.
fn in_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
}

fn text(case: &Case, most: usize, is_short: bool) -> String {
    let mut text = String::new();
    let report = match &case.ending {
        Ending::Compared(report) => report,
        Ending::Skipped(why) => return format!("{}: skipped: {why}\n", case.name),
        Ending::Failed(why) => return format!("{}: FAILED: {why}\n", case.name),
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
                in_line(&cell.key),
                cell.column.clone(),
                in_line(&expected),
                in_line(&found),
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
    for verdict in report.verdicts.iter().filter(|v| v.holds && !is_short) {
        let _ = writeln!(
            text,
            "as expected (line {}): {}",
            verdict.line, verdict.expected
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

fn json(cases: &[Case]) -> String {
    let case = |case: &Case| -> Value {
        let mut value = match &case.ending {
            Ending::Compared(r) => json!({
                "equal": r.is_equal(), "tables": r.tables, "expectations": r.verdicts, "not_compared": r.not_compared,
            }),
            Ending::Skipped(why) => json!({ "skipped": why }),
            Ending::Failed(why) => json!({ "failed": why }),
        };
        value["name"] = json!(case.name);
        value
    };
    let all: Vec<Value> = cases.iter().map(case).collect();
    let is_bad = |case: &&Case| !matches!(case.label(), "pass" | "skipped");
    let bad = cases.iter().filter(is_bad).count();
    format!("{:#}\n", json!({ "equal": bad == 0, "runs": all }))
}

fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            // XML 1.0 has no other control characters, not even as references.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

fn junit(cases: &[Case], most: usize) -> String {
    let mut suites = String::new();
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        // Name, and what is wrong: nothing, a failure, or that it was skipped.
        let mut of: Vec<(String, &str, Vec<String>)> = Vec::new();
        match &case.ending {
            Ending::Skipped(why) => of.push(("run".to_owned(), "skipped", vec![why.clone()])),
            Ending::Failed(why) => of.push(("run".to_owned(), "error", vec![why.clone()])),
            Ending::Compared(report) => {
                for table in &report.tables {
                    let what = if table.is_equal() { "" } else { "failure" };
                    of.push((table.table.to_owned(), what, moves(table, most)));
                }
                for verdict in &report.verdicts {
                    let what = if verdict.holds { "" } else { "failure" };
                    of.push((
                        format!("line {}: {}", verdict.line, verdict.expected),
                        what,
                        verdict.said.clone(),
                    ));
                }
            }
        }
        let count = |what: &str| of.iter().filter(|t| t.1 == what).count();
        let (f, e, s) = (count("failure"), count("error"), count("skipped"));
        let name = xml(&case.name);
        let _ = writeln!(
            suites,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{f}\" errors=\"{e}\" skipped=\"{s}\">",
            of.len()
        );
        (tests, failures, errors, skipped) =
            (tests + of.len(), failures + f, errors + e, skipped + s);
        for (test, what, said) in &of {
            let _ = write!(
                suites,
                "    <testcase classname=\"dropline.{name}\" name=\"{}\"",
                xml(test)
            );
            let (first, all) = (
                xml(said.first().map_or("", String::as_str)),
                xml(&said.join("\n")),
            );
            suites += &match *what {
                "" => "/>\n".to_owned(),
                "skipped" => format!("><skipped message=\"{first}\"/></testcase>\n"),
                what => format!("><{what} message=\"{first}\">{all}</{what}></testcase>\n"),
            };
        }
        suites += "  </testsuite>\n";
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dropline\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n{suites}</testsuites>\n"
    )
}

/// A workflow command's message; its properties need more.
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

fn github(case: &Case, most: usize) -> String {
    let title = property(&format!("dropline: {}", case.name));
    let file = case.file.as_deref().map(property);
    let at = |line: Option<usize>| match (&file, line) {
        (Some(file), Some(line)) => format!("file={file},line={line},"),
        (Some(file), None) => format!("file={file},"),
        _ => String::new(),
    };
    let report = match &case.ending {
        Ending::Failed(why) => {
            return format!("::error {}title={title}::{}\n", at(None), message(why));
        }
        Ending::Skipped(why) => {
            return format!("::notice title={title}::skipped: {}\n", message(why));
        }
        Ending::Compared(report) => report,
    };
    let mut text = String::new();
    for verdict in report.verdicts.iter().filter(|v| !v.holds) {
        let said = format!("expected {}\n{}", verdict.expected, verdict.said.join("\n"));
        let _ = writeln!(
            text,
            "::error {}title={title}::{}",
            at(Some(verdict.line)),
            message(&said)
        );
    }
    for table in report.tables.iter().filter(|t| !t.is_equal()) {
        for line in moves(table, most) {
            let _ = writeln!(
                text,
                "::error {}title={title}::{}",
                at(None),
                message(&line)
            );
        }
    }
    if text.is_empty() {
        let _ = writeln!(text, "::notice title={title}::as expected");
    }
    text
}
