//! Two runs at once.

use super::{BLOCK, World, assert_same, files};
use std::io::{BufRead, BufReader};

/// A second run into a folder waits for the first: tables of two are never side by side.
#[test]
fn two_runs_into_one_folder_come_one_after_the_other() {
    let world = World::new(BLOCK);
    let (first, _) = world.held("out");
    let mut second = world.start("out");
    let stderr = second.0.stderr.take().expect("stderr");
    let mut lines = BufReader::new(stderr).lines();
    let said = lines.next().expect("a line").expect("text");
    let waits = "waiting: another run is writing into";
    assert!(said.starts_with(waits), "{said}");
    first.signal("CONT");
    let (code, told) = first.end();
    assert_eq!(code, Some(0), "{told}");
    lines.for_each(drop);
    assert!(second.0.wait().expect("a child").success());
    assert_same(&files(&world.path("out")), &world.clean);
}
