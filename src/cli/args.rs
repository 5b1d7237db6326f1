//! Arguments as typed. Everything after [`super::run`] sees only what was checked.

use crate::cli::Printer;
use clap::{Args, Parser, Subcommand, ValueEnum};
use dropline::model::day::Day;
use dropline::model::net::{Asn, Prefix, parse_asn};
use dropline::model::peer::Collector;
use dropline::model::time::Timestamp;
use dropline::plot::{Figure, Format, Size};
use dropline::replay::feed::FeedRule;
use dropline::select::registry::REGISTRY_URL;
use dropline::study::{Profile, parse_country, parse_feed_rule, parse_profile};
use std::path::PathBuf;
use std::time::Duration;

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

#[derive(Debug, Args)]
pub struct Files {
    /// Incident file with the question, or the name of a bundled one (`dropline incidents`); flags
    /// below replace what it says
    pub incident: Option<PathBuf>,
    #[command(flatten)]
    pub question: Question,
    #[command(flatten)]
    pub registries: Registries,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub rules: Rules,
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
pub struct Show {
    /// Folder of the run
    pub run: PathBuf,
    /// Which form
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub format: ShowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowFormat {
    /// For a terminal, as wide as it is (`COLUMNS`, or 80 columns where it is none)
    Text,
    /// The outages as the table has them
    Csv,
    /// The story with stable keys
    Json,
    /// A page for others to render
    Markdown,
}

#[derive(Debug, Args)]
pub struct Plot {
    /// Folder of the run
    pub run: PathBuf,
    /// Which figure (repeatable; default: all)
    #[arg(long, value_name = "FIGURE", value_enum)]
    pub figure: Vec<FigureName>,
    /// Width and height in pixels
    #[arg(long, value_name = "WxH", default_value = "1200x675", value_parser = Size::parse)]
    pub size: Size,
    /// Which form (repeatable; default: both)
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Vec<FigureFormat>,
    /// Folder for the figures [default: `figures` in the run's folder]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FigureName {
    /// Visible prefixes, with what the unknown leaves open
    Line,
    /// Prefix by minute, coloured by upstream
    Raster,
    /// Paths by upstream over time
    Upstreams,
    /// Who lost what in which order, and got it back
    Order,
    /// Who was listened to
    Peers,
}

impl FigureName {
    pub const fn of(self) -> Figure {
        match self {
            Self::Line => Figure::Line,
            Self::Raster => Figure::Raster,
            Self::Upstreams => Figure::Upstreams,
            Self::Order => Figure::Order,
            Self::Peers => Figure::Peers,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FigureFormat {
    /// Sharp at any size, its text outlined
    Svg,
    /// Pixels
    Png,
}

impl FigureFormat {
    pub const fn of(self) -> Format {
        match self {
            Self::Svg => Format::Svg,
            Self::Png => Format::Png,
        }
    }
}

#[derive(Debug, Args)]
pub struct Export {
    /// Folder of the run
    pub run: PathBuf,
    /// Which form
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: ExportFormat,
    /// Whose series (repeatable; default: all that the run has)
    #[arg(long, value_name = "SCOPE", value_enum)]
    pub scope: Vec<SeriesScope>,
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// The outages as the table has them, as JSON
    Json,
    /// The outages in the Common Outage Data Format, as IODA's API gives them out
    Codf,
    /// The minutes as series, as IODA's API gives signals out; unknown minutes are null
    Series,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeriesScope {
    /// Visible prefixes of the country
    Country,
    /// Visible prefixes of each AS
    Asn,
    /// Visibility of each prefix
    Prefix,
}

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

#[derive(Debug, Args)]
pub struct Encode {
    /// The event table
    pub events: PathBuf,
    /// The archive's folder
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

const FILES: &str = "Input and output";

#[derive(Debug, Clone, Args)]
pub struct Run {
    /// Incident file with the question, or the name of a bundled one (`dropline incidents`); flags
    /// below replace what it says
    pub incident: Option<PathBuf>,
    /// Repeat a study from exactly the files that its `run.json` names
    #[arg(long, value_name = "RUN.JSON", conflicts_with_all = ["incident", "Question", "Watched", "Rules"])]
    pub manifest: Option<PathBuf>,
    #[command(flatten)]
    pub question: Question,
    #[command(flatten)]
    pub registries: Registries,
    #[command(flatten)]
    pub network: Network,
    #[command(flatten)]
    pub rules: Rules,
    /// Read a local mirror laid out as the public archives
    #[arg(long, value_name = "DIR", conflicts_with = "file", help_heading = FILES)]
    pub archive: Option<PathBuf>,
    /// Read a loose MRT file (repeatable; needs one `--collector`)
    #[arg(long, value_name = "PATH", help_heading = FILES)]
    pub file: Vec<PathBuf>,
    /// Work on so many threads (default: all cores)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = FILES)]
    pub threads: Option<u16>,
    /// Folder for the tables
    #[arg(short, long, value_name = "DIR", default_value = "out", help_heading = FILES)]
    pub output: PathBuf,
    /// Write CSV even above 20 million rows
    #[arg(long, help_heading = FILES)]
    pub csv: bool,
    /// Write neither `report.html` nor figures: the tables only
    #[arg(long, help_heading = FILES)]
    pub no_report: bool,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Question")]
pub struct Question {
    /// Start of the window, UTC, such as 2014-12-22T15:00Z
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    pub from: Option<Timestamp>,
    /// End of the window, UTC; not part of it
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    pub to: Option<Timestamp>,
    /// Collector, such as rrc00 or route-views.sydney (repeatable; default: all of a local
    /// mirror)
    #[arg(long, value_name = "NAME", value_parser = Collector::new)]
    pub collector: Vec<Collector>,
    #[command(flatten)]
    pub watched: Watched,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What to watch")]
pub struct Watched {
    /// Watch an address block and all prefixes inside (repeatable)
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Vec<Prefix>,
    /// Watch every prefix that this AS originates (repeatable)
    #[arg(long, value_name = "ASN", value_parser = parse_asn)]
    pub asn: Vec<Asn>,
    /// Watch what a file names: one prefix or ASN a line, `#` comments
    #[arg(long, value_name = "FILE")]
    pub watch: Option<PathBuf>,
    /// Watch what a country held on the day before the window, by the registries' statistics
    #[arg(long, value_name = "CC", value_parser = parse_country)]
    pub country: Option<String>,
    /// Take the statistics for `--country` from this file and not from the registries' archives:
    /// plain, .gz or .bz2 (repeatable)
    #[arg(long, value_name = "FILE")]
    pub delegated: Vec<PathBuf>,
    /// Watch also what the country's own list has as optional: space that only may be the country's
    #[arg(long)]
    pub with_optional: bool,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
pub struct Network {
    /// Fetch nothing: work from the cache
    #[arg(long)]
    pub offline: bool,
    #[command(flatten)]
    pub cache: CacheFolder,
    /// Broker to ask which files there are [default: $BGPKIT_BROKER_URL, or BGPKIT's own]
    #[arg(long, value_name = "URL", value_parser = parse_url, conflicts_with = "offline")]
    pub broker: Option<String>,
    /// Ask no broker: go by the archives' naming patterns
    #[arg(long, conflicts_with_all = ["broker", "offline"])]
    pub no_broker: bool,
    /// Mirror of the RIS archive
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    pub ris_url: Option<String>,
    /// Mirror of the RouteViews archive
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    pub routeviews_url: Option<String>,
    /// Files to ask of one host at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=32))]
    pub per_host: u16,
    /// How often to try again what failed
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(..=20))]
    pub retries: u16,
    /// Seconds without an answer, or without progress, that end an attempt
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = parse_seconds)]
    pub timeout: Duration,
    /// Seconds to wait before the second attempt; twice as long before each further one
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = parse_seconds)]
    pub retry_wait: Duration,
}

#[derive(Debug, Clone, Args)]
pub struct CacheFolder {
    /// Folder of the cache [default: $DROPLINE_CACHE, or `dropline` in the user's cache folder]
    #[arg(long, value_name = "DIR", help_heading = "Network")]
    pub cache_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Registries")]
pub struct Registries {
    /// Mirror of the registries' statistics: a tree as that of the RIPE NCC
    #[arg(long, value_name = "URL", default_value = REGISTRY_URL, value_parser = parse_url)]
    pub registry_url: String,
    /// Folder with countries' own lists, `CC.toml`, which are taken before the bundled ones
    #[arg(long, value_name = "DIR")]
    pub countries: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub struct Rules {
    /// Who counts: a share of the third-largest table, a number of prefixes, `ioda`, or `all`
    #[arg(long, value_name = "SHARE|N|all|ioda", value_parser = parse_feed_rule)]
    pub full_feed: Option<FeedRule>,
    /// Hours before the window in which a RIB is looked for [default: 24]
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(1..=8784))]
    pub rib_lookback: Option<u16>,
    /// Seconds of silence after which a RouteViews peer is unknown [default: 600; none with `all`]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub silence: Option<u32>,
    /// With fewer vantage ASes known, a status is unknown [default: 3]
    #[arg(long, value_name = "N")]
    pub min_vantage: Option<u32>,
    /// Minutes that a prefix must have been visible before its loss is an outage [default: 60]
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(..=527_040))]
    pub min_life: Option<u32>,
    /// Leave out outages shorter than so many seconds [default: 0]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(..=34_560_000))]
    pub min_outage: Option<u32>,
    /// End an outage only when visibility is so many points above 50 % [default: 0]
    #[arg(long, value_name = "POINTS", value_parser = clap::value_parser!(u32).range(..=50))]
    pub hysteresis: Option<u32>,
    /// `ioda`: IODA's rule of who counts, and its numbers in a table of their own
    #[arg(long, value_name = "PROFILE", value_parser = parse_profile)]
    pub profile: Option<Profile>,
    /// Take the baseline at another time than the window's start
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    pub baseline_at: Option<Timestamp>,
    /// Leave out peers most of whose paths begin with another AS
    #[arg(long)]
    pub exclude_route_servers: bool,
}

fn parse_url(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let host = text
        .strip_prefix("https://")
        .or(text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() => Ok(text.to_owned()),
        _ => Err("write a URL, such as https://data.ris.ripe.net".to_owned()),
    }
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|s| (0.0..=1.0).contains(s));
    share.ok_or_else(|| "write a share from 0 to 1, such as 0.02".to_owned())
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok();
    let seconds = seconds.filter(|s| (0.001..=86_400.0).contains(s));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "write a number of seconds, such as 20 or 0.5".to_owned())
}
