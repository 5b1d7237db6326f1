//! What is asked: the question, its rules, and where the files and registries are.

use clap::Args;
use dropline::model::net::{Asn, Prefix, parse_asn};
use dropline::model::peer::Collector;
use dropline::model::time::Timestamp;
use dropline::replay::feed::FeedRule;
use dropline::select::registry::REGISTRY_URL;
use dropline::study::{Profile, parse_country, parse_feed_rule, parse_profile};
use std::path::PathBuf;
use std::time::Duration;

pub(super) const FILES: &str = "Input and output";

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
    /// Folder for the tables; a run that was cut off goes on from what is kept there
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

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok();
    let seconds = seconds.filter(|s| (0.001..=86_400.0).contains(s));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "write a number of seconds, such as 20 or 0.5".to_owned())
}
