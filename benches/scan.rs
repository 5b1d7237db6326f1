//! dropline's decoding alone, without replay and tables: how many routes of the watch list the
//! files hold.
//!
//! `bench-dropline [--threads N] [--prefix PREFIX]... [--watch FILE] FILE...`
#![allow(clippy::print_stdout, reason = "says how many there are")]

use anyhow::{Context, Result, bail};
use dropline::decode::{self, Scan, Seek};
use dropline::model::net::Prefix;
use dropline::model::route::What;
use dropline::model::time::Timestamp;
use dropline::select::{PrefixSet, WatchList, asked};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let mut prefixes: Vec<Prefix> = Vec::new();
    let mut files: Vec<PathBuf> = Vec::new();
    let mut threads = 1;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} what?"));
        match arg.as_str() {
            "--threads" => threads = value()?.parse()?,
            "--prefix" => prefixes.push(parse(&value()?)?),
            "--watch" => {
                for line in std::fs::read_to_string(value()?)?.lines() {
                    prefixes.push(parse(line)?);
                }
            }
            _ if arg.starts_with('-') => bail!("no such flag: {arg}"),
            _ => files.push(PathBuf::from(arg)),
        }
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()?;
    let list = WatchList::new(asked(prefixes, []));
    let found = files
        .par_iter()
        .with_max_len(1)
        .map(|path| routes(path, &list))
        .collect::<Result<Vec<usize>>>()?;
    println!("{} routes", found.into_iter().sum::<usize>());
    Ok(())
}

fn parse(text: &str) -> Result<Prefix> {
    text.parse().map_err(anyhow::Error::msg)
}

fn routes(path: &Path, list: &WatchList) -> Result<usize> {
    let first = decode::first_record(path).with_context(|| format!("{}", path.display()))?;
    let (_, kind) = first.with_context(|| format!("{} holds nothing", path.display()))?;
    let none = PrefixSet::default();
    let scan = Scan {
        kind,
        seek: Seek::Everything {
            list,
            given_away: &none,
        },
        from: Timestamp(0),
        to: Timestamp(i64::MAX),
        silence: None,
        bursts: &[],
    };
    let decoded = decode::file(path, &scan)?;
    if !decoded.is_whole() {
        bail!("{} is damaged: {:?}", path.display(), decoded.ending);
    }
    let speaks = |what: &What| matches!(what, What::Announce { .. } | What::Withdraw { .. });
    let events = decoded.events.iter().filter(|e| speaks(&e.what)).count();
    Ok(decoded.entries.len() + events)
}
