//! `encode` writes MRT that other programs read alike.

use crate::harness::Scene;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Debian's `bgpdump` reads as many announcements, withdrawals, state changes and RIB entries as
/// the event table has, ADD-PATH (`_AP`) and extended timestamps (`_ET`) apart.
#[test]
#[ignore = "needs bgpdump"]
fn bgpdump_reads_every_verb() {
    let scene = Scene::of(
        "peer C addpath
         peer D as2
         micro rrc01
         cover 16:00 16:10
         16:00 A rib 10.0.1.0/24 @ 64500
         16:00 B rib 10.0.1.0/24 @ {64500,64511}
         16:00 C rib 10.0.1.0/24 @ 64500 id=1
         16:00 C rib 10.0.1.0/24 @ 64510 64500 id=2
         16:00 A rib 2001:db8::/32 @ 64500
         16:00 A table 4 7
         16:00 A table 6 3
         16:00 D member
         16:01 A announce 10.0.2.0/24,10.0.3.0/24 @ (64512,64513) 64500
         16:01 A withdraw 10.0.2.0/24,2001:db8::/32
         16:01 A update -10.0.1.0/24 +2001:db8:1::/48 @ 64500
         16:01 A announce-table 4 450 @ 64500
         16:01 A state 6 1
         16:01 A eor 4
         16:01 A eor 6
         16:01 A keepalive
         16:01 C announce 10.0.5.0/24 @ 64500 id=7
         16:01 C withdraw 10.0.5.0/24 id=7
         16:01 D announce 10.0.6.0/24 @ 131279
         16:01 D state 1 6
         16:01 rrc00 64505@2001:db8::5 announce 2001:db8:5::/48 64505 64500
         16:01:00.5 rrc01/A announce 10.0.7.0/24 @ 64500
         16:01 sydney/A raw 16 4 0000fbf5 0000fbf1 0000 0001 c0000201 c00002fe \
               ffffffff ffffffff ffffffff ffffffff 0013 04",
    );
    for (file, expected) in [
        (
            "rrc00/2014.12/bview.20141222.1600.gz",
            "TABLE_DUMP2 B 13, TABLE_DUMP2_AP B 2",
        ),
        (
            "rrc00/2014.12/updates.20141222.1600.gz",
            "BGP4MP A 455, BGP4MP STATE 2, BGP4MP W 3, BGP4MP_AP A 1, BGP4MP_AP W 1",
        ),
        ("rrc00/2014.12/updates.20141222.1605.gz", ""),
        ("rrc01/2014.12/updates.20141222.1600.gz", "BGP4MP_ET A 1"),
        (
            "route-views.sydney/bgpdata/2014.12/UPDATES/updates.20141222.1600.bz2",
            "",
        ),
    ] {
        assert_eq!(bgpdump(&scene.archive().join(file)), expected, "{file}");
    }
}

/// AS numbers beyond two bytes are read on a two-byte session, too.
#[test]
#[ignore = "needs bgpdump"]
fn bgpdump_merges_as4_path() {
    let scene = Scene::of("peer D as2\n 16:01 D announce 10.0.6.0/24 @ 4837 131279");
    let file = scene
        .archive()
        .join("rrc00/2014.12/updates.20141222.1600.gz");
    let line = &lines(&file)[0];
    assert!(line.contains("|10.0.6.0/24|64504 4837 131279|"), "{line}");
}

/// How many lines of each kind `bgpdump` makes of a file.
fn bgpdump(file: &Path) -> String {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for line in lines(file) {
        let cells: Vec<&str> = line.split('|').collect();
        let kind = [cells[0], cells.get(2).copied().unwrap_or_default()].join(" ");
        *counts.entry(kind).or_default() += 1;
    }
    let counts = counts.iter().map(|(kind, n)| format!("{kind} {n}"));
    counts.collect::<Vec<_>>().join(", ")
}

#[allow(
    clippy::expect_used,
    reason = "the test needs bgpdump, and fails without it"
)]
fn lines(file: &Path) -> Vec<String> {
    let output = Command::new("bgpdump").arg("-m").arg(file).output();
    let output = output.expect("bgpdump starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(str::to_owned).collect()
}
