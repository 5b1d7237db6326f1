//! Checkpoints that are damaged, foreign, or cannot be kept: files are read again, and that is all.

use super::{BLOCK, World, checkpoints, resumed};
use crate::harness::Random;
use std::fs;
use std::path::PathBuf;

type Change = fn(Vec<u8>, &mut Random) -> Vec<u8>;

fn flipped(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let at = random.below(bytes.len());
    bytes[at] ^= 1 << random.below(8);
    bytes
}

fn cut(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    bytes.truncate(random.below(bytes.len()));
    bytes
}

fn emptied(_: Vec<u8>, _: &mut Random) -> Vec<u8> {
    Vec::new()
}

fn zeroed(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let from = random.below(bytes.len() / 2);
    bytes[from..].fill(0);
    bytes
}

fn with_more(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    bytes.extend((0..100).map(|_| random.below(256) as u8));
    bytes
}

/// Whatever is wrong with checkpoints, the answer is the clean run's and nothing is said of it.
#[test]
fn a_damaged_checkpoint_is_read_again() {
    let world = World::new(BLOCK);
    let mut random = Random(5);
    let harmful: [Change; 4] = [flipped, cut, emptied, zeroed];
    let harmful = harmful.into_iter().map(|change| (change, true));
    // What stands behind a checkpoint's end harms nothing.
    let changes: Vec<(Change, bool)> = harmful.chain([(with_more as Change, false)]).collect();
    let kept = world.killed("killed");
    for round in 0..2 {
        for (number, (change, harms)) in changes.iter().enumerate() {
            let out = world.path("out");
            let _ = fs::remove_dir_all(&out);
            copy(&world.path("killed"), &out);
            for path in checkpoints(&out).iter().skip(round).step_by(2) {
                let bytes = change(fs::read(path).expect("a checkpoint"), &mut random);
                fs::write(path, bytes).expect("a file can be written");
            }
            let (code, said) = world.run("out");
            assert_eq!(code, 0, "{said}");
            assert!(!said.contains("warning"), "{said}");
            super::assert_same(&super::files(&out), &world.clean);
            let (taken, of) = resumed(&said).expect("the others are sound");
            assert_eq!(taken < kept, *harms, "change {number}: {taken} of {of}");
        }
    }
}

/// A checkpoint under another's name is not taken for it.
#[test]
fn a_checkpoint_in_another_place_is_not_believed() {
    let world = World::new(BLOCK);
    let kept = world.killed("out");
    let paths = checkpoints(&world.path("out"));
    let bytes = fs::read(&paths[0]).expect("a checkpoint");
    for path in &paths {
        fs::write(path, &bytes).expect("a file can be written");
    }
    let (taken, _) = world.goes_on("out").expect("one is where it was");
    assert!(taken < kept / 2, "{taken} of {kept}");
}

/// Where nothing can be kept the run goes on without, and says so once.
#[test]
fn nothing_is_kept_where_that_cannot_be() {
    let world = World::new(BLOCK);
    fs::create_dir(world.path("out")).expect("a folder can be made");
    fs::write(world.path("out").join(".resume"), "a file").expect("a file can be written");
    let (code, said) = world.run("out");
    assert_eq!(code, 0, "{said}");
    for warning in [
        "warning: cannot save progress for a later run to resume from: ",
        "warning: cannot remove the saved progress: ",
    ] {
        let lines = said.lines().filter(|l| l.starts_with(warning));
        assert_eq!(lines.count(), 1, "`{warning}` in {said}");
    }
    fs::remove_file(world.path("out").join(".resume")).expect("it was left alone");
    super::assert_same(&super::files(&world.path("out")), &world.clean);
}

fn copy(from: &PathBuf, to: &PathBuf) {
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status();
    assert!(copied.is_ok_and(|s| s.success()), "a folder can be copied");
}
