//! The order in which a loss's prefixes or vantage ASes were lost and came back, in seconds from its
//! start and from its end.

use crate::model::time::{SECOND, Timestamp};
use crate::plot::canvas::{Anchor, Area, Canvas};
use crate::plot::colour::{BLUE, Colour, GRID, INK, QUIET, VERMILION};
use crate::plot::error::PlotError;
use crate::plot::figure::Figure;
use crate::plot::font;
use crate::plot::legend::{self, Symbol};
use crate::plot::order::{self, LossOrder};
use crate::view::words::{counted, second};
use crate::view::{EndKind, RunView};

pub(super) const FIGURE: Figure = Figure {
    name: "order",
    help: "The order in which prefixes or vantage ASes were lost and came back",
    caption: |_| "The order in which prefixes or vantage ASes were lost and came back".to_owned(),
    draw,
};

/// At most so many orders have a panel.
const MAX_PANELS: usize = 3;

fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    let orders = order::orders(view);
    let fitting = (area.height() / canvas.px(130.0)).floor().max(1.0) as usize;
    let panels = orders.len().min(MAX_PANELS).min(fitting);
    if panels == 0 {
        let why = "No loss was found, so there is no order to show";
        return legend::notice(canvas, area, why);
    }
    let lost = "lost: seconds after the loss began".to_owned();
    let back = "back: seconds from its end".to_owned();
    let mut entries = vec![(Symbol::Box(VERMILION), lost), (Symbol::Box(BLUE), back)];
    if orders.len() > panels {
        let text = format!("{} more are in the report", orders.len() - panels);
        entries.push((Symbol::None, text));
    }
    let area = legend::draw(canvas, area, &entries)?;
    let height = area.height() / panels as f64;
    for (index, order) in orders.iter().take(panels).enumerate() {
        let top = area.top + height * index as f64;
        let panel = Area {
            top,
            bottom: top + height,
            ..area
        };
        draw_panel(canvas, order, panel)?;
    }
    Ok(())
}

fn draw_panel(canvas: &Canvas<'_>, order: &LossOrder, panel: Area) -> Result<(), PlotError> {
    let losses = &order.rows;
    let end = match order.end_kind {
        EndKind::Back => format!("{} UTC", second(order.end)),
        EndKind::Window => format!("{} UTC, when the window ended", second(order.end)),
        EndKind::Unknown => format!("{} UTC or later", second(order.end)),
    };
    let (one, many) = order.of.nouns();
    let title = format!(
        "{}: {} to {end} ({})",
        order.entity,
        second(order.start),
        counted(losses.len(), one, many)
    );
    let title = font::fit(&title, canvas.px(13.0), panel.width());
    let at = (panel.left, panel.top + canvas.px(8.0));
    canvas.text(&title, at, 13.0, INK, Anchor::Start)?;
    let names = losses.iter().map(|loss| canvas.width(&loss.name, 11.0));
    let names = names.fold(0.0, f64::max).min(panel.width() / 3.0);
    let left = panel.left + names + canvas.px(12.0);
    let middle = (left + panel.right) / 2.0;
    let lost_side = Area {
        left,
        top: panel.top + canvas.px(24.0),
        right: middle - canvas.px(20.0),
        bottom: panel.bottom - canvas.px(30.0),
    };
    // A few losses do not fill the height.
    let row_height = (lost_side.height() / losses.len() as f64).min(canvas.px(26.0));
    let lost_side = Area {
        bottom: lost_side.top + row_height * losses.len() as f64,
        ..lost_side
    };
    let back_side = Area {
        left: middle + canvas.px(20.0),
        right: panel.right - canvas.px(16.0),
        ..lost_side
    };
    let y = |row: usize| lost_side.top + row_height * (row as f64 + 0.5);
    let mut last_label = f64::MIN;
    for (row, loss) in losses.iter().enumerate() {
        if y(row) >= last_label + canvas.px(13.0) {
            let at = (lost_side.left - canvas.px(8.0), y(row));
            let text = font::fit(&loss.name, canvas.px(11.0), names + 1.0);
            canvas.text(&text, at, 11.0, INK, Anchor::End)?;
            last_label = y(row);
        }
    }
    let lost: Vec<_> = losses.iter().map(|loss| Some(loss.lost_at)).collect();
    let back: Vec<_> = losses.iter().map(|loss| loss.back_at).collect();
    let dots = Dots {
        row_height,
        colour: VERMILION,
    };
    dots.draw(canvas, lost_side, order.start, &lost)?;
    let dots = Dots {
        row_height,
        colour: BLUE,
    };
    dots.draw(canvas, back_side, order.end, &back)
}

/// A dot per row, at its time in seconds from a zero.
struct Dots {
    row_height: f64,
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
        let seconds = |time: Timestamp| (time.0 - zero.0) as f64 / SECOND as f64;
        let known = || times.iter().flatten().map(|&time| seconds(time));
        let low = known().fold(0.0, f64::min).floor();
        let high = known().fold(low + 1.0, f64::max).ceil();
        let x = |s: f64| panel.left + panel.width() * (s - low) / (high - low);
        let label_width = canvas.width("-100,000 s", 11.0) + canvas.px(10.0);
        let labels = (panel.width() / label_width).max(1.0);
        let step = round_step((high - low) / labels);
        // Adding zero turns -0 into 0.
        let mut mark = (low / step).ceil() * step + 0.0;
        while mark <= high {
            let ends = [
                (x(mark), panel.top),
                (x(mark), panel.bottom + canvas.px(4.0)),
            ];
            canvas.line(&ends, GRID, 1.0)?;
            let at = (x(mark), panel.bottom + canvas.px(13.0));
            canvas.text(&format!("{mark} s"), at, 11.0, QUIET, Anchor::Middle)?;
            mark += step;
        }
        let zero_line = [(x(0.0), panel.top), (x(0.0), panel.bottom)];
        canvas.line(&zero_line, QUIET, 1.0)?;
        let half = (self.row_height * 0.35).min(canvas.px(5.0)).max(0.5);
        for (row, time) in times.iter().enumerate() {
            let y = panel.top + self.row_height * (row as f64 + 0.5);
            let Some(time) = time else {
                if self.row_height >= canvas.px(11.0) {
                    let at = (x(0.0).max(panel.left) + canvas.px(6.0), y);
                    canvas.text("not back", at, 11.0, QUIET, Anchor::Start)?;
                }
                continue;
            };
            let dot_x = x(seconds(*time));
            canvas.line(&[(x(0.0), y), (dot_x, y)], GRID, 1.0)?;
            let dot = Area {
                left: dot_x - canvas.px(4.0),
                top: y - half,
                right: dot_x + canvas.px(4.0),
                bottom: (y + half).max(y - half + 1.0),
            };
            canvas.rect(dot, self.colour)?;
        }
        Ok(())
    }
}

/// A round step of at least `min` seconds.
fn round_step(min: f64) -> f64 {
    let steps = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0,
    ];
    let step = steps.into_iter().find(|&step| step >= min);
    step.unwrap_or_else(|| (min / 3_600.0).ceil() * 3_600.0)
}
