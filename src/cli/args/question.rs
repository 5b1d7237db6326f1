//! What is asked: the question, its rules, and where the files and registries are.

use super::RuleArgs;
use crate::model::net::{Asn, Prefix, parse_asn};
use crate::model::peer::Collector;
use crate::model::time::Timestamp;
use crate::registry::rir::REGISTRY_URL;
use crate::study::parse_country;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

pub(super) const FILES: &str = "Input and output";

#[derive(Debug, Args)]
pub(crate) struct FilesArgs {
    /// Incident file with the question, or the name of a bundled incident (`dropline incidents`);
    /// the flags below override what it says
    pub incident: Option<PathBuf>,
    #[command(flatten)]
    pub question: QuestionArgs,
    #[command(flatten)]
    pub registries: RegistryArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    /// Incident file with the question, or the name of a bundled incident (`dropline incidents`);
    /// the flags below override what it says
    pub incident: Option<PathBuf>,
    /// Repeat a study from exactly the files that its `run.json` lists
    #[arg(long, value_name = "RUN.JSON", conflicts_with_all = ["incident", "QuestionArgs", "WatchArgs", "RuleArgs"])]
    pub manifest: Option<PathBuf>,
    #[command(flatten)]
    pub question: QuestionArgs,
    #[command(flatten)]
    pub registries: RegistryArgs,
    #[command(flatten)]
    pub network: NetworkArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Read a local mirror that is laid out like the public archives
    #[arg(long, value_name = "DIR", conflicts_with = "file", help_heading = FILES)]
    pub archive: Option<PathBuf>,
    /// Read a loose MRT file (repeatable; needs exactly one `--collector`)
    #[arg(long, value_name = "PATH", help_heading = FILES)]
    pub file: Vec<PathBuf>,
    /// Number of threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = FILES)]
    pub threads: Option<u16>,
    /// Folder for the tables; an interrupted run resumes from what it left there
    #[arg(short, long, value_name = "DIR", default_value = "out", help_heading = FILES)]
    pub output: PathBuf,
    /// Write CSV even for tables of more than 20 million rows
    #[arg(long, help_heading = FILES)]
    pub csv: bool,
    /// Write the tables only: neither `report.html` nor figures
    #[arg(long, help_heading = FILES)]
    pub no_report: bool,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Question")]
pub(crate) struct QuestionArgs {
    /// Start of the window, UTC, such as 2014-12-22T15:00Z
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    pub from: Option<Timestamp>,
    /// End of the window, UTC, exclusive
    #[arg(long, value_name = "T", value_parser = Timestamp::parse)]
    pub to: Option<Timestamp>,
    /// Collector, such as rrc00 or route-views.sydney (repeatable; default: all that a local mirror
    /// holds)
    #[arg(long, value_name = "NAME", value_parser = Collector::new)]
    pub collector: Vec<Collector>,
    #[command(flatten)]
    pub watched: WatchArgs,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What to watch")]
pub(crate) struct WatchArgs {
    /// Watch an address block and all prefixes inside it (repeatable)
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Vec<Prefix>,
    /// Watch every prefix that this AS originates (repeatable)
    #[arg(long, value_name = "ASN", value_parser = parse_asn)]
    pub asn: Vec<Asn>,
    /// Watch what a file lists: one prefix or ASN per line, `#` starts a comment
    #[arg(long, value_name = "FILE")]
    pub watch: Option<PathBuf>,
    /// Watch what a country held on the day before the window, according to the registries' statistics
    #[arg(long, value_name = "CC", value_parser = parse_country)]
    pub country: Option<String>,
    /// Read the statistics for `--country` from this file instead of the registries' archives:
    /// plain, .gz or .bz2 (repeatable)
    #[arg(long, value_name = "FILE")]
    pub delegated: Vec<PathBuf>,
    /// Also watch the optional entries of the country's own list: space that may not be the country's
    #[arg(long)]
    pub with_optional: bool,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// Use no network: work from the cache
    #[arg(long)]
    pub offline: bool,
    #[command(flatten)]
    pub cache: CacheFolderArgs,
    /// Broker that lists the archive files [default: $BGPKIT_BROKER_URL, or BGPKIT's own]
    #[arg(long, value_name = "URL", value_parser = parse_url, conflicts_with = "offline")]
    pub broker: Option<String>,
    /// Ask no broker: derive file names from the archives' naming patterns
    #[arg(long, conflicts_with_all = ["broker", "offline"])]
    pub no_broker: bool,
    /// Mirror of the RIS archive
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    pub ris_url: Option<String>,
    /// Mirror of the RouteViews archive
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    pub routeviews_url: Option<String>,
    /// Parallel downloads from one host
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=32))]
    pub per_host: u16,
    /// Retries of a failed download
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(..=20))]
    pub retries: u16,
    /// Seconds without an answer, or without progress, before an attempt is given up
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = parse_seconds)]
    pub timeout: Duration,
    /// Seconds before the first retry; the wait doubles with each further one
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = parse_seconds)]
    pub retry_wait: Duration,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CacheFolderArgs {
    /// Cache folder [default: $DROPLINE_CACHE, or `dropline` in the user's cache folder]
    #[arg(long, value_name = "DIR", help_heading = "Network")]
    pub cache_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Registries")]
pub(crate) struct RegistryArgs {
    /// Mirror of the registries' statistics, laid out like that of the RIPE NCC
    #[arg(long, value_name = "URL", default_value = REGISTRY_URL, value_parser = parse_url)]
    pub registry_url: String,
    /// Folder with country lists, `CC.toml`, that take precedence over the bundled ones
    #[arg(long, value_name = "DIR")]
    pub countries: Option<PathBuf>,
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

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok();
    let seconds = seconds.filter(|s| (0.001..=86_400.0).contains(s));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "write a number of seconds, such as 20 or 0.5".to_owned())
}
