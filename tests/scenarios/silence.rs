//! RouteViews collectors write no state records: a full-feed peer without a record for 600 s is
//! unknown from its last record on.

use crate::harness::Scene;

/// A table of ten prefixes at each of four peers; B, C and D keep sending updates.
const START: &str = "
    cover route-views.sydney 16:00 17:00
    16:00 sydney/ABCD table 4 9
    16:00 sydney/ABCD rib 10.0.1.0/24 @ 64500
    16:05 sydney/ABCD keepalive
    16:14 sydney/BCD keepalive
    16:23 sydney/BCD keepalive
    16:32 sydney/BCD keepalive
    16:41 sydney/BCD keepalive\n";

/// A peer that returns without a table transfer (less than half of its table) has its earlier state
/// back with its first record.
#[test]
fn a_silent_peer_returns_with_its_earlier_state() {
    Scene::of(&format!(
        "{START} 16:20 sydney/A announce-table 4 4 @ 64500"
    ))
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:25")
    .exits(0)
    .shows(
        "prefixes",
        "minute full known seeing min max
             16:00-16:04 4 4 4 4 4
             16:05       4 3 3 3 4
             16:06-16:19 4 3 3 3 3
             16:20       4 4 4 3 4
             16:21-16:24 4 4 4 4 4",
    )
    .shows(
        "transitions",
        "time peer_asn from to cause path_after
             16:05 64501 present unknown silence -
             16:20 64501 unknown present silence 64501,64500",
    );
}

/// A peer that returns with at least half of its table within 300 s has a new session, which starts
/// with its first record and settles 600 s later.
#[test]
fn a_silent_peer_returns_with_a_new_session() {
    Scene::of(&format!(
        "{START} 16:20 sydney/A announce-table 4 4 @ 64500
                 16:24:50 sydney/A announce 20.0.4.0/24 @ 64500
                 16:29 sydney/A keepalive"
    ))
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:33")
    .exits(0)
    .shows(
        "prefixes",
        "minute full known seeing min max
         16:00-16:04 4 4 4 4 4
         16:05       4 3 3 3 4
         16:06-16:29 4 3 3 3 3
         16:30-16:32 4 4 3 3 3",
    )
    .shows(
        "transitions",
        "time peer_asn from to cause
         16:05 64501 present unknown silence
         16:30 64501 unknown absent settle",
    );
}

/// A table sent over more than 300 s is not taken for a table transfer.
#[test]
fn a_slow_table_is_no_table_transfer() {
    Scene::of(&format!(
        "{START} 16:20 sydney/A announce-table 4 4 @ 64500
                 16:25:01 sydney/A announce 20.0.4.0/24 @ 64500"
    ))
    .ask("--prefix 10.0.0.0/8 --from 16:19 --to 16:21")
    .shows("prefixes", "minute known seeing\n 16:19 3 3\n 16:20 4 4");
}

/// 600 s between two records are a silence, 599 s are none; the RIB's time is the first of them.
#[test]
fn a_silence_reaches_600_seconds() {
    Scene::of(
        "cover route-views.sydney 16:00 16:30
         16:00    sydney/ABCD rib 10.0.1.0/24 @ 64500
         16:10    sydney/A keepalive
         16:09:59 sydney/BCD keepalive
         16:15    sydney/ABCD keepalive",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:24")
    .shows(
        "transitions",
        "time peer_asn from to cause
         16:00 64501 present unknown silence
         16:10 64501 unknown present silence",
    );
}

/// A peer that stays silent up to the window's end is unknown from its last record on.
#[test]
fn silence_lasts_to_the_windows_end() {
    Scene::of(START)
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:15")
        .shows(
            "prefixes",
            "minute known seeing\n 16:00-16:04 4 4\n 16:05-16:14 3 3",
        );
}

/// RIS writes state records, so silence there means nothing.
#[test]
fn a_quiet_peer_of_ris_stays_known() {
    Scene::of(
        "cover 16:00 17:00
         16:00 ABC rib 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:40")
    .shows("prefixes", "minute known seeing\n 16:00-16:39 3 3");
}

/// With `--full-feed all`, silence counts only with `--silence`, and then for every listed peer.
#[test]
fn with_full_feed_all_silence_must_be_requested() {
    let scene = Scene::of(START);
    let all = "--prefix 10.0.0.0/8 --from 16:00 --to 16:15 --full-feed all";
    scene
        .ask(all)
        .shows("prefixes", "minute full known seeing\n 16:00-16:14 4 4 4");
    // B, C and D are silent from 16:05 to 16:14, which is 540 s.
    scene.ask(&format!("{all} --silence 540")).shows(
        "prefixes",
        "minute full known seeing
         16:00-16:04 4 4 4
         16:05-16:13 4 0 0
         16:14       4 3 3",
    );
}

/// Silence is judged only of peers that a RIB lists: without a RIB the flag changes nothing, and the
/// run says so.
#[test]
fn silence_without_a_rib_has_no_effect_and_that_is_said() {
    let scene = Scene::of(
        "cover sydney 16:00 16:30
         16:00 sydney/ABC announce 10.0.1.0/24 @ 64500
         16:25 sydney/ABC announce 10.0.1.0/24 @ 64500",
    );
    let all = "--prefix 10.0.0.0/8 --from 16:05 --to 16:20 --full-feed all";
    let known = "minute full known seeing\n 16:05-16:19 3 3 3";
    let without = scene.ask(all).exits(0).shows("prefixes", known);
    let said = "`--silence` has no effect in this run";
    assert!(!without.outcome.stderr.contains(said));
    let with = scene.ask_into("silence", &format!("{all} --silence 60"));
    with.exits(0).prints(said).shows("prefixes", known);
    let listed = Scene::of(START);
    let all = "--prefix 10.0.0.0/8 --from 16:00 --to 16:15 --full-feed all --silence 540";
    assert!(!listed.ask(all).outcome.stderr.contains(said));
}
