//! Prefix by minute: coloured by the upstream that most vantage ASes had; lost, degraded, unknown
//! and never yet visible set apart.

use super::PlotError;
use super::canvas::{Area, Canvas, Stands};
use super::colour::{Colour, DOWN, INK, OTHER, UNSEEN, UPSTREAMS};
use super::frame::{self, Sign};
use super::time::{self, Across};
use crate::model::net::Asn;
use crate::model::visibility::Status;
use crate::view::{PrefixSeries, PrefixState, RunView};

/// What a cell shows; where one stands for several minutes or prefixes, the greatest of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    /// Nothing is said.
    Nothing,
    Unseen,
    /// By place among the colours; the last for all others.
    Up(u8),
    Degraded(u8),
    Unknown,
    Down,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    if view.prefixes.is_empty() {
        return frame::note(
            canvas,
            area,
            "No prefix was spoken of by any peer: there is no row",
        );
    }
    let busiest: Vec<Asn> = view
        .upstreams
        .iter()
        .take(UPSTREAMS.len())
        .map(|u| u.upstream)
        .collect();
    let mut entries: Vec<(Sign, String)> = busiest
        .iter()
        .zip(UPSTREAMS)
        .map(|(asn, colour)| (Sign::Box(colour), format!("AS{asn}")))
        .collect();
    let others = match view.upstreams.len().saturating_sub(busiest.len()) {
        0 => "no upstream".to_owned(),
        n => format!("{n} other upstreams, or none"),
    };
    entries.push((Sign::Box(OTHER), others));
    entries.push((
        Sign::Box(UPSTREAMS[0].pale()),
        "paler: degraded, seen by 50–90 %".to_owned(),
    ));
    entries.push((Sign::Box(DOWN), "down".to_owned()));
    entries.push((Sign::Hatch, "unknown".to_owned()));
    entries.push((Sign::Box(UNSEEN), "never yet visible".to_owned()));
    let rows = view.prefixes.len();
    let guess = area.height() - canvas.px(time::BELOW + 50.0);
    let lines = rows.min(guess.max(1.0) as usize);
    if lines < rows {
        let each = rows.div_ceil(lines);
        entries.push((
            Sign::Nothing,
            format!("a line is up to {each} prefixes: the worst of them"),
        ));
    }
    let area = frame::legend(canvas, area, &entries)?;
    let names = view
        .prefixes
        .iter()
        .map(|row| canvas.width(&row.prefix.to_string(), 11.0));
    let names = names.fold(0.0, f64::max).min(area.width() / 3.0);
    let panel = Area {
        left: area.left + names + canvas.px(10.0),
        right: area.right - canvas.px(16.0),
        bottom: area.bottom - canvas.px(time::BELOW),
        ..area
    };
    // Few prefixes are no thicker than a finger.
    let tallest = canvas.px(44.0) * rows as f64;
    let panel = Area {
        bottom: panel.bottom.min(panel.top + tallest),
        ..panel
    };
    let lines = rows.min(panel.height() as usize).max(1);
    let minutes = view.minute_count().max(1);
    let columns = (panel.width() as u32).min(minutes).max(1);
    let across = Across::of(view, panel);
    across.marks(canvas, panel, true)?;
    let mut labelled = f64::MIN;
    for line in 0..lines {
        let of_line = line * rows / lines..(line + 1) * rows / lines;
        let its = view.prefixes.get(of_line).unwrap_or_default();
        let height = panel.height() / lines as f64;
        let top = panel.top + height * line as f64;
        let gap = if height > 6.0 { 1.0 } else { 0.0 };
        let strip = Area {
            top,
            bottom: top + height - gap,
            ..panel
        };
        cells(canvas, strip, &merged(its, &busiest, minutes, columns))?;
        let middle = top + height / 2.0;
        if middle >= labelled + canvas.px(13.0)
            && let Some(first) = its.first()
        {
            let at = (panel.left - canvas.px(8.0), middle);
            canvas.text(&first.prefix.to_string(), at, 11.0, INK, Stands::Before)?;
            labelled = middle;
        }
    }
    Ok(())
}

fn cell(seen: &PrefixState, busiest: &[Asn]) -> Cell {
    let place = seen
        .upstream
        .and_then(|asn| busiest.iter().position(|&b| b == asn));
    let place = place.unwrap_or(UPSTREAMS.len()) as u8;
    match seen.status {
        Status::Up => Cell::Up(place),
        Status::Degraded => Cell::Degraded(place),
        Status::Down => Cell::Down,
        Status::Unknown => Cell::Unknown,
        Status::Unseen => Cell::Unseen,
    }
}

/// The greatest of the cells of prefixes, by column.
fn merged(rows: &[PrefixSeries], busiest: &[Asn], minutes: u32, columns: u32) -> Vec<Cell> {
    let mut line = vec![Cell::Nothing; columns as usize];
    let column =
        |minute: u32| (u64::from(minute) * u64::from(columns) / u64::from(minutes)) as usize;
    for run in rows.iter().flat_map(|row| &row.minutes) {
        let cell = cell(&run.value, busiest);
        let last = column(run.end.saturating_sub(1).min(minutes - 1));
        let held = line.get_mut(column(run.first.min(minutes - 1))..=last);
        for held in held.into_iter().flatten() {
            *held = cell.max(*held);
        }
    }
    line
}

fn cells(canvas: &mut Canvas<'_>, strip: Area, line: &[Cell]) -> Result<(), PlotError> {
    let x = |column: usize| strip.left + strip.width() * column as f64 / line.len() as f64;
    let mut first = 0;
    for alike in line.chunk_by(|a, b| a == b) {
        let end = first + alike.len();
        let area = Area {
            left: x(first),
            right: x(end),
            ..strip
        };
        first = end;
        let of = |place: u8| *UPSTREAMS.get(usize::from(place)).unwrap_or(&OTHER);
        let colour: Colour = match alike.first() {
            Some(Cell::Up(place)) => of(*place),
            Some(Cell::Degraded(place)) => of(*place).pale(),
            Some(Cell::Down) => DOWN,
            Some(Cell::Unseen) => UNSEEN,
            _ => {
                canvas.hatch(area);
                continue;
            }
        };
        canvas.rect(area, colour)?;
    }
    Ok(())
}
