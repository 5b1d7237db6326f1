//! A run's folder as people look at it: nothing in it says other than the tables.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{Run, Scene};
use dropline::model::visibility::Status;
use dropline::view::headline::Headline;
use dropline::view::{GroupKey, RunView, value_at};

fn view(run: &Run) -> RunView {
    RunView::open(&run.dir).unwrap()
}

/// Every minute of every prefix is in the rows as the table has it.
fn assert_is_the_table(run: &Run, view: &RunView) {
    let table = run.table("prefixes");
    let minutes = view.minute_count() as usize;
    assert_eq!(table.len(), minutes * view.prefixes.len());
    for (place, row) in table.iter().enumerate() {
        let minute = (place / view.prefixes.len()) as u32;
        let shown = &view.prefixes[place % view.prefixes.len()];
        let seen = value_at(&shown.minutes, minute).unwrap();
        assert_eq!(row["prefix"], shown.prefix.to_string());
        assert_eq!(row["minute"], view.minute_start(minute).to_string());
        assert_eq!(row["status"], seen.status.label());
        assert_eq!(row["peer_asns_seeing"], seen.visibility.seeing.to_string());
        assert_eq!(row["peer_asns_known"], seen.visibility.known.to_string());
        assert_eq!(row["peer_asns_full"], seen.full_feed.to_string());
        let ratio = |parts: Option<u32>| {
            parts.map_or(String::new(), |n| {
                format!("{}.{:04}", n / 10_000, n % 10_000)
            })
        };
        assert_eq!(row["visibility_low"], ratio(seen.visibility_low()));
        assert_eq!(row["visibility_high"], ratio(seen.visibility_high()));
        assert_eq!(
            row["visibility_min"],
            ratio(seen.visibility_range.map(|v| v.0))
        );
        let said = shown.updates.iter().find(|s| s.minute == minute);
        let withdrawals = said.map_or(0, |s| s.withdrawals);
        assert_eq!(row["withdrawals"], withdrawals.to_string());
    }
}

/// Rows, the line of the AS with its band, upstreams, the outage with what it took.
#[test]
fn an_outage_with_an_unknown_span() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 4837 64500
         16:02:10 A state 6 1
         16:05:10 BCD withdraw 10.0.1.0/24
         16:08:20 BCD announce 10.0.1.0/24 @ 701 64500",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:12");
    let view = view(&run);
    assert_is_the_table(&run, &view);
    let line = view.groups.iter().find(|l| l.group == GroupKey::Asn(64500));
    let level = |minute| *value_at(&line.unwrap().minutes, minute).unwrap();
    assert_eq!((level(0).visible, level(0).low, level(0).high), (1, 1, 1));
    assert_eq!((level(6).visible, level(6).status), (0, Status::Down));
    let busiest: Vec<u32> = view.upstreams.iter().map(|u| u.upstream).collect();
    assert_eq!(busiest, [4837, 701]);
    let of_prefix = view.outages.iter().find(|o| o.entity == "10.0.1.0/24");
    assert_eq!(of_prefix.unwrap().losses.len(), 3);
    let told = Headline::of(&view);
    assert_eq!(
        told.text,
        "AS64500 lost its only prefix from 2014-12-22 16:05:10 to 2014-12-22 16:08:20 UTC (3 min 10 s)"
    );
}

/// What has not ended is not said to have ended.
#[test]
fn an_outage_that_goes_on() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:05:10 ABCD withdraw 10.0.1.0/24",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:12");
    let told = Headline::of(&view(&run)).text;
    assert!(
        told.contains("was not back when the window ended"),
        "{told}"
    );
}

/// No outage, and no outage that could be told, are not the same.
#[test]
fn no_outage() {
    let scene = Scene::of("cover 16:00 16:10\n 16:00 ABC rib 10.0.1.0/24 @ 64500");
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05");
    let told = Headline::of(&view(&run)).text;
    assert_eq!(
        told,
        "No outage from 2014-12-22 16:00 to 2014-12-22 16:05 UTC (1 prefix watched)"
    );
    let unknown = scene.ask_into(
        "few",
        "--prefix 10.0.0.0/8 --from 16:00 --to 16:05 --min-vantage 9",
    );
    let told = Headline::of(&view(&unknown)).text;
    assert!(told.contains("too few vantage ASes are known"), "{told}");
}
