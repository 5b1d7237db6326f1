//! Files of an archive as bytes.

use std::io::Read;

/// What a compressed file holds.
pub fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = match packed {
        [b'B', b'Z', ..] => bzip2::read::MultiBzDecoder::new(packed).read_to_end(&mut bytes),
        _ => flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut bytes),
    };
    read.expect("a whole file");
    bytes
}

/// Where each MRT record starts, and where the last one ends.
pub fn record_starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(header) = starts.last().and_then(|&at| bytes.get(at..at + 12)) {
        let length = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        starts.push(starts.last().copied().unwrap_or(0) + 12 + length as usize);
    }
    starts
}
