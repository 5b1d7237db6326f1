//! The data that the report's script draws, as short JSON.

use super::cells::epoch_seconds;
use super::downsample;
use super::raster_data::{RasterData, json_length, status_number};
use crate::model::net::Asn;
use crate::model::visibility::Status;
use crate::plot::marks;
use crate::plot::members::{self, Members};
use crate::view::{GroupSeries, RunView, UpstreamSeries, value_at};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// At most so many groups have a line chart.
const MAX_LINES: usize = 8;

/// So many upstreams have a colour of their own; the others share one.
pub(super) const COLOURS: usize = 7;

/// All lines together have at most so many steps. With more changes, a step is the lowest of several
/// minutes.
const MAX_STEPS: usize = 24_000;

/// A line has at most so many shaded spans. With more, neighbours are joined.
const MAX_SPANS: usize = 1_000;

/// The upstreams' counts take about so many bytes. With more, they are given for steps of several
/// minutes.
const MAX_UPSTREAM_BYTES: usize = 500_000;

/// The data of all charts, and how much of the run is in it.
pub(super) struct ChartData {
    /// What the script reads.
    pub json: Value,
    /// How many prefixes are in the raster.
    pub rows: usize,
    /// How many groups have no line although they have members.
    pub lines_left: usize,
    /// The groups that have no line because they have no members.
    pub without_members: Vec<String>,
    /// The longest step of a line, in minutes.
    pub line_step: u32,
    /// The longest step of the upstreams' counts, in minutes.
    pub upstream_step: u32,
}

impl ChartData {
    pub(super) fn of(view: &RunView) -> Self {
        let upstreams = view.upstreams.iter().enumerate();
        let indices: FxHashMap<Asn, usize> = upstreams
            .map(|(index, series)| (series.upstream, index))
            .collect();
        let mut raster = RasterData::of(&view.prefixes, &indices);
        let (code_length, rows) = raster.encode();
        let names = view.upstreams.iter().map(|s| format!("AS{}", s.upstream));
        let names: Vec<String> = names.collect();
        let colours: Vec<usize> = (0..names.len()).map(colour).collect();
        let published = view.manifest.study.published.iter();
        let groups = members::groups(view);
        let (groups, without_members): (Vec<&GroupSeries>, Vec<&GroupSeries>) =
            groups.into_iter().partition(|g| members::baseline(g) > 0);
        let drawn = &groups[..groups.len().min(MAX_LINES)];
        let max_steps = MAX_STEPS / drawn.len().max(1);
        let steps = drawn
            .iter()
            .map(|g| downsample::step_minutes(g.minutes.len(), view.minute_count(), max_steps));
        let steps: Vec<u32> = steps.collect();
        let line_step = steps.iter().copied().max().unwrap_or(1);
        let lines = drawn.iter().zip(steps);
        let lines: Vec<Value> = lines.map(|(group, step)| line(view, group, step)).collect();
        let (upstreams, upstream_step) = upstream_counts(view);
        let json = json!({
            "from": epoch_seconds(view.minute_start(0)),
            "minutes": view.minute_count(),
            "published": published.map(|p| epoch_seconds(p.at)).collect::<Vec<_>>(),
            "lines": lines,
            "upstreams": names,
            "colours": colours,
            "via": upstreams,
            "raster": {
                "width": code_length,
                "states": raster.states,
                "rows": rows,
            },
        });
        Self {
            json,
            rows: rows.len(),
            lines_left: groups.len().saturating_sub(MAX_LINES),
            without_members: without_members.into_iter().map(name).collect(),
            line_step,
            upstream_step,
        }
    }
}

/// The number of an upstream's colour, by the upstream's index.
pub(super) fn colour(index: usize) -> usize {
    index.min(COLOURS)
}

fn name(group: &GroupSeries) -> String {
    group.name()
}

fn line(view: &RunView, group: &GroupSeries, step: u32) -> Value {
    let minutes = match step {
        1 => Cow::Borrowed(&group.minutes),
        _ => Cow::Owned(downsample::lowest(&group.minutes, step)),
    };
    let runs = minutes.iter().map(|interval| {
        let members = Members::of(&interval.value);
        let status = members.status.unwrap_or(Status::Unknown);
        json!([
            interval.first,
            members.visible,
            members.unknown,
            members.others,
            status_number(status)
        ])
    });
    json!({
        "name": name(group),
        "baseline": members::baseline(group),
        "step": step,
        "runs": runs.collect::<Vec<_>>(),
        "spans": shaded_spans(view, group),
    })
}

/// When a line is shaded, in seconds since 1970: the events of its group, each with its number.
/// Where there are very many, neighbours are joined, and have the number 0.
fn shaded_spans(view: &RunView, group: &GroupSeries) -> Vec<[i64; 3]> {
    let events = marks::events(view, group).into_iter();
    let spans: Vec<[i64; 3]> = events
        .map(|mark| {
            let (start, end) = (epoch_seconds(mark.start), epoch_seconds(mark.end));
            [start, end, i64::from(mark.event)]
        })
        .collect();
    if spans.len() <= MAX_SPANS {
        return spans;
    }
    let grain = i64::from(view.minute_count()) * 60 / MAX_SPANS as i64;
    let origin = epoch_seconds(view.minute_start(0));
    let spans = spans.into_iter().map(|[start, end, _]| [start, end]);
    let joined = downsample::join_spans(spans.collect(), origin, grain.max(1));
    joined
        .into_iter()
        .map(|[start, end]| [start, end, 0])
        .collect()
}

/// Paths by upstream, those without a colour summed, for every minute in which one of them changes.
/// Where that is too much, for steps of so many minutes, each with the fewest paths of its minutes;
/// the length of a step is the second value.
fn upstream_counts(view: &RunView) -> (Value, u32) {
    let upstreams = &view.upstreams;
    let mut changes = BTreeSet::from([0]);
    for interval in upstreams.iter().flat_map(|series| &series.minutes) {
        changes.extend([interval.first, interval.end]);
    }
    changes.retain(|&minute| minute < view.minute_count());
    let (coloured, others) = upstreams.split_at(upstreams.len().min(COLOURS));
    let count_at = |minute: u32, series: &UpstreamSeries| {
        value_at(&series.minutes, minute).copied().unwrap_or(0)
    };
    let counts = |minute: u32| {
        let mut counts: Vec<u32> = coloured.iter().map(|s| count_at(minute, s)).collect();
        if !others.is_empty() {
            counts.push(others.iter().map(|series| count_at(minute, series)).sum());
        }
        counts
    };
    let mut runs: Vec<(u32, Vec<u32>)> = match upstreams.is_empty() {
        true => Vec::new(),
        false => changes.into_iter().map(|m| (m, counts(m))).collect(),
    };
    let bytes = |(minute, counts): &(u32, Vec<u32>)| {
        let numbers = [minute].into_iter().chain(counts).map(|&n| i64::from(n));
        json_length(&numbers.collect::<Vec<i64>>())
    };
    let all_bytes: usize = runs.iter().map(bytes).sum();
    let step = match all_bytes <= MAX_UPSTREAM_BYTES {
        true => 1,
        false => {
            let max_steps = runs.len() * MAX_UPSTREAM_BYTES / all_bytes;
            downsample::step_minutes(runs.len(), view.minute_count(), max_steps)
        }
    };
    if step > 1 {
        runs = downsample::fewest(&runs, step);
    }
    let names = coloured.iter().map(|s| format!("AS{}", s.upstream));
    let mut names: Vec<String> = names.collect();
    if !others.is_empty() {
        names.push("others".to_owned());
    }
    let rows = runs.into_iter().map(|(minute, mut counts)| {
        counts.insert(0, minute);
        counts
    });
    let json = json!({
        "colours": (0..names.len()).map(colour).collect::<Vec<_>>(),
        "names": names,
        "runs": rows.collect::<Vec<_>>(),
        "step": step,
        "unknown": members::unknown_spans(view),
    });
    (json, step)
}
