//! Arguments as typed. Everything after [`super::run`] sees only what was checked.

mod comparison;
mod formats;
mod question;
mod rules;

use crate::cli::printer::Printer;
use crate::model::day::Day;
use crate::model::net::{Asn, Prefix, parse_asn};
use crate::model::time::Timestamp;
use crate::study::parse_country;
use clap::{Args, Parser, Subcommand};
pub(crate) use comparison::{RegressArgs, ReportFormat, ToleranceArgs, VerifyArgs};
pub(crate) use formats::{ExportArgs, ExportFormat, PlotArgs, SeriesScope, ShowArgs, ShowFormat};
use question::FILES;
pub(crate) use question::{
    CacheFolderArgs, FilesArgs, NetworkArgs, RegistryArgs, RunArgs, WatchArgs,
};
pub(crate) use rules::RuleArgs;
use std::path::PathBuf;

/// Minute by minute, how much of a country, an AS or a list of prefixes the Internet's routers
/// could still reach, from the archives of RouteViews and RIPE RIS.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but data incomplete, \
                        4 verify found differences, 130 interrupted."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print more details
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Cli {
    pub(crate) fn printer(&self) -> Printer {
        match (self.quiet, self.verbose) {
            (true, _) => Printer::Quiet,
            (_, true) => Printer::Verbose,
            _ => Printer::Normal,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer a question: read archive files, write a folder of tables and a report
    Run(Box<RunArgs>),
    /// Print the watch list of a question as CSV: address blocks and AS numbers, each with its reason
    Select(Box<SelectArgs>),
    /// List the incidents that come with the program
    Incidents,
    /// List the archive files that a question needs, with their sizes, and what is missing
    Locate(Box<FilesArgs>),
    /// Download the archive files that a question needs into the cache
    Fetch(Box<FilesArgs>),
    /// Show or empty the cache
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Show the peers, files and records behind a cell of a run's tables
    Explain(Box<ExplainArgs>),
    /// Print a summary of a run: visibility over time per prefix or network, and the outages
    Show(ShowArgs),
    /// Print what a run found in a format that other tools read
    Export(ExportArgs),
    /// Draw the figures of a run, as SVG and PNG
    Plot(PlotArgs),
    /// Compare a run with another run, or with what is expected of it; exit code 4 if they differ
    Verify(VerifyArgs),
    /// Run every archived incident in a folder, and compare each with what is expected of it
    Regress(Box<RegressArgs>),
    /// Cut an archive down to a small one that replays to the same tables; `-o` names its folder
    Slice(Box<RunArgs>),
    /// Turn an event table into an archive of MRT files
    Encode(EncodeArgs),
    /// Print the manual page, or write the pages of all commands into a folder
    Man(ManArgs),
    /// Print a script that completes commands and flags in a shell
    Completions(CompletionsArgs),
    /// Print what each column of a run's tables means, as Markdown
    Columns,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write `dropline.1` and a page per command into this folder
    pub dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to write the script for
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Print the path of the cache folder
    Dir(CacheFolderArgs),
    /// Print the number and size of the cached files, as CSV
    Size(CacheFolderArgs),
    /// Delete all cached files
    Clean(CacheFolderArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// Incident file with the question, or the name of a bundled one (`dropline incidents`)
    pub incident: Option<PathBuf>,
    /// First day of the window; the registries' statistics of the day before are used
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    pub date: Option<Day>,
    #[command(flatten)]
    pub watched: WatchArgs,
    #[command(flatten)]
    pub registries: RegistryArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Folder of the run
    pub run: PathBuf,
    #[command(flatten)]
    pub cell: CellArgs,
    /// Minute of the cell, such as 2014-12-22T16:15Z (its values are the state at the minute's end);
    /// or an instant within a minute, such as 2014-12-22T16:15:30Z
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    pub at: Timestamp,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Local mirror that holds the files that the run read
    #[arg(long, value_name = "DIR", conflicts_with = "file", help_heading = FILES)]
    pub archive: Option<PathBuf>,
    /// Loose MRT file that the run read (repeatable)
    #[arg(long, value_name = "PATH", help_heading = FILES)]
    pub file: Vec<PathBuf>,
    #[command(flatten)]
    pub network: NetworkArgs,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct CellArgs {
    /// Cell of a prefix: every peer, and the record that its presence rests on
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<Prefix>,
    /// Row of an origin AS: its prefixes, and the changes that decided its status
    #[arg(long, value_name = "ASN", value_parser = parse_asn)]
    pub asn: Option<Asn>,
    /// Row of the country
    #[arg(long, value_name = "CC", value_parser = parse_country)]
    pub country: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EncodeArgs {
    /// File with the event table
    pub events: PathBuf,
    /// Folder for the archive
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}
