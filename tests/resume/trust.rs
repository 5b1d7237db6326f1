//! A checkpoint is believed only of the same file, the same question and the same program.

use super::{BLOCK, FILES, ORIGIN, World, assert_same, files, resumed};
use std::fs;
use std::path::Path;
use std::process::Command;

const CHANGED: &str = "rrc00/2014.12/updates.20141222.1200.gz";

/// Gives a file other bytes of the same length, in place, with its time of modification set back.
fn forge(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let was = fs::metadata(path)
        .and_then(|m| m.modified())
        .expect("a file");
    let mut bytes = fs::read(path).expect("a file");
    change(&mut bytes);
    fs::write(path, bytes).expect("a file can be written");
    let file = fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(was).expect("a time can be set");
}

/// Other bytes of the same length, and even of the same time: only that file is read again, and the
/// answer is that of what it holds now.
#[test]
fn a_changed_file_is_read_again() {
    let mut world = World::new(BLOCK);
    // What was written just now is known again by its bytes alone; here the system's word would do.
    std::thread::sleep(std::time::Duration::from_secs(4));
    let kept = world.killed("out");
    // The operating system of gzip's header (RFC 1952): other bytes, the same records.
    forge(&world.file(CHANGED), |bytes| bytes[9] ^= 1);
    world.clean = world.answer_of_a_clean_run();
    assert_eq!(world.goes_on("out"), Some((kept - 1, FILES)));
    let kept = world.killed("out");
    // A bit of its checksum: nothing vouches for what it holds.
    forge(&world.file(CHANGED), |bytes| {
        let checksum = bytes.len() - 8;
        bytes[checksum] ^= 1;
    });
    let (code, said) = world.run("clean");
    assert_eq!(code, 3, "{said}");
    let clean = files(&world.path("clean"));
    let (code, said) = world.run("out");
    assert_eq!(
        (code, resumed(&said)),
        (3, Some((kept - 1, FILES))),
        "{said}"
    );
    assert_same(&files(&world.path("out")), &clean);
}

/// A file that is gone is not there any more; one that is new is read.
#[test]
fn a_file_that_is_gone_is_missed() {
    let world = World::new(BLOCK);
    let kept = world.killed("out");
    fs::remove_file(world.file(CHANGED)).expect("a file of the archive");
    fs::remove_dir_all(world.path("clean")).expect("a folder");
    let (code, said) = world.run("clean");
    assert_eq!(code, 3, "{said}");
    let (code, said) = world.run("out");
    assert_eq!(
        (code, resumed(&said)),
        (3, Some((kept - 1, FILES - 1))),
        "{said}"
    );
    assert_same(&files(&world.path("out")), &files(&world.path("clean")));
}

/// A file with the same bytes is the same file, whatever the system says of it.
#[test]
fn a_copied_archive_is_known_by_its_bytes() {
    let world = World::new(BLOCK);
    let kept = world.killed("out");
    let (archive, aside) = (world.scene.archive(), world.path("aside"));
    fs::rename(&archive, &aside).expect("a folder can be renamed");
    let copied = Command::new("cp")
        .arg("-r")
        .args([&aside, &archive])
        .status();
    assert!(copied.is_ok_and(|s| s.success()), "a folder can be copied");
    assert_eq!(world.goes_on("out"), Some((kept, FILES)));
}

/// Another question has another answer, and nothing of this one is taken for it.
#[test]
fn another_question_starts_anew() {
    let world = World::new(BLOCK);
    for other in [
        "--prefix 10.0.1.0/24",
        "--prefix 10.0.0.0/8 --prefix 10.1.0.0/16",
        ORIGIN,
        "--prefix 10.0.0.0/8 --silence 700",
        "--prefix 10.0.0.0/8 --to 2014-12-23T00:59Z",
    ] {
        world.killed("out");
        // A flag that is given twice is not: the last line stands for the whole question.
        let mut args = world.args("out");
        let at = args.iter().position(|a| a == "--prefix").expect("a flag");
        args.drain(at..at + 2);
        if other.contains("--to") {
            let at = args.iter().position(|a| a == "--to").expect("a flag");
            args.drain(at..at + 2);
        }
        args.extend(other.split_whitespace().map(str::to_owned));
        let outcome = crate::harness::dropline(&args);
        assert_eq!(outcome.code, 0, "{other}: {}", outcome.stderr);
        assert_eq!(resumed(&outcome.stderr), None, "{other}");
        let found = files(&world.path("out"));
        fs::remove_dir_all(world.path("out")).expect("a folder");
        let outcome = crate::harness::dropline(&args);
        assert_eq!(outcome.code, 0, "{other}: {}", outcome.stderr);
        assert_same(&found, &files(&world.path("out")));
    }
}

/// What another program has read, be it only built at another time, is not taken.
#[test]
fn another_program_starts_anew() {
    let world = World::new(BLOCK);
    world.killed("out");
    let program = world.path("another");
    fs::copy(env!("CARGO_BIN_EXE_dropline"), &program).expect("a program can be copied");
    let output = Command::new(&program).args(world.args("out")).output();
    let output = output.expect("a run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), resumed(&said)),
        (Some(0), None),
        "{said}"
    );
    assert_same(&files(&world.path("out")), &world.clean);
}
