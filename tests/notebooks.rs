//! The notebooks, run as researchers run them: in a virtual environment, on runs' folders.

#![allow(
    clippy::expect_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{Scene, dropline};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const NOTEBOOKS: [&str; 4] = [
    "01-one-outage",
    "02-peers-and-thresholds",
    "03-many-days",
    "04-another-source",
];

fn notebooks_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks")
}

/// What is kept after the tests: the virtual environment, and figures for inspection.
fn kept_dir() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("notebooks")
}

/// The virtual environment for the current requirements; it is created if need be.
fn environment() -> PathBuf {
    let requirements = fs::read(notebooks_dir().join("requirements.txt")).expect("requirements");
    let hash = format!("{:x}", Sha256::digest(&requirements));
    let dir = kept_dir().join(format!("python-{}", &hash[..16]));
    let complete = dir.join("complete");
    if complete.is_file() {
        return dir;
    }
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(kept_dir()).expect("a folder can be made");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&dir);
    run_to_success(&mut venv, "no virtual environment can be made");
    let mut pip = Command::new(dir.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet"])
        .args(["--only-binary", ":all:", "-r"])
        .arg(notebooks_dir().join("requirements.txt"));
    run_to_success(&mut pip, "packages cannot be installed from PyPI");
    fs::write(complete, "").expect("a file can be written");
    dir
}

fn run_to_success(command: &mut Command, failure: &str) {
    let output = command.output().expect("python3 starts");
    assert!(
        output.status.success(),
        "{failure}: {}",
        output_text(&output)
    );
}

fn output_text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

/// Runs a bundled incident into a folder next to the others.
fn run(runs: &Path, incident: &str, flags: &[&str], name: &str) {
    let file = format!(
        "{}/data/incidents/{incident}.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    let out = runs.join(name).display().to_string();
    let mut args = vec!["run", &file, "--no-report", "-o", &out];
    args.extend(flags);
    let outcome = dropline(&args);
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
}

/// Runs every notebook on a run's folder; all must succeed and draw their figures.
#[track_caller]
fn run_notebooks(python: &Path, notebooks: &Path, run: &Path, figures: &Path) {
    let mut pytest = Command::new(python.join("bin/python"));
    pytest
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbmake"])
        .args(NOTEBOOKS.map(|name| format!("{name}.ipynb")))
        .current_dir(notebooks)
        .env("DROPLINE_OUT", run)
        .env("DROPLINE_FIGURES", figures)
        .env("MPLCONFIGDIR", kept_dir().join("matplotlib"))
        .env("IPYTHONDIR", kept_dir().join("ipython"));
    for variable in ["DROPLINE_RUNS", "DROPLINE_OTHER"] {
        pytest.env_remove(variable);
    }
    let output = pytest.output().expect("pytest starts");
    assert!(
        output.status.success(),
        "{}:\n{}",
        run.display(),
        output_text(&output)
    );
    for figure in [
        "01-line-and-raster",
        "02-thresholds",
        "03-days",
        "04-beside",
    ] {
        for ending in ["png", "svg"] {
            let path = figures.join(format!("{figure}.{ending}"));
            let bytes = fs::metadata(&path).map_or(0, |m| m.len());
            assert!(bytes > 5_000, "`{}` has {bytes} bytes", path.display());
        }
    }
}

/// On bundled incidents, on the same question with another rule, and on runs with little data: no
/// baseline, nothing visible, a single IPv6 prefix.
#[test]
#[ignore = "needs Python 3.11 with venv, and PyPI"]
fn notebooks_run_on_folders_of_runs() {
    let python = environment();
    let dir = temp_dir::TempDir::new().expect("a folder can be made");
    let copy = dir.path().join("notebooks");
    fs::create_dir(&copy).expect("a folder can be made");
    for entry in fs::read_dir(notebooks_dir()).expect("notebooks") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::copy(&path, copy.join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    let runs = dir.path().join("runs");
    let kp = "kp-2014-12-22-reconstruction";
    run(&runs, kp, &[], kp);
    run(
        &runs,
        kp,
        &["--full-feed", "2010"],
        "kp-2014-12-22-other-rule",
    );
    run(&runs, "kp-2022-04-21", &[], "kp-2022-04-21");
    run(&runs, "beacons-2017-08-24", &[], "beacons-2017-08-24");
    let baseline = ["--baseline-at", "2017-08-24T23:30Z"];
    run(&runs, "as9785-2017-08-24", &baseline, "as9785-2017-08-24");
    let scene = Scene::of(
        "cover 16:00 16:10
         16:01:10 A announce 2001:db8::/32 @ 64500
         16:02:30 A withdraw 2001:db8::/32",
    )
    .without_witness("the test is about the notebooks, not the tables");
    let window = "--from 16:00 --to 16:06 --full-feed all";
    let one = scene.ask_into("one", &format!("--prefix 2001:db8::/32 {window}"));
    let nothing = scene.ask_into("nothing", &format!("--prefix 10.0.0.0/8 {window}"));
    for run in [
        kp,
        "kp-2022-04-21",
        "beacons-2017-08-24",
        "as9785-2017-08-24",
    ] {
        run_notebooks(&python, &copy, &runs.join(run), &kept_dir().join(run));
    }
    run_notebooks(&python, &copy, &one.dir, &kept_dir().join("one"));
    run_notebooks(&python, &copy, &nothing.dir, &kept_dir().join("nothing"));
    assert!(kept_dir().join(kp).join("02-rules.png").is_file());
}

/// Notebooks are stored without outputs.
#[test]
fn notebooks_have_no_outputs() {
    for name in NOTEBOOKS {
        let text =
            fs::read_to_string(notebooks_dir().join(format!("{name}.ipynb"))).expect("a notebook");
        let notebook: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(notebook["nbformat"], 4, "{name}");
        let cells = notebook["cells"].as_array().expect("cells");
        assert!(cells.len() > 5, "{name}");
        for cell in cells {
            assert!(cell["id"].is_string(), "{name}: a cell without id");
            if cell["cell_type"] == "code" {
                assert_eq!(cell["outputs"], serde_json::json!([]), "{name}");
                assert!(cell["execution_count"].is_null(), "{name}");
            }
        }
    }
}
