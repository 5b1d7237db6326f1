//! The block-parallel bzip2 against the plain one. The first byte chooses whether the rest is a
//! `.bz2` file as it lies, or what such a file holds: of what level, in how many streams.
//!
//! Laws: the same bytes both ways; of a damaged file ours gives whole blocks that the plain one
//! gives, too, and says that it is damaged where the plain one does.
#![no_main]

use bzip2::{Decompress, Status};
use dropline::decode::decompress;
use dropline::model::archive::Ending;
use dropline_fuzz::file;
use libfuzzer_sys::fuzz_target;
use std::io::Write;

fuzz_target!(|data: &[u8]| {
    let Some((&how, bytes)) = data.split_first() else {
        return;
    };
    if how & 1 == 0 {
        let packed = [b"BZh", bytes].concat();
        let (ours, ending) = ours(&packed);
        let (plain, whole) = plain(&packed);
        assert!(
            plain.starts_with(&ours),
            "{} of {}",
            ours.len(),
            plain.len()
        );
        if whole {
            assert_eq!((ending, ours.len()), (Ending::Whole, plain.len()));
        }
    } else {
        let level = 1 + u32::from(how >> 1) % 9;
        // Runs unfold: more than a block of the first level out of few bytes.
        let unfolded: Vec<u8> = bytes
            .iter()
            .flat_map(|&b| std::iter::repeat_n(b, if b % 61 == 0 { 9000 } else { 1 }))
            .take(250_000)
            .collect();
        let parts = 1 + usize::from(how >> 6);
        let piece = (unfolded.len() / parts).max(1);
        let packed: Vec<u8> = unfolded
            .chunks(piece)
            .flat_map(|p| pack(p, level))
            .collect();
        if packed.is_empty() {
            return;
        }
        let (ours, ending) = ours(&packed);
        assert_eq!(ending, Ending::Whole);
        assert!(ours == unfolded);
    }
});

fn ours(packed: &[u8]) -> (Vec<u8>, Ending) {
    let mut bytes = Vec::new();
    let ending = decompress(&file("bz2", packed), &mut |piece| {
        bytes.extend_from_slice(piece)
    });
    (bytes, ending.expect("a file that can be read"))
}

/// With every byte that was written before the decoder gave up, which its reader keeps for itself;
/// and whether it came to the end.
fn plain(packed: &[u8]) -> (Vec<u8>, bool) {
    let (mut bytes, mut rest) = (Vec::new(), packed);
    while !rest.is_empty() {
        let mut decoder = Decompress::new(false);
        loop {
            bytes.reserve(1 << 16);
            let (read, written) = (decoder.total_in(), bytes.len());
            match decoder.decompress_vec(&rest[read as usize..], &mut bytes) {
                Ok(Status::StreamEnd) => break,
                Ok(_) if decoder.total_in() > read || bytes.len() > written => {}
                _ => return (bytes, false),
            }
        }
        rest = &rest[decoder.total_in() as usize..];
    }
    (bytes, true)
}

fn pack(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(level));
    bzip.write_all(bytes).expect("bytes to memory");
    bzip.finish().expect("bytes to memory")
}
