//! What a run's folder holds, read back once from its Parquet tables and `run.json`: the question,
//! what was seen minute by minute as runs of like minutes, the outages, and what was missing. The
//! figures, the report and the terminal's story are all made from it, so that none says other than
//! the tables do.
//!
//! Every table is held against its hash in `run.json` before it is believed. Memory goes with what
//! changed, not with minutes times prefixes; where very many prefixes are watched, those that
//! matter most are rows of the picture ([`MOST_ROWS`]), and it says how many are left out.

mod columns;
mod groups;
mod outages;
mod rows;
mod runs;
mod sources;
mod upstreams;

use crate::model::net::{Asn, Family, Prefix};
use crate::model::time::{MINUTE, Timestamp};
use crate::model::visibility::{Status, Visibility, ratio};
use crate::study::manifest::{self, Manifest, ManifestError, sha256};
use crate::write::back::ReadError;
pub use outages::{Loss, Outage, SeenAt, Stage};
pub use runs::{Run, Runs, at};
pub use sources::{File, Peer};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
pub use upstreams::UpstreamLine;

/// So many prefixes have a row of their own.
pub const MOST_ROWS: usize = 2_000;

/// See the module.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The question with its title, rules, sources and published times; the version that answered;
    /// the holes, and what could not be had. It has no inputs: see `files`.
    pub manifest: Manifest,
    /// SHA-256 of `run.json`, in hex: names the whole run, since that holds the hashes of both ends.
    pub run_sha256: String,
    /// How many prefixes were visible: of the country, or of all that is watched where none was
    /// asked about; then of each origin AS. IPv4 before IPv6.
    pub lines: Vec<Line>,
    /// Prefixes, in the order of the tables.
    pub rows: Vec<Row>,
    /// Watched prefixes that have no row here.
    pub left_out: usize,
    /// Behind whom the prefixes were seen, all together: the busiest upstream first.
    pub upstreams: Vec<UpstreamLine>,
    /// Outages of country, ASes and prefixes, in the order of the table.
    pub outages: Vec<Outage>,
    /// How they went down and came back.
    pub stages: Vec<Stage>,
    /// Who was listened to.
    pub peers: Vec<Peer>,
    /// What was read, and what was missing: every file that has a problem, and of those that have
    /// none the first few of each collector.
    pub files: Vec<File>,
    /// How many files there are in all.
    pub file_count: usize,
    /// SHA-256, in hex, of those of all files that were read, each with a newline, in the order of
    /// the table: names what went in.
    pub inputs_sha256: String,
}

/// Whose line it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// The country that was asked about.
    Country,
    /// An origin AS.
    Asn(Asn),
    /// All that is watched, where no country was asked about.
    Whole,
}

/// How many prefixes of a country, of an AS, or of all that is watched, were visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whose.
    pub whose: Whose,
    /// As `outages` names it, `KP`, `AS131279` or `AS131279 IPv6`; empty for all that is watched.
    pub entity: String,
    /// The family.
    pub family: Family,
    /// By minute.
    pub minutes: Runs<Level>,
}

/// A minute of a line: the state at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Prefixes visible in the baseline; nothing where that is unknown, and for all that is watched.
    pub baseline: Option<u32>,
    /// Prefixes that at least half of the known vantage ASes see.
    pub visible: u32,
    /// The same with every unknown vantage AS counted as not seeing.
    pub low: u32,
    /// The same with every unknown vantage AS counted as seeing.
    pub high: u32,
    /// Prefixes of which too little is known to say.
    pub unknown: u32,
    /// Prefixes that count for the line.
    pub members: u32,
    /// /24s (IPv6 /48s); nothing for all that is watched.
    pub units: Option<Units>,
    /// The status.
    pub status: Status,
}

/// How the units of a group are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Units {
    /// Reached in the baseline; nothing where that is unknown.
    pub baseline: Option<u64>,
    /// By a route as long as in the baseline.
    pub direct: u64,
    /// By shorter ones only.
    pub covered: u64,
    /// By none.
    pub none: u64,
    /// Unknown.
    pub unknown: u64,
}

impl Level {
    /// What `visible` is to be measured against: the baseline, or all members where there is none.
    /// Never nothing.
    pub fn whole(&self) -> u32 {
        self.baseline
            .filter(|&n| n > 0)
            .unwrap_or(self.members)
            .max(1)
    }
}

/// A watched prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub prefix: Prefix,
    /// By minute; no minute of the window is missing.
    pub minutes: Runs<Seen>,
    /// Minutes in which something was said of it.
    pub said: Vec<Said>,
    /// Vantage ASes by upstream, each list by upstream.
    pub via: Vec<(Asn, Runs<u32>)>,
}

/// A minute of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The status at the minute's end.
    pub status: Status,
    /// Vantage ASes that see it, and those known, at the minute's end.
    pub now: Visibility,
    /// Vantage ASes with a counted peer in the family.
    pub full: u32,
    /// Fewest and most that saw it within the minute.
    pub range: (u32, u32),
    /// Lowest and highest visibility within the minute, in ten-thousandths; nothing where none was
    /// known.
    pub visibility: Option<(u32, u32)>,
    /// The upstream that most vantage ASes had at the minute's end; of several the lowest ASN.
    pub upstream: Option<Asn>,
    /// Origin ASNs in use, as the table has them.
    pub origins: Arc<str>,
}

impl Seen {
    /// Visibility with the unknown counted as not seeing, in ten-thousandths.
    pub fn low(&self) -> Option<u32> {
        ratio(self.now.seeing, self.full)
    }

    /// Visibility with the unknown counted as seeing, in ten-thousandths.
    pub fn high(&self) -> Option<u32> {
        let unknown = self.full.saturating_sub(self.now.known);
        ratio(self.now.seeing + unknown, self.full)
    }
}

/// A minute in which something was said of a prefix by counted peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Which minute of the window.
    pub minute: u32,
    /// Announcements, duplicates included.
    pub announcements: u32,
    /// Withdrawals, duplicates included.
    pub withdrawals: u32,
    /// Announcements that gave a present route another path.
    pub path_changes: u32,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The folder has no manifest that can be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A table cannot be read, or is not the run's.
    #[error(transparent)]
    Table(#[from] ReadError),
    /// `run.json` cannot be read.
    #[error("cannot read `{0}`")]
    Io(PathBuf, #[source] io::Error),
}

impl PictureError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Manifest(error) => error.hint(),
            Self::Table(error) => error.hint(),
            Self::Io(..) => "check the folder and its permissions",
        }
    }
}

impl Picture {
    /// Reads the folder of a run.
    ///
    /// # Errors
    /// It is no folder of a run, or a table is missing or has changed since.
    pub fn of(dir: &Path) -> Result<Self, PictureError> {
        let path = dir.join("run.json");
        let manifest = manifest::read_without_inputs(&path)?;
        let run_sha256 = sha256(&path).map_err(|e| PictureError::Io(path, e))?;
        let outages = outages::outages(dir, &manifest)?;
        let chosen = rows::chosen(dir, &manifest, &outages)?;
        let via = upstreams::read(dir, &manifest, &chosen)?;
        let read = rows::read(dir, &manifest, &chosen, via.by_row)?;
        let sources::Files {
            told: files,
            count: file_count,
            inputs_sha256,
        } = sources::files(dir, &manifest)?;
        Ok(Self {
            run_sha256,
            lines: groups::lines(dir, &manifest, &read.parts)?,
            left_out: manifest.prefixes.len().saturating_sub(read.rows.len()),
            rows: read.rows,
            upstreams: via.sum,
            stages: outages::stages(dir, &manifest)?,
            peers: sources::peers(dir, &manifest)?,
            files,
            file_count,
            inputs_sha256,
            outages,
            manifest,
        })
    }

    /// How many minutes the window has.
    pub fn minute_count(&self) -> u32 {
        u32::try_from(self.manifest.study.window.minute_count()).unwrap_or(u32::MAX)
    }

    /// When a minute of the window begins.
    pub fn minute(&self, place: u32) -> Timestamp {
        let first = self.manifest.study.window.from.minute();
        Timestamp(first.0 + i64::from(place) * MINUTE)
    }

    /// The most vantage ASes with a counted peer that any prefix had.
    pub fn vantage_ases(&self) -> u32 {
        let minutes = self.rows.iter().flat_map(|row| &row.minutes);
        minutes.map(|run| run.value.full).max().unwrap_or(0)
    }

    /// Whether anything was visible in the baseline, or in the window's first minute, so that its
    /// loss could be told.
    pub fn has_baseline(&self) -> bool {
        let first = |line: &Line| {
            let level = at(&line.minutes, 0);
            level.map_or(0, |level| level.visible.max(level.baseline.unwrap_or(0)))
        };
        self.lines.iter().any(|line| first(line) > 0)
    }
}
