//! The progress bar of a run: bytes read per stage, on a terminal only.

use super::output::Printer;
use crate::pipeline::checkpoint::Resumed;
use crate::pipeline::{Notice, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

/// One bar at a time: the stage that is running.
pub struct StageBar {
    printer: Printer,
    is_shown: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl StageBar {
    pub fn new(printer: Printer) -> Self {
        Self {
            printer,
            is_shown: printer != Printer::Quiet && std::io::stderr().is_terminal(),
            bar: Mutex::new(None),
        }
    }

    /// Clears the bar. Messages printed before this would be overwritten by it.
    pub fn finish(&self) {
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
