//! Progress of downloads: bars on a terminal, lines with `-v`.

use super::printer::Printer;
use crate::fetch::{DownloadProgress, FetchOutcome, Provenance, Request};
use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Shows and counts downloads.
pub(crate) struct Downloads {
    printer: Printer,
    bars: MultiProgress,
    total: ProgressBar,
    state: Mutex<DownloadState>,
}

#[derive(Default)]
struct DownloadState {
    files: BTreeMap<PathBuf, ProgressBar>,
    received: u64,
    fetched: u64,
    cached: u64,
}

impl Downloads {
    pub(crate) fn new(printer: Printer) -> Self {
        let shown = printer != Printer::Quiet && std::io::stderr().is_terminal();
        let target = match shown {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bars = MultiProgress::with_draw_target(target);
        let total = bars.add(ProgressBar::new(0));
        style(&total, "{msg:>12} {wide_bar} {pos}/{len} files");
        total.set_message("fetching");
        Self {
            printer,
            bars,
            total,
            state: Mutex::default(),
        }
    }

    /// Takes the bars away.
    pub(crate) fn finish(&self) {
        self.total.finish_and_clear();
        for (_, bar) in std::mem::take(&mut self.state().files) {
            bar.finish_and_clear();
        }
    }

    /// What was fetched, if anything.
    pub(crate) fn summary(&self) -> Option<String> {
        let state = self.state();
        let files = |n: u64| match n {
            1 => "1 file".to_owned(),
            n => format!("{n} files"),
        };
        let (fetched, cached) = (files(state.fetched), files(state.cached));
        let received = HumanBytes(state.received);
        match (state.fetched, state.cached) {
            (0, 0) => None,
            (0, _) => Some(format!("{cached} from the cache")),
            (_, 0) => Some(format!("{fetched} fetched, {received}")),
            _ => Some(format!(
                "{fetched} fetched, {received}; {cached} from the cache"
            )),
        }
    }

    fn detail(&self, line: impl Display) {
        self.bars.suspend(|| self.printer.detail(line));
    }

    fn state(&self) -> MutexGuard<'_, DownloadState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DownloadProgress for Downloads {
    fn expect(&self, files: usize) {
        self.total.inc_length(files as u64);
    }

    fn started(&self, wanted: &Request, bytes: Option<u64>, there: u64) {
        let bar = match bytes {
            Some(bytes) => ProgressBar::new(bytes),
            None => ProgressBar::no_length(),
        };
        // Dressed before it is shown.
        bar.set_draw_target(ProgressDrawTarget::hidden());
        style(&bar, "{wide_msg} {bytes}/{total_bytes} {bytes_per_sec}");
        bar.set_message(wanted.cache_path.display().to_string());
        bar.set_position(there);
        let bar = self.bars.insert_before(&self.total, bar);
        if let Some(old) = self.state().files.insert(wanted.cache_path.clone(), bar) {
            old.finish_and_clear();
        }
    }

    fn received(&self, wanted: &Request, bytes: u64) {
        let mut state = self.state();
        state.received += bytes;
        if let Some(bar) = state.files.get(&wanted.cache_path) {
            bar.inc(bytes);
        }
    }

    fn retrying(&self, wanted: &Request, why: &str, wait: Duration) {
        let (place, wait) = (wanted.cache_path.display(), wait.as_secs_f32());
        self.detail(format_args!("`{place}`: {why}; retrying in {wait:.1} s"));
    }

    fn finished(&self, wanted: &Request, outcome: &FetchOutcome) {
        let bar = self.state().files.remove(&wanted.cache_path);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        self.total.inc(1);
        let place = wanted.cache_path.display();
        match outcome {
            FetchOutcome::Available(have) => {
                let (bytes, mut state) = (have.bytes, self.state());
                match have.provenance {
                    Provenance::Downloaded => state.fetched += 1,
                    Provenance::Cached => state.cached += 1,
                }
                drop(state);
                if have.provenance == Provenance::Downloaded {
                    self.detail(format_args!("`{place}`: fetched, {bytes} bytes"));
                }
            }
            FetchOutcome::Unavailable(missing) => {
                let reason = &missing.reason;
                self.detail(format_args!("`{place}`: {reason}"));
            }
        }
    }
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}
