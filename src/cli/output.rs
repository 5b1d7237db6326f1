//! Data on stdout, and the errors of writing it or a file.

use super::error::CommandError;
use serde_json::Value;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Writes data to stdout. A reader that closed the pipe, as `head` does, is no error.
pub(crate) fn print_data(text: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(cannot_print(e)),
        _ => Ok(()),
    }
}

/// stdout cannot be written.
pub(crate) fn cannot_print(error: io::Error) -> CommandError {
    let hint = match error.kind() {
        ErrorKind::StorageFull => "the disk is full: make room, or send the output elsewhere",
        _ => "check where the output goes",
    };
    let error = anyhow::Error::new(error).context("cannot write to stdout");
    CommandError::failed(error).hint(hint)
}

/// A file or folder under `-o` cannot be written.
pub(crate) fn cannot_write(path: &Path, error: io::Error) -> CommandError {
    let hint = super::hint::of_write(&error);
    let error = anyhow::Error::new(error).context(format!("cannot write `{}`", path.display()));
    CommandError::failed(error).hint(hint)
}

/// JSON as it is printed: indented, with a newline at the end.
pub(crate) fn pretty_json(value: &Value) -> Result<String, CommandError> {
    let mut text = serde_json::to_string_pretty(value).map_err(CommandError::failed)?;
    text.push('\n');
    Ok(text)
}
