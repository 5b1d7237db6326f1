//! Events: what people would call one outage of an AS or a country.

use crate::harness::Scene;

/// A RIB of ten prefixes of AS64500, 10.0.0.0/24 to 10.0.9.0/24, at three peers.
fn ten_prefixes() -> String {
    let rib = (0..10).map(|n| format!("16:00 ABC rib 10.0.{n}.0/24 @ 4837 64500\n"));
    format!("cover 16:00 18:00\n{}", rib.collect::<String>())
}

const QUESTION: &str = "--asn 64500 --from 16:00 --to 17:30";

/// An event begins with a tenth of the members lost and ends with fewer; it tells its course.
#[test]
fn the_course_of_an_event() {
    Scene::of(&format!(
        "{}
         16:10:00 ABC withdraw 10.0.0.0/24
         16:11:00 ABC withdraw 10.0.1.0/24,10.0.2.0/24,10.0.3.0/24,10.0.4.0/24,10.0.5.0/24
         16:20:00 ABC announce 10.0.0.0/24,10.0.1.0/24 @ 4837 64500
         16:21:00 ABC announce 10.0.2.0/24,10.0.3.0/24 @ 4837 64500
         16:22:00 ABC announce 10.0.4.0/24,10.0.5.0/24 @ 20485 64500",
        ten_prefixes()
    ))
    .ask(QUESTION)
    .shows(
        "events",
        "event scope entity families start end end_kind prefixes_baseline prefixes_lost_max worst_at down_from down_to half_back_at last_back_at still_lost prefix_seconds_lost
         1 asn AS64500 4 16:10 16:22 back 10 6 16:11 16:11 16:20 16:21 16:22 0 3660",
    )
    .shows(
        "events",
        "first_lost last_lost common_as upstreams_before upstreams_during upstreams_after units_none_max units_covered_max collectors
         AS64501,AS64502,AS64503 AS64501,AS64502,AS64503 - AS4837 - AS4837,AS20485 6 0 rrc00",
    )
    .shows_where("outages", "scope=asn", "event start end depth\n 1 16:11 16:20 0.6000");
}

/// Two with less than a minute between them are one.
#[test]
fn a_pause_of_less_than_a_minute() {
    for (again, events) in [
        ("16:12:59", "start end\n 16:10 16:14"),
        ("16:13:00", "start end\n 16:10 16:12\n 16:13 16:14"),
    ] {
        Scene::of(&format!(
            "{}
             16:10:00 ABC withdraw 10.0.0.0/24
             16:12:00 ABC announce 10.0.0.0/24 @ 4837 64500
             {again} ABC withdraw 10.0.1.0/24
             16:14:00 ABC announce 10.0.1.0/24 @ 4837 64500",
            ten_prefixes()
        ))
        .ask(QUESTION)
        .shows("events", events);
    }
}

/// Where half of the worst is back and nothing more is lost for ten minutes, an event is over; what
/// is still gone then belongs to no later event, and its return is told.
#[test]
fn a_long_tail_belongs_to_no_later_event() {
    Scene::of(&format!(
        "{}
         16:10:00 ABC withdraw 10.0.0.0/24,10.0.1.0/24,10.0.2.0/24,10.0.3.0/24
         16:20:00 ABC announce 10.0.0.0/24,10.0.1.0/24 @ 4837 64500
         16:40:00 ABC withdraw 10.0.9.0/24
         16:41:00 ABC announce 10.0.9.0/24 @ 4837 64500
         17:00:00 ABC announce 10.0.2.0/24,10.0.3.0/24 @ 4837 64500",
        ten_prefixes()
    ))
    .ask(QUESTION)
    .shows(
        "events",
        "start end prefixes_lost_max half_back_at last_back_at still_lost prefixes
         16:10 16:20 4 16:20 17:00 2 10.0.0.0/24,10.0.1.0/24,10.0.2.0/24,10.0.3.0/24
         16:40 16:41 1 16:41 16:41 0 10.0.9.0/24",
    );
}

/// As long as more is lost within ten minutes, it goes on.
#[test]
fn more_losses_within_ten_minutes_keep_it_open() {
    Scene::of(&format!(
        "{}
         16:10:00 ABC withdraw 10.0.0.0/24,10.0.1.0/24,10.0.2.0/24,10.0.3.0/24
         16:20:00 ABC announce 10.0.0.0/24,10.0.1.0/24,10.0.2.0/24 @ 4837 64500
         16:29:00 ABC withdraw 10.0.9.0/24
         17:00:00 ABC announce 10.0.3.0/24,10.0.9.0/24 @ 4837 64500",
        ten_prefixes()
    ))
    .ask(QUESTION)
    .shows(
        "events",
        "start end still_lost last_back_at\n 16:10 16:29 2 17:00",
    );
}

/// What is unknown neither opens, ends nor splits an event.
#[test]
fn unknown_neither_opens_ends_nor_splits() {
    Scene::of(&format!(
        "{}
         16:10:00 ABC withdraw 10.0.0.0/24,10.0.1.0/24
         16:15:00 ABC state 6 1
         16:20:00 ABC state 1 6
         16:21:00 ABC announce 10.0.2.0/24,10.0.3.0/24,10.0.4.0/24,10.0.5.0/24,10.0.6.0/24,10.0.7.0/24,10.0.8.0/24,10.0.9.0/24 @ 4837 64500
         16:22:00 ABC announce 10.0.0.0/24,10.0.1.0/24 @ 4837 64500",
        ten_prefixes()
    ))
    .ask(QUESTION)
    .shows(
        "events",
        "start end end_kind end_uncertainty_s prefix_seconds_lost prefixes_lost_max\n 16:10 16:22 back 420 600 2",
    );
}

/// An event that runs into a gap lasted at least until then; one that is known to be down at the
/// window's end is not back.
#[test]
fn ends_that_are_not_seen() {
    let withdrawn = "16:10:00 ABC withdraw 10.0.0.0/24,10.0.1.0/24";
    Scene::of(&format!("{}{withdrawn}", ten_prefixes()))
        .ask(QUESTION)
        .shows(
            "events",
            "start end end_kind end_uncertainty_s still_lost last_back_at\n 16:10 17:30 window - 2 -",
        );
    Scene::of(&format!("{}{withdrawn}", ten_prefixes()).replace("18:00", "16:20"))
        .ask(QUESTION)
        .exits(3)
        .shows(
            "events",
            "start end end_kind end_uncertainty_s prefix_seconds_lost\n 16:10 16:20 unknown - 1200",
        )
        .shows_where(
            "outages",
            "entity=10.0.0.0/24",
            "start end end_kind duration_s down_s\n 16:10 16:20 unknown 600 600",
        );
}

/// The IPv4 and IPv6 prefixes of an AS are one AS: an event of one family names it.
#[test]
fn both_families_are_one_as() {
    let six = "16:00 ABC rib 2001:db8::/48 @ 64500";
    Scene::of(&format!(
        "{}{six}
         16:10:00 ABC withdraw 2001:db8::/48
         16:12:00 ABC announce 2001:db8::/48 @ 64500
         16:20:00 ABC withdraw 2001:db8::/48,10.0.1.0/24
         16:22:00 ABC announce 2001:db8::/48,10.0.1.0/24 @ 64500",
        ten_prefixes()
    ))
    .ask(QUESTION)
    .shows(
        "events",
        "entity families start end prefixes_baseline prefixes_lost_max
         AS64500 6   16:10 16:12 11 1
         AS64500 4,6 16:20 16:22 11 2",
    );
}

/// A hijacker's routes are no return of the network: they are named.
#[test]
fn back_by_another_origins_routes() {
    Scene::of(
        "cover 16:00 17:00
         16:00    ABC rib 10.0.1.0/24 @ 4837 64500
         16:10:00 ABC withdraw 10.0.1.0/24
         16:20:00 ABC announce 10.0.1.0/24 @ 174 64666",
    )
    .ask("--asn 64500 --from 16:00 --to 16:40")
    .shows_where(
        "outages",
        "scope=prefix",
        "start end end_kind other_origins\n 16:10 16:20 back AS64666",
    )
    .shows(
        "events",
        "entity end_kind other_origins\n AS64500 back AS64666",
    );
}

/// A path to another origin that a peer takes up during the loss is never stuck, however long it
/// keeps it.
#[test]
fn a_hijack_during_a_loss_is_not_stuck() {
    Scene::of(
        "cover 10:00 14:00
         10:00    ABCDEFGHIJKL rib 10.0.1.0/24 @ 3356 64500
         11:00:00 ABCDEFGHIJKL withdraw 10.0.1.0/24
         11:05:00 K announce 10.0.1.0/24 @ 174 64666
         13:00:00 ABCDEFGHIJKL announce 10.0.1.0/24 @ 3356 64500",
    )
    .ask("--asn 64500 --from 10:30 --to 13:30")
    .shows_where(
        "outages",
        "scope=prefix",
        "start end stuck_peers other_origins\n 11:00 13:00 - AS64666",
    );
}

/// A route that a peer takes up more than ten minutes after the loss began is no leftover of it.
#[test]
fn a_route_taken_up_later_is_not_stuck() {
    for (at, stuck) in [("11:10:00", "AS64511"), ("11:10:01", "-")] {
        Scene::of(&format!(
            "cover 10:00 14:00
             10:00    ABCDEFGHIJKL rib 10.0.1.0/24 @ 3356 64500
             11:00:00 ABCDEFGHIJKL withdraw 10.0.1.0/24
             {at} K announce 10.0.1.0/24 @ 3356 64500
             13:00:00 ABCDEFGHIJL announce 10.0.1.0/24 @ 3356 64500"
        ))
        .ask("--asn 64500 --from 10:30 --to 13:30")
        .shows_where("outages", "scope=prefix", &format!("stuck_peers\n {stuck}"));
    }
}

/// One dead session among ten that keeps a stale path does not hide behind which AS the paths were
/// lost, nor that the upstream left.
#[test]
fn one_stale_path_does_not_hide_the_common_as() {
    Scene::of(
        "cover 16:00 17:00
         16:00    ABCDEFGHIJ rib 10.0.1.0/24 @ 3356 4837 64500
         16:00    KLMNOPQRST rib 10.0.1.0/24 @ 174 20485 64500
         16:10:00 ABCDEFGHIJ withdraw 10.0.1.0/24
         16:10:00 LMNOPQRST withdraw 10.0.1.0/24
         16:20:00 ABCDEFGHIJLMNOPQRST announce 10.0.1.0/24 @ 3356 4837 64500",
    )
    .ask("--asn 64500 --from 16:00 --to 16:40")
    .shows_where(
        "upstream_changes",
        "upstream=20485",
        "time change peer_asns_before peer_asns_after\n 16:10 leaves 10 1",
    );
}

/// An AS that withdraws its specifics under a covering route is down by its prefixes and reached all
/// the same.
#[test]
fn specifics_withdrawn_under_a_covering_route() {
    Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.0.0/22 @ 64500
         16:00    ABC rib 10.0.0.0/24 @ 64500
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:10:00 ABC withdraw 10.0.0.0/24,10.0.1.0/24,10.0.2.0/24",
    )
    .ask("--asn 64500 --from 16:00 --to 16:20")
    .shows_where(
        "outages",
        "scope=asn",
        "start depth reachable\n 16:10 0.7500 1.0000",
    )
    .shows(
        "events",
        "start prefixes_lost_max units_none_max units_covered_max\n 16:10 3 0 3",
    );
}

/// A country's new prefixes do not make up for what it lost, and an outage between two minute ends
/// is measured when it was deepest.
#[test]
fn a_country_that_loses_three_of_four_blocks() {
    let scene = Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.0.0/16 @ 64500
         16:00    ABC rib 10.1.0.0/16 @ 64501
         16:00    ABC rib 10.2.0.0/16 @ 64502
         16:00    ABC rib 10.3.0.0/16 @ 64503
         16:10:05 ABC withdraw 10.1.0.0/16,10.2.0.0/16,10.3.0.0/16
         16:10:10 ABC announce 10.0.0.0/24,10.0.1.0/24,10.0.2.0/24,10.0.3.0/24 @ 64500
         16:10:45 ABC announce 10.1.0.0/16,10.2.0.0/16,10.3.0.0/16 @ 64501",
    );
    let list = scene.write(
        "delegated",
        "2|apnic|20141221|1|19830613|20141220|+1000\napnic|ZZ|ipv4|10.0.0.0|262144|20091221|allocated\n",
    );
    scene
        .ask(&format!(
            "--country ZZ --delegated {} --from 16:00 --to 16:20",
            list.display()
        ))
        .shows_where(
            "outages",
            "scope=country",
            "entity start end depth reachable\n ZZ 16:10:05 16:10:45 0.7500 0.2500",
        )
        .shows_where(
            "country",
            "minute=16:10",
            "prefixes_baseline prefixes_visible prefixes_new units_baseline status reachable\n 4 4 4 1024 up 1.0000",
        )
        .shows_where(
            "events",
            "scope=country",
            "entity start end prefixes_lost_max units_none_max\n ZZ 16:10:05 16:10:45 3 768",
        );
}

/// Each event under the choices that a reviewer would ask for, with the same members.
#[test]
fn how_much_an_event_depends_on_choices() {
    Scene::of(
        "cover 16:00 16:30
         cover rrc01 16:00 16:30
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:00    rrc01/EFGH rib 10.0.1.0/24 @ 64500
         16:10:00 A withdraw 10.0.1.0/24
         16:10:10 BCD withdraw 10.0.1.0/24
         16:10:20 rrc01/EF withdraw 10.0.1.0/24
         16:10:30 rrc01/G withdraw 10.0.1.0/24
         16:15:00 ABCD announce 10.0.1.0/24 @ 64500
         16:15:10 rrc01/EFG announce 10.0.1.0/24 @ 64500",
    )
    .ask("--asn 64500 --from 16:00 --to 16:20")
    .shows("events", "start end\n 16:10:20 16:15")
    .shows(
        "sensitivity",
        "event choice start end end_kind prefixes_lost_max start_offset_s end_offset_s
         1 collector=rrc00 16:10:10 16:15    back 1 -10 0
         1 collector=rrc01 16:10:30 16:15:10 back 1 10  10
         1 full_feed=50%   16:10:20 16:15    back 1 0   0
         1 full_feed=90%   16:10:20 16:15    back 1 0   0
         1 full_feed=all   16:10:20 16:15    back 1 0   0
         1 visible=25%     16:10:30 16:15    back 1 10  0
         1 visible=75%     16:10:10 16:15:10 back 1 -10 10",
    );
}
