//! `run.json` as written → a manifest whose every value makes sense.

use super::{Completeness, Input, Manifest, is_url};
use crate::locate;
use crate::model::archive::{FileKind, ListingSource, MissingFile};
use crate::model::peer::Collector;
use crate::model::time::{MINUTE, SECOND, Timestamp, Window};
use crate::study::{
    Certainty, OptionalSpace, Profile, Published, Rules, Selection, Study, parse_feed_rule,
    parse_profile,
};
use crate::watchlist::{RegistryStatistics, WatchItem, WatchList};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// How far before the window a RIB may lie, as the command has it: a leap year.
const LONGEST_LOOKBACK: i64 = 8784 * 60 * MINUTE;

/// What is read of `run.json`; it has more.
#[derive(Deserialize)]
pub(super) struct Raw<I> {
    pub(super) format: Option<u64>,
    dropline: String,
    title: Option<String>,
    reconstruction: bool,
    question: RawQuestion,
    rules: RawRules,
    sources: Vec<String>,
    #[serde(default)]
    note: Option<String>,
    published: Vec<RawPublished>,
    watch_list: Vec<WatchItem>,
    registries: Vec<RegistryStatistics>,
    #[serde(default)]
    watched_prefixes: Vec<RawWatched>,
    located_by: BTreeMap<String, String>,
    inputs: I,
    lost: Vec<RawLost>,
    holes: Vec<RawHole>,
    complete: bool,
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
    min_outage_s: i64,
    hysteresis: u32,
    profile: String,
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

/// The files that were read, or what is taken of them.
pub(super) trait Inputs: DeserializeOwned {
    fn inputs(self) -> Vec<Input>;
}

/// All of them, each checked as it is read: of a month there are tens of thousands.
pub(super) type Checked = Vec<CheckedInput>;

#[derive(Deserialize)]
#[serde(try_from = "RawInput")]
pub(super) struct CheckedInput(Input);

impl Inputs for Checked {
    fn inputs(self) -> Vec<Input> {
        self.into_iter().map(|input| input.0).collect()
    }
}

/// None of them.
pub(super) type Passed = IgnoredAny;

impl Inputs for Passed {
    fn inputs(self) -> Vec<Input> {
        Vec::new()
    }
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
struct RawHole {
    collector: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct RawWatched {
    prefix: String,
}

#[derive(Deserialize)]
struct RawOutput {
    name: String,
    sha256: String,
}

impl<I: Inputs> Raw<I> {
    pub(super) fn check(self) -> Result<Manifest, String> {
        let question = self.question;
        let window = Window {
            from: Timestamp::parse(&question.from)?,
            to: Timestamp::parse(&question.to)?,
        };
        if self.watch_list.is_empty() {
            return Err("it has no watch list".to_owned());
        }
        let prefixes = question.prefixes.iter().map(|p| p.parse());
        let selection = Selection {
            country: question.country,
            prefixes: prefixes.collect::<Result<_, _>>()?,
            asns: question.asns,
            watch: question.watch,
            delegated: question.delegated,
            optional_space: match question.with_optional {
                true => OptionalSpace::Included,
                false => OptionalSpace::Excluded,
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
            note: self.note,
            published: published.collect::<Result<_, _>>()?,
            ..checked
        };
        let mut inputs = self.inputs.inputs();
        for input in &mut inputs {
            let known = study.collectors.iter().find(|c| **c == input.collector);
            // The name is shared from here on.
            input.collector = known
                .cloned()
                .ok_or_else(|| format!("`{}` is of a collector that was not asked", input.url))?;
        }
        let mut seen = BTreeSet::new();
        for input in &inputs {
            let (collector, kind, start) = (&input.collector, input.kind, input.start);
            if input.is_public() && input.url != locate::url(collector, kind, start) {
                let what = format!("{} of {start} of {collector}", kind.label());
                return Err(format!("`{}` is not the URL of the {what}", input.url));
            }
            if !seen.insert((collector, kind, start, &input.url)) {
                return Err(format!("it names `{}` twice", input.url));
            }
        }
        let lost = self.lost.into_iter().map(RawLost::check);
        let ways = self.located_by.iter().map(|(collector, label)| {
            let way = ListingSource::ALL
                .into_iter()
                .find(|way| way.label() == label);
            let way = way.ok_or_else(|| format!("`{label}` is no way to find files"))?;
            Ok::<_, String>((Collector::new(collector)?, way))
        });
        let watched = self.watched_prefixes.iter().map(|w| w.prefix.parse());
        let holes = self.holes.into_iter().map(RawHole::check);
        let outputs = self.outputs.into_iter().map(|o| (o.name, o.sha256));
        Ok(Manifest {
            dropline: self.dropline,
            list: WatchList::new(self.watch_list).with_statistics(self.registries),
            prefixes: watched.collect::<Result<_, String>>()?,
            inputs,
            ways: ways.collect::<Result<_, _>>()?,
            lost: lost.collect::<Result<_, _>>()?,
            holes: holes.collect::<Result<_, _>>()?,
            completeness: match self.complete {
                true => Completeness::Complete,
                false => Completeness::Incomplete,
            },
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
            min_outage: span(self.min_outage_s)?,
            hysteresis: self.hysteresis.min(50),
            profile: match self.profile.as_str() {
                "own" => Profile::Own,
                other => parse_profile(other)?,
            },
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

impl TryFrom<RawInput> for CheckedInput {
    type Error = String;

    fn try_from(raw: RawInput) -> Result<Self, String> {
        raw.check().map(Self)
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
    fn check(self) -> Result<(Collector, MissingFile), String> {
        let lost = MissingFile {
            kind: kind(&self.kind)?,
            start: Timestamp::parse(&self.start)?,
            end: Timestamp::parse(&self.end)?,
            url: self.url,
            reason: self.reason,
        };
        Ok((Collector::new(&self.collector)?, lost))
    }
}

impl RawHole {
    fn check(self) -> Result<(Collector, Window), String> {
        let window = Window {
            from: Timestamp::parse(&self.from)?,
            to: Timestamp::parse(&self.to)?,
        };
        Ok((Collector::new(&self.collector)?, window))
    }
}

fn kind(label: &str) -> Result<FileKind, String> {
    let kinds = [FileKind::Rib, FileKind::Updates];
    let kind = kinds.into_iter().find(|kind| kind.label() == label);
    kind.ok_or_else(|| format!("`{label}` is no kind of file"))
}
