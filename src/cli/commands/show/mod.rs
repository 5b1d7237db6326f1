//! `dropline show`: a run's folder, told on stdout.

mod json;
mod table;
mod text;

use crate::cli::args::{self, ShowFormat};
use crate::cli::error::{CommandError, ExitStatus};
use crate::cli::output::print_data;
use crate::cli::run_folder;
use crate::view::RunView;
use crate::write::back::ReadError;
use crate::write::tables::outages;
use anyhow::anyhow;
use sha2::{Digest, Sha256};
use std::io::IsTerminal;
use std::path::Path;

/// Columns of a page that nobody looks at while it is written.
const PIPED_WIDTH: usize = 80;

pub fn show(args: &args::ShowArgs) -> Result<ExitStatus, CommandError> {
    // This says it best where the folder is no run's.
    run_folder::open(&args.run)?;
    let view = RunView::open(&args.run)?;
    let text = match args.format {
        ShowFormat::Text => text::terminal(&view, width(), ink()),
        ShowFormat::Markdown => text::markdown(&view),
        ShowFormat::Json => json::json(&args.run, &view)?,
        ShowFormat::Csv => csv(&args.run, &view)?,
    };
    print_data(&text)?;
    Ok(ExitStatus::Done)
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
fn csv(dir: &Path, view: &RunView) -> Result<String, CommandError> {
    let name = format!("{}.csv", outages::TABLE.name);
    let path = dir.join(&name);
    let bytes = std::fs::read(&path).map_err(|e| ReadError::Io(path.clone(), e))?;
    let found = format!("{:x}", Sha256::digest(&bytes));
    let written = view.manifest.outputs.iter().find(|(n, _)| *n == name);
    if let Some((_, expected)) = written
        && *expected != found
    {
        let expected = expected.clone();
        return Err(ReadError::Changed {
            path,
            expected,
            found,
        }
        .into());
    }
    String::from_utf8(bytes)
        .map_err(|_| CommandError::failed(anyhow!("`{}` is not UTF-8 text", path.display())))
}
