//! Explanations as text.

use crate::cli::printer::Printer;
use crate::explain::evidence::{Evidence, EvidenceKind};
use crate::explain::group;
use crate::explain::{AskedTime, PeerExplanation, PrefixExplanation, VantageExplanation, json};
use crate::locate;
use crate::model::route::Presence;
use crate::model::visibility::Visibility;
use crate::pipeline::Replayed;
use serde_json::Value;
use std::fmt::Write;

/// Which vantage ASes saw a prefix, and the records that show it. The records of peers that do not
/// count are printed with `--verbose` only.
pub(crate) fn explanation(
    run: &Replayed,
    explained: &PrefixExplanation,
    printer: Printer,
) -> String {
    let mut text = String::new();
    let now = explained.visibility();
    let full = explained.full();
    line(
        &mut text,
        0,
        &format!("{} {}", explained.prefix, when(&explained.at)),
    );
    line(&mut text, 0, &summary(full, now));
    let (seeing, absent) = (now.seeing, now.known - now.seeing);
    let unknown = full as u32 - now.known;
    for (presence, count, what) in [
        (Presence::Present, seeing, "saw it"),
        (Presence::Absent, absent, "did not see it"),
        (Presence::Unknown, unknown, "unknown"),
    ] {
        if count == 0 {
            continue;
        }
        let head = format!("\n{count} of {full} vantage {} {what}:", ases(full));
        line(&mut text, 0, &head);
        for vantage in explained.vantages.iter().filter(|v| v.presence == presence) {
            self::vantage(&mut text, run, vantage);
        }
    }
    if !explained.others.is_empty() {
        line(&mut text, 0, "\nNot counted:");
        for view in &explained.others {
            let depth = match printer {
                Printer::Verbose => Depth::Records,
                Printer::Quiet | Printer::Normal => Depth::Line,
            };
            peer(&mut text, run, view, depth);
        }
    }
    text
}

/// The prefixes of a group, and the changes that decided its row.
pub(crate) fn groups(
    run: &Replayed,
    at: &AskedTime,
    families: &[group::GroupExplanation],
) -> String {
    let mut text = String::new();
    if families.is_empty() {
        line(&mut text, 0, "no prefix of the run belongs to it");
    }
    for of in families {
        let head = format!(
            "IPv{} {}: {} of {} baseline prefixes visible",
            of.family.label(),
            when(at),
            of.visible(),
            of.baseline(),
        );
        line(&mut text, 0, &head);
        for member in &of.members {
            let since = member
                .since
                .map_or("since before the replay began".to_owned(), |t| {
                    format!("since {}", t.with_micros())
                });
            let state = json::state_label(member.state);
            let uncounted = match (member.counts(), member.is_member) {
                (false, _) => " (listed, not counted)",
                (true, false) => " (not in the baseline)",
                (true, true) => "",
            };
            let counts = summary(of.full as usize, member.visibility);
            line(
                &mut text,
                1,
                &format!("{}{uncounted} {state} {since}: {counts}", member.prefix),
            );
            for change in &member.deciding {
                let who = &run.reports[change.peer as usize].peer;
                let by = format!(
                    "{} → {} by {} at {} AS{} {}{}",
                    change.from.label(),
                    change.to.label(),
                    change.cause.label(),
                    who.collector,
                    who.session.asn,
                    who.session.ip,
                    place(run, Some(change.file), Some(change.offset)),
                );
                line(&mut text, 2, &by);
            }
        }
    }
    text.push_str("\n`--prefix PREFIX` explains one prefix peer by peer, with the records\n");
    text
}

/// What the tables say, where the files are unavailable: the row, and the last changes before it.
pub(crate) fn tables(value: &Value, at: &AskedTime) -> String {
    let mut text = String::new();
    let list = |key: &str| value[key].as_array().map(Vec::as_slice).unwrap_or_default();
    line(&mut text, 0, &format!("Row of the minute {}:", at.label));
    for row in list("rows") {
        let cells = row.as_object().into_iter().flatten();
        for (column, cell) in cells {
            line(&mut text, 1, &format!("{column}: {}", plain(cell)));
        }
    }
    if value.get("changes").is_some() {
        let head = format!("\nLast changes in the window before {}:", at.before);
        line(&mut text, 0, &head);
        for change in list("changes") {
            let cell = |key: &str| plain(&change[key]);
            let what = format!(
                "{} {} AS{} {}: {} → {} by {} in {} at {}",
                cell("time"),
                cell("collector"),
                cell("peer_asn"),
                cell("peer_ip"),
                cell("from"),
                cell("to"),
                cell("cause"),
                cell("file"),
                cell("offset"),
            );
            line(&mut text, 1, &what);
        }
        let rest = "peers not listed did not change between the window's start and then; the tables do not record their state";
        line(&mut text, 0, rest);
    }
    text
}

/// A value without quotes; `-` for none.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn when(at: &AskedTime) -> String {
    match at.is_cell() {
        true => format!(
            "at the end of the minute {} (records before {})",
            at.label, at.before
        ),
        false => format!("at {}, its records included", at.asked),
    }
}

fn summary(full: usize, now: Visibility) -> String {
    let share = match now.ratio() {
        Some(ratio) => format!(", visibility {}.{:04}", ratio / 10_000, ratio % 10_000),
        None => ", none is known: no visibility".to_owned(),
    };
    format!(
        "{} of {} known vantage {} saw it; {full} counted{share}",
        now.seeing,
        now.known,
        ases(now.known as usize),
    )
}

const fn ases(n: usize) -> &'static str {
    if n == 1 { "AS" } else { "ASes" }
}

fn vantage(text: &mut String, run: &Replayed, vantage: &VantageExplanation) {
    line(text, 1, &format!("AS{}", vantage.asn));
    for view in &vantage.peers {
        peer(text, run, view, Depth::Records);
    }
}

#[derive(Clone, Copy)]
enum Depth {
    Line,
    Records,
}

fn peer(text: &mut String, run: &Replayed, view: &PeerExplanation, depth: Depth) {
    let who = &run.reports[view.peer as usize].peer;
    let mut head = format!(
        "{} AS{} {}: {}",
        who.collector,
        who.session.asn,
        who.session.ip,
        view.presence.label()
    );
    let first = view.evidence.first();
    if let Some((kind, time)) = first.and_then(|e| Some((e.kind, e.time?))) {
        let bound = match kind {
            EvidenceKind::StartRib => " or before",
            EvidenceKind::NotObserved | EvidenceKind::Change(_) => "",
        };
        let _ = write!(head, " since {}{bound}", time.with_micros());
    }
    let paths = view
        .paths
        .iter()
        .map(|&path| run.observations.paths[path as usize].to_string());
    let paths: Vec<String> = paths.collect();
    if !paths.is_empty() {
        let _ = write!(head, ", path {}", paths.join(" | "));
    }
    if let Some(not_counted) = view.not_counted {
        let _ = write!(head, " ({})", not_counted.reason());
    }
    line(text, 2, &head);
    if let Depth::Records = depth {
        for evidence in &view.evidence {
            self::evidence(text, run, "", evidence);
        }
        if let Some(by) = &view.path_evidence {
            evidence(text, run, "path by ", by);
        }
    }
}

fn evidence(text: &mut String, run: &Replayed, what: &str, evidence: &Evidence) {
    let mut head = format!("{what}{}", evidence.kind.label());
    if let Some(time) = evidence.time {
        let _ = write!(head, " {}", time.with_micros());
    }
    head.push_str(&place(
        run,
        evidence.files.first().copied(),
        evidence.offset(),
    ));
    if let Some(note) = &evidence.note {
        let _ = write!(head, ": {note}");
    }
    line(text, 3, &head);
    if let Some(record) = &evidence.record {
        for field in record.to_string().lines() {
            line(text, 4, field);
        }
    }
}

/// ` in FILE at OFFSET`, as far as there are such.
fn place(run: &Replayed, file: Option<u32>, offset: Option<u64>) -> String {
    let file = file.and_then(|id| run.file(id));
    match (file, offset) {
        (Some(file), Some(offset)) => format!(" in {} at {offset}", locate::url_of(&file.file)),
        (Some(file), None) => format!(" in {}", locate::url_of(&file.file)),
        (None, _) => String::new(),
    }
}

fn line(text: &mut String, depth: usize, what: &str) {
    for _ in 0..depth {
        text.push_str("  ");
    }
    text.push_str(what);
    text.push('\n');
}
