//! Stories of hand-made rows: a sentence of each kind.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its rows cannot be made"
)]

use super::input::{BaselineFacts, Knowledge, OtherReturn};
use super::{Story, StoryFacts, StoryInput, tell};
use crate::detect::{EndKind, Scope};
use crate::model::net::{Family, Prefix};
use crate::model::time::{TimeDelta, Timestamp, Window};
use crate::tally::baseline::BaselineKind;
use crate::view::events::{EventView, SensitivityView};
use crate::view::outages::{LossView, OutageView};
use crate::view::times::Precision;
use std::collections::BTreeMap;

/// A time on 24 February 2008, or with its day before it.
fn at(text: &str) -> Timestamp {
    let day = if text.len() > 8 { "" } else { "2008-02-24T" };
    Timestamp::parse(&format!("{day}{text}Z")).unwrap()
}

/// From 10:01 to 22:00 on 24 February 2008.
fn window() -> Window {
    Window {
        from: at("10:01:00"),
        to: at("22:00:00"),
    }
}

/// AS39010 loses 31 of its 33 prefixes: half are back after two hours, the last in the evening.
fn event(number: u32) -> EventView {
    EventView {
        event: number,
        scope: Scope::Asn,
        entity: "AS39010".to_owned(),
        name: String::new(),
        families: vec![Family::V4],
        start: at("10:55:02"),
        end: at("19:05:33"),
        end_kind: EndKind::Back,
        start_uncertainty_s: Some(0),
        end_uncertainty_s: Some(0),
        baseline: Some(BaselineKind::Measured),
        prefixes_baseline: 33,
        prefixes_lost_max: 31,
        worst_at: at("11:30:04"),
        down_from: Some(at("10:56:10")),
        down_to: Some(at("12:44:02")),
        half_back_at: Some(at("12:44:02")),
        last_back_at: Some(at("19:05:33")),
        still_lost: 0,
        prefix_seconds_lost: 300_000,
        prefix_seconds_lost_before: 0,
        units_none_max: None,
        units_covered_max: None,
        first_lost: vec![7018],
        last_lost: vec![2914],
        common_as: None,
        upstreams_before: vec![9121],
        upstreams_during: Vec::new(),
        upstreams_after: vec![9121],
        other_origins: Vec::new(),
        collectors: vec!["route-views2".to_owned()],
        prefixes: prefixes(31),
    }
}

/// All of an AS's prefixes gone and back at once.
fn whole(number: u32, entity: &str, n: u32, from: &str, to: &str) -> EventView {
    EventView {
        entity: entity.to_owned(),
        start: at(from),
        end: at(to),
        worst_at: at(from),
        half_back_at: Some(at(to)),
        last_back_at: Some(at(to)),
        prefixes_baseline: n,
        prefixes_lost_max: n,
        prefix_seconds_lost: u64::from(n) * ((at(to).0 - at(from).0) / 1_000_000) as u64,
        prefixes: prefixes(n),
        ..event(number)
    }
}

fn prefixes(n: u32) -> Vec<Prefix> {
    let prefix = |i: u32| format!("10.0.{i}.0/24").parse().unwrap();
    (0..n).map(prefix).collect()
}

fn outage(entity: &str, from: &str, to: &str) -> OutageView {
    OutageView {
        event: None,
        scope: Scope::Prefix,
        entity: entity.to_owned(),
        family: Family::V4,
        start: at(from),
        end: at(to),
        end_kind: EndKind::Back,
        duration_s: (at(to).0 - at(from).0) / 1_000_000,
        down_s: (at(to).0 - at(from).0) / 1_000_000,
        start_uncertainty_s: Some(0),
        end_uncertainty_s: Some(0),
        baseline: None,
        depth: 10_000,
        depth_without_stuck: 10_000,
        first_lost: Vec::new(),
        last_lost: Vec::new(),
        upstreams_before: Vec::new(),
        upstreams_after: Vec::new(),
        stuck: Vec::new(),
        other_origins: Vec::new(),
        origins_before: Vec::new(),
        origins_back: Vec::new(),
        common_as: None,
        lost_first_hops: 0,
        reachable: None,
        losses: Vec::new(),
        collectors: Vec::new(),
    }
}

fn facts() -> StoryFacts {
    StoryFacts {
        networks: 33,
        networks_heard: 33,
        collectors: vec!["route-views2".to_owned()],
        unknown_share: Some(0),
        prefixes: 62,
        ..StoryFacts::default()
    }
}

fn input<'a>(events: &'a [EventView], outages: &'a [OutageView]) -> StoryInput<'a> {
    StoryInput {
        window: window(),
        precision: Precision::Seconds,
        events,
        sensitivity: &[],
        outages,
        families: BTreeMap::new(),
        other_returns: BTreeMap::new(),
        baseline: BaselineFacts {
            members: 33,
            min_life: TimeDelta::from_mins(60),
            has_rib: true,
            known: Knowledge::Visible,
            ..BaselineFacts::default()
        },
        facts: facts(),
    }
}

fn story(events: &[EventView]) -> Story {
    tell(&input(events, &[]))
}

/// The only sentence about a single event.
fn sentence(event: EventView) -> String {
    let story = story(&[event]);
    assert_eq!(story.sentences.len(), 1);
    story.sentences.into_iter().next().unwrap().text
}

#[test]
fn a_loss_is_told_with_its_worst_its_half_and_its_last_return() {
    let story = story(&[event(1)]);
    assert_eq!(
        story.sentences.first().map(|s| s.text.as_str()),
        Some(
            "AS39010, from 10:55:02 UTC: 31 of 33 prefixes lost by 11:30:04, half of them back at 12:44:02, the last at 19:05:33"
        )
    );
    assert_eq!(
        story.headline,
        "AS39010 lost 31 of its 33 prefixes from 24 February 2008, 10:55:02 UTC, half of them back at 12:44:02, the last at 19:05:33"
    );
    assert_eq!(story.left_out, [""; 0]);
    assert_eq!(story.caveats, [""; 0]);
}

#[test]
fn what_goes_and_comes_back_at_once_is_told_so() {
    assert_eq!(
        sentence(whole(1, "AS131279", 4, "16:15:18", "16:17:28")),
        "AS131279, from 16:15:18 UTC: all 4 prefixes lost at once, all back at 16:17:28 (2 min 10 s later)"
    );
    assert_eq!(
        sentence(whole(1, "AS64500", 1, "16:15:18", "16:17:28")),
        "AS64500, from 16:15:18 UTC: its only prefix lost, back at 16:17:28 (2 min 10 s later)"
    );
}

#[test]
fn a_return_after_the_end_of_the_event_is_told() {
    let some_later = EventView {
        end: at("12:50:11"),
        still_lost: 3,
        ..event(1)
    };
    let text = sentence(some_later.clone());
    assert!(
        text.ends_with(
            "half of them back at 12:44:02, all but 3 by 12:50:11, the last at 19:05:33"
        ),
        "{text}"
    );
    let one_gone = EventView {
        still_lost: 1,
        last_back_at: None,
        ..some_later
    };
    let text = sentence(one_gone);
    assert!(
        text.ends_with(
            "all but one back by 12:50:11, that one not back when the window ended at 22:00:00"
        ),
        "{text}"
    );
}

/// An end that nobody saw is never told as the window's end.
#[test]
fn the_three_ends() {
    let open = |end_kind, end: &str| EventView {
        end: at(end),
        end_kind,
        half_back_at: None,
        last_back_at: None,
        still_lost: 31,
        ..event(1)
    };
    let text = sentence(open(EndKind::Window, "22:00:00"));
    assert!(
        text.ends_with("by 11:30:04, not back when the window ended at 22:00:00"),
        "{text}"
    );
    let unknown = open(EndKind::Unknown, "12:55:00");
    let text = sentence(unknown.clone());
    assert!(
        text.ends_with("down until at least 12:55:00; nothing is known from then on"),
        "{text}"
    );
    let told = story(&[unknown]);
    let all = told.notes().chain([told.headline.as_str(), &text]);
    for text in all {
        assert!(!text.contains("22:00"), "{text}");
    }
    let part = EventView {
        half_back_at: Some(at("12:44:02")),
        still_lost: 7,
        ..open(EndKind::Window, "22:00:00")
    };
    let text = sentence(part);
    assert!(
        text.ends_with(
            "half of them back at 12:44:02, 7 still lost when the window ended at 22:00:00"
        ),
        "{text}"
    );
}

#[test]
fn a_window_that_begins_inside_a_loss_says_so() {
    let before = EventView {
        start: at("2008-02-23T23:31:07"),
        worst_at: at("2008-02-23T23:40:00"),
        prefix_seconds_lost_before: 10,
        ..event(1)
    };
    let story = story(&[before]);
    let text = &story.sentences.first().unwrap().text;
    assert!(
        text.starts_with("AS39010, since 23 February, 23:31:07 UTC, before the window began: 31 of 33 prefixes lost by 23:40:00, half of them back on 24 February, 12:44:02"),
        "{text}"
    );
    assert_eq!(
        story.caveats,
        [
            "The window begins inside the loss of AS39010, which had begun at 23 February, 23:31:07 UTC"
        ]
    );
}

#[test]
fn a_return_by_other_routes_is_not_plainly_back() {
    let hijacked = EventView {
        other_origins: vec![666],
        ..whole(1, "AS64500", 1, "13:00:00", "14:02:10")
    };
    let events = [hijacked];
    let mut input = input(&events, &[]);
    let other = OtherReturn {
        prefixes: 1,
        origins: vec![666],
    };
    input.other_returns.insert(1, other);
    let story = tell(&input);
    let text = &story.sentences.first().unwrap().text;
    assert!(
        text.ends_with("reached again at 14:02:10 (1 h 2 min later), but by AS666’s routes"),
        "{text}"
    );
    assert!(
        story
            .headline
            .ends_with("reached again at 14:02:10 (1 h 2 min later), but by AS666’s routes"),
        "{}",
        story.headline
    );
    input.other_returns.clear();
    let text = &tell(&input).sentences.first().unwrap().text.clone();
    assert!(
        text.contains("back at 14:02:10")
            && text.ends_with("meanwhile AS666 announced prefixes of these"),
        "{text}"
    );
}

#[test]
fn reachable_space_is_told() {
    let covered = |none, covered| EventView {
        units_none_max: Some(none),
        units_covered_max: Some(covered),
        ..event(1)
    };
    let end = |event| {
        let text = sentence(event);
        let (_, rest) = text.split_once("; ").unwrap_or_default();
        rest.to_owned()
    };
    assert_eq!(
        end(covered(0, 208)),
        "all of its space stayed reachable through less specific routes"
    );
    assert_eq!(
        end(covered(13, 18)),
        "at worst 13 /24s had no route; up to 18 were reached only through less specific routes"
    );
    assert_eq!(end(covered(768, 0)), "at worst 768 /24s had no route");
    assert_eq!(end(covered(31, 0)), "");
}

#[test]
fn families_are_one_as() {
    let both = EventView {
        families: vec![Family::V4, Family::V6],
        ..event(1)
    };
    assert!(sentence(both).starts_with("AS39010 (IPv4 and IPv6), from"));
    let events = [event(1)];
    let mut input = input(&events, &[]);
    let has = vec![Family::V4, Family::V6];
    input.families.insert("AS39010".to_owned(), has);
    let text = tell(&input).sentences.first().unwrap().text.clone();
    assert!(text.starts_with("AS39010 (IPv4 only), from"), "{text}");
}

#[test]
fn every_sentence_says_what_its_baseline_rests_on() {
    let resting = |kind| EventView {
        baseline: Some(kind),
        ..event(1)
    };
    let text = sentence(resting(BaselineKind::Inferred));
    assert!(
        text.ends_with("; that these prefixes had been there is inferred from their withdrawals"),
        "{text}"
    );
    let events = [resting(BaselineKind::Chosen)];
    let mut input = input(&events, &[]);
    input.baseline.chosen = Some(at("23:30:00"));
    let story = tell(&input);
    let text = &story.sentences.first().unwrap().text;
    assert!(
        text.ends_with("; measured by the state at 23:30:00, as chosen"),
        "{text}"
    );
    assert_eq!(
        story.caveats,
        ["What was lost is measured by the state at 23:30:00 UTC, which `--baseline-at` chose"]
    );
}

#[test]
fn the_three_largest_are_told_and_the_rest_counted() {
    let events = [
        whole(1, "AS27693", 15, "17:27:00", "17:38:00"),
        event(2),
        whole(3, "AS27693", 15, "17:43:00", "17:53:00"),
        whole(4, "AS13224", 10, "16:32:05", "17:56:05"),
    ];
    let story = story(&events);
    let told: Vec<Option<u32>> = story.sentences.iter().map(|s| s.event).collect();
    assert_eq!(told, [Some(2), Some(4), Some(1)]);
    assert_eq!(story.left_out, ["And 1 smaller loss, of AS27693"]);
    assert_eq!(
        story.headline,
        "AS39010, AS13224 and AS27693 lost prefixes between 24 February 2008, 10:55:02 and 19:05:33 UTC: 4 losses, the largest by prefix-seconds that of AS39010 (31 of 33 prefixes)"
    );
}

#[test]
fn the_same_loss_four_times_is_one_headline() {
    let spans = [
        ("11:02:10", "11:04:20"),
        ("11:24:05", "11:25:40"),
        ("11:48:40", "11:51:20"),
        ("12:10:20", "12:12:10"),
    ];
    let events: Vec<EventView> = (1..)
        .zip(spans)
        .map(|(n, (from, to))| whole(n, "AS131279", 4, from, to))
        .collect();
    let told = story(&events);
    assert_eq!(
        told.headline,
        "AS131279 lost all 4 of its prefixes four times between 24 February 2008, 11:02:10 and 12:12:10 UTC"
    );
    // No seconds are told where they are invented.
    let mut input = input(&events, &[]);
    input.precision = Precision::Minutes;
    let told = tell(&input);
    assert_eq!(
        told.headline,
        "AS131279 lost all 4 of its prefixes four times between 24 February 2008, 11:02 and 12:12 UTC"
    );
    assert_eq!(
        told.sentences.first().map(|s| s.text.as_str()),
        Some(
            "AS131279, from 11:48 UTC: all 4 prefixes lost within that minute, all back at 11:51 (about 3 min later)"
        )
    );
    assert_eq!(
        told.certainty.first().map(String::as_str),
        Some("Reconstructed from published times: peers, paths and seconds are invented")
    );
    let open = EventView {
        end: at("12:30:00"),
        end_kind: EndKind::Unknown,
        ..events.last().unwrap().clone()
    };
    let events = [events.first().unwrap().clone(), open];
    let told = story(&events);
    assert!(
        told.headline
            .ends_with("; of one, nothing is known from 12:30:00 on"),
        "{}",
        told.headline
    );
}

#[test]
fn an_as_of_a_country_is_part_of_its_loss() {
    let country = EventView {
        scope: Scope::Country,
        name: "North Korea".to_owned(),
        ..whole(1, "KP", 4, "16:15:18", "16:17:28")
    };
    let part = whole(2, "AS131279", 4, "16:15:18", "16:17:28");
    let story = story(&[country, part]);
    assert_eq!(
        story.headline,
        "North Korea (KP) lost all 4 of its prefixes from 24 February 2008, 16:15:18 to 16:17:28 UTC (2 min 10 s)"
    );
    assert_eq!(story.sentences.len(), 1);
    let text = &story.sentences.first().unwrap().text;
    assert!(text.ends_with("; all of it at AS131279"), "{text}");
    assert_eq!(
        story.left_out,
        ["1 loss of single ASes in `events` is part of the country’s"]
    );
}

/// Without members there are no events, and prefixes that were lost are told all the same.
#[test]
fn outages_of_no_event_are_told_together() {
    let outages = [
        outage("10.0.1.0/24", "12:00:02", "14:00:05"),
        outage("10.0.2.0/24", "12:00:40", "14:01:10"),
        outage("10.0.3.0/24", "12:00:09", "14:00:09"),
        outage("10.0.3.0/24", "16:00:00", "16:00:07"),
    ];
    let mut input = input(&[], &outages);
    input.baseline.members = 0;
    input.baseline.best_minute = Some(at("11:00:00"));
    let story = tell(&input);
    assert_eq!(
        story.headline,
        "3 prefixes were lost from 24 February 2008, 12:00:02 UTC, back between 14:00:05 and 14:01:10"
    );
    let small = "1 outage of 1 prefix in `outages` belongs to none of these losses";
    assert_eq!(story.left_out, [small]);
    assert_eq!(
        story.sentences.first().map(|s| s.text.as_str()),
        Some(
            "10.0.1.0/24 and 2 more, from 12:00:02 UTC: 3 prefixes lost by 12:00:40, back between 14:00:05 and 14:01:10; they are not in the baseline, and had been visible for 60 min or more before"
        )
    );
    let caveat = story.caveats.first().unwrap();
    assert!(
        caveat.contains("There is no baseline")
            && caveat.contains("--baseline-at 2008-02-24T11:00:00Z"),
        "{caveat}"
    );
}

#[test]
fn why_nothing_can_be_told_and_what_helps() {
    let headline = |change: fn(&mut StoryInput<'_>)| {
        let mut input = input(&[], &[]);
        change(&mut input);
        tell(&input).headline
    };
    let span = "from 24 February 2008, 10:01 to 22:00 UTC";
    assert_eq!(
        headline(|_| ()),
        format!("No loss {span} (33 prefixes watched; 29 more were not there before)")
    );
    assert_eq!(
        headline(|i| i.baseline.known = Knowledge::NoPrefix),
        format!(
            "Whether anything was lost {span} cannot be said: no peer announced any watched prefix"
        )
    );
    let few = |networks: u32, most: u32| {
        let mut input = input(&[], &[]);
        input.facts.networks = networks;
        input.baseline.known = Knowledge::TooFew { most, needed: 3 };
        tell(&input).headline
    };
    let unknown = format!("Every minute {span} is unknown");
    for (networks, most, why) in [
        (0, 0, "no vantage AS counts, and `--min-vantage` asks for 3"),
        (1, 1, "1 vantage AS counts, and `--min-vantage` asks for 3"),
        (2, 2, "2 vantage ASes count, and `--min-vantage` asks for 3"),
        (
            33,
            2,
            "of 33 vantage ASes that count, at most 2 are known at a time, and `--min-vantage` asks for 3",
        ),
    ] {
        assert_eq!(few(networks, most), format!("{unknown}: {why}"));
    }
    let no_members = headline(|i| {
        i.baseline.members = 0;
        i.baseline.has_rib = false;
        i.baseline.best_minute = Some(at("21:30:00"));
    });
    for flag in [
        "`--baseline-at 2008-02-24T21:30:00Z`",
        "`--rib-lookback`",
        "an earlier start",
    ] {
        assert!(no_members.contains(flag), "{no_members}");
    }
}

#[test]
fn certainty_names_clocks_and_networks_and_never_seconds() {
    let mut outage = outage("10.0.0.0/24", "10:55:02", "12:00:00");
    outage.event = Some(1);
    let loss = |asn: &str, lost_at: &str| LossView {
        position: 1,
        lost: asn.to_owned(),
        lost_at: at(lost_at),
        back_at: None,
        last_path: String::new(),
    };
    outage.losses = vec![loss("7018", "10:55:00"), loss("2914", "10:55:32")];
    outage.stuck = vec![3356];
    let events = [event(1)];
    let outages = [outage];
    let mut input = input(&events, &outages);
    input.facts.networks = 6;
    input.facts.networks_heard = 39;
    input.facts.unknown_share = Some(153);
    assert_eq!(
        tell(&input).certainty,
        [
            "Times are when updates arrived, by the clock of route-views2",
            "6 of 39 networks at 1 collector carry a full table and count",
            "2 networks lost some of it, AS7018 first and AS2914 last, 32 s apart",
            "AS3356 kept its unchanged route through the loss, as stuck peers do",
            "2 % of the prefix-minutes are unknown"
        ]
    );
    input.facts.unknown_share = Some(9_999);
    let told = tell(&input).certainty;
    assert!(
        told.contains(&"99 % of the prefix-minutes are unknown".to_owned()),
        "{told:?}"
    );
}

#[test]
fn sensitivity_is_one_line() {
    let row = |choice: &str, offsets: Option<(i64, i64)>| SensitivityView {
        event: 1,
        choice: choice.to_owned(),
        start: offsets.map(|_| at("10:55:02")),
        end: offsets.map(|_| at("19:05:33")),
        end_kind: offsets.map(|_| EndKind::Back),
        prefixes_lost_max: offsets.map(|_| 31),
        start_offset_s: offsets.map(|(start, _)| start),
        end_offset_s: offsets.map(|(_, end)| end),
    };
    let rows = [
        row("full_feed=all", Some((-26, 3))),
        row("visible=25%", Some((4, -14))),
        row("collector=rrc00", None),
    ];
    let events = [event(1)];
    let mut input = input(&events, &[]);
    input.sensitivity = &rows;
    assert_eq!(
        tell(&input).sensitivity.as_deref(),
        Some("start ± 26 s, end ± 14 s over 2 of 3 other choices; not seen at rrc00 alone")
    );
    input.sensitivity = rows.get(..2).unwrap();
    assert_eq!(
        tell(&input).sensitivity.as_deref(),
        Some("start ± 26 s, end ± 14 s over 2 other choices")
    );
}

/// AS13224 has no member in 2008: its ten prefixes come at 15:24 and go at 16:31. They are told among
/// the events, by size.
#[test]
fn a_loss_outside_the_baseline_is_told_among_the_others() {
    let loose = |prefix: &str, from: &str, to: &str| OutageView {
        origins_before: vec![13224],
        common_as: Some(6939),
        ..outage(prefix, from, to)
    };
    let outages = [
        loose("213.147.64.0/19", "16:31:50", "17:56:01"),
        loose("213.147.65.0/24", "16:33:02", "17:56:01"),
        outage("10.0.3.0/24", "16:00:00", "16:00:07"),
    ];
    let events = [event(1), whole(2, "AS27693", 1, "17:27:00", "17:38:00")];
    let mut input = input(&events, &outages);
    input.baseline.without_members = vec!["AS13224".to_owned()];
    let story = tell(&input);
    let told: Vec<Option<u32>> = story.sentences.iter().map(|s| s.event).collect();
    assert_eq!(told, [Some(1), None, Some(2)]);
    assert_eq!(
        story.sentences.get(1).map(|s| s.text.as_str()),
        Some(
            "AS13224, from 16:31:50 UTC: 2 prefixes lost by 16:33:02, back at 17:56:01; nearly all of the lost paths ran through AS6939; they are not in the baseline, and had been visible for 60 min or more before"
        )
    );
    let small = "1 outage of 1 prefix in `outages` belongs to none of these losses";
    assert_eq!(story.left_out, [small]);
    assert_eq!(
        story.headline,
        "AS39010, AS13224 and AS27693 lost prefixes between 24 February 2008, 10:55:02 and 19:05:33 UTC: 3 losses, the largest by prefix-seconds that of AS39010 (31 of 33 prefixes)"
    );
    assert_eq!(
        story.caveats,
        [
            "AS13224 has no baseline: none of its prefixes was visible when the window began, or long enough before; `--baseline-at 2008-02-24T16:31:00Z` would measure by the state at 16:31:00"
        ]
    );
    // A single one is the headline, and other origins' routes are not plainly back.
    let taken = OutageView {
        other_origins: vec![666],
        origins_back: vec![666],
        ..loose("213.147.64.0/19", "16:31:50", "17:56:01")
    };
    let outages = [taken];
    let mut input = self::input(&[], &outages);
    input.baseline.members = 1;
    assert_eq!(
        tell(&input).headline,
        "1 prefix of AS13224 was lost from 24 February 2008, 16:31:50 UTC, reached again at 17:56:01, but by AS666’s routes"
    );
}
