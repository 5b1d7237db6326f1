//! The command: parse → run → message and exit code.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match cli::run(&cli) {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(failure) => {
            cli::report(&failure);
            ExitCode::from(failure.code)
        }
    }
}
