//! `dropline completions`: scripts that complete commands and flags in a shell.

use crate::cli::args::{self, Cli};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::print_data;
use clap::CommandFactory;

pub(crate) fn completions(args: &args::CompletionsArgs) -> Result<ExitStatus, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dropline", &mut script);
    print_data(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Done)
}
