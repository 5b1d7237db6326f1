//! Prefix by minute, coloured by the upstream that most vantage ASes had. Down, degraded, unknown and
//! not yet visible stand out.

use crate::model::net::Asn;
use crate::model::visibility::Status;
use crate::plot::axes::{self, TimeAxis, TimeLabels};
use crate::plot::canvas::{Anchor, Area, Canvas};
use crate::plot::colour::{Colour, DOWN, INK, OTHER, UNSEEN, UPSTREAMS};
use crate::plot::error::PlotError;
use crate::plot::figure::Figure;
use crate::plot::legend::{self, Symbol};
use crate::view::words;
use crate::view::{PrefixSeries, PrefixState, RunView};

pub(super) const FIGURE: Figure = Figure {
    name: "raster",
    help: "Each prefix minute by minute, coloured by upstream",
    caption,
    draw,
};

fn caption(view: &RunView) -> String {
    let left_out = match view.prefixes_left_out {
        0 => String::new(),
        n => format!(" (those lost longest; {n} more prefixes are left out)"),
    };
    format!("Prefixes by minute, coloured by the upstream that most vantage ASes had{left_out}")
}

/// What a pixel shows. Where it stands for several minutes or prefixes, it shows the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Pixel {
    /// Without a value; hatched like [`Self::Unknown`].
    Empty,
    Unseen,
    /// By index of the upstream's colour; the last index is that of all others.
    Up(u8),
    Degraded(u8),
    Unknown,
    Down,
}

impl Pixel {
    fn of(state: &PrefixState, busiest: &[Asn]) -> Self {
        let colour = state
            .upstream
            .and_then(|asn| busiest.iter().position(|&b| b == asn));
        let colour = colour.unwrap_or(UPSTREAMS.len()) as u8;
        match state.status {
            Status::Up => Self::Up(colour),
            Status::Degraded => Self::Degraded(colour),
            Status::Down => Self::Down,
            Status::Unknown => Self::Unknown,
            Status::Unseen => Self::Unseen,
        }
    }

    /// Its colour; `None` where it is hatched.
    fn colour(self) -> Option<Colour> {
        let of_upstream = |index: u8| *UPSTREAMS.get(usize::from(index)).unwrap_or(&OTHER);
        match self {
            Self::Up(index) => Some(of_upstream(index)),
            Self::Degraded(index) => Some(of_upstream(index).pale()),
            Self::Down => Some(DOWN),
            Self::Unseen => Some(UNSEEN),
            Self::Unknown | Self::Empty => None,
        }
    }
}

fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    if view.prefixes.is_empty() {
        let why = "No peer announced any watched prefix, so there are no rows to draw";
        return legend::notice(canvas, area, why);
    }
    let busiest = view.upstreams.iter().take(UPSTREAMS.len());
    let busiest: Vec<Asn> = busiest.map(|series| series.upstream).collect();
    let mut entries = colour_entries(view, &busiest);
    let rows = view.prefixes.len();
    let estimated = area.height() - canvas.px(axes::LABELS_HEIGHT + 50.0);
    let strips = rows.min(estimated.max(1.0) as usize);
    if strips < rows {
        let each = rows.div_ceil(strips);
        let text = format!("each row stands for up to {each} prefixes and shows the worst of them");
        entries.push((Symbol::None, text));
    }
    let area = legend::draw(canvas, area, &entries)?;
    let names = view.prefixes.iter();
    let names = names.map(|series| canvas.width(&series.prefix.to_string(), 11.0));
    let names = names.fold(0.0, f64::max).min(area.width() / 3.0);
    let panel = Area {
        left: area.left + names + canvas.px(10.0),
        right: area.right - canvas.px(16.0),
        bottom: area.bottom - canvas.px(axes::LABELS_HEIGHT),
        ..area
    };
    // A few prefixes do not fill the height.
    let tallest = canvas.px(44.0) * rows as f64;
    let panel = Area {
        bottom: panel.bottom.min(panel.top + tallest),
        ..panel
    };
    let strips = rows.min(panel.height() as usize).max(1);
    let minutes = view.minute_count().max(1);
    let columns = (panel.width() as u32).min(minutes).max(1);
    let axis = TimeAxis::of(view, panel);
    axis.draw(canvas, panel, TimeLabels::Shown)?;
    let mut last_label = f64::MIN;
    for index in 0..strips {
        let of_strip = index * rows / strips..(index + 1) * rows / strips;
        let prefixes = view.prefixes.get(of_strip).unwrap_or_default();
        let height = panel.height() / strips as f64;
        let top = panel.top + height * index as f64;
        let gap = if height > 6.0 { 1.0 } else { 0.0 };
        let strip = Area {
            top,
            bottom: top + height - gap,
            ..panel
        };
        let pixels = merged(prefixes, &busiest, minutes, columns);
        draw_strip(canvas, strip, &pixels)?;
        let middle = top + height / 2.0;
        if middle >= last_label + canvas.px(13.0)
            && let Some(first) = prefixes.first()
        {
            let at = (panel.left - canvas.px(8.0), middle);
            canvas.text(&first.prefix.to_string(), at, 11.0, INK, Anchor::End)?;
            last_label = middle;
        }
    }
    Ok(())
}

fn colour_entries(view: &RunView, busiest: &[Asn]) -> Vec<(Symbol, String)> {
    let coloured = busiest.iter().zip(UPSTREAMS);
    let mut entries: Vec<(Symbol, String)> = coloured
        .map(|(asn, colour)| (Symbol::Box(colour), format!("AS{asn}")))
        .collect();
    let others = match view.upstreams.len().saturating_sub(busiest.len()) {
        0 => "no upstream".to_owned(),
        n => format!("{n} other upstreams, or none"),
    };
    let paler = "paler: degraded, seen by 50–90 %".to_owned();
    entries.extend([
        (Symbol::Box(OTHER), others),
        (Symbol::Box(UPSTREAMS[0].pale()), paler),
        (Symbol::Box(DOWN), "down: seen by less than half".to_owned()),
        (Symbol::Hatch, "unknown".to_owned()),
        (
            Symbol::Box(UNSEEN),
            words::status(Status::Unseen).to_owned(),
        ),
    ]);
    entries
}

/// The columns of a strip: in each the greatest of all its prefixes and minutes.
fn merged(prefixes: &[PrefixSeries], busiest: &[Asn], minutes: u32, columns: u32) -> Vec<Pixel> {
    let mut strip = vec![Pixel::Empty; columns as usize];
    let column =
        |minute: u32| (u64::from(minute) * u64::from(columns) / u64::from(minutes)) as usize;
    for interval in prefixes.iter().flat_map(|prefix| &prefix.minutes) {
        let pixel = Pixel::of(&interval.value, busiest);
        let first = column(interval.first.min(minutes - 1));
        let last = column(interval.end.saturating_sub(1).min(minutes - 1));
        for merged in strip.get_mut(first..=last).into_iter().flatten() {
            *merged = pixel.max(*merged);
        }
    }
    strip
}

fn draw_strip(canvas: &mut Canvas<'_>, strip: Area, pixels: &[Pixel]) -> Result<(), PlotError> {
    let x = |column: usize| strip.left + strip.width() * column as f64 / pixels.len() as f64;
    let mut first = 0;
    for equal in pixels.chunk_by(|a, b| a == b) {
        let end = first + equal.len();
        let area = Area {
            left: x(first),
            right: x(end),
            ..strip
        };
        first = end;
        match equal.first().and_then(|pixel| pixel.colour()) {
            Some(colour) => canvas.rect(area, colour)?,
            None => canvas.hatch(area),
        }
    }
    Ok(())
}
