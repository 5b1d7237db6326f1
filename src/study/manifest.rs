//! A study as it was run: reads back from `run.json` the question, the rules, the watch list and
//! the files, so that it can be repeated from exactly the same bytes.

use super::{Certainty, Published, Rules, Selection, Study, parse_feed_rule};
use crate::model::archive::{FileKind, Lost, Way};
use crate::model::peer::Collector;
use crate::model::time::{MINUTE, SECOND, Timestamp, Window};
use crate::select::country::Doubtful;
use crate::select::{Consulted, WatchItem, WatchList};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The format of `run.json` that this program writes and reads.
pub const FORMAT: u64 = 1;

/// Length that a manifest may have: the watch list of the largest country takes a tenth of it.
const MAX_BYTES: u64 = 1 << 30;

/// How far before the window a RIB may lie, as the command has it: a leap year.
const LONGEST_LOOKBACK: i64 = 8784 * 60 * MINUTE;

/// A study with all that it takes to repeat it.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The version of the program that wrote it.
    pub dropline: String,
    /// The question and the rules.
    pub study: Study,
    /// What was watched.
    pub list: WatchList,
    /// The files that were read.
    pub inputs: Vec<Input>,
    /// How each collector's files were found.
    pub ways: Vec<(Collector, Way)>,
    /// The files that could not be had, by collector.
    pub lost: Vec<(Collector, Lost)>,
    /// The files that were written: name and SHA-256.
    pub outputs: Vec<(String, String)>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Whose.
    pub collector: Collector,
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// Public URL, or the path where there is none.
    pub url: String,
    /// Where it was fetched from, if it was.
    pub fetched_from: Option<String>,
    /// Its length as it lay.
    pub bytes: u64,
    /// Its SHA-256 as it lay, in hex.
    pub sha256: String,
}

impl Input {
    /// Whether it has a public URL, and is no path.
    pub fn is_public(&self) -> bool {
        is_url(&self.url)
    }

    /// First instant after the span that it answers for by its name.
    pub fn end(&self) -> Timestamp {
        Timestamp(self.start.0 + self.collector.step(self.start))
    }

    /// The last part of its URL or path.
    pub fn name(&self) -> &str {
        self.url.rsplit(['/', '\\']).next().unwrap_or(&self.url)
    }
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// It is something else.
    #[error("`{0}` is not the `run.json` of a run: {1}")]
    Form(PathBuf, String),
    /// A later version of the program wrote it.
    #[error("`{path}` has format {format}, and this program reads {FORMAT}")]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// A path in it leads elsewhere.
    #[error("`{path}` names `{named}`, which leads out of its folder")]
    Escapes {
        /// Which.
        path: PathBuf,
        /// What it names.
        named: String,
    },
}

impl ManifestError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Io(..) => "check the path and its permissions",
            Self::Form(..) => "name the `run.json` in the folder of an earlier run",
            Self::Newer { .. } => "repeat it with the newer version of dropline that wrote it",
            Self::Escapes { .. } => {
                "do not use a manifest that you do not trust; loose files are named again with `--file`"
            }
        }
    }
}

/// Reads a manifest.
///
/// # Errors
/// It cannot be read, is no manifest, of a newer format, or names paths that lead elsewhere.
pub fn read(path: &Path) -> Result<Manifest, ManifestError> {
    let io = |e| ManifestError::Io(path.to_owned(), e);
    let form = |what: String| ManifestError::Form(path.to_owned(), what);
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(io)?;
    let read = file.take(MAX_BYTES + 1).read_to_string(&mut text);
    read.map_err(|e| match e.kind() {
        io::ErrorKind::InvalidData => form("it is no text".to_owned()),
        _ => io(e),
    })?;
    if text.len() as u64 > MAX_BYTES {
        return Err(form(format!("it has more than {MAX_BYTES} bytes")));
    }
    let head: Head = serde_json::from_str(&text).map_err(|e| form(e.to_string()))?;
    match head.format {
        Some(FORMAT) => {}
        Some(format) if format > FORMAT => {
            let path = path.to_owned();
            return Err(ManifestError::Newer { path, format });
        }
        _ => return Err(form("it has no format that is known".to_owned())),
    }
    let raw: Raw = serde_json::from_str(&text).map_err(|e| form(e.to_string()))?;
    let manifest = raw.check().map_err(form)?;
    // No path of a manifest is ever opened; one that leads elsewhere is still nobody's honest work.
    let escapes = |input: &&Input| match input.is_public() {
        true => input.url.split('/').any(|part| part == ".."),
        false => input.url.contains(['\\', '\0']),
    };
    match manifest.inputs.iter().find(escapes) {
        Some(input) => Err(ManifestError::Escapes {
            path: path.to_owned(),
            named: input.url.clone(),
        }),
        None => Ok(manifest),
    }
}

impl Manifest {
    /// The first path among the files that is not inside the folder of the run. Such is the path
    /// of a loose file, which has to be named again.
    pub fn outside(&self) -> Option<&Input> {
        let inside = |input: &&Input| {
            use std::path::Component::Normal;
            let mut parts = Path::new(&input.url).components();
            input.is_public() || parts.all(|part| matches!(part, Normal(_)))
        };
        self.inputs.iter().find(|input| !inside(input))
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

#[derive(Deserialize)]
struct Head {
    format: Option<u64>,
}

/// What is read of `run.json`; it has more.
#[derive(Deserialize)]
struct Raw {
    dropline: String,
    title: Option<String>,
    reconstruction: bool,
    question: RawQuestion,
    rules: RawRules,
    sources: Vec<String>,
    published: Vec<RawPublished>,
    watch_list: Vec<WatchItem>,
    registries: Vec<Consulted>,
    located_by: BTreeMap<String, String>,
    inputs: Vec<RawInput>,
    lost: Vec<RawLost>,
    outputs: Vec<RawOutput>,
}

#[derive(Deserialize)]
struct RawQuestion {
    country: Option<String>,
    prefixes: Vec<String>,
    asns: Vec<u32>,
    watch: Option<PathBuf>,
    delegated: Vec<PathBuf>,
    with_optional: bool,
    from: String,
    to: String,
    collectors: Vec<String>,
}

#[derive(Deserialize)]
struct RawRules {
    full_feed: String,
    rib_lookback_s: i64,
    silence_s: Option<i64>,
    min_vantage: u32,
    min_life_s: i64,
    baseline_at: String,
    exclude_route_servers: bool,
}

#[derive(Deserialize)]
struct RawPublished {
    event: String,
    at: String,
    certainty: Option<Certainty>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct RawInput {
    collector: String,
    kind: String,
    start: String,
    url: String,
    fetched_from: Option<String>,
    bytes: u64,
    sha256: String,
}

#[derive(Deserialize)]
struct RawLost {
    collector: String,
    kind: String,
    start: String,
    end: String,
    url: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct RawOutput {
    name: String,
    sha256: String,
}

impl Raw {
    fn check(self) -> Result<Manifest, String> {
        let question = self.question;
        let window = Window {
            from: Timestamp::parse(&question.from)?,
            to: Timestamp::parse(&question.to)?,
        };
        if self.inputs.is_empty() || self.watch_list.is_empty() {
            return Err("it has no watch list or no files".to_owned());
        }
        let prefixes = question.prefixes.iter().map(|p| p.parse());
        let selection = Selection {
            country: question.country,
            prefixes: prefixes.collect::<Result<_, _>>()?,
            asns: question.asns,
            watch: question.watch,
            delegated: question.delegated,
            doubtful: match question.with_optional {
                true => Doubtful::Watched,
                false => Doubtful::LeftOut,
            },
        };
        let collectors = question.collectors.iter().map(|c| Collector::new(c));
        let published = self.published.into_iter().map(RawPublished::check);
        // What holds of every study holds of this one: above all that it comes to an end.
        let checked = Study::new(selection, window).map_err(|e| e.to_string())?;
        let study = Study {
            title: self.title,
            reconstruction: self.reconstruction,
            collectors: collectors.collect::<Result<_, _>>()?,
            rules: self.rules.check()?,
            sources: self.sources,
            published: published.collect::<Result<_, _>>()?,
            ..checked
        };
        let inputs = self.inputs.into_iter().map(RawInput::check);
        let lost = self.lost.into_iter().map(RawLost::check);
        let ways = self.located_by.iter().map(|(collector, label)| {
            let way = Way::ALL.into_iter().find(|way| way.label() == label);
            let way = way.ok_or_else(|| format!("`{label}` is no way to find files"))?;
            Ok::<_, String>((Collector::new(collector)?, way))
        });
        let outputs = self.outputs.into_iter().map(|o| (o.name, o.sha256));
        Ok(Manifest {
            dropline: self.dropline,
            list: WatchList::new(self.watch_list).by(self.registries),
            inputs: inputs.collect::<Result<_, _>>()?,
            ways: ways.collect::<Result<_, _>>()?,
            lost: lost.collect::<Result<_, _>>()?,
            outputs: outputs.collect(),
            study,
        })
    }
}

impl RawRules {
    fn check(self) -> Result<Rules, String> {
        let span = |seconds: i64| {
            let micros = seconds.checked_mul(SECOND).filter(|&s| s >= 0);
            micros.ok_or_else(|| format!("{seconds} s is no span of time"))
        };
        Ok(Rules {
            full_feed: parse_feed_rule(&self.full_feed)?,
            rib_lookback: span(self.rib_lookback_s)?.min(LONGEST_LOOKBACK),
            silence: self.silence_s.map(span).transpose()?,
            min_vantage: self.min_vantage,
            min_life: span(self.min_life_s)?,
            baseline_at: Some(Timestamp::parse(&self.baseline_at)?),
            exclude_route_servers: self.exclude_route_servers,
        })
    }
}

impl RawPublished {
    fn check(self) -> Result<Published, String> {
        Ok(Published {
            at: Timestamp::parse(&self.at)?,
            event: self.event,
            certainty: self.certainty,
            source: self.source,
        })
    }
}

impl RawInput {
    fn check(self) -> Result<Input, String> {
        let is_hash = self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash {
            return Err(format!("`{}` is no SHA-256 of `{}`", self.sha256, self.url));
        }
        if let Some(from) = self.fetched_from.as_ref().filter(|url| !is_url(url)) {
            return Err(format!("`{from}` is no URL"));
        }
        Ok(Input {
            collector: Collector::new(&self.collector)?,
            kind: kind(&self.kind)?,
            start: Timestamp::parse(&self.start)?,
            url: self.url,
            fetched_from: self.fetched_from,
            bytes: self.bytes,
            sha256: self.sha256.to_ascii_lowercase(),
        })
    }
}

impl RawLost {
    fn check(self) -> Result<(Collector, Lost), String> {
        let lost = Lost {
            kind: kind(&self.kind)?,
            start: Timestamp::parse(&self.start)?,
            end: Timestamp::parse(&self.end)?,
            url: self.url,
            reason: self.reason,
        };
        Ok((Collector::new(&self.collector)?, lost))
    }
}

fn kind(label: &str) -> Result<FileKind, String> {
    let kinds = [FileKind::Rib, FileKind::Updates];
    let kind = kinds.into_iter().find(|kind| kind.label() == label);
    kind.ok_or_else(|| format!("`{label}` is no kind of file"))
}
