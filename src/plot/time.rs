//! The scale of time, UTC, and scales of numbers.

use super::PlotError;
use super::canvas::{Area, Canvas, Stands};
use super::colour::{GRID, INK, QUIET};
use crate::model::time::{SECOND, Timestamp};
use crate::view::RunView;

/// The window, from left to right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Across {
    from: i64,
    to: i64,
    left: f64,
    width: f64,
}

/// Steps between marks, in seconds.
const STEPS: [i64; 22] = [
    1, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
    172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 31_536_000,
];

impl Across {
    pub(super) fn of(view: &RunView, area: Area) -> Self {
        let window = view.manifest.study.window;
        let from = window.from.minute().0;
        Self {
            from,
            to: window.to.0.max(from + 1),
            left: area.left,
            width: area.width(),
        }
    }

    /// Where an instant is; those outside are at the edge.
    pub(super) fn at(self, time: Timestamp) -> f64 {
        let part = (time.0 - self.from) as f64 / (self.to - self.from) as f64;
        self.left + self.width * part.clamp(0.0, 1.0)
    }

    pub(super) fn has(self, time: Timestamp) -> bool {
        (self.from..=self.to).contains(&time.0)
    }

    /// Lines down an area, with the times below it; needs [`BELOW`] pixels there.
    pub(super) fn marks(
        self,
        canvas: &Canvas<'_>,
        area: Area,
        told: bool,
    ) -> Result<(), PlotError> {
        let room = canvas.width("00:00:00", 12.0) + canvas.px(22.0);
        let most = (self.width / room).floor().max(1.0) as i64;
        let seconds = (self.to - self.from) / SECOND;
        let step = STEPS.into_iter().find(|step| seconds / step <= most);
        let step = step.unwrap_or(31_536_000 * 10) * SECOND;
        let first = self.from.div_euclid(step) * step;
        let mut time = if first < self.from {
            first + step
        } else {
            first
        };
        let mut day = String::new();
        let mut day_ends = f64::MIN;
        while time <= self.to {
            let x = self.at(Timestamp(time));
            canvas.line(&[(x, area.top), (x, area.bottom)], GRID, 1.0)?;
            if told {
                let text = Timestamp(time).for_people();
                let (its_day, clock) = text.split_once(' ').unwrap_or((&text, ""));
                let clock = match step {
                    s if s < 60 * SECOND => crate::view::words::second(Timestamp(time)),
                    _ => clock.to_owned(),
                };
                let clock = clock.rsplit(' ').next().unwrap_or_default().to_owned();
                let y = area.bottom + canvas.px(13.0);
                if step < 86_400 * SECOND {
                    canvas.text(&clock, (x, y), 12.0, INK, Stands::Around)?;
                }
                let half = canvas.width(its_day, 12.0) / 2.0;
                if its_day != day && x - half > day_ends {
                    let left = (x - half).max(canvas.px(4.0));
                    let left = left.min(canvas.all().right - 2.0 * half - canvas.px(4.0));
                    let y = match step < 86_400 * SECOND {
                        true => area.bottom + canvas.px(29.0),
                        false => y,
                    };
                    canvas.text(its_day, (left, y), 12.0, QUIET, Stands::After)?;
                    day_ends = left + 2.0 * half + canvas.px(8.0);
                    day = its_day.to_owned();
                }
            }
            time += step;
        }
        if told {
            let at = (area.right, area.bottom + canvas.px(29.0));
            if day_ends < area.right - canvas.width("UTC", 12.0) {
                canvas.text("UTC", at, 12.0, QUIET, Stands::Before)?;
            }
        }
        Ok(())
    }
}

/// Room for the marks of time, in pixels of the usual size.
pub(super) const BELOW: f64 = 38.0;

/// Whole numbers from nought to `most`, a few of them, evenly.
pub(super) fn round_numbers(most: u64, few: u64) -> Vec<u64> {
    let few = few.max(1);
    let mut step = 1u64;
    'found: loop {
        for factor in [1, 2, 5] {
            if most / (step * factor) <= few {
                step *= factor;
                break 'found;
            }
        }
        match step.checked_mul(10) {
            Some(next) if next < u64::MAX / 100 => step = next,
            _ => break,
        }
    }
    (0..=most / step).map(|n| n * step).collect()
}

/// Lines across an area with whole numbers left of it.
pub(super) fn heights(canvas: &Canvas<'_>, area: Area, most: u64) -> Result<(), PlotError> {
    let few = (area.height() / canvas.px(26.0)) as u64;
    for n in round_numbers(most, few) {
        let y = area.bottom - area.height() * n as f64 / most.max(1) as f64;
        canvas.line(&[(area.left, y), (area.right, y)], GRID, 1.0)?;
        let at = (area.left - canvas.px(7.0), y);
        canvas.text(&thousands(n), at, 12.0, INK, Stands::Before)?;
    }
    Ok(())
}

/// A number with its thousands apart.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut told = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}
