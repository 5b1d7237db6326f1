//! The font of all figures. It is built in, so that figures look the same everywhere.

use resvg::usvg::fontdb::Database;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use std::sync::{Arc, LazyLock};

/// A subset of Noto Sans: Latin letters and the signs that figures use. See `data/fonts`.
const FONT: &[u8] = include_bytes!("../../data/fonts/NotoSans-Regular-subset.ttf");

/// The font's family name.
pub(super) const FAMILY: &str = "Noto Sans";

/// A font database with this font alone.
pub(super) fn database() -> Arc<Database> {
    static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut fonts = Database::new();
        fonts.load_font_data(FONT.to_vec());
        Arc::new(fonts)
    });
    Arc::clone(&FONTS)
}

/// The width of a text, in the unit of its em `size`.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let Ok(font) = FontRef::new(FONT) else {
        return text.chars().count() as f64 * size * 0.6;
    };
    let letters = font.charmap();
    let metrics = font.glyph_metrics(Size::new(size as f32), LocationRef::default());
    let advance = |c| metrics.advance_width(letters.map(c).unwrap_or_default());
    text.chars().filter_map(advance).map(f64::from).sum()
}

/// Cuts a text to a width; an ellipsis shows that it was cut.
pub(super) fn fit(text: &str, size: f64, max: f64) -> String {
    if width(text, size) <= max {
        return text.to_owned();
    }
    let mut letters: Vec<char> = text.chars().collect();
    while !letters.is_empty() {
        letters.pop();
        let short: String = letters.iter().chain(&['…']).collect();
        if width(&short, size) <= max {
            return short;
        }
    }
    String::new()
}

/// Breaks a text into at most `lines` lines of a width; the last one is cut.
pub(super) fn wrap(text: &str, size: f64, max: f64, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let fits = |line: &str| width(&format!("{line} {word}"), size) <= max;
        match wrapped.last_mut() {
            Some(line) if fits(line) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => wrapped.push(word.to_owned()),
        }
    }
    if wrapped.len() > lines {
        let rest = wrapped.split_off(lines.saturating_sub(1)).join(" ");
        wrapped.push(rest);
    }
    wrapped.iter().map(|line| fit(line, size, max)).collect()
}
