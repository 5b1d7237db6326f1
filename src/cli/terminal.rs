//! Width and colours of the terminal.

use crate::view::text::{Emphasis, TextLayout};
use std::io::IsTerminal;

/// Width of a page that goes into a pipe or a file.
const PIPED_WIDTH: usize = 80;

/// The layout of data on stdout.
pub(crate) fn stdout_layout() -> TextLayout {
    let own = || terminal_size::terminal_size_of(std::io::stdout());
    let own = || own().map(|(width, _)| usize::from(width.0));
    let width = columns().or_else(own).unwrap_or(PIPED_WIDTH);
    let emphasis = match std::io::stdout().is_terminal() && may_colour() {
        true => Emphasis::Bold,
        false => Emphasis::None,
    };
    TextLayout {
        width: Some(width.clamp(20, 1_000)),
        emphasis,
    }
}

/// The layout of messages on stderr: as wide as the terminal; in a pipe or a file, lines are not
/// broken.
pub(crate) fn stderr_layout() -> TextLayout {
    let own = || terminal_size::terminal_size_of(std::io::stderr());
    let width = match std::io::stderr().is_terminal() {
        true => columns().or_else(|| own().map(|(width, _)| usize::from(width.0))),
        false => None,
    };
    TextLayout {
        width: width.map(|width| width.clamp(20, 1_000)),
        emphasis: Emphasis::None,
    }
}

/// `COLUMNS`, where it is a number.
fn columns() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok()?.parse().ok();
    columns.filter(|&width| width > 0)
}

/// Whether the user has not refused control sequences.
fn may_colour() -> bool {
    let is_refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let is_dumb = std::env::var_os("TERM").is_none_or(|v| v == "dumb");
    !is_refused && !is_dumb
}
