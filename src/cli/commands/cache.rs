//! `dropline cache`: where the cache is, how large, and emptying it.

use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::print_data;
use crate::cli::printer::Printer;
use crate::cli::{args, network};
use indicatif::HumanBytes;

pub(crate) fn cache(
    command: &args::CacheCommand,
    printer: Printer,
) -> Result<ExitStatus, CommandError> {
    match command {
        args::CacheCommand::Dir(folder) => {
            let cache = network::cache(folder)?;
            print_data(&format!("{}\n", cache.root().display()))?;
        }
        args::CacheCommand::Size(folder) => {
            let held = network::cache(folder)?.contents()?;
            let (files, bytes) = (held.files, held.bytes);
            let (parts, part_bytes) = (held.parts, held.part_bytes);
            print_data(&format!(
                "files,bytes,partial_files,partial_bytes\n{files},{bytes},{parts},{part_bytes}\n"
            ))?;
        }
        args::CacheCommand::Clean(folder) => {
            let cache = network::cache(folder)?;
            let removed = cache.clean()?;
            let files = removed.files + removed.parts;
            let bytes = HumanBytes(removed.bytes + removed.part_bytes);
            let dir = cache.root().display();
            printer.say(format_args!("{files} files removed from `{dir}`, {bytes}"));
        }
    }
    Ok(ExitStatus::Done)
}
