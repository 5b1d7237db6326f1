//! Damaged records in readable files.

use crate::harness::Scene;

/// Three peers with a route to one prefix.
const RIB: &str = "16:00 ABC rib 10.0.1.0/24 @ 64500\n";

/// A damaged record whose peer can be read makes that peer unknown, and is listed with its offset.
#[test]
fn a_damaged_record_of_a_peer() {
    let of_a = "0000fbf5 0000fbf1 0000 0001 c0000201 c00002fe";
    Scene::of(&format!(
        "{RIB} cover 16:00 16:10
         16:01:10 B announce 10.0.1.0/24 @ 64500
         16:02:10 A raw 16 4 {of_a} ffff
         16:03:10 A announce 10.0.1.0/24 @ 64500"
    ))
    .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:05")
    .exits(3)
    .prints("192.0.2.1")
    .shows(
        "prefixes",
        "minute known seeing min max
         16:01 3 3 3 3
         16:02 2 2 2 3
         16:03 3 3 2 3
         16:04 3 3 3 3",
    )
    .shows(
        "transitions",
        "time peer_asn from to cause
         16:02:10 64501 present unknown damage
         16:03:10 64501 unknown present announce",
    )
    .shows_where(
        "files",
        "start=16:00 kind=updates",
        "records damaged_records flags\n 3 1 damaged",
    );
}

/// Where the peer cannot be read, all peers of the collector become unknown; other collectors do
/// not.
#[test]
fn a_damaged_record_without_a_peer() {
    for raw in ["16 4 00", "99 0 00"] {
        Scene::of(&format!(
            "{RIB} cover 16:00 16:10
             cover rrc01 16:00 16:10
             16:00    rrc01/DEF rib 10.0.1.0/24 @ 64500
             16:02:10 A raw {raw}"
        ))
        .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:04")
        .exits(3)
        .shows(
            "prefixes",
            "minute full known seeing min max
             16:01 6 6 6 6 6
             16:02 6 3 3 3 6
             16:03 6 3 3 3 3",
        );
    }
}

/// Records of types that carry no route or session event, the deprecated types of RFC 6396 among
/// them, are counted and make no peer unknown, whatever they hold.
#[test]
fn records_of_ignored_types() {
    let text = "636f6c6c6563746f7220726573746172746564";
    Scene::of(&format!(
        "{RIB} cover 16:00 16:10
         16:01:10 A raw 0 0 {text}
         16:01:20 A raw 1 0 {text}
         16:01:30 A raw 2 0 00
         16:01:40 A raw 3 0 {text}
         16:01:50 A raw 4 0 fbf5c0000201
         16:02:10 A raw 11 0 c0000201c00002fe0201002c
         16:02:20 A raw 16 2 00000001156e8d5300010104c0a8000f"
    ))
    .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:03")
    .exits(0)
    .shows("prefixes", "minute known seeing\n 16:01-16:02 3 3")
    .shows_where(
        "files",
        "start=16:00 kind=updates",
        "records records_by_type damaged_records
         7 BGP4MP/OTHER=1,DIE=1,I_AM_DEAD=1,NULL=1,OSPFv2=1,PEER_DOWN=1,START=1 0",
    );
}

/// Not so where a broken byte has corrupted the type of a record that matters: here it was A's
/// withdrawal.
#[test]
fn records_with_a_corrupt_type() {
    let of_a = "0000fbf5 0000fbf1 0000 0001 c0000201 c00002fe";
    let marker = "ffffffff ffffffff ffffffff ffffffff";
    for (kind, subtype) in [(0, 4), (1, 4), (4, 4), (11, 4), (16, 2), (12, 1), (13, 2)] {
        Scene::of(&format!(
            "{RIB} cover 16:00 16:10
             16:02:10 A raw {kind} {subtype} {of_a} {marker} 001b 02 0004 180a0001 0000"
        ))
        .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:04")
        .exits(3)
        .prints("192.0.2.1")
        .shows(
            "prefixes",
            "minute known seeing\n 16:01 3 3\n 16:02-16:03 2 2",
        );
    }
}

/// A broken byte in a BGP message's type, or in its marker, loses no withdrawal either.
#[test]
fn messages_with_a_corrupt_type() {
    let of_a = "0000fbf5 0000fbf1 0000 0001 c0000201 c00002fe";
    let ones = "ffffffff ffffffff ffffffff ffff";
    for head in [
        "ffff 001b 01",
        "ffff 001b 03",
        "ffff 001b 04",
        "ffff 001b 05",
        "fffe 001b 02",
    ] {
        Scene::of(&format!(
            "{RIB} cover 16:00 16:10
             16:02:10 A raw 16 4 {of_a} {ones} {head} 0004 180a0001 0000"
        ))
        .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:04")
        .exits(3)
        .shows(
            "prefixes",
            "minute known seeing\n 16:01 3 3\n 16:02-16:03 2 2",
        );
    }
}

/// The bytes shortly before a gzip file turns out to be undecodable may be wrong already: only the
/// member's checksum could confirm them. They do not count, a withdrawal least of all.
#[test]
fn a_gz_file_that_cannot_be_inflated() {
    const AT_1600: &str = "rrc00/2014.12/updates.20141222.1600.gz";
    Scene::of(&format!(
        "{RIB} cover 16:00 16:10\n 16:01:10 A withdraw 10.0.1.0/24\n 16:02:10 A keepalive
         16:06 ABC announce 10.0.1.0/24 @ 64500"
    ))
    .cut_after(AT_1600, 1)
    .changed(AT_1600, |mut bytes| {
        // A block of the reserved type (RFC 1951).
        bytes.extend_from_slice(&[0x07; 16]);
        bytes
    })
    .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:07")
    .exits(3)
    .shows(
        "prefixes",
        "minute known withdrawals\n 16:01-16:05 0 0\n 16:06 3 0",
    );
}

/// In a file that only ends too early, every record before the end counts.
#[test]
fn a_gz_file_that_ends_too_early() {
    const AT_1600: &str = "rrc00/2014.12/updates.20141222.1600.gz";
    Scene::of(&format!(
        "{RIB} cover 16:00 16:10\n 16:01:10 A withdraw 10.0.1.0/24\n 16:02:10 A keepalive"
    ))
    .cut_after(AT_1600, 1)
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:03")
    .exits(3)
    .shows(
        "prefixes",
        "minute known min max withdrawals\n 16:00 3 3 3 0\n 16:01 0 0 3 1\n 16:02 0 0 0 0",
    );
}
