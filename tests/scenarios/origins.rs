//! Which prefixes are watched, and why: by block, origin, list and country.

use crate::harness::Scene;

/// The withdrawals of a prefix carry no AS path, and may be in an earlier file than the
/// announcement by which it is discovered. None is lost, whatever the number of threads.
#[test]
fn a_prefix_discovered_by_its_origin_in_a_later_file() {
    let scene = Scene::of(
        "cover 16:00 16:15
         cover rrc01 16:00 16:15
         16:00    ABC rib 10.0.1.0/24 @ 64510
         16:00    rrc01/D rib 10.0.1.0/24 @ 64510
         16:00    ABC rib 10.0.2.0/24 @ 64510
         16:00    rrc01/D rib 10.0.2.0/24 @ 64510
         16:01:10 A withdraw 10.0.1.0/24
         16:02:10 rrc01/D withdraw 10.0.1.0/24
         16:11:10 B announce 10.0.1.0/24 @ 64500
         16:13:10 B announce 10.0.2.0/24 @ 64500  # behind the window",
    );
    for threads in [1, 4] {
        scene
            .ask(&format!(
                "--asn 64500 --from 16:00 --to 16:13 --threads {threads}"
            ))
            .exits(0)
            .shows(
                "prefixes",
                "minute prefix full known seeing withdrawals origins
                 16:00       10.0.1.0/24 4 4 4 0 AS64510
                 16:01       10.0.1.0/24 4 4 3 1 AS64510
                 16:02       10.0.1.0/24 4 4 2 1 AS64510
                 16:03-16:10 10.0.1.0/24 4 4 2 0 AS64510
                 16:11-16:12 10.0.1.0/24 4 4 2 0 AS64500,AS64510",
            );
    }
}

/// A prefix is discovered by any peer's route, also by that of a peer without a full feed, and by a
/// later RIB.
#[test]
fn a_prefix_discovered_by_its_origin_at_a_peer_without_a_full_feed() {
    Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 64510
         16:00    ABC rib 10.0.2.0/24 @ 64510
         16:01:10 A withdraw 10.0.1.0/24
         16:02:10 A withdraw 10.0.2.0/24
         16:05:10 D announce 10.0.1.0/24 @ 64500
         16:20    BC table 4 2
         16:20    E rib 10.0.2.0/24 @ 64500",
    )
    .ask("--asn 64500 --from 16:03 --to 16:22")
    .shows_where(
        "prefixes",
        "minute=16:03",
        "prefix full known seeing origins\n 10.0.1.0/24 3 3 2 AS64510\n 10.0.2.0/24 3 3 2 AS64510",
    )
    .shows_where(
        "prefixes",
        "minute=16:21",
        "prefix full known seeing\n 10.0.1.0/24 3 3 0\n 10.0.2.0/24 3 3 0",
    );
}

/// A watched block includes every prefix equal to it or inside it, whatever its origin; presence
/// does not depend on the origin.
#[test]
fn a_block_watches_what_is_inside() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.0.0/22 @ 64500
         16:00    ABC rib 10.0.1.0/24 @ 64501
         16:00    ABC rib 10.0.0.0/21 @ 64500
         16:00    ABC rib 10.0.4.0/24 @ 64500
         16:01:10 ABC announce 10.0.1.0/24 @ 64599",
    )
    .ask("--prefix 10.0.0.0/22 --from 16:01 --to 16:02")
    .shows(
        "prefixes",
        "prefix seeing min origins
         10.0.0.0/22 3 3 AS64500
         10.0.1.0/24 3 3 AS64599",
    );
}

/// A list of prefixes and ASNs, one a line.
#[test]
fn a_watch_file() {
    let scene = Scene::of(
        "cover 16:00 16:05
         16:00 ABC rib 10.0.1.0/24 @ 64500
         16:00 ABC rib 10.1.0.0/16 @ 64510
         16:00 ABC rib 10.2.0.0/16 @ 64511",
    )
    .without_witness("the witness reads no watch file");
    let list = scene.write(
        "list.txt",
        "# a block\n10.0.0.0/16\n\nAS64510 # an origin\n",
    );
    scene
        .ask(&format!(
            "--watch {} --from 16:00 --to 16:01",
            list.display()
        ))
        .shows("prefixes", "prefix\n 10.0.1.0/24\n 10.1.0.0/16");
}

/// A country by its delegated statistics: its blocks, and what its ASNs originate.
#[test]
fn a_country_by_its_registry() {
    let scene = Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64510
         16:00    ABC rib 10.0.4.0/24 @ 64510
         16:00    ABC rib 10.9.0.0/24 @ 64500
         16:00    ABC rib 10.1.0.0/24 @ 64599
         16:00    ABC rib 2001:db8:1::/48 @ 64510
         16:02:10 ABC withdraw 10.0.1.0/24
         16:03:10 ABC withdraw 10.9.0.0/24",
    );
    let delegated = scene.write(
        "delegated",
        "2|apnic|20141221|4|19830613|20141220|+1000\n\
         apnic|*|asn|*|1|summary\n\
         apnic|ZZ|asn|64500|1|20091221|allocated\n\
         apnic|ZZ|ipv4|10.0.0.0|1024|20091221|allocated\n\
         apnic|CN|ipv4|10.1.0.0|256|20091221|allocated\n\
         apnic||ipv4|10.0.4.0|256||available\n\
         apnic|ZZ|ipv6|2001:db8::|32|20091221|allocated\n",
    );
    scene
        .ask(&format!(
            "--country zz --delegated {} --from 16:01 --to 16:05",
            delegated.display()
        ))
        .shows_where(
            "prefixes",
            "minute=16:01",
            "prefix\n 10.0.1.0/24\n 10.9.0.0/24\n 2001:db8:1::/48",
        )
        .shows(
            "country",
            "minute country family prefixes_baseline prefixes_visible status
             16:01 ZZ 4 2 2 up
             16:01 ZZ 6 1 1 up
             16:02 ZZ 4 2 1 degraded
             16:02 ZZ 6 1 1 up
             16:03 ZZ 4 2 0 down
             16:03 ZZ 6 1 1 up
             16:04 ZZ 4 2 0 down
             16:04 ZZ 6 1 1 up",
        );
}

/// A prefix is counted for its origins in the baseline, whoever announces it later; each watched
/// ASN has its rows.
#[test]
fn prefixes_are_counted_for_their_origins_in_the_baseline() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:00    ABC rib 10.0.3.0/24 @ 64510
         16:01:10 ABC announce 10.0.1.0/24 @ 64599
         16:02:10 ABC withdraw 10.0.2.0/24
         16:03:10 ABC withdraw 10.0.1.0/24
         16:04:10 ABC state 6 1",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:05")
    .shows(
        "asns",
        "minute asn family prefixes_baseline prefixes_visible status
         16:01 64500 4 2 2 up
         16:01 64510 4 1 1 up
         16:02 64500 4 2 1 degraded
         16:02 64510 4 1 1 up
         16:03 64500 4 2 0 down
         16:03 64510 4 1 1 up
         16:04 64500 4 2 0 unknown
         16:04 64510 4 1 0 unknown",
    );
}
