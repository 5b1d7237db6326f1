//! What a run is compared with, and what may differ.

use super::RuleArgs;
use crate::model::time::TimeDelta;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Folder of the run
    pub out: PathBuf,
    /// What to compare with: the folder of another run, or any folder with some of its tables and
    /// columns; or an incident file (.toml) with `[[expect]]` tables
    pub expected: PathBuf,
    #[command(flatten)]
    pub allowed: ToleranceArgs,
    #[command(flatten)]
    pub report: ReportArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What may differ")]
pub(crate) struct ToleranceArgs {
    /// Let a column differ by this much, in its own unit (times: such as 30s): COLUMN=VALUE or
    /// TABLE.COLUMN=VALUE (repeatable); takes precedence over the two flags below
    #[arg(long, value_name = "COLUMN=VALUE")]
    pub tolerance: Vec<String>,
    /// Let times differ by this much, such as 120s or 2min, even in the columns that identify a row;
    /// durations in seconds by twice that. The minute column is a label and must be equal
    #[arg(long, value_name = "LENGTH", value_parser = TimeDelta::parse)]
    pub time_tolerance: Option<TimeDelta>,
    /// Let shares, such as visibility and depth, differ by this much
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub visibility_tolerance: Option<f64>,
    /// Ignore a column, COLUMN or TABLE.COLUMN, or a table, TABLE.* (repeatable)
    #[arg(long, value_name = "COLUMN")]
    pub ignore: Vec<String>,
    /// Compare only this table (repeatable)
    #[arg(long, value_name = "TABLE")]
    pub table: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportArgs {
    /// Output format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
    /// Show at most this many differing cells and changes per table
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// With stable keys
    Json,
    /// JUnit XML: a test case per table and expectation
    Junit,
    /// Annotations for GitHub Actions
    Github,
}

#[derive(Debug, Args)]
pub(crate) struct RegressArgs {
    /// Folder of archived incidents: NAME.toml with NAME/expected, or NAME/incident.toml
    pub dir: PathBuf,
    /// Replace the expected tables with those of this run, after a deliberate change
    #[arg(long)]
    pub bless: bool,
    /// Run only this incident (repeatable)
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Keep the output of the runs in this folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Number of incidents to run in parallel [default: number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    #[command(flatten)]
    pub allowed: ToleranceArgs,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|s| (0.0..=1.0).contains(s));
    share.ok_or_else(|| "write a share from 0 to 1, such as 0.02".to_owned())
}
