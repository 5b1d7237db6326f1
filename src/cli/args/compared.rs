//! What a run is compared with, and what may differ.

use super::Rules;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Verify {
    /// Folder of the run
    pub out: PathBuf,
    /// Folder of another run, or with some of its tables and columns made by anyone; or an incident
    /// file (.toml) with `[[expect]]` tables
    pub expected: PathBuf,
    #[command(flatten)]
    pub allowed: Allowed,
    #[command(flatten)]
    pub report: ReportArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What may differ")]
pub struct Allowed {
    /// A column may differ by so much, in its own unit (times: such as 30s): COLUMN=VALUE or
    /// TABLE.COLUMN=VALUE (repeatable); goes before the two below
    #[arg(long, value_name = "COLUMN=VALUE")]
    pub tolerance: Vec<String>,
    /// Times may differ by so much, such as 120s or 2min, those that tell rows apart too; spans of
    /// seconds by twice that. Minutes of a table are labels, and may not
    #[arg(long, value_name = "LENGTH", value_parser = dropline::model::time::length)]
    pub time_tolerance: Option<i64>,
    /// Shares, such as visibility and depth, may differ by so much
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub visibility_tolerance: Option<f64>,
    /// Leave out a column, as COLUMN or TABLE.COLUMN, or a table, as TABLE.* (repeatable)
    #[arg(long, value_name = "COLUMN")]
    pub ignore: Vec<String>,
    /// Compare this table only (repeatable)
    #[arg(long, value_name = "TABLE")]
    pub table: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct ReportArgs {
    /// Which form
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
    /// Show so many differing cells, and so much of what moved, of each table
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people
    Text,
    /// With stable keys
    Json,
    /// JUnit XML: a test case per table and expectation
    Junit,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Debug, Args)]
pub struct Regress {
    /// Folder of archived incidents: NAME.toml with NAME/expected, or NAME/incident.toml
    pub dir: PathBuf,
    /// Write the expected tables anew, after a deliberate change
    #[arg(long)]
    pub bless: bool,
    /// Run this incident only (repeatable)
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Keep the runs in this folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Run so many incidents at a time (default: all cores)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    #[command(flatten)]
    pub allowed: Allowed,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub rules: Rules,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|s| (0.0..=1.0).contains(s));
    share.ok_or_else(|| "write a share from 0 to 1, such as 0.02".to_owned())
}
