//! `dropline show`: what a run's folder says, on stdout.

use crate::harness::{Outcome, Run, Scene, dropline};

/// Three peers lose a prefix for a minute and a half.
fn lost() -> Scene {
    Scene::of(
        "cover 16:00 16:10
         16:00    ABC rib 10.0.1.0/24 @ 64500
         16:02:30 ABC withdraw 10.0.1.0/24
         16:04    ABC announce 10.0.1.0/24 @ 64500",
    )
}

fn ask(scene: &Scene) -> Run {
    scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:06")
}

fn show(run: &Run, flags: &[&str]) -> Outcome {
    let folder = run.dir.display().to_string();
    let mut args = vec!["show", &folder];
    args.extend(flags);
    dropline(&args)
}

#[test]
fn text_has_a_line_per_prefix_and_the_outages() {
    let scene = lost();
    let shown = show(&ask(&scene), &[]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    for text in [
        "1 prefix seen from 3 vantage ASes at\nrrc00",
        "10.0.1.0/24 ██▁▁██\n        UTC └16:00",
        "AS64500 lost its only prefix from 22 December 2014, 16:02:30 to 16:04:00 UTC (1\nmin 30 s)",
        "AS64500  1 of 1    2014-12-22 16:02:30  2014-12-22 16:04:00  1 min 30 s",
        "10.0.1.0/24  2014-12-22 16:02:30  2014-12-22 16:04:00  1 min 30 s  100 %",
        "control plane only",
    ] {
        assert!(shown.stdout.contains(text), "`{text}`:\n{}", shown.stdout);
    }
    assert!(!shown.stdout.contains('\u{1b}'), "colours in a pipe");
    let longest = shown.stdout.lines().map(|l| l.chars().count()).max();
    assert!(longest <= Some(80), "{}", shown.stdout);
}

#[test]
fn csv_is_the_table_and_json_has_it_too() {
    let scene = lost();
    let run = ask(&scene);
    assert_eq!(
        show(&run, &["--format", "csv"]).stdout,
        run.text("outages.csv")
    );
    let json = show(&run, &["--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let outages: serde_json::Value = serde_json::from_str(&run.text("outages.json")).expect("JSON");
    assert_eq!(json["outages"], outages);
    let events: serde_json::Value = serde_json::from_str(&run.text("events.json")).expect("JSON");
    assert_eq!(json["events"], events);
    assert_eq!(events[0]["families"], serde_json::json!([4]));
    assert_eq!(
        json["headline"],
        "AS64500 lost its only prefix from 22 December 2014, 16:02:30 to 16:04:00 UTC (1 min 30 s)"
    );
    assert_eq!(json["sentences"][0]["event"], 1);
    assert_eq!(json["facts"]["networks"], 3);
    assert_eq!(json["facts"]["collectors"], serde_json::json!(["rrc00"]));
    let shares: Vec<_> = json["lines"][0]["values"]
        .as_array()
        .expect("a line")
        .iter()
        .map(|stretch| stretch["share"].as_f64())
        .collect();
    assert_eq!(shares, [Some(1.0), Some(0.0), Some(1.0)]);
    let page = show(&run, &["--format", "markdown"]).stdout;
    assert!(page.starts_with("# 10.0.0.0/8\n"), "{page}");
    assert!(
        page.contains("| 10.0.1.0/24 | 2014-12-22 16:02:30 |"),
        "{page}"
    );
}

/// What is unknown is a dot and null, never zero.
#[test]
fn unknown_is_not_down() {
    let scene = Scene::of("cover 16:00 16:10\n 16:02:10 ABC announce 10.0.1.0/24 @ 64500");
    let run = scene.ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:04 --full-feed all");
    let shown = show(&run, &[]).stdout;
    assert!(shown.contains("10.0.1.0/24 ··██"), "{shown}");
    assert!(shown.contains("Whether anything was lost"), "{shown}");
    let json = show(&run, &["--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(json["lines"][0]["values"][0]["share"].is_null(), "{json}");
}

#[test]
fn a_folder_of_no_run_is_wrong_usage_and_a_changed_table_a_failure() {
    let scene = lost();
    let run = ask(&scene);
    let nowhere = scene.archive().display().to_string();
    let outcome = dropline(&["show", &nowhere]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("hint: "), "{}", outcome.stderr);
    std::fs::write(run.dir.join("outages.csv"), "scope\n").expect("a file can be written");
    let outcome = show(&run, &["--format", "csv"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert!(outcome.stderr.contains("has changed"), "{}", outcome.stderr);
}
