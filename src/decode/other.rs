//! Messages that bring no routes. A broken byte of a message's type must not turn an UPDATE into
//! one of them unnoticed: each has a form that an UPDATE's contents do not have.

use super::mrt::Reader;

/// Whether the contents behind the header can be those of a message of this type: OPEN,
/// NOTIFICATION, KEEPALIVE, ROUTE-REFRESH, or the latter as Cisco had it before RFC 2918.
pub fn is_one(kind: u8, contents: &[u8]) -> bool {
    match kind {
        1 => is_open(contents),
        // RFC 4271 §4.5: code and subcode; there is no code 0.
        3 => contents.len() >= 2 && contents[0] != 0,
        // RFC 4271 §4.4.
        4 => contents.is_empty(),
        5 | 128 => is_refresh(contents),
        _ => false,
    }
}

/// RFC 4271 §4.2; parameters of an extended length: RFC 9072.
fn is_open(contents: &[u8]) -> bool {
    match *contents {
        [version, _, _, _, _, _, _, _, _, 255, 255, a, b, ..] if version > 0 => {
            contents.len() == 13 + usize::from(u16::from_be_bytes([a, b]))
        }
        [version, _, _, _, _, _, _, _, _, length, ..] => {
            version > 0 && contents.len() == 10 + usize::from(length)
        }
        _ => false,
    }
}

/// RFC 2918 §3; with filters behind it, RFC 5291 §4.
fn is_refresh(contents: &[u8]) -> bool {
    let mut r = Reader(contents);
    let (Some(afi), Some(_)) = (r.u16(), r.u16()) else {
        return false;
    };
    if r.is_empty() {
        return afi != 0;
    }
    // When to act on them; then type, length and entries.
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

    /// UPDATEs: an End-of-RIB, a withdrawal, an announcement. None passes for anything else.
    #[test]
    fn no_update_passes_for_another_message() {
        let withdrawal = [0, 4, 24, 10, 0, 1, 0, 0];
        let many = [&[1, 4][..], &[24, 10, 0, 1].repeat(65), &[0, 0]].concat();
        let path = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf5];
        let announcement = [&[0, 0, 0, 13][..], &path, &[24, 10, 0, 1]].concat();
        for update in [&[0, 0, 0, 0][..], &withdrawal, &announcement] {
            for kind in [1, 3, 4, 5, 128] {
                assert!(!is_one(kind, update), "{kind}: {update:?}");
            }
        }
        for kind in [1, 4, 5, 128] {
            assert!(!is_one(kind, &many), "{kind}");
        }
    }

    #[test]
    fn real_ones_pass() {
        let open = [4, 0xfb, 0xf5, 0, 180, 192, 0, 2, 1, 2, 2, 0];
        let extended = [4, 0xfb, 0xf5, 0, 180, 192, 0, 2, 1, 255, 255, 0, 3, 2, 0, 0];
        let filters = [0, 1, 0, 1, 1, 64, 0, 2, 9, 9];
        for (kind, contents) in [
            (1, &open[..]),
            (1, &extended),
            (3, &[6, 2]),
            (4, &[]),
            (5, &[0, 2, 0, 1]),
            (128, &filters),
        ] {
            assert!(is_one(kind, contents), "{kind}: {contents:?}");
        }
    }
}
