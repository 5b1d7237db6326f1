//! The AS paths of the routes that are kept, each distinct path of a file once. They are interpreted
//! by bgpkit-parser, which is the authority on what the attributes mean.

use super::bgp::RawPath;
use crate::model::net::Asn;
use crate::model::path::{AsPath, Segment};
use crate::model::route::PathId;
use bgpkit_parser::models::{AsPathSegment, AsnLength};
use bgpkit_parser::parser::bgp::attributes::parse_attributes;
use bytes::Bytes;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// The distinct AS paths of a file by number. Until the end of the file they are kept and compared as
/// encoded, in one buffer: most routes of a table have a path that occurred before.
#[derive(Default)]
pub(crate) struct EncodedPaths {
    bytes: Vec<u8>,
    encoded: Vec<EncodedPath>,
    by_bytes: HashTable<PathId>,
}

/// Where a path is in the buffer: its AS_PATH, followed by its AS4_PATH.
struct EncodedPath {
    start: usize,
    as_path: Option<u16>,
    as4_path: Option<u16>,
    four_byte: bool,
}

impl EncodedPaths {
    /// The number of a path.
    pub(crate) fn number(&mut self, raw: &RawPath<'_>) -> PathId {
        let hash = FxBuildHasher.hash_one(raw);
        let found = self.by_bytes.find(hash, |&id| self.raw(id) == *raw);
        if let Some(&number) = found {
            return number;
        }
        let number = self.encoded.len() as PathId;
        let (bytes, encoded) = (&mut self.bytes, &mut self.encoded);
        let start = bytes.len();
        let mut put = |part: Option<&[u8]>| {
            let part = part?;
            bytes.extend_from_slice(part);
            // No attribute is longer.
            Some(u16::try_from(part.len()).unwrap_or(u16::MAX))
        };
        let (as_path, as4_path) = (put(raw.as_path), put(raw.as4_path));
        encoded.push(EncodedPath {
            start,
            as_path,
            as4_path,
            four_byte: raw.four_byte,
        });
        let (bytes, encoded) = (&self.bytes, &self.encoded);
        let rehash = |&id: &PathId| FxBuildHasher.hash_one(encoded[id as usize].raw(bytes));
        self.by_bytes.insert_unique(hash, number, rehash);
        number
    }

    /// As [`EncodedPaths::number`], faster where the path is probably number `guess`: a peer's routes to
    /// neighbouring prefixes often share a path.
    pub(crate) fn number_with_guess(&mut self, raw: &RawPath<'_>, guess: PathId) -> PathId {
        if (guess as usize) < self.encoded.len() && self.raw(guess) == *raw {
            return guess;
        }
        self.number(raw)
    }

    /// The number of the empty path.
    pub(crate) fn empty(&mut self) -> PathId {
        self.number(&RawPath::default())
    }

    fn raw(&self, id: PathId) -> RawPath<'_> {
        self.encoded[id as usize].raw(&self.bytes)
    }

    /// All paths by number. A path that was encoded in two ways is there twice.
    pub(crate) fn into_list(self) -> Vec<AsPath> {
        let paths = self.encoded.iter();
        paths.map(|path| parse(&path.raw(&self.bytes))).collect()
    }
}

impl EncodedPath {
    fn raw<'a>(&self, bytes: &'a [u8]) -> RawPath<'a> {
        let rest = &bytes[self.start..];
        let as_path = self.as_path.map(usize::from);
        let after = &rest[as_path.unwrap_or(0)..];
        RawPath {
            as_path: as_path.map(|n| &rest[..n]),
            as4_path: self.as4_path.map(|n| &after[..usize::from(n)]),
            four_byte: self.four_byte,
        }
    }
}

/// Whether an origin AS of a path is `wanted`; AS4_PATH is taken into account.
pub(crate) fn originates(raw: &RawPath<'_>, wanted: impl Fn(Asn) -> bool) -> bool {
    if raw.as4_path.is_some() {
        parse(raw).origins().iter().any(|&asn| wanted(asn))
    } else {
        raw.originates(wanted)
    }
}

fn parse(raw: &RawPath<'_>) -> AsPath {
    parse_simple(raw).unwrap_or_else(|| parse_any(raw))
}

/// The path if it is one AS_SEQUENCE of four-byte numbers, as nearly all are: nothing in it needs
/// interpretation.
fn parse_simple(raw: &RawPath<'_>) -> Option<AsPath> {
    const AS_SEQUENCE: u8 = 2;
    let (AS_SEQUENCE, asns) = raw.single_segment()? else {
        return None;
    };
    let numbers = asns.chunks_exact(4).flat_map(<[u8; 4]>::try_from);
    Some(AsPath {
        segments: vec![Segment::Sequence(numbers.map(u32::from_be_bytes).collect())],
    })
}

/// Has bgpkit-parser read the two path attributes: it merges AS4_PATH as RFC 6793 §4.2.3 says.
fn parse_any(raw: &RawPath<'_>) -> AsPath {
    let mut section = Vec::new();
    for (kind, value) in [(2u8, raw.as_path), (17u8, raw.as4_path)] {
        if let Some(value) = value {
            // Well-known transitive (optional transitive for AS4_PATH), extended length.
            section.extend([if kind == 2 { 0x50 } else { 0xd0 }, kind]);
            let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
            section.extend(length.to_be_bytes());
            section.extend(value);
        }
    }
    let asn_length = if raw.four_byte {
        AsnLength::Bits32
    } else {
        AsnLength::Bits16
    };
    let attributes = parse_attributes(Bytes::from(section), &asn_length, false, None, None, None);
    let Some(path) = attributes.ok().and_then(|a| a.effective_as_path()) else {
        return AsPath::default();
    };
    let numbers = |asns: &[bgpkit_parser::models::Asn]| asns.iter().map(|a| a.to_u32()).collect();
    let segments = path.segments.iter().map(|segment| match segment {
        AsPathSegment::AsSequence(asns) => Segment::Sequence(numbers(asns)),
        AsPathSegment::AsSet(asns) => Segment::Set(numbers(asns)),
        AsPathSegment::ConfedSequence(asns) | AsPathSegment::ConfedSet(asns) => {
            Segment::Confederation(numbers(asns))
        }
    });
    AsPath {
        segments: segments.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{EncodedPaths, RawPath, parse_any, parse_simple};
    use proptest::prelude::*;

    fn wire() -> impl Strategy<Value = Vec<u8>> {
        let asns = prop::collection::vec(any::<[u8; 4]>(), 0..5);
        let segment = (1u8..=4, asns).prop_map(|(kind, asns)| {
            let mut wire = vec![kind, asns.len() as u8];
            wire.extend(asns.concat());
            wire
        });
        prop::collection::vec(segment, 0..3).prop_map(|segments| segments.concat())
    }

    fn raw(wire: &[u8]) -> RawPath<'_> {
        RawPath {
            as_path: Some(wire),
            as4_path: None,
            four_byte: true,
        }
    }

    proptest! {
        #[test]
        fn a_simple_path_is_parsed_as_bgpkit_parser_does(wire in wire()) {
            let raw = raw(&wire);
            if let Some(path) = parse_simple(&raw) {
                prop_assert_eq!(path, parse_any(&raw));
            } else {
                prop_assert!(wire.first() != Some(&2) || wire.len() != 2 + 4 * usize::from(wire[1]) || wire[1] == 0);
            }
        }

        /// Equal encodings have one number, different ones have different numbers, guessed or not.
        #[test]
        fn distinct_encodings_have_distinct_numbers(
            wires in prop::collection::vec((wire(), prop::option::of(wire()), any::<bool>()), 1..20),
            guess in 0u32..20,
        ) {
            let mut paths = EncodedPaths::default();
            let raws: Vec<RawPath<'_>> = wires
                .iter()
                .map(|(wire, as4_path, four_byte)| RawPath {
                    as_path: Some(wire),
                    as4_path: as4_path.as_deref(),
                    four_byte: *four_byte,
                })
                .collect();
            let numbers: Vec<u32> = raws.iter().map(|raw| paths.number(raw)).collect();
            for (raw, &number) in raws.iter().zip(&numbers) {
                prop_assert_eq!(paths.number_with_guess(raw, guess), number);
            }
            let list = paths.into_list();
            for (i, (raw, &number)) in raws.iter().zip(&numbers).enumerate() {
                prop_assert_eq!(&list[number as usize], &parse_any(raw));
                let first = raws.iter().position(|other| other == raw);
                prop_assert_eq!(first == Some(i), !numbers[..i].contains(&number));
            }
        }
    }
}
