//! Messages other than UPDATE. A corrupt type byte must not turn an UPDATE into one of them unnoticed:
//! each has a form that the body of an UPDATE does not have.

use crate::decode::bytes::ByteReader;

/// Whether `body` can be that of a message of this type: OPEN, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH,
/// or ROUTE-REFRESH as Cisco had it before RFC 2918 (type 128).
pub(crate) fn is_valid(kind: u8, body: &[u8]) -> bool {
    match kind {
        1 => is_open(body),
        // RFC 4271 §4.5: code and subcode; there is no code 0.
        3 => body.len() >= 2 && body[0] != 0,
        // RFC 4271 §4.4.
        4 => body.is_empty(),
        5 | 128 => is_refresh(body),
        _ => false,
    }
}

/// RFC 4271 §4.2; optional parameters of extended length: RFC 9072.
fn is_open(body: &[u8]) -> bool {
    match *body {
        [version, _, _, _, _, _, _, _, _, 255, 255, a, b, ..] if version > 0 => {
            body.len() == 13 + usize::from(u16::from_be_bytes([a, b]))
        }
        [version, _, _, _, _, _, _, _, _, length, ..] => {
            version > 0 && body.len() == 10 + usize::from(length)
        }
        _ => false,
    }
}

/// RFC 2918 §3, with outbound route filters after it: RFC 5291 §4.
fn is_refresh(body: &[u8]) -> bool {
    let mut r = ByteReader(body);
    let (Some(afi), Some(_)) = (r.u16(), r.u16()) else {
        return false;
    };
    if r.is_empty() {
        return afi != 0;
    }
    // When-to-refresh; then type, length and entries of each filter.
    let mut is_whole = afi != 0 && matches!(r.u8(), Some(1 | 2));
    while is_whole && !r.is_empty() {
        let entries = r.u8().and_then(|_| r.u16());
        is_whole = entries.is_some_and(|n| r.take(usize::from(n)).is_some());
    }
    is_whole
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An End-of-RIB, a withdrawal and an announcement.
    #[test]
    fn an_update_is_no_other_message() {
        let withdrawal = [0, 4, 24, 10, 0, 1, 0, 0];
        let many = [&[1, 4][..], &[24, 10, 0, 1].repeat(65), &[0, 0]].concat();
        let path = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf5];
        let announcement = [&[0, 0, 0, 13][..], &path, &[24, 10, 0, 1]].concat();
        for update in [&[0, 0, 0, 0][..], &withdrawal, &announcement] {
            for kind in [1, 3, 4, 5, 128] {
                assert!(!is_valid(kind, update), "{kind}: {update:?}");
            }
        }
        for kind in [1, 4, 5, 128] {
            assert!(!is_valid(kind, &many), "{kind}");
        }
    }

    #[test]
    fn valid_messages_are_recognised() {
        let open = [4, 0xfb, 0xf5, 0, 180, 192, 0, 2, 1, 2, 2, 0];
        let extended = [4, 0xfb, 0xf5, 0, 180, 192, 0, 2, 1, 255, 255, 0, 3, 2, 0, 0];
        let filters = [0, 1, 0, 1, 1, 64, 0, 2, 9, 9];
        for (kind, body) in [
            (1, &open[..]),
            (1, &extended),
            (3, &[6, 2]),
            (4, &[]),
            (5, &[0, 2, 0, 1]),
            (128, &filters),
        ] {
            assert!(is_valid(kind, body), "{kind}: {body:?}");
        }
    }
}
