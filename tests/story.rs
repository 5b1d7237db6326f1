//! The words of a run's story, from archives made for them: what each sentence says is worked out by
//! hand from the scene above it.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{Run, Scene};
use dropline::view::RunView;
use dropline::view::story::Story;

fn story(run: &Run) -> Story {
    Story::of(&RunView::open(&run.dir).unwrap())
}

fn sentences(story: &Story) -> Vec<&str> {
    story.sentences.iter().map(|s| s.text.as_str()).collect()
}

/// Ten prefixes: six go in two steps, three of them come back in the evening and the rest later.
#[test]
fn a_partial_loss_is_told_step_by_step() {
    let rib: String = (0..10)
        .map(|i| format!("16:00 ABCD rib 10.0.{i}.0/24 @ 4837 64500\n"))
        .collect();
    let scene = Scene::of(&format!(
        "cover 16:00 17:00
         {rib}
         16:05:10 ABCD withdraw 10.0.0.0/24
         16:05:10 ABCD withdraw 10.0.1.0/24
         16:07:40 ABCD withdraw 10.0.2.0/24
         16:07:40 ABCD withdraw 10.0.3.0/24
         16:07:40 ABCD withdraw 10.0.4.0/24
         16:07:40 ABCD withdraw 10.0.5.0/24
         16:20:01 ABCD announce 10.0.0.0/24 @ 4837 64500
         16:20:01 ABCD announce 10.0.1.0/24 @ 4837 64500
         16:21:02 ABCD announce 10.0.2.0/24 @ 4837 64500
         16:30:03 ABCD announce 10.0.3.0/24 @ 4837 64500
         16:40:04 ABCD announce 10.0.4.0/24 @ 4837 64500
         16:40:04 ABCD announce 10.0.5.0/24 @ 4837 64500"
    ));
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:50");
    let story = story(&run);
    assert_eq!(
        story.headline,
        "AS64500 lost 6 of its 10 prefixes from 22 December 2014, 16:05:10 UTC, half of them back at 16:21:02, the last at 16:40:04"
    );
    let [text] = *sentences(&story) else {
        panic!("{:?}", story.sentences)
    };
    assert!(
        text.starts_with("AS64500, from 16:05:10 UTC: 6 of 10 prefixes lost by 16:07:40, half of them back at 16:21:02, the last at 16:40:04"),
        "{text}"
    );
    assert_eq!(story.facts.networks, 4);
    assert!(
        story
            .certainty
            .contains(&"Times are when updates arrived, by the clock of rrc00".to_owned()),
        "{:?}",
        story.certainty
    );
}

/// A prefix that is reached again by a hijacker's routes is not plainly back.
#[test]
fn a_return_by_another_origin_is_told_as_such() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 4837 64500
         16:05:10 ABCD withdraw 10.0.1.0/24
         16:10    ABCD announce 10.0.1.0/24 @ 3356 666",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:15");
    let story = story(&run);
    assert_eq!(
        story.headline,
        "AS64500 lost its only prefix from 22 December 2014, 16:05:10 UTC, reached again at 16:10:00 (4 min 50 s later), but by AS666’s routes"
    );
}

/// An outage that runs into the unknown is not said to last to the window's end.
#[test]
fn an_end_that_nobody_saw() {
    let scene = Scene::of(
        "cover 16:00 16:30
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:05:10 ABCD withdraw 10.0.1.0/24
         16:07:30 ABCD state 6 1",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:20");
    let story = story(&run);
    assert_eq!(
        story.headline,
        "AS64500 lost its only prefix from 22 December 2014, 16:05:10 UTC, down until at least 16:07:30; nothing is known from then on"
    );
    let told = format!("{story:?}");
    assert!(!told.contains("when the window ended"), "{told}");
}

/// A loss that was under way when the window began has its true start.
#[test]
fn a_window_that_begins_inside_a_loss() {
    let scene = Scene::of(
        "cover 15:00 16:30
         15:00    ABCD rib 10.0.1.0/24 @ 64500
         15:31:07 ABCD withdraw 10.0.1.0/24
         16:10:20 ABCD announce 10.0.1.0/24 @ 64500",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:20");
    let story = story(&run);
    assert_eq!(
        story.headline,
        "AS64500 lost its only prefix from 22 December 2014, 15:31:07 UTC, before the window began, back at 16:10:20 (39 min 13 s later)"
    );
    assert_eq!(
        story.caveats,
        ["The window begins inside the loss of AS64500, which had begun at 15:31:07 UTC"]
    );
}

/// Specifics that are withdrawn under a covering route leave everything reachable.
#[test]
fn withdrawn_specifics_stay_reachable() {
    let scene = Scene::of(
        "cover 16:00 16:30
         16:00    ABCD rib 10.0.0.0/22 @ 64500
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:00    ABCD rib 10.0.2.0/24 @ 64500
         16:05:10 ABCD withdraw 10.0.1.0/24
         16:05:10 ABCD withdraw 10.0.2.0/24
         16:15:10 ABCD announce 10.0.1.0/24 @ 64500
         16:15:10 ABCD announce 10.0.2.0/24 @ 64500",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:20");
    let story = story(&run);
    assert_eq!(
        sentences(&story),
        [
            "AS64500, from 16:05:10 UTC: 2 of 3 prefixes lost at once, all back at 16:15:10 (10 min 0 s later); all of its space stayed reachable through less specific routes"
        ]
    );
}

/// IPv4 and IPv6 of one AS are one loss of one AS.
#[test]
fn both_families_are_one_loss() {
    let scene = Scene::of(
        "cover 16:00 16:30
         16:00    ABCD rib 10.0.1.0/24 @ 64500
         16:00    ABCD rib 2001:db8:1::/48 @ 64500
         16:05:10 ABCD withdraw 10.0.1.0/24
         16:05:12 ABCD withdraw 2001:db8:1::/48
         16:15:10 ABCD announce 10.0.1.0/24 @ 64500
         16:15:10 ABCD announce 2001:db8:1::/48 @ 64500",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:20");
    let story = story(&run);
    assert_eq!(
        story.headline,
        "AS64500 (IPv4 and IPv6) lost both of its prefixes from 22 December 2014, 16:05:10 to 16:15:10 UTC (10 min 0 s)"
    );
    assert_eq!((story.facts.events, story.facts.outages), (1, 4));
}

/// What comes only after the window began is in no baseline; its loss is told all the same, with what
/// would give it one.
#[test]
fn a_loss_outside_the_baseline_is_not_left_out() {
    let scene = Scene::of(
        "cover 16:00 18:00
         16:00    ABCD rib 10.9.0.0/24 @ 701 64999
         16:05    ABCD announce 10.0.1.0/24 @ 701 64500
         16:05    ABCD announce 10.0.2.0/24 @ 701 64500
         17:10:05 ABCD withdraw 10.0.1.0/24
         17:10:05 ABCD withdraw 10.0.2.0/24
         17:30    ABCD announce 10.0.1.0/24 @ 701 64500
         17:30    ABCD announce 10.0.2.0/24 @ 701 64500",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 17:40");
    let story = story(&run);
    assert_eq!(
        story.headline,
        "2 prefixes of AS64500 were lost from 22 December 2014, 17:10:05 UTC, back at 17:30:00"
    );
    let told = story.caveats.join("\n");
    assert!(
        told.contains("no baseline") && told.contains("--baseline-at 2014-12-22T"),
        "{told}"
    );
}
