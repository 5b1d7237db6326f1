//! The fields of `run.json` → a manifest whose every value was checked.

use super::types::{BaselineCounts, Completeness, InputFile, Manifest, is_url};
use crate::locate;
use crate::model::archive::{FileKind, ListingSource, MissingFile};
use crate::model::peer::Collector;
use crate::model::time::{Timestamp, Window};
use crate::study::{Certainty, OptionalSpace, Published, Rules, Selection, Study};
use crate::watchlist::{RegistryStatistics, WatchItem, WatchList};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The fields of `run.json` that are read; it has more.
#[derive(Deserialize)]
pub(super) struct ManifestFields<I> {
    pub(super) format: Option<u64>,
    dropline: String,
    title: Option<String>,
    reconstruction: bool,
    question: QuestionFields,
    rules: Rules,
    sources: Vec<String>,
    #[serde(default)]
    note: Option<String>,
    published: Vec<PublishedFields>,
    watch_list: Vec<WatchItem>,
    registries: Vec<RegistryStatistics>,
    #[serde(default)]
    watched_prefixes: Vec<WatchedPrefixFields>,
    located_by: BTreeMap<String, String>,
    inputs: I,
    lost: Vec<MissingFields>,
    holes: Vec<GapFields>,
    #[serde(default)]
    baseline: BaselineCounts,
    complete: bool,
    outputs: Vec<OutputFields>,
}

#[derive(Deserialize)]
struct QuestionFields {
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
struct PublishedFields {
    event: String,
    at: String,
    certainty: Option<Certainty>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct InputFields {
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
    fn inputs(self) -> Vec<InputFile>;
}

/// All of them, each checked as it is read: of a month there are tens of thousands.
pub(super) type AllInputs = Vec<CheckedInput>;

#[derive(Deserialize)]
#[serde(try_from = "InputFields")]
pub(super) struct CheckedInput(InputFile);

impl Inputs for AllInputs {
    fn inputs(self) -> Vec<InputFile> {
        self.into_iter().map(|input| input.0).collect()
    }
}

/// None of them.
pub(super) type NoInputs = IgnoredAny;

impl Inputs for NoInputs {
    fn inputs(self) -> Vec<InputFile> {
        Vec::new()
    }
}

#[derive(Deserialize)]
struct MissingFields {
    collector: String,
    kind: String,
    start: String,
    end: String,
    url: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct GapFields {
    collector: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct WatchedPrefixFields {
    prefix: String,
}

#[derive(Deserialize)]
struct OutputFields {
    name: String,
    sha256: String,
}

impl<I: Inputs> ManifestFields<I> {
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
        let published = self.published.into_iter().map(PublishedFields::check);
        // What holds of every study holds of this one: above all that it comes to an end.
        let checked = Study::new(selection, window).map_err(|e| e.to_string())?;
        let study = Study {
            title: self.title,
            reconstruction: self.reconstruction,
            collectors: collectors.collect::<Result<_, _>>()?,
            rules: self.rules,
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
        let missing = self.lost.into_iter().map(MissingFields::check);
        let listing_sources = self.located_by.iter().map(|(collector, label)| {
            let way = ListingSource::ALL
                .into_iter()
                .find(|way| way.label() == label);
            let way = way.ok_or_else(|| format!("`{label}` is no way to find files"))?;
            Ok::<_, String>((Collector::new(collector)?, way))
        });
        let watched = self.watched_prefixes.iter().map(|w| w.prefix.parse());
        let gaps = self.holes.into_iter().map(GapFields::check);
        let outputs = self.outputs.into_iter().map(|o| (o.name, o.sha256));
        Ok(Manifest {
            dropline: self.dropline,
            list: WatchList::new(self.watch_list).with_statistics(self.registries),
            prefixes: watched.collect::<Result<_, String>>()?,
            inputs,
            listing_sources: listing_sources.collect::<Result<_, _>>()?,
            missing: missing.collect::<Result<_, _>>()?,
            gaps: gaps.collect::<Result<_, _>>()?,
            completeness: match self.complete {
                true => Completeness::Complete,
                false => Completeness::Incomplete,
            },
            baseline: self.baseline,
            outputs: outputs.collect(),
            study,
        })
    }
}

impl PublishedFields {
    fn check(self) -> Result<Published, String> {
        Ok(Published {
            at: Timestamp::parse(&self.at)?,
            event: self.event,
            certainty: self.certainty,
            source: self.source,
        })
    }
}

impl TryFrom<InputFields> for CheckedInput {
    type Error = String;

    fn try_from(raw: InputFields) -> Result<Self, String> {
        raw.check().map(Self)
    }
}

impl InputFields {
    fn check(self) -> Result<InputFile, String> {
        let is_hash = self.sha256.len() == 64 && self.sha256.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash {
            return Err(format!("`{}` is no SHA-256 of `{}`", self.sha256, self.url));
        }
        if let Some(from) = self.fetched_from.as_ref().filter(|url| !is_url(url)) {
            return Err(format!("`{from}` is no URL"));
        }
        Ok(InputFile {
            collector: Collector::new(&self.collector)?,
            kind: file_kind(&self.kind)?,
            start: Timestamp::parse(&self.start)?,
            url: self.url,
            fetched_from: self.fetched_from,
            bytes: self.bytes,
            sha256: self.sha256.to_ascii_lowercase(),
        })
    }
}

impl MissingFields {
    fn check(self) -> Result<(Collector, MissingFile), String> {
        let lost = MissingFile {
            kind: file_kind(&self.kind)?,
            start: Timestamp::parse(&self.start)?,
            end: Timestamp::parse(&self.end)?,
            url: self.url,
            reason: self.reason,
        };
        Ok((Collector::new(&self.collector)?, lost))
    }
}

impl GapFields {
    fn check(self) -> Result<(Collector, Window), String> {
        let window = Window {
            from: Timestamp::parse(&self.from)?,
            to: Timestamp::parse(&self.to)?,
        };
        Ok((Collector::new(&self.collector)?, window))
    }
}

fn file_kind(label: &str) -> Result<FileKind, String> {
    FileKind::from_label(label).ok_or_else(|| format!("`{label}` is no kind of file"))
}
