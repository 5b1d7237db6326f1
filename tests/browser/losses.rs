//! The report's table of losses, held against event tables counted by hand, and never against tables of
//! dropline.

use super::Run;
use crate::harness::{Browser, Scene, Screen, dropline};

/// The cells of a table's rows as people read them.
fn cells(browser: &mut Browser, table: &str) -> Vec<Vec<String>> {
    let rows = browser.evaluate(&format!(
        "[...document.querySelectorAll('{table} tbody tr')].map(r => [...r.cells].map(c => c.innerText.replace(/\\s+/g, ' ').trim()))"
    ));
    let rows = rows.as_array().expect("rows").iter();
    let text = |cell: &serde_json::Value| cell.as_str().expect("a text").to_owned();
    rows.map(|row| row.as_array().expect("cells").iter().map(text).collect())
        .collect()
}

/// The text of each element that a selector finds.
fn texts(browser: &mut Browser, selector: &str) -> Vec<String> {
    let found = browser.evaluate(&format!(
        "[...document.querySelectorAll('{selector}')].map(e => e.innerText.replace(/\\s+/g, ' ').trim())"
    ));
    let found = found.as_array().expect("elements").iter();
    found
        .map(|text| text.as_str().expect("a text").to_owned())
        .collect()
}

/// `data/events/kp-2014-12-22-reconstruction.events`: the third of five networks loses its last of the four /24s at
/// 16:15:18, the third has them again at 01:46:12, which is 34,254 s later; four times that is 38 h 4 min. AS64496 is
/// the first to withdraw, at 16:15:04; AS65536, at 16:15:31, is the last to begin to.
#[test]
#[ignore = "needs Chromium"]
fn the_loss_of_2014() {
    let mut browser = Browser::start();
    let run = Run::of("kp-2014-12-22-reconstruction");
    browser.open(&run.report(), Screen::DESK);
    assert_eq!(
        cells(&mut browser, ".events"),
        [[
            "1",
            "AS131279 IPv4",
            "2014-12-22 16:15:18",
            "2014-12-23 01:46:12",
            "9 h 31 min",
            "all 4 prefixes",
            "38 h 4 min",
            "AS4837 (upstream)",
            "first AS64496, last AS65536",
            "reconstruction-1, reconstruction-2"
        ]]
    );
    // The first screen tells it to the minute, for the seconds are invented.
    assert_eq!(
        texts(&mut browser, "#headline"),
        [
            "AS131279 lost all 4 of its prefixes from 22 December 2014, 16:15 to 23 December, 01:46 UTC (about 9 h 31 min)."
        ]
    );
    assert_eq!(
        texts(&mut browser, "#losses li"),
        [
            "1 AS131279, from 22 December 2014, 16:15 UTC: all 4 prefixes lost within that minute, all back on 23 December, \
          01:46 (about 9 h 31 min later); nearly all of the lost paths ran through AS4837, its upstream."
        ]
    );
    // Under the other choices the start moves by -7 to +4 s, the end by -2 to +7 s: see tests/notebooks.rs.
    let chips = texts(&mut browser, "#chips li");
    for chip in [
        "5 of 6 networks at 2 collectors count",
        "no prefix-minute unknown",
        "seconds not measured",
        "sensitivity: start ± 7 s, end ± 7 s over 7 other choices",
    ] {
        assert!(chips.iter().any(|c| c == chip), "{chip}: {chips:?}");
    }
    let published = cells(&mut browser, "#published ~ .scroll");
    let ours: Vec<&str> = published.iter().map(|row| row[3].as_str()).collect();
    assert_eq!(ours, ["2014-12-22 16:15:18", "2014-12-23 01:46:12"]);
}

/// `data/events/kp-2017-10-01-reconstruction.events`: the third of five networks loses, and has again, all four /24s
/// at these times. The largest comes first, and each keeps the number that it has by time.
#[test]
#[ignore = "needs Chromium"]
fn the_four_losses_of_2017() {
    let mut browser = Browser::start();
    let run = Run::of("kp-2017-10-01-reconstruction");
    browser.open(&run.report(), Screen::DESK);
    let rows = cells(&mut browser, ".events");
    let told: Vec<[&str; 5]> = rows
        .iter()
        .map(|row| [0, 2, 3, 4, 6].map(|cell| row[cell].as_str()))
        .collect();
    let day = |time: &str| format!("2017-10-01 {time}");
    let expected = [
        ["3", "11:48:40", "11:51:20", "2 min 40 s", "10 min 40 s"],
        ["1", "11:02:10", "11:04:20", "2 min 10 s", "8 min 40 s"],
        ["4", "12:10:20", "12:12:10", "1 min 50 s", "7 min 20 s"],
        ["2", "11:24:05", "11:25:40", "1 min 35 s", "6 min 20 s"],
    ];
    for (told, expected) in told.iter().zip(expected) {
        let [number, start, end, lasted, sum] = expected;
        assert_eq!(*told, [number, &day(start), &day(end), lasted, sum]);
    }
    assert_eq!(told.len(), 4);
    for row in &rows {
        assert_eq!(row[5], "all 4 prefixes");
        assert_eq!(row[7], "AS4837 (upstream)");
        assert_eq!(row[8], "first AS64496, last AS65536");
    }
    assert_eq!(
        texts(&mut browser, "#headline"),
        [
            "AS131279 lost all 4 of its prefixes four times between 1 October 2017, 11:02 and 12:12 UTC."
        ]
    );
    let behind = "nearly all of the lost paths ran through AS4837, its upstream.";
    let told = [
        ("3", "11:48", "11:51", "3"),
        ("1", "11:02", "11:04", "2"),
        ("4", "12:10", "12:12", "2"),
    ];
    let told = told.map(|(number, start, end, minutes)| {
        format!(
            "{number} AS131279, from 1 October 2017, {start} UTC: all 4 prefixes lost within that minute, all back at {end} \
             (about {minutes} min later); {behind}"
        )
    });
    assert_eq!(texts(&mut browser, "#losses li"), told);
    assert_eq!(
        texts(&mut browser, "#left-out"),
        ["And 1 smaller loss, of AS131279."]
    );
    // The second upstream, which was published to the second, stands beside the change of upstream here.
    let published = cells(&mut browser, "#published ~ .scroll");
    let ours: Vec<&str> = published.iter().map(|row| row[3].as_str()).collect();
    assert_eq!(ours, ["09:07:51", "10:14:45", "12:21:55"].map(day));
}

/// Half of an AS's prefixes are lost at 16:05:10 and not back; the rest is lost from 16:06:20 to 16:09:30. After
/// 16:12:10 nothing is known. Another AS, which nobody asked for, has a row nowhere.
#[test]
#[ignore = "needs Chromium"]
fn a_partial_loss_that_runs_into_the_unknown() {
    let mut browser = Browser::start();
    let scene = Scene::of(
        "cover 16:00 16:30
         16:00    ABC rib 10.0.1.0/24 @ 4837 64500
         16:00    ABC rib 10.0.2.0/24 @ 4837 64500
         16:05:10 ABC withdraw 10.0.1.0/24
         16:06:20 ABC withdraw 10.0.2.0/24
         16:09:30 ABC announce 10.0.2.0/24 @ 4837 64500
         16:10:00 A announce 10.0.1.0/24 @ 4837 64666
         16:12:10 ABC state 6 1",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:18");
    let made = dropline(&["plot", &run.dir.display().to_string()]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    browser.open(&run.dir.join("report.html"), Screen::DESK);
    let rows = cells(&mut browser, ".events");
    assert_eq!(rows.len(), 1, "{rows:?}");
    let row = &rows[0];
    assert_eq!(row[1], "AS64500 IPv4");
    assert_eq!(row[2], "2014-12-22 16:05:10");
    assert_eq!(row[3], "nothing known after 2014-12-22 16:12:10");
    assert_eq!(row[4], "at least 7 min 0 s");
    assert!(
        row[5].starts_with("both prefixes by 2014-12-22 16:06:20"),
        "{}",
        row[5]
    );
    // 420 s of the first prefix, 190 s of the second.
    assert_eq!(row[6], "10 min 10 s");
    let captions = browser.text(
        "[...document.querySelectorAll('#lines figcaption')].map(c => c.textContent).join('; ')",
    );
    assert_eq!(captions, "AS64500, 2 prefixes");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
