//! A disk that is full, and a folder that may not be written to or read. What has its final name is whole,
//! wherever it lies; what went wrong is said, with a way out; and a rerun with room gives the clean
//! result.

use super::works::{WORKS, World, assert_whole, said, unfinished, whole};
use crate::harness::in_parallel;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use temp_dir::TempDir;

/// Does a work on a disk of its own, and once more when that has grown. The disk is gone afterwards: what was
/// on it is copied.
const ON_A_DISK: &str = r#"
    disk=$1 told=$2 size=$3
    shift 3
    mount -t tmpfs -o "$size" none "$disk" || exit 99
    "$@" > "$told/said" 2>&1
    echo $? > "$told/code"
    cp -r "$disk" "$told/left"
    mount -o remount,size=64m,nr_inodes=10000 "$disk"
    grep -qx 0 "$told/code" || "$@" 2> "$told/again" || exit 98
    cp -r "$disk" "$told/whole"
"#;

/// How a disk of one's own can be had: root may mount one, and some others in a name space.
fn own_mounts() -> &'static [&'static str] {
    let ways: [&[&str]; 2] = [&["-m"], &["-r", "-m"]];
    let way = ways.into_iter().find(|way| {
        let try_it = ["sh", "-c", "mount -t tmpfs none /mnt"];
        let tried = Command::new("unshare").args(*way).args(try_it).output();
        tried.is_ok_and(|output| output.status.success())
    });
    way.expect("neither `unshare -m` nor `unshare -r -m` may mount a disk here")
}

/// Sizes of disks that are too small for what a work leaves: in room, and in number of files.
fn too_small(clean: &BTreeMap<String, Vec<u8>>) -> [String; 3] {
    let pages: usize = clean.values().map(|f| f.len().div_ceil(4096)).sum();
    let size = |part: usize| format!("size={}k", 4 * (pages * part / 8).max(1));
    let files = format!("size=64m,nr_inodes={}", 1 + clean.len() / 2);
    [size(2), size(7), files]
}

#[test]
#[ignore = "needs to mount a small disk"]
fn on_a_full_disk_no_file_is_half_written() {
    let way = own_mounts();
    let world = World::new();
    in_parallel(WORKS, |work| {
        let clean = world.clean(work);
        let mut failed = 0;
        for size in too_small(&clean) {
            let dir = TempDir::new().expect("a temporary folder");
            let disk = dir.path().join("disk");
            fs::create_dir(&disk).expect("a folder");
            let mut command = Command::new("unshare");
            command.args(way).args(["sh", "-c", ON_A_DISK, "sh"]);
            command.arg(&disk).arg(dir.path()).arg(&size);
            command.arg(env!("CARGO_BIN_EXE_dropline"));
            command.args(world.words(work, &disk)).stdin(Stdio::null());
            let output = command.output().expect("a shell");
            let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap_or_default();
            let told = read("said");
            let what = format!("{work} on {size}: {told}{}", read("again"));
            assert_eq!(output.status.code(), Some(0), "{what}");
            assert_whole(&dir.path().join("left"), &clean, &what);
            if read("code").trim() != "0" {
                failed += 1;
                assert_eq!(read("code").trim(), "1", "{what}");
                assert!(told.contains("cannot write `"), "{what}");
                assert!(told.contains("hint: "), "{what}");
                assert!(told.contains("No space left"), "{what}");
            }
            assert!(whole(&dir.path().join("whole")) == clean, "{what}");
            assert_eq!(unfinished(&dir.path().join("whole")), [""; 0], "{what}");
        }
        assert!(failed > 0, "{work}: there was room for all");
    });
}

/// Does a work with a limit on the length of files, in blocks of 512 bytes.
fn limited(world: &World, work: &str, out: &Path, blocks: u32) -> Output {
    let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limit, "sh", env!("CARGO_BIN_EXE_dropline")]);
    command.args(world.words(work, out)).stdin(Stdio::null());
    command.output().expect("a run")
}

/// A limit on the length of files stands for a disk that is full: every write can fail.
#[test]
fn a_file_that_may_not_grow_is_not_left_half() {
    let world = World::new();
    let work = WORKS[0];
    let clean = world.clean(work);
    for blocks in [0, 1, 4, 16, 400] {
        let dir = TempDir::new().expect("a temporary folder");
        let output = limited(&world, work, dir.path(), blocks);
        let what = format!("{blocks} blocks: {}", said(&output));
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(said(&output).contains("hint: "), "{what}");
        assert_whole(dir.path(), &clean, &what);
        world.does_again(work, dir.path(), &clean);
    }
}

/// A run that breaks off in another's folder may have replaced some of its tables: no report of the other
/// stands beside them.
#[test]
fn no_report_beside_the_tables_of_another_run() {
    let world = World::new();
    let dir = TempDir::new().expect("a temporary folder");
    world.does(WORKS[0], dir.path());
    let before = whole(dir.path());
    assert!(before.contains_key("run/report.html"));
    let work = WORKS[0].replace("ASKED", "ASKED --collector rrc00 --min-vantage 4");
    let output = limited(&world, &work, dir.path(), 16);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let after = whole(dir.path());
    let drawn = |name: &&String| name.contains("figures/") || name.contains("report.html");
    assert_eq!(after.keys().find(drawn), None);
    let clean = world.clean(&work);
    world.does_again(&work, dir.path(), &clean);
}

/// Data that nobody got are no success.
#[test]
#[cfg(target_os = "linux")]
fn what_cannot_be_printed_is_a_failure() {
    let full = File::options().write(true).open("/dev/full");
    let full = full.expect("a disk that is full");
    let world = World::new();
    for work in [
        "--help",
        "--version",
        "man",
        "completions bash",
        "columns",
        "incidents",
        "cache dir",
        "select --prefix 10.0.0.0/8",
        "show RUN",
        "export RUN --format codf",
        "verify RUN RUN --format junit",
        "explain RUN --prefix 10.0.1.0/24 --at 2014-12-22T16:15Z --archive ARCHIVE",
        "regress REGRESSION --only synthetic-few",
    ] {
        let mut command = world.command(work, &world.folder());
        command.stdout(full.try_clone().expect("a file"));
        let output = command.output().expect("the program");
        let what = format!("{work}: {}", said(&output));
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(what.contains("error: cannot write to stdout: "), "{what}");
        assert!(what.contains("hint: the disk is full"), "{what}");
    }
}

fn assert_told(output: &Output, path: &Path, what: &str) {
    let told = said(output);
    assert_eq!(output.status.code(), Some(1), "{what}: {told}");
    let named = format!("cannot write `{}`", path.display());
    assert!(told.contains(&named), "{what}: {told}");
    assert!(told.contains("hint: "), "{what}: {told}");
}

/// Where a folder is to be, there is a file.
#[test]
fn a_folder_below_a_file() {
    let world = World::new();
    let file = world.folder().join("file");
    fs::write(&file, "mine").expect("a file can be written");
    for work in WORKS {
        let output = world.command(work, &file).output().expect("the program");
        let told = said(&output);
        assert_eq!(output.status.code(), Some(1), "{work}: {told}");
        assert!(told.contains(&file.display().to_string()), "{work}: {told}");
        assert!(told.contains("hint: "), "{work}: {told}");
        assert_eq!(fs::read(&file).expect("a file"), b"mine", "{work}");
    }
}

/// Where a table is to be, there is a folder: the run says so before its work begins.
#[test]
fn a_folder_where_a_table_is_to_be() {
    let world = World::new();
    for name in ["prefixes.csv", "files.parquet", "outages.json", "run.json"] {
        let dir = TempDir::new().expect("a temporary folder");
        let taken = dir.path().join("run").join(name);
        fs::create_dir_all(taken.join("mine")).expect("a folder can be made");
        let output = world.command(WORKS[0], dir.path()).output();
        assert_told(&output.expect("the program"), &taken, name);
        assert!(whole(dir.path()).is_empty() && unfinished(dir.path()).is_empty());
        assert!(taken.join("mine").is_dir());
    }
}

/// A slice takes the place of an empty folder, and of nothing else.
#[test]
fn a_link_where_a_slice_is_to_be() {
    let world = World::new();
    let dir = TempDir::new().expect("a temporary folder");
    fs::create_dir(dir.path().join("slice")).expect("a folder can be made");
    world.does(WORKS[1], dir.path());
    for target in ["nowhere", "slice"] {
        let other = TempDir::new().expect("a temporary folder");
        let link = other.path().join("slice");
        std::os::unix::fs::symlink(dir.path().join(target), &link).expect("a link can be made");
        let output = world.command(WORKS[1], other.path()).output();
        let output = output.expect("the program");
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("is a link"), "{}", said(&output));
        assert!(unfinished(other.path()).is_empty());
    }
}

/// Root may read and write anywhere: then somebody else tries, with a copy of the program, as the
/// folder of the original may be closed to others.
fn by_nobody(world: &World, command: &Command) -> Output {
    let args: Vec<_> = command.get_args().collect();
    let is_root = fs::metadata("/proc/self/").is_ok_and(|m| {
        use std::os::unix::fs::MetadataExt;
        m.uid() == 0
    });
    if !is_root {
        let mut own = Command::new(command.get_program());
        return own.args(args).output().expect("the program");
    }
    let program = world.folder().join("dropline");
    if !program.exists() {
        fs::copy(command.get_program(), &program).expect("a copy of the program");
    }
    let mut asked = Command::new("setpriv");
    asked.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    asked.arg(program).args(args).stdin(Stdio::null());
    asked.output().expect("setpriv, to try as nobody")
}

fn set_mode(path: &Path, mode: u32) {
    let mode = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, mode).expect("permissions can be set");
}

/// A folder that may not be written to fails at once, with a way out.
#[test]
fn a_folder_that_may_not_be_written_to() {
    let world = World::new();
    set_mode(&world.folder(), 0o755);
    let closed = world.folder().join("closed");
    fs::create_dir(&closed).expect("a folder can be made");
    set_mode(&closed, 0o555);
    for work in WORKS {
        let output = by_nobody(&world, &world.command(work, &closed));
        let told = said(&output);
        assert_eq!(output.status.code(), Some(1), "{work}: {told}");
        assert!(told.contains("error: cannot write `"), "{work}: {told}");
        assert!(told.contains("hint: "), "{work}: {told}");
        assert!(whole(&closed).is_empty() && unfinished(&closed).is_empty());
    }
}

/// What may not be read is not taken for missing: nobody is told of a hole that is none.
#[test]
fn an_archive_that_may_not_be_read() {
    let world = World::new();
    set_mode(&world.folder(), 0o755);
    let out = world.folder().join("theirs");
    fs::create_dir(&out).expect("a folder can be made");
    set_mode(&out, 0o777);
    let archive = world.archive();
    for below in [
        "",
        "rrc00",
        "rrc00/2014.12",
        "rrc00/2014.12/updates.20141222.1610.gz",
    ] {
        let closed = archive.join(below);
        let mode = fs::metadata(&closed).expect("it is there").permissions();
        set_mode(&closed, 0);
        let work = format!("{} --full-feed all", WORKS[0]);
        let output = by_nobody(&world, &world.command(&work, &out));
        fs::set_permissions(&closed, mode).expect("permissions can be set");
        let told = said(&output);
        assert_eq!(output.status.code(), Some(1), "{below}: {told}");
        let named = format!("cannot read `{}", closed.display());
        assert!(
            told.contains(named.trim_end_matches('/')),
            "{below}: {told}"
        );
        assert!(told.contains("Permission denied"), "{below}: {told}");
        assert!(told.contains("hint: "), "{below}: {told}");
        assert!(whole(&out).is_empty(), "{below}");
    }
}
