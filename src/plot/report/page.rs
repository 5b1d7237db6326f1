//! The texts and tables of the report: the context of its template.

use super::cells::{blank_nulls, percent};
use super::chart_data::{COLOURS, ChartData, colour};
use super::{events, order, published};
use crate::model::net::Asn;
use crate::model::time::Window;
use crate::model::visibility::Status;
use crate::plot::order as plot_order;
use crate::study::{Profile, Study};
use crate::view::story::{Story, StoryFacts};
use crate::view::words::{self, CONTROL_PLANE, counted, duration, second};
use crate::view::{
    BaselineKind, EndKind, FileView, OutageView, PeerView, PrefixSeries, RunView, ranked,
};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// At most so many rows of a table are in the report; the tables of the run have all.
const MAX_ROWS: usize = 800;

/// At most so many orders of loss are in the report.
const MAX_ORDERS: usize = 20;

/// At most so many ASNs are listed in a cell.
const MAX_ASNS: usize = 12;

/// The context of `data/report/report.html`.
pub(super) fn context(view: &RunView, charts: &ChartData) -> Value {
    let manifest = &view.manifest;
    let study = &manifest.study;
    let window = window_text(study.window);
    let prefixes = &view.prefixes[..charts.rows];
    let mut outages: Vec<&OutageView> = view.outages.iter().collect();
    let loss = |o: &OutageView| {
        let mut ranked = ranked(&view.events).into_iter();
        ranked.position(|event| Some(event.event) == o.event)
    };
    outages.sort_by_cached_key(|o| {
        let place = loss(o).unwrap_or(usize::MAX);
        (place, o.scope, Reverse(o.down_s), o.start)
    });
    let orders = plot_order::orders(view);
    let mut files: Vec<&FileView> = view.files.iter().collect();
    files.sort_by_key(|f| !f.has_problem());
    let collectors = collectors(study);
    let events = events::rows(view);
    json!({
        "version": manifest.dropline,
        "title": study.title.as_ref().unwrap_or(&window),
        "reconstruction": study.reconstruction,
        "story": story_context(view),
        "events": events.iter().take(MAX_ROWS).collect::<Vec<_>>(),
        "events_caption": events_caption(view, events.len()),
        "note": study.note.as_deref().map(paragraphs),
        "has_country": study.selection.country.is_some(),
        "has_lines": charts.json["lines"].as_array().is_some_and(|lines| !lines.is_empty()),
        "lines_left": charts.lines_left,
        "without_members": charts.without_members,
        "line_step": charts.line_step,
        "upstream_step": charts.upstream_step,
        "raster_caption": format!(
            "A row for each of {}, a column for each of {} minutes, coloured by the upstream that most \
             vantage ASes had. Where several minutes share a pixel, the worst of them is drawn.",
            counted(prefixes.len(), "prefix", "prefixes"), view.minute_count()
        ),
        "legend": legend(view, prefixes),
        "rows": prefixes.iter().map(raster_row).collect::<Vec<_>>(),
        "minutes": view.minute_count(),
        "left_out": left_out(manifest.prefixes.len(), prefixes.len()),
        "orders": orders.iter().take(MAX_ORDERS).map(order::section).collect::<Vec<_>>(),
        "orders_left": orders.len().saturating_sub(MAX_ORDERS),
        "upstreams": upstream_rows(view),
        "upstreams_left": view.upstreams.len().saturating_sub(MAX_ROWS),
        "outages": outages.iter().take(MAX_ROWS).map(|o| outage_row(o, study.window)).collect::<Vec<_>>(),
        "outages_caption": outages_caption(outages.len()),
        "published": published::rows(view),
        "peers": view.peers.iter().take(MAX_ROWS).map(peer_row).collect::<Vec<_>>(),
        "peers_caption": peers_caption(&view.peers),
        "gaps": manifest.gaps.iter().take(MAX_ROWS).map(|(collector, gap)| json!({
            "collector": collector.name(), "from": second(gap.from), "to": second(gap.to),
        })).collect::<Vec<_>>(),
        "files": files.into_iter().take(MAX_ROWS).map(file_row).collect::<Vec<_>>(),
        "files_caption": files_caption(view),
        "limits": limits(study),
        "min_vantage": study.rules.min_vantage,
        "citation": format!(
            "dropline {}, on update files and RIBs of {collectors} from {window}, full feed by `{}`; \
             run.json SHA-256 {}",
            manifest.dropline, study.rules.full_feed, view.run_sha256
        ),
        "command": command(study),
        "run_sha256": view.run_sha256,
        "inputs_sha256": view.inputs_sha256,
        "rules": format!(
            "full feed: {}; at least {} vantage ASes known; baseline: {}",
            study.rules.full_feed, study.rules.min_vantage, baseline(study)
        ),
        "sources": study.sources,
    })
}

/// The story in words, and the facts beside it.
fn story_context(view: &RunView) -> Value {
    let story = Story::of(view);
    let sentences = story
        .sentences
        .iter()
        .map(|sentence| json!({"number": sentence.event, "text": format!("{}.", sentence.text)}));
    json!({
        "headline": format!("{}.", story.headline),
        "sentences": sentences.collect::<Vec<_>>(),
        "left_out": paragraph(&story.left_out),
        "caveats": paragraph(&story.caveats),
        "certainty": certainty(&story),
        "chips": chips(view, &story),
    })
}

/// `2014-12-22 16:00 to 2014-12-22 17:00 UTC`.
fn window_text(window: Window) -> String {
    let (from, to) = (window.from.for_people(), window.to.for_people());
    format!("{from} to {to} UTC")
}

fn collectors(study: &Study) -> String {
    let names: Vec<&str> = study.collectors.iter().map(|c| c.name()).collect();
    names.join(", ")
}

/// Sentences as one text; empty if there are none.
fn paragraph(sentences: &[String]) -> String {
    let sentences = sentences.iter().map(|s| format!("{s}."));
    sentences.collect::<Vec<String>>().join(" ")
}

/// What the story rests on: by whose clocks, seen by whom.
fn certainty(story: &Story) -> String {
    let mut sentences = story.certainty.clone();
    if !story.facts.is_incomplete {
        sentences.push("All files that the window needs were available and complete".to_owned());
    }
    if let Some(sensitivity) = &story.sensitivity {
        sentences.push(format!("Sensitivity{}", sensitivity_of(sensitivity)));
    }
    sentences.push(CONTROL_PLANE.to_owned());
    paragraph(&sentences)
}

/// The story's line on sensitivity as it stands behind that word.
fn sensitivity_of(line: &str) -> String {
    match line.strip_prefix("Of the largest loss: ") {
        Some(rest) => format!(" of the largest loss: {rest}"),
        None => format!(": {line}"),
    }
}

/// Short facts below the story; those that limit it are marked.
fn chips(view: &RunView, story: &Story) -> Vec<Value> {
    let study = &view.manifest.study;
    let facts = &story.facts;
    let mut chips: Vec<(bool, String)> = vec![(false, seen_from(facts))];
    let unknown = match facts.unknown_share.unwrap_or(0) {
        0 => (false, "no prefix-minute unknown".to_owned()),
        1..100 => (true, "under 1 % of prefix-minutes unknown".to_owned()),
        10_000 => (true, "all prefix-minutes unknown".to_owned()),
        // Rounded as in the story, and some known is never none.
        share => {
            let percent = ((share + 50) / 100).min(99);
            (true, format!("{percent} % of prefix-minutes unknown"))
        }
    };
    chips.push(unknown);
    let files = counted(facts.files as usize, "file", "files");
    chips.push(match facts.gaps {
        0 => (false, format!("no gap in {files}")),
        n => (
            true,
            format!("{} in {files}", counted(n as usize, "gap", "gaps")),
        ),
    });
    if study.reconstruction {
        chips.push((true, "seconds not measured".to_owned()));
    }
    let rests_on = |kind| view.events.iter().any(|e| e.baseline == Some(kind));
    if rests_on(BaselineKind::Inferred) {
        chips.push((true, "some losses inferred".to_owned()));
    }
    if study.rules.baseline_at.is_some() {
        chips.push((true, "baseline chosen".to_owned()));
    }
    if let Some(sensitivity) = &story.sensitivity {
        chips.push((false, format!("sensitivity{}", sensitivity_of(sensitivity))));
    }
    chips.push((false, "control plane only: routes, not hosts".to_owned()));
    chips.push((false, format!("window {}", window_text(study.window))));
    let chips = chips.into_iter();
    chips
        .map(|(limits, text)| json!({"limits": limits, "text": text}))
        .collect()
}

fn seen_from(facts: &StoryFacts) -> String {
    let at = counted(facts.collectors.len(), "collector", "collectors");
    match facts.networks < facts.networks_heard {
        true => format!(
            "{} of {} networks at {at} count",
            facts.networks, facts.networks_heard
        ),
        false => {
            let networks = counted(facts.networks as usize, "network", "networks");
            format!("seen from {networks} at {at}")
        }
    }
}

/// What losses are measured by, in words.
fn baseline(study: &Study) -> String {
    match study.rules.baseline_at {
        Some(at) => format!("the state at {} UTC", second(at)),
        None => format!(
            "what was visible at {} UTC or before",
            second(study.window.from)
        ),
    }
}

/// The paragraphs of a text, which are separated by blank lines. Line breaks within a paragraph do
/// not count.
fn paragraphs(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty());
    let paragraphs = paragraphs.filter(|lines| !lines.is_empty());
    paragraphs.map(|lines| lines.join(" ")).collect()
}

fn left_out(all: usize, shown: usize) -> String {
    match all - shown {
        0 => String::new(),
        n => format!(
            "{n} of {all} prefixes have no row here, to keep the page small. The table `prefixes` has all of them."
        ),
    }
}

/// The raster's upstreams with their colours.
fn legend(view: &RunView, prefixes: &[PrefixSeries]) -> Vec<Value> {
    let coloured = view.upstreams.iter().take(COLOURS).enumerate();
    let mut entries: Vec<Value> = coloured
        .map(|(index, series)| json!({"colour": index, "name": format!("AS{}", series.upstream)}))
        .collect();
    let has_none = prefixes.iter().any(|prefix| prefix.via.is_empty());
    if view.upstreams.len() > COLOURS || has_none {
        entries.push(json!({"colour": COLOURS, "name": "other upstreams, or none"}));
    }
    entries
}

/// A row of the raster in words: its minutes by status.
fn raster_row(prefix: &PrefixSeries) -> Value {
    let statuses = [
        Status::Up,
        Status::Degraded,
        Status::Down,
        Status::Unknown,
        Status::Unseen,
    ];
    let minutes = |status: Status| {
        let intervals = prefix.minutes.iter().filter(|i| i.value.status == status);
        intervals.map(|i| i.end - i.first).sum::<u32>()
    };
    let texts = statuses.map(|status| match minutes(status) {
        0 => String::new(),
        n => format!("{n} min {}", words::status(status)),
    });
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    json!({"prefix": prefix.prefix, "summary": texts.join(", ")})
}

fn upstream_rows(view: &RunView) -> Vec<Value> {
    let upstreams = view.upstreams.iter().take(MAX_ROWS).enumerate();
    let rows = upstreams.map(|(index, series)| {
        let minutes = &series.minutes;
        let first = minutes.first().map(|i| view.minute_start(i.first));
        let last = minutes.last().map(|i| view.minute_start(i.end - 1));
        json!({
            "colour": colour(index),
            "name": format!("AS{}", series.upstream),
            "first": first.map(|t| t.for_people()),
            "last": last.map(|t| t.for_people()),
            "minutes": minutes.iter().map(|i| i.end - i.first).sum::<u32>(),
            "most": minutes.iter().map(|i| i.value).max(),
        })
    });
    rows.map(blank_nulls).collect()
}

fn outage_row(o: &OutageView, window: Window) -> Value {
    let asns = |asns: &[Asn]| {
        let names: Vec<String> = asns
            .iter()
            .take(MAX_ASNS)
            .map(|a| format!("AS{a}"))
            .collect();
        match asns.len() {
            0..=MAX_ASNS => names.join(" "),
            n => format!("{} and {} more", names.join(" "), n - MAX_ASNS),
        }
    };
    let uncertainty = |seconds: Option<i64>| {
        let seconds = seconds.filter(|&s| s > 0)?;
        Some(format!("or up to {} earlier", duration(seconds)))
    };
    let before = o
        .began_before(window)
        .then(|| "before the window".to_owned());
    let start_notes: Vec<String> = before
        .into_iter()
        .chain(uncertainty(o.start_uncertainty_s))
        .collect();
    let lasted = duration(o.duration_s);
    let (end_note, lasted) = match o.end_kind {
        EndKind::Back => (uncertainty(o.end_uncertainty_s), lasted),
        EndKind::Window => (
            Some("not back in the window".to_owned()),
            format!("at least {lasted}"),
        ),
        EndKind::Unknown => (
            Some("nothing known after".to_owned()),
            format!("at least {lasted}"),
        ),
    };
    blank_nulls(json!({
        "event": o.event, "scope": o.scope.label(), "entity": o.entity, "family": o.family.label(),
        "start": second(o.start), "start_notes": start_notes,
        "end": second(o.end), "end_note": end_note,
        "duration_s": o.duration_s, "lasted": lasted,
        "known": (o.down_s < o.duration_s).then(|| format!("{} of it known", duration(o.down_s))),
        "depth": percent(o.depth), "depth_v": o.depth,
        "common_as": o.common_as.map(|a| format!("AS{a}")),
        "before": asns(&o.upstreams_before), "after": asns(&o.upstreams_after),
        "others": asns(&o.other_origins), "stuck": asns(&o.stuck),
    }))
}

fn events_caption(view: &RunView, losses: usize) -> String {
    let seconds = match view.manifest.study.reconstruction {
        true => "; the seconds are invented",
        false => "",
    };
    let order = match losses {
        1 => "",
        _ => ", the largest first: the one with the most prefix-seconds lost",
    };
    let caption = format!("{}{order}{seconds}", counted(losses, "loss", "losses"));
    cut_caption(losses, caption, "events.csv")
}

fn outages_caption(outages: usize) -> String {
    match outages {
        0 => "No outage of an AS or a prefix.".to_owned(),
        n if n > MAX_ROWS => format!(
            "The first {MAX_ROWS} of {n} outages, in the order of the losses above; outages.csv has all"
        ),
        n => format!(
            "{}, in the order of the losses above",
            counted(n, "outage", "outages")
        ),
    }
}

fn peer_row(p: &PeerView) -> Value {
    let full_feed = match p.is_full_feed {
        true => "yes".to_owned(),
        false => format!("no: {}", p.reason),
    };
    blank_nulls(json!({
        "collector": p.collector, "asn": p.asn, "ip": p.ip, "family": p.family.label(),
        "full_feed": full_feed, "table_size": p.table_size,
        "sessions_lost": p.sessions_lost, "unknown": p.seconds_unknown,
        "mismatch": format!("{} / {}", p.rib_added, p.rib_removed), "stuck": p.stuck_prefixes,
        "clock": p.clock_offset_s,
    }))
}

fn peers_caption(peers: &[PeerView]) -> String {
    let counted = peers.iter().filter(|p| p.is_full_feed).count();
    let caption = format!("{counted} of {} sessions are counted", peers.len());
    cut_caption(peers.len(), caption, "peers.csv")
}

fn file_row(f: &FileView) -> Value {
    blank_nulls(json!({
        "collector": f.collector, "kind": f.kind, "start": second(f.start),
        "state": if f.is_present { "present" } else { "missing" },
        "bytes": f.bytes, "records": f.records,
        "problem": format!("{} {}", f.flags, f.problem).trim(), "url": f.url, "sha256": f.sha256,
    }))
}

fn files_caption(view: &RunView) -> String {
    let all = view.file_count;
    let problems = view.files.iter().filter(|f| f.has_problem()).count();
    let caption = format!(
        "{}, {problems} of them with a problem or a flag",
        counted(all, "file", "files")
    );
    cut_caption(all, caption, "files.csv")
}

/// A caption that says where the other rows are, if the report does not have all of them.
fn cut_caption(rows: usize, caption: String, table: &str) -> String {
    match rows > MAX_ROWS {
        true => format!("{caption}; the first {MAX_ROWS} are here, {table} has all"),
        false => caption,
    }
}

fn limits(study: &Study) -> Vec<String> {
    let mut limits = vec![
        "The control plane only: a route can stand while its hosts are down, and hosts can be reached by a route that is not watched.".to_owned(),
        "Visibility is that of the networks that feed the collectors: few in some parts of the world, and none of them is your users’ network.".to_owned(),
        "Unknown is not down: where sessions were lost, files are missing or records are damaged, nothing is concluded.".to_owned(),
        "Covering routes are known only as far as some peer announced them within the files that were read.".to_owned(),
    ];
    if study.reconstruction {
        limits.insert(
            0,
            "This is a RECONSTRUCTION from published times: it measures nothing.".to_owned(),
        );
    }
    if study.rules.profile == Profile::Ioda {
        limits.push("IODA’s numbers are beside ours in the table `ioda`: it counts five-minute bins of /24s that at least half of the peers with 400,000 IPv4 routes see, and alerts against a median of the day before; starts and ends here come from single updates, to the second, and keep the unknown apart.".to_owned());
    }
    limits
}

/// The command that asks the same question again.
fn command(study: &Study) -> String {
    let selection = &study.selection;
    let rules = &study.rules;
    let window = study.window;
    let mut words = vec!["dropline run".to_owned()];
    words.extend(selection.country.iter().map(|c| format!("--country {c}")));
    words.extend(selection.asns.iter().map(|a| format!("--asn {a}")));
    words.extend(selection.prefixes.iter().map(|p| format!("--prefix {p}")));
    words.push(format!("--from {} --to {}", window.from, window.to));
    let collectors = study.collectors.iter();
    words.extend(collectors.map(|c| format!("--collector {}", c.name())));
    words.push(format!("--full-feed {}", rules.full_feed));
    let baseline = rules.baseline_at.iter();
    words.extend(baseline.map(|at| format!("--baseline-at {at}")));
    words.push("-o out".to_owned());
    words.join(" ")
}
