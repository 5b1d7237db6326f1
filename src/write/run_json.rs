//! `run.json`: the question, the rules, the versions, the watch list with its reasons, what was
//! missing, and the hashes of what went in and came out. No clock, no host, no thread count: the
//! same inputs give the same bytes. It is a manifest: [`crate::study::manifest`] reads it back.

use super::Findings;
use super::part::{WriteError, Written};
use crate::model::time::SECOND;
use crate::select::country::Doubtful;
use crate::study::manifest::FORMAT;
use crate::study::{Profile, feed_rule_text};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

const NAME: &str = "run.json";

pub(super) fn write(
    dir: &Path,
    findings: &Findings<'_>,
    written: &[Written],
) -> Result<(), WriteError> {
    let path = dir.join(NAME);
    let temporary = dir.join(format!("{NAME}.part"));
    let io = |e| WriteError::Io(path.clone(), e);
    let mut text = serde_json::to_string_pretty(&value(findings, written))
        .map_err(|e| WriteError::Table("run", e.to_string()))?;
    text.push('\n');
    let mut file = File::create(&temporary).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::rename(&temporary, &path).map_err(io)
}

fn value(findings: &Findings<'_>, written: &[Written]) -> Value {
    let Findings {
        study,
        list,
        answer,
        ..
    } = findings;
    let rules = study.rules;
    let collectors: Vec<_> = answer.readings.iter().map(|r| r.collector.name()).collect();
    let files = answer.readings.iter().flat_map(|r| &r.files);
    let inputs = files.map(|f| {
        let decoded = f.main();
        json!({
            "collector": f.file.collector.name(),
            "kind": f.file.kind.label(),
            "start": f.file.start,
            "url": f.file.url,
            "fetched_from": f.file.fetched_from,
            "bytes": decoded.bytes,
            "sha256": decoded.sha256,
        })
    });
    let holes = answer.readings.iter().flat_map(|r| &r.holes);
    let holes = holes.map(|h| json!({"collector": h.collector.name(), "from": h.from, "to": h.to}));
    let lost = answer.readings.iter().flat_map(|r| {
        let of = r.collector.name();
        r.lost.iter().map(move |l| {
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
    let located = answer.readings.iter();
    let located = located.map(|r| (r.collector.name().to_owned(), json!(r.way.label())));
    let replay = answer.readings.iter().map(|r| {
        let start = json!({"collector": r.collector.name(), "start": r.start});
        start
    });
    let watched = answer.prefixes.iter().zip(&answer.given_away_by).map(|(prefix, by)| {
        json!({"prefix": prefix, "reason": list.reason_for(*prefix, !by.is_empty())})
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
            "with_optional": study.selection.doubtful == Doubtful::Watched,
            "from": study.window.from,
            "to": study.window.to,
            "collectors": collectors,
        },
        "rules": {
            "full_feed": feed_rule_text(rules.full_feed),
            "rib_lookback_s": rules.rib_lookback / SECOND,
            "silence_s": rules.silence.map(|s| s / SECOND),
            "min_vantage": rules.min_vantage,
            "min_life_s": rules.min_life / SECOND,
            "min_outage_s": rules.min_outage / SECOND,
            "hysteresis": rules.hysteresis,
            "profile": match rules.profile {
                Profile::Own => "own",
                Profile::Ioda => "ioda",
            },
            "baseline_at": rules.baseline_at.unwrap_or(study.window.from),
            "exclude_route_servers": rules.exclude_route_servers,
        },
        "sources": study.sources,
        "note": study.note,
        "published": study.published,
        "watch_list": list.items(),
        "registries": list.consulted(),
        "watched_prefixes": watched.collect::<Vec<_>>(),
        "covering_prefixes": answer.covering,
        "replay_starts": replay.collect::<Vec<_>>(),
        "located_by": Value::Object(located.collect()),
        "lost": lost.collect::<Vec<_>>(),
        "holes": holes.collect::<Vec<_>>(),
        "complete": !answer.is_incomplete(),
        "inputs": inputs.collect::<Vec<_>>(),
        "outputs": written,
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
