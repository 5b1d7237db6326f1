//! The progress of a run: downloads, bytes read per stage, and what happens on the way. Bars are shown
//! on a terminal only.

use super::downloads::Downloads;
use super::printer::Printer;
use super::{network, watch_list};
use crate::fetch::DownloadProgress;
use crate::locate::Locator;
use crate::pipeline::checkpoint::Resumed;
use crate::pipeline::{Notice, Progress};
use crate::study::Study;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// One bar at a time: the stage that is running.
pub(crate) struct StageBar {
    printer: Printer,
    is_shown: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl StageBar {
    pub(crate) fn new(printer: Printer) -> Self {
        Self {
            printer,
            is_shown: printer != Printer::Quiet && std::io::stderr().is_terminal(),
            bar: Mutex::new(None),
        }
    }

    /// Clears the bar. Messages printed before this would be overwritten by it.
    pub(crate) fn finish(&self) {
        self.replace(None);
    }

    fn replace(&self, next: Option<ProgressBar>) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(old) = std::mem::replace(&mut *bar, next)
        {
            old.finish_and_clear();
        }
    }

    fn update(&self, then: impl FnOnce(&ProgressBar)) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = &*bar
        {
            then(bar);
        }
    }
}

impl Progress for StageBar {
    fn begin(&self, stage: &str, bytes: u64) {
        if !self.is_shown {
            return;
        }
        let bar = ProgressBar::new(bytes).with_message(stage.to_owned());
        let template = "{msg:>12} {wide_bar} {bytes}/{total_bytes} {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        self.replace(Some(bar));
    }

    fn work(&self, stage: &str) {
        if !self.is_shown {
            return;
        }
        // A spinner: a full bar that stands still would suggest that the stage is nearly done.
        let bar = ProgressBar::new_spinner().with_message(stage.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg:>12} {spinner} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        self.replace(Some(bar));
    }

    fn advance(&self, bytes: u64) {
        self.update(|bar| bar.inc(bytes));
    }

    fn more(&self, bytes: u64) {
        self.update(|bar| bar.inc_length(bytes));
    }

    fn spare(&self, bytes: u64) {
        self.update(|bar| bar.dec_length(bytes));
    }

    fn notice(&self, notice: Notice<'_>) {
        if let Notice::Resumed(Resumed { taken, scans }) = notice {
            self.finish();
            if taken > 0 {
                self.printer.say(format_args!(
                    "resumed: {taken} of {scans} file reads were already done"
                ));
            }
        }
    }
}

/// Shows all of a run: the downloads, the stages, and what its user should know.
pub(crate) struct RunProgress<'a> {
    printer: Printer,
    country: Option<&'a str>,
    locator: Option<&'a Locator<'a>>,
    registries: Downloads,
    archives: Downloads,
    stages: StageBar,
    are_files_located: AtomicBool,
}

impl<'a> RunProgress<'a> {
    /// For a run of `study`; `locator` lists its files, where they come from the network.
    pub(crate) fn new(
        study: &'a Study,
        locator: Option<&'a Locator<'a>>,
        printer: Printer,
    ) -> Self {
        Self {
            printer,
            country: study.selection.country.as_deref(),
            locator,
            registries: Downloads::new(printer),
            archives: Downloads::new(printer),
            stages: StageBar::new(printer),
            are_files_located: AtomicBool::new(false),
        }
    }

    /// Follows the downloads of archive files.
    pub(crate) fn downloads(&self) -> &dyn DownloadProgress {
        &self.archives
    }

    /// Follows the downloads of registries' statistics.
    pub(crate) fn registry_downloads(&self) -> &dyn DownloadProgress {
        &self.registries
    }

    /// Clears the bars, and prints what a failure has left unsaid.
    pub(crate) fn finish(&self) {
        self.stages.finish();
        self.registries.finish();
        self.finish_downloads();
    }

    fn finish_downloads(&self) {
        self.archives.finish();
        let is_first = !self.are_files_located.swap(true, Ordering::Relaxed);
        if let (true, Some(locator)) = (is_first, self.locator) {
            network::print_warnings(locator, self.printer);
        }
    }
}

impl Progress for RunProgress<'_> {
    fn begin(&self, stage: &str, bytes: u64) {
        self.stages.begin(stage, bytes);
    }

    fn advance(&self, bytes: u64) {
        self.stages.advance(bytes);
    }

    fn more(&self, bytes: u64) {
        self.stages.more(bytes);
    }

    fn spare(&self, bytes: u64) {
        self.stages.spare(bytes);
    }

    fn work(&self, stage: &str) {
        self.stages.work(stage);
    }

    fn notice(&self, notice: Notice<'_>) {
        match notice {
            Notice::Watching(watched) => {
                self.registries.finish();
                watch_list::print_notes(self.country, watched, self.printer);
            }
            Notice::Located(files) => {
                self.finish_downloads();
                if self.locator.is_some() {
                    network::print_located(files, &self.archives, self.printer);
                }
            }
            Notice::Resumed(_) => self.stages.notice(notice),
            Notice::NotResumable(problem) => {
                self.stages.finish();
                self.printer.say(format_args!(
                    "warning: cannot save progress for a later run to resume from: {problem}"
                ));
            }
        }
    }
}
