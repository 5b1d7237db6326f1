//! What is read from the registries' statistics.

use super::*;
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
        let found: Vec<_> = file.resources.iter().map(|i| i.0.to_string()).collect();
        assert_eq!(found, KP);
        assert_eq!(file.resources[0].1, Day::parse_compact("20091221"));
        assert_eq!(file.date, Day::parse_compact("20141221"));
        assert_eq!((file.records, file.records_stated), (8, Some(10)));
        assert_eq!((file.skipped_lines, file.first_skipped), (2, Some(11)));
    }
    let cut = read_delegated(&gz[..gz.len() - 9], "KP");
    assert!(matches!(cut, Err(RegistryError::Read(_))), "{cut:?}");
    let bomb = read_bounded(&gz[..], "KP", 300);
    assert!(matches!(bomb, Err(RegistryError::TooLarge(_))), "{bomb:?}");
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
    let given: Vec<String> = found.resources.iter().map(|i| i.0.to_string()).collect();
    assert_eq!(given, ["10.0.0.0/24", "AS65546"]);
    assert_eq!(found.resources[1].1, None);
    assert!(found.lacks_countries());
    assert_eq!(found.warnings(), ["1 of its 4 records name no country"]);
    let cut: String = file.lines().take(3).flat_map(|l| [l, "\n"]).collect();
    let warnings = read_delegated(cut.as_bytes(), "FR").unwrap().warnings();
    assert_eq!(
        warnings,
        ["it has 2 records and says that it has 4: it may be cut"]
    );
}

#[test]
fn what_is_no_such_file_or_country_is_an_error() {
    for bytes in ["", "x", "<html>\n<a href=|>\n"] {
        let error = read_delegated(bytes.as_bytes(), "KP").unwrap_err();
        assert!(matches!(error, RegistryError::NotDelegated));
    }
    for country in ["", "K", "PRK", "K1", "é"] {
        let error = read_delegated(FILE.as_bytes(), country).unwrap_err();
        assert_eq!(error.to_string(), format!("`{country}` is no country code"));
    }
}

#[test]
fn all_addresses_are_one_block() {
    let mut found = Vec::new();
    let all = DelegatedRange::read("ipv4", "0.0.0.0", "4294967296").unwrap();
    all.resources(&mut |resource| found.push(resource));
    assert_eq!(found, [Resource::Block(prefix("0.0.0.0/0"))]);
    assert!(DelegatedRange::read("ipv4", "0.0.0.1", "4294967296").is_none());
}

proptest! {
    #[test]
    fn blocks_of_a_span_are_aligned_and_make_it_up(first in 0u32..=u32::MAX, count in 1u64..1 << 33) {
        let count = count.min((1 << 32) - u64::from(first));
        let mut next = u128::from(first) << 96;
        DelegatedRange::V4 { first, count }.resources(&mut |resource| match resource {
            Resource::Block(block) if block.first() == next => {
                next = block.last().wrapping_add(1);
            }
            other => panic!("{other} does not follow"),
        });
        prop_assert_eq!(next, (u128::from(first) + u128::from(count)) << 96);
    }
}
