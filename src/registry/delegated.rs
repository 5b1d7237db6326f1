//! A registry's delegated statistics (`delegated-…`, extended or not) → what a country held.
//!
//! The format is the RIRs' common one: a version line, summary lines, and one line per delegation,
//! `registry|cc|type|start|value|date|status`.

use super::RegistryError;
use crate::model::day::Day;
use crate::model::net::{Asn, Family, Prefix, parse_asn};
use crate::watchlist::{Reason, Resource, StatisticsFile, WatchItem};
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

/// Decompressed length that a statistics file may have, bytes; the largest have some 20 million.
const MAX_BYTES: u64 = 512 << 20;
/// AS numbers that one line may delegate.
const MAX_ASNS: u32 = 1 << 16;
/// Blocks and AS numbers that one country may hold.
const MAX_ITEMS: usize = 4 << 20;

/// What a registry's statistics file says of a country.
#[derive(Debug, Clone, Default)]
pub struct Delegated {
    /// The country's resources in the file's order, each with the day of its delegation.
    pub resources: Vec<(Resource, Option<Day>)>,
    /// The registry, as it names itself.
    pub registry: String,
    /// The day that the file says it describes: the one in its name, or a day before or after it.
    pub date: Option<Day>,
    /// The file's serial number; often, but not always, a day.
    pub serial: String,
    /// Records in the file, of whatever country.
    pub records: u64,
    /// Records that its version line states. Where it states more than there are, the file is cut.
    pub records_stated: Option<u64>,
    /// Delegations whose country field is blank.
    pub without_country: u64,
    /// Lines that could not be parsed.
    pub skipped_lines: u64,
    /// Number of the first such line, from 1.
    pub first_skipped: Option<u64>,
}

impl Delegated {
    /// The country's resources as items of a watch list.
    pub fn items(&self, by: &Arc<StatisticsFile>) -> impl Iterator<Item = WatchItem> {
        self.resources.iter().map(|&(resource, since)| WatchItem {
            resource,
            reason: Reason::Registered {
                by: Arc::clone(by),
                since,
            },
        })
    }

    /// Warnings about the file, for people.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(first) = self.first_skipped {
            let n = self.skipped_lines;
            let lines = if n == 1 { "line" } else { "lines" };
            warnings.push(format!(
                "{n} {lines} cannot be read, the first is line {first}"
            ));
        }
        if let Some(stated) = self.records_stated.filter(|&n| n > self.records) {
            let n = self.records;
            warnings.push(format!(
                "it has {n} records and says that it has {stated}: it may be cut"
            ));
        }
        if self.lacks_countries() {
            warnings.push(format!(
                "{} of its {} records name no country",
                self.without_country, self.records
            ));
        }
        warnings
    }

    /// Whether more than 1 % of the records name no country, so that the file cannot say what a
    /// country held: the extended files of the RIPE NCC from June 2011 to January 2012 leave the
    /// field blank in half of theirs.
    pub(crate) const fn lacks_countries(&self) -> bool {
        self.without_country * 100 > self.records
    }
}

/// Reads a registry's statistics file (`delegated-…`, extended or not): plain, or .gz or .bz2 of
/// one or many members, which its first bytes say.
///
/// # Errors
/// The country is not two letters; the file cannot be decompressed, is no such file, or too big.
pub fn read_delegated(reader: impl Read, country: &str) -> Result<Delegated, RegistryError> {
    read_bounded(reader, country, MAX_BYTES)
}

fn read_bounded(
    mut reader: impl Read,
    country: &str,
    most: u64,
) -> Result<Delegated, RegistryError> {
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(RegistryError::Country(country.to_owned()));
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
    let (mut file, mut found, mut resources) = (Delegated::default(), false, Vec::new());
    let (mut bytes, mut number, mut line) = (0, 0, Vec::new());
    let codes = codes(country);
    loop {
        line.clear();
        bytes += text.read_until(b'\n', &mut line)? as u64;
        number += 1;
        if bytes > most {
            return Err(RegistryError::TooLarge(format!("{most} bytes")));
        }
        if line.is_empty() {
            break;
        }
        // Names of holders and comments are in whatever encoding their writers had.
        match StatisticsLine::read(&String::from_utf8_lossy(&line)) {
            Some(StatisticsLine::Nothing) => {}
            Some(StatisticsLine::Free) => file.records += 1,
            Some(StatisticsLine::Version(registry, serial, stated, date)) => {
                found = true;
                (file.registry, file.serial) = (registry.to_lowercase(), serial.to_owned());
                (file.records_stated, file.date) = (stated.parse().ok(), Day::parse_compact(date));
            }
            Some(StatisticsLine::Record(registry, cc, since, span)) => {
                found = true;
                file.records += 1;
                if file.registry.is_empty() {
                    file.registry = registry.to_lowercase();
                }
                file.without_country += u64::from(cc.is_empty());
                if codes.iter().any(|code| cc.eq_ignore_ascii_case(code)) {
                    let since = Day::parse_compact(since);
                    span.resources(&mut |resource| resources.push((resource, since)));
                }
            }
            None => {
                file.skipped_lines += 1;
                file.first_skipped.get_or_insert(number);
            }
        }
        if resources.len() > MAX_ITEMS {
            return Err(RegistryError::TooLarge(format!("{MAX_ITEMS} entries")));
        }
    }
    if !found {
        return Err(RegistryError::NotDelegated);
    }
    file.resources = resources;
    Ok(file)
}

/// The codes under which the files list a country: RIPE NCC's early ones say `UK`.
fn codes(country: &str) -> [&str; 2] {
    match country {
        _ if country.eq_ignore_ascii_case("GB") => ["GB", "UK"],
        _ => [country; 2],
    }
}

/// A line of a statistics file.
enum StatisticsLine<'a> {
    /// Comment or summary.
    Nothing,
    /// A record of space that nobody holds.
    Free,
    /// Registry, serial number, number of records, day described.
    Version(&'a str, &'a str, &'a str, &'a str),
    /// Registry, country, day of delegation, resources.
    Record(&'a str, &'a str, &'a str, DelegatedRange),
}

impl<'a> StatisticsLine<'a> {
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
                if ["available", "reserved", "returned"]
                    .iter()
                    .any(|s| s.eq_ignore_ascii_case(status)) =>
            {
                Some(Self::Free)
            }
            [registry, country, kind, start, value, date, _, ..] => {
                let span = DelegatedRange::read(kind, start, value)?;
                Some(Self::Record(registry, country, date, span))
            }
            _ => None,
        }
    }
}

/// The resources that one record delegates.
enum DelegatedRange {
    V4 { first: u32, count: u64 },
    V6(Prefix),
    Asns { first: Asn, count: u32 },
}

impl DelegatedRange {
    fn read(kind: &str, start: &str, value: &str) -> Option<Self> {
        match kind {
            "ipv4" => {
                let first = u32::from(start.parse::<std::net::Ipv4Addr>().ok()?);
                let count = value.parse().ok().filter(|n| *n > 0)?;
                let left = (1 << 32) - u64::from(first);
                (count <= left).then_some(Self::V4 { first, count })
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

    /// Calls `each` for every resource: addresses as the fewest blocks that make up the range.
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
#[path = "tests.rs"]
mod tests;
