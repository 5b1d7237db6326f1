//! `dropline encode`: an event table becomes an archive of MRT files.

use crate::cli::args;
use crate::cli::error::CommandError;
use crate::cli::event_table;
use crate::cli::exit::ExitStatus;
use crate::cli::printer::Printer;
use crate::disk::text;

pub(crate) fn encode(
    args: &args::EncodeArgs,
    printer: Printer,
) -> Result<ExitStatus, CommandError> {
    let files = event_table::encode_file(&args.events, &args.output, text::read_given)?;
    for file in &files {
        let (bytes, records) = (file.bytes, file.records);
        printer.detail(format_args!(
            "{} ({records} records, {bytes} bytes)",
            file.path
        ));
    }
    let records: u64 = files.iter().map(|f| f.records).sum();
    let dir = args.output.display();
    printer.say(format_args!(
        "{} files with {records} records in `{dir}`",
        files.len()
    ));
    Ok(ExitStatus::Done)
}
