//! Comparing a run with what is expected of it: what may differ, and the report of `verify` and
//! `regress` as text, JSON, JUnit XML or annotations for GitHub, one form a file.

mod github;
mod json;
mod junit;
mod text;

use super::args::{self, ReportFormat};
use super::error::CommandError;
use crate::verify::tolerance::{self, ColumnSelector};
use crate::verify::{Report, TableReport, Tolerances};
use anyhow::anyhow;

/// How a case ended.
pub(crate) enum CaseOutcome {
    /// It was compared.
    Compared(Report),
    /// It was not run, and why.
    Skipped(String),
    /// It could not be run or compared, and why.
    Failed(String),
}

/// A comparison: its name, and the incident file that says what is expected, if there is one.
pub(crate) struct ComparisonCase {
    pub name: String,
    pub file: Option<String>,
    pub ending: CaseOutcome,
}

impl ComparisonCase {
    pub(crate) fn label(&self) -> &'static str {
        match &self.ending {
            CaseOutcome::Compared(report) if report.is_equal() => "pass",
            CaseOutcome::Compared(_) => "DIFFERS",
            CaseOutcome::Skipped(_) => "skipped",
            CaseOutcome::Failed(_) => "FAILED",
        }
    }
}

/// All cases in one form; at most `most` differing cells and changes of each table.
pub(crate) fn render(cases: &[ComparisonCase], format: ReportFormat, most: usize) -> String {
    match format {
        ReportFormat::Text => text::render(cases, most),
        ReportFormat::Json => json::render(cases),
        ReportFormat::Junit => junit::render(cases, most),
        ReportFormat::Github => cases
            .iter()
            .map(|case| github::render(case, most))
            .collect(),
    }
}

/// What may differ, by the flags.
pub(crate) fn tolerances(args: &args::ToleranceArgs) -> Result<Tolerances, CommandError> {
    let wrong = |e: String| CommandError::usage(anyhow!(e)).hint("see `dropline verify --help`");
    let mut allowed = Tolerances {
        time: args.time_tolerance.unwrap_or_default(),
        share: args.visibility_tolerance.unwrap_or(0.0),
        tables: args.table.clone(),
        ..Tolerances::default()
    };
    for name in &args.table {
        tolerance::table(name).map_err(wrong)?;
    }
    for text in &args.tolerance {
        allowed.add(text).map_err(wrong)?;
    }
    for text in &args.ignore {
        allowed
            .ignored
            .push(ColumnSelector::parse(text).map_err(wrong)?);
    }
    Ok(allowed)
}

/// What is wrong with a table, a line each: its faults, then what changed.
fn differences(table: &TableReport, most: usize) -> Vec<String> {
    let faults = table
        .faults
        .iter()
        .map(|fault| format!("{}: {fault}", table.table));
    let found = table.differences.iter().take(most);
    let found = found.map(|difference| text::on_one_line(&difference.to_string()));
    let mut lines: Vec<String> = faults.chain(found).collect();
    let shown = table.differences.len().min(most) as u64;
    if table.difference_count > shown {
        lines.push(format!(
            "{}: and {} more",
            table.table,
            table.difference_count - shown
        ));
    }
    lines
}
