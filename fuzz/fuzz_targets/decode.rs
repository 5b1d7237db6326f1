//! A file of any kind with any compression. The first byte chooses; the rest is either the file as
//! stored, or records that are compressed in each way.
//!
//! Properties: no panic; nothing comes from after the damage or from a damaged record; records give
//! the same contents whatever the compression; nothing counts that a plain decompressor does not find.
#![no_main]

use bzip2::read::MultiBzDecoder;
use dropline::decode;
use dropline::model::archive::{Ending, FileContents, FileKind};
use dropline_fuzz::harness::recorded;
use dropline_fuzz::{assert_properties, decode_all, decode_some, file, mutate};
use flate2::bufread::MultiGzDecoder;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use std::io::{Read, Write};

fuzz_target!(|data: &[u8]| {
    let Some((how, bytes)) = data.split_first() else {
        return;
    };
    let kind = if how & 1 == 0 {
        FileKind::Updates
    } else {
        FileKind::Rib
    };
    let decoded = decode_all(bytes, kind);
    assert_properties(&decoded);
    assert_properties(&decode_some(bytes, kind));
    if how & 2 == 0 {
        as_stored(bytes, kind, &decoded);
    } else if !matches!(bytes, [0x1f, 0x8b, ..] | [b'B', b'Z', b'h', ..]) {
        // Compressed bytes are not compressed again: they would be decompressed once only.
        for packed in [gz(bytes), bz2(bytes)] {
            let found = decode_all(&packed, kind);
            assert_same(&decoded, &found);
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutate(data, size, most, seed, 1)
});

fn as_stored(bytes: &[u8], kind: FileKind, decoded: &FileContents) {
    let checked = decode::check(&file("check", bytes), kind).expect("a file that can be read");
    if decoded.ending == Ending::Whole {
        assert_eq!(checked.ending, Ending::Whole);
        assert_eq!(checked.records, decoded.records);
    }
    let mut plain = Vec::new();
    let _ = match bytes {
        [0x1f, 0x8b, ..] => MultiGzDecoder::new(bytes).read_to_end(&mut plain),
        [b'B', b'Z', b'h', ..] => MultiBzDecoder::new(bytes).read_to_end(&mut plain),
        _ => return,
    };
    // `plain` can lack bytes that a decompressor had not yet passed on when it failed.
    let plain = decode_all(&plain, kind);
    let all: Vec<_> = recorded(&plain).collect();
    let ours: Vec<_> = recorded(decoded).collect();
    let both = all.len().min(ours.len());
    assert!(
        all[..both] == ours[..both],
        "differs from a plain decompressor"
    );
}

fn assert_same(plain: &FileContents, packed: &FileContents) {
    assert_eq!(plain.records, packed.records);
    assert_eq!(plain.damaged, packed.damaged);
    assert!(recorded(plain).eq(recorded(packed)));
    // An empty file is flagged as a failed download; an empty stream is not.
    if plain.bytes > 0 {
        assert_eq!(plain.ending, packed.ending);
    }
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("bytes to memory");
    gzip.finish().expect("bytes to memory")
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip.write_all(bytes).expect("bytes to memory");
    bzip.finish().expect("bytes to memory")
}
