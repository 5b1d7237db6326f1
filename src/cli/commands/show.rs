//! `dropline show`: prints the summary of a run from its folder.

use crate::cli::args::{self, ShowFormat};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::{pretty_json, print_data};
use crate::cli::{run_folder, terminal};
use crate::view::reader::ReadError;
use crate::view::{RunView, summary_json, text};
use crate::write::tables::outages;
use anyhow::anyhow;
use sha2::{Digest, Sha256};
use std::path::Path;

pub(crate) fn show(args: &args::ShowArgs) -> Result<ExitStatus, CommandError> {
    // Has the better message where the folder is not a run's.
    run_folder::open(&args.run)?;
    let view = RunView::open(&args.run)?;
    let text = match args.format {
        ShowFormat::Text => text::page(&view, terminal::stdout_layout()),
        ShowFormat::Markdown => text::markdown(&view),
        ShowFormat::Json => pretty_json(&summary_json::summary_json(&args.run, &view)?)?,
        ShowFormat::Csv => csv(&args.run, &view)?,
    };
    print_data(&text)?;
    Ok(ExitStatus::Done)
}

/// The table of outages byte for byte as the run wrote it, checked against its hash.
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
