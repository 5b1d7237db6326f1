//! A run's folder, read back: it agrees with the tables, and its headline with both.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{Run, Scene};
use dropline::model::visibility::Status;
use dropline::view::story::Story;
use dropline::view::{GroupKey, RunView, value_at};

fn open(run: &Run) -> RunView {
    RunView::open(&run.dir).unwrap()
}

/// Asserts that every minute of every prefix is as in the table.
fn assert_agrees_with_table(run: &Run, view: &RunView) {
    let table = run.table("prefixes");
    let minutes = view.minute_count() as usize;
    assert_eq!(table.len(), minutes * view.prefixes.len());
    for (index, row) in table.iter().enumerate() {
        let minute = (index / view.prefixes.len()) as u32;
        let series = &view.prefixes[index % view.prefixes.len()];
        let state = value_at(&series.minutes, minute).unwrap();
        assert_eq!(row["prefix"], series.prefix.to_string());
        assert_eq!(row["minute"], view.minute_start(minute).to_string());
        assert_eq!(row["status"], state.status.label());
        let visibility = state.visibility;
        assert_eq!(row["peer_asns_seeing"], visibility.seeing.to_string());
        assert_eq!(row["peer_asns_known"], visibility.known.to_string());
        assert_eq!(row["peer_asns_full"], state.full_feed.to_string());
        let ratio = |parts: Option<u32>| {
            parts.map_or(String::new(), |n| {
                format!("{}.{:04}", n / 10_000, n % 10_000)
            })
        };
        assert_eq!(row["visibility_low"], ratio(state.visibility_low()));
        assert_eq!(row["visibility_high"], ratio(state.visibility_high()));
        let lowest = state.visibility_range.map(|(low, _)| low);
        assert_eq!(row["visibility_min"], ratio(lowest));
        let updates = series.updates.iter().find(|u| u.minute == minute);
        let withdrawals = updates.map_or(0, |u| u.withdrawals);
        assert_eq!(row["withdrawals"], withdrawals.to_string());
    }
}

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
    let view = open(&run);
    assert_agrees_with_table(&run, &view);
    let mut groups = view.groups.iter();
    let group = groups.find(|g| g.group == GroupKey::Asn(64500)).unwrap();
    let state = |minute| *value_at(&group.minutes, minute).unwrap();
    assert_eq!(
        (state(0).visible, state(0).low(), state(0).high()),
        (1, 1, 1)
    );
    assert_eq!((state(6).visible, state(6).status), (0, Some(Status::Down)));
    let busiest: Vec<u32> = view.upstreams.iter().map(|u| u.upstream).collect();
    assert_eq!(busiest, [4837, 701]);
    let mut outages = view.outages.iter();
    let of_prefix = outages.find(|o| o.entity == "10.0.1.0/24");
    assert_eq!(of_prefix.unwrap().losses.len(), 3);
    assert_eq!(
        Story::of(&view).headline,
        "AS64500 lost its only prefix from 22 December 2014, 16:05:10 to 16:08:20 UTC (3 min 10 s)"
    );
}

/// An outage that has not ended is not said to have ended.
#[test]
fn an_ongoing_outage() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:05:10 ABCD withdraw 10.0.1.0/24",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:12");
    assert_eq!(
        Story::of(&open(&run)).headline,
        "AS64500 lost its only prefix from 22 December 2014, 16:05:10 UTC, not back when the window ended at 16:12:00"
    );
}

/// "No loss" is not said where losses cannot be told.
#[test]
fn no_outage() {
    let scene = Scene::of("cover 16:00 16:10\n 16:00 ABC rib 10.0.1.0/24 @ 64500");
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05");
    assert_eq!(
        Story::of(&open(&run)).headline,
        "No loss from 22 December 2014, 16:00 to 16:05 UTC (1 prefix watched)"
    );
    let unknown = scene.ask_into(
        "few",
        "--prefix 10.0.0.0/8 --from 16:00 --to 16:05 --min-vantage 9",
    );
    assert_eq!(
        Story::of(&open(&unknown)).headline,
        "Every minute from 22 December 2014, 16:00 to 16:05 UTC is unknown: 3 vantage ASes count, and `--min-vantage` asks for 9"
    );
}
