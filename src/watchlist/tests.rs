//! What a watch list holds, and how prefixes relate to it.

use super::*;
use crate::model::day::Day;
use crate::model::net::Family;
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

fn blocks(texts: &[&str]) -> WatchList {
    WatchList::new(asked(texts.iter().map(|t| prefix(t)), []))
}

#[test]
fn adjacent_blocks_are_not_merged_and_nested_ones_are_kept() {
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
    let mut items = parse_watch_file(text).unwrap();
    let error = parse_watch_file("10.0.0.0/8\n\n10.0.0.0/33 # no").unwrap_err();
    let expected = "line 3: `10.0.0.0/33` is neither a prefix nor an AS number";
    assert_eq!(error.to_string(), expected);
    items.retain(|item| item.resource != Resource::Origin(196_609));
    let by = Arc::new(StatisticsFile {
        registry: "apnic".to_owned(),
        day: Day::parse_compact("20141221"),
        file: "delegated-apnic-20141221".to_owned(),
    });
    let registered = ["175.45.176.0/22", "10.0.0.128/25"].map(|block| WatchItem {
        resource: Resource::Block(prefix(block)),
        reason: Reason::Registered {
            by: Arc::clone(&by),
            since: None,
        },
    });
    items.extend(registered);
    let list = WatchList::new(items);
    assert_eq!(list.origins().collect::<Vec<_>>(), [131_279]);
    assert!(list.watches_origin(131_279) && !list.watches_origin(1));
    let reason = |p, is_discovered| list.reason_label(prefix(p), is_discovered);
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
    fn lookup_agrees_with_a_test_of_every_block(
        list in vec(any_prefix(), 0..12),
        prefixes in vec(any_prefix(), 1..40),
    ) {
        let watch = WatchList::new(asked(list.clone(), []));
        for prefix in prefixes.into_iter().chain(list.iter().copied()) {
            let inside = list.iter().any(|block| block.contains(prefix));
            prop_assert_eq!(watch.watches(prefix), inside);
            prop_assert_eq!(matches!(watch.reason(prefix, false), PrefixReason::Block(_)), inside);
            let covering = !inside && covers(prefix, &list, |_| true);
            prop_assert_eq!(watch.relation(prefix) == SetRelation::Covering, covering);
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
            let relation = match list.contains(&prefix) {
                true => SetRelation::Watched,
                false if covers(prefix, &list, is_unit) => SetRelation::Covering,
                false => SetRelation::Unrelated,
            };
            prop_assert_eq!(set.relation(prefix), relation);
        }
    }
}
