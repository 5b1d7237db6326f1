//! The commands that write, in a world of their own, and what they have left behind.

use crate::harness::{Scene, longhand};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use temp_dir::TempDir;

const SCENE: &str = "16:00 ABC rib 10.0.1.0/24 @ 64500
    16:00 ABC rib 10.0.2.0/24 @ 64500
    cover 16:00 17:00
    16:10 ABC withdraw 10.0.1.0/24
    16:30 ABC announce 10.0.1.0/24 @ 64500";
const ASKED: &str = "--prefix 10.0.0.0/8 --from 2014-12-22T16:00Z --to 2014-12-22T17:00Z";

/// Whatever writes files, each into a place of its own below OUT.
pub const WORKS: [&str; 7] = [
    "run --archive ARCHIVE ASKED -o OUT/run",
    "slice --archive ARCHIVE ASKED -o OUT/slice",
    "encode EVENTS -o OUT/archive",
    "plot RUN -o OUT/figures",
    "export RUN --format series -o OUT/series.json",
    "regress REGRESSION --only synthetic-few -o OUT/runs",
    "man OUT/man",
];

/// An archive, and a run of it that nothing befell.
pub struct World {
    scene: Scene,
    events: PathBuf,
}

impl World {
    pub fn new() -> Self {
        let scene = Scene::of(SCENE);
        let events = scene.write("table.txt", &longhand(SCENE));
        let world = Self { scene, events };
        let output = world.command(WORKS[0], &world.folder()).output();
        let output = output.expect("a run");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        world
    }

    pub fn archive(&self) -> PathBuf {
        self.scene.archive()
    }

    /// Where the archive and the run lie, and all else may.
    pub fn folder(&self) -> PathBuf {
        let archive = self.scene.archive();
        archive.parent().expect("a folder").to_owned()
    }

    /// The words of a work.
    pub fn words(&self, work: &str, out: &Path) -> Vec<String> {
        let regression = concat!(env!("CARGO_MANIFEST_DIR"), "/data/regression");
        let word = |word: &str| {
            word.replace("ARCHIVE", &self.archive().display().to_string())
                .replace("EVENTS", &self.events.display().to_string())
                .replace("RUN", &self.folder().join("run").display().to_string())
                .replace("REGRESSION", regression)
                .replace("OUT", &out.display().to_string())
        };
        let work = work.replace("ASKED", ASKED);
        work.split_whitespace().map(word).collect()
    }

    pub fn command(&self, work: &str, out: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dropline"));
        command.args(self.words(work, out)).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.env_remove("RAYON_NUM_THREADS");
        command
    }

    /// What a work leaves when nothing befalls it.
    pub fn clean(&self, work: &str) -> BTreeMap<String, Vec<u8>> {
        let dir = TempDir::new().expect("a temporary folder");
        self.does(work, dir.path());
        let clean = whole(dir.path());
        assert!(!clean.is_empty(), "{work}");
        clean
    }

    /// Does a work, which succeeds.
    pub fn does(&self, work: &str, out: &Path) {
        let output = self.command(work, out).output().expect("a run");
        assert_eq!(output.status.code(), Some(0), "{work}: {}", said(&output));
    }

    /// The same command again gives the clean result, and nothing else is left.
    pub fn does_again(&self, work: &str, out: &Path, clean: &BTreeMap<String, Vec<u8>>) {
        self.does(work, out);
        assert!(whole(out) == *clean, "{work}: the rerun differs");
        assert_eq!(unfinished(out), [""; 0], "{work}");
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file that has its final name, in subfolders too.
pub fn whole(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = files(dir).into_iter().filter(|f| !is_unfinished(f));
    files
        .map(|name| {
            let bytes = fs::read(dir.join(&name)).expect("a file");
            (name, bytes)
        })
        .collect()
}

/// The others.
pub fn unfinished(dir: &Path) -> Vec<String> {
    let mut files = files(dir);
    files.retain(|file| is_unfinished(file));
    files
}

fn is_unfinished(file: &str) -> bool {
    let mut names = file.split('/');
    names.any(|name| name.ends_with(".part") || name == ".resume")
}

/// Every table that is there is the clean one.
pub fn assert_whole(dir: &Path, clean: &BTreeMap<String, Vec<u8>>, what: &str) {
    for (name, bytes) in whole(dir) {
        let is_whole = clean.get(&name) == Some(&bytes);
        assert!(is_whole, "{what}: `{name}` is not whole");
    }
}

fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(dir).expect("below it");
                    found.push(name.display().to_string());
                }
            }
        }
    }
    found.sort();
    found
}
