//! Circles in a graph of modules.

use super::source::Arrow;
use std::collections::{BTreeMap, BTreeSet};

/// Each set of modules that all reach each other, with the arrows between them. `ends` gives the
/// two nodes of an arrow.
pub fn circles(arrows: &[Arrow], ends: impl Fn(&Arrow) -> Option<(String, String)>) -> Vec<String> {
    let mut next: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in arrows.iter().filter_map(&ends) {
        if from != to {
            next.entry(from).or_default().insert(to);
        }
    }
    let reached: BTreeMap<&String, BTreeSet<&String>> = next
        .keys()
        .map(|node| (node, reached_from(&next, node)))
        .collect();
    let both = |a: &String, b: &String| {
        let from_to = |a: &String, b: &String| reached.get(a).is_some_and(|set| set.contains(b));
        from_to(a, b) && from_to(b, a)
    };
    let mut seen: BTreeSet<&String> = BTreeSet::new();
    let mut found = Vec::new();
    for node in next.keys() {
        let circle: BTreeSet<&String> = next.keys().filter(|other| both(node, other)).collect();
        if circle.is_empty()
            || !seen.insert(node)
            || circle
                .iter()
                .any(|other| *other != node && seen.contains(other))
        {
            continue;
        }
        let is_inside = |arrow: &&Arrow| {
            ends(arrow).is_some_and(|(from, to)| {
                from != to && circle.contains(&from) && circle.contains(&to)
            })
        };
        let names: Vec<&str> = circle.iter().map(|name| name.as_str()).collect();
        let lines: Vec<String> = arrows
            .iter()
            .filter(is_inside)
            .map(Arrow::to_string)
            .collect();
        found.push(format!("{}\n  {}", names.join(" ↔ "), lines.join("\n  ")));
    }
    found
}

fn reached_from<'a>(
    next: &'a BTreeMap<String, BTreeSet<String>>,
    node: &'a String,
) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        for other in next.get(node).into_iter().flatten() {
            if reached.insert(other) {
                open.push(other);
            }
        }
    }
    reached
}
