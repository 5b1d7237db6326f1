//! dropline's decoding alone, without replay and tables: how many routes of the watch list the
//! files hold.
//!
//! `bench-dropline [--threads N] [--prefix PREFIX]... [--watch FILE] FILE...`
#![allow(clippy::print_stdout, reason = "says how many there are")]

use anyhow::{Context, Result, bail};
use dropline::decode::{self, CoveringDetail, Filter, Scan};
use dropline::model::net::Prefix;
use dropline::model::time::Timestamp;
use dropline::watchlist::{PrefixSet, WatchList, asked};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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
    // Threads of their own for the files, the pool's for blocks: as a run has it.
    let next = AtomicUsize::new(0);
    let read = || {
        let mut found = 0;
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            found += routes(path, &list)?;
        }
        Ok(found)
    };
    let found: Result<usize> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
        let joined = running.into_iter().map(|t| t.join());
        joined
            .map(|found| found.unwrap_or_else(|_| bail!("a thread broke down")))
            .sum()
    });
    println!("{} routes", found?);
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
        filter: Filter::WatchList {
            list,
            discovered: &none,
        },
        from: Timestamp(0),
        to: Timestamp(i64::MAX),
        silence: None,
        covering: CoveringDetail::PresenceOnly,
        transfers: &[],
        progress: &|_| {},
    };
    let decoded = decode::file(path, &scan)?;
    if !decoded.is_whole() {
        bail!("{} is damaged: {:?}", path.display(), decoded.ending);
    }
    Ok(decoded.entries.len() + decoded.routes.len())
}
