//! Announcements and withdrawals of a prefix.

use crate::harness::Scene;

#[test]
fn a_prefix_is_withdrawn_and_returns() {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:02:30 ABC withdraw 10.0.1.0/24
         16:04    ABC announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:06")
    .exits(0)
    // A cell is the state at its minute's end; min and max include the state at its start.
    .shows(
        "prefixes",
        "minute full known seeing min max visibility visibility_min visibility_max announcements withdrawals path_changes origins status
         16:00-16:01 3 3 3 3 3 1.0000 1.0000 1.0000 0 0 0 AS64500 up
         16:02       3 3 0 0 3 0.0000 0.0000 1.0000 0 3 0 -     down
         16:03       3 3 0 0 0 0.0000 0.0000 0.0000 0 0 0 -     down
         16:04       3 3 3 0 3 1.0000 0.0000 1.0000 3 0 0 AS64500 up
         16:05       3 3 3 3 3 1.0000 1.0000 1.0000 0 0 0 AS64500 up",
    )
    .shows(
        "transitions",
        "time peer_asn peer_ip prefix from to cause path_before path_after
         16:02:30 64501 192.0.2.1 10.0.1.0/24 present absent withdraw 64501,64500 -
         16:02:30 64502 192.0.2.2 10.0.1.0/24 present absent withdraw 64502,64500 -
         16:02:30 64503 192.0.2.3 10.0.1.0/24 present absent withdraw 64503,64500 -
         16:04    64501 192.0.2.1 10.0.1.0/24 absent present announce - 64501,64500
         16:04    64502 192.0.2.2 10.0.1.0/24 absent present announce - 64502,64500
         16:04    64503 192.0.2.3 10.0.1.0/24 absent present announce - 64503,64500",
    )
    .shows_where(
        "outages",
        "scope=prefix",
        "entity start end duration_s depth end_kind
         10.0.1.0/24 16:02:30 16:04 90 1.0000 back",
    );
}

/// A withdrawal by one peer of four is no outage, but shows in the cells.
#[test]
fn one_peer_of_many_withdraws() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:01:10 A withdraw 10.0.1.0/24",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:03")
    .shows(
        "prefixes",
        "minute full known seeing min max visibility status
         16:00 4 4 4 4 4 1.0000 up
         16:01 4 4 3 3 4 0.7500 degraded
         16:02 4 4 3 3 3 0.7500 degraded",
    )
    .shows_where("outages", "scope=prefix", "entity start end");
}

/// Four decimals, rounded half up: 1/32 is 0.03125.
#[test]
fn ratios_are_rounded_half_up() {
    let mut scenario = "cover 16:00 16:05\n".to_owned();
    for n in 1..=32 {
        scenario += &format!(
            "16:00 rrc00 {0}@192.0.2.{n} rib 10.0.1.0/24 {0} 64999\n",
            64500 + n
        );
        if n > 1 {
            scenario += &format!(
                "16:01 rrc00 {0}@192.0.2.{n} withdraw 10.0.1.0/24\n",
                64500 + n
            );
        }
    }
    Scene::of(&scenario)
        .ask("--prefix 10.0.1.0/24 --from 16:01 --to 16:02")
        .shows(
            "prefixes",
            "minute full known seeing visibility visibility_max status
             16:01 32 32 1 0.0313 1.0000 down",
        );
}

/// RFC 6793: on a two-byte session a larger ASN is 23456 in AS_PATH and itself in AS4_PATH.
#[test]
fn an_origin_beyond_two_bytes_is_itself_on_two_byte_sessions() {
    Scene::of(
        "cover 16:00 16:05
         peer ABC as2
         16:00    ABC table 4 1
         16:01:10 ABC announce 10.0.1.0/24 @ 4837 131279",
    )
    .ask("--asn 131279 --from 16:00 --to 16:03")
    .shows(
        "prefixes",
        "minute prefix known seeing origins status
         16:00 10.0.1.0/24 3 0 - unseen
         16:01 10.0.1.0/24 3 3 AS131279 up
         16:02 10.0.1.0/24 3 3 AS131279 up",
    )
    .shows_where(
        "transitions",
        "peer_asn=64501",
        "time from to path_after
         16:01:10 absent present 64501,4837,131279",
    );
}

/// With ADD-PATH a prefix is present while one path is left.
#[test]
fn one_of_two_paths_is_withdrawn() {
    Scene::of(
        "cover 16:00 16:05
         peer ABC addpath
         16:00    ABC rib 10.0.1.0/24 @ 64500 id=1
         16:00    ABC rib 10.0.1.0/24 @ 64510 64500 id=2
         16:01:10 ABC withdraw 10.0.1.0/24 id=1
         16:02:10 ABC withdraw 10.0.1.0/24 id=2",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:04")
    .shows(
        "prefixes",
        "minute full known seeing min max withdrawals
         16:00 3 3 3 3 3 0
         16:01 3 3 3 3 3 3
         16:02 3 3 0 0 3 3
         16:03 3 3 0 0 0 0",
    );
}

/// All paths of a peer are routes in use, each with its origin.
#[test]
fn two_paths_with_two_origins() {
    Scene::of(
        "cover 16:00 16:05
         peer A addpath
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 A announce 10.0.1.0/24 @ 64510 id=1",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:02")
    .shows(
        "prefixes",
        "minute seeing origins\n 16:00 3 AS64500\n 16:01 3 AS64500,AS64510",
    );
}

/// IPv6 comes in MP_REACH_NLRI and MP_UNREACH_NLRI; feeds are classified per family.
#[test]
fn ipv6_is_a_family_of_its_own() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABCD table 4 2
         16:00    ABC rib 2001:db8:1::/48 @ 64500
         16:01:10 AB withdraw 2001:db8:1::/48
         16:02:10 A announce 2001:db8:1::/48 @ 64500",
    )
    .ask("--prefix 2001:db8::/32 --from 16:00 --to 16:04")
    .shows(
        "prefixes",
        "minute prefix full known seeing visibility status
         16:00 2001:db8:1::/48 3 3 3 1.0000 up
         16:01 2001:db8:1::/48 3 3 1 0.3333 down
         16:02-16:03 2001:db8:1::/48 3 3 2 0.6667 degraded",
    )
    .shows_where(
        "peers",
        "peer_asn=64504",
        "family table_size full_feed
         4 2 true",
    );
}

/// Every member of an AS_SET at the path's end is an origin, and the prefix counts.
#[test]
fn members_of_an_as_set_are_origins() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ {64511,64510}
         16:01:10 AB announce 10.0.1.0/24 @ 64512",
    )
    .ask("--asn 64510 --from 16:00 --to 16:02")
    .shows(
        "prefixes",
        "minute prefix known seeing path_changes origins
         16:00 10.0.1.0/24 3 3 0 AS64510,AS64511
         16:01 10.0.1.0/24 3 3 2 AS64510,AS64511,AS64512",
    );
}

/// Extended timestamps: a loss of a microsecond shows in the minute's lowest.
#[test]
fn a_flap_of_a_microsecond() {
    Scene::of(
        "cover 16:00 16:05
         micro
         16:00           ABC rib 10.0.1.0/24 @ 64500
         16:01:10.000001 ABC withdraw 10.0.1.0/24
         16:01:10.000002 ABC announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:03")
    .shows(
        "prefixes",
        "minute seeing min max visibility_min announcements withdrawals status
         16:00 3 3 3 1.0000 0 0 up
         16:01 3 0 3 0.0000 3 3 up
         16:02 3 3 3 1.0000 0 0 up",
    )
    .shows_where(
        "outages",
        "scope=prefix",
        "start end duration_s depth
         16:01:10.000001 16:01:10.000002 0 1.0000",
    );
}

/// Records that carry one timestamp act as one step, also from several collectors.
#[test]
fn records_of_one_timestamp_are_one_step() {
    Scene::of(
        "cover 16:00 16:05
         cover rrc01 16:00 16:05
         16:00    AB rib 10.0.1.0/24 @ 64500
         16:00    rrc01/CD rib 10.0.1.0/24 @ 64500
         16:01:10 A withdraw 10.0.1.0/24
         16:01:10 A announce 10.0.1.0/24 @ 64500
         16:02:10 B withdraw 10.0.1.0/24
         16:02:10 rrc01/C withdraw 10.0.1.0/24
         16:02:10 B announce 10.0.1.0/24 @ 64500
         16:02:20 rrc01/C announce 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:01 --to 16:03")
    .shows(
        "prefixes",
        "minute seeing min max announcements withdrawals
         16:01 4 4 4 1 1
         16:02 4 3 4 2 2",
    );
}

/// RFC 4271: in one UPDATE the withdrawals act before the announcements.
#[test]
fn an_update_that_withdraws_and_announces_a_prefix_announces_it() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 ABC update -10.0.1.0/24 +10.0.1.0/24 @ 64510",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:01 --to 16:02")
    .shows(
        "prefixes",
        "minute seeing min max origins
         16:01 3 3 3 AS64510",
    );
}

/// Duplicates are counted as announcements; another path of a present route is a path change.
#[test]
fn path_changes_are_counted_apart() {
    Scene::of(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 A announce 10.0.1.0/24 @ 64500
         16:01:20 A announce 10.0.1.0/24 @ 64510 64500
         16:01:30 A announce 10.0.1.0/24 @ 64510 64500",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:01 --to 16:02")
    .shows(
        "prefixes",
        "minute seeing announcements path_changes
         16:01 3 3 1",
    )
    .shows(
        "transitions",
        "time from to cause path_before path_after
         16:01:20 present present announce 64501,64500 64501,64510,64500",
    );
}

/// A's own header of a BGP4MP_MESSAGE_AS4 at rrc00: both ASes, interface, family, addresses.
const OF_A: &str = "0000fbf5 0000fbf1 0000 0001 c0000201 c00002fe";
const MARKER: &str = "ffffffff ffffffff ffffffff ffffffff";

/// Only unicast counts: MP_UNREACH_NLRI and MP_REACH_NLRI with SAFI 2 are ignored.
#[test]
fn multicast_is_ignored() {
    let withdraws_1 = "0021 02 0000 000a 80 0f 07 0001 02 18 0a0001";
    let announces_2 = "0038 02 0000 0021 40 01 01 00 40 02 0a 0202 0000fbf5 0000fbf4 \
                       80 0e 0d 0001 02 04 c0000201 00 18 0a0002";
    Scene::of(&format!(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:01:10 A raw 16 4 {OF_A} {MARKER} {withdraws_1}
         16:01:20 A raw 16 4 {OF_A} {MARKER} {announces_2}"
    ))
    .ask("--asn 64500 --from 16:01 --to 16:02")
    .exits(0)
    .shows(
        "prefixes",
        "minute prefix known seeing withdrawals
         16:01 10.0.1.0/24 3 3 0",
    );
}

/// Host bits behind a prefix' length are cleared.
#[test]
fn host_bits_are_cleared() {
    let withdraws_10_0_5_0_22 = "001b 02 0004 16 0a0005 0000";
    Scene::of(&format!(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.4.0/22 @ 64500
         16:01:10 A raw 16 4 {OF_A} {MARKER} {withdraws_10_0_5_0_22}"
    ))
    .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:02")
    .shows(
        "prefixes",
        "minute prefix known seeing withdrawals
         16:01 10.0.4.0/22 3 2 1",
    );
}

/// Zebra before 2009 wrote MRT bodies of 4,096 bytes at most. Of an UPDATE that was longer, the
/// whole prefixes before the cut count, and the peer stays known.
#[test]
fn an_update_clipped_by_the_collector() {
    // 20 bytes of header leave 4,076 of a message of 4,095, so 4,055 of its 1,018 withdrawn
    // prefixes of 4 bytes: 1,013 whole ones.
    let mut withdrawn = vec!["18140000"; 1018];
    withdrawn[0] = "180a0001";
    withdrawn[1012] = "180a0002";
    withdrawn[1013] = "180a0003";
    withdrawn[1017] = "180a0004";
    let mut body = format!("{OF_A}{MARKER}0fff02{:04x}{}0000", 4072, withdrawn.concat());
    body.retain(|c| c != ' ');
    body.truncate(2 * 4096);
    Scene::of(&format!(
        "cover 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    ABC rib 10.0.2.0/24 @ 64500
         16:00    ABC rib 10.0.3.0/24 @ 64500
         16:00    ABC rib 10.0.4.0/24 @ 64500
         16:01:10 A raw 16 4 {body}"
    ))
    .ask("--prefix 10.0.0.0/8 --from 16:01 --to 16:02")
    .exits(0)
    .shows(
        "prefixes",
        "minute prefix known seeing
         16:01 10.0.1.0/24 3 2
         16:01 10.0.2.0/24 3 2
         16:01 10.0.3.0/24 3 3
         16:01 10.0.4.0/24 3 3",
    )
    .shows(
        "peers",
        "peer_asn clipped_updates
         64501 1
         64502 0
         64503 0",
    );
}

/// An AS that peers at several collectors counts once: it sees a prefix while any of its peers has
/// it present, and does not see it once all have it absent.
#[test]
fn one_as_at_several_collectors_counts_once() {
    Scene::of(
        "cover 16:00 16:05
         cover rrc01 16:00 16:05
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    rrc01/A rib 10.0.1.0/24 @ 64500
         16:01:10 A withdraw 10.0.1.0/24
         16:02:10 rrc01/A withdraw 10.0.1.0/24
         16:03:10 A announce 10.0.1.0/24 @ 64500
         16:03:20 A withdraw 10.0.1.0/24
         16:03:30 A state 6 1",
    )
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:05")
    .shows(
        "prefixes",
        "minute full known seeing min max
         16:00-16:01 3 3 3 3 3
         16:02       3 3 2 2 3
         16:03       3 2 2 2 3
         16:04       3 2 2 2 2",
    );
}
