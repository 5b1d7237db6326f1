//! Upstreams of a prefix: the AS next to the origin, and when it changes.

use crate::harness::Scene;

/// North Korea, 1 October 2017: a second upstream appears for three of the four prefixes at
/// 09:07:51, leaves at 10:14:45; all four are lost four times between 10:47 and 12:26; it is back
/// at 12:21:55 for the same three.
#[test]
fn the_second_upstream_of_2017_to_the_second() {
    let mut text = "cover 08:55 12:40\n".to_owned();
    let prefixes = ["176", "177", "178", "179"].map(|n| format!("175.45.{n}.0/24"));
    for prefix in &prefixes {
        text += &format!("08:55 ABC rib {prefix} @ 4837 131279 131279\n");
    }
    let mut say = |time: &str, peers: &str, what: &str| {
        text += &format!("{time} {peers} {what}\n");
    };
    let (all, three) = (
        prefixes.join(","),
        [0, 2, 3].map(|i| &*prefixes[i]).join(","),
    );
    say("09:07:51", "A", &format!("announce {three} @ 20485 131279"));
    say(
        "09:07:58",
        "B",
        &format!("announce {three} @ 1299 20485 131279"),
    );
    say("10:14:40", "A", &format!("announce {three} @ 4837 131279"));
    say("10:14:45", "B", &format!("announce {three} @ 4837 131279"));
    let losses = [
        ("10:47:10", "10:52:30"),
        ("11:05:00", "11:06:00"),
        ("11:40:20", "11:45:00"),
        ("12:18:00", "12:26:00"),
    ];
    for (down, up) in &losses[..3] {
        say(down, "ABC", &format!("withdraw {all}"));
        say(up, "ABC", &format!("announce {all} @ 4837 131279"));
    }
    say(losses[3].0, "ABC", &format!("withdraw {all}"));
    say(
        "12:21:55",
        "AC",
        &format!("announce {three} @ 20485 131279"),
    );
    say(losses[3].1, "B", &format!("announce {all} @ 4837 131279"));
    let scene = Scene::of(&text);
    let run = scene.ask("--prefix 175.45.176.0/22 --from 09:00 --to 12:40");
    run.shows_where(
        "upstream_changes",
        "prefix=175.45.178.0/24",
        "time upstream change peer_asns_before peer_asns_after
         09:07:51 20485 appears 0 1
         10:14:45 20485 leaves 1 0
         10:47:10 4837 leaves 3 0
         10:52:30 4837 appears 0 3
         11:05 4837 leaves 3 0
         11:06 4837 appears 0 3
         11:40:20 4837 leaves 3 0
         11:45 4837 appears 0 3
         12:18 4837 leaves 3 0
         12:21:55 20485 appears 0 2
         12:26 4837 appears 0 1",
    )
    .shows_where(
        "upstream_changes",
        "time=09:07:51",
        "prefix upstream change
         175.45.176.0/24 20485 appears
         175.45.178.0/24 20485 appears
         175.45.179.0/24 20485 appears",
    )
    .shows_where(
        "upstreams",
        "prefix=175.45.177.0/24 upstream=20485",
        "minute\n",
    )
    .shows_where(
        "upstreams",
        "prefix=175.45.176.0/24 upstream=20485",
        "minute peer_asns_via
         09:07-10:13 2
         12:21-12:39 2",
    )
    .shows_where(
        "upstreams",
        "prefix=175.45.176.0/24 upstream=4837",
        "minute peer_asns_via
         09:00-09:06 3
         09:07-10:13 1
         10:14-10:46 3
         10:52-11:04 3
         11:06-11:39 3
         11:45-12:17 3
         12:26-12:39 1",
    );
}

/// Prepending does not count, sets are spelled out, confederations passed over; a path without
/// another AS has no upstream. Each vantage AS counts once, whatever it has.
#[test]
fn the_as_next_to_the_origin() {
    Scene::of(
        "cover 16:00 16:05
         cover rrc01 16:00 16:05
         peer F addpath
         16:00 A rib 10.0.1.0/24 @ 64510 64500 64500 64500
         16:00 B rib 10.0.1.0/24 @ 64511 {64500,64509}
         16:00 C rib 10.0.1.0/24 @ {64512,64513} 64500
         16:00 D rib 10.0.1.0/24 @ 64514 (65001,65002) 64500
         16:00 E rib 10.0.1.0/24 @
         16:00 F rib 10.0.1.0/24 @ 64510 64500 id=1
         16:00 F rib 10.0.1.0/24 @ 64511 64500 id=2
         16:00 rrc01/F rib 10.0.1.0/24 @ 64510 64500
         16:00 rrc01/F rib 10.0.2.0/24 @ 64510 64500
         16:00 ABCDEF table 4 9
         16:00 rrc01/F table 4 9
         16:02:10 F withdraw 10.0.1.0/24 id=1
         16:03:10 rrc01/F announce 10.0.1.0/24 @ 64515 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:01 --to 16:04")
    .shows(
        "upstreams",
        "minute upstream peer_asns_via
         16:01 64510 2
         16:01 64511 2
         16:01 64512 1
         16:01 64513 1
         16:01 64514 1
         16:02 64510 2
         16:02 64511 2
         16:02 64512 1
         16:02 64513 1
         16:02 64514 1
         16:03 64510 1
         16:03 64511 2
         16:03 64512 1
         16:03 64513 1
         16:03 64514 1
         16:03 64515 1",
    )
    .shows(
        "upstream_changes",
        "time upstream change\n 16:03:10 64515 appears",
    );
}

/// A later RIB that lists one of two paths removes the other, though the prefix stays present with
/// the listed path.
#[test]
fn a_rib_removes_one_of_two_paths() {
    Scene::of(
        "cover 16:00 16:10
         peer A addpath
         16:00    A rib 10.0.1.0/24 @ 64510 64500 id=1
         16:00    A rib 10.0.1.0/24 @ 64511 64509 id=2
         16:00    BC rib 10.0.1.0/24 @ 64510 64500
         16:05    A rib 10.0.1.0/24 @ 64510 64500 id=1
         16:05    BC rib 10.0.1.0/24 @ 64510 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:03 --to 16:07")
    .shows(
        "prefixes",
        "minute seeing origins
         16:03-16:04 3 AS64500,AS64509
         16:05-16:06 3 AS64500",
    )
    .shows(
        "upstreams",
        "minute upstream peer_asns_via
         16:03 64510 3
         16:03 64511 1
         16:04 64510 3
         16:04 64511 1
         16:05 64510 3
         16:06 64510 3",
    )
    .shows(
        "upstream_changes",
        "time upstream change\n 16:05 64511 leaves",
    );
}

/// A cut RIB shows presence only: a path that it does not list stays.
#[test]
fn a_cut_rib_removes_no_path() {
    Scene::of(
        "cover 16:00 16:10
         peer A addpath
         16:00    A rib 10.0.1.0/24 @ 64510 64500 id=1
         16:00    A rib 10.0.1.0/24 @ 64511 64500 id=2
         16:00    BC rib 10.0.1.0/24 @ 64510 64500
         16:05    A rib 10.0.1.0/24 @ 64510 64500 id=1
         16:05    BC rib 10.0.1.0/24 @ 64510 64500
         16:05    ABC rib 10.9.0.0/24 @ 64510 64500
         16:07:10 A withdraw 10.0.1.0/24 id=1",
    )
    .cut_after("rrc00/2014.12/bview.20141222.1605.gz", 3)
    .ask("--prefix 10.0.1.0/24 --from 16:04 --to 16:08")
    .exits(3)
    .shows_where(
        "upstreams",
        "upstream=64511",
        "minute peer_asns_via\n 16:04-16:07 1",
    )
    .shows("prefixes", "minute seeing\n 16:04-16:07 3");
}

/// A session that goes down and comes back makes no upstream leave or appear; the announcements and
/// withdrawals after that do.
#[test]
fn a_measurement_fault_is_no_change_of_upstream() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64510 64500
         16:01:10 ABC state 6 1
         16:02:10 ABC state 5 6
         16:02:20 AB announce 10.0.1.0/24 @ 64510 64500
         16:03:10 C announce 10.0.1.0/24 @ 64511 64500
         16:04:10 AB state 6 1
         16:05:10 AB state 5 6
         16:05:20 AB announce 10.0.1.0/24 @ 64511 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:08")
    .shows(
        "upstream_changes",
        "time upstream change peer_asns_before peer_asns_after
         16:03:10 64511 appears 0 1
         16:05:20 64510 leaves 2 0",
    )
    .shows(
        "upstreams",
        "minute upstream peer_asns_via
         16:00 64510 3
         16:02 64510 2
         16:03 64510 2
         16:03 64511 1
         16:04-16:04 64511 1
         16:05-16:07 64511 3",
    );
}

/// Without a RIB, the first observation of a prefix is no change of upstream.
#[test]
fn a_first_observation_is_no_change_of_upstream() {
    Scene::of(
        "cover 16:00 16:05
         16:01:10 A announce 10.0.1.0/24 @ 64510 64500
         16:02:10 B announce 10.0.1.0/24 @ 64511 64500
         16:03:10 A announce 10.0.1.0/24 @ 64512 64500",
    )
    .ask("--prefix 10.0.1.0/24 --full-feed all --from 16:00 --to 16:05")
    .shows(
        "upstream_changes",
        "time upstream change
         16:03:10 64510 leaves
         16:03:10 64512 appears",
    );
}

/// An upstream that a surviving prefix left before the loss has not survived.
#[test]
fn an_upstream_left_before_the_loss_has_not_survived() {
    let text = |moves: &str| {
        format!(
            "cover 16:00 16:20
             16:00    ABC rib 10.0.1.0/24 @ 4837 64500
             16:00    ABC rib 10.0.2.0/24 @ 4837 64500
             16:00    ABC rib 10.0.3.0/24 @ 4837 64500
             {moves} ABC announce 10.0.3.0/24 @ 20485 64500
             16:10:00 ABC withdraw 10.0.1.0/24,10.0.2.0/24"
        )
    };
    let columns = "start first_lost common_as";
    for (moves, common_as) in [("16:05:00", "4837"), ("16:15:00", "-")] {
        Scene::of(&text(moves))
            .ask("--asn 64500 --from 16:00 --to 16:20")
            .shows_where(
                "outages",
                "scope=asn",
                &format!("{columns}\n 16:10 10.0.1.0/24,10.0.2.0/24 {common_as}"),
            );
    }
}
