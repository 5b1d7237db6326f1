//! Figures are drawn whatever a run found: in the size asked for, without text that depends on the
//! reader's fonts, and with the same bytes each time.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{Run, Scene, dropline};
use dropline::plot::FIGURES;
use resvg::usvg::roxmltree::Document;
use std::fs;
use std::path::Path;
use temp_dir::TempDir;

fn plot(run: &Path, out: &Path, flags: &[&str]) -> (i32, String) {
    let mut args = vec!["plot", run.to_str().unwrap(), "-o", out.to_str().unwrap()];
    args.extend(flags);
    let outcome = dropline(&args);
    (outcome.code, outcome.stderr)
}

fn assert_is_svg(path: &Path, width: &str, height: &str) {
    let text = fs::read_to_string(path).unwrap();
    let svg = Document::parse(&text).unwrap();
    let root = svg.root_element();
    assert_eq!(root.attribute("width"), Some(width), "{}", path.display());
    assert_eq!(root.attribute("height"), Some(height));
    assert!(!svg.descendants().any(|n| n.has_tag_name("text")));
    assert!(svg.descendants().any(|n| n.tag_name().name() == "path"));
}

fn assert_is_png(path: &Path, width: u32, height: u32) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(bytes[16..20], width.to_be_bytes());
    assert_eq!(bytes[20..24], height.to_be_bytes());
}

/// Draws every figure of a run.
fn drawn(run: &Run) -> TempDir {
    let out = TempDir::new().unwrap();
    let (code, stderr) = plot(&run.dir, out.path(), &["--size", "800x500"]);
    assert_eq!(code, 0, "{stderr}");
    for name in FIGURES.map(|figure| figure.name) {
        assert_is_svg(&out.path().join(format!("{name}.svg")), "800", "500");
        assert_is_png(&out.path().join(format!("{name}.png")), 800, 500);
    }
    out
}

fn has_hatch(out: &TempDir, name: &str) -> bool {
    let text = fs::read_to_string(out.path().join(format!("{name}.svg"))).unwrap();
    let svg = Document::parse(&text).unwrap();
    // The legend has one hatched swatch; a figure with an unknown span has more hatching.
    let mut hatched = svg
        .descendants()
        .filter(|n| n.attribute("fill").is_some_and(|f| f.starts_with("url(")));
    hatched.any(|n| n.attribute("d").is_some_and(|d| d.matches('M').count() > 1))
}

/// A bundled incident is drawn into its run's folder, and drawing it again gives the same bytes.
#[test]
fn a_bundled_incident() {
    let dir = TempDir::new().unwrap();
    let run = dir.path().join("out");
    let outcome = dropline(&[
        "run",
        "kp-2014-12-22-reconstruction",
        "-o",
        run.to_str().unwrap(),
    ]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let again = dir.path().join("again");
    assert_eq!(plot(&run, &again, &[]).0, 0);
    for name in FIGURES.map(|figure| figure.name) {
        let svg = format!("{name}.svg");
        let png = format!("{name}.png");
        assert_is_svg(&run.join("figures").join(&svg), "1200", "675");
        assert_is_png(&run.join("figures").join(&png), 1200, 675);
        for file in [&svg, &png] {
            let both = [&run.join("figures"), &again].map(|d| fs::read(d.join(file)).unwrap());
            assert!(both[0] == both[1], "{file}");
        }
    }
    // A later run without figures removes them: they would be taken for its own.
    let run = run.to_str().unwrap();
    let outcome = dropline(&[
        "run",
        "kp-2014-12-22-reconstruction",
        "--no-report",
        "-o",
        run,
    ]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(!Path::new(run).join("figures").exists());
}

#[test]
fn an_outage_and_an_unknown_span() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00    ABCD rib 10.0.1.0/24 @ 4837 64500
         16:05:10 BCD withdraw 10.0.1.0/24
         16:06:20 BCD announce 10.0.1.0/24 @ 701 64500
         16:08:10 ABCD state 6 1",
    );
    let out = drawn(&scene.ask("--asn 64500 --from 16:00 --to 16:12"));
    assert!(has_hatch(&out, "line"));
    assert!(has_hatch(&out, "raster"));
    assert!(has_hatch(&out, "upstreams"));
    assert!(has_hatch(&out, "peers"));
}

#[test]
fn nothing_is_unknown() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00 ABCD rib 10.0.1.0/24 @ 4837 64500",
    );
    let out = drawn(&scene.ask("--asn 64500 --from 16:00 --to 16:12"));
    assert!(!has_hatch(&out, "line"));
    assert!(!has_hatch(&out, "raster"));
}

/// Without rows, lines and upstreams.
#[test]
fn no_watched_prefix_was_announced() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00 ABCD rib 10.0.1.0/24 @ 4837 64500",
    );
    drawn(&scene.ask("--prefix 192.0.2.0/24 --from 16:00 --to 16:12"));
}

#[test]
fn a_long_list_of_both_families() {
    let mut text = "cover 16:00 16:20\n".to_owned();
    for n in 0..900 {
        let (a, b) = (n / 256, n % 256);
        text.push_str(&format!("16:00 ABC rib 10.{a}.{b}.0/24 @ 4837 64500\n"));
    }
    text.push_str("16:00 D rib 2001:db8::/32 @ 4837 64500\n16:05 ABC withdraw 10.0.7.0/24\n");
    let scene = Scene::of(&text);
    drawn(&scene.ask("--asn 64500 --full-feed all --from 16:00 --to 16:12"));
}

#[test]
fn errors_come_with_a_hint() {
    let dir = TempDir::new().unwrap();
    for size in [
        "big",
        "10x10",
        "1200",
        "9000x100",
        "-5x8",
        "1200x99999999999",
    ] {
        let (code, stderr) = plot(dir.path(), dir.path(), &[&format!("--size={size}")]);
        assert_eq!(code, 2, "{size}: {stderr}");
        assert!(stderr.contains("pixels"), "{stderr}");
    }
    let (code, stderr) = plot(dir.path(), dir.path(), &[]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("hint: "), "{stderr}");
}

#[test]
fn one_figure_in_one_format() {
    let scene = Scene::of(
        "cover 16:00 16:20
         16:00 ABCD rib 10.0.1.0/24 @ 4837 64500",
    );
    let run = scene.ask("--asn 64500 --from 16:00 --to 16:12");
    let out = TempDir::new().unwrap();
    let flags = ["--figure", "peers", "--format", "svg"];
    assert_eq!(plot(&run.dir, out.path(), &flags).0, 0);
    let files = fs::read_dir(out.path()).unwrap();
    let names: Vec<_> = files.map(|f| f.unwrap().file_name()).collect();
    assert_eq!(names, ["peers.svg"]);
}
