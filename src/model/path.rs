//! AS paths as routes carry them.

use super::net::Asn;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A piece of an AS path (RFC 4271 §4.3, RFC 5065).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Segment {
    /// AS_SEQUENCE: ASes in the order in which the route passed them, nearest first.
    Sequence(Vec<Asn>),
    /// AS_SET: ASes without order, left by an aggregation.
    Set(Vec<Asn>),
    /// AS_CONFED_SEQUENCE or AS_CONFED_SET: inside a confederation, no part of the route proper.
    Confederation(Vec<Asn>),
}

/// An AS path, nearest AS first, AS4_PATH already merged in (RFC 6793 §4.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
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

    /// The ASes next to an origin, ascending: going from the origin towards the peer, the first
    /// that is not the origin itself, so that prepending does not count. Of an AS_SET every member
    /// is meant; where the origin is one, each of its members has a neighbour. Confederation
    /// segments are passed over. Empty where no other AS is on the path: then the peer is the
    /// origin, and has no upstream that the path tells of.
    pub fn upstreams(&self) -> Vec<Asn> {
        let mut hops: Vec<&[Asn]> = Vec::new();
        for segment in self.segments.iter().rev() {
            match segment {
                Segment::Sequence(asns) => hops.extend(asns.rchunks(1)),
                Segment::Set(asns) if !asns.is_empty() => hops.push(asns),
                Segment::Set(_) | Segment::Confederation(_) => {}
            }
        }
        let Some((&last, before)) = hops.split_first() else {
            return Vec::new();
        };
        let mut found: Vec<Asn> = Vec::new();
        for &origin in last {
            let other = |hop: &&&[Asn]| hop.iter().any(|&asn| asn != origin);
            if let Some(hop) = before.iter().find(other) {
                found.extend(hop.iter().filter(|&&asn| asn != origin));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Its ASes, the origin first; confederations are left out, and the members of a set come as they
    /// stand.
    pub(crate) fn origin_first(&self) -> impl Iterator<Item = Asn> + '_ {
        let proper = self.segments.iter().rev().map(|s| match s {
            Segment::Sequence(asns) | Segment::Set(asns) => &asns[..],
            Segment::Confederation(_) => &[],
        });
        proper.flat_map(|asns| asns.iter().rev().copied())
    }

    /// Whether an AS is on it.
    pub fn contains(&self, asn: Asn) -> bool {
        self.origin_first().any(|a| a == asn)
    }

    /// The AS behind the one that the path begins with, prepending removed: the vantage AS's own
    /// neighbour.
    pub(crate) fn first_hop(&self) -> Option<Asn> {
        let own = self.first()?;
        let mut hop = None;
        for asn in self.origin_first() {
            if asn != own {
                hop = Some(asn);
            }
        }
        hop
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

#[cfg(test)]
mod tests {
    use super::{AsPath, Segment::*};

    fn upstreams<const N: usize>(segments: [super::Segment; N]) -> Vec<u32> {
        let segments = segments.to_vec();
        AsPath { segments }.upstreams()
    }

    #[test]
    fn the_as_next_to_the_origin() {
        assert_eq!(upstreams([Sequence(vec![1, 2, 3])]), [2]);
        assert_eq!(
            upstreams([Sequence(vec![1, 2, 3, 3, 3])]),
            [2],
            "prepending"
        );
        assert_eq!(upstreams([Sequence(vec![1, 2]), Sequence(vec![3])]), [2]);
        assert_eq!(upstreams([Sequence(vec![3])]), [] as [u32; 0]);
        assert_eq!(upstreams([Sequence(vec![3, 3])]), [] as [u32; 0]);
        assert_eq!(upstreams([]), [] as [u32; 0]);
    }

    #[test]
    fn sets_are_spelled_out_and_confederations_passed_over() {
        assert_eq!(upstreams([Sequence(vec![1, 2]), Set(vec![3, 4])]), [2]);
        assert_eq!(upstreams([Sequence(vec![1, 2]), Set(vec![2, 3])]), [1, 2]);
        let set_before = [Sequence(vec![1]), Set(vec![5, 4, 3]), Sequence(vec![3])];
        assert_eq!(upstreams(set_before), [4, 5]);
        assert_eq!(
            upstreams([Sequence(vec![1]), Set(vec![3]), Sequence(vec![3])]),
            [1]
        );
        let confederation = [
            Sequence(vec![1, 2]),
            Confederation(vec![9]),
            Sequence(vec![3]),
        ];
        assert_eq!(upstreams(confederation), [2]);
    }
}
