//! Why there is nothing to tell, and what would help.

use super::input::{Knowledge, StoryInput};
use super::names;
use super::selection::Selection;
use crate::view::times::{Clock, Precision};
use crate::view::words::{counted, plural, too_few_vantage_ases};

/// The headline of a run without any loss: that there was none, or why that cannot be said.
pub(super) fn headline(input: &StoryInput<'_>) -> String {
    let window = input.window;
    let is_whole = [window.from, window.to].iter().all(|t| *t == t.minute());
    let mut clock = Clock::new(match is_whole {
        true => Precision::Minutes,
        false => input.precision,
    });
    let (from, to) = (clock.tell(window.from), clock.tell(window.to));
    if let Knowledge::TooFew { most, needed } = input.baseline.known
        && most < needed
    {
        let why = too_few_vantage_ases(input.facts.networks, most, needed);
        return format!("Every minute from {from} to {to} UTC is unknown: {why}");
    }
    match why(input) {
        Some(why) => {
            format!("Whether anything was lost from {from} to {to} UTC cannot be said: {why}")
        }
        None => {
            let watched = input.facts.prefixes as usize;
            let members = input.baseline.members as usize;
            let rest = watched.saturating_sub(members);
            let watched = counted(members.min(watched).max(1), "prefix", "prefixes");
            let mut text = format!("No loss from {from} to {to} UTC ({watched} watched");
            if rest > 0 && members > 0 {
                let were = plural(rest, "was", "were");
                text.push_str(&format!("; {rest} more {were} not there before"));
            }
            text + ")"
        }
    }
}

/// Why no loss can be told; nothing where it can.
fn why(input: &StoryInput<'_>) -> Option<String> {
    let baseline = &input.baseline;
    match baseline.known {
        Knowledge::NoPrefix => Some("no peer announced any watched prefix".to_owned()),
        Knowledge::TooFew { .. } => {
            Some("fewer than half of the networks were known in every minute".to_owned())
        }
        Knowledge::NeverVisible if baseline.members == 0 => {
            Some("no watched prefix was ever visible".to_owned())
        }
        Knowledge::NeverVisible | Knowledge::Visible if baseline.members == 0 => {
            Some(no_members(input))
        }
        Knowledge::NeverVisible | Knowledge::Visible => None,
    }
}

/// No prefix is known to have been there before.
fn no_members(input: &StoryInput<'_>) -> String {
    let baseline = &input.baseline;
    let mut clock = Clock::new(input.precision);
    if let Some(at) = baseline.chosen {
        return format!(
            "no watched prefix was visible at {} UTC, the instant that `--baseline-at` chose",
            clock.tell(at)
        );
    }
    let instant = match baseline.best_minute {
        Some(at) => format!("`--baseline-at {at}`, when most of them were visible"),
        None => "`--baseline-at`".to_owned(),
    };
    let more = match baseline.has_rib {
        true => "an earlier start",
        false => "an earlier start, or a RIB (`--rib-lookback`)",
    };
    format!(
        "no watched prefix is known to have been visible when the window began or before; try {instant}, {more}"
    )
}

/// What is said of groups without members where losses are told all the same.
pub(super) fn without_members(input: &StoryInput<'_>, selection: &Selection<'_>) -> Option<String> {
    let without = &input.baseline.without_members;
    let mut clock = Clock::within(input.window, input.precision);
    if input.baseline.members == 0 {
        let why = no_members(input);
        return Some(format!(
            "There is no baseline, so ASes and countries have no status: {why}"
        ));
    }
    if without.is_empty() || input.baseline.chosen.is_some() {
        return None;
    }
    let names = names::list(without, 4);
    let has = plural(without.len(), "has", "have");
    let its = plural(without.len(), "its", "their");
    // Just before a loss of theirs they were there.
    let mut loose = selection.loose();
    let loss = loose.find(|loss| without.contains(&loss.name()));
    let instant = match loss {
        Some(loss) => {
            let at = loss.start().minute();
            let told = clock.tell(at);
            format!("`--baseline-at {at}` would measure by the state at {told}")
        }
        None => "`--baseline-at`, or an earlier start, would give one".to_owned(),
    };
    Some(format!(
        "{names} {has} no baseline: none of {its} prefixes was visible when the window began, or long enough before; {instant}"
    ))
}
