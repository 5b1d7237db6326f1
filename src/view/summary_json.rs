//! The summary of a run as JSON.

use super::RunView;
use super::curves::{Curve, curves};
use super::json;
use super::published::pairs;
use super::reader::ReadError;
use super::story::{Story, StoryFacts};
use super::summary;
use serde_json::{Value, json};
use std::path::Path;

/// The summary with stable keys: the story's parts, the tables of events and outages, and the curves,
/// each as segments of equal share.
pub(crate) fn summary_json(dir: &Path, view: &RunView) -> Result<Value, ReadError> {
    let study = &view.manifest.study;
    let story = Story::of(view);
    let outages = json::outages(dir, &view.manifest)?;
    let events = json::events(dir, &view.manifest)?;
    let (curves, left_out) = curves(view);
    let lines = curves
        .iter()
        .map(|curve| json!({"name": curve.name, "values": segments(curve, view)}));
    let sentences = story.sentences.iter();
    let sentences = sentences.map(|s| json!({"event": s.event, "text": s.text}));
    let published = pairs(view).into_iter().map(|pair| {
        let (ours, why) = match pair.ours {
            Ok(ours) => (
                json!({"at": ours.at.to_string(), "what": ours.what, "difference": ours.difference}),
                None,
            ),
            Err(why) => (Value::Null, Some(why)),
        };
        json!({"at": pair.published.at.to_string(), "event": pair.published.event,
               "ours": ours, "not_compared": why})
    });
    let problems = view.files.iter().filter(|f| f.has_problem()).map(|f| {
        json!({"url": f.url, "state": if f.is_present { "present" } else { "missing" },
               "flags": f.flags, "problem": f.problem})
    });
    Ok(json!({
        "title": summary::title(view),
        "reconstruction": study.reconstruction,
        "from": study.window.from.to_string(),
        "to": study.window.to.to_string(),
        "dropline": view.manifest.dropline,
        "prefixes": view.manifest.prefixes.len(),
        "vantage_ases": view.vantage_ases(),
        "headline": story.headline,
        "sentences": sentences.collect::<Vec<_>>(),
        "left_out": story.left_out,
        "caveats": story.caveats,
        "certainty": story.certainty,
        "sensitivity": story.sensitivity,
        "facts": facts(&story.facts),
        "lines": lines.collect::<Vec<_>>(),
        "lines_left_out": left_out,
        "events": events,
        "outages": outages,
        "published": published.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    }))
}

fn facts(facts: &StoryFacts) -> Value {
    let ahead = facts.clocks_ahead.iter();
    let ahead = ahead.map(|(collector, s)| json!({"collector": collector, "seconds": s}));
    json!({
        "networks": facts.networks,
        "networks_heard": facts.networks_heard,
        "collectors": facts.collectors,
        "clocks_ahead": ahead.collect::<Vec<_>>(),
        "unknown_share": facts.unknown_share.map(|share| f64::from(share) / 10_000.0),
        "gaps": facts.gaps,
        "files": facts.files,
        "incomplete": facts.is_incomplete,
        "events": facts.events,
        "outages": facts.outages,
    })
}

/// Shares are rounded to four decimals, as in the tables.
fn segments(curve: &Curve, view: &RunView) -> Value {
    let rounded = |share: f64| (share * 10_000.0).round() / 10_000.0;
    let segments = curve.segments(view).into_iter();
    segments
        .map(|s| {
            json!({"from": s.from.to_string(), "to": s.to.to_string(),
                   "share": s.share.map(|s| rounded(s.value)),
                   "low": s.share.map(|s| rounded(s.low)),
                   "high": s.share.map(|s| rounded(s.high))})
        })
        .collect()
}
