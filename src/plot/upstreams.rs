//! Paths by upstream over time, one upon the other, the busiest at the bottom.

use super::PlotError;
use super::canvas::{Area, Canvas};
use super::colour::{OTHER, UPSTREAMS};
use super::frame::{self, Sign};
use super::time::{self, Across};
use crate::model::visibility::Status;
use crate::view::{RunView, UpstreamSeries};

pub(super) fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    if view.upstreams.is_empty() {
        let why = "No counted peer had a path with an upstream: there is nothing to stack";
        return frame::note(canvas, area, why);
    }
    let shown = view.upstreams.iter().zip(UPSTREAMS);
    let mut entries: Vec<(Sign, String)> = shown
        .map(|(line, colour)| (Sign::Box(colour), format!("AS{}", line.upstream)))
        .collect();
    if let n @ 1.. = view.upstreams.len().saturating_sub(UPSTREAMS.len()) {
        entries.push((Sign::Box(OTHER), format!("{n} others")));
    }
    entries.push((Sign::Hatch, "unknown".to_owned()));
    let minutes = view.minute_count().max(1);
    let columns = (area.width() as u32).min(minutes).max(1);
    if columns < minutes {
        let text = "where several minutes share a pixel: the one with the fewest paths";
        entries.push((Sign::Nothing, text.to_owned()));
    }
    let area = frame::legend(canvas, area, &entries)?;
    let stacks = stacks(&view.upstreams, minutes);
    let most = stacks
        .iter()
        .filter_map(|s| s.last())
        .copied()
        .max()
        .unwrap_or(0)
        .max(1);
    let panel = Area {
        left: area.left + canvas.width(&time::thousands(most), 12.0) + canvas.px(14.0),
        right: area.right - canvas.px(16.0),
        bottom: area.bottom - canvas.px(time::BELOW),
        top: area.top + canvas.px(6.0),
    };
    time::heights(canvas, panel, most)?;
    let across = Across::of(view, panel);
    across.marks(canvas, panel, true)?;
    hatch(canvas, view, panel);
    let chosen = chosen(&stacks, columns);
    let y = |n: u64| panel.bottom - panel.height() * n as f64 / most as f64;
    for alike in chosen.chunk_by(|a, b| stacks.get(a.0) == stacks.get(b.0)) {
        let Some((&first, &last)) = alike.first().zip(alike.last()) else {
            continue;
        };
        let left = across.at(view.minute_start(first.1));
        let right = across.at(view.minute_start(last.2));
        let mut below = 0;
        for (place, &above) in stacks.get(first.0).into_iter().flatten().enumerate() {
            let colour = *UPSTREAMS.get(place).unwrap_or(&OTHER);
            let area = Area {
                left,
                top: y(above),
                right,
                bottom: y(below),
            };
            canvas.rect(area, colour)?;
            below = above;
        }
    }
    Ok(())
}

/// By minute: how high the stack is after each upstream that has a colour, and after all others.
fn stacks(lines: &[UpstreamSeries], minutes: u32) -> Vec<Vec<u64>> {
    let layers = lines.len().min(UPSTREAMS.len() + 1);
    let mut stacks = vec![vec![0u64; layers]; minutes as usize];
    for (place, line) in lines.iter().enumerate() {
        let layer = place.min(UPSTREAMS.len());
        for run in &line.minutes {
            let of_run = stacks.get_mut(run.first as usize..run.end.min(minutes) as usize);
            for above in of_run
                .into_iter()
                .flatten()
                .flat_map(|s| s.get_mut(layer..))
                .flatten()
            {
                *above += u64::from(run.value);
            }
        }
    }
    stacks
}

/// By column: the minute that it shows, its first minute, and the first after it.
fn chosen(stacks: &[Vec<u64>], columns: u32) -> Vec<(usize, u32, u32)> {
    let minutes = stacks.len();
    let columns = columns as usize;
    let of = |column: usize| {
        let (first, end) = (column * minutes / columns, (column + 1) * minutes / columns);
        let lowest = (first..end).min_by_key(|&m| stacks.get(m).and_then(|s| s.last()).copied());
        (lowest.unwrap_or(first), first as u32, end as u32)
    };
    (0..columns).map(of).collect()
}

/// Hatches the minutes in which most prefixes are unknown.
fn hatch(canvas: &mut Canvas<'_>, view: &RunView, panel: Area) {
    let across = Across::of(view, panel);
    let minutes = view.minute_count();
    let mut changes = vec![0i64; minutes as usize + 1];
    for run in view.prefixes.iter().flat_map(|row| &row.minutes) {
        if run.value.status == Status::Unknown {
            for (minute, change) in [(run.first, 1), (run.end, -1)] {
                if let Some(sum) = changes.get_mut(minute.min(minutes) as usize) {
                    *sum += change;
                }
            }
        }
    }
    let (mut unknown, mut since) = (0, None);
    for (minute, change) in (0u32..).zip(changes) {
        unknown += change;
        let is_unknown = minute < minutes && unknown * 2 > view.prefixes.len() as i64;
        match (is_unknown, since) {
            (true, None) => since = Some(minute),
            (false, Some(first)) => {
                let left = across.at(view.minute_start(first));
                let right = across.at(view.minute_start(minute));
                canvas.hatch(Area {
                    left,
                    right,
                    ..panel
                });
                since = None;
            }
            _ => {}
        }
    }
}
