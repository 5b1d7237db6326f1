//! Status and outages.

use crate::harness::Scene;

/// Up from 90 %, degraded from 50 %, down below; an outage begins and ends at 50 %.
#[test]
fn up_degraded_and_down() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABCDEFGHIJ rib 10.0.1.0/24 @ 64500
         16:01:10 A withdraw 10.0.1.0/24
         16:02:10 B withdraw 10.0.1.0/24
         16:03:10 CDE withdraw 10.0.1.0/24
         16:04:10 F withdraw 10.0.1.0/24
         16:05:10 F announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:06")
    .shows(
        "prefixes",
        "minute known seeing visibility status
         16:00 10 10 1.0000 up
         16:01 10  9 0.9000 up
         16:02 10  8 0.8000 degraded
         16:03 10  5 0.5000 degraded
         16:04 10  4 0.4000 down
         16:05 10  5 0.5000 degraded",
    )
    .shows_where(
        "outages",
        "scope=prefix",
        "entity start end duration_s depth end_kind
         10.0.1.0/24 16:04:10 16:05:10 60 0.6000 back",
    );
}

/// Unknown when fewer than half of the full-feed vantage ASes are known.
#[test]
fn unknown_below_half() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABCDEFGHIJ rib 10.0.1.0/24 @ 64500
         16:01:10 ABCDE state 6 1
         16:02:10 F state 6 1",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:03")
    .shows(
        "prefixes",
        "minute full known seeing visibility visibility_low visibility_high status
         16:00 10 10 10 1.0000 1.0000 1.0000 up
         16:01 10  5  5 1.0000 0.5000 1.0000 up
         16:02 10  4  4 1.0000 0.4000 1.0000 unknown",
    );
}

/// Unknown when fewer than three are known, or fewer than `--min-vantage`.
#[test]
fn unknown_below_three() {
    let scene = Scene::of(
        "cover 16:00 16:05
         16:00 AB rib 10.0.1.0/24 @ 64500
         16:00 C rib 20.0.0.0/24 @ 64500
         16:01:10 C state 6 1",
    );
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 16:02";
    scene.ask(question).shows(
        "prefixes",
        "minute full known seeing status
         16:00 3 3 2 degraded
         16:01 3 2 2 unknown",
    );
    scene
        .ask(&format!("{question} --min-vantage 2"))
        .shows("prefixes", "minute status\n 16:00 degraded\n 16:01 up");
}

/// Unseen while it has never yet been visible, that is, seen by half of the known vantage ASes.
#[test]
fn unseen_until_visible() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC table 4 1
         16:01:10 A announce 10.0.1.0/24 @ 64500
         16:02:10 B announce 10.0.1.0/24 @ 64500
         16:03:10 AB withdraw 10.0.1.0/24",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05")
    .shows(
        "prefixes",
        "minute known seeing status
         16:00 3 0 unseen
         16:01 3 1 unseen
         16:02 3 2 degraded
         16:03-16:04 3 0 down",
    )
    .shows("outages", "scope entity start");
}

/// Four losses within two minutes are four outages.
#[test]
fn four_losses_within_two_minutes() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:00 ABC withdraw 10.0.1.0/24
         16:01:20 AB announce 10.0.1.0/24 @ 64500
         16:01:30 A withdraw 10.0.1.0/24
         16:01:40 A announce 10.0.1.0/24 @ 64500
         16:02:00 AB withdraw 10.0.1.0/24
         16:02:10 ABC announce 10.0.1.0/24 @ 64500
         16:02:40 ABC withdraw 10.0.1.0/24
         16:02:50 ABC announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05")
    .shows_where(
        "outages",
        "scope=prefix",
        "start end duration_s depth
         16:01    16:01:20 20 1.0000
         16:01:30 16:01:40 10 0.6667
         16:02    16:02:10 10 1.0000
         16:02:40 16:02:50 10 1.0000",
    );
}

/// Unknown spans neither open an outage nor close one.
#[test]
fn unknown_spans_neither_open_nor_close_an_outage() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:01:10 ABC withdraw 10.0.1.0/24
         16:02:10 ABC state 6 1
         16:03:10 ABC state 1 6
         16:04:10 ABC withdraw 10.0.1.0/24
         16:04:20 ABC announce 10.0.2.0/24 @ 64500
         16:05:10 ABC announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:07")
    .shows_where(
        "outages",
        "scope=prefix",
        "entity start end depth
         10.0.1.0/24 16:01:10 16:05:10 1.0000",
    );
}

/// A loss that was under way when the window began has its true start; one that lasts beyond the
/// window ends with it.
#[test]
fn outages_that_reach_out_of_the_window() {
    Scene::of(
        "cover 14:30 16:10
         14:30    ABC rib 10.0.1.0/24 @ 64500
         14:30    ABC rib 10.0.2.0/24 @ 64500
         15:50:10 ABC withdraw 10.0.1.0/24
         16:01:10 ABC announce 10.0.1.0/24 @ 64500
         16:02:10 ABC withdraw 10.0.2.0/24",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05")
    .shows_where(
        "outages",
        "scope=prefix",
        "entity start end end_kind duration_s baseline
         10.0.1.0/24 15:50:10 16:01:10 back   660 measured
         10.0.2.0/24 16:02:10 16:05    window 170 measured",
    );
}

/// A prefix that was not in the baseline has to have been visible for `--min-life` minutes.
#[test]
fn a_short_lived_prefix_makes_no_outage() {
    let scene = Scene::of(
        "cover 16:00 17:25
         16:00    ABC table 4 1
         16:10    ABC announce 10.0.1.0/24 @ 64500
         16:10    ABC announce 10.0.2.0/24 @ 64500
         17:09:59 ABC withdraw 10.0.1.0/24
         17:10    ABC withdraw 10.0.2.0/24
         17:15    ABC announce 10.0.1.0/24,10.0.2.0/24 @ 64500",
    );
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 17:20";
    scene.ask(question).shows_where(
        "outages",
        "scope=prefix",
        "entity start\n 10.0.2.0/24 17:10",
    );
    scene.ask(&format!("{question} --min-life 59")).shows_where(
        "outages",
        "scope=prefix",
        "entity start
         10.0.1.0/24 17:09:59
         10.0.2.0/24 17:10",
    );
    scene
        .ask(&format!("{question} --min-life 61"))
        .shows("outages", "entity start");
}

/// A prefix longer than /24 (IPv6: /48) is listed, but makes no outage.
#[test]
fn prefixes_longer_than_a_unit_make_no_outage() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/25 @ 64500
         16:00    ABC rib 2001:db8::/49 @ 64500
         16:01:10 ABC withdraw 10.0.1.0/25
         16:01:20 ABC withdraw 2001:db8::/49",
    )
    .ask("--prefix 10.0.0.0/8 --prefix 2001:db8::/32 --from 16:01 --to 16:02")
    .shows(
        "prefixes",
        "minute prefix known seeing status
         16:01 10.0.1.0/25   3 0 down
         16:01 2001:db8::/49 3 0 down",
    )
    .shows("outages", "scope entity start");
}

/// The baseline is the state just before the updates of the window's first instant, or of
/// `--baseline-at`.
#[test]
fn the_baseline_does_not_look_ahead() {
    let scene = Scene::of(
        "cover 15:50 16:10
         15:50    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC announce 10.0.1.0/24 @ 64599
         16:01:10 ABC withdraw 10.0.1.0/24",
    );
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 16:02";
    let rows = |asn| {
        format!(
            "minute asn prefixes_baseline prefixes_visible status
             16:00 {asn} 1 1 up
             16:01 {asn} 1 0 down"
        )
    };
    scene.ask(question).shows("asns", &rows(64500));
    scene
        .ask(&format!("{question} --baseline-at 16:01"))
        .shows("asns", &rows(64599));
}

/// An outage of an AS, too, begins and ends at the instant at which its visibility crosses half.
#[test]
fn outages_of_an_as_are_found_at_the_instant_of_change() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 ABC withdraw 10.0.1.0/24
         16:01:40 ABC announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:03")
    .shows_where(
        "outages",
        "scope=asn",
        "entity start end\n AS64500 16:01:10 16:01:40",
    );
}

/// Unknown prefixes open no outage of an AS, even where no more than half of its prefixes are
/// unknown: with one of two lost and the other unknown, half may still be visible. Only known
/// losses open one, and unknown prefixes do not end it either.
#[test]
fn unknown_prefixes_open_no_outage_of_an_as() {
    let unknown = "cover 16:00 16:20
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:01:00 ABC state 6 1
         16:01:05 ABC state 5 6
         16:01:10 ABC withdraw 10.0.1.0/24";
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 16:05";
    Scene::of(unknown)
        .ask(question)
        .shows_where(
            "prefixes",
            "minute=16:01",
            "prefix status\n 10.0.1.0/24 down\n 10.0.2.0/24 unknown",
        )
        .shows_where("outages", "scope=asn", "entity start end");
    let lost = format!("{unknown}\n16:02:00 ABC withdraw 10.0.2.0/24\n16:03:00 ABC state 6 1");
    Scene::of(&lost).ask(question).shows_where(
        "outages",
        "scope=asn",
        "entity start end end_kind\n AS64500 16:02 16:03 unknown",
    );
}
