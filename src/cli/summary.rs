//! What `run` prints when it is done: the summary of its folder, and what only the run itself knows.

use super::printer::Printer;
use super::{ioda, terminal};
use crate::model::peer::Project;
use crate::replay::input::{CollectorData, Role};
use crate::study::FeedRule;
use crate::view::story::Story;
use crate::view::words::CONTROL_PLANE;
use crate::view::{RunView, summary, text};
use crate::write::Findings;
use crate::write::Written;
use crate::write::tables::files::problem;
use std::collections::BTreeMap;
use std::path::Path;

const MAX_PROBLEMS: usize = 5;

/// Lines of the summary that are not read back from the folder.
pub(crate) struct RunNotes {
    /// Of collectors without a RIB, and of flags that have no effect without one.
    without_rib: Vec<String>,
    /// How IODA's rules judge the same time.
    ioda: Vec<String>,
    /// Of gaps, files and blocks, and what was written.
    rest: Vec<String>,
}

impl RunNotes {
    pub(crate) fn new(findings: &Findings, written: &[Written], dir: &Path) -> Self {
        let study = &findings.study;
        let mut rest = problems(findings);
        for block in &study.selection.prefixes {
            if !findings.prefixes.iter().any(|p| block.contains(*p)) {
                rest.push(format!(
                    "no RIB or update mentions {block} or a prefix inside it"
                ));
            }
        }
        let prefixes = written.iter().filter(|w| w.name.starts_with("prefixes."));
        let rows = prefixes.map(|w| w.rows).max().unwrap_or(0);
        rest.push(format!(
            "{rows} rows in prefixes, {} changes in transitions: `{}`",
            findings.transitions.len(),
            dir.display()
        ));
        Self {
            without_rib: without_rib(findings, study.rules.full_feed)
                .into_iter()
                .chain(idle_silence(findings).map(str::to_owned))
                .collect(),
            ioda: ioda::comparison(findings),
            rest,
        }
    }

    /// Prints the summary, with these notes where they belong.
    pub(crate) fn print(&self, view: &RunView, printer: Printer) {
        let layout = terminal::stderr_layout();
        let wrapped = |lines: &[String]| -> Vec<String> {
            lines.iter().flat_map(|l| layout.wrapped(l)).collect()
        };
        let published = summary::published_lines(view);
        let mut lines = text::heading(view, layout);
        lines.extend(wrapped(&self.without_rib));
        let story = Story::of(view);
        lines.push(String::new());
        lines.extend(text::story(&story, layout));
        lines.push(String::new());
        lines.extend(text::curves(view, layout));
        lines.extend(text::tables(view, layout));
        lines.extend(text::notes(&story, layout));
        lines.extend(self.ioda.iter().cloned());
        lines.extend(wrapped(&published));
        lines.extend(wrapped(&self.rest));
        lines.extend(layout.wrapped(CONTROL_PLANE));
        for line in lines {
            printer.say(line);
        }
    }
}

fn without_rib(findings: &Findings, rule: FeedRule) -> Vec<String> {
    let without = findings.collectors.iter();
    let without = without.filter(|data| data.with_role(Role::StartRib).next().is_none());
    let line = |data: &CollectorData| match rule {
        FeedRule::All => format!(
            "{}: no RIB, so a route is unknown until a peer announces or withdraws it",
            data.collector
        ),
        _ => format!(
            "{}: no RIB, so none of its peers counts until a later RIB lists it",
            data.collector
        ),
    };
    without.map(line).collect()
}

/// Why a length of silence that was asked for changes nothing, where that is so.
fn idle_silence(findings: &Findings) -> Option<&'static str> {
    let rules = &findings.study.rules;
    rules.silence?;
    let mut peers = findings.peers.iter();
    if !peers.any(|peer| peer.is_judged_by_silence(rules)) {
        return Some(
            "note: `--silence` has no effect in this run: silence is judged only of peers that a RIB lists, and no RIB lists a peer that counts",
        );
    }
    let mut collectors = findings.collectors.iter();
    let is_route_views = |data: &CollectorData| data.collector.project() == Project::RouteViews;
    let is_judged = collectors.any(is_route_views);
    (!is_judged).then_some(
        "note: `--silence` has no effect in this run: silence is judged only at collectors of RouteViews, since those of RIS record what becomes of sessions",
    )
}

/// Gaps, missing files, and files with problems.
fn problems(findings: &Findings) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for data in &findings.collectors {
        for gap in &data.gaps {
            let (from, to) = (gap.from, gap.to);
            lines.push(format!(
                "warning: {}: no updates from {from} to {to}",
                data.collector
            ));
        }
        lines.extend(unavailable(data));
        for file in &data.files {
            if let Some(problem) = problem(file) {
                let path = file.file.path.display();
                lines.push(format!("warning: `{path}`: {problem}"));
            } else if file.role == Role::UnusableRib {
                let path = file.file.path.display();
                let found = file.contents();
                let why = match (found.lists_anything(), found.first) {
                    (true, Some(first)) => format!("its first record is of {first}"),
                    _ => "lists no route".to_owned(),
                };
                lines.push(format!("warning: `{path}`: {why}, so it is not used"));
            }
        }
    }
    if lines.len() > MAX_PROBLEMS {
        let left_out = lines.len() - MAX_PROBLEMS;
        lines.truncate(MAX_PROBLEMS);
        lines.push(format!("and {left_out} more in files.csv"));
    }
    lines
}

/// The files that are unavailable for a known reason, a line per reason.
fn unavailable(data: &CollectorData) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for file in &data.missing {
        if let Some(reason) = &file.reason {
            by_reason.entry(reason).or_insert((&file.url, 0)).1 += 1;
        }
    }
    let line = |(reason, (url, n)): (&str, (&str, usize))| match n {
        1 => format!("warning: `{url}` is unavailable: {reason}"),
        n => format!("warning: {n} files are unavailable, the first `{url}`: {reason}"),
    };
    by_reason.into_iter().map(line).collect()
}
