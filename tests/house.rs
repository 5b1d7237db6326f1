//! The rules of ARCHITECTURE.md and Cargo.toml, checked against the source: which module uses which,
//! which dependency is named where, and which features are built.

#![allow(clippy::expect_used, clippy::panic)]

mod circles;
mod source;

use circles::circles;
use source::{Arrow, Sources};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Crates that few modules may name, and those modules (or files of theirs).
const NAMED_IN: &[(&str, &[&str])] = &[
    ("anyhow", &["cli"]),
    ("bgpkit_broker", &["locate"]),
    ("bgpkit_parser", &["decode"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("ctrlc", &["cli"]),
    ("indicatif", &["cli"]),
    ("polars", &["view", "write"]),
    ("reqwest", &["fetch"]),
];

/// Where the commands of the program lie.
const COMMANDS: &str = "cli::commands";

fn assert_none(found: impl IntoIterator<Item = String>, what: &str) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(
        found.is_empty(),
        "{} {what}:\n{}",
        found.len(),
        found.join("\n")
    );
}

/// The place of each module in the list of ARCHITECTURE.md. Modules that share an item of the list
/// have the same place.
fn order() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(format!("{ROOT}/ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let heading = "## The order of the modules";
    let (_, section) = text.split_once(heading).expect("the list of modules");
    let section = section.split("\n## ").next().unwrap_or_default();
    let items = section.lines().filter_map(|line| {
        let (number, item) = line.split_once(". ")?;
        number.trim().parse::<usize>().ok().map(|n| (n, item))
    });
    let mut order = BTreeMap::new();
    for (number, item) in items {
        // `a`, `b` and `c`: what they are for
        let mut rest = item;
        while let Some((name, after)) = rest.strip_prefix('`').and_then(|r| r.split_once('`')) {
            order.insert(name.to_owned(), number);
            let after = after.trim_start_matches(',').trim_start();
            rest = after.strip_prefix("and ").unwrap_or(after);
        }
    }
    order
}

/// Every arrow between two modules at the top of `src` points upwards in the list.
#[test]
fn modules_use_only_those_before_them() {
    let sources = Sources::read(&format!("{ROOT}/src"));
    let order = order();
    let tops: BTreeSet<&str> = sources.tops().collect();
    let listed: BTreeSet<&str> = order.keys().map(String::as_str).collect();
    let one_sided = tops.symmetric_difference(&listed);
    let mut wrong: Vec<String> = one_sided
        .map(|name| format!("`{name}` is only in one of src and the list of ARCHITECTURE.md"))
        .collect();
    let is_wrong = |arrow: &Arrow| {
        let (from, to) = (arrow.from.split("::").next(), arrow.to.split("::").next());
        let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
        // lib.rs lists the modules, and main.rs calls `cli`: nobody uses either of them.
        let place = |name: &str| order.get(name).copied().unwrap_or(usize::MAX);
        from != to && order.contains_key(from) && place(from) <= place(to)
    };
    let arrows = sources.arrows().iter().filter(|arrow| is_wrong(arrow));
    wrong.extend(arrows.map(Arrow::to_string));
    assert_none(wrong, "arrows or modules against the order");
}

/// No file or folder uses what uses it, directly or through others. A folder's `mod.rs` and what
/// lies below it are one thing: the first is the face of the second, and they may name each other.
#[test]
fn no_circles_between_files_or_folders() {
    let sources = Sources::read(&format!("{ROOT}/src"));
    let mut found = Vec::new();
    for folder in sources.folders() {
        // The folder's modules, each with what lies below it.
        let child = |module: &str| {
            let below = module.strip_prefix(&format!("{folder}::"))?;
            let end = below.find("::").unwrap_or(below.len());
            Some(module[..module.len() - below.len() + end].to_owned())
        };
        found.extend(circles(sources.arrows(), |arrow| {
            Some((child(&arrow.from)?, child(&arrow.to)?))
        }));
    }
    let report = found.join("\n\n");
    assert!(found.is_empty(), "{} circles:\n{report}", found.len());
}

/// A command of the program does not use another: what two of them need lies beside them.
#[test]
fn commands_do_not_use_commands() {
    let sources = Sources::read(&format!("{ROOT}/src"));
    let command = |module: &str| {
        let below = module.strip_prefix(COMMANDS)?.strip_prefix("::")?;
        Some(below.split("::").next()?.to_owned())
    };
    let is_wrong = |arrow: &&Arrow| match (command(&arrow.from), command(&arrow.to)) {
        (Some(from), Some(to)) => from != to,
        _ => false,
    };
    let is_there = sources.arrows().iter().any(|a| command(&a.to).is_some());
    assert!(is_there, "no commands in {COMMANDS}");
    let wrong = sources.arrows().iter().filter(is_wrong);
    assert_none(wrong.map(Arrow::to_string), "arrows between commands");
}

/// What stands for a dependency is decided in one module each.
#[test]
fn dependencies_are_named_where_they_belong() {
    let sources = Sources::read(&format!("{ROOT}/src"));
    let mut wrong = Vec::new();
    for (place, module, name) in sources.crates() {
        let top = module.split("::").next().unwrap_or_default();
        let rule = NAMED_IN.iter().find(|(of, _)| *of == name);
        if rule.is_some_and(|(_, modules)| !modules.contains(&top)) {
            wrong.push(format!("{place}: `{name}`"));
        }
    }
    assert_none(
        wrong,
        "dependencies are named elsewhere than where they belong",
    );
}

/// The crates that are built, each with its features.
fn built(edges: &str) -> BTreeSet<(String, String)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "--prefix", "none"]);
    cargo.args(["--format", "{p}\t{f}", "--edges", edges]);
    let output = cargo.current_dir(ROOT).output().expect("cargo starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8_lossy(&output.stdout);
    // Behind a crate that is listed for the second time stands a mark.
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)"));
    let lines = lines.filter_map(|line| line.split_once('\t'));
    lines.map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// `cargo run` and then `cargo test` build each dependency once: what the tests alone use turns on
/// no feature of a crate that the program uses, or that crate and all that use it are built again.
#[test]
fn tests_turn_on_no_features_of_what_the_program_uses() {
    let program = built("normal,build");
    let names: BTreeSet<&String> = program.iter().map(|(name, _)| name).collect();
    let mut tests = built("normal,build,dev");
    tests.retain(|(name, _)| names.contains(name));
    let added: Vec<_> = tests.difference(&program).collect();
    assert!(
        added.is_empty(),
        "built a second time for tests: {added:#?}"
    );
}
