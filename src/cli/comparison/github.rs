//! Annotations of GitHub Actions: workflow commands on stdout.

use super::{CaseOutcome, ComparisonCase, differences};
use std::fmt::Write;

/// A workflow command's message; its properties need more.
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

pub(super) fn render(case: &ComparisonCase, most: usize) -> String {
    let title = property(&format!("dropline: {}", case.name));
    let file = case.file.as_deref().map(property);
    let at = |line: Option<usize>| match (&file, line) {
        (Some(file), Some(line)) => format!("file={file},line={line},"),
        (Some(file), None) => format!("file={file},"),
        _ => String::new(),
    };
    let report = match &case.ending {
        CaseOutcome::Failed(why) => {
            return format!("::error {}title={title}::{}\n", at(None), message(why));
        }
        CaseOutcome::Skipped(why) => {
            return format!("::notice title={title}::skipped: {}\n", message(why));
        }
        CaseOutcome::Compared(report) => report,
    };
    let mut text = String::new();
    for expectation in report.expectations.iter().filter(|v| !v.holds) {
        let faults = format!(
            "expected {}\n{}",
            expectation.expected,
            expectation.faults.join("\n")
        );
        let _ = writeln!(
            text,
            "::error {}title={title}::{}",
            at(Some(expectation.line)),
            message(&faults)
        );
    }
    for table in report.tables.iter().filter(|t| !t.is_equal()) {
        for line in differences(table, most) {
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
