//! `dropline encode`.

use super::args;
use super::{Failure, Outcome, Printer, cannot_write};
use anyhow::Context;
use dropline::encode::{self, EncodeError, WrittenFile};
use dropline::select::text;
use std::io;
use std::path::Path;

const FORMAT: &str = "the format is described in the documentation of `dropline::encode`";

pub fn encode(args: &args::Encode, printer: Printer) -> Result<Outcome, Failure> {
    let files = read(&args.events, &args.output, text::read_given)?;
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
    Ok(Outcome::Done)
}

/// Turns an event table, that an incident file names, into an archive.
pub fn table(events: &Path, dir: &Path) -> Result<Vec<WrittenFile>, Failure> {
    read(events, dir, text::read)
}

fn read(
    events: &Path,
    dir: &Path,
    how: impl Fn(&Path) -> io::Result<String>,
) -> Result<Vec<WrittenFile>, Failure> {
    let name = events.display().to_string();
    let text = how(events)
        .with_context(|| format!("cannot read `{name}`"))
        .map_err(|e| Failure::failed(e).hint("check the path and its permissions"))?;
    self::text(&name, &text, dir)
}

/// Turns what an event table says into an archive; `name` is what it is called in messages.
pub fn text(name: &str, text: &str, dir: &Path) -> Result<Vec<WrittenFile>, Failure> {
    let parsed = encode::parse(text);
    let parsed = parsed
        .with_context(|| format!("`{name}`"))
        .map_err(|e| Failure::failed(e).hint(FORMAT))?;
    std::fs::create_dir_all(dir).map_err(|e| cannot_write(dir, e))?;
    encode::write(&parsed, dir).map_err(|error| match error {
        EncodeError::Io { path, source } => cannot_write(&path, source),
        _ => Failure::failed(anyhow::Error::new(error).context(format!("`{name}`"))).hint(FORMAT),
    })
}
