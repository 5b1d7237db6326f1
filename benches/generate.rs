//! Writes a synthetic archive to measure on: a RIB and update files laid out as the public ones,
//! from a seed, byte for byte the same every time.
//!
//! ```text
//! bench-data --collector rrc00 --prefixes 200000 --peers 40 --hours 1 -o DIR
//! ```
//!
//! Every record follows from the seed and its place alone, so that nothing is held in memory:
//! prefixes in slots of the address space, AS paths from a skewed pool and by origin, communities
//! by the neighbour they came through. Four /24s of AS131279 are in every peer's table; in every
//! update file one of them goes and comes back at every peer. What is inside 175.45.176.0/22 is
//! these four and nothing else.
#![allow(clippy::print_stdout, reason = "says what it wrote")]

mod dice;

use anyhow::{Context, Result, bail};
use bzip2::write::BzEncoder;
use dice::Dice;
use dropline::locate::{self, RIS_URL, ROUTEVIEWS_URL};
use dropline::model::archive::FileKind;
use dropline::model::peer::{Collector, Project};
use dropline::model::time::{SECOND, Timestamp};
use flate2::write::GzEncoder;
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

/// 2022-04-21T00:00Z.
const START: u32 = 1_650_499_200;
/// 175.45.176.0, .177.0, .178.0, .179.0, and who originates them, behind whom.
const WATCHED: u64 = 0x00af_2db0;
const WATCHED_COUNT: u64 = 4;
const WATCHED_ORIGIN: u32 = 131_279;
const WATCHED_UPSTREAM: u32 = 4837;
/// Routes that come back in an update file do so within so many seconds.
const LONGEST_ABSENCE: u32 = 120;

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    /// Small numbers far more often than large ones.
    fn skewed(&mut self, n: u64) -> u64 {
        let share = self.next() as f64 / u64::MAX as f64;
        ((share * share * share * n as f64) as u64).min(n - 1)
    }
}

// What dice are thrown for.
const PREFIX: u64 = 1;
const ORIGIN: u64 = 2;
const PATH: u64 = 3;
const PEER: u64 = 4;
const STYLE: u64 = 5;
const ENTRY: u64 = 6;
const EVENT: u64 = 7;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

/// A prefix by its first block of the family's unit length (/24, /48).
#[derive(Clone, Copy)]
struct Prefix {
    family: Family,
    unit: u64,
    len: u8,
}

impl Prefix {
    fn put(self, out: &mut Vec<u8>) {
        out.push(self.len);
        let bytes = match self.family {
            Family::V4 => self.unit << 40,
            Family::V6 => self.unit << 16,
        };
        out.extend_from_slice(&bytes.to_be_bytes()[..usize::from(self.len).div_ceil(8)]);
    }
}

/// Where a family's prefixes lie, in units, and which lengths they have: (length, percent).
struct Space {
    family: Family,
    from: u64,
    to: u64,
    unit_len: u8,
    lengths: &'static [(u8, u64)],
}

/// 1.0.0.0 to 223.255.255.255.
const V4: Space = Space {
    family: Family::V4,
    from: 1 << 16,
    to: 224 << 16,
    unit_len: 24,
    lengths: &[
        (24, 59),
        (23, 10),
        (22, 11),
        (21, 5),
        (20, 5),
        (19, 4),
        (18, 2),
        (17, 1),
        (16, 3),
    ],
};

/// 2a00::/11.
const V6: Space = Space {
    family: Family::V6,
    from: 0x2a00 << 32,
    to: 0x2a20 << 32,
    unit_len: 48,
    lengths: &[(48, 47), (32, 25), (44, 10), (40, 10), (36, 4), (29, 4)],
};

/// So many neighbours were given to one network, most of them announced by it still.
const RUN: u64 = 12;

/// Places in the table: IPv4, IPv6, and last the watched ones.
type Place = u64;

struct Peer {
    asn: u32,
    /// IPv4 address, or the last four bytes of the IPv6 one.
    ip: u32,
    speaks_v6: bool,
    is_partial: bool,
    /// How many communities it passes on at most.
    communities: u64,
    sends_med: bool,
    transit: [u32; 3],
}

struct World {
    seed: u64,
    collector: Collector,
    v4: u64,
    v6: u64,
    peers: Vec<Peer>,
}

impl World {
    fn new(args: &Args) -> Self {
        let v6 = args.prefixes / 6;
        let peers = (0..args.peers).map(|p| peer(args.seed, p)).collect();
        Self {
            seed: args.seed,
            collector: args.collector.clone(),
            v4: args.prefixes - v6 - WATCHED_COUNT,
            v6,
            peers,
        }
    }

    fn dice(&self, what: u64, a: u64, b: u64) -> Dice {
        Dice::new(self.seed, [what, a, b])
    }

    fn is_watched(&self, place: Place) -> bool {
        place >= self.v4 + self.v6
    }

    fn prefix(&self, place: Place) -> Prefix {
        match place {
            _ if self.is_watched(place) => Prefix {
                family: Family::V4,
                unit: WATCHED + place - self.v4 - self.v6,
                len: 24,
            },
            _ if place < self.v4 => self.in_slot(&V4, place, self.v4),
            _ => self.in_slot(&V6, place - self.v4, self.v6),
        }
    }

    /// Each prefix has a slot of the space to itself and begins inside it, so they sort as they
    /// are numbered. The watched block is in no slot.
    fn in_slot(&self, space: &Space, i: u64, n: u64) -> Prefix {
        let gap = match space.family {
            Family::V4 => WATCHED_COUNT,
            Family::V6 => 0,
        };
        let size = space.to - space.from - gap;
        let edge = |i: u64| {
            let at = space.from + (u128::from(size) * u128::from(i) / u128::from(n)) as u64;
            at + if gap > 0 && at >= WATCHED { gap } else { 0 }
        };
        let (first, end) = (edge(i), edge(i + 1));
        let mut dice = self.dice(PREFIX, space.family as u64, i);
        let mut left = dice.below(100);
        let mut len = space.unit_len;
        for &(candidate, percent) in space.lengths {
            if left < percent {
                len = candidate;
                break;
            }
            left -= percent;
        }
        let spot = first + dice.below(end - first);
        let mut unit = spot;
        while len < space.unit_len {
            let block = 1u64 << (space.unit_len - len);
            unit = spot / block * block;
            if unit < first {
                unit += block;
            }
            if unit < end {
                break;
            }
            len += 1;
            unit = spot;
        }
        if gap > 0 && (WATCHED..WATCHED + gap).contains(&unit) {
            (unit, len) = (first, space.unit_len);
        }
        Prefix {
            family: space.family,
            unit,
            len,
        }
    }

    /// All prefixes in the order of a dump.
    fn places(&self) -> impl Iterator<Item = Place> {
        let (v4, all) = (self.v4, self.v4 + self.v6);
        let before = count_before(v4, |i| self.prefix(i).unit <= WATCHED);
        (0..before)
            .chain(all..all + WATCHED_COUNT)
            .chain(before..all)
    }

    /// Neighbouring prefixes often belong together.
    fn origin(&self, place: Place) -> u32 {
        if self.is_watched(place) {
            return WATCHED_ORIGIN;
        }
        let mut dice = self.dice(ORIGIN, place / RUN, 0);
        if self.dice(ORIGIN, place, 1).percent(20) {
            dice = self.dice(ORIGIN, place, 2);
        }
        numbered(dice.skewed(70_000))
    }

    fn path(&self, place: Place, p: u64, version: u64, path: &mut Vec<u32>) {
        let peer = &self.peers[p as usize];
        let origin = self.origin(place);
        path.clear();
        path.push(peer.asn);
        let mut dice = self.dice(PATH, u64::from(origin), p);
        if self.is_watched(place) {
            path.push(peer.transit[version as usize % 3]);
            path.push(WATCHED_UPSTREAM);
            path.push(origin);
            return;
        }
        if version > 0 || dice.percent(8) {
            dice = self.dice(PATH, place << 8 | version, p);
        }
        // The origin's own upstream is the same whoever looks.
        let mut home = self.dice(PATH, u64::from(origin), dice.below(100) / 75);
        if dice.percent(85) {
            path.push(peer.transit[dice.skewed(3) as usize]);
        }
        if dice.percent(35) {
            path.push(numbered(dice.skewed(600)));
        }
        path.push(numbered(home.skewed(4000)));
        path.push(origin);
        if home.percent(10) {
            path.extend(std::iter::repeat_n(origin, 1 + home.below(3) as usize));
        }
    }

    /// Path attributes; in a RIB the next hop of IPv6 stands alone in MP_REACH_NLRI.
    fn attributes(
        &self,
        place: Place,
        p: u64,
        version: u64,
        nlri: Option<&[u8]>,
        out: &mut Scratch,
    ) {
        let peer = &self.peers[p as usize];
        self.path(place, p, version, &mut out.path);
        let is_v6 = self.prefix(place).family == Family::V6;
        let mut style = self.dice(
            STYLE,
            u64::from(out.path.get(1).copied().unwrap_or(0)),
            p << 32 | u64::from(out.path[out.path.len() - 2]),
        );
        let a = &mut out.attributes;
        a.clear();
        let mut own = self.dice(ENTRY, place, version);
        a.extend_from_slice(&[0x40, 1, 1, if own.percent(94) { 0 } else { 2 }]);
        let hops = out.path.len() as u8;
        a.extend_from_slice(&[0x40, 2, 2 + 4 * hops, 2, hops]);
        out.path.iter().for_each(|asn| put32(a, *asn));
        if !is_v6 {
            a.extend_from_slice(&[0x40, 3, 4]);
            put32(a, peer.ip);
        }
        if peer.sends_med {
            a.extend_from_slice(&[0x80, 4, 4]);
            put32(a, [0, 0, 0, 10, 20, 50, 100, 1000][style.below(8) as usize]);
        }
        if own.percent(3) {
            a.extend_from_slice(&[0x40, 6, 0]);
        }
        if own.percent(6) {
            a.extend_from_slice(&[0xc0, 7, 8]);
            put32(a, out.path[out.path.len() - 1]);
            put32(a, 0x0a00_0001 + own.below(200) as u32);
        }
        let n = if peer.communities == 0 {
            0
        } else {
            (2 + style.below(peer.communities)) as u8
        };
        if n > 0 {
            a.extend_from_slice(&[0xc0, 8, 4 * n]);
            for _ in 0..n {
                let owner = if style.percent(70) {
                    peer.asn
                } else {
                    out.path[1]
                };
                put32(a, (owner << 16) | (100 * (1 + style.skewed(40) as u32)));
            }
        }
        if is_v6 {
            let extra = nlri.map_or(0, |n| n.len() + 4);
            let length = (17 + extra) as u16;
            a.extend_from_slice(&[0x90, 14]);
            a.extend_from_slice(&length.to_be_bytes());
            if nlri.is_some() {
                a.extend_from_slice(&[0, 2, 1]);
            }
            a.push(16);
            a.extend_from_slice(&v6_address(peer.ip));
            if let Some(nlri) = nlri {
                a.push(0);
                a.extend_from_slice(nlri);
            }
        }
        if n > 0 && style.percent(12) {
            a.extend_from_slice(&[0xc0, 32, 12]);
            put32(a, peer.asn);
            put32(a, 100);
            put32(a, style.skewed(1000) as u32);
        }
    }

    /// When a peer last heard of a prefix: since its session began, or since the network changed
    /// something, which reaches all within a minute, or at a time of its own.
    fn learned(&self, place: Place, p: u64) -> u32 {
        let mut dice = self.dice(ENTRY, place / RUN, p);
        if dice.percent(45) {
            return START - 86_400 * (1 + p as u32 % 25) + dice.below(40) as u32;
        }
        let mut network = self.dice(ENTRY, place / RUN, u64::MAX);
        if self.dice(ENTRY, place, p).percent(10) {
            network = self.dice(ENTRY, place, u64::MAX);
        }
        START - 600 - network.skewed(30 * 86_400) as u32 + dice.below(60) as u32
    }

    fn holds(&self, place: Place, p: u64) -> bool {
        let share = if self.peers[p as usize].is_partial {
            30
        } else {
            98
        };
        self.is_watched(place) || self.dice(PEER, place, p).percent(share)
    }
}

/// How many of the first `n` numbers come before, where those come first.
fn count_before(n: u64, is_before: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low.midpoint(high);
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// An AS number by its rank; a third of them has four bytes.
fn numbered(rank: u64) -> u32 {
    let mixed = Dice::new(rank, [ORIGIN, 0, 0]).below(48_000) as u32;
    if rank % 3 == 2 {
        196_608 + mixed
    } else {
        1_000 + mixed
    }
}

fn peer(seed: u64, p: u64) -> Peer {
    const LARGEST: [u32; 12] = [
        174, 1299, 2914, 3257, 3320, 3356, 3491, 5511, 6453, 6461, 6762, 6939,
    ];
    let mut dice = Dice::new(seed, [PEER, p, u64::MAX]);
    let first = dice.below(12) as usize;
    Peer {
        asn: 50_000 + p as u32,
        ip: 0xc302_0000 + p as u32,
        speaks_v6: p % 8 == 7,
        is_partial: p % 10 == 9,
        communities: [0, 3, 8, 14][p as usize % 4],
        sends_med: p % 3 == 1,
        transit: [0, 1, 4].map(|i| LARGEST[(first + i) % 12]),
    }
}

fn v6_address(last: u32) -> [u8; 16] {
    (0x2001_07f8_0001_0000_0000_0000_0000_0000_u128 | u128::from(last)).to_be_bytes()
}

fn put16(out: &mut Vec<u8>, n: u16) {
    out.extend_from_slice(&n.to_be_bytes());
}

fn put32(out: &mut Vec<u8>, n: u32) {
    out.extend_from_slice(&n.to_be_bytes());
}

/// Buffers used again and again.
#[derive(Default)]
struct Scratch {
    path: Vec<u32>,
    attributes: Vec<u8>,
    body: Vec<u8>,
}

fn record(out: &mut dyn Write, time: u32, kind: u16, subtype: u16, body: &[u8]) -> io::Result<()> {
    let mut head = Vec::with_capacity(12);
    put32(&mut head, time);
    put16(&mut head, kind);
    put16(&mut head, subtype);
    put32(&mut head, body.len() as u32);
    out.write_all(&head)?;
    out.write_all(body)
}

// ---- the RIB ----

const TABLE_DUMP_V2: u16 = 13;

fn rib(world: &World, out: &mut dyn Write) -> io::Result<()> {
    let mut body = vec![192, 0, 2, 254, 0, 0];
    put16(&mut body, world.peers.len() as u16);
    for peer in &world.peers {
        body.push(2 | u8::from(peer.speaks_v6));
        put32(&mut body, peer.ip);
        if peer.speaks_v6 {
            body.extend_from_slice(&v6_address(peer.ip));
        } else {
            put32(&mut body, peer.ip);
        }
        put32(&mut body, peer.asn);
    }
    record(out, START, TABLE_DUMP_V2, 1, &body)?;

    let mut scratch = Scratch::default();
    for (sequence, place) in world.places().enumerate() {
        let prefix = world.prefix(place);
        body.clear();
        put32(&mut body, sequence as u32);
        prefix.put(&mut body);
        let count_at = body.len();
        put16(&mut body, 0);
        let mut count = 0;
        for p in 0..world.peers.len() as u64 {
            if !world.holds(place, p) {
                continue;
            }
            count += 1;
            put16(&mut body, p as u16);
            put32(&mut body, world.learned(place, p));
            world.attributes(place, p, 0, None, &mut scratch);
            put16(&mut body, scratch.attributes.len() as u16);
            body.extend_from_slice(&scratch.attributes);
        }
        body[count_at..count_at + 2].copy_from_slice(&u16::to_be_bytes(count));
        let subtype = match prefix.family {
            Family::V4 => 2,
            Family::V6 => 4,
        };
        record(out, START, TABLE_DUMP_V2, subtype, &body)?;
    }
    Ok(())
}

// ---- update files ----

const BGP4MP_ET: u16 = 17;
const MESSAGE_AS4: u16 = 4;

/// A message to be sent: what one peer says of neighbouring prefixes.
struct Message {
    /// Microseconds since the file's start.
    at: u64,
    peer: u64,
    first: Place,
    count: u64,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Announce { version: u64 },
    Withdraw,
    Keepalive,
}

/// All messages of a file. Whatever goes away in it comes back in it.
fn messages(world: &World, number: u64, seconds: u32, per_second: u64) -> Vec<Message> {
    let span = u64::from(seconds) * SECOND as u64;
    let quiet_end = span - (u64::from(LONGEST_ABSENCE) + 30) * SECOND as u64;
    let peers = world.peers.len() as u64;
    let mut list = Vec::new();
    let watched = world.v4 + world.v6 + number % WATCHED_COUNT;
    for peer in 0..peers {
        let second = SECOND as u64;
        let mut say = |at, what| {
            list.push(Message {
                at: at + peer * 100_000,
                peer,
                first: watched,
                count: 1,
                what,
            });
        };
        say(60 * second, What::Withdraw);
        say(120 * second, What::Announce { version: number });
        if world.collector.project() == Project::Ris {
            (0..u64::from(seconds) / 60).for_each(|m| say(m * 60 * second, What::Keepalive));
        }
    }
    let wanted = list.len() as u64 + per_second * u64::from(seconds);
    let mut event = 0;
    while (list.len() as u64) < wanted {
        let mut dice = world.dice(EVENT, number, event);
        event += 1;
        let size = match dice.below(20) {
            0..12 => 1,
            12..17 => 2 + dice.below(3),
            _ => 5 + dice.below(16),
        };
        let is_v6 = world.v6 > size && dice.percent(20);
        let (from, n) = if is_v6 {
            (world.v4, world.v6)
        } else {
            (0, world.v4)
        };
        let first = from + dice.below(n.saturating_sub(size).max(1));
        let mut at = dice.below(quiet_end);
        let version = 1 + dice.below(200);
        // One peer finds another way, or a network goes and comes back for some of them.
        let (hearers, goes) = if dice.percent(60) {
            (1, false)
        } else {
            (1 + dice.skewed(peers), dice.percent(50))
        };
        let start = dice.below(peers);
        for h in 0..hearers {
            at += dice.below(400_000);
            let mut say = |at, what| {
                list.push(Message {
                    at,
                    peer: (start + h) % peers,
                    first,
                    count: size.min(n),
                    what,
                });
            };
            if goes {
                let back = at + (20 + dice.below(u64::from(LONGEST_ABSENCE) - 20)) * SECOND as u64;
                say(at, What::Withdraw);
                say(back, What::Announce { version });
            } else {
                say(at, What::Announce { version });
                if dice.percent(30) {
                    let settled = at + 1 + dice.below(28) * SECOND as u64;
                    say(settled, What::Announce { version: 0 });
                }
            }
        }
    }
    list.sort_by_key(|m| m.at);
    list
}

fn updates(
    world: &World,
    number: u64,
    step: u32,
    per_second: u64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let start = START + number as u32 * step;
    let local = match world.collector.project() {
        Project::Ris => 12_654,
        Project::RouteViews => 6447,
    };
    let mut scratch = Scratch::default();
    let mut nlri = Vec::new();
    let mut body = Vec::new();
    for message in messages(world, number, step, per_second) {
        let peer = &world.peers[message.peer as usize];
        let at = message.at.min(u64::from(step) * SECOND as u64 - 1);
        body.clear();
        put32(&mut body, (at % SECOND as u64) as u32);
        put32(&mut body, peer.asn);
        put32(&mut body, local);
        put16(&mut body, 0);
        if peer.speaks_v6 {
            put16(&mut body, 2);
            body.extend_from_slice(&v6_address(peer.ip));
            body.extend_from_slice(&v6_address(1));
        } else {
            put16(&mut body, 1);
            put32(&mut body, peer.ip);
            put32(&mut body, 0xc302_ffff);
        }
        body.extend_from_slice(&[0xff; 16]);
        nlri.clear();
        for place in message.first..message.first + message.count {
            world.prefix(place).put(&mut nlri);
        }
        update(world, &message, &nlri, &mut scratch);
        put16(&mut body, scratch.body.len() as u16 + 19);
        let is_update = !matches!(message.what, What::Keepalive);
        body.push(if is_update { 2 } else { 4 });
        body.extend_from_slice(&scratch.body);
        let second = start + (at / SECOND as u64) as u32;
        record(out, second, BGP4MP_ET, MESSAGE_AS4, &body)?;
    }
    Ok(())
}

/// What follows the BGP header.
fn update(world: &World, message: &Message, nlri: &[u8], scratch: &mut Scratch) {
    scratch.body.clear();
    let is_v6 = world.prefix(message.first).family == Family::V6;
    match message.what {
        What::Keepalive => {}
        What::Withdraw if is_v6 => {
            let length = nlri.len() as u16 + 3;
            put16(&mut scratch.body, 0);
            put16(&mut scratch.body, length + 4);
            scratch.body.extend_from_slice(&[0x90, 15]);
            put16(&mut scratch.body, length);
            scratch.body.extend_from_slice(&[0, 2, 1]);
            scratch.body.extend_from_slice(nlri);
        }
        What::Withdraw => {
            put16(&mut scratch.body, nlri.len() as u16);
            scratch.body.extend_from_slice(nlri);
            put16(&mut scratch.body, 0);
        }
        What::Announce { version } => {
            let within = is_v6.then_some(nlri);
            world.attributes(message.first, message.peer, version, within, scratch);
            put16(&mut scratch.body, 0);
            put16(&mut scratch.body, scratch.attributes.len() as u16);
            scratch.body.extend_from_slice(&scratch.attributes);
            if !is_v6 {
                scratch.body.extend_from_slice(nlri);
            }
        }
    }
}

// ---- files ----

/// What to write: the RIB, or the update file of a number.
#[derive(Clone, Copy)]
enum Job {
    Rib,
    Updates(u64),
}

fn write(args: &Args, world: &World, step: u32, job: Job) -> Result<()> {
    let (kind, after) = match job {
        Job::Rib => (FileKind::Rib, 0),
        Job::Updates(number) => (FileKind::Updates, number * u64::from(step)),
    };
    let start = Timestamp::from_secs(i64::from(START) + after as i64);
    let path = local_path(&args.output, &locate::url(&world.collector, kind, start));
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let file = BufWriter::with_capacity(1 << 18, file);
    let fill = |out: &mut dyn Write| {
        let mut out = BufWriter::with_capacity(1 << 18, out);
        match job {
            Job::Rib => rib(world, &mut out)?,
            Job::Updates(number) => {
                updates(world, number, step, args.updates_per_second, &mut out)?;
            }
        }
        out.flush()
    };
    match world.collector.project() {
        Project::Ris => {
            let mut gzip = GzEncoder::new(file, flate2::Compression::default());
            fill(&mut gzip)?;
            gzip.finish()?.flush()?;
        }
        Project::RouteViews => {
            let mut bzip2 = BzEncoder::new(file, bzip2::Compression::best());
            fill(&mut bzip2)?;
            bzip2.finish()?.flush()?;
        }
    }
    Ok(())
}

fn local_path(dir: &Path, url: &str) -> PathBuf {
    let inside = [RIS_URL, ROUTEVIEWS_URL]
        .iter()
        .find_map(|root| url.strip_prefix(root));
    dir.join(inside.unwrap_or(url).trim_start_matches('/'))
}

struct Args {
    prefixes: u64,
    peers: u64,
    hours: u64,
    updates_per_second: u64,
    seed: u64,
    collector: Collector,
    output: PathBuf,
    /// Print the table's prefixes instead.
    list: bool,
}

fn args() -> Result<Args> {
    let mut args = Args {
        prefixes: 20_000,
        peers: 40,
        hours: 1,
        updates_per_second: 60,
        seed: 1,
        collector: Collector::new("rrc00").map_err(anyhow::Error::msg)?,
        output: PathBuf::from("target/bench"),
        list: false,
    };
    let mut given = std::env::args().skip(1);
    while let Some(flag) = given.next() {
        if flag == "--list" {
            args.list = true;
            continue;
        }
        let value = given.next().with_context(|| format!("{flag} what?"))?;
        let number = || {
            let parsed = value.parse::<u64>();
            parsed.with_context(|| format!("{flag} needs a number"))
        };
        match flag.as_str() {
            "--prefixes" => args.prefixes = number()?,
            "--peers" => args.peers = number()?,
            "--hours" => args.hours = number()?,
            "--updates-per-second" => args.updates_per_second = number()?,
            "--seed" => args.seed = number()?,
            "--collector" => {
                args.collector = Collector::new(&value).map_err(anyhow::Error::msg)?;
            }
            "-o" => args.output = PathBuf::from(value),
            _ => bail!(
                "no such flag: {flag}; there are --prefixes, --peers, --hours, \
                 --updates-per-second, --seed, --collector, -o, --list"
            ),
        }
    }
    let fits = (100..=10_000_000).contains(&args.prefixes) && (1..=5000).contains(&args.peers);
    if !fits {
        bail!("100 to 10,000,000 prefixes and 1 to 5,000 peers fit");
    }
    Ok(args)
}

/// Prints the table's prefixes, as in a watch list.
fn list(world: &World) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for place in world.places() {
        let Prefix { family, unit, len } = world.prefix(place);
        match family {
            Family::V4 => writeln!(out, "{}/{len}", Ipv4Addr::from((unit << 8) as u32))?,
            Family::V6 => writeln!(out, "{}/{len}", Ipv6Addr::from(u128::from(unit) << 80))?,
        }
    }
    out.flush()
}

fn main() -> Result<()> {
    let args = args()?;
    let world = World::new(&args);
    if args.list {
        return list(&world).context("cannot list the prefixes");
    }
    let start = Timestamp::from_secs(i64::from(START));
    let step = (world.collector.step(start) / SECOND) as u32;
    let files = args.hours * 3600 / u64::from(step);
    let jobs: Vec<Job> = std::iter::once(Job::Rib)
        .chain((0..files).map(Job::Updates))
        .collect();
    jobs.into_par_iter()
        .with_max_len(1)
        .try_for_each(|job| write(&args, &world, step, job))?;
    println!(
        "{}: {} prefixes x {} peers, {files} update files in {}",
        world.collector,
        args.prefixes,
        args.peers,
        args.output.display()
    );
    Ok(())
}
