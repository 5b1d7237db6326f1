//! The report in a browser: on a desktop and a phone, in dark mode and in print. Screenshots are kept
//! under `target/tmp/screenshots`. The tests need Chromium, and are ignored unless they are asked for.

#![allow(
    clippy::expect_used,
    reason = "a test ends where its world cannot be set up"
)]

mod losses;
mod minutes;

use crate::harness::{Browser, Scene, Screen, dropline, longhand, read_csv};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use temp_dir::TempDir;

/// The bundled incidents that come with their data.
const INCIDENTS: [&str; 5] = [
    "kp-2022-04-21",
    "beacons-2017-08-24",
    "as9785-2017-08-24",
    "kp-2014-12-22-reconstruction",
    "kp-2017-10-01-reconstruction",
];

struct Run {
    folder: TempDir,
}

impl Run {
    fn of(incident: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let out = folder.path().join("out");
        let ran = dropline(&["run", incident, "-q", "-o", &out.display().to_string()]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        Self { folder }
    }

    fn report(&self) -> PathBuf {
        self.folder.path().join("out/report.html")
    }

    fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let path = self.folder.path().join(format!("out/{name}.csv"));
        read_csv(&fs::read_to_string(path).expect("a table"))
    }
}

/// By minute and prefix: the upstreams of a cell as the page names them.
type CellUpstreams = BTreeMap<(String, String), BTreeSet<String>>;

fn upstreams_of_cells(rows: &[BTreeMap<String, String>]) -> CellUpstreams {
    let mut cells = CellUpstreams::new();
    for row in rows {
        let cell = (row["minute"].clone(), row["prefix"].clone());
        let via = format!("AS{} ({})", row["upstream"], row["peer_asns_via"]);
        cells.entry(cell).or_default().insert(via);
    }
    cells
}

/// What a cell of the raster must say of its visibility according to the table.
fn expected_cell(row: &BTreeMap<String, String>) -> String {
    let minute = row["minute"].replace('T', " ");
    let status = match row["status"].as_str() {
        "unseen" => "not yet seen by half of the networks",
        status => status,
    };
    let mut text = format!(
        "{} at {} UTC: {status}. Seen by {} of {} known vantage ASes ({} full-feed)",
        row["prefix"],
        &minute[..16],
        row["peer_asns_seeing"],
        row["peer_asns_known"],
        row["peer_asns_full"]
    );
    let now = &row["peer_asns_seeing"];
    if &row["seeing_min"] != now || &row["seeing_max"] != now {
        let (min, max) = (&row["seeing_min"], &row["seeing_max"]);
        text.push_str(&format!(", {min} to {max} within the minute"));
    }
    text
}

/// Points at the middle of a cell of the raster and returns the text of the tooltip.
fn hover(browser: &mut Browser, row: usize, minute: usize) -> String {
    browser.evaluate(&format!(
        "document.querySelectorAll('#grid .names > div')[{row}]
            .scrollIntoView({{ block: 'center', behavior: 'instant' }})"
    ));
    browser.wait_for_frames();
    let place = format!(
        "(() => {{
            const r = document.querySelectorAll('#grid .names > div')[{row}].getBoundingClientRect();
            const c = document.getElementById('cells').getBoundingClientRect();
            const minutes = Number(document.getElementById('grid').dataset.minutes);
            return [c.left + ({minute} + 0.5) * c.width / minutes, r.top + r.height / 2];
        }})()"
    );
    let place = browser.evaluate(&place);
    let at = |i: usize| place[i].as_f64().expect("a place");
    browser.point_at(at(0), at(1));
    browser.text(
        "document.getElementById('tip').hidden ? '' : document.getElementById('tip').textContent",
    )
}

/// Asserts that a cell's text agrees with a row of the table.
fn assert_describes(text: &str, row: &BTreeMap<String, String>, upstreams: &CellUpstreams) {
    let (visibility, listed) = text.split_once(". Upstream: ").unwrap_or((text, ""));
    assert_eq!(visibility, expected_cell(row));
    let listed = listed.trim_end_matches('.').split(", ");
    let listed: BTreeSet<String> = listed.filter(|b| *b != "none").map(str::to_owned).collect();
    let cell = (row["minute"].clone(), row["prefix"].clone());
    let via = upstreams.get(&cell).cloned().unwrap_or_default();
    assert_eq!(listed, via, "{text}");
}

#[test]
#[ignore = "needs Chromium"]
fn cells_of_every_incident_agree_with_the_tables() {
    let mut browser = Browser::start();
    for incident in INCIDENTS {
        let run = Run::of(incident);
        let prefixes = run.table("prefixes");
        let upstreams = upstreams_of_cells(&run.table("upstreams"));
        let names: BTreeSet<&str> = prefixes.iter().map(|r| r["prefix"].as_str()).collect();
        browser.open(&run.report(), Screen::DESK);
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{incident}");
        assert_eq!(
            browser.number("document.querySelectorAll('#grid .names > [role=row]').length"),
            names.len() as f64
        );
        let shown = browser.evaluate(
            "[...document.querySelectorAll('#grid .names > div')].map(d => d.dataset.prefix)",
        );
        let shown: Vec<&str> = shown
            .as_array()
            .expect("rows")
            .iter()
            .filter_map(|v| v.as_str())
            .collect();
        assert_eq!(shown.iter().copied().collect::<BTreeSet<_>>(), names);
        // The first cell, the last, and the first of each status, of the first and the last row.
        for place in [0, shown.len() - 1] {
            let cells: Vec<_> = prefixes
                .iter()
                .filter(|r| r["prefix"] == shown[place])
                .collect();
            let mut statuses = BTreeSet::new();
            for (minute, row) in cells.iter().enumerate() {
                let is_new = statuses.insert(row["status"].as_str());
                if is_new || minute == 0 || minute + 1 == cells.len() {
                    let text = hover(&mut browser, place, minute);
                    assert_describes(&text, row, &upstreams);
                }
            }
        }
        browser.evaluate("scrollTo({ top: 0, behavior: 'instant' })");
        browser.keep_picture(&format!("{incident}-desk"), true);
        browser.look_on(Screen::DESK.dark());
        browser.keep_picture(&format!("{incident}-dark"), true);
        browser.open(&run.report(), Screen::PHONE);
        let (page_width, width) = (
            browser.number("document.documentElement.scrollWidth"),
            browser.number("innerWidth"),
        );
        assert!(
            page_width <= width && width == 390.0,
            "{incident}: {page_width} of {width} pixels"
        );
        browser.keep_picture(&format!("{incident}-phone"), true);
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{incident}");
        let printed = browser.print(&format!("{incident}-print"));
        assert!(printed.starts_with(b"%PDF-"));
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{incident}");
    }
}

#[test]
#[ignore = "needs Chromium"]
fn dark_mode_and_print_change_the_colours() {
    let mut browser = Browser::start();
    let run = Run::of("kp-2014-12-22-reconstruction");
    browser.open(&run.report(), Screen::DESK);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let paper = "getComputedStyle(document.body).backgroundColor";
    // The pixel in the middle of the raster's first row.
    let pixel = "(() => { const c = document.getElementById('cells'); \
                 return [...c.getContext('2d').getImageData(c.width >> 1, 3, 1, 1).data].join(); })()";
    let corner = "(() => { const c = document.getElementById('cells'); \
                  return [...c.getContext('2d').getImageData(2, 3, 1, 1).data].join(); })()";
    assert_eq!(browser.text(paper), "rgb(255, 255, 255)");
    let between = "(() => { const c = document.getElementById('cells'), n = document.querySelector('#grid .names > div').offsetHeight; \
                   return [...c.getContext('2d').getImageData(c.width >> 1, n - 1, 1, 1).data].join(); })()";
    assert_eq!(browser.text(between), "255,255,255,255");
    let (light, light_down) = (browser.text(corner), browser.text(pixel));
    assert_ne!(light, light_down, "up and down look the same");
    browser.look_on(Screen::DESK.dark());
    assert_eq!(browser.text(paper), "rgb(20, 23, 27)");
    assert_ne!(browser.text(pixel), light_down, "the raster stays light");
    // The button overrides the system's choice.
    browser.evaluate("document.getElementById('theme').click()");
    assert_eq!(browser.text(paper), "rgb(255, 255, 255)");
    assert_eq!(browser.text(pixel), light_down);
    browser.evaluate("document.getElementById('theme').click()");
    // Print is always light, and has no buttons.
    browser.look_on(Screen {
        media: "print",
        ..Screen::DESK.dark()
    });
    assert_eq!(browser.text(paper), "rgb(255, 255, 255)");
    assert_eq!(
        browser.text("getComputedStyle(document.getElementById('theme')).display"),
        "none"
    );
}

#[test]
#[ignore = "needs Chromium"]
fn keys_move_through_the_raster() {
    let mut browser = Browser::start();
    let run = Run::of("kp-2014-12-22-reconstruction");
    let prefixes = run.table("prefixes");
    let upstreams = upstreams_of_cells(&run.table("upstreams"));
    browser.open(&run.report(), Screen::DESK);
    browser.evaluate("document.getElementById('grid').focus()");
    let row_of = |prefix: &str, minute: usize| {
        prefixes
            .iter()
            .filter(|r| r["prefix"] == prefix)
            .nth(minute)
            .expect("a minute")
    };
    let readout = "document.getElementById('readout').textContent";
    let names: BTreeSet<&str> = prefixes.iter().map(|r| r["prefix"].as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    assert_describes(&browser.text(readout), row_of(names[0], 0), &upstreams);
    for (key, row, minute) in [
        ("ArrowRight", 0, 1),
        ("ArrowRight", 0, 2),
        ("ArrowDown", 1, 2),
        ("ArrowLeft", 1, 1),
        ("End", 1, 659),
        ("ArrowUp", 0, 659),
        ("Home", 0, 0),
    ] {
        browser.press(key);
        assert_describes(
            &browser.text(readout),
            row_of(names[row], minute),
            &upstreams,
        );
    }
    // The next change is the loss, at 16:15.
    browser.press("n");
    let change = browser.text(readout);
    assert!(
        change.contains(" at 2014-12-22 16:15 UTC: down. "),
        "{change}"
    );
}

#[test]
#[ignore = "needs Chromium"]
fn tables_sort_and_filter() {
    let mut browser = Browser::start();
    let run = Run::of("kp-2014-12-22-reconstruction");
    browser.open(&run.report(), Screen::DESK);
    let asns = "[...document.querySelectorAll('[data-filter=peers] tbody tr')].filter(r => !r.hidden).map(r => r.cells[1].textContent)";
    let sort = "document.querySelectorAll('[data-filter=peers] thead button')[1].click()";
    let list = |value: serde_json::Value| -> Vec<u32> {
        let cells = value.as_array().expect("cells").iter();
        cells
            .map(|c| {
                c.as_str()
                    .and_then(|c| c.strip_prefix("AS")?.parse().ok())
                    .expect("an AS")
            })
            .collect()
    };
    let mut peers: Vec<u32> = run
        .table("peers")
        .iter()
        .map(|p| p["peer_asn"].parse().expect("an AS"))
        .collect();
    peers.sort_unstable();
    browser.evaluate(sort);
    assert_eq!(list(browser.evaluate(asns)), peers);
    browser.evaluate(sort);
    peers.reverse();
    assert_eq!(list(browser.evaluate(asns)), peers);
    browser.evaluate("document.querySelector('.filter input[type=search]')?.closest('section').id; [...document.querySelectorAll('.filter')].find(l => l.textContent.includes('peers')).querySelector('input').focus()");
    let wanted = format!("AS{}", peers[0]);
    browser.type_in(&wanted);
    let left = list(browser.evaluate(asns));
    assert!(!left.is_empty() && left.len() < peers.len(), "{left:?}");
    assert!(
        left.iter().all(|asn| format!("AS{asn}").contains(&wanted)),
        "{left:?}"
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// Texts of an incident file are shown as text, never interpreted.
#[test]
#[ignore = "needs Chromium"]
fn a_hostile_incident_is_shown_as_text() {
    let mut browser = Browser::start();
    const EVIL: &str = "</script></title><img src=x onerror=document.title='owned'><!--<script>";
    let scene = Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:02:30 ABC withdraw 10.0.1.0/24",
    );
    let text = longhand("16:00 ABC rib 10.0.1.0/24 @ 64500");
    assert!(!text.is_empty());
    let file = scene.write(
        "incident.toml",
        &format!(
            "title = \"{EVIL}\"\nnote = \"{EVIL}\"\nsources = [\"{EVIL}\", \"https://example.net/\\\"onclick=alert(1)\"]\n\
             prefixes = [\"10.0.0.0/8\"]\nfrom = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:06:00Z\n\
             [[published]]\nevent = \"{EVIL}\"\nat = 2014-12-22T16:02:00Z\nsource = \"{EVIL}\"\n"
        ),
    );
    let args = [
        "run",
        &file.display().to_string(),
        "--archive",
        &scene.archive().display().to_string(),
    ]
    .map(str::to_owned);
    let run = scene.run("out", &args);
    let made = dropline(&["plot", &run.dir.display().to_string()]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    browser.open(&run.dir.join("report.html"), Screen::DESK);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(browser.text("document.title"), format!("{EVIL} – dropline"));
    assert_eq!(
        browser.text("document.querySelector('h1').textContent"),
        EVIL
    );
    assert_eq!(
        browser.number("document.querySelectorAll('img').length"),
        0.0
    );
    assert_eq!(
        browser.number("document.querySelectorAll('[onclick], [onerror]').length"),
        0.0
    );
    assert_eq!(browser.number("document.scripts.length"), 3.0);
}
