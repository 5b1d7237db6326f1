//! What the watch list holds, and what is read from registry files.

use super::*;
use crate::select::{Place, PrefixSet, WatchList, Why, asked, read_watch};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::Write;

const FILE: &str = "# a comment\n2|apnic|20141222|10|19830613|20141221|+1000\n\
    apnic|*|ipv4|*|3|summary\n\
    apnic|KP|ipv4|175.45.176.0|1024|20091221|allocated\n\
    apnic|kp|ipv4|10.0.0.128|896||assigned|opaque\n\
    apnic|KP|asn|131279|1|20091221|allocated\r\n\
    apnic|KP|asn|3.0|2|20091221|allocated\n\
    apnic|KP|ipv6|2001:db8::|32|20091221|allocated\n\
    apnic|KP|ipv4|10.9.0.0|256|20091221|reserved\n\
    apnic||asn|138350|1228000||available|\n\
    apnic|KP|ipv4|10.8.0.0|many|20091221|allocated\n\
    apnic|KP|asn|4294967295|2|20091221|allocated\n\
    apnic|AU|ipv4|1.0.0.0|256|20110811|assigned\n";
const KP: [&str; 8] = [
    "175.45.176.0/22",
    "10.0.0.128/25",
    "10.0.1.0/24",
    "10.0.2.0/23",
    "AS131279",
    "AS196608",
    "AS196609",
    "2001:db8::/32",
];

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

fn blocks(texts: &[&str]) -> WatchList {
    WatchList::new(asked(texts.iter().map(|t| prefix(t)), []))
}

#[test]
fn delegated_files_are_read_in_every_wrapping() {
    let (one, two) = FILE.as_bytes().split_at(200);
    let (mut gz, mut bz) = (Vec::new(), Vec::new());
    for member in [one, two] {
        let mut coder = flate2::write::GzEncoder::new(&mut gz, flate2::Compression::fast());
        coder.write_all(member).unwrap();
        coder.finish().unwrap();
        let mut coder = bzip2::write::BzEncoder::new(&mut bz, bzip2::Compression::fast());
        coder.write_all(member).unwrap();
        coder.finish().unwrap();
    }
    for bytes in [FILE.as_bytes(), &gz, &bz] {
        let file = read_delegated(bytes, "Kp").unwrap();
        let found: Vec<_> = file.given.iter().map(|i| i.0.to_string()).collect();
        assert_eq!(found, KP);
        assert_eq!(file.given[0].1, Day::parse_compact("20091221"));
        assert_eq!(file.date, Day::parse_compact("20141221"));
        assert_eq!((file.records, file.records_stated), (8, Some(10)));
        assert_eq!((file.skipped_lines, file.first_skipped), (2, Some(11)));
    }
    let cut = read_delegated(&gz[..gz.len() - 9], "KP");
    assert!(matches!(cut, Err(SelectError::Read(_))), "{cut:?}");
    let bomb = read_bounded(&gz[..], "KP", 300);
    assert!(matches!(bomb, Err(SelectError::TooMuch(_))), "{bomb:?}");
}

/// Old codes and states, and records that leave the country blank.
#[test]
fn old_ways_of_writing_are_understood() {
    let file = "2|ripencc|20041221|4|19830613|20041221|+1000\n\
        ripencc|UK|ipv4|10.0.0.0|256|19950101|allocated\n\
        ripencc|GB|asn|1.10|1|00000000|allocated\n\
        ripencc||ipv4|10.0.2.0|256|19950101|allocated\n\
        ripencc|GB|ipv4|10.0.1.0|256|19950101|returned\n";
    let found = read_delegated(file.as_bytes(), "gb").unwrap();
    let given: Vec<String> = found.given.iter().map(|i| i.0.to_string()).collect();
    assert_eq!(given, ["10.0.0.0/24", "AS65546"]);
    assert_eq!(found.given[1].1, None);
    assert!(found.is_nameless());
    assert_eq!(found.doubts(), ["1 of its 4 records name no country"]);
    let cut: String = file.lines().take(3).flat_map(|l| [l, "\n"]).collect();
    let doubts = read_delegated(cut.as_bytes(), "FR").unwrap().doubts();
    assert_eq!(
        doubts,
        ["it has 2 records and says that it has 4: it may be cut"]
    );
}

#[test]
fn what_is_no_such_file_or_country_is_an_error() {
    for bytes in ["", "x", "<html>\n<a href=|>\n"] {
        let error = read_delegated(bytes.as_bytes(), "KP").unwrap_err();
        assert!(matches!(error, SelectError::NotDelegated));
    }
    for country in ["", "K", "PRK", "K1", "é"] {
        let error = read_delegated(FILE.as_bytes(), country).unwrap_err();
        assert_eq!(error.to_string(), format!("`{country}` is no country code"));
    }
}

#[test]
fn all_addresses_are_one_block() {
    let mut found = Vec::new();
    let all = Span::read("ipv4", "0.0.0.0", "4294967296").unwrap();
    all.resources(&mut |resource| found.push(resource));
    assert_eq!(found, [Resource::Block(prefix("0.0.0.0/0"))]);
    assert!(Span::read("ipv4", "0.0.0.1", "4294967296").is_none());
}

#[test]
fn neighbours_are_not_joined_and_the_nested_are_held() {
    let list = blocks(&["10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16", "2001:db8::/32"]);
    let watched = [
        "10.0.0.0/9",
        "10.1.0.0/16",
        "10.255.255.0/24",
        "2001:db8::/48",
    ];
    let not = [
        "10.0.0.0/8",
        "0.0.0.0/0",
        "11.0.0.0/24",
        "2001:db8::/31",
        "2001:db9::/48",
    ];
    assert!(watched.iter().all(|p| list.watches(prefix(p))));
    assert!(!not.iter().any(|p| list.watches(prefix(p))));
    assert_eq!((list.blocks().count(), list.space().len()), (4, 3));
}

#[test]
fn watch_files_and_reasons() {
    let text = "\u{feff}# both\n175.45.176.0/22 # KP\n\n  AS131279\r\n3.1\n2001:db8::/32";
    let mut items = read_watch(text).unwrap();
    let error = read_watch("10.0.0.0/8\n\n10.0.0.0/33 # no").unwrap_err();
    let expected = "line 3: `10.0.0.0/33` is neither a prefix nor an AS number";
    assert_eq!(error.to_string(), expected);
    items.retain(|item| item.resource != Resource::Origin(196_609));
    let file = read_delegated(FILE.as_bytes(), "KP").unwrap();
    let by = Arc::new(Listing {
        registry: file.registry.clone(),
        day: file.date,
        file: "delegated-apnic-20141221".to_owned(),
    });
    items.extend(file.items(&by).take(2));
    let list = WatchList::new(items);
    assert_eq!(list.origins().collect::<Vec<_>>(), [131_279]);
    assert!(list.watches_origin(131_279) && !list.watches_origin(1));
    let reason = |p, discovered| list.reason_for(prefix(p), discovered);
    assert_eq!(reason("175.45.177.0/24", true), "asked");
    assert_eq!(reason("10.0.0.128/25", false), "registered apnic 20141221");
    assert_eq!(reason("210.52.109.0/24", true), "origin AS131279");
    assert_eq!(reason("210.52.109.0/24", false), "not watched");
}

/// Prefixes that nest, touch and differ in every part of the address.
fn any_prefix() -> impl Strategy<Value = Prefix> {
    (0u8..2, 0u128..4, 0u128..4, 0u128..4, 0u8..=128).prop_map(|(family, a, b, c, len)| {
        let (family, len) = match family {
            0 => (Family::V4, len % 33),
            _ => (Family::V6, len),
        };
        let bits = a << 126 | b << 111 | c << (126 - u32::from(len / 2));
        Prefix::new(family, bits, len)
    })
}

/// Whether a prefix is less specific than one of the list that counts, contains it, and is no
/// default route nor anything shorter than /8 (IPv6 /16).
fn covers(prefix: Prefix, list: &[Prefix], counts: impl Fn(Prefix) -> bool) -> bool {
    let shortest = if prefix.family() == Family::V4 { 8 } else { 16 };
    let is_around = |p: &Prefix| prefix != *p && prefix.contains(*p) && counts(*p);
    prefix.len() >= shortest && list.iter().any(is_around)
}

proptest! {
    #[test]
    fn lookup_agrees_with_a_look_at_every_block(
        list in vec(any_prefix(), 0..12),
        prefixes in vec(any_prefix(), 1..40),
    ) {
        let watch = WatchList::new(asked(list.clone(), []));
        for prefix in prefixes.into_iter().chain(list.iter().copied()) {
            let inside = list.iter().any(|block| block.contains(prefix));
            prop_assert_eq!(watch.watches(prefix), inside);
            prop_assert_eq!(matches!(watch.why(prefix, false), Why::Inside(_)), inside);
            let covering = !inside && covers(prefix, &list, |_| true);
            prop_assert_eq!(watch.place(prefix) == Place::Covering, covering);
        }
    }

    #[test]
    fn single_prefixes_are_watched_and_covered(
        list in vec(any_prefix(), 0..12),
        prefixes in vec(any_prefix(), 1..40),
    ) {
        let set: PrefixSet = list.iter().copied().collect();
        for prefix in prefixes.into_iter().chain(list.iter().copied()) {
            let is_unit = |p: Prefix| p.len() <= if p.family() == Family::V4 { 24 } else { 48 };
            let place = match list.contains(&prefix) {
                true => Place::Watched,
                false if covers(prefix, &list, is_unit) => Place::Covering,
                false => Place::Apart,
            };
            prop_assert_eq!(set.place(prefix), place);
        }
    }

    #[test]
    fn blocks_of_a_span_are_aligned_and_make_it_up(first in 0u32..=u32::MAX, count in 1u64..1 << 33) {
        let count = count.min((1 << 32) - u64::from(first));
        let mut next = u128::from(first) << 96;
        Span::V4 { first, count }.resources(&mut |resource| match resource {
            Resource::Block(block) if block.first() == next => {
                next = block.last().wrapping_add(1);
            }
            other => panic!("{other} does not follow"),
        });
        prop_assert_eq!(next, (u128::from(first) + u128::from(count)) << 96);
    }
}
