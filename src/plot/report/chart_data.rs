//! The data that the report's script draws, as short JSON.

use super::cells::epoch_seconds;
use super::downsample;
use super::raster_data::{RasterData, json_length, status_number};
use crate::model::net::{Asn, Family};
use crate::view::headline::main_outages;
use crate::view::{GroupKey, GroupSeries, OutageView, RunView, UpstreamSeries, value_at};
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

/// The upstreams' counts take about so many bytes. With more, they are given for one minute in
/// several.
const MAX_UPSTREAM_BYTES: usize = 500_000;

/// The data of all charts, and how much of the run is in it.
pub(super) struct ChartData {
    /// What the script reads.
    pub json: Value,
    /// How many prefixes are in the raster.
    pub rows: usize,
    /// How many groups have no line.
    pub lines_left: usize,
    /// The longest step of a line, in minutes.
    pub line_step: u32,
    /// The upstreams' counts are given once in so many minutes.
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
        let groups = view.groups.iter().filter(|g| !g.minutes.is_empty());
        let groups: Vec<&GroupSeries> = groups.collect();
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
    match group.group {
        GroupKey::Watched => format!("All watched, IPv{}", group.family.label()),
        _ => group.entity.clone(),
    }
}

fn line(view: &RunView, group: &GroupSeries, step: u32) -> Value {
    let minutes = match step {
        1 => Cow::Borrowed(&group.minutes),
        _ => Cow::Owned(downsample::lowest(&group.minutes, step)),
    };
    let steps = minutes.iter().map(|interval| {
        let state = interval.value;
        json!([
            interval.first,
            state.visible,
            state.low,
            state.high,
            state.denominator(),
            status_number(state.status)
        ])
    });
    let most = group.minutes.iter().map(|i| i.value.denominator()).max();
    json!({
        "name": name(group),
        "all": most.unwrap_or(0),
        "runs": steps.collect::<Vec<_>>(),
        "spans": shaded_spans(view, group),
    })
}

/// When a line is shaded, in seconds since 1970: a group's own outages; of all that is watched, the
/// outages that the headline is about, of the same family. Overlapping outages are joined.
fn shaded_spans(view: &RunView, group: &GroupSeries) -> Vec<[i64; 2]> {
    let of_family = |o: &&OutageView| {
        let is_ipv6 = o.entity.contains(':') || o.entity.ends_with(" IPv6");
        is_ipv6 == (group.family == Family::V6)
    };
    let mut outages: Vec<&OutageView> = match group.group {
        GroupKey::Watched => main_outages(view).into_iter().filter(of_family).collect(),
        _ => {
            let outages = view.outages.iter();
            outages.filter(|o| o.entity == group.entity).collect()
        }
    };
    outages.sort_by_key(|o| (o.start, o.end));
    let mut spans: Vec<[i64; 2]> = Vec::new();
    for outage in outages {
        let (start, end) = (epoch_seconds(outage.start), epoch_seconds(outage.end));
        match spans.last_mut() {
            Some(last) if start <= last[1] => last[1] = last[1].max(end),
            _ => spans.push([start, end]),
        }
    }
    if spans.len() <= MAX_SPANS {
        return spans;
    }
    let grain = i64::from(view.minute_count()) * 60 / MAX_SPANS as i64;
    downsample::join_spans(spans, epoch_seconds(view.minute_start(0)), grain.max(1))
}

/// Paths by upstream, those without a colour summed: for every minute in which one of them changes,
/// or once in so many minutes, which is the second value.
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
        let mut counts = vec![minute];
        counts.extend(coloured.iter().map(|series| count_at(minute, series)));
        if !others.is_empty() {
            counts.push(others.iter().map(|series| count_at(minute, series)).sum());
        }
        counts
    };
    let bytes = |minute: &u32| {
        let numbers: Vec<i64> = counts(*minute).into_iter().map(i64::from).collect();
        json_length(&numbers)
    };
    let all_bytes: usize = changes.iter().map(bytes).sum();
    let max_steps = changes.len() * MAX_UPSTREAM_BYTES / all_bytes.max(1);
    let step = match all_bytes <= MAX_UPSTREAM_BYTES {
        true => 1,
        false => downsample::step_minutes(changes.len(), view.minute_count(), max_steps),
    };
    if step > 1 {
        changes = downsample::step_starts(changes, step, view.minute_count());
    }
    let mut names: Vec<String> = coloured
        .iter()
        .map(|s| format!("AS{}", s.upstream))
        .collect();
    if !others.is_empty() {
        names.push("others".to_owned());
    }
    let runs: Vec<Vec<u32>> = match names.is_empty() {
        true => Vec::new(),
        false => changes.into_iter().map(counts).collect(),
    };
    let json = json!({
        "colours": (0..names.len()).map(colour).collect::<Vec<_>>(),
        "names": names,
        "runs": runs,
    });
    (json, step)
}
