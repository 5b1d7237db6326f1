//! The command: parse → run → message and exit code.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::parse() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    match cli::run(&cli) {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(failure) => {
            cli::report(&failure);
            ExitCode::from(failure.code)
        }
    }
}
