//! `dropline man` and `dropline completions`.

use super::args::{self, Cli};
use super::{Failure, Outcome, Printer, cannot_write, data};
use clap::CommandFactory;
use dropline::write::part;
use std::path::Path;

const WAY_OUT: &str = "check the folder, its permissions and the disk";

/// Prints the page of the program, or writes those of all its commands into a folder.
pub fn man(args: &args::Man, printer: Printer) -> Result<Outcome, Failure> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        let render = clap_mangen::Man::new(Cli::command()).render(&mut page);
        render.map_err(Failure::failed)?;
        data(&String::from_utf8_lossy(&page))?;
        return Ok(Outcome::Done);
    };
    std::fs::create_dir_all(dir).map_err(|e| cannot_write(dir, e).hint(WAY_OUT))?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    pages(&command, dir)?;
    printer.say(format_args!(
        "written to `{}`: read them with `man -l`",
        dir.display()
    ));
    Ok(Outcome::Done)
}

/// Writes the page of a command, and of those below it.
fn pages(command: &clap::Command, dir: &Path) -> Result<(), Failure> {
    for below in command.get_subcommands().filter(|c| !c.is_hide_set()) {
        pages(below, dir)?;
    }
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page).map_err(Failure::failed)?;
    let path = dir.join(man.get_filename());
    part::whole(&path, &page).map_err(|e| cannot_write(&path, e).hint(WAY_OUT))
}

/// Prints a script that completes commands and flags in a shell.
pub fn completions(args: &args::Completions) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dropline", &mut script);
    data(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}
