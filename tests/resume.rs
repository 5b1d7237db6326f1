//! A run that is cut off goes on where it was: what had been read is taken as it was kept, if it is
//! what reading would give again, and the tables are those of a run that nobody disturbed.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    reason = "a test ends where its world cannot be set up"
)]

mod damage;
mod held;
mod progress;
mod trust;

use crate::harness::{Random, Scene, dropline};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Three collectors over three days: what one RIB gives away others lack, and what updates give
/// away late was withdrawn before.
const SCENE: &str = "
    2014-12-21T22:00Z rrc00/ABC rib 10.0.1.0/24 @ 64500
    2014-12-21T22:00Z rrc00/ABC rib 10.0.2.0/24 @ 64500
    2014-12-21T22:00Z rrc01/ABC rib 10.0.1.0/24 @ 64500
    2014-12-21T22:00Z rrc01/ABC rib 10.0.2.0/24 @ 64500
    2014-12-21T22:00Z sydney/ABC rib 10.0.1.0/24 @ 64500
    2014-12-21T22:00Z sydney/ABC rib 10.0.4.0/24 @ 64500
    2014-12-22T08:00Z rrc00/ABC rib 10.0.1.0/24 @ 64500
    2014-12-22T08:00Z rrc00/ABC rib 10.0.2.0/24 @ 64500
    cover rrc00 2014-12-21T22:00Z 2014-12-23T01:00Z
    cover rrc01 2014-12-21T22:00Z 2014-12-23T01:00Z
    cover route-views.sydney 2014-12-21T22:00Z 2014-12-23T01:00Z
    2014-12-21T23:10Z rrc00/ABC withdraw 10.0.1.0/24
    2014-12-21T23:11Z rrc01/AB withdraw 10.0.1.0/24
    2014-12-22T01:30Z rrc00/ABC announce 10.0.1.0/24 @ 64500
    2014-12-22T02:00Z rrc01/AB announce 10.0.1.0/24 @ 64501
    2014-12-22T03:00Z rrc01/AB withdraw 10.0.3.0/24
    2014-12-22T12:00Z rrc00/ABC announce 10.0.3.0/24 @ 64500
    2014-12-22T12:40Z rrc00/ABC withdraw 10.0.3.0/24
    2014-12-22T13:00Z sydney/AB announce 10.0.3.0/24 @ 64500
    2014-12-22T20:00Z rrc00/A state 6 1
    2014-12-22T20:05Z rrc00/A state 1 6
    2014-12-22T20:06Z rrc00/A announce 10.0.1.0/24 @ 64500
    2014-12-23T00:30Z rrc01/ABC withdraw 10.0.2.0/24";
/// The files of the scene: four RIBs, and the updates of 27 hours.
const FILES: usize = 4 + 2 * 27 * 12 + 27 * 4;

const BLOCK: &str = "--prefix 10.0.0.0/8";
/// With origins to watch, files are looked at twice.
const ORIGIN: &str = "--asn 64500";

/// An archive, a question, and what a run gives that nobody disturbs.
struct World {
    scene: Scene,
    watched: &'static str,
    clean: BTreeMap<PathBuf, Vec<u8>>,
}

impl World {
    fn new(watched: &'static str) -> Self {
        let mut world = Self {
            scene: Scene::of(SCENE),
            watched,
            clean: BTreeMap::new(),
        };
        world.clean = world.answer_of_a_clean_run();
        world
    }

    /// What a clean run gives of the archive as it is now.
    fn answer_of_a_clean_run(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let _ = fs::remove_dir_all(self.path("clean"));
        let (code, said) = self.run("clean");
        assert_eq!(code, 0, "{said}");
        assert_eq!(resumed(&said), None, "{said}");
        files(&self.path("clean"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scene.archive().with_file_name(name)
    }

    /// A file of the archive.
    fn file(&self, name: &str) -> PathBuf {
        self.scene.archive().join(name)
    }

    fn args(&self, folder: &str) -> Vec<String> {
        let line = format!(
            "run --archive {} {} --from 2014-12-21T22:00Z --to 2014-12-23T01:00Z --no-report --threads 2 -o {}",
            self.scene.archive().display(),
            self.watched,
            self.path(folder).display()
        );
        line.split_whitespace().map(str::to_owned).collect()
    }

    /// Runs to the end; the exit code and what was said.
    fn run(&self, folder: &str) -> (i32, String) {
        let outcome = dropline(&self.args(folder));
        (outcome.code, outcome.stderr)
    }

    /// Runs to the end; the folder is that of a clean run, whatever was there before. How many
    /// files had been read, out of how many.
    fn goes_on(&self, folder: &str) -> Option<(usize, usize)> {
        let (code, said) = self.run(folder);
        assert_eq!(code, 0, "{said}");
        assert_same(&files(&self.path(folder)), &self.clean);
        resumed(&said)
    }

    fn start(&self, folder: &str) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dropline"));
        command.args(self.args(folder));
        Running::of(command)
    }

    /// A run that stands still in mid-reading, and how many files it has read and kept.
    fn held(&self, folder: &str) -> (Running, usize) {
        let out = self.path(folder);
        loop {
            let _ = fs::remove_dir_all(&out);
            let mut running = self.start(folder);
            until("most files", || {
                findings(&out) > FILES * 2 / 3 || running.has_ended()
            });
            if running.has_ended() {
                continue;
            }
            running.signal("STOP");
            let mut kept = 0;
            until("it to stand still", || {
                let before = std::mem::replace(&mut kept, findings(&out));
                std::thread::sleep(Duration::from_millis(50));
                before == kept
            });
            // It may have been over with reading, or altogether.
            if (1..FILES).contains(&kept) && !running.has_ended() {
                return (running, kept);
            }
            running.kill();
        }
    }

    /// A folder in which a run was killed, and nothing else happened; how many files it had read.
    fn killed(&self, folder: &str) -> usize {
        let (running, kept) = self.held(folder);
        running.kill();
        assert!(!self.path(folder).join("prefixes.csv").exists());
        kept
    }
}

/// A run under way.
struct Running(Child);

impl Running {
    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Self(command.stderr(Stdio::piped()).spawn().expect("a run"))
    }

    /// SIGKILL: nothing is put in order.
    fn kill(mut self) -> ExitStatus {
        self.0.kill().expect("a run can be killed");
        self.0.wait().expect("a child")
    }

    fn has_ended(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_some()
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.is_ok_and(|s| s.success()));
    }

    /// Waits for its end: the exit code and what it said.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        let mut stderr = self.0.stderr.take().expect("stderr");
        stderr.read_to_string(&mut said).expect("text");
        (self.0.wait().expect("a child").code(), said)
    }
}

/// What the line says that tells how much had been read.
fn resumed(said: &str) -> Option<(usize, usize)> {
    let line = said.lines().find_map(|l| l.strip_prefix("resumed: "))?;
    let numbers = line.split_whitespace().filter_map(|w| w.parse().ok());
    let numbers: Vec<usize> = numbers.collect();
    Some((numbers[0], numbers[1]))
}

/// The checkpoints in a run's folder.
fn checkpoints(out: &Path) -> Vec<PathBuf> {
    let found = files(&out.join(".resume")).into_keys();
    found.map(|name| out.join(".resume").join(name)).collect()
}

/// How many findings they hold: a head of 40 bytes, then 36 bytes and as many more as the first
/// four say, for each.
fn findings(out: &Path) -> usize {
    let mut found = 0;
    for path in checkpoints(out) {
        let bytes = fs::read(path).unwrap_or_default();
        let mut rest = bytes.get(40..).unwrap_or_default();
        while let Some((length, behind)) = rest.split_first_chunk::<4>() {
            let length = u32::from_le_bytes(*length) as usize;
            let Some(next) = behind.get(32 + length..) else {
                break;
            };
            found += 1;
            rest = next;
        }
    }
    found
}

/// All files under a folder.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(dir.join(&folder)).into_iter().flatten();
        for entry in entries.flatten() {
            let name = folder.join(entry.file_name());
            match entry.path().is_dir() {
                true => folders.push(name),
                // What is gone meanwhile was no file of a run that has ended.
                false => drop(fs::read(entry.path()).map(|bytes| found.insert(name, bytes))),
            }
        }
    }
    found
}

/// Two folders are the same, byte for byte.
fn assert_same(found: &BTreeMap<PathBuf, Vec<u8>>, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    let names = |of: &BTreeMap<PathBuf, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected));
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "`{}` differs", name.display());
    }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Killed in mid-reading, the next run reads what is left.
#[test]
fn killed_it_goes_on_where_it_was() {
    let world = World::new(BLOCK);
    let kept = world.killed("out");
    let days = checkpoints(&world.path("out"));
    // One for each collector and day; the last may not have been come to.
    assert!((6..=9).contains(&days.len()), "{days:?}");
    assert_eq!(world.goes_on("out"), Some((kept, FILES)));
    assert_eq!(world.goes_on("out"), None, "nothing is left of it");
}

/// Ctrl-C is as good as a kill, and says what to do.
#[test]
fn interrupted_it_goes_on_where_it_was() {
    let world = World::new(BLOCK);
    let kept = loop {
        let (running, kept) = world.held("out");
        running.signal("INT");
        running.signal("CONT");
        let (code, said) = running.end();
        // It may have come to its end before it heard.
        if code != Some(0) {
            assert_eq!(code, Some(130), "{said}");
            let hint = "hint: what was fetched and read is kept";
            assert!(said.contains(hint), "{said}");
            break kept;
        }
    };
    let (taken, of) = world.goes_on("out").expect("it goes on");
    assert!(
        (kept..=of).contains(&taken) && of == FILES,
        "{taken} of {of}"
    );
}

/// The second look at files goes on where it was, too, at whatever moment and however often a run is
/// killed.
#[test]
fn killed_again_and_again_it_comes_to_an_end() {
    let world = World::new(ORIGIN);
    let out = world.path("out");
    let mut random = Random(11);
    let mut had_second_looks = false;
    for case in 0..3 {
        // More findings from kill to kill, up to those of second looks.
        let mut kept = 0;
        loop {
            let more = kept + 50 + random.below(150);
            let mut running = world.start("out");
            until("more findings", || {
                kept = kept.max(findings(&out));
                kept >= more || running.has_ended()
            });
            if running.has_ended() {
                let (code, said) = running.end();
                assert_eq!(code, Some(0), "{said}");
                let (taken, of) = resumed(&said).expect("it goes on");
                assert!(of > FILES && taken > 50, "case {case}: {taken} of {of}");
                break;
            }
            if running.kill().success() {
                break;
            }
            had_second_looks |= kept > FILES;
        }
        assert_same(&files(&out), &world.clean);
        fs::remove_dir_all(&out).expect("a folder");
    }
    assert!(had_second_looks, "a kill fell into the second look");
}

/// A table of events is encoded anew by each run: its files are known again by their bytes.
#[test]
fn made_from_a_table_of_events_it_goes_on_too() {
    let dir = temp_dir::TempDir::new().expect("a folder");
    let command = |out: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_dropline"));
        command.args(["run", "kp-2014-12-22-reconstruction", "--no-report", "-o"]);
        command.arg(dir.path().join(out)).current_dir(root);
        command
    };
    let (code, said) = Running::of(command("clean")).end();
    assert_eq!(code, Some(0), "{said}");
    let out = dir.path().join("out");
    for _ in 0..20 {
        let running = Running::of(command("out"));
        until("findings", || {
            findings(&out) > 10 || out.join("run.json").exists()
        });
        running.kill();
        if out.join(".resume").exists() {
            break;
        }
        fs::remove_dir_all(&out).expect("a folder");
    }
    let (code, said) = Running::of(command("out")).end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        resumed(&said).is_some_and(|(taken, _)| taken > 10),
        "{said}"
    );
    assert_same(&files(&out), &files(&dir.path().join("clean")));
}
