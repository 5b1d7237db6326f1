//! The words of a run against the witness: every number, time and name in the headline and in the
//! sentences of a story must stand in the witness's table of events, `data/expected/NAME.events.csv`,
//! which dropline had no part in. So a number, a time or a name that changes in a sentence makes a
//! test here fail; what a sentence must say, it says.

#![allow(clippy::unwrap_used)]

use crate::harness::read_csv;
use crate::incidents::{DATA, names_in, run_incident};
use dropline::model::time::Timestamp;
use dropline::view::RunView;
use dropline::view::story::Story;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Row = BTreeMap<String, String>;

/// The first screen of each bundled incident.
#[test]
fn the_words_of_each_bundled_incident_are_the_witnesss() {
    let mut told = 0;
    for name in names_in("events", "events") {
        let (out, _) = run_incident(&name, &[]);
        told += assert_words(&name, out.path());
    }
    assert!(told >= 6, "{told} sentences are held to the witness");
}

/// Holds the story of a run to the witness's events; how many sentences were held to them.
pub fn assert_words(name: &str, out: &Path) -> usize {
    let events = witnessed(name, "events");
    let story = Story::of(&RunView::open(out).unwrap());
    let lost = |row: &Row| -> i64 {
        let columns = ["prefix_seconds_lost", "prefix_seconds_lost_before"];
        columns
            .iter()
            .map(|c| row[*c].parse::<i64>().unwrap())
            .sum()
    };
    let mut last = i64::MAX;
    let mut told = 0;
    for sentence in &story.sentences {
        let Some(number) = sentence.event else {
            continue;
        };
        let row = &events[number as usize - 1];
        assert!(lost(row) <= last, "{name}: by rank: {}", sentence.text);
        last = lost(row);
        assert_sentence(name, &sentence.text, row);
        told += 1;
    }
    let largest = events.iter().map(lost).max();
    if let (Some(first), Some(largest)) = (story.sentences.first(), largest) {
        let is_event = first.event.map(|number| lost(&events[number as usize - 1]));
        assert!(
            is_event.is_none_or(|lost| lost == largest),
            "{name}: {}",
            first.text
        );
    }
    // Outages that are part of no event are losses too: of the ASes that were asked for.
    let of_no_event = story.sentences.iter().filter(|s| s.event.is_none()).count();
    let mut allowed: BTreeSet<String> = [(events.len() + of_no_event).to_string()].into();
    if of_no_event > 0 {
        let rows = witnessed(name, "asns").into_iter();
        allowed.extend(rows.map(|row| row["asn"].clone()));
        for outage in witnessed(name, "outages") {
            allowed.extend(
                clock(&outage["start"])
                    .into_iter()
                    .chain(clock(&outage["end"])),
            );
        }
    }
    let mut headline = story.headline.clone();
    for row in &events {
        allowed.extend(allowed_of(row));
        headline = without_durations(&headline, row);
    }
    for number in numbers(&headline) {
        assert!(
            events.is_empty() || allowed.contains(&number),
            "{name}: {number} in the headline is no number of the witness: {}",
            story.headline
        );
    }
    told
}

/// A table of the witness.
fn witnessed(name: &str, table: &str) -> Vec<Row> {
    let text = fs::read_to_string(format!("{DATA}/expected/{name}.{table}.csv")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    read_csv(&lines.collect::<Vec<_>>().join("\n"))
}

/// What a sentence must say, and that it says nothing else.
fn assert_sentence(name: &str, text: &str, row: &Row) {
    let entity = &row["entity"];
    assert!(text.contains(entity.as_str()), "{name}: {entity}: {text}");
    let says = |time: &str| clock(time).iter().any(|t| text.contains(t.as_str()));
    assert!(says(&row["start"]), "{name}: {}: {text}", row["start"]);
    let (lost, all) = (&row["prefixes_lost_max"], &row["prefixes_baseline"]);
    let is_all = lost == all
        && (text.contains("all ") || text.contains("its only") || text.contains("both"));
    assert!(
        is_all
            || text.contains(&format!("{lost} of {all}"))
            || text.contains(&format!("{lost} of its {all}")),
        "{name}: {lost} of {all}: {text}"
    );
    match row["end_kind"].as_str() {
        "back" if !row["last_back_at"].is_empty() => {
            assert!(
                says(&row["last_back_at"]),
                "{name}: {}: {text}",
                row["last_back_at"]
            );
        }
        "unknown" => assert!(
            text.contains("nothing is known from then on") && says(&row["end"]),
            "{name}: {text}"
        ),
        _ => {}
    }
    if row["end_kind"] != "back" {
        assert!(!text.contains("all back"), "{name}: {text}");
    }
    let allowed = allowed_of(row);
    for number in numbers(&without_durations(text, row)) {
        assert!(
            allowed.contains(&number),
            "{name}: {number} is no number of the witness: {text}\n{row:?}"
        );
    }
}

const TIMES: [&str; 7] = [
    "start",
    "worst_at",
    "down_from",
    "down_to",
    "half_back_at",
    "last_back_at",
    "end",
];

/// Every number that a sentence about an event may have: its counts, its times, its ASes, and the
/// parts of dates, `/24s`, `/48s`, `IPv4` and `IPv6`.
fn allowed_of(row: &Row) -> BTreeSet<String> {
    let mut allowed: BTreeSet<String> = ["24", "48", "4", "6"].map(str::to_owned).into();
    for (column, cell) in row {
        if TIMES.contains(&column.as_str()) {
            allowed.extend(clock(cell));
            let date = cell.get(..10).unwrap_or_default().split('-');
            allowed.extend(date.map(|part| part.trim_start_matches('0').to_owned()));
        } else {
            allowed.extend(
                cell.split(' ')
                    .map(|word| word.trim_start_matches("AS").to_owned()),
            );
        }
    }
    allowed
}

/// A time of the tables as a sentence may have it: to the second, or to the minute.
fn clock(cell: &str) -> Vec<String> {
    match (cell.get(11..19), cell.get(11..16)) {
        (Some(second), Some(minute)) => vec![second.to_owned(), minute.to_owned()],
        _ => Vec::new(),
    }
}

/// A sentence without the spans of time between two times of its event: `9 h 31 min`.
fn without_durations(text: &str, row: &Row) -> String {
    let times: Vec<Timestamp> = TIMES
        .iter()
        .filter_map(|column| Timestamp::parse(&row[*column]).ok())
        .collect();
    let mut text = text.to_owned();
    for from in &times {
        for to in times.iter().filter(|to| *to > from) {
            let seconds = (*to - *from).as_secs();
            let minutes = (seconds + 30) / 60;
            let exact = match seconds {
                ..60 => format!("{seconds} s"),
                60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
                _ => format!("{} h {} min", minutes / 60, minutes % 60),
            };
            for span in [exact, format!("{minutes} min")] {
                text = text.replace(&span, "");
            }
        }
    }
    text
}

/// The numbers of a text, a clock time being one.
fn numbers(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != ':');
    let words = words.map(|word| word.trim_matches(':'));
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
