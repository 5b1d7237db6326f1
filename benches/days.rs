//! Writes weeks of a synthetic archive of small files, to measure how a long window is borne: the
//! updates and RIBs of several collectors with three to six peers each, byte for byte the same
//! every time, and the incident file that asks about them.
//!
//! ```text
//! bench-days --days 30 --collectors 10 -o DIR
//! dropline run DIR/incident.toml -o OUT
//! ```
//!
//! The first days are the same however many are asked for. Six collectors in ten are RIPE's (a file
//! every 5 minutes, a RIB every 8 hours, session states), the others RouteViews' (15 minutes, 2
//! hours, no states). Twelve networks are watched, four of them by their origin; each changes its
//! path at each peer about twice a day and goes away now and then, RIPE's sessions are lost every
//! three days, and once a week the four are gone for three hours.
#![allow(clippy::print_stdout, reason = "says what it wrote")]

mod dice;

use anyhow::{Context, Result, bail};
use dice::Dice;
use dropline::encode;
use dropline::model::net::Prefix;
use dropline::model::time::Timestamp;
use rayon::prelude::*;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// 2022-04-04T00:00Z.
const START: i64 = 1_649_030_400;
const DAY: i64 = 86_400;
const COLLECTORS: [&str; 10] = [
    "rrc00",
    "rrc01",
    "route-views.linx",
    "rrc03",
    "rrc04",
    "route-views.sydney",
    "rrc10",
    "route-views.eqix",
    "rrc12",
    "route-views3",
];
/// What is watched: blocks, how many networks each holds, and who originates them.
const WATCHED: [(&str, u128, u32); 3] = [
    ("175.45.176.0/22", 4, ORIGIN),
    ("198.18.0.0/22", 4, 64_600),
    ("2001:db8::/46", 4, 64_601),
];
/// Watched by its number, not by its block; once a week it is gone.
const ORIGIN: u32 = 131_279;
/// Routes of others in each table, and how often a peer speaks of one of them, in seconds.
const OTHERS: u64 = 300;
const CHATTER: i64 = 100;

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A second of a day.
    fn second(&mut self) -> i64 {
        self.below(DAY as u64) as i64
    }
}

/// A watched network.
struct Network {
    prefix: Prefix,
    origin: u32,
}

fn networks() -> Result<Vec<Network>> {
    let mut all = Vec::new();
    for (block, count, origin) in WATCHED {
        let block: Prefix = block.parse().map_err(anyhow::Error::msg)?;
        let len = block.family().unit_len();
        all.extend((0..count).map(|i| Network {
            prefix: Prefix::new(
                block.family(),
                block.first() + (i << (128 - u32::from(len))),
                len,
            ),
            origin,
        }));
    }
    Ok(all)
}

/// What happens at one peer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Rib,
    Up,
    Down,
    Withdraw(usize),
    Announce(usize),
    Chatter,
}

/// A peer, and what of the watched networks it has: how often each has changed its path.
struct Peer {
    asn: u32,
    session: String,
    paths: Vec<Option<u64>>,
    changes: u64,
    is_up: bool,
}

struct World<'a> {
    collector: &'a str,
    number: u64,
    networks: &'a [Network],
}

impl World<'_> {
    fn is_ris(&self) -> bool {
        self.collector.starts_with("rrc")
    }

    fn peers(&self) -> Vec<Peer> {
        let peer = |p: u64| {
            let asn = 64_500 + ((self.number * 3 + p) % 30) as u32;
            Peer {
                asn,
                session: format!("{asn}@10.{}.0.{}", self.number, p + 1),
                paths: vec![Some(0); self.networks.len()],
                changes: 0,
                is_up: true,
            }
        };
        (0..3 + self.number % 4).map(peer).collect()
    }

    /// What happens at a peer in a day, by second of the day.
    fn events(&self, day: i64, p: u64) -> Vec<(i64, Event)> {
        let mut dice = Dice::new(1, [self.number, day as u64, p]);
        let rib = if self.is_ris() { 8 } else { 2 };
        let mut events: Vec<(i64, Event)> = (0..24 / rib)
            .map(|i| (i * rib * 3600, Event::Rib))
            .collect();
        let chatter = (0..DAY / CHATTER).map(|i| (i * CHATTER + 1, Event::Chatter));
        events.extend(chatter);
        for (n, network) in self.networks.iter().enumerate() {
            events.extend((0..dice.below(5)).map(|_| (dice.second(), Event::Announce(n))));
            if dice.below(10) < 3 {
                let at = dice.second();
                let back = at + 20 + dice.below(280) as i64;
                events.extend([(at, Event::Withdraw(n)), (back, Event::Announce(n))]);
            }
            if day % 7 == 3 && network.origin == ORIGIN {
                let late = dice.below(90) as i64;
                let (from, to) = (10 * 3600 + late, 13 * 3600 + late);
                events.retain(|e| e.1 != Event::Announce(n) || e.0 < from || to < e.0);
                events.extend([(from, Event::Withdraw(n)), (to, Event::Announce(n))]);
            }
        }
        if self.is_ris() && dice.below(3) == 0 {
            let at = dice.second();
            let back = at + 60 + dice.below(240) as i64;
            events.extend([(at, Event::Down), (back, Event::Up)]);
        }
        events.retain(|e| e.0 < DAY || e.1 == Event::Up);
        events.iter_mut().for_each(|e| e.0 = e.0.min(DAY - 1));
        events.sort_unstable();
        events
    }

    fn path(&self, peer: &Peer, n: usize, version: u64) -> String {
        let (transit, upstream) = (3_000 + version % 3, 4_800 + version / 3 % 2);
        format!(
            "{} {transit} {upstream} {}",
            peer.asn, self.networks[n].origin
        )
    }

    /// A day at all peers, as an event table.
    fn day(&self, day: i64, peers: &mut [Peer]) -> Result<String> {
        let from = START + day * DAY;
        let at = |second: i64| Timestamp::from_secs(from + second);
        let collector = self.collector;
        let mut table = format!("cover {collector} {} {}\n", at(0), at(DAY));
        for (p, peer) in peers.iter_mut().enumerate() {
            for (second, event) in self.events(day, p as u64) {
                let begin = format!("{} {collector} {}", at(second), peer.session);
                let announce = |peer: &Peer, n: usize, version: u64| {
                    let (prefix, path) = (self.networks[n].prefix, self.path(peer, n, version));
                    format!("{prefix} {path}")
                };
                match event {
                    Event::Announce(n) => {
                        peer.changes += 1;
                        peer.paths[n] = Some(peer.changes);
                        if peer.is_up {
                            let route = announce(peer, n, peer.changes);
                            writeln!(table, "{begin} announce {route}")?;
                        }
                    }
                    Event::Withdraw(n) => {
                        peer.paths[n] = None;
                        if peer.is_up {
                            writeln!(table, "{begin} withdraw {}", self.networks[n].prefix)?;
                        }
                    }
                    Event::Chatter if peer.is_up => {
                        let other = (second as u64 / CHATTER as u64 * 7 + p as u64) % OTHERS;
                        let (high, low) = (other >> 8, other & 255);
                        let asn = peer.asn;
                        writeln!(
                            table,
                            "{begin} announce 20.{high}.{low}.0/24 {asn} 3000 64496"
                        )?;
                    }
                    Event::Down => {
                        peer.is_up = false;
                        writeln!(table, "{begin} state 6 1")?;
                    }
                    Event::Up => {
                        peer.is_up = true;
                        writeln!(table, "{begin} state 5 6")?;
                        writeln!(
                            table,
                            "{begin} announce-table 4 {OTHERS} {} 64496",
                            peer.asn
                        )?;
                        for (n, version) in peer.paths.iter().enumerate() {
                            if let Some(version) = version {
                                let route = announce(peer, n, *version);
                                writeln!(table, "{begin} announce {route}")?;
                            }
                        }
                        writeln!(table, "{begin} eor 4\n{begin} eor 6")?;
                    }
                    Event::Rib if peer.is_up => {
                        writeln!(table, "{begin} table 4 {OTHERS}")?;
                        for (n, version) in peer.paths.iter().enumerate() {
                            if let Some(version) = version {
                                let route = announce(peer, n, *version);
                                writeln!(table, "{begin} rib {route}")?;
                            }
                        }
                    }
                    Event::Chatter | Event::Rib => {}
                }
            }
        }
        Ok(table)
    }
}

fn incident(days: i64, collectors: &[&str]) -> String {
    let (from, to) = (START, START + days * DAY);
    let blocks: Vec<&str> = WATCHED.iter().skip(1).map(|w| w.0).collect();
    format!(
        "title = \"{days} days at {} collectors (generated)\"\narchive = \".\"\nasns = [{ORIGIN}]\n\
         prefixes = {blocks:?}\nfrom = {}\nto = {}\ncollectors = {collectors:?}\n",
        collectors.len(),
        Timestamp::from_secs(from),
        Timestamp::from_secs(to),
    )
}

struct Args {
    days: i64,
    collectors: usize,
    output: PathBuf,
}

fn args() -> Result<Args> {
    let mut args = Args {
        days: 30,
        collectors: COLLECTORS.len(),
        output: PathBuf::from("target/days"),
    };
    let mut given = std::env::args().skip(1);
    while let Some(flag) = given.next() {
        let value = given.next().with_context(|| format!("{flag} what?"))?;
        let number = || value.parse().context("that is no number");
        match flag.as_str() {
            "--days" => args.days = number()?,
            "--collectors" => args.collectors = number()? as usize,
            "-o" => args.output = PathBuf::from(value),
            _ => bail!("no such flag: {flag}; there are --days, --collectors, -o"),
        }
    }
    if !(1..=400).contains(&args.days) || !(1..=COLLECTORS.len()).contains(&args.collectors) {
        bail!("1 to 400 days and 1 to {} collectors fit", COLLECTORS.len());
    }
    Ok(args)
}

fn write(dir: &Path, days: i64, world: &World<'_>) -> Result<usize> {
    let mut peers = world.peers();
    let mut files = 0;
    for day in 0..days {
        let events = encode::parse(&world.day(day, &mut peers)?)?;
        files += encode::write(&events, dir)?.len();
    }
    Ok(files)
}

fn main() -> Result<()> {
    let args = args()?;
    let networks = networks()?;
    let collectors = &COLLECTORS[..args.collectors];
    let files = collectors.par_iter().enumerate().map(|(at, collector)| {
        let world = World {
            collector,
            number: at as u64,
            networks: &networks,
        };
        write(&args.output, args.days, &world)
    });
    let files: usize = files.sum::<Result<usize>>()?;
    let path = args.output.join("incident.toml");
    std::fs::write(&path, incident(args.days, collectors))
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("{files} files, and {} to ask about them", path.display());
    Ok(())
}
