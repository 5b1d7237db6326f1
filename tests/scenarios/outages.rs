//! What is reported of an outage: order, paths, uncertainty, stuck peers, collectors, stages.

use crate::harness::Scene;

/// The order in which vantage ASes lost a prefix and got it back, with their last paths.
#[test]
fn the_order_of_loss_and_return() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.1.0/24 @ 3356 4837 64500
         16:00    DEF rib 10.0.1.0/24 @ 174 4837 64500
         16:01:00 B announce 10.0.1.0/24 @ 1299 4837 64500
         16:02:00 B withdraw 10.0.1.0/24
         16:02:10 D withdraw 10.0.1.0/24
         16:02:20 A withdraw 10.0.1.0/24
         16:03:00 CE withdraw 10.0.1.0/24
         16:03:30 F withdraw 10.0.1.0/24
         16:10:00 F announce 10.0.1.0/24 @ 174 20485 64500
         16:10:10 A announce 10.0.1.0/24 @ 3356 4837 64500
         16:10:20 B announce 10.0.1.0/24 @ 3356 4837 64500
         16:11:00 CDE announce 10.0.1.0/24 @ 3356 4837 64500",
    );
    scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:15")
        .shows_where(
            "outages",
            "scope=prefix",
            "start end depth first_lost last_lost upstreams_before upstreams_after common_as lost_first_hops start_uncertainty_s end_uncertainty_s stuck_peers
             16:03 16:10:20 1.0000 AS64502 AS64506 AS4837 AS4837,AS20485 4837 3 0 0 -",
        )
        .shows_where(
            "losses",
            "scope=prefix",
            "position lost lost_at back_at last_path
             1 AS64502 16:02    16:10:20 64502,1299,4837,64500
             2 AS64504 16:02:10 16:11    64504,174,4837,64500
             3 AS64501 16:02:20 16:10:10 64501,3356,4837,64500
             4 AS64503 16:03    16:11    64503,3356,4837,64500
             4 AS64505 16:03    16:11    64505,174,4837,64500
             6 AS64506 16:03:30 16:10    64506,174,4837,64500",
        );
}

/// The common AS is the one that all lost paths share and no surviving path has.
#[test]
fn only_the_paths_through_one_upstream_are_lost() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABCDEF rib 10.0.1.0/24 @ 3356 20485 64500
         16:00    GHI rib 10.0.1.0/24 @ 3356 4837 64500
         16:00    J rib 10.0.1.0/24 @ 4837 64500
         16:03:00 ABCDEF withdraw 10.0.1.0/24",
    );
    scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:10")
        .prints("AS20485 (upstream)\n")
        .shows_where(
            "outages",
            "scope=prefix",
            "start end depth upstreams_before upstreams_after common_as end_kind end_uncertainty_s
             16:03 16:10 0.6000 AS4837,AS20485 - 20485 window -",
        );
}

/// All lost paths share the upstream, but a surviving one has it too: the common AS is the next
/// one.
#[test]
fn where_paths_through_the_upstream_survive_the_common_as_is_further_out() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.1.0/24 @ 3356 4837 64500
         16:00    D rib 10.0.1.0/24 @ 174 4837 64500
         16:03:00 ABC withdraw 10.0.1.0/24",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:10")
    .prints("AS3356\n")
    .shows_where("outages", "scope=prefix", "common_as\n 3356");
}

/// A loss that only a later RIB shows may have been at any time since the peers' last messages.
#[test]
fn a_loss_shown_only_by_a_rib_has_an_uncertain_start() {
    Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.9.0/24 @ 64500
         16:05    ABC announce 10.0.1.0/24 @ 3356 64500
         16:20    ABC rib 10.0.9.0/24 @ 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:30")
    .shows_where(
        "outages",
        "scope=prefix",
        "start end start_uncertainty_s end_uncertainty_s
         16:20 16:30 900 -",
    );
}

/// A loss observed after a gap may have been at any time in it; so may a return.
#[test]
fn a_gap_widens_the_uncertainty_of_a_loss_in_it() {
    let scene = Scene::of(
        "cover 16:00 16:10
         cover 16:20 16:30
         cover 16:40 16:50
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:21:00 ABC withdraw 10.0.1.0/24
         16:45:00 ABC announce 10.0.1.0/24 @ 64500",
    );
    scene
        .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:50")
        .exits(3)
        .shows_where(
            "outages",
            "scope=prefix",
            "start end start_uncertainty_s end_uncertainty_s
             16:21 16:45 660 900",
        );
}

/// A session that goes down with the route, and settles without it.
#[test]
fn a_session_re_established_without_the_route() {
    Scene::of(
        "cover 16:00 16:30
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:02:00 AB state 6 1
         16:03:00 AB state 5 6
         16:05:00 C withdraw 10.0.1.0/24
         16:20:00 ABCD announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:25 --min-vantage 1")
    .shows_where(
        "outages",
        "scope=prefix",
        // At 16:13 A and B settle without it: with C that is three of four. Had they lost it at
        // 16:02, C would have crossed one half at 16:05.
        "start end start_uncertainty_s end_uncertainty_s
         16:13 16:20 480 0",
    );
}

/// One of eleven keeps the route unchanged for ninety minutes.
#[test]
fn a_stuck_peer() {
    let scene = Scene::of(
        "cover 10:00 14:00
         10:00 ABCDEFGHIJK rib 10.0.1.0/24 @ 3356 64500
         11:00 ABCDEFGHIJ withdraw 10.0.1.0/24
         12:40 ABCDEFGHIJ announce 10.0.1.0/24 @ 3356 64500",
    );
    scene
        .ask("--prefix 10.0.0.0/8 --from 10:00 --to 14:00")
        .shows_where(
            "outages",
            "scope=prefix",
            "start end depth depth_without_stuck stuck_peers common_as
             11:00 12:40 0.9091 1.0000 AS64511 3356",
        )
        .shows_where("peers", "peer_asn=64511", "family stuck_prefixes\n 4 1");
    scene
        .ask("--prefix 10.0.0.0/8 --from 10:00 --to 12:30")
        .shows_where("outages", "scope=prefix", "stuck_peers\n AS64511");
    scene
        .ask("--prefix 10.0.0.0/8 --from 10:00 --to 12:29")
        .shows_where("outages", "scope=prefix", "stuck_peers\n -");
}

/// A peer that used another path in between is not stuck.
#[test]
fn a_peer_that_changes_its_path_is_not_stuck() {
    Scene::of(
        "cover 10:00 14:00
         10:00 ABCDEFGHIJK rib 10.0.1.0/24 @ 3356 64500
         11:00 ABCDEFGHIJ withdraw 10.0.1.0/24
         11:50 K announce 10.0.1.0/24 @ 1299 64500
         12:40 ABCDEFGHIJ announce 10.0.1.0/24 @ 3356 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 10:00 --to 14:00")
    .shows_where(
        "outages",
        "scope=prefix",
        "depth depth_without_stuck stuck_peers\n 0.9091 0.9091 -",
    );
}

/// Outages shorter than `--min-outage` are left out; `--hysteresis` ends one only above one half.
#[test]
fn shortest_length_and_hysteresis() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABCDEFGHIJ rib 10.0.1.0/24 @ 64500
         16:01:00 ABCDEF withdraw 10.0.1.0/24
         16:01:30 A announce 10.0.1.0/24 @ 64500
         16:02:00 A withdraw 10.0.1.0/24
         16:05:00 A announce 10.0.1.0/24 @ 64500
         16:06:00 B announce 10.0.1.0/24 @ 64500",
    )
    .without_derived("with a hysteresis the two count the known part of an outage differently");
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 16:15";
    scene.ask(question).shows_where(
        "outages",
        "scope=prefix",
        "start end\n 16:01 16:01:30\n 16:02 16:05",
    );
    scene
        .ask(&format!("{question} --min-outage 60"))
        .shows_where("outages", "scope=prefix", "start end\n 16:02 16:05");
    scene
        .ask(&format!("{question} --hysteresis 10"))
        .shows_where("outages", "scope=prefix", "start end\n 16:01 16:06");
}

/// The order in which the prefixes of an AS are lost and return.
#[test]
fn the_order_of_an_as() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.1.0/24 @ 4837 64500
         16:00    ABC rib 10.0.2.0/24 @ 4837 64500
         16:00    ABC rib 10.0.3.0/24 @ 4837 64500
         16:01:00 ABC withdraw 10.0.2.0/24
         16:01:30 ABC withdraw 10.0.1.0/24,10.0.3.0/24
         16:05:00 ABC announce 10.0.3.0/24 @ 20485 64500
         16:06:00 ABC announce 10.0.1.0/24,10.0.2.0/24 @ 4837 64500",
    )
    .ask("--asn 64500 --from 16:00 --to 16:10")
    .shows_where(
        "outages",
        "scope=asn",
        "entity start end depth first_lost last_lost upstreams_before upstreams_after common_as reachable
         AS64500 16:01:30 16:06 1.0000 10.0.2.0/24 10.0.1.0/24,10.0.3.0/24 AS4837 AS4837,AS20485 4837 0.0000",
    )
    .shows_where(
        "losses",
        "scope=asn",
        "position lost lost_at back_at
         1 10.0.2.0/24 16:01    16:06
         2 10.0.1.0/24 16:01:30 16:06
         2 10.0.3.0/24 16:01:30 16:05",
    );
}

/// A country is counted by its members, however small it is: one of three lost is no outage of it,
/// but an event.
#[test]
fn a_small_country_is_counted_like_any_group() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.0.0/22 @ 4837 64500
         16:00    ABC rib 10.0.4.0/24 @ 4837 64500
         16:00    ABC rib 10.0.5.0/24 @ 4837 64500
         16:01:00 ABC withdraw 10.0.5.0/24
         16:06:00 ABC announce 10.0.5.0/24 @ 4837 64500",
    );
    let list = scene.write(
        "delegated",
        "2|apnic|20141221|1|19830613|20141220|+1000\napnic|ZZ|ipv4|10.0.0.0|2048|20091221|allocated\n",
    );
    scene
        .ask(&format!(
            "--country ZZ --delegated {} --from 16:00 --to 16:10",
            list.display()
        ))
        .shows_where("outages", "scope=country", "entity")
        .shows_where(
            "events",
            "scope=country",
            "entity start end prefixes_lost_max prefixes_baseline prefixes
             ZZ 16:01 16:06 1 3 10.0.5.0/24",
        );
}

/// Which collectors saw an outage, and at what offset.
#[test]
fn agreement_between_collectors() {
    Scene::of(
        "cover 16:00 16:30
         cover rrc01 16:00 16:30
         cover rrc02 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    rrc01/D rib 10.0.1.0/24 @ 64500
         16:00    rrc01/E rib 10.0.1.0/24 @ 64500
         16:00    rrc02/F rib 10.0.1.0/24 @ 64500
         16:03:00 AB withdraw 10.0.1.0/24
         16:03:20 rrc01/D withdraw 10.0.1.0/24
         16:03:30 rrc01/E withdraw 10.0.1.0/24
         16:09:00 ABC announce 10.0.1.0/24 @ 64500
         16:09:10 rrc01/D announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:20")
    .shows_where("outages", "scope=prefix", "start end\n 16:03:30 16:09")
    .shows_where(
        "outage_collectors",
        "scope=prefix",
        "collector peer_asns lost_at lost_offset_s back_at back_offset_s
         rrc00 3 16:03    -30 16:09    0
         rrc01 2 16:03:30 0   16:09:10 10
         rrc02 1 -        -   -        -",
    );
}

/// A collector whose clock is 79 s ahead is found by the losses that it shares with others.
#[test]
fn a_collector_with_a_wrong_clock() {
    let scene = Scene::of(
        "cover 16:00 16:30
         cover rrc01 16:00 16:30
         cover rrc02 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:00    rrc01/D rib 10.0.1.0/24 @ 64500
         16:00    rrc01/D rib 10.0.2.0/24 @ 64500
         16:00    rrc02/E rib 10.0.1.0/24 @ 64500
         16:00    rrc02/E rib 10.0.2.0/24 @ 64500
         16:03:00 ABC withdraw 10.0.1.0/24
         16:03:02 rrc01/D withdraw 10.0.1.0/24
         16:04:19 rrc02/E withdraw 10.0.1.0/24
         16:05:00 ABC withdraw 10.0.2.0/24
         16:05:02 rrc01/D withdraw 10.0.2.0/24
         16:06:19 rrc02/E withdraw 10.0.2.0/24",
    );
    scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:20")
        .shows_where(
            "peers",
            "collector=rrc02",
            "peer_asn clock_offset_s\n 64505 79",
        )
        .shows_where("files", "collector=rrc02 kind=rib", "flags\n clock_offset")
        .shows_where("files", "collector=rrc00 kind=rib", "flags\n -");
}

/// Churn, then partial by peer, partial by prefix, total, and the return.
#[test]
fn stages_of_a_loss() {
    Scene::of(
        "cover 16:00 17:00
         16:00    ABCDE rib 10.0.1.0/24 @ 4837 64500
         16:00    ABCDE rib 10.0.2.0/24 @ 4837 64500
         16:12:10 AB announce 10.0.1.0/24 @ 1299 4837 64500
         16:14:10 AB announce 10.0.1.0/24 @ 3356 4837 64500
         16:20:00 A withdraw 10.0.1.0/24
         16:25:00 BCDE withdraw 10.0.1.0/24
         16:30:00 ABCDE withdraw 10.0.2.0/24
         16:40:00 ABCD announce 10.0.1.0/24 @ 4837 64500
         16:41:00 ABCDE announce 10.0.2.0/24 @ 4837 64500
         16:45:00 E announce 10.0.1.0/24 @ 4837 64500",
    )
    .ask("--asn 64500 --from 16:00 --to 17:00")
    .shows_where(
        "stages",
        "scope=asn",
        "stage start end prefixes_lost
         churn             16:12 16:15 0
         partial_by_peer   16:20 16:25 0
         partial_by_prefix 16:25 16:30 1
         total             16:30 16:40 2
         return            16:40 16:45 1",
    );
}

/// Unknown is not lost: no outage, no stage.
#[test]
fn unknown_minutes_make_no_outage() {
    Scene::of(
        "cover 16:00 16:10
         cover 16:30 16:40
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:31:00 ABC announce 10.0.1.0/24 @ 64500",
    )
    .ask("--asn 64500 --from 16:00 --to 16:40")
    .exits(3)
    .shows("outages", "scope entity")
    .shows("losses", "scope entity")
    .shows("stages", "scope entity")
    .shows("outage_collectors", "scope entity");
}

/// IODA's numbers: /24s that half of all full-feed peer ASes see, in bins of five minutes, against
/// the median of the 24 hours before.
#[test]
fn the_numbers_of_ioda() {
    let scene = Scene::of(
        "cover 10:00 14:00
         10:00 ABC rib 10.0.0.0/22 @ 64500
         10:00 ABC rib 10.0.1.0/24 @ 64500
         10:00 ABC rib 10.0.4.0/24 @ 64500
         10:00 ABC table 4 400000
         12:32 ABC withdraw 10.0.4.0/24
         12:41 ABC withdraw 10.0.0.0/22
         12:52 ABC announce 10.0.0.0/22 @ 64500
         12:53 ABC announce 10.0.4.0/24 @ 64500",
    );
    scene
        .ask("--asn 64500 --from 10:00 --to 13:00 --profile ioda")
        .shows_where(
            "ioda",
            "bin=11:55",
            "entity slash24s median_24h level\n AS64500 5 - -",
        )
        .shows_where(
            "ioda",
            "bin=12:00",
            "slash24s median_24h level\n 5 5 normal",
        )
        .shows_where(
            "ioda",
            "bin=12:30",
            "slash24s median_24h level\n 4 5 warning",
        )
        .shows_where(
            "ioda",
            "bin=12:40",
            "slash24s median_24h level\n 1 5 critical",
        )
        .shows_where(
            "ioda",
            "bin=12:50",
            "slash24s median_24h level\n 5 5 normal",
        );
}

/// Two of three peers restart: critical by IODA's numbers, unknown by ours, and the summary
/// explains the difference.
#[test]
fn a_difference_from_ioda_is_explained() {
    let scene = Scene::of(
        "cover 10:00 14:00
         10:00 ABC rib 10.0.0.0/22 @ 64500
         10:00 ABC table 4 400000
         12:32 AB state 6 1
         12:52 AB state 5 6
         12:53 AB announce 10.0.0.0/22 @ 64500",
    );
    scene
        .ask("--asn 64500 --from 10:00 --to 13:10 --profile ioda")
        .prints("by IODA's numbers AS64500: 4 of 14 bins critical, 0 warning")
        .prints("critical for IODA from 2014-12-22T12:30:00Z to 2014-12-22T12:50:00Z, and no outage here: IODA counts peers without data")
        .shows("outages", "scope entity");
}
