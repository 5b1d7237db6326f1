//! Arguments, commands, terminal output and hints: the only user of clap, anyhow and indicatif.

mod args;
mod cache;
mod columns;
mod downloads;
mod encode;
mod explain;
mod export;
mod files;
mod incidents;
mod interrupt;
mod manual;
mod network;
mod plot;
mod question;
mod regress;
mod repeat;
mod report;
mod run;
mod select;
mod show;
mod slice;
mod summary;
mod told;
mod verify;

pub use args::Cli;
use args::Command;
use clap::Parser;
use dropline::study::StudyError;
use dropline::write::part;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// How a command ended, if it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, but something that the window needed was missing or damaged.
    Incomplete,
    /// Compared, and not as expected.
    Differs,
}

impl Outcome {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Incomplete => 3,
            Self::Differs => 4,
        }
    }
}

const WRONG_USAGE: u8 = 2;

/// A failure as it is told: what, where, and what to do.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: anyhow::Error,
    /// What to do about it.
    pub hint: Option<String>,
    /// 1 failed, 2 wrong usage.
    pub code: u8,
}

impl Failure {
    /// The work failed.
    pub fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self {
            error: error.into(),
            hint: None,
            code: 1,
        }
    }

    /// The question was wrong.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            code: WRONG_USAGE,
            ..Self::failed(error)
        }
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Self {
        let hint = error.hint.clone();
        let failure = Self::usage(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// How much is said on stderr. stdout is data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printer {
    /// Errors only.
    Quiet,
    /// What one needs to know.
    Normal,
    /// And what one may want to.
    Verbose,
}

impl Printer {
    /// Says what one needs to know.
    pub fn say(self, line: impl Display) {
        if self != Self::Quiet {
            write_line(line);
        }
    }

    /// Says what one may want to know.
    pub fn detail(self, line: impl Display) {
        if self == Self::Verbose {
            write_line(line);
        }
    }
}

/// Writes data to stdout; a reader that has gone away wants no more of it.
fn data(text: &str) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(cannot_print(e)),
        _ => Ok(()),
    }
}

fn cannot_print(error: io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full: make room, or send the output elsewhere",
        _ => "check where the output goes",
    };
    let error = anyhow::Error::new(error).context("cannot write to stdout");
    Failure::failed(error).hint(hint)
}

/// A file or folder under `-o` cannot be written.
fn cannot_write(path: &Path, error: io::Error) -> Failure {
    let hint = part::hint(&error);
    let error = anyhow::Error::new(error).context(format!("cannot write `{}`", path.display()));
    Failure::failed(error).hint(hint)
}

/// Writes to stderr; a reader that has gone away is no reason to stop.
fn write_line(line: impl Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{}", harmless(&line.to_string()));
}

/// Text of others, a server's words or a file's names, may hold what a terminal obeys, or what turns
/// the order of letters about.
fn harmless(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let obeyed = |c: char| c.is_control() && c != '\n' && c != '\t' || turns(c);
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match obeyed(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// Tells a failure.
pub fn report(failure: &Failure) {
    let chain: Vec<String> = failure.error.chain().map(ToString::to_string).collect();
    let mut text = String::new();
    for (i, cause) in chain.iter().enumerate() {
        // Many errors already say what caused them.
        if i == 0 {
            text.push_str(cause);
        } else if !text.contains(cause.as_str()) {
            text.push_str(": ");
            text.push_str(cause);
        }
    }
    write_line(format_args!("error: {text}"));
    if let Some(hint) = &failure.hint {
        write_line(format_args!("hint: {hint}"));
    }
}

/// The arguments, checked; or how the program ends where they are wrong, or ask for help.
pub fn parse() -> Result<Cli, ExitCode> {
    interrupt::listen();
    Cli::try_parse().map_err(|said| {
        let is_wrong = said.use_stderr();
        match said.print() {
            Err(e) if !is_wrong && e.kind() != io::ErrorKind::BrokenPipe => {
                let failure = cannot_print(e);
                report(&failure);
                ExitCode::from(failure.code)
            }
            _ if is_wrong => ExitCode::from(WRONG_USAGE),
            _ => ExitCode::SUCCESS,
        }
    })
}

/// Does what was asked.
///
/// # Errors
/// As told; see [`Failure`].
pub fn run(cli: &Cli) -> Result<Outcome, Failure> {
    match &cli.command {
        Command::Run(args) => run::run(args, cli.printer()),
        Command::Select(args) => select::select(args, cli.printer()),
        Command::Locate(args) => files::locate(args, cli.printer()),
        Command::Fetch(args) => files::fetch(args, cli.printer()),
        Command::Cache(command) => cache::cache(command, cli.printer()),
        Command::Incidents => incidents::incidents(),
        Command::Explain(args) => explain::explain(args, cli.printer()),
        Command::Verify(args) => verify::verify(args, cli.printer()),
        Command::Regress(args) => regress::regress(args, cli.printer()),
        Command::Show(args) => show::show(args),
        Command::Export(args) => export::export(args, cli.printer()),
        Command::Slice(args) => slice::slice(args, cli.printer()),
        Command::Plot(args) => plot::plot(args, cli.printer()),
        Command::Encode(args) => encode::encode(args, cli.printer()),
        Command::Man(args) => manual::man(args, cli.printer()),
        Command::Completions(args) => manual::completions(args),
        Command::Columns => columns::columns(),
    }
}
