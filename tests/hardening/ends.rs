//! Ends that nobody chose: a disk that is full, a folder that may not be written to, a kill at any
//! moment. What has its final name is whole, and a rerun gives the clean result.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends where its world cannot be set up, and says what it skips"
)]

use crate::harness::{Random, Scene};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const SCENE: &str = "16:00 ABC rib 10.0.1.0/24 @ 64500
    16:00 ABC rib 10.0.2.0/24 @ 64500
    cover 16:00 17:00
    16:10 ABC withdraw 10.0.1.0/24
    16:30 ABC announce 10.0.1.0/24 @ 64500";
const ASKED: &str = "--prefix 10.0.0.0/8 --from 2014-12-22T16:00Z --to 2014-12-22T17:00Z";

struct World {
    scene: Scene,
    clean: BTreeMap<String, Vec<u8>>,
}

impl World {
    fn new() -> Self {
        let scene = Scene::of(SCENE);
        let world = Self {
            clean: BTreeMap::new(),
            scene,
        };
        let output = world.command("clean", "").output().expect("a run");
        assert_eq!(output.status.code(), Some(0));
        let clean = tables(&world.folder("clean"));
        assert!(clean.len() > 10);
        Self { clean, ..world }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.scene.archive().join("..").join(name)
    }

    /// The run, through a shell that does something first.
    fn command(&self, folder: &str, first: &str) -> Command {
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_dropline");
        let archive = self.scene.archive();
        let line = format!(
            "{first} exec {program} run --archive {} {ASKED} -o {}",
            archive.display(),
            self.folder(folder).display()
        );
        command.args(["-c", &line]).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Every table that is there is the clean run's.
    fn assert_whole(&self, folder: &str, what: &str) {
        for (name, bytes) in tables(&self.folder(folder)) {
            assert!(
                self.clean.get(&name) == Some(&bytes),
                "{what}: `{name}` is not whole"
            );
        }
    }

    fn assert_again(&self, folder: &str, what: &str) {
        let output = self.command(folder, "").output().expect("a run");
        assert_eq!(output.status.code(), Some(0), "{what}: {}", said(&output));
        assert!(
            tables(&self.folder(folder)) == self.clean,
            "{what}: the rerun differs"
        );
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The files of a run under their final names.
fn tables(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(dir) else {
        return BTreeMap::new();
    };
    let files = entries.map(|e| e.expect("an entry").path());
    let files = files.filter(|p| p.is_file() && p.extension().is_some_and(|e| e != "part"));
    files
        .map(|path| {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read(&path).expect("a file"))
        })
        .collect()
}

/// A limit on the length of files stands for a disk that is full: every write can fail.
#[test]
fn a_full_disk_leaves_no_half_table() {
    let world = World::new();
    for blocks in [0, 1, 2, 4, 8, 16] {
        let folder = format!("full-{blocks}");
        let limit = format!("trap '' XFSZ; ulimit -f {blocks};");
        let output = world.command(&folder, &limit).output().expect("a run");
        let what = format!("{blocks} blocks: {}", said(&output));
        if output.status.code() == Some(0) {
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(said(&output).contains("hint: "), "{what}");
        world.assert_whole(&folder, &what);
        world.assert_again(&folder, &what);
    }
    assert!(
        tables(&world.folder("full-0")) == world.clean,
        "it was run again"
    );
}

/// A folder that may not be written to fails at once, with a way out.
#[test]
fn a_folder_that_may_not_be_written_to() {
    let world = World::new();
    let folder = world.folder("closed");
    fs::create_dir(&folder).expect("a folder can be made");
    let open = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(&folder, open(0o555)).expect("permissions can be set");
    let is_root = fs::write(folder.join("probe"), "").is_ok();
    let mut first = String::new();
    if is_root {
        // Root may write anywhere: somebody else has to try.
        let _ = fs::remove_file(folder.join("probe"));
        fs::set_permissions(world.folder(""), open(0o755)).expect("permissions can be set");
        let program = env!("CARGO_BIN_EXE_dropline");
        let nobody = ["--reuid=65534", "--clear-groups", program, "--version"];
        let can = Command::new("setpriv").args(nobody).output();
        if !can.is_ok_and(|o| o.status.success()) {
            eprintln!("skipped: root may write anywhere, and nobody else can be asked");
            return;
        }
        first = "exec setpriv --reuid=65534 --clear-groups sh -c 'exec \"$@\"' -".to_owned();
    }
    let mut command = world.command("closed", "");
    if !first.is_empty() {
        let line = world.command("closed", &first);
        let line = line.get_args().nth(1).expect("a line").to_string_lossy();
        let line = line.replace(" - exec ", " - ");
        command = Command::new("sh");
        command.args(["-c", &line]).stdin(Stdio::null());
    }
    let output = command.output().expect("a run");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("hint: "), "{}", said(&output));
    assert!(tables(&folder).is_empty());
}

#[test]
fn killed_at_any_moment_a_rerun_gives_the_clean_result() {
    let world = World::new();
    let began = Instant::now();
    world.assert_again("timed", "a run to time");
    let whole = began.elapsed().as_millis() as usize;
    let mut random = Random(7);
    for case in 0..12 {
        let signal = ["KILL", "INT", "TERM"][case % 3];
        let mut child = world.command("killed", "").spawn().expect("a run");
        let wait = random.below(whole + 1) as u64;
        std::thread::sleep(Duration::from_millis(wait));
        let id = child.id().to_string();
        let _ = Command::new("kill").args(["-s", signal, &id]).status();
        child.wait().expect("a child");
        let what = format!("case {case}: {signal} after {wait} ms");
        world.assert_whole("killed", &what);
        if case % 4 == 3 {
            world.assert_again("killed", &what);
            fs::remove_dir_all(world.folder("killed")).expect("a folder");
        }
    }
    world.assert_again("killed", "at the end");
}
