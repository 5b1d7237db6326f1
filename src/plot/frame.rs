//! What every figure has around it: above, the headline, what it rests on, the caption, and the
//! collectors; below, the source of the data.

use super::canvas::{Anchor, Area, Canvas};
use super::colour::{Colour, INK, QUIET, VERMILION};
use super::error::PlotError;
use super::figure::Figure;
use super::font;
use crate::view::RunView;
use crate::view::story::Story;
use crate::view::words::plural;

/// At most so many collectors are named.
const MAX_COLLECTORS: usize = 6;

/// Draws the frame and returns the area within it.
pub(super) fn draw(canvas: &Canvas<'_>, view: &RunView, figure: Figure) -> Result<Area, PlotError> {
    let edge = canvas.px(24.0);
    let all = canvas.all();
    let width = all.width() - 2.0 * edge;
    let story = Story::of(view);
    let mut y = edge;
    let mut write = |text: &str, size: f64, colour: Colour, lines: usize| {
        for line in font::wrap(text, canvas.px(size), width, lines) {
            let step = canvas.px(size * 1.3);
            canvas.text(&line, (edge, y + step / 2.0), size, colour, Anchor::Start)?;
            y += step;
        }
        Ok::<(), PlotError>(())
    };
    if let Some(label) = story.label {
        write(label, 14.0, VERMILION, 1)?;
    }
    write(&story.headline, 20.0, INK, 2)?;
    // What limits the headline comes before what else is known of it.
    let notes = story.caveats.iter().chain(&story.left_out);
    let notes = notes.chain(&story.certainty).chain(&story.sensitivity);
    let notes: Vec<&str> = notes.map(String::as_str).collect();
    if !notes.is_empty() {
        write(&format!("{}.", notes.join(". ")), 12.0, QUIET, 2)?;
    }
    let caption = (figure.caption)(view);
    write(&format!("{caption}. {}", collectors(view)), 12.0, INK, 2)?;
    let top = y + canvas.px(8.0);
    let bottom = all.bottom - canvas.px(14.0);
    let source = font::fit(&source(view), canvas.px(11.0), width);
    canvas.text(&source, (edge, bottom), 11.0, QUIET, Anchor::Start)?;
    Ok(Area {
        left: edge,
        top,
        right: all.right - edge,
        bottom: bottom - canvas.px(14.0),
    })
}

fn collectors(view: &RunView) -> String {
    let mut names: Vec<&str> = view.peers.iter().map(|p| p.collector.as_str()).collect();
    names.extend(view.files.iter().map(|f| f.collector.as_str()));
    names.sort_unstable();
    names.dedup();
    let named: Vec<&str> = names.iter().take(MAX_COLLECTORS).copied().collect();
    let more = match names.len() - named.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let vantage_ases = view.vantage_ases();
    let noun = plural(vantage_ases as usize, "AS", "ASes");
    match named.is_empty() {
        true => "No collector had any data".to_owned(),
        false => {
            let named = named.join(", ");
            format!("Collectors: {named}{more}; {vantage_ases} vantage {noun}")
        }
    }
}

/// Which archives the data comes from, and which run and version made the figure.
fn source(view: &RunView) -> String {
    let manifest = &view.manifest;
    let run: String = view.run_sha256.chars().take(12).collect();
    let mut archives = Vec::new();
    let has_public = |collectors: &str| {
        let mut files = view.files.iter();
        files.any(|f| f.url.starts_with("http") && f.collector.starts_with(collectors))
    };
    if manifest.study.reconstruction {
        archives.push("published times");
    } else {
        if has_public("rrc") {
            archives.push("RIPE NCC RIS");
        }
        if has_public("route-views") {
            archives.push("RouteViews, University of Oregon");
        }
        if archives.is_empty() {
            archives.push("local files");
        }
    }
    let title = match &manifest.study.title {
        Some(title) => format!(" · {title}"),
        None => String::new(),
    };
    format!(
        "Source: {} · dropline {}, run {run}{title}",
        archives.join("; "),
        manifest.dropline
    )
}
