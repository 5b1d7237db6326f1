//! `dropline cache`.

use super::{Failure, Outcome, Printer, args, data, network};
use indicatif::HumanBytes;

pub fn cache(command: &args::Cache, printer: Printer) -> Result<Outcome, Failure> {
    match command {
        args::Cache::Dir(folder) => {
            let cache = network::cache(folder)?;
            data(&format!("{}\n", cache.root().display()))?;
        }
        args::Cache::Size(folder) => {
            let cache = network::cache(folder)?;
            let held = cache.contents().map_err(network::fetch_failure)?;
            let (files, bytes) = (held.files, held.bytes);
            let (parts, part_bytes) = (held.parts, held.part_bytes);
            data(&format!(
                "files,bytes,partial_files,partial_bytes\n{files},{bytes},{parts},{part_bytes}\n"
            ))?;
        }
        args::Cache::Clean(folder) => {
            let cache = network::cache(folder)?;
            let gone = cache.clean().map_err(network::fetch_failure)?;
            let files = gone.files + gone.parts;
            let bytes = HumanBytes(gone.bytes + gone.part_bytes);
            let dir = cache.root().display();
            printer.say(format_args!("{files} files removed from `{dir}`, {bytes}"));
        }
    }
    Ok(Outcome::Done)
}
