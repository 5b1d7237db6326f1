//! `dropline locate` and `dropline fetch`.

use super::downloads::Downloads;
use super::{Failure, Outcome, Printer, args, data, network, question, select};
use dropline::locate::{self, Candidate, Holdings, Known};
use dropline::model::archive::{FileKind, ListingSource};
use dropline::model::day::Day;
use dropline::model::time::{Timestamp, Window};
use dropline::pipeline::supply::{self, Plan};
use indicatif::HumanBytes;
use std::fmt::Write;

/// Prints what would be fetched.
pub fn locate(args: &args::Files, printer: Printer) -> Result<Outcome, Failure> {
    let span = question::span(args)?;
    let fetcher = network::fetcher(&args.network)?;
    let locator = network::locator(&args.network, &fetcher);
    let plans = supply::plan(&locator, &span.collectors, span.window, span.lookback);
    network::tell(&locator, printer);
    let plans = plans.map_err(|e| network::supply_failure(e, &fetcher))?;
    let mut csv = "collector,kind,start,end,url,bytes,state\n".to_owned();
    let mut is_whole = true;
    for plan in &plans {
        let state = |file: &Candidate| match fetcher.cache().path(&file.place) {
            Ok(path) if path.is_file() => "cached",
            _ => file.known.label(),
        };
        for file in &plan.files {
            let bytes = file.bytes.map(|n| n.to_string()).unwrap_or_default();
            let url = file.urls.first().cloned().unwrap_or_else(|| file.url());
            line(&mut csv, file, &url, &bytes, state(file));
        }
        let gaps = gaps(plan, span.window, &|file| state(file) == "cached");
        for (from, to) in &gaps {
            let collector = &plan.collector;
            let _ = writeln!(csv, "{collector},updates,{from},{to},,,gap");
            let lists = match plan.listing_source {
                ListingSource::Cache => "the cache has",
                _ => "the broker lists",
            };
            printer.say(format_args!(
                "warning: {collector}: {lists} no updates from {from} to {to}"
            ));
            is_whole = false;
        }
        printer.say(summary(plan, &state));
    }
    let all = plans.iter().flat_map(|p| &p.files);
    let (n, bytes) = (all.clone().count(), all.filter_map(|f| f.bytes).sum());
    let bytes = HumanBytes(bytes);
    printer.say(format_args!(
        "in all {n} files, {bytes} as far as sizes are known"
    ));
    data(&csv)?;
    Ok(match is_whole {
        true => Outcome::Done,
        false => Outcome::Incomplete,
    })
}

fn line(csv: &mut String, file: &Candidate, url: &str, bytes: &str, state: &str) {
    let (collector, kind) = (&file.collector, file.kind.label());
    let (start, end) = (file.start, file.end());
    let url = quoted(url);
    let _ = writeln!(
        csv,
        "{collector},{kind},{start},{end},{url},{bytes},{state}"
    );
}

/// What is known to be missing: where somebody listed files, and these leave gaps.
fn gaps(
    plan: &Plan,
    window: Window,
    is_cached: &dyn Fn(&Candidate) -> bool,
) -> Vec<(Timestamp, Timestamp)> {
    let is = |f: &&Candidate, kind| f.kind == kind && f.known == Known::Listed;
    let listed: Vec<(Timestamp, Timestamp)> = plan
        .files
        .iter()
        .filter(|f| {
            is(f, FileKind::Updates)
                && (plan.listing_source != ListingSource::Cache || is_cached(f))
        })
        .map(|f| (f.start, f.end()))
        .collect();
    if listed.is_empty() && plan.listing_source != ListingSource::Cache {
        return Vec::new();
    }
    let rib = plan
        .files
        .iter()
        .rfind(|f| f.kind == FileKind::Rib && f.start <= window.from);
    let start = rib.map_or(window.from, |rib| rib.start);
    let gaps = locate::gaps(&plan.collector, &listed, &[], start, window.to);
    gaps.into_iter().map(|h| (h.from, h.to)).collect()
}

fn summary(plan: &Plan, state: &dyn Fn(&Candidate) -> &'static str) -> String {
    let count = |kind| plan.files.iter().filter(|f| f.kind == kind).count();
    let files = |n, what| match n {
        1 => format!("1 {what} file"),
        n => format!("{n} {what} files"),
    };
    let ribs = files(count(FileKind::Rib), "RIB");
    let updates = files(count(FileKind::Updates), "update");
    let cached = plan.files.iter().filter(|f| state(f) == "cached").count();
    let bytes = HumanBytes(plan.files.iter().filter_map(|f| f.bytes).sum());
    let (collector, way) = (&plan.collector, plan.listing_source.label());
    format!("{collector}: {ribs} and {updates}, {bytes}, found by {way}; {cached} in the cache")
}

/// Fills the cache, and prints what it has.
pub fn fetch(args: &args::Files, printer: Printer) -> Result<Outcome, Failure> {
    let span = question::span(args)?;
    if span.selection.country.is_some() {
        // The registries' statistics belong to what a later run needs.
        let sources = select::Sources {
            registries: &args.registries,
            fetcher: &|| network::fetcher(&args.network),
        };
        let day = Day::of(span.window.from);
        let list = select::list(&span.selection, Some(day), &sources, printer)?;
        let read = list.consulted().iter().filter(|c| c.day.is_some());
        printer.say(format_args!(
            "the statistics of {} registries",
            read.count()
        ));
    }
    let fetcher = network::fetcher(&args.network)?;
    let locator = network::locator(&args.network, &fetcher);
    let downloads = Downloads::new(printer);
    let (collectors, window) = (&span.collectors, span.window);
    let held = supply::fetched(
        &fetcher,
        &locator,
        collectors,
        window,
        span.lookback,
        &downloads,
    );
    downloads.finish();
    network::tell(&locator, printer);
    let held = held.map_err(|e| network::supply_failure(e, &fetcher))?;
    let mut csv =
        "collector,kind,start,url,state,path,bytes,sha256,fetched_from,problem\n".to_owned();
    let mut is_whole = true;
    for of in &held {
        for file in of.ribs.iter().chain(&of.updates) {
            let record = fetcher.cache().record(&file.path);
            let (bytes, sha256) = record.map_or((String::new(), String::new()), |r| {
                (r.bytes.to_string(), r.sha256)
            });
            let from = quoted(file.fetched_from.as_deref().unwrap_or_default());
            let path = quoted(&file.path.display().to_string());
            let (collector, kind, start, url) = (
                &file.collector,
                file.kind.label(),
                file.start,
                quoted(&locate::url_of(file)),
            );
            let _ = writeln!(
                csv,
                "{collector},{kind},{start},{url},present,{path},{bytes},{sha256},{from},"
            );
        }
        is_whole &= missing(of, window, &mut csv, printer);
    }
    if let Some(said) = downloads.said() {
        printer.say(said);
    }
    data(&csv)?;
    Ok(match is_whole {
        true => Outcome::Done,
        false => Outcome::Incomplete,
    })
}

/// Prints what could not be had; whether that is nothing.
fn missing(held: &Holdings, window: Window, csv: &mut String, printer: Printer) -> bool {
    let collector = &held.collector;
    let rib = held.ribs.iter().rfind(|f| f.start <= window.from);
    let start = rib.map_or(window.from, |rib| rib.start);
    let spans: Vec<_> = held.updates.iter().map(|f| (f.start, f.end)).collect();
    let gaps = locate::gaps(collector, &spans, &held.missing, start, window.to);
    for gap in &gaps {
        let (from, to) = (gap.from, gap.to);
        printer.say(format_args!(
            "warning: {collector}: no updates from {from} to {to}"
        ));
    }
    let reason = |kind, start| {
        let known = held
            .missing
            .iter()
            .find(|l| (l.kind, l.start) == (kind, start));
        known.and_then(|l| l.reason.clone())
    };
    let expected = gaps.iter().flat_map(|h| &h.expected);
    let mut rows: Vec<(FileKind, Timestamp, String)> = expected
        .map(|(start, url)| (FileKind::Updates, *start, url.clone()))
        .collect();
    for file in held.missing.iter().filter(|l| l.reason.is_some()) {
        if !rows.iter().any(|r| (r.0, r.1) == (file.kind, file.start)) {
            rows.push((file.kind, file.start, file.url.clone()));
        }
    }
    rows.sort();
    for (kind, start, url) in &rows {
        let problem = reason(*kind, *start).unwrap_or_default();
        let (kind, url, problem) = (kind.label(), quoted(url), quoted(&problem));
        let _ = writeln!(
            csv,
            "{collector},{kind},{start},{url},missing,,,,,{problem}"
        );
    }
    if rib.is_none() {
        let from = window.from;
        printer.say(format_args!(
            "warning: {collector}: no RIB at or before {from}"
        ));
    }
    rows.is_empty()
}

/// A cell as CSV wants it.
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}
