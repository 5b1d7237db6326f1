//! The program: arguments, terminal output, messages with hints, exit codes. The only user of clap,
//! anyhow, indicatif and ctrlc.
//!
//! A command is a file in `commands`; [`main`] chooses it. Commands never use each other: what
//! several need has a module of its own beside that folder.

mod args;
mod commands;
mod comparison;
mod downloads;
mod error;
mod event_table;
mod execute;
mod exit;
mod figures;
mod hint;
mod interrupt;
mod ioda;
mod network;
mod output;
mod printer;
mod progress;
mod question;
mod recorded;
mod run_folder;
mod summary;
mod terminal;
mod watch_list;

use args::{Cli, Command};
use clap::Parser;
use error::CommandError;
use exit::ExitStatus;
use std::io::ErrorKind;
use std::process::ExitCode;

/// Runs the program on the arguments of this process, and returns its exit code. Data goes to
/// stdout, messages go to stderr.
pub fn main() -> ExitCode {
    interrupt::listen();
    let status = match Cli::try_parse() {
        Ok(cli) => run(&cli).unwrap_or_else(|error| error.report()),
        Err(error) => usage(&error),
    };
    ExitCode::from(status.code())
}

/// Prints what clap has to say: help or version on stdout, wrong usage on stderr.
fn usage(message: &clap::Error) -> ExitStatus {
    let is_wrong = message.use_stderr();
    match message.print() {
        Err(e) if !is_wrong && e.kind() != ErrorKind::BrokenPipe => {
            output::cannot_print(e).report()
        }
        _ if is_wrong => ExitStatus::WrongUsage,
        _ => ExitStatus::Done,
    }
}

/// Runs the command.
fn run(cli: &Cli) -> Result<ExitStatus, CommandError> {
    let printer = cli.printer();
    match &cli.command {
        Command::Run(args) => commands::run::run(args, printer),
        Command::Select(args) => commands::select::select(args, printer),
        Command::Locate(args) => commands::locate::locate(args, printer),
        Command::Fetch(args) => commands::fetch::fetch(args, printer),
        Command::Cache(command) => commands::cache::cache(command, printer),
        Command::Incidents => commands::incidents::incidents(),
        Command::Explain(args) => commands::explain::explain(args, printer),
        Command::Verify(args) => commands::verify::verify(args, printer),
        Command::Regress(args) => commands::regress::regress(args, printer),
        Command::Show(args) => commands::show::show(args),
        Command::Export(args) => commands::export::export(args, printer),
        Command::Slice(args) => commands::slice::slice(args, printer),
        Command::Plot(args) => commands::plot::plot(args, printer),
        Command::Encode(args) => commands::encode::encode(args, printer),
        Command::Man(args) => commands::man::man(args, printer),
        Command::Completions(args) => commands::completions::completions(args),
        Command::Columns => commands::columns::columns(),
    }
}
