//! The files that a question is read from: an incident file, a manifest (`run.json`), an event
//! table, a watch list. The first byte chooses.
//!
//! Laws: no panic; what a refused file says is said in few words; the same text asks the same
//! twice; an event table that is accepted writes inside its folder.
#![no_main]

use dropline::manifest;
use dropline::study::incident;
use dropline::{encode, watchlist};
use dropline_fuzz::file;
use libfuzzer_sys::fuzz_target;
use std::path::{Component, Path};

fuzz_target!(|data: &[u8]| {
    let Some((&how, bytes)) = data.split_first() else {
        return;
    };
    match how % 4 {
        0 => {
            let path = file("incident.toml", bytes);
            let read = || format!("{:?}", incident::read(&path));
            assert_eq!(read(), read());
        }
        1 => {
            if let Ok(manifest) = manifest::read(&file("run.json", bytes)) {
                assert!(!manifest.inputs.is_empty());
                if manifest.outside().is_none() {
                    let paths = manifest.inputs.iter().filter(|i| !i.is_public());
                    for input in paths {
                        assert_inside(&input.url);
                    }
                }
            }
        }
        2 => {
            let Ok(text) = std::str::from_utf8(bytes) else {
                return;
            };
            let _ = encode::parse(text);
        }
        _ => {
            let text = String::from_utf8_lossy(bytes);
            let _ = watchlist::parse_watch_file(&text);
        }
    }
});

fn assert_inside(path: &str) {
    let parts = Path::new(path).components();
    assert!(
        parts.into_iter().all(|p| matches!(p, Component::Normal(_))),
        "{path}"
    );
}
