//! Progress is honest: what is known from before is no work, and each stage says what it is.

use super::{ORIGIN, SCENE};
use crate::harness::Scene;
use dropline::locate::{self, LocalSource};
use dropline::model::time::{Timestamp, Window};
use dropline::pipeline::checkpoint::{Checkpoints, Resumed};
use dropline::pipeline::{self, Notice, Progress};
use dropline::study::{Selection, Study};
use dropline::watchlist::{WatchList, asked};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

/// A stage, how much it said at last that it would read, and how much it read.
#[derive(Debug, Clone, PartialEq)]
struct Stage {
    name: String,
    said: u64,
    read: u64,
}

#[derive(Default)]
struct Heard {
    stages: Mutex<Vec<Stage>>,
    resumed: Mutex<Option<Resumed>>,
}

impl Heard {
    fn stage(&self, then: impl FnOnce(&mut Stage)) {
        then(
            self.stages
                .lock()
                .expect("stages")
                .last_mut()
                .expect("a stage"),
        );
    }
}

impl Progress for Heard {
    fn begin(&self, stage: &str, bytes: u64) {
        self.stages.lock().expect("stages").push(Stage {
            name: stage.to_owned(),
            said: bytes,
            read: 0,
        });
    }

    fn advance(&self, bytes: u64) {
        self.stage(|stage| stage.read += bytes);
    }

    fn more(&self, bytes: u64) {
        self.stage(|stage| stage.said += bytes);
    }

    fn spare(&self, bytes: u64) {
        self.stage(|stage| stage.said -= bytes);
    }

    fn notice(&self, notice: Notice<'_>) {
        if let Notice::Resumed(of) = notice {
            *self.resumed.lock().expect("a lock") = Some(of);
        }
    }
}

/// Reads the archive, with what is kept in `out`; the stages, and how much was known.
fn heard(archive: &Path, out: &Path, study: &Study) -> (Vec<Stage>, Resumed) {
    let selection = &study.selection;
    let list = WatchList::new(asked(selection.prefixes.clone(), selection.asns.clone()));
    let source = LocalSource::Mirror(archive.to_owned());
    let collectors = locate::collectors(archive).expect("an archive");
    let held = collectors.iter().map(|collector| {
        locate::local_files(&source, collector, study.window, study.rules.rib_lookback)
    });
    let held = held.collect::<Result<_, _>>().expect("an archive");
    let checkpoints = Checkpoints::open(out, study, &list);
    let heard = Heard::default();
    pipeline::replay(study, &list, held, Some(&checkpoints), &heard).expect("it replays");
    assert_eq!(checkpoints.problem(), None);
    let stages = heard.stages.into_inner().expect("stages");
    for stage in &stages {
        assert_eq!(stage.said, stage.read, "{stage:?}");
    }
    let resumed = heard.resumed.into_inner().expect("a lock");
    (stages, resumed.expect("it is told"))
}

fn window(from: &str, to: &str) -> Window {
    let time = |text| Timestamp::parse(text).expect("a time");
    Window {
        from: time(from),
        to: time(to),
    }
}

fn block() -> Selection {
    Selection {
        prefixes: vec!["10.0.0.0/8".parse().expect("a prefix")],
        ..Selection::default()
    }
}

fn holds(selection: Selection, names: &[&str]) {
    let scene = Scene::of(SCENE);
    let (archive, out) = (scene.archive(), scene.archive().join("../out"));
    let window = window("2014-12-21T22:00Z", "2014-12-23T01:00Z");
    let study = Study::new(selection, window).expect("a question");
    let (stages, none) = heard(&archive, &out, &study);
    let found: Vec<&str> = stages.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(found, names);
    assert_eq!(none.taken, 0);
    let (mut again, all) = heard(&archive, &out, &study);
    assert_eq!(all.taken, all.scans);
    // Whether a peer came back with its table is looked up each time.
    again.retain(|stage| stage.name != "silences");
    assert!(again.iter().all(|stage| stage.said == 0), "{again:?}");
    fs::remove_file(out.join(".resume/rrc00/2014-12-22")).expect("a checkpoint");
    let (part, some) = heard(&archive, &out, &study);
    assert!((1..all.scans).contains(&some.taken), "{some:?}");
    let read = |stages: &[Stage]| stages.iter().map(|s| s.read).sum::<u64>();
    assert!((1..read(&stages)).contains(&read(&part)), "{part:?}");
}

#[test]
fn what_is_known_from_before_is_no_work() {
    holds(block(), &["reading", "silences"]);
    let asn = ORIGIN.trim_start_matches("--asn ").parse();
    let origins = Selection {
        asns: vec![asn.expect("a number")],
        ..Selection::default()
    };
    let twice = ["RIBs", "second pass", "updates", "second pass"];
    holds(origins, &[&twice[..], &["silences"]].concat());
}

/// A RIB that lists nothing is read in vain: the older one, and the updates from there on, are more
/// work than their names told.
#[test]
fn a_useless_rib_is_more_work() {
    let scene = Scene::of(
        "08:00 ABC rib 10.0.1.0/24 @ 64500
        16:00 ABC rib 10.0.1.0/24 @ 64500
        cover 08:00 17:00",
    );
    let scene = scene.changed("rrc00/2014.12/bview.20141222.1600.gz", |_| Vec::new());
    let window = window("2014-12-22T16:00Z", "2014-12-22T17:00Z");
    let study = Study::new(block(), window).expect("a question");
    let out = scene.archive().join("../out");
    heard(&scene.archive(), &out, &study);
}
