//! What RIBs show: the start of the replay, full feeds, and later RIBs that differ from the replay.

use crate::harness::Scene;

/// A later RIB is applied at its last record and re-synchronises; what it adds and removes is
/// the replay's measured error. It does not overrule messages of the peer since 60 s before the
/// peer's first record in the dump.
#[test]
fn a_later_rib_that_differs_from_the_replay() {
    Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:18:59 C withdraw 10.0.1.0/24
         16:19:00 B withdraw 10.0.1.0/24
         16:20:00 ABC table 4 1 dump=20141222.1620
         16:20:30 A rib 10.0.2.0/24 @ 64500 dump=20141222.1620
         16:20:30 BC rib 10.0.1.0/24 @ 64500 dump=20141222.1620",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:17 --to 16:23")
    .exits(0)
    .shows_where(
        "prefixes",
        "prefix=10.0.1.0/24",
        "minute full known seeing min max
         16:17 3 3 3 3 3
         16:18 3 3 2 2 3
         16:19 3 3 1 1 2
         16:20-16:22 3 3 1 1 1",
    )
    .shows_where(
        "prefixes",
        "prefix=10.0.2.0/24",
        "minute full known seeing min max
         16:17-16:19 3 3 0 0 0
         16:20       3 3 1 0 1
         16:21-16:22 3 3 1 1 1",
    )
    .shows(
        "transitions",
        "time peer_asn prefix from to cause
         16:18:59 64503 10.0.1.0/24 present absent withdraw
         16:19    64502 10.0.1.0/24 present absent withdraw
         16:20:30 64501 10.0.1.0/24 present absent rib_removed
         16:20:30 64501 10.0.2.0/24 absent present rib_added
         16:20:30 64503 10.0.1.0/24 absent present rib_added",
    )
    .shows(
        "peers",
        "peer_asn rib_added rib_removed
         64501 1 1
         64502 0 0
         64503 1 0",
    );
}

/// A later RIB ends what a gap left unknown; that is no error of the replay.
#[test]
fn a_later_rib_ends_what_is_unknown() {
    Scene::of(
        "cover 16:00 16:30
         16:00 ABC rib 10.0.1.0/24 @ 64500
         16:10 ABC state 6 1
         16:20 AB rib 10.0.1.0/24 @ 64500
         16:20 C table 4 1",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:09 --to 16:22")
    .shows(
        "prefixes",
        "minute known seeing
         16:09 3 3
         16:10-16:19 0 0
         16:20-16:21 3 2",
    )
    .shows("peers", "rib_added rib_removed\n 0 0\n 0 0\n 0 0");
}

const BVIEW_1600: &str = "rrc00/2014.12/bview.20141222.1600.gz";
const BVIEW_1620: &str = "rrc00/2014.12/bview.20141222.1620.gz";

/// A cut RIB shows presence only: what it does not list is unknown. Full feeds are classified by an
/// older whole RIB instead: D, with two prefixes in it, has none.
#[test]
fn a_cut_start_rib() {
    let scenario = "cover 16:00 16:10
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:00    ABCD rib 10.0.2.0/24 @ 64500
         16:00    ABCD rib 10.0.3.0/24 @ 64500
         16:02:10 A announce 10.0.4.0/24 @ 64500\n";
    let question = "--prefix 10.0.0.0/8 --from 16:02 --to 16:03";
    // Its peer table and the routes to 10.0.1.0/24.
    Scene::of(&format!(
        "{scenario} 08:00 ABC table 4 5\n 08:00 D table 4 2"
    ))
    .cut_after(BVIEW_1600, 2)
    .ask(question)
    .exits(3)
    .shows(
        "prefixes",
        "minute prefix full known seeing
             16:02 10.0.1.0/24 3 3 3
             16:02 10.0.4.0/24 3 1 1",
    )
    .shows(
        "peers",
        "peer_asn table_size full_feed
             64501 5 true
             64502 5 true
             64503 5 true
             64504 2 false",
    );
    // Without an older one in the look-back no peer can be classified.
    Scene::of(scenario)
        .cut_after(BVIEW_1600, 2)
        .ask(question)
        .exits(3)
        .shows(
            "prefixes",
            "minute prefix full known seeing visibility status
             16:02 10.0.1.0/24 0 0 0 - unknown
             16:02 10.0.4.0/24 0 0 0 - unknown",
        );
}

/// At a re-sync, what a cut RIB does not list is unchanged.
#[test]
fn a_cut_later_rib() {
    Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:20    ABC rib 10.0.1.0/24 @ 64500
         16:20    AB rib 10.0.3.0/24 @ 64500",
    )
    .cut_after(BVIEW_1620, 2)
    .ask("--prefix 10.0.0.0/8 --from 16:19 --to 16:21")
    .exits(3)
    .shows(
        "prefixes",
        "minute prefix known seeing
         16:19 10.0.1.0/24 3 0
         16:19 10.0.2.0/24 3 3
         16:20 10.0.1.0/24 3 3
         16:20 10.0.2.0/24 3 3",
    )
    .shows("peers", "rib_added rib_removed\n 1 0\n 1 0\n 1 0");
}

/// Tables of 2000, 2000, 2000, 1500 and 1480 prefixes.
const TABLES: &str = "
    cover 16:00 16:05
    16:00 ABCDE rib 10.0.1.0/24 @ 64500
    16:00 ABC table 4 1999
    16:00 D table 4 1499
    16:00 E table 4 1479\n";

/// A full feed holds at least 75 % of the third-largest table; or as asked.
#[test]
fn full_feed_by_share_number_and_profile() {
    let scene = Scene::of(TABLES);
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 16:01";
    for (flag, full, known) in [
        ("", 4, 4),
        ("--full-feed 0.74", 5, 5),
        ("--full-feed 1.0", 3, 3),
        ("--full-feed 74%", 5, 5),
        ("--full-feed 75.5%", 3, 3),
        ("--full-feed 1500", 4, 4),
        ("--full-feed 1501", 3, 3),
        ("--full-feed all", 5, 5),
        ("--full-feed ioda", 0, 0),
    ] {
        scene
            .ask(&format!("{question} {flag}"))
            .exits(0)
            .shows("prefixes", &format!("full known\n {full} {known}"));
    }
    scene.ask(question).shows(
        "peers",
        "peer_asn table_size full_feed
         64501 2000 true
         64502 2000 true
         64503 2000 true
         64504 1500 true
         64505 1480 false",
    );
}

/// The largest table is the reference where there are fewer than three, or the third is under half
/// of the largest. All tables of the run are compared, at whatever collector.
#[test]
fn the_reference_table_of_full_feed() {
    let full = |tables: &str, expected: &str| {
        Scene::of(&format!("cover 16:00 16:05\n cover rrc01 16:00 16:05\n {tables}\n 16:00 A rib 10.0.1.0/24 @ 64500"))
            .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:01")
            .shows("peers", &format!("peer_asn full_feed\n {expected}"));
    };
    // Two tables.
    full(
        "16:00 A table 4 99\n 16:00 B table 4 74",
        "64501 true\n 64502 false",
    );
    // The third is 49 of 100: the largest, of which 75 are needed.
    full(
        "16:00 A table 4 99\n 16:00 rrc01/B table 4 74\n 16:00 C table 4 49",
        "64501 true\n 64503 false\n 64502 false",
    );
    // The third is 50 of 100: of these 37.5 are needed.
    full(
        "16:00 A table 4 99\n 16:00 rrc01/B table 4 50\n 16:00 C table 4 50\n 16:00 D table 4 37",
        "64501 true\n 64503 true\n 64504 false\n 64502 true",
    );
}

/// A peer in no RIB is not counted until a later RIB lists it.
#[test]
fn a_peer_in_no_rib() {
    let scene = Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:01:10 D announce 10.0.1.0/24 @ 64500
         16:20    ABCD rib 10.0.1.0/24 @ 64500
         16:20    ABCD rib 10.0.2.0/24 @ 64500",
    );
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 16:22";
    let expected = "minute full known seeing announcements
         16:00-16:19 3 3 3 0
         16:20-16:21 4 4 4 0";
    scene
        .ask(question)
        .shows_where("prefixes", "prefix=10.0.1.0/24", expected)
        .shows_where("prefixes", "prefix=10.0.2.0/24", expected);
    // With `all`: in the family from its first message, for a prefix from its first message about
    // it.
    scene
        .ask(&format!("{question} --full-feed all"))
        .shows_where(
            "prefixes",
            "prefix=10.0.1.0/24",
            "minute full known seeing announcements
             16:00       3 3 3 0
             16:01       4 4 4 1
             16:02-16:21 4 4 4 0",
        )
        .shows_where(
            "prefixes",
            "prefix=10.0.2.0/24",
            "minute full known seeing
             16:00       3 3 3
             16:01-16:19 4 3 3
             16:20-16:21 4 4 4",
        );
}

/// Without a RIB everything is unknown until a peer's first message about the prefix, or until a
/// session whose start was recorded has settled. Under `all` that is not incomplete.
#[test]
fn no_rib_at_all() {
    Scene::of(
        "cover 16:00 16:15
         16:00:10 A state 1 6
         16:00:20 A announce 10.0.2.0/24 @ 64500
         16:01:10 B announce 10.0.1.0/24 @ 64500
         16:02:10 C withdraw 10.0.1.0/24",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:12 --full-feed all")
    .exits(0)
    .shows(
        "prefixes",
        "minute full known seeing visibility
         16:00       1 0 0 -
         16:01       2 1 1 1.0000
         16:02-16:09 3 2 1 0.5000
         16:10-16:11 3 3 1 0.3333",
    );
}

/// Where the first RIB lies in the window, no peer counts before it.
#[test]
fn the_first_rib_in_the_window() {
    Scene::of(
        "cover 16:00 16:30
         16:01:10 A announce 10.0.1.0/24 @ 64500
         16:20    ABC rib 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:22")
    .shows(
        "prefixes",
        "minute full known seeing status
         16:00-16:19 0 0 0 unknown
         16:20-16:21 3 3 3 up",
    );
}

/// A RIB beyond the look-back is not used; from one within it, the updates since are replayed.
#[test]
fn the_start_is_the_newest_rib_in_the_look_back() {
    Scene::of(
        "cover 14:00 16:05
         12:00    ABC table 4 3
         14:00    ABC rib 10.0.1.0/24 @ 64500
         15:00:10 A withdraw 10.0.1.0/24",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:02 --rib-lookback 2")
    .exits(0)
    .shows("prefixes", "minute known seeing\n 16:00-16:01 3 2")
    .shows_where("files", "kind=rib", "start\n 14:00");
}

/// A RIB stamped with the window's first instant is part of the window's initial state.
#[test]
fn a_rib_at_the_windows_first_instant() {
    Scene::of(
        "cover 15:00 16:05
         15:00 ABC table 4 1
         16:00 ABC rib 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:02")
    .shows(
        "prefixes",
        "minute known seeing min max\n 16:00-16:01 3 3 3 3",
    );
}

/// A peer most of whose paths begin with another AS is flagged, and left out with
/// `--exclude-route-servers`.
#[test]
fn route_servers_are_flagged_and_left_out() {
    let scene = Scene::of(
        "cover 16:00 16:05
         16:00 ABCD rib 10.0.1.0/24 @ 64500
         16:00 ABC rib 10.0.2.0/24 @ 64500
         16:00 ABC rib 10.0.3.0/24 @ 64500
         16:00 D rib 10.0.2.0/24 64510 64500
         16:00 D rib 10.0.3.0/24 64511 64500",
    )
    .without_witness("the witness has no flag to leave route servers out");
    let question = "--prefix 10.0.1.0/24 --from 16:00 --to 16:01";
    scene
        .ask(question)
        .shows("prefixes", "full known\n 4 4")
        .shows(
            "peers",
            "peer_asn full_feed route_server
             64501 true false
             64502 true false
             64503 true false
             64504 true true",
        );
    scene
        .ask(&format!("{question} --exclude-route-servers"))
        .shows("prefixes", "full known\n 3 3")
        .shows_where(
            "peers",
            "peer_asn=64504",
            "full_feed route_server\n false true",
        );
}

/// A RIB whose records are later than its name says shows the state after the window's start, not
/// the state at it: an older RIB starts the replay.
#[test]
fn a_rib_later_than_its_file_name() {
    Scene::of(
        "cover 08:00 17:10
         08:00 ABC rib 10.0.1.0/24 @ 64500 dump=20141222.0800
         16:01:10 ABC withdraw 10.0.1.0/24
         17:00 ABC rib 10.0.1.0/24 @ 64500 dump=20141222.1600",
    )
    .without_witness("the witness takes the time of the file name")
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:03")
    .exits(3)
    .prints(
        "bview.20141222.1600.gz`: its first record is of 2014-12-22T17:00:00Z, so it is not used",
    )
    .shows(
        "prefixes",
        "minute known seeing status\n 16:00 3 3 up\n 16:01-16:02 3 0 down",
    )
    .shows_where(
        "files",
        "start=16:00 kind=rib",
        "state flags\n present useless",
    );
}
