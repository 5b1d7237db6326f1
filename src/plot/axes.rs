//! The time axis, in UTC, and axes of whole numbers.

use super::canvas::{Anchor, Area, Canvas};
use super::colour::{GRID, INK, QUIET};
use super::error::PlotError;
use crate::model::time::{SECOND, Timestamp};
use crate::view::RunView;
use crate::view::words::second;

/// Maps the window to the width of an area.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeAxis {
    from: Timestamp,
    to: Timestamp,
    left: f64,
    width: f64,
}

/// Whether an area's times are written below it; of several areas one above the other only the
/// lowest needs that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeLabels {
    Shown,
    Hidden,
}

const DAY_S: i64 = 86_400;
const YEAR_S: i64 = 31_536_000;

/// Distances between grid lines, in seconds.
const STEPS_S: [i64; 22] = [
    1, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, DAY_S,
    172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, YEAR_S,
];

/// Height of the labels below an area, in pixels of the default size.
pub(super) const LABELS_HEIGHT: f64 = 38.0;

impl TimeAxis {
    pub(super) fn of(view: &RunView, area: Area) -> Self {
        let window = view.manifest.study.window;
        let from = window.from.minute();
        Self {
            from,
            to: window.to.max(Timestamp(from.0 + 1)),
            left: area.left,
            width: area.width(),
        }
    }

    /// The x coordinate of a time; one outside the window is at its edge.
    pub(super) fn x(self, time: Timestamp) -> f64 {
        let share = (time.0 - self.from.0) as f64 / (self.to.0 - self.from.0) as f64;
        self.left + self.width * share.clamp(0.0, 1.0)
    }

    pub(super) fn contains(self, time: Timestamp) -> bool {
        (self.from..=self.to).contains(&time)
    }

    /// Draws vertical grid lines, and their times in the [`LABELS_HEIGHT`] below the area.
    pub(super) fn draw(
        self,
        canvas: &Canvas<'_>,
        area: Area,
        labels: TimeLabels,
    ) -> Result<(), PlotError> {
        let label_width = canvas.width("00:00:00", 12.0) + canvas.px(22.0);
        let most = (self.width / label_width).floor().max(1.0) as i64;
        let seconds = (self.to.0 - self.from.0) / SECOND;
        let step_s = STEPS_S.into_iter().find(|step| seconds / step <= most);
        let step_s = step_s.unwrap_or(YEAR_S * 10);
        let step = step_s * SECOND;
        let first = self.from.0.div_euclid(step) * step;
        let mut time = if first < self.from.0 {
            first + step
        } else {
            first
        };
        let mut last_day = String::new();
        let mut last_day_ends = f64::MIN;
        while time <= self.to.0 {
            let x = self.x(Timestamp(time));
            canvas.line(&[(x, area.top), (x, area.bottom)], GRID, 1.0)?;
            if labels == TimeLabels::Shown {
                let text = Timestamp(time).for_people();
                let (day, clock) = text.split_once(' ').unwrap_or((&text, ""));
                let clock = match step_s {
                    ..60 => second(Timestamp(time)),
                    _ => clock.to_owned(),
                };
                let clock = clock.rsplit(' ').next().unwrap_or_default().to_owned();
                let y = area.bottom + canvas.px(13.0);
                if step_s < DAY_S {
                    canvas.text(&clock, (x, y), 12.0, INK, Anchor::Middle)?;
                }
                let half = canvas.width(day, 12.0) / 2.0;
                if day != last_day && x - half > last_day_ends {
                    let left = (x - half).max(canvas.px(4.0));
                    let left = left.min(canvas.all().right - 2.0 * half - canvas.px(4.0));
                    let y = match step_s < DAY_S {
                        true => area.bottom + canvas.px(29.0),
                        false => y,
                    };
                    canvas.text(day, (left, y), 12.0, QUIET, Anchor::Start)?;
                    last_day_ends = left + 2.0 * half + canvas.px(8.0);
                    last_day = day.to_owned();
                }
            }
            time += step;
        }
        if labels == TimeLabels::Shown {
            let at = (area.right, area.bottom + canvas.px(29.0));
            if last_day_ends < area.right - canvas.width("UTC", 12.0) {
                canvas.text("UTC", at, 12.0, QUIET, Anchor::End)?;
            }
        }
        Ok(())
    }
}

/// Evenly spaced round numbers from 0 to `max`, about `count` of them.
pub(super) fn round_numbers(max: u64, count: u64) -> Vec<u64> {
    let count = count.max(1);
    let mut step = 1u64;
    'found: loop {
        for factor in [1, 2, 5] {
            if max / (step * factor) <= count {
                step *= factor;
                break 'found;
            }
        }
        match step.checked_mul(10) {
            Some(next) if next < u64::MAX / 100 => step = next,
            _ => break,
        }
    }
    (0..=max / step).map(|n| n * step).collect()
}

/// Draws horizontal grid lines, with their counts left of the area.
pub(super) fn draw_counts(canvas: &Canvas<'_>, area: Area, max: u64) -> Result<(), PlotError> {
    let count = (area.height() / canvas.px(26.0)) as u64;
    for n in round_numbers(max, count) {
        let y = area.bottom - area.height() * n as f64 / max.max(1) as f64;
        canvas.line(&[(area.left, y), (area.right, y)], GRID, 1.0)?;
        let at = (area.left - canvas.px(7.0), y);
        canvas.text(&thousands(n), at, 12.0, INK, Anchor::End)?;
    }
    Ok(())
}

/// A number with commas between its thousands.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
