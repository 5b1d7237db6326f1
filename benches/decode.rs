//! Decompresses files with the crates that dropline uses, and throws the bytes away: what no
//! reader of the archives can be faster than on one thread.
//!
//! `bench-decode FILE...`
#![allow(clippy::print_stdout, reason = "says how much it was")]

use anyhow::{Context, Result};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

const BUFFER: usize = 1 << 18;

fn main() -> Result<()> {
    let mut buffer = vec![0; BUFFER];
    let mut bytes = 0u64;
    for path in std::env::args_os().skip(1) {
        let mut reader = open(Path::new(&path))?;
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => bytes += n as u64,
                Err(e) => return Err(e).with_context(|| format!("{}", path.display())),
            }
        }
    }
    println!("{bytes} bytes");
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
