//! The font of all figures, which comes with the program: they look the same everywhere.

use resvg::usvg::fontdb::Database;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use std::sync::{Arc, LazyLock};

/// Noto Sans: Latin letters and what figures need; see `data/fonts`.
const FONT: &[u8] = include_bytes!("../../data/fonts/NotoSans-Regular-subset.ttf");

/// Its name.
pub(super) const FAMILY: &str = "Noto Sans";

/// The fonts there are: this one.
pub(super) fn database() -> Arc<Database> {
    static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut fonts = Database::new();
        fonts.load_font_data(FONT.to_vec());
        Arc::new(fonts)
    });
    Arc::clone(&FONTS)
}

/// How wide a text is, in the unit of `size`, which is its em.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let Ok(font) = FontRef::new(FONT) else {
        return text.chars().count() as f64 * size * 0.6;
    };
    let letters = font.charmap();
    let metrics = font.glyph_metrics(Size::new(size as f32), LocationRef::default());
    let advance = |c| metrics.advance_width(letters.map(c).unwrap_or_default());
    text.chars().filter_map(advance).map(f64::from).sum()
}

/// Cuts a text to a width, with an ellipsis where something is left out.
pub(super) fn fit(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut letters: Vec<char> = text.chars().collect();
    while !letters.is_empty() {
        letters.pop();
        let short: String = letters.iter().chain(&['…']).collect();
        if width(&short, size) <= most {
            return short;
        }
    }
    String::new()
}

/// Breaks a text into lines of a width, at most so many: the last is cut.
pub(super) fn wrap(text: &str, size: f64, most: f64, lines: usize) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let fits = |line: &str| width(&format!("{line} {word}"), size) <= most;
        match told.last_mut() {
            Some(line) if fits(line) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => told.push(word.to_owned()),
        }
    }
    if told.len() > lines {
        let rest = told.split_off(lines.saturating_sub(1)).join(" ");
        told.push(rest);
    }
    told.iter().map(|line| fit(line, size, most)).collect()
}
