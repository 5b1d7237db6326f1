//! Names from files that were written to lead out of a folder.

#![allow(
    clippy::expect_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{Scene, dropline};
use std::fs;
use std::path::Path;
use temp_dir::TempDir;

const SCENE: &str = "16:00 ABC rib 10.0.1.0/24 @ 64500\n cover 16:00 16:05";

/// Everything under a folder.
fn listing(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            found.push(path.display().to_string());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn event_tables_name_no_folders() {
    let peer = "64501@192.0.2.1";
    let lines = [
        format!("2014-12-22T16:00Z ../../x {peer} keepalive"),
        format!("2014-12-22T16:00Z .. {peer} keepalive"),
        format!("2014-12-22T16:00Z /x {peer} keepalive"),
        format!("2014-12-22T16:00Z a/../../x {peer} keepalive"),
        "cover ../x 2014-12-22T16:00Z 2014-12-22T16:05Z".to_owned(),
        format!("2014-12-22T16:00Z rrc00 {peer} member dump=../../x"),
    ];
    for line in lines {
        let dir = TempDir::new().expect("a temporary folder");
        let events = dir.path().join("events");
        fs::write(&events, &line).expect("a file can be written");
        let before = listing(dir.path());
        let said = dropline(&[
            "encode".as_ref(),
            events.as_os_str(),
            "-o".as_ref(),
            dir.path().join("a/b/c").as_os_str(),
        ]);
        assert_ne!(said.code, 0, "{line}");
        assert!(said.stderr.contains("line 1"), "{line}: {}", said.stderr);
        assert_eq!(listing(dir.path()), before, "{line}");
    }
}

#[test]
fn incident_files_name_no_folders_as_collectors_or_countries() {
    for line in [
        "prefixes = [\"10.0.0.0/8\"]\ncollectors = [\"../../x\"]",
        "prefixes = [\"10.0.0.0/8\"]\ncollectors = [\"\"]",
        "country = \"../../x\"",
        "country = \"/\"",
    ] {
        let scene = Scene::of(SCENE);
        let text = format!("from = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:05:00Z\n{line}\n");
        let incident = scene.write("incident.toml", &text);
        let (archive, out) = (scene.archive(), scene.archive().join("../out/deep"));
        let said = dropline(&[
            "run".as_ref(),
            incident.as_os_str(),
            "--archive".as_ref(),
            archive.as_os_str(),
            "-o".as_ref(),
            out.as_os_str(),
        ]);
        assert!(matches!(said.code, 1 | 2), "{line}: {}", said.stderr);
        assert!(!out.exists(), "{line}");
    }
}

/// A manifest of hostile origin: nothing outside its archive is opened, nothing is written but the
/// output folder.
#[test]
fn manifests_lead_nowhere_else() {
    let scene = Scene::of(SCENE).without_witness("runs alone");
    let run = scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05")
        .exits(0);
    let text = run.text("run.json");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let secret = scene.write("secret", "of somebody else");
    let secret = secret.display().to_string();
    let changes = [
        ("url", secret.as_str()),
        ("url", "../secret"),
        ("url", "rrc00/../../secret"),
        ("url", "file:///etc/passwd"),
        ("url", "https://data.ris.ripe.net/../../../../secret"),
        ("url", "https://data.ris.ripe.net/rrc00/..%2f..%2fsecret"),
        ("collector", "../../x"),
        ("collector", ".."),
    ];
    for (key, value) in changes {
        let mut manifest = manifest.clone();
        for input in manifest["inputs"].as_array_mut().expect("inputs") {
            input[key] = value.into();
        }
        let path = scene.write("hostile.json", &manifest.to_string());
        let cache = scene.archive().join("../cache");
        let root = scene.archive().join("..");
        let before = listing(&root);
        let out = root.join("again");
        let said = dropline(&[
            "run".as_ref(),
            "--manifest".as_ref(),
            path.as_os_str(),
            "--offline".as_ref(),
            "--cache-dir".as_ref(),
            cache.as_os_str(),
            "-o".as_ref(),
            out.as_os_str(),
        ]);
        let after = listing(&root);
        let new: Vec<_> = after.iter().filter(|p| !before.contains(p)).collect();
        let inside = |p: &&&String| p.contains("/cache") || p.contains("/again");
        assert!(new.iter().all(|p| inside(&p)), "{key} = {value}: {new:?}");
        // What is read all the same are the run's own files, by their hashes, from its own archive.
        let table = fs::read_to_string(out.join("prefixes.csv"));
        assert_eq!(
            said.code == 0,
            table.is_ok(),
            "{key} = {value}: {}",
            said.stderr
        );
        assert!(
            table.is_err() || table.is_ok_and(|t| t == run.text("prefixes.csv")),
            "{key}"
        );
        let _ = fs::remove_dir_all(&out);
    }
}

/// What an incident file names must be a file: a pipe that nobody writes to keeps no run waiting, a
/// device without an end fills no memory.
#[cfg(unix)]
#[test]
fn what_an_incident_file_names_is_a_file() {
    use std::process::Command;
    let dir = TempDir::new().expect("a temporary folder");
    let pipe = dir.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|s| s.success()), "a pipe can be made");
    let prefixes = "prefixes = [\"10.0.0.0/8\"]";
    for (key, what) in [
        ("events", prefixes),
        ("watch", ""),
        ("watch_list", prefixes),
        ("delegated", "country = \"KP\""),
    ] {
        for named in ["pipe", "/dev/zero"] {
            let times = "from = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:05:00Z";
            let text = format!("{times}\n{what}\n{key} = \"{named}\"\n");
            let incident = dir.path().join("incident.toml");
            fs::write(&incident, text).expect("a file can be written");
            let archive = match key {
                "events" => None,
                _ => Some(format!("--archive={}", dir.path().display())),
            };
            let mut child = Command::new(env!("CARGO_BIN_EXE_dropline"));
            child.arg("run").arg(&incident).args(archive);
            child.args(["--collector", "rrc00", "--full-feed", "all", "-o"]);
            child.arg(dir.path().join("out"));
            let output = ended(&mut child, named);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(1 | 2)) && said.contains("not a regular file"),
                "{key} = {named}: {said}"
            );
        }
    }
}

/// Runs a command that must come to an end by itself.
fn ended(command: &mut std::process::Command, what: &str) -> std::process::Output {
    use std::process::Stdio;
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let began = std::time::Instant::now();
    while child.try_wait().expect("a child").is_none() {
        let hangs = began.elapsed().as_secs() > 60;
        if hangs {
            child.kill().expect("a child");
        }
        assert!(!hangs, "{what}: it hangs");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.wait_with_output().expect("a child")
}

/// What lies in an archive under a file's name and is none is not read: a pipe that nobody writes
/// to, a device without an end, a folder.
#[cfg(unix)]
#[test]
fn what_is_named_like_a_file_and_is_none() {
    use std::process::Command;
    let make = |kind: usize, path: &Path| match kind {
        0 => assert!(
            Command::new("mkfifo")
                .arg(path)
                .status()
                .is_ok_and(|s| s.success()),
            "a pipe can be made"
        ),
        1 => std::os::unix::fs::symlink("/dev/zero", path).expect("a link can be made"),
        _ => fs::create_dir(path).expect("a folder can be made"),
    };
    for kind in 0..3 {
        let scene = Scene::of(SCENE);
        let path = scene
            .archive()
            .join("rrc00/2014.12/updates.20141222.1605.gz");
        make(kind, &path);
        let mut child = Command::new(env!("CARGO_BIN_EXE_dropline"));
        child
            .args([
                "run",
                "--prefix",
                "10.0.0.0/8",
                "--from",
                "2014-12-22T16:00Z",
            ])
            .args(["--to", "2014-12-22T16:10Z", "--archive"])
            .arg(scene.archive())
            .arg("-o")
            .arg(scene.archive().join("../out"));
        let output = ended(&mut child, &kind.to_string());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{kind}: {said}");
        assert!(said.contains("updates.20141222.1605.gz"), "{kind}: {said}");
        assert!(said.contains("not a regular file"), "{kind}: {said}");
        assert!(said.contains("hint: "), "{kind}: {said}");
    }
}

/// Titles and names of others neither move a terminal's cursor nor turn its letters about.
#[cfg(unix)]
#[test]
fn what_others_wrote_is_told_as_text() {
    let scene = Scene::of("cover 16:00 16:05\n 16:01 ABC announce 10.0.1.0/24 @ 64500");
    let hostile = "a\u{1b}[2J\u{202e}b";
    let loose = scene.archive().with_file_name(format!("{hostile}.gz"));
    let archived = scene
        .archive()
        .join("rrc00/2014.12/updates.20141222.1600.gz");
    fs::copy(archived, &loose).expect("a file can be copied");
    let title = "title = \"a\\u001b[2J\\u202eb\"";
    let rest =
        "from = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:05:00Z\nprefixes = [\"10.0.0.0/8\"]";
    let incident = scene.write("incident.toml", &format!("{title}\n{rest}\n"));
    let out = scene.archive().with_file_name("out");
    let file = format!("--file={}", loose.display());
    let (incident, out) = (incident.display().to_string(), out.display().to_string());
    let run = [
        "run",
        &incident,
        "--collector=rrc00",
        "--full-feed=all",
        &file,
        "--no-report",
        "-o",
        &out,
    ];
    let cell = [
        "explain",
        &out,
        "--prefix=10.0.1.0/24",
        "--at=2014-12-22T16:01Z",
        &file,
    ];
    let (show, page) = (["show", &out], ["show", &out, "--format=markdown"]);
    for args in [&run[..], &cell, &show, &page] {
        let said = dropline(args);
        assert!(matches!(said.code, 0 | 3), "{}", said.stderr);
        let said = said.stdout + &said.stderr;
        assert!(said.contains("\\u{1b}"), "{args:?}: {said}");
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{args:?}: {said}");
    }
}

/// A name that is nearly that of an archive's file is another file's.
#[test]
fn a_file_of_nearly_an_archives_name_is_none() {
    let folder = "rrc00/2014.12";
    let mut scene = Scene::of(SCENE);
    for name in ["updates. 20141222.1600.gz", "updates.20141222.16 0.gz"] {
        let from = format!("{folder}/updates.20141222.1600.gz");
        scene = scene.copied(&from, &format!("{folder}/{name}"));
        scene = scene.changed(&format!("{folder}/{name}"), |_| b"of another".to_vec());
    }
    scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05")
        .exits(0);
}
