//! `dropline locate` and `dropline fetch`, and what a question over the network must say.

use super::world::{QUESTION, closed_port};
use super::{Fault, World};
use crate::harness::read_csv;

const LOSS: &str = "updates.20141222.1605.gz";

fn mirrors(world: &World) -> String {
    let url = world.server.url();
    format!("--no-broker --ris-url {url} --routeviews-url {url} --retries 0")
}

/// The plan names the files that will be asked for, and what is in the cache already.
#[test]
fn locate_prints_the_plan() {
    let world = World::new();
    let proxy = world.behind(|_| Fault::none());
    let url = proxy.url();
    let flags = format!("--no-broker --ris-url {url} --routeviews-url {url}");
    let plan = world
        .call("none", &format!("locate {QUESTION} {flags}"))
        .exits(0);
    assert_eq!(proxy.asks().len(), 0, "nothing is fetched");
    let head = "collector,kind,start,end,url,bytes,state";
    assert_eq!(plan.outcome.stdout.lines().next(), Some(head));
    let rows = read_csv(&plan.outcome.stdout);
    let of = |collector: &str| rows.iter().filter(|r| r["collector"] == collector).count();
    // A RIB, and updates from the file before it to the one in progress at the end.
    assert_eq!(
        (of("rrc00"), of("route-views.sydney"), of("route-views2")),
        (6, 4, 4)
    );
    assert!(rows.iter().all(|r| r["state"] == "expected"));
    world.ask(&url).exits(0);
    let plan = world
        .call("none", &format!("locate {QUESTION} {flags}"))
        .exits(0);
    let rows = read_csv(&plan.outcome.stdout);
    let cached = rows.iter().filter(|r| r["state"] == "cached");
    assert_eq!(cached.count(), 11);
    // The cache alone has no gaps either.
    let plan = world
        .call("none", &format!("locate {QUESTION} --offline"))
        .exits(0);
    assert_eq!(read_csv(&plan.outcome.stdout).len(), 11);
    let lost = world.cache().join("rrc00/2014.12").join(LOSS);
    std::fs::remove_file(lost).unwrap();
    let plan = world
        .call("none", &format!("locate {QUESTION} --offline"))
        .exits(3);
    let rows = read_csv(&plan.outcome.stdout);
    let gap: Vec<_> = rows.iter().filter(|r| r["state"] == "gap").collect();
    assert_eq!(gap.len(), 1);
    assert_eq!(gap[0]["start"], "2014-12-22T16:05:00Z");
    assert_eq!(gap[0]["end"], "2014-12-22T16:10:00Z");
    plan.prints("the cache has no updates from 2014-12-22T16:05:00Z");
}

/// What was fetched is printed with its hash; a run after it asks for nothing that is there.
#[test]
fn fetch_fills_the_cache() {
    let world = World::new();
    let clean = world.clean();
    let fetched = world
        .call("none", &format!("fetch {QUESTION} {}", mirrors(&world)))
        .exits(0);
    let rows = read_csv(&fetched.outcome.stdout);
    assert_eq!(rows.len(), 11);
    let inputs = read_csv(&clean.text("files.csv"));
    for input in inputs {
        let row = rows
            .iter()
            .find(|r| r["url"] == input["url"])
            .expect("a row");
        assert_eq!(
            (&row["sha256"], &row["bytes"]),
            (&input["sha256"], &input["bytes"])
        );
        assert_eq!(row["state"], "present");
        assert!(row["fetched_from"].starts_with(&world.server.url()));
    }
    world.offline().agrees_with(&clean);
}

#[test]
fn fetch_names_what_is_missing() {
    let world = World::new();
    let proxy = world.behind(|ask| match ask.path.rsplit_once('/').map(|p| p.1) {
        Some(LOSS) => Fault::status(500),
        Some("updates.20141222.1610.gz") => Fault::status(404),
        _ => Fault::none(),
    });
    let url = proxy.url();
    let flags = format!("--no-broker --ris-url {url} --routeviews-url {url} --retries 0");
    let fetched = world
        .call("none", &format!("fetch {QUESTION} {flags}"))
        .exits(3);
    let rows = read_csv(&fetched.outcome.stdout);
    let missing: Vec<(&str, &str)> = rows
        .iter()
        .filter(|r| r["state"] == "missing")
        .map(|r| (r["start"].as_str(), r["problem"].as_str()))
        .collect();
    let expected = [
        ("2014-12-22T16:05:00Z", "HTTP 500 Internal Server Error"),
        ("2014-12-22T16:10:00Z", ""),
    ];
    assert_eq!(missing, expected);
    fetched.prints("no updates from 2014-12-22T16:05:00Z to 2014-12-22T16:15:00Z");
}

/// The question may be an incident's, and need not say what to watch.
#[test]
fn files_of_an_incident() {
    let world = World::new();
    let incident = world.scene.write(
        "incident.toml",
        "country = \"KP\"\nfrom = 2014-12-22T16:02:00Z\nto = 2014-12-22T16:18:00Z\n\
         collectors = [\"rrc00\"]\n",
    );
    let args = format!("locate {} {}", incident.display(), mirrors(&world));
    let plan = world.call("none", &args).exits(0);
    assert_eq!(read_csv(&plan.outcome.stdout).len(), 6);
}

/// The public archives hold too much to be read whole: collectors are named.
#[test]
fn collectors_are_to_be_named() {
    let world = World::new();
    for command in [
        "run --prefix 10.0.0.0/8",
        "locate",
        "fetch",
        "run --offline --asn 1",
    ] {
        let args = format!("{command} --from 16:00 --to 16:10");
        world
            .call("none", &args)
            .exits(2)
            .prints("hint: ")
            .prints("rrc00")
            .prints("--archive DIR");
    }
}

#[test]
fn wrong_flags_are_wrong_usage() {
    let world = World::new();
    for flags in [
        "--broker ftp://x",
        "--ris-url data.ris.ripe.net",
        "--timeout 0",
        "--timeout never",
        "--per-host 0",
        "--broker http://x --no-broker",
    ] {
        world
            .call("none", &format!("run {QUESTION} {flags}"))
            .exits(2)
            .prints("error: ");
    }
}

/// With `-v` every file is told, and every wait with its reason.
#[test]
fn verbose_tells_every_file() {
    let world = World::new();
    let proxy = world.behind(|ask| match (ask.is_for(LOSS), ask.is_first()) {
        (true, true) => Fault::status(503),
        _ => Fault::none(),
    });
    world
        .ask_with(&proxy.url(), "-v")
        .exits(0)
        .prints("rrc00/2014.12/updates.20141222.1605.gz`: HTTP 503")
        .prints("retrying in")
        .prints("rrc00/2014.12/updates.20141222.1605.gz`: fetched,");
    let quiet = world.ask_with(&proxy.url(), "-q").exits(0);
    assert_eq!(quiet.outcome.stderr, "");
}

/// An incident whose window's files are not there at all ends, and says so.
#[test]
fn nothing_is_had_of_anybody() {
    let world = World::new();
    let url = format!("http://127.0.0.1:{}", closed_port());
    let flags = format!("--no-broker --ris-url {url} --routeviews-url {url} --retries 0");
    let fetched = world
        .call("none", &format!("fetch {QUESTION} {flags}"))
        .exits(3);
    let rows = read_csv(&fetched.outcome.stdout);
    assert!(rows.iter().all(|r| r["state"] == "missing"));
}

/// A name that nobody knows is told, and asked for all the same.
#[test]
fn a_collector_that_nobody_knows() {
    let world = World::new();
    let question = "--from 16:02 --to 16:18 --collector rrc99";
    let fetched = world.call("none", &format!("fetch {question} {}", mirrors(&world)));
    fetched
        .exits(3)
        .prints("`rrc99` is none of the collectors known by name");
}
