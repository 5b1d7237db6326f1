//! AS paths as encoded in UPDATEs and RIB entries.

use super::Malformed;
use crate::decode::bytes::ByteReader;
use crate::model::net::Asn;

/// AS_PATH and AS4_PATH as encoded (RFC 4271 §4.3, RFC 6793 §3).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct RawPath<'a> {
    pub as_path: Option<&'a [u8]>,
    /// Kept from sessions with two-byte AS numbers only: from others it must be discarded (RFC 6793
    /// §4.1).
    pub as4_path: Option<&'a [u8]>,
    /// Whether the AS numbers of `as_path` have four bytes.
    pub four_byte: bool,
}

impl<'a> RawPath<'a> {
    /// Type and AS numbers of the path's only segment; none if it has several or none, or AS numbers
    /// of two bytes.
    pub(crate) fn single_segment(&self) -> Option<(u8, &'a [u8])> {
        match *self.as_path? {
            [kind, count, ref asns @ ..]
                if self.four_byte
                    && self.as4_path.is_none()
                    && count > 0
                    && asns.len() == 4 * usize::from(count) =>
            {
                Some((kind, asns))
            }
            _ => None,
        }
    }

    /// The first AS of the path, if it begins with an AS_SEQUENCE.
    pub(crate) fn first(&self) -> Option<Asn> {
        let (kind, asns) = segment(&mut ByteReader(self.as_path?), self.four_byte)?;
        (kind == 2).then(|| ByteReader(asns).asn(self.four_byte))?
    }

    /// Whether an origin AS of the path is `wanted`. Looks at AS_PATH alone: two-byte paths with an
    /// AS4_PATH are left to the caller.
    pub(crate) fn originates(&self, mut wanted: impl FnMut(Asn) -> bool) -> bool {
        let Some(bytes) = self.as_path else {
            return false;
        };
        let mut last = None;
        let mut r = ByteReader(bytes);
        while let Some((kind, asns)) = segment(&mut r, self.four_byte) {
            if matches!(kind, 1 | 2) {
                last = Some((kind, asns));
            }
        }
        let size = if self.four_byte { 4 } else { 2 };
        let (set, asns) = match last {
            Some((1, asns)) => (true, asns),
            Some((_, asns)) => (false, asns),
            None => return false,
        };
        let members = asns.chunks_exact(size);
        let mut is_wanted = |chunk: &[u8]| {
            ByteReader(chunk)
                .asn(self.four_byte)
                .is_some_and(&mut wanted)
        };
        if set {
            members.into_iter().any(is_wanted)
        } else {
            members.last().is_some_and(&mut is_wanted)
        }
    }
}

/// Takes the next segment off a path: its type and its AS numbers as encoded; none if it is malformed.
pub(crate) fn segment<'a>(r: &mut ByteReader<'a>, four_byte: bool) -> Option<(u8, &'a [u8])> {
    let kind = r.u8()?;
    let count = usize::from(r.u8()?);
    let asns = r.take(count * if four_byte { 4 } else { 2 })?;
    matches!(kind, 1..=4).then_some((kind, asns))
}

/// Checks the segments of an AS_PATH or AS4_PATH (RFC 4271 §4.3; types 3 and 4: RFC 5065 §3).
pub(crate) fn check_path(bytes: &[u8], four_byte: bool) -> Result<(), Malformed> {
    let mut r = ByteReader(bytes);
    while !r.is_empty() {
        segment(&mut r, four_byte).ok_or("malformed AS_PATH")?;
    }
    Ok(())
}
