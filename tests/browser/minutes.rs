//! Pointing at each minute of a chart tells that minute's row, whatever is drawn there.

use super::{INCIDENTS, Run, assert_describes, upstreams_of_cells};
use crate::harness::{Browser, Scene, Screen, dropline};
use std::collections::BTreeMap;

type Row = BTreeMap<String, String>;

/// Moves the pointer over `target` to the beginning, the middle and the end of every minute of the
/// window, at `height` of it, and gives what `readout` then says: three texts a minute.
fn tellings(browser: &mut Browser, target: &str, height: &str, readout: &str) -> Vec<String> {
    let script = format!(
        "(() => {{
            const target = {target}, readout = {readout}, box = target.getBoundingClientRect();
            const minutes = Number(document.getElementById('grid').dataset.minutes), told = [];
            for (let minute = 0; minute < minutes; minute++) for (const part of [0.05, 0.5, 0.95]) {{
                const x = box.left + (minute + part) * box.width / minutes;
                target.dispatchEvent(new PointerEvent('pointermove', {{ clientX: x, clientY: {height}, bubbles: true }}));
                told.push(readout.textContent);
            }}
            return told;
        }})()"
    );
    let told = browser.evaluate(&script);
    let told = told.as_array().expect("texts").iter();
    told.map(|text| text.as_str().expect("a text").to_owned())
        .collect()
}

/// `2014-12-22 16:15` of `2014-12-22T16:15:00Z`.
fn for_people(minute: &str) -> String {
    minute.replace('T', " ").chars().take(16).collect()
}

fn number(row: &Row, column: &str) -> u64 {
    let text = row.get(column).map_or("0", String::as_str);
    text.parse().expect("a number")
}

/// What a line's readout must say of a row of `asns`.
fn expected_line(name: &str, row: &Row) -> String {
    let (visible, all) = (
        number(row, "prefixes_visible"),
        number(row, "prefixes_baseline"),
    );
    let percent = (visible as f64 / all as f64 * 1000.0).round() / 10.0;
    let noun = if all == 1 { "prefix" } else { "prefixes" };
    let mut text = format!(
        "{name} at {} UTC: {}. {visible} of {all} {noun} visible ({percent} %)",
        for_people(&row["minute"]),
        row["status"]
    );
    match number(row, "prefixes_unknown") {
        0 => {}
        n => text += &format!(", {n} unknown"),
    }
    match number(row, "prefixes_new") {
        0 => {}
        1 => text += "; 1 other is visible, too",
        n => text += &format!("; {n} others are visible, too"),
    }
    text + "."
}

/// The lines that must be drawn: the rows of each AS and family with a baseline, by name.
fn lines_of(run: &Run) -> BTreeMap<String, Vec<Row>> {
    let mut lines: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in run.table("asns") {
        let family = if row["family"] == "6" { " IPv6" } else { "" };
        let name = format!("AS{}{family}", row["asn"]);
        if !["", "0"].contains(&row["prefixes_baseline"].as_str()) {
            lines.entry(name).or_default().push(row);
        }
    }
    lines
}

/// The names that the stack gives upstreams, and by minute what its readout must say: paths summed
/// over all prefixes; the seven busiest upstreams each, the others together.
fn expected_stack(run: &Run, minutes: &[String]) -> Vec<String> {
    let rows = run.table("upstreams");
    let mut totals: BTreeMap<u64, u64> = BTreeMap::new();
    let mut counts: BTreeMap<(&str, u64), u64> = BTreeMap::new();
    for row in &rows {
        let (upstream, via) = (number(row, "upstream"), number(row, "peer_asns_via"));
        *totals.entry(upstream).or_default() += via;
        *counts.entry((&row["minute"], upstream)).or_default() += via;
    }
    let mut order: Vec<u64> = totals.keys().copied().collect();
    order.sort_by_key(|asn| (std::cmp::Reverse(totals[asn]), *asn));
    let (named, others) = order.split_at(order.len().min(7));
    let mut unknown: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let prefixes = run.table("prefixes");
    for row in &prefixes {
        let of_minute = unknown.entry(&row["minute"]).or_default();
        of_minute[0] += usize::from(row["status"] == "unknown");
        of_minute[1] += 1;
    }
    let text = |minute: &String| {
        let paths = |asn: &u64| counts.get(&(minute.as_str(), *asn)).copied().unwrap_or(0);
        let named = named.iter().map(|asn| (format!("AS{asn}"), paths(asn)));
        let others = ("others".to_owned(), others.iter().map(paths).sum());
        let via = named.chain([others]).filter(|(_, paths)| *paths > 0);
        let via: Vec<String> = via.map(|(name, paths)| format!("{name} {paths}")).collect();
        let via = if via.is_empty() {
            "none".to_owned()
        } else {
            via.join(", ")
        };
        let [of, all] = unknown[minute.as_str()];
        let note = match of * 2 > all {
            true => " More than half of the prefixes are unknown.",
            false => "",
        };
        format!(
            "At {} UTC, paths by upstream: {via}.{note}",
            for_people(minute)
        )
    };
    minutes.iter().map(text).collect()
}

#[test]
#[ignore = "needs Chromium"]
fn each_minute_of_a_chart_tells_its_row() {
    let mut browser = Browser::start();
    for incident in INCIDENTS {
        let run = Run::of(incident);
        browser.open(&run.report(), Screen::DESK);
        // Lines.
        let lines = lines_of(&run);
        let captions =
            "[...document.querySelectorAll('#lines figcaption')].map(c => c.textContent)";
        let captions = browser.evaluate(captions);
        let captions = captions.as_array().expect("captions").clone();
        assert_eq!(captions.len(), lines.len().min(8), "{incident}");
        for (place, caption) in captions.iter().enumerate() {
            let caption = caption.as_str().expect("a caption");
            let name = caption.split(',').next().expect("a name");
            let rows = &lines[name];
            let figure = format!("document.querySelectorAll('#lines figure')[{place}]");
            let told = tellings(
                &mut browser,
                &format!("{figure}.querySelector('.u-over')"),
                "box.top + 5",
                &format!("{figure}.querySelector('.minute')"),
            );
            assert_eq!(told.len(), rows.len() * 3, "{incident}: {name}");
            for (at, text) in told.iter().enumerate() {
                assert_eq!(*text, expected_line(name, &rows[at / 3]), "{incident}");
            }
        }
        // The stack of upstreams.
        let prefixes = run.table("prefixes");
        let first = &prefixes[0]["prefix"];
        let minutes = prefixes.iter().filter(|row| row["prefix"] == *first);
        let minutes: Vec<String> = minutes.map(|row| row["minute"].clone()).collect();
        let told = tellings(
            &mut browser,
            "document.querySelector('#via .u-over')",
            "box.top + 5",
            "document.querySelector('#via .minute')",
        );
        let expected = expected_stack(&run, &minutes);
        assert_eq!(told.len(), expected.len() * 3, "{incident}");
        for (at, text) in told.iter().enumerate() {
            assert_eq!(*text, expected[at / 3], "{incident}");
        }
        // The raster, of one incident: it has as many minutes as all of them together.
        if incident != "kp-2014-12-22-reconstruction" {
            continue;
        }
        let upstreams = upstreams_of_cells(&run.table("upstreams"));
        let shown = browser.evaluate(
            "[...document.querySelectorAll('#grid .names > div')].map(d => d.dataset.prefix)",
        );
        for (place, prefix) in shown.as_array().expect("rows").iter().enumerate() {
            let rows = prefixes.iter().filter(|row| *prefix == row["prefix"]);
            let rows: Vec<&Row> = rows.collect();
            let middle = format!(
                "(r => r.top + r.height / 2)(document.querySelectorAll('#grid .names > div')[{place}].getBoundingClientRect())"
            );
            let told = tellings(
                &mut browser,
                "document.getElementById('cells')",
                &middle,
                "document.getElementById('readout')",
            );
            assert_eq!(told.len(), rows.len() * 3, "{incident}: {prefix}");
            for (at, text) in told.iter().enumerate() {
                assert_describes(text, rows[at / 3], &upstreams);
            }
        }
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{incident}");
    }
}

/// With the mouse and with the keys, in the middle of an outage of nine and a half hours: the time that
/// is pointed at, not that of a change.
#[test]
#[ignore = "needs Chromium"]
fn the_middle_of_an_outage_is_down() {
    let mut browser = Browser::start();
    let run = Run::of("kp-2014-12-22-reconstruction");
    browser.open(&run.report(), Screen::DESK);
    for section in ["lines", "via"] {
        // 22:00 is six hours after the window's start; the window has eleven.
        let place = browser.evaluate(&format!(
            "(() => {{
                const over = document.querySelector('#{section} .u-over');
                over.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                const box = over.getBoundingClientRect();
                return [Math.ceil(box.left + box.width * 6 / 11), box.top + box.height / 2];
            }})()"
        ));
        browser.wait_for_frames();
        let at = |i: usize| place[i].as_f64().expect("a place");
        browser.point_at(at(0), at(1));
        // Both tell the same minute, whichever is pointed at.
        assert_eq!(
            browser.text("document.querySelector('#lines .minute').textContent"),
            "AS131279 at 2014-12-22 22:00 UTC: down. 0 of 4 prefixes visible (0 %)."
        );
        assert_eq!(
            browser.text("document.querySelector('#via .minute').textContent"),
            "At 2014-12-22 22:00 UTC, paths by upstream: none."
        );
        browser.evaluate("tellMinute(0)");
    }
    browser.evaluate("document.getElementById('grid').focus()");
    browser.press("Home");
    for _ in 0..16 {
        browser.press("ArrowRight");
    }
    assert_eq!(
        browser.text("document.querySelector('#lines .minute').textContent"),
        "AS131279 at 2014-12-22 16:16 UTC: down. 0 of 4 prefixes visible (0 %)."
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// The share of a column of pixels of a chart, at a minute, that is drawn in the colour of any upstream or of
/// the line, and the share that is hatched.
fn drawn_at(browser: &mut Browser, section: &str, minute: f64) -> (f64, f64) {
    let shares = browser.evaluate(&format!(
        "(() => {{
            const plot = charts[{}], u = plot.bbox, x = Math.round(plot.valToPos(D.from + {minute} * 60, 'x', true));
            const image = plot.ctx.getImageData(x, u.top + 1, 1, u.height - 2).data, n = image.length / 4;
            const wanted = ['line', 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'].map(c => colours[c]);
            const hex = i => '#' + [0, 1, 2].map(k => image[i * 4 + k].toString(16).padStart(2, '0')).join('');
            let drawn = 0, hatched = 0;
            for (let i = 0; i < n; i++) {{
                if (image[i * 4 + 3] === 255 && wanted.includes(hex(i))) drawn++;
                else if (image[i * 4 + 3] > 0 && colours.rule !== hex(i)) hatched++;
            }}
            return [drawn / n, hatched / n];
        }})()",
        if section == "via" { "charts.length - 1" } else { "0" }
    ));
    let at = |i: usize| shares[i].as_f64().expect("a share");
    (at(0), at(1))
}

/// A total loss is zero in the stack of upstreams, and blank; what is unknown is hatched, in the stack and
/// in the line, and has no line.
#[test]
#[ignore = "needs Chromium"]
fn zero_is_blank_and_the_unknown_is_hatched() {
    let mut browser = Browser::start();
    let scene = Scene::of(
        "cover 16:00 16:30
         16:00    ABCD rib 10.0.1.0/24 @ 4837 64500
         16:00    ABCD rib 10.0.2.0/24 @ 701 64500
         16:05:10 ABCD withdraw 10.0.1.0/24
         16:05:10 ABCD withdraw 10.0.2.0/24
         16:09:20 ABCD announce 10.0.1.0/24 @ 4837 64500
         16:09:20 ABCD announce 10.0.2.0/24 @ 701 64500
         16:14:10 ABCD state 6 1",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:20");
    let made = dropline(&["plot", &run.dir.display().to_string()]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    browser.open(&run.dir.join("report.html"), Screen::DESK);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let (drawn, hatched) = drawn_at(&mut browser, "via", 3.4);
    assert!(drawn > 0.9 && hatched < 0.05, "up: {drawn} {hatched}");
    let (drawn, hatched) = drawn_at(&mut browser, "via", 7.4);
    assert!(drawn == 0.0 && hatched == 0.0, "down: {drawn} {hatched}");
    let (drawn, hatched) = drawn_at(&mut browser, "via", 16.4);
    assert!(drawn == 0.0 && hatched > 0.05, "unknown: {drawn} {hatched}");
    let (drawn, _) = drawn_at(&mut browser, "lines", 7.4);
    assert!(drawn > 0.0, "down: there is a line, at zero");
    let (drawn, hatched) = drawn_at(&mut browser, "lines", 16.4);
    assert!(drawn == 0.0 && hatched > 0.05, "unknown: {drawn} {hatched}");
}
