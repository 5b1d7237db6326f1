//! Coverage: units of the watched space that are still reached, directly or by covering routes.

#![allow(clippy::unwrap_used)]

use crate::harness::{Run, Scene, record_starts, unpack};
use std::io::Write;

/// Runs as for a country to which a registry has delegated `blocks`.
fn of_country(scene: &Scene, blocks: &[(&str, u32)], flags: &str) -> Run {
    let mut text = "2|apnic|20141221|4|19830613|20141220|+1000\n".to_owned();
    for (first, size) in blocks {
        let family = if first.contains(':') { "ipv6" } else { "ipv4" };
        text += &format!("apnic|ZZ|{family}|{first}|{size}|20091221|allocated\n");
    }
    let list = scene.write("delegated", &text);
    scene.ask(&format!(
        "--country ZZ --delegated {} {flags}",
        list.display()
    ))
}

/// The columns of units.
const UNITS: &str = "minute units_baseline units_direct units_covered units_none units_unknown";

/// As in March 2025: four /24s are withdrawn, the /22 that covers them stays.
#[test]
fn a_withdrawn_prefix_may_still_be_covered() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABCDE rib 175.45.176.0/22 @ 64510 64500
         16:00    ABCDE rib 175.45.176.0/24 @ 64500
         16:00    ABCDE rib 175.45.177.0/24 @ 64500
         16:00    ABCDE rib 175.45.178.0/24 @ 64500
         16:00    ABCDE rib 175.45.179.0/24 @ 64500
         16:02:10 ABCDE withdraw 175.45.176.0/24,175.45.177.0/24,175.45.178.0/24,175.45.179.0/24
         16:04:10 ABCDE announce 175.45.177.0/24 @ 64500
         16:06:10 ABCDE withdraw 175.45.176.0/22",
    );
    // The /22 is watched itself where the block is; where its origin is another, it only covers.
    let run = of_country(&scene, &[("175.45.176.0", 1024)], "--from 16:01 --to 16:08");
    run.shows(
        "country",
        "minute prefixes_visible units_baseline units_direct units_covered units_none units_unknown reachable
         16:01       5 4 4 0 0 0 1.0000
         16:02-16:03 1 4 0 4 0 0 1.0000
         16:04-16:05 2 4 1 3 0 0 1.0000
         16:06-16:07 1 4 1 0 3 0 0.2500",
    );
}

/// The same by origin: the covering route is another AS's and has no row of its own.
#[test]
fn a_covering_route_counts_and_is_not_watched() {
    let text = "cover 16:00 16:10
         cover rrc01 16:00 16:10
         16:00    ABCDE rib 175.45.176.0/22 @ 64510
         16:00    ABCDE rib 175.45.176.0/24 @ 64500
         16:00    ABCDE rib 175.45.177.0/24 @ 64500
         16:00    ABCDE rib 175.45.178.0/24 @ 64500
         16:00    ABCDE rib 175.45.179.0/24 @ 64500
         16:02:10 ABCDE withdraw 175.45.176.0/24,175.45.177.0/24,175.45.178.0/24,175.45.179.0/24";
    for flags in ["--asn 64500 --threads 1", "--asn 64500 --threads 4"] {
        Scene::of(text)
            .ask(&format!("{flags} --from 16:01 --to 16:04"))
            .shows(
                "asns",
                &format!(
                    "{UNITS} prefixes_baseline prefixes_visible
                     16:01       4 4 0 0 0 4 4
                     16:02-16:03 4 0 4 0 0 4 0"
                ),
            )
            .shows_where(
                "prefixes",
                "minute=16:02",
                "prefix\n 175.45.176.0/24\n 175.45.177.0/24\n 175.45.178.0/24\n 175.45.179.0/24",
            );
    }
}

/// Covering routes of a prefix are read from every file, also from those before the file in which
/// the prefix was discovered; withdrawals carry no path.
#[test]
fn covering_routes_of_a_prefix_discovered_late() {
    for threads in [1, 4] {
        Scene::of(
            "cover 16:00 16:20
             cover rrc01 16:00 16:20
             16:00    ABC rib 10.0.0.0/22 @ 64510
             16:00    rrc01/D rib 10.0.0.0/22 @ 64510
             16:00    ABC rib 10.0.1.0/24 @ 64599
             16:00    rrc01/D rib 10.0.1.0/24 @ 64599
             16:01:10 A withdraw 10.0.0.0/22
             16:02:10 BC withdraw 10.0.1.0/24
             16:02:20 rrc01/D withdraw 10.0.1.0/24
             16:03:10 A withdraw 10.0.1.0/24
             16:06:10 B withdraw 10.0.0.0/22
             16:07:10 C withdraw 10.0.0.0/22
             16:12:10 AB announce 10.0.1.0/24 @ 64500",
        )
        .ask(&format!(
            "--asn 64500 --baseline-at 16:13 --from 16:00 --to 16:14 --threads {threads}"
        ))
        .shows(
            "asns",
            &format!(
                "{UNITS}
             16:00-16:01 1 1 0 0 0
             16:02-16:06 1 0 1 0 0
             16:07-16:11 1 0 0 1 0
             16:12-16:13 1 1 0 0 0"
            ),
        );
    }
}

/// A dump lists a network before the networks inside it. In a dump that does not, covering routes
/// are found all the same.
#[test]
fn a_rib_in_another_order() {
    let turned = |packed: Vec<u8>| {
        let bytes = unpack(&packed);
        let starts = record_starts(&bytes);
        // The PEER_INDEX_TABLE stays first.
        let mut records: Vec<&[u8]> = starts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        records[1..].reverse();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&records.concat()).unwrap();
        gzip.finish().unwrap()
    };
    let text = "cover 16:00 16:10
         16:00    ABC rib 10.0.0.0/20 @ 64510
         16:00    ABC rib 10.0.0.0/22 @ 64511
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64512
         16:00    ABC rib 10.1.0.0/24 @ 64500
         16:02:10 ABC withdraw 10.0.1.0/24,10.1.0.0/24
         16:03:10 ABC withdraw 10.0.0.0/22";
    let scenes = [
        Scene::of(text),
        Scene::of(text).changed("rrc00/2014.12/bview.20141222.1600.gz", turned),
    ];
    for scene in scenes {
        scene.ask("--asn 64500 --from 16:01 --to 16:05").shows(
            "asns",
            &format!(
                "{UNITS}
                 16:01       2 2 0 0 0
                 16:02-16:04 2 0 1 1 0"
            ),
        );
    }
}

/// A covering route that is announced only later counts from then on.
#[test]
fn a_covering_route_announced_later() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABCD rib 10.0.0.0/24 @ 64500
         16:00    ABCD table 4 5
         16:02:10 ABCD withdraw 10.0.0.0/24
         16:04:10 AB announce 10.0.0.0/20 @ 64510
         16:05:10 AB withdraw 10.0.0.0/20
         16:06:10 A announce 10.0.0.0/8 @ 64511",
    )
    .ask("--prefix 10.0.0.0/24 --from 16:01 --to 16:08")
    .shows(
        "asns",
        &format!(
            "{UNITS}
             16:01       1 1 0 0 0
             16:02-16:03 1 0 0 1 0
             16:04       1 0 1 0 0
             16:05-16:07 1 0 0 1 0"
        ),
    );
}

/// A default route, or a /7, covers nothing; a /8 does. So for IPv6 with /15 and /16.
#[test]
fn a_default_route_covers_nothing() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.0.0/24 @ 64500
         16:00    ABC rib 0.0.0.0/0 @ 64510
         16:00    ABC rib 10.0.0.0/7 @ 64510
         16:00    ABC rib 2001:db8::/48 @ 64500
         16:00    ABC rib ::/0 @ 64510
         16:00    ABC rib 2000::/15 @ 64510
         16:02:10 ABC withdraw 10.0.0.0/24
         16:02:10 ABC withdraw 2001:db8::/48
         16:04:10 ABC announce 10.0.0.0/8 @ 64510
         16:05:10 ABC announce 2001::/16 @ 64510",
    )
    .ask("--prefix 10.0.0.0/24 --prefix 2001:db8::/48 --from 16:01 --to 16:07")
    .shows(
        "asns",
        &format!(
            "{UNITS} family
             16:01 1 1 0 0 0 4
             16:01 1 1 0 0 0 6
             16:02 1 0 0 1 0 4
             16:02 1 0 0 1 0 6
             16:03 1 0 0 1 0 4
             16:03 1 0 0 1 0 6
             16:04 1 0 1 0 0 4
             16:04 1 0 0 1 0 6
             16:05 1 0 1 0 0 4
             16:05 1 0 1 0 0 6
             16:06 1 0 1 0 0 4
             16:06 1 0 1 0 0 6"
        ),
    );
}

/// A covering route lost with its session is unknown, and so are the units that it covered.
#[test]
fn a_covering_route_lost_with_its_session_is_unknown() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.0.0/22 @ 64510
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 ABC withdraw 10.0.1.0/24
         16:02:10 ABC state 6 1
         16:03:10 ABC state 5 6
         16:04:10 ABC announce 10.0.0.0/22 @ 64510   # the /24 may still be coming
         16:05:10 ABC eor 4
         16:06:10 A state 6 1",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:08")
    .shows(
        "asns",
        &format!(
            "{UNITS}
             16:00       1 1 0 0 0
             16:01       1 0 1 0 0
             16:02-16:04 1 0 0 0 1
             16:05       1 0 1 0 0
             16:06-16:07 1 0 0 0 1"
        ),
    );
}

/// The same as a share of a country: unknown units are not counted as unreachable.
#[test]
fn an_unknown_country_is_not_unreachable() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.0.0/23 @ 64500
         16:02:10 ABC state 6 1",
    );
    of_country(&scene, &[("10.0.0.0", 1024)], "--from 16:01 --to 16:04").shows(
        "country",
        &format!(
            "{UNITS} reachable
             16:01       2 2 0 0 0 1.0000
             16:02-16:03 2 0 0 0 2 -"
        ),
    );
}

/// A country whose space no peer has a route to, and no update names.
#[test]
fn a_country_without_any_observation() {
    let scene = Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.0.0/24 @ 64500
         16:02:10 ABC state 6 1",
    );
    of_country(&scene, &[("10.9.0.0", 1024)], "--from 16:01 --to 16:04").shows(
        "country",
        &format!(
            "{UNITS} status reachable
             16:01-16:03 0 0 0 0 0 - -"
        ),
    );
}

/// A block smaller than a unit is a unit of its own; a prefix longer than a unit reaches none.
#[test]
fn smaller_blocks_and_longer_prefixes() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.0.0/24 @ 64510
         16:00    ABC rib 10.0.0.0/25 @ 64500
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.1.0/25 @ 64500
         16:02:10 ABC withdraw 10.0.0.0/25
         16:03:10 ABC withdraw 10.0.1.0/24
         16:04:10 ABC announce 10.0.0.0/25 @ 64500",
    );
    // The AS has one member, and the units inside it: a /25 is none.
    of_country(
        &scene,
        &[("10.0.0.0", 128), ("10.0.1.0", 256)],
        "--from 16:01 --to 16:06",
    )
    .shows(
        "country",
        &format!(
            "{UNITS}
             16:01       2 2 0 0 0
             16:02       2 1 1 0 0
             16:03       2 0 1 1 0
             16:04-16:05 2 1 0 1 0"
        ),
    )
    .shows_where(
        "asns",
        "asn=64500",
        &format!(
            "{UNITS}
             16:01-16:02 1 1 0 0 0
             16:03-16:05 1 0 0 1 0"
        ),
    );
}

/// Direct means as long as the longest route of the baseline, which no single peer's own route
/// sets, or as the longest member.
#[test]
fn what_counts_as_direct() {
    let text = "cover 16:00 16:10
         16:00    ABCD rib 10.0.0.0/20 @ 64500
         16:00    A rib 10.0.0.0/24 @ 64500       # a leak, at one peer
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:02:10 A withdraw 10.0.0.0/24
         16:03:10 ABC withdraw 10.0.1.0/24
         16:04:10 ABCD announce 10.0.0.0/21 @ 64500";
    Scene::of(text)
        .ask("--asn 64500 --from 16:01 --to 16:06")
        .shows(
            "asns",
            &format!(
                "{UNITS}
                 16:01-16:02 16 16 0 0 0
                 16:03       16 15 1 0 0
                 16:04-16:05 16 15 1 0 0"
            ),
        );
    // Members that were lost soon after they were first known.
    Scene::of(
        "cover 16:00 16:10
         16:01:10 ABC announce 10.0.0.0/22,10.0.0.0/24 @ 64500
         16:02:10 ABC withdraw 10.0.0.0/24
         16:03:10 ABC withdraw 10.0.0.0/22",
    )
    .ask("--asn 64500 --full-feed all --from 16:00 --to 16:05")
    .shows(
        "asns",
        &format!(
            "{UNITS}
             16:00       4 0 0 0 4
             16:01       4 4 0 0 0
             16:02       4 3 1 0 0
             16:03-16:04 4 0 0 4 0"
        ),
    );
}

/// An IPv6 /20 has 268 million units; they are never listed.
#[test]
fn a_very_large_block() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 2400::/20 @ 64500
         16:00    ABC rib 2400:0:1::/48 @ 64500
         16:00    ABC rib 2400:800::/21 @ 64500
         16:02:10 ABC withdraw 2400::/20
         16:03:10 ABC announce 2000::/16 @ 64510
         16:04:10 ABC announce 2400::/16 @ 64510",
    );
    of_country(&scene, &[("2400::", 20)], "--from 16:01 --to 16:06").shows(
        "country",
        &format!(
            "{UNITS} reachable
             16:01       268435456 268435456 0 0 0 1.0000
             16:02-16:03 268435456 134217729 0 134217727 0 0.5000
             16:04-16:05 268435456 134217729 134217727 0 0 1.0000"
        ),
    );
}

/// Each AS has the units inside its prefixes of the baseline, also those inside a more specific
/// prefix of another AS.
#[test]
fn units_belong_to_the_prefixes_of_the_baseline() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.0.0/22 @ 64500
         16:00    ABC rib 10.0.1.0/24 @ 64510
         16:02:10 ABC withdraw 10.0.0.0/22",
    )
    .ask("--prefix 10.0.0.0/16 --from 16:01 --to 16:03")
    .shows(
        "asns",
        &format!(
            "{UNITS} asn
             16:01 4 4 0 0 0 64500
             16:01 1 1 0 0 0 64510
             16:02 4 1 0 3 0 64500
             16:02 1 1 0 0 0 64510"
        ),
    );
}
