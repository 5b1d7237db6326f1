//! The cache: used again, shared, damaged on disk, cleaned.

use super::world::files_under;
use super::{Fault, World};
use dropline::decode::content_check;
use dropline::fetch::cache::Cache;
use dropline::fetch::{
    Access, FetchOutcome, Fetcher, HttpOptions, NoProgress, Provenance, Request, TextCheck,
    UnavailableReason,
};
use dropline::model::archive::FileKind;
use dropline::model::time::{MINUTE, Timestamp};
use std::path::PathBuf;
use std::time::Duration;

const LOSS: &str = "updates.20141222.1605.gz";

#[test]
fn offline_after_online() {
    let world = World::new();
    let clean = world.clean();
    world.ask(&world.server.url()).agrees_with(&clean);
    let proxy = world.behind(|_| Fault::none());
    world.ask(&proxy.url()).agrees_with(&clean);
    let asked: Vec<String> = proxy.asks().into_iter().map(|a| a.path).collect();
    // Only what was not there is asked for again.
    let known = files_under(&world.scene.archive());
    assert!(
        !asked
            .iter()
            .any(|path| known.contains(&path.trim_start_matches('/').to_owned())),
        "{asked:?}"
    );
    world.offline().agrees_with(&clean);
    // What was fetched from where is kept, and so is the public URL.
    let run = world.offline().text("run.json");
    assert!(
        run.contains("\"located_by\"") && run.contains("\"cache\""),
        "{run}"
    );
    assert!(
        run.contains("\"fetched_from\": \"http://127.0.0.1:"),
        "{run}"
    );
    assert!(
        run.contains("\"url\": \"https://data.ris.ripe.net/rrc00/"),
        "{run}"
    );
}

#[test]
fn offline_with_nothing() {
    let world = World::new();
    let answer = world.offline().exits(2).prints("error: ").prints("hint: ");
    assert!(answer.text("prefixes.csv").is_empty());
}

/// Offline, what is not in the cache is a hole, as in a local archive that lacks it.
#[test]
fn offline_with_a_part_of_it() {
    let mut world = World::new();
    let whole = world.clean();
    world.ask(&world.server.url()).exits(0);
    std::fs::remove_file(world.cache().join("rrc00/2014.12").join(LOSS)).unwrap();
    world.scene = world.scene.without(&format!("rrc00/2014.12/{LOSS}"));
    let clean = world.clean().exits(3);
    world
        .offline()
        .agrees_with(&clean)
        .stays_honest_beside(&whole);
}

/// A bit that turned on disk, a file that was cut there: noticed, and had again; without a network
/// it is a hole with its reason.
#[test]
fn damaged_on_disk() {
    let world = World::new();
    let clean = world.clean();
    world.ask(&world.server.url()).exits(0);
    let path = world.cache().join("rrc00/2014.12").join(LOSS);
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    // Even a valid file is not it, if it is another.
    let other = std::fs::read(path.with_file_name("updates.20141222.1600.gz")).unwrap();
    for bytes in [
        flipped,
        whole[..whole.len() / 2].to_vec(),
        other,
        Vec::new(),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        world
            .offline()
            .stays_honest_beside(&clean)
            .prints("the cached file cannot be used");
        let proxy = world.behind(|_| Fault::none());
        world.ask(&proxy.url()).agrees_with(&clean);
        assert_eq!(proxy.asks_for(LOSS).len(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
}

/// A file that somebody put there is used if it is sound.
#[test]
fn put_there_by_hand() {
    let world = World::new();
    let clean = world.clean();
    world.ask(&world.server.url()).exits(0);
    for file in files_under(&world.cache()) {
        if file.ends_with(".json") {
            std::fs::remove_file(world.cache().join(file)).unwrap();
        }
    }
    world.offline().agrees_with(&clean);
    let path = world.cache().join("rrc00/2014.12").join(LOSS);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    world.offline().stays_honest_beside(&clean);
}

#[test]
fn a_cache_that_cannot_be_written() {
    let world = World::new();
    std::fs::write(world.cache(), "a file").unwrap();
    world
        .ask(&world.server.url())
        .exits(1)
        .prints("error: ")
        .prints("hint: ")
        .prints("--cache-dir");
}

#[test]
fn dir_size_and_clean() {
    let world = World::new();
    let clean = world.clean();
    world.ask(&world.server.url()).exits(0);
    let dir = world.call("none", "cache dir").exits(0);
    assert_eq!(dir.outcome.stdout, format!("{}\n", world.cache().display()));
    let files: Vec<PathBuf> = files_under(&world.scene.archive())
        .into_iter()
        .map(|file| world.scene.archive().join(file))
        .collect();
    let bytes: u64 = files
        .iter()
        .map(|f| std::fs::metadata(f).unwrap().len())
        .sum();
    let size = world.call("none", "cache size").exits(0).outcome.stdout;
    let (n, head) = (files.len(), "files,bytes,partial_files,partial_bytes");
    assert_eq!(size, format!("{head}\n{n},{bytes},0,0\n"));
    // What is not the cache's own stays.
    std::fs::write(world.cache().join("rrc00/notes.txt"), "mine").unwrap();
    world.call("none", "cache clean").exits(0).prints("removed");
    let left = files_under(&world.cache());
    let left: Vec<&String> = left.iter().filter(|f| !f.starts_with("locks/")).collect();
    assert_eq!(left, ["CACHEDIR.TAG", "rrc00/notes.txt"]);
    world.ask(&world.server.url()).agrees_with(&clean);
    // A folder that is no cache is not emptied, whoever names it.
    let archive = world.scene.archive().display().to_string();
    let wrong = world.call("none", &format!("cache clean --cache-dir {archive}"));
    wrong.exits(1).prints("no cache");
    assert_eq!(files_under(&world.scene.archive()).len(), n);
}

fn wanted(url: &str, place: &str) -> Request {
    Request {
        cache_path: PathBuf::from(place),
        urls: vec![format!("{url}/rrc00/2014.12/{LOSS}")],
        check: content_check(FileKind::Updates),
        complete_at: None,
        sha256: None,
    }
}

fn fetcher(world: &World) -> Fetcher {
    let manners = HttpOptions {
        retries: 1,
        timeout: Duration::from_secs(1),
        first_wait: Duration::from_millis(10),
        ..HttpOptions::default()
    };
    Fetcher::new(Cache::at(world.cache()), Access::Online(manners)).unwrap()
}

/// A path in the cache can come from a manifest, or an incident: it never leads out of the cache.
#[test]
fn no_path_leads_out() {
    let world = World::new();
    let fetcher = fetcher(&world);
    for place in ["../x.gz", "/tmp/x.gz", "a/../../x.gz", "", ".", "a/./../.."] {
        let error = fetcher.fetch(&wanted(&world.server.url(), place), &NoProgress);
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("no path in the cache"),
            "{place}"
        );
    }
}

/// A file that may still grow at its source is asked for anew, and is not there offline.
#[test]
fn a_file_that_may_still_grow() {
    let world = World::new();
    let proxy = world.behind(|_| Fault::none());
    let now = Timestamp(chrono::Utc::now().timestamp_micros());
    let grows = Request {
        complete_at: Some(Timestamp(now.0 - 5 * MINUTE)),
        ..wanted(&proxy.url(), "grows.gz")
    };
    let done = Request {
        complete_at: Some(Timestamp(now.0 - 11 * MINUTE)),
        ..wanted(&proxy.url(), "done.gz")
    };
    for _ in 0..2 {
        let had = fetcher(&world).fetch_all(&[grows.clone(), done.clone()], &NoProgress);
        assert!(
            had.unwrap()
                .iter()
                .all(|o| matches!(o, FetchOutcome::Available(_)))
        );
    }
    assert_eq!(proxy.asks().len(), 3);
    let offline = Fetcher::new(Cache::at(world.cache()), Access::Offline).unwrap();
    let had = offline.fetch_all(&[grows, done], &NoProgress).unwrap();
    assert!(
        matches!(&had[0], FetchOutcome::Unavailable(m) if m.reason.to_string().contains("still grow"))
    );
    assert!(matches!(&had[1], FetchOutcome::Available(f) if f.provenance == Provenance::Cached));
}

/// A manifest's hash is held against what comes, and what lies there.
#[test]
fn other_bytes_than_a_manifest_names() {
    let world = World::new();
    let url = world.server.url();
    let had = fetcher(&world)
        .fetch(&wanted(&url, "x.gz"), &NoProgress)
        .unwrap();
    let FetchOutcome::Available(had) = had else {
        panic!("{had:?}")
    };
    for sha256 in [had.sha256.clone(), had.sha256.to_uppercase()] {
        let same = Request {
            sha256: Some(sha256),
            ..wanted(&url, "x.gz")
        };
        let again = fetcher(&world).fetch(&same, &NoProgress).unwrap();
        assert!(matches!(again, FetchOutcome::Available(f) if f.provenance == Provenance::Cached));
    }
    let other = Request {
        sha256: Some("0".repeat(64)),
        ..wanted(&url, "x.gz")
    };
    let outcome = fetcher(&world).fetch(&other, &NoProgress).unwrap();
    let FetchOutcome::Unavailable(missing) = outcome else {
        panic!("{outcome:?}")
    };
    let changed = UnavailableReason::Changed {
        expected: "0".repeat(64),
        found: had.sha256,
    };
    assert_eq!(missing.reason, changed);
}

/// Text is had too, of whatever compression, if it looks right and can be decompressed.
#[test]
fn text_is_checked() {
    let world = World::new();
    let served = world.scene.archive();
    let text = b"2|apnic|20141221|4|19830613|20141221|+1000\n".repeat(200);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, &text).unwrap();
    let gz = gz.finish().unwrap();
    std::fs::write(served.join("plain"), &text).unwrap();
    std::fs::write(served.join("packed.gz"), &gz).unwrap();
    std::fs::write(served.join("cut.gz"), &gz[..gz.len() - 9]).unwrap();
    std::fs::write(served.join("page"), "<html>please log in</html>").unwrap();
    const STATISTICS: TextCheck = TextCheck(|head| head.starts_with(b"2|apnic|"));
    for (name, is_good) in [
        ("plain", true),
        ("packed.gz", true),
        ("cut.gz", false),
        ("page", false),
    ] {
        let wanted = Request {
            urls: vec![format!("{}/{name}", world.server.url())],
            check: &STATISTICS,
            ..wanted("", &format!("registry/{name}"))
        };
        let outcome = fetcher(&world).fetch(&wanted, &NoProgress).unwrap();
        assert_eq!(
            matches!(outcome, FetchOutcome::Available(_)),
            is_good,
            "{name}: {outcome:?}"
        );
    }
}
