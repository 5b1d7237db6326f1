//! Routes when a session goes down and is re-established, as state records show.

use crate::harness::Scene;

/// Without End-of-RIB (RFC 4724) a session settles exactly 600 s after its start: a prefix that the
/// peer has not announced until then is absent.
#[test]
fn a_session_settles_after_600_seconds() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:00    ABCD rib 10.0.2.0/24 @ 64500
         16:01:10 A state 6 1
         16:02:10 A state 1 6
         16:02:20 A announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:14")
    .exits(0)
    .shows_where(
        "prefixes",
        "prefix=10.0.1.0/24",
        "minute full known seeing min max visibility visibility_low visibility_high status
         16:00       4 4 4 4 4 1.0000 1.0000 1.0000 up
         16:01       4 3 3 3 4 1.0000 0.7500 1.0000 up
         16:02       4 4 4 3 4 1.0000 1.0000 1.0000 up
         16:03-16:13 4 4 4 4 4 1.0000 1.0000 1.0000 up",
    )
    .shows_where(
        "prefixes",
        "prefix=10.0.2.0/24",
        "minute full known seeing min max visibility visibility_low visibility_high status
         16:00       4 4 4 4 4 1.0000 1.0000 1.0000 up
         16:01       4 3 3 3 4 1.0000 0.7500 1.0000 up
         16:02-16:11 4 3 3 3 3 1.0000 0.7500 1.0000 up
         16:12-16:13 4 4 3 3 3 0.7500 0.7500 0.7500 degraded",
    )
    .shows(
        "transitions",
        "time peer_asn prefix from to cause
         16:01:10 64501 10.0.1.0/24 present unknown session_down
         16:01:10 64501 10.0.2.0/24 present unknown session_down
         16:02:20 64501 10.0.1.0/24 unknown present announce
         16:12:10 64501 10.0.2.0/24 unknown absent settle",
    )
    .shows_where(
        "peers",
        "peer_asn=64501",
        "sessions_lost seconds_unknown\n 1 660",
    );
}

/// The settling comes before the records of its own timestamp.
#[test]
fn settling_comes_before_the_records_of_its_second() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:02:10 A state 1 6
         16:12:10 A announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:12 --to 16:14")
    .shows(
        "transitions",
        "time from to cause
         16:12:10 unknown absent settle
         16:12:10 absent present announce",
    )
    .shows(
        "prefixes",
        "minute known seeing min max visibility_min
         16:12 4 4 3 4 1.0000
         16:13 4 4 4 4 1.0000",
    );
}

/// End-of-RIB settles its family at once, and only its own.
#[test]
fn end_of_rib_settles_a_family() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:00    ABCD rib 2001:db8::/48 @ 64500
         16:01:10 A state 6 1
         16:02:10 A state 1 6
         16:03:10 A eor 4
         16:04:10 A eor 6",
    )
    .ask("--prefix 10.0.0.0/8 --prefix 2001:db8::/32 --from 16:02 --to 16:06")
    .shows(
        "prefixes",
        "minute prefix known seeing status
         16:02 10.0.1.0/24   3 3 up
         16:02 2001:db8::/48 3 3 up
         16:03 10.0.1.0/24   4 3 degraded
         16:03 2001:db8::/48 3 3 up
         16:04 10.0.1.0/24   4 3 degraded
         16:04 2001:db8::/48 4 3 degraded
         16:05 10.0.1.0/24   4 3 degraded
         16:05 2001:db8::/48 4 3 degraded",
    )
    .shows(
        "transitions",
        "time prefix from to cause
         16:03:10 10.0.1.0/24   unknown absent settle
         16:04:10 2001:db8::/48 unknown absent settle",
    );
}

/// A collector that restarts loses every session: everything is unknown, and that is no outage.
#[test]
fn a_restarting_collector_is_no_outage() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 ABC state 6 1
         16:03:10 ABC state 1 6
         16:03:20 A announce 10.0.1.0/24 @ 64500
         16:04:20 BC announce 10.0.1.0/24 @ 64500
         16:04:30 ABC eor 4",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:06")
    .exits(0)
    .shows(
        "prefixes",
        "minute full known seeing min max visibility visibility_min visibility_low visibility_high status
         16:00 3 3 3 3 3 1.0000 1.0000 1.0000 1.0000 up
         16:01 3 0 0 0 3 -      1.0000 0.0000 1.0000 unknown
         16:02 3 0 0 0 0 -      -      0.0000 1.0000 unknown
         16:03 3 1 1 0 1 1.0000 1.0000 0.3333 1.0000 unknown
         16:04 3 3 3 1 3 1.0000 1.0000 1.0000 1.0000 up
         16:05 3 3 3 3 3 1.0000 1.0000 1.0000 1.0000 up",
    )
    .shows("outages", "scope entity start end");
}

/// The first UPDATE after a loss whose start was not recorded is the start; a KEEPALIVE is not.
#[test]
fn the_first_update_after_a_session_loss_starts_the_session() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:00    ABCD rib 10.0.2.0/24 @ 64500
         16:01:10 A state 6 1
         16:01:40 A keepalive
         16:02:10 A announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:14")
    .shows(
        "transitions",
        "time prefix from to cause
         16:01:10 10.0.1.0/24 present unknown session_down
         16:01:10 10.0.2.0/24 present unknown session_down
         16:02:10 10.0.1.0/24 unknown present announce
         16:12:10 10.0.2.0/24 unknown absent settle",
    );
}

/// RIS files are full of 6 → 1 by neighbours that never send an UPDATE: losses of a session without
/// an UPDATE or a start between them count once.
#[test]
fn repeated_losses_without_updates_between_count_once() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:01:10 A state 6 1
         16:02:10 A state 6 1
         16:03:10 A state 6 1
         16:04:10 A announce 10.0.1.0/24 @ 64500
         16:05:10 A state 6 1
         16:01:20 E state 6 1
         16:02:20 E state 6 1",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:07")
    .shows(
        "peers",
        "peer_asn full_feed sessions_lost seconds_unknown
         64501 true  2 350
         64502 true  0 0
         64503 true  0 0
         64504 true  0 0
         64505 false 1 420",
    )
    .shows(
        "transitions",
        "time peer_asn from to cause
         16:01:10 64501 present unknown session_down
         16:04:10 64501 unknown present announce
         16:05:10 64501 present unknown session_down",
    );
}

/// Changes between Active and Connect are attempts to come up, and change nothing.
#[test]
fn changes_between_connect_and_active_are_ignored() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 A state 3 2
         16:01:20 A state 2 3",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:03")
    .shows(
        "prefixes",
        "minute known seeing min max\n 16:01-16:02 3 3 3 3",
    )
    .shows_where("peers", "peer_asn=64501", "sessions_lost\n 0");
}

/// A new loss cancels a settle that is pending.
#[test]
fn a_new_loss_cancels_the_settle() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:01:10 A state 1 6
         16:05:10 A state 6 1",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:15")
    .shows(
        "transitions",
        "time from to cause
         16:01:10 present unknown session_up",
    )
    .shows(
        "prefixes",
        "minute known seeing\n 16:00 4 4\n 16:01-16:14 3 3",
    );
}

/// A session start without a recorded loss makes the peer's routes unknown all the same.
#[test]
fn a_session_start_makes_routes_unknown_and_a_withdrawal_absent() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:01:10 A state 5 6
         16:02:10 A withdraw 10.0.1.0/24",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:04")
    .shows(
        "prefixes",
        "minute known seeing
         16:00 4 4
         16:01 3 3
         16:02-16:03 4 3",
    );
}

/// A peer that no RIB lists is unknown until it speaks, and after a gap, damage or a loss until it
/// speaks again; prefixes of which it never spoke do not make it unknown.
#[test]
fn a_peer_without_a_rib_is_unknown_until_it_speaks() {
    Scene::of(
        "cover 16:00 16:30
         16:01    ABC announce 10.0.1.0/24 @ 64500
         16:02    D announce 10.0.2.0/24 @ 64500
         16:02:30 D state 6 1
         16:03    D announce 10.0.2.0/24 @ 64500
         16:06    A announce 10.0.1.0/24 @ 64500
         16:11    A announce 10.0.1.0/24 @ 64500
         16:12    B announce 10.0.9.0/24 @ 64500
         16:13    B raw 16 4 0000fbf6 00000064 0000 0001 c0000202 c0000201 ffff
         16:14    B announce 10.0.9.0/24 @ 64500",
    )
    .without("rrc00/2014.12/updates.20141222.1605.gz")
    .ask("--prefix 10.0.1.0/24 --full-feed all --from 16:00 --to 16:20")
    .exits(3)
    .shows(
        "peers",
        "peer_asn table_size full_feed sessions_lost seconds_unknown
         64501 - true 0 420
         64502 - true 0 540
         64503 - true 0 960
         64504 - true 1 1170",
    );
}
