//! Messages on stderr: how much is printed, and that foreign text cannot control the terminal.

use crate::view::words::escaped_controls;
use std::fmt::Display;
use std::io::{self, Write};

/// How much is printed on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Printer {
    /// Errors only.
    Quiet,
    /// What everyone needs to know.
    Normal,
    /// And what someone may want to know.
    Verbose,
}

impl Printer {
    /// Prints a message, unless `--quiet`.
    pub(crate) fn say(self, line: impl Display) {
        if self != Self::Quiet {
            print_message(line);
        }
    }

    /// Prints a message with `--verbose` only.
    pub(crate) fn detail(self, line: impl Display) {
        if self == Self::Verbose {
            print_message(line);
        }
    }
}

/// Writes a message to stderr. A closed stderr is no reason to stop.
pub(crate) fn print_message(line: impl Display) {
    let _ = writeln!(io::stderr(), "{}", escaped_controls(&line.to_string()));
}
