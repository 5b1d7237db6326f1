//! The summary of a run as JSON.

use super::RunView;
use super::json;
use super::reader::ReadError;
use super::summary::{self, Curve};
use serde_json::{Value, json};
use std::path::Path;

/// The summary with stable keys. A curve is given as segments of equal share.
pub(crate) fn summary_json(dir: &Path, view: &RunView) -> Result<Value, ReadError> {
    let study = &view.manifest.study;
    let outages = json::outages(dir, &view.manifest)?;
    let (curves, left_out) = summary::curves(view);
    let lines = curves
        .iter()
        .map(|curve| json!({"name": curve.name, "values": segments(curve, view)}));
    let published = study
        .published
        .iter()
        .map(|p| json!({"at": p.at.to_string(), "event": p.event}));
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
        "lines": lines.collect::<Vec<_>>(),
        "lines_left_out": left_out,
        "outages": outages,
        "published": published.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    }))
}

fn segments(curve: &Curve, view: &RunView) -> Value {
    let segments = curve.segments(view).into_iter();
    segments
        .map(|s| json!({"from": s.from.to_string(), "to": s.to.to_string(), "share": s.share}))
        .collect()
}
