//! What Cargo.toml says of the dependencies.

#![allow(clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

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
