//! `dropline man`: the manual pages.

use crate::cli::args::{self, Cli};
use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::{cannot_write, print_data};
use crate::cli::printer::Printer;
use crate::disk::write_atomically;
use clap::CommandFactory;
use std::path::Path;

const CHECK_FOLDER: &str = "check the folder, its permissions and the disk";

/// Prints the page of the program, or writes those of all its commands into a folder.
pub(crate) fn man(args: &args::ManArgs, printer: Printer) -> Result<ExitStatus, CommandError> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        let render = clap_mangen::Man::new(Cli::command()).render(&mut page);
        render.map_err(CommandError::failed)?;
        print_data(&String::from_utf8_lossy(&page))?;
        return Ok(ExitStatus::Done);
    };
    std::fs::create_dir_all(dir).map_err(|e| cannot_write(dir, e).hint(CHECK_FOLDER))?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    write_pages(&command, dir)?;
    printer.say(format_args!(
        "written to `{}`: read them with `man -l`",
        dir.display()
    ));
    Ok(ExitStatus::Done)
}

/// Writes the page of a command, and of its subcommands.
fn write_pages(command: &clap::Command, dir: &Path) -> Result<(), CommandError> {
    for subcommand in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        write_pages(subcommand, dir)?;
    }
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page).map_err(CommandError::failed)?;
    let path = dir.join(man.get_filename());
    write_atomically(&path, &page).map_err(|e| cannot_write(&path, e).hint(CHECK_FOLDER))
}
