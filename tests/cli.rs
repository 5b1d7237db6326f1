//! The program as users run it: exit codes, streams, hints, sources of a question.

use crate::harness::{Outcome, Scene, dated, dropline};

/// Three peers that have a prefix and lose it.
const SCENARIO: &str = "
    cover 16:00 16:10
    16:00    ABC rib 10.0.1.0/24 @ 64500
    16:02:30 ABC withdraw 10.0.1.0/24
    16:04    ABC announce 10.0.1.0/24 @ 64500\n";
const QUESTION: &str = "--prefix 10.0.0.0/8 --from 16:00 --to 16:06";

/// Runs `dropline run` on an archive, however it ends.
fn run(scene: &Scene, flags: &str) -> Outcome {
    let mut args = vec!["run".to_owned(), "--archive".to_owned()];
    args.push(scene.archive().display().to_string());
    args.extend(flags.split_whitespace().map(dated));
    if !flags.contains("-o ") {
        let out = scene.archive().with_file_name("out");
        args.extend(["-o".to_owned(), out.display().to_string()]);
    }
    dropline(&args)
}

/// It ends with this code, says these things on stderr, and nothing on stdout.
fn assert_fails(outcome: &Outcome, code: i32, says: &[&str]) {
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    for text in says {
        assert!(
            outcome.stderr.contains(text),
            "`{text}` is not in:\n{}",
            outcome.stderr
        );
    }
}

#[test]
fn done_is_0_and_incomplete_is_3() {
    let scene = Scene::of(SCENARIO);
    scene.ask(QUESTION).exits(0).prints("10.0.1.0/24");
    scene
        .without("rrc00/2014.12/updates.20141222.1605.gz")
        .ask(QUESTION)
        .exits(3)
        .prints("warning: rrc00: no updates from 2014-12-22T16:05:00Z to 2014-12-22T16:06:00Z");
}

#[test]
fn quiet_says_nothing() {
    let outcome = run(&Scene::of(SCENARIO), &format!("{QUESTION} -q"));
    assert_eq!(
        (
            outcome.code,
            outcome.stdout.as_str(),
            outcome.stderr.as_str()
        ),
        (0, "", "")
    );
}

/// Two vantage ASes make every minute unknown: the run, `show` and the report say why, and what was
/// asked for.
#[test]
fn too_few_vantage_ases_are_said_everywhere() {
    let scene = Scene::of(&SCENARIO.replace("ABC", "AB"));
    let out = scene.archive().with_file_name("few");
    let outcome = run(&scene, &format!("{QUESTION} -o {}", out.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let shown = dropline(&["show".as_ref(), out.as_os_str()]);
    let report = std::fs::read_to_string(out.join("report.html")).expect("a report");
    let said = "2 vantage ASes count, and `--min-vantage` asks for 3";
    for text in [&outcome.stderr, &shown.stdout, &report] {
        let on_one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(on_one_line.contains(said), "{text:.2000}");
        assert!(on_one_line.contains("Every minute"), "{text:.2000}");
    }
    // With one fewer asked for, nothing of it.
    let outcome = run(&scene, &format!("{QUESTION} --min-vantage 2"));
    assert!(
        !outcome.stderr.contains("--min-vantage"),
        "{}",
        outcome.stderr
    );
}

/// Without a RIB nobody is judged full-feed: wrong usage, with a hint of what to type.
#[test]
fn no_rib_needs_all() {
    let scene = Scene::of("cover 16:00 16:10\n 16:01:10 A announce 10.0.1.0/24 @ 64500");
    assert_fails(
        &run(&scene, QUESTION),
        2,
        &["error: ", "hint: ", "--full-feed all"],
    );
    // The same where the RIB lies beyond the look-back.
    let scene = Scene::of(&format!("{SCENARIO} 12:00 ABC table 4 1"))
        .without("rrc00/2014.12/bview.20141222.1600.gz");
    assert_fails(
        &run(&scene, &format!("{QUESTION} --rib-lookback 2")),
        2,
        &["hint: "],
    );
}

#[test]
fn wrong_usage_is_2_with_a_hint() {
    let scene = Scene::of(SCENARIO);
    for (flags, said) in [
        ("--from 16:00 --to 16:06", "nothing to watch"),
        (
            "--prefix 10.0.0.0/8 --from 16:06 --to 16:00",
            "`--to` must be after `--from`",
        ),
        ("--prefix 10.0.0.0/8 --to 16:06", "`--from` is missing"),
        (
            "--prefix 10.0.0.0/8 --from 16:00 --to 16:06 --with-optional",
            "`--with-optional` without a country",
        ),
        (
            "--prefix 10.0.0.0/8 --from 16:00 --to 16:06 --collector rrc07",
            "it holds rrc00",
        ),
    ] {
        assert_fails(&run(&scene, flags), 2, &["error: ", "hint: ", said]);
    }
    for flags in [
        "--prefix 10.0.0.0/33 --from 16:00 --to 16:06",
        "--prefix 10.0.0.0/8 --from 16:00 --to yesterday",
        "--prefix 10.0.0.0/8 --from 16:00 --to 16:06 --full-feed most",
        "--prefix 10.0.0.0/8 --from 16:00 --to 16:06 --threads 0",
    ] {
        assert_fails(&run(&scene, flags), 2, &["error: "]);
    }
    // A number that could be a percentage, or a table of so many prefixes.
    for (n, hint) in [
        ("90", "`0.9` or `90%`"),
        ("1", "`0.01` or `1%`"),
        ("999", "400000"),
    ] {
        let flags = format!("--prefix 10.0.0.0/8 --from 16:00 --to 16:06 --full-feed {n}");
        assert_fails(&run(&scene, &flags), 2, &["error: ", "\nhint: ", hint]);
    }
    let nowhere = dropline(&[
        "run",
        "--prefix",
        "10.0.0.0/8",
        "--from",
        "2014-12-22",
        "--to",
        "2014-12-23",
    ]);
    assert_fails(&nowhere, 2, &["hint: ", "--archive DIR"]);
    assert_fails(&dropline(&["frobnicate"]), 2, &["error: "]);
}

/// A country whose registries cannot be asked is no country without networks.
#[test]
fn a_country_needs_the_registries_statistics() {
    let scene = Scene::of(SCENARIO);
    let cache = scene.archive().with_file_name("cache");
    let flags = format!(
        "--country SY --from 16:00 --to 16:06 --offline --cache-dir {}",
        cache.display()
    );
    assert_fails(
        &run(&scene, &flags),
        1,
        &["ripencc", "hint: ", "--delegated FILE"],
    );
}

/// A folder that cannot be made fails with 1, before anything is read: here there is no archive
/// either, which would be wrong usage.
#[test]
fn a_bad_output_folder_fails_at_once() {
    let scene = Scene::of(SCENARIO);
    let file = scene.write("a-file", "");
    let flags = format!("{QUESTION} -o {}/out", file.display());
    assert_fails(&run(&scene, &flags), 1, &["error: ", "a-file", "hint: "]);
    let nothing = scene.write("nothing", "");
    let args = [
        "run",
        "--archive",
        &nothing.display().to_string(),
        "--asn",
        "1",
        "--from",
        "2014-12-22",
        "--to",
        "2014-12-23",
        "-o",
        &format!("{}/out", file.display()),
    ];
    assert_fails(&dropline(&args), 1, &["a-file"]);
}

/// Loose files of one collector answer as the archive does; their names tell kind and time.
#[test]
fn loose_files_need_their_collector() {
    let scene = Scene::of(SCENARIO);
    let mut args: Vec<String> = ["run", "--collector", "rrc00"].map(str::to_owned).to_vec();
    args.extend(QUESTION.split_whitespace().map(dated));
    for name in [
        "bview.20141222.1600.gz",
        "updates.20141222.1600.gz",
        "updates.20141222.1605.gz",
    ] {
        let path = scene.archive().join("rrc00/2014.12").join(name);
        args.extend(["--file".to_owned(), path.display().to_string()]);
    }
    let from_files = scene.run("files", &args).exits(0);
    let from_archive = scene.ask(QUESTION);
    assert_eq!(
        from_files.text("prefixes.csv"),
        from_archive.text("prefixes.csv")
    );
    assert_eq!(
        from_files.text("outages.csv"),
        from_archive.text("outages.csv")
    );
    args.retain(|a| a != "--collector" && a != "rrc00");
    assert_fails(&dropline(&args), 2, &["hint: ", "--collector NAME"]);
}

/// An incident file holds the same question; flags replace what it says.
#[test]
fn an_incident_file_asks_the_same_question() {
    let scene = Scene::of(SCENARIO);
    let incident = scene.write(
        "incident.toml",
        "title = \"A loss\"\nprefixes = [\"10.0.0.0/8\"]\n\
         from = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:06:00Z\ncollectors = [\"rrc00\"]\n\
         sources = [\"https://example.net/\"]\n\
         [[published]]\nevent = \"gone\"\nat = 2014-12-22T16:02:00Z\n",
    );
    let archive = scene.archive().display().to_string();
    let args = [
        "run",
        &incident.display().to_string(),
        "--archive",
        &archive,
    ]
    .map(str::to_owned);
    let asked = scene.run("incident", &args).exits(0).prints("A loss");
    assert_eq!(
        asked.text("prefixes.csv"),
        scene.ask(QUESTION).text("prefixes.csv")
    );
    let mut args = args.to_vec();
    args.extend(["--to".to_owned(), dated("16:02")]);
    scene
        .run("shorter", &args)
        .shows("prefixes", "minute known seeing\n 16:00-16:01 3 3");
}

/// An incident may carry its event table: it is encoded on the way.
#[test]
fn an_incident_with_an_event_table() {
    let scene = Scene::of(SCENARIO);
    let incident = scene.write(
        "incident.toml",
        "prefixes = [\"10.0.0.0/8\"]\nevents = \"events.txt\"\n\
         from = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:06:00Z\n",
    );
    let args = ["run".to_owned(), incident.display().to_string()];
    let asked = scene.run("incident", &args).exits(0);
    assert_eq!(
        asked.text("prefixes.csv"),
        scene.ask(QUESTION).text("prefixes.csv")
    );
}

#[test]
fn an_incident_with_an_unknown_key_is_wrong_usage() {
    let scene = Scene::of(SCENARIO);
    let incident = scene.write(
        "incident.toml",
        "prefixes = [\"10.0.0.0/8\"]\nform = 1\nfrom = 2014-12-22\nto = 2014-12-23\n",
    );
    let outcome = dropline(&["run", &incident.display().to_string()]);
    assert_fails(&outcome, 2, &["incident.toml", "form"]);
}

/// Only the named collectors are read.
#[test]
fn collectors_are_chosen() {
    let scene = Scene::of(&format!(
        "{SCENARIO} cover rrc01 16:00 16:10\n 16:00 rrc01/DEF rib 10.0.1.0/24 @ 64500"
    ))
    .without_witness("the witness reads all collectors");
    scene
        .ask(&format!("{QUESTION} --collector rrc01"))
        .shows("prefixes", "minute full known seeing\n 16:00-16:05 3 3 3");
}

/// What encode cannot write it names by its line.
#[test]
fn encode_names_the_line() {
    let scene = Scene::of("");
    let table = scene.write(
        "wrong.txt",
        "# fine\n2014-12-22T16:00Z rrc00 64501@192.0.2.1 anounce 10.0.0.0/8 1\n",
    );
    let archive = scene.archive().display().to_string();
    let outcome = dropline(&["encode", &table.display().to_string(), "-o", &archive]);
    assert_fails(
        &outcome,
        1,
        &["wrong.txt", "line 2", "`anounce` is not a verb", "hint: "],
    );
}

#[test]
fn help_and_version_are_data() {
    for flag in ["--help", "--version"] {
        let outcome = dropline(&[flag]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert!(outcome.stdout.contains("dropline") || outcome.stdout.contains("Usage"));
    }
}

/// Every table has its header, and the folder says what went in and out.
#[test]
fn a_run_writes_one_folder() {
    let scene = Scene::of(SCENARIO);
    let run = scene.ask(QUESTION);
    for (table, columns) in [
        (
            "prefixes",
            "minute,prefix,peer_asns_full,peer_asns_known,peer_asns_seeing,seeing_min,seeing_max,visibility,visibility_min,visibility_max,visibility_low,visibility_high,announcements,withdrawals,path_changes,origins,status",
        ),
        (
            "transitions",
            "time,collector,peer_asn,peer_ip,prefix,position,from,to,cause,path_before,path_after,file,offset",
        ),
    ] {
        assert_eq!(
            run.text(&format!("{table}.csv")).lines().next(),
            Some(columns)
        );
        assert!(run.dir.join(format!("{table}.parquet")).is_file());
    }
    let first = run.text("prefixes.csv").lines().nth(1).map(str::to_owned);
    let expected = "2014-12-22T16:00:00Z,10.0.1.0/24,3,3,3,3,3,1.0000,1.0000,1.0000,1.0000,1.0000,0,0,0,AS64500,up";
    assert_eq!(first.as_deref(), Some(expected));
    let first = run
        .text("transitions.csv")
        .lines()
        .nth(1)
        .map(str::to_owned)
        .unwrap_or_default();
    assert!(first.starts_with("2014-12-22T16:02:30.000000Z,rrc00,64501,192.0.2.1,10.0.1.0/24,1,present,absent,withdraw,64501 64500,,"), "{first}");
    assert!(run.text("run.json").contains("\"complete\": true"));
}

#[test]
fn an_archive_by_flag_goes_before_the_mirror_of_an_incident() {
    let scene = Scene::of(SCENARIO);
    let file = scene.write(
        "incident.toml",
        "prefixes = [\"10.0.0.0/8\"]\nmirror = \"archive\"\n\
         from = 2014-12-22T16:00:00Z\nto = 2014-12-22T16:06:00Z\n",
    );
    let ask = |more: &[&std::ffi::OsStr]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_dropline"))
            .env_remove("DROPLINE_MIRROR")
            .args(["run", "--no-report", "-o"])
            .arg(scene.archive().with_file_name("out"))
            .arg(&file)
            .args(more)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    };
    let (code, said) = ask(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("DROPLINE_MIRROR is not set"), "{said}");
    let (code, said) = ask(&["--archive".as_ref(), scene.archive().as_ref()]);
    assert_eq!(code, Some(0), "{said}");
}
