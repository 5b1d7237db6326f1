//! `dropline show`: a run's folder, told on stdout.

mod json;
mod table;
mod text;

use super::args::{self, ShowFormat};
use super::{Failure, Outcome, data, explain};
use anyhow::anyhow;
use dropline::view::{RunView, ViewError};
use dropline::write::back::ReadError;
use dropline::write::outages;
use sha2::{Digest, Sha256};
use std::io::IsTerminal;
use std::path::Path;

/// Columns of a page that nobody looks at while it is written.
const PIPED_WIDTH: usize = 80;

pub fn show(args: &args::Show) -> Result<Outcome, Failure> {
    // This says it best where the folder is no run's.
    explain::open(&args.run)?;
    let view = RunView::open(&args.run).map_err(failure)?;
    let text = match args.format {
        ShowFormat::Text => text::terminal(&view, width(), ink()),
        ShowFormat::Markdown => text::markdown(&view),
        ShowFormat::Json => json::json(&args.run, &view)?,
        ShowFormat::Csv => csv(&args.run, &view)?,
    };
    data(&text)?;
    Ok(Outcome::Done)
}

/// Whether colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Plain,
    Colour,
}

/// Colours are for a terminal, unless `NO_COLOR` is set to anything.
fn ink() -> Ink {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|v| v == "dumb");
    match std::io::stdout().is_terminal() && !refused && !dumb {
        true => Ink::Colour,
        false => Ink::Plain,
    }
}

/// `COLUMNS`, or the terminal's own width.
fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|w| w.parse().ok());
    let own = || {
        let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
        Some(usize::from(width.0))
    };
    let width = asked.filter(|&w| w > 0).or_else(own);
    width.unwrap_or(PIPED_WIDTH).clamp(20, 1_000)
}

/// The outages as the run wrote them, byte by byte.
fn csv(dir: &Path, view: &RunView) -> Result<String, Failure> {
    let name = format!("{}.csv", outages::SCHEMA.name);
    let path = dir.join(&name);
    let bytes = std::fs::read(&path).map_err(|e| read_failure(ReadError::Io(path.clone(), e)))?;
    let found = format!("{:x}", Sha256::digest(&bytes));
    let written = view.manifest.outputs.iter().find(|(n, _)| *n == name);
    if let Some((_, expected)) = written
        && *expected != found
    {
        let expected = expected.clone();
        return Err(read_failure(ReadError::Changed {
            path,
            expected,
            found,
        }));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::failed(anyhow!("`{}` is no text", path.display())))
}

fn read_failure(error: ReadError) -> Failure {
    super::export::read_failure(error)
}

fn failure(error: ViewError) -> Failure {
    let hint = error.hint();
    Failure::failed(error).hint(hint)
}
