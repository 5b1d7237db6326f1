//! The order in which an outage's vantage ASes or prefixes were lost and came back: seconds after
//! its start, and before or after its end.

use super::canvas::{Area, Canvas, Stands};
use super::colour::{BLUE, Colour, GRID, INK, QUIET, VERMILION};
use super::frame::{self, Sign};
use super::{PlotError, font};
use crate::detect::Scope;
use crate::model::time::{SECOND, Timestamp};
use crate::view::words::second;
use crate::view::{LossView, OutageView, RunView};

/// So many outages have a panel.
const MOST_PANELS: usize = 3;

pub(super) fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    let outages = widest(view);
    let room = (area.height() / canvas.px(130.0)).floor().max(1.0) as usize;
    let panels = outages.len().min(MOST_PANELS).min(room);
    if panels == 0 {
        return frame::note(
            canvas,
            area,
            "No outage was told, and so nothing was lost in any order",
        );
    }
    let mut entries = vec![
        (
            Sign::Box(VERMILION),
            "lost: seconds after the outage's start".to_owned(),
        ),
        (
            Sign::Box(BLUE),
            "back: seconds from the outage's end".to_owned(),
        ),
    ];
    if outages.len() > panels {
        let text = format!("the {panels} longest of {} outages", outages.len());
        entries.push((Sign::Nothing, text));
    }
    let area = frame::legend(canvas, area, &entries)?;
    let height = area.height() / panels as f64;
    for (place, outage) in outages.into_iter().take(panels).enumerate() {
        let top = area.top + height * place as f64;
        let panel = Area {
            top,
            bottom: top + height,
            ..area
        };
        one(canvas, view, outage, panel)?;
    }
    Ok(())
}

/// Outages of the widest scope that has any of which it is known what was lost, the longest first.
fn widest(view: &RunView) -> Vec<&OutageView> {
    let told = || view.outages.iter().filter(|o| !o.losses.is_empty());
    let scope = told().map(|o| o.scope).min();
    let mut outages: Vec<&OutageView> = told().filter(|o| Some(o.scope) == scope).collect();
    outages.sort_by_key(|o| (std::cmp::Reverse(o.duration_s), o.start, o.entity.as_str()));
    outages
}

fn one(
    canvas: &Canvas<'_>,
    view: &RunView,
    outage: &OutageView,
    panel: Area,
) -> Result<(), PlotError> {
    let mut losses: Vec<&LossView> = outage.losses.iter().collect();
    losses.sort_by(|a, b| (a.lost_at, a.position, &a.lost).cmp(&(b.lost_at, b.position, &b.lost)));
    let name = |loss: &LossView| match outage.scope {
        Scope::Prefix => format!("AS{}", loss.lost),
        _ => loss.lost.clone(),
    };
    let ongoing = match outage.is_ongoing(view.manifest.study.window) {
        true => ", not over when the window ended",
        false => "",
    };
    let title = format!(
        "{}: {} to {} UTC{ongoing} ({} lost)",
        outage.entity,
        second(outage.start),
        second(outage.end),
        losses.len()
    );
    let title = font::fit(&title, canvas.px(13.0), panel.width());
    let at = (panel.left, panel.top + canvas.px(8.0));
    canvas.text(&title, at, 13.0, INK, Stands::After)?;
    let names = losses.iter().map(|loss| canvas.width(&name(loss), 11.0));
    let names = names.fold(0.0, f64::max).min(panel.width() / 3.0);
    let left = panel.left + names + canvas.px(12.0);
    let middle = (left + panel.right) / 2.0;
    let rows = Area {
        left,
        top: panel.top + canvas.px(24.0),
        right: middle - canvas.px(20.0),
        bottom: panel.bottom - canvas.px(30.0),
    };
    // A few are not spread over all the height.
    let height = (rows.height() / losses.len() as f64).min(canvas.px(26.0));
    let rows = Area {
        bottom: rows.top + height * losses.len() as f64,
        ..rows
    };
    let backs = Area {
        left: middle + canvas.px(20.0),
        right: panel.right - canvas.px(16.0),
        ..rows
    };
    let y = |place: usize| rows.top + height * (place as f64 + 0.5);
    let mut labelled = f64::MIN;
    for (place, loss) in losses.iter().enumerate() {
        if y(place) >= labelled + canvas.px(13.0) {
            let at = (rows.left - canvas.px(8.0), y(place));
            let text = font::fit(&name(loss), canvas.px(11.0), names + 1.0);
            canvas.text(&text, at, 11.0, INK, Stands::Before)?;
            labelled = y(place);
        }
    }
    let lost: Vec<_> = losses.iter().map(|loss| Some(loss.lost_at)).collect();
    let back: Vec<_> = losses.iter().map(|loss| loss.back_at).collect();
    let dots = Dots {
        height,
        colour: VERMILION,
    };
    dots.draw(canvas, rows, outage.start, &lost)?;
    let dots = Dots {
        height,
        colour: BLUE,
    };
    dots.draw(canvas, backs, outage.end, &back)
}

struct Dots {
    height: f64,
    colour: Colour,
}

impl Dots {
    fn draw(
        &self,
        canvas: &Canvas<'_>,
        panel: Area,
        zero: Timestamp,
        times: &[Option<Timestamp>],
    ) -> Result<(), PlotError> {
        let after = |time: Timestamp| (time.0 - zero.0) as f64 / SECOND as f64;
        let known = || times.iter().flatten().map(|&time| after(time));
        let low = known().fold(0.0, f64::min).floor();
        let high = known().fold(low + 1.0, f64::max).ceil();
        let x = |s: f64| panel.left + panel.width() * (s - low) / (high - low);
        let room = canvas.width("-100,000 s", 11.0) + canvas.px(10.0);
        let few = (panel.width() / room).max(1.0);
        let step = nice((high - low) / few);
        // Nought added: there is no `-0`.
        let mut mark = (low / step).ceil() * step + 0.0;
        while mark <= high {
            let ends = [
                (x(mark), panel.top),
                (x(mark), panel.bottom + canvas.px(4.0)),
            ];
            canvas.line(&ends, GRID, 1.0)?;
            let at = (x(mark), panel.bottom + canvas.px(13.0));
            canvas.text(&format!("{mark} s"), at, 11.0, QUIET, Stands::Around)?;
            mark += step;
        }
        let zero_line = [(x(0.0), panel.top), (x(0.0), panel.bottom)];
        canvas.line(&zero_line, QUIET, 1.0)?;
        let half = (self.height * 0.35).min(canvas.px(5.0)).max(0.5);
        for (place, time) in times.iter().enumerate() {
            let y = panel.top + self.height * (place as f64 + 0.5);
            let Some(time) = time else {
                if self.height >= canvas.px(11.0) {
                    let at = (x(0.0).max(panel.left) + canvas.px(6.0), y);
                    canvas.text("not back", at, 11.0, QUIET, Stands::After)?;
                }
                continue;
            };
            let there = x(after(*time));
            canvas.line(&[(x(0.0), y), (there, y)], GRID, 1.0)?;
            let dot = Area {
                left: there - canvas.px(4.0),
                top: y - half,
                right: there + canvas.px(4.0),
                bottom: (y + half).max(y - half + 1.0),
            };
            canvas.rect(dot, self.colour)?;
        }
        Ok(())
    }
}

/// A round step of at least so much, and of whole seconds.
fn nice(least: f64) -> f64 {
    let steps = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0,
    ];
    let found = steps.into_iter().find(|&step| step >= least);
    found.unwrap_or_else(|| (least / 3_600.0).ceil() * 3_600.0)
}
