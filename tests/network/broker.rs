//! A broker that gives the answers that BGPKIT's server is documented to give, and brokers that do
//! not.

use super::world::{closed_port, files_under};
use super::{Fault, Proxy, World};
use crate::harness::{Answer, Server, mirror};
use chrono::{DateTime, NaiveDateTime};
use dropline::locate::patterns::named;
use dropline::model::archive::FileKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// A file as the broker's index has it.
#[derive(Debug, Clone)]
pub struct Item {
    pub start: i64,
    pub collector: String,
    pub kind: FileKind,
    pub url: String,
    pub bytes: u64,
}

impl Item {
    fn is_ris(&self) -> bool {
        self.collector.starts_with("rrc")
    }

    fn step(&self) -> i64 {
        if self.is_ris() { 300 } else { 900 }
    }

    fn json(&self) -> Value {
        let (kind, lasts) = match self.kind {
            FileKind::Rib => ("rib", 0),
            FileKind::Updates => ("updates", self.step()),
        };
        let time = |t: i64| {
            let time = DateTime::from_timestamp(t, 0).expect("a time");
            time.format("%Y-%m-%dT%H:%M:%S").to_string()
        };
        json!({
            "ts_start": time(self.start),
            "ts_end": time(self.start + lasts),
            "collector_id": self.collector,
            "data_type": kind,
            "url": self.url,
            "rough_size": self.bytes,
            "exact_size": 0,
        })
    }

    /// The server's own filter: an update file if it ends after the start, everything before the
    /// end.
    fn is_in(&self, from: Option<i64>, to: Option<i64>) -> bool {
        let reach = match self.kind {
            FileKind::Rib => 1,
            FileKind::Updates => self.step(),
        };
        from.is_none_or(|from| self.start > from - reach) && to.is_none_or(|to| self.start < to)
    }
}

/// The index of an archive that is given out at a URL.
pub fn index(archive: &Path, url: &str) -> Vec<Item> {
    let files = files_under(archive).into_iter().filter_map(|file| {
        let (kind, start) = named(Path::new(&file))?;
        let root = file.split('/').next().expect("a folder");
        Some(Item {
            start: start.0 / 1_000_000,
            collector: root.to_owned(),
            kind,
            url: format!("{url}/{file}"),
            bytes: std::fs::metadata(archive.join(&file))
                .expect("a file")
                .len(),
        })
    });
    files.collect()
}

/// A broker, by default one that gives a thousand items a page at most.
pub fn broker(items: Vec<Item>, page_limit: usize) -> Server {
    Server::new(move |request| match request.path.as_str() {
        "v3/broker/search" => answer(&items, &request.query, page_limit),
        _ => Answer::new(404, "not found"),
    })
}

fn answer(items: &[Item], asked: &BTreeMap<String, String>, limit: usize) -> Answer {
    let number = |key: &str, default: usize| {
        asked
            .get(key)
            .map_or(default, |n| n.parse().expect("a number"))
    };
    let (page, page_size) = (number("page", 1), number("page_size", 100));
    if page_size == 0 || page_size > 1000 {
        let said = json!({"SearchError": "page size must be between 1 and 1000"});
        return Answer::json(400, &said);
    }
    let page_size = page_size.min(limit);
    let time = |key: &str| {
        let time = NaiveDateTime::parse_from_str(asked.get(key)?, "%Y-%m-%dT%H:%M:%SZ");
        Some(time.expect("a time").and_utc().timestamp())
    };
    let (from, to) = (time("ts_start"), time("ts_end"));
    let collectors = asked
        .get("collector_id")
        .map(|c| c.split(',').collect::<Vec<_>>());
    let kind = asked.get("data_type").map(String::as_str);
    let wanted = |item: &&Item| {
        item.is_in(from, to)
            && kind.is_none_or(|kind| kind == item.kind.label())
            && collectors
                .as_ref()
                .is_none_or(|c| c.contains(&item.collector.as_str()))
    };
    let mut found: Vec<&Item> = items.iter().filter(wanted).collect();
    found.sort_by_key(|i| (i.start, i.kind, i.collector.clone()));
    let data: Vec<Value> = found
        .iter()
        .skip((page - 1) * page_size)
        .take(page_size)
        .map(|i| i.json())
        .collect();
    Answer::json(
        200,
        &json!({
            "total": found.len(),
            "count": data.len(),
            "page": page,
            "page_size": page_size,
            "error": null,
            "data": data,
            "meta": {"latest_update_ts": "2014-12-23T00:00:00", "latest_update_duration": 12},
        }),
    )
}

fn broker_url(server: &Server) -> String {
    format!("{}/v3/broker", server.url())
}

/// Whatever pages it gives, all its files are had from where it says that they are.
#[test]
fn a_broker_lists_the_files() {
    let world = World::new();
    let clean = world.clean().exits(0);
    for page_limit in [1000, 2, 1] {
        let files = world.behind(|_| Fault::none());
        let broker = broker(index(&world.scene.archive(), &files.url()), page_limit);
        let _ = std::fs::remove_dir_all(world.cache());
        let answer = world
            .ask_broker(&broker_url(&broker), "")
            .agrees_with(&clean);
        let run = answer.text("run.json");
        assert_eq!(run.matches(": \"broker\"").count(), 3, "{run}");
        assert!(
            !answer.outcome.stderr.contains("warning"),
            "{}",
            answer.outcome.stderr
        );
    }
    // The environment names it too.
    let broker = broker(index(&world.scene.archive(), &world.server.url()), 1000);
    let _ = std::fs::remove_dir_all(world.cache());
    let flags = format!("run {} -v", super::QUESTION);
    let url = format!(" {}/ ", broker_url(&broker));
    world
        .call_with("env", &flags, &[("BGPKIT_BROKER_URL", &url)])
        .agrees_with(&clean);
}

/// Its items name the public archive: a mirror that is given is used in its place.
#[test]
fn a_mirror_replaces_what_the_broker_says() {
    let world = World::new();
    let clean = world.clean();
    let mut items = index(&world.scene.archive(), "https://data.ris.ripe.net");
    for item in items.iter_mut().filter(|i| !i.is_ris()) {
        item.url = item
            .url
            .replace("data.ris.ripe.net", "archive.routeviews.org");
    }
    let broker = broker(items, 1000);
    let mirror = world.server.url();
    let flags = format!("--ris-url {mirror}/ --routeviews-url {mirror}");
    world
        .ask_broker(&broker_url(&broker), &flags)
        .agrees_with(&clean);
}

/// What it lacks is asked for by the archive's pattern, at the place where it has the others.
#[test]
fn a_broker_that_lacks_files() {
    let world = World::new();
    let clean = world.clean();
    let all = index(&world.scene.archive(), &world.server.url());
    let lacks = |what: &dyn Fn(&Item) -> bool| {
        let items: Vec<Item> = all.iter().filter(|i| !what(i)).cloned().collect();
        let _ = std::fs::remove_dir_all(world.cache());
        let broker = broker(items, 1000);
        let url = world.server.url();
        let flags = format!("-v --ris-url {url} --routeviews-url {url}");
        world
            .ask_broker(&broker_url(&broker), &flags)
            .agrees_with(&clean)
    };
    lacks(&|i| i.url.ends_with("updates.20141222.1605.gz")).prints("the broker does not list 1");
    lacks(&|i| i.kind == FileKind::Rib);
    lacks(&|i| i.collector == "route-views.sydney").prints("lists no updates");
    lacks(&|i| i.start % 3600 == 600);
    lacks(&|_| true);
    // The pattern is tried where the broker has the rest, without being told.
    let items = all
        .iter()
        .filter(|i| !i.url.ends_with("updates.20141222.1605.gz"));
    let broker = broker(items.cloned().collect(), 1000);
    let _ = std::fs::remove_dir_all(world.cache());
    world
        .ask_broker(&broker_url(&broker), "")
        .agrees_with(&clean);
}

/// A file that it lists and that is not there is a hole; so is one that cannot be had.
#[test]
fn a_broker_that_lists_too_much() {
    let mut world = World::new();
    let whole = world.clean();
    let files = world.behind(|ask| match ask.is_for("updates.20141222.1605.gz") {
        true => Fault::status(500),
        false => Fault::none(),
    });
    let items = index(&world.scene.archive(), &files.url());
    let failing = broker(items, 1000);
    world
        .ask_broker(&broker_url(&failing), "")
        .stays_honest_beside(&whole)
        .prints("HTTP 500");
    let listed = broker(index(&world.scene.archive(), &world.server.url()), 1000);
    world.scene = world
        .scene
        .without("rrc00/2014.12/updates.20141222.1605.gz");
    let clean = world.clean().exits(3);
    world
        .ask_broker(&broker_url(&listed), "")
        .agrees_with(&clean)
        .stays_honest_beside(&whole);
}

/// Files of 2008 begin at drifting times: only a broker knows their names. One that cannot be had
/// is a hole, even where its neighbours seem to cover its span.
#[test]
fn names_that_drift() {
    let mut world = World::new();
    let updates = "rrc00/2014.12/updates.20141222";
    for (from, to) in [("1600", "1559"), ("1605", "1606"), ("1615", "1614")] {
        let archive = world.scene.archive();
        let path = |t: &str| archive.join(format!("{updates}.{t}.gz"));
        std::fs::rename(path(from), path(to)).unwrap();
    }
    let clean = world.clean();
    let listed = broker(index(&world.scene.archive(), &world.server.url()), 1000);
    world
        .ask_broker(&broker_url(&listed), "")
        .agrees_with(&clean);
    world.offline().agrees_with(&clean);
    // Two files, of which the second holds the loss; the first seems to span it.
    let _ = std::fs::remove_dir_all(world.cache());
    world.scene = world
        .scene
        .copied(&format!("{updates}.1610.gz"), &format!("{updates}.1604.gz"));
    let whole = world.clean();
    let files = world.behind(|ask| match ask.is_for("updates.20141222.1606.gz") {
        true => Fault::status(500),
        false => Fault::none(),
    });
    let listed = broker(index(&world.scene.archive(), &files.url()), 1000);
    let answer = world
        .ask_broker(&broker_url(&listed), "")
        .stays_honest_beside(&whole);
    let answer_offline = world.offline().stays_honest_beside(&whole);
    assert_eq!(
        answer_offline.text("prefixes.csv"),
        answer.text("prefixes.csv")
    );
    let said = &answer.outcome.stderr;
    let hole = "rrc00: no updates from 2014-12-22T16:06:00Z to 2014-12-22T16:10:00Z";
    assert!(said.contains(hole), "{said}");
}

/// Phantom files of 1970, other collectors' files, files of another kind, links to elsewhere.
#[test]
fn a_broker_that_is_confused() {
    let world = World::new();
    let clean = world.clean();
    let mut items = index(&world.scene.archive(), &world.server.url());
    let one = items[0].clone();
    let like = |change: &dyn Fn(&mut Item)| {
        let mut item = one.clone();
        change(&mut item);
        item
    };
    items.extend([
        like(&|i| i.start = 0),
        like(&|i| i.collector = "rrc99".to_owned()),
        like(&|i| {
            i.kind = FileKind::Rib;
            i.url = i.url.replace("/rib.", "/updates.");
        }),
        like(&|i| i.url = "file:///etc/passwd".to_owned()),
        like(&|i| i.url = "ftp://archive/updates.20141222.1600.gz".to_owned()),
    ]);
    // One that pays no heed to what is asked, and gives all of it every time.
    let everything: Vec<Value> = items.iter().map(Item::json).collect();
    let said = json!({"total": items.len(), "error": null, "data": everything}).to_string();
    let server = Server::new(move |_| Answer::new(200, said.as_str()));
    world.ask_broker(&server.url(), "").agrees_with(&clean);
}

/// Whatever URL stands beside a file, it lies in the cache where its collector, kind and time put
/// it, or it is a hole; nothing is written elsewhere, and no terminal is told what to do.
#[test]
fn a_broker_that_leads_elsewhere() {
    const FILE: &str = "updates.20141222.1605.gz";
    let world = World::new();
    let whole = world.clean();
    let archive = files_under(&world.scene.archive());
    let url = world.server.url();
    let port = closed_port();
    for (hostile, collector) in [
        (format!("{url}/../../x/{FILE}"), "rrc00"),
        (format!("{url}/rrc00/2014.12/..%2f..%2f{FILE}"), "rrc00"),
        (format!("{url}/rrc00/2014.12/{FILE}/../../../../x"), "rrc00"),
        (format!("{url}/{FILE}?/../../x"), "rrc00"),
        (format!("http://127.0.0.1:{port}/{FILE}"), "rrc00"),
        (
            format!("http://a:b@127.0.0.1:{port}/\u{1b}[2J{FILE}"),
            "rrc00",
        ),
        ("http://".to_owned(), "rrc00"),
        ("http://[".to_owned(), "rrc00"),
        ("http://\r\nX: y/".to_owned(), "rrc00"),
        ("file:///etc/passwd".to_owned(), "rrc00"),
        ("FILE:///etc/passwd".to_owned(), "rrc00"),
        (format!("ftp://127.0.0.1:{port}/{FILE}"), "rrc00"),
        ("data:,x".to_owned(), "rrc00"),
        ("/etc/passwd".to_owned(), "rrc00"),
        ("../../x".to_owned(), "rrc00"),
        (String::new(), "rrc00"),
        (format!("{url}/{FILE}"), "../../x"),
        (format!("{url}/{FILE}"), "rrc00/../../x"),
        (format!("{url}/{FILE}"), "/x"),
    ] {
        let mut items = index(&world.scene.archive(), &url);
        let it = items.iter_mut().find(|i| i.url.ends_with(FILE));
        let it = it.expect("a file of the index");
        (it.url, it.collector) = (hostile.clone(), collector.to_owned());
        let _ = std::fs::remove_dir_all(world.cache());
        let listed = broker(items, 1000);
        let answer = world.ask_broker(&broker_url(&listed), "");
        let said = &answer.outcome.stderr;
        let harmless = |c: char| c == '\n' || !c.is_control();
        assert!(said.chars().all(harmless), "{hostile:?}: {said:?}");
        match answer.outcome.code {
            0 => answer.agrees_with(&whole),
            _ => answer.stays_honest_beside(&whole),
        };
        for file in files_under(&world.path("")) {
            let (top, place) = file.split_once('/').unwrap_or(("", &file));
            let root = place.split('/').next().unwrap_or_default();
            let roots = ["CACHEDIR.TAG", "locks", "rrc00", "bgpdata"];
            let is_own = roots.contains(&root) || root.starts_with("route-views");
            let is_cached = top == "cache" && is_own;
            let is_there = is_cached || ["net", "clean"].contains(&top);
            assert!(is_there, "{hostile:?}, {collector}: {file}");
        }
        assert_eq!(files_under(&world.scene.archive()), archive, "{hostile:?}");
    }
}

/// A broker that fails, in whatever way, is told of, and the patterns do.
#[test]
fn a_broker_that_does_not_answer() {
    let world = World::new();
    let clean = world.clean();
    let url = world.server.url();
    let mirrors = format!("--ris-url {url} --routeviews-url {url}");
    let hears = |broker: &str, why: &str| {
        let _ = std::fs::remove_dir_all(world.cache());
        let answer = world.ask_broker(broker, &mirrors).agrees_with(&clean);
        let said = format!("the broker at `{broker}` cannot be used ({why}");
        let answer = answer.prints(&said);
        assert_eq!(answer.text("run.json").matches(": \"patterns\"").count(), 3);
    };
    hears(
        &format!("http://127.0.0.1:{}", closed_port()),
        "Connection refused",
    );
    let saying = |fault: Fault| Proxy::before(world.server.port, move |_| fault.clone());
    hears(&saying(Fault::status(500)).url(), "HTTP 500");
    hears(&saying(Fault::status(404)).url(), "HTTP 404");
    hears(&saying(Fault::page()).url(), "its answer is not a broker's");
    hears(&saying(Fault::mute()).url(), "no answer in time");
    hears(
        &saying(Fault::body(b"{\"data\":[")).url(),
        "its answer is not a broker's",
    );
    hears(
        &saying(Fault::body(b"{\"error\":\"busy\",\"data\":[]}")).url(),
        "it says: busy",
    );
    hears(
        &saying(Fault::body(b"{}")).url(),
        "its answer is not a broker's",
    );
    // What it says is not obeyed by a terminal.
    hears(
        &saying(Fault::body(
            b"{\"error\":\"\\u001b[2J\\u0007gone\",\"data\":[]}",
        ))
        .url(),
        "it says: \\u{1b}[2J\\u{7}gone",
    );
    let drips = Fault::drip(1, Duration::from_millis(100)).and_body(&[b' '; 4096]);
    hears(&saying(drips).url(), "too slow");
}

/// Pages without end are not followed for ever.
#[test]
fn a_broker_without_end() {
    let world = World::new();
    let clean = world.clean();
    let url = world.server.url();
    let items = index(&world.scene.archive(), &url);
    let page: Vec<Value> = items.iter().cycle().take(1000).map(Item::json).collect();
    let said = json!({"total": 1_000_000_000, "error": null, "data": page}).to_string();
    let server = Server::new(move |_| Answer::new(200, said.as_str()));
    let mirrors = format!("--ris-url {url} --routeviews-url {url}");
    world
        .ask_broker(&server.url(), &mirrors)
        .agrees_with(&clean)
        .prints("pages");
}

/// Real files of drifting names, with a real loss in them, by a broker as from the local mirror.
#[test]
#[ignore = "needs real files: set DROPLINE_MIRROR"]
fn real_files_of_drifting_names() {
    let archive = mirror().join("archive-2008-02-24");
    let question = "--asn 39010 --collector route-views2 --full-feed all \
        --from 2008-02-24T10:40Z --to 2008-02-24T12:10Z";
    let world = World::new();
    let local = format!("run --archive {} {question}", archive.display());
    let clean = world.call("clean", &local);
    let files = Server::of(&archive);
    let items = index(&archive, &files.url()).into_iter().map(|item| Item {
        collector: "route-views2".to_owned(),
        ..item
    });
    let broker = broker(items.collect(), 1000);
    let asked = format!("run {question} --broker {}", broker_url(&broker));
    let answer = world.call("net", &asked).agrees_with(&clean);
    assert!(answer.text("outages.csv").contains("39010"));
}
