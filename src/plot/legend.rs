//! Legends of figures, and the notice in place of a figure that has nothing to show.

use super::canvas::{Anchor, Area, Canvas};
use super::colour::{Colour, INK, QUIET};
use super::error::PlotError;
use super::font;

/// The symbol before the text of a legend's entry.
#[derive(Debug, Clone, Copy)]
pub(super) enum Symbol {
    Box(Colour),
    Hatch,
    Line(Colour),
    Dashes(Colour),
    None,
}

/// Draws a legend at the top of an area and returns the rest of the area.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Area,
    entries: &[(Symbol, String)],
) -> Result<Area, PlotError> {
    let (width_of_symbol, gap, step) = (canvas.px(16.0), canvas.px(6.0), canvas.px(19.0));
    let (mut x, mut y) = (area.left, area.top + step / 2.0);
    for (symbol, text) in entries {
        let indent = match symbol {
            Symbol::None => 0.0,
            _ => width_of_symbol + gap,
        };
        let text = font::fit(text, canvas.px(12.0), area.width() - indent);
        let width = indent + canvas.width(&text, 12.0);
        if x > area.left && x + width > area.right {
            x = area.left;
            y += step;
        }
        let half = canvas.px(6.0);
        let swatch = Area {
            left: x,
            top: y - half,
            right: x + width_of_symbol,
            bottom: y + half,
        };
        let ends = [(x, y), (x + width_of_symbol, y)];
        match *symbol {
            Symbol::Box(colour) => canvas.rect(swatch, colour)?,
            Symbol::Hatch => canvas.hatch(swatch),
            Symbol::Line(colour) => canvas.line(&ends, colour, 2.5)?,
            Symbol::Dashes(colour) => canvas.dashes(ends[0], ends[1], colour)?,
            Symbol::None => {}
        }
        canvas.text(&text, (x + indent, y), 12.0, INK, Anchor::Start)?;
        x += width + canvas.px(18.0);
    }
    let top = match entries.is_empty() {
        true => area.top,
        false => y + step / 2.0 + canvas.px(8.0),
    };
    Ok(Area { top, ..area })
}

/// Writes in the middle of an area why there is nothing to show.
pub(super) fn notice(canvas: &Canvas<'_>, area: Area, text: &str) -> Result<(), PlotError> {
    let lines = font::wrap(text, canvas.px(16.0), area.width(), 3);
    let middle = (area.left + area.right) / 2.0;
    let mut y = (area.top + area.bottom) / 2.0;
    for line in lines {
        canvas.text(&line, (middle, y), 16.0, QUIET, Anchor::Middle)?;
        y += canvas.px(22.0);
    }
    Ok(())
}
