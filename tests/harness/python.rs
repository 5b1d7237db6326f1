//! Virtual environments of Python with pinned packages, which are kept between runs.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The virtual environment for the requirements of a file, in the folder `kept`; it is created if
/// need be.
pub fn python_environment(requirements: &Path, kept: &Path) -> PathBuf {
    let pinned = fs::read(requirements).expect("requirements");
    let hash = format!("{:x}", Sha256::digest(&pinned));
    let dir = kept.join(format!("python-{}", &hash[..16]));
    let complete = dir.join("complete");
    if complete.is_file() {
        return dir;
    }
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(kept).expect("a folder can be made");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&dir);
    run_to_success(&mut venv, "no virtual environment can be made");
    let mut pip = Command::new(dir.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet"])
        .args(["--only-binary", ":all:", "-r"])
        .arg(requirements);
    run_to_success(&mut pip, "packages cannot be installed from PyPI");
    fs::write(complete, "").expect("a file can be written");
    dir
}

/// Runs a command that must succeed, and returns what it printed.
#[track_caller]
pub fn run_to_success(command: &mut Command, failure: &str) -> String {
    let output = command.output().expect("the command starts");
    let text = output_text(&output);
    assert!(output.status.success(), "{failure}: {text}");
    text
}

/// What a command printed, stdout first.
pub fn output_text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}
