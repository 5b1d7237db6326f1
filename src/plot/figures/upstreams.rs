//! Paths by upstream over time, stacked, the busiest upstream at the bottom.

use crate::plot::axes::{self, TimeAxis, TimeLabels};
use crate::plot::canvas::{Area, Canvas};
use crate::plot::colour::{OTHER, UPSTREAMS};
use crate::plot::error::PlotError;
use crate::plot::figure::Figure;
use crate::plot::legend::{self, Symbol};
use crate::plot::members;
use crate::view::{RunView, UpstreamSeries};

pub(super) const FIGURE: Figure = Figure {
    name: "upstreams",
    help: "Paths through each upstream over time",
    caption: |_| {
        "Paths by upstream: vantage ASes that saw a prefix through it, summed over all prefixes"
            .to_owned()
    },
    draw,
};

fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    if view.upstreams.is_empty() {
        let why = "No counted peer had a path with an upstream, so there is nothing to draw";
        return legend::notice(canvas, area, why);
    }
    let coloured = view.upstreams.iter().zip(UPSTREAMS);
    let mut entries: Vec<(Symbol, String)> = coloured
        .map(|(series, colour)| (Symbol::Box(colour), format!("AS{}", series.upstream)))
        .collect();
    if let n @ 1.. = view.upstreams.len().saturating_sub(UPSTREAMS.len()) {
        entries.push((Symbol::Box(OTHER), format!("{n} others")));
    }
    entries.push((
        Symbol::Hatch,
        "more than half of the prefixes unknown".to_owned(),
    ));
    entries.push((Symbol::None, "blank: no path".to_owned()));
    let minutes = view.minute_count().max(1);
    let columns = (area.width() as u32).min(minutes).max(1);
    if columns < minutes {
        let text = "where several minutes share a pixel, the one with the fewest paths is drawn";
        entries.push((Symbol::None, text.to_owned()));
    }
    let area = legend::draw(canvas, area, &entries)?;
    let stacks = stacks(&view.upstreams, minutes);
    let heights = stacks.iter().filter_map(|stack| stack.last());
    let max = heights.copied().max().unwrap_or(0).max(1);
    let panel = Area {
        left: area.left + canvas.width(&axes::thousands(max), 12.0) + canvas.px(14.0),
        right: area.right - canvas.px(16.0),
        bottom: area.bottom - canvas.px(axes::LABELS_HEIGHT),
        top: area.top + canvas.px(6.0),
    };
    axes::draw_counts(canvas, panel, max)?;
    let axis = TimeAxis::of(view, panel);
    axis.draw(canvas, panel, TimeLabels::Shown)?;
    hatch_unknown(canvas, view, panel);
    let columns = lowest_by_column(&stacks, columns);
    let y = |n: u64| panel.bottom - panel.height() * n as f64 / max as f64;
    for equal in columns.chunk_by(|a, b| stacks.get(a.lowest) == stacks.get(b.lowest)) {
        let Some((first, last)) = equal.first().zip(equal.last()) else {
            continue;
        };
        let left = axis.x(view.minute_start(first.first));
        let right = axis.x(view.minute_start(last.end));
        let mut below = 0;
        let stack = stacks.get(first.lowest).into_iter().flatten();
        for (layer, &above) in stack.enumerate() {
            let colour = *UPSTREAMS.get(layer).unwrap_or(&OTHER);
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

/// By minute, the height of the stack after each upstream that has a colour, and after all others.
fn stacks(upstreams: &[UpstreamSeries], minutes: u32) -> Vec<Vec<u64>> {
    let layers = upstreams.len().min(UPSTREAMS.len() + 1);
    let mut stacks = vec![vec![0u64; layers]; minutes as usize];
    for (index, upstream) in upstreams.iter().enumerate() {
        let layer = index.min(UPSTREAMS.len());
        for interval in &upstream.minutes {
            let range = interval.first as usize..interval.end.min(minutes) as usize;
            let stacks = stacks.get_mut(range).into_iter().flatten();
            for height in stacks.flat_map(|stack| stack.get_mut(layer..)).flatten() {
                *height += u64::from(interval.value);
            }
        }
    }
    stacks
}

/// A column of pixels.
struct PixelColumn {
    /// Its first minute.
    first: u32,
    /// The minute after its last one.
    end: u32,
    /// The minute with the fewest paths: the one that is drawn.
    lowest: usize,
}

fn lowest_by_column(stacks: &[Vec<u64>], columns: u32) -> Vec<PixelColumn> {
    let minutes = stacks.len();
    let columns = columns as usize;
    let height = |minute: &usize| stacks.get(*minute).and_then(|s| s.last()).copied();
    let column = |index: usize| {
        let (first, end) = (index * minutes / columns, (index + 1) * minutes / columns);
        PixelColumn {
            first: first as u32,
            end: end as u32,
            lowest: (first..end).min_by_key(height).unwrap_or(first),
        }
    };
    (0..columns).map(column).collect()
}

/// Hatches the minutes in which more than half of the prefixes are unknown.
fn hatch_unknown(canvas: &mut Canvas<'_>, view: &RunView, panel: Area) {
    let axis = TimeAxis::of(view, panel);
    for (first, end) in members::unknown_spans(view) {
        canvas.hatch(Area {
            left: axis.x(view.minute_start(first)),
            right: axis.x(view.minute_start(end)),
            ..panel
        });
    }
}
