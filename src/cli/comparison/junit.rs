//! JUnit XML: a suite per case, a test per table and expectation.

use super::{CaseOutcome, ComparisonCase, differences};
use std::fmt::Write;

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

pub(super) fn render(cases: &[ComparisonCase], most: usize) -> String {
    let mut suites = String::new();
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        // Name, and what is wrong: nothing, a failure, or that it was skipped.
        let mut of: Vec<(String, &str, Vec<String>)> = Vec::new();
        match &case.ending {
            CaseOutcome::Skipped(why) => of.push(("run".to_owned(), "skipped", vec![why.clone()])),
            CaseOutcome::Failed(why) => of.push(("run".to_owned(), "error", vec![why.clone()])),
            CaseOutcome::Compared(report) => {
                for table in &report.tables {
                    let what = if table.is_equal() { "" } else { "failure" };
                    of.push((table.table.to_owned(), what, differences(table, most)));
                }
                for expectation in &report.expectations {
                    let what = if expectation.holds { "" } else { "failure" };
                    of.push((
                        format!("line {}: {}", expectation.line, expectation.expected),
                        what,
                        expectation.faults.clone(),
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
        for (test, what, faults) in &of {
            let _ = write!(
                suites,
                "    <testcase classname=\"dropline.{name}\" name=\"{}\"",
                xml(test)
            );
            let (first, all) = (
                xml(faults.first().map_or("", String::as_str)),
                xml(&faults.join("\n")),
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
