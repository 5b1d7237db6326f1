//! A run that ends in mid-download, and runs at the same time.

use super::world::files_under;
use super::{Fault, World};
use std::process::Child;
use std::time::{Duration, Instant};

const LOSS: &str = "updates.20141222.1605.gz";

/// Waits until something is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A run that waits for the rest of a file's body.
fn hangs(world: &World, folder: &str) -> Child {
    let proxy = world.behind(|ask| match ask.is_for(LOSS) {
        true => Fault::stall_at(40),
        false => Fault::none(),
    });
    let child = world.start(folder, &proxy.url(), "--timeout 60");
    let part = world.cache().join(format!("rrc00/2014.12/{LOSS}.part"));
    let note = world
        .cache()
        .join(format!("rrc00/2014.12/{LOSS}.part.json"));
    until("forty bytes", || {
        note.exists() && std::fs::metadata(&part).is_ok_and(|m| m.len() == 40)
    });
    child
}

/// Killed at once, it leaves no table, no lock, and a cache from which the next run goes on.
#[test]
fn killed_in_mid_download() {
    let world = World::new();
    let clean = world.clean();
    let mut child = hangs(&world, "killed");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!world.path("killed").join("prefixes.csv").exists());
    let proxy = world.behind(|_| Fault::none());
    world.ask(&proxy.url()).agrees_with(&clean);
    // It is another server by its URL: the file is asked for from its start.
    assert_eq!(proxy.asks_for(LOSS).len(), 1);
}

/// The same server is asked for the rest.
#[test]
fn killed_and_taken_up() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(|ask| match (ask.is_for(LOSS), ask.is_first()) {
        (true, true) => Fault::stall_at(40),
        _ => Fault::none(),
    });
    let mut child = world.start("killed", &proxy.url(), "--timeout 60");
    let part = world.cache().join(format!("rrc00/2014.12/{LOSS}.part"));
    until("forty bytes", || {
        std::fs::metadata(&part).is_ok_and(|m| m.len() == 40)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    world.ask(&proxy.url()).agrees_with(&clean);
    let asks = proxy.asks_for(LOSS);
    assert_eq!(asks.len(), 2);
    assert_eq!(asks[1].range.as_deref(), Some("bytes=40-"));
    let left = files_under(&world.cache());
    assert!(!left.iter().any(|f| f.contains(".part")), "{left:?}");
}

/// Killed after the last byte and before the check, the whole body is there: the server has
/// nothing more to give, and says so with 416.
#[test]
fn killed_before_the_check() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(|_| Fault::none());
    world.ask(&proxy.url()).agrees_with(&clean);
    let path = world.cache().join("rrc00/2014.12").join(LOSS);
    let record = std::fs::read_to_string(path.with_file_name(format!("{LOSS}.json"))).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let note = serde_json::json!({
        "url": record["url"], "etag": record["etag"],
        "last_modified": record["last_modified"], "total": record["bytes"],
    });
    std::fs::rename(&path, path.with_file_name(format!("{LOSS}.part"))).unwrap();
    std::fs::write(
        path.with_file_name(format!("{LOSS}.part.json")),
        note.to_string(),
    )
    .unwrap();
    world.ask(&proxy.url()).agrees_with(&clean);
    let asks = proxy.asks_for(LOSS);
    assert_eq!(asks.len(), 2);
    assert_eq!(asks[1].range, Some(format!("bytes={}-", record["bytes"])));
}

/// Asked to end, it says so, and ends with 130.
#[cfg(unix)]
#[test]
fn interrupted_it_says_so() {
    let world = World::new();
    let clean = world.clean();
    for signal in ["INT", "TERM"] {
        let _ = std::fs::remove_dir_all(world.cache());
        let child = hangs(&world, "interrupted");
        let id = child.id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-s", signal, &id])
            .status();
        assert!(kill.unwrap().success());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(
            said.contains("interrupted") && said.contains("hint: "),
            "{said}"
        );
    }
    world.ask(&world.server.url()).agrees_with(&clean);
}

/// Two runs share a cache, and no file is asked for twice.
#[test]
fn two_runs_at_once() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(|_| Fault::drip(200, Duration::from_millis(20)));
    let other = world.start("other", &proxy.url(), "");
    let answer = world.ask(&proxy.url()).agrees_with(&clean);
    let output = other.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    for table in ["prefixes.csv", "transitions.csv", "files.csv"] {
        let theirs = std::fs::read_to_string(world.path("other").join(table)).unwrap();
        assert_eq!(theirs, answer.text(table));
    }
    for file in files_under(&world.scene.archive()) {
        let name = file.rsplit_once('/').map_or(file.as_str(), |p| p.1);
        let collector = file.split('/').next().unwrap();
        let root = |path: &str| path.contains(&format!("/{collector}/"));
        let asks = proxy.asks_for(name);
        let asks = asks.iter().filter(|a| root(&a.path)).count();
        assert_eq!(asks, 1, "{file}");
    }
}

/// A lock that a killed run held is nobody's: the next run does not wait.
#[test]
fn no_lock_is_left() {
    let world = World::new();
    let mut child = hangs(&world, "killed");
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = Instant::now();
    world.ask(&world.server.url()).exits(0);
    assert!(begun.elapsed() < Duration::from_secs(20));
}
