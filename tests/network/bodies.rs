//! Bodies that are not what was asked for: another file's, cut, damaged, a web page.

use super::world::files_under;
use super::{Fault, World};

const LOSS: &str = "updates.20141222.1605.gz";

/// The file is another one by the second attempt: no byte of the first may be left, whether the
/// server knows `If-Range` or not.
#[test]
fn a_file_that_changes_between_attempts() {
    let world = World::new();
    let clean = world.clean();
    let other = std::fs::read(world.scene.archive().join(format!("rrc00/2014.12/{LOSS}")));
    let mut other = other.unwrap();
    // As a compressor of another level would have begun.
    other[8] ^= 6;
    other[20] ^= 0xff;
    for knows in [true, false] {
        let other = other.clone();
        let proxy = world.behind(move |ask| match (ask.is_for(LOSS), ask.is_first()) {
            (true, true) => Fault::body(&other)
                .and_header("ETag: \"a\"")
                .and_reset_at(60),
            (true, false) if knows => Fault::none().and_no_ranges().and_header("ETag: \"b\""),
            (true, false) => Fault::none().and_header("ETag: \"b\""),
            _ => Fault::none(),
        });
        let _ = std::fs::remove_dir_all(world.cache());
        world.ask(&proxy.url()).agrees_with(&clean);
        let asks = proxy.asks_for(LOSS);
        assert_eq!(asks[1].if_range.as_deref(), Some("\"a\""));
    }
}

/// A weak validator does not vouch for every byte: the file is asked for from its start.
#[test]
fn a_weak_etag_is_no_ground_to_go_on_from() {
    let world = World::new();
    let clean = world.clean();
    let body = std::fs::read(world.scene.archive().join(format!("rrc00/2014.12/{LOSS}"))).unwrap();
    let proxy = world.behind(move |ask| match (ask.is_for(LOSS), ask.is_first()) {
        (true, true) => Fault::body(&body)
            .and_header("ETag: W/\"a\"")
            .and_reset_at(60),
        _ => Fault::none(),
    });
    world.ask(&proxy.url()).agrees_with(&clean);
    assert_eq!(proxy.asks_for(LOSS)[1].range, None);
}

#[test]
fn a_length_that_is_wrong() {
    let world = World::new();
    let clean = world.clean();
    for by in [10, -10] {
        // Once: the file is had after all.
        let proxy = world.behind(move |ask| match (ask.is_for(LOSS), ask.is_first()) {
            (true, true) => Fault::lies_about_length(by),
            _ => Fault::none(),
        });
        let _ = std::fs::remove_dir_all(world.cache());
        world.ask(&proxy.url()).agrees_with(&clean);
    }
    // Always less than there is: what comes is cut, and never taken for whole.
    let _ = std::fs::remove_dir_all(world.cache());
    let proxy = world.behind(|ask| match ask.is_for(LOSS) {
        true => Fault::lies_about_length(-10),
        false => Fault::none(),
    });
    world
        .ask(&proxy.url())
        .stays_honest_beside(&clean)
        .prints("it is damaged");
    assert!(!world.cache().join("rrc00/2014.12").join(LOSS).exists());
}

/// Cut, flipped or empty bodies with a length that agrees: every byte of them is decompressed
/// before it is believed.
#[test]
fn a_body_that_is_damaged() {
    let world = World::new();
    let clean = world.clean();
    let whole = std::fs::read(world.scene.archive().join(format!("rrc00/2014.12/{LOSS}"))).unwrap();
    let flip = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        bytes
    };
    let bodies = [
        whole[..whole.len() - 8].to_vec(),
        whole[..whole.len() / 2].to_vec(),
        flip(whole.len() / 2),
        flip(whole.len() - 6),
        Vec::new(),
        b"\x1f\x8b".to_vec(),
        [whole.as_slice(), b"and more"].concat(),
    ];
    for body in bodies {
        let shown = body.clone();
        let proxy = world.behind(move |ask| match ask.is_for(LOSS) {
            true => Fault::body(&body),
            false => Fault::none(),
        });
        let _ = std::fs::remove_dir_all(world.cache());
        let answer = world.ask(&proxy.url()).stays_honest_beside(&clean);
        assert_eq!(answer.missing().len(), 1, "{shown:?}");
        let left = files_under(&world.cache());
        assert!(!left.iter().any(|f| f.contains("1605")), "{left:?}");
    }
}

/// A page in place of a file, with status 200.
#[test]
fn a_web_page_is_no_file() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(|ask| match (ask.is_for(LOSS), ask.before) {
        (true, 0) => Fault::page(),
        _ => Fault::none(),
    });
    world.ask(&proxy.url()).agrees_with(&clean);
    let _ = std::fs::remove_dir_all(world.cache());
    let proxy = world.behind(|ask| match ask.is_for(LOSS) {
        true => Fault::page(),
        false => Fault::none(),
    });
    world
        .ask(&proxy.url())
        .stays_honest_beside(&clean)
        .prints("the server sent a web page instead of the file");
}

/// A captive portal answers for every host and file: nothing is known, nothing is down, and
/// nothing stays in the cache.
#[test]
fn a_captive_portal() {
    let world = World::new();
    let clean = world.clean();
    let proxy = world.behind(|_| Fault::page());
    world
        .ask(&proxy.url())
        .stays_honest_beside(&clean)
        .prints("the server sent a web page instead of the file");
    let left = files_under(&world.cache());
    let kept = left.iter().filter(|f| f.contains("2014.12"));
    assert_eq!(kept.count(), 0, "{left:?}");
    // One that sends everybody to its own page.
    let proxy = world.behind(|ask| match ask.path.as_str() {
        "/login" => Fault::page(),
        _ => Fault::status_with(302, "Location: /login\r\n"),
    });
    world.ask(&proxy.url()).stays_honest_beside(&clean);
    // One that leads in circles.
    let proxy = world.behind(|_| Fault::status_with(302, "Location: /again\r\n"));
    world
        .ask(&proxy.url())
        .stays_honest_beside(&clean)
        .prints("too many redirects");
}
