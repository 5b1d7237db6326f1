//! An end at any moment, by a kill or because it was asked for. What has its final name is whole, and a rerun
//! gives the clean result.

use super::works::{WORKS, World, assert_whole, said, unfinished};
use crate::harness::{Random, in_parallel};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use temp_dir::TempDir;

fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).output();
    // It may have ended meanwhile.
    sent.expect("kill");
}

/// Waits until something is so, for half a minute.
fn until(what: &str, is_so: &mut dyn FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a program listens for being asked to end, or has ended; where the system does not tell, for
/// long enough.
fn listens(child: &mut Child) {
    let status = format!("/proc/{}/status", child.id());
    if !Path::new(&status).exists() {
        std::thread::sleep(Duration::from_millis(500));
        return;
    }
    until("a program that listens", &mut || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let caught = text.lines().find_map(|l| l.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        // Both SIGINT, 2, and SIGTERM, 15.
        let both = 1 << 1 | 1 << 14;
        caught.is_some_and(|mask| mask & both == both)
            || child.try_wait().expect("a child").is_some()
    });
}

#[test]
fn killed_at_any_moment_a_rerun_gives_the_clean_result() {
    let world = World::new();
    in_parallel((0..).zip(WORKS), |(number, work)| {
        let began = Instant::now();
        let clean = world.clean(work);
        let whole_time = began.elapsed().as_millis() as usize;
        let mut random = Random(number);
        let cases = if number == 0 { 12 } else { 4 };
        let mut dir = TempDir::new().expect("a temporary folder");
        for case in 0..cases {
            let signal = ["KILL", "INT", "TERM"][case % 3];
            let mut child = world.command(work, dir.path()).spawn().expect("a run");
            listens(&mut child);
            let wait = random.below(whole_time + 1) as u64;
            std::thread::sleep(Duration::from_millis(wait));
            send(signal, &child);
            let output = child.wait_with_output().expect("a child");
            let what = format!("{work}: {signal} after {wait} ms: {}", said(&output));
            let code = output.status.code();
            // It may have been done by then.
            match signal {
                "KILL" => assert!(matches!(code, None | Some(0)), "{what}"),
                _ => assert!(matches!(code, Some(130 | 0)), "{what}"),
            }
            if code == Some(130) {
                assert!(
                    what.contains("interrupted") && what.contains("hint: "),
                    "{what}"
                );
                let left = unfinished(dir.path());
                let is_scratch = |file: &String| file.starts_with("slice.part/");
                assert!(!left.iter().any(is_scratch), "{what}");
            }
            assert_whole(dir.path(), &clean, &what);
            // Under its name a slice is done, even where the program was killed before it ended.
            let is_done = code == Some(0) || dir.path().join("slice").exists();
            if case % 4 == 3 || case + 1 == cases || is_done {
                // A slice is cut into a new folder alone.
                if !is_done || !work.starts_with("slice") {
                    world.does_again(work, dir.path(), &clean);
                }
                dir = TempDir::new().expect("a temporary folder");
            }
        }
    });
}

/// Runs that are kept nowhere leave nothing in the folder for temporary files.
#[test]
fn interrupted_no_scratch_is_left() {
    let world = World::new();
    let scratch = TempDir::new().expect("a temporary folder");
    let is_empty = || fs::read_dir(scratch.path()).is_ok_and(|mut all| all.next().is_none());
    let work = "regress REGRESSION --only kp-2014-12-22-reconstruction";
    let mut child = world.command(work, scratch.path());
    let mut child = child.env("TMPDIR", scratch.path()).spawn().expect("a run");
    until("a folder for runs", &mut || {
        !is_empty() || child.try_wait().expect("a child").is_some()
    });
    send("INT", &child);
    let output = child.wait_with_output().expect("a child");
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(is_empty());
}

/// Whoever reads what is said has stopped to read, and the program waits for it: it ends all the same when it
/// is asked to.
#[test]
fn interrupted_while_nobody_listens() {
    let dir = TempDir::new().expect("a temporary folder");
    let events = dir.path().join("days.txt");
    // A line for each of 2,880 files: more than a pipe holds.
    let days = "cover rrc00 2014-12-01T00:00Z 2014-12-11T00:00Z\n";
    fs::write(&events, days).expect("a file can be written");
    let archive = dir.path().join("archive");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dropline"));
    command.arg("encode").arg(&events).arg("-o").arg(&archive);
    command.arg("-v").stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the program");
    let last = archive.join("rrc00/2014.12/updates.20141210.2355.gz");
    until("the last file", &mut || last.exists());
    // Time to fill the pipe.
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().expect("a child").is_none(), "it waits");
    send("INT", &child);
    let mut code = None;
    until("the end", &mut || {
        code = child.try_wait().expect("a child");
        code.is_some()
    });
    assert_eq!(code.and_then(|status| status.code()), Some(130));
}
