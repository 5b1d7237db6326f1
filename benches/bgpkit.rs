//! The plain loop over bgpkit-parser's route iterator with its own filter: how many routes of
//! some prefixes the files hold. Decompressors and buffer are dropline's.
//!
//! `bench-bgpkit PREFIX[,PREFIX...] FILE...`
#![allow(clippy::print_stdout, reason = "says how many there are")]

use anyhow::{Context, Result};
use bgpkit_parser::BgpkitParser;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

const BUFFER: usize = 1 << 18;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let prefixes = args.next().context("which prefixes?")?;
    let prefixes = prefixes.to_str().context("which prefixes?")?.to_owned();
    let mut routes = 0usize;
    for path in args {
        // The parser reads headers of 12 bytes: give it a buffer behind the decoder, too.
        let reader = BufReader::with_capacity(BUFFER, open(Path::new(&path))?);
        let parser = BgpkitParser::from_reader(reader)
            .disable_warnings()
            .add_filter("prefixes", &prefixes)?;
        routes += parser.into_route_iter().count();
    }
    println!("{routes} routes");
    Ok(())
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    let file = File::open(path).with_context(|| format!("{}", path.display()))?;
    let file = BufReader::with_capacity(BUFFER, file);
    Ok(match path.extension().and_then(|e| e.to_str()) {
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Some("bz2") => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        _ => Box::new(file),
    })
}
