//! What is asked for → the watch list: address blocks and origin ASNs, each with its reason.
//!
//! It comes from the command, a file, or a registry's statistics of the day. What is asked about
//! every route of every file, [`WatchList::watches`], takes a bitmap and a binary search.

use crate::model::net::{Asn, Family, Prefix, parse_asn};
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use rustc_hash::FxHashSet;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

/// Decompressed bytes that a statistics file may have; the largest ones have some 20 million.
const MAX_BYTES: u64 = 512 << 20;
/// AS numbers that one line may stand for.
const MAX_ASNS: u32 = 1 << 16;
/// Blocks and AS numbers that one country may have.
const MAX_ITEMS: usize = 4 << 20;

/// What is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Every prefix equal to or inside this one, whatever its origin.
    Block(Prefix),
    /// Every prefix that this AS originated.
    Origin(Asn),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(block) => block.fmt(f),
            Self::Origin(asn) => write!(f, "AS{asn}"),
        }
    }
}

/// Why it is watched; the smaller reason wins where there are two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It was named in the question.
    Asked,
    /// A registry had given it to the country.
    Registered {
        /// Which registry, as it calls itself: `apnic`.
        registry: Arc<str>,
        /// The day that the registry's file describes, as `YYYYMMDD`.
        date: Option<u32>,
        /// The day that the registry gave it away, as `YYYYMMDD`.
        since: Option<u32>,
    },
    /// It is on the list of additions.
    Extra {
        /// Why it is there, for people.
        note: Arc<str>,
    },
}

impl Reason {
    /// `asked`, `registered apnic 20141221` or `extra`.
    pub fn label(&self) -> String {
        match self {
            Self::Asked => "asked".to_owned(),
            Self::Registered { registry, date, .. } => match date {
                Some(date) => format!("registered {registry} {date}"),
                None => format!("registered {registry}"),
            },
            Self::Extra { .. } => "extra".to_owned(),
        }
    }
}

/// A line of the watch list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatchItem {
    /// What.
    pub resource: Resource,
    /// Why.
    pub reason: Reason,
}

/// Why a prefix is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why<'a> {
    /// It is, or lies inside, a block of the list; this is the longest such.
    Inside(&'a WatchItem),
    /// A watched AS originated it: this one, where it can only have been one.
    Origin(Option<Asn>),
    /// It is not watched.
    Nothing,
}

impl Why<'_> {
    /// The block's reason, or `origin AS131279`.
    pub fn label(&self) -> String {
        match self {
            Self::Inside(item) => item.reason.label(),
            Self::Origin(Some(asn)) => format!("origin AS{asn}"),
            Self::Origin(None) => "origin".to_owned(),
            Self::Nothing => "not watched".to_owned(),
        }
    }
}

/// The watch list. Blocks and AS numbers are sorted, and each is there once.
#[derive(Debug, Clone)]
pub struct WatchList {
    items: Vec<WatchItem>,
    origins: FxHashSet<Asn>,
    /// A bit for each /16 that a block touches.
    sixteens: Vec<u64>,
    /// First and last address of the blocks that lie in no other, sorted. Neighbours stay two: a
    /// prefix that spans both is inside neither.
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl WatchList {
    /// Builds the list.
    pub fn new(items: impl IntoIterator<Item = WatchItem>) -> Self {
        let mut items: Vec<_> = items.into_iter().collect();
        items.sort();
        items.dedup_by_key(|item| item.resource);
        let mut list = Self {
            items,
            origins: FxHashSet::default(),
            sixteens: vec![0; 1 << 10],
            v4: Vec::new(),
            v6: Vec::new(),
        };
        list.origins = list.origins().collect();
        for block in list.space() {
            if block.family() == Family::V6 {
                list.v6.push((block.first(), block.last()));
                continue;
            }
            let range = (v4(block.first()), v4(block.last()));
            list.v4.push(range);
            for sixteen in range.0 >> 16..=range.1 >> 16 {
                list.sixteens[sixteen as usize / 64] |= 1 << (sixteen % 64);
            }
        }
        list
    }

    /// All of it, blocks first.
    pub fn items(&self) -> &[WatchItem] {
        &self.items
    }

    /// The address blocks, sorted; one may lie inside another.
    pub fn blocks(&self) -> impl Iterator<Item = Prefix> {
        self.items.iter().filter_map(|item| match item.resource {
            Resource::Block(block) => Some(block),
            Resource::Origin(_) => None,
        })
    }

    /// The watched address space: the blocks that lie in no other.
    pub fn space(&self) -> Vec<Prefix> {
        let mut space: Vec<Prefix> = Vec::new();
        for block in self.blocks() {
            if !space.last().is_some_and(|outer| outer.contains(block)) {
                space.push(block);
            }
        }
        space
    }

    /// The ASes, sorted.
    pub fn origins(&self) -> impl Iterator<Item = Asn> {
        self.items.iter().filter_map(|item| match item.resource {
            Resource::Block(_) => None,
            Resource::Origin(asn) => Some(asn),
        })
    }

    /// Whether the prefix is one of the blocks, or lies inside one.
    pub fn watches(&self, prefix: Prefix) -> bool {
        let (first, last) = (prefix.first(), prefix.last());
        match prefix.family() {
            Family::V4 => {
                let (first, last) = (v4(first), v4(last));
                let sixteen = first >> 16;
                self.sixteens[sixteen as usize / 64] >> (sixteen % 64) & 1 == 1
                    && holds(&self.v4, first, last)
            }
            Family::V6 => holds(&self.v6, first, last),
        }
    }

    /// Whether any AS is on the list.
    pub fn has_origins(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Whether routes that an AS originates are watched.
    pub fn watches_origin(&self, asn: Asn) -> bool {
        self.origins.contains(&asn)
    }

    /// Why the prefix is watched; `given_away`: a watched AS has originated it.
    pub fn why(&self, prefix: Prefix, given_away: bool) -> Why<'_> {
        let inside = (0..=prefix.len()).rev().find_map(|len| {
            let block = Prefix::new(prefix.family(), prefix.first(), len);
            let place = self
                .items
                .binary_search_by_key(&Resource::Block(block), |item| item.resource);
            self.items.get(place.ok()?)
        });
        match inside {
            Some(item) => Why::Inside(item),
            None if given_away => {
                let mut origins = self.origins();
                Why::Origin(origins.next().filter(|_| origins.next().is_none()))
            }
            None => Why::Nothing,
        }
    }

    /// [`WatchList::why`] in words.
    pub fn reason_for(&self, prefix: Prefix, given_away: bool) -> String {
        self.why(prefix, given_away).label()
    }
}

/// An IPv4 address out of 128 left-aligned bits.
const fn v4(bits: u128) -> u32 {
    (bits >> 96) as u32
}

/// Whether one of the sorted, disjoint ranges holds all of `first..=last`.
fn holds<T: Ord + Copy>(ranges: &[(T, T)], first: T, last: T) -> bool {
    let after = ranges.partition_point(|range| range.0 <= first);
    after > 0 && last <= ranges[after - 1].1
}

/// Why a watch list could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// The country's code has another form.
    #[error("`{0}` is no country code")]
    Country(String),
    /// A line of a watch file is neither prefix nor AS number.
    #[error("line {line}: `{text}` is neither a prefix nor an AS number")]
    Watch {
        /// Which line, from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// The file could not be read or decompressed.
    #[error("cannot read the registry's statistics file")]
    Read(#[from] io::Error),
    /// It holds no line of the format.
    #[error("not a registry's statistics file (`delegated-…`): no line in it has that form")]
    NotDelegated,
    /// It is beyond all measure.
    #[error("the registry's statistics file has more than {0}")]
    TooMuch(String),
}

impl SelectError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Country(_) => "give two letters (ISO 3166), like `KP`",
            Self::Watch { .. } => {
                "write one a line, like 175.45.176.0/22, 2001:db8::/32 or AS131279; `#` starts a comment"
            }
            Self::Read(_) => "the file may be cut: delete it and fetch it again",
            Self::NotDelegated | Self::TooMuch(_) => {
                "give a file like `delegated-apnic-extended-20141221.gz`, plain, .gz or .bz2"
            }
        }
    }
}

/// What the question names.
pub fn asked(
    prefixes: impl IntoIterator<Item = Prefix>,
    asns: impl IntoIterator<Item = Asn>,
) -> impl Iterator<Item = WatchItem> {
    let blocks = prefixes.into_iter().map(Resource::Block);
    let resources = blocks.chain(asns.into_iter().map(Resource::Origin));
    resources.map(|resource| WatchItem {
        resource,
        reason: Reason::Asked,
    })
}

/// Reads a watch file: a prefix or an AS number a line; `#` starts a comment.
///
/// # Errors
/// A line is neither.
pub fn read_watch(text: &str) -> Result<Vec<WatchItem>, SelectError> {
    let mut items = Vec::new();
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let entry = line.split('#').next().unwrap_or_default().trim();
        if entry.is_empty() {
            continue;
        }
        let resource = match (entry.parse(), parse_asn(entry)) {
            (Ok(block), _) => Resource::Block(block),
            (_, Ok(asn)) => Resource::Origin(asn),
            _ => {
                return Err(SelectError::Watch {
                    line: i + 1,
                    text: entry.to_owned(),
                });
            }
        };
        items.push(WatchItem {
            resource,
            reason: Reason::Asked,
        });
    }
    Ok(items)
}

/// What a registry's statistics file says of a country.
#[derive(Debug, Clone, Default)]
pub struct Delegated {
    /// What the country held, in the file's order.
    pub items: Vec<WatchItem>,
    /// Which registry, as it calls itself.
    pub registry: String,
    /// The day that the file describes, as `YYYYMMDD`.
    pub date: Option<u32>,
    /// The file's serial number; often, but not always, a day.
    pub serial: String,
    /// Records that the file has, of whatever country.
    pub records: u64,
    /// Records that it says it has: more than these, and the file is cut.
    pub records_stated: Option<u64>,
    /// Lines that could not be read.
    pub skipped_lines: u64,
    /// The first of them, from 1.
    pub first_skipped: Option<u64>,
}

/// Reads a registry's statistics file (`delegated-…`, extended or not): plain, or .gz or .bz2 of
/// one or many members, told by its first bytes.
///
/// # Errors
/// The country is not two letters; the file cannot be decompressed, is no such file, or too big.
pub fn read_delegated(reader: impl Read, country: &str) -> Result<Delegated, SelectError> {
    read_bounded(reader, country, MAX_BYTES)
}

fn read_bounded(mut reader: impl Read, country: &str, most: u64) -> Result<Delegated, SelectError> {
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(SelectError::Country(country.to_owned()));
    }
    let mut magic = Vec::with_capacity(3);
    reader.by_ref().take(3).read_to_end(&mut magic)?;
    let whole = io::Cursor::new(magic.clone()).chain(reader);
    let plain: Box<dyn Read + '_> = match &magic[..] {
        [0x1f, 0x8b, _] => Box::new(MultiGzDecoder::new(BufReader::new(whole))),
        b"BZh" => Box::new(MultiBzDecoder::new(BufReader::new(whole))),
        _ => Box::new(whole),
    };
    let mut text = BufReader::new(plain.take(most + 1));
    let (mut file, mut found, mut given) = (Delegated::default(), false, Vec::new());
    let (mut bytes, mut number, mut line) = (0, 0, Vec::new());
    loop {
        line.clear();
        bytes += text.read_until(b'\n', &mut line)? as u64;
        number += 1;
        if bytes > most {
            return Err(SelectError::TooMuch(format!("{most} bytes")));
        }
        if line.is_empty() {
            break;
        }
        match std::str::from_utf8(&line).ok().and_then(Line::read) {
            Some(Line::Nothing) => {}
            Some(Line::Free) => file.records += 1,
            Some(Line::Version(registry, serial, stated, date)) => {
                found = true;
                (file.registry, file.serial) = (registry.to_lowercase(), serial.to_owned());
                (file.records_stated, file.date) = (stated.parse().ok(), day(date));
            }
            Some(Line::Record(registry, cc, since, span)) => {
                found = true;
                file.records += 1;
                if file.registry.is_empty() {
                    file.registry = registry.to_lowercase();
                }
                if cc.eq_ignore_ascii_case(country) {
                    span.resources(&mut |resource| given.push((resource, day(since))));
                }
            }
            None => {
                file.skipped_lines += 1;
                file.first_skipped.get_or_insert(number);
            }
        }
        if given.len() > MAX_ITEMS {
            return Err(SelectError::TooMuch(format!("{MAX_ITEMS} entries")));
        }
    }
    if !found {
        return Err(SelectError::NotDelegated);
    }
    let (registry, date): (Arc<str>, _) = (file.registry.as_str().into(), file.date);
    let items = given.into_iter().map(|(resource, since)| WatchItem {
        resource,
        reason: Reason::Registered {
            registry: Arc::clone(&registry),
            date,
            since,
        },
    });
    file.items = items.collect();
    Ok(file)
}

/// `YYYYMMDD`; nothing for what is empty or no day.
fn day(text: &str) -> Option<u32> {
    let day = text.parse().ok();
    day.filter(|d| (19_700_101..=29_991_231).contains(d))
}

/// A line of a statistics file.
enum Line<'a> {
    /// Comment or summary.
    Nothing,
    /// A record of what nobody holds.
    Free,
    /// Registry, serial number, number of records, day described.
    Version(&'a str, &'a str, &'a str, &'a str),
    /// Registry, country, day given, what.
    Record(&'a str, &'a str, &'a str, Span),
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Some(Self::Nothing);
        }
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        match fields[..] {
            [_, _, _, _, _, "summary", ..] => Some(Self::Nothing),
            [version, registry, serial, records, _, end, ..]
                if version.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                Some(Self::Version(registry, serial, records, end))
            }
            [_, _, _, _, _, _, status, ..]
                if ["available", "reserved"]
                    .iter()
                    .any(|s| s.eq_ignore_ascii_case(status)) =>
            {
                Some(Self::Free)
            }
            [registry, country, kind, start, value, date, _, ..] => {
                let span = Span::read(kind, start, value)?;
                Some(Self::Record(registry, country, date, span))
            }
            _ => None,
        }
    }
}

/// What one record gives away.
enum Span {
    V4 { first: u32, count: u64 },
    V6(Prefix),
    Asns { first: Asn, count: u32 },
}

impl Span {
    fn read(kind: &str, start: &str, value: &str) -> Option<Self> {
        match kind {
            "ipv4" => {
                let first = u32::from(start.parse::<std::net::Ipv4Addr>().ok()?);
                let count = value.parse().ok().filter(|n| *n > 0)?;
                let room = (1 << 32) - u64::from(first);
                (count <= room).then_some(Self::V4 { first, count })
            }
            "ipv6" => {
                let first = u128::from(start.parse::<std::net::Ipv6Addr>().ok()?);
                let len = value.parse().ok().filter(|len| (1..=128).contains(len))?;
                Some(Self::V6(Prefix::new(Family::V6, first, len)))
            }
            "asn" => {
                let first = parse_asn(start).ok()?;
                let count = value.parse().ok().filter(|n| (1..=MAX_ASNS).contains(n))?;
                first.checked_add(count - 1)?;
                Some(Self::Asns { first, count })
            }
            _ => None,
        }
    }

    /// Hands out the resources: addresses as the fewest blocks that make them up.
    fn resources(self, each: &mut impl FnMut(Resource)) {
        match self {
            Self::V6(block) => each(Resource::Block(block)),
            Self::Asns { first, count } => {
                (first..=first + (count - 1)).for_each(|asn| each(Resource::Origin(asn)));
            }
            Self::V4 { first, count } => {
                let (mut first, mut left) = (u64::from(first), count);
                while left > 0 {
                    // As large as the start's alignment and what is left allow.
                    let power = first.trailing_zeros().min(left.ilog2()).min(32);
                    let bits = u128::from(first) << 96;
                    let block = Prefix::new(Family::V4, bits, (32 - power) as u8);
                    each(Resource::Block(block));
                    (first, left) = (first + (1 << power), left - (1 << power));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let found: Vec<_> = file.items.iter().map(|i| i.resource.to_string()).collect();
            assert_eq!(found, KP);
            assert_eq!(file.items[0].reason.label(), "registered apnic 20141221");
            assert_eq!((file.records, file.records_stated), (8, Some(10)));
            assert_eq!((file.skipped_lines, file.first_skipped), (2, Some(11)));
        }
        let cut = read_delegated(&gz[..gz.len() - 9], "KP");
        assert!(matches!(cut, Err(SelectError::Read(_))), "{cut:?}");
        let bomb = read_bounded(&gz[..], "KP", 300);
        assert!(matches!(bomb, Err(SelectError::TooMuch(_))), "{bomb:?}");
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
        items.extend(
            read_delegated(FILE.as_bytes(), "KP")
                .unwrap()
                .items
                .drain(..2),
        );
        let list = WatchList::new(items);
        assert_eq!(list.origins().collect::<Vec<_>>(), [131_279]);
        assert!(list.watches_origin(131_279) && !list.watches_origin(1));
        let reason = |p, given_away| list.reason_for(prefix(p), given_away);
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
}
