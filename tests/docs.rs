//! What is written for people stays true: the data dictionary, links, manual pages, the citation.

#![allow(
    clippy::expect_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::dropline;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect("a file of the repository")
}

#[test]
fn the_data_dictionary_is_that_of_the_code() {
    let printed = dropline(&["columns"]);
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(
        printed.stdout == text("docs/columns.md"),
        "docs/columns.md is stale: `cargo run -- columns > docs/columns.md`"
    );
    for schema in dropline::write::TABLES {
        assert!(
            printed
                .stdout
                .contains(&format!("\n## `{}`\n", schema.name))
        );
        for column in schema.columns {
            assert!(!column.doc.is_empty(), "{}: {}", schema.name, column.name);
        }
    }
}

/// Every Markdown file that is kept here.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in ["", "docs", "data", "data/expected", "notebooks"] {
        let entries = fs::read_dir(root().join(folder)).expect("a folder of the repository");
        pages.extend(entries.map(|e| e.expect("an entry").path()).filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "md" || ending == "ipynb")
        }));
    }
    pages
}

/// What a page links to, without what stands in code blocks.
fn links(page: &str) -> Vec<&str> {
    let parts = page.split("](").skip(1);
    parts.filter_map(|rest| rest.split(')').next()).collect()
}

/// A heading as its link has it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .replace(' ', "-");
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    kept.chars().filter(is_kept).collect()
}

#[test]
fn links_within_the_repository_lead_somewhere() {
    let mut seen = 0;
    for page in pages() {
        let written = fs::read_to_string(&page).expect("a page");
        for link in links(&written) {
            if link.contains("://") || link.contains(char::is_whitespace) {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => page.clone(),
                _ => page.parent().expect("a folder").join(file),
            };
            assert!(
                target.exists(),
                "{}: `{link}` leads nowhere",
                page.display()
            );
            if !heading.is_empty() {
                let there = fs::read_to_string(&target).expect("a page");
                let mut headings = there.lines().filter(|line| line.starts_with('#'));
                assert!(
                    headings.any(|line| anchor(line) == heading),
                    "{}: no heading for `{link}`",
                    page.display()
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} links were found");
}

/// A page for each command, and one for the program.
#[test]
fn manual_pages_are_printed_and_written() {
    let page = dropline(&["man"]);
    assert_eq!((page.code, page.stderr.as_str()), (0, ""));
    assert!(page.stdout.contains(".TH dropline 1"), "{}", page.stdout);
    let dir = temp_dir::TempDir::new().expect("a folder can be made");
    let folder = dir.path().join("man").display().to_string();
    let written = dropline(&["man", &folder]);
    assert_eq!((written.code, written.stdout.as_str()), (0, ""));
    for name in [
        "dropline",
        "dropline-run",
        "dropline-explain",
        "dropline-cache-size",
    ] {
        let page = dir.path().join("man").join(format!("{name}.1"));
        let page = fs::read_to_string(page).expect("a page");
        assert!(page.contains(".TH"), "{name}");
    }
    let file = dir.path().join("file");
    fs::write(&file, "").expect("a file can be written");
    let failed = dropline(&["man", &format!("{}/man", file.display())]);
    assert_eq!(failed.code, 1);
    assert!(failed.stderr.contains("hint: "), "{}", failed.stderr);
}

#[test]
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = dropline(&["completions", shell]);
        assert_eq!((script.code, script.stderr.as_str()), (0, ""), "{shell}");
        for word in ["explain", "full-feed"] {
            assert!(script.stdout.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(dropline(&["completions", "cmd"]).code, 2);
}

/// The citation has this version, and the licence that `Cargo.toml` has.
#[test]
fn the_citation_is_of_this_version() {
    let citation = text("CITATION.cff");
    for line in [
        "cff-version: 1.2.0".to_owned(),
        format!("version: {}", env!("CARGO_PKG_VERSION")),
        "type: software".to_owned(),
    ] {
        assert!(citation.lines().any(|l| l == line), "`{line}`");
    }
    assert!(root().join("LICENSE-MIT").is_file() && root().join("LICENSE-APACHE").is_file());
}
