//! stdout is data, stderr is messages.

use super::error::CommandError;
use crate::view::words::escaped_controls;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// How much is printed on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printer {
    /// Errors only.
    Quiet,
    /// What everyone needs to know.
    Normal,
    /// And what someone may want to know.
    Verbose,
}

impl Printer {
    /// Prints a message, unless `--quiet`.
    pub fn say(self, line: impl Display) {
        if self != Self::Quiet {
            print_message(line);
        }
    }

    /// Prints a message with `--verbose` only.
    pub fn detail(self, line: impl Display) {
        if self == Self::Verbose {
            print_message(line);
        }
    }
}

/// Writes data to stdout. A reader that closed the pipe, as `head` does, is no error.
pub fn print_data(text: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(cannot_print(e)),
        _ => Ok(()),
    }
}

/// Writes a message to stderr. A closed stderr is no reason to stop.
pub fn print_message(line: impl Display) {
    let _ = writeln!(io::stderr(), "{}", escaped_controls(&line.to_string()));
}

/// stdout cannot be written.
pub fn cannot_print(error: io::Error) -> CommandError {
    let hint = match error.kind() {
        ErrorKind::StorageFull => "the disk is full: make room, or send the output elsewhere",
        _ => "check where the output goes",
    };
    let error = anyhow::Error::new(error).context("cannot write to stdout");
    CommandError::failed(error).hint(hint)
}

/// A file or folder under `-o` cannot be written.
pub fn cannot_write(path: &Path, error: io::Error) -> CommandError {
    let hint = super::hint::of_write(&error);
    let error = anyhow::Error::new(error).context(format!("cannot write `{}`", path.display()));
    CommandError::failed(error).hint(hint)
}

/// JSON as it is printed: indented, with a newline at the end.
pub fn pretty_json(value: &Value) -> Result<String, CommandError> {
    let mut text = serde_json::to_string_pretty(value).map_err(CommandError::failed)?;
    text.push('\n');
    Ok(text)
}
