//! `dropline locate`: the archive files that a question needs, without fetching any.

use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::print_data;
use crate::cli::printer::Printer;
use crate::cli::{args, network, question};
use crate::locate::{self, Candidate, Known};
use crate::model::archive::{FileKind, ListingSource};
use crate::model::time::{Timestamp, Window};
use crate::pipeline::acquire::{self, FetchPlan};
use crate::write::csv;
use indicatif::HumanBytes;

const COLUMNS: [&str; 7] = ["collector", "kind", "start", "end", "url", "bytes", "state"];

/// Prints the files that `fetch` would fetch, and the gaps that are known.
pub(crate) fn locate(args: &args::FilesArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    let span = question::check_files(args)?;
    let fetcher = network::fetcher(&args.network)?;
    let locator = network::locator(&args.network, &fetcher);
    let plans = acquire::plan(&locator, &span.collectors, span.window, span.lookback);
    network::print_warnings(&locator, printer);
    let plans = plans?;
    let mut rows: Vec<[String; 7]> = Vec::new();
    let mut is_whole = true;
    for plan in &plans {
        let state = |file: &Candidate| match fetcher.cache().path(&file.cache_path) {
            Ok(path) if path.is_file() => "cached",
            _ => file.known.label(),
        };
        for file in &plan.files {
            rows.push(row(file, state(file)));
        }
        let gaps = gaps(plan, span.window, &|file| state(file) == "cached");
        for (from, to) in &gaps {
            let collector = &plan.collector;
            rows.push([
                collector.to_string(),
                FileKind::Updates.label().to_owned(),
                from.to_string(),
                to.to_string(),
                String::new(),
                String::new(),
                "gap".to_owned(),
            ]);
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
        "{n} files in all, {bytes} as far as sizes are known"
    ));
    print_data(&csv::text(&COLUMNS, &rows))?;
    Ok(match is_whole {
        true => ExitStatus::Done,
        false => ExitStatus::Incomplete,
    })
}

fn row(file: &Candidate, state: &str) -> [String; 7] {
    [
        file.collector.to_string(),
        file.kind.label().to_owned(),
        file.start.to_string(),
        file.end().to_string(),
        file.urls.first().cloned().unwrap_or_else(|| file.url()),
        file.bytes.map(|n| n.to_string()).unwrap_or_default(),
        state.to_owned(),
    ]
}

/// The gaps that are known before fetching: where a broker or the cache lists files, and these leave
/// some.
fn gaps(
    plan: &FetchPlan,
    window: Window,
    is_cached: &dyn Fn(&Candidate) -> bool,
) -> Vec<(Timestamp, Timestamp)> {
    let listed: Vec<(Timestamp, Timestamp)> = plan
        .files
        .iter()
        .filter(|f| {
            (f.kind.is_updates() && f.known == Known::Listed)
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
        .rfind(|f| f.kind.is_table_dump() && f.start <= window.from);
    let start = rib.map_or(window.from, |rib| rib.start);
    let gaps = locate::gaps(&plan.collector, &listed, &[], start, window.to);
    gaps.into_iter().map(|gap| (gap.from, gap.to)).collect()
}

fn summary(plan: &FetchPlan, state: &dyn Fn(&Candidate) -> &'static str) -> String {
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
