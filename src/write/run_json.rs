//! `run.json`: the question, the rules, the versions, the watch list with its reasons, what was
//! missing, and the hashes of what went in and came out. No clock, no host, no thread count: the
//! same inputs give the same bytes. It is a manifest: [`crate::manifest`] reads it back.

use super::Findings;
use super::{WriteError, Written};
use crate::disk::AtomicFile;
use crate::locate;
use crate::manifest::FORMAT;
use crate::model::time::Timestamp;
use crate::replay::input::{CollectorData, DecodedFile};
use crate::study::OptionalSpace;
use crate::tally::baseline::BaselineKind;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

pub(super) const NAME: &str = "run.json";

pub(super) fn write(
    dir: &Path,
    findings: &Findings,
    written: &[Written],
) -> Result<(), WriteError> {
    let path = dir.join(NAME);
    let io = |e| WriteError::Io(path.clone(), e);
    let mut file = BufWriter::new(AtomicFile::create(&path).map_err(io)?);
    let done = serde_json::to_writer_pretty(&mut file, &parts(findings, written));
    done.map_err(|e| match e.io_error_kind() {
        Some(_) => io(e.into()),
        None => WriteError::Table("run", e.to_string()),
    })?;
    file.write_all(b"\n").map_err(io)?;
    let file = file.into_inner().map_err(|e| io(e.into_error()))?;
    file.commit().map_err(io)
}

/// The value of one of the top-level keys.
enum Section<'a> {
    /// A value that is held in memory.
    Whole(Value),
    /// What was read, file by file: a month of ten collectors has nearly 90,000.
    Inputs(&'a [CollectorData]),
}

impl Serialize for Section<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(value) => value.serialize(serializer),
            Self::Inputs(collectors) => {
                let files = collectors.iter().flat_map(|r| &r.files);
                serializer.collect_seq(files.map(ManifestInput::of))
            }
        }
    }
}

/// A file that was read. The names are in the order of the alphabet, as everywhere here.
#[derive(Serialize)]
struct ManifestInput<'a> {
    bytes: u64,
    collector: &'a str,
    fetched_from: Option<&'a str>,
    kind: &'static str,
    sha256: String,
    start: Timestamp,
    url: Cow<'a, str>,
}

impl<'a> ManifestInput<'a> {
    fn of(read: &'a DecodedFile) -> Self {
        let (file, decoded) = (&read.file, read.contents());
        Self {
            bytes: decoded.bytes,
            collector: file.collector.name(),
            fetched_from: file.fetched_from.as_deref(),
            kind: file.kind.label(),
            sha256: decoded.sha256.clone(),
            start: file.start,
            url: locate::url_of(file),
        }
    }
}

/// Everything by its name.
fn parts<'a>(findings: &'a Findings, written: &[Written]) -> BTreeMap<String, Section<'a>> {
    let mut parts = BTreeMap::new();
    if let Value::Object(values) = value(findings, written) {
        let whole = values
            .into_iter()
            .map(|(name, v)| (name, Section::Whole(v)));
        parts.extend(whole);
    }
    let collectors = findings.collectors.as_slice();
    parts.insert("inputs".to_owned(), Section::Inputs(collectors));
    parts
}

/// Everything but the files that were read.
fn value(findings: &Findings, written: &[Written]) -> Value {
    let Findings { study, list, .. } = findings;
    let rules = study.rules;
    let collectors: Vec<_> = findings
        .collectors
        .iter()
        .map(|r| r.collector.name())
        .collect();
    let gaps = findings.collectors.iter().flat_map(|r| &r.gaps);
    let gaps = gaps.map(|g| json!({"collector": g.collector.name(), "from": g.from, "to": g.to}));
    let lost = findings.collectors.iter().flat_map(|r| {
        let of = r.collector.name();
        r.missing.iter().map(move |l| {
            json!({
                "collector": of,
                "kind": l.kind.label(),
                "start": l.start,
                "end": l.end,
                "url": l.url,
                "reason": l.reason,
            })
        })
    });
    let located = findings.collectors.iter();
    let located = located.map(|r| {
        (
            r.collector.name().to_owned(),
            json!(r.listing_source.label()),
        )
    });
    let replay = findings.collectors.iter().map(|r| {
        let start = json!({"collector": r.collector.name(), "start": r.start});
        start
    });
    let watched = findings.prefixes.iter().zip(&findings.matched_origins).map(|(prefix, by)| {
        json!({"prefix": prefix, "reason": list.reason_label(*prefix, !by.is_empty())})
    });
    json!({
        "dropline": env!("CARGO_PKG_VERSION"),
        "format": FORMAT,
        "title": study.title,
        "reconstruction": study.reconstruction,
        "question": {
            "country": study.selection.country,
            "prefixes": study.selection.prefixes,
            "asns": study.selection.asns,
            "watch": study.selection.watch.as_deref().map(shown),
            "delegated": study.selection.delegated.iter().map(|p| shown(p)).collect::<Vec<_>>(),
            "with_optional": study.selection.optional_space == OptionalSpace::Included,
            "from": study.window.from,
            "to": study.window.to,
            "collectors": collectors,
        },
        "rules": rules,
        "sources": study.sources,
        "note": study.note,
        "published": study.published,
        "watch_list": list.items(),
        "registries": list.statistics(),
        "watched_prefixes": watched.collect::<Vec<_>>(),
        "covering_prefixes": findings.covering,
        "replay_starts": replay.collect::<Vec<_>>(),
        "located_by": Value::Object(located.collect()),
        "lost": lost.collect::<Vec<_>>(),
        "holes": gaps.collect::<Vec<_>>(),
        "baseline": baseline(findings),
        "complete": !findings.is_incomplete(),
        "outputs": written,
    })
}

/// How many prefixes are members of the baseline, by what that rests on; and how many are none as
/// other routes took their place before the window.
fn baseline(findings: &Findings) -> Value {
    let baselines = || findings.tallies.iter().map(|tally| &tally.baseline);
    let count = |kind: BaselineKind| {
        let kinds = baselines().filter_map(|b| b.membership).map(|m| m.kind);
        kinds.filter(|&k| k == kind).count()
    };
    json!({
        "measured": count(BaselineKind::Measured),
        "inferred": count(BaselineKind::Inferred),
        "chosen": count(BaselineKind::Chosen),
        "superseded": baselines().filter(|b| b.is_superseded).count(),
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
