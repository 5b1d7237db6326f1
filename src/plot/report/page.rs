//! The texts and tables of the report, as its template takes them.

use super::data::{COLOURS, Figures, colour};
use super::published::published;
use super::words::{lasted, percent, plural, sentence, stamp, sure};
use crate::detect::Scope;
use crate::model::net::Asn;
use crate::model::time::SECOND;
use crate::model::visibility::Status;
use crate::study::{Profile, feed_rule_text};
use crate::view::headline::Headline;
use crate::view::{LossView, OutageView, PrefixSeries, RunView};
use serde_json::{Value, json};

/// So many rows of a table are in the report; the rest is in the tables of the run.
const MOST: usize = 800;
const MOST_ORDERS: usize = 20;
const MOST_LOSSES: usize = 100;

pub(super) fn page(view: &RunView, figures: &Figures) -> Value {
    let manifest = &view.manifest;
    let study = &manifest.study;
    let window = study.window;
    let headline = Headline::of(view);
    let rows = &view.prefixes[..figures.rows];
    let total = manifest.prefixes.len();
    let title = study.title.clone().unwrap_or_else(|| {
        format!(
            "{} to {} UTC",
            window.from.for_people(),
            window.to.for_people()
        )
    });
    let left_out = match total - rows.len() {
        0 => String::new(),
        n => format!(
            "{n} of {total} prefixes have no row here, for want of room. All are in the table `prefixes`."
        ),
    };
    let legend = view.upstreams.iter().take(COLOURS).enumerate();
    let mut legend: Vec<Value> = legend
        .map(|(place, line)| json!({"colour": place, "name": format!("AS{}", line.upstream)}))
        .collect();
    if view.upstreams.len() > COLOURS || rows.iter().any(|row| row.via.is_empty()) {
        legend.push(json!({"colour": COLOURS, "name": "other upstreams, or none"}));
    }
    let mut outages: Vec<&OutageView> = view.outages.iter().collect();
    outages.sort_by_key(|o| (o.scope, std::cmp::Reverse(o.duration_s), o.start));
    let with_losses = outages.iter().filter(|o| !o.losses.is_empty());
    let orders: Vec<&&OutageView> = with_losses.collect();
    let peers = &view.peers;
    let mut files: Vec<_> = view.files.iter().collect();
    files.sort_by_key(|f| !f.has_problem());
    let counted = peers.iter().filter(|p| p.is_full_feed).count();
    let troubled = files.iter().filter(|f| f.has_problem()).count();
    let file_count = view.file_count;
    let run = &view.run_sha256;
    let collectors: Vec<&str> = study.collectors.iter().map(|c| c.name()).collect();
    json!({
        "version": manifest.dropline,
        "title": title,
        "reconstruction": study.reconstruction,
        "headline": sentence(&headline),
        "sure": sure(view, &headline),
        "note": study.note.as_deref().map(paragraphs),
        "facts": [
            {"name": "Window (UTC)", "value": format!("{} to {}", window.from.for_people(), window.to.for_people())},
            {"name": "Prefixes watched", "value": total.to_string()},
            {"name": "Vantage ASes, at most", "value": view.vantage_ases().to_string()},
            {"name": "Collectors", "value": collectors.join(", ")},
            {"name": "Outages", "value": view.outages.len().to_string()},
            {"name": "Holes", "value": manifest.holes.len().to_string()},
        ],
        "has_outages": !view.outages.is_empty(),
        "lines_left": figures.lines_left,
        "line_step": figures.line_step,
        "via_step": figures.via_step,
        "raster_said": format!(
            "A row for each of {}, a column for each of {} minutes, coloured by the upstream that most \
             vantage ASes had. Where several minutes share a pixel, the worst of them is drawn.",
            plural(rows.len(), "prefix", "prefixes"), view.minute_count()
        ),
        "legend": legend,
        "rows": rows.iter().map(|r| json!({"prefix": r.prefix, "said": said(r)})).collect::<Vec<_>>(),
        "minutes": view.minute_count(),
        "left_out": left_out,
        "orders": orders.iter().take(MOST_ORDERS).map(|o| order(o)).collect::<Vec<_>>(),
        "orders_left": orders.len().saturating_sub(MOST_ORDERS),
        "upstreams": upstreams(view),
        "upstreams_left": view.upstreams.len().saturating_sub(MOST),
        "outages": outages.iter().take(MOST).map(|o| outage(view, o)).collect::<Vec<_>>(),
        "outages_said": match outages.len() {
            0 => sentence(&headline),
            n if n > MOST => format!("The first {MOST} of {n} outages: countries and ASes, then the longest; the rest is in outages.csv"),
            n => plural(n, "outage", "outages"),
        },
        "published": published(view),
        "peers": peers.iter().take(MOST).map(|p| json!({
            "collector": p.collector, "asn": p.asn, "ip": p.ip, "family": p.family.label(),
            "counts": if p.is_full_feed { "yes".to_owned() } else { format!("no: {}", p.reason) },
            "table_size": p.table_size, "sessions_lost": p.sessions_lost, "unknown": p.seconds_unknown,
            "mismatch": format!("{} / {}", p.rib_added, p.rib_removed), "stuck": p.stuck_prefixes,
            "clock": p.clock_offset_s,
        })).map(blank).collect::<Vec<_>>(),
        "peers_said": cut(peers.len(), format!("{} of {} sessions count", counted, peers.len()), "peers.csv"),
        "holes": manifest.holes.iter().take(MOST).map(|(collector, hole)| json!({
            "collector": collector.name(), "from": stamp(hole.from), "to": stamp(hole.to),
        })).collect::<Vec<_>>(),
        "files": files.iter().take(MOST).map(|f| json!({
            "collector": f.collector, "kind": f.kind, "start": stamp(f.start),
            "state": if f.is_present { "present" } else { "missing" },
            "bytes": f.bytes, "records": f.records,
            "problem": format!("{} {}", f.flags, f.problem).trim(), "url": f.url, "sha256": f.sha256,
        })).map(blank).collect::<Vec<_>>(),
        "files_said": cut(file_count, format!("{}, {troubled} of them with a problem or a flag", plural(file_count, "file", "files")), "files.csv"),
        "limits": limits(view),
        "min_vantage": study.rules.min_vantage,
        "citation": format!(
            "dropline {}, on update files and RIBs of {} from {} to {} UTC, full feed by `{}`; run.json SHA-256 {run}",
            manifest.dropline, collectors.join(", "), window.from.for_people(), window.to.for_people(),
            feed_rule_text(study.rules.full_feed)
        ),
        "command": command(view),
        "run_sha256": run,
        "inputs_sha256": view.inputs_sha256,
        "rules": format!(
            "full feed: {}; at least {} vantage ASes known; baseline at {} UTC",
            feed_rule_text(study.rules.full_feed), study.rules.min_vantage,
            stamp(study.rules.baseline_at.unwrap_or(window.from))
        ),
        "sources": study.sources,
    })
}

/// Nothing is an empty cell.
pub(super) fn blank(mut row: Value) -> Value {
    for cell in row.as_object_mut().into_iter().flatten() {
        if cell.1.is_null() {
            *cell.1 = json!("");
        }
    }
    row
}

fn cut(rows: usize, said: String, table: &str) -> String {
    match rows > MOST {
        true => format!("{said}; the first {MOST} are here, all are in {table}"),
        false => said,
    }
}

/// A row of the raster in words: minutes by status.
fn said(row: &PrefixSeries) -> String {
    let all = [
        Status::Up,
        Status::Degraded,
        Status::Down,
        Status::Unknown,
        Status::Unseen,
    ];
    let minutes = |status| {
        let runs = row.minutes.iter().filter(|run| run.value.status == status);
        runs.map(|run| run.end - run.first).sum::<u32>()
    };
    let counted = all.map(|status| (status.label(), minutes(status)));
    let counted = counted.iter().filter(|(_, n)| *n > 0);
    let told: Vec<String> = counted
        .map(|(label, n)| format!("{n} min {label}"))
        .collect();
    told.join(", ")
}

fn order(outage: &OutageView) -> Value {
    let of = |losses: &[LossView]| {
        let first = losses.iter().map(|l| l.lost_at).min();
        let last = losses.iter().map(|l| l.lost_at).max();
        first.zip(last)
    };
    let backs = || outage.losses.iter().filter_map(|l| l.back_at);
    let (first, last) = of(&outage.losses).unwrap_or((outage.start, outage.start));
    let (back, back_last) = (backs().min(), backs().max());
    let share = |part: i64, whole: i64| match whole {
        0 => "2".to_owned(),
        _ => format!("{}", 2 + part * 96 / whole),
    };
    let losses = outage.losses.iter().take(MOST_LOSSES).map(|l| {
        let spread = last.0 - first.0;
        let after_back = l.back_at.zip(back).map(|(at, first)| at.0 - first.0);
        let back_spread = back.zip(back_last).map_or(0, |(a, b)| b.0 - a.0);
        json!({
            "position": l.position,
            "lost": match outage.scope { Scope::Prefix => format!("AS{}", l.lost), _ => l.lost.clone() },
            "at": stamp(l.lost_at),
            "after": (l.lost_at.0 - first.0) / SECOND,
            "at_share": share(l.lost_at.0 - first.0, spread),
            "back": l.back_at.map(stamp).unwrap_or_default(),
            "back_after": after_back.map(|us| (us / SECOND).to_string()).unwrap_or_default(),
            "back_share": share(after_back.unwrap_or(0), back_spread),
            "path": l.last_path,
        })
    });
    let what = match outage.scope {
        Scope::Prefix => ("vantage AS", "vantage ASes"),
        _ => ("prefix", "prefixes"),
    };
    json!({
        "entity": outage.entity,
        "start": stamp(outage.start),
        "said": format!(
            "from {} UTC: {} within {}",
            stamp(outage.start), plural(outage.losses.len(), what.0, what.1), lasted((last.0 - first.0) / SECOND)
        ),
        "what": if outage.scope == Scope::Prefix { "Vantage AS" } else { "Prefix" },
        "paths": outage.losses.iter().any(|l| !l.last_path.is_empty()),
        "losses": losses.collect::<Vec<_>>(),
        "more": outage.losses.len().saturating_sub(MOST_LOSSES),
    })
}

fn upstreams(view: &RunView) -> Vec<Value> {
    let lines = view.upstreams.iter().take(MOST).enumerate();
    let rows = lines.map(|(place, line)| {
        let first = line.minutes.first().map(|run| view.minute_start(run.first));
        let last = line
            .minutes
            .last()
            .map(|run| view.minute_start(run.end - 1));
        json!({
            "colour": colour(place),
            "name": format!("AS{}", line.upstream),
            "first": first.map(|t| t.for_people()),
            "last": last.map(|t| t.for_people()),
            "minutes": line.minutes.iter().map(|run| run.end - run.first).sum::<u32>(),
            "most": line.minutes.iter().map(|run| run.value).max(),
        })
    });
    rows.map(blank).collect()
}

fn outage(view: &RunView, o: &OutageView) -> Value {
    let window = view.manifest.study.window;
    let list = |asns: &[Asn]| {
        let names: Vec<String> = asns.iter().take(12).map(|a| format!("AS{a}")).collect();
        match asns.len() {
            0..=12 => names.join(" "),
            n => format!("{} and {} more", names.join(" "), n - 12),
        }
    };
    let doubt = |s: Option<i64>| {
        s.filter(|&s| s > 0)
            .map(|s| format!("or up to {} earlier", lasted(s)))
    };
    let end_doubt = match o.is_ongoing(window) {
        true => Some("not back in the window".to_owned()),
        false => doubt(o.end_uncertainty_s),
    };
    let start_doubt = match o.began_before() {
        true => Some("began before".to_owned()),
        false => doubt(o.start_uncertainty_s),
    };
    blank(json!({
        "scope": o.scope.label(), "entity": o.entity,
        "start": stamp(o.start), "start_doubt": start_doubt,
        "end": stamp(o.end), "end_doubt": end_doubt,
        "duration_s": o.duration_s, "lasted": lasted(o.duration_s),
        "depth": percent(o.depth), "depth_v": o.depth,
        "died": o.common_as.map(|a| format!("AS{a}")),
        "before": list(&o.upstreams_before), "after": list(&o.upstreams_after), "stuck": list(&o.stuck),
    }))
}

fn limits(view: &RunView) -> Vec<String> {
    let mut limits = vec![
        "The control plane only: a route can stand while its hosts are down, and hosts can be reached by a route that is not watched.".to_owned(),
        "Visibility is that of the networks that feed the collectors: few in some parts of the world, and none of them is your users’ network.".to_owned(),
        "Unknown is not down: nothing is said where sessions died, files are missing or records damaged.".to_owned(),
        "Covering routes are known as far as some peer spoke of them within the files that were read.".to_owned(),
    ];
    let study = &view.manifest.study;
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

/// The question as a command.
fn command(view: &RunView) -> String {
    let study = &view.manifest.study;
    let selection = &study.selection;
    let mut words = vec!["dropline run".to_owned()];
    words.extend(selection.country.iter().map(|c| format!("--country {c}")));
    words.extend(selection.asns.iter().map(|a| format!("--asn {a}")));
    words.extend(selection.prefixes.iter().map(|p| format!("--prefix {p}")));
    words.push(format!(
        "--from {} --to {}",
        study.window.from, study.window.to
    ));
    words.extend(
        study
            .collectors
            .iter()
            .map(|c| format!("--collector {}", c.name())),
    );
    words.push(format!(
        "--full-feed {}",
        feed_rule_text(study.rules.full_feed)
    ));
    words.extend(
        study
            .rules
            .baseline_at
            .map(|t| format!("--baseline-at {t}")),
    );
    words.push("-o out".to_owned());
    words.join(" ")
}

/// A text's paragraphs, which blank lines part; where it was wrapped in its file does not matter.
fn paragraphs(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let parts = lines
        .split(|line| line.is_empty())
        .filter(|p| !p.is_empty());
    parts.map(|lines| lines.join(" ")).collect()
}
