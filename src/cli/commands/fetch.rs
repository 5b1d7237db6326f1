//! `dropline fetch`: the archive files that a question needs, into the cache.

use crate::cli::downloads::Downloads;
use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::print_data;
use crate::cli::printer::Printer;
use crate::cli::{args, network, question, watch_list};
use crate::locate::{self, CollectorFiles};
use crate::model::archive::FileKind;
use crate::model::day::Day;
use crate::model::time::{Timestamp, Window};
use crate::pipeline::acquire;
use crate::write::csv;

const COLUMNS: [&str; 10] = [
    "collector",
    "kind",
    "start",
    "url",
    "state",
    "path",
    "bytes",
    "sha256",
    "fetched_from",
    "problem",
];

/// Fetches what a question needs, and prints what there is and what is missing.
pub(crate) fn fetch(args: &args::FilesArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    let span = question::check_files(args)?;
    if span.selection.country.is_some() {
        // The registries' statistics belong to what a later run needs.
        let day = Day::of(span.window.from);
        let (registries, network) = (&args.registries, &args.network);
        let list = watch_list::list(&span.selection, Some(day), registries, network, printer)?;
        let read = list.statistics().iter().filter(|c| c.day.is_some());
        printer.say(format_args!("statistics of {} registries", read.count()));
    }
    let fetcher = network::fetcher(&args.network)?;
    let locator = network::locator(&args.network, &fetcher);
    let downloads = Downloads::new(printer);
    let (collectors, window) = (&span.collectors, span.window);
    let held = acquire::fetched(
        &fetcher,
        &locator,
        collectors,
        window,
        span.lookback,
        &downloads,
    );
    downloads.finish();
    network::print_warnings(&locator, printer);
    let held = held?;
    let mut rows: Vec<[String; 10]> = Vec::new();
    let mut is_whole = true;
    for of in &held {
        for file in of.ribs.iter().chain(&of.updates) {
            let record = fetcher.cache().record(&file.path);
            let (bytes, sha256) = record.map_or((String::new(), String::new()), |r| {
                (r.bytes.to_string(), r.sha256)
            });
            rows.push([
                file.collector.to_string(),
                file.kind.label().to_owned(),
                file.start.to_string(),
                locate::url_of(file).into_owned(),
                "present".to_owned(),
                file.path.display().to_string(),
                bytes,
                sha256,
                file.fetched_from.as_deref().unwrap_or_default().to_owned(),
                String::new(),
            ]);
        }
        let missing = missing(of, window, printer);
        is_whole &= missing.is_empty();
        rows.extend(missing);
    }
    if let Some(summary) = downloads.summary() {
        printer.say(summary);
    }
    print_data(&csv::text(&COLUMNS, &rows))?;
    Ok(match is_whole {
        true => ExitStatus::Done,
        false => ExitStatus::Incomplete,
    })
}

/// Warns of gaps and of files that cannot be fetched, and gives a row of each such file.
fn missing(held: &CollectorFiles, window: Window, printer: Printer) -> Vec<[String; 10]> {
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
    let expected = gaps.iter().flat_map(|gap| &gap.expected);
    let mut files: Vec<(FileKind, Timestamp, &str)> = expected
        .map(|(start, url)| (FileKind::Updates, *start, url.as_str()))
        .collect();
    for file in held.missing.iter().filter(|l| l.reason.is_some()) {
        if !files.iter().any(|f| (f.0, f.1) == (file.kind, file.start)) {
            files.push((file.kind, file.start, &file.url));
        }
    }
    files.sort_unstable();
    if rib.is_none() {
        let from = window.from;
        printer.say(format_args!(
            "warning: {collector}: no RIB at or before {from}"
        ));
    }
    let row = |(kind, start, url): (FileKind, Timestamp, &str)| {
        let missing = held
            .missing
            .iter()
            .find(|l| (l.kind, l.start) == (kind, start));
        let problem = missing.and_then(|l| l.reason.clone()).unwrap_or_default();
        let [path, bytes, sha256, fetched_from] = <[String; 4]>::default();
        [
            collector.to_string(),
            kind.label().to_owned(),
            start.to_string(),
            url.to_owned(),
            "missing".to_owned(),
            path,
            bytes,
            sha256,
            fetched_from,
            problem,
        ]
    };
    files.into_iter().map(row).collect()
}
