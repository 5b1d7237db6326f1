//! What all figures have around them: the headline, how sure it is, what is drawn, who was
//! listened to; below, where it comes from. And what is said within by way of legends and notes.

use super::canvas::{Area, Canvas, Stands};
use super::colour::{Colour, INK, QUIET, VERMILION};
use super::{Figure, PlotError, font};
use crate::view::RunView;
use crate::view::headline::Headline;

/// Draws the frame; says what room is left.
pub(super) fn draw(canvas: &Canvas<'_>, view: &RunView, figure: Figure) -> Result<Area, PlotError> {
    let edge = canvas.px(24.0);
    let all = canvas.all();
    let width = all.width() - 2.0 * edge;
    let told = Headline::of(view);
    let mut y = edge;
    let mut say = |text: &str, size: f64, colour: Colour, lines: usize| {
        for line in font::wrap(text, canvas.px(size), width, lines) {
            let step = canvas.px(size * 1.3);
            canvas.text(&line, (edge, y + step / 2.0), size, colour, Stands::After)?;
            y += step;
        }
        Ok::<(), PlotError>(())
    };
    if let Some(label) = told.label {
        say(label, 14.0, VERMILION, 1)?;
    }
    say(&told.text, 20.0, INK, 2)?;
    if !told.certainty.is_empty() {
        say(&format!("{}.", told.certainty.join(". ")), 12.0, QUIET, 2)?;
    }
    say(
        &format!("{}. {}", what(view, figure), listened(view)),
        12.0,
        INK,
        2,
    )?;
    let top = y + canvas.px(8.0);
    let bottom = all.bottom - canvas.px(14.0);
    let source = font::fit(&source(view), canvas.px(11.0), width);
    canvas.text(&source, (edge, bottom), 11.0, QUIET, Stands::After)?;
    Ok(Area {
        left: edge,
        top,
        right: all.right - edge,
        bottom: bottom - canvas.px(14.0),
    })
}

fn what(view: &RunView, figure: Figure) -> String {
    let left_out = match view.prefixes_left_out {
        0 => String::new(),
        n => format!(" ({n} more prefixes left out: those are shown that were lost longest)"),
    };
    match figure {
        Figure::Line => "Visible prefixes at the end of each minute".to_owned(),
        Figure::Raster => format!("Prefixes by minute, by the upstream of most{left_out}"),
        Figure::Upstreams => {
            "Paths by upstream: vantage ASes that saw a prefix through it, over all prefixes"
                .to_owned()
        }
        Figure::Order => "The order in which it was lost and came back".to_owned(),
        Figure::Peers => "Peers by the size of their table".to_owned(),
    }
}

fn listened(view: &RunView) -> String {
    let mut collectors: Vec<&str> = view.peers.iter().map(|p| p.collector.as_str()).collect();
    collectors.extend(view.files.iter().map(|f| f.collector.as_str()));
    collectors.sort_unstable();
    collectors.dedup();
    let n = view.vantage_ases();
    let ases = if n == 1 { "AS" } else { "ASes" };
    let shown = collectors.iter().take(6).copied().collect::<Vec<_>>();
    let more = match collectors.len() - shown.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    match shown.is_empty() {
        true => "No collector had anything".to_owned(),
        false => format!("Collectors: {}{more}; {n} vantage {ases}", shown.join(", ")),
    }
}

fn source(view: &RunView) -> String {
    let manifest = &view.manifest;
    let run: String = view.run_sha256.chars().take(12).collect();
    let mut from = Vec::new();
    let public = |start: &str| {
        let mut files = view.files.iter();
        files.any(|f| f.url.starts_with("http") && f.collector.starts_with(start))
    };
    if manifest.study.reconstruction {
        from.push("published times".to_owned());
    } else {
        if public("rrc") {
            from.push("RIPE NCC RIS".to_owned());
        }
        if public("route-views") {
            from.push("RouteViews, University of Oregon".to_owned());
        }
        if from.is_empty() {
            from.push("local files".to_owned());
        }
    }
    let title = match &manifest.study.title {
        Some(title) => format!(" · {title}"),
        None => String::new(),
    };
    format!(
        "Source: {} · dropline {}, run {run}{title}",
        from.join("; "),
        manifest.dropline
    )
}

/// What a legend shows beside its words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sign {
    Box(Colour),
    Hatch,
    Line(Colour),
    Dashes(Colour),
    Nothing,
}

/// Draws a legend from the top of an area down; says how much of the area is left.
pub(super) fn legend(
    canvas: &mut Canvas<'_>,
    area: Area,
    entries: &[(Sign, String)],
) -> Result<Area, PlotError> {
    let (sign, gap, step) = (canvas.px(16.0), canvas.px(6.0), canvas.px(19.0));
    let (mut x, mut y) = (area.left, area.top + step / 2.0);
    for (shown, words) in entries {
        let its = if matches!(shown, Sign::Nothing) {
            0.0
        } else {
            sign + gap
        };
        let words = font::fit(words, canvas.px(12.0), area.width() - its);
        let width = its + canvas.width(&words, 12.0);
        if x > area.left && x + width > area.right {
            x = area.left;
            y += step;
        }
        let half = canvas.px(6.0);
        let swatch = Area {
            left: x,
            top: y - half,
            right: x + sign,
            bottom: y + half,
        };
        let ends = [(x, y), (x + sign, y)];
        match *shown {
            Sign::Box(colour) => canvas.rect(swatch, colour)?,
            Sign::Hatch => canvas.hatch(swatch),
            Sign::Line(colour) => canvas.line(&ends, colour, 2.5)?,
            Sign::Dashes(colour) => canvas.dashes(ends[0], ends[1], colour)?,
            Sign::Nothing => {}
        }
        canvas.text(&words, (x + its, y), 12.0, INK, Stands::After)?;
        x += width + canvas.px(18.0);
    }
    let top = match entries.is_empty() {
        true => area.top,
        false => y + step / 2.0 + canvas.px(8.0),
    };
    Ok(Area { top, ..area })
}

/// Says in the middle of an area what there is not.
pub(super) fn note(canvas: &Canvas<'_>, area: Area, text: &str) -> Result<(), PlotError> {
    let lines = font::wrap(text, canvas.px(16.0), area.width(), 3);
    let middle = (area.left + area.right) / 2.0;
    let mut y = (area.top + area.bottom) / 2.0;
    for line in lines {
        canvas.text(&line, (middle, y), 16.0, QUIET, Stands::Around)?;
        y += canvas.px(22.0);
    }
    Ok(())
}
