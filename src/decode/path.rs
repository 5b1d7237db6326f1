//! The AS paths of the records that matter, read by bgpkit-parser, which is the authority on what
//! a path says; each distinct path of a file once.

use super::bgp::RawPath;
use crate::model::net::Asn;
use crate::model::path::{AsPath, Segment};
use crate::model::route::PathId;
use bgpkit_parser::models::{AsPathSegment, AsnLength};
use bgpkit_parser::parser::bgp::attributes::parse_attributes;
use bytes::Bytes;
use rustc_hash::FxHashMap;

/// The paths of a file, each with its number.
#[derive(Default)]
pub struct Paths {
    /// By AS_PATH as it stands on the wire, with two-byte and with four-byte numbers.
    by_wire: [FxHashMap<Box<[u8]>, PathId>; 2],
    by_path: FxHashMap<AsPath, PathId>,
    list: Vec<AsPath>,
}

impl Paths {
    /// The number of a path.
    pub fn number(&mut self, raw: &RawPath<'_>) -> PathId {
        let wire = raw.as_path.unwrap_or_default();
        // Paths that AS4_PATH completes are few, and need both to tell them apart.
        if raw.as4_path.is_some() {
            return self.number_of(parse(raw));
        }
        let size = usize::from(raw.four_byte);
        if let Some(&number) = self.by_wire[size].get(wire) {
            return number;
        }
        let number = self.number_of(parse(raw));
        self.by_wire[size].insert(wire.into(), number);
        number
    }

    fn number_of(&mut self, path: AsPath) -> PathId {
        if let Some(&number) = self.by_path.get(&path) {
            return number;
        }
        let number = self.list.len() as PathId;
        self.list.push(path.clone());
        self.by_path.insert(path, number);
        number
    }

    /// All of them, by number.
    pub fn into_list(self) -> Vec<AsPath> {
        self.list
    }
}

/// Whether some origin of a path is `wanted`.
pub fn originates(raw: &RawPath<'_>, wanted: impl Fn(Asn) -> bool) -> bool {
    if raw.as4_path.is_some() {
        parse(raw).origins().iter().any(|&asn| wanted(asn))
    } else {
        raw.originates(wanted)
    }
}

/// Sets the two path attributes in a section of their own and has bgpkit-parser read it: AS4_PATH
/// is merged as RFC 6793 §4.2.3 says.
fn parse(raw: &RawPath<'_>) -> AsPath {
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
