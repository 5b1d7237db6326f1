//! A run that stands still at one file, and two runs at once.

use super::{BLOCK, World, assert_same, files, until};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;

/// A file in whose place a pipe stands that nobody writes to: who reads it waits.
pub struct Held {
    path: PathBuf,
    aside: PathBuf,
}

impl Held {
    pub fn up(path: PathBuf) -> Self {
        let aside = path.with_extension("aside");
        fs::rename(&path, &aside).expect("a file of the archive");
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.is_ok_and(|s| s.success()), "a pipe can be made");
        Self { path, aside }
    }

    /// Puts the file back; who has the pipe open still waits.
    pub fn give_back(self) {
        fs::rename(&self.aside, &self.path).expect("the file goes back");
    }

    /// Lets who waits read the file's bytes, and puts it back.
    fn let_go(self) {
        let bytes = fs::read(&self.aside).expect("the file");
        let pipe = fs::OpenOptions::new().write(true).open(&self.path);
        let mut pipe = pipe.expect("the pipe");
        fs::rename(&self.aside, &self.path).expect("the file goes back");
        std::io::Write::write_all(&mut pipe, &bytes).expect("the pipe is read");
    }
}

/// A second run into a folder waits for the first: tables of two are never side by side.
#[test]
fn two_runs_into_one_folder_come_one_after_the_other() {
    let world = World::new(BLOCK);
    let (first, held) = world.held("out");
    let mut second = world.start("out");
    let stderr = second.0.stderr.take().expect("stderr");
    let mut said = String::new();
    BufReader::new(stderr).read_line(&mut said).expect("text");
    assert!(
        said.starts_with("waiting: another run is writing into"),
        "{said}"
    );
    held.let_go();
    let (code, told) = first.end();
    assert_eq!(code, Some(0), "{told}");
    until("the second run", || second.has_ended());
    assert!(second.0.wait().expect("a child").success());
    assert_same(&files(&world.path("out")), &world.clean);
}
