//! `dropline man` and `dropline completions`.

use super::args::{self, Cli};
use super::{Failure, Outcome, Printer, data};
use anyhow::anyhow;
use clap::CommandFactory;

/// Prints the page of the program, or writes those of all its commands into a folder.
pub fn man(args: &args::Man, printer: Printer) -> Result<Outcome, Failure> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        let render = clap_mangen::Man::new(Cli::command()).render(&mut page);
        render.map_err(Failure::failed)?;
        data(&String::from_utf8_lossy(&page))?;
        return Ok(Outcome::Done);
    };
    let written =
        std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(Cli::command(), dir));
    written.map_err(|e| {
        let error = anyhow!(e).context(format!("cannot write pages to `{}`", dir.display()));
        Failure::failed(error).hint("check the folder and its permissions")
    })?;
    printer.say(format_args!(
        "written to `{}`: read them with `man -l`",
        dir.display()
    ));
    Ok(Outcome::Done)
}

/// Prints a script that completes commands and flags in a shell.
pub fn completions(args: &args::Completions) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dropline", &mut script);
    data(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}
