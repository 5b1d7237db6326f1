//! How the result stands to the numbers of others.

use crate::cli::output::Printer;
use crate::detect::ioda::{AlertLevel, Bin, Difference, differences};
use crate::write::Findings;

/// What IODA's numbers say, and where they differ from ours, and why.
pub fn with_ioda(findings: &Findings<'_>, printer: Printer) {
    const MOST: usize = 5;
    for of in findings.ioda.iter().take(MOST) {
        let (entity, bins) = (&of.entity, &of.bins);
        let count = |level| bins.iter().filter(|b| b.level == Some(level)).count();
        let (critical, warning) = (count(AlertLevel::Critical), count(AlertLevel::Warning));
        let known = bins.iter().filter(|b: &&Bin| b.level.is_some()).count();
        printer.say(format_args!(
            "by IODA's numbers {entity}: {critical} of {known} bins critical, {warning} warning"
        ));
        let rows = findings.outages.iter();
        let its = rows.filter(|row| row.scope == of.scope && row.entity == *entity);
        let outages: Vec<_> = its.map(|row| &row.report.outage).collect();
        for difference in differences(bins, &outages).into_iter().take(MOST) {
            printer.say(format_args!("  {}", words(difference)));
        }
    }
    if findings.ioda.len() > MOST {
        let more = findings.ioda.len() - MOST;
        printer.say(format_args!("and {more} more in ioda.csv"));
    }
}

fn words(difference: Difference) -> String {
    match difference {
        Difference::CriticalAlone {
            from,
            to,
            has_unknown,
        } => {
            let why = if has_unknown {
                "peers that could not be heard then count as not seeing there, and are unknown here"
            } else {
                "/24s are counted there, prefixes here"
            };
            format!("critical there from {from} to {to} and no outage here: {why}")
        }
        Difference::OutageAlone { start, too_early } => {
            let why = if too_early {
                "fewer than two hours came before it, so there is no median to measure by"
            } else {
                "/24s are counted there, every five minutes; prefixes here, at every change"
            };
            format!("the outage of {start} is never critical there: {why}")
        }
    }
}
