//! Event tables become archives: of `dropline encode`, and of incidents that bring one.

use super::error::CommandError;
use super::output::cannot_write;
use crate::encode::{self, EncodeError, WrittenFile};
use anyhow::Context;
use std::io;
use std::path::Path;

/// Encodes the event table in a file into the archive `dir`. `read` reads the file's text.
pub(crate) fn encode_file(
    events: &Path,
    dir: &Path,
    read: impl Fn(&Path) -> io::Result<String>,
) -> Result<Vec<WrittenFile>, CommandError> {
    let name = events.display().to_string();
    let text = read(events)
        .with_context(|| format!("cannot read `{name}`"))
        .map_err(|e| CommandError::failed(e).hint("check the path and its permissions"))?;
    encode_text(&name, &text, dir)
}

/// Encodes an event table into the archive `dir`; `name` is what messages call it.
pub(crate) fn encode_text(
    name: &str,
    text: &str,
    dir: &Path,
) -> Result<Vec<WrittenFile>, CommandError> {
    let of_table = |e: EncodeError| CommandError::from(e).context(format!("`{name}`"));
    let parsed = encode::parse(text).map_err(of_table)?;
    std::fs::create_dir_all(dir).map_err(|e| cannot_write(dir, e))?;
    encode::write(&parsed, dir).map_err(|error| match error {
        EncodeError::Io { .. } => error.into(),
        EncodeError::Line { .. } => of_table(error),
    })
}
