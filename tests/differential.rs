//! The early-reject scan against the full parser: `decode` walks bytes and hands little to
//! bgpkit-parser; a second reader ([`second`]) has bgpkit-parser read every record whole. They
//! must agree, record by record, on who says what of which route.
//!
//! A record that `decode` calls damaged must add nothing, and is not compared further. A record
//! that only bgpkit-parser refuses is counted. On real files each such record is known by name
//! ([`KNOWN`]); on the mutated corpus their share is bounded.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends where its world cannot be set up"
)]

pub mod compare;
mod second;

use crate::harness::{
    Random, Recorded, RecordedAction, decode, decode_bare, everything, find, find_bare,
    in_parallel, longhand, message, mirror, plain_file, record_starts, recorded, unpack, update,
};
use compare::{Tally, compare, second_end};
use dropline::decode::{Filter, first_record};
use dropline::encode;
use dropline::model::archive::{FileContents, FileKind};
use dropline::model::net::{Asn, Family, Prefix};
use dropline::model::route::RouteAction;
use dropline::watchlist::{PrefixSet, WatchList, asked};
use ipnet::IpNet;
use rustc_hash::FxHashSet;
use second::Second;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use temp_dir::TempDir;

// ---- whole real files ----

/// Records of real files that one side does not read: file, how many, the reason, and
/// why that is right. All others are read alike.
const KNOWN: &[(&str, usize, &str, &str)] = &[
    (
        "mrt/openbgpd_rib_table-mp.mrt",
        31,
        "Error: cannot parse bgp4mp subtype: 2",
        "BGP4MP_ENTRY, withdrawn before RFC 6396: no message of a peer, and passed over",
    ),
    (
        "mrt/openbgpd_rib_table-v2.mrt",
        2,
        "Error: TableDumpV2 RibGeneric is not currently supported",
        "RIB_GENERIC of other families than unicast: passed over",
    ),
    (
        "mrt/updates.nlri_mask_trailing_bits.gz",
        1,
        "truncated prefix in the UPDATE",
        "its last prefix has a length and no address",
    ),
];

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn real_files_are_read_alike() {
    let list = everything();
    let tallies: Vec<(String, Tally)> = in_parallel(mirrored(), |(name, path)| {
        let bytes = content(&path);
        let kind = kind_of(&path);
        let decoded = find(&path, kind, &list);
        let tally = compare(&name, &bytes, kind, &decoded);
        (name, tally)
    });

    let mut unread: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (name, tally) in &tallies {
        for (_, why) in tally.damaged.iter().chain(&tally.refused) {
            *unread.entry((name, why)).or_default() += 1;
        }
    }
    let sum = |count: fn(&Tally) -> u64| tallies.iter().map(|(_, t)| count(t)).sum::<u64>();
    eprintln!(
        "{} files, {} records, {} statements alike; bgpkit-parser stepped around in {}, clipped {}",
        tallies.len(),
        sum(|t| t.records),
        sum(|t| t.agreed),
        sum(|t| t.read_again),
        sum(|t| t.clipped),
    );
    let unread: Vec<_> = unread
        .into_iter()
        .map(|((file, why), n)| (file, n, why))
        .collect();
    let known: Vec<_> = KNOWN
        .iter()
        .map(|&(file, n, why, _)| (file, n, why))
        .collect();
    assert_eq!(unread, known, "left: found");
}

/// The MRT files of the mirror, by their names in it.
fn mirrored() -> Vec<(String, PathBuf)> {
    let mirror = mirror();
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = ["archive", "archive-2008-02-24", "mrt"]
        .map(|folder| mirror.join(folder))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the mirror") {
            let path = entry.expect("an entry").path();
            let is_mrt = path
                .extension()
                .is_some_and(|e| e == "gz" || e == "bz2" || e == "mrt");
            if path.is_dir() {
                folders.push(path);
            } else if is_mrt {
                let name = path.strip_prefix(&mirror).expect("a name in the mirror");
                files.push((name.display().to_string(), path));
            }
        }
    }
    files.sort();
    files
}

fn content(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a file");
    match bytes[..] {
        [0x1f, 0x8b, ..] | [b'B', b'Z', ..] => unpack(&bytes),
        _ => bytes,
    }
}

fn kind_of(path: &Path) -> FileKind {
    let first = first_record(path).expect("a file that can be read");
    first.map_or(FileKind::Updates, |(_, kind)| kind)
}

// ---- the encoded archive ----

/// Every verb, on sessions of every kind.
const TABLE: &str = "
    cover 16:00 16:10
    micro route-views.sydney
    peer B as2
    peer C addpath
    peer D as2 addpath
    16:00 ABC rib 10.0.1.0/24 @ 64500
    16:00 ABD rib 10.0.2.0/23 @ 64496 {64498,64499}
    16:00 A   rib 2001:db8:1::/48 @ (64512,64513) 64500
    16:00 C   rib 10.0.1.0/24 @ 64500 64500 id=7
    16:00 C   rib 2001:db8:1::/48 @ 64499 id=1
    16:00 A   rib 0.0.0.0/0 @
    16:00 A   table 4 3
    16:00 B   table 6 2
    16:00 E   member
    16:00:30 AB announce 10.0.1.0/24 @ 64500
    16:00:40 AB announce 10.0.4.0/22,10.0.8.0/21,2001:db8:2::/48 @ 131279 4200000000
    16:01    CD announce 10.0.1.0/24,2001:db8:3::/48 @ 131279 64500 id=9
    16:01:10 CD withdraw 10.0.1.0/24,2001:db8:3::/48 id=9
    16:01:20 AB update -10.0.4.0/22,2001:db8:2::/48 +10.0.1.0/24,2001:db8:4::/48 @ 64500
    16:01:30 AB announce 0.0.0.0/0,10.1.0.0/16,10.2.0.0/16 @ 64500
    16:01:31 AB announce 0.0.0.0/0,192.0.2.0/24,198.51.100.0/24 @ 64500
    16:01:32 A  announce ::/0,2001:db8:5::/48,2001:db8:6::/48 @ 64500
    16:01:33 A  announce 0.0.0.0/0 @ 64500
    16:01:34 AB withdraw 0.0.0.0/0,10.1.0.0/16,10.2.0.0/16
    16:01:35 A  withdraw ::/0,2001:db8:5::/48
    16:01:36 CD announce 0.0.0.0/0,10.1.0.0/16 @ 64500 id=16
    16:02 B announce 10.0.16.0/20 @ (64512,64513) 64496 {131279,64500}
    16:02 A announce 10.0.32.0/20 -
    16:03 AB state 6 1
    16:03 AB state 1 6
    16:03 A announce-table 4 450 @ 64499
    16:03 A announce-table 6 3 @ 64499
    16:04 ABC eor 4
    16:04 ABC eor 6
    16:04 ABC keepalive
    16:05:00.25 sydney/A announce 10.0.1.0/24 @ 64500
    16:05:00.75 sydney/A withdraw 10.0.1.0/24
    16:05:01.5  sydney/A state 6 1
";

/// What the verbs cannot say, as bodies of records: type, subtype, body. Of update files.
fn odd_messages() -> Vec<(u16, u16, Vec<u8>)> {
    const AS4: u16 = 4;
    let path = [0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf4];
    let [origin, next_hop] = [&[0x40, 1, 1, 0][..], &[0x40, 3, 4, 192, 0, 2, 1]];
    let mp_reach = |afi: u8, safi: u8, next_hop: u8, nlri: &[u8]| {
        let mut value = vec![0, afi, safi, next_hop];
        value.extend(vec![1; usize::from(next_hop)]);
        value.push(0);
        value.extend(nlri);
        [&[0x80, 14, value.len() as u8], &value[..]].concat()
    };
    let announced = |parts: &[&[u8]], nlri: &[u8]| {
        let all = [&[origin, &path, next_hop], parts].concat().concat();
        (16, AS4, message(true, 2, &update(&[], &all, nlri)))
    };
    let clipped = {
        let mut whole = update(
            &[],
            &[origin, &path, next_hop].concat(),
            &[24, 10, 0, 1].repeat(1100),
        );
        // The header counts the whole message, the record holds 4,096 bytes of its body.
        let mut body = message(true, 2, &whole);
        body.truncate(4096);
        whole.clear();
        body
    };
    let four_byte_path = [0xc0, 17, 6, 2, 1, 0, 2, 0, 0xcf];
    let two_byte_path = [0x40, 2, 6, 2, 2, 0xfb, 0xf6, 0x5b, 0xa0];
    let two_byte = |parts: &[&[u8]]| {
        let all = [&[origin, &two_byte_path, next_hop], parts]
            .concat()
            .concat();
        (
            16,
            1,
            message(false, 2, &update(&[], &all, &[24, 10, 0, 1])),
        )
    };
    let bare = |body: &[u8]| {
        [
            &[0xfb, 0xf5, 192, 0, 2, 1, 0xfb, 0xf1, 192, 0, 2, 254],
            body,
        ]
        .concat()
    };
    let plain = [origin, &two_byte_path, next_hop].concat();
    vec![
        announced(&[&mp_reach(2, 1, 16, &[32, 0x20, 1, 0xd, 0xb8])], &[]),
        announced(
            &[&mp_reach(2, 1, 32, &[32, 0x20, 1, 0xd, 0xb8])],
            &[24, 10, 0, 2],
        ),
        announced(&[&mp_reach(1, 1, 4, &[24, 10, 0, 3])], &[]),
        announced(&[&mp_reach(1, 2, 4, &[24, 10, 0, 4])], &[]),
        announced(
            &[&mp_reach(2, 2, 16, &[0, 32, 0x20, 1, 0xd, 0xb8])],
            &[24, 10, 0, 5],
        ),
        announced(&[&mp_reach(1, 128, 12, &[120; 16])], &[24, 10, 0, 6]),
        announced(&[&mp_reach(25, 70, 4, &[2, 1, 9])], &[24, 10, 0, 7]),
        // Host bits, and an AS4_PATH that a four-byte session must not send.
        announced(&[&four_byte_path], &[25, 192, 0, 2, 0x81, 9, 10, 0xff]),
        two_byte(&[&four_byte_path]),
        // A broken AS4_PATH is discarded where AS_PATH names the origin.
        (
            16,
            1,
            message(
                false,
                2,
                &update(
                    &[],
                    &[
                        origin,
                        &[0x40, 2, 6, 2, 2, 0x5b, 0xa0, 0xfb, 0xf6],
                        next_hop,
                        &[0xc0, 17, 5, 2, 1, 0, 2, 0],
                    ]
                    .concat(),
                    &[24, 10, 0, 1],
                ),
            ),
        ),
        (16, AS4, clipped),
        (
            16,
            AS4,
            message(true, 1, &[4, 0xfb, 0xf5, 0, 180, 192, 0, 2, 1, 0]),
        ),
        (16, AS4, message(true, 3, &[6, 2])),
        (16, AS4, message(true, 5, &[0, 1, 0, 1])),
        // What the collector itself sent.
        (16, 7, message(true, 2, &update(&[24, 10, 0, 1], &[], &[]))),
        (
            5,
            1,
            bare(&update(&[24, 10, 0, 1], &plain, &[24, 10, 0, 2])),
        ),
        (5, 3, vec![0xfb, 0xf5, 192, 0, 2, 1, 0, 6, 0, 1]),
        (5, 7, bare(&[])),
        // No end of a RIB: it withdraws something.
        (
            16,
            AS4,
            message(
                true,
                2,
                &update(&[24, 10, 0, 8], &[0x80, 15, 3, 0, 2, 1], &[]),
            ),
        ),
        // Of two AS4_PATHs the first counts (RFC 7606 §3g).
        two_byte(&[&four_byte_path, &[0xc0, 17, 6, 2, 1, 0, 3, 0, 0]]),
    ]
}

/// The same of dumps.
fn odd_listings() -> Vec<(u16, u16, Vec<u8>)> {
    let path = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 2, 0xfb, 0xf5, 0x5b, 0xa0];
    let with_as4 = [&path[..], &[0xc0, 17, 6, 2, 1, 0, 2, 0, 0xcf]].concat();
    let old = |prefix: &[u8], peer: &[u8], attributes: &[u8]| {
        let length = [0, attributes.len() as u8];
        [
            prefix,
            &[24, 1, 0, 0, 0, 9],
            peer,
            &[0xfb, 0xf5],
            &length,
            attributes,
        ]
        .concat()
    };
    let v4 = |third: u8| old(&[10, 9, third, 0], &[192, 0, 2, 1], &with_as4);
    let v6 = old(
        &[&[0x20, 1, 0xd, 0xb8][..], &[0; 12]].concat(),
        &[1; 16],
        &path,
    );
    let multicast = [&[0, 0, 0, 9, 24, 10, 9, 4, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0][..]].concat();
    vec![
        (12, 1, [&[0, 0, 0, 1], &v4(1)[..]].concat()),
        // Early collectors put several routes into one record.
        (12, 1, [&[0, 0, 0, 2], &v4(2)[..], &v4(3)].concat()),
        (12, 2, [&[0, 0, 0, 3], &v6[..]].concat()),
        (13, 3, multicast),
    ]
}

/// The files of the encoded archive: name, kind, bytes.
fn encoded() -> Vec<(String, FileKind, Vec<u8>)> {
    let mut table = longhand(TABLE);
    let raws = odd_messages().into_iter().map(|raw| (raw, "16:06", ""));
    let held = odd_listings()
        .into_iter()
        .map(|raw| (raw, "16:00", " dump=20141222.1600"));
    for ((kind, subtype, body), time, dump) in raws.chain(held) {
        let hex: String = body.iter().map(|b| format!("{b:02x}")).collect();
        let line = format!("{time} A raw {kind} {subtype} {hex}{dump}");
        table += &longhand(&line);
    }
    let dir = TempDir::new().expect("a temporary folder");
    let events = encode::parse(&table).expect("an event table");
    let files = encode::write(&events, dir.path()).expect("an archive");
    let read = |file: encode::WrittenFile| {
        let path = dir.path().join(&file.path);
        let kind = if file.path.contains("bview") {
            FileKind::Rib
        } else {
            FileKind::Updates
        };
        (file.path, kind, content(&path))
    };
    let files = files.into_iter().map(read);
    files.filter(|(_, _, bytes)| !bytes.is_empty()).collect()
}

#[test]
fn the_encoded_archive_is_read_alike() {
    let dir = TempDir::new().expect("a temporary folder");
    let list = everything();
    let (mut agreed, mut read_again, mut clipped) = (0, 0, 0);
    for (name, kind, bytes) in encoded() {
        let decoded = find(&plain_file(dir.path(), "file", &bytes), kind, &list);
        let tally = compare(&name, &bytes, kind, &decoded);
        assert_eq!(
            (&tally.damaged, &tally.refused),
            (&vec![], &vec![]),
            "{name}"
        );
        agreed += tally.agreed;
        read_again += tally.read_again;
        clipped += tally.clipped;
    }
    // The corpus does put the traps to the test.
    assert!(agreed > 1500, "{agreed}");
    assert!(read_again >= 8, "{read_again}");
    assert_eq!(clipped, 1);
}

// ---- mutated records ----

/// Changes a record, header and all.
fn mutate(record: &mut Vec<u8>, random: &mut Random) {
    const HEADER: usize = 12;
    if record.len() == HEADER {
        return;
    }
    let place = HEADER + random.below(record.len() - HEADER);
    let other = HEADER + random.below(record.len() - HEADER);
    // Framing holds in most cases, so that the rest of the file is read too.
    let mut keeps_framing = true;
    match random.below(16) {
        // Most often what can be anything: the last bytes are a prefix', or a next hop's.
        10.. => {
            let last = record.len() - 1 - random.below(3);
            record[last.max(HEADER)] ^= 1 << random.below(8);
        }
        0 | 1 if place < record.len() => record[place] ^= 1 << random.below(8),
        2 if place < record.len() => record[place] = random.next() as u8,
        3 if place < record.len() => record[place] = record[place].wrapping_add(1),
        4 if place < record.len() => record[place] = record[place].wrapping_sub(1),
        5 => record.truncate(place),
        6 => {
            let piece = record[place.min(other)..place.max(other)].to_vec();
            record.splice(place..place, piece);
        }
        7 => drop(record.drain(place.min(other)..place.max(other))),
        8 => {
            let at = random.below(HEADER);
            record[at] ^= 1 << random.below(8);
            keeps_framing = false;
        }
        _ => record.push(random.next() as u8),
    }
    if keeps_framing {
        let length = (record.len() - HEADER) as u32;
        record[8..HEADER].copy_from_slice(&length.to_be_bytes());
    }
}

#[test]
fn mutated_records_are_read_alike_or_refused() {
    const CASES: u64 = 4000;
    let dir = TempDir::new().expect("a temporary folder");
    let list = everything();
    let corpora: Vec<(FileKind, Vec<u8>)> = [FileKind::Updates, FileKind::Rib]
        .into_iter()
        .map(|kind| {
            let files = encoded().into_iter().filter(|(_, k, _)| *k == kind);
            (kind, files.flat_map(|(_, _, bytes)| bytes).collect())
        })
        .collect();
    let counts: Vec<[u64; 4]> = in_parallel(0..CASES, |case| {
        let mut random = Random(case);
        let (kind, corpus) = &corpora[random.below(2)];
        let starts = record_starts(corpus);
        let mut records: Vec<Vec<u8>> = starts
            .windows(2)
            .map(|w| corpus[w[0]..w[1]].to_vec())
            .collect();
        let originals: FxHashSet<Vec<u8>> = records.iter().cloned().collect();
        for _ in 0..=random.below(8) {
            let which = random.below(records.len());
            mutate(&mut records[which], &mut random);
        }
        let mut bytes = records.concat();
        if random.below(8) == 0 {
            bytes.truncate(random.below(bytes.len()));
        }
        let name = format!("case {case}");
        let decoded = find(&plain_file(dir.path(), &name, &bytes), *kind, &list);
        let tally = compare(&name, &bytes, *kind, &decoded);
        let mut second = Second::new(&bytes, *kind);
        let mut changed = 0;
        for reading in &mut second {
            let at = reading.offset;
            let record = &bytes[at as usize..second_end(&bytes, at)];
            changed += u64::from(!originals.contains(record));
        }
        let [damaged, refused] = [&tally.damaged, &tally.refused].map(|list| list.len() as u64);
        [tally.records, changed, damaged, refused]
    });
    let sum = |i: usize| counts.iter().map(|c| c[i]).sum::<u64>();
    let [records, changed, damaged, refused] = [0, 1, 2, 3].map(sum);
    let told = format!(
        "{records} records, {changed} changed; {damaged} damaged, {refused} refused by the second"
    );
    // A third of the changed records are still compared, and next to none go uncompared because
    // `decode` believes what bgpkit-parser does not.
    assert!(changed - damaged > changed / 3, "{told}");
    assert!(refused < changed / 200, "{told}");
}

// ---- watch lists ----

/// Four prefixes and an origin that a file speaks of.
fn samples(decoded: &FileContents) -> (Vec<Prefix>, Option<Asn>) {
    let quarter = (decoded.prefixes.len() / 4).max(1);
    let prefixes = decoded.prefixes.iter().step_by(quarter).copied().take(4);
    let mut paths = decoded.paths[decoded.paths.len() / 3..].iter();
    let origin = paths.find_map(|path| path.origins().first().copied());
    (prefixes.collect(), origin)
}

fn net(saying: &Recorded) -> Option<IpNet> {
    match saying.action {
        RecordedAction::Withdraw(net, _)
        | RecordedAction::Announce(net, _, _)
        | RecordedAction::Listed(net, _, _) => Some(net),
        RecordedAction::State(..) | RecordedAction::EndOfRib(_) => None,
    }
}

/// The items of the selected prefixes, and all that have no prefix.
fn items_of(all: &FileContents, wanted: impl Fn(Prefix) -> bool) -> Vec<(u64, Recorded)> {
    recorded(all)
        .filter(|(_, saying)| net(saying).is_none_or(|net| wanted(net.into())))
        .collect()
}

/// A watch list finds what the watch list of everything finds, but for what it does not name.
fn assert_subsets(name: &str, path: &Path, kind: FileKind) {
    let all = find(path, kind, &everything());
    let (prefixes, origin) = samples(&all);

    let list = WatchList::new(asked(prefixes.iter().copied(), []));
    let found: Vec<_> = recorded(&find(path, kind, &list)).collect();
    let watches = |prefix: Prefix| prefixes.iter().any(|p| p.contains(prefix));
    let wanted = items_of(&all, |prefix| watches(prefix) || covers(prefix, &prefixes));
    assert_eq!(found, wanted, "{name}: {prefixes:?}");
    let bare: Vec<_> = recorded(&find_bare(path, kind, &list)).collect();
    assert_eq!(bare, pathless(wanted, watches), "{name}: {prefixes:?}");

    let Some(origin) = origin else { return };
    let ends_there = |path: u32| all.paths[path as usize].origins().contains(&origin);
    let announced = all.routes.iter().filter_map(|route| match route.action {
        RouteAction::Announce { path, .. } => Some((route.prefix, path)),
        RouteAction::Withdraw { .. } | RouteAction::Listed { .. } => None,
    });
    let listed = all.entries.iter().map(|e| (e.prefix, e.path));
    let originated: FxHashSet<Prefix> = announced
        .chain(listed)
        .filter(|(_, path)| ends_there(*path))
        .map(|(prefix, _)| all.prefixes[prefix as usize])
        .collect();

    let list = WatchList::new(asked([], [origin]));
    let first = find(path, kind, &list);
    let discovered: FxHashSet<Prefix> = first.discovered.iter().copied().collect();
    assert_eq!(discovered, originated, "{name}: AS{origin}");
    let bare = find_bare(path, kind, &list);
    assert_eq!(bare.discovered, first.discovered, "{name}: AS{origin}");
    let discovered: PrefixSet = discovered.into_iter().collect();
    // With what the first pass gave away, the file tells the rest: as a later file, or read again.
    let holds_unit = |p: &&Prefix| p.len() <= p.family().unit_len();
    let units: Vec<Prefix> = originated.iter().filter(holds_unit).copied().collect();
    let wanted = items_of(&all, |prefix| {
        originated.contains(&prefix) || covers(prefix, &units)
    });
    let later = Filter::WatchList {
        list: &list,
        discovered: &discovered,
    };
    for filter in [later, Filter::Prefixes(&discovered)] {
        let found: Vec<_> = recorded(&decode(path, kind, filter)).collect();
        assert_eq!(found, wanted, "{name}: AS{origin}");
    }
    let bare: Vec<_> = recorded(&decode_bare(path, kind, later)).collect();
    let wanted = pathless(wanted, |prefix| originated.contains(&prefix));
    assert_eq!(bare, wanted, "{name}: AS{origin}");
}

/// The same, with the empty path for routes that are not watched.
fn pathless(items: Vec<(u64, Recorded)>, watches: impl Fn(Prefix) -> bool) -> Vec<(u64, Recorded)> {
    let bare = |(offset, mut saying): (u64, Recorded)| {
        if let RecordedAction::Announce(net, _, path) | RecordedAction::Listed(net, _, path) =
            &mut saying.action
            && !watches((*net).into())
        {
            *path = "".into();
        }
        (offset, saying)
    };
    items.into_iter().map(bare).collect()
}

/// Whether a route is less specific than one of some prefixes and contains it, and is neither a
/// default route nor shorter than /8 (IPv6 /16).
fn covers(route: Prefix, prefixes: &[Prefix]) -> bool {
    let shortest = if route.family() == Family::V4 { 8 } else { 16 };
    let is_around = |p: &Prefix| route.len() < p.len() && route.contains(*p);
    route.len() >= shortest && prefixes.iter().any(is_around)
}

#[test]
fn watch_lists_find_their_subset_of_the_encoded_archive() {
    let dir = TempDir::new().expect("a temporary folder");
    for (name, kind, bytes) in encoded() {
        assert_subsets(&name, &plain_file(dir.path(), "file", &bytes), kind);
    }
}

#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn watch_lists_find_their_subset_of_real_files() {
    in_parallel(mirrored(), |(name, path)| {
        assert_subsets(&name, &path, kind_of(&path));
    });
}
