//! A file of any kind in any container. The first byte chooses; the rest is either the file as it
//! lies, or records that are put into each container.
//!
//! Laws: no panic; nothing is said behind damage or by a damaged record; records say the same
//! whatever their container; of a file as it lies nothing counts that a plain decompressor does
//! not find.
#![no_main]

use bzip2::read::MultiBzDecoder;
use dropline::decode;
use dropline::model::archive::{FileContents, Ending, FileKind};
use dropline_fuzz::harness::sayings;
use dropline_fuzz::{assert_laws, decode_all, decode_some, file, mutate};
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
    assert_laws(&decoded);
    assert_laws(&decode_some(bytes, kind));
    if how & 2 == 0 {
        as_it_lies(bytes, kind, &decoded);
    } else if !matches!(bytes, [0x1f, 0x8b, ..] | [b'B', b'Z', b'h', ..]) {
        // What is packed already would be unpacked once only.
        for packed in [gz(bytes), bz2(bytes)] {
            let found = decode_all(&packed, kind);
            assert_same(&decoded, &found);
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    mutate(data, size, most, seed, 1)
});

fn as_it_lies(bytes: &[u8], kind: FileKind, decoded: &FileContents) {
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
    // `plain` can lack what a decoder kept for itself when it gave up.
    let plain = decode_all(&plain, kind);
    let all: Vec<_> = sayings(&plain).collect();
    let ours: Vec<_> = sayings(decoded).collect();
    let both = all.len().min(ours.len());
    assert!(
        all[..both] == ours[..both],
        "otherwise than by a plain decompressor"
    );
}

fn assert_same(plain: &FileContents, packed: &FileContents) {
    assert_eq!(plain.records, packed.records);
    assert_eq!(plain.damaged, packed.damaged);
    assert!(sayings(plain).eq(sayings(packed)));
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
