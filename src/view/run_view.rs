//! A run's folder as one value: the question, the state minute by minute, the outages, and what was
//! missing.

use super::events::{self, EventView, SensitivityView};
use super::files::{self, FileTable, FileView};
use super::groups::{self, GroupSeries};
use super::named_upstreams;
use super::origins;
use super::outages::{self, OutageView, StageView};
use super::peers::{self, PeerView};
use super::prefixes::{self, PrefixSeries};
use super::reader::ReadError;
use super::shown::ShownPrefixes;
use super::upstream_changes::{self, UpstreamChangeView};
use super::upstreams::{self, UpstreamSeries};
use crate::disk;
use crate::manifest::{self, Manifest, ManifestError};
use crate::model::time::{MINUTE, Timestamp};
use std::io;
use std::path::{Path, PathBuf};

/// What a run's folder holds, read back once from its Parquet tables and `run.json`.
///
/// Memory grows with the number of changes, not with minutes times prefixes. Of very many prefixes
/// the 2,000 that matter most are held one by one; the others only count for their groups.
#[derive(Debug, Clone)]
pub struct RunView {
    /// The question with its title, rules, sources and published times; the version that answered
    /// it; gaps and missing files. Its list of inputs is not read: see [`Self::files`].
    pub manifest: Manifest,
    /// SHA-256 of `run.json`, in hex. It identifies the run: `run.json` holds the hashes of all
    /// inputs and outputs.
    pub run_sha256: String,
    /// Visible members of the country, where the study names one, then of each origin AS. IPv4 before
    /// IPv6.
    pub groups: Vec<GroupSeries>,
    /// The prefixes that are shown one by one, in the order of the tables.
    pub prefixes: Vec<PrefixSeries>,
    /// Watched prefixes that are not shown one by one.
    pub prefixes_left_out: usize,
    /// Paths by upstream over all prefixes, the busiest upstream first.
    pub upstreams: Vec<UpstreamSeries>,
    /// When upstreams appeared and left that published times name, by time.
    pub upstream_changes: Vec<UpstreamChangeView>,
    /// Losses of country, ASes or the watch list, by number.
    pub events: Vec<EventView>,
    /// How these look under other choices, in the order of the table.
    pub sensitivity: Vec<SensitivityView>,
    /// Outages of country, ASes and prefixes, in the order of the table.
    pub outages: Vec<OutageView>,
    /// The phases in which prefixes were lost and came back, in the order of the table.
    pub stages: Vec<StageView>,
    /// Every peer of the collectors, counted or not.
    pub peers: Vec<PeerView>,
    /// Every file that has a problem, and the first few of each collector that have none.
    pub files: Vec<FileView>,
    /// The number of all files.
    pub file_count: usize,
    /// SHA-256, in hex, over the SHA-256s of all files that were read, a line each, in the order of
    /// the table. It identifies what the run has read.
    pub inputs_sha256: String,
}

/// Why a run's folder cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The folder has no manifest, or one that cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A table cannot be read, or it is not the one that the run wrote.
    #[error(transparent)]
    Table(#[from] ReadError),
    /// `run.json` cannot be read.
    #[error("cannot read `{0}`")]
    Io(PathBuf, #[source] io::Error),
}

impl RunView {
    /// Reads the folder of a run.
    ///
    /// # Errors
    /// The folder is not that of a run, or a table is missing or has changed since.
    pub fn open(dir: &Path) -> Result<Self, ViewError> {
        let path = dir.join("run.json");
        let manifest = manifest::read_without_inputs(&path)?;
        let hash = disk::hash(&path).map_err(|e| ViewError::Io(path, e))?;
        let mut outages = outages::read(dir, &manifest)?;
        origins::fill(dir, &manifest, &mut outages)?;
        let shown = ShownPrefixes::choose(dir, &manifest, &outages)?;
        let named = named_upstreams::of(&manifest.study.published);
        let upstreams = upstreams::read(dir, &manifest, &shown)?;
        let prefixes = prefixes::read(dir, &manifest, &shown, upstreams.by_prefix)?;
        let FileTable {
            listed: files,
            total: file_count,
            inputs_sha256,
        } = files::read(dir, &manifest)?;
        Ok(Self {
            run_sha256: hash.sha256,
            groups: groups::read(dir, &manifest)?,
            prefixes_left_out: manifest.prefixes.len().saturating_sub(prefixes.len()),
            prefixes,
            upstreams: upstreams.total,
            upstream_changes: upstream_changes::read(dir, &manifest, &named)?,
            events: events::read(dir, &manifest)?,
            sensitivity: events::read_sensitivity(dir, &manifest)?,
            stages: outages::read_stages(dir, &manifest)?,
            peers: peers::read(dir, &manifest)?,
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

    /// When a minute begins; minutes are counted from 0 at the window's start.
    pub fn minute_start(&self, minute: u32) -> Timestamp {
        let first = self.manifest.study.window.from.minute();
        Timestamp(first.0 + i64::from(minute) * MINUTE)
    }

    /// The most vantage ASes with a counted peer that any prefix had in a minute.
    pub(crate) fn vantage_ases(&self) -> u32 {
        let minutes = self.prefixes.iter().flat_map(|prefix| &prefix.minutes);
        minutes.map(|i| i.value.full_feed).max().unwrap_or(0)
    }
}
