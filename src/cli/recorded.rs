//! The files that an earlier run read, found again by its `run.json`.

use super::args;
use super::downloads::Downloads;
use super::error::CommandError;
use super::network;
use super::printer::Printer;
use crate::decode;
use crate::locate::{CollectorFiles, LocalSource};
use crate::manifest::{Manifest, ManifestError};
use crate::pipeline::recorded::{self, FileStore, RecordedError};
use anyhow::anyhow;
use std::path::{Path, PathBuf};

/// Where the flags say that the files of a study are.
#[derive(Clone, Copy)]
pub(crate) struct NamedFiles<'a> {
    pub archive: Option<&'a Path>,
    pub files: &'a [PathBuf],
}

/// Finds the files of a study. The inner error says that a file is gone or has changed.
pub(crate) fn holdings(
    source: Option<LocalSource>,
    manifest: &Manifest,
    network: &args::NetworkArgs,
    printer: Printer,
) -> Result<Result<Vec<CollectorFiles>, RecordedError>, CommandError> {
    Ok(match &source {
        Some(source) => recorded::files(manifest, FileStore::Local(source)),
        None => {
            let fetcher = network::fetcher(network)?;
            let downloads = Downloads::new(printer);
            let holdings = recorded::files(manifest, FileStore::Cache(&fetcher, &downloads));
            downloads.finish();
            holdings
        }
    })
}

/// Where the files are looked for; `None` means the cache and the archives.
pub(crate) fn source(
    named: NamedFiles<'_>,
    path: &Path,
    manifest: &Manifest,
) -> Result<Option<LocalSource>, CommandError> {
    if !named.files.is_empty() {
        return Ok(Some(LocalSource::Files(decode::loose_files(
            named.files.to_vec(),
        ))));
    }
    if let Some(outside) = manifest.outside() {
        return Err(ManifestError::Escapes {
            path: path.to_owned(),
            named: outside.url.clone(),
        }
        .into());
    }
    if let Some(dir) = named.archive {
        return Ok(Some(LocalSource::Mirror(dir.to_owned())));
    }
    let public = manifest.inputs.iter().filter(|i| i.is_public()).count();
    match public {
        // Encoded from an event table, into the folder of the run.
        0 => {
            let folder = path.parent().unwrap_or(Path::new(""));
            Ok(Some(LocalSource::Encoded(folder.join("archive"))))
        }
        n if n == manifest.inputs.len() => Ok(None),
        _ => {
            let error = anyhow!(
                "`{}` lists public files and files of its own",
                path.display()
            );
            Err(CommandError::failed(error)
                .hint("name the folder that holds all of them with `--archive DIR`"))
        }
    }
}
