//! How IODA's rules judge the same time, and why they differ from the outages of the run.

use crate::detect::ioda::{AlertLevel, Bin, Difference, differences};
use crate::model::net::Family;
use crate::write::Findings;

/// At most so many entities, and differences of one, are listed.
const MAX_LINES: usize = 5;

/// For each entity the number of bins with an alert, and where these differ from its outages.
pub(crate) fn comparison(findings: &Findings) -> Vec<String> {
    let mut lines = Vec::new();
    for of in findings.ioda.iter().take(MAX_LINES) {
        let (entity, bins) = (&of.entity, &of.bins);
        let count = |level| bins.iter().filter(|b| b.level == Some(level)).count();
        let (critical, warning) = (count(AlertLevel::Critical), count(AlertLevel::Warning));
        let known = bins.iter().filter(|b: &&Bin| b.level.is_some()).count();
        lines.push(format!(
            "by IODA's numbers {entity}: {critical} of {known} bins critical, {warning} warning"
        ));
        let rows = findings.outages.iter();
        let its = rows
            .filter(|row| (row.scope, &row.entity, row.family) == (of.scope, entity, Family::V4));
        let outages: Vec<_> = its.map(|row| &row.report.outage).collect();
        let differences = differences(bins, &outages).into_iter();
        lines.extend(
            differences
                .take(MAX_LINES)
                .map(|d| format!("  {}", describe(d))),
        );
    }
    if findings.ioda.len() > MAX_LINES {
        let left_out = findings.ioda.len() - MAX_LINES;
        lines.push(format!("and {left_out} more in ioda.csv"));
    }
    lines
}

fn describe(difference: Difference) -> String {
    match difference {
        Difference::CriticalAlone {
            from,
            to,
            has_unknown,
        } => {
            let why = if has_unknown {
                "IODA counts peers without data as not seeing, here they are unknown"
            } else {
                "IODA counts /24s, here prefixes are counted"
            };
            format!("critical for IODA from {from} to {to}, and no outage here: {why}")
        }
        Difference::OutageAlone { start, too_early } => {
            let why = if too_early {
                "fewer than two hours precede it, so IODA has no median to compare with"
            } else {
                "IODA counts /24s every five minutes, here prefixes are counted at every change"
            };
            format!("the outage of {start} is never critical for IODA: {why}")
        }
    }
}
