//! The one place that knows how to run things: scenario text → archive → the real program →
//! tables, held against an expected table and against the witness.
//!
//! Scenarios are event tables (see `dropline::encode`) in shorthand:
//!
//! ```text
//! 16:00 ABC rib 10.0.1.0/24 @ 64500     22 December 2014; peers A, B and C of rrc00, a line each;
//!                                       `@` in a path is the peer's own AS
//! 16:00 sydney/A announce …             peer A of route-views.sydney
//! cover 16:00 16:10                     of rrc00
//! ```
//!
//! Peer A is AS64501 at 192.0.2.1, B AS64502 at 192.0.2.2, and so on.
//!
//! Expected tables begin with the columns that matter. `-` is an empty cell, blanks in a cell are
//! commas, times are of that day, and a row for `16:00-16:04` stands for five rows.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends where its world cannot be set up"
)]

mod browser;
mod csv;
mod decoded;
mod mrt;
mod parallel;
mod python;
mod random;
mod real;
mod server;
mod shorthand;
mod witness;

pub use browser::{Browser, Screen};
use csv::Table;
pub use csv::read_csv;
pub use decoded::{
    Recorded, RecordedAction, decode, decode_bare, everything, find, find_bare, plain_file,
    recorded,
};
pub use mrt::{message, record, record_starts, unpack, update};
pub use parallel::in_parallel;
pub use python::{output_text, python_environment, run_to_success};
pub use random::{Random, tries};
pub use real::mirror;
pub use server::{Answer, Server, Site};
pub use shorthand::{dated, longhand};
use shorthand::{full_name, rows_of, shorthand};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use temp_dir::TempDir;
pub use witness::Witnessed;

/// An archive made from a scenario.
pub struct Scene {
    dir: TempDir,
    witness: bool,
    /// Whether what describes an outage or event is compared with the witness, too.
    derived: bool,
}

/// What a command printed and how it ended.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The tables of a run.
pub struct Run {
    pub outcome: Outcome,
    pub dir: PathBuf,
}

/// Runs the program.
pub fn dropline<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_dropline"))
        .args(args)
        .env_remove("RAYON_NUM_THREADS")
        .env_remove("DROPLINE_MIRROR")
        .output()
        .expect("the program starts");
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Scene {
    /// The archive that a scenario leaves.
    pub fn of(scenario: &str) -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let scene = Self {
            dir,
            witness: true,
            derived: true,
        };
        let events = scene.write("events.txt", &longhand(scenario));
        let archive = scene.archive();
        let encoded = dropline(&[
            "encode".as_ref(),
            events.as_os_str(),
            "-o".as_ref(),
            archive.as_os_str(),
        ]);
        assert_eq!(
            encoded.code,
            0,
            "{}\n{}",
            encoded.stderr,
            longhand(scenario)
        );
        scene
    }

    /// A scene that the witness reads differently, or cannot read.
    pub fn without_witness(mut self, _why: &str) -> Self {
        self.witness = false;
        self
    }

    /// A scene in which the witness's bounds, paths and networks of a loss are left aside.
    pub fn without_derived(mut self, _why: &str) -> Self {
        self.derived = false;
        self
    }

    /// Where the archive lies.
    pub fn archive(&self) -> PathBuf {
        self.dir.path().join("archive")
    }

    /// Writes a file beside the archive.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path
    }

    /// Takes a file of the archive away.
    pub fn without(self, file: &str) -> Self {
        fs::remove_file(self.archive().join(file)).expect("a file of the archive");
        self
    }

    /// Copies a file of the archive.
    pub fn copied(self, from: &str, to: &str) -> Self {
        let to = self.archive().join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder can be made");
        fs::copy(self.archive().join(from), to).expect("a file of the archive");
        self
    }

    /// Changes the bytes of a file as stored.
    pub fn changed(self, file: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Self {
        let path = self.archive().join(file);
        let bytes = change(fs::read(&path).expect("a file of the archive"));
        fs::write(path, bytes).expect("a file can be written");
        self
    }

    /// Breaks a file off inside its record number `records` (from 0), if it has that many: those
    /// before are whole.
    pub fn cut_after(self, file: &str, records: usize) -> Self {
        self.changed(file, |packed| {
            let bytes = unpack(&packed);
            let starts = record_starts(&bytes);
            let Some(start) = starts[..starts.len() - 1].get(records) else {
                return packed;
            };
            let end = start + 5;
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&bytes[..end])
                .and_then(|()| gzip.flush())
                .expect("bytes to memory");
            gzip.get_ref().clone()
        })
    }

    /// Asks a question of the archive; the window and the watch list are among `flags`.
    pub fn ask(&self, flags: &str) -> Run {
        self.ask_into("out", flags)
    }

    /// The same, into a folder of its own.
    pub fn ask_into(&self, folder: &str, flags: &str) -> Run {
        let mut args = vec!["run".to_owned(), "--archive".to_owned()];
        args.push(self.archive().display().to_string());
        args.extend(flags.split_whitespace().map(dated));
        let run = self.run(folder, &args);
        if self.witness {
            self.hear_witness(&run, &args);
        }
        run
    }

    /// Runs `dropline` into a folder.
    pub fn run(&self, folder: &str, args: &[String]) -> Run {
        let dir = self.dir.path().join(folder);
        let mut all = args.to_vec();
        // Most tests are about the tables.
        all.push("--no-report".to_owned());
        all.extend(["-o".to_owned(), dir.display().to_string()]);
        let outcome = dropline(&all);
        assert!(
            matches!(outcome.code, 0 | 3),
            "exit {}: {}",
            outcome.code,
            outcome.stderr
        );
        assert_eq!(outcome.stdout, "", "stdout is data");
        Run { outcome, dir }
    }

    /// Compares prefixes, upstreams, groups, outages, losses and events with what the witness makes of
    /// the same files, cell by cell.
    fn hear_witness(&self, run: &Run, args: &[String]) {
        let known = [
            "--prefix",
            "--asn",
            "--country",
            "--delegated",
            "--full-feed",
            "--silence",
            "--rib-lookback",
            "--min-vantage",
            "--min-life",
            "--min-outage",
            "--hysteresis",
            "--baseline-at",
            "--from",
            "--to",
        ];
        let mut asked: Vec<String> = vec!["--archive".into(), self.archive().display().to_string()];
        for pair in args
            .windows(2)
            .filter(|pair| known.contains(&pair[0].as_str()))
        {
            asked.extend_from_slice(pair);
        }
        for collector in collectors(&self.archive()) {
            asked.extend(["--collector".to_owned(), collector]);
        }
        let Some(witnessed) = Witnessed::ask(&asked) else {
            return;
        };
        let mut ours = Witnessed::of(&run.dir);
        let mut theirs = witnessed;
        if !self.derived {
            (ours, theirs) = (ours.without_derived(), theirs.without_derived());
        }
        let differences = ours.differences(&theirs);
        assert!(differences.is_empty(), "{differences:#?}");
    }
}

fn collectors(archive: &Path) -> Vec<String> {
    let entries = fs::read_dir(archive).expect("an archive");
    let names = entries.map(|e| {
        e.expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let of_root = |name: String| {
        if name == "bgpdata" {
            "route-views2".to_owned()
        } else {
            name
        }
    };
    let mut names: Vec<String> = names.map(of_root).collect();
    names.sort();
    names.dedup();
    names
}

impl Run {
    /// Its exit code is this one.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.outcome.code, code, "{}", self.outcome.stderr);
        self
    }

    /// Stderr contains a text.
    pub fn prints(self, text: &str) -> Self {
        let stderr = &self.outcome.stderr;
        assert!(stderr.contains(text), "`{text}` is not in:\n{stderr}");
        self
    }

    /// A table by name.
    pub fn table(&self, name: &str) -> Table {
        read_csv(&self.text(&format!("{name}.csv")))
    }

    /// A file of the folder as stored.
    pub fn text(&self, name: &str) -> String {
        let path = self.dir.join(name);
        fs::read_to_string(&path).expect("a table")
    }

    /// A table's columns named by the first line of `expected` are these, in every row.
    pub fn shows(self, table: &str, expected: &str) -> Self {
        self.shows_where(table, "", expected)
    }

    /// The same for the rows that have `column=value` (several are separated by blanks).
    pub fn shows_where(self, table: &str, wanted: &str, expected: &str) -> Self {
        let mut expected = expected.lines().map(str::trim).filter(|l| !l.is_empty());
        let columns: Vec<&str> = expected
            .next()
            .expect("columns")
            .split_whitespace()
            .collect();
        let columns: Vec<&str> = columns.into_iter().map(full_name).collect();
        let mut rows = self.table(table);
        for (column, value) in wanted.split_whitespace().filter_map(|w| w.split_once('=')) {
            rows.retain(|row| shorthand(&row[full_name(column)]) == value);
        }
        let found: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells = columns
                    .iter()
                    .map(|c| shorthand(row.get(*c).expect("a column")));
                cells.collect::<Vec<_>>().join(" ")
            })
            .collect();
        let expected: Vec<String> = expected.flat_map(rows_of).collect();
        let head = columns.join(" ");
        assert_eq!(found.join("\n"), expected.join("\n"), "{table}: {head}");
        self
    }
}
