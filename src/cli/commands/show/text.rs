//! The story for eyes: on a terminal, and as Markdown.

use super::Ink;
use super::table::{self, Need};
use crate::cli::output::escaped_controls;
use crate::cli::summary::sparkline;
use crate::view::RunView;
use crate::view::summary::{self, Curve, OutageWords};
use crate::view::words::{CONTROL_PLANE, RECONSTRUCTION};

const HEAD: [(&str, Need); 6] = [
    ("down", Need::Always),
    ("from, UTC", Need::Always),
    ("to", Need::IfRoom),
    ("lasted", Need::Always),
    ("depth", Need::Always),
    ("behind", Need::IfRoom),
];
/// Sparklines of a page whose width nobody knows.
const MARKDOWN_SPARK: usize = 60;
/// So many outages are listed; the table has all.
const MOST_OUTAGES: usize = 20;

/// For a terminal so many columns wide.
pub fn terminal(view: &RunView, width: usize, ink: Ink) -> String {
    let bold = |text: &str| match ink {
        Ink::Colour => format!("\u{1b}[1m{text}\u{1b}[0m"),
        Ink::Plain => text.to_owned(),
    };
    let mut lines: Vec<String> = Vec::new();
    lines.extend(
        wrapped(&summary::title(view), width)
            .iter()
            .map(|l| bold(l)),
    );
    if view.manifest.study.reconstruction {
        lines.extend(wrapped(RECONSTRUCTION, width).iter().map(|l| bold(l)));
    }
    lines.extend(wrapped(&summary::scope(view), width));
    lines.push(String::new());
    lines.extend(sparks(view, width));
    let (rows, more) = rows(view);
    if rows.is_empty() {
        lines.extend(wrapped(summary::no_outage(view), width));
    } else {
        let mut table = table::fit(&HEAD, &rows, width).into_iter();
        lines.extend(table.next().map(|head| bold(&head)));
        lines.extend(table);
    }
    if more > 0 {
        lines.push(format!("and {more} more in outages.csv"));
    }
    lines.push(String::new());
    for note in summary::notes(view)
        .iter()
        .map(String::as_str)
        .chain([CONTROL_PLANE])
    {
        lines.extend(wrapped(note, width));
    }
    lines.join("\n") + "\n"
}

/// A page that others render.
pub fn markdown(view: &RunView) -> String {
    let mut lines = vec![
        format!("# {}", escaped(&summary::title(view))),
        String::new(),
    ];
    if view.manifest.study.reconstruction {
        lines.extend([format!("**{RECONSTRUCTION}**"), String::new()]);
    }
    lines.extend([escaped(&summary::scope(view)), String::new()]);
    let sparks = sparks(view, usize::MAX);
    if !sparks.is_empty() {
        lines.push("```text".to_owned());
        lines.extend(sparks.into_iter().filter(|l| !l.is_empty()));
        lines.extend(["```".to_owned(), String::new()]);
    }
    let (rows, more) = rows(view);
    if rows.is_empty() {
        lines.push(summary::no_outage(view).to_owned());
    } else {
        lines.push(format!("| {} |", HEAD.map(|(name, _)| name).join(" | ")));
        lines.push(format!("|{}", "---|".repeat(HEAD.len())));
        let row = |row: &Vec<String>| {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |", cells.join(" | "))
        };
        lines.extend(rows.iter().map(row));
    }
    if more > 0 {
        lines.extend([String::new(), format!("and {more} more in outages.csv")]);
    }
    lines.push(String::new());
    for note in summary::notes(view) {
        lines.push(format!("- {}", escaped(&note)));
    }
    lines.push(format!("- {CONTROL_PLANE}"));
    lines.join("\n") + "\n"
}

fn rows(view: &RunView) -> (Vec<Vec<String>>, usize) {
    let outages = summary::outages(view);
    let more = outages.len().saturating_sub(MOST_OUTAGES);
    let shown = outages.into_iter().take(MOST_OUTAGES);
    let rows = shown.map(|outage| {
        let words = OutageWords::of(outage, view);
        let OutageWords {
            entity,
            from,
            to,
            lasted,
            depth,
            common_as,
        } = words;
        vec![entity, from, to, lasted, depth, common_as]
    });
    (rows.collect(), more)
}

/// A sparkline per curve, and an empty line behind the last.
fn sparks(view: &RunView, width: usize) -> Vec<String> {
    let (curves, left_out) = summary::curves(view);
    let name = curves
        .iter()
        .map(|c| c.name.chars().count())
        .max()
        .unwrap_or(0);
    let room = match width {
        usize::MAX => MARKDOWN_SPARK,
        width => width.saturating_sub(name + 1).max(1),
    };
    let line = |curve: &Curve| format!("{:>name$} {}", curve.name, sparkline(&curve.values, room));
    let mut lines: Vec<String> = curves.iter().map(line).collect();
    if left_out > 0 {
        lines.push(format!("and {left_out} more in asns.csv"));
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Lines of at most so many characters, broken between words; a longer word stays whole.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    // Titles are of whoever wrote the question.
    for word in escaped_controls(text).split_whitespace() {
        let last = lines.last().map_or(0, |l| l.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// What Markdown would take for its own.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escaped_controls(text).replace('\n', " ").chars() {
        if matches!(c, '|' | '*' | '_' | '<' | '[' | '#') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
