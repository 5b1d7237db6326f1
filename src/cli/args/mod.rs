//! Arguments as typed. Everything after [`super::run`] sees only what was checked.

mod compared;
mod forms;
mod question;

use crate::cli::Printer;
use clap::{Args, Parser, Subcommand};
pub use compared::{Allowed, Regress, ReportFormat, Verify};
use dropline::model::day::Day;
use dropline::model::net::{Asn, Prefix, parse_asn};
use dropline::model::time::Timestamp;
use dropline::study::parse_country;
pub use forms::{Export, ExportFormat, Plot, SeriesScope, Show, ShowFormat};
use question::FILES;
pub use question::{CacheFolder, Files, Network, Registries, Rules, Run, Watched};
use std::path::PathBuf;

/// Minute by minute, how much of a country, an AS or a list of prefixes the Internet's routers
/// could still reach, from the archives of RouteViews and RIPE RIS.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but data incomplete, \
                        4 verify found differences, 130 interrupted."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Cli {
    pub fn printer(&self) -> Printer {
        match (self.quiet, self.verbose) {
            (true, _) => Printer::Quiet,
            (_, true) => Printer::Verbose,
            _ => Printer::Normal,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer a question: from archive files to one folder of tables
    Run(Box<Run>),
    /// Print what is to be watched, and why: a line per address block or AS number, as CSV
    Select(Box<Select>),
    /// List the incidents that come with the program
    Incidents,
    /// Print which archive files a question needs, with their sizes, and what is missing
    Locate(Box<Files>),
    /// Fetch the archive files that a question needs into the cache
    Fetch(Box<Files>),
    /// Look after the cache
    #[command(subcommand)]
    Cache(Cache),
    /// Say which peers, files and records stand behind a cell of a run's tables
    Explain(Box<Explain>),
    /// Print a run's story: a line per prefix or network, and the outages
    Show(Show),
    /// Print what a run found in a form that other tools read
    Export(Export),
    /// Draw what a run found, as SVG and PNG
    Plot(Plot),
    /// Compare a run with another, or with what is expected of it; exit code 4 where they differ
    Verify(Verify),
    /// Run every archived incident of a folder, and compare it with what is expected of it
    Regress(Box<Regress>),
    /// Cut an archive to a small one that replays to the same tables: `-o` names its folder
    Slice(Box<Run>),
    /// Turn an event table into an archive of MRT files
    Encode(Encode),
    /// Print the manual page, or write the pages of all commands into a folder
    Man(Man),
    /// Print a script that completes commands and flags in a shell
    Completions(Completions),
    /// Print what each column of a run's tables means, as Markdown
    Columns,
}

#[derive(Debug, Args)]
pub struct Man {
    /// Write `dropline.1` and a page per command into this folder
    pub dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Subcommand)]
pub enum Cache {
    /// Print its folder
    Dir(CacheFolder),
    /// Print how much it holds
    Size(CacheFolder),
    /// Remove all that was fetched
    Clean(CacheFolder),
}

#[derive(Debug, Args)]
pub struct Select {
    /// Incident file with the question, or the name of a bundled one (`dropline incidents`)
    pub incident: Option<PathBuf>,
    /// The day on which the window would begin; the registries' statistics are of the day before
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    pub date: Option<Day>,
    #[command(flatten)]
    pub watched: Watched,
    #[command(flatten)]
    pub registries: Registries,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// Folder of the run
    pub run: PathBuf,
    #[command(flatten)]
    pub cell: Cell,
    /// Minute of a cell, whose values are the state at its end, such as 2014-12-22T16:15Z; a time
    /// within a minute, such as 2014-12-22T16:15:30Z, is that instant
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    pub at: Timestamp,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Local mirror in which the run's files lie
    #[arg(long, value_name = "DIR", conflicts_with = "file", help_heading = FILES)]
    pub archive: Option<PathBuf>,
    /// Loose MRT file that the run read (repeatable)
    #[arg(long, value_name = "PATH", help_heading = FILES)]
    pub file: Vec<PathBuf>,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Cell {
    /// The cell of a prefix: every peer, and the record by which it is told to have seen it or not
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<Prefix>,
    /// The row of an origin AS: its prefixes, and the changes that decided
    #[arg(long, value_name = "ASN", value_parser = parse_asn)]
    pub asn: Option<Asn>,
    /// The row of the country
    #[arg(long, value_name = "CC", value_parser = parse_country)]
    pub country: Option<String>,
}

#[derive(Debug, Args)]
pub struct Encode {
    /// The event table
    pub events: PathBuf,
    /// The archive's folder
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}
