//! Who is a member: the baseline looks back from the window's first instant, and never ahead.

use crate::harness::{Scene, dropline};

const GROUPS: &str =
    "minute asn prefixes_baseline prefixes_visible prefixes_unknown prefixes_new status";

/// A loss that was under way when the window began is told with its true start, its prefix is a
/// member, and its units count.
#[test]
fn a_loss_that_was_under_way_when_the_window_began() {
    Scene::of(
        "cover 14:00 16:10
         14:00    ABC rib 10.0.1.0/24 @ 64500
         14:00    ABC rib 10.0.2.0/24 @ 64500
         15:50:10 ABC withdraw 10.0.1.0/24
         16:04:10 ABC announce 10.0.1.0/24 @ 64500",
    )
    .ask("--asn 64500 --from 16:00 --to 16:06")
    .shows_where(
        "asns",
        "minute=16:00",
        &format!("{GROUPS} units_baseline units_none\n 16:00 64500 2 1 0 0 degraded 2 1"),
    )
    .shows_where(
        "outages",
        "scope=prefix",
        "event entity start end end_kind duration_s down_s baseline
         1 10.0.1.0/24 15:50:10 16:04:10 back 840 840 measured",
    )
    .shows(
        "events",
        "entity start end prefixes_lost_max prefixes_baseline prefix_seconds_lost prefix_seconds_lost_before
         AS64500 15:50:10 16:04:10 1 2 250 590",
    );
}

/// A prefix that was there when replay started is a member if it was lost within the hour; one that
/// appeared after that and went after 59 minutes is none.
#[test]
fn what_came_before_the_replay_cannot_be_seen() {
    Scene::of(
        "cover 15:00 16:10
         15:00    ABC rib 10.0.1.0/24 @ 64500
         15:00    ABC rib 10.0.9.0/24 @ 64500
         15:00:30 ABC announce 10.0.2.0/24 @ 64500
         15:59:29 ABC withdraw 10.0.1.0/24
         15:59:29 ABC withdraw 10.0.2.0/24",
    )
    .ask("--asn 64500 --from 16:00 --to 16:02")
    .shows_where(
        "asns",
        "minute=16:00",
        &format!("{GROUPS}\n 16:00 64500 2 1 0 0 degraded"),
    )
    .shows_where(
        "outages",
        "scope=prefix",
        "entity start\n 10.0.1.0/24 15:59:29",
    );
}

/// Sixty minutes on end before the window make a member; unknown spans do not break them.
#[test]
fn an_hour_on_end_before_the_window() {
    Scene::of(
        "cover 13:00 16:10
         13:00    ABC rib 10.0.9.0/24 @ 64500
         13:30:00 ABC announce 10.0.1.0/24 @ 64500
         13:30:01 ABC announce 10.0.2.0/24 @ 64500
         14:00:00 ABC state 6 1
         14:00:10 ABC state 1 6
         14:01:00 ABC announce 10.0.1.0/24,10.0.2.0/24,10.0.9.0/24 @ 64500
         14:30:00 ABC withdraw 10.0.1.0/24,10.0.2.0/24",
    )
    .ask("--asn 64500 --from 16:00 --to 16:01")
    .shows_where(
        "outages",
        "scope=prefix",
        "entity start\n 10.0.1.0/24 14:30",
    );
}

/// A de-aggregation that was taken back before the window lost nothing: its space is reached by the
/// aggregate. An aggregate that went while its parts stay is no loss either. Both are counted apart.
#[test]
fn what_other_routes_took_over_is_no_member() {
    let scene = Scene::of(
        "cover 14:00 16:10
         14:00    ABC rib 10.0.0.0/22 @ 64500
         14:00    ABC rib 10.0.1.0/24 @ 64500
         14:00    ABC rib 10.0.8.0/23 @ 64500
         14:00    ABC rib 10.0.8.0/24 @ 64500
         14:00    ABC rib 10.0.9.0/24 @ 64500
         15:30:00 ABC withdraw 10.0.1.0/24
         15:31:00 ABC withdraw 10.0.8.0/23",
    );
    let run = scene
        .ask("--asn 64500 --from 16:00 --to 16:01")
        .shows(
            "asns",
            &format!("{GROUPS} units_baseline\n 16:00 64500 3 3 0 0 up 6"),
        )
        .shows("events", "entity");
    let manifest: serde_json::Value = serde_json::from_str(&run.text("run.json")).unwrap();
    assert_eq!(manifest["baseline"]["measured"], 3);
    assert_eq!(manifest["baseline"]["superseded"], 2);
}

/// New prefixes never make up for lost members, and nothing is more than the whole.
#[test]
fn new_prefixes_do_not_make_up_for_lost_ones() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:00    ABC rib 10.0.3.0/24 @ 64500
         16:00    ABC table 4 1
         16:01:10 ABC withdraw 10.0.1.0/24,10.0.2.0/24
         16:01:20 ABC announce 10.0.11.0/24,10.0.12.0/24,10.0.13.0/24 @ 64500",
    )
    .ask("--asn 64500 --from 16:00 --to 16:02")
    .shows(
        "asns",
        &format!(
            "{GROUPS} units_baseline units_direct units_none
         16:00 64500 3 3 0 0 up   3 3 0
         16:01 64500 3 1 0 3 down 3 1 2"
        ),
    )
    .shows_where(
        "outages",
        "scope=asn",
        "entity family start end_kind depth reachable\n AS64500 4 16:01:10 window 0.6667 0.3333",
    );
}

/// Unknown members leave two bounds: what may be visible is not down, what may be lost is not up.
#[test]
fn the_status_of_a_group_by_its_bounds() {
    let scene = Scene::of(
        "cover 16:00 16:20
         cover rrc01 16:00 16:20
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:00    ABC rib 10.0.3.0/24 @ 64500
         16:00    ABC rib 10.0.4.0/24 @ 64500
         16:01:00 ABC withdraw 10.0.1.0/24
         16:02:00 ABC state 6 1
         16:02:10 ABC state 1 6
         16:02:20 ABC withdraw 10.0.2.0/24
         16:03:00 ABC announce 10.0.3.0/24,10.0.4.0/24 @ 64500
         16:04:00 ABC withdraw 10.0.1.0/24,10.0.3.0/24",
    );
    scene.ask("--asn 64500 --from 16:00 --to 16:05").shows(
        "asns",
        &format!(
            "{GROUPS}
         16:00 64500 4 4 0 0 up
         16:01 64500 4 3 0 0 degraded
         16:02 64500 4 0 3 0 unknown
         16:03 64500 4 2 1 0 degraded
         16:04 64500 4 1 0 0 down"
        ),
    );
}

/// The groups of a run are the ASNs that were asked for and the origins of watched blocks; another
/// origin of an asked-for AS's prefix is none.
#[test]
fn nobody_else_becomes_a_group() {
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:00    E rib 10.0.1.0/24 @ 64666
         16:01:10 ABCD announce 10.0.1.0/24 @ 64666",
    );
    scene
        .ask("--asn 64500 --from 16:00 --to 16:02")
        .shows_where(
            "asns",
            "minute=16:01",
            &format!("{GROUPS}\n 16:01 64500 1 1 0 0 up"),
        );
    scene
        .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:02")
        .shows_where(
            "asns",
            "minute=16:01",
            &format!("{GROUPS}\n 16:01 64500 1 1 0 0 up"),
        );
}

/// Without a RIB, what its first observations take back was there before: it is inferred, its loss
/// begins where enough is known, and may have begun with the first withdrawal.
#[test]
fn members_are_inferred_from_withdrawals() {
    Scene::of(
        "cover 16:00 16:30
         16:00:00 ABCD announce 10.0.9.0/24 @ 64500
         16:05:00 A withdraw 10.0.1.0/24
         16:05:30 B withdraw 10.0.1.0/24
         16:06:00 C withdraw 10.0.1.0/24
         16:10:00 ABCD announce 10.0.1.0/24 @ 4837 64500",
    )
    .ask("--asn 64500 --full-feed all --from 16:00 --to 16:20")
    .shows_where(
        "prefixes",
        "prefix=10.0.1.0/24",
        "minute status\n 16:00-16:05 unknown\n 16:06-16:09 down\n 16:10-16:19 up",
    )
    .shows_where(
        "outages",
        "scope=prefix",
        "entity start end start_uncertainty_s baseline\n 10.0.1.0/24 16:06 16:10 60 inferred",
    )
    .shows(
        "events",
        "entity start end start_uncertainty_s baseline prefixes_baseline\n AS64500 16:06 16:10 60 inferred 1",
    );
}

/// Nothing is inferred from two withdrawals, from some that lie more than ten minutes apart, or of a
/// prefix that nobody announces.
#[test]
fn nothing_is_inferred_from_too_little() {
    let announced = "16:25:00 ABCD announce 10.0.1.0/24 @ 64500";
    for (withdrawals, announced) in [
        (
            "16:05 AB withdraw 10.0.1.0/24\n16:06 CD announce 10.0.1.0/24 @ 64500\n16:07 CD withdraw 10.0.1.0/24",
            announced,
        ),
        (
            "16:00 A withdraw 10.0.1.0/24\n16:10:01 B withdraw 10.0.1.0/24\n16:21 C withdraw 10.0.1.0/24",
            announced,
        ),
        ("16:05 ABC withdraw 10.0.1.0/24", ""),
    ] {
        let scene = Scene::of(&format!(
            "cover 16:00 16:40\n 16:00 ABCD announce 10.0.9.0/24 @ 64500\n{withdrawals}\n{announced}"
        ));
        let run = scene.ask("--prefix 10.0.0.0/8 --full-feed all --from 16:00 --to 16:30");
        let manifest: serde_json::Value = serde_json::from_str(&run.text("run.json")).unwrap();
        assert_eq!(manifest["baseline"]["inferred"], 0, "{withdrawals}");
    }
}

/// A peer that withdraws what it never had infers nothing.
#[test]
fn a_peer_that_withdraws_what_it_never_had() {
    let old: String = (0..40)
        .map(|n| format!("16:04:{n:02} ABC withdraw 10.1.{n}.0/24\n"))
        .collect();
    let scene = Scene::of(&format!(
        "cover 16:00 16:40
         16:00 ABCD announce 10.0.9.0/24 @ 64500
         {old}
         16:05 ABC withdraw 10.0.1.0/24
         16:20 D announce 10.0.1.0/24 @ 64500"
    ));
    let run = scene.ask("--prefix 10.0.0.0/8 --full-feed all --from 16:00 --to 16:30");
    let manifest: serde_json::Value = serde_json::from_str(&run.text("run.json")).unwrap();
    assert_eq!(manifest["baseline"]["inferred"], 0);
}

/// Where nothing was known before, a prefix that is visible when enough is first known of it and is
/// lost within the hour is a member: path exploration before a loss is all that is seen of it.
#[test]
fn without_a_rib_the_first_known_state_counts() {
    Scene::of(
        "cover 16:00 16:30
         16:05:00 ABC announce 10.0.1.0/24 @ 1299 3356 64500
         16:06:00 ABC withdraw 10.0.1.0/24
         16:20:00 ABC announce 10.0.1.0/24 @ 64500",
    )
    .ask("--asn 64500 --full-feed all --from 16:00 --to 16:25")
    .shows(
        "events",
        "entity start end baseline\n AS64500 16:06 16:20 measured",
    );
}

/// A chosen baseline must lie in what is replayed, and all that rests on it says so.
#[test]
fn a_chosen_baseline() {
    let scene = Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:05:00 ABC withdraw 10.0.1.0/24
         16:10:00 ABC announce 10.0.1.0/24 @ 64500",
    );
    let question = "--prefix 10.0.0.0/8 --from 16:02 --to 16:20";
    scene
        .ask(&format!("{question} --baseline-at 16:15"))
        .shows("events", "start baseline\n 16:05 chosen")
        .shows_where("outages", "scope=prefix", "start baseline\n 16:05 chosen");
    for at in ["15:59", "16:20"] {
        let archive = scene.archive();
        let question = format!(
            "run --archive {} --prefix 10.0.0.0/8 --from 2014-12-22T16:02Z --to 2014-12-22T16:20Z --baseline-at 2014-12-22T{at}Z -o {}",
            archive.display(),
            archive.join("../refused").display()
        );
        let refused = dropline(&question.split_whitespace().collect::<Vec<_>>());
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(
            refused.stderr.contains("lies outside of what is replayed"),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    }
}
