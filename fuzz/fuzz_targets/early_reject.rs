//! The decoder against the full parser of bgpkit-parser: the property of `tests/differential`, over any
//! records. The first byte chooses between updates and a RIB.
#![no_main]

use dropline::model::archive::FileKind;
use dropline_fuzz::compare::compare;
use dropline_fuzz::{decode_all, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| {
    let Some((how, bytes)) = data.split_first() else {
        return;
    };
    // The second reader does not decompress.
    if bytes.is_empty() || matches!(bytes, [0x1f, 0x8b, ..] | [b'B', b'Z', b'h', ..]) {
        return;
    }
    let kind = if how & 1 == 0 {
        FileKind::Updates
    } else {
        FileKind::Rib
    };
    compare("case", bytes, kind, &decode_all(bytes, kind));
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutate(data, size, most, seed, 1)
});
