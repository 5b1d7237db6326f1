//! A study is repeated from its `run.json`: from exactly the same bytes, or not at all.

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::harness::{Outcome, Random, Run, Scene, Site, dated, dropline};
use dropline::locate::LocalSource;
use dropline::manifest;
use dropline::pipeline::recorded::{self, FileStore};
use std::fs;
use std::path::Path;

const SCENARIO: &str = "
    cover 16:00 16:10
    16:00    ABC rib 10.0.1.0/24 @ 64500
    16:02:30 ABC withdraw 10.0.1.0/24
    16:04    ABC announce 10.0.1.0/24 @ 64500\n";
const UPDATES: &str = "rrc00/2014.12/updates.20141222.1600.gz";

/// A question with rules of its own, so that a rule that gets lost is noticed.
const QUESTION: &str = "--prefix 10.0.0.0/8 --from 16:00 --to 16:06 --full-feed 0.6 \
    --min-vantage 2 --min-life 0 --rib-lookback 5 --silence 700 --baseline-at 16:01";

fn manifest_of(run: &Run) -> String {
    run.dir.join("run.json").display().to_string()
}

/// Repeats a run from its manifest, with more arguments.
fn again(run: &Run, out: &Path, more: &[&str]) -> Outcome {
    let manifest = manifest_of(run);
    // As the harness runs it the first time.
    let mut args = vec!["run", "--no-report", "--manifest", &manifest];
    args.extend(more);
    let out = out.display().to_string();
    args.extend(["-o", &out]);
    dropline(&args)
}

/// Both folders hold the same files, byte for byte.
fn assert_same(one: &Path, other: &Path) {
    let names = |dir: &Path| {
        let entries = fs::read_dir(dir).unwrap();
        let files = entries.map(|e| e.unwrap().path()).filter(|p| p.is_file());
        let mut names: Vec<_> = files.map(|p| p.file_name().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(one), names(other));
    for name in names(one) {
        let same = fs::read(one.join(&name)).unwrap() == fs::read(other.join(&name)).unwrap();
        assert!(same, "{} differs", name.display());
    }
}

fn assert_fails(outcome: &Outcome, code: i32, says: &[&str]) {
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
    for text in says {
        let said = &outcome.stderr;
        assert!(said.contains(text), "`{text}` is not in:\n{said}");
    }
}

#[test]
fn the_same_bytes_give_the_same_folder() {
    let scene = Scene::of(&format!(
        "{SCENARIO} cover rrc01 16:00 16:10\n 16:00 rrc01/DEF rib 10.0.1.0/24 @ 64500"
    ))
    .without_witness("the witness does not implement these rules");
    let first = scene.ask(QUESTION).exits(0);
    let archive = scene.archive().display().to_string();
    let out = first.dir.with_file_name("again");
    let outcome = again(&first, &out, &["--archive", &archive]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_same(&first.dir, &out);
    let thrice = first.dir.with_file_name("thrice");
    let second = Run { outcome, dir: out };
    let outcome = again(&second, &thrice, &["--archive", &archive, "--threads", "1"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_same(&first.dir, &thrice);
}

/// A file that appears later, or was missing, plays no part: the holes are repeated too.
#[test]
fn files_that_came_later_are_not_read() {
    let scene = Scene::of(SCENARIO).without_witness("the witness would read all of them");
    let late = scene
        .archive()
        .join("rrc00/2014.12/updates.20141222.1605.gz");
    let aside = late.with_file_name("aside");
    fs::rename(&late, &aside).unwrap();
    let first = scene.ask(QUESTION).exits(3);
    fs::rename(&aside, &late).unwrap();
    let archive = scene.archive().display().to_string();
    let out = first.dir.with_file_name("again");
    let outcome = again(&first, &out, &["--archive", &archive]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert_same(&first.dir, &out);
}

type Change<'a> = &'a dyn Fn(Vec<u8>) -> Vec<u8>;

/// Each fails with the file's name, what it was and what it is, and leaves no tables.
#[test]
fn a_changed_file_is_named() {
    let flip = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 3].to_vec();
    for (how, change) in [("flipped", &flip as Change<'_>), ("cut", &cut)] {
        let scene =
            Scene::of(SCENARIO).without_witness("the witness does not implement these rules");
        let first = scene.ask(QUESTION).exits(0);
        let before = sha256_in(&first, UPDATES);
        let scene = scene.changed(UPDATES, change);
        let out = first.dir.with_file_name(how);
        let archive = scene.archive().display().to_string();
        let outcome = again(&first, &out, &["--archive", &archive]);
        assert_fails(
            &outcome,
            1,
            &["updates.20141222.1600.gz", &before, "hint: "],
        );
        assert!(!out.join("prefixes.csv").exists());
        let after = scene.ask_into("after", QUESTION);
        assert_fails(&outcome, 1, &[&sha256_in(&after, UPDATES)]);
    }
}

/// What `run.json` says of a file.
fn sha256_in(run: &Run, file: &str) -> String {
    let text = run.text("run.json");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let inputs = json["inputs"].as_array().unwrap();
    let input = inputs
        .iter()
        .find(|i| i["url"].as_str().unwrap().ends_with(file))
        .unwrap();
    input["sha256"].as_str().unwrap().to_owned()
}

#[test]
fn a_missing_or_swapped_file_is_named() {
    let scene = Scene::of(SCENARIO).without_witness("the witness does not implement these rules");
    let first = scene.ask(QUESTION).exits(0);
    let archive = scene.archive().display().to_string();
    let out = first.dir.with_file_name("again");
    let other = scene
        .archive()
        .join("rrc00/2014.12/updates.20141222.1605.gz");
    let file = scene.archive().join(UPDATES);
    let kept = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let gone = again(&first, &out, &["--archive", &archive]);
    assert_fails(&gone, 1, &["updates.20141222.1600.gz", "hint: "]);
    fs::copy(&other, &file).unwrap();
    let swapped = again(&first, &out, &["--archive", &archive]);
    assert_fails(
        &swapped,
        1,
        &[
            "updates.20141222.1600.gz",
            &sha256_in(&first, UPDATES),
            "hint: ",
        ],
    );
    fs::write(&file, kept).unwrap();
    let whole = again(&first, &out, &["--archive", &archive]);
    assert_fails(&whole, 0, &[]);
    assert_same(&first.dir, &out);
}

/// The archive made from an event table lies beside its run, and is found there.
#[test]
fn an_event_table_is_repeated_from_beside_it() {
    let scene = Scene::of(SCENARIO).without_witness("the test asks the witness itself");
    let incident = scene.write(
        "incident.toml",
        "title = \"A loss\"\nprefixes = [\"10.0.0.0/8\"]\nevents = \"events.txt\"\n\
         from = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:06:00Z\n\
         [[published]]\nevent = \"gone\"\nat = 2014-12-22T16:02:00Z\ncertainty = \"minute\"\n",
    );
    let args = ["run".to_owned(), incident.display().to_string()];
    let first = scene.run("first", &args).exits(0);
    let out = first.dir.with_file_name("again");
    let outcome = again(&first, &out, &[]);
    assert_fails(&outcome, 0, &["A loss", "(to the minute)"]);
    assert_same(&first.dir, &out);
    // Into its own folder too: what is read is not replaced.
    assert_fails(&again(&first, &first.dir, &[]), 0, &[]);
    assert_same(&out, &first.dir);
    fs::remove_dir_all(first.dir.join("archive")).unwrap();
    let gone = again(&first, &out, &[]);
    assert_fails(&gone, 1, &["archive", "hint: "]);
}

/// Loose files are named again: a manifest opens no path of its own.
#[test]
fn loose_files_are_named_again() {
    let scene = Scene::of(SCENARIO).without_witness("the test asks the witness itself");
    let mut files = Vec::new();
    for name in [
        "bview.20141222.1600.gz",
        "updates.20141222.1600.gz",
        "updates.20141222.1605.gz",
    ] {
        let path = scene.archive().join("rrc00/2014.12").join(name);
        files.extend(["--file".to_owned(), path.display().to_string()]);
    }
    let mut args: Vec<String> =
        "run --collector rrc00 --prefix 10.0.0.0/8 --from 2014-12-22T16:00Z --to 2014-12-22T16:06Z"
            .split(' ')
            .map(str::to_owned)
            .collect();
    args.extend(files.clone());
    let first = scene.run("first", &args).exits(0);
    let out = first.dir.with_file_name("again");
    let unnamed = again(&first, &out, &[]);
    assert_fails(&unnamed, 1, &["bview.20141222.1600.gz", "hint: ", "--file"]);
    let named: Vec<&str> = files.iter().map(String::as_str).collect();
    assert_fails(&again(&first, &out, &named), 0, &[]);
    assert_same(&first.dir, &out);
    let lacking = again(&first, &out, &named[..4]);
    assert_fails(&lacking, 1, &["updates.20141222.1605.gz", "hint: "]);
}

/// What was fetched is repeated from the cache; a spoilt file of it is named where nothing may be
/// fetched, and had again where it may; what the archive has changed is refused.
#[test]
fn a_study_over_the_network_is_repeated_from_the_cache() {
    let scene = Scene::of(SCENARIO).without_witness("the witness uses no network");
    let server = Site::new();
    server.put_folder(&scene.archive());
    let cache = scene.archive().with_file_name("cache");
    let (url, cache_dir) = (server.url(), cache.display().to_string());
    let network = ["--retries", "0", "--cache-dir", &cache_dir];
    let mut args: Vec<String> = [
        "run",
        "--no-broker",
        "--collector",
        "rrc00",
        "--ris-url",
        &url,
    ]
    .map(str::to_owned)
    .to_vec();
    args.extend(QUESTION.split_whitespace().map(dated));
    args.extend(network.map(str::to_owned));
    let first = scene.run("first", &args).exits(0);
    let from_archive = scene.ask_into("local", QUESTION);
    assert_eq!(
        first.text("prefixes.csv"),
        from_archive.text("prefixes.csv")
    );
    assert!(
        first
            .text("run.json")
            .contains(&format!("\"{url}/{UPDATES}\""))
    );
    server.requests();

    let out = first.dir.with_file_name("again");
    let offline = [&network[..], &["--offline"]].concat();
    assert_fails(&again(&first, &out, &offline), 0, &["byte for byte"]);
    assert_same(&first.dir, &out);
    let archive = scene.archive().display().to_string();
    assert_fails(&again(&first, &out, &["--archive", &archive]), 0, &[]);
    assert_eq!(server.requests(), Vec::<String>::new());

    let cached = cache.join(UPDATES);
    let whole = fs::read(&cached).unwrap();
    let mut spoilt = whole.clone();
    spoilt[whole.len() / 2] ^= 1;
    let expected = sha256_in(&first, UPDATES);
    for bytes in [&spoilt[..], &whole[..whole.len() - 4]] {
        fs::write(&cached, bytes).unwrap();
        let outcome = again(&first, &out, &offline);
        let found = sha256(bytes);
        assert_fails(&outcome, 1, &[UPDATES, &expected, &found, "hint: "]);
    }
    fs::remove_file(&cached).unwrap();
    let outcome = again(&first, &out, &offline);
    assert_fails(&outcome, 1, &[UPDATES, &expected, "gone", "hint: "]);

    fs::write(&cached, &spoilt).unwrap();
    assert_fails(&again(&first, &out, &network), 0, &["byte for byte"]);
    assert_same(&first.dir, &out);
    assert_eq!(fs::read(&cached).unwrap(), whole);

    let other = fs::read(
        scene
            .archive()
            .join("rrc00/2014.12/updates.20141222.1605.gz"),
    )
    .unwrap();
    server.put(UPDATES, 200, &other);
    fs::remove_file(&cached).unwrap();
    let outcome = again(&first, &out, &network);
    assert_fails(
        &outcome,
        1,
        &[UPDATES, &expected, &sha256(&other), "hint: "],
    );
    assert!(!cached.exists());
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    format!("{:x}", Sha256::digest(bytes))
}

/// A manifest that is none, of a later format, or made up by someone who means harm.
#[test]
fn a_manifest_is_not_trusted() {
    let scene = Scene::of(SCENARIO).without_witness("the witness does not implement these rules");
    let first = scene.ask(QUESTION).exits(0);
    let archive = scene.archive().display().to_string();
    let url = "https://data.ris.ripe.net/rrc00/2014.12/updates.20141222.1600.gz";
    let out = first.dir.with_file_name("again");
    for (from, to, said) in [
        ("\"format\": 2", "\"format\": 3", "has format 3"),
        (
            "\"format\": 2",
            "\"form\": 1",
            "is not the `run.json` of a run",
        ),
        (url, "https://example.net/updates.gz", "is not the URL of"),
        ("{", "", "is not the `run.json` of a run"),
        (url, "../../x", "`../../x`, which leads out"),
        (url, "/etc/passwd", "`/etc/passwd`, which leads out"),
        (url, "https://data.ris.ripe.net/../x", "is not the URL of"),
        (
            "\"collector\": \"rrc00\"",
            "\"collector\": \"../x\"",
            "`../x` is no collector",
        ),
        (
            "\"reason\": \"asked\"",
            "\"reason\": \"why\"",
            "`why` is no reason",
        ),
    ] {
        let text = first.text("run.json");
        assert!(text.contains(from), "{from}");
        let hostile = scene.write("hostile.json", &text.replacen(from, to, 1));
        let hostile = hostile.display().to_string();
        let outcome = dropline(&[
            "run",
            "--manifest",
            &hostile,
            "--archive",
            &archive,
            "-o",
            &out.display().to_string(),
        ]);
        assert_fails(&outcome, 1, &["hostile.json", said, "hint: "]);
    }
    let mut json: serde_json::Value = serde_json::from_str(&first.text("run.json")).unwrap();
    let inputs = json["inputs"].as_array_mut().unwrap();
    inputs.push(inputs[1].clone());
    let twice = scene.write("twice.json", &json.to_string());
    let outcome = dropline(&["run", "--manifest", &twice.display().to_string()]);
    assert_fails(&outcome, 1, &["twice.json", " twice", "hint: "]);
    let nothing = dropline(&["run", "--manifest", "no-such.json"]);
    assert_fails(&nothing, 1, &["no-such.json", "hint: "]);
    let both = dropline(&["run", "x.toml", "--manifest", &manifest_of(&first)]);
    assert_fails(&both, 2, &["cannot be used with"]);
    let both = dropline(&["run", "--asn", "1", "--manifest", &manifest_of(&first)]);
    assert_fails(&both, 2, &["cannot be used with"]);
}

/// Whatever is done to a manifest, it is read or refused; and what it leads to has its hashes.
#[test]
fn a_garbled_manifest_is_read_or_refused() {
    let scene = Scene::of(SCENARIO).without_witness("the witness does not implement these rules");
    let first = scene.ask(QUESTION).exits(0);
    let source = LocalSource::Mirror(scene.archive());
    let text = first.text("run.json").into_bytes();
    let mut random = Random(20_141_222);
    let (mut refused, mut repeated) = (0, 0);
    for _ in 0..500 {
        let mut garbled = text.clone();
        for _ in 0..=random.below(2) {
            let at = random.below(garbled.len());
            match random.below(3) {
                0 => garbled[at] = b"09-\"{}[],:.ztx\xff"[random.below(15)],
                1 => drop(garbled.remove(at)),
                _ => garbled.insert(at, b"9-/.\"n"[random.below(6)]),
            }
        }
        let path = scene.archive().with_file_name("garbled.json");
        fs::write(&path, &garbled).unwrap();
        let Ok(manifest) = manifest::read(&path) else {
            refused += 1;
            continue;
        };
        let Ok(held) = recorded::files(&manifest, FileStore::Local(&source)) else {
            continue;
        };
        repeated += 1;
        for file in held.iter().flat_map(|h| h.ribs.iter().chain(&h.updates)) {
            let found = sha256(&fs::read(&file.path).unwrap());
            assert!(manifest.inputs.iter().any(|i| i.sha256 == found));
        }
    }
    assert!(refused > 50 && repeated > 50, "{refused} {repeated}");
}
