//! AS paths as routes carry them.

use super::net::Asn;
use std::fmt;

/// A piece of an AS path (RFC 4271 §4.3, RFC 5065).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// AS_SEQUENCE: ASes in the order in which the route passed them, nearest first.
    Sequence(Vec<Asn>),
    /// AS_SET: ASes without order, left by an aggregation.
    Set(Vec<Asn>),
    /// AS_CONFED_SEQUENCE or AS_CONFED_SET: inside a confederation, no part of the route proper.
    Confederation(Vec<Asn>),
}

/// An AS path, nearest AS first, AS4_PATH already merged in (RFC 6793 §4.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AsPath {
    /// Its pieces, in order.
    pub segments: Vec<Segment>,
}

impl AsPath {
    /// The ASes that originated the route: the last of a sequence, every member of a set.
    pub fn origins(&self) -> &[Asn] {
        let last = self.segments.iter().rev().find_map(|s| match s {
            Segment::Sequence(asns) => Some(asns.last().map_or(&[][..], std::slice::from_ref)),
            Segment::Set(asns) => Some(&asns[..]),
            Segment::Confederation(_) => None,
        });
        last.unwrap_or_default()
    }

    /// The AS that the path begins with, where it begins with one.
    pub fn first(&self) -> Option<Asn> {
        self.segments.iter().find_map(|s| match s {
            Segment::Sequence(asns) => asns.first().copied(),
            Segment::Set(_) | Segment::Confederation(_) => None,
        })
    }
}

impl fmt::Display for AsPath {
    /// `4837 131279`; a set as `{64500,64501}`, a confederation as `(64512 64513)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for segment in &self.segments {
            let (open, asns, between, close) = match segment {
                Segment::Sequence(asns) => ("", asns, " ", ""),
                Segment::Set(asns) => ("{", asns, ",", "}"),
                Segment::Confederation(asns) => ("(", asns, " ", ")"),
            };
            write!(f, "{gap}{open}")?;
            for (i, asn) in asns.iter().enumerate() {
                write!(f, "{}{asn}", if i == 0 { "" } else { between })?;
            }
            f.write_str(close)?;
            gap = " ";
        }
        Ok(())
    }
}
