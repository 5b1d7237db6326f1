//! How entities, their families and their prefixes are named.

use super::input::StoryInput;
use crate::detect::Scope;
use crate::model::net::{Asn, Family};
use crate::view::events::EventView;

/// At most so many ASNs are named.
const MAX_NAMED: usize = 3;

/// An event's country, AS or watch list.
pub(super) fn entity(event: &EventView) -> String {
    match (event.scope, event.name.as_str()) {
        (Scope::Watch, _) => "The watch list".to_owned(),
        (_, "") => event.entity.clone(),
        (_, name) => format!("{name} ({})", event.entity),
    }
}

/// The families that an event is about, in brackets after a space; empty where that goes without
/// saying: an entity that has IPv4 alone.
pub(super) fn families(input: &StoryInput<'_>, event: &EventView) -> &'static str {
    let has = input.families.get(&event.entity);
    let has_both = has.is_some_and(|families| families.len() > 1);
    match (event.families.as_slice(), has_both) {
        ([_, _], _) => " (IPv4 and IPv6)",
        ([Family::V4], true) => " (IPv4 only)",
        ([Family::V6], true) => " (IPv6 only)",
        ([Family::V6], false) => " (IPv6)",
        _ => "",
    }
}

/// What so many units of a family are called.
pub(super) const fn units(family: Family, n: u64) -> &'static str {
    match (family, n) {
        (Family::V4, 1) => "/24",
        (Family::V4, _) => "/24s",
        (Family::V6, 1) => "/48",
        (Family::V6, _) => "/48s",
    }
}

/// How many of all prefixes: `all 4 prefixes`, `31 of 33 prefixes`, `its only prefix`.
pub(crate) fn lost_of(lost: u32, all: u32) -> String {
    match (lost, all) {
        (1, 1) => "its only prefix".to_owned(),
        (2, 2) => "both prefixes".to_owned(),
        (lost, all) if lost == all => format!("all {all} prefixes"),
        (lost, all) => format!("{lost} of {all} prefixes"),
    }
}

/// The same where the owner stands before it: `all 4 of its prefixes`.
pub(super) fn lost_of_its(lost: u32, all: u32) -> String {
    match (lost, all) {
        (1, 1) => "its only prefix".to_owned(),
        (2, 2) => "both of its prefixes".to_owned(),
        (lost, all) if lost == all => format!("all {all} of its prefixes"),
        (lost, all) => format!("{lost} of its {all} prefixes"),
    }
}

/// `AS1`, `AS1 and AS2`, `AS1, AS2, AS3 and 4 more`.
pub(crate) fn asns(asns: &[Asn]) -> String {
    let names: Vec<String> = asns.iter().map(|asn| format!("AS{asn}")).collect();
    list(&names, MAX_NAMED)
}

/// `AS666’s`, `AS1’s or AS2’s`.
pub(super) fn owners(asns: &[Asn]) -> String {
    let names: Vec<String> = asns.iter().map(|a| format!("AS{a}’s")).collect();
    names.join(" or ")
}

/// The AS that the lost paths share, as the end of a sentence. Of these at least 90 % run through
/// it.
pub(super) fn behind(asn: Asn, is_upstream: bool) -> String {
    let role = if is_upstream { ", its upstream" } else { "" };
    format!("; nearly all of the lost paths ran through AS{asn}{role}")
}

/// Names as a list in words, of which at most `most` are named.
pub(super) fn list(names: &[String], most: usize) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [init @ .., last] if names.len() <= most => format!("{} and {last}", init.join(", ")),
        _ => {
            let named = names.get(..most).unwrap_or(names);
            format!(
                "{} and {} more",
                named.join(", "),
                names.len() - named.len()
            )
        }
    }
}

/// `once`, `twice`, `three times`, `12 times`.
pub(super) fn times(n: usize) -> String {
    const WORDS: [&str; 7] = ["three", "four", "five", "six", "seven", "eight", "nine"];
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => match n.checked_sub(3).and_then(|i| WORDS.get(i)) {
            Some(word) => format!("{word} times"),
            None => format!("{n} times"),
        },
    }
}
