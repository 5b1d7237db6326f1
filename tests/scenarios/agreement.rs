//! Outages and clocks that several collectors observe.

use crate::harness::Scene;

/// A collector clock that is late is flagged like one that is early, and flags no right clock.
#[test]
fn one_late_clock_among_three() {
    let scene = Scene::of(
        "cover 16:00 16:30
         cover rrc01 16:00 16:30
         cover rrc02 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:00    rrc01/D rib 10.0.1.0/24 @ 64500
         16:00    rrc02/E rib 10.0.1.0/24 @ 64500
         16:05:41 rrc02/E withdraw 10.0.1.0/24
         16:07:00 ABC withdraw 10.0.1.0/24
         16:07:02 rrc01/D withdraw 10.0.1.0/24",
    );
    scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:20")
        .shows_where("peers", "peer_asn=64505", "clock_offset_s\n -79")
        .shows_where("peers", "peer_asn=64504", "clock_offset_s\n 2")
        .shows_where("files", "collector=rrc02 kind=rib", "flags\n clock_offset")
        .shows_where("files", "collector=rrc01 kind=rib", "flags\n -")
        .shows_where("files", "collector=rrc00 kind=rib", "flags\n -");
}

/// Outages of prefixes too short to be listed still describe the longer outage of their AS.
#[test]
fn a_long_outage_made_of_short_ones() {
    Scene::of(
        "cover 16:00 16:20
         16:00    ABC rib 10.0.1.0/24 @ 4837 64500
         16:00    ABC rib 10.0.2.0/24 @ 4837 64500
         16:00    ABC rib 10.0.3.0/24 @ 4837 64500
         16:01:00 ABC withdraw 10.0.1.0/24,10.0.2.0/24
         16:01:40 ABC withdraw 10.0.3.0/24
         16:01:50 ABC announce 10.0.1.0/24 @ 4837 64500
         16:02:20 ABC withdraw 10.0.1.0/24
         16:02:30 ABC announce 10.0.2.0/24,10.0.3.0/24 @ 4837 64500
         16:02:40 ABC announce 10.0.1.0/24 @ 4837 64500",
    )
    .ask("--asn 64500 --from 16:00 --to 16:10 --min-outage 90")
    .shows_where(
        "outages",
        "scope=asn",
        "start end first_lost last_lost common_as
         16:01 16:02:30 10.0.1.0/24,10.0.2.0/24 10.0.3.0/24 4837",
    )
    .shows_where("outages", "entity=10.0.1.0/24", "start end")
    .shows_where("outages", "entity=10.0.3.0/24", "start end");
}

/// A collector saw a country's outage when its own peers had lost more than half of the members.
#[test]
fn collectors_agree_on_a_countrys_outage() {
    let scene = Scene::of(
        "cover 16:00 16:20
         cover rrc01 16:00 16:20
         16:00    AB rib 10.0.4.0/24 @ 4837 64500
         16:00    AB rib 10.0.5.0/24 @ 4837 64500
         16:00    AB rib 10.0.6.0/24 @ 4837 64500
         16:00    rrc01/CD rib 10.0.4.0/24 @ 4837 64500
         16:00    rrc01/CD rib 10.0.5.0/24 @ 4837 64500
         16:00    rrc01/CD rib 10.0.6.0/24 @ 4837 64500
         16:01:00 AB withdraw 10.0.5.0/24,10.0.6.0/24
         16:01:10 rrc01/CD withdraw 10.0.5.0/24,10.0.6.0/24
         16:06:00 AB announce 10.0.5.0/24,10.0.6.0/24 @ 4837 64500
         16:06:05 rrc01/CD announce 10.0.5.0/24,10.0.6.0/24 @ 4837 64500",
    );
    let list = scene.write(
        "delegated",
        "2|apnic|20141221|1|19830613|20141220|+1000\napnic|ZZ|ipv4|10.0.4.0|1024|20091221|allocated\n",
    );
    scene
        .ask(&format!(
            "--country ZZ --delegated {} --from 16:00 --to 16:10",
            list.display()
        ))
        .shows_where(
            "outage_collectors",
            "scope=country",
            "collector start lost_at back_at\n rrc00 16:01:10 16:01 16:06\n rrc01 16:01:10 16:01:10 16:06:05",
        );
}

/// An AS further from the origin is not named where surviving prefixes may be reached through it
/// too.
#[test]
fn no_common_as_that_surviving_prefixes_may_share() {
    Scene::of(
        "cover 16:00 16:20
         16:00    AC rib 10.0.1.0/24 @ 3356 4837 64500
         16:00    AC rib 10.0.2.0/24 @ 3356 4837 64500
         16:00    B rib 10.0.1.0/24 @ 3356 20485 64500
         16:00    B rib 10.0.2.0/24 @ 3356 20485 64500
         16:00    ABC rib 10.0.3.0/24 @ 3356 1299 64500
         16:01:00 ABC withdraw 10.0.1.0/24,10.0.2.0/24",
    )
    .ask("--asn 64500 --from 16:00 --to 16:10")
    .shows_where("outages", "scope=asn", "start common_as\n 16:01 -")
    .shows_where("outages", "entity=10.0.1.0/24", "common_as\n 3356");
}
