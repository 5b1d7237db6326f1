//! What the report's script draws, as JSON that is short: runs of like minutes, and raster rows of
//! codes into one list of states.

use super::coarse;
use super::words::{main, seconds};
use crate::model::net::{Asn, Family};
use crate::model::visibility::Status;
use crate::view::{GroupKey, GroupSeries, OutageView, PrefixSeries, RunView, value_at};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// So many lines are drawn.
const MOST_LINES: usize = 8;
/// So many upstreams have a colour of their own.
pub(super) const COLOURS: usize = 7;
/// All lines together have so many steps; with more changes, each step is the lowest of several
/// minutes.
const MOST_STEPS: usize = 24_000;
/// A line has so many shaded spans; with more, those near each other are one.
const MOST_SPANS: usize = 1_000;
/// What is told of upstreams over time takes about so many bytes; with more, it is told of one
/// minute in several.
const MOST_TOLD: usize = 500_000;
/// The raster's codes and states take no more bytes than this; rows beyond are left out.
const MOST_BYTES: usize = 2_500_000;
/// With more states than this, cells name one upstream only, without its vantage ASes.
const MOST_STATES: usize = 30_000;

/// The figures, and how much of the run is in them.
pub(super) struct Figures {
    pub json: Value,
    pub rows: usize,
    pub lines_left: usize,
    /// How many minutes a step of a line lasts at most.
    pub line_step: u32,
    /// The upstreams are told once in so many minutes.
    pub via_step: u32,
}

pub(super) fn figures(view: &RunView) -> Figures {
    let upstreams: FxHashMap<Asn, usize> = view
        .upstreams
        .iter()
        .enumerate()
        .map(|(place, line)| (line.upstream, place))
        .collect();
    let mut raster = Raster::of(&view.prefixes, &upstreams, Behind::All);
    if raster.states.len() > MOST_STATES {
        raster = Raster::of(&view.prefixes, &upstreams, Behind::Most);
    }
    let (width, rows) = raster.codes();
    let names: Vec<String> = view
        .upstreams
        .iter()
        .map(|line| format!("AS{}", line.upstream))
        .collect();
    let colours: Vec<usize> = (0..names.len()).map(colour).collect();
    let published = view.manifest.study.published.iter();
    let lines: Vec<&GroupSeries> = view
        .groups
        .iter()
        .filter(|line| !line.minutes.is_empty())
        .collect();
    let drawn = &lines[..lines.len().min(MOST_LINES)];
    let most = MOST_STEPS / drawn.len().max(1);
    let steps = drawn
        .iter()
        .map(|line| coarse::step(line.minutes.len(), view.minute_count(), most));
    let steps: Vec<u32> = steps.collect();
    let line_step = steps.iter().copied().max().unwrap_or(1);
    let drawn = drawn.iter().zip(steps);
    let drawn: Vec<Value> = drawn.map(|(of, step)| line(view, of, step)).collect();
    let (via, via_step) = via(view);
    let json = json!({
        "from": seconds(view.minute_start(0)),
        "minutes": view.minute_count(),
        "published": published.map(|p| seconds(p.at)).collect::<Vec<_>>(),
        "lines": drawn,
        "upstreams": names,
        "colours": colours,
        "via": via,
        "raster": {
            "width": width,
            "states": raster.states,
            "rows": rows,
        },
    });
    Figures {
        json,
        rows: rows.len(),
        lines_left: lines.len().saturating_sub(MOST_LINES),
        line_step,
        via_step,
    }
}

/// The colour of the upstream at a place: the busiest have their own, the others share one.
pub(super) fn colour(place: usize) -> usize {
    place.min(COLOURS)
}

fn number(status: Status) -> i64 {
    match status {
        Status::Up => 0,
        Status::Degraded => 1,
        Status::Down => 2,
        Status::Unknown => 3,
        Status::Unseen => 4,
    }
}

pub(super) fn name(line: &GroupSeries) -> String {
    match line.group {
        GroupKey::Watched => format!("All watched, IPv{}", line.family.label()),
        _ => line.entity.clone(),
    }
}

fn line(view: &RunView, line: &GroupSeries, step: u32) -> Value {
    let minutes = match step {
        1 => Cow::Borrowed(&line.minutes),
        _ => Cow::Owned(coarse::lowest(&line.minutes, step)),
    };
    let runs = minutes.iter().map(|run| {
        let level = run.value;
        json!([
            run.first,
            level.visible,
            level.low,
            level.high,
            level.denominator(),
            number(level.status)
        ])
    });
    let most = line.minutes.iter().map(|run| run.value.denominator()).max();
    json!({
        "name": name(line),
        "all": most.unwrap_or(0),
        "runs": runs.collect::<Vec<_>>(),
        "spans": shaded(view, line),
    })
}

/// When to shade a line: its own outages, or, of all that is watched, those that the headline is
/// about in its family. Where they overlap they are one.
fn shaded(view: &RunView, line: &GroupSeries) -> Vec<[i64; 2]> {
    let of_all = || {
        let outages = main(view).into_iter();
        let is_6 = |o: &&OutageView| o.entity.contains(':') || o.entity.ends_with(" IPv6");
        outages.filter(move |o| is_6(o) == (line.family == Family::V6))
    };
    let mut outages: Vec<&OutageView> = match line.group {
        GroupKey::Watched => of_all().collect(),
        _ => {
            let all = view.outages.iter();
            all.filter(|o| o.entity == line.entity).collect()
        }
    };
    outages.sort_by_key(|o| (o.start, o.end));
    let mut spans: Vec<[i64; 2]> = Vec::new();
    for outage in outages {
        let (start, end) = (seconds(outage.start), seconds(outage.end));
        match spans.last_mut() {
            Some(last) if start <= last[1] => last[1] = last[1].max(end),
            _ => spans.push([start, end]),
        }
    }
    if spans.len() <= MOST_SPANS {
        return spans;
    }
    let grain = i64::from(view.minute_count()) * 60 / MOST_SPANS as i64;
    coarse::joined(spans, seconds(view.minute_start(0)), grain.max(1))
}

/// Paths by upstream, all others summed, wherever one of them changes, or once in so many minutes.
fn via(view: &RunView) -> (Value, u32) {
    let lines = &view.upstreams;
    let mut changes = BTreeSet::from([0]);
    for run in lines.iter().flat_map(|line| &line.minutes) {
        changes.extend([run.first, run.end]);
    }
    changes.retain(|&minute| minute < view.minute_count());
    let own = &lines[..lines.len().min(COLOURS)];
    let others = &lines[own.len()..];
    let many = |minute: u32, line: &crate::view::UpstreamSeries| {
        value_at(&line.minutes, minute).copied().unwrap_or(0)
    };
    let counts = |minute: u32| {
        let mut counts = vec![minute];
        counts.extend(own.iter().map(|line| many(minute, line)));
        if !others.is_empty() {
            counts.push(others.iter().map(|line| many(minute, line)).sum());
        }
        counts
    };
    let bytes = |counts: Vec<u32>| {
        let numbers: Vec<i64> = counts.into_iter().map(i64::from).collect();
        written(&numbers)
    };
    let all: usize = changes.iter().map(|&minute| bytes(counts(minute))).sum();
    let most = changes.len() * MOST_TOLD / all.max(1);
    let step = match all <= MOST_TOLD {
        true => 1,
        false => coarse::step(changes.len(), view.minute_count(), most),
    };
    if step > 1 {
        changes = coarse::firsts(changes, step, view.minute_count());
    }
    let runs = changes.into_iter().map(counts);
    let mut names: Vec<String> = own.iter().map(|l| format!("AS{}", l.upstream)).collect();
    if !others.is_empty() {
        names.push("others".to_owned());
    }
    let runs: Vec<Vec<u32>> = match names.is_empty() {
        true => Vec::new(),
        false => runs.collect(),
    };
    let json = json!({
        "colours": (0..names.len()).map(colour).collect::<Vec<_>>(),
        "names": names,
        "runs": runs,
    });
    (json, step)
}

/// How many upstreams a cell names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    All,
    Most,
}

/// The rows as runs of states.
struct Raster {
    /// Status, seeing, known, full, fewest and most within the minute, lowest visibility within it
    /// in percent (-1: none known); then upstreams by their places, each with its vantage ASes.
    states: Vec<Vec<i64>>,
    /// By row: which state, for how many minutes.
    rows: Vec<Vec<(usize, u32)>>,
}

impl Raster {
    fn of(rows: &[PrefixSeries], upstreams: &FxHashMap<Asn, usize>, behind: Behind) -> Self {
        let mut places: FxHashMap<Vec<i64>, usize> = FxHashMap::default();
        let mut states = Vec::new();
        let mut coded = Vec::with_capacity(rows.len());
        for row in rows {
            let mut runs: Vec<(usize, u32)> = Vec::new();
            for (first, end) in spans(row) {
                let state = state(row, first, upstreams, behind);
                let place = *places.entry(state).or_insert_with_key(|state| {
                    states.push(state.clone());
                    states.len() - 1
                });
                match runs.last_mut() {
                    Some((last, minutes)) if *last == place => *minutes += end - first,
                    _ => runs.push((place, end - first)),
                }
            }
            coded.push(runs);
        }
        Self {
            states,
            rows: coded,
        }
    }

    /// Letters of a code, and the rows in codes, as far as there is room.
    /// States that only rows beyond have are dropped.
    fn codes(&mut self) -> (usize, Vec<String>) {
        let mut width = 1;
        while 52usize.pow(width as u32) < self.states.len() {
            width += 1;
        }
        let mut room = MOST_BYTES;
        // States are numbered as the rows come to them.
        let mut named = 0;
        let mut rows = Vec::new();
        for runs in &self.rows {
            let mut text = String::new();
            for &(state, minutes) in runs {
                for place in (0..width).rev() {
                    let letter = (state / 52usize.pow(place as u32) % 52) as u8;
                    text.push(char::from(match letter {
                        0..26 => b'A' + letter,
                        _ => b'a' + letter - 26,
                    }));
                }
                if minutes > 1 {
                    text += &minutes.to_string();
                }
            }
            let states = runs.iter().map(|&(state, _)| state + 1);
            let up_to = states.max().unwrap_or(0).max(named);
            let new = self.states[named..up_to].iter().map(|s| written(s));
            match room.checked_sub(text.len() + new.sum::<usize>()) {
                Some(left) => room = left,
                None => break,
            }
            named = up_to;
            rows.push(text);
        }
        self.states.truncate(named);
        (width, rows)
    }
}

/// How many bytes a state takes as JSON, its comma included.
fn written(state: &[i64]) -> usize {
    let digits = |n: &i64| n.checked_abs().unwrap_or(i64::MAX).max(1).ilog10() as usize + 1;
    let numbers = state.iter().map(|n| digits(n) + usize::from(*n < 0) + 1);
    2 + numbers.sum::<usize>()
}

/// Spans of minutes in which neither the figures nor an upstream change.
fn spans(row: &PrefixSeries) -> Vec<(u32, u32)> {
    let figures = row.minutes.iter().flat_map(|run| [run.first, run.end]);
    let behind = row.via.iter().flat_map(|(_, runs)| runs);
    let behind = behind.flat_map(|run| [run.first, run.end]);
    let edges: BTreeSet<u32> = figures.chain(behind).collect();
    let edges: Vec<u32> = edges.into_iter().collect();
    edges.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn state(
    row: &PrefixSeries,
    minute: u32,
    upstreams: &FxHashMap<Asn, usize>,
    behind: Behind,
) -> Vec<i64> {
    let Some(seen) = value_at(&row.minutes, minute) else {
        return vec![number(Status::Unknown), 0, 0, 0, 0, 0, -1];
    };
    let lowest = seen
        .visibility_range
        .map_or(-1, |(low, _)| i64::from(low / 100));
    let mut state = vec![
        number(seen.status),
        i64::from(seen.visibility.seeing),
        i64::from(seen.visibility.known),
        i64::from(seen.full_feed),
        i64::from(seen.seeing_range.0),
        i64::from(seen.seeing_range.1),
        lowest,
    ];
    let place = |asn: Asn| upstreams.get(&asn).map_or(-1, |&p| p as i64);
    match behind {
        Behind::All => {
            let via = row.via.iter();
            let mut via: Vec<(i64, i64)> = via
                .filter_map(|(asn, runs)| Some((place(*asn), i64::from(*value_at(runs, minute)?))))
                .collect();
            via.sort_by_key(|&(place, many)| {
                let first = upstreams_first(seen.upstream, upstreams) == place;
                (!first, -many, place)
            });
            state.extend(via.into_iter().flat_map(|(place, many)| [place, many]));
        }
        Behind::Most => state.extend(seen.upstream.into_iter().flat_map(|asn| [place(asn), 0])),
    }
    state
}

fn upstreams_first(asn: Option<Asn>, upstreams: &FxHashMap<Asn, usize>) -> i64 {
    let place = asn.and_then(|asn| upstreams.get(&asn));
    place.map_or(-1, |&place| place as i64)
}
