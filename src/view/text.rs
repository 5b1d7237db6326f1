//! The summary of a run as text: for a terminal, and as Markdown.
//!
//! The parts ([`heading`], [`story`], [`curves`], [`tables`]) are lines for a page of a given layout.
//! `dropline show` prints them all, `dropline run` prints them with what only the run itself knows.

use super::RunView;
use super::curves::{self, Curve};
use super::rows::{self, EventRow, OutageRow};
use super::sparkline::{SHORT, sparkline, time_axis};
use super::story::Story;
use super::summary;
use super::text_table::{self, ColumnNeed};
use super::words::{CONTROL_PLANE, RECONSTRUCTION, duration, escaped_controls};

/// The head of the table of events. Where the page is narrow, what the events were behind is the last
/// to be left out.
const EVENTS: [(&str, ColumnNeed); 6] = [
    ("loss of", ColumnNeed::Required),
    ("prefixes", ColumnNeed::Optional),
    ("from, UTC", ColumnNeed::Required),
    ("to", ColumnNeed::Optional),
    ("lasted", ColumnNeed::Required),
    ("behind", ColumnNeed::Required),
];
/// The head of the table of outages.
const OUTAGES: [(&str, ColumnNeed); 6] = [
    ("down", ColumnNeed::Required),
    ("from, UTC", ColumnNeed::Required),
    ("to", ColumnNeed::Optional),
    ("lasted", ColumnNeed::Required),
    ("depth", ColumnNeed::Optional),
    ("behind", ColumnNeed::Required),
];
/// Length of a sparkline where the width of the page is unknown.
const DEFAULT_SPARKLINE: usize = 60;
/// At most so many rows of a table are listed; the run's table has all.
const MAX_ROWS: usize = 10;

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

    /// An item of a list: its first line begins with a dash, the others are indented.
    fn listed(self, text: &str) -> Vec<String> {
        let narrower = Self {
            width: self.width.map(|width| width.saturating_sub(2).max(1)),
            ..self
        };
        let lines = narrower.wrapped(text).into_iter().enumerate();
        let lines = lines.map(|(n, line)| match n {
            0 => format!("- {line}"),
            _ => format!("  {line}"),
        });
        lines.collect()
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
    let told = Story::of(view);
    let mut lines = heading(view, layout);
    lines.push(String::new());
    lines.extend(story(&told, layout));
    lines.push(String::new());
    lines.extend(curves(view, layout));
    lines.extend(tables(view, layout));
    lines.extend(notes(&told, layout));
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

/// What was found: the headline, a sentence for each of the largest losses, what these leave out and
/// what they rest on.
pub(crate) fn story(told: &Story, layout: TextLayout) -> Vec<String> {
    let headline = layout.wrapped(&told.headline).into_iter();
    let mut lines: Vec<String> = headline.map(|line| layout.emphasised(&line)).collect();
    let sentences = told.sentences.iter().map(|sentence| sentence.text.as_str());
    let rest = told.left_out.iter().chain(&told.caveats);
    for text in sentences.chain(rest.map(String::as_str)) {
        lines.extend(layout.listed(text));
    }
    lines
}

/// How certain the story is.
pub(crate) fn notes(told: &Story, layout: TextLayout) -> Vec<String> {
    let certainty = told.certainty.iter().chain(&told.sensitivity);
    certainty.flat_map(|text| layout.wrapped(text)).collect()
}

/// The losses by size, and the outages of prefixes, as tables with an empty line after each.
pub(crate) fn tables(view: &RunView, layout: TextLayout) -> Vec<String> {
    let mut lines = Vec::new();
    for table in people_tables(view) {
        let width = layout.width.unwrap_or(usize::MAX);
        let mut rows = text_table::fit(table.head, &table.rows, width);
        if let Some(head) = rows.first_mut() {
            *head = layout.emphasised(head);
        }
        lines.extend(rows);
        lines.extend(table.more);
        lines.push(String::new());
    }
    lines
}

/// A table for people.
struct PeopleTable {
    head: &'static [(&'static str, ColumnNeed)],
    rows: Vec<Vec<String>>,
    /// What is left out, and where it is.
    more: Option<String>,
}

/// The tables of the summary that have rows.
fn people_tables(view: &RunView) -> Vec<PeopleTable> {
    let events = rows::losses(view);
    let outages = rows::outages(view);
    let more = |all: usize, shown: usize, table: &str| {
        let left_out = all.saturating_sub(shown);
        (left_out > 0).then(|| format!("and {left_out} more in {table}"))
    };
    let shown = outages.iter().take(MAX_ROWS).map(|row| row.outages);
    let all = outages.iter().map(|row| row.outages);
    let mut tables = vec![
        PeopleTable {
            head: &EVENTS,
            more: more(events.len(), MAX_ROWS, "events.csv"),
            rows: events.into_iter().take(MAX_ROWS).map(event_cells).collect(),
        },
        PeopleTable {
            head: &OUTAGES,
            more: more(all.sum(), shown.sum(), "outages.csv"),
            rows: outages
                .into_iter()
                .take(MAX_ROWS)
                .map(outage_cells)
                .collect(),
        },
    ];
    tables.retain(|table| !table.rows.is_empty());
    tables
}

fn event_cells(row: EventRow) -> Vec<String> {
    let EventRow {
        entity,
        lost,
        from,
        to,
        lasted,
        behind,
    } = row;
    vec![entity, lost, from, to, lasted, behind]
}

fn outage_cells(row: OutageRow) -> Vec<String> {
    let OutageRow {
        entity,
        from,
        to,
        lasted,
        depth,
        behind,
        outages: _,
    } = row;
    vec![entity, from, to, lasted, depth, behind]
}

/// All of the summary, as Markdown.
pub(crate) fn markdown(view: &RunView) -> String {
    let told = Story::of(view);
    let mut lines = vec![
        format!("# {}", escaped(&summary::title(view))),
        String::new(),
    ];
    if view.manifest.study.reconstruction {
        lines.extend([format!("**{RECONSTRUCTION}**"), String::new()]);
    }
    lines.extend([escaped(&summary::scope(view)), String::new()]);
    lines.extend([format!("**{}.**", escaped(&told.headline)), String::new()]);
    let sentences = told.sentences.iter().map(|sentence| sentence.text.as_str());
    let rest = told.left_out.iter().chain(&told.caveats);
    for text in sentences.chain(rest.map(String::as_str)) {
        lines.push(format!("- {}.", escaped(text)));
    }
    lines.push(String::new());
    let curves = curves(view, TextLayout::UNBROKEN);
    if !curves.is_empty() {
        lines.push("```text".to_owned());
        lines.extend(curves.into_iter().filter(|l| !l.is_empty()));
        lines.extend(["```".to_owned(), String::new()]);
    }
    for table in people_tables(view) {
        let head: Vec<&str> = table.head.iter().map(|(name, _)| *name).collect();
        lines.push(format!("| {} |", head.join(" | ")));
        lines.push(format!("|{}", "---|".repeat(head.len())));
        let row = |row: &Vec<String>| {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |", cells.join(" | "))
        };
        lines.extend(table.rows.iter().map(row));
        lines.push(String::new());
        if let Some(more) = table.more {
            lines.extend([more, String::new()]);
        }
    }
    let certainty = told.certainty.iter().chain(&told.sensitivity);
    for note in certainty.chain(&summary::notes(view)) {
        lines.push(format!("- {}", escaped(note)));
    }
    lines.push(format!("- {CONTROL_PLANE}"));
    lines.join("\n") + "\n"
}

/// A sparkline per curve, the times below them, what the marks in them mean, and an empty line after
/// the last.
pub(crate) fn curves(view: &RunView, layout: TextLayout) -> Vec<String> {
    let (curves, left_out) = curves::curves(view);
    let lengths = curves.iter().map(|c| c.name.chars().count());
    let name = lengths.max().unwrap_or(0);
    let room = match layout.width {
        None => DEFAULT_SPARKLINE,
        Some(width) => width.saturating_sub(name + 1).max(1),
    };
    let line = |curve: &Curve| {
        let values: Vec<Option<f64>> = curve.values.iter().map(|v| v.map(|v| v.value)).collect();
        let sparkline = sparkline(&values, &curve.dips, room);
        format!("{:>name$} {sparkline}", curve.name)
    };
    let mut lines: Vec<String> = curves.iter().map(line).collect();
    let has_short = lines.iter().any(|line| line.contains(SHORT));
    let minutes = view.minute_count() as usize;
    if !lines.is_empty() {
        let axis = time_axis(view.minute_start(0), minutes, room);
        lines.push(format!("{:>name$} {axis}", "UTC"));
    }
    if has_short {
        let seconds = minutes as i64 * 60 / room.min(minutes).max(1) as i64;
        let length = match seconds % 60 {
            0 => format!("{} min", seconds / 60),
            _ => duration(seconds),
        };
        let text = format!("{SHORT} down for less than half of a character’s {length}");
        lines.extend(layout.wrapped(&text));
    }
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
