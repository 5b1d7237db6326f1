//! What there is to tell, in words and numbers, whatever the form.

use crate::cli::summary::plural;
use crate::cli::{Failure, explain, export};
use dropline::detect::Scope;
use dropline::model::visibility::Status;
use dropline::plot::headline::{duration, second};
use dropline::plot::picture::{Outage, Picture, Whose};
use dropline::study::Certainty;
use dropline::write::json;
use serde_json::{Value, json};
use std::path::Path;

/// More prefixes than this, and groups are shown instead.
const MOST_PREFIXES: usize = 16;
/// So many groups are shown at most.
const MOST_GROUPS: usize = 16;

/// What is shown as a line: a value a minute, between 0 and 1, or unknown.
pub struct Curve {
    pub name: String,
    pub values: Vec<Option<f64>>,
}

/// A line per prefix, or per group where there are many; and how many are left out.
pub fn curves(picture: &Picture) -> (Vec<Curve>, usize) {
    let minutes = picture.minute_count() as usize;
    if picture.rows.len() + picture.left_out <= MOST_PREFIXES {
        let curves = picture.rows.iter().map(|row| {
            let mut values = vec![None; minutes];
            for run in &row.minutes {
                let now = run.value.now;
                let known = run.value.status != Status::Unknown;
                let value = known.then(|| f64::from(now.seeing) / f64::from(now.known.max(1)));
                fill(&mut values, run.first, run.end, value);
            }
            Curve {
                name: row.prefix.to_string(),
                values,
            }
        });
        return (curves.collect(), 0);
    }
    let lines = picture.lines.iter().take(MOST_GROUPS).map(|line| {
        let mut values = vec![None; minutes];
        for run in &line.minutes {
            let level = run.value;
            let known = level.members > 0 && level.unknown * 2 <= level.members;
            let share = f64::from(level.visible) / f64::from(level.whole());
            fill(
                &mut values,
                run.first,
                run.end,
                known.then_some(share.min(1.0)),
            );
        }
        let whose = match line.whose {
            Whose::Whole => "all".to_owned(),
            Whose::Asn(asn) => format!("AS{asn}"),
            Whose::Country => line.entity.split(' ').next().unwrap_or_default().to_owned(),
        };
        Curve {
            name: format!("{whose} IPv{}", line.family.label()),
            values,
        }
    });
    let left_out = picture.lines.len().saturating_sub(MOST_GROUPS);
    (lines.collect(), left_out)
}

fn fill(values: &mut [Option<f64>], first: u32, end: u32, value: Option<f64>) {
    let (first, end) = (first as usize, (end as usize).min(values.len()));
    if let Some(stretch) = values.get_mut(first..end) {
        stretch.fill(value);
    }
}

/// What it is about; never nothing.
pub fn title(picture: &Picture) -> String {
    let study = &picture.manifest.study;
    let watched = || {
        let selection = &study.selection;
        let asns = selection.asns.iter().map(|asn| format!("AS{asn}"));
        let blocks = selection.prefixes.iter().map(ToString::to_string);
        let names: Vec<String> = selection
            .country
            .iter()
            .cloned()
            .chain(asns)
            .chain(blocks)
            .collect();
        match names.len() {
            0 => "a watch list".to_owned(),
            1..=4 => names.join(", "),
            n => format!("{} and {} more", names[..3].join(", "), n - 3),
        }
    };
    study.title.clone().unwrap_or_else(watched)
}

/// The window, how much was watched, and from where.
pub fn seen_from(picture: &Picture) -> String {
    let study = &picture.manifest.study;
    let (from, to) = (study.window.from.for_people(), study.window.to.for_people());
    let (prefixes, ases) = (picture.manifest.prefixes.len(), picture.vantage_ases());
    let mut names: Vec<&str> = picture.files.iter().map(|f| f.collector.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    format!(
        "{from} to {to} UTC, {prefixes} {} seen from {ases} vantage {} at {}",
        plural(prefixes, "prefix", "prefixes"),
        plural(ases as usize, "AS", "ASes"),
        names.join(", ")
    )
}

/// The outages to list: those of groups where there are many prefixes and groups have some.
pub fn outages(picture: &Picture) -> Vec<&Outage> {
    let all = &picture.outages;
    let has_groups = all.iter().any(|o| o.scope != Scope::Prefix);
    let only_groups = has_groups && picture.manifest.prefixes.len() > MOST_PREFIXES;
    let mut rows: Vec<&Outage> = all.iter().collect();
    rows.retain(|o| !only_groups || o.scope != Scope::Prefix);
    rows.sort_by_key(|o| (o.scope, o.start));
    rows
}

/// The cells of an outage: who, from, to, lasted, depth, behind.
pub fn cells(outage: &Outage, picture: &Picture) -> [String; 6] {
    let from = match outage.began_before() {
        true => format!("before {}", second(outage.start)),
        false => second(outage.start),
    };
    let (to, lasted) = match outage.is_ongoing(picture.manifest.study.window) {
        true => (
            "not back".to_owned(),
            format!("> {}", duration(outage.duration_s)),
        ),
        false => (second(outage.end), duration(outage.duration_s)),
    };
    let depth = format!("{:.0} %", f64::from(outage.depth) / 100.0);
    let behind = outage
        .died_at
        .map(|asn| format!("AS{asn}"))
        .unwrap_or_default();
    [outage.entity.clone(), from, to, lasted, depth, behind]
}

/// Why there is no outage to list.
pub fn none(picture: &Picture) -> &'static str {
    match picture.has_baseline() {
        true => "No outage",
        false => {
            "No outage that could be told: nothing was visible in the baseline, nor for long enough before a loss"
        }
    }
}

/// Published times, and what was wrong with files.
pub fn notes(picture: &Picture) -> Vec<String> {
    const MOST: usize = 5;
    let mut lines: Vec<String> = Vec::new();
    for published in &picture.manifest.study.published {
        let certainty = match published.certainty {
            None => String::new(),
            Some(Certainty::Unverified) => " (unverified)".to_owned(),
            Some(certainty) => format!(" (to the {})", certainty.label()),
        };
        lines.push(format!(
            "published: {} {}{certainty}",
            published.at, published.event
        ));
    }
    let wrong: Vec<_> = picture.files.iter().filter(|f| f.has_problem()).collect();
    for file in wrong.iter().take(MOST) {
        let what = match (file.is_present, file.problem.as_str()) {
            (_, problem) if !problem.is_empty() => problem.to_owned(),
            (false, _) => "missing".to_owned(),
            (true, _) => file.flags.clone(),
        };
        lines.push(format!("warning: `{}`: {what}", file.url));
    }
    if wrong.len() > MOST {
        lines.push(format!("and {} more in files.csv", wrong.len() - MOST));
    }
    lines
}

/// The story with stable keys: a line's values are given as stretches of like minutes.
pub fn json(dir: &Path, picture: &Picture) -> Result<String, Failure> {
    let study = &picture.manifest.study;
    let outages = json::outages(dir, &picture.manifest).map_err(export::read_failure)?;
    let (curves, left_out) = curves(picture);
    let lines = curves
        .iter()
        .map(|curve| json!({"name": curve.name, "values": stretches(curve, picture)}));
    let published = study
        .published
        .iter()
        .map(|p| json!({"at": p.at.to_string(), "event": p.event}));
    let problems = picture.files.iter().filter(|f| f.has_problem()).map(|f| {
        json!({"url": f.url, "state": if f.is_present { "present" } else { "missing" },
               "flags": f.flags, "problem": f.problem})
    });
    explain::pretty(&json!({
        "title": title(picture),
        "reconstruction": study.reconstruction,
        "from": study.window.from.to_string(),
        "to": study.window.to.to_string(),
        "dropline": picture.manifest.dropline,
        "prefixes": picture.manifest.prefixes.len(),
        "vantage_ases": picture.vantage_ases(),
        "lines": lines.collect::<Vec<_>>(),
        "lines_left_out": left_out,
        "outages": outages,
        "published": published.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    }))
}

fn stretches(curve: &Curve, picture: &Picture) -> Value {
    let mut found = Vec::new();
    let mut first = 0;
    for end in 1..=curve.values.len() {
        if curve.values.get(end) != Some(&curve.values[first]) {
            let value = curve.values[first].map(|v| (v * 10_000.0).round() / 10_000.0);
            let at = |minute: usize| picture.minute(minute as u32).to_string();
            found.push(json!({"from": at(first), "to": at(end), "share": value}));
            first = end;
        }
    }
    Value::Array(found)
}
