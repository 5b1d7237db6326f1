//! The tables as users meet them: keys that are keys, and types that tools understand.

#![allow(
    clippy::expect_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{Scene, dropline, python_environment, read_csv, run_to_success};
use dropline::study::bundled;
use dropline::write::TABLES;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use temp_dir::TempDir;

/// The run of every bundled incident that brings its data, each in a folder of its own.
fn bundled_runs(dir: &Path) -> Vec<PathBuf> {
    let with_data = bundled::ALL.into_iter().filter(|incident| {
        let (_, events) = incident.study().expect("a bundled incident");
        events.is_some()
    });
    let runs: Vec<PathBuf> = with_data
        .map(|incident| bundled_run(dir, incident.name))
        .collect();
    assert!(runs.len() >= 6, "{runs:?}");
    runs
}

fn bundled_run(dir: &Path, name: &str) -> PathBuf {
    let out = dir.join(name);
    let path = out.display().to_string();
    let outcome = dropline(&["run", name, "--no-report", "--quiet", "-o", &path]);
    assert!(matches!(outcome.code, 0 | 3), "{name}: {}", outcome.stderr);
    out
}

/// A country with every table, in which a prefix has a second origin only after the first hundred
/// rows, and several changes fall into one instant.
fn country_run(scene: &Scene) -> PathBuf {
    let list = scene.write(
        "delegated",
        "2|apnic|20141221|1|19830613|20141220|+1000\napnic|ZZ|ipv4|10.0.0.0|65536|20091221|allocated\n",
    );
    let question = format!(
        "--country ZZ --delegated {} --from 16:00 --to 20:00 --full-feed all --profile ioda",
        list.display()
    );
    scene.ask(&question).dir
}

fn country() -> Scene {
    Scene::of(
        "cover 16:00 20:10
         peer A addpath
         16:00    A rib 10.0.1.0/24 @ 64500 id=1
         16:00    BC rib 10.0.1.0/24 @ 64500
         16:00    A rib 10.0.1.0/24 @ 64501 64500 id=2
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:00    ABC rib 2001:db8::/32 @ 64500
         18:40    A update -10.0.1.0/24 +10.0.1.0/24 @ 64510 id=1
         18:40    A announce 10.0.1.0/24 @ 64511 id=2
         18:40    B announce 10.0.1.0/24 @ {64500,64510}
         19:00    ABC withdraw 10.0.2.0/24
         19:30    ABC announce 10.0.2.0/24 @ 64500",
    )
    .without_witness("the test is about keys and types, not about values")
}

/// README's list of tables has every table with its columns, in their order.
#[test]
fn the_readme_lists_every_column() {
    let readme = include_str!("../README.md");
    for table in TABLES {
        let head = format!("| `{}` | ", table.name);
        let line = readme.lines().find(|line| line.starts_with(&head));
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        let listed = format!("| `{}`", names.join(", "));
        assert!(line.is_some_and(|line| line.contains(&listed)), "{listed}");
    }
}

/// No two rows of a table have the same key.
#[test]
fn no_table_repeats_its_key() {
    let dir = TempDir::new().expect("a temporary folder");
    let mut runs = bundled_runs(dir.path());
    let scene = country();
    runs.push(country_run(&scene));
    let (mut tables, mut later_positions) = (BTreeSet::new(), 0);
    for run in &runs {
        for table in TABLES {
            let path = run.join(format!("{}.csv", table.name));
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            let rows = read_csv(&text);
            let mut seen: BTreeSet<Vec<&str>> = BTreeSet::new();
            for row in &rows {
                let key: Vec<&str> = table.key.iter().map(|name| row[*name].as_str()).collect();
                assert!(
                    seen.insert(key.clone()),
                    "{}: {key:?} twice",
                    path.display()
                );
            }
            if !rows.is_empty() {
                tables.insert(table.name);
            }
            if table.name == "transitions" {
                later_positions += rows.iter().filter(|row| row["position"] != "1").count();
            }
        }
    }
    let missing: Vec<_> = TABLES.iter().filter(|t| !tables.contains(t.name)).collect();
    assert!(
        missing.is_empty(),
        "{:?}",
        missing.iter().map(|t| t.name).collect::<Vec<_>>()
    );
    assert!(
        later_positions > 100,
        "{later_positions} changes share an instant"
    );
}

/// `pl.read_csv(f)`, `pd.read_csv(f)` and `duckdb.sql("from 'f'")` take each column for what it is,
/// and so do they of the Parquet.
#[test]
#[ignore = "needs Python 3.11 with venv, and PyPI"]
fn polars_pandas_and_duckdb_read_every_table_without_options() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables");
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tables");
    let python = python_environment(&folder.join("requirements.txt"), &kept);
    let dir = TempDir::new().expect("a temporary folder");
    let mut runs = bundled_runs(dir.path());
    let scene = country();
    runs.push(country_run(&scene));
    let columns = dir.path().join("columns.md");
    let outcome = dropline(&["columns"]);
    fs::write(&columns, outcome.stdout).expect("a file can be written");
    let mut read = Command::new(python.join("bin/python"));
    read.arg(folder.join("read.py")).arg(&columns).args(&runs);
    let said = run_to_success(&mut read, "a table cannot be read as it is");
    assert_eq!(said.lines().count(), runs.len(), "{said}");
}
