//! The summary of a run as text: for a terminal, and as Markdown.
//!
//! The parts ([`heading`], [`curves`], [`outages`]) are lines for a page of a given layout.
//! `dropline show` prints them all, `dropline run` prints them with what only the run itself knows.

use super::RunView;
use super::sparkline::sparkline;
use super::summary::{self, Curve, OutageWords};
use super::text_table::{self, ColumnNeed};
use super::words::{CONTROL_PLANE, RECONSTRUCTION, escaped_controls};

const HEAD: [(&str, ColumnNeed); 6] = [
    ("down", ColumnNeed::Required),
    ("from, UTC", ColumnNeed::Required),
    ("to", ColumnNeed::Optional),
    ("lasted", ColumnNeed::Required),
    ("depth", ColumnNeed::Required),
    ("behind", ColumnNeed::Optional),
];
/// Length of a sparkline where the width of the page is unknown.
const DEFAULT_SPARKLINE: usize = 60;
/// At most so many outages are listed; the table has all.
const MAX_OUTAGES: usize = 20;

/// Whether headings are emphasised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emphasis {
    /// With no control sequence at all.
    None,
    /// Bold, by ANSI control sequences.
    Bold,
}

/// The page that text is laid out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextLayout {
    /// Characters in a line; `None` where lines are not broken.
    pub(crate) width: Option<usize>,
    /// How headings look.
    pub(crate) emphasis: Emphasis,
}

impl TextLayout {
    /// Text as it stands, its lines never broken.
    pub(crate) const UNBROKEN: Self = Self {
        width: None,
        emphasis: Emphasis::None,
    };

    fn emphasised(self, line: &str) -> String {
        match self.emphasis {
            Emphasis::Bold => format!("\u{1b}[1m{line}\u{1b}[0m"),
            Emphasis::None => line.to_owned(),
        }
    }

    /// Lines that are broken between words; a word longer than the width stays whole.
    pub(crate) fn wrapped(self, text: &str) -> Vec<String> {
        let width = self.width.unwrap_or(usize::MAX);
        let mut lines = vec![String::new()];
        // Titles are foreign text.
        for word in escaped_controls(text).split_whitespace() {
            let length = lines.last().map_or(0, |l| l.chars().count());
            if length > 0 && length + 1 + word.chars().count() > width {
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
}

/// All of the summary, for a terminal.
pub(crate) fn page(view: &RunView, layout: TextLayout) -> String {
    let mut lines = heading(view, layout);
    lines.push(String::new());
    lines.extend(curves(view, layout));
    lines.extend(outages(view, layout));
    lines.push(String::new());
    for note in summary::notes(view) {
        lines.extend(layout.wrapped(&note));
    }
    lines.extend(layout.wrapped(CONTROL_PLANE));
    lines.join("\n") + "\n"
}

/// The title, and what was seen from where.
pub(crate) fn heading(view: &RunView, layout: TextLayout) -> Vec<String> {
    let mut titles = layout.wrapped(&summary::title(view));
    if view.manifest.study.reconstruction {
        titles.extend(layout.wrapped(RECONSTRUCTION));
    }
    let mut lines: Vec<String> = titles.iter().map(|l| layout.emphasised(l)).collect();
    lines.extend(layout.wrapped(&summary::scope(view)));
    lines
}

/// The outages as a table, or why there are none.
pub(crate) fn outages(view: &RunView, layout: TextLayout) -> Vec<String> {
    let (rows, left_out) = rows(view);
    if rows.is_empty() {
        return layout.wrapped(summary::no_outage(view));
    }
    let width = layout.width.unwrap_or(usize::MAX);
    let mut lines = text_table::fit(&HEAD, &rows, width);
    if let Some(head) = lines.first_mut() {
        *head = layout.emphasised(head);
    }
    if left_out > 0 {
        lines.push(format!("and {left_out} more in outages.csv"));
    }
    lines
}

/// All of the summary, as Markdown.
pub(crate) fn markdown(view: &RunView) -> String {
    let mut lines = vec![
        format!("# {}", escaped(&summary::title(view))),
        String::new(),
    ];
    if view.manifest.study.reconstruction {
        lines.extend([format!("**{RECONSTRUCTION}**"), String::new()]);
    }
    lines.extend([escaped(&summary::scope(view)), String::new()]);
    let curves = curves(view, TextLayout::UNBROKEN);
    if !curves.is_empty() {
        lines.push("```text".to_owned());
        lines.extend(curves.into_iter().filter(|l| !l.is_empty()));
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
    let more = outages.len().saturating_sub(MAX_OUTAGES);
    let shown = outages.into_iter().take(MAX_OUTAGES);
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

/// A sparkline per curve, and an empty line after the last.
pub(crate) fn curves(view: &RunView, layout: TextLayout) -> Vec<String> {
    let (curves, left_out) = summary::curves(view);
    let lengths = curves.iter().map(|c| c.name.chars().count());
    let name = lengths.max().unwrap_or(0);
    let room = match layout.width {
        None => DEFAULT_SPARKLINE,
        Some(width) => width.saturating_sub(name + 1).max(1),
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

/// Escapes what Markdown would interpret.
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
