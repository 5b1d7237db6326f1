//! What networks and servers do wrong on the way, one thing at a time.

use super::world::closed_port;
use super::{Fault, World};
use dropline::decode::content_check;
use dropline::fetch::cache::Cache;
use dropline::fetch::{Access, FetchOutcome, Fetcher, HttpOptions, NoProgress, Request};
use dropline::model::archive::FileKind;
use std::time::Duration;

/// The file that holds the loss as rrc00 saw it.
const LOSS: &str = "updates.20141222.1605.gz";

/// By the archives' patterns alone; route-views2 is found under its second root.
#[test]
fn nothing_goes_wrong() {
    let world = World::new();
    let clean = world.clean().exits(0);
    let proxy = world.behind(|_| Fault::none());
    world.ask(&proxy.url()).agrees_with(&clean);
    let second_root = |a: &super::Ask| a.path.starts_with("/route-views2/bgpdata/");
    assert!(proxy.asks().iter().any(second_root));
    assert!(clean.text("outages.csv").contains("10.0.1.0/24"));
}

#[test]
fn an_error_that_passes() {
    let world = World::new();
    let clean = world.clean();
    for status in [500, 502, 503, 504, 408, 429] {
        let proxy = world.behind(move |ask| match ask.before {
            0 | 1 => Fault::status(status),
            _ => Fault::none(),
        });
        let _ = std::fs::remove_dir_all(world.cache());
        world.ask(&proxy.url()).agrees_with(&clean);
    }
}

#[test]
fn an_error_that_stays() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(|ask| match ask.is_for(LOSS) {
        true => Fault::status(503),
        false => Fault::none(),
    });
    let answer = world
        .ask(&proxy.url())
        .stays_honest_beside(&clean)
        .prints("HTTP 503");
    let missing = answer.missing();
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(
        missing[0].0.ends_with(LOSS) && missing[0].1.contains("HTTP 503"),
        "{missing:?}"
    );
    assert_eq!(proxy.asks_for(LOSS).len(), 3, "attempts are bounded");
    // The next run gets what was missing, and nothing else.
    let proxy = world.behind(|_| Fault::none());
    world.ask(&proxy.url()).agrees_with(&clean);
    let again: Vec<String> = proxy.asks().into_iter().map(|a| a.path).collect();
    assert!(again.iter().any(|path| path.ends_with(LOSS)));
    assert!(
        !again
            .iter()
            .any(|path| path.ends_with("bview.20141222.1600.gz")),
        "{again:?}"
    );
}

/// As seconds and as a date; nobody asks for anything of that host before.
#[test]
fn retry_after_is_honoured() {
    let world = World::new();
    let clean = world.clean();
    let in_seconds = || "1".to_owned();
    let as_date = || {
        // A date has whole seconds: this is one second ahead at least.
        let then = chrono::Utc::now() + chrono::Duration::seconds(2);
        then.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    let forms: [(u16, fn() -> String); 2] = [(429, in_seconds), (503, as_date)];
    for (status, after) in forms {
        let proxy = world.behind(move |ask| match (ask.is_for(LOSS), ask.is_first()) {
            (true, true) => Fault::status_with(status, &format!("Retry-After: {}\r\n", after())),
            _ => Fault::none(),
        });
        let _ = std::fs::remove_dir_all(world.cache());
        world.ask(&proxy.url()).agrees_with(&clean);
        let asks = proxy.asks_for(LOSS);
        let waited = asks[1].at - asks[0].at;
        assert!(waited >= Duration::from_millis(900), "{waited:?}");
    }
}

/// A server that asks for an hour's wait is not waited for so long.
#[test]
fn retry_after_is_capped() {
    let world = World::new();
    let proxy = world.behind(|ask| match ask.is_first() {
        true => Fault::status_with(503, "Retry-After: 3600\r\n"),
        false => Fault::none(),
    });
    let manners = HttpOptions {
        longest_wait: Duration::from_millis(50),
        ..HttpOptions::default()
    };
    let fetcher = Fetcher::new(Cache::at(world.cache()), Access::Online(manners)).unwrap();
    let wanted = Request {
        cache_path: LOSS.into(),
        urls: vec![format!("{}/rrc00/2014.12/{LOSS}", proxy.url())],
        check: content_check(FileKind::Updates),
        complete_at: None,
        sha256: None,
    };
    let had = fetcher.fetch(&wanted, &NoProgress).unwrap();
    assert!(matches!(had, FetchOutcome::Available(_)), "{had:?}");
    assert_eq!(proxy.asks().len(), 2);
}

#[test]
fn an_answer_that_never_begins() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(|ask| match (ask.is_for(LOSS), ask.is_first()) {
        (true, true) => Fault::mute(),
        _ => Fault::none(),
    });
    world.ask(&proxy.url()).agrees_with(&clean);
    let _ = std::fs::remove_dir_all(world.cache());
    let proxy = world.behind(|ask| match ask.is_for(LOSS) {
        true => Fault::mute(),
        false => Fault::none(),
    });
    world
        .ask(&proxy.url())
        .stays_honest_beside(&clean)
        .prints("no answer in time");
}

/// What has come is kept, and only the rest is asked for.
#[test]
fn a_body_that_breaks_off_is_taken_up() {
    let world = World::new();
    let clean = world.clean();
    for fault in [Fault::reset_at(40), Fault::stall_at(40)] {
        let proxy = world.behind(move |ask| match ask.is_first() {
            true => fault.clone(),
            false => Fault::none(),
        });
        let _ = std::fs::remove_dir_all(world.cache());
        world.ask(&proxy.url()).agrees_with(&clean);
        let asks = proxy.asks_for(LOSS);
        assert_eq!(asks[1].range.as_deref(), Some("bytes=40-"));
        assert!(asks[1].if_range.is_some());
    }
}

#[test]
fn a_server_that_knows_no_ranges() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(|ask| match ask.is_first() {
        true => Fault::reset_at(40),
        false => Fault::none().and_no_ranges(),
    });
    world.ask(&proxy.url()).agrees_with(&clean);
}

#[test]
fn a_redirect_is_followed() {
    let world = World::new();
    let clean = world.clean();
    let there = world.server.url();
    let proxy = world.behind(move |ask| {
        let location = format!("Location: {there}{}\r\n", ask.path);
        Fault::status_with(307, &location)
    });
    world.ask(&proxy.url()).agrees_with(&clean);
}

/// A body that comes by the byte ends the attempt; it is taken up while that helps, and no longer.
#[test]
fn a_body_that_drips() {
    let world = World::new();
    let clean = world.clean();
    let slow = || Fault::drip(1, Duration::from_millis(100));
    let proxy = world.behind(move |ask| match (ask.is_for(LOSS), ask.is_first()) {
        (true, true) => slow(),
        _ => Fault::none(),
    });
    world.ask(&proxy.url()).agrees_with(&clean);
    assert!(proxy.asks_for(LOSS)[1].range.is_some());
    let _ = std::fs::remove_dir_all(world.cache());
    let proxy = world.behind(move |ask| match ask.is_for(LOSS) {
        true => slow(),
        false => Fault::none(),
    });
    world
        .ask(&proxy.url())
        .stays_honest_beside(&clean)
        .prints("too slow");
}

#[test]
fn nobody_is_there() {
    let world = World::new();
    let clean = world.clean();
    let url = format!("http://127.0.0.1:{}", closed_port());
    world
        .ask(&url)
        .stays_honest_beside(&clean)
        .prints("Connection refused");
}

/// A file that the archive does not have is a hole as in a local archive, and costs one request
/// (two where there are two roots).
#[test]
fn a_file_that_is_not_there() {
    let mut world = World::new();
    let complete = world.clean();
    world.scene = world
        .scene
        .without(&format!("rrc00/2014.12/{LOSS}"))
        .without("route-views2/bgpdata/2014.12/UPDATES/updates.20141222.1600.bz2");
    let clean = world.clean().exits(3);
    let proxy = world.behind(|_| Fault::none());
    world
        .ask(&proxy.url())
        .agrees_with(&clean)
        .stays_honest_beside(&complete);
    assert_eq!(proxy.asks_for(LOSS).len(), 1);
    assert_eq!(
        proxy
            .asks_for("bgpdata/2014.12/UPDATES/updates.20141222.1600.bz2")
            .len(),
        3
    );
}

/// Without the newest RIB the one before it starts the replay, in a local archive as here; where
/// it only cannot be had, that is said.
#[test]
fn a_rib_that_is_not_there_or_cannot_be_had() {
    let scenario = "
        cover route-views.sydney 14:00 16:30
        14:00 sydney/ABC table 4 30
        14:00 sydney/ABC rib 10.0.1.0/24 @ 64500
        15:00 sydney/ABC announce 10.0.2.0/24 @ 64500
        16:00 sydney/ABC table 4 30
        16:00 sydney/ABC rib 10.0.1.0/24 @ 64500
        16:06 sydney/ABC withdraw 10.0.1.0/24\n";
    let question = "--prefix 10.0.0.0/8 --from 16:02 --to 16:18 --collector route-views.sydney";
    let world = World::of(crate::harness::Scene::of(scenario));
    let name = "rib.20141222.1600.bz2";
    let rib = format!("route-views.sydney/bgpdata/2014.12/RIBS/{name}");
    let asked = |folder: &str, url: &str| {
        let flags = format!("--no-broker --routeviews-url {url} --retries 1 --retry-wait 0.01");
        world.call(folder, &format!("run {question} {flags}"))
    };
    let proxy = world.behind(move |ask| match ask.is_for(name) {
        true => Fault::status(500),
        false => Fault::none(),
    });
    let answer = asked("failed", &proxy.url()).exits(3).prints("HTTP 500");
    assert!(answer.missing()[0].0.ends_with(&rib));
    std::fs::remove_file(world.scene.archive().join(&rib)).unwrap();
    let archive = world.scene.archive();
    let clean = world.call(
        "clean",
        &format!("run --archive {} {question}", archive.display()),
    );
    let clean = clean.exits(0);
    asked("gone", &world.server.url()).agrees_with(&clean);
    assert_eq!(answer.text("prefixes.csv"), clean.text("prefixes.csv"));
}

/// Without any RIB that could be had nobody is counted, which is no wrong usage: it may be had
/// another time.
#[test]
fn no_rib_can_be_had() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(
        |ask| match ask.path.contains("bview") || ask.path.contains("rib") {
            true => Fault::status(500),
            false => Fault::none(),
        },
    );
    world.ask(&proxy.url()).stays_honest_beside(&clean);
}

/// No more is asked of a host at a time than was allowed.
#[test]
fn a_host_is_not_crowded() {
    let world = World::new();
    let clean = world.clean();
    for most in [1, 3] {
        let proxy = world.behind(|_| Fault::drip(100, Duration::from_millis(5)));
        let _ = std::fs::remove_dir_all(world.cache());
        let flags = format!("--per-host {most}");
        world.ask_with(&proxy.url(), &flags).agrees_with(&clean);
        assert!(proxy.busiest() <= most, "{} at a time", proxy.busiest());
    }
}
