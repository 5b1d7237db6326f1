//! Reading a `run.json`.

use super::schema::{self, ManifestFields};
use super::types::{FORMAT, Manifest, ManifestError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Longest manifest, bytes: the watch list of the largest country takes a tenth of it.
const MAX_BYTES: u64 = 1 << 30;

/// Reads a manifest.
///
/// # Errors
/// It cannot be read, is no manifest, or of a newer format.
pub fn read(path: &Path) -> Result<Manifest, ManifestError> {
    read_with::<schema::AllInputs>(path)
}

/// As [`read`], without [`Manifest::inputs`], which are most of the manifest of a month.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_without_inputs(path: &Path) -> Result<Manifest, ManifestError> {
    read_with::<schema::NoInputs>(path)
}

fn read_with<I: schema::Inputs>(path: &Path) -> Result<Manifest, ManifestError> {
    let io = |e| ManifestError::Io(path.to_owned(), e);
    let form = |what: String| ManifestError::Form(path.to_owned(), what);
    let known = |format: Option<u64>| match format {
        Some(FORMAT) => Ok(()),
        Some(format) if format > FORMAT => {
            let path = path.to_owned();
            Err(ManifestError::Newer { path, format })
        }
        _ => Err(form("it has no format that is known".to_owned())),
    };
    let file = File::open(path).map_err(io)?;
    // A pipe can be read only once.
    let can_reread = file.metadata().map_err(io)?.is_file();
    match parsed::<ManifestFields<I>>(path, file) {
        Ok(fields) => known(fields.format).and_then(|()| fields.check().map_err(form)),
        Err(error) if can_reread => {
            // Another format may have other fields.
            let head: FormatField = parsed(path, File::open(path).map_err(io)?)?;
            known(head.format).and(Err(error))
        }
        Err(error) => Err(error),
    }
}

/// Parses JSON while it is read: the manifest of a month has tens of megabytes.
fn parsed<T: DeserializeOwned>(path: &Path, file: File) -> Result<T, ManifestError> {
    let mut text = BufReader::new(file).take(MAX_BYTES + 1);
    let read = serde_json::from_reader(&mut text);
    read.map_err(|e| match (text.limit(), e.io_error_kind()) {
        (0, _) => {
            let what = format!("it has more than {MAX_BYTES} bytes");
            ManifestError::Form(path.to_owned(), what)
        }
        (_, Some(_)) => ManifestError::Io(path.to_owned(), e.into()),
        (_, None) => ManifestError::Form(path.to_owned(), e.to_string()),
    })
}

/// The one field that every format has.
#[derive(Deserialize)]
struct FormatField {
    format: Option<u64>,
}
